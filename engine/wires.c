/*
 * Wires: a port for each interface that is plugged into something real.  The port keeps the device; here its news become
 * the interface's: line up or down with the reason in the log, what it carries, frames of ours that come back.
 */

#include <sys/queue.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "datapath/capture.h"
#include "datapath/port.h"
#include "datapath/worker.h"
#include "engine/log.h"
#include "engine/router.h"
#include "engine/wires.h"
#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/mem.h"

struct wire {
	TAILQ_ENTRY(wire)	 next;
	struct wires		*all;
	struct router		*router;
	char			 ifname[CFG_IF_NAME];
	char			*spec;
	struct port		*port;		/* NULL until the start */
	uint8_t			 mac[6];
	bool			 up;
	unsigned		 no;		/* of this wire */
	struct capture		*capture;	/* NULL = none is asked for */
};

struct wires {
	TAILQ_HEAD(, wire)	 wires;
	struct loop		*loop;
	const struct port_opener *opener;
	struct workers		*workers;	/* NULL = one does it all */
	size_t			 n;
};

static void	queues_close(struct wire *x);

struct wires *
wires_new(struct loop *loop)
{
	struct wires *w = xcalloc(1, sizeof(*w));

	TAILQ_INIT(&w->wires);
	w->loop = loop;
	return w;
}

void
wires_free(struct wires *w)
{
	struct wire *x;

	if (w == NULL)
		return;
	while ((x = TAILQ_FIRST(&w->wires)) != NULL) {
		TAILQ_REMOVE(&w->wires, x, next);
		queues_close(x);
		port_free(x->port);
		if (x->capture != NULL && !capture_close(x->capture) && x->router->powered)
			log_syslog(x->router, "PORT", 4, "CAPTURE", "Interface %s: its capture could not be written whole", x->ifname);
		free(x->spec);
		free(x);
	}
	free(w);
}

void
wires_opener(struct wires *w, const struct port_opener *o)
{
	w->opener = o;
}

void
wires_workers(struct wires *w, struct workers *all)
{
	w->workers = all;
}

size_t
wires_count(const struct wires *w)
{
	return w == NULL ? 0 : w->n;
}

static struct wire *
wire_find(const struct wires *w, const struct router *r, const char *ifname)
{
	struct wire *x;

	if (w == NULL)
		return NULL;
	TAILQ_FOREACH(x, &w->wires, next)
		if (x->router == r && strcmp(x->ifname, ifname) == 0)
			return x;
	return NULL;
}

/* ---- what ports say ---- */

static void
on_frames(void *arg, struct port *p, struct dp_frame *f, size_t n, int64_t now)
{
	struct wire *x = arg;

	(void)p;
	for (size_t i = 0; x->capture != NULL && i < n; i++)
		capture_frame(x->capture, now, f[i].data, f[i].len, false);
	router_input_batch(x->router, x->ifname, f, n, now);
}

static void
tell_mtu(struct wire *x)
{
	struct port_info i;

	port_info(x->port, &i);
	router_wire_mtu(x->router, x->ifname, i.mtu);
}

/* Has the device queues for all workers?  What is captured goes by one, so that the order is that of the wire. */
static bool
has_queues(const struct wire *x)
{
	return workers_count(x->all->workers) > 1 && x->capture == NULL && port_spec_queues(x->spec);
}

/* Another number for each wire of each process; not 0. */
static uint16_t
group_of(const struct wire *x)
{
	return (uint16_t)((unsigned)getpid() * 31 + x->no + 1) | 1;
}

static void
queues_open(struct wire *x)
{
	struct worker_wire q = { .wire = x->no, .spec = x->spec, .opener = x->all->opener, .group = group_of(x) };
	struct if_info i;

	if (!has_queues(x) || !router_if_info(x->router, x->ifname, &i))
		return;
	q.ifidx = i.dp_if;
	memcpy(q.mac, x->mac, sizeof(q.mac));
	workers_wire(x->all->workers, &q);
}

static void
queues_close(struct wire *x)
{
	if (has_queues(x))
		workers_unwire(x->all->workers, x->no);
}

static void
on_line(void *arg, struct port *p, bool up, const char *why)
{
	struct wire *x = arg;

	(void)p;
	x->up = up;
	queues_close(x);
	if (up) {
		tell_mtu(x);
		queues_open(x);
	} else if (x->router->powered)
		log_syslog(x->router, "PORT", 4, "LOST", "Interface %s: %s", x->ifname, why);
	router_carrier_changed(x->router, x->ifname);
}

static void
on_looped(void *arg, struct port *p)
{
	struct wire *x = arg;

	(void)p;
	if (x->router->powered)
		log_syslog(x->router, "PORT", 4, "LOOPED", "Interface %s: frames that it sent come back by its wire and are dropped", x->ifname);
}

static void
on_dropped(void *arg, struct port *p, size_t n)
{
	struct wire *x = arg;

	(void)p;
	router_wire_dropped(x->router, x->ifname, n);
}

static const struct port_ops port_calls = { .frames = on_frames, .line = on_line, .looped = on_looped, .dropped = on_dropped };

/* ---- plugging ---- */

bool
wires_plug_if(struct wires *w, struct router *r, const char *ifname, const char *spec, char **why)
{
	char name[CFG_IF_NAME];
	enum cfg_if_kind kind;
	struct wire *x;

	if (!ifname_parse(ifname, name, &kind) || kind == CFG_IF_LOOPBACK || kind == CFG_IF_TUNNEL) {
		*why = xasprintf("'%s' is no interface that a wire fits (GigabitEthernet0/0)", ifname);
		return false;
	}
	if (wire_find(w, r, name) != NULL) {
		*why = xasprintf("%s is plugged into two wires", name);
		return false;
	}
	if (!port_spec_ok(spec, why))
		return false;
	x = xcalloc(1, sizeof(*x));
	x->all = w;
	x->router = r;
	memcpy(x->ifname, name, sizeof(x->ifname));
	x->spec = xstrdup(spec);
	TAILQ_INSERT_TAIL(&w->wires, x, next);
	x->no = (unsigned)w->n++;
	router_port_add(r, name);
	return true;
}

bool
wires_plug(struct wires *w, struct router *r, const char *text, char **why)
{
	const char *is = strchr(text, '=');
	char *ifname;
	bool ok;

	if (is == NULL) {
		*why = xasprintf("'%s' is not written IF=KIND:ARGS", text);
		return false;
	}
	ifname = xstrndup(text, (size_t)(is - text));
	ok = wires_plug_if(w, r, ifname, is + 1, why);
	free(ifname);
	return ok;
}

bool
wires_pcap(struct wires *w, const char *dir, char **why)
{
	const char *reason = NULL;
	struct wire *x;
	char *path;

	TAILQ_FOREACH(x, &w->wires, next) {
		path = xasprintf("%s/%s-%s.pcapng", dir, x->router->name, x->ifname);
		for (char *c = path + strlen(dir) + 1; *c != '\0'; c++)
			if (*c == '/')
				*c = '_';
		if ((x->capture = capture_open(path, x->ifname, &reason)) == NULL)
			*why = xasprintf("%s: %s", path, reason);
		free(path);
		if (x->capture == NULL)
			return false;
	}
	return true;
}

/* The port of an interface as it is now: made, or made anew if its address is another. */
static bool
wire_start(struct wire *x, char **why)
{
	struct port_env env = { .loop = x->all->loop, .opener = x->all->opener, .ops = &port_calls, .arg = x };
	struct if_info i;

	if (has_queues(x)) {
		env.queues = (uint8_t)workers_count(x->all->workers);
		env.group = group_of(x);
	}
	if (!router_if_info(x->router, x->ifname, &i))
		return true;
	if (x->port != NULL && memcmp(i.dp.mac, x->mac, sizeof(x->mac)) == 0) {
		tell_mtu(x);
		if (x->up)
			queues_open(x);
		return true;
	}
	queues_close(x);
	port_free(x->port);
	memcpy(x->mac, i.dp.mac, sizeof(x->mac));
	memcpy(env.mac, i.dp.mac, sizeof(env.mac));
	x->up = false;
	x->port = port_new(&env, x->spec, why);
	return x->port != NULL;
}

bool
wires_start(struct wires *w, char **why)
{
	struct port_info info;
	struct wire *x;

	TAILQ_FOREACH(x, &w->wires, next) {
		if (!wire_start(x, why))
			return false;
		if (x->port == NULL)
			continue;
		port_info(x->port, &info);
		if (info.error == EPERM) {
			*why = xstrdup(info.why);
			return false;
		}
	}
	return true;
}

void
wires_rebooted(struct wires *w, struct router *r)
{
	struct wire *x;
	char *why = NULL;

	if (w == NULL)
		return;
	TAILQ_FOREACH(x, &w->wires, next)
		if (x->router == r && !wire_start(x, &why)) {
			log_syslog(r, "PORT", 4, "LOST", "Interface %s: %s", x->ifname, why);
			free(why);
			why = NULL;
		}
}

/* ---- for routers ---- */

bool
wires_has(const struct wires *w, const struct router *r, const char *ifname)
{
	return wire_find(w, r, ifname) != NULL;
}

void
wires_tx(struct wires *w, const struct router *r, const char *ifname, const uint8_t *frame, size_t len)
{
	struct wire *x = wire_find(w, r, ifname);

	if (x == NULL || x->port == NULL)
		return;
	if (x->capture != NULL && x->up)
		capture_frame(x->capture, clock_now(loop_clock(w->loop)), frame, len, true);
	port_tx(x->port, frame, len);
}

void
wires_tx_batch(struct wires *w, const struct router *r, const char *ifname, const struct dp_frame *f, size_t n)
{
	struct wire *x = wire_find(w, r, ifname);

	if (x == NULL || x->port == NULL)
		return;
	for (size_t i = 0; x->capture != NULL && x->up && i < n; i++)
		capture_frame(x->capture, clock_now(loop_clock(w->loop)), f[i].data, f[i].len, true);
	port_tx_batch(x->port, f, n);
}

bool
wires_carrier(const struct wires *w, const struct router *r, const char *ifname)
{
	const struct wire *x = wire_find(w, r, ifname);

	return x != NULL && x->up;
}

bool
wires_port(const struct wires *w, const struct router *r, const char *ifname, struct port_info *out)
{
	const struct wire *x = wire_find(w, r, ifname);

	if (x == NULL || x->port == NULL)
		return false;
	port_info(x->port, out);
	return true;
}

void
wires_each(const struct wires *w, void (*fn)(void *arg, const struct router *r, const char *ifname, const struct port_info *i), void *arg)
{
	struct port_info info;
	struct wire *x;

	if (w == NULL)
		return;
	TAILQ_FOREACH(x, &w->wires, next)
		if (x->port != NULL) {
			port_info(x->port, &info);
			fn(arg, x->router, x->ifname, &info);
		}
}

/* ---- addresses ---- */

/* FNV-1a, the end of the text included so that two texts are not one. */
static uint64_t
hash(uint64_t h, const char *s)
{
	do
		h = (h ^ (uint8_t)*s) * UINT64_C(0x100000001b3);
	while (*s++ != '\0');
	return h;
}

void
wires_mac(const char *path, const char *node, uint8_t out[5])
{
	char host[HOST_NAME_MAX + 1] = "", *real = realpath(path, NULL);
	uint64_t h;

	gethostname(host, sizeof(host) - 1);
	h = hash(hash(hash(UINT64_C(0xcbf29ce484222325), host), real != NULL ? real : path), node);
	free(real);
	h ^= h >> 29;
	h *= UINT64_C(0xbf58476d1ce4e5b9);
	h ^= h >> 32;
	for (int k = 0; k < 5; k++, h >>= 8)
		out[k] = (uint8_t)h;
	out[0] = (uint8_t)((out[0] & 0xfc) | 2);	/* one station's, locally administered */
}
