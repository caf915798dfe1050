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

#define ROUNDS	4	/* batches read before others have their turn */

struct pcap_port {
	struct port_host	 host;
	struct mmsghdr		 msgs[PORT_BATCH];
	struct iovec		 iov[PORT_BATCH][2];
	uint8_t			 hdr[PORT_BATCH][OFFLOAD_HDR];
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

/* One message for each of n frames: its header, if the socket has them, and itself. */
static void
arrange(struct pcap_port *x, size_t i, uint8_t *data, size_t len)
{
	bool offload = x->host.got.offload;

	x->iov[i][0] = (struct iovec){ x->hdr[i], OFFLOAD_HDR };
	x->iov[i][1] = (struct iovec){ data, len };
	x->msgs[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = x->iov[i] + !offload, .msg_iovlen = 1u + offload } };
}

/* The device went down, or away; else there was nothing more to read. */
static void
read_error(struct port *p, int error)
{
	if (error == ENETDOWN || error == ENODEV || error == ENXIO)
		port_host_check(p);
}

static void
take(struct port *p, struct pcap_port *x, size_t n)
{
	struct offload o;

	for (size_t i = 0; i < n; i++) {
		size_t len = x->msgs[i].msg_len;
		bool cut = (x->msgs[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;

		if (!x->host.got.offload) {
			port_in(p, NULL, x->host.slots + i * PORT_SLOT, cut ? PORT_FRAME_MAX + 1 : len);
			continue;
		}
		offload_parse(x->hdr[i], &o);
		if (cut)
			p->info.in_long++;
		else if (len < OFFLOAD_HDR)
			p->info.in_short++;
		else
			port_in(p, &o, x->host.slots + i * PORT_SLOT, len - OFFLOAD_HDR);
	}
	port_in_done(p);
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
	int n;

	(void)revents;
	for (int round = 0; round < ROUNDS && p->open; round++) {
		for (size_t i = 0; i < PORT_BATCH; i++)
			arrange(x, i, x->host.slots + i * PORT_SLOT, PORT_SLOT);
		n = recvmmsg(p->fd, x->msgs, PORT_BATCH, MSG_DONTWAIT, NULL);
		p->info.calls_in++;
		if (n <= 0) {
			read_error(p, errno);
			return;
		}
		take(p, x, (size_t)n);
		if (n < (int)PORT_BATCH)
			return;
	}
	if (p->open)
		count_overruns(p);
}

/* Of a batch whose first frame was refused: what is done with now. */
static size_t
refused(struct port *p, size_t n, int error)
{
	if (error == EINTR)
		return 0;
	if (error == ENETDOWN || error == ENXIO || error == ENODEV) {
		p->info.out_drops += n;
		port_host_check(p);
		return n;
	}
	n = error == EAGAIN || error == ENOBUFS ? n : 1;	/* full: as a wire's queue does; else this one alone is no good */
	p->info.out_drops += n;
	return n;
}

static size_t
send_some(struct port *p, const struct dp_frame *v, size_t n)
{
	struct pcap_port *x = p->state;
	int sent;

	memset(x->hdr, 0, n * OFFLOAD_HDR);
	for (size_t i = 0; i < n; i++)
		arrange(x, i, v[i].data, v[i].len);
	do {
		sent = sendmmsg(p->fd, x->msgs, (unsigned)n, MSG_DONTWAIT);
		p->info.calls_out++;
	} while (sent < 0 && errno == EINTR);
	if (sent <= 0)
		return refused(p, n, errno);
	for (int i = 0; i < sent; i++)
		p->info.out_bytes += v[i].len;
	p->info.out_frames += (uint64_t)sent;
	return (size_t)sent;
}

const struct port_kind port_kind_pcap = {
	.name = "pcap", .args = "DEV", .parse = parse, .free = free_state, .watch = port_host_watch, .open = port_host_open,
	.readable = readable, .send = send_some,
};
