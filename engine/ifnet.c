/*
 * Interfaces: from the configuration to the datapath, and their three states.  Administrative: not
 * shut down.  Link: a cable is in and the other end is alive (Ethernet), or always.  Line protocol: the
 * link, or for a tunnel what tunnel.c says.  Each change is logged as IOS logs it; routes and tunnels
 * are told afterwards.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datapath/port.h"
#include "engine/internal.h"
#include "engine/ip6.h"
#include "engine/log.h"
#include "lib/mem.h"

#define MTU_DEFAULT	1500u
#define DUP_ADDR_EVERY	(30 * NSEC_SEC)		/* at most one line an interface */

struct ifnet {
	TAILQ_HEAD(, rif)	 ifs;
	struct rif		*names;		/* the same by name */
	struct rif		**by_addr;	/* by primary address; made when it is asked for */
	size_t			 nby_addr;
	struct rif		**by_dp;		/* index: the datapath's number */
	size_t			 nby_dp;
};

struct ifnet *
ifnet_new(struct router *r)
{
	struct ifnet *n = xcalloc(1, sizeof(*n));

	(void)r;
	TAILQ_INIT(&n->ifs);
	return n;
}

static void
rif_free(struct rif *i)
{
	free(i->addrs);
	free(i->lens);
	free(i);
}

void
ifnet_free(struct ifnet *n)
{
	struct rif *i;

	if (n == NULL)
		return;
	HASH_CLEAR(hh, n->names);
	while ((i = TAILQ_FIRST(&n->ifs)) != NULL) {
		TAILQ_REMOVE(&n->ifs, i, next);
		rif_free(i);
	}
	free(n->by_dp);
	free(n->by_addr);
	free(n);
}

struct rif *
ifnet_find(const struct router *r, const char *name)
{
	struct rif *i;

	if (r->ifnet == NULL)
		return NULL;
	HASH_FIND_STR(r->ifnet->names, name, i);
	return i;
}

struct rif *
ifnet_by_dp(const struct router *r, unsigned dp_if)
{
	return dp_if < r->ifnet->nby_dp ? r->ifnet->by_dp[dp_if] : NULL;
}

static void
addrs_forget(struct ifnet *n)
{
	free(n->by_addr);
	n->by_addr = NULL;
}

/* Of two with one address the first in the list. */
static int
addr_order(const void *pa, const void *pb)
{
	const struct rif *a = *(struct rif *const *)pa, *b = *(struct rif *const *)pb;

	if (a->ip.addr != b->ip.addr)
		return a->ip.addr < b->ip.addr ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

static void
addrs_index(struct ifnet *n)
{
	struct rif *i;
	size_t k = 0;

	n->by_addr = xcalloc(HASH_COUNT(n->names) + 1, sizeof(struct rif *));
	TAILQ_FOREACH(i, &n->ifs, next) {
		i->at = k;
		n->by_addr[k++] = i;
	}
	n->nby_addr = k;
	qsort(n->by_addr, k, sizeof(struct rif *), addr_order);
}

struct rif *
ifnet_by_addr(const struct router *r, uint32_t addr)
{
	struct ifnet *n = r->ifnet;
	size_t lo = 0, hi, mid;

	if (n->by_addr == NULL)
		addrs_index(n);
	for (hi = n->nby_addr; lo < hi;) {
		mid = lo + (hi - lo) / 2;
		if (n->by_addr[mid]->ip.addr < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return addr != 0 && lo < n->nby_addr && n->by_addr[lo]->ip.addr == addr ? n->by_addr[lo] : NULL;
}

static void
index_set(struct ifnet *n, unsigned dp_if, struct rif *i)
{
	while (dp_if >= n->nby_dp) {
		n->by_dp = xrealloc(n->by_dp, (n->nby_dp + 8) * sizeof(*n->by_dp));
		memset(&n->by_dp[n->nby_dp], 0, 8 * sizeof(*n->by_dp));
		n->nby_dp += 8;
	}
	n->by_dp[dp_if] = i;
}

static bool
is_ether(enum cfg_if_kind k)
{
	return k == CFG_IF_GIGABIT || k == CFG_IF_FASTETHERNET || k == CFG_IF_ETHERNET;
}

/* A locally administered address out of the router's number and the interface's kind and numbers. */
static void
mac_make(const struct router *r, const struct cfg_if *c, uint8_t mac[6])
{
	unsigned slot = 0, port = 0,
		 base = c->kind == CFG_IF_GIGABIT        ? 0
			: c->kind == CFG_IF_FASTETHERNET ? 0x60
							 : 0xa0;
	const char *digits = c->name + strcspn(c->name, "0123456789");

	if (sscanf(digits, "%u/%u", &slot, &port) == 1) {
		port = slot;
		slot = 0;
	}
	if (c->mac_set) {
		memcpy(mac, c->mac, 6);
		return;
	}
	mac[0] = 0xaa;
	mac[1] = 0xbb;
	mac[2] = 0xcc;
	mac[3] = (uint8_t)(r->number >> 8);
	mac[4] = (uint8_t)r->number;
	if (r->mac_own)
		memcpy(mac, r->mac, sizeof(r->mac));
	mac[5] = (uint8_t)(base + slot * 16 + port);
}

static void
dp_attach(struct router *r, struct rif *i, const struct cfg_if *c)
{
	uint8_t mac[6];

	mac_make(r, c, mac);
	if (is_ether(c->kind))
		i->dp_if = dp_if_add(r->dp, DP_IF_ETHER, mac);
	else if (c->kind == CFG_IF_LOOPBACK)
		i->dp_if = dp_if_add(r->dp, DP_IF_LOOPBACK, NULL);
	else
		i->dp_if = dp_if_add(r->dp, cfg_if_is_vti(c) ? DP_IF_VTI : DP_IF_GRE, NULL);
	i->vti = cfg_if_is_vti(c);
	if (i->dp_if != 0)
		index_set(r->ifnet, i->dp_if, i);
}

static void
dp_detach(struct router *r, struct rif *i)
{
	if (i->dp_if == 0)
		return;
	dp_if_del(r->dp, i->dp_if);
	index_set(r->ifnet, i->dp_if, NULL);
	i->dp_if = 0;
	i->mtu = 0;
	i->naddrs = 0;
}

static struct rif *
rif_new(struct router *r, const struct cfg_if *c)
{
	struct rif *i = xcalloc(1, sizeof(*i));

	memcpy(i->name, c->name, sizeof(i->name));
	i->kind = c->kind;
	TAILQ_INSERT_TAIL(&r->ifnet->ifs, i, next);
	HASH_ADD_STR(r->ifnet->names, name, i);
	addrs_forget(r->ifnet);
	dp_attach(r, i, c);
	return i;
}

/* The address that `ip unnumbered` lends. */
static struct cfg_ip
primary(struct router *r, const struct cfg_if *c)
{
	struct cfg_if *lender;

	if (c->unnumbered == NULL)
		return c->ip;
	lender = config_if(r->cfg, c->unnumbered, false);
	return lender == NULL ? c->ip : (struct cfg_ip){ lender->ip.addr, 0xffffffff };
}

static void
addrs_sync(struct router *r, struct rif *i, const struct cfg_if *c)
{
	size_t n = 0, max = 1 + c->nsecondary;
	uint32_t *addrs = xcalloc(max, sizeof(*addrs));
	unsigned *lens = xcalloc(max, sizeof(*lens));
	bool same;

	if (i->ip.addr != primary(r, c).addr)
		addrs_forget(r->ifnet);
	i->ip = primary(r, c);
	if (i->ip.addr != 0) {
		addrs[n] = i->ip.addr;
		lens[n++] = (unsigned)ip4_mask_len(i->ip.mask);
	}
	for (size_t k = 0; k < c->nsecondary; k++) {
		addrs[n] = c->secondary[k].addr;
		lens[n++] = (unsigned)ip4_mask_len(c->secondary[k].mask);
	}
	same = n == i->naddrs && (n == 0 || (memcmp(addrs, i->addrs, n * sizeof(*addrs)) == 0 &&
						memcmp(lens, i->lens, n * sizeof(*lens)) == 0));
	free(i->addrs);
	free(i->lens);
	i->addrs = addrs;
	i->lens = lens;
	i->naddrs = n;
	if (!same && i->dp_if != 0)
		dp_if_set_addr(r->dp, i->dp_if, addrs, lens, n);
}

static void
mtu_sync(struct router *r, struct rif *i, const struct cfg_if *c)
{
	unsigned mtu = c->ip_mtu != 0   ? c->ip_mtu
		       : i->sa_mtu != 0 ? i->sa_mtu
		       : c->mtu != 0    ? c->mtu
					: MTU_DEFAULT;

	if (i->wire_mtu != 0 && i->wire_mtu < mtu)
		mtu = i->wire_mtu;
	if (mtu == i->mtu || i->dp_if == 0)
		return;
	i->mtu = mtu;
	dp_if_set_mtu(r->dp, i->dp_if, mtu);
}

static void
log_line(struct router *r, const struct rif *i)
{
	log_syslog(r, "LINEPROTO", 5, "UPDOWN",
	    "Line protocol on Interface %s, changed state to %s", i->name,
	    i->line_up ? "up" : "down");
}

static void
log_link(struct router *r, const struct rif *i, bool admin_changed)
{
	if (!i->admin_up && admin_changed)
		log_syslog(r, "LINK", 5, "CHANGED",
		    "Interface %s, changed state to administratively down", i->name);
	else if (i->admin_up)
		log_syslog(r, "LINK", 3, "UPDOWN", "Interface %s, changed state to %s", i->name,
		    i->link_up ? "up" : "down");
}

static bool
link_now(struct router *r, const struct rif *i)
{
	if (!i->admin_up)
		return false;
	if (!is_ether(i->kind))
		return true;
	return r->ops->carrier != NULL && r->ops->carrier(r->arg, r, i->name);
}

static void
admin_set(struct router *r, struct rif *i, bool up)
{
	i->admin_up = up;
	if (!is_ether(i->kind) || r->ops->admin == NULL)
		return;
	/* The link may answer with our own carrier: that is looked at right after. */
	i->busy = true;
	r->ops->admin(r->arg, r, i->name, up);
	i->busy = false;
}

/* Looks at the states anew; true if the line protocol changed. */
static bool
states_update(struct router *r, struct rif *i, bool admin)
{
	bool admin_changed = admin != i->admin_up || !i->known, was_link = i->link_up, was_line = i->line_up;

	if (admin_changed)
		admin_set(r, i, admin);
	i->known = true;
	i->link_up = link_now(r, i);
	i->line_up = i->link_up && (i->kind != CFG_IF_TUNNEL || i->tunnel_line);
	if (i->link_up != was_link)
		i->link_flaps += was_link;
	if (i->link_up != was_link || (admin_changed && !i->admin_up))
		log_link(r, i, admin_changed);
	if (i->line_up == was_line)
		return false;
	log_line(r, i);
	if (i->dp_if != 0)
		dp_if_set_up(r->dp, i->dp_if, i->line_up);
	return true;
}

static void
rif_sync(struct router *r, const struct cfg_if *c)
{
	struct rif *i = ifnet_find(r, c->name);

	if (i == NULL)
		i = rif_new(r, c);
	else if (i->kind == CFG_IF_TUNNEL && i->vti != cfg_if_is_vti(c)) {
		dp_detach(r, i);
		dp_attach(r, i, c);
	}
	addrs_sync(r, i, c);
	mtu_sync(r, i, c);
	ifnet6_sync(r, i, c);
	states_update(r, i, !c->shutdown);
}

/* Interfaces that the configuration no longer names: down first, so that routes let go of them. */
static void
remove_gone(struct router *r)
{
	struct rif *i, *next;
	bool any = false;

	TAILQ_FOREACH(i, &r->ifnet->ifs, next)
		if (config_if(r->cfg, i->name, false) == NULL) {
			states_update(r, i, false);
			any = true;
		}
	if (!any)
		return;
	router_net_changed(r);
	for (i = TAILQ_FIRST(&r->ifnet->ifs); i != NULL; i = next) {
		next = TAILQ_NEXT(i, next);
		if (config_if(r->cfg, i->name, false) != NULL)
			continue;
		dp_detach(r, i);
		TAILQ_REMOVE(&r->ifnet->ifs, i, next);
		HASH_DEL(r->ifnet->names, i);
		addrs_forget(r->ifnet);
		rif_free(i);
	}
}

void
ifnet_apply(struct router *r)
{
	struct cfg_if *c;

	remove_gone(r);
	dp6_forwarding(r->dp, r->cfg->ip6.unicast_routing);
	TAILQ_FOREACH(c, &r->cfg->ifs, next)
		rif_sync(r, c);
	router_net_changed(r);
}

void
ifnet_booted(struct router *r)
{
	struct rif *i;

	TAILQ_FOREACH(i, &r->ifnet->ifs, next)
		i->nvram_ip = i->ip;
}

void
router_carrier_changed(struct router *r, const char *ifname)
{
	struct rif *i;

	if (!router_ready(r) || (i = ifnet_find(r, ifname)) == NULL || i->busy)
		return;
	if (states_update(r, i, i->admin_up))
		router_net_changed(r);
}

void
ifnet_admin_changed(struct router *r, struct rif *i, bool up)
{
	if (states_update(r, i, up))
		router_line_changed(r, i);
}

void
ifnet_tunnel_line(struct router *r, struct rif *i, bool up)
{
	i->tunnel_line = up;
	if (states_update(r, i, i->admin_up))
		router_line_changed(r, i);
}

void
ifnet_dup_addr(struct router *r, unsigned dp_if, uint32_t addr, const uint8_t mac[6])
{
	struct rif *i = ifnet_by_dp(r, dp_if);
	int64_t now = clock_now(r->clock);
	char text[ADDR_STRLEN];

	if (i == NULL || (i->dup_ns != 0 && now - i->dup_ns < DUP_ADDR_EVERY))
		return;
	i->dup_ns = now;
	log_syslog(r, "IP", 4, "DUPADDR",
	    "Duplicate address %s on %s, sourced by %02x%02x.%02x%02x.%02x%02x", ip4_fmt(addr, text),
	    i->name, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

void
ifnet_tunnel_mtu(struct router *r, struct rif *i, unsigned mtu)
{
	struct cfg_if *c = config_if(r->cfg, i->name, false);

	i->sa_mtu = mtu;
	if (c != NULL)
		mtu_sync(r, i, c);
}

void
router_wire_mtu(struct router *r, const char *ifname, unsigned mtu)
{
	struct rif *i = router_ready(r) ? ifnet_find(r, ifname) : NULL;
	struct cfg_if *c = config_if(r->cfg, ifname, false);

	if (i == NULL || c == NULL || i->wire_mtu == mtu)
		return;
	i->wire_mtu = mtu;
	mtu_sync(r, i, c);
	if (mtu != 0 && i->mtu == mtu && mtu < (c->mtu != 0 ? c->mtu : MTU_DEFAULT))
		log_syslog(r, "PORT", 4, "MTU", "Interface %s: its wire carries packets of %u bytes at most", i->name, mtu);
}

void
router_wire_dropped(struct router *r, const char *ifname, size_t n)
{
	const struct rif *i = router_ready(r) ? ifnet_find(r, ifname) : NULL;

	if (i != NULL && i->dp_if != 0)
		dp_if_untaken(r->dp, i->dp_if, n);
}

static struct if_wire
wire_counts(struct router *r, const char *ifname)
{
	struct port_info p;

	if (r->ops->port == NULL || !r->ops->port(r->arg, r, ifname, &p))
		return (struct if_wire){ 0 };
	return (struct if_wire){ p.in_short, p.in_long, p.in_overruns };
}

/* A port that was made anew counts from nothing. */
static uint64_t
since(uint64_t now, uint64_t base)
{
	return now >= base ? now - base : now;
}

static void
wire_fill(struct router *r, const struct rif *i, struct if_wire *out)
{
	struct if_wire w = wire_counts(r, i->name);

	out->runts = since(w.runts, i->wire_base.runts);
	out->giants = since(w.giants, i->wire_base.giants);
	out->overruns = since(w.overruns, i->wire_base.overruns);
}

static void
info_fill(struct router *r, const struct cfg_if *c, struct if_info *out)
{
	const struct rif *i = ifnet_find(r, c->name);

	*out = (struct if_info){ 0 };
	memcpy(out->name, c->name, sizeof(out->name));
	out->ip = c->ip;
	if (i == NULL)
		return;
	out->dp_if = i->dp_if;
	out->admin_up = i->admin_up;
	out->link_up = i->link_up;
	out->line_up = i->line_up;
	out->ip = i->ip;
	out->from_nvram = i->ip.addr != 0 && i->ip.addr == i->nvram_ip.addr && i->ip.mask == i->nvram_ip.mask;
	out->counters_cleared_ns = i->counters_cleared_ns;
	out->resets = i->resets;
	out->link_flaps = i->link_flaps;
	wire_fill(r, i, &out->wire);
	if (i->dp_if != 0)
		dp_if_info(r->dp, i->dp_if, &out->dp);
}

void
router_if_each(struct router *r, void (*fn)(void *, const struct if_info *), void *arg)
{
	struct if_info info;
	struct cfg_if *c;

	TAILQ_FOREACH(c, &r->cfg->ifs, next) {
		info_fill(r, c, &info);
		fn(arg, &info);
	}
}

bool
router_if_info(struct router *r, const char *name, struct if_info *out)
{
	struct cfg_if *c = config_if(r->cfg, name, false);

	if (c == NULL)
		return false;
	info_fill(r, c, out);
	return true;
}

void
router_if_clear(struct router *r, const char *name)
{
	struct rif *i;

	if (r->ifnet == NULL)
		return;
	TAILQ_FOREACH(i, &r->ifnet->ifs, next) {
		if (name != NULL && strcmp(name, i->name) != 0)
			continue;
		if (i->dp_if != 0)
			dp_if_clear_counters(r->dp, i->dp_if);
		i->wire_base = wire_counts(r, i->name);
		i->counters_cleared_ns = clock_now(r->clock);
		i->resets = i->link_flaps = 0;
	}
}
