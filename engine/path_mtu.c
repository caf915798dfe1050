/*
 * Path MTU of a flow's outer packets (RFC 4301, 8.2).  A router on the way that may not cut an ESP or
 * AH packet says so to us by ICMP; what it quotes holds the SPI, and only one that we send with is
 * believed, so that nobody who has not seen our packets can shrink them.  What was learned holds for
 * all SAs of the flow, also those that replace them, and is forgotten after ten minutes (RFC 1191,
 * 6.3).  The packets inside learn of it from us: those with DF that are too long then are answered
 * where they would enter the tunnel.
 */

#include <string.h>

#include "engine/flow.h"
#include "engine/log.h"

#define ICMP_UNREACH	3
#define UNREACH_FRAG	4
#define PROTO_ESP	50
#define PROTO_AH	51
#define IP_LEN		20u
#define PATH_MTU_LEAST	256u			/* what is said to be less is not followed */
#define PATH_MTU_AGE	(600 * NSEC_SEC)

static void
on_age(void *arg)
{
	struct flow *f = arg;
	struct pair *p;

	f->path_mtu = 0;
	TAILQ_FOREACH(p, &f->pairs, next)
		dp_sa_set_mtu(f->r->dp, p->sa_out, 0);
	path_mtu_sync(f);
}

void
path_mtu_init(struct flow *f)
{
	timer_init(&f->mtu_timer, f->r->clock, on_age, f);
}

void
path_mtu_sync(struct flow *f)
{
	struct rif *i = ifnet_find(f->r, f->ifname);
	struct sa_info info;

	if (i != NULL && i->dp_if != 0 && f->current != NULL &&
	    dp_sa_info(f->r->dp, f->current->sa_out, &info))
		ifnet_tunnel_mtu(f->r, i, info.plaintext_mtu);
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
	at = (size_t)(q[0] & 15) * 4 + (i->orig_proto == PROTO_AH ? 4 : 0);
	if (at < IP_LEN || i->len < at + 4 || (q[6] & 0x1f) != 0 || q[7] != 0)
		return false;
	*spi = (uint32_t)q[at] << 24 | (uint32_t)q[at + 1] << 16 | (uint32_t)q[at + 2] << 8 |
	    q[at + 3];
	return true;
}

static bool
sends_with(const struct flow *f, uint8_t proto, uint32_t spi)
{
	const struct pair *p;

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
mtu_now(const struct flow *f)
{
	const struct rif *out;
	struct dp_if_info info;
	unsigned dp_if;
	uint32_t via;

	if (f->path_mtu != 0)
		return f->path_mtu;
	if (!dp_route_lookup(f->r->dp, f->remote, &via, &dp_if) ||
	    (out = ifnet_by_dp(f->r, dp_if)) == NULL ||
	    !dp_if_info(f->r->dp, out->dp_if, &info))
		return UINT16_MAX;
	return info.mtu;
}

static void
learn(struct flow *f, unsigned mtu, uint32_t spi)
{
	unsigned was = mtu_now(f);
	char local[ADDR_STRLEN], remote[ADDR_STRLEN];
	struct pair *p;

	if (mtu < PATH_MTU_LEAST)
		mtu = PATH_MTU_LEAST;
	if (mtu >= was)
		return;
	if (ipsec_debug_on(f, spi))
		log_debug(f->r,
		    "IPSEC(adjust_mtu): adjusting path mtu from %u to %u,\n"
		    "  (identity) local= %s:0, remote= %s:0",
		    was, mtu, ip4_fmt(f->local, local), ip4_fmt(f->remote, remote));
	f->path_mtu = mtu;
	timer_in(&f->mtu_timer, PATH_MTU_AGE);
	TAILQ_FOREACH(p, &f->pairs, next)
		dp_sa_set_mtu(f->r->dp, p->sa_out, mtu);
	path_mtu_sync(f);
}

void
path_mtu_icmp(struct router *r, const struct dp_icmp *i)
{
	struct flow *f;
	uint32_t spi;

	if (i->type != ICMP_UNREACH || i->code != UNREACH_FRAG ||
	    (i->orig_proto != PROTO_ESP && i->orig_proto != PROTO_AH))
		return;
	f = flow_find(r, i->orig_src, i->orig_dst);
	if (f != NULL && quoted_spi(i, &spi) && sends_with(f, i->orig_proto, spi))
		learn(f, size_said(i), spi);
}
