#ifndef INSPIRE_DATAPATH_ESP_OUT_H
#define INSPIRE_DATAPATH_ESP_OUT_H

/* Headers of what is sealed, for both ways out: esp_out.c's stage and the fast lane. */

#include "datapath/natt.h"
#include "datapath/sa_run.h"
#include "datapath/wire.h"

#define ESP_PAD_MOST	16	/* bytes that esp_padding has: a block's */

/* RFC 4303, 2.4. */
static const uint8_t esp_padding[ESP_PAD_MOST] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

/*
 * The outer IPv4 header of a packet that is len bytes with it (RFC 4301, 5.1.2.1); inner: the header inside, of either family.  The whole
 * TOS byte goes out as it is (RFC 6040, 4.1: normal mode).
 */
static inline void
outer4_put(uint8_t *ip, const struct sa *s, const uint8_t *inner, uint8_t tos, size_t len, unsigned id)
{
	unsigned	 df = 0;

	if (s->flags & SA_F_DF_SET)
		df = IP4_DF;
	else if ((s->flags & (SA_F_DF_COPY | SA_F_IN6)) == SA_F_DF_COPY)
		df = get16(inner + IP4_FRAG) & IP4_DF;
	memcpy(ip, s->outer, IP4_LEN);
	ip[IP4_TOS] = tos;
	put16(ip + IP4_TOTAL, (unsigned)len);
	put16(ip + IP4_ID, id);
	put16(ip + IP4_FRAG, df);
	put16(ip + IP4_SUM, sum_done((uint64_t)s->outer_sum + tos + len + id + df));
}

/* Of an SA in UDP (RFC 3948, 2.1); len: with this header.  No checksum, for ESP has its own.  Gives where ESP begins. */
static inline uint8_t *
natt_put(const struct sa *s, uint8_t *udp, size_t len)
{
	if (s->udp == 0)
		return udp;
	put16(udp, NATT_PORT);
	put16(udp + 2, s->udp_port);
	put16(udp + 4, (unsigned)len);
	put16(udp + 6, 0);
	return udp + NATT_UDP;
}

/* Does the SA still send at least one packet of n bytes without anything to be told? */
static inline bool
sa_goes_on(const struct sa *s, size_t n)
{
	return !(s->flags & SA_F_DEAD) && s->bytes + s->seq.ahead + n < s->bytes_next && s->seq.last + 1 < s->seq_next;
}

#endif
