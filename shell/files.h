#ifndef INSPIRE_SHELL_FILES_H
#define INSPIRE_SHELL_FILES_H

/*
 * What a URL names at a router's prompt: a file of its flash, the running configuration (system:running-config), the
 * one that a start reads (nvram:startup-config), or nothing (null:).
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/text.h"

struct session;
struct router;

enum file_kind { FILE_FLASH, FILE_RUNNING, FILE_STARTUP, FILE_NULL };

struct file {
	enum file_kind	 kind;
	const char	*name;		/* of the flash: lent from the URL, "" = the file system alone; else the file's own */
	const char	*why;		/* what is wrong with it; NULL = nothing */
};

/* cwd is always the flash: a word without a colon is one of its files, or running-config or startup-config. */
void	 file_of(const char *url, struct file *out);
/* Its text; false with a reason (lent) in f->why. */
bool	 file_read(struct router *r, struct file *f, struct text *out);
bool	 file_write(struct router *r, struct file *f, const char *p, size_t n);
/* As complaints name it: "flash:x", "nvram:startup-config", "system:running-config". Caller frees. */
char	*file_shown(const struct file *f);
/* The text of a URL, or NULL and "%Error opening URL (why)" said. Caller frees. */
char	*file_text(struct session *s, const char *url);

#endif
