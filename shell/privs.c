/* Users and capabilities by plain system calls: there are few, and the order is what matters. */

#include "shell/privs.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/mem.h"

#define CAPS	64

/* ---- who ---- */

static bool
number(const char *s, unsigned *out)
{
	char *end;
	unsigned long v;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	v = strtoul(s, &end, 10);
	*out = (unsigned)v;
	return *end == '\0' && errno == 0 && v < (unsigned)-1;	/* -1 means `unchanged` */
}

static bool
find_user(const char *name, struct privs_user *out)
{
	const struct passwd *p = getpwnam(name);
	unsigned id;

	if (p == NULL && number(name, &id) && (p = getpwuid(id)) == NULL) {
		out->uid = id;
		out->gid = id;
		snprintf(out->name, sizeof(out->name), "%s", name);
		return true;
	}
	if (p == NULL)
		return false;
	out->uid = p->pw_uid;
	out->gid = p->pw_gid;
	snprintf(out->name, sizeof(out->name), "%s", p->pw_name);
	return true;
}

static bool
find_group(const char *name, struct privs_user *out)
{
	const struct group *g = getgrnam(name);
	unsigned id;

	if (g != NULL)
		out->gid = g->gr_gid;
	else if (number(name, &id))
		out->gid = id;
	else
		return false;
	return true;
}

bool
privs_find(const char *spec, struct privs_user *out, char **why)
{
	const char *colon = strchr(spec, ':');
	char *name = colon == NULL ? xstrdup(spec) : xstrndup(spec, (size_t)(colon - spec));

	memset(out, 0, sizeof(*out));
	*why = NULL;
	if (!find_user(name, out))
		*why = xasprintf("--user %s: there is no user %s", spec, name);
	else if (colon != NULL && !find_group(colon + 1, out))
		*why = xasprintf("--user %s: there is no group %s", spec, colon + 1);
	free(name);
	return *why == NULL;
}

/* Root of a user namespace cannot become who has no number there (user_namespaces(7)). */
static bool
is_mapped(uid_t uid)
{
	FILE *f = fopen("/proc/self/uid_map", "r");
	unsigned long inside, outside, count;
	bool yes = f == NULL;

	while (f != NULL && !yes && fscanf(f, "%lu %lu %lu", &inside, &outside, &count) == 3)
		yes = uid >= inside && uid - inside < count;
	if (f != NULL)
		fclose(f);
	return yes;
}

bool
privs_default(const char *path, struct privs_user *out)
{
	struct stat st;
	char id[16];

	memset(out, 0, sizeof(*out));
	if (path != NULL && stat(path, &st) == 0 && st.st_uid != 0) {
		snprintf(id, sizeof(id), "%u", (unsigned)st.st_uid);
		return find_user(id, out);
	}
	return (find_user("inspire", out) || find_user("nobody", out)) && is_mapped(out->uid);
}

bool
privs_is_root(void)
{
	return geteuid() == 0;
}

/* ---- capabilities ---- */

struct caps { uint64_t permitted, effective; };

static bool
caps_get(struct caps *c)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2];

	if (syscall(SYS_capget, &h, d) != 0)
		return false;
	c->permitted = (uint64_t)d[1].permitted << 32 | d[0].permitted;
	c->effective = (uint64_t)d[1].effective << 32 | d[0].effective;
	return true;
}

/* Inheritable ones go in any case, and ambient ones with them. */
static bool
caps_set(uint64_t v)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = {
		{ .permitted = (uint32_t)v, .effective = (uint32_t)v }, { .permitted = (uint32_t)(v >> 32), .effective = (uint32_t)(v >> 32) },
	};

	return syscall(SYS_capset, &h, d) == 0;
}

/* What a program that is run could have, were it not for no_new_privs.  Only who may do that can. */
static void
bounding_drop(void)
{
	for (int c = 0; c < CAPS; c++)
		if (prctl(PR_CAPBSET_READ, c, 0, 0, 0) == 1)
			prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
}

static bool
switch_user(const struct privs_user *u)
{
	if (u->uid == geteuid() && u->uid == getuid() && u->gid == getegid())
		return !privs_is_root() || setgroups(0, NULL) == 0 || errno == EPERM;
	return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 && setgroups(0, NULL) == 0 && setresgid(u->gid, u->gid, u->gid) == 0 &&
	    setresuid(u->uid, u->uid, u->uid) == 0 && prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) == 0;
}

bool
privs_become(const struct privs_user *user, uint64_t keep, char **why)
{
	struct caps c;

	if (!caps_get(&c)) {
		*why = xasprintf("capabilities cannot be read: %s", strerror(errno));
		return false;
	}
	bounding_drop();
	if (user != NULL && !switch_user(user)) {
		*why = xasprintf("the process cannot become %s: %s", user->name, strerror(errno));
		return false;
	}
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (caps_set(c.permitted & keep))
		return true;
	*why = xasprintf("capabilities cannot be given up: %s", strerror(errno));
	return false;
}

bool
privs_forget(char **why)
{
	struct caps c;

	bounding_drop();
	if (caps_set(0) && caps_get(&c) && c.permitted == 0 && c.effective == 0)
		return true;
	*why = xasprintf("capabilities cannot be given up: %s", strerror(errno));
	return false;
}

/* ---- and none back ---- */

void
privs_lock(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#if !defined(__SANITIZE_ADDRESS__)	/* its search for leaks looks into its own memory from outside */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

bool
privs_die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	return getppid() == parent;
}
