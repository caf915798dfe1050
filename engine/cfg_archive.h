#ifndef INSPIRE_ENGINE_CFG_ARCHIVE_H
#define INSPIRE_ENGINE_CFG_ARCHIVE_H

/* `archive` of the configuration: where old configurations are kept, and the log of commands. */

#include <stdbool.h>
#include <stdint.h>

#define CFG_ARCHIVE_MAX		10u	/* configurations, unless configured (1..14) */
#define CFG_ARCHIVE_LOG		100u	/* commands, unless configured (1..1000) */

enum cfg_prompting { CFG_PROMPT_ALERT, CFG_PROMPT_NOISY, CFG_PROMPT_QUIET };

struct cfg_archive {
	char			*path;		/* "flash:name", NULL = none */
	unsigned		 maximum;	/* 0 = default */
	unsigned		 period_min;	/* time-period, 0 = none */
	bool			 write_memory;
	bool			 log, hidekeys, notify;
	unsigned		 log_size;	/* 0 = default */
	enum cfg_prompting	 prompting;	/* file prompt */
};

void	 cfg_archive_free(struct cfg_archive *a);

#endif
