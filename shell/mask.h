#ifndef INSPIRE_SHELL_MASK_H
#define INSPIRE_SHELL_MASK_H

/* A configuration command as it may be written down: its secrets are a `*` each. Caller frees. */
char	*secret_mask(const char *line);

#endif
