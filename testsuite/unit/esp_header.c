/*
 * What stands around the text: the outer header, DF, ECN; AH and the fields that change; what is inside but
 * should not be; selectors and policies; sizes.
 */

#include <string.h>

#include "datapath/wire.h"
#include "testsuite/unit/esp_test.h"

#define NULL_SHA1	(&rig_forms[1])
#define AES_SHA1	(&rig_forms[16])

static const struct form *
form_named(const char *name)
{
	const struct form	*f;

	for (f = rig_forms; f->name != NULL; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	ck_abort_msg("no form %s", name);
	return NULL;
}

/* DF of the inner packet, and what the SA makes of it outside. */
START_TEST(outer)
{
	static const struct { bool copy, set, inner, want; } df[] = {
		{ false, false, true, false }, { false, false, false, false }, { true, false, true, true },
		{ true, false, false, false }, { false, true, false, true }, { true, true, false, true },
	};
	struct rig		*r = rig_new(1);
	struct sa_params	 p = rig_params(AES_SHA1, SA_OUT, false);
	uint8_t			 ip[64], *o = r->got.bytes;
	size_t			 n = rig_plain(ip, 20), i;
	unsigned		 id = 0, last;

	ip[IP4_TOS] = 0xb9;		/* EF, ECT(1) */
	for (i = 0; i < sizeof(df) / sizeof(df[0]); i++) {
		put16(ip + IP4_FRAG, df[i].inner ? IP4_DF : 0);
		p.df_copy = df[i].copy;
		p.df_set = df[i].set;
		ck_assert_ptr_nonnull(rig_out(r, rig_sa(r, &p), ip, n));
		ck_assert_uint_eq(o[0], 0x45);
		ck_assert_uint_eq(o[IP4_TOS], 0xb9);
		ck_assert_uint_eq(get16(o + IP4_TOTAL), r->got.len);
		ck_assert_uint_eq(o[IP4_TTL], 255);
		ck_assert_uint_eq(o[IP4_PROTO], 50);
		ck_assert_uint_eq(get32(o + IP4_SRC), RIG_SRC);
		ck_assert_uint_eq(get32(o + IP4_DST), RIG_DST);
		ck_assert_uint_eq(sum_of(o, IP4_LEN), 0);
		ck_assert_uint_eq(get16(o + IP4_FRAG), df[i].want ? IP4_DF : 0);
		last = id;
		id = get16(o + IP4_ID);
		ck_assert(i == 0 || id == ((last + 1) & 0xffff));
		ck_assert_uint_eq(r->got.nest, 1);
		ck_assert(r->got.flags & PKT_ENCAP);
	}
	rig_free(r);
}
END_TEST

/* RFC 6040, figure 4: rows are the inner packet's mark, columns the outer one's; 9 = dropped. */
START_TEST(ecn)
{
	static const uint8_t	 want[4][4] = {
		/* outer: Not-ECT ECT(1) ECT(0) CE */
		{ 0, 0, 0, 9 }, { 1, 1, 1, 3 }, { 2, 1, 2, 3 }, { 3, 3, 3, 3 },
	};
	struct rig		*a = rig_new(1), *b = rig_new(2);
	struct sa_params	 p = rig_params(AES_SHA1, SA_OUT, false);
	uint8_t			 ip[64];
	size_t			 n = rig_plain(ip, 20);
	uint32_t		 sa = rig_sa(a, &p);
	uint8_t			 in, out;

	p.dir = SA_IN;
	rig_sa(b, &p);
	for (in = 0; in < 4; in++)
		for (out = 0; out < 4; out++) {
			ip[IP4_TOS] = (uint8_t)(0x28 | in);
			ip4_seal(ip, IP4_LEN);
			rig_out(a, sa, ip, n);
			a->got.bytes[IP4_TOS] = (uint8_t)(0xa0 | out);
			if (want[in][out] == 9) {
				ck_assert_ptr_null(rig_in(b, a->got.bytes, a->got.len));
				continue;
			}
			ck_assert_ptr_nonnull(rig_in(b, a->got.bytes, a->got.len));
			ck_assert_uint_eq(b->got.bytes[IP4_TOS], 0x28 | want[in][out]);
			ck_assert_uint_eq(sum_of(b->got.bytes, IP4_LEN), 0);
		}
	ck_assert_uint_eq(dp_count(b->dp, DPC_in_ecn), 1);
	rig_free(a);
	rig_free(b);
}
END_TEST

/* --- AH --- */

/* What routers change does not matter, what they do not does; with options of both kinds. */
START_TEST(ah_mutable)
{
	static const uint8_t	 options[12] = { 1, 7, 7, 4, 9, 9, 9, 9, 148, 4, 0, 5 };	/* NOP, RR, router alert */
	struct rig		*a = rig_new(1), *b = rig_new(2);
	struct sa_params	 p = rig_params(form_named("ah-sha1"), SA_OUT, true);
	struct rig_pkt		 good;
	uint8_t			 ip[128];
	size_t			 n, i;
	uint32_t		 sa = rig_sa(a, &p);
	bool			 stays;

	rig_plain(ip, 60);
	memcpy(ip + IP4_LEN, options, sizeof(options));
	ip[0] = 0x48;
	n = 80;
	ip4_seal(ip, 32);
	p.dir = SA_IN;
	p.replay_window = 0;
	rig_sa(b, &p);
	ck_assert_ptr_nonnull(rig_out(a, sa, ip, n));
	good = a->got;
	ck_assert_ptr_nonnull(rig_in(b, good.bytes, good.len));
	ck_assert_uint_eq(b->got.len, n);
	ck_assert_mem_eq(b->got.bytes, ip, n);
	for (i = 1; i < 32; i++) {
		if (i == IP4_PROTO || (i >= 21 && i < 28))	/* the options' own form is no matter of bits */
			continue;
		stays = !(i == IP4_TOS || i == 6 || i == 7 || i == IP4_TTL || i == 10 || i == 11);
		good.bytes[i] ^= 0x10;
		ck_assert_msg((rig_in(b, good.bytes, good.len) == NULL) == stays, "byte %zu", i);
		good.bytes[i] ^= 0x10;
	}
	good.bytes[25] ^= 0xff;		/* an address in the route that is recorded */
	ck_assert_ptr_nonnull(rig_in(b, good.bytes, good.len));
	good.bytes[31] ^= 1;		/* the value of router alert */
	ck_assert_ptr_null(rig_in(b, good.bytes, good.len));
	rig_free(a);
	rig_free(b);
}
END_TEST

/* Whatever the options are, the calculation stays within the header; both ends agree. */
START_TEST(ah_odd_options)
{
	struct rig		*a = rig_new(1), *b = rig_new(2);
	struct sa_params	 p = rig_params(form_named("ah-sha256"), SA_OUT, true);
	uint8_t			 ip[128];
	uint32_t		 sa = rig_sa(a, &p);
	unsigned		 type, len;

	p.dir = SA_IN;
	rig_sa(b, &p);
	for (type = 0; type < 256; type++)
		for (len = 0; len < 16; len++) {
			rig_plain(ip, 60);
			ip[0] = 0x47;
			memset(ip + IP4_LEN, 1, 8);
			ip[20 + type % 8] = (uint8_t)type;
			if (type % 8 != 7)
				ip[21 + type % 8] = (uint8_t)len;
			ip4_seal(ip, 28);
			ck_assert_ptr_nonnull(rig_out(a, sa, ip, 80));
			ck_assert_ptr_nonnull(rig_in(b, a->got.bytes, a->got.len));
			ck_assert_mem_eq(b->got.bytes, ip, 80);
		}
	rig_free(a);
	rig_free(b);
}
END_TEST

/* --- What is inside --- */

/* Seals text (with its trailer) as the peer would, and gives it to b. */
static const struct rig_pkt *
inside(struct rig *b, const struct sa_params *p, const uint8_t *text, size_t n, uint32_t seq)
{
	struct sa_params	 q = *p;
	struct cryptor		*k;
	const char		*why;
	uint8_t			 ip[512];
	size_t			 len;

	q.dir = SA_OUT;
	k = cryptor_new(&b->dp->sad->crypto, &q, &why);
	ck_assert_ptr_nonnull(k);
	rig_plain(ip, 0);
	put32(ip + 20, p->spi);
	put32(ip + 24, seq);
	memcpy(ip + 28 + k->size.iv, text, n);
	ck_assert(k->seal(k, ip + 20, n, seq));
	len = 28 + k->size.iv + n + k->size.icv;
	cryptor_free(k);
	put16(ip + IP4_TOTAL, (unsigned)len);
	ip[IP4_PROTO] = PROTO_ESP;
	ip4_seal(ip, IP4_LEN);
	return rig_in(b, ip, len);
}

static size_t
trailer(uint8_t *text, size_t n, uint8_t next)
{
	uint8_t	i, npad = (uint8_t)(-(n + 2) & 15);

	for (i = 0; i < npad; i++)
		text[n + i] = (uint8_t)(i + 1);
	text[n + npad] = npad;
	text[n + npad + 1] = next;
	return n + npad + 2;
}

START_TEST(bad_padding)
{
	struct rig		*b = rig_new(1);
	struct sa_params	 p = rig_params(AES_SHA1, SA_IN, false);
	uint8_t			 text[512];
	uint32_t		 sa = rig_sa(b, &p), seq = 0;
	size_t			 n, plain = rig_plain(text, 21);

	n = trailer(text, plain, PROTO_IPIP);
	ck_assert_ptr_nonnull(inside(b, &p, text, n, ++seq));
	text[plain] ^= 1;
	ck_assert_ptr_null(inside(b, &p, text, n, ++seq));
	text[plain] ^= 1;
	text[n - 3] ^= 1;
	ck_assert_ptr_null(inside(b, &p, text, n, ++seq));
	text[n - 3] ^= 1;
	text[n - 2] = 255;		/* more padding than text */
	ck_assert_ptr_null(inside(b, &p, text, n, ++seq));
	text[n - 2] = (uint8_t)(n - 1);
	ck_assert_ptr_null(inside(b, &p, text, n, ++seq));
	ck_assert_uint_eq(dp_count(b->dp, DPC_in_pad), 4);
	ck_assert_uint_eq(rig_info(b, sa).bad_len, 4);
	ck_assert_int_eq(b->fault.kind, DP_FAULT_LENGTH);
	ck_assert_uint_eq(rig_info(b, sa).seq, seq);	/* they were authentic: their numbers are spent */
	rig_free(b);
}
END_TEST

START_TEST(bad_inner)
{
	struct rig		*b = rig_new(1);
	struct sa_params	 p = rig_params(AES_SHA1, SA_IN, false);
	uint8_t			 text[512];
	uint32_t		 sa = rig_sa(b, &p), seq = 0;
	size_t			 n, plain;

	plain = rig_plain(text, 20);
	n = trailer(text, plain, 41);			/* IPv6 */
	ck_assert_ptr_null(inside(b, &p, text, n, ++seq));
	n = trailer(text, plain, PROTO_UDP);		/* transport mode's */
	ck_assert_ptr_null(inside(b, &p, text, n, ++seq));
	ck_assert_uint_eq(dp_count(b->dp, DPC_in_proto), 2);
	ck_assert_uint_eq(rig_info(b, sa).bad_proto, 2);
	n = trailer(text, plain, PROTO_IPIP);
	text[0] = 0x65;
	ck_assert_ptr_null(inside(b, &p, text, n, ++seq));
	text[0] = 0x44;
	ck_assert_ptr_null(inside(b, &p, text, n, ++seq));
	text[0] = 0x4f;					/* header longer than the packet */
	ck_assert_ptr_null(inside(b, &p, text, n, ++seq));
	text[0] = 0x45;
	put16(text + IP4_TOTAL, 41);
	ck_assert_ptr_null(inside(b, &p, text, n, ++seq));
	put16(text + IP4_TOTAL, 19);
	ck_assert_ptr_null(inside(b, &p, text, n, ++seq));
	n = trailer(text, 0, PROTO_IPIP);		/* nothing at all */
	ck_assert_ptr_null(inside(b, &p, text, n, ++seq));
	ck_assert_uint_eq(dp_count(b->dp, DPC_in_inner), 6);
	n = trailer(text, 10, 59);			/* a dummy: no fault, no packet */
	ck_assert_ptr_null(inside(b, &p, text, n, ++seq));
	ck_assert_uint_eq(dp_count(b->dp, DPC_in_dummy), 1);
	ck_assert_uint_eq(rig_info(b, sa).packets, 1);
	plain = rig_plain(text, 20);			/* padded to hide its length (RFC 4303, 2.7) */
	memset(text + plain, 0xee, 60);
	n = trailer(text, plain + 60, PROTO_IPIP);
	ck_assert_ptr_nonnull(inside(b, &p, text, n, ++seq));
	ck_assert_uint_eq(b->got.len, plain);
	rig_free(b);
}
END_TEST

/* --- Selectors and policies --- */

static size_t
udp_packet(uint8_t *ip, uint32_t src, uint32_t dst, unsigned sport, unsigned dport)
{
	size_t	n = rig_plain(ip, 20);

	put32(ip + IP4_SRC, src);
	put32(ip + IP4_DST, dst);
	put16(ip + 20, sport);
	put16(ip + 22, dport);
	ip4_seal(ip, IP4_LEN);
	return n;
}

START_TEST(selectors_in)
{
	struct rig		*a = rig_new(1), *b = rig_new(2);
	struct sa_params	 p = rig_params(NULL_SHA1, SA_OUT, false);
	uint8_t			 ip[64];
	uint32_t		 out = rig_sa(a, &p), in;
	size_t			 n;
	static const struct { uint32_t src, dst; unsigned sport, dport; bool good; } rows[] = {
		{ 0x0a000105, 0xc0a80101, 1000, 53, true }, { 0x0a000205, 0xc0a80101, 1000, 53, false },
		{ 0x0a000105, 0xc0a80102, 1000, 53, false }, { 0x0a000105, 0xc0a80101, 1001, 53, false },
		{ 0x0a000105, 0xc0a80101, 1000, 54, false },
	};
	size_t			 i, bad = 0;

	p.dir = SA_IN;
	p.tunnel_if = 0;
	p.sel_src = 0x0a000100, p.sel_src_mask = 0xffffff00;
	p.sel_dst = 0xc0a80101, p.sel_dst_mask = 0xffffffff;
	p.sel_proto = PROTO_UDP, p.sel_sport = 1000, p.sel_dport = 53;
	in = rig_sa(b, &p);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		n = udp_packet(ip, rows[i].src, rows[i].dst, rows[i].sport, rows[i].dport);
		rig_out(a, out, ip, n);
		ck_assert((rig_in(b, a->got.bytes, a->got.len) != NULL) == rows[i].good);
		bad += !rows[i].good;
	}
	n = udp_packet(ip, 0x0a000105, 0xc0a80101, 1000, 53);
	put16(ip + IP4_FRAG, 1);		/* a later fragment has no ports to show */
	ip4_seal(ip, IP4_LEN);
	rig_out(a, out, ip, n);
	ck_assert_ptr_null(rig_in(b, a->got.bytes, a->got.len));
	ck_assert_uint_eq(rig_info(b, in).bad_selector, bad + 1);
	ck_assert_uint_eq(dp_count(b->dp, DPC_in_selector), bad + 1);
	ck_assert_int_eq(b->fault.kind, DP_FAULT_SELECTOR);
	rig_free(a);
	rig_free(b);
}
END_TEST

static uint32_t
matched(struct rig *r, uint32_t src, uint32_t dst)
{
	uint8_t		 ip[64];
	size_t		 n = udp_packet(ip, src, dst, 1, 2);
	struct pkt	*p = pkt_new(r->dp, n);
	uint32_t	 sa;

	memcpy(p->data, ip, n);
	pkt_parse(p);
	sa = policy_match(r->dp, p) ? p->sa : SA_NONE;
	pkt_free(r->dp, p);
	return sa;
}

START_TEST(policies)
{
	struct rig		*r = rig_new(1);
	struct sa_params	 p = rig_params(NULL_SHA1, SA_OUT, false);
	uint32_t		 one, two, other;

	p.sel_dst = 0x0a010000, p.sel_dst_mask = 0xffff0000;
	one = rig_sa(r, &p);
	p.hard_ns = NSEC_SEC;
	two = rig_sa(r, &p);
	p.hard_ns = 0;
	p.sel_dst = 0x0a020000;
	other = rig_sa(r, &p);
	ck_assert_uint_eq(matched(r, 1, 0x0a010001), SA_NONE);
	dp_policy_use(r->dp, one, true);
	dp_policy_use(r->dp, other, true);
	ck_assert_uint_eq(matched(r, 1, 0x0a010001), one);
	ck_assert_uint_eq(matched(r, 1, 0x0a020001), other);
	ck_assert_uint_eq(matched(r, 1, 0x0a030001), SA_NONE);
	dp_policy_use(r->dp, two, true);		/* a rekey: the newer one takes over */
	ck_assert_uint_eq(matched(r, 1, 0x0a010001), two);
	while (clock_step(r->clock, clock_now(r->clock) + 2 * NSEC_SEC))
		;
	ck_assert_uint_eq(matched(r, 1, 0x0a010001), one);	/* a dead one gives way */
	dp_policy_use(r->dp, one, false);
	ck_assert_uint_eq(matched(r, 1, 0x0a010001), two);	/* but nothing goes out in the clear */
	dp_sa_del(r->dp, two);
	ck_assert_uint_eq(matched(r, 1, 0x0a010001), SA_NONE);
	rig_free(r);
}
END_TEST

/* --- Sizes --- */

START_TEST(mtu)
{
	static const struct { const char *form; bool transport; unsigned mtu; } rows[] = {
		/* 1500 less 20 less ESP, to the block, less two: what IOS prints for these */
		{ "aes128+sha1", false, 1438 }, { "3des+sha1", false, 1446 }, { "gcm128", false, 1446 },
		{ "aes256+sha256", false, 1438 }, { "aes128+sha1", true, 1458 }, { "null+sha1", false, 1458 },
		{ "ah-sha1", false, 1456 }, { "ah-sha1", true, 1476 },
	};
	struct rig		*r = rig_new(1);
	struct sa_params	 p;
	uint8_t			 ip[RIG_MAX];
	uint32_t		 sa;
	size_t			 i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		p = rig_params(form_named(rows[i].form), SA_OUT, rows[i].transport);
		p.ip_mtu = 1500;
		sa = rig_sa(r, &p);
		ck_assert_msg(rig_info(r, sa).plaintext_mtu == rows[i].mtu, "%s: %u", rows[i].form,
		    rig_info(r, sa).plaintext_mtu);
		rig_out(r, sa, ip, rig_plain(ip, rows[i].mtu - IP4_LEN));
		ck_assert_uint_le(r->got.len, 1500);
		rig_out(r, sa, ip, rig_plain(ip, rows[i].mtu + 1 - IP4_LEN));
		ck_assert_uint_gt(r->got.len, 1500);
	}
	rig_free(r);
}
END_TEST

/* No room for the outer header, a fragment in transport mode, too many tunnels: each counted. */
START_TEST(refused_out)
{
	struct rig		*r = rig_new(1);
	struct sa_params	 p = rig_params(AES_SHA1, SA_OUT, true);
	struct pkt		*v;
	uint8_t			 ip[RIG_MAX];
	size_t			 n = rig_plain(ip, 20);
	uint32_t		 sa = rig_sa(r, &p), tunnel;

	p.transport = false;
	tunnel = rig_sa(r, &p);
	put16(ip + IP4_FRAG, IP4_MF);
	ck_assert_ptr_null(rig_out(r, sa, ip, n));
	ck_assert_uint_eq(dp_count(r->dp, DPC_out_fragment), 1);
	ck_assert_ptr_nonnull(rig_out(r, tunnel, ip, n));
	v = pkt_new(r->dp, 65500);
	memcpy(v->data, ip, n);
	pkt_parse(v);
	v->sa = tunnel;
	esp_out_batch(r->dp, &v, 1, 0);
	ck_assert_uint_eq(dp_count(r->dp, DPC_out_room), 1);
	v = pkt_new(r->dp, n);
	memcpy(v->data, ip, n);
	pkt_parse(v);
	v->sa = tunnel;
	v->nest = DP_NEST_MAX;
	esp_out_batch(r->dp, &v, 1, 0);
	ck_assert_uint_eq(dp_count(r->dp, DPC_out_nested), 1);
	ck_assert_uint_eq(rig_info(r, tunnel).encaps_failed, 2);
	ck_assert_uint_eq(rig_info(r, sa).encaps_failed, 1);
	ck_assert_uint_eq(rig_info(r, tunnel).packets, 1);
	p.dir = SA_IN;
	ck_assert_ptr_null(rig_out(r, rig_sa(r, &p), ip, n));	/* not an outbound one */
	ck_assert_uint_eq(dp_count(r->dp, DPC_out_no_sa), 1);
	rig_free(r);
}
END_TEST

void
esp_header_tests(TCase *tc)
{
	tcase_add_test(tc, outer);
	tcase_add_test(tc, ecn);
	tcase_add_test(tc, ah_mutable);
	tcase_add_test(tc, ah_odd_options);
	tcase_add_test(tc, bad_padding);
	tcase_add_test(tc, bad_inner);
	tcase_add_test(tc, selectors_in);
	tcase_add_test(tc, policies);
	tcase_add_test(tc, mtu);
	tcase_add_test(tc, refused_out);
}
