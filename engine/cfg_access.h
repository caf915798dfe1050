#ifndef INSPIRE_ENGINE_CFG_ACCESS_H
#define INSPIRE_ENGINE_CFG_ACCESS_H

/*
 * What the configuration says of getting in and of what one may there: passwords of `enable`, how failed logins are
 * met, banners, and commands whose level was changed.
 */

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/passwd.h"

#define PRIV_LEVELS	16u

struct cfg_enable { enum passwd_type type; char *stored; };	/* stored NULL = none */

enum banner { BANNER_MOTD, BANNER_LOGIN, BANNER_EXEC, BANNER_INCOMING, BANNER__COUNT };

struct cfg_login_guard {
	unsigned	 block_s, tries, within_s;	/* login block-for; 0 = not configured */
	unsigned	 delay_s;			/* login delay; 0 = not configured */
	char		*quiet_class;			/* login quiet-mode access-class; NULL = none */
	unsigned	 failure_every, success_every;	/* login on-failure log [every N]; 0 = not logged */
};

/* privilege exec level 5 show ip: the words as written in full, of the mode's commands. */
struct cfg_privilege {
	TAILQ_ENTRY(cfg_privilege) next;	/* in the order typed */
	unsigned		 mode, level;	/* mode: the shell's */
	bool			 all;		/* also what its words only begin */
	char			*words;
};
TAILQ_HEAD(cfg_privileges, cfg_privilege);

struct cfg_access {
	struct cfg_enable	 secret[PRIV_LEVELS], password[PRIV_LEVELS];
	char			*banner[BANNER__COUNT];
	struct cfg_login_guard	 guard;
	struct cfg_privileges	 privileges;
	unsigned		 tries;			/* aaa authentication attempts login; 0 = 3 */
	unsigned		 max_fail;		/* aaa local authentication attempts max-fail; 0 = none */
	bool			 console;		/* aaa authorization console */
};

void	cfg_access_init(struct cfg_access *a);
void	cfg_access_free(struct cfg_access *a);
void	cfg_enable_set(struct cfg_enable *e, enum passwd_type t, const char *stored);	/* copies; NULL takes it away */
struct cfg_privilege *cfg_privilege(struct cfg_access *a, unsigned mode, const char *words);	/* exactly these; NULL */
void	cfg_privilege_put(struct cfg_access *a, unsigned mode, const char *words, unsigned level, bool all);
void	cfg_privilege_del(struct cfg_access *a, struct cfg_privilege *p);

#endif
