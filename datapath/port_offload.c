/*
 * What a Linux kernel leaves to be done when it hands a frame over with a virtio_net_hdr (virtio 1.1, 5.1.6): a checksum
 * that covers the pseudo header only, and TCP or UDP payload of many segments behind one set of headers.  The headers
 * come from another host's kernel, or from whoever writes frames on a wire: everything is bounded anew.
 */

#include <string.h>

#include "datapath/natt.h"
#include "datapath/port_int.h"
#include "datapath/wire.h"

#define F_NEEDS_CSUM	1u
#define GSO_NONE	0u
#define GSO_TCP4	1u
#define GSO_TCP6	4u
#define GSO_UDP_L4	5u
#define GSO_ECN		0x80u

#define ETHERTYPE_V6	0x86dd
#define IP6_HDR		40u
#define IP6_PAYLOAD	4
#define IP6_NEXT	6
#define IP6_SRC		8
#define PROTO_TCP	6
#define TCP_HDR		20u
#define TCP_SEQ		4
#define TCP_OFF		12
#define TCP_FLAGS	13
#define TCP_SUM		16
#define TCP_FIN		0x01u
#define TCP_PSH		0x08u
#define TCP_CWR		0x80u
#define UDP_LENGTH	4
#define UDP_SUM		6

/* Fields are in the byte order of the kernel that we run on. */
void
offload_parse(const uint8_t h[OFFLOAD_HDR], struct offload *o)
{
	*o = (struct offload){ .flags = h[0], .gso_type = h[1] };
	memcpy(&o->gso_size, h + 4, 2);
	memcpy(&o->csum_start, h + 6, 2);
	memcpy(&o->csum_offset, h + 8, 2);
}

void
offload_write(const struct offload *o, uint16_t hdr_len, uint8_t h[OFFLOAD_HDR])
{
	h[0] = o->flags;
	h[1] = o->gso_type;
	memcpy(h + 2, &hdr_len, 2);
	memcpy(h + 4, &o->gso_size, 2);
	memcpy(h + 6, &o->csum_start, 2);
	memcpy(h + 8, &o->csum_offset, 2);
}

/* The field holds the pseudo header's sum; it is summed along with what it is to cover. */
static bool
complete(const struct offload *o, uint8_t *frame, size_t len)
{
	size_t at = (size_t)o->csum_start + o->csum_offset;
	uint16_t sum;

	if (o->csum_start < ETH_LEN || at + 2 > len)
		return false;
	sum = sum_of(frame + o->csum_start, len - o->csum_start);
	put16(frame + at, o->csum_offset == UDP_SUM && sum == 0 ? 0xffff : sum);
	return true;
}

/* Where the transport header begins, if the frame is one of those that can be cut. */
static bool
find_headers(const struct offload *o, struct offload_cut *c)
{
	const uint8_t *ip = c->frame + ETH_LEN;
	size_t hdr;

	if (c->len < ETH_LEN + IP4_LEN)
		return false;
	c->l3 = ETH_LEN;
	c->v6 = get16(c->frame + 12) == ETHERTYPE_V6;
	if (c->v6) {
		hdr = IP6_HDR;
		if (c->len < ETH_LEN + IP6_HDR || o->gso_type == GSO_TCP4 || ip[IP6_NEXT] != (c->tcp ? PROTO_TCP : PROTO_UDP))
			return false;
	} else {
		hdr = (ip[0] & 15u) * 4u;
		if (get16(c->frame + 12) != ETHERTYPE_IP4 || hdr < IP4_LEN || o->gso_type == GSO_TCP6 ||
		    ip[IP4_PROTO] != (c->tcp ? PROTO_TCP : PROTO_UDP))
			return false;
	}
	c->l4 = ETH_LEN + hdr;
	return c->l4 + (c->tcp ? TCP_HDR : UDP_LEN) <= c->len;
}

static enum offload_verdict
begin_cut(const struct offload *o, const uint8_t *frame, size_t len, struct offload_cut *c)
{
	struct offload what = *o;
	size_t hdr;

	what.gso_type &= (uint8_t)~GSO_ECN;
	*c = (struct offload_cut){ .frame = frame, .len = len, .size = o->gso_size,
	    .tcp = what.gso_type == GSO_TCP4 || what.gso_type == GSO_TCP6 };
	if ((!c->tcp && what.gso_type != GSO_UDP_L4) || c->size == 0 || !find_headers(&what, c))
		return OFFLOAD_BAD;
	hdr = c->tcp ? (c->frame[c->l4 + TCP_OFF] >> 4) * 4u : UDP_LEN;
	if (c->tcp && hdr < TCP_HDR)
		return OFFLOAD_BAD;
	c->payload = c->l4 + hdr;
	return c->payload < len && c->payload + c->size <= PORT_FRAME_MAX ? OFFLOAD_SEGMENTS : OFFLOAD_BAD;
}

enum offload_verdict
offload_begin(const struct offload *o, uint8_t *frame, size_t len, struct offload_cut *cut)
{
	if (o->gso_type != GSO_NONE)
		return begin_cut(o, frame, len, cut);
	if ((o->flags & F_NEEDS_CSUM) != 0 && !complete(o, frame, len))
		return OFFLOAD_BAD;
	return OFFLOAD_WHOLE;
}

/* The addresses, protocol and length of what is at l4 (RFC 793, 768, 8200). */
static uint64_t
pseudo(const struct offload_cut *c, const uint8_t *out, size_t n)
{
	const uint8_t *ip = out + c->l3;
	uint64_t sum = c->v6 ? sum_add(0, ip + IP6_SRC, 32) : sum_add(0, ip + IP4_SRC, 8);

	return sum + (c->tcp ? PROTO_TCP : PROTO_UDP) + n;
}

static void
fix_network(const struct offload_cut *c, uint8_t *out, size_t len)
{
	uint8_t *ip = out + c->l3;

	if (c->v6) {
		put16(ip + IP6_PAYLOAD, (unsigned)(len - c->l3 - IP6_HDR));
		return;
	}
	put16(ip + IP4_TOTAL, (unsigned)(len - c->l3));
	put16(ip + IP4_ID, get16(ip + IP4_ID) + c->count);
	ip4_seal(ip, c->l4 - c->l3);
}

/*
 * ESP in UDP has a sum of its own: its UDP checksum is better none (RFC 3948, 2.1).  What a kernel leaves undone at the end of a wire was none
 * when it left an inspire.  Key exchange beside it begins with four zero bytes, and needs one.
 */
static bool
needs_no_sum(const struct offload_cut *c, const uint8_t *udp, size_t n)
{
	return !c->v6 && (get16(udp) == NATT_PORT || get16(udp + 2) == NATT_PORT) && n > UDP_LEN + 4 && get32(udp + UDP_LEN) != 0;
}

static void
fix_transport(const struct offload_cut *c, uint8_t *out, size_t len, bool last)
{
	uint8_t *h = out + c->l4;
	size_t n = len - c->l4, at = c->tcp ? TCP_SUM : UDP_SUM;
	uint16_t sum;

	if (c->tcp) {
		put32(h + TCP_SEQ, get32(h + TCP_SEQ) + (uint32_t)c->done);
		if (!last)
			h[TCP_FLAGS] &= (uint8_t)~(TCP_FIN | TCP_PSH);
		if (c->count > 0)
			h[TCP_FLAGS] &= (uint8_t)~TCP_CWR;
	} else
		put16(h + UDP_LENGTH, (unsigned)n);
	put16(h + at, 0);
	if (!c->tcp && needs_no_sum(c, h, n))
		return;
	sum = sum_done(sum_add(pseudo(c, out, n), h, n));
	put16(h + at, !c->tcp && sum == 0 ? 0xffff : sum);
}

size_t
offload_next(struct offload_cut *c, uint8_t *out, size_t cap, bool *full)
{
	size_t left = c->len - c->payload - c->done, n = left < c->size ? left : c->size, len = c->payload + n;

	*full = n > 0 && len > cap;
	if (n == 0 || *full)
		return 0;
	memcpy(out, c->frame, c->payload);
	memcpy(out + c->payload, c->frame + c->payload + c->done, n);
	fix_network(c, out, len);
	fix_transport(c, out, len, n == left);
	c->done += n;
	c->count++;
	return len;
}
