/*
 * pcap:DEV: an interface of the host, by a packet socket (packet(7)), in batches.  The frames that come up are ours by
 * the kernel's filter (port_device.c); each has a virtio_net_hdr before it, for a frame from the same machine carries no
 * checksum yet, and one of TCP may be many.
 */

#include <errno.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "datapath/port_int.h"
#include "lib/mem.h"

struct pcap_port {
	struct port_host	 host;
	struct mmsghdr		 msgs[PORT_BATCH];
	struct iovec		 iov[PORT_BATCH * 3];
	struct dp_frame		 left[PORT_BATCH];
};

static bool
parse(struct port *p, const char *args, char **why)
{
	struct pcap_port *x = xcalloc(1, sizeof(*x));

	return port_host_parse(p, &x->host, PORT_DEV_PACKET, args, why);
}

static void
free_state(struct port *p)
{
	struct pcap_port *x = p->state;

	port_host_free(&x->host);
	free(x);
}

/* The device went down, or away; else there was nothing more to read. */
static void
read_error(struct port *p, int error)
{
	if (error == ENETDOWN || error == ENODEV || error == ENXIO)
		port_host_check(p);
}

/* n bytes have come, the kernel's header among them. */
static void
take(struct port *p, struct pcap_port *x, const uint8_t *hdr, uint8_t *frame, size_t n, bool cut)
{
	size_t skip = x->host.got.offload ? OFFLOAD_HDR : 0;
	struct offload o;

	if (cut) {
		p->info.in_long++;
		return;
	}
	if (n < skip) {
		p->info.in_short++;
		return;
	}
	offload_parse(hdr, &o);
	if (port_in(p, skip > 0 ? &o : NULL, frame, n - skip))
		port_host_lent(p, n - skip);
}

/* What came faster than it was read. */
static void
count_overruns(struct port *p)
{
	struct tpacket_stats st;
	socklen_t n = sizeof(st);

	if (getsockopt(p->fd, SOL_PACKET, PACKET_STATISTICS, &st, &n) == 0)
		p->info.in_overruns += st.tp_drops;
}

static void
readable(struct port *p, short revents)
{
	struct pcap_port *x = p->state;
	uint8_t hdr[OFFLOAD_HDR] = { 0 };
	bool offload = x->host.got.offload;
	uint64_t until = p->info.in_cut + PORT_BATCH;
	unsigned reads = 0;

	(void)revents;
	for (; reads < PORT_BATCH && p->open && p->info.in_cut < until; reads++) {
		uint8_t *slot = port_host_slot(p);
		struct iovec v[2] = { { hdr, OFFLOAD_HDR }, { slot, PORT_SLOT } };
		struct msghdr m = { .msg_iov = v + !offload, .msg_iovlen = 1u + offload };
		ssize_t n = recvmsg(p->fd, &m, MSG_DONTWAIT);

		p->info.calls_in++;
		if (n < 0) {
			read_error(p, errno);
			break;
		}
		take(p, x, hdr, slot, (size_t)n, (m.msg_flags & MSG_TRUNC) != 0);
	}
	port_in_done(p);
	if (reads == PORT_BATCH && p->open)
		count_overruns(p);
}

/* One message for each run. */
static void
arrange(struct pcap_port *x, const struct dp_frame *v)
{
	bool offload = x->host.got.offload;
	struct coalesce *c = &x->host.out;
	struct iovec *iov = x->iov;

	for (size_t i = 0; i < c->nruns; i++) {
		size_t k = coalesce_iov(c, i, v, 0, iov);

		x->msgs[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = iov + !offload, .msg_iovlen = k - !offload } };
		iov += k;
	}
}

/* The first of the runs from one on was refused: how many of them are done with now. */
static size_t
refused(struct port *p, const struct coalesce *c, size_t from, int error)
{
	size_t n = 1;

	if (error == EINTR)
		return 0;
	/* Full: as a wire's queue does; else this one alone is no good. */
	if (error == EAGAIN || error == ENOBUFS || error == ENETDOWN || error == ENXIO || error == ENODEV)
		n = c->nruns - from;
	for (size_t i = from; i < from + n; i++)
		port_host_dropped(p, &c->run[i]);
	if (error == ENETDOWN || error == ENXIO || error == ENODEV)
		port_host_check(p);
	return n;
}

/* How many frames are left, which are in x->left then: they are to be sent in another way. */
static size_t
send_plan(struct port *p, struct pcap_port *x, const struct dp_frame *v)
{
	struct coalesce *c = &x->host.out;
	size_t done = 0;
	int sent;

	while (done < c->nruns && p->open) {
		sent = sendmmsg(p->fd, x->msgs + done, (unsigned)(c->nruns - done), MSG_DONTWAIT);
		p->info.calls_out++;
		if (sent < 0 && coalesce_is_refusal(errno) && coalesce_refused(c, done))
			return coalesce_left(c, done, v, x->left);
		if (sent < 0)
			done += refused(p, c, done, errno);
		for (int i = 0; i < sent; i++)
			port_host_sent(p, &c->run[done++]);
	}
	return 0;
}

static size_t
send_some(struct port *p, const struct dp_frame *v, size_t n)
{
	struct pcap_port *x = p->state;
	struct dp_frame again[PORT_BATCH];
	size_t left = n;

	while (left > 0) {
		coalesce_plan(&x->host.out, v, left);
		arrange(x, v);
		left = send_plan(p, x, v);
		memcpy(again, x->left, left * sizeof(again[0]));
		v = again;
	}
	return n;
}

const struct port_kind port_kind_pcap = {
	.name = "pcap", .args = "DEV", .parse = parse, .free = free_state, .watch = port_host_watch, .open = port_host_open,
	.readable = readable, .send = send_some,
};
