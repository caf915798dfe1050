/*
 * NHRP packets on their way out: what all of ours have in common, the limit of `ip nhrp max-send`, answers, error
 * indications (RFC 2332, 5.2.7), and forwarding from server to server with its transit records (5.3.2, 5.3.3), by
 * which a packet that has been here before is known.
 */

#include <string.h>

#include "engine/nhrp_int.h"
#include "lib/addr.h"

static void
say_part(void *arg, const char *text)
{
	log_debug(arg, "%s", text);
}

/* "NHRP: Send Registration Request via Tunnel0 vrf 0, packet size: 92" and what is in it. */
void
nhrp_debug_packet(struct nhrp_if *i, const char *verb, const struct nhrp_msg *m)
{
	struct router *r = i->n->r;
	char a[ADDR_STRLEN], b[ADDR_STRLEN];

	if (r->debug.nhrp.packet || r->debug.nhrp.all) {
		log_debug(r, "NHRP: %s %s via %s vrf 0, packet size: %zu", verb, nhrp_type_name(m->type), i->name, m->size);
		log_debug(r, " src: %s, dst: %s", ip4_fmt(m->src, a), ip4_fmt(m->dst, b));
	}
	if (r->debug.nhrp.packet)
		nhrp_describe(m, say_part, r);
	if (r->debug.nhrp.extension)
		nhrp_describe_exts(m, say_part, r);
}

void
nhrp_msg_init(struct nhrp_if *i, struct nhrp_msg *m, enum nhrp_type type, uint32_t dst)
{
	const struct cfg_nhrp *c = nhrp_cfg(i);

	memset(m, 0, sizeof(*m));
	m->type = type;
	m->hops = NHRP_HOPS;
	m->src_nbma = i->source;
	m->src = i->addr;
	m->dst = dst;
	m->has_auth = c->auth[0] != '\0';
	m->auth_len = strlen(c->auth);
	memcpy(m->auth, c->auth, m->auth_len);
	if (type < NHRP_ERROR_INDICATION)
		m->has_responder = m->has_forward = m->has_reverse = m->has_nat = true;
}

struct nhrp_cie
nhrp_cie_self(const struct nhrp_if *i, uint16_t holdtime)
{
	return (struct nhrp_cie){.prefix = 32, .mtu = (uint16_t)(NHRP_MTU - (i->key != 0 ? 4 : 0)), .holdtime = holdtime,
	    .has_nbma = true, .has_proto = true, .nbma = i->source, .proto = i->addr};
}

static void
quota_of(const struct nhrp_if *i, uint32_t *count, uint32_t *seconds)
{
	const struct cfg_nhrp *c = nhrp_cfg(i);

	*count = c->max_send != 0 ? c->max_send : i->n->r->dialect == IKE_XE_17 ? 10000 : 100;
	*seconds = c->max_send_s != 0 ? c->max_send_s : NHRP_MAX_SEND_S;
}

/* `ip nhrp max-send N every S`. */
static bool
quota_left(struct nhrp_if *i)
{
	int64_t now = clock_now(i->n->r->clock);
	uint32_t count, seconds;

	quota_of(i, &count, &seconds);
	if (i->window_ns == 0 || now - i->window_ns >= (int64_t)seconds * NSEC_SEC) {
		i->window_ns = now;
		i->window_sent = 0;
		i->quota_told = false;
	}
	if (i->window_sent < count) {
		i->window_sent++;
		return true;
	}
	i->quota_dropped++;
	nhrp_debug_line(i->n->r, i->n->r->debug.nhrp.rate, "NHRP: Max-send quota of %upkts/%uSec. exceeded on %s, packet dropped", count, seconds, i->name);
	if (!i->quota_told)
		log_syslog(i->n->r, "NHRP", 4, "QUOTA", "Max-send quota of %upkts/%uSec. exceeded on %s", count, seconds, i->name);
	i->quota_told = true;
	return false;
}

void
nhrp_if_usage(const struct nhrp_if *i, struct nhrp_if_info *out)
{
	int64_t now = clock_now(i->n->r->clock);

	quota_of(i, &out->max_send, &out->max_send_s);
	if (i->window_ns != 0 && now - i->window_ns < (int64_t)out->max_send_s * NSEC_SEC)
		out->usage = (uint32_t)((uint64_t)i->window_sent * 100 / out->max_send);
}

static bool
put_out(struct nhrp_if *i, uint32_t nbma, struct nhrp_msg *m, uint64_t *count)
{
	struct router *r = i->n->r;
	uint8_t buf[NHRP_MAX];
	char a[ADDR_STRLEN];
	size_t n;

	if (!quota_left(i) || (n = nhrp_encode(m, buf, sizeof(buf))) == 0)
		return false;
	count[m->type]++;
	nhrp_debug_line(r, r->debug.nhrp.all, "NHRP: Attempting to send packet via DEST %s", ip4_fmt(nbma, a));
	nhrp_debug_packet(i, count == i->forwarded ? "Forwarding" : "Send", m);
	if (!mgre_send(r, i->name, nbma, GRE_PROTO_NHRP, buf, n)) {
		nhrp_debug_line(r, r->debug.nhrp.error, "NHRP: Encapsulation failed for destination %s out %s", ip4_fmt(nbma, a), i->name);
		return false;
	}
	nhrp_debug_line(r, r->debug.nhrp.all, "NHRP: %zu bytes out %s", n, i->name);
	return true;
}

bool
nhrp_send(struct nhrp_if *i, uint32_t nbma, struct nhrp_msg *m)
{
	return put_out(i, nbma, m, i->sent);
}

uint32_t
nhrp_nbma_of(struct nhrp_if *i, uint32_t next_hop)
{
	struct nhrp_entry *e = nhrp_cache_lookup(i, next_hop);
	struct nhrp_nhs *s;

	if (e != NULL && e->nbma != 0)
		return e->nbma;
	if ((s = nhrp_nhs_find(i, next_hop)) != NULL && s->nbma != 0)
		return s->nbma;
	return 0;
}

static bool
been_here(const struct nhrp_if *i, const struct nhrp_cies *l)
{
	for (size_t k = 0; k < l->n; k++)
		if (l->v[k].has_proto && l->v[k].proto == i->addr)
			return true;
	return false;
}

/* By which of the tunnels of this NHRP network the way to dst leads, and who is the next server there. */
static struct nhrp_if *
way_to(struct nhrp_if *i, uint32_t dst, uint32_t *nbma)
{
	struct router *r = i->n->r;
	struct nhrp_if *out = NULL;
	struct nhrp_nhs *s;
	const struct rif *rif;
	unsigned dp_if = 0;
	uint32_t via = 0;

	if (dp_route_lookup(r->dp, dst, &via, &dp_if) && (rif = ifnet_by_dp(r, dp_if)) != NULL)
		out = nhrp_if_find(r, rif->name);
	if (out == NULL || out->network_id != i->network_id)
		return NULL;
	*nbma = nhrp_nbma_of(out, via != 0 ? via : dst);
	if (*nbma == 0 && (s = nhrp_nhs_best(out)) != NULL)
		*nbma = s->nbma;
	return out;
}

bool
nhrp_forward(struct nhrp_if *i, struct nhrp_msg *m, uint32_t dst)
{
	bool reply = m->type == NHRP_RESOLUTION_REPLY || m->type == NHRP_REGISTRATION_REPLY || m->type == NHRP_PURGE_REPLY;
	struct nhrp_cies *record = reply ? &m->reverse : &m->forward;
	uint32_t nbma = 0;
	struct nhrp_if *out = way_to(i, dst, &nbma);
	struct nhrp_cie self;
	const struct cfg_nhrp *c;

	if (out == NULL || nbma == 0 || m->hops <= 1)
		return false;
	if (been_here(i, record) || been_here(out, record))
		return false;
	if (reply ? m->has_reverse : m->has_forward) {
		self = nhrp_cie_self(out, nhrp_holdtime(out));
		if (!nhrp_cie_add(record, &self))
			return false;
	}
	m->hops--;
	/* Each stretch is authenticated by itself (RFC 2332, 5.3.4). */
	c = nhrp_cfg(out);
	m->has_auth = c->auth[0] != '\0';
	m->auth_len = strlen(c->auth);
	memcpy(m->auth, c->auth, m->auth_len);
	return put_out(out, nbma, m, out->forwarded);
}

/* The rate of what a peer's faults make us send is bound by max-send. */
void
nhrp_send_error(struct nhrp_if *i, uint32_t nbma, const struct nhrp_msg *m, enum nhrp_code code, size_t offset, const uint8_t *p, size_t n)
{
	struct nhrp_msg e;

	if (m->type >= NHRP_ERROR_INDICATION)	/* never about an indication: RFC 2332, 5.2.7 */
		return;
	nhrp_msg_init(i, &e, NHRP_ERROR_INDICATION, m->src);
	e.code = (uint16_t)code;
	e.offset = (uint16_t)offset;
	e.body = p;
	e.body_len = n < NHRP_QUOTE_ALL ? n : NHRP_QUOTE_ALL;
	nhrp_send(i, nbma, &e);
}

void
nhrp_reply_init(struct nhrp_if *i, struct nhrp_msg *reply, const struct nhrp_msg *m, enum nhrp_type type)
{
	nhrp_msg_init(i, reply, type, m->dst);
	reply->src_nbma = m->src_nbma;
	reply->src = m->src;
	reply->flags = m->flags;
	reply->reqid = m->reqid;
	/* What was asked to be recorded comes back. */
	reply->has_responder = m->has_responder;
	reply->has_forward = m->has_forward;
	reply->has_reverse = m->has_reverse;
	reply->has_nat = m->has_nat;
	reply->forward = m->forward;
	reply->nat = m->nat;
}

bool
nhrp_reply(struct nhrp_if *i, uint32_t nbma, struct nhrp_msg *reply)
{
	struct nhrp_cie self = nhrp_cie_self(i, nhrp_holdtime(i));

	if (reply->has_responder && reply->responder.n == 0)
		nhrp_cie_add(&reply->responder, &self);
	return nhrp_send(i, nbma, reply);
}
