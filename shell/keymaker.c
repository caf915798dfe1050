/* Key pairs made beside the routers: a queue of wishes, a child process for the first of them, its answer by a pipe. */

#include "shell/keymaker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/keypair.h"
#include "engine/log.h"
#include "engine/router.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/mem.h"

#define RSA_BITS	2048u

struct wish {
	TAILQ_ENTRY(wish)	 next;
	enum keypair_kind	 kind;
	unsigned		 bits;
	void			(*done)(void *arg, char *pem);
	void			*arg;
	struct router		*router;	/* its server's key; NULL: done() is told */
};

struct keymaker {
	struct loop		*loop;
	struct chance		*chance;	/* the system's */
	TAILQ_HEAD(, wish)	 wishes;
	pid_t			 pid;
	int			 fd;		/* -1: no child */
	struct loop_fd		*loop_fd;
	char			 pem[KEYPAIR_PEM_MAX + 1];
	size_t			 len;
};

struct keymaker *
keymaker_new(struct loop *loop)
{
	struct keymaker *k = xcalloc(1, sizeof(*k));

	k->loop = loop;
	k->chance = chance_new_system();
	k->fd = -1;
	TAILQ_INIT(&k->wishes);
	return k;
}

/* ---- the child ---- */

static _Noreturn void
child(const struct wish *w, struct chance *c, int fd)
{
	char *pem = keypair_make(c, w->kind, w->bits);
	size_t n = pem == NULL ? 0 : strlen(pem);
	ssize_t did = pem == NULL ? -1 : write(fd, pem, n);	/* less than a pipe holds */

	_exit(did == (ssize_t)n ? 0 : 1);
}

static void	next_wish(struct keymaker *k);

static void
keep(struct router *r, const char *label, const char *pem)
{
	char *why = NULL;

	if (keypair_add(r->keypairs, label, pem, router_now(r), false, false, &why))
		return;
	if (r->powered)
		log_syslog(r, "CRYPTO", 3, "KEY_NOT_KEPT", "A key pair could not be kept: %s", why);
	free(why);
}

/* The wish is fulfilled, or cannot be. */
static void
tell(struct keymaker *k, struct wish *w)
{
	TAILQ_REMOVE(&k->wishes, w, next);
	k->pem[k->len] = '\0';
	if (w->router == NULL)
		w->done(w->arg, k->len == 0 ? NULL : k->pem);
	else if (k->len > 0)
		keep(w->router, w->router->name, k->pem);
	wipe(k->pem, sizeof(k->pem));
	free(w);
}

static void
done(struct keymaker *k)
{
	loop_fd_del(k->loop_fd);
	close(k->fd);
	k->fd = -1;
	waitpid(k->pid, NULL, 0);
	tell(k, TAILQ_FIRST(&k->wishes));
	next_wish(k);
}

static void
readable(void *arg, short revents)
{
	struct keymaker *k = arg;
	ssize_t n = read(k->fd, k->pem + k->len, KEYPAIR_PEM_MAX - k->len);

	(void)revents;
	if (n > 0)
		k->len += (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		done(k);
}

/* False: the system has no descriptor or no process left. */
static bool
begin(struct keymaker *k, const struct wish *w)
{
	int fd[2];

	k->len = 0;
	if (pipe2(fd, O_CLOEXEC) != 0)
		return false;
	if ((k->pid = fork()) == 0) {
		close(fd[0]);
		child(w, k->chance, fd[1]);
	}
	close(fd[1]);
	if (k->pid < 0) {
		close(fd[0]);
		return false;
	}
	k->fd = fd[0];
	k->loop_fd = loop_fd_add(k->loop, k->fd, POLLIN, readable, k);
	return true;
}

static void
next_wish(struct keymaker *k)
{
	struct wish *w;

	while (k->fd < 0 && (w = TAILQ_FIRST(&k->wishes)) != NULL && !begin(k, w))
		tell(k, w);
}

static struct wish *
wish(struct keymaker *k, enum keypair_kind kind, unsigned bits)
{
	struct wish *w = xcalloc(1, sizeof(*w));

	w->kind = kind;
	w->bits = bits;
	TAILQ_INSERT_TAIL(&k->wishes, w, next);
	return w;
}

static bool
make(void *arg, enum keypair_kind kind, unsigned bits, void (*fn)(void *done_arg, char *pem), void *done_arg)
{
	struct keymaker *k = arg;
	struct wish *w = wish(k, kind, bits);

	w->done = fn;
	w->arg = done_arg;
	next_wish(k);
	return true;
}

/* ---- routers ---- */

/* The small ones at once, so that somebody can come in; the large one as soon as it is there. */
bool
keymaker_router(struct keymaker *k, struct router *r, const char *dir, char **why)
{
	static const enum keypair_kind small[] = { KEYPAIR_ED25519, KEYPAIR_EC };
	struct keypair_maker maker = { .make = make, .arg = k };

	if (!keypairs_keep(r->keypairs, dir, why))
		return false;
	keypairs_set_maker(r->keypairs, &maker);
	for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++) {
		char *pem;
		bool ok;

		if (keypair_find(r->keypairs, small[i], NULL) != NULL)
			continue;
		pem = keypair_make(k->chance, small[i], 256);
		ok = pem != NULL && keypair_add(r->keypairs, r->name, pem, router_now(r), false, false, why);
		if (pem != NULL)
			wipe_free(pem, strlen(pem));
		if (!ok)
			return false;
	}
	if (keypair_find(r->keypairs, KEYPAIR_RSA, NULL) == NULL) {
		wish(k, KEYPAIR_RSA, RSA_BITS)->router = r;
		next_wish(k);
	}
	return true;
}

void
keymaker_free(struct keymaker *k)
{
	struct wish *w;

	if (k == NULL)
		return;
	if (k->fd >= 0) {
		loop_fd_del(k->loop_fd);
		close(k->fd);
		kill(k->pid, SIGKILL);
		waitpid(k->pid, NULL, 0);
	}
	k->len = 0;
	while ((w = TAILQ_FIRST(&k->wishes)) != NULL)
		tell(k, w);
	chance_free(k->chance);
	free(k);
}
