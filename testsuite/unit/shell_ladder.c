/* Ladders: frames made by hand go in, and the model's rows, runs and SAs are looked at. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/wire/wire.h"
#include "shell/ladder_int.h"
#include "testsuite/unit/shell_test.h"

#define A	0x0a000001u
#define B	0x0a000002u
#define MS	NSEC_MS
#define ESP	50
#define AH	51
#define UDP	17

/* ---- frames ---- */

struct rig {
	struct ladder	*l;
	int64_t		 ns;
	unsigned	 source, link;
	uint16_t	 ip_id;
	const char	*ifname;
	enum ladder_dir	 dir;
};

static void
begin(struct rig *g)
{
	*g = (struct rig){ .l = ladder_new(), .ns = INT64_C(1426257060) * NSEC_SEC, .link = 101, .ip_id = 1 };
	ladder_add_file(g->l, "one.pcap");
}

static void
frame(struct rig *g, const uint8_t *p, size_t n)
{
	struct ladder_frame f = { .source = g->source, .ns = g->ns, .link = g->link, .n = n, .ifname = g->ifname, .dir = g->dir };
	uint8_t *copy = malloc(n);

	memcpy(copy, p, n);	/* of exactly its length, for the sanitizers */
	f.p = copy;
	ladder_frame(g->l, &f);
	free(copy);
}

static size_t
ip4(uint8_t *out, uint32_t src, uint32_t dst, uint8_t proto, uint16_t id, uint16_t frag, const uint8_t *p, size_t n)
{
	struct wr w;

	wr_init(&w, out, n + 20);
	wr_u16(&w, 0x4500);
	wr_u16(&w, (uint16_t)(n + 20));
	wr_u16(&w, id);
	wr_u16(&w, frag);
	wr_u8(&w, 64);
	wr_u8(&w, proto);
	wr_u16(&w, 0);
	wr_u32(&w, src);
	wr_u32(&w, dst);
	wr_bytes(&w, p, n);
	return wr_len(&w);
}

static void
packet(struct rig *g, uint32_t src, uint32_t dst, uint8_t proto, const uint8_t *p, size_t n)
{
	uint8_t b[9000];

	frame(g, b, ip4(b, src, dst, proto, g->ip_id++, 0, p, n));
}

static void
esp(struct rig *g, uint32_t src, uint32_t dst, uint32_t spi, uint32_t seq)
{
	uint8_t b[32] = { 0 };
	struct wr w;

	wr_init(&w, b, sizeof(b));
	wr_u32(&w, spi);
	wr_u32(&w, seq);
	packet(g, src, dst, ESP, b, sizeof(b));
	g->ns += MS;
}

static size_t
udp_bytes(uint8_t *out, size_t cap, uint16_t sport, uint16_t dport, const uint8_t *p, size_t n)
{
	struct wr w;

	wr_init(&w, out, cap);
	wr_u16(&w, sport);
	wr_u16(&w, dport);
	wr_u16(&w, (uint16_t)(8 + (dport == 4500 && n > 1 ? 4 : 0) + n));
	wr_u16(&w, 0);
	if (dport == 4500 && n > 1)
		wr_u32(&w, 0);
	wr_bytes(&w, p, n);
	return wr_len(&w);
}

static void
udp(struct rig *g, uint32_t src, uint32_t dst, uint16_t port, const uint8_t *p, size_t n)
{
	uint8_t b[8900];

	packet(g, src, dst, UDP, b, udp_bytes(b, sizeof(b), port, port, p, n));
	g->ns += MS;
}

/* ---- messages ---- */

static const uint8_t icookie[8] = "INITIATO", rcookie[8] = "RESPONDE", none[8];

static const struct ike_policy policy = { 10, CIPHER_AES128, HASH_SHA1, IKE_AUTH_PSK, 14, 86400 };

/* Message n of Main Mode, the last two with bytes that nobody can read. */
static size_t
main_mode(struct out *o, unsigned n)
{
	uint8_t bytes[64];

	memset(bytes, (int)n, sizeof(bytes));
	out_begin(o, icookie, n == 1 ? none : rcookie, EXCH_MAIN, n > 4 ? ISAKMP_FLAG_E : 0, 0);
	if (n <= 2) {
		out_sa_p1(o, &policy, 1);
		out_vid(o, VID_DPD);
	} else if (n <= 4) {
		out_payload(o, PL_KE, bytes, 64);
		out_payload(o, PL_NONCE, bytes, 20);
	} else
		out_payload(o, PL_ID, bytes, 60);
	return out_finish(o, n > 4 ? 16 : 1);
}

static void
send_main(struct rig *g, unsigned n, uint16_t port)
{
	struct out o;
	size_t len = main_mode(&o, n);

	udp(g, n % 2 ? A : B, n % 2 ? B : A, port, o.buf, len);
}

static void
send_quick(struct rig *g, unsigned n, uint32_t msgid)
{
	uint8_t bytes[64];
	struct out o;

	memset(bytes, (int)(n + msgid), sizeof(bytes));
	out_begin(&o, icookie, rcookie, EXCH_QUICK, ISAKMP_FLAG_E, msgid);
	out_payload(&o, PL_HASH, bytes, 60);
	udp(g, n == 2 ? B : A, n == 2 ? A : B, 500, o.buf, out_finish(&o, 16));
}

/* ---- ESP ---- */

START_TEST(packets_of_one_spi_are_one_row)
{
	static const uint32_t seqs[] = { 1, 2, 3, 6, 7, 5, 7, 8 };
	const struct ladder_run *u;
	struct rig g;

	begin(&g);
	for (size_t i = 0; i < sizeof(seqs) / sizeof(seqs[0]); i++)
		esp(&g, A, B, 0x1234, seqs[i]);
	ladder_end(g.l);
	ck_assert_uint_eq(g.l->nrows, 1);
	u = &g.l->rows[0].run;
	ck_assert_uint_eq(u->count, 8);
	ck_assert_uint_eq(u->first, 1);
	ck_assert_uint_eq(u->last, 8);
	ck_assert_uint_eq(u->gaps, 1);
	ck_assert_uint_eq(u->missing, 1);	/* 4; 5 came late */
	ck_assert_uint_eq(u->late, 1);
	ck_assert_uint_eq(u->replays, 1);
	ck_assert_str_eq(g.l->rows[0].title, "ESP 0x00001234");
	ck_assert(!g.l->rows[0].bad);
	ladder_free(g.l);
}
END_TEST

START_TEST(directions_and_spis_are_rows_of_their_own)
{
	struct rig g;

	begin(&g);
	for (uint32_t i = 1; i <= 5; i++) {
		esp(&g, A, B, 0x100, i);
		esp(&g, B, A, 0x200, i);
		esp(&g, A, B, 0x300, i);
	}
	ladder_end(g.l);
	ck_assert_uint_eq(g.l->nrows, 3);
	ck_assert_uint_eq(g.l->nsas, 3);
	ck_assert_uint_eq(g.l->nparties, 2);
	ladder_free(g.l);
}
END_TEST

START_TEST(more_spis_than_are_told_apart_are_counted)
{
	struct rig g;
	struct text t = { 0 };

	begin(&g);
	for (uint32_t i = 0; i < 6000; i++)
		esp(&g, A, B, 0x1000 + i, 1);
	ladder_end(g.l);
	ck_assert_uint_eq(g.l->esp, 6000);
	ck_assert_uint_eq(g.l->nrows, LADDER_ROWS);
	ck_assert_uint_eq(g.l->cut_flows, 6000 - 4096);
	ck_assert_uint_eq(g.l->cut_rows, 4096 - LADDER_ROWS);
	ladder_text(g.l, &(struct ladder_style){ .ascii = true }, &t);
	ck_assert_ptr_nonnull(strstr(text_str(&t), "2,096 more rows are not drawn"));
	text_free(&t);
	ladder_free(g.l);
}
END_TEST

START_TEST(more_addresses_than_parties_are_counted)
{
	struct rig g;

	begin(&g);
	for (uint32_t i = 0; i < 200; i++)
		esp(&g, A, B + i, 0x1000 + i, 1);
	ladder_end(g.l);
	ck_assert_uint_eq(g.l->nparties, LADDER_PARTIES);
	ck_assert_uint_eq(g.l->cut_parties, 200 - (LADDER_PARTIES - 1));
	ladder_free(g.l);
}
END_TEST

/* ---- who has it no more ---- */

static char *
write_temp(const char *text)
{
	char *path = strdup("/tmp/ladder-XXXXXX");
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");

	fputs(text, f);
	fclose(f);
	return path;
}

START_TEST(a_log_tells_from_when_an_spi_was_unknown)
{
	char *why = NULL, *path = write_temp("x\nMar 13 14:31:00.010: %CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for "
	    "destaddr=10.0.0.2, prot=50, spi=0x1234(4660), srcaddr=10.0.0.1, input interface=GigabitEthernet0/0\n");
	struct rig g;

	begin(&g);
	ck_assert(ladder_log_read(g.l, path, &why));
	for (uint32_t i = 0; i < 20; i++)
		esp(&g, A, B, 0x1234, i + 1);
	for (uint32_t i = 0; i < 20; i++)
		esp(&g, B, A, 0x1234, i + 1);
	ladder_end(g.l);
	ck_assert_uint_eq(g.l->nrows, 3);
	ck_assert(!g.l->rows[0].bad);
	ck_assert_uint_eq(g.l->rows[0].run.count, 8);	/* up to 2 ms before the line */
	ck_assert(g.l->rows[1].bad);
	ck_assert_uint_eq(g.l->rows[1].run.count, 12);
	ck_assert_uint_eq(g.l->rows[1].run.first, 9);
	ck_assert(!g.l->rows[2].bad);
	ck_assert_uint_eq(g.l->stray, 12);
	ck_assert_uint_eq(g.l->sas[0].stray.count, 12);
	remove(path);
	free(path);
	ladder_free(g.l);
}
END_TEST

START_TEST(a_log_without_such_lines_is_refused)
{
	char *why = NULL, *path = write_temp("Mar 13 14:31:00.010: %SYS-5-CONFIG_I: Configured from console\n");
	struct rig g;

	begin(&g);
	ck_assert(!ladder_log_read(g.l, path, &why));
	ck_assert_ptr_nonnull(why);
	free(why);
	ck_assert(!ladder_log_read(g.l, "/nowhere/at/all", &why));
	free(why);
	remove(path);
	free(path);
	ladder_free(g.l);
}
END_TEST

static void
unreachable(struct rig *g, uint32_t from, uint8_t code, uint32_t spi)
{
	uint8_t b[64] = { 3, code }, head[8] = { 0 };
	struct wr w;

	wr_init(&w, head, sizeof(head));
	wr_u32(&w, spi);
	wr_u32(&w, 5);
	packet(g, from, A, 1, b, 8 + ip4(b + 8, A, B, ESP, 9, 0, head, 8));
	g->ns += MS;
}

START_TEST(icmp_of_the_receiver_makes_the_last_packet_a_stray)
{
	struct rig g;

	begin(&g);
	for (uint32_t i = 1; i <= 5; i++)
		esp(&g, A, B, 0x77, i);
	unreachable(&g, 0x0a000009, 2, 0x77);		/* of somebody else: nothing follows from it */
	esp(&g, A, B, 0x77, 6);
	unreachable(&g, B, 1, 0x77);			/* host: says nothing of the SPI */
	unreachable(&g, B, 2, 0x77);
	esp(&g, A, B, 0x77, 7);
	ladder_end(g.l);
	ck_assert_uint_eq(g.l->nrows, 5);
	ck_assert_uint_eq(g.l->rows[0].run.count, 5);
	ck_assert(!g.l->rows[0].bad);
	ck_assert(g.l->rows[2].bad);
	ck_assert_uint_eq(g.l->rows[2].run.count, 2);
	ck_assert_uint_eq(g.l->rows[2].run.first, 6);
	ck_assert_str_eq(g.l->rows[4].title, "ICMP protocol unreachable");
	ck_assert_uint_eq(g.l->stray, 2);
	ladder_free(g.l);
}
END_TEST

START_TEST(a_notify_in_clear_proves_nothing)
{
	static const uint8_t spi[4] = { 0, 0, 0, 0x77 };
	struct out o;
	struct rig g;

	begin(&g);
	esp(&g, A, B, 0x77, 1);
	out_begin(&o, icookie, rcookie, EXCH_INFO, 0, 77);
	out_notify(&o, PROTO_ESP, NOTIFY_INVALID_SPI, NULL, 0, spi, 4);
	udp(&g, B, A, 500, o.buf, out_finish(&o, 1));
	out_begin(&o, icookie, rcookie, EXCH_INFO, 0, 78);
	out_delete(&o, PROTO_ESP, spi, 4, 1);
	udp(&g, B, A, 500, o.buf, out_finish(&o, 1));
	esp(&g, A, B, 0x77, 2);
	ladder_end(g.l);
	ck_assert_uint_eq(g.l->stray, 0);
	ck_assert_uint_eq(g.l->nrows, 3);
	ck_assert_str_eq(g.l->rows[1].brief, "NOTIFY INVALID_SPI 0x00000077");
	ck_assert_str_eq(g.l->rows[2].brief, "DELETE ESP 0x00000077");
	ck_assert_ptr_nonnull(strstr(g.l->rows[1].detail, "anybody may have sent it"));
	ladder_free(g.l);
}
END_TEST

/* ---- IKE ---- */

START_TEST(main_mode_is_numbered_and_its_states_are_told)
{
	static const char *const titles[] = { "MM1", "MM2", "MM3", "MM4", "MM5", "MM6" };
	static const char *const states[][2] = { { "IKE_I_MM1", "IKE_R_MM1" }, { "IKE_R_MM2", "IKE_I_MM2" }, { "IKE_I_MM3", "IKE_R_MM3" },
	    { "IKE_R_MM4", "IKE_I_MM4" }, { "IKE_I_MM5", "IKE_R_MM5" }, { "IKE_P1_COMPLETE", "IKE_P1_COMPLETE" } };
	struct rig g;

	begin(&g);
	for (unsigned n = 1; n <= 6; n++)
		send_main(&g, n, n > 4 ? 4500 : 500);
	ladder_end(g.l);
	ck_assert_uint_eq(g.l->nrows, 6);
	for (unsigned i = 0; i < 6; i++) {
		ck_assert_str_eq(g.l->rows[i].title, titles[i]);
		ck_assert_str_eq(g.l->rows[i].state[0], states[i][0]);
		ck_assert_str_eq(g.l->rows[i].state[1], states[i][1]);
	}
	ck_assert_str_eq(g.l->rows[0].brief, "SA, VENDOR");
	ck_assert_ptr_nonnull(strstr(g.l->rows[0].detail, "SA 1.1: AES-128, SHA, group 14, PSK, 86400 s"));
	ck_assert_str_eq(g.l->rows[4].brief, "encrypted, 64 bytes, on port 4500 from here");
	ck_assert_uint_eq(g.l->nsas, 1);
	ck_assert(g.l->sas[0].life[0].known);
	ck_assert_int_eq(g.l->sas[0].life[0].from, g.l->rows[5].ns);
	ladder_free(g.l);
}
END_TEST

/* From the responder's public value on: who encrypts first was the initiator. */
START_TEST(who_began_is_found_out)
{
	struct rig g;

	begin(&g);
	for (unsigned n = 4; n <= 6; n++)
		send_main(&g, n, 500);
	ladder_end(g.l);
	ck_assert_uint_eq(g.l->nrows, 3);
	ck_assert_str_eq(g.l->rows[0].title, "MM4");
	ck_assert_str_eq(g.l->rows[0].state[0], "IKE_R_MM4");
	ck_assert_str_eq(g.l->rows[1].title, "MM5");
	ck_assert_str_eq(g.l->rows[2].title, "MM6");
	ck_assert_uint_eq(g.l->sas[0].party[0], g.l->rows[1].from);
	ladder_free(g.l);
	begin(&g);
	for (unsigned n = 3; n <= 6; n++)
		send_main(&g, n, 500);
	ladder_end(g.l);
	ck_assert_str_eq(g.l->rows[0].title, "MM3");
	ck_assert_str_eq(g.l->rows[3].title, "MM6");
	ladder_free(g.l);
}
END_TEST

START_TEST(the_same_bytes_again_are_told_so)
{
	struct rig g;

	begin(&g);
	send_main(&g, 1, 500);
	g.ns += 10 * NSEC_SEC;
	send_main(&g, 1, 500);
	send_main(&g, 2, 500);
	ladder_end(g.l);
	ck_assert_uint_eq(g.l->nrows, 3);
	ck_assert(!g.l->rows[0].again);
	ck_assert(g.l->rows[1].again);
	ck_assert_str_eq(g.l->rows[1].brief, "again: SA, VENDOR");
	ck_assert(!g.l->rows[2].again);
	ladder_free(g.l);
}
END_TEST

/* The second capture is behind a translator: the same packets with another source. */
START_TEST(two_captures_of_one_message_are_one_row)
{
	const uint32_t outside = 0xc0000201;
	struct out o;
	size_t n;
	struct rig g;

	begin(&g);
	ladder_add_file(g.l, "two.pcap");
	n = main_mode(&o, 1);
	udp(&g, A, B, 500, o.buf, n);
	g.source = 1;
	g.ip_id--;
	udp(&g, outside, B, 500, o.buf, n);
	g.ns += 10 * NSEC_SEC;
	g.source = 0;
	udp(&g, A, B, 500, o.buf, n);		/* lost before the second capture */
	ladder_end(g.l);
	ck_assert_uint_eq(g.l->nrows, 2);
	ck_assert_uint_eq(g.l->twins, 1);
	ck_assert_uint_eq(g.l->nparties, 2);
	ck_assert_uint_eq(g.l->party[0].naddr, 2);
	ck_assert_uint_eq(g.l->rows[0].seen, 3);
	ck_assert_uint_eq(g.l->rows[1].seen, 1);
	ladder_free(g.l);
}
END_TEST

START_TEST(sas_are_inferred_where_quick_mode_cannot_be_read)
{
	struct rig g;

	begin(&g);
	for (unsigned n = 1; n <= 6; n++)
		send_main(&g, n, 500);
	for (unsigned n = 1; n <= 3; n++)
		send_quick(&g, n, 0x55);
	esp(&g, A, B, 0x100, 1);
	esp(&g, B, A, 0x200, 1);
	esp(&g, A, B, 0x300, 1);		/* that one has no exchange left */
	ladder_end(g.l);
	ck_assert_str_eq(g.l->rows[6].title, "QM1");
	ck_assert_str_eq(g.l->rows[7].title, "QM2");
	ck_assert_str_eq(g.l->rows[8].title, "QM3");
	ck_assert_uint_eq(g.l->nsas, 4);
	ck_assert(g.l->sas[1].inferred);
	ck_assert_uint_eq(g.l->sas[1].pair, 2);
	ck_assert_uint_eq(g.l->sas[2].pair, 1);
	ck_assert_int_eq(g.l->sas[2].life[0].from, g.l->rows[8].ns);
	ck_assert_uint_eq(g.l->sas[3].pair, LADDER_NONE);
	ladder_free(g.l);
}
END_TEST

START_TEST(ikev2_is_told_by_its_header)
{
	uint8_t b[60] = "INITIATO";
	struct rig g;

	begin(&g);
	b[16] = 33;
	b[17] = 0x20;
	b[18] = 34;
	b[19] = 8;
	b[27] = sizeof(b);
	udp(&g, A, B, 500, b, sizeof(b));
	memcpy(b + 8, rcookie, 8);
	b[18] = 35;
	b[19] = 0x20;
	b[23] = 1;
	udp(&g, B, A, 4500, b, sizeof(b));
	ladder_end(g.l);
	ck_assert_uint_eq(g.l->nrows, 2);
	ck_assert_str_eq(g.l->rows[0].title, "IKEv2 IKE_SA_INIT");
	ck_assert_str_eq(g.l->rows[0].brief, "request 0");
	ck_assert_str_eq(g.l->rows[1].title, "IKEv2 IKE_AUTH");
	ladder_free(g.l);
}
END_TEST

START_TEST(messages_in_pieces_are_told_whole)
{
	static const uint8_t order[] = { 1, 0, 2 };
	uint8_t piece[300];
	struct out whole, o;
	struct rig g;
	size_t n;

	begin(&g);
	n = main_mode(&whole, 1);
	for (unsigned i = 0; i < 3; i++) {
		size_t at = order[i] * (n / 3), len = order[i] == 2 ? n - at : n / 3;

		out_begin(&o, icookie, none, EXCH_MAIN, 0, 0);
		memcpy(piece, (uint8_t[]){ 0, 7, (uint8_t)(order[i] + 1), order[i] == 2 }, 4);
		memcpy(piece + 4, whole.buf + at, len);
		out_payload(&o, PL_FRAG, piece, len + 4);
		udp(&g, A, B, 500, o.buf, out_finish(&o, 1));
	}
	ladder_end(g.l);
	ck_assert_uint_eq(g.l->nrows, 4);
	ck_assert_str_eq(g.l->rows[0].title, "IKE");
	ck_assert_ptr_nonnull(strstr(g.l->rows[2].brief, "fragment 3, the last"));
	ck_assert_str_eq(g.l->rows[3].title, "MM1");
	ck_assert_str_eq(g.l->rows[3].brief, "SA, VENDOR");
	ck_assert_ptr_nonnull(strstr(g.l->rows[3].detail, "put together from 3 fragments"));
	ladder_free(g.l);
}
END_TEST

START_TEST(keepalives_are_one_row)
{
	static const uint8_t ff = 0xff;
	struct rig g;

	begin(&g);
	for (int i = 0; i < 12; i++)
		udp(&g, A, B, 4500, &ff, 1);
	ladder_end(g.l);
	ck_assert_uint_eq(g.l->nrows, 1);
	ck_assert_str_eq(g.l->rows[0].title, "NAT keepalive");
	ck_assert_uint_eq(g.l->rows[0].run.count, 12);
	ladder_free(g.l);
}
END_TEST

/* ---- below ---- */

START_TEST(fragments_are_put_together)
{
	uint8_t bytes[2000], whole[2100], b[2100];
	size_t n, cut = 1024;
	struct out o;
	struct rig g;

	begin(&g);
	memset(bytes, 7, sizeof(bytes));
	out_begin(&o, icookie, none, EXCH_MAIN, 0, 0);
	out_sa_p1(&o, &policy, 1);
	out_payload(&o, PL_VID, bytes, 1800);
	n = udp_bytes(whole, sizeof(whole), 500, 500, o.buf, out_finish(&o, 1));
	frame(&g, b, ip4(b, A, B, UDP, 7, (uint16_t)(cut / 8), whole + cut, n - cut));	/* the last comes first */
	ck_assert_uint_eq(g.l->nrows, 0);
	frame(&g, b, ip4(b, A, B, UDP, 7, 0x2000, whole, cut));
	ladder_end(g.l);
	ck_assert_uint_eq(g.l->fragments, 2);
	ck_assert_uint_eq(g.l->nrows, 1);
	ck_assert_str_eq(g.l->rows[0].brief, "SA, VENDOR");
	ladder_free(g.l);
}
END_TEST

static const struct { unsigned link; uint8_t head[24]; size_t n; } links[] = {
	{ 1, { 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 7, 8, 0 }, 14 },
	{ 1, { 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 7, 0x81, 0, 0, 5, 8, 0 }, 18 },
	{ 1, { 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 7, 0x88, 0x64, 0x11, 0, 0, 1, 0, 60, 0, 0x21 }, 22 },
	{ 113, { 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0 }, 16 },
	{ 276, { 8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6 }, 20 },
	{ 101, { 0 }, 0 },
	{ 228, { 0 }, 0 },
	{ 0, { 2, 0, 0, 0 }, 4 },
};

START_TEST(links_are_read)
{
	uint8_t b[128], e[20] = { 0, 0, 0x12, 0x34, 0, 0, 0, 1 };
	size_t n;
	struct rig g;

	begin(&g);
	memcpy(b, links[_i].head, links[_i].n);
	n = links[_i].n + ip4(b + links[_i].n, A, B, ESP, 1, 0, e, sizeof(e));
	g.link = links[_i].link;
	for (size_t cut = 0; cut < n; cut++)
		frame(&g, b, cut);
	frame(&g, b, n);
	g.link = 147;
	frame(&g, b, n);
	ladder_end(g.l);
	ck_assert_uint_eq(g.l->nrows, 1);
	ck_assert_uint_eq(g.l->sas[0].spi, 0x1234);
	ck_assert_uint_eq(g.l->unknown_links, 1);
	ladder_free(g.l);
}
END_TEST

START_TEST(ipv6_headers_are_passed_over)
{
	uint8_t b[96] = { 0x60, 0, 0, 0, 0, 28, 60 /* destination options */, 64 };
	struct rig g;

	begin(&g);
	b[8] = b[24] = 0xfd;
	b[23] = 1;
	b[39] = 2;
	b[40] = ESP;		/* behind 8 bytes of options */
	b[50] = 0x43;
	b[51] = 0x21;
	b[55] = 9;
	frame(&g, b, 68);
	ladder_end(g.l);
	ck_assert_uint_eq(g.l->nrows, 1);
	ck_assert_uint_eq(g.l->sas[0].spi, 0x4321);
	ck_assert_uint_eq(g.l->rows[0].run.first, 9);
	ladder_free(g.l);
}
END_TEST

/* ---- names ---- */

START_TEST(names_cannot_become_markup)
{
	static const char evil[] = "</text><script>alert('1')</script>&\"\x1b[31m:eth0";
	void (*const render[])(const struct ladder *, const struct ladder_style *, struct text *) = { ladder_html, ladder_svg, ladder_text };
	struct ladder_style s = { .title = evil };
	struct rig g;

	begin(&g);
	g.ifname = evil;
	g.dir = LADDER_DIR_OUT;
	esp(&g, A, B, 1, 1);
	ladder_end(g.l);
	for (size_t i = 0; i < 3; i++) {
		struct text t = { 0 };

		render[i](g.l, &s, &t);
		ck_assert_ptr_null(strchr(text_str(&t), '\x1b'));
		if (i < 2)
			ck_assert_ptr_null(strstr(text_str(&t), "<script>alert"));
		ck_assert_ptr_nonnull(strstr(text_str(&t), i < 2 ? "&lt;script&gt;" : "<script>"));
		text_free(&t);
	}
	ladder_free(g.l);
}
END_TEST

START_TEST(days_are_told_apart)
{
	struct ladder_style s = { .ascii = true };
	struct text t = { 0 };
	struct rig g;

	begin(&g);
	esp(&g, A, B, 1, 1);
	g.ns += 30 * 3600 * NSEC_SEC;
	esp(&g, A, B, 1, 2);
	ladder_end(g.l);
	ck_assert_uint_eq(g.l->nrows, 2);
	ladder_text(g.l, &s, &t);
	ck_assert_ptr_nonnull(strstr(text_str(&t), "\n13. 14:31:00  |"));
	ck_assert_ptr_nonnull(strstr(text_str(&t), "\n14. 20:31:00  |"));
	text_free(&t);
	ladder_free(g.l);
}
END_TEST

/* A party is named by what goes out of a node's interface, or by who asks. */
START_TEST(parties_have_names)
{
	char name[64];
	struct rig g;

	begin(&g);
	ck_assert(ladder_name(g.l, "10.0.0.2", "Hub"));
	ck_assert(!ladder_name(g.l, "10.0.0", "Hub"));
	g.ifname = "Spoke:Gi0/0";
	g.dir = LADDER_DIR_IN;
	esp(&g, B, A, 1, 1);
	g.dir = LADDER_DIR_OUT;
	esp(&g, A, B, 2, 1);
	ck_assert_str_eq(ladder_party_text(g.l, 0, name, sizeof(name)), "Hub");
	ck_assert_str_eq(ladder_party_text(g.l, 1, name, sizeof(name)), "Spoke");
	ladder_free(g.l);
}
END_TEST

void
shell_ladder_tests(TCase *tc)
{
	tcase_add_test(tc, packets_of_one_spi_are_one_row);
	tcase_add_test(tc, directions_and_spis_are_rows_of_their_own);
	tcase_add_test(tc, more_spis_than_are_told_apart_are_counted);
	tcase_add_test(tc, more_addresses_than_parties_are_counted);
	tcase_add_test(tc, a_log_tells_from_when_an_spi_was_unknown);
	tcase_add_test(tc, a_log_without_such_lines_is_refused);
	tcase_add_test(tc, icmp_of_the_receiver_makes_the_last_packet_a_stray);
	tcase_add_test(tc, a_notify_in_clear_proves_nothing);
	tcase_add_test(tc, main_mode_is_numbered_and_its_states_are_told);
	tcase_add_test(tc, who_began_is_found_out);
	tcase_add_test(tc, the_same_bytes_again_are_told_so);
	tcase_add_test(tc, two_captures_of_one_message_are_one_row);
	tcase_add_test(tc, sas_are_inferred_where_quick_mode_cannot_be_read);
	tcase_add_test(tc, ikev2_is_told_by_its_header);
	tcase_add_test(tc, messages_in_pieces_are_told_whole);
	tcase_add_test(tc, keepalives_are_one_row);
	tcase_add_test(tc, fragments_are_put_together);
	tcase_add_loop_test(tc, links_are_read, 0, (int)(sizeof(links) / sizeof(links[0])));
	tcase_add_test(tc, ipv6_headers_are_passed_over);
	tcase_add_test(tc, names_cannot_become_markup);
	tcase_add_test(tc, days_are_told_apart);
	tcase_add_test(tc, parties_have_names);
}
