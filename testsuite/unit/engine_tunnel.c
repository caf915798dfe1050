/* Tunnels come up, are cleared, ask again when their round comes, and lose to DPD and INITIAL-CONTACT. */

#include <string.h>

#include "testsuite/unit/engine_pair.h"

START_TEST(comes_up_once)
{
	static const char *const up[] = { "%LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel0, changed state to up",
		"%CRYPTO-5-SESSION_STATUS: Crypto tunnel is UP  .  Peer 14.14.14.14:500       Id: 14.14.14.14", NULL };

	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct pair_wire *w = wire_new(seed, NULL);
		struct flow_sum a, b;

		wire_run(w, 50 * NSEC_SEC);
		a = flow_sum(w, R1);
		b = flow_sum(w, R2);
		ck_assert_uint_eq(a.ike, 1);
		ck_assert_uint_eq(b.ike, 1);
		ck_assert_uint_eq(a.sas, 2);
		ck_assert_uint_eq(b.sas, 2);
		ck_assert_uint_eq(a.spi_in, b.spi_out);
		ck_assert_uint_eq(a.spi_out, b.spi_in);
		ck_assert(a.line_up && b.line_up);
		logged_in_order(w, R2, up);
		wire_free(w);
	}
}
END_TEST

START_TEST(carries_traffic)
{
	struct pair_wire *w = wire_new(1, NULL);

	wire_run(w, 5 * NSEC_SEC);
	wire_stream(w, 10 * NSEC_MS);
	wire_run(w, 10 * NSEC_SEC);
	wire_stream(w, 0);
	wire_run(w, NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R1).encaps, w->streamed);
	ck_assert_uint_eq(flow_sum(w, R2).decaps, w->streamed);
	wire_free(w);
}
END_TEST

static void
take_conn(void *arg, const struct ipsec_flow_info *f)
{
	uint32_t *ids = arg;

	ids[0] = f->sas[0].conn_id;
	ids[1] = f->sas[1].conn_id;
	ck_assert_str_eq(f->sas[0].transform, "esp-aes esp-sha-hmac");
	ck_assert_str_eq(f->map_tag, "Tunnel0-head-0");
	ck_assert_str_eq(f->out_if, "GigabitEthernet0/0");
	ck_assert_uint_eq(f->sas[0].life_kb, 4608000);
}

START_TEST(connection_ids)
{
	struct pair_wire *w = wire_new(1, NULL);
	uint32_t ids[2];

	wire_run(w, 5 * NSEC_SEC);
	router_flow_each(w->end[R1].r, take_conn, ids);
	ck_assert_uint_eq(ids[0], 1);
	ck_assert_uint_eq(ids[1], 2);
	router_flow_each(w->end[R2].r, take_conn, ids);
	ck_assert_uint_eq(ids[0], 2001);
	ck_assert_uint_eq(ids[1], 2002);
	wire_free(w);
}
END_TEST

/* As in the note: the IKE SA first, then the IPsec SAs; the order of what Router2 says. */
START_TEST(clear_without_ike)
{
	static const char *const order[] = { "ISAKMP: Failed to find peer index node to update peer_info_list",
		"IPSEC(update_current_outbound_sa): updated peer 14.14.14.14 current outbound sa to SPI ", "IPSEC(delete_sa): deleting SA,\n  (sa) sa_dest= 11.11.11.11, sa_proto= 50,\n    sa_spi= 0x",
		"sa_trans= esp-aes esp-sha-hmac , sa_conn_id= 2001\n    sa_lifetime(k/sec)= (4608000/3600),\n  (identity) local= 11.11.11.11:0, remote= 14.14.14.14:0,\n    local_proxy= 0.0.0.0/0.0.0.0/256/0,\n    remote_proxy= 0.0.0.0/0.0.0.0/256/0",
		"IPSEC(update_current_outbound_sa)", "IPSEC(delete_sa): deleting SA,\n  (sa) sa_dest= 14.14.14.14, sa_proto= 50,", "sa_conn_id= 2002",
		"Line protocol on Interface Tunnel0, changed state to down", "%CRYPTO-5-SESSION_STATUS: Crypto tunnel is DOWN.  Peer 14.14.14.14:500       Id: 14.14.14.14",
		"ISAKMP: Deleting peer node by peer_reap for 14.14.14.14: ", "ISAKMP: ignoring request to send delete notify (no ISAKMP sa) src 11.11.11.11 dst 14.14.14.14 for SPI 0x", NULL };
	struct pair_wire *w = wire_new(1, NULL);

	wire_run(w, 5 * NSEC_SEC);
	ike_clear(w->end[R2].r->ike, 0);
	wire_run(w, NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R2).sas, 2);	/* IPsec SAs outlive their IKE SA */
	ck_assert_uint_eq(flow_sum(w, R1).ike, 0);
	wire_clear_logs(w);
	w->end[R2].r->debug = (struct debug_flags){ .isakmp = true, .ipsec = true };
	clear_peer(w, R2);
	wire_run(w, 10 * NSEC_MS);
	logged_in_order(w, R2, order);
	ck_assert_uint_eq(flow_sum(w, R2).sas, 0);
	ck_assert_uint_eq(flow_sum(w, R1).sas, 2);	/* Router1 knows nothing */
	wire_free(w);
}
END_TEST

/* The round of the retry timer, wherever in it the SAs were cleared. */
START_TEST(retry_runs_freely)
{
	for (int64_t at = 7; at < 120; at += 25) {
		struct pair_wire *w = wire_new(2, NULL);
		int64_t round = (at / 60 + 1) * 60;

		wire_run(w, at * NSEC_SEC);
		ike_clear(w->end[R2].r->ike, 0);
		wire_run(w, NSEC_SEC / 2);
		clear_peer(w, R2);
		wire_run(w, (round - at) * NSEC_SEC - NSEC_SEC);
		ck_assert_uint_eq(flow_sum(w, R2).sas, 0);
		ck_assert(!flow_sum(w, R2).line_up);
		wire_run(w, NSEC_SEC);
		ck_assert_uint_eq(flow_sum(w, R2).sas, 2);
		ck_assert_uint_eq(flow_sum(w, R1).sas, 2);
		ck_assert_uint_eq(flow_sum(w, R2).ike, 1);
		wire_free(w);
	}
}
END_TEST

START_TEST(retry_can_be_set)
{
	struct pair_wire *w = wire_new(2, NULL);

	wire_run(w, 5 * NSEC_SEC);
	ike_clear(w->end[R2].r->ike, 0);
	wire_run(w, NSEC_SEC);
	clear_peer(w, R2);
	w->end[R2].r->tunnel_retry_ns = 15 * NSEC_SEC;
	router_apply(w->end[R2].r, CFG_AREA_OTHER);
	wire_run(w, 8 * NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R2).sas, 0);
	wire_run(w, 2 * NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R2).sas, 2);
	wire_free(w);
}
END_TEST

/* With an IKE SA the DELETE goes at once, and the other end asks again at once. */
START_TEST(clear_with_ike)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct flow_sum before = { 0 }, after;

	wire_run(w, 5 * NSEC_SEC);
	before = flow_sum(w, R2);
	clear_peer(w, R2);
	wire_run(w, NSEC_SEC);
	after = flow_sum(w, R2);
	ck_assert_uint_eq(after.sas, 2);
	ck_assert_uint_ne(after.spi_in, before.spi_in);
	ck_assert_uint_eq(flow_sum(w, R1).sas, 2);
	ck_assert_uint_eq(after.ike, 1);
	ck_assert(after.line_up);
	wire_free(w);
}
END_TEST

static void
both_respond(struct config *c, unsigned n)
{
	(void)n;
	config_ipsec_profile(c, "VTI", true)->responder_only = true;
}

START_TEST(responders_only_wait)
{
	struct pair_wire *w = wire_new(1, both_respond);

	wire_run(w, 300 * NSEC_SEC);
	ck_assert_uint_eq(w->ike_frames, 0);
	wire_free(w);
}
END_TEST

static void
wrong_key(struct config *c, unsigned n)
{
	struct cfg_keyring *k = config_keyring(c, n == R1 ? "KEY" : "SHKONO", false);

	if (n == R1)
		config_set_str(&TAILQ_FIRST(&k->keys)->key, "another");
}

START_TEST(failure_waits_for_the_round)
{
	struct pair_wire *w = wire_new(1, wrong_key);
	uint64_t frames;

	wire_run(w, 600 * NSEC_SEC);
	ck_assert_uint_eq(flow_sum(w, R1).sas, 0);
	ck_assert_uint_eq(flow_sum(w, R2).sas, 0);
	frames = w->ike_frames;
	ck_assert_uint_gt(frames, 10);
	ck_assert_uint_lt(frames, 800);
	wire_free(w);
}
END_TEST

static void
keepalive_1(struct config *c, unsigned n)
{
	if (n == R1) {
		c->keepalive_s = 10;
		c->keepalive_retry_s = 2;
	} else
		config_ipsec_profile(c, "VTI", true)->responder_only = true;
}

/* Router2 forgets all while its port is down; Router1 sends on until nobody answers. */
START_TEST(dpd_ends_a_black_hole)
{
	struct pair_wire *w = wire_new(1, keepalive_1);
	struct flow_sum old;

	wire_run(w, 5 * NSEC_SEC);
	old = flow_sum(w, R1);
	ck_assert_uint_eq(old.sas, 2);
	wire_stream(w, 100 * NSEC_MS);
	w->drop_ike = true;
	ike_clear(w->end[R2].r->ike, 0);
	clear_peer(w, R2);
	wire_run(w, NSEC_SEC);
	w->drop_ike = false;
	wire_run(w, 5 * NSEC_SEC);
	ck_assert_uint_gt(flow_sum(w, R2).invalid_sa, 10);
	wire_run(w, 35 * NSEC_SEC);
	ck_assert(logged(w, R1, "Crypto tunnel is DOWN"));
	/* Asked for again at once, long before its round. */
	ck_assert_uint_eq(flow_sum(w, R1).sas, 2);
	ck_assert_uint_eq(flow_sum(w, R1).spi_out, flow_sum(w, R2).spi_in);
	ck_assert_uint_ne(flow_sum(w, R1).spi_out, old.spi_out);
	wire_free(w);
}
END_TEST

/* No traffic, no questions. */
START_TEST(on_demand_is_quiet)
{
	struct pair_wire *w = wire_new(1, keepalive_1);
	uint64_t frames;

	wire_run(w, 20 * NSEC_SEC);
	frames = w->ike_frames;
	wire_run(w, 600 * NSEC_SEC);
	ck_assert_uint_eq(w->ike_frames, frames);
	wire_free(w);
}
END_TEST

START_TEST(link_down_takes_the_line_but_not_the_sas)
{
	struct pair_wire *w = wire_new(1, NULL);

	wire_run(w, 5 * NSEC_SEC);
	wire_set(w, false);
	wire_run(w, NSEC_SEC);
	ck_assert(!flow_sum(w, R2).line_up);
	ck_assert_uint_eq(flow_sum(w, R2).sas, 2);
	wire_set(w, true);
	wire_run(w, NSEC_SEC);
	ck_assert(flow_sum(w, R2).line_up);
	wire_free(w);
}
END_TEST

/* IKE stays in use by a tunnel that never gets anywhere; nothing is led over the one that works. */
static void
two_tunnels(struct config *c, unsigned n)
{
	struct cfg_if *i = config_if(c, "Tunnel1", true);

	i->shutdown = false;
	i->mode = CFG_TUN_IPSEC_V4;
	config_set_str(&i->source_if, "Loopback0");
	config_set_str(&i->protection, "VTI");
	i->destination = addr_v4(0x09090909u);
	config_route_del(c, config_route(c, n == R1 ? 0xc0a80200u : 0xc0a80100u, 0xffffff00, 0, "Tunnel0", false));
}

/* One of two tunnels of Router1 goes and comes back; all that both say of it is in the logs. */
static struct pair_wire *
shut_and_back(void (*tweak)(struct config *c, unsigned n), bool alone)
{
	struct pair_wire *w = wire_new(3, tweak);
	struct cfg_if *i;

	for (unsigned n = R1; n <= R2; n++)
		w->end[n].r->debug = (struct debug_flags){ .isakmp = true, .ipsec = true };
	wire_run(w, 5 * NSEC_SEC);
	ck_assert(flow_sum(w, R1).line_up);
	for (unsigned k = 0; k < 4; k++) {
		i = config_if(w->end[R1].r->cfg, "Tunnel0", false);
		i->shutdown = !i->shutdown;
		if (alone)
			router_apply_shutdown(w->end[R1].r, i);
		else
			router_apply(w->end[R1].r, CFG_AREA_IF);
		wire_run(w, 5 * NSEC_SEC);
		ck_assert(flow_sum(w, R1).line_up == !i->shutdown);
		ck_assert(flow_sum(w, R2).line_up == !i->shutdown);
	}
	return w;
}

START_TEST(shutdown_alone_is_as_all_applied)
{
	void (*const tweaks[])(struct config *c, unsigned n) = { NULL, two_tunnels };

	for (size_t k = 0; k < 2; k++) {
		struct pair_wire *all = shut_and_back(tweaks[k], false), *alone = shut_and_back(tweaks[k], true);

		for (unsigned n = R1; n <= R2; n++)
			ck_assert_str_eq(text_str(&all->end[n].log), text_str(&alone->end[n].log));
		ck_assert_uint_eq(all->frames, alone->frames);
		wire_free(all);
		wire_free(alone);
	}
}
END_TEST

void
engine_tunnel_tests(TCase *tc)
{
	tcase_add_test(tc, comes_up_once);
	tcase_add_test(tc, carries_traffic);
	tcase_add_test(tc, connection_ids);
	tcase_add_test(tc, clear_without_ike);
	tcase_add_test(tc, retry_runs_freely);
	tcase_add_test(tc, retry_can_be_set);
	tcase_add_test(tc, clear_with_ike);
	tcase_add_test(tc, responders_only_wait);
	tcase_add_test(tc, failure_waits_for_the_round);
	tcase_add_test(tc, dpd_ends_a_black_hole);
	tcase_add_test(tc, on_demand_is_quiet);
	tcase_add_test(tc, link_down_takes_the_line_but_not_the_sas);
	tcase_add_test(tc, shutdown_alone_is_as_all_applied);
}
