#ifndef INSPIRE_SHELL_MASK_H
#define INSPIRE_SHELL_MASK_H

/* Command lines as they may be written down: what is a password, a secret or a key in them is five stars. */

/* Caller frees. Takes any line, whether the grammar knows it or not; abbreviations too. */
char	*secret_mask(const char *line);
/* Only passwords of people: a key of a peer stays, so that what is written down can be typed again. */
char	*secret_mask_logins(const char *line);

#endif
