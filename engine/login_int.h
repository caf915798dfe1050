#ifndef INSPIRE_ENGINE_LOGIN_INT_H
#define INSPIRE_ENGINE_LOGIN_INT_H

/* What the files of logging in share: the record of a router's failures. */

#include <sys/queue.h>

#include "engine/login.h"
#include "lib/clock.h"

#define LOGIN_FAILURES	50u	/* that are told one by one */

struct login_user {		/* one who failed by a local password */
	TAILQ_ENTRY(login_user)	 next;
	char			 name[USER_NAME_MAX + 1];
	unsigned		 fails;
	int64_t			 locked_ns;	/* 0 = not */
};

struct login {
	struct router		*r;
	struct timer		 quiet;		/* armed in quiet mode */
	int64_t			*times;		/* of failures within the window, oldest first */
	size_t			 ntimes;
	struct login_failure	 last[LOGIN_FAILURES];	/* in the order of their first time */
	size_t			 nlast;
	uint64_t		 failed, succeeded, refused;
	TAILQ_HEAD(, login_user) users;
	unsigned		 uses[LINE_VTYS + 2];	/* of each line, as `show line` numbers them */
};

bool	login_user_locked(const struct login *l, const char *user);
void	login_user_failed(struct login *l, const char *user);
void	login_user_right(struct login *l, const char *user);
void	login_users_free(struct login *l);

#endif
