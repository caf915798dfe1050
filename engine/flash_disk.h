#ifndef INSPIRE_ENGINE_FLASH_DISK_H
#define INSPIRE_ENGINE_FLASH_DISK_H

/* Between the list of a router's files (flash.c) and the directory that keeps them. */

#include "engine/flash.h"

struct flash {
	TAILQ_HEAD(, flash_file) files;
	size_t			 n, used;
	unsigned		 numbers;	/* given so far */
	int			 dir;		/* the directory, open; -1 = in memory */
};

bool		 flash_name_ok(const char *s);
struct flash_file *flash_listed(const struct flash *f, const char *name);
struct flash_file *flash_file_new(struct flash *f, const char *name);
void		 flash_file_free(struct flash *f, struct flash_file *x);

/* All of these want a directory (f->dir). */
void		 flash_disk_scan(struct flash *f);			/* the list becomes what is there */
void		 flash_disk_look(struct flash *f, const char *name);	/* one file of it */
/* x NULL: a new file; kept > 0: n bytes behind so many.  The list is the caller's to change, and then to note. */
enum flash_status flash_disk_write(struct flash *f, const char *name, const struct flash_file *x, const void *p, size_t n,
    size_t kept, int64_t when);
void		 flash_disk_note(struct flash *f, struct flash_file *x);
enum flash_status flash_disk_delete(struct flash *f, const char *name);
enum flash_status flash_disk_rename(struct flash *f, const char *from, const char *to);
void		 flash_disk_close(struct flash *f);

#endif
