/*
 * From a frame to IKE, ESP, AH or ICMP: link layers, VLAN tags, IPv4 and IPv6 with their fragments, UDP with the marker of
 * port 4500.  What is none of these is counted and no more.
 */

#include "shell/ladder_int.h"

#include <string.h>

#include "datapath/natt.h"
#include "datapath/wire.h"

#define ETHERTYPE_IP6	0x86dd
#define ETHERTYPE_VLAN	0x8100
#define ETHERTYPE_QINQ	0x88a8
#define ETHERTYPE_PPPOE	0x8864
#define IP6_LEN		40
#define IP6_FRAGMENT	44
#define PROTO_ICMP6	58
#define HEADERS_MAX	8		/* extension headers, and tags */

static void
other(struct ladder *l, bool is_short)
{
	if (is_short)
		l->short_frames++;
	else
		l->others++;
}

/* ---- UDP ---- */

/* RFC 3948, 2: behind port 4500 stand a keepalive, a marker and IKE, or ESP. */
static void
natt_payload(struct ladder *l, struct ladder_pkt *k)
{
	if (k->n == 1 && k->p[0] == NATT_KEEPALIVE) {
		ladder_keepalive(l, k);
	} else if (k->n >= NATT_MARKER && get32(k->p) == 0) {
		k->p += NATT_MARKER;
		k->n -= NATT_MARKER;
		ladder_ike_input(l, k);
	} else if (k->n >= 8) {
		k->proto = PROTO_ESP;
		ladder_esp_input(l, k);
	} else
		other(l, true);
}

static bool
udp_port(const struct ladder_pkt *k, uint16_t port)
{
	return k->sport == port || k->dport == port;
}

static void
udp_payload(struct ladder *l, struct ladder_pkt *k)
{
	size_t len;

	if (k->n < UDP_LEN) {
		other(l, true);
		return;
	}
	k->sport = get16(k->p);
	k->dport = get16(k->p + 2);
	len = get16(k->p + 4);
	if (len >= UDP_LEN && len < k->n)
		k->n = len;
	k->p += UDP_LEN;
	k->n -= UDP_LEN;
	if (udp_port(k, NATT_PORT))
		natt_payload(l, k);
	else if (udp_port(k, IKE_PORT))
		ladder_ike_input(l, k);
	else
		other(l, false);
}

void
ladder_ip_payload(struct ladder *l, struct ladder_pkt *k)
{
	switch (k->proto) {
	case PROTO_UDP:
		udp_payload(l, k);
		break;
	case PROTO_ESP:
	case PROTO_AH:
		ladder_esp_input(l, k);
		break;
	case PROTO_ICMP:
	case PROTO_ICMP6:
		ladder_icmp(l, k);
		break;
	default:
		other(l, false);
	}
}

/* ---- IP ---- */

/* ESP needs no more than its first fragment to be counted; of UDP the rest is waited for. */
static void
fragment(struct ladder *l, struct ladder_pkt *k, uint32_t id, size_t offset, bool more)
{
	l->fragments++;
	if (k->proto == PROTO_ESP || k->proto == PROTO_AH) {
		k->fragment = true;
		if (offset == 0)
			ladder_esp_input(l, k);
	} else if (k->proto == PROTO_UDP && offset == 0 && k->n >= UDP_LEN + 8 && (get16(k->p) == NATT_PORT || get16(k->p + 2) == NATT_PORT) &&
	    get32(k->p + UDP_LEN) != 0) {
		k->fragment = true;
		udp_payload(l, k);
	} else if (k->proto != PROTO_UDP)
		other(l, false);
	else if (ladder_frags_add(l, k, id, offset, more))
		ladder_ip_payload(l, k);
}

/* RFC 791, 3.1. */
static void
ip4(struct ladder *l, struct ladder_pkt *k)
{
	size_t ihl = k->n >= IP4_LEN ? (size_t)(k->p[0] & 15) * 4 : 0, total = k->n >= IP4_LEN ? get16(k->p + IP4_TOTAL) : 0;
	unsigned frag;

	if (ihl < IP4_LEN || ihl > k->n || (total != 0 && total < ihl)) {
		other(l, true);
		return;
	}
	if (total != 0 && total < k->n)
		k->n = total;
	frag = get16(k->p + IP4_FRAG);
	k->src = addr_v4(get32(k->p + IP4_SRC));
	k->dst = addr_v4(get32(k->p + IP4_DST));
	k->ip_id = get16(k->p + IP4_ID);
	k->proto = k->p[IP4_PROTO];
	k->p += ihl;
	k->n -= ihl;
	if ((frag & (IP4_MF | IP4_OFFMASK)) != 0)
		fragment(l, k, k->ip_id, (size_t)(frag & IP4_OFFMASK) * 8, (frag & IP4_MF) != 0);
	else
		ladder_ip_payload(l, k);
}

static bool
ip6_skip(struct ladder_pkt *k, size_t n)
{
	if (n > k->n)
		return false;
	k->p += n;
	k->n -= n;
	return true;
}

/* RFC 8200, 4: hop-by-hop, routing and destination options are passed over; a fragment header ends the walk. */
static void
ip6_headers(struct ladder *l, struct ladder_pkt *k)
{
	for (unsigned i = 0; i < HEADERS_MAX && (k->proto == 0 || k->proto == 43 || k->proto == 60); i++) {
		uint8_t next = k->n >= 8 ? k->p[0] : 0;

		if (k->n < 8 || !ip6_skip(k, ((size_t)k->p[1] + 1) * 8)) {
			other(l, true);
			return;
		}
		k->proto = next;
	}
	if (k->proto != IP6_FRAGMENT) {
		ladder_ip_payload(l, k);
	} else if (k->n < 8) {
		other(l, true);
	} else {
		unsigned at = get16(k->p + 2);
		uint32_t id = get32(k->p + 4);

		k->proto = k->p[0];
		k->p += 8;
		k->n -= 8;
		fragment(l, k, id, at & 0xfff8, (at & 1) != 0);
	}
}

static void
ip6(struct ladder *l, struct ladder_pkt *k)
{
	size_t len = k->n >= IP6_LEN ? get16(k->p + 4) : 0;

	if (k->n < IP6_LEN) {
		other(l, true);
		return;
	}
	k->src.af = k->dst.af = ADDR_V6;
	memcpy(k->src.v6, k->p + 8, 16);
	memcpy(k->dst.v6, k->p + 24, 16);
	k->proto = k->p[6];
	k->p += IP6_LEN;
	k->n -= IP6_LEN;
	if (len != 0 && len < k->n)
		k->n = len;
	ip6_headers(l, k);
}

static void
ip(struct ladder *l, struct ladder_pkt *k)
{
	if (k->n > 0 && k->p[0] >> 4 == 4)
		ip4(l, k);
	else if (k->n > 0 && k->p[0] >> 4 == 6)
		ip6(l, k);
	else
		other(l, k->n == 0);
}

/* ---- links ---- */

static void
ethertype(struct ladder *l, struct ladder_pkt *k, unsigned type)
{
	for (unsigned i = 0; i < HEADERS_MAX && (type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ) && k->n >= 4; i++) {
		type = get16(k->p + 2);
		ip6_skip(k, 4);
	}
	if (type == ETHERTYPE_PPPOE && k->n >= 8) {
		type = get16(k->p + 6) == 0x21 ? ETHERTYPE_IP4 : get16(k->p + 6) == 0x57 ? ETHERTYPE_IP6 : 0;
		ip6_skip(k, 8);
	}
	if (type == ETHERTYPE_IP4 || type == ETHERTYPE_IP6)
		ip(l, k);
	else
		other(l, false);
}

/* Where the header ends, and where in it the protocol stands as an ethertype; -1: the first nibble tells. */
static const struct link {
	unsigned	 type;
	size_t		 head;
	int		 ethertype;
} links[] = {
	{ 1 /* Ethernet */, ETH_LEN, 12 },
	{ 113 /* Linux cooked */, 16, 14 },
	{ 276 /* Linux cooked, version 2 */, 20, 0 },
	{ 12 /* raw IP */, 0, -1 }, { 14 /* raw IP */, 0, -1 }, { 101 /* raw IP */, 0, -1 },
	{ 228 /* IPv4 */, 0, -1 }, { 229 /* IPv6 */, 0, -1 },
	{ 0 /* BSD loopback */, 4, -1 }, { 108 /* OpenBSD loopback */, 4, -1 },
};

static const struct link *
link_find(unsigned type)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (links[i].type == type)
			return &links[i];
	return NULL;
}

static void
count_frame(struct ladder *l, const struct ladder_frame *f)
{
	l->frames++;
	l->file[f->source].frames++;
	if (f->ns < l->begin)
		l->begin = f->ns;
	if (f->ns > l->end)
		l->end = f->ns;
}

void
ladder_frame(struct ladder *l, const struct ladder_frame *f)
{
	struct ladder_pkt k = { .source = f->source, .ns = f->ns, .p = f->p, .n = f->n, .ifname = f->ifname, .dir = f->dir };
	const struct link *link = link_find(f->link);
	unsigned type;

	count_frame(l, f);
	if (link == NULL) {
		l->unknown_links++;
		return;
	}
	if (k.n < link->head) {
		other(l, true);
		return;
	}
	type = link->ethertype >= 0 ? get16(k.p + link->ethertype) : 0;
	k.p += link->head;
	k.n -= link->head;
	if (link->ethertype >= 0)
		ethertype(l, &k, type);
	else
		ip(l, &k);
}
