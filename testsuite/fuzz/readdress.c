/*
 * Captures that others made, sent to a router of ours.  Ethernet (with VLAN tags), raw IP, Linux's "any" and the BSDs'
 * loopback are looked into, IPv4 and IPv6 (without extension headers); fragments go as what they begin with.
 */

#include "testsuite/fuzz/readdress.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "datapath/capfile.h"
#include "datapath/pcapng.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"

#define PAYLOAD_MAX	9000u
#define LINK_NULL	0
#define LINK_LOOP	108
#define PROTO_UDP	17
#define PROTO_ESP	50
#define PROTO_AH	51

static unsigned
be16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* Where IP begins in a frame; its length where there is none. */
static size_t
ip_at(const struct capfile_frame *fr)
{
	const uint8_t *p = fr->data;
	size_t at = fr->len;

	switch (fr->linktype) {
	case CAPFILE_ETHER:
		for (at = 12; at + 4 <= fr->len && (be16(p + at) == 0x8100 || be16(p + at) == 0x88a8); at += 4)
			;
		at += 2;
		break;
	case CAPFILE_SLL:
		at = 16;
		break;
	case CAPFILE_SLL2:
		at = 20;
		break;
	case LINK_NULL:
	case LINK_LOOP:
		at = 4;
		break;
	case CAPFILE_RAW:
	case CAPFILE_IPV4:
	case CAPFILE_IPV6:
		at = 0;
		break;
	}
	return at < fr->len ? at : fr->len;
}

struct found { const uint8_t *payload; size_t len; uint8_t proto; };

/* What the IP packet of n bytes carries, if it is ours to have. */
static bool
find(const uint8_t *p, size_t n, struct found *out)
{
	size_t head;

	if (n >= 20 && p[0] >> 4 == 4) {
		head = (p[0] & 15u) * 4;
		out->proto = p[9];
	} else if (n >= 40 && p[0] >> 4 == 6) {
		head = 40;
		out->proto = p[6];
	} else
		return false;
	if (head < 20 || head >= n)
		return false;
	out->payload = p + head;
	out->len = n - head < PAYLOAD_MAX ? n - head : PAYLOAD_MAX;
	return true;
}

static bool
is_ike(const struct found *f)
{
	if (f->proto != PROTO_UDP || f->len < 8)
		return false;
	for (size_t at = 0; at < 4; at += 2)
		if (be16(f->payload + at) == 500 || be16(f->payload + at) == 4500)
			return true;
	return false;
}

static void
ip_checksum(uint8_t *ip)
{
	uint32_t sum = 0;

	ip[10] = ip[11] = 0;
	for (size_t i = 0; i < 20; i += 2)
		sum += be16(ip + i);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~(sum + (sum >> 16)) & 0xffff;
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
}

/* A frame to the router: a message that went to the initiator's port goes to the port that the answerer had. */
static void
give(struct text *out, const struct found *f, const uint8_t *model, int64_t at)
{
	size_t len = READDRESS_MODEL + f->len;
	uint8_t *frame = xcalloc(1, len), *ip = frame + 14, *udp = frame + READDRESS_MODEL;
	unsigned sport;

	memcpy(frame, model, READDRESS_MODEL);
	memcpy(udp, f->payload, f->len);
	ip[0] = 0x45;
	ip[2] = (uint8_t)((len - 14) >> 8);
	ip[3] = (uint8_t)(len - 14);
	ip[6] = ip[7] = 0;
	ip[9] = f->proto;
	ip_checksum(ip);
	if (f->proto == PROTO_UDP) {
		sport = be16(udp);
		if (be16(udp + 2) != 500 && be16(udp + 2) != 4500) {
			memcpy(udp, udp + 2, 2);
			udp[2] = (uint8_t)(sport >> 8);
			udp[3] = (uint8_t)sport;
		}
		udp[6] = udp[7] = 0;	/* no checksum (RFC 768) */
	}
	pcapng_packet(out, &(struct pcapng_packet){ 0, at, frame, len, len, false });
	free(frame);
}

struct readdressed
readdress(struct text *out, const uint8_t *p, size_t n, const char *name, const uint8_t *model, int64_t start)
{
	struct readdressed done = { 0 };
	struct capfile_frame fr;
	struct found found;
	char *why = NULL;
	struct capfile *f = capfile_open_bytes(p, n, name, &why);
	int64_t at = start, last = 0, gap;
	size_t begin;

	pcapng_section(out);
	pcapng_interface(out, "x", PCAPNG_ETHER, 0);
	while (f != NULL && capfile_next(f, &fr) == CAPFILE_FRAME) {
		gap = done.frames == 0 || fr.time_ns < last ? 0 : fr.time_ns - last;
		last = fr.time_ns;
		at += gap > NSEC_SEC ? NSEC_SEC : gap;
		done.frames++;
		begin = ip_at(&fr);
		if (!find(fr.data + begin, fr.len - begin, &found))
			continue;
		if (is_ike(&found))
			done.ike++;
		else if (found.proto == PROTO_ESP || found.proto == PROTO_AH)
			done.esp++;
		else
			continue;
		give(out, &found, model, at);
	}
	capfile_close(f);
	free(why);
	return done;
}
