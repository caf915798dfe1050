/* What show commands learn of flows and their SAs, by value; and the clear commands. */

#include <stdlib.h>
#include <string.h>
#include <stdio.h>

#include "engine/flow.h"
#include "engine/ip6.h"
#include "lib/mem.h"

static void
sa_fill(const struct pair *p, bool in, struct ipsec_sa_info *out)
{
	struct router *r = p->flow->r;
	uint64_t bytes, kb;
	int64_t left;

	*out = (struct ipsec_sa_info){.conn_id = in ? p->conn_in : p->conn_out,
	    .life_s = p->life_s,
	    .life_kb = p->life_kb,
	    .aging = p->aging};
	if (!dp_sa_info(r->dp, in ? p->sa_in : p->sa_out, &out->sa))
		return;
	transform_fmt(&p->esp, out->transform);
	left = p->installed_ns + (int64_t)p->life_s * NSEC_SEC - clock_now(r->clock);
	out->left_s = left > 0 ? (uint32_t)(left / NSEC_SEC) : 0;
	bytes = out->sa.bytes + (in ? p->cleared_in : p->cleared_out);
	kb = (bytes + 1023) / 1024;
	out->left_kb = p->life_kb > kb ? p->life_kb - kb : 0;
}

static void
sa_sum(struct ipsec_flow_info *o, const struct sa_info *s, bool in)
{
	if (in) {
		o->decaps += s->packets;
		o->verify_failed += s->auth_failed;
		o->replay_failed += s->replayed;
		o->invalid_prot += s->bad_proto;
		o->invalid_identity += s->bad_selector;
		o->invalid_len += s->bad_len;
		o->internal_recv += s->internal_err;
		o->rollover_recv += s->rollover;
	} else {
		o->encaps += s->packets;
		o->internal_send += s->internal_err;
		o->rollover_send += s->seq_overflow;
		o->encaps_failed += s->encaps_failed;
	}
}

static void
sums_fill(const struct flow *f, struct ipsec_flow_info *o)
{
	const struct flow_sums *s = &f->sums;

	o->encaps = s->encaps;
	o->decaps = s->decaps;
	o->no_sa = s->no_sa;
	o->invalid_sa = s->invalid_sa;
	o->verify_failed = s->verify_failed;
	o->replay_failed = s->replay_failed;
	o->invalid_prot = s->invalid_prot;
	o->invalid_identity = s->invalid_identity;
	o->invalid_len = s->invalid_len;
	o->internal_send = s->internal_send;
	o->rollover_send = s->rollover_send;
	o->rollover_recv = s->rollover_recv;
	o->encaps_failed = s->encaps_failed;
}

static void
errors_fill(struct ipsec_flow_info *o)
{
	o->decaps_failed = o->verify_failed + o->replay_failed + o->invalid_prot +
			   o->invalid_identity + o->invalid_len + o->internal_recv;
	o->send_errors = o->no_sa + o->internal_send + o->rollover_send + o->encaps_failed;
	o->recv_errors = o->invalid_sa + o->decaps_failed;
}

static void
path_fill(const struct flow *f, struct ipsec_flow_info *o)
{
	struct router *r = f->r;
	const struct rif *out;
	unsigned dp_if, mtu;

	o->path_mtu = 1500;
	if (ip_way_to(r, &f->peer->path.remote, &dp_if) && (out = ifnet_by_dp(r, dp_if)) != NULL) {
		memcpy(o->out_if, out->name, sizeof(o->out_if));
		if ((mtu = ip_mtu_to(r, &f->peer->path.remote)) != 0)
			o->path_mtu = mtu;
	}
	if (f->peer->path_mtu != 0 && f->peer->path_mtu < o->path_mtu)
		o->path_mtu = f->peer->path_mtu;
}

static void
head_fill(const struct flow *f, struct ipsec_flow_info *o)
{
	const struct pair *shown = f->current != NULL ? f->current : TAILQ_FIRST(&f->pairs);

	memcpy(o->ifname, f->ifname, sizeof(o->ifname));
	memcpy(o->map_tag, f->tag, sizeof(o->map_tag));
	o->local = f->peer->path.local;
	o->remote = f->peer->path.remote;
	o->remote_port = f->port != 0 ? f->port : f->peer->path.remote_port;
	o->local_id = f->local_id;
	o->remote_id = f->remote_id;
	o->pfs_group = shown == NULL ? 0 : shown->pfs_group;
	o->spi_out = f->current == NULL ? 0 : f->current->spi_out;
	o->negotiating = f->negotiating;
	o->dynamic = f->policy != 0 && !f->named && f->on_demand;
	o->made = f->policy != 0 && !f->listed;
	o->up_since_ns = f->up_since_ns;
	o->index = f->cookie;
	ipsec_totals_of(f, &o->totals);
	path_fill(f, o);
}

static void
flow_fill(const struct flow *f, struct ipsec_flow_info *o, struct ipsec_sa_info *sas)
{
	const struct pair *p;

	*o = (struct ipsec_flow_info){ .sas = sas };
	head_fill(f, o);
	sums_fill(f, o);
	TAILQ_FOREACH(p, &f->pairs, next) {
		sa_fill(p, true, &sas[o->nsas]);
		sa_sum(o, &sas[o->nsas++].sa, true);
		sa_fill(p, false, &sas[o->nsas]);
		if (p == f->current || o->plaintext_mtu == 0)
			o->plaintext_mtu = sas[o->nsas].sa.plaintext_mtu;
		sa_sum(o, &sas[o->nsas++].sa, false);
	}
	errors_fill(o);
}

void
router_flow_each(struct router *r, void (*fn)(void *, const struct ipsec_flow_info *), void *arg)
{
	struct ipsec_flow_info info;
	struct flow *f;

	if (r->ke == NULL)
		return;
	TAILQ_FOREACH(f, &r->ke->flows, next) {
		struct ipsec_sa_info *sas;
		struct pair *p;
		size_t n = 0;

		if (f->standby && TAILQ_EMPTY(&f->pairs))
			continue;
		TAILQ_FOREACH(p, &f->pairs, next)
			n += 2;
		sas = xcalloc(n + 1, sizeof(*sas));
		flow_fill(f, &info, sas);
		fn(arg, &info);
		free(sas);
	}
}

static void
clear_flows(struct router *r, const struct ike_ends *e)
{
	struct ike_path path;
	struct flow *f;

	if (r->ke == NULL)
		return;
	r->ke->cause = TRACE_CLEAR;
	TAILQ_FOREACH(f, &r->ke->flows, next) {
		path = natt_path(f);
		if (ike_ends_are(e, &path))
			flow_remove(f, NULL, 0, FLOW_CLEARED);
	}
	r->ke->cause = TRACE_NO_CAUSE;
}

void
router_clear_sa_all(struct router *r)
{
	clear_flows(r, &(struct ike_ends){ 0 });
}

void
router_clear_sa_peer(struct router *r, const struct addr *peer)
{
	clear_flows(r, &(struct ike_ends){ .remote = *peer });
}

static bool
pair_has(const struct pair *p, const struct addr *dest, uint8_t proto, uint32_t spi)
{
	const struct ike_path *path = &p->flow->peer->path;

	return p->esp.proto == proto && ((p->spi_in == spi && addr_eq(&path->local, dest)) ||
					    (p->spi_out == spi && addr_eq(&path->remote, dest)));
}

bool
router_clear_sa_spi(struct router *r, const struct addr *dest, uint8_t proto, uint32_t spi)
{
	struct pair *p, *next;

	if (r->ke == NULL)
		return false;
	HASH_ITER(hh, r->ke->by_id, p, next) {
		if (!pair_has(p, dest, proto, spi))
			continue;
		r->ke->cause = TRACE_CLEAR;
		pair_remove(p, FLOW_CLEARED);
		r->ke->cause = TRACE_NO_CAUSE;
		return true;
	}
	return false;
}

static void
pair_clear_counters(struct pair *p)
{
	struct dp *dp = p->flow->r->dp;
	struct sa_info in, out;

	ipsec_totals_keep(p);
	if (dp_sa_info(dp, p->sa_in, &in))
		p->cleared_in += in.bytes;
	if (dp_sa_info(dp, p->sa_out, &out))
		p->cleared_out += out.bytes;
	dp_sa_clear_counters(dp, p->sa_in);
	dp_sa_clear_counters(dp, p->sa_out);
}

void
router_clear_sa_counters(struct router *r, const struct addr *peer)
{
	struct flow *f;
	struct pair *p;

	if (r->ke == NULL)
		return;
	TAILQ_FOREACH(f, &r->ke->flows, next) {
		if (peer != NULL && !addr_eq(peer, &f->peer->path.remote))
			continue;
		f->sums = (struct flow_sums){ 0 };
		TAILQ_FOREACH(p, &f->pairs, next)
			pair_clear_counters(p);
		session_dpd(f->peer);
	}
}

void
router_clear_session(struct router *r, const struct ike_ends *e)
{
	if (r->ke == NULL)
		return;
	clear_flows(r, e);
	ike_clear_between(r->ike, e);
}
