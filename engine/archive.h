#ifndef INSPIRE_ENGINE_ARCHIVE_H
#define INSPIRE_ENGINE_ARCHIVE_H

/*
 * A router's archive: which old configurations are in its flash, the log of configuration commands, and a change that
 * is taken back unless somebody confirms it in time.  What a configuration says as text is the shell's: it is asked by
 * a table of functions.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/flash.h"
#include "lib/text.h"

struct archive;
struct router;

/* The shell, as soon as it has had to do with this router. */
struct archive_ops {
	void	(*running)(void *arg, struct router *r, struct text *out);
	bool	(*replace)(void *arg, struct router *r, const char *text);	/* false: not the whole of it */
};

struct archive	*archive_new(struct router *r);
void		 archive_free(struct archive *a);
void		 archive_attach(struct router *r, const struct archive_ops *ops, void *arg);
void		 archive_apply(struct router *r);	/* the configuration, or the power, has changed */

/* ---- configurations ---- */

/* What the next one will be called ("flash:name-<timestamp>-1"); caller frees; NULL: no path is configured. */
char		*archive_next_name(const struct router *r);
/* Keeps the running configuration; the oldest goes when there are too many.  FLASH_BAD_SYSTEM: no path. *name is lent. */
enum flash_status archive_save(struct router *r, const char **name);
unsigned	 archive_maximum(const struct router *r);
/* From the oldest; NULL behind the last. */
const char	*archive_name(const struct router *r, size_t i);

/* ---- a change that waits to be confirmed ---- */

struct rollback {
	bool		 pending, idle;
	unsigned	 minutes;
	int64_t		 set_ns;	/* shown time */
	char		 user[64];
	char		*url;		/* what will be gone back to */
};

/* The running configuration is kept, and comes back in so many minutes.  False: it could not be kept; *why is lent. */
bool		 archive_revert_start(struct router *r, unsigned minutes, bool idle, const char *user, const char **why);
void		 archive_revert_timer(struct router *r, unsigned minutes, bool idle, const char *user);	/* of one that is pending: anew */
const struct rollback *archive_rollback(const struct router *r);
/* False: none is pending. */
bool		 archive_confirm(struct router *r, const char *user);
bool		 archive_revert_now(struct router *r);
void		 archive_touched(struct router *r);	/* somebody configures: an idle timer begins anew */

/* ---- the log of commands ---- */

struct config_log_entry {
	unsigned	 number, session;
	char		*who;		/* user@line */
	char		*command;	/* in full, indented by its depth, without secrets */
};

unsigned	 config_log_session(struct router *r);		/* the number of a session that begins to configure */
void		 config_log_add(struct router *r, unsigned session, const char *user, const char *line, const char *command);
const struct config_log_entry *config_log_at(const struct router *r, size_t i);	/* from the oldest; NULL behind the last */
void		 config_log_clear(struct router *r);
struct config_log_stats { unsigned sessions; size_t entries, held, added, freed; };	/* the latter three in bytes */
void		 config_log_stats(const struct router *r, struct config_log_stats *out);

#endif
