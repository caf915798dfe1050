/*
 * The texts of `debug crypto ipsec`, in the classic dialect.  Each is written by the event that it tells
 * of; nothing is formatted while nobody listens.
 */

#include <stdio.h>
#include <string.h>

#include "engine/flow.h"
#include "engine/ip6.h"
#include "engine/log.h"

#define NEW_PROTO_ANY	256u		/* how newer releases write "any protocol" */
#define PROXY_MAX	300		/* a name of 255 and its numbers */

bool
ipsec_debug_on(const struct flow *f, uint32_t spi)
{
	return f->r->debug.ipsec && debug_passes(f->r, &f->peer->path.remote, spi);
}

/* "esp-256-aes esp-sha-hmac" as debugs write it: "esp-aes 256 esp-sha-hmac". */
const char *
ipsec_transform_words(const struct ike_esp *e, char out[CFG_TRANSFORM_MAX])
{
	char shown[CFG_TRANSFORM_MAX];
	unsigned bits;
	int n = 0;

	transform_fmt(e, shown);
	if (sscanf(shown, "esp-%u-aes%n", &bits, &n) == 1 && n > 0)
		snprintf(out, CFG_TRANSFORM_MAX, "esp-aes %u%.*s", bits, CFG_TRANSFORM_MAX - 16, shown + n);
	else
		snprintf(out, CFG_TRANSFORM_MAX, "%s", shown);
	return out;
}

static void
proxy_fmt(const struct ike_id *id, char *out, size_t n)
{
	char a[ADDR_STRLEN], m[ADDR_STRLEN];

	if (id->addr.af == ADDR_NONE)
		snprintf(out, n, "%.255s/%u/%u", id->name, id->protocol, id->port);
	else
		snprintf(out, n, "%s/%s/%u/%u", addr_fmt(&id->addr, a), ident_mask(id, m),
		    id->protocol == 0 ? NEW_PROTO_ANY : id->protocol, id->port);
}

void
ipsec_debug_sa(const struct pair *p, bool in, const char *what)
{
	const struct flow *f = p->flow;
	uint32_t spi = in ? p->spi_in : p->spi_out;
	char local[ADDR_STRLEN], remote[ADDR_STRLEN], words[CFG_TRANSFORM_MAX], lp[PROXY_MAX], rp[PROXY_MAX];

	if (!ipsec_debug_on(f, spi))
		return;
	addr_fmt(&f->peer->path.local, local);
	addr_fmt(&f->peer->path.remote, remote);
	proxy_fmt(&f->local_id, lp, sizeof(lp));
	proxy_fmt(&f->remote_id, rp, sizeof(rp));
	log_debug(f->r,
	    "%s,\n  (sa) sa_dest= %s, sa_proto= %u,\n    sa_spi= 0x%X(%u),\n    sa_trans= %s , "
	    "sa_conn_id= %u\n"
	    "    sa_lifetime(k/sec)= (%u/%u),\n  (identity) local= %s:0, remote= %s:0,\n"
	    "    local_proxy= %s,\n    remote_proxy= %s",
	    what, in ? local : remote, p->esp.proto, spi, spi,
	    ipsec_transform_words(&p->esp, words), in ? p->conn_in : p->conn_out, p->life_kb,
	    p->life_s, local, remote, lp, rp);
}

void
ipsec_debug_current(const struct flow *f, uint32_t spi)
{
	char remote[ADDR_STRLEN];

	if (ipsec_debug_on(f, spi))
		log_debug(f->r,
		    "IPSEC(update_current_outbound_sa): updated peer %s current outbound sa to SPI "
		    "%X",
		    addr_fmt(&f->peer->path.remote, remote), spi);
}

static void
debug_engine(const struct pair *p, bool in, bool made)
{
	const struct flow *f = p->flow;

	if (!f->r->debug.engine || !debug_passes(f->r, &f->peer->path.remote, in ? p->spi_in : p->spi_out))
		return;
	if (made)
		log_debug(f->r, "crypto_engine: Create IPSec SA (by keys)");
	else
		log_debug(f->r, "crypto engine: deleting IPSec SA %s:%u",
		    f->r->engine == IKE_ENGINE_ONBOARD ? "Onboard VPN" : "SW", in ? p->conn_in : p->conn_out);
}

/* What is asked of cryptography: `debug crypto engine`. */
void
ipsec_debug_engine(const struct pair *p, bool made)
{
	debug_engine(p, true, made);
	debug_engine(p, false, made);
}

static const char *
mode_word(bool transport, bool udp)
{
	if (udp)
		return transport ? "Transport-UDP" : "Tunnel-UDP";
	return transport ? "Transport" : "Tunnel";
}

static void
debug_proposal(const struct flow *f, const struct ike_child_request *rq, const struct ike_esp *e)
{
	const struct ike_path *path = &f->peer->path;
	char local[ADDR_STRLEN], remote[ADDR_STRLEN], words[CFG_TRANSFORM_MAX], lp[PROXY_MAX], rp[PROXY_MAX];

	proxy_fmt(&f->local_id, lp, sizeof(lp));
	proxy_fmt(&f->remote_id, rp, sizeof(rp));
	log_debug(f->r,
	    "IPSEC(sa_request): ,\n  (key eng. msg.) OUTBOUND local= %s:%u, remote= %s:%u,\n    local_proxy= %s,\n    "
	    "remote_proxy= %s,\n"
	    "    protocol= %s, transform= %s  (%s),\n    lifedur= %us and %ukb,\n    spi= 0x0(0), "
	    "conn_id= 0, keysize= %u, flags= 0x0",
	    addr_fmt(&path->local, local), IKE_PORT, addr_fmt(&path->remote, remote), IKE_PORT,
	    lp, rp, e->proto == 51 ? "AH" : "ESP",
	    ipsec_transform_words(e, words), mode_word(e->transport, f->current != NULL && f->peer->path.remote_port != IKE_PORT), rq->life_s, rq->life_kb,
	    e->key_bits);
}

void
ipsec_debug_request(const struct flow *f, const struct ike_child_request *rq)
{
	if (!ipsec_debug_on(f, 0))
		return;
	for (size_t i = 0; i < rq->nesp; i++)
		debug_proposal(f, rq, &rq->esp[i]);
}

/* A policy is held against proxy identities: of an offer, then of the SAs that come of it. */
void
ipsec_debug_match(
    const struct flow *f, const struct ike_id *local_id, const struct ike_id *remote_id, unsigned any)
{
	char src[ADDR_STRLEN], dst[ADDR_STRLEN];

	if (!ipsec_debug_on(f, 0))
		return;
	log_debug(f->r,
	    "Crypto mapdb : proxy_match\n        src addr     : %s\n        dst addr     : %s\n"
	    "        protocol     : %u\n        src port     : %u\n        dst port     : %u",
	    addr_fmt(&local_id->addr, src), addr_fmt(&remote_id->addr, dst),
	    local_id->protocol == 0 ? any : local_id->protocol, local_id->port, remote_id->port);
}

/* What a peer asks for, before it is judged. */
void
ipsec_debug_offer(struct router *r, const struct ike_offer *o)
{
	char local[ADDR_STRLEN], remote[ADDR_STRLEN], words[CFG_TRANSFORM_MAX], lp[PROXY_MAX], rp[PROXY_MAX];

	if (!r->debug.ipsec || !debug_passes(r, &o->path.remote, 0))
		return;
	proxy_fmt(&o->local_id, lp, sizeof(lp));
	proxy_fmt(&o->remote_id, rp, sizeof(rp));
	log_debug(r, "IPSEC(validate_proposal_request): proposal part #%u", o->number);
	log_debug(r,
	    "IPSEC(validate_proposal_request): proposal part #%u,\n  (key eng. msg.) INBOUND "
	    "local= %s:0, remote= %s:0,\n    local_proxy= %s,\n    remote_proxy= %s,\n"
	    "    protocol= %s, transform= %s  (%s),\n    lifedur= 0s and 0kb,\n    spi= 0x0(0), "
	    "conn_id= 0, keysize= %u, flags= 0x0",
	    o->number, addr_fmt(&o->path.local, local), addr_fmt(&o->path.remote, remote), lp, rp,
	    o->esp.proto == 51 ? "AH" : "ESP", ipsec_transform_words(&o->esp, words),
	    mode_word(o->esp.transport, o->udp), o->esp.key_bits);
}
