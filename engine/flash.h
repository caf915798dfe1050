#ifndef INSPIRE_ENGINE_FLASH_H
#define INSPIRE_ENGINE_FLASH_H

/*
 * The files of a router: a flat file system that outlives a reload and a power cut, bounded in bytes and in number.
 * It is kept in memory, or in a directory of its own, where what others put is seen too (flash_disk.c).
 * `flash:`, `flash0:`, `disk0:` and `bootflash:` are names of the same one.
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
	uint64_t		 inode;		/* in a directory: what was read last */
	int64_t			 disk_ns;
	bool			 seen;		/* by the present look at the directory */
};

/* FLASH_DENIED: the name is that of a link, a folder, a file too large, or the machine refuses. */
enum flash_status { FLASH_OK, FLASH_NO_FILE, FLASH_FULL, FLASH_BAD_NAME, FLASH_BAD_SYSTEM, FLASH_DENIED, FLASH_EXISTS };

struct flash	*flash_new(void);
/* Files in dir (made if it is not there; the last name in it may be no link); NULL with a reason (lent) if that can't be. */
struct flash	*flash_open(const char *dir, const char **why);
/* A snapshot came back: the directory is made what the memory says.  False if it could not be. */
bool		 flash_rewind(struct flash *f);
void		 flash_free(struct flash *f);
/* "disk0:hub.txt", "flash:/hub.txt", "hub.txt" -> the file's name (lent from url). */
enum flash_status flash_url(const char *url, const char **name);
/* "disk0:" -> its length with the colon; 0 if url names no file system, or none of this router's. */
size_t		 flash_prefix(const char *url);
const struct flash_file *flash_find(struct flash *f, const char *name);	/* NULL = none; lent until the next call */
/* Makes or replaces a file, or adds to its end (and makes it then too).  Nothing has changed unless FLASH_OK. */
enum flash_status flash_write(struct flash *f, const char *name, const void *p, size_t n, bool append, int64_t now);
enum flash_status flash_delete(struct flash *f, const char *name);
enum flash_status flash_rename(struct flash *f, const char *from, const char *to);
void		 flash_each(struct flash *f, void (*fn)(void *arg, const struct flash_file *x), void *arg);
size_t		 flash_used(const struct flash *f);
/* What a person is told: "No such file or directory". */
const char	*flash_why(enum flash_status s);

#endif
