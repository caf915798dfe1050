/* Crypto maps: lines as proxy identities, and which offers are taken, narrower, wider, by a template, and how many. */

#include <string.h>

#include "engine/cryptomap.h"
#include "testsuite/unit/engine_pair.h"

#define LOCAL	0x0a010c01u	/* R1's wire */
#define PEER	0x0a010c02u
#define NET(a)	(a), 0xffffff00u

static struct dp_ace
line(bool permit, uint32_t src, uint32_t smask, uint32_t dst, uint32_t dmask)
{
	return (struct dp_ace){ .permit = permit, .src = src, .src_mask = smask, .dst = dst, .dst_mask = dmask };
}

static struct ike_id
net(uint32_t addr, unsigned len)
{
	return (struct ike_id){ .type = len == 32 ? IKE_ID_IPV4_ADDR : IKE_ID_IPV4_ADDR_SUBNET, .addr = addr_v4(addr), .prefix_len = (uint8_t)len };
}

START_TEST(lines_as_identities)
{
	struct dp_ace a = line(true, NET(0x0a000100), 0x0a000205, UINT32_MAX), back;
	struct ike_id l, r;

	a.proto = 6;
	a.dport = (struct dp_ports){ .op = DP_PORT_EQ, .n = 1, .v = { 80 } };
	ck_assert(map_line_ids(&a, &l, &r));
	ck_assert_int_eq(l.type, IKE_ID_IPV4_ADDR_SUBNET);
	ck_assert_uint_eq(l.prefix_len, 24);
	ck_assert_int_eq(r.type, IKE_ID_IPV4_ADDR);
	ck_assert_uint_eq(r.port, 80);
	ck_assert_uint_eq(l.port, 0);
	ck_assert_uint_eq(l.protocol, 6);
	back = map_line_of(&l, &r);
	ck_assert(dp_ace_same(&a, &back));
}
END_TEST

START_TEST(lines_that_are_none)
{
	struct ike_id l, r;
	struct dp_ace a = line(true, 0x0a000100, 0xff00ff00, 0, 0);

	ck_assert(!map_line_ids(&a, &l, &r));
	a = line(true, 0, 0, 0, 0);
	ck_assert(map_line_ids(&a, &l, &r));
	a.dport = (struct dp_ports){ .op = DP_PORT_RANGE, .n = 2, .v = { 1, 9 } };
	ck_assert(!map_line_ids(&a, &l, &r));
	a.dport = (struct dp_ports){ .op = DP_PORT_EQ, .n = 2, .v = { 1, 9 } };
	ck_assert(!map_line_ids(&a, &l, &r));
	a = line(true, 0, 0, 0, 0);
	a.fragments = true;
	ck_assert(!map_line_ids(&a, &l, &r));
	a = line(true, 0, 0, 0, 0);
	a.tcp_op = DP_TCP_MATCH_ANY;
	ck_assert(!map_line_ids(&a, &l, &r));
	a = line(true, 0, 0, 0, 0);
	a.proto = 1;
	dp_ace_icmp(&a, 8, -1);
	ck_assert(!map_line_ids(&a, &l, &r));
}
END_TEST

START_TEST(within)
{
	struct ike_id wide = net(0x0a000000, 8), narrow = net(0x0a010000, 16), host = net(0x0a010203, 32), any = net(0, 0);
	struct ike_id name = { .type = IKE_ID_FQDN, .name = "a" };

	ck_assert(map_id_within(&narrow, &wide));
	ck_assert(map_id_within(&host, &narrow));
	ck_assert(map_id_within(&wide, &any));
	ck_assert(map_id_within(&any, &any));
	ck_assert(!map_id_within(&wide, &narrow));
	ck_assert(!map_id_within(&any, &wide));
	ck_assert(!map_id_within(&name, &any));
	narrow.protocol = 6;
	narrow.port = 80;
	ck_assert(map_id_within(&narrow, &wide));
	wide.protocol = 17;
	ck_assert(!map_id_within(&narrow, &wide));
	wide.protocol = 6;
	wide.port = 81;
	ck_assert(!map_id_within(&narrow, &wide));
	wide.port = 80;
	narrow.port = 0;
	ck_assert(!map_id_within(&narrow, &wide));
}
END_TEST

/* 192.168.1.0/24 to 172.16.0.0/12, but for 172.16.9.0/24. */
static void
with_map(struct config *c, unsigned n)
{
	struct cfg_acl *l = config_acl_make(c, "L", true);
	struct cfg_map_entry *e = config_map_entry(config_map(c, CFG_MAP_CRYPTO, "CM", true), 10, true);
	struct dp_ace deny = line(false, NET(0xc0a80100), NET(0xac100900));
	struct dp_ace permit = line(true, NET(0xc0a80100), 0xac100000, 0xfff00000);
	struct addr peer = addr_v4(PEER);

	if (n != R1)
		return;
	acl_add(l, 0, &deny, false, NULL);
	acl_add(l, 0, &permit, false, NULL);
	config_map_peer(e, &peer, false);
	config_set_str(&e->acl, "L");
	cfg_names_add(&e->transform_sets, "TS");
	config_set_str(&config_if(c, "GigabitEthernet0/0", true)->crypto_map, "CM");
}

static void
with_template(struct config *c, unsigned n)
{
	struct cfg_map_entry *e = config_map_entry(config_map(c, CFG_MAP_DYNAMIC, "DYN", true), 10, true);

	if (n != R1)
		return;
	cfg_names_add(&e->transform_sets, "TS");
	e->reverse.on = true;
	e = config_map_entry(config_map(c, CFG_MAP_CRYPTO, "HUB", true), 10, true);
	config_set_str(&e->dynamic, "DYN");
	config_set_str(&config_if(c, "GigabitEthernet0/0", true)->crypto_map, "HUB");
}

static struct ike_offer
offer(uint32_t from, struct ike_id local_id, struct ike_id remote_id)
{
	return (struct ike_offer) {
	    .path = { addr_v4(LOCAL), addr_v4(from), IKE_PORT, IKE_PORT }, .esp = { .proto = 50, .esp_id = 12, .key_bits = 128, .auth_id = 2 }, .life_s = 3600, .local_id = local_id, .remote_id = remote_id, .number = 1 };
}

static enum ike_verdict
ask(struct pair_wire *w, uint32_t from, struct ike_id local_id, struct ike_id remote_id)
{
	struct ike_offer o = offer(from, local_id, remote_id);
	struct ike_choice choice;

	return ipsec_offer(w->end[R1].r, &o, &choice);
}

START_TEST(offers_within_a_line)
{
	struct pair_wire *w = wire_new(1, with_map);
	struct ike_id lan = net(0xc0a80100, 24), all = net(0xac100000, 12), some = net(0xac110000, 16);
	struct ike_offer o = offer(PEER, lan, all);
	struct ike_choice choice;

	wire_run(w, NSEC_SEC);
	ck_assert_int_eq(ask(w, PEER, lan, all), IKE_OFFER_OK);
	ck_assert_int_eq(ask(w, PEER, lan, some), IKE_OFFER_OK);
	ck_assert_int_eq(ask(w, PEER, net(0xc0a80105, 32), some), IKE_OFFER_OK);
	ck_assert_int_eq(ask(w, PEER, net(0xc0a80000, 16), all), IKE_OFFER_PROXY);	/* wider */
	ck_assert_int_eq(ask(w, PEER, lan, net(0, 0)), IKE_OFFER_PROXY);
	ck_assert_int_eq(ask(w, PEER, lan, net(0xac100905, 32)), IKE_OFFER_PROXY);	/* denied */
	ck_assert_int_eq(ask(w, PEER, all, lan), IKE_OFFER_PROXY);	/* the wrong way round */
	ck_assert_int_eq(ask(w, PEER + 1, lan, all), IKE_OFFER_PROXY);	/* a stranger */
	o.esp.key_bits = 256;
	ck_assert_int_eq(ipsec_offer(w->end[R1].r, &o, &choice), IKE_OFFER_TRANSFORM);
	o.remote_id = some;
	ck_assert_int_eq(ipsec_offer(w->end[R1].r, &o, &choice), IKE_OFFER_TRANSFORM);
	wire_free(w);
}
END_TEST

START_TEST(slots_nobody_uses_go)
{
	struct pair_wire *w = wire_new(1, with_map);
	struct cryptomaps *m = w->end[R1].r->cryptomaps;
	struct ike_id lan = net(0xc0a80100, 24);

	wire_run(w, NSEC_SEC);
	for (uint32_t i = 0; i < CRYPTOMAP_PEER_MAX; i++)
		ck_assert_int_eq(ask(w, PEER, lan, net(0xac110000 + i, 32)), IKE_OFFER_OK);
	ck_assert_uint_eq(m->nmade, CRYPTOMAP_PEER_MAX);
	ck_assert_int_eq(ask(w, PEER, lan, net(0xac120000, 32)), IKE_OFFER_PROXY);
	ck_assert_int_eq(ask(w, PEER, lan, net(0xac110000, 32)), IKE_OFFER_OK);	/* one that there is */
	wire_run(w, CRYPTOMAP_GRACE + NSEC_SEC);
	ck_assert_uint_eq(m->nmade, 0);
	ck_assert_int_eq(ask(w, PEER, lan, net(0xac120000, 32)), IKE_OFFER_OK);
	wire_free(w);
}
END_TEST

START_TEST(templates_take_strangers)
{
	struct pair_wire *w = wire_new(1, with_template);
	struct cryptomaps *m = w->end[R1].r->cryptomaps;
	struct ike_id lan = net(0xc0a80100, 24), far = net(0xac110000, 16);
	struct addr local = addr_v4(LOCAL), from = addr_v4(PEER + 7);
	struct flow *f;

	wire_run(w, NSEC_SEC);
	ck_assert_int_eq(ask(w, PEER + 7, lan, far), IKE_OFFER_OK);
	ck_assert_int_eq(ask(w, PEER + 8, lan, far), IKE_OFFER_OK);	/* who has moved is another peer for now */
	ck_assert_uint_eq(m->nmade, 2);
	f = crypto_peer_flow(crypto_peer_find(w->end[R1].r, &local, &from));
	ck_assert_ptr_nonnull(f);
	ck_assert(!f->named);
	ck_assert(!f->transport);
	ck_assert_uint_eq(m->list.tqh_first->ntold, 2);
	wire_run(w, CRYPTOMAP_GRACE + NSEC_SEC);
	ck_assert_uint_eq(m->nmade, 0);
	ck_assert_uint_eq(m->list.tqh_first->ntold, 0);
	ck_assert_ptr_null(crypto_peer_find(w->end[R1].r, &local, &from));
	wire_free(w);
}
END_TEST

void
engine_cryptomap_tests(TCase *tc)
{
	tcase_add_test(tc, lines_as_identities);
	tcase_add_test(tc, lines_that_are_none);
	tcase_add_test(tc, within);
	tcase_add_test(tc, offers_within_a_line);
	tcase_add_test(tc, slots_nobody_uses_go);
	tcase_add_test(tc, templates_take_strangers);
}
