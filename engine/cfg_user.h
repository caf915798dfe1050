#ifndef INSPIRE_ENGINE_CFG_USER_H
#define INSPIRE_ENGINE_CFG_USER_H

/*
 * Local users, and the lists of methods by which users are asked who they are (`aaa authentication login`) and
 * what they may (`aaa authorization network`).  Secrets are kept as stored passwords (lib/passwd.h) and
 * wiped when they go.
 */

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/passwd.h"

struct config;

#define USER_NAME_MAX	64

struct cfg_user {
	TAILQ_ENTRY(cfg_user)	 next;		/* in the order typed */
	char			*name;
	unsigned		 privilege;	/* 0..15; 1 unless configured */
	bool			 secret;	/* `secret`, else `password` */
	enum passwd_type	 type;
	char			*stored;	/* NULL = none: any password is wrong */
	bool			 nopassword;	/* is not asked for one, at the console */
	char			*autocommand;	/* runs instead of a session; NULL = none */
};
TAILQ_HEAD(cfg_users, cfg_user);

enum aaa_service { AAA_LOGIN, AAA_ENABLING, AAA_EXEC, AAA_COMMANDS, AAA_NETWORK };
enum aaa_method { AAA_LOCAL, AAA_LOCAL_CASE, AAA_NONE, AAA_ENABLE, AAA_LINE, AAA_IF_AUTHENTICATED, AAA_GROUP /* servers: none is ever reached */ };
#define AAA_METHODS	4

struct cfg_aaa_list {
	TAILQ_ENTRY(cfg_aaa_list) next;		/* in the order typed */
	enum aaa_service	 service;
	unsigned		 level;		/* AAA_COMMANDS: of the commands */
	char			*name;
	enum aaa_method		 methods[AAA_METHODS];
	char			*groups[AAA_METHODS];	/* of servers, by method; NULL */
	size_t			 n;
};
TAILQ_HEAD(cfg_aaa_lists, cfg_aaa_list);

void			 cfg_users_free(struct cfg_users *u);
struct cfg_user		*config_user(struct config *c, const char *name, bool create);
void			 config_user_del(struct config *c, struct cfg_user *u);
void			 cfg_user_set(struct cfg_user *u, bool secret, enum passwd_type t, const char *stored);	/* copies */

void			 cfg_aaa_free(struct cfg_aaa_lists *l);
struct cfg_aaa_list	*config_aaa_list(struct config *c, enum aaa_service s, const char *name, bool create);
struct cfg_aaa_list	*config_aaa_commands(struct config *c, unsigned level, const char *name, bool create);
void			 config_aaa_list_del(struct config *c, struct cfg_aaa_list *l);

/* The user of that name; `local` does not look at its case, `local-case` does. NULL: none. */
const struct cfg_user	*cfg_user_find(const struct config *c, const char *name, bool with_case);
/* May this user in, by that list?  False too if there is no such list, or no aaa new-model. */
bool			 aaa_login(struct config *c, const char *list, const char *user, const char *password);
/* The first method that can answer, which decides of authorization; false: there is none. */
bool			 cfg_aaa_method(const struct cfg_aaa_list *l, enum aaa_method *out);
void			 cfg_aaa_clear(struct cfg_aaa_list *l);	/* no methods */
/* Does the list say that what is configured here holds? */
bool			 aaa_authorizes(struct config *c, const char *list);

#endif
