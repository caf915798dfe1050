#ifndef INSPIRE_ENGINE_FLASH_H
#define INSPIRE_ENGINE_FLASH_H

/*
 * The files of a router: a flat file system in memory that outlives a reload and a power cut, bounded in bytes
 * and in number.  `flash:`, `flash0:`, `disk0:` and `bootflash:` are names of the same one.
 */

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLASH_SIZE	(16u << 20)	/* bytes of all files together */
#define FLASH_FILES	512u
#define FLASH_NAME_MAX	63u

struct flash;

struct flash_file {
	TAILQ_ENTRY(flash_file)	 next;		/* in the order of their making */
	char			*name;
	unsigned		 number;	/* as `dir` shows it */
	char			*data;		/* NUL behind it */
	size_t			 len, room;	/* room: bytes of data */
	int64_t			 when_ns;	/* last written, shown time */
};

enum flash_status { FLASH_OK, FLASH_NO_FILE, FLASH_FULL, FLASH_BAD_NAME, FLASH_BAD_SYSTEM };

struct flash	*flash_new(void);
void		 flash_free(struct flash *f);
/* "disk0:hub.txt", "flash:/hub.txt", "hub.txt" -> the file's name (lent from url). */
enum flash_status flash_url(const char *url, const char **name);
/* "disk0:" -> its length with the colon; 0 if url names no file system, or none of this router's. */
size_t		 flash_prefix(const char *url);
const struct flash_file *flash_find(const struct flash *f, const char *name);	/* NULL = none; lent until the next change */
/* Makes or replaces a file, or adds to its end (and makes it then too).  Nothing has changed unless FLASH_OK. */
enum flash_status flash_write(struct flash *f, const char *name, const void *p, size_t n, bool append, int64_t now);
enum flash_status flash_delete(struct flash *f, const char *name);
void		 flash_each(const struct flash *f, void (*fn)(void *arg, const struct flash_file *x), void *arg);
size_t		 flash_used(const struct flash *f);
/* What a person is told: "No such file or directory". */
const char	*flash_why(enum flash_status s);

#endif
