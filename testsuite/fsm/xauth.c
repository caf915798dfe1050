/* XAUTH and mode configuration: a client and a server, their users, and everything that may come between them. */

#include <string.h>

#include "testsuite/fsm/fsm_test.h"

static void
check_got(const struct ike_modecfg *g)
{
	ck_assert_uint_eq(g->address.v4, 0x0a010105);
	ck_assert_uint_eq(g->mask_len, 24);
	ck_assert_uint_eq(g->ndns, 2);
	ck_assert_uint_eq(g->dns[1].v4, 0x0a010102);
	ck_assert_uint_eq(g->nwins, 1);
	ck_assert_uint_eq(g->expiry_s, 86400);
	ck_assert(g->save_password);
	ck_assert_str_eq(g->banner, "Welcome,\nalice");
	ck_assert_str_eq(g->domain, "example.net");
	ck_assert_uint_eq(g->nsplit_dns, 2);
	ck_assert_str_eq(g->split_dns[1], "b.example.net");
	ck_assert_uint_eq(g->ninclude, 2);
	ck_assert_uint_eq(g->include[1].prefix_len, 25);
	ck_assert_uint_eq(g->include[1].dst_port, 80);
	ck_assert((g->has & IKE_CFG_LOCAL_LAN) != 0 && g->nexclude == 0);
	ck_assert_uint_eq(g->pfs_group, 2);
	ck_assert_uint_eq(g->nbackup, 1);
	ck_assert_str_eq(g->backup[0], "11.11.11.12");
}

/* The client is through: it has its address, and its request for SAs goes on. */
static void
check_up(struct play *t)
{
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	ck_assert_uint_eq(t->end[R1].readies, 1);
	ck_assert_uint_eq(t->end[R2].readies, 1);
	ck_assert_uint_eq(t->end[R1].xauth_oks, 1);
	ck_assert_uint_eq(t->end[R2].xauth_oks, 1);
	ck_assert_uint_eq(t->end[R1].takes, 1);
	check_got(&t->end[R1].got);
	t_pay(t);
}

START_TEST(through)
{
	struct play *t = play_new(1);
	struct ike_sa_info *i = &t->end[R1].info;

	play_ezvpn(t);
	ck_assert(t_begin(t, R1));
	ck_assert(!t_begin(t, R1));
	t_flow(t);
	ck_assert_uint_eq(t->end[R1].readies, 1);
	ck_assert_uint_eq(i->assigned.v4, 0x0a010105);
	ck_assert(i->xauth && i->modecfg && i->aggressive && i->ready);
	ck_assert_str_eq(i->xauth_user, "alice");
	ck_assert_str_eq(i->state, "QM_IDLE");
	ck_assert_uint_eq(t->end[R2].gives, 1);
	ck_assert_str_eq(t->end[R2].got.version, "client");
	ck_assert_str_eq(t->end[R2].info.group, "GRP");
	ck_assert_str_eq(t->end[R2].info.xauth_user, "alice");
	t_request(t, R1);
	t_flow(t);
	check_up(t);
	ck_assert(!t_begin(t, R1));
	play_free(t);
}
END_TEST

/* Requests wait until everything is through; in main mode as in aggressive. */
START_TEST(requests_wait)
{
	struct play *t = play_new(2);

	play_ezvpn(t);
	if (_i == 1) {
		t->end[R1].cfg.aggressive = false;
		t->end[R2].group[0] = '\0';
	}
	t_request(t, R1);
	t_flow(t);
	check_up(t);
	ck_assert(t->end[R1].info.aggressive == (_i == 0));
	play_free(t);
}
END_TEST

START_TEST(form)
{
	struct play *t = play_new(3);

	play_ezvpn(t);
	t_request(t, R1);
	t_flow(t);
	ck_assert(t_said(&t->end[R1], "ISAKMP:(0):client mode configured.\n"));
	ck_assert(t_said(&t->end[R1], "SA is doing pre-shared key authentication plus XAUTH using id type ID_KEY_ID\n"));
	ck_assert(t_said(&t->end[R1], "ISAKMP:(1001):Need XAUTH\n"));
	ck_assert(t_said(&t->end[R2], "ISAKMP:      auth XAUTHInitPreShared\n"));
	ck_assert(t_said(&t->end[R2], "vendor ID is XAUTH"));
	ck_assert(t_said(&t->end[R2], "vendor ID is Unity"));
	ck_assert(t_said(&t->end[R2], "ISAKMP/xauth: request attribute XAUTH_USER_NAME_V2\nISAKMP/xauth: request attribute XAUTH_USER_PASSWORD_V2\n"));
	ck_assert(t_said(&t->end[R2], "sending packet to 14.14.14.14 my_port 500 peer_port 500 (R) CONF_XAUTH   \n"));
	ck_assert(t_said(&t->end[R2], "ISAKMP:(1001):Input = IKE_MESG_INTERNAL, IKE_PHASE1_COMPLETE\n"
	    "ISAKMP:(1001):Old State = IKE_P1_COMPLETE  New State = IKE_XAUTH_REQ_SENT \n"));
	ck_assert(t_said(&t->end[R1], "ISAKMP:(1001):Old State = IKE_P1_COMPLETE  New State = IKE_XAUTH_REPLY_AWAIT \n"));
	ck_assert(t_said(&t->end[R1], "ISAKMP:     username: alice\nISAKMP:     password: <omitted>\n"));
	ck_assert(!t_said(&t->end[R1], t->end[R1].creds.password));
	ck_assert(!t_said(&t->end[R2], t->end[R1].creds.password));
	ck_assert(t_said(&t->end[R2], "ISAKMP:(1001):Input = IKE_MESG_FROM_AAA, IKE_AAA_CONT_LOGIN\n"
	    "ISAKMP:(1001):Old State = IKE_XAUTH_AAA_CONT_LOGIN_AWAIT  New State = IKE_XAUTH_SET_SENT \n"));
	ck_assert(t_said(&t->end[R1], "ISAKMP:(1001):Xauth process set, status = 1\n"));
	ck_assert(t_said(&t->end[R1], "ISAKMP:(1001):Need config/address\n"));
	ck_assert(t_said(&t->end[R1], "(I) CONF_ADDR    \n"));
	ck_assert(t_said(&t->end[R2], "ISAKMP: Sending private address: 10.1.1.5\nISAKMP: Sending subnet mask: 255.255.255.0\n"));
	ck_assert(t_said(&t->end[R2], "Old State = IKE_CONFIG_AUTHOR_AAA_AWAIT  New State = IKE_P1_COMPLETE \n"));
	play_free(t);
}
END_TEST

/* An answer with XAUTH where only one end knows of it. */
START_TEST(one_sided)
{
	struct play *t = play_new(4);

	play_ezvpn(t);
	if (_i == 0)
		t->end[R2].cfg.xauth = IKE_XAUTH_NONE;		/* no-xauth: plain pre-share is chosen, the client doesn't wait */
	else
		t->end[R1].cfg.xauth = IKE_XAUTH_NONE;		/* plain pre-share is taken, but the user is asked for */
	t_request(t, R1);
	t_live(t, 200 * NSEC_SEC);
	if (_i == 0) {
		ck_assert_uint_eq(t->end[R1].takes, 1);
		ck_assert_uint_eq(t->end[R1].asks, 0);
		t_pay(t);
	} else {
		ck_assert_uint_eq(t->end[R2].nsas, 0);
		ck_assert_uint_eq(t->end[R2].gives, 0);
		ck_assert_uint_eq(t->end[R2].xauth_nos, 1);
		ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 0);
		ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 0);
	}
	play_free(t);
}
END_TEST

START_TEST(wrong_password)
{
	struct play *t = play_new(5);

	play_ezvpn(t);
	strcpy(t->end[R1].creds.password, "guess");
	t->end[R2].cfg.xauth_tries = (unsigned)_i;
	ck_assert(t_begin(t, R1));
	t_flow(t);
	ck_assert_uint_eq(t->end[R1].asks, _i != 0 ? (unsigned)_i : IKE_XAUTH_TRIES);
	ck_assert_uint_eq(t->end[R2].checks, t->end[R1].asks);
	ck_assert_uint_eq(t->end[R1].xauth_nos, 1);
	ck_assert_uint_eq(t->end[R2].xauth_nos, 1);
	ck_assert_uint_eq(t->end[R1].begin_fails, 1);
	ck_assert_int_eq(t->end[R1].begin_why, IKE_FAIL_XAUTH);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]) + t_ike_sas(&t->end[R2]), 0);
	ck_assert_uint_eq(t->end[R2].gives, 0);
	ck_assert(t_said(&t->end[R2], "deleting SA reason \"XAuthenticate fail\" state (R)"));
	ck_assert(t_said(&t->end[R1], "Xauth process set, status = 0"));
	play_free(t);
}
END_TEST

/* The second attempt is right. */
START_TEST(second_password)
{
	struct play *t = play_new(6);
	int k;

	play_ezvpn(t);
	strcpy(t->end[R1].creds.password, "guess");
	t_request(t, R1);
	for (k = 0; t->end[R1].asks == 0; k++)
		ck_assert(t_pass(t, k % 2) || t_pass(t, 1 - k % 2));
	t->end[R1].creds = t->end[R2].creds;
	t_flow(t);
	ck_assert_uint_eq(t->end[R1].asks, 2);
	check_up(t);
	play_free(t);
}
END_TEST

START_TEST(user_types)
{
	struct play *t = play_new(7);
	struct play_end *c = &t->end[R1];

	play_ezvpn(t);
	c->answer = IKE_LATER;
	t_request(t, R1);
	t_live(t, 35 * NSEC_SEC);
	/* The server asks again meanwhile; the user is asked once. */
	ck_assert_uint_eq(c->asks, 1);
	ck_assert_uint_gt(ike_count(c->ike, IKEC_DUPLICATE), 1);
	ck_assert_str_eq(c->info.state, "CONF_XAUTH");
	ck_assert(!ike_xauth_reply(c->ike, c->info.handle + 4, &c->creds));
	ck_assert(!ike_xauth_verdict(c->ike, c->info.handle, true));
	if (_i == 0) {
		ck_assert(ike_xauth_reply(c->ike, c->info.handle, &c->creds));
		ck_assert(!ike_xauth_reply(c->ike, c->info.handle, &c->creds));
		t_live(t, 30 * NSEC_SEC);
		check_up(t);
	} else if (_i == 1) {
		/* gives up */
		ck_assert(ike_xauth_reply(c->ike, c->info.handle, NULL));
		t_flow(t);
		ck_assert_uint_eq(t->end[R2].checks, 0);
		ck_assert_uint_eq(t->end[R2].xauth_nos, 1);
		ck_assert_int_eq(c->last_fail, IKE_FAIL_XAUTH);
		ck_assert_uint_eq(t_ike_sas(c) + t_ike_sas(&t->end[R2]), 0);
	} else {
		/* falls asleep */
		t_live(t, 30 * NSEC_SEC);
		ck_assert_uint_eq(t_ike_sas(c) + t_ike_sas(&t->end[R2]), 0);
		ck_assert_uint_eq(t->end[R2].xauth_nos, 1);
		ck_assert(!ike_xauth_reply(c->ike, c->info.handle, &c->creds));
	}
	play_free(t);
}
END_TEST

START_TEST(timeout)
{
	struct play *t = play_new(8);

	play_ezvpn(t);
	t->end[R1].answer = IKE_LATER;
	t->end[R2].set.xauth_timeout_s = (uint32_t[]){ 5, 45, 90 }[_i];
	t->end[R1].set.xauth_timeout_s = 90;
	play_set(t);
	t_request(t, R1);
	t_live(t, ((int64_t[]){ 5, 45, 90 }[_i] - 1) * NSEC_SEC);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	t_live(t, 2 * NSEC_SEC);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 0);
	play_free(t);
}
END_TEST

START_TEST(verdict_later)
{
	struct play *t = play_new(9);
	struct play_end *s = &t->end[R2];

	play_ezvpn(t);
	s->later = true;
	t_request(t, R1);
	t_live(t, 20 * NSEC_SEC);
	ck_assert_uint_eq(s->checks, 1);
	ck_assert_uint_eq(t_ike_sas(s), 1);
	ck_assert(!ike_xauth_reply(s->ike, s->info.handle, NULL));
	if (_i == 0) {
		ck_assert(ike_xauth_verdict(s->ike, s->info.handle, true));
		ck_assert(!ike_xauth_verdict(s->ike, s->info.handle, true));
		t_flow(t);
		check_up(t);
	} else if (_i == 1) {
		s->cfg.xauth_tries = 1;
		ck_assert(ike_xauth_verdict(s->ike, s->info.handle, false));
		t_flow(t);
		ck_assert_uint_eq(t->end[R1].asks, 2);		/* what was configured when phase 1 ended */
	} else {
		t_live(t, 60 * NSEC_SEC);
		ck_assert_uint_eq(t_ike_sas(s), 0);
		ck_assert(!ike_xauth_verdict(s->ike, s->info.handle, true));
	}
	play_free(t);
}
END_TEST

/* The server tells the client of itself. */
START_TEST(push)
{
	struct play *t = play_new(10);

	play_ezvpn(t);
	t->end[R2].cfg.cfg_role = IKE_CFG_PUSH;
	if (_i == 0)
		t->end[R1].cfg.cfg_role = IKE_CFG_TAKE;	/* else the client asks, both at once */
	t_request(t, R1);
	t_live(t, 5 * NSEC_SEC);
	ck_assert_uint_eq(t->end[R1].takes, 1);
	check_up(t);
	if (_i == 0)
		ck_assert(t_said(&t->end[R2], "New State = IKE_CONFIG_MODE_SET_SENT"));
	play_free(t);
}
END_TEST

START_TEST(no_address)
{
	struct play *t = play_new(11);

	play_ezvpn(t);
	t->end[R2].refuse = true;
	if (_i == 1) {
		t->end[R2].cfg.cfg_role = IKE_CFG_PUSH;
		t->end[R1].cfg.cfg_role = IKE_CFG_TAKE;
	}
	ck_assert(t_begin(t, R1));
	t_flow(t);
	ck_assert(t_said(&t->end[R2], "deleting SA reason \"Fail to allocate ip address\""));
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]) + t_ike_sas(&t->end[R2]), 0);
	ck_assert_uint_eq(t->end[R1].begin_fails, 1);
	play_free(t);
}
END_TEST

/* Of the messages of all of it, each is lost once; then each is delivered twice. */
START_TEST(lost)
{
	struct play *t = play_new(40 + (uint64_t)_i);
	int n;

	play_ezvpn(t);
	if (_i % 2 == 1) {
		t->end[R2].cfg.cfg_role = IKE_CFG_PUSH;
		t->end[R1].cfg.cfg_role = IKE_CFG_TAKE;
	}
	t_request(t, R1);
	for (n = 0; n < _i / 2; n++)
		if (!t_pass(t, R1) && !t_pass(t, R2))
			break;
	if (!t_drop(t, R1))
		t_drop(t, R2);
	t_live(t, 100 * NSEC_SEC);
	check_up(t);
	play_free(t);
}
END_TEST

START_TEST(all_twice)
{
	struct play *t = play_new(12);

	play_ezvpn(t);
	t_request(t, R1);
	while (t_twice(t, R1) || t_twice(t, R2))
		;
	ck_assert_uint_eq(t->end[R1].asks, 1);
	ck_assert_uint_eq(t->end[R2].checks, 1);
	ck_assert_uint_eq(t->end[R2].gives, 1);
	check_up(t);
	play_free(t);
}
END_TEST

/* Passes messages until `from` has one of exchange type 6 waiting, the nth. */
static struct play_msg *
until_transaction(struct play *t, int from, int nth)
{
	struct play_end *e = &t->end[from];

	for (;;) {
		if (e->nout > 0 && e->out[0].p[18] == 6 && nth-- == 0)
			return &e->out[0];
		if (!t_pass(t, from))
			ck_assert(t_pass(t, 1 - from));
	}
}

/* Transactions cut and changed at every byte: nothing comes of it, and the true one is taken after. */
START_TEST(spoiled)
{
	static const uint8_t flips[] = { 0x01, 0x80, 0xff };
	struct play *t = play_new(13);
	struct play_msg *m, bad;
	int from = _i % 2 == 0 ? R2 : R1;
	unsigned asks, checks;
	size_t n, f;

	play_ezvpn(t);
	t_request(t, R1);
	m = until_transaction(t, from, _i / 2);
	asks = t->end[R1].asks;
	checks = t->end[R2].checks;
	t->end[1 - from].nout = 0;
	for (n = 0; n < m->n; n++) {
		bad = *m;
		t_deliver(t, 1 - from, bad.p, n);
		if (n >= 28) {
			bad.p[26] = (uint8_t)(n >> 8);
			bad.p[27] = (uint8_t)n;
			t_deliver(t, 1 - from, bad.p, n);
		}
		for (f = 0; n >= 20 && f < sizeof(flips); f++) {
			bad = *m;
			bad.p[n] ^= flips[f];
			t_deliver(t, 1 - from, bad.p, bad.n);
		}
	}
	ck_assert_uint_eq(t->end[1 - from].nout, 0);
	ck_assert_uint_eq(t->end[R1].asks, asks);
	ck_assert_uint_eq(t->end[R2].checks, checks);
	t_live(t, 30 * NSEC_SEC);
	check_up(t);
	play_free(t);
}
END_TEST

/* Recorded messages, played again later and to another SA, do nothing. */
START_TEST(replayed)
{
	struct play *t = play_new(14);
	struct play_msg rec[32];
	int from[32], n = 0, k;
	unsigned gives;

	play_ezvpn(t);
	t_request(t, R1);
	for (;;) {
		from[n] = t->end[R1].nout > 0 ? R1 : R2;
		if (t->end[from[n]].nout == 0)
			break;
		rec[n] = t->end[from[n]].out[0];
		t_pass(t, from[n++]);
		ck_assert_int_lt(n, 32);
	}
	check_up(t);
	gives = t->end[R2].gives;
	t_live(t, 120 * NSEC_SEC);
	for (k = 0; k < n; k++)
		t_deliver(t, 1 - from[k], rec[k].p, rec[k].n);
	t->end[R1].nout = t->end[R2].nout = 0;
	ck_assert_uint_eq(t->end[R2].gives, gives);
	ck_assert_uint_gt(ike_count(t->end[R2].ike, IKEC_REPLAY), 0);
	ck_assert_uint_gt(ike_count(t->end[R1].ike, IKEC_REPLAY), 0);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	play_free(t);
}
END_TEST

/*
 * A client that doesn't wait: XAUTH is for it no more than a rumour.  Its Quick Mode and its REQUEST are not answered, its address is
 * not given, whatever it sends.
 */
START_TEST(impatient)
{
	struct play *t = play_new(15);

	play_ezvpn(t);
	t->end[R1].cfg.xauth = IKE_XAUTH_NONE;
	if (_i == 1)
		t->end[R1].cfg.cfg_role = IKE_CFG_NONE;
	t_request(t, R1);
	t_live(t, 30 * NSEC_SEC);
	ck_assert_uint_eq(t->end[R2].nsas, 0);
	ck_assert_uint_eq(t->end[R2].gives, 0);
	ck_assert_uint_eq(t->end[R2].readies, 0);
	if (_i == 1)
		ck_assert_uint_gt(ike_count(t->end[R2].ike, IKEC_NOT_READY), 0);
	t_live(t, 60 * NSEC_SEC);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 0);
	play_free(t);
}
END_TEST

/* A transaction before phase 1 is complete, in the clear, and on an SA that plays no part in it. */
START_TEST(unasked)
{
	struct play *t = play_new(16);
	struct play_msg m;
	uint64_t count;

	play_ezvpn(t);
	t_request(t, R1);
	t_pass(t, R1);
	m = t->end[R2].out[0];
	m.p[18] = 6;
	m.p[19] = 1;
	m.p[23] = 9;
	t_deliver(t, R2, m.p, m.n);
	ck_assert_uint_eq(ike_count(t->end[R2].ike, IKEC_SA_NOT_AUTH), 1);
	m.p[19] = 0;
	t_deliver(t, R2, m.p, m.n);
	ck_assert_uint_eq(ike_count(t->end[R2].ike, IKEC_NOT_ENCRYPTED), 1);
	t_flow(t);
	check_up(t);
	/* A server that pushes to who doesn't take. */
	t->end[R1].cfg.cfg_role = IKE_CFG_NONE;
	t->end[R1].cfg.xauth = t->end[R2].cfg.xauth = IKE_XAUTH_NONE;
	t->end[R2].cfg.cfg_role = IKE_CFG_PUSH;
	ck_assert(ike_clear(t->end[R1].ike, 0));
	t_flow(t);
	count = ike_count(t->end[R1].ike, IKEC_STATE);
	ck_assert(t_begin(t, R1));
	t_live(t, 100 * NSEC_SEC);
	ck_assert_uint_gt(ike_count(t->end[R1].ike, IKEC_STATE), count);
	ck_assert_uint_eq(t->end[R1].takes, 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 0);
	play_free(t);
}
END_TEST

/* The IKE SA is taken away while the user types; and while the server waits. */
START_TEST(cleared)
{
	struct play *t = play_new(17);
	struct play_end *c = &t->end[R1], *s = &t->end[R2];

	play_ezvpn(t);
	c->answer = _i < 2 ? IKE_LATER : IKE_YES;
	s->later = _i >= 2;
	ck_assert(t_begin(t, R1));
	t_flow(t);
	ck_assert(ike_clear(t->end[_i % 2].ike, 0));
	t_flow(t);
	ck_assert_uint_eq(t_ike_sas(c) + t_ike_sas(s), 0);
	ck_assert(!ike_xauth_reply(c->ike, c->info.handle, &c->creds));
	ck_assert(!ike_xauth_verdict(s->ike, s->info.handle, true));
	ck_assert_uint_eq(c->begin_fails, 1);
	/* And once more, from the start. */
	c->answer = IKE_YES;
	s->later = false;
	c->xauth_oks = s->xauth_oks = 0;
	t_request(t, R1);
	t_live(t, 5 * NSEC_SEC);
	check_up(t);
	play_free(t);
}
END_TEST

/* Phase 1 renewed: user and address are asked for once more, the SAs stay. */
START_TEST(rekeyed)
{
	struct play *t = play_new(18);

	play_ezvpn(t);
	t->end[R1].policies[0].lifetime_s = t->end[R2].policies[0].lifetime_s = 300;
	t_request(t, R1);
	t_live(t, 900 * NSEC_SEC);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	ck_assert_uint_ge(t->end[R1].readies, 3);
	ck_assert_uint_eq(t->end[R1].readies, t->end[R1].takes);
	ck_assert_uint_eq(t->end[R1].asks, t->end[R1].takes);
	ck_assert_uint_eq(t->end[R1].fails, 0);
	t_request(t, R1);
	t_flow(t);
	t_pay(t);
	play_free(t);
}
END_TEST

/* The server begins (RespPreShared), the client answers. */
START_TEST(server_begins)
{
	struct play *t = play_new(19);

	play_ezvpn(t);
	t->end[R2].group[0] = '\0';
	t->end[R2].cfg.aggressive = _i == 0;
	t_request(t, R2);
	t_live(t, 15 * NSEC_SEC);	/* its Quick Mode comes once before the client has its address */
	ck_assert(t_said(&t->end[R1], "auth XAUTHRespPreShared"));
	check_up(t);
	play_free(t);
}
END_TEST

void
fsm_xauth_tests(TCase *tc)
{
	tcase_add_test(tc, through);
	tcase_add_loop_test(tc, requests_wait, 0, 2);
	tcase_add_test(tc, form);
	tcase_add_loop_test(tc, one_sided, 0, 2);
	tcase_add_loop_test(tc, wrong_password, 0, 3);
	tcase_add_test(tc, second_password);
	tcase_add_loop_test(tc, user_types, 0, 3);
	tcase_add_loop_test(tc, timeout, 0, 3);
	tcase_add_loop_test(tc, verdict_later, 0, 3);
	tcase_add_loop_test(tc, push, 0, 2);
	tcase_add_loop_test(tc, no_address, 0, 2);
	tcase_add_loop_test(tc, lost, 0, 24);
	tcase_add_test(tc, all_twice);
	tcase_add_loop_test(tc, spoiled, 0, 6);
	tcase_add_test(tc, replayed);
	tcase_add_loop_test(tc, impatient, 0, 2);
	tcase_add_test(tc, unasked);
	tcase_add_loop_test(tc, cleared, 0, 4);
	tcase_add_test(tc, rekeyed);
	tcase_add_loop_test(tc, server_begins, 0, 2);
}
