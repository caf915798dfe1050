/* One connection of the gateway: announced to the router's process, let in or not, keys exchanged, then its thread's loop. */

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "shell/gateway_int.h"

#define PATIENCE	(120 * NSEC_SEC)	/* until the router has said how long */
#define SERVER_VERSION		"inspire-" PACKAGE_VERSION	/* stands behind SSH-2.0- */

/* ---- waiting ---- */

/* Milliseconds until the deadline; -1 = for ever. */
static int
left_ms(const struct gconn *c)
{
	int64_t ns;

	if (c->deadline == CLOCK_NEVER)
		return -1;
	ns = c->deadline - clock_now(c->clock);
	return ns <= 0 ? 0 : (int)(ns / NSEC_MS) + 1;
}

bool
gconn_wait(struct gconn *c)
{
	struct pollfd p[2] = { { .fd = ssh_get_fd(c->ssh), .events = POLLIN }, { .fd = c->link, .events = POLLIN } };

	if (c->over)
		return false;
	if ((ssh_get_status(c->ssh) & SSH_WRITE_PENDING) != 0)
		p[0].events |= POLLOUT;
	return poll(p, 2, left_ms(c)) > 0 && p[1].revents == 0;	/* the router speaks only when it is asked, or to end it */
}

bool
gconn_tell(struct gconn *c, const struct rlink_msg *m, int fd)
{
	struct pollfd p = { .fd = c->link, .events = POLLOUT };
	enum rlink_io io;

	while ((io = rlink_send(c->link, m, fd)) == RLINK_FULL)
		if (poll(&p, 1, left_ms(c)) <= 0)
			return false;
	return io == RLINK_OK;
}

static bool
receive(struct gconn *c, uint8_t buf[RLINK_MAX], struct rlink_msg *out)
{
	struct pollfd p = { .fd = c->link, .events = POLLIN };
	enum rlink_io io;
	int fd;

	while ((io = rlink_recv(c->link, buf, out, &fd)) == RLINK_FULL)
		if (poll(&p, 1, left_ms(c)) <= 0)
			return false;
	if (fd >= 0)
		close(fd);
	return io == RLINK_OK;
}

bool
gconn_reply(struct gconn *c, enum rlink_type t, uint8_t buf[RLINK_MAX], struct rlink_msg *out)
{
	if (receive(c, buf, out) && out->type == t)
		return true;
	c->over = true;
	return false;
}

/* ---- who comes from where to where ---- */

static uint32_t
describe(const struct sockaddr_storage *a, char out[INET6_ADDRSTRLEN])
{
	const struct sockaddr_in *v4 = (const void *)a;
	const struct sockaddr_in6 *v6 = (const void *)a;

	out[0] = '\0';
	if (a->ss_family == AF_INET) {
		inet_ntop(AF_INET, &v4->sin_addr, out, INET6_ADDRSTRLEN);
		return ntohs(v4->sin_port);
	}
	if (a->ss_family != AF_INET6)
		return 0;
	if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], out, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, &v6->sin6_addr, out, INET6_ADDRSTRLEN);
	return ntohs(v6->sin6_port);
}

/* A link of its own: one end goes to the router's process. */
static bool
hello(struct gconn *c)
{
	struct rlink_msg m = { .type = RLINK_CONNECTION };
	struct sockaddr_storage here, there;
	socklen_t n = sizeof(here), k = sizeof(there);
	char local[INET6_ADDRSTRLEN], remote[INET6_ADDRSTRLEN];
	int fd[2];
	bool ok;

	if (getsockname(c->fd, (struct sockaddr *)&here, &n) != 0 || getpeername(c->fd, (struct sockaddr *)&there, &k) != 0 ||
	    !rlink_pair(fd, true))
		return false;
	c->link = fd[0];
	ok = rlink_send(c->gateway->control, &m, fd[1]) == RLINK_OK;
	close(fd[1]);
	m = (struct rlink_msg){ .type = RLINK_HELLO, .number = { RLINK_VERSION, c->index } };
	m.number[2] = describe(&there, remote);
	m.number[3] = describe(&here, local);
	m.string[0] = rlink_text(remote);
	m.string[1] = rlink_text(local);
	return ok && gconn_tell(c, &m, -1);
}

/* ---- what the router says of it ---- */

static bool
host_key(struct gconn *c, const struct rlink_string *pem)
{
	char *copy = xstrndup(pem->p, pem->n);
	ssh_key key = gateway_key(copy);
	bool ok;

	wipe_free(copy, pem->n);
	if (key == NULL)
		return false;
	ok = ssh_bind_options_set(c->bind, SSH_BIND_OPTIONS_IMPORT_KEY, key) == SSH_OK;	/* takes the key */
	if (!ok)
		ssh_key_free(key);
	return ok;
}

/* Lists of algorithms; an empty one leaves the library's own. */
static bool
bind_list(struct gconn *c, enum ssh_bind_options_e option, const struct rlink_string *s)
{
	char *copy;
	bool ok;

	if (s->n == 0)
		return true;
	copy = xstrndup(s->p, s->n);
	ok = ssh_bind_options_set(c->bind, option, copy) == SSH_OK;
	free(copy);
	return ok;
}

static bool
gate_opens(struct gconn *c, const struct rlink_msg *m)
{
	static const enum ssh_bind_options_e options[] = { SSH_BIND_OPTIONS_KEY_EXCHANGE, SSH_BIND_OPTIONS_CIPHERS_C_S,
	    SSH_BIND_OPTIONS_HMAC_C_S, SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, SSH_BIND_OPTIONS_PUBKEY_ACCEPTED_KEY_TYPES };

	c->patience_ns = (int64_t)m->number[1] * NSEC_SEC;
	c->deadline = clock_now(c->clock) + c->patience_ns;
	c->tries = m->number[2];
	c->methods = m->number[3];
	c->banner = xstrndup(m->string[1].p, m->string[1].n);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (!bind_list(c, options[i], &m->string[2 + i]))
			return false;
	return bind_list(c, SSH_BIND_OPTIONS_CIPHERS_S_C, &m->string[3]) && bind_list(c, SSH_BIND_OPTIONS_HMAC_S_C, &m->string[4]);
}

/* A server may say something before its version (RFC 4253, 4.2). */
static void
refuse(struct gconn *c, const struct rlink_string *why)
{
	char line[256];
	int n = snprintf(line, sizeof(line), "%.*s\r\n", (int)(why->n < 200 ? why->n : 200), why->p);

	if (n > 2 && send(c->fd, line, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) == n)
		shutdown(c->fd, SHUT_WR);
}

static bool
gate(struct gconn *c)
{
	uint8_t buf[RLINK_MAX];
	struct rlink_msg m;
	bool no = false;

	c->bind = ssh_bind_new();
	ssh_bind_options_set(c->bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no);
	while (receive(c, buf, &m)) {
		if (m.type == RLINK_HOSTKEY) {
			bool ok = host_key(c, &m.string[0]);

			wipe(buf, sizeof(buf));
			if (!ok)
				return false;
		} else if (m.type != RLINK_GATE)
			return false;
		else if (m.number[0] != 0)
			return gate_opens(c, &m);
		else {
			refuse(c, &m.string[0]);
			return false;
		}
	}
	return false;
}

/* ---- key exchange ---- */

static bool
begin(struct gconn *c)
{
	int fd;

	c->ssh = ssh_new();
	if (c->ssh == NULL || ssh_bind_options_set(c->bind, SSH_BIND_OPTIONS_BANNER, SERVER_VERSION) != SSH_OK)
		return false;
	if ((fd = fcntl(c->fd, F_DUPFD_CLOEXEC, 0)) < 0 || ssh_bind_accept_fd(c->bind, c->ssh, fd) != SSH_OK)
		return false;
	ssh_set_blocking(c->ssh, 0);
	if (ssh_options_set(c->ssh, SSH_OPTIONS_COMPRESSION, "none") != SSH_OK)
		return false;
	gconn_auth_init(c);
	return true;
}

static bool
exchange(struct gconn *c)
{
	int rc;

	while ((rc = ssh_handle_key_exchange(c->ssh)) == SSH_AGAIN)
		if (!gconn_wait(c))
			return false;
	return rc == SSH_OK;
}

static struct rlink_string
name_of(const char *s)
{
	struct rlink_string t = rlink_text(s);

	return t.n < 64 ? t : rlink_text("");
}

/* A client's version is what it likes to say: letters that can be printed are kept. */
static bool
tell_algorithms(struct gconn *c)
{
	struct rlink_msg m = { .type = RLINK_KEX };
	const char *client = ssh_get_clientbanner(c->ssh);
	char version[128];
	size_t n = 0;

	for (; client != NULL && *client != '\0' && n < sizeof(version) - 1; client++)
		version[n++] = *client > ' ' && *client < 0x7f ? *client : '?';
	m.string[0] = (struct rlink_string){ version, n };
	m.string[1] = name_of(ssh_get_kex_algo(c->ssh));
	m.string[3] = name_of(ssh_get_cipher_in(c->ssh));
	m.string[4] = name_of(ssh_get_hmac_in(c->ssh));
	return gconn_tell(c, &m, -1);
}

static bool
log_in(struct gconn *c)
{
	ssh_event_add_session(c->event, c->ssh);
	while (!c->over && !c->in) {
		if (!gconn_wait(c) || ssh_event_dopoll(c->event, 0) == SSH_ERROR)
			return false;
	}
	return !c->over;
}

/* ---- its life ---- */

static void
finish(struct gconn *c)
{
	struct gchan *h;

	while ((h = TAILQ_FIRST(&c->chans)) != NULL)
		gchan_free(h);
	if (c->event != NULL && c->ssh != NULL)
		ssh_event_remove_session(c->event, c->ssh);
	if (c->ssh != NULL) {
		ssh_disconnect(c->ssh);
		ssh_free(c->ssh);
	}
	if (c->event != NULL)
		ssh_event_free(c->event);
	if (c->bind != NULL)
		ssh_bind_free(c->bind);
	if (c->link >= 0)
		close(c->link);
	free(c->banner);
	clock_free(c->clock);
}

void *
gconn_main(void *conn)
{
	struct gconn *c = conn;

	c->clock = clock_new_real();
	c->patience_ns = PATIENCE;
	c->deadline = clock_now(c->clock) + PATIENCE;
	c->event = ssh_event_new();
	if (hello(c) && gate(c) && begin(c) && exchange(c)) {
		gconn_known(c, false);
		if (tell_algorithms(c) && log_in(c))
			gconn_serve(c);
	}
	finish(c);
	return NULL;
}
