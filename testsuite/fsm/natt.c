/* NAT traversal: a translator between two key exchanges, at one end or both, lost messages, ports that move, and who may move them. */

#include <string.h>

#include "testsuite/fsm/fsm_test.h"

#define OWN1	0x0a000002u	/* 10.0.0.2, R1's own address behind its translator */
#define OWN2	0xc0000202u

/* R1 inside; R2 sees it as 14.14.14.14, ports 512 and 4501. */
static struct play *
inside(uint64_t seed, bool aggressive)
{
	struct play *t = play_new(seed);

	play_nat(t, R1, OWN1, 512, 4501);
	t->end[R1].cfg.aggressive = aggressive;
	return t;
}

static void
is_path(const struct ike_path *p, uint16_t local, uint16_t remote)
{
	ck_assert_uint_eq(p->local_port, local);
	ck_assert_uint_eq(p->remote_port, remote);
}

static struct ike_child *
child(struct play *t, int k)
{
	return &t_sa(&t->end[k])->c;
}

START_TEST(one_inside)
{
	struct play *t = inside(1, _i);

	t_up(t);
	is_path(&t->end[R1].info.path, 4500, 4500);
	is_path(&t->end[R2].info.path, 4500, 4501);
	ck_assert(t->end[R1].info.nat_local && !t->end[R1].info.nat_remote);
	ck_assert(!t->end[R2].info.nat_local && t->end[R2].info.nat_remote);
	ck_assert(child(t, R1)->udp && child(t, R1)->inside && child(t, R2)->udp && !child(t, R2)->inside);
	is_path(&child(t, R1)->path, 4500, 4500);
	is_path(&child(t, R2)->path, 4500, 4501);
	ck_assert_int_eq(child(t, R2)->peer_self.af, ADDR_NONE);
	ck_assert(t_said(&t->end[R1], "ISAKMP (1001): NAT found, both nodes inside NAT\nISAKMP:received payload type 20\n"
	    "ISAKMP (1001): My hash no match -  this node inside NAT\n"));
	ck_assert(t_said(&t->end[R1], "ISAKMP:(1001):Setting UDP ENC peer struct 0x"));
	ck_assert(t_said(&t->end[R2], "ISAKMP (1001): His hash no match - this node outside NAT\nISAKMP:received payload type 20\n"
	    "ISAKMP (1001): His hash no match - this node outside NAT\n"));
	ck_assert(t_said(&t->end[R2], "ISAKMP:(1001):SA has been authenticated with 14.14.14.14\nISAKMP:(1001):Detected port floating to port = 4501\n"
	    "ISAKMP:(1001): Trying to find existing peer 11.11.11.11/14.14.14.14/4501/\n"));
	ck_assert(t_said(&t->end[R2], "ISAKMP:      encaps is 3 (Tunnel-UDP)\n"));
	ck_assert(t_said(&t->end[R2], "sending packet to 14.14.14.14 my_port 500 peer_port 512 (R) "));
	ck_assert(t_said(&t->end[R2], "received packet from 14.14.14.14 dport 4500 sport 4501 Global (R) QM_IDLE"));
	play_free(t);
}
END_TEST

START_TEST(xe_form)
{
	struct play *t = inside(2, false);

	t->end[R1].set.dialect = t->end[R2].set.dialect = IKE_XE_17;
	play_set(t);
	t_up(t);
	ck_assert(t_said(&t->end[R2], "ISAKMP: (1001):received payload type 20\nISAKMP: (1001):His hash no match - this node outside NAT\n"));
	ck_assert(t_said(&t->end[R2], "ISAKMP: (1001):SA has been authenticated with 14.14.14.14\nISAKMP: (1001):Detected port floating to port = 4501\n"
	    "ISAKMP: (1001):Trying to find existing peer 11.11.11.11/14.14.14.14/4501/\n"));
	ck_assert(t_said(&t->end[R2], "ISAKMP: (0):Trying to insert a peer 11.11.11.11/14.14.14.14/4501/, \n"));
	ck_assert(t_said(&t->end[R2], "        protocol     : 17 \n        port         : 0 \n"));
	ck_assert(t_said(&t->end[R1], "ISAKMP-PAK: (1001):sending packet to 11.11.11.11 my_port 4500 peer_port 4500 (I) MM_KEY_EXCH\n"));
	ck_assert(t_said(&t->end[R2], "ISAKMP: (1001):      encaps is 3 (Tunnel-UDP)\n"));
	play_free(t);
}
END_TEST

START_TEST(outside_begins)
{
	struct play *t = inside(3, false);

	t_request(t, R2);
	/* To the translator's port 500, behind which nobody is: only an address is configured. */
	t_flow(t);
	ck_assert_uint_eq(t_sas(&t->end[R2]), 0);
	t->nat[R1].ike = 500;
	t->nat[R1].natt = 4500;
	t_wait(t, 10 * NSEC_SEC);
	t_flow(t);
	t_pay(t);
	is_path(&t->end[R2].info.path, 4500, 4500);
	ck_assert(child(t, R1)->inside && child(t, R1)->udp && child(t, R2)->udp);
	play_free(t);
}
END_TEST

START_TEST(both_inside)
{
	struct play *t = inside(4, _i);

	play_nat(t, R2, OWN2, 500, 4500);
	t_up(t);
	ck_assert(t->end[R2].info.nat_local && t->end[R2].info.nat_remote);
	ck_assert(t->end[R1].info.nat_local && t->end[R1].info.nat_remote);
	ck_assert(t_said(&t->end[R2], "NAT found, both nodes inside NAT\nISAKMP:received payload type 20\nISAKMP (1001): NAT found, both nodes inside NAT\n"));
	is_path(&t->end[R2].info.path, 4500, 4501);
	play_free(t);
}
END_TEST

START_TEST(none)
{
	struct play *t = play_new(5);

	t->end[R1].cfg.aggressive = _i;
	t_up(t);
	is_path(&t->end[R2].info.path, 500, 500);
	ck_assert(!child(t, R1)->udp && !child(t, R2)->udp);
	ck_assert(t_said(&t->end[R2], "No NAT Found for self or peer\n"));
	ck_assert(t_said(&t->end[R2], "encaps is 1 (Tunnel)\n"));
	ck_assert(!t_said(&t->end[R1], "4500"));
	ck_assert(!t_said(&t->end[R2], "floating"));
	play_free(t);
}
END_TEST

/* Each message once lost: all comes up, on the ports found. */
START_TEST(lost)
{
	struct play *t = inside(6, _i >= 9);
	int n = _i % 9, from;

	t_request(t, R1);
	while (t->end[R1].nout + t->end[R2].nout > 0) {
		from = t->end[R1].nout > 0 ? R1 : R2;
		if (n-- == 0)
			t_drop(t, from);
		else
			t_pass(t, from);
	}
	t_live(t, 40 * NSEC_SEC);
	t_pay(t);
	is_path(&child(t, R2)->path, 4500, 4501);
	play_free(t);
}
END_TEST

START_TEST(all_twice)
{
	struct play *t = inside(7, _i);

	t_request(t, R1);
	while (t_twice(t, R1) || t_twice(t, R2))
		;
	t_pay(t);
	ck_assert_uint_eq(t_sas(&t->end[R2]), 1);
	play_free(t);
}
END_TEST

START_TEST(transport)
{
	struct play *t = inside(8, false);
	struct play_end *a = &t->end[_i ? R2 : R1], *b = &t->end[_i ? R1 : R2];
	int k;

	t->nat[R1].ike = 500;
	t->nat[R1].natt = 4500;
	for (k = 0; k < 2; k++) {
		t->end[k].esp[0].transport = true;
		t->end[k].local_id = (struct ike_id){ .type = IKE_ID_IPV4_ADDR, .addr = t->end[k].path.local, .prefix_len = 32, .protocol = 47 };
		t->end[k].remote_id = (struct ike_id){ .type = IKE_ID_IPV4_ADDR, .addr = t->end[k].path.remote, .prefix_len = 32, .protocol = 47 };
	}
	t_request(t, _i ? R2 : R1);
	t_flow(t);
	t_pay(t);
	ck_assert(t_said(b, "encaps is 4 (Transport-UDP)\n"));
	ck_assert(t_said(a, "encaps is 4 (Transport-UDP)\n"));
	/* Each by what it calls itself, and by what the other sees of it. */
	ck_assert_uint_eq(child(t, R2)->peer_self.v4, OWN1);
	ck_assert_uint_eq(child(t, R2)->peer_us.v4, 0x0b0b0b0b);
	ck_assert_uint_eq(child(t, R1)->peer_self.v4, 0x0b0b0b0b);
	ck_assert_uint_eq(child(t, R1)->peer_us.v4, 0x0e0e0e0e);
	ck_assert_uint_eq(child(t, R2)->remote_id.addr.v4, 0x0e0e0e0e);
	ck_assert_uint_eq(child(t, R1)->local_id.addr.v4, OWN1);
	play_free(t);
}
END_TEST

/* Of a peer that knows the drafts alone: other payload numbers, other modes, one original address. */
START_TEST(draft)
{
	static const uint8_t rfc[] = { 0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03, 0x58, 0x45 };
	struct play *t = inside(9, false);
	uint8_t *at;

	t_request(t, R1);
	at = memmem(t->end[R1].out[0].p, t->end[R1].out[0].n, rfc, sizeof(rfc));
	ck_assert_ptr_nonnull(at);
	at[0] ^= 1;
	t_flow(t);
	t_pay(t);
	ck_assert(t_said(&t->end[R2], "ISAKMP:received payload type 130\n"));
	ck_assert(t_said(&t->end[R2], "encaps is 61443 (Tunnel-UDP)\n"));
	is_path(&child(t, R2)->path, 4500, 4501);
	play_free(t);
}
END_TEST

/* AH covers the addresses that the translator changes. */
START_TEST(no_ah)
{
	struct play *t = inside(10, false);
	int k;

	for (k = 0; k < 2; k++)
		t->end[k].esp[0] = (struct ike_esp){ .set_name = "AH", .proto = 51, .esp_id = 3, .auth_id = 2 };
	t_request(t, R1);
	t_flow(t);
	ck_assert_uint_eq(t->end[R1].fails, 1);
	ck_assert_int_eq(t->end[R1].last_fail, IKE_FAIL_NO_PROPOSAL);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	play_free(t);
}
END_TEST

static void
ask_dpd(struct play *t, int at)
{
	t_wait(t, 20 * NSEC_SEC);
	ike_dpd_now(t->end[at].ike, &t->end[at].path);
	ck_assert_uint_eq(t->end[at].nout, 1);
}

static struct play *
with_dpd(uint64_t seed)
{
	struct play *t = inside(seed, false);

	t->end[R1].cfg.dpd_s = t->end[R2].cfg.dpd_s = 10;
	t_up(t);
	return t;
}

/* The translator has forgotten us, and gives another port: the next authentic message says so. */
START_TEST(moves)
{
	struct play *t = with_dpd(11);

	t->nat[R1].natt = 4777;
	ask_dpd(t, R1);
	t_flow(t);
	ck_assert_uint_eq(t->end[R2].moves, 1);
	is_path(&t->end[R2].moved, 4500, 4777);
	ck_assert(t_said(&t->end[R2], "Detected port floating to port = 4777\n"));
	/* What R2 sends reaches R1 again. */
	ask_dpd(t, R2);
	t_flow(t);
	ck_assert_uint_eq(t->end[R2].dpd_deaths, 0);
	t_live(t, 60 * NSEC_SEC);
	ck_assert_uint_eq(t->end[R2].dpd_deaths, 0);
	ck_assert_uint_eq(t->end[R1].moves, 0);
	play_free(t);
}
END_TEST

/* It gives another address, too.  R2 goes where R1 is now, unless it is told where R1 has to be. */
START_TEST(moves_away)
{
	struct play *t = with_dpd(18);
	struct addr away = addr_v4(0x0e0e0e99);

	t->end[R2].fixed = _i;
	t->nat[R1].outside = away;
	t->nat[R1].natt = 4777;
	ask_dpd(t, R1);
	ck_assert(t_pass(t, R1));
	ck_assert_uint_eq(t->end[R2].nout, 1);
	ck_assert(addr_eq(&t->end[R2].out[0].path.remote, &away) == !_i);
	ck_assert_uint_eq(t->end[R2].moves, _i ? 0 : 1);
	if (!_i) {
		t_flow(t);
		ck_assert(t_said(&t->end[R2], "Detected port floating to port = 4777\n"
		    "ISAKMP:(1001): Trying to find existing peer 11.11.11.11/14.14.14.153/4777/\n"));
		ck_assert(ike_sa_up(t->end[R2].ike, &(struct ike_path){ .local = t->end[R2].path.local, .remote = away }));
		ck_assert(!ike_sa_up(t->end[R2].ike, &t->end[R2].path));
		/* And what R2 begins reaches R1. */
		t->end[R2].path.remote = away;
		ask_dpd(t, R2);
		t_flow(t);
		ck_assert_uint_eq(ike_count(t->end[R2].ike, IKEC_DPD_SEQ), 0);
		t_live(t, 60 * NSEC_SEC);
		ck_assert_uint_eq(t->end[R2].dpd_deaths, 0);
	}
	play_free(t);
}
END_TEST

/* Nobody but the peer moves it: not by a changed message, nor by one that was heard before, nor back to port 500. */
START_TEST(not_moved)
{
	struct play *t = with_dpd(12);
	struct ike_path from = { t->end[R2].path.local, addr_v4(_i ? 0x0e0e0e0e : 0x0a090909), 4500, 6666 };
	struct play_msg m;

	ask_dpd(t, R1);
	m = t->end[R1].out[0];
	m.p[m.n - 1] ^= 1;
	ike_input(t->end[R2].ike, &from, m.p, m.n);
	ck_assert_uint_eq(t->end[R2].moves, 0);
	m.p[m.n - 1] ^= 1;
	t_flow(t);
	ike_input(t->end[R2].ike, &from, m.p, m.n);
	ck_assert_uint_eq(t->end[R2].moves, 0);
	ask_dpd(t, R1);
	m = t->end[R1].out[0];
	from.local_port = 500;
	ike_input(t->end[R2].ike, &from, m.p, m.n);
	ck_assert_uint_eq(t->end[R2].moves, 0);
	play_free(t);
}
END_TEST

/* Who is inside goes on sending where it did. */
START_TEST(inside_stays)
{
	struct play *t = with_dpd(13);
	struct ike_path from = { t->end[R1].path.local, t->end[R2].path.local, 4500, 6666 };
	struct play_msg m;

	ask_dpd(t, R2);
	m = t->end[R2].out[0];
	t_drop(t, R2);
	ike_input(t->end[R1].ike, &from, m.p, m.n);
	ck_assert_uint_eq(t->end[R1].moves, 0);
	ck_assert_uint_eq(t->end[R1].nout, 1);
	ck_assert_uint_eq(t->end[R1].out[0].path.remote_port, 4500);
	play_free(t);
}
END_TEST

START_TEST(moved_by_esp)
{
	struct play *t = with_dpd(14);
	struct ike_path p = { t->end[R2].path.local, t->end[R2].path.remote, 4500, 4888 };

	struct ike_path old = p;

	old.remote_port = 4400;
	ike_moved(t->end[R2].ike, &p, &old);
	ask_dpd(t, R2);
	ck_assert_uint_eq(t->end[R2].out[0].path.remote_port, 4501);
	t_flow(t);
	old.remote_port = 4501;
	ike_moved(t->end[R2].ike, &p, &old);
	t->nat[R1].natt = 4888;
	ask_dpd(t, R2);
	ck_assert_uint_eq(t->end[R2].out[0].path.remote_port, 4888);
	t_flow(t);
	play_free(t);
}
END_TEST

/* The successor of an IKE SA begins where that one is (RFC 3947, 4). */
START_TEST(rekeyed)
{
	struct play *t = play_new(15);
	int k;

	play_nat(t, R1, OWN1, 512, 4501);
	for (k = 0; k < 2; k++)
		t->end[k].policies[0].lifetime_s = 600;
	t_up(t);
	t_forget(t);
	t_live(t, 560 * NSEC_SEC);
	ck_assert_uint_eq(t->end[R1].ups, 2);
	is_path(&t->end[R2].info.path, 4500, 4501);
	ck_assert(t_said(&t->end[R1], "sending packet to 11.11.11.11 my_port 4500 peer_port 4500 (I) MM_NO_STATE\n"));
	ck_assert(!t_said(&t->end[R2], "floating"));
	ck_assert_uint_eq(t_sas(&t->end[R1]), 1);
	t_request(t, R1);
	t_flow(t);
	t_pay(t);
	ck_assert(child(t, R2)->udp);
	play_free(t);
}
END_TEST

/* An SPI that R2 doesn't hold: told on the ports of the SA that there is; without one, begun anew by port 500. */
START_TEST(bad_spi)
{
	struct play *t = inside(16, false);
	struct play_end *e = &t->end[R2];
	struct ike_path path = { e->path.local, e->path.remote, 500, 500 };

	e->set.invalid_spi_recovery = true;
	play_set(t);
	t_up(t);
	ck_assert_int_eq(ike_spi_unknown(e->ike, &path, "", 50, child(t, R1)->spi_out, true), IKE_SPI_NOTIFIED);
	ck_assert_uint_eq(e->out[0].path.remote_port, 4501);
	t_flow(t);
	ck_assert_uint_eq(t_sas(&t->end[R1]), 0);
	ike_clear(e->ike, 0);
	t_flow(t);
	ck_assert_int_eq(ike_spi_unknown(e->ike, &path, "", 50, 0x12345678, true), IKE_SPI_RECOVERY);
	is_path(&e->out[0].path, 500, 500);
	play_free(t);
}
END_TEST

/* A NAT-D payload that nobody sent so: the exchange goes on, as if one more translator had been there. */
START_TEST(odd_natd)
{
	struct play *t = inside(17, false);
	int k;

	for (k = 0; k < 2; k++)
		t->end[k].cfg.dpd_s = 0;
	t_request(t, R1);
	/* The third message is in the clear: a bit of its last NAT-D payload changes on the way. */
	t_pass(t, R1);
	t_pass(t, R2);
	t->end[R1].out[0].p[t->end[R1].out[0].n - 30] ^= 0x40;
	t_flow(t);
	t_pay(t);
	ck_assert(t->end[R2].info.nat_local && t->end[R2].info.nat_remote);
	play_free(t);
}
END_TEST

void
fsm_natt_tests(TCase *tc)
{
	tcase_add_loop_test(tc, one_inside, 0, 2);
	tcase_add_test(tc, xe_form);
	tcase_add_test(tc, outside_begins);
	tcase_add_loop_test(tc, both_inside, 0, 2);
	tcase_add_loop_test(tc, none, 0, 2);
	tcase_add_loop_test(tc, lost, 0, 18);
	tcase_add_loop_test(tc, all_twice, 0, 2);
	tcase_add_loop_test(tc, transport, 0, 2);
	tcase_add_test(tc, draft);
	tcase_add_test(tc, no_ah);
	tcase_add_test(tc, moves);
	tcase_add_loop_test(tc, moves_away, 0, 2);
	tcase_add_loop_test(tc, not_moved, 0, 2);
	tcase_add_test(tc, inside_stays);
	tcase_add_test(tc, moved_by_esp);
	tcase_add_test(tc, rekeyed);
	tcase_add_test(tc, bad_spi);
	tcase_add_test(tc, odd_natd);
}
