#ifndef INSPIRE_ENGINE_ARCHIVE_INT_H
#define INSPIRE_ENGINE_ARCHIVE_INT_H

/* What the files of the archive share. */

#include "engine/archive.h"
#include "engine/cfg_archive.h"
#include "lib/clock.h"

#define ARCHIVE_NAMES	14u	/* `maximum` goes so far */

struct archive {
	struct router		*r;
	const struct archive_ops *ops;
	void			*arg;
	char			*name[ARCHIVE_NAMES];	/* from the oldest */
	size_t			 n;
	unsigned		 saves;			/* so far */
	struct timer		 period, revert;
	unsigned		 period_min;
	struct rollback		 rollback;
	bool			 warned;		/* of the minute that is left */
	struct config_log_entry	*log;			/* from the oldest */
	size_t			 nlog;
	unsigned		 numbers, sessions;	/* of the log, given so far */
	size_t			 added, freed;		/* bytes of entries */
};

void	 archive_revert_due(void *arg);
void	 archive_log_clear(struct archive *a);
void	 archive_log_bound(struct archive *a);

#endif
