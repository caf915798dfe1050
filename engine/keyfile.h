#ifndef INSPIRE_ENGINE_KEYFILE_H
#define INSPIRE_ENGINE_KEYFILE_H

/*
 * Keys in the form that Wireshark's profile folders have them: `esp_sa` and `ikev1_decryption_table`.
 * The rows are remembered, so that a capture that starts late still gets the keys of what is up; the oldest
 * give way.
 */

#include <stdbool.h>
#include <stddef.h>

struct key_report;
struct keyfile;

#define KEYFILE_ROWS	4096u

struct keyfile	*keyfile_new(void);
void		 keyfile_free(struct keyfile *k);		/* wipes */
/* False if nothing was added: known already, or of a kind that Wireshark has no row for. */
bool		 keyfile_add(struct keyfile *k, const struct key_report *r);
struct text;
/* The rows of one table; wipe it. */
void		 keyfile_text(const struct keyfile *k, bool ike, struct text *out);
/* Both files into a folder that is made if it is not there; false with errno. */
bool		 keyfile_write(const struct keyfile *k, const char *dir);

#endif
