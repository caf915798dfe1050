/* GRE tunnels of routers: line protocol, protection, keepalives, far ends of multipoint ones. */

#include <stdio.h>
#include <string.h>

#include "engine/internal.h"
#include "engine/mgre.h"
#include "testsuite/unit/engine_pair.h"

static struct cfg_if *
tun(struct config *c)
{
	return config_if(c, "Tunnel0", false);
}

static void
to_gre(struct config *c, unsigned n)
{
	struct cfg_transform_set *t = config_transform_set(c, "TS", false);

	(void)n;
	tun(c)->mode = CFG_TUN_GRE;
	t->transport = true;
}

static void
to_plain(struct config *c, unsigned n)
{
	to_gre(c, n);
	config_set_str(&tun(c)->protection, NULL);
}

static void
to_tunnel_mode(struct config *c, unsigned n)
{
	to_gre(c, n);
	config_transform_set(c, "TS", false)->transport = false;
}

static void
one_transport(struct config *c, unsigned n)
{
	to_gre(c, n);
	config_transform_set(c, "TS", false)->transport = n == R1;
}

static bool
line_up(struct pair_wire *w, unsigned n)
{
	struct if_info i;

	ck_assert(router_if_info(w->end[n].r, "Tunnel0", &i));
	return i.line_up;
}

static uint64_t
dp(struct pair_wire *w, unsigned n, enum dp_counter c)
{
	return dp_count(w->end[n].r->dp, c);
}

START_TEST(plain)
{
	struct pair_wire *w = wire_new(1, to_plain);

	wire_run(w, NSEC_SEC);
	ck_assert(line_up(w, R1) && line_up(w, R2));
	wire_stream(w, 10 * NSEC_MS);
	wire_run(w, NSEC_SEC);
	wire_stream(w, 0);
	wire_run(w, NSEC_SEC);
	ck_assert_uint_gt(w->streamed, 90);
	ck_assert_uint_ge(dp(w, R2, DPC_gre_in), w->streamed);
	ck_assert_uint_eq(w->ike_frames, 0);
	ck_assert(logged(w, R1, "ISAKMP is OFF"));
	/* The way to the far end goes, and with it the line protocol. */
	wire_set(w, false);
	wire_run(w, NSEC_SEC);
	ck_assert(!line_up(w, R1));
	wire_set(w, true);
	wire_run(w, NSEC_SEC);
	ck_assert(line_up(w, R1));
	wire_free(w);
}
END_TEST

static void
take_mode(void *arg, const struct ipsec_flow_info *f)
{
	ck_assert_uint_eq(f->nsas, 2);
	ck_assert_uint_eq(f->local_id.protocol, 47);
	*(bool *)arg = f->sas[0].sa.p.transport;
}

/* Transport mode where both ends wish it, else tunnel mode. */
START_TEST(protected)
{
	static void (*const tweaks[])(struct config *, unsigned) = { to_gre, to_tunnel_mode };
	struct pair_wire *w = wire_new(1, tweaks[_i]);
	bool transport = _i != 0;

	wire_run(w, 5 * NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R1).sas, 2);
	router_flow_each(w->end[R1].r, take_mode, &transport);
	ck_assert_int_eq(transport, _i == 0);
	wire_stream(w, 10 * NSEC_MS);
	wire_run(w, 5 * NSEC_SEC);
	wire_stream(w, 0);
	wire_run(w, NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R1).encaps, w->streamed);
	ck_assert_uint_eq(flow_sum(w, R2).decaps, w->streamed);
	ck_assert_uint_eq(dp(w, R2, DPC_gre_in), w->streamed);
	wire_free(w);
}
END_TEST

/* One end wishes transport mode: its offer is refused, the other's for tunnel mode is taken. */
START_TEST(mixed_modes)
{
	struct pair_wire *w = wire_new(1, one_transport);
	bool transport = true;

	wire_run(w, 130 * NSEC_SEC);
	router_flow_each(w->end[R1].r, take_mode, &transport);
	ck_assert(!transport);
	wire_free(w);
}
END_TEST

/* Protection does not take the line protocol down; without SAs nothing passes. */
START_TEST(without_sas)
{
	struct pair_wire *w = wire_new(1, to_gre);

	w->drop_ike = true;
	wire_run(w, 5 * NSEC_SEC);
	ck_assert(line_up(w, R1));
	wire_stream(w, 100 * NSEC_MS);
	wire_run(w, NSEC_SEC);
	ck_assert_uint_ge(dp(w, R1, DPC_out_no_sa), 9);
	ck_assert_uint_eq(dp(w, R2, DPC_gre_in), 0);
	wire_free(w);
}
END_TEST

/* R2 sends GRE in the clear to R1, which wants it protected. */
START_TEST(not_ipsec)
{
	struct pair_wire *w = wire_new(1, to_gre);

	wire_run(w, 5 * NSEC_SEC);
	config_set_str(&tun(w->end[R1].r->cfg)->protection, NULL);
	router_apply(w->end[R1].r, CFG_AREA_ALL);
	wire_stream(w, 100 * NSEC_MS);
	wire_run(w, NSEC_SEC);
	ck_assert_uint_ge(dp(w, R2, DPC_in_not_ipsec), 9);
	ck_assert_uint_eq(logged_times(w, R2, "%CRYPTO-4-RECVD_PKT_NOT_IPSEC"), 1);
	ck_assert(logged(w, R2, "/11.11.11.11, src_addr= 14.14.14.14, prot= 47"));
	wire_free(w);
}
END_TEST

static void
with_keepalive(struct config *c, unsigned n)
{
	to_plain(c, n);
	tun(c)->tunnel_keepalive = n == R1;
}

START_TEST(keepalives)
{
	struct pair_wire *w = wire_new(1, with_keepalive);
	struct gre_info g;
	struct cfg_if *c;

	wire_run(w, 35 * NSEC_SEC);
	ck_assert(router_gre_info(w->end[R1].r, "Tunnel0", &g));
	ck_assert_uint_eq(g.keepalives_sent, 3);
	ck_assert_uint_eq(g.keepalives_back, 3);
	/* The far end's tunnel goes, the route stays: three in a row are lost. */
	c = tun(w->end[R2].r->cfg);
	c->shutdown = true;
	router_apply(w->end[R2].r, CFG_AREA_ALL);
	wire_run(w, 34 * NSEC_SEC);
	ck_assert(line_up(w, R1));
	wire_run(w, 2 * NSEC_SEC);
	ck_assert(!line_up(w, R1));
	ck_assert_str_eq(router_gre_info(w->end[R1].r, "Tunnel0", &g) ? g.down_for : "", "keepalive");
	c->shutdown = false;
	router_apply(w->end[R2].r, CFG_AREA_ALL);
	wire_run(w, 10 * NSEC_SEC);
	ck_assert(line_up(w, R1));
	wire_free(w);
}
END_TEST

static void
into_itself(struct config *c, unsigned n)
{
	to_plain(c, n);
	if (n == R1)
		config_route(c, R2_ADDR & 0xffffff00, 0xffffff00, 0, "Tunnel0", true)->distance = 1;
}

/* A route over the tunnel that is better than the one to its far end. */
START_TEST(recursion)
{
	struct pair_wire *w = wire_new(1, into_itself);

	wire_run(w, NSEC_SEC);
	ck_assert(line_up(w, R1));
	config_route_del(w->end[R1].r->cfg, config_route(w->end[R1].r->cfg, R2_ADDR, 0xffffffff, 0x0a010c02u, NULL, false));
	config_route(w->end[R1].r->cfg, 0, 0, 0x0a010c02u, NULL, true)->distance = 1;
	router_apply(w->end[R1].r, CFG_AREA_ALL);
	wire_run(w, 30 * NSEC_SEC);
	ck_assert(!line_up(w, R1));
	ck_assert_uint_eq(logged_times(w, R1, "%TUN-5-RECURDOWN: Tunnel0 temporarily disabled due to recursive routing"), 1);
	/* It is tried again after a minute, with the same end. */
	wire_run(w, 60 * NSEC_SEC);
	ck_assert_uint_eq(logged_times(w, R1, "RECURDOWN"), 2);
	wire_free(w);
}
END_TEST

#define MANY	64

/* Tunnel0 and others with the same ends, told apart by their keys. */
static void
sharing(struct config *c, unsigned n)
{
	char name[CFG_IF_NAME];
	struct cfg_if *i;

	to_gre(c, n);
	for (unsigned k = 0; k < MANY; k++) {
		snprintf(name, sizeof(name), "Tunnel%u", k);
		i = config_if(c, name, true);
		i->ip = (struct cfg_ip){ 0xac100000u + k * 256 + 1 + n, 0xffffff00 };
		i->destination = tun(c)->destination;
		i->shared = i->key_set = true;
		i->key = k;
		config_set_str(&i->source_if, "Loopback0");
		config_set_str(&i->protection, "VTI");
	}
}

static void
take_users(void *arg, const struct csock_info *i)
{
	*(unsigned *)arg += i->users;
}

START_TEST(shared)
{
	struct pair_wire *w = wire_new(1, sharing);
	unsigned users = 0;

	wire_run(w, 5 * NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R1).flows, 1);
	ck_assert_uint_eq(flow_sum(w, R1).sas, 2);
	router_csock_each(w->end[R1].r, take_users, &users);
	ck_assert_uint_eq(users, MANY);
	for (unsigned k = 0; k < MANY; k++)
		dp_echo_send(w->end[R1].r->dp, 0, 0xac100002u + k * 256, 1, (uint16_t)k, NULL, 0, 64, 0, false, clock_now(w->clock));
	wire_run(w, NSEC_SEC);
	ck_assert_uint_eq(dp(w, R1, DPC_gre_in), MANY);
	wire_free(w);
}
END_TEST

/* --- Multipoint --- */

static void
to_many(struct config *c, unsigned n)
{
	to_gre(c, n);
	tun(c)->mode = CFG_TUN_GRE_MULTIPOINT;
	tun(c)->destination = (struct addr){ 0 };
}

static void
one_to_many(struct config *c, unsigned n)
{
	if (n == R1)
		to_many(c, n);
	else
		to_gre(c, n);
}

static void
on_packet(struct router *r, const char *ifname, uint32_t nbma, const uint8_t *p, size_t n)
{
	struct pair_end *e = r->arg;

	text_printf(&e->log, "packet %s %08x %zu %02x\n", ifname, nbma, n, n > 0 ? p[0] : 0);
}

static void
on_miss(struct router *r, const char *ifname, uint32_t next_hop, uint32_t src, uint32_t dst)
{
	struct pair_end *e = r->arg;

	(void)src;
	(void)dst;
	text_printf(&e->log, "miss %s %08x\n", ifname, next_hop);
}

static void
on_endpoint(struct router *r, const char *ifname, uint32_t nbma, bool up)
{
	struct pair_end *e = r->arg;

	text_printf(&e->log, "endpoint %s %08x %s\n", ifname, nbma, up ? "up" : "down");
}

static void
on_tunnel(struct router *r, const char *ifname, bool up)
{
	struct pair_end *e = r->arg;

	text_printf(&e->log, "tunnel %s %s\n", ifname, up ? "up" : "down");
}

static const struct mgre_ops resolver = { .packet = on_packet, .miss = on_miss, .endpoint = on_endpoint, .tunnel = on_tunnel };

/* A static mapping at n for the other end. */
static void
map(struct pair_wire *w, unsigned n, bool named)
{
	struct router *r = w->end[n].r;

	mgre_listen(r, &resolver);
	mgre_hold(r, "Tunnel0", n == R1 ? R2_ADDR : R1_ADDR, named);
	mgre_map(r, "Tunnel0", n == R1 ? R2_LAN : R1_LAN, n == R1 ? R2_ADDR : R1_ADDR);
}

START_TEST(static_mappings)
{
	struct pair_wire *w = wire_new(1, to_many);
	const uint8_t nhrp[20] = { 7 };
	struct router *r = w->end[R1].r;

	map(w, R1, true);
	map(w, R2, true);
	ck_assert(!mgre_ready(r, "Tunnel0", R2_ADDR));
	wire_run(w, 5 * NSEC_SEC);
	ck_assert(mgre_ready(r, "Tunnel0", R2_ADDR));
	ck_assert_uint_eq(logged_times(w, R1, "endpoint Tunnel0 0b0b0b0b up"), 1);
	ck_assert_uint_eq(mgre_source(r, "Tunnel0", NULL), R1_ADDR);
	ck_assert_uint_eq(mgre_destination(r, "Tunnel0"), 0);
	wire_stream(w, 100 * NSEC_MS);
	wire_run(w, NSEC_SEC);
	wire_stream(w, 0);
	wire_run(w, NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R2).decaps, w->streamed);
	ck_assert(mgre_send(r, "Tunnel0", R2_ADDR, GRE_PROTO_NHRP, nhrp, sizeof(nhrp)));
	wire_run(w, NSEC_SEC);
	ck_assert(logged(w, R2, "packet Tunnel0 0e0e0e0e 20 07"));
	/* The last hold goes: the peer is told, and asks anew, as it holds us. */
	mgre_map(r, "Tunnel0", R2_LAN, 0);
	mgre_drop(r, "Tunnel0", R2_ADDR, true);
	wire_run(w, NSEC_SEC);
	ck_assert(logged(w, R2, "endpoint Tunnel0 0e0e0e0e down"));
	wire_stream(w, 100 * NSEC_MS);
	wire_run(w, NSEC_SEC);
	ck_assert(logged(w, R1, "miss Tunnel0 c0a80201"));
	wire_free(w);
}
END_TEST

/* A hub that knows nobody is asked by a peer; when the SAs have gone so has the endpoint. */
START_TEST(asked_by_a_stranger)
{
	struct pair_wire *w = wire_new(1, one_to_many);

	mgre_listen(w->end[R1].r, &resolver);
	wire_run(w, 5 * NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R1).sas, 2);
	ck_assert_uint_eq(flow_sum(w, R2).sas, 2);
	ck_assert(mgre_ready(w->end[R1].r, "Tunnel0", R2_ADDR));
	/* Held from now on, as by a registration: there at once, and not asked for. */
	mgre_hold(w->end[R1].r, "Tunnel0", R2_ADDR, false);
	mgre_map(w->end[R1].r, "Tunnel0", R2_LAN, R2_ADDR);
	wire_stream(w, 100 * NSEC_MS);
	wire_run(w, NSEC_SEC);
	wire_stream(w, 0);
	wire_run(w, NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R2).decaps, w->streamed);
	ck_assert_uint_eq(flow_sum(w, R1).sas, 2);
	mgre_drop(w->end[R1].r, "Tunnel0", R2_ADDR, false);
	ck_assert_uint_eq(flow_sum(w, R1).flows, 0);
	wire_free(w);
}
END_TEST

static void
count_endpoint(void *arg, const struct mgre_info *i)
{
	ck_assert_uint_eq(i->nbma, R2_ADDR);
	ck_assert(i->is_protected);
	++*(unsigned *)arg;
}

START_TEST(stranger_goes)
{
	struct pair_wire *w = wire_new(1, one_to_many);
	unsigned n = 0;

	wire_run(w, 5 * NSEC_SEC);
	mgre_state_each(w->end[R1].r, NULL, count_endpoint, &n);
	ck_assert_uint_eq(n, 1);
	tun(w->end[R2].r->cfg)->shutdown = true;
	router_apply(w->end[R2].r, CFG_AREA_ALL);
	wire_run(w, NSEC_SEC);
	n = 0;
	mgre_state_each(w->end[R1].r, "Tunnel0", count_endpoint, &n);
	ck_assert_uint_eq(n, 0);
	ck_assert_uint_eq(flow_sum(w, R1).flows, 0);
	wire_free(w);
}
END_TEST

/* Holds outlive the tunnel: it goes, comes back with another source, and all is there again. */
START_TEST(holds_outlive)
{
	struct pair_wire *w = wire_new(1, to_many);
	struct router *r = w->end[R1].r;

	map(w, R1, true);
	map(w, R2, true);
	wire_run(w, 5 * NSEC_SEC);
	tun(r->cfg)->shutdown = true;
	router_apply(r, CFG_AREA_ALL);
	wire_run(w, NSEC_SEC);
	ck_assert(logged(w, R1, "endpoint Tunnel0 0b0b0b0b down"));
	ck_assert(!mgre_ready(r, "Tunnel0", R2_ADDR));
	ck_assert_uint_eq(mgre_source(r, "Tunnel0", NULL), 0);
	wire_clear_logs(w);
	tun(r->cfg)->shutdown = false;
	router_apply(r, CFG_AREA_ALL);
	wire_run(w, 70 * NSEC_SEC);
	ck_assert(logged(w, R1, "endpoint Tunnel0 0b0b0b0b up"));
	ck_assert(logged(w, R1, "tunnel Tunnel0 up"));
	wire_stream(w, 100 * NSEC_MS);
	wire_run(w, NSEC_SEC);
	ck_assert_uint_ge(dp(w, R2, DPC_gre_in), 9);
	wire_free(w);
}
END_TEST

/* Recovery is for who is named: of a static mapping yes, of a registration no. */
START_TEST(recovery_by_name)
{
	struct pair_wire *w = wire_new(1, to_many);
	struct inv_spi_info i;
	bool named = _i == 0;

	w->end[R1].r->cfg->invalid_spi_recovery = true;
	router_apply(w->end[R1].r, CFG_AREA_ALL);
	w->drop_ike = true;
	map(w, R1, named);
	wire_run(w, NSEC_SEC);
	wire_forge(w, R1, R2_ADDR, R1_ADDR, 0x12345678);
	wire_run(w, NSEC_SEC);
	router_inv_spi_info(w->end[R1].r, &i);
	ck_assert_uint_eq(i.requests, 1);
	ck_assert_uint_eq(i.ignored, named ? 0 : 1);
	wire_free(w);
}
END_TEST

void
engine_gre_tests(TCase *tc)
{
	tcase_add_test(tc, plain);
	tcase_add_loop_test(tc, protected, 0, 2);
	tcase_add_test(tc, mixed_modes);
	tcase_add_test(tc, without_sas);
	tcase_add_test(tc, not_ipsec);
	tcase_add_test(tc, keepalives);
	tcase_add_test(tc, recursion);
	tcase_add_test(tc, shared);
	tcase_add_test(tc, static_mappings);
	tcase_add_test(tc, asked_by_a_stranger);
	tcase_add_test(tc, stranger_goes);
	tcase_add_test(tc, holds_outlive);
	tcase_add_loop_test(tc, recovery_by_name, 0, 2);
}
