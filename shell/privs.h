#ifndef INSPIRE_SHELL_PRIVS_H
#define INSPIRE_SHELL_PRIVS_H

/* Rights given up: who a process becomes, which capabilities it keeps, and that it gets none back (credentials(7), capabilities(7)). */

#include <sys/types.h>
#include <stdbool.h>
#include <stdint.h>

#define PRIVS_NET_BIND	(UINT64_C(1) << 10)	/* CAP_NET_BIND_SERVICE */
#define PRIVS_NET_ADMIN	(UINT64_C(1) << 12)
#define PRIVS_NET_RAW	(UINT64_C(1) << 13)

#define PRIVS_NAME_MAX	64

struct privs_user {
	uid_t	 uid;
	gid_t	 gid;
	char	 name[PRIVS_NAME_MAX];
};

/* "NAME", "NAME:GROUP", numbers for either. False with *why (caller frees). */
bool	 privs_find(const char *spec, struct privs_user *out, char **why);
/* Who runs a router that root started and said nothing more: the owner of its configuration; where that is root, inspire; nobody. False: none of them is here. */
bool	 privs_default(const char *path, struct privs_user *out);
bool	 privs_is_root(void);

/*
 * Becomes user (NULL: stays who it is) with no other groups than his, keeping of the capabilities it has only those of
 * keep.  False with *why (caller frees).
 */
bool	 privs_become(const struct privs_user *user, uint64_t keep, char **why);
/* The last ones go too. */
bool	 privs_forget(char **why);
/* No program gives rights again, no core is written, and nobody but root looks into the memory. */
void	 privs_lock(void);
/* Killed when its parent ends. False: that has happened already. */
bool	 privs_die_with(pid_t parent);

#endif
