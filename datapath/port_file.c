/*
 * pcapfile:IN[:OUT]: the frames of a capture come in at their times, counted from its first; what leaves is written to OUT
 * as pcapng.  Frames that the router itself had sent are passed over.  At the end of IN the line stays up; where the capture
 * is cut, or is no Ethernet, it goes down there and says so.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "datapath/capfile.h"
#include "datapath/capture.h"
#include "datapath/port_int.h"
#include "lib/loop.h"
#include "lib/mem.h"

struct file_port {
	char			*in, *out;	/* out NULL: what leaves goes nowhere */
	struct capfile		*from;		/* NULL at its end */
	struct capture		*to;
	struct timer		 timer;		/* the next frame is due */
	struct capfile_frame	 next;
	bool			 have, begun;	/* next is there; the first frame's time is known */
	int64_t			 base_ns;	/* of the router's clock less that of the capture */
	size_t			 nread;
};

/* --- words --- */

/* Is it there, and of Ethernet, as far as its beginning tells? */
static bool
readable_now(const char *path, char **why)
{
	struct capfile *f = capfile_open(path, why);

	capfile_close(f);
	return f != NULL;
}

static bool
parse(struct port *p, const char *args, char **why)
{
	struct file_port *x = xcalloc(1, sizeof(*x));
	const char *colon = strchr(args, ':');

	p->state = x;
	x->in = colon != NULL ? xstrndup(args, (size_t)(colon - args)) : xstrdup(args);
	x->out = colon != NULL ? xstrdup(colon + 1) : NULL;
	if (*x->in == '\0' || (x->out != NULL && *x->out == '\0'))
		*why = xstrdup("the name of a file is missing");
	else
		readable_now(x->in, why);
	return *why == NULL;
}

static void
device_close(struct port *p)
{
	struct file_port *x = p->state;

	timer_stop(&x->timer);
	capfile_close(x->from);
	x->from = NULL;
	if (x->to != NULL)
		capture_close(x->to);
	x->to = NULL;
}

static void
free_state(struct port *p)
{
	struct file_port *x = p->state;

	free(x->in);
	free(x->out);
	free(x);
}

/* --- in --- */

static int64_t
now_of(const struct port *p)
{
	return clock_now(loop_clock(p->env.loop));
}

static void
broken(struct port *p, const char *why)
{
	struct file_port *x = p->state;
	char *copy = xstrdup(why);	/* it is the reader's own */

	capfile_close(x->from);
	x->from = NULL;
	port_carrier(p, false, copy);
	free(copy);
}

static void
not_ethernet(struct port *p)
{
	struct file_port *x = p->state;
	const char *name = capfile_linktype_name(x->next.linktype);
	char *why = xasprintf("%s: at byte %llu: frame %llu is of link type %u%s%s%s, and only Ethernet can be played", x->in,
	    (unsigned long long)x->next.offset, (unsigned long long)x->next.number, x->next.linktype, name != NULL ? " (" : "",
	    name != NULL ? name : "", name != NULL ? ")" : "");

	broken(p, why);
	free(why);
}

/* Looks at the frame that comes next; false: there is none. */
static bool
look(struct port *p)
{
	struct file_port *x = p->state;
	enum capfile_next n;

	if (x->have || x->from == NULL)
		return x->have;
	n = capfile_next(x->from, &x->next);
	if (n == CAPFILE_BROKEN)
		broken(p, capfile_why(x->from));
	else if (n == CAPFILE_END) {
		capfile_close(x->from);
		x->from = NULL;
	} else if (x->next.linktype != CAPFILE_ETHER)
		not_ethernet(p);
	else
		x->have = true;
	if (x->have && !x->begun)
		x->base_ns = now_of(p) - x->next.time_ns;
	x->begun = x->begun || x->have;
	return x->have;
}

static void
take(struct port *p)
{
	struct file_port *x = p->state;

	x->have = false;
	if (x->next.orig_len > x->next.len || x->next.len > PORT_FRAME_MAX)
		p->info.in_long++;	/* cut by who captured it, or no frame of ours */
	else if (x->next.len >= 12 && memcmp(x->next.data + 6, p->env.mac, 6) == 0)
		p->info.in_looped++;
	else {
		port_in_copied(p, x->next.data, x->next.len);
		x->nread++;
	}
}

/* What is due, up to a batch. */
static void
due(void *arg)
{
	struct port *p = arg;
	struct file_port *x = p->state;
	int64_t at;

	if (!p->told) {			/* nobody has heard yet that the line is up */
		timer_in(&x->timer, 0);
		return;
	}
	x->nread = 0;
	while (x->nread < PORT_BATCH - 1 && look(p) && x->next.time_ns + x->base_ns <= now_of(p))
		take(p);
	p->info.calls_in++;
	port_in_done(p);
	if (!p->open || !x->have)
		return;
	at = x->next.time_ns + x->base_ns;
	timer_at(&x->timer, at > now_of(p) ? at : now_of(p));
}

/* --- the device --- */

/* Who may not write, or can't, may not begin: what the router is going to send would be lost. */
static bool
out_open(struct port *p, char **why)
{
	struct file_port *x = p->state;
	const char *reason = NULL;

	if (x->out == NULL || (x->to = capture_open(x->out, p->info.spec, &reason)) != NULL)
		return true;
	*why = xasprintf("%s: %s: %s", p->info.spec, x->out, reason);
	p->info.error = EPERM;
	return false;
}

static bool
device_open(struct port *p, char **why)
{
	struct file_port *x = p->state;

	timer_init(&x->timer, loop_clock(p->env.loop), due, p);
	if ((x->from = capfile_open(x->in, why)) == NULL)
		return false;
	if (!out_open(p, why)) {
		capfile_close(x->from);
		x->from = NULL;
		return false;
	}
	x->have = x->begun = false;
	timer_in(&x->timer, 0);
	return true;
}

/* Written out at once: who reads it while it grows finds whole frames. */
static size_t
send_some(struct port *p, const struct dp_frame *v, size_t n)
{
	struct file_port *x = p->state;

	for (size_t i = 0; i < n; i++) {
		if (x->to != NULL)
			capture_frame(x->to, now_of(p), v[i].data, v[i].len, true);
		p->info.out_bytes += v[i].len;
	}
	p->info.out_frames += n;
	p->info.calls_out++;
	if (x->to != NULL)
		capture_length(x->to);
	return n;
}

const struct port_kind port_kind_pcapfile = {
	.name = "pcapfile", .args = "IN[:OUT]", .parse = parse, .free = free_state, .open = device_open, .close = device_close, .send = send_some,
};
