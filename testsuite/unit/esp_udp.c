/* ESP in UDP (RFC 3948): out, in, what else comes to its port, the peer's port as it moves, checksums behind a translator. */

#include <string.h>

#include "datapath/natt.h"
#include "datapath/wire.h"
#include "testsuite/unit/esp_test.h"

#define NULL_SHA1	(&rig_forms[1])
#define AES_SHA1	(&rig_forms[16])
#define PEER		4501
#define UDP_SUM		6

static struct sa_params
udp_params(const struct form *f, enum sa_dir dir, bool transport)
{
	struct sa_params	p = rig_params(f, dir, transport);

	p.udp_port = PEER;
	return p;
}

static struct rig *
udp_rig(uint64_t seed)
{
	struct rig	*r = rig_new(seed);

	dp_udp_open(r->dp, NATT_PORT);
	return r;
}

/* What comes of a UDP packet for us; *left: it was not for ESP. */
static const struct rig_pkt *
udp_in(struct rig *r, const uint8_t *ip, size_t len, bool *left)
{
	struct pkt	*p = pkt_new(r->dp, len);
	size_t		 before = r->ngot;

	memcpy(p->data, ip, len);
	pkt_parse(p);
	dp_enter(r->dp);
	p = natt_input(r->dp, p);
	*left = p != NULL && !(p->flags & PKT_UDP);
	if (*left)
		pkt_free(r->dp, p);
	else if (p != NULL)
		esp_in_batch(r->dp, &p, 1, clock_now(r->clock));
	dp_leave(r->dp);
	return r->ngot != before ? &r->got : NULL;
}

/* As the peer sends it: from its port to ours. */
static void
turn(uint8_t *ip, uint16_t sport)
{
	put16(ip + IP4_LEN, sport);
	put16(ip + IP4_LEN + 2, NATT_PORT);
}

static size_t
sealed(struct rig *r, uint32_t out, uint8_t *ip, size_t n, uint16_t sport)
{
	uint8_t	plain[RIG_MAX];
	size_t	len;

	ck_assert_ptr_nonnull(rig_out(r, out, plain, rig_plain(plain, n)));
	len = r->got.len;
	memcpy(ip, r->got.bytes, len);
	turn(ip, sport);
	return len;
}

/* A datagram with these bytes, without a checksum. */
static size_t
datagram(uint8_t *ip, const void *data, size_t n)
{
	rig_plain(ip, 8 + n);
	turn(ip, PEER);
	put16(ip + IP4_LEN + 4, (unsigned)(8 + n));
	put16(ip + IP4_LEN + 6, 0);
	if (n > 0)
		memcpy(ip + IP4_LEN + 8, data, n);
	return IP4_LEN + 8 + n;
}

START_TEST(round_trip)
{
	const struct form	*f = &rig_forms[_i];
	struct rig		*r;
	struct sa_params	 p;
	uint8_t			 plain[256], ip[RIG_MAX];
	uint32_t		 in, out;
	size_t			 n, len;
	bool			 left;

	if (f->proto != SA_ESP)
		return;
	for (int transport = 0; transport < 2; transport++) {
		r = udp_rig(1);
		p = udp_params(f, SA_OUT, transport);
		out = rig_sa(r, &p);
		p = udp_params(f, SA_IN, transport);
		in = rig_sa(r, &p);
		n = rig_plain(plain, 100);
		len = sealed(r, out, ip, 100, PEER);
		ck_assert_uint_eq(ip[IP4_PROTO], PROTO_UDP);
		ck_assert_uint_eq(sum_of(ip, IP4_LEN), 0);
		ck_assert_uint_eq(get16(ip + IP4_TOTAL), len);
		ck_assert_uint_eq(get16(ip + IP4_LEN + 4), len - IP4_LEN);
		ck_assert_uint_eq(get16(ip + IP4_LEN + UDP_SUM), 0);
		ck_assert_uint_eq(get32(ip + IP4_LEN + 8), RIG_SPI);
		ck_assert_uint_le(len - n, rig_info(r, out).overhead);
		ck_assert_ptr_nonnull(udp_in(r, ip, len, &left));
		ck_assert_uint_eq(r->got.len, n);
		ck_assert_mem_eq(r->got.bytes + IP4_LEN, plain + IP4_LEN, n - IP4_LEN);
		ck_assert(!(r->got.flags & PKT_UDP));
		ck_assert_uint_eq(rig_info(r, in).packets, 1);
		ck_assert_uint_eq(r->events[SA_EVENT_MOVED], 0);
		rig_free(r);
	}
}
END_TEST

START_TEST(ports_out)
{
	struct rig		*r = udp_rig(2);
	struct sa_params	 p = udp_params(AES_SHA1, SA_OUT, false), q = rig_params(AES_SHA1, SA_OUT, false);
	uint32_t		 out = rig_sa(r, &p);
	uint8_t			 ip[256];
	size_t			 n = rig_plain(ip, 40);

	ck_assert_ptr_nonnull(rig_out(r, out, ip, n));
	ck_assert_uint_eq(get16(r->got.bytes + IP4_LEN), NATT_PORT);
	ck_assert_uint_eq(get16(r->got.bytes + IP4_LEN + 2), PEER);
	dp_sa_set_peer(r->dp, out, &p.dst, 7777);
	ck_assert_ptr_nonnull(rig_out(r, out, ip, n));
	ck_assert_uint_eq(get16(r->got.bytes + IP4_LEN + 2), 7777);
	ck_assert_uint_eq(rig_info(r, out).p.udp_port, 7777);
	dp_sa_set_peer(r->dp, out, &(struct addr){ .af = ADDR_V4, .v4 = 0x05060708 }, 7777);
	ck_assert_ptr_nonnull(rig_out(r, out, ip, n));
	ck_assert_uint_eq(get32(r->got.bytes + IP4_DST), 0x05060708);
	ck_assert_uint_eq(sum_of(r->got.bytes, IP4_LEN), 0);
	ck_assert_uint_eq(rig_info(r, out).p.dst.v4, 0x05060708);
	ck_assert_uint_eq(rig_info(r, out).overhead, rig_info(r, rig_sa(r, &q)).overhead + 8);
	rig_free(r);
}
END_TEST

START_TEST(refused)
{
	struct rig		*r = udp_rig(3);
	struct sa_params	 p = udp_params(&rig_forms[0], SA_IN, false);
	const char		*why = NULL;
	size_t			 i;

	for (i = 0; rig_forms[i].proto == SA_ESP && rig_forms[i].name != NULL; i++)
		;
	p = udp_params(&rig_forms[i], SA_IN, false);
	ck_assert_uint_eq(dp_sa_add(r->dp, &p, &why, 0), SA_NONE);
	ck_assert_str_eq(why, "only ESP goes in UDP");
	rig_free(r);
}
END_TEST

/* Keepalives are eaten, IKE is let through, what is neither is counted. */
START_TEST(others)
{
	static const uint8_t	 one[] = { 0xff }, ike[] = { 0, 0, 0, 0, 1 }, odd[] = { 0xfe }, three[] = { 0xff, 0xff, 0xff };
	struct rig		*r = udp_rig(4);
	uint8_t			 ip[256];
	bool			 left;

	ck_assert_ptr_null(udp_in(r, ip, datagram(ip, one, 1), &left));
	ck_assert(!left);
	ck_assert_uint_eq(dp_count(r->dp, DPC_natt_keepalive_in), 1);
	udp_in(r, ip, datagram(ip, ike, sizeof(ike)), &left);
	ck_assert(left);
	udp_in(r, ip, datagram(ip, ike, 4), &left);
	ck_assert(left);
	udp_in(r, ip, datagram(ip, odd, 1), &left);
	udp_in(r, ip, datagram(ip, three, 3), &left);
	udp_in(r, ip, datagram(ip, three, 0), &left);
	ck_assert(!left);
	ck_assert_uint_eq(dp_count(r->dp, DPC_natt_short), 3);
	/* Of another port, or while nobody listens, it is a datagram as any. */
	datagram(ip, one, 1);
	put16(ip + IP4_LEN + 2, 4499);
	udp_in(r, ip, IP4_LEN + 9, &left);
	ck_assert(left);
	dp_udp_close(r->dp, NATT_PORT);
	udp_in(r, ip, datagram(ip, one, 1), &left);
	ck_assert(left);
	rig_free(r);
}
END_TEST

START_TEST(checksum)
{
	struct rig		*r = udp_rig(5);
	struct sa_params	 p = udp_params(AES_SHA1, SA_OUT, false), q = udp_params(AES_SHA1, SA_IN, false);
	uint32_t		 out = rig_sa(r, &p);
	uint8_t			 ip[RIG_MAX];
	uint16_t		 sum;
	size_t			 len;
	bool			 left;

	rig_sa(r, &q);
	len = sealed(r, out, ip, 60, PEER);
	sum = sum_done(sum_add((uint64_t)RIG_SRC + RIG_DST + PROTO_UDP + len - IP4_LEN, ip + IP4_LEN, len - IP4_LEN));
	put16(ip + IP4_LEN + UDP_SUM, sum ^ 1);
	ck_assert_ptr_null(udp_in(r, ip, len, &left));
	ck_assert_uint_eq(dp_count(r->dp, DPC_udp_checksum), 1);
	put16(ip + IP4_LEN + UDP_SUM, sum);
	ck_assert_ptr_nonnull(udp_in(r, ip, len, &left));
	rig_free(r);
}
END_TEST

/* Cut at every byte, and each length wrong: nothing passes, nothing is read that is not there. */
START_TEST(cut)
{
	struct rig		*r = udp_rig(6);
	struct sa_params	 p = udp_params(AES_SHA1, SA_OUT, false), q = udp_params(AES_SHA1, SA_IN, false);
	uint32_t		 out = rig_sa(r, &p);
	uint8_t			 ip[RIG_MAX], copy[RIG_MAX];
	size_t			 len, n;
	bool			 left;

	rig_sa(r, &q);
	len = sealed(r, out, ip, 60, PEER);
	for (n = IP4_LEN; n < len; n++) {
		must(udp_in(r, ip, n, &left) == NULL);
		memcpy(copy, ip, n);
		if (n < IP4_LEN + 8)
			continue;
		put16(copy + IP4_LEN + 4, (unsigned)(n - IP4_LEN));
		must(udp_in(r, copy, n, &left) == NULL);
	}
	memcpy(copy, ip, len);
	for (n = 0; n < 70; n++) {
		put16(copy + IP4_LEN + 4, (unsigned)n);
		must(udp_in(r, copy, len, &left) == NULL);
	}
	put16(copy + IP4_LEN + 4, (unsigned)(len - IP4_LEN + 1));
	must(udp_in(r, copy, len, &left) == NULL);
	/* What stands behind the datagram is none of it. */
	ck_assert_ptr_nonnull(udp_in(r, ip, len + 3, &left));
	rig_free(r);
}
END_TEST

/* An SA is in UDP or not; what comes the other way is counted. */
START_TEST(mismatch)
{
	struct rig		*r = udp_rig(7);
	struct sa_params	 p = udp_params(AES_SHA1, SA_OUT, false), q = rig_params(AES_SHA1, SA_IN, false);
	uint32_t		 out = rig_sa(r, &p), in = rig_sa(r, &q);
	uint8_t			 ip[RIG_MAX];
	size_t			 len;
	bool			 left;

	len = sealed(r, out, ip, 60, PEER);
	ck_assert_ptr_null(udp_in(r, ip, len, &left));
	ck_assert_uint_eq(dp_count(r->dp, DPC_in_udp), 1);
	dp_sa_del(r->dp, in);
	q.udp_port = PEER;
	rig_sa(r, &q);
	p.udp_port = 0;
	out = rig_sa(r, &p);
	len = rig_plain(ip, 60);
	ck_assert_ptr_nonnull(rig_out(r, out, ip, len));
	memcpy(ip, r->got.bytes, len = r->got.len);
	ck_assert_ptr_null(rig_in(r, ip, len));
	ck_assert_uint_eq(dp_count(r->dp, DPC_in_udp), 2);
	rig_free(r);
}
END_TEST

/* Only the newest authentic packet moves the peer. */
START_TEST(moved)
{
	struct rig		*r = udp_rig(8);
	struct sa_params	 p = udp_params(AES_SHA1, SA_OUT, false), q = udp_params(AES_SHA1, SA_IN, false);
	uint32_t		 out = rig_sa(r, &p), in = rig_sa(r, &q);
	uint8_t			 ip[4][RIG_MAX];
	size_t			 len[4], i;
	bool			 left;

	for (i = 0; i < 4; i++)
		len[i] = sealed(r, out, ip[i], 60, PEER);
	turn(ip[1], 9999);
	ip[1][len[1] - 1] ^= 1;
	ck_assert_ptr_null(udp_in(r, ip[1], len[1], &left));	/* forged */
	ip[1][len[1] - 1] ^= 1;
	ck_assert_uint_eq(r->events[SA_EVENT_MOVED], 0);
	ck_assert_ptr_nonnull(udp_in(r, ip[2], len[2], &left));
	ck_assert_ptr_nonnull(udp_in(r, ip[1], len[1], &left));	/* late */
	turn(ip[2], 9999);
	ck_assert_ptr_null(udp_in(r, ip[2], len[2], &left));	/* again */
	ck_assert_uint_eq(r->events[SA_EVENT_MOVED], 0);
	ck_assert_uint_eq(rig_info(r, in).p.udp_port, PEER);
	turn(ip[3], 9999);
	ck_assert_ptr_nonnull(udp_in(r, ip[3], len[3], &left));
	ck_assert_uint_eq(r->events[SA_EVENT_MOVED], 1);
	ck_assert_uint_eq(rig_info(r, in).p.udp_port, 9999);
	ck_assert_uint_eq(rig_info(r, out).p.udp_port, PEER);	/* that is the engine's to say */
	rig_free(r);
}
END_TEST

/* From another address; in transport mode that is nothing to follow. */
START_TEST(moved_away)
{
	struct rig		*r = udp_rig(10);
	struct sa_params	 p = udp_params(AES_SHA1, SA_OUT, _i), q = udp_params(AES_SHA1, SA_IN, _i);
	uint32_t		 out = rig_sa(r, &p), in = rig_sa(r, &q), far = 0x05060708;
	uint8_t			 ip[RIG_MAX];
	size_t			 len = sealed(r, out, ip, 60, PEER);
	bool			 left;

	put32(ip + IP4_SRC, far);
	ip[len - 1] ^= 1;
	ck_assert_ptr_null(udp_in(r, ip, len, &left));		/* forged */
	ck_assert_uint_eq(r->events[SA_EVENT_MOVED], 0);
	ip[len - 1] ^= 1;
	udp_in(r, ip, len, &left);
	ck_assert_uint_eq(r->events[SA_EVENT_MOVED], _i ? 0 : 1);
	ck_assert_uint_eq(rig_info(r, in).p.src.v4, _i ? q.src.v4 : far);
	rig_free(r);
}
END_TEST

START_TEST(no_sa)
{
	static const uint8_t	 esp[] = { 0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 9, 1, 2, 3, 4 };
	struct rig		*r = udp_rig(9);
	uint8_t			 ip[256];
	bool			 left;

	udp_in(r, ip, datagram(ip, esp, sizeof(esp)), &left);
	ck_assert_uint_eq(r->ninv, 1);
	ck_assert(r->inv.udp);
	ck_assert_uint_eq(r->inv.sport, PEER);
	ck_assert_uint_eq(r->inv.spi, 0xcafebabe);
	ck_assert_uint_eq(r->inv.seq, 9);
	rig_plain(ip, sizeof(esp));
	ip[IP4_PROTO] = PROTO_ESP;
	memcpy(ip + IP4_LEN, esp, sizeof(esp));
	rig_in(r, ip, IP4_LEN + sizeof(esp));
	ck_assert(!r->inv.udp);
	rig_free(r);
}
END_TEST

static uint16_t
l4_sum(const uint8_t *ip, size_t n)
{
	return sum_done(sum_add((uint64_t)get32(ip + IP4_SRC) + get32(ip + IP4_DST) + ip[IP4_PROTO] + n - IP4_LEN, ip + IP4_LEN, n - IP4_LEN));
}

/* Transport mode: what the peer has summed with its own addresses is right for those in the header. */
START_TEST(transport_sums)
{
	static const struct { uint8_t proto, at; } kinds[] = { { 6, 16 }, { PROTO_UDP, UDP_SUM } };
	struct rig		*r = udp_rig(10);
	struct sa_params	 p = udp_params(NULL_SHA1, SA_OUT, true), q = udp_params(NULL_SHA1, SA_IN, true);
	uint32_t		 out = rig_sa(r, &p);
	uint8_t			 ip[256];
	size_t			 n, i;
	bool			 left;

	q.was_src = addr_v4(0x0a000002);
	q.was_dst = addr_v4(0xc0000207);
	rig_sa(r, &q);
	for (i = 0; i < 2; i++) {
		n = rig_plain(ip, 60);
		ip[IP4_PROTO] = kinds[i].proto;
		put32(ip + IP4_SRC, q.was_src.v4);
		put32(ip + IP4_DST, q.was_dst.v4);
		put16(ip + IP4_LEN + kinds[i].at, 0);
		put16(ip + IP4_LEN + kinds[i].at, l4_sum(ip, n));
		ip4_seal(ip, IP4_LEN);
		ck_assert_ptr_nonnull(rig_out(r, out, ip, n));
		memcpy(ip, r->got.bytes, n = r->got.len);
		/* The translator, and the address at which it reaches us. */
		put32(ip + IP4_SRC, RIG_SRC);
		put32(ip + IP4_DST, RIG_DST);
		ip4_seal(ip, IP4_LEN);
		turn(ip, PEER);
		ck_assert_ptr_nonnull(udp_in(r, ip, n, &left));
		ck_assert_uint_eq(l4_sum(r->got.bytes, r->got.len), 0);
	}
	rig_free(r);
}
END_TEST

void
esp_udp_tests(TCase *tc)
{
	size_t	n = 0;

	while (rig_forms[n].name != NULL)
		n++;
	tcase_add_loop_test(tc, round_trip, 0, (int)n);
	tcase_add_test(tc, ports_out);
	tcase_add_test(tc, refused);
	tcase_add_test(tc, others);
	tcase_add_test(tc, checksum);
	tcase_add_test(tc, cut);
	tcase_add_test(tc, mismatch);
	tcase_add_test(tc, moved);
	tcase_add_loop_test(tc, moved_away, 0, 2);
	tcase_add_test(tc, no_sa);
	tcase_add_test(tc, transport_sums);
}
