#ifndef INSPIRE_ENGINE_CFG_LINE_H
#define INSPIRE_ENGINE_CFG_LINE_H

/*
 * The terminal lines of a router as they are configured (`line con 0`, `line vty 0 4`): what one line's block means,
 * with the defaults where it says nothing.
 */

#include <stdbool.h>
#include <stdint.h>

#include "engine/cfg_acl.h"

struct config;

enum line_kind { LINE_CON, LINE_AUX, LINE_VTY };
#define LINE_VTYS	16u	/* vty 0 to 15 */

/* LINE_LOGIN_NONE: nobody is asked. With aaa new-model `list` counts instead ("default" unless configured). */
enum line_login { LINE_LOGIN_NONE, LINE_LOGIN_PASSWORD, LINE_LOGIN_LOCAL };

struct line_settings {
	enum line_login	 login;
	bool		 login_set;		/* it is written in the configuration, and not only the default */
	const char	*list, *exec_list;	/* login authentication, authorization exec; lent; NULL = "default" */
	const char	*commands_list[16];	/* authorization commands, by level */
	const char	*password;		/* as stored, lent; NULL = none */
	unsigned	 password_type;		/* enum passwd_type of it */
	unsigned	 privilege;		/* of a session at its start */
	bool		 privilege_set;
	int64_t		 exec_timeout_ns;	/* 0 = for ever */
	bool		 exec_timeout_set;
	int64_t		 absolute_timeout_ns;	/* 0 = for ever */
	unsigned	 history, length, width;	/* 0 = none, endless, endless */
	bool		 synchronous;		/* logging synchronous */
	int		 synchronous_level;	/* messages above this severity's number wait for the line's end; 8 = all, -1 = as IOS (2) */
	bool		 no_editing;		/* see session.no_editing */
	bool		 monitor;		/* line's own `monitor` */
	bool		 ssh;			/* transport input lets SSH in */
	bool		 no_exec;		/* no exec: nobody gets a session */
	bool		 no_motd, no_exec_banner;
	char		 access_class[ACL_NAME_MAX + 1];	/* inbound access list; "" = none */
	unsigned	 session_limit;		/* 0 = none */
};

/* Always fills *out; a vty that is not configured has the defaults of vty lines. */
void	line_settings(const struct config *c, enum line_kind kind, unsigned number, struct line_settings *out);
/* How many vty lines there are (5 unless more are configured). */
unsigned line_vtys(const struct config *c);
/* The numbers in "vty 0 4"; false: another kind of line. */
bool	line_range(const char *name, unsigned *first, unsigned *last);

#endif
