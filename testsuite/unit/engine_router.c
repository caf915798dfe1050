/* Power, interfaces, routes, probes. */

#include <malloc.h>
#include <string.h>

#include "lib/mem.h"
#include "testsuite/unit/engine_pair.h"

START_TEST(boots_with_interfaces_and_routes)
{
	static const char *const boot[] = { "%SYS-5-CONFIG_I: Configured from memory by console", "%LINK-3-UPDOWN: Interface GigabitEthernet0/0, changed state to up",
		"%LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet0/0, changed state to up", "%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is ON", NULL };
	struct pair_wire *w = wire_new(1, NULL);
	struct if_info i;

	logged_in_order(w, R1, boot);
	ck_assert(router_if_info(w->end[R1].r, "GigabitEthernet0/0", &i));
	ck_assert(i.admin_up && i.link_up && i.line_up && i.from_nvram);
	ck_assert(router_if_info(w->end[R1].r, "Tunnel0", &i));
	ck_assert(i.admin_up && i.link_up && !i.line_up);
	wire_free(w);
}
END_TEST

struct want_route { uint32_t prefix; unsigned len; char code; bool seen; };

static void
mark(void *arg, const struct route_info *i)
{
	for (struct want_route *r = arg; r->code != 0; r++)
		r->seen |= r->prefix == i->prefix && r->len == i->len && r->code == i->code;
}

START_TEST(routes_follow_line_protocols)
{
	struct want_route want[] = { { 0x0a010c00, 24, 'C', false }, { 0x0a010c01, 32, 'L', false }, { R1_ADDR, 32, 'C', false },
		{ R2_ADDR, 32, 'S', false }, { 0xc0a80100, 24, 'C', false }, { 0 } };
	struct want_route gone[] = { { 0x0a010c00, 24, 'C', false }, { R2_ADDR, 32, 'S', false }, { 0 } };
	struct pair_wire *w = wire_new(1, NULL);
	uint32_t via;
	unsigned dp_if;

	router_route_each(w->end[R1].r, mark, want);
	for (size_t k = 0; want[k].code != 0; k++)
		ck_assert_msg(want[k].seen, "route %zu is missing", k);
	ck_assert(dp_route_lookup(w->end[R1].r->dp, R2_ADDR, &via, &dp_if));
	wire_set(w, false);
	router_route_each(w->end[R1].r, mark, gone);
	ck_assert(!gone[0].seen && !gone[1].seen);
	ck_assert(!dp_route_lookup(w->end[R1].r->dp, R2_ADDR, &via, &dp_if));
	ck_assert(logged(w, R1, "%LINK-3-UPDOWN: Interface GigabitEthernet0/0, changed state to down"));
	wire_set(w, true);
	ck_assert(dp_route_lookup(w->end[R1].r->dp, R2_ADDR, &via, &dp_if));
	wire_free(w);
}
END_TEST

START_TEST(shutdown_and_back)
{
	static const char *const down[] = { "%LINK-5-CHANGED: Interface Loopback1, changed state to administratively down",
		"%LINEPROTO-5-UPDOWN: Line protocol on Interface Loopback1, changed state to down", NULL };
	static const char *const up[] = { "%LINK-3-UPDOWN: Interface Loopback1, changed state to up",
		"%LINEPROTO-5-UPDOWN: Line protocol on Interface Loopback1, changed state to up", NULL };
	struct pair_wire *w = wire_new(1, NULL);
	struct cfg_if *c = config_if(w->end[R1].r->cfg, "Loopback1", false);

	wire_clear_logs(w);
	c->shutdown = true;
	router_apply(w->end[R1].r, CFG_AREA_IF);
	logged_in_order(w, R1, down);
	wire_clear_logs(w);
	c->shutdown = false;
	router_apply(w->end[R1].r, CFG_AREA_IF);
	logged_in_order(w, R1, up);
	wire_free(w);
}
END_TEST

START_TEST(an_interface_can_go)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct router *r = w->end[R1].r;
	struct if_info i;

	wire_run(w, NSEC_SEC);
	config_if_del(r->cfg, config_if(r->cfg, "Tunnel0", false));
	router_apply(r, CFG_AREA_IF);
	ck_assert(!router_if_info(r, "Tunnel0", &i));
	ck_assert(logged(w, R1, "%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is OFF"));
	ck_assert_uint_eq(flow_sum(w, R1).flows, 0);
	wire_run(w, NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R2).sas, 0);	/* it was told */
	wire_free(w);
}
END_TEST

struct answer { unsigned n, replied, errors; struct probe_result last; };

static void
answered(void *arg, const struct probe_result *res)
{
	struct answer *a = arg;

	a->n++;
	a->replied += res->replied;
	a->errors += res->error;
	a->last = *res;
}

START_TEST(probes)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct router *r = w->end[R1].r;
	struct probe_req q = { .dst = 0x0a010c02, .size = 100, .ttl = 255, .timeout_ns = 2 * NSEC_SEC, .pattern = 0xabcd };
	struct answer a = { 0 };

	router_probe(r, &q, answered, &a);
	wire_run(w, 3 * NSEC_SEC);
	ck_assert_uint_eq(a.n, 1);
	ck_assert_uint_eq(a.replied, 1);
	ck_assert_int_ge(a.last.rtt_ns, NSEC_MS);
	ck_assert_int_lt(a.last.rtt_ns, 10 * NSEC_MS);
	q.dst = 0x0a010c63;		/* nobody there */
	router_probe(r, &q, answered, &a);
	wire_run(w, 3 * NSEC_SEC);
	ck_assert_uint_eq(a.n, 2);
	ck_assert_uint_eq(a.replied, 1);
	q.dst = 0x08080808;		/* no route */
	router_probe(r, &q, answered, &a);
	wire_run(w, 3 * NSEC_SEC);
	ck_assert_uint_eq(a.n, 3);
	ck_assert(a.last.unroutable);
	q.dst = 0x0a010c01;		/* ourselves */
	router_probe(r, &q, answered, &a);
	wire_run(w, 3 * NSEC_SEC);
	ck_assert_uint_eq(a.replied, 2);
	wire_free(w);
}
END_TEST

START_TEST(traceroute_probe)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct probe_req q = { .dst = 0x0a010c02, .size = 60, .ttl = 1, .timeout_ns = 3 * NSEC_SEC, .udp_port = 33434 };
	struct answer a = { 0 };

	router_probe(w->end[R1].r, &q, answered, &a);
	wire_run(w, NSEC_SEC);
	ck_assert_uint_eq(a.errors, 1);
	ck_assert_uint_eq(a.last.icmp.type, 3);		/* port unreachable */
	router_probe_cancel(router_probe(w->end[R1].r, &q, answered, &a));
	wire_run(w, 5 * NSEC_SEC);
	ck_assert_uint_eq(a.n, 1);
	wire_free(w);
}
END_TEST

START_TEST(power_cut_and_reload)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct flow_sum before, after;

	wire_run(w, 2 * NSEC_SEC);
	before = flow_sum(w, R2);
	ck_assert_uint_eq(before.sas, 2);
	router_power_off(w->end[R2].r);
	wire_run(w, 5 * NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R1).sas, 2);	/* nothing was sent */
	router_power_on(w->end[R2].r);
	wire_run(w, 5 * NSEC_SEC);
	after = flow_sum(w, R2);
	ck_assert_uint_eq(after.sas, 2);
	ck_assert_uint_ne(after.spi_in, before.spi_in);
	ck_assert_uint_eq(flow_sum(w, R1).sas, 2);	/* INITIAL-CONTACT took the old ones away */
	router_reload(w->end[R2].r);
	ck_assert_str_eq(w->end[R2].r->reload_reason, "reload");
	wire_free(w);
}
END_TEST

static void
recursive(struct config *c, unsigned n)
{
	if (n == R1)
		config_route(c, R2_ADDR, 0xffffffff, 0, "Tunnel0", true)->distance = 1;
}

START_TEST(a_tunnel_does_not_carry_itself)
{
	struct pair_wire *w = wire_new(1, recursive);

	wire_run(w, 300 * NSEC_SEC);
	ck_assert_uint_lt(w->frames, 100000);
	wire_free(w);
}
END_TEST

/* What one more idle router with one tunnel costs; the sanitizers' allocator tells nothing. */
START_TEST(memory)
{
	struct pair_wire *first = wire_new(1, NULL), *w[10];
	size_t before, per;

	wire_run(first, 10 * NSEC_SEC);
	before = mallinfo2().uordblks + mallinfo2().hblkhd;
	for (unsigned i = 0; i < 10; i++) {
		w[i] = wire_new(2 + i, NULL);
		wire_run(w[i], 10 * NSEC_SEC);
	}
	per = (mallinfo2().uordblks + mallinfo2().hblkhd - before) / 20;
	ck_assert_msg(per <= 200 * 1024, "%zu bytes", per);
	for (unsigned i = 0; i < 10; i++)
		wire_free(w[i]);
	wire_free(first);
}
END_TEST

void
engine_router_tests(TCase *tc)
{
	tcase_add_test(tc, boots_with_interfaces_and_routes);
	tcase_add_test(tc, routes_follow_line_protocols);
	tcase_add_test(tc, shutdown_and_back);
	tcase_add_test(tc, an_interface_can_go);
	tcase_add_test(tc, probes);
	tcase_add_test(tc, traceroute_probe);
	tcase_add_test(tc, power_cut_and_reload);
	tcase_add_test(tc, memory);
	tcase_add_test(tc, a_tunnel_does_not_carry_itself);
}
