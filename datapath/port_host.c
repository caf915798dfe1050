/*
 * Devices of the host: what its interfaces (pcap) and those that it lends us (tap, tun) have in common.  The device is
 * asked for by name; once it is open it is ours as long as the name stands for the same device, and the line is up while
 * the device is, with a carrier.
 */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "datapath/port_int.h"
#include "lib/mem.h"

static void
changed(void *arg)
{
	struct port *p = arg;

	port_host_check(p);
}

bool
port_host_parse(struct port *p, struct port_host *h, enum port_device device, const char *args, char **why)
{
	size_t n = strlen(args);

	p->state = h;
	h->want = (struct port_want){ .device = device, .offload = true };
	memcpy(h->want.mac, p->env.mac, sizeof(h->want.mac));
	for (const char *c = args; *c != '\0'; c++)
		if (*c == '/' || *c == ':' || !isgraph((unsigned char)*c))
			n = 0;
	if (n > 0 && n < sizeof(h->want.name)) {
		memcpy(h->want.name, args, n);
		return true;
	}
	*why = xasprintf("'%s' is no name of a device", args);
	return false;
}

void
port_host_free(struct port_host *h)
{
	port_watch_free(h->watch);
	free(h->room);
}

void
port_host_watch(struct port *p)
{
	struct port_host *h = p->state;
	struct port_seen s;

	h->watch = port_watch_new(p->env.loop, h->want.name, changed, p);
	port_watch_see(h->watch, &s);
	h->ours = !s.there;
}

/* What is wrong with the line of an open device; NULL = nothing. */
static const char *
complaint(const struct port_seen *s)
{
	if (!s->up)
		return "the device is not up";
	return s->running ? NULL : "the device has no carrier";
}

void
port_host_check(struct port *p)
{
	struct port_host *h = p->state;
	struct port_seen s;
	const char *bad;
	char *why;

	port_watch_see(h->watch, &s);
	if (!p->open) {
		if (s.there && p->env.queue == 0)
			port_try(p);
		return;
	}
	if (!s.there || s.ifindex != h->got.ifindex) {
		why = xasprintf("%s: the device is gone", p->info.spec);
		port_lost(p, why);
		free(why);
		return;
	}
	port_mtu(p, s.mtu);
	bad = complaint(&s);
	why = bad != NULL ? xasprintf("%s: %s", p->info.spec, bad) : NULL;
	if (p->carrier != (bad == NULL))
		port_carrier(p, bad == NULL, why);
	free(why);
}

bool
port_host_open(struct port *p, char **why)
{
	const struct port_opener *o = p->env.opener;
	struct port_host *h = p->state;
	char *reason = NULL;

	h->got = (struct port_got){ 0 };
	h->want.create = h->ours;
	h->want.queue = p->env.queue;
	h->want.queues = p->env.queues;
	h->want.group = p->env.group;
	p->fd = o != NULL ? o->open(o->arg, &h->want, &h->got, &reason) : port_device_open(&h->want, &h->got, &reason);
	if (p->fd < 0) {
		p->info.error = h->got.error;
		*why = xasprintf("%s: %s", p->info.spec, reason != NULL ? reason : "it does not open");
		free(reason);
		return false;
	}
	if (h->room == NULL)
		h->room = xmalloc(PORT_IN_BYTES);
	coalesce_init(&h->out, h->got.offload);
	p->info.mtu = h->got.mtu;
	p->info.promiscuous = h->got.promiscuous;
	port_host_check(p);
	return true;
}

uint8_t *
port_host_slot(struct port *p)
{
	struct port_host *h = p->state;

	if (h->used + PORT_ROOM(PORT_SLOT) > PORT_IN_BYTES)
		port_in_done(p);
	if (p->nin == 0)
		h->used = 0;
	return h->room + h->used + DP_HEADROOM;
}

void
port_host_lent(struct port *p, size_t len)
{
	struct port_host *h = p->state;

	h->used += PORT_ROOM(len);
}

void
port_host_sent(struct port *p, const struct coalesce_run *r)
{
	p->info.out_frames += r->n;
	p->info.out_bytes += r->len + (r->n - 1u) * (size_t)r->head_len;
	p->info.out_joined += r->n > 1;
	p->info.out_cut += r->n > 1 ? r->n : 0;
}

void
port_host_dropped(struct port *p, const struct coalesce_run *r)
{
	p->info.out_drops += r->n;
}
