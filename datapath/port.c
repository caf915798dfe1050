/*
 * Ports: the line's state, and what leaves and comes in batches.  What the owner hears of comes out of timers, so that
 * he is never called from within a call of his own; a device that is lost, or was never there, is asked for again after
 * 1, 2, 4 ... 30 seconds, and at once when its kind hears that it is back.
 */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "datapath/port_int.h"
#include "datapath/wire.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "lib/text.h"

#define BACKOFF_MIN	1u	/* s */
#define BACKOFF_MAX	30u
#define TX_NOW		8u	/* frames that are worth a call of the system at once */

static const struct port_kind *const kinds[] = { &port_kind_pcap, &port_kind_tap, &port_kind_tun, &port_kind_udp, &port_kind_pcapfile };

#define NKINDS		(sizeof(kinds) / sizeof(kinds[0]))

/* ---- the line ---- */

/* From the loop: what has changed since the owner was told last. */
static void
tell(void *arg)
{
	struct port *p = arg;

	if (p->begun && p->info.up == p->told)
		return;
	p->begun = true;
	p->told = p->info.up;
	p->looped = false;
	p->env.ops->line(p->env.arg, p, p->told, p->told ? NULL : p->info.why);
}

static void
why_set(struct port *p, const char *why)
{
	char *copy = why != NULL ? xstrdup(why) : NULL;

	free((char *)(uintptr_t)p->info.why);
	p->info.why = copy;
}

static void
line_update(struct port *p, const char *why)
{
	bool up = p->open && p->carrier;

	why_set(p, up ? NULL : why);
	p->info.up = up;
	if (up != p->told || !p->begun)
		timer_in(&p->tell, 0);
}

void
port_carrier(struct port *p, bool up, const char *why)
{
	p->carrier = up;
	line_update(p, why);
}

void
port_mtu(struct port *p, uint32_t mtu)
{
	if (p->info.mtu == mtu)
		return;
	p->info.mtu = mtu;
	if (p->told && p->info.up) {
		p->begun = false;
		timer_in(&p->tell, 0);
	}
}

static void
device_close(struct port *p)
{
	if (p->kind->close != NULL)
		p->kind->close(p);
	loop_fd_del(p->loop_fd);
	p->loop_fd = NULL;
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	p->open = p->carrier = false;
}

static void
retry_later(struct port *p)
{
	if (p->env.queue > 0)
		return;
	timer_in(&p->retry, (int64_t)p->backoff_s * NSEC_SEC);
	p->backoff_s = p->backoff_s * 2 < BACKOFF_MAX ? p->backoff_s * 2 : BACKOFF_MAX;
}

void
port_lost(struct port *p, const char *why)
{
	if (!p->open)
		return;
	device_close(p);
	p->info.losses++;
	line_update(p, why);
	p->backoff_s = BACKOFF_MIN;
	retry_later(p);
}

static void
on_fd(void *arg, short revents)
{
	struct port *p = arg;

	p->kind->readable(p, revents);
}

void
port_try(struct port *p)
{
	char *why = NULL;

	if (p->open)
		return;
	timer_stop(&p->retry);
	p->fd = -1;
	p->open = p->carrier = true;
	p->info.error = 0;
	if (!p->kind->open(p, &why)) {
		p->open = false;
		if (p->info.error == 0)
			p->info.error = EIO;
		line_update(p, why);
		retry_later(p);
	} else {
		p->backoff_s = BACKOFF_MIN;
		p->info.opens++;
		if (p->fd >= 0)
			p->loop_fd = loop_fd_add(p->env.loop, p->fd, POLLIN, on_fd, p);
		line_update(p, p->info.why);
	}
	free(why);
}

static void
retry(void *arg)
{
	port_try(arg);
}

/* ---- out ---- */

static void
drops_tell(struct port *p)
{
	size_t n = (size_t)(p->info.out_drops - p->drops_told);

	p->drops_told = p->info.out_drops;
	if (n > 0 && p->env.ops->dropped != NULL)
		p->env.ops->dropped(p->env.arg, p, n);
}

void
port_flush(struct port *p)
{
	size_t done = 0, n;

	timer_stop(&p->flush);
	while (done < p->nout && p->info.up) {
		n = p->kind->send(p, p->out + done, p->nout - done);
		if (n == 0)
			break;
		done += n;
	}
	p->info.out_drops += p->nout > done ? p->nout - done : 0;
	p->nout = p->out_used = 0;
	drops_tell(p);
}

static void
flush_now(void *arg)
{
	port_flush(arg);
}

static bool
may_leave(const struct port *p, size_t len)
{
	size_t max = p->info.mtu != 0 ? p->info.mtu + ETH_LEN : PORT_FRAME_MAX;

	return p->info.up && len >= ETH_LEN && len <= PORT_FRAME_MAX && (len <= max || len <= ETH_MIN);
}

void
port_tx(struct port *p, const uint8_t *frame, size_t len)
{
	uint8_t *to;

	if (!may_leave(p, len)) {
		p->info.out_drops++;
		drops_tell(p);
		return;
	}
	if (p->nout == PORT_BATCH || p->out_used + len > PORT_OUT_BYTES)
		port_flush(p);
	if (p->out_bytes == NULL)
		p->out_bytes = xmalloc(PORT_OUT_BYTES);
	to = p->out_bytes + p->out_used;
	memcpy(to, frame, len);
	p->out[p->nout++] = (struct dp_frame){ to, len };
	p->out_used += len;
	if (!timer_armed(&p->flush))
		timer_in(&p->flush, 0);
}

/* Without a copy, behind what waits already. */
static void
tx_now(struct port *p, const struct dp_frame *f, size_t n)
{
	size_t done = 0, some;

	port_flush(p);
	while (done < n && p->info.up && (some = p->kind->send(p, f + done, n - done)) > 0)
		done += some;
	p->info.out_drops += n - done;
	drops_tell(p);
}

void
port_tx_batch(struct port *p, const struct dp_frame *f, size_t n)
{
	bool all = n >= TX_NOW;

	for (size_t i = 0; all && i < n; i++)
		all = may_leave(p, f[i].len);
	if (all)
		tx_now(p, f, n);
	else
		for (size_t i = 0; i < n; i++)
			port_tx(p, f[i].data, f[i].len);
}

/* ---- in ---- */

/* A frame that we sent: the wire, or a bridge on it, gives it back. */
static bool
is_looped(struct port *p, const uint8_t *frame)
{
	if (memcmp(frame + 6, p->env.mac, 6) != 0)
		return false;
	p->info.in_looped++;
	if (!p->looped && p->told && p->env.ops->looped != NULL) {
		p->looped = true;
		p->env.ops->looped(p->env.arg, p);
	}
	return true;
}

void
port_in_done(struct port *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->nin; i++)
		if (!is_looped(p, p->in[i].data)) {
			p->in[n++] = p->in[i];
			p->info.in_frames++;
			p->info.in_bytes += p->in[i].len;
		}
	p->nin = 0;
	if (n > 0)
		p->env.ops->frames(p->env.arg, p, p->in, n, clock_now(loop_clock(p->env.loop)));
	p->seg_used = 0;
	if (p->nout > 0)
		port_flush(p);
}

static bool
in_one(struct port *p, uint8_t *frame, size_t len)
{
	if (len < ETH_LEN) {
		p->info.in_short++;
		return false;
	}
	if (len > PORT_FRAME_MAX) {
		p->info.in_long++;
		return false;
	}
	if (p->nin == PORT_BATCH)
		port_in_done(p);
	p->in[p->nin++] = (struct dp_frame){ frame, len };
	return true;
}

/* Where a frame of n bytes goes, with room; what has come so far is delivered if that takes the place. */
static uint8_t *
seg_place(struct port *p, size_t n)
{
	if (p->seg == NULL)
		p->seg = xmalloc(PORT_SEG_BYTES);
	if (p->nin == PORT_BATCH || p->seg_used + PORT_ROOM(n) > PORT_SEG_BYTES)
		port_in_done(p);
	return p->seg + p->seg_used + DP_HEADROOM;
}

void
port_in_copied(struct port *p, const uint8_t *frame, size_t len)
{
	uint8_t *to;

	if (len > PORT_FRAME_MAX) {
		p->info.in_long++;
		return;
	}
	to = seg_place(p, len);
	memcpy(to, frame, len);
	p->seg_used += PORT_ROOM(len);
	in_one(p, to, len);
}

static void
in_segments(struct port *p, struct offload_cut *cut)
{
	size_t most = cut->payload + cut->size, n;
	bool full;
	uint8_t *to;

	p->info.in_joined++;
	for (;;) {
		to = seg_place(p, most);
		if ((n = offload_next(cut, to, most, &full)) == 0)
			return;
		p->seg_used += PORT_ROOM(n);
		p->info.in_cut++;
		in_one(p, to, n);
	}
}

bool
port_in(struct port *p, const struct offload *o, uint8_t *frame, size_t len)
{
	struct offload_cut cut;

	switch (o == NULL ? OFFLOAD_WHOLE : offload_begin(o, frame, len, &cut)) {
	case OFFLOAD_BAD:
		p->info.in_short++;
		return false;
	case OFFLOAD_SEGMENTS:
		in_segments(p, &cut);
		return false;
	case OFFLOAD_WHOLE:
		break;
	}
	return in_one(p, frame, len);
}

/* ---- begin and end ---- */

static const struct port_kind *
kind_of(const char *spec, const char **args, char **why)
{
	size_t n = strcspn(spec, ":");
	struct text t = { 0 };

	for (size_t i = 0; i < NKINDS; i++)
		if (strlen(kinds[i]->name) == n && memcmp(kinds[i]->name, spec, n) == 0 && spec[n] == ':') {
			*args = spec + n + 1;
			return kinds[i];
		}
	text_printf(&t, "%s: no such kind of port; there are:", spec);
	for (size_t i = 0; i < NKINDS; i++)
		text_printf(&t, " %s:%s", kinds[i]->name, kinds[i]->args);
	*why = text_take(&t);
	return NULL;
}

static struct port *
parse(const struct port_env *env, const char *spec, char **why)
{
	const char *args;
	const struct port_kind *k = kind_of(spec, &args, why);
	char *reason = NULL;
	struct port *p;

	if (k == NULL)
		return NULL;
	p = xcalloc(1, sizeof(*p));
	p->env = *env;
	p->kind = k;
	p->fd = -1;
	p->backoff_s = BACKOFF_MIN;
	p->info.spec = xstrdup(spec);
	if (k->parse(p, args, &reason))
		return p;
	*why = xasprintf("%s: %s (%s:%s)", spec, reason, k->name, k->args);
	free(reason);
	port_free(p);
	return NULL;
}

bool
port_spec_queues(const char *spec)
{
	return strncmp(spec, "pcap:", 5) == 0 || strncmp(spec, "tap:", 4) == 0 || strncmp(spec, "tun:", 4) == 0;
}

bool
port_spec_ok(const char *spec, char **why)
{
	struct port *p = parse(&(struct port_env){ 0 }, spec, why);

	port_free(p);
	return p != NULL;
}

struct port *
port_new(const struct port_env *env, const char *spec, char **why)
{
	struct port *p = parse(env, spec, why);
	struct clock *clock;

	if (p == NULL)
		return NULL;
	clock = loop_clock(env->loop);
	timer_init(&p->tell, clock, tell, p);
	timer_init(&p->retry, clock, retry, p);
	timer_init(&p->flush, clock, flush_now, p);
	if (p->kind->watch != NULL)
		p->kind->watch(p);
	port_try(p);
	return p;
}

void
port_free(struct port *p)
{
	if (p == NULL)
		return;
	if (p->open) {
		port_flush(p);
		device_close(p);
	}
	timer_stop(&p->tell);
	timer_stop(&p->retry);
	timer_stop(&p->flush);
	if (p->state != NULL)
		p->kind->free(p);
	free(p->out_bytes);
	free(p->seg);
	why_set(p, NULL);
	free((char *)(uintptr_t)p->info.spec);
	free(p);
}

void
port_info(const struct port *p, struct port_info *out)
{
	*out = p->info;
}
