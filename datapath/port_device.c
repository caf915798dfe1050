/*
 * Opening a device: the one thing about ports that needs privileges, so that it may be done in another process.  The
 * descriptor is ready: bound, filtered, not blocking.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datapath/port_int.h"
#include "lib/mem.h"

#define SNAP		262144
#define RECEIVE_BYTES	(8 << 20)	/* that may wait for us */
#define SEND_BYTES	(4 << 20)	/* that may wait for the device */

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING	23
#endif
#ifndef TUN_F_USO4
#define TUN_F_USO4	0x20
#define TUN_F_USO6	0x40
#endif

/* Always -1. */
static int
fail(struct port_got *got, char **why, int error, const char *what)
{
	const char *text = error == ENODEV || error == ENXIO || error == ENOENT ? "no such device"
	    : error == EBUSY                       ? "somebody else has it open"
	    : error == EPERM || error == EACCES    ? "no permission to open it"
						   : strerror(error);

	got->error = error == EACCES ? EPERM : error == ENXIO || error == ENOENT ? ENODEV : error;
	*why = what == NULL ? xstrdup(text) : error == EINVAL ? xstrdup(what) : xasprintf("%s: %s", what, text);
	return -1;
}

/* ---- packet sockets ---- */

/* Frames for one station, and those for several; pcap knows nothing of tags that the kernel has taken off, nor of directions. */
static bool
filter_build(const uint8_t mac[6], struct sock_filter **prog, size_t *n)
{
	const struct sock_filter head[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const size_t nhead = sizeof(head) / sizeof(head[0]);
	pcap_t *dead = pcap_open_dead(DLT_EN10MB, SNAP);
	struct bpf_program b;
	char expr[96];
	bool ok;

	snprintf(expr, sizeof(expr), "ether dst %02x:%02x:%02x:%02x:%02x:%02x or ether multicast", mac[0], mac[1], mac[2], mac[3],
	    mac[4], mac[5]);
	ok = dead != NULL && pcap_compile(dead, &b, expr, 1, PCAP_NETMASK_UNKNOWN) == 0;
	if (ok) {
		*n = nhead + b.bf_len;
		*prog = xcalloc(*n, sizeof(**prog));
		memcpy(*prog, head, sizeof(head));
		for (unsigned i = 0; i < b.bf_len; i++)
			(*prog)[nhead + i] = (struct sock_filter){ b.bf_insns[i].code, b.bf_insns[i].jt, b.bf_insns[i].jf,
			    b.bf_insns[i].k };
		pcap_freecode(&b);
	}
	if (dead != NULL)
		pcap_close(dead);
	return ok;
}

static bool
filter_set(int fd, const uint8_t mac[6])
{
	struct sock_filter *f = NULL;
	struct sock_fprog prog;
	size_t n = 0;
	bool ok;

	if (!filter_build(mac, &f, &n)) {
		errno = EINVAL;
		return false;
	}
	prog = (struct sock_fprog){ (unsigned short)n, f };
	ok = setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) == 0;
	free(f);
	return ok;
}

static bool
join(int fd, int ifindex, unsigned short type, const uint8_t *mac)
{
	struct packet_mreq m = { .mr_ifindex = ifindex, .mr_type = type };

	if (mac != NULL) {
		m.mr_alen = 6;
		memcpy(m.mr_address, mac, 6);
	}
	return setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m, sizeof(m)) == 0;
}

/* A second station's frames let in by the device; all of them if it cannot tell. */
static void
stations(int fd, int ifindex, const struct port_want *w, struct port_got *got)
{
	got->promiscuous = !join(fd, ifindex, PACKET_MR_UNICAST, w->mac) && join(fd, ifindex, PACKET_MR_PROMISC, NULL);
	join(fd, ifindex, PACKET_MR_ALLMULTI, NULL);
}

/*
 * Of several sockets on one device each packet comes to one: ESP and AH, plain or in UDP, to the worker who has the SA (spi_worker()), other IPv4 by
 * its addresses, what is cut or has options, and all else, to the first.  Offsets are from the network header on.
 */
static bool
fanout(int fd, const struct port_want *w)
{
	const uint32_t net = (uint32_t)SKF_NET_OFF, n = w->queues;
	const struct sock_filter prog[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 24),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, net),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x45, 0, 22),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, net + 6),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x3fff, 20, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, net + 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 50, 5, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 51, 6, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 17, 0, 9),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, net + 22),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4500, 0, 7),
		BPF_JUMP(BPF_JMP | BPF_JA, 4, 0, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, net + 20),	/* ESP */
		BPF_JUMP(BPF_JMP | BPF_JA, 8, 0, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, net + 24),	/* AH */
		BPF_JUMP(BPF_JMP | BPF_JA, 6, 0, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, net + 28),	/* in UDP: zero is key exchange's */
		BPF_JUMP(BPF_JMP | BPF_JA, 4, 0, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, net + 12),	/* others: the addresses */
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, net + 16),
		BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),
		BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, 2654435769u),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16),
		BPF_STMT(BPF_RET | BPF_A, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog f = { sizeof(prog) / sizeof(prog[0]), (struct sock_filter *)(uintptr_t)prog };
	const int join = (int)w->group | PACKET_FANOUT_CBPF << 16;

	if (n < 2)
		return true;
	return setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &join, sizeof(join)) == 0 &&
	    setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, &f, sizeof(f)) == 0;
}

static void
packet_options(int fd, const struct port_want *w, struct port_got *got)
{
	int on = 1, bytes = RECEIVE_BYTES, out = SEND_BYTES;

	setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	got->offload = w->offload && setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) == 0;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) != 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &out, sizeof(out)) != 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &out, sizeof(out));
}

static bool
mtu_of(int fd, const char *name, struct port_got *got)
{
	struct ifreq r = { 0 };

	memcpy(r.ifr_name, name, sizeof(r.ifr_name));
	if (ioctl(fd, SIOCGIFMTU, &r) == 0 && r.ifr_mtu > 0)
		got->mtu = (uint32_t)r.ifr_mtu;
	if (ioctl(fd, SIOCGIFINDEX, &r) != 0)
		return false;
	got->ifindex = (uint32_t)r.ifr_ifindex;
	return true;
}

static bool
is_ethernet(int fd, const char *name)
{
	struct ifreq r = { 0 };

	memcpy(r.ifr_name, name, sizeof(r.ifr_name));
	return ioctl(fd, SIOCGIFHWADDR, &r) == 0 && (r.ifr_hwaddr.sa_family == 1 /* ARPHRD_ETHER */ ||
	    r.ifr_hwaddr.sa_family == 772 /* ARPHRD_LOOPBACK: with Ethernet headers */);
}

/* Nothing comes up before it is bound, which is last. */
static int
packet_open(const struct port_want *w, struct port_got *got, char **why)
{
	struct sockaddr_ll a = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error;
	const char *what = NULL;

	if (fd < 0)
		return fail(got, why, errno, NULL);
	errno = ENODEV;
	if (!mtu_of(fd, w->name, got))
		error = errno;
	else if (!is_ethernet(fd, w->name)) {
		error = EINVAL;
		what = "its frames are not Ethernet's";
	} else {
		packet_options(fd, w, got);
		a.sll_ifindex = (int)got->ifindex;
		if (filter_set(fd, w->mac) && bind(fd, (const struct sockaddr *)&a, sizeof(a)) == 0 && fanout(fd, w)) {
			stations(fd, a.sll_ifindex, w, got);
			return fd;
		}
		error = errno;
	}
	close(fd);
	return fail(got, why, error, what);
}

/* ---- tap and tun ---- */

/* What the kernel may leave undone in the frames that it writes to us. */
static bool
tun_offload(int fd)
{
	unsigned base = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
	int size = OFFLOAD_HDR;

	ioctl(fd, TUNSETVNETHDRSZ, &size);
	return ioctl(fd, TUNSETOFFLOAD, (unsigned long)(base | TUN_F_USO4 | TUN_F_USO6)) == 0 ||
	    ioctl(fd, TUNSETOFFLOAD, (unsigned long)base) == 0 || ioctl(fd, TUNSETOFFLOAD, 0ul) == 0;
}

static bool
tun_attach(int fd, const struct port_want *w, bool offload, bool several)
{
	struct ifreq r = { 0 };

	memcpy(r.ifr_name, w->name, sizeof(r.ifr_name));
	r.ifr_flags = (short)((w->device == PORT_DEV_TAP ? IFF_TAP : IFF_TUN) | IFF_NO_PI | (offload ? IFF_VNET_HDR : 0) | (several ? IFF_MULTI_QUEUE : 0));
	return ioctl(fd, TUNSETIFF, &r) == 0;
}

/* One that was made with a single queue has that one: the first gets it. */
static bool
tun_get(int fd, const struct port_want *w, struct port_got *got)
{
	bool several = w->queues > 1;

	got->offload = w->offload && tun_attach(fd, w, true, several);
	if (got->offload || tun_attach(fd, w, false, several))
		return true;
	if (!several || w->queue > 0)
		return false;
	got->offload = w->offload && tun_attach(fd, w, true, false);
	return got->offload || tun_attach(fd, w, false, false);
}

static int
tun_open(const struct port_want *w, struct port_got *got, char **why)
{
	int fd, ask = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), error = 0;
	const char *what = NULL;

	if (ask < 0)
		return fail(got, why, errno, NULL);
	if (!mtu_of(ask, w->name, got) && !w->create) {
		close(ask);
		return fail(got, why, ENODEV, NULL);
	}
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		error = errno;
		what = "/dev/net/tun";
	} else if (tun_get(fd, w, got)) {
		if (got->offload)
			tun_offload(fd);
		if (!mtu_of(ask, w->name, got))
			error = ENODEV;
	} else {
		error = errno;
		what = error == EINVAL ? w->device == PORT_DEV_TAP ? "it is no tap" : "it is no tun" : NULL;
	}
	close(ask);
	if (error == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return fail(got, why, error, what);
}

int
port_device_open(const struct port_want *w, struct port_got *got, char **why)
{
	*got = (struct port_got){ 0 };
	return w->device == PORT_DEV_PACKET ? packet_open(w, got, why) : tun_open(w, got, why);
}
