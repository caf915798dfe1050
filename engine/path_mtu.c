/*
 * Path MTU of a peer's outer packets (RFC 4301, 8.2).  A router on the way that may not cut an ESP or
 * AH packet says so to us by ICMP; what it quotes holds the SPI, and only one that we send with is
 * believed, so that nobody who has not seen our packets can shrink them.  What was learned holds for
 * all SAs with the peer, also those that replace them, and is forgotten after ten minutes (RFC 1191,
 * 6.3).  The packets inside learn of it from us: those with DF that are too long then are answered
 * where they would enter the tunnel.
 */

#include <string.h>

#include "datapath/natt.h"
#include "engine/flow.h"
#include "engine/ip6.h"
#include "engine/log.h"

#define ICMP_UNREACH	3
#define UNREACH_FRAG	4
#define PROTO_ESP	50
#define PROTO_AH	51
#define PROTO_UDP	17
#define IP_LEN		20u
#define PATH_MTU_LEAST	256u			/* what is said to be less is not followed */
#define PATH_MTU_AGE	(600 * NSEC_SEC)

static void
peer_mtu(struct crypto_peer *c, unsigned mtu)
{
	struct flow *f;
	struct pair *p;

	c->path_mtu = mtu;
	TAILQ_FOREACH(f, &c->flows, peer_next) {
		TAILQ_FOREACH(p, &f->pairs, next)
			dp_sa_set_mtu(c->r->dp, p->sa_out, mtu);
		path_mtu_sync(f);
	}
}

static void
on_age(void *arg)
{
	peer_mtu(arg, 0);
}

void
path_mtu_init(struct crypto_peer *c)
{
	timer_init(&c->mtu_timer, c->r->clock, on_age, c);
}

void
path_mtu_fini(struct crypto_peer *c)
{
	timer_stop(&c->mtu_timer);
}

void
path_mtu_sync(struct flow *f)
{
	struct sa_info info;

	if (f->ops->mtu != NULL && f->current != NULL &&
	    dp_sa_info(f->r->dp, f->current->sa_out, &info))
		f->ops->mtu(f, info.plaintext_mtu);
}

void
path_mtu_net_changed(struct router *r)
{
	struct flow *f;

	TAILQ_FOREACH(f, &r->ke->flows, next)
		path_mtu_sync(f);
}

/* The SPI of a quoted ESP or AH packet (RFC 4303, 2; RFC 4302, 2). */
static bool
quoted_spi(const struct dp_icmp *i, uint32_t *spi)
{
	const uint8_t *q = i->data;
	size_t at;

	if (i->len < IP_LEN)
		return false;
	at = (size_t)(q[0] & 15) * 4 + (i->orig_proto == PROTO_AH ? 4 : i->orig_proto == PROTO_UDP ? NATT_UDP : 0);
	if (at < IP_LEN || i->len < at + 4 || (q[6] & 0x1f) != 0 || q[7] != 0)
		return false;
	*spi = (uint32_t)q[at] << 24 | (uint32_t)q[at + 1] << 16 | (uint32_t)q[at + 2] << 8 |
	    q[at + 3];
	return true;
}

static bool
sends_with(const struct crypto_peer *c, uint8_t proto, uint32_t spi)
{
	const struct flow *f;
	const struct pair *p;

	TAILQ_FOREACH(f, &c->flows, peer_next)
		TAILQ_FOREACH(p, &f->pairs, next)
			if (p->esp.proto == proto && p->spi_out == spi)
				return true;
	return false;
}

/* Routers of before RFC 1191 leave the size out: then the next lower usual one (its 7.1). */
static unsigned
size_said(const struct dp_icmp *i)
{
	static const uint16_t plateaus[] = {
		32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68
	};
	unsigned whole = (unsigned)i->data[2] << 8 | i->data[3];

	if (i->mtu != 0)
		return i->mtu;
	for (size_t k = 0; k < sizeof(plateaus) / sizeof(plateaus[0]); k++)
		if (plateaus[k] < whole)
			return plateaus[k];
	return PATH_MTU_LEAST;
}

static unsigned
mtu_now(const struct crypto_peer *c)
{
	unsigned mtu;

	if (c->path_mtu != 0)
		return c->path_mtu;
	mtu = ip_mtu_to(c->r, &c->path.remote);
	return mtu != 0 ? mtu : UINT16_MAX;
}

static void
learn(struct crypto_peer *c, unsigned mtu, uint32_t spi)
{
	unsigned was = mtu_now(c);
	char local[ADDR_STRLEN], remote[ADDR_STRLEN];

	if (mtu < PATH_MTU_LEAST)
		mtu = PATH_MTU_LEAST;
	if (mtu >= was)
		return;
	if (ipsec_debug_on(crypto_peer_flow(c), spi))
		log_debug(c->r,
		    "IPSEC(adjust_mtu): adjusting path mtu from %u to %u,\n"
		    "  (identity) local= %s:0, remote= %s:0",
		    was, mtu, addr_fmt(&c->path.local, local), addr_fmt(&c->path.remote, remote));
	timer_in(&c->mtu_timer, PATH_MTU_AGE);
	peer_mtu(c, mtu);
}

/* ESP in UDP: the error must quote more than eight bytes (RFC 1812, 4.3.2.3), else it names no SPI. */
static bool
is_natt(const struct dp_icmp *i)
{
	return i->orig_proto == PROTO_UDP && i->orig_sport == NATT_PORT;
}

void
path_mtu_icmp(struct router *r, const struct dp_icmp *i)
{
	struct addr local = addr_v4(i->orig_src), remote = addr_v4(i->orig_dst);
	struct crypto_peer *c;
	uint32_t spi;

	if (i->type != ICMP_UNREACH || i->code != UNREACH_FRAG ||
	    (i->orig_proto != PROTO_ESP && i->orig_proto != PROTO_AH && !is_natt(i)))
		return;
	c = crypto_peer_find(r, &local, &remote);
	if (c != NULL && quoted_spi(i, &spi) && sends_with(c, i->orig_proto == PROTO_AH ? PROTO_AH : PROTO_ESP, spi))
		learn(c, size_said(i), spi);
}

/* The same of an ICMPv6 "packet too big" (RFC 8201): none below 1280 is believed (its 4). */
void
path_mtu_icmp6(struct router *r, const struct dp6_icmp *i)
{
	struct addr local = addr_v6(i->orig_src), remote = addr_v6(i->orig_dst);
	struct crypto_peer *c;

	if (i->type != DP6_TOO_BIG || i->orig_spi == 0 || i->mtu > UINT16_MAX)
		return;
	c = crypto_peer_find(r, &local, &remote);
	if (c != NULL && sends_with(c, i->orig_proto == PROTO_UDP ? PROTO_ESP : i->orig_proto, i->orig_spi))
		learn(c, i->mtu < DP6_MTU_MIN ? DP6_MTU_MIN : i->mtu, i->orig_spi);
}
