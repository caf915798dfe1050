/*
 * A router: power, boot, reload, what a change of configuration sets off, and the way of frames in and
 * out.  Everything that does not outlive a power cut is made at power-on and freed at power-off; the
 * logger's taps, the ports that links name, and the lab's switches stay.
 */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "datapath/worker.h"
#include "engine/acl.h"
#include "engine/acl_log.h"
#include "engine/eem.h"
#include "engine/epc_point.h"
#include "engine/archive.h"
#include "engine/flash.h"
#include "engine/bug.h"
#include "engine/cryptomap.h"
#include "engine/ezvpn.h"
#include "engine/flow.h"
#include "engine/ip6.h"
#include "engine/load.h"
#include "engine/log.h"
#include "engine/keypair.h"
#include "engine/pki.h"
#include "engine/login.h"
#include "engine/track.h"
#include "engine/qfp.h"
#include "engine/refusals.h"
#include "engine/syslog.h"
#include "engine/csock.h"
#include "engine/tunnel.h"
#include "lib/chance.h"
#include "lib/mem.h"

static void
on_tx(void *arg, unsigned dp_if, const uint8_t *frame, size_t len)
{
	struct router *r = arg;
	const struct rif *i = ifnet_by_dp(r, dp_if);

	if (i != NULL && r->ops->tx != NULL)
		r->ops->tx(r->arg, r, i->name, frame, len);
}

static void
on_tx_batch(void *arg, unsigned dp_if, struct dp_frame *f, size_t n)
{
	struct router *r = arg;
	const struct rif *i = ifnet_by_dp(r, dp_if);

	if (i != NULL && r->ops->tx_batch != NULL)
		r->ops->tx_batch(r->arg, r, i->name, f, n);
	else
		for (size_t k = 0; k < n; k++)
			on_tx(arg, dp_if, f[k].data, f[k].len);
}

static void
on_icmp(void *arg, const struct dp_icmp *i)
{
	path_mtu_icmp(arg, i);
	gre_icmp(arg, i);
	pings_icmp(arg, i);
}

static void
on_udp(void *arg, const struct dp_udp *u)
{
	struct router *r = arg;
	struct ike_path path = { addr_v4(u->dst), addr_v4(u->src), u->dport, u->sport };
	const uint8_t *p = u->data;
	size_t n = u->len;

	if (r->leaving && (u->dport == IKE_PORT || u->dport == IKE_PORT_NATT))
		return;
	if (u->dport == IKE_PORT)
		ike_input(r->ike, &path, u->data, u->len);
	else if (u->dport == IKE_PORT_NATT && natt_unmark(&p, &n))
		ike_input(r->ike, &path, p, n);
	else if (u->dport == SNMP_TRAP_PORT)
		snmp_input(r, u);
}

static void
on_inv_spi(void *arg, const struct dp_inv_spi *e)
{
	inv_spi_packet(arg, e);
}

static void
on_fault(void *arg, const struct dp_fault *e)
{
	key_engine_fault(arg, e);
}

static void
on_sa_event(void *arg, enum sa_event_kind k, uint32_t sa, uint64_t cookie)
{
	(void)sa;
	key_engine_sa_event(arg, k, cookie);
}

static void
on_no_sa(void *arg, unsigned tunnel_if, uint32_t src, uint32_t dst)
{
	(void)src;
	key_engine_no_sa(arg, tunnel_if, dst);
}

static void
on_policy_no_sa(void *arg, uint32_t policy, const struct dp_policy_packet *p)
{
	(void)p;
	cryptomaps_no_sa(arg, policy);
	ezvpn_no_sa(arg, policy);
}

static void
on_acl_log(void *arg, const struct dp_acl_log *e)
{
	acl_logs_packet(arg, e);
}

static void
on_not_ipsec(void *arg, uint32_t src, uint32_t dst, uint8_t proto, unsigned in_if)
{
	(void)in_if;
	key_engine_not_ipsec(arg, src, dst, proto);
}

static void
on_dup_addr(void *arg, unsigned dp_if, uint32_t addr, const uint8_t mac[6])
{
	ifnet_dup_addr(arg, dp_if, addr, mac);
}

static void
on_gre(void *arg, const struct dp_gre_in *g)
{
	gre_input(arg, g);
}

static void
on_nbma_miss(void *arg, unsigned tunnel_if, uint32_t next_hop, uint32_t src, uint32_t dst)
{
	mgre_miss(arg, tunnel_if, next_hop, src, dst);
}

static void
on_nbma_turn(void *arg, const struct dp_gre_turn *t)
{
	mgre_turn(arg, t);
}

static void
on_udp6(void *arg, const struct dp6_udp *u)
{
	struct router *r = arg;
	struct ike_path path = { addr_v6(u->dst), addr_v6(u->src), u->dport, u->sport };
	const uint8_t *p = u->data;
	size_t n = u->len;

	if (!r->leaving && (u->dport == IKE_PORT || (u->dport == IKE_PORT_NATT && natt_unmark(&p, &n))))
		ike_input(r->ike, &path, p, n);
}

static void
on_icmp6(void *arg, const struct dp6_icmp *i)
{
	path_mtu_icmp6(arg, i);
	pings_icmp6(arg, i);
}

static void
on_dup_addr6(void *arg, unsigned dp_if, const struct a6 *addr, const uint8_t mac[6])
{
	(void)mac;
	ifnet6_dup_addr(arg, dp_if, *addr);
}

static void
on_addr6(void *arg)
{
	router_net_changed(arg);
}

static const struct dp_ops dp_calls = {
	.tx = on_tx,
	.tx_batch = on_tx_batch,
	.udp = on_udp,
	.icmp = on_icmp,
	.inv_spi = on_inv_spi,
	.fault = on_fault,
	.sa_event = on_sa_event,
	.no_sa = on_no_sa,
	.policy_no_sa = on_policy_no_sa,
	.acl_log = on_acl_log,
	.not_ipsec = on_not_ipsec,
	.dup_addr = on_dup_addr,
	.gre = on_gre,
	.nbma_miss = on_nbma_miss,
	.nbma_turn = on_nbma_turn,
	.udp6 = on_udp6,
	.icmp6 = on_icmp6,
	.dup_addr6 = on_dup_addr6,
	.addr6 = on_addr6,
};

struct router *
router_new(const struct router_env *env)
{
	struct router *r = xcalloc(1, sizeof(*r));

	r->name = xstrdup(env->name);
	r->clock = env->clock;
	r->chance = env->chance;
	r->ops = env->ops;
	r->arg = env->arg;
	r->dialect = env->dialect;
	config_set_str(&r->release, env->release);
	r->engine = env->engine;
	r->number = env->number;
	r->workers = env->workers;
	if ((r->mac_own = env->mac != NULL))
		memcpy(r->mac, env->mac, sizeof(r->mac));
	r->cfg = config_new();
	config_set_str(&r->cfg->hostname, r->name);
	r->log = logger_new(r);
	r->flash = flash_new();
	r->keypairs = keypairs_new();
	r->archive = archive_new(r);
	return r;
}

void
router_flash(struct router *r, struct flash *f)
{
	flash_free(r->flash);
	r->flash = f;
}

void
router_free(struct router *r)
{
	if (r == NULL)
		return;
	router_power_off(r);
	if (r->eem_cli != NULL)
		r->eem_cli->forget(r);
	archive_free(r->archive);
	flash_free(r->flash);
	keypairs_free(r->keypairs);
	config_free(r->cfg);
	logger_free(r->log);
	cfg_names_clear(&r->ports);
	free(r->cond.peers);
	free(r->cond.spis);
	chance_free(r->chance);
	free(r->release);
	free(r->name);
	free(r);
}

bool
router_ready(const struct router *r)
{
	return r->powered && !r->booting;
}

/* A stream of its own for each boot: a router that comes up again must not draw the same SPIs and cookies. */
static struct chance *
boot_chance(struct router *r, const char *what)
{
	char *name = xasprintf("%s-%u", what, r->boots);
	struct chance *c = chance_new_child(r->chance, name);

	free(name);
	return c;
}

static void
parts_new(struct router *r)
{
	r->leaving = false;
	r->dp_chance = boot_chance(r, "datapath");
	r->dp = dp_new(r->clock, r->dp_chance, &dp_calls, r);
	workers_attach(r->workers, r->dp);
	bug_apply(r);
	r->ifnet = ifnet_new(r);
	r->rib = rib_new(r);
	r->rib6 = rib6_new();
	r->pings = pings_new(r);
	r->acl_logs = acl_logs_new(r);
	r->qfp = qfp_new();
	r->trace = trace_new();
	r->epcs = epcs_new(r);
	r->epc_points = epc_points_new(r);
	r->refusals = refusals_new();
	r->load = load_new(r);
	r->ike_chance = boot_chance(r, "ike");
	r->ike = ike_new(r->clock, r->ike_chance, &ike_calls, r);
	r->isakmp = isakmp_new();
	r->pki = pki_new();
	r->inv_spi = inv_spi_new(r);
	r->ke = key_engine_new(r);
	r->csocks = csocks_new(r);
	r->tunnels = tunnels_new(r);
	r->gre = gre_new(r);
	r->mgre = mgre_new(r);
	r->cryptomaps = cryptomaps_new(r);
	r->ezserver = ezserver_new(r);
	r->ezvpns = ezvpns_new(r);
	r->tracking = tracking_new(r);
	r->eem = eem_new(r);
	r->snmp = (struct snmp){ 0 };
	r->nhrp = nhrp_new(r);
	r->syslog = syslog_new(r);
	r->login = login_new(r);
}

static void
parts_free(struct router *r)
{
	syslog_free(r->syslog);
	r->syslog = NULL;
	login_free(r->login);
	r->login = NULL;
	epc_points_free(r->epc_points);
	r->epc_points = NULL;
	epcs_free(r->epcs);
	r->epcs = NULL;
	eem_free(r->eem);
	r->eem = NULL;
	tracking_free(r->tracking);
	r->tracking = NULL;
	nhrp_free(r->nhrp);
	r->nhrp = NULL;
	pings_free(r->pings);
	r->pings = NULL;
	acl_logs_free(r->acl_logs);
	r->acl_logs = NULL;
	qfp_free(r->qfp);
	r->qfp = NULL;
	key_engine_free(r->ke);
	r->ke = NULL;
	tunnels_free(r->tunnels);
	r->tunnels = NULL;
	mgre_free(r->mgre);
	r->mgre = NULL;
	gre_free(r->gre);
	r->gre = NULL;
	csocks_free(r->csocks);
	r->csocks = NULL;
	ezvpns_free(r->ezvpns);
	r->ezvpns = NULL;
	ezserver_free(r->ezserver);
	r->ezserver = NULL;
	cryptomaps_free(r->cryptomaps);
	r->cryptomaps = NULL;
	load_free(r->load);
	r->load = NULL;
	trace_free(r->trace);
	r->trace = NULL;
	inv_spi_free(r->inv_spi);
	r->inv_spi = NULL;
	ike_free(r->ike);
	r->ike = NULL;
	refusals_free(r->refusals);
	r->refusals = NULL;
	isakmp_free(r->isakmp);
	r->isakmp = NULL;
	pki_free(r->pki);
	r->pki = NULL;
	chance_free(r->ike_chance);
	r->ike_chance = NULL;
	workers_detach(r->workers);
	dp_free(r->dp);
	r->dp = NULL;
	rib_free(r->rib);
	r->rib = NULL;
	rib6_free(r->rib6);
	r->rib6 = NULL;
	ifnet_free(r->ifnet);
	r->ifnet = NULL;
	chance_free(r->dp_chance);
	r->dp_chance = NULL;
}

static void
config_fresh(struct router *r)
{
	config_free(r->cfg);
	r->cfg = config_new();
	config_set_str(&r->cfg->hostname, r->name);
	r->debug = (struct debug_flags){ 0 };
	free(r->cond.peers);
	free(r->cond.spis);
	r->cond = (struct debug_condition){ 0 };
}

/* Ports that the startup configuration did not speak of are there, but shut down. */
static void
ports_fill(struct router *r)
{
	struct cfg_if *c;

	for (size_t i = 0; i < r->ports.n; i++) {
		if (config_if(r->cfg, r->ports.v[i], false) != NULL)
			continue;
		if ((c = config_if(r->cfg, r->ports.v[i], true)) != NULL)
			c->shutdown = true;
	}
}

static void
config_boot(struct router *r)
{
	char *text = r->ops->nvram_load != NULL ? r->ops->nvram_load(r->arg, r) : NULL;

	if (text != NULL && r->ops->load_config != NULL)
		r->ops->load_config(r->arg, r, text);
	ports_fill(r);
	r->cfg->changed_ns = 0;
	if (text != NULL)
		log_syslog(r, "SYS", 5, "CONFIG_I", "Configured from memory by console");
	free(text);
}

static void
apply_all(struct router *r)
{
	log_apply(r);
	tunnels_drop_stale(r);
	gre_drop_stale(r);
	cryptomaps_drop_stale(r);
	ezvpns_drop_stale(r);
	ifnet_apply(r);
	acl_apply(r);
	pki_apply(r);
	isakmp_apply(r);
	refusals_apply(r);
	csocks_apply(r);
	tunnels_apply(r);
	gre_apply(r);
	cryptomaps_apply(r);
	ezvpns_apply(r);
	snmp_apply(r);
	tracking_apply(r);
	eem_apply(r);
	nhrp_apply(r);
	login_apply(r);
	archive_apply(r);
}

void
router_power_on(struct router *r)
{
	if (r->powered)
		return;
	r->boots++;
	r->boot_ns = clock_now(r->clock);
	if (r->reload_reason == NULL)
		r->reload_reason = "power-on";
	config_fresh(r);
	logger_reset(r->log);
	r->booting = r->powered = true;
	parts_new(r);
	config_boot(r);
	r->booting = false;
	apply_all(r);
	ifnet_booted(r);
	log_syslog(r, "SYS", 5, "RESTART", "System restarted --\n" PACKAGE_NAME ", version " PACKAGE_VERSION);
	if (r->boots > 1 && r->ops->rebooted != NULL)
		r->ops->rebooted(r->arg, r);
}

void
router_power_off(struct router *r)
{
	if (!r->powered)
		return;
	r->powered = false;
	r->reload_reason = NULL;
	parts_free(r);
	archive_apply(r);
	logger_reset(r->log);
}

void
router_reload(struct router *r)
{
	router_power_off(r);
	r->reload_reason = "reload";
	router_power_on(r);
}

const char *
router_hostname(const struct router *r)
{
	return r->cfg->hostname != NULL ? r->cfg->hostname : "Router";
}

int64_t
router_now(const struct router *r)
{
	return clock_now(r->clock) + r->clock_offset_ns;
}

void
router_port_add(struct router *r, const char *ifname)
{
	cfg_names_add(&r->ports, ifname);
}

/* By which of the datapath's interfaces a frame comes in; 0: by none. */
static unsigned
input_if(const struct router *r, const char *ifname)
{
	const struct rif *i = router_ready(r) ? ifnet_find(r, ifname) : NULL;

	return i != NULL ? i->dp_if : 0;
}

void
router_input_batch(struct router *r, const char *ifname, struct dp_frame *f, size_t n, int64_t now)
{
	unsigned dp_if = input_if(r, ifname);

	if (dp_if != 0)
		dp_input_lent(r->dp, dp_if, f, n, now);
}

void
router_input(struct router *r, const char *ifname, uint8_t *frame, size_t len)
{
	struct dp_frame f = { frame, len };
	unsigned dp_if = input_if(r, ifname);

	if (dp_if != 0)
		dp_input(r->dp, dp_if, &f, 1, clock_now(r->clock));
}

void
router_tell_keys(struct router *r, const struct key_report *k)
{
	epcs_key(r, k);
	if (r->ops->keys != NULL)
		r->ops->keys(r->arg, r, k);
}

/* All areas hang together (an interface carries a tunnel, a profile is used by one), and applying
 * what has not changed costs little. */
void
router_apply(struct router *r, enum cfg_area area)
{
	(void)area;
	if (router_ready(r))
		apply_all(r);
}

/* A tunnel of which nothing but its own network is reached: where there are thousands, each that comes up must not cost a look at all of them. */
static bool
stands_alone(struct router *r, const struct rif *i)
{
	const struct cfg_if *c = config_if(r->cfg, i->name, false);

	return i->vti && c != NULL && !cfg_if6_on(&c->ip6) && TAILQ_EMPTY(&r->cfg->crypto_maps.maps) && gre_none(r) &&
	    !tunnels_hang_on(r, i);
}

/* What apply_all() would do, in its order. */
void
router_apply_shutdown(struct router *r, const struct cfg_if *c)
{
	struct rif *i = router_ready(r) ? ifnet_find(r, c->name) : NULL;

	if (i == NULL || !cfg_if_is_vti(c) || !stands_alone(r, i) || !isakmp_settled(r) || ezvpns_wanted(r)) {
		router_apply(r, CFG_AREA_IF);
		return;
	}
	tunnel_drop_stale(r, c->name);
	ifnet_admin_changed(r, i, !c->shutdown);
	tunnel_apply(r, c);
}

void
router_line_changed(struct router *r, const struct rif *i)
{
	if (!stands_alone(r, i) || !rib_line_changed(r, i)) {
		router_net_changed(r);
		return;
	}
	ezvpns_net_changed(r);
	tracking_net_changed(r);
	nhrp_net_changed(r);
}

void
router_net_changed(struct router *r)
{
	rib_update(r);
	rib6_update(r);
	tunnels_net_changed(r);
	gre_net_changed(r);
	path_mtu_net_changed(r);
	ezvpns_net_changed(r);
	tracking_net_changed(r);
	nhrp_net_changed(r);
}
