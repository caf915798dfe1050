/*
 * A connection of SSH as the router sees it: who may try from there, which password has to be proved, whether it was.
 * The gateway is not believed what can be checked: order, lengths, the proof itself.
 */

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/keypair.h"
#include "engine/router.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "shell/remote_int.h"

#define ASKED_MAX	128u	/* messages of one connection before somebody is in */
#define RSA_BITS_MIN	2048u

void
rconn_free(struct rconn *c)
{
	struct rterm *t;

	LIST_FOREACH(t, &c->remotes->terms, next)
		if (t->conn == c)
			t->conn = NULL;
	LIST_REMOVE(c, next);
	loop_fd_del(c->loop_fd);
	close(c->fd);
	wipe(&c->secret, sizeof(c->secret));
	free(c);
}

/* Swept from outside: something that its own messages touch may still be on the stack. */
static void
over(struct rconn *c, bool bad)
{
	if (c->state == RCONN_OVER)
		return;
	c->state = RCONN_OVER;
	c->remotes->bad += bad;
	loop_fd_del(c->loop_fd);
	c->loop_fd = NULL;
	shutdown(c->fd, SHUT_RDWR);
	remotes_sweep(c->remotes);
}

/* A link that does not take so little is not read. */
static void
say(struct rconn *c, const struct rlink_msg *m)
{
	if (c->state != RCONN_OVER && rlink_send(c->fd, m, -1) != RLINK_OK)
		over(c, false);
}

/* ---- before anything is asked ---- */

/* The line that it would be given now: it gets one with its session. */
static unsigned
likely_line(const struct router *r)
{
	unsigned n = 0;
	const struct tty *t;

	for (bool taken = true; taken && n < LINE_VTYS - 1; n += taken) {
		taken = false;
		LIST_FOREACH(t, &r->ttys, next)
			taken |= t->from.kind == LINE_VTY && t->from.number == n;
	}
	return n;
}

static void
send_keys(struct rconn *c, size_t *sent)
{
	struct rlink_msg m = { .type = RLINK_HOSTKEY };
	const struct keypair *p;
	bool had[3][2] = { { false } };

	*sent = 0;
	for (p = keypairs_first(c->listener->router->keypairs); p != NULL; p = TAILQ_NEXT(p, next)) {
		bool *one = &had[p->kind][p->kind == KEYPAIR_EC && p->bits == 384];

		if (p->encryption || *one || (p->kind == KEYPAIR_RSA && p->bits < RSA_BITS_MIN))
			continue;
		*one = true;
		m.string[0] = rlink_text(p->pem);
		say(c, &m);
		++*sent;
	}
}

static uint32_t
methods_of(const struct cfg_ssh *s)
{
	return (cfg_ssh_offers(s, SSH_AUTH, "password") ? RLINK_PASSWORD : 0) |
	    (cfg_ssh_offers(s, SSH_AUTH, "keyboard") ? RLINK_KEYBOARD : 0) |
	    (cfg_ssh_offers(s, SSH_AUTH, "publickey") ? RLINK_PUBLICKEY : 0);
}

static void
send_gate(struct rconn *c, bool open, const char *why)
{
	static const enum ssh_offer offers[] = { SSH_KEX, SSH_CIPHER, SSH_MAC, SSH_HOSTKEY, SSH_PUBKEY };
	const struct config *cfg = c->listener->router->cfg;
	const char *banner = cfg->access.banner[BANNER_LOGIN];
	struct rlink_msg m = { .type = RLINK_GATE, .number = { open, cfg->ssh.timeout_s, cfg->ssh.retries, methods_of(&cfg->ssh) } };
	char *list[5] = { NULL }, *text = banner == NULL ? xstrdup("") : xasprintf("%.2000s\n", banner);

	if (m.number[2] == 0)
		m.number[2] = 1;
	m.string[0] = rlink_text(why);
	m.string[1] = rlink_text(text);
	for (size_t i = 0; i < 5; i++)
		m.string[2 + i] = rlink_text(list[i] = cfg_ssh_offer(&cfg->ssh, offers[i]));
	say(c, &m);
	for (size_t i = 0; i < 5; i++)
		free(list[i]);
	free(text);
}

static bool
address_in(const struct rlink_string *s, struct addr *out)
{
	char text[64];

	return rlink_copy(s, text, sizeof(text)) && addr_parse(text, out);
}

static bool
on_hello(struct rconn *c, const struct rlink_msg *m)
{
	struct router *r;
	enum login_gate g;
	size_t keys = 0;

	if (c->state != RCONN_NEW || m->number[0] != RLINK_VERSION || m->number[2] > 65535 || m->number[3] > 65535)
		return false;
	c->listener = gatekeeper_listener(c->remotes->gatekeeper, m->number[1]);
	if (c->listener == NULL || !address_in(&m->string[0], &c->from.remote) || !address_in(&m->string[1], &c->from.local))
		return false;
	r = c->listener->router;
	c->from.kind = LINE_VTY;
	c->from.number = likely_line(r);
	c->from.remote_port = (uint16_t)m->number[2];
	c->from.local_port = (uint16_t)m->number[3];
	c->state = RCONN_OPEN;
	if (!r->powered) {
		send_gate(c, false, "The router is switched off");
		return true;
	}
	g = login_gate(r, &c->from);
	if (g == LOGIN_OPEN)
		send_keys(c, &keys);
	send_gate(c, keys > 0, g != LOGIN_OPEN ? login_gate_why(g) : "There is no key to be known by");
	return true;
}

static bool
on_kex(struct rconn *c, const struct rlink_msg *m)
{
	if (c->state != RCONN_OPEN || c->ssh.kex[0] != '\0')
		return false;
	return rlink_copy(&m->string[0], c->ssh.client, sizeof(c->ssh.client)) &&
	    rlink_copy(&m->string[1], c->ssh.kex, sizeof(c->ssh.kex)) &&
	    rlink_copy(&m->string[2], c->ssh.hostkey, sizeof(c->ssh.hostkey)) &&
	    rlink_copy(&m->string[3], c->ssh.cipher, sizeof(c->ssh.cipher)) &&
	    rlink_copy(&m->string[4], c->ssh.mac, sizeof(c->ssh.mac));
}

/* ---- who it is ---- */

static void
answer(struct rconn *c, bool yes, int64_t hold_ns)
{
	struct rlink_msg m = { .type = RLINK_ANSWER, .number = { yes, (uint32_t)(hold_ns / NSEC_MS) } };

	say(c, &m);
}

/* The verdict is said here and nowhere else. */
static void
verdict(struct rconn *c, bool yes, const char *why)
{
	struct router *r = c->listener->router;

	wipe(&c->secret, sizeof(c->secret));
	if (!yes) {
		c->state = RCONN_OPEN;
		answer(c, false, login_failed(r, &c->from, c->user, why));
		return;
	}
	c->state = RCONN_IN;
	login_succeeded(r, &c->from, c->user);
	answer(c, true, 0);
}

/* May somebody be asked, or prove something, now? */
static bool
may_ask(struct rconn *c)
{
	return (c->state == RCONN_OPEN || c->state == RCONN_ASKED) && ++c->asked <= ASKED_MAX && c->listener->router->powered;
}

static bool
on_ask(struct rconn *c, const struct rlink_msg *m)
{
	char setting[PASSWD_STORED_MAX];
	struct rlink_msg reply = { .type = RLINK_SECRET };

	if (!may_ask(c) || !rlink_copy(&m->string[0], c->user, sizeof(c->user)))
		return false;
	login_secret(c->listener->router, &c->from, c->user, &c->secret);
	if (!passwd_setting(c->secret.type, c->secret.stored, setting))
		c->secret.known = false;
	c->state = RCONN_ASKED;
	reply.number[0] = (uint32_t)c->secret.type;
	reply.number[1] = c->secret.none;
	reply.string[0] = rlink_text(setting);
	say(c, &reply);
	return true;
}

static bool
on_proof(struct rconn *c, const struct rlink_msg *m)
{
	char proof[PASSWD_STORED_MAX];
	bool ok, copied;

	if (c->state != RCONN_ASKED || !may_ask(c))
		return false;
	copied = rlink_copy(&m->string[0], proof, sizeof(proof));
	ok = passwd_proved(c->secret.type, c->secret.stored, proof) && copied && c->secret.known;
	wipe(proof, sizeof(proof));
	verdict(c, ok || c->secret.none, "Login Authentication Failed");
	return true;
}

static bool
on_key(struct rconn *c, const struct rlink_msg *m)
{
	struct router *r = c->listener == NULL ? NULL : c->listener->router;
	bool ok;

	if (!may_ask(c) || !rlink_copy(&m->string[0], c->user, sizeof(c->user)))
		return false;
	c->state = RCONN_OPEN;
	ok = cfg_ssh_offers(&r->cfg->ssh, SSH_AUTH, "publickey") &&
	    login_key(r, c->user, (const uint8_t *)m->string[1].p, m->string[1].n);
	if (m->type == RLINK_SIGNED)
		verdict(c, ok, "Login Authentication Failed");
	else
		answer(c, ok, 0);
	return true;
}

/* ---- sessions ---- */

static bool
on_open(struct rconn *c, int *fd)
{
	if (c->state != RCONN_IN || *fd < 0 || c->nterms >= RCONN_TERMS)
		return false;
	rterm_new(c->remotes, c, *fd);
	*fd = -1;
	return true;
}

static bool
take(struct rconn *c, const struct rlink_msg *m, int *fd)
{
	switch (m->type) {
	case RLINK_HELLO:
		return on_hello(c, m);
	case RLINK_KEX:
		return on_kex(c, m);
	case RLINK_ASK:
		return on_ask(c, m);
	case RLINK_PROOF:
		return on_proof(c, m);
	case RLINK_KEY:
	case RLINK_SIGNED:
		return on_key(c, m);
	case RLINK_OPEN:
		return on_open(c, fd);
	default:
		return false;
	}
}

static void
readable(void *arg, short revents)
{
	struct rconn *c = arg;
	uint8_t buf[RLINK_MAX];
	struct rlink_msg m;
	int fd;
	enum rlink_io io = rlink_recv(c->fd, buf, &m, &fd);

	(void)revents;
	if (io == RLINK_FULL)
		return;
	if (io != RLINK_OK)
		over(c, io == RLINK_BAD);
	else if (!take(c, &m, &fd))
		over(c, true);
	if (fd >= 0)
		close(fd);
	wipe(buf, sizeof(buf));
}

void
rconn_new(struct remotes *o, int fd)
{
	struct rconn *c = xcalloc(1, sizeof(*c));

	c->remotes = o;
	c->fd = fd;
	LIST_INSERT_HEAD(&o->conns, c, next);
	c->loop_fd = loop_fd_add(o->loop, fd, POLLIN, readable, c);
}
