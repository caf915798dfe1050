/*
 * Access lists at interfaces.  Inbound: each packet as it came in, and on a tunnel what came out of it.
 * Outbound: what is forwarded, as it leaves; packets that this router made pass.  Who sent a packet that
 * dies is told "administratively prohibited" (RFC 1812, 5.2.7.1).
 */

#include <string.h>

#include "datapath/icmp.h"
#include "datapath/ip.h"
#include "datapath/spd.h"
#include "datapath/wire.h"
#include "datapath/worker_hook.h"

#define UNREACH_ADMIN	13

void
dp_if_filter(struct dp *d, unsigned ifidx, enum dp_dir dir, struct dp_acl *acl)
{
	struct dp_if	*ifp = dp_if_get(d, ifidx);

	if (ifp == NULL)
		return;
	d->nfilters += (acl != NULL) - (ifp->filter[dir] != NULL);
	dp_acl_ref(acl);
	dp_acl_free(ifp->filter[dir]);
	ifp->filter[dir] = acl;
	if (d->worker != NULL)
		mirror_slow(d);
}

/* The places at which a list is asked. */
enum place { AT_INPUT, AT_TUNNEL, AT_LINK };

static const enum dp_dir dir_of[] = { [AT_INPUT] = DP_DIR_IN, [AT_TUNNEL] = DP_DIR_OUT, [AT_LINK] = DP_DIR_OUT };

/*
 * The list that an IPv4 packet must pass at this place; NULL = none.  What came out of an SA without a tunnel passed as
 * ESP; what is about to go into one will pass as ESP.
 */
static struct dp_acl *
list_of(const struct dp *d, const struct pkt *p, enum place at)
{
	const struct dp_if	*ifp = dp_if_get(d, at == AT_INPUT ? p->in_if : p->out_if);
	bool			 ether;

	if (p->v6 || ifp == NULL || ifp->filter[dir_of[at]] == NULL)
		return NULL;
	ether = ifp->info.kind == DP_IF_ETHER;
	if (at == AT_INPUT ? p->flags & PKT_DECAP && ether : p->flags & PKT_LOCAL || ether != (at == AT_LINK))
		return NULL;
	return ifp->filter[dir_of[at]];
}

static void
refuse(struct dp *d, struct pkt *p, enum place at, int64_t now)
{
	icmp_error(d, p, ICMP_UNREACH, UNREACH_ADMIN, 0, now);
	pkt_drop(d, p, at == AT_INPUT ? DPC_filter_in : DPC_filter_out);
}

/* The frame's header stands before a packet that has just come by a link. */
static void
tell(struct dp *d, const struct pkt *p, const struct dp_tuple *t, uint32_t entry, bool permit, enum place at)
{
	const struct dp_if	*ifp = dp_if_get(d, p->in_if);
	struct dp_acl_log	 e = {
		.ifidx = at == AT_INPUT ? p->in_if : p->out_if, .in_if = p->in_if, .dir = dir_of[at], .entry = entry,
		.permit = permit, .t = *t, .count = 1,
	};

	e.mac_known = at == AT_INPUT && ifp->info.kind == DP_IF_ETHER && pkt_headroom(p) >= ETH_LEN;
	if (e.mac_known)
		memcpy(e.mac, p->data - ETH_LEN + 6, 6);
	dp_event_acl_log(d, &e);
}

static size_t
filter_run(struct dp *d, struct dp_acl *acl, struct pkt **v, size_t n, struct pkt **keep, enum place at, int64_t now)
{
	const struct dp_ace	*a;
	struct dp_tuple		 t[DP_BATCH];
	uint32_t		 first[DP_BATCH];
	size_t			 i, m = 0;

	pkt_tuples(t, v, n);
	dp_acl_match(acl, t, n, first);
	for (i = 0; i < n; i++) {
		a = dp_acl_ace(acl, first[i]);
		dp_acl_count(acl, first[i]);
		if (a != NULL && a->log)
			tell(d, v[i], &t[i], first[i], a->permit, at);
		if (a != NULL && a->permit)
			keep[m++] = v[i];
		else
			refuse(d, v[i], at, now);
	}
	return m;
}

/* Runs of packets that one list is for are searched together. */
static size_t
filter_keep(struct dp *d, struct pkt **v, size_t n, enum place at, int64_t now)
{
	struct dp_acl	*acl;
	size_t		 i, m, kept = 0;

	if (d->nfilters == 0)
		return n;
	for (i = 0; i < n; i += m) {
		acl = list_of(d, v[i], at);
		for (m = 1; i + m < n && m < DP_BATCH && list_of(d, v[i + m], at) == acl; m++)
			;
		if (acl != NULL)
			kept += filter_run(d, acl, v + i, m, v + kept, at, now);
		else {
			memmove(v + kept, v + i, m * sizeof(*v));
			kept += m;
		}
	}
	return kept;
}

size_t
filter_in_keep(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	return filter_keep(d, v, n, AT_INPUT, now);
}

size_t
filter_out_keep(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	return filter_keep(d, v, n, AT_LINK, now);
}

size_t
filter_tunnel_keep(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	return filter_keep(d, v, n, AT_TUNNEL, now);
}
