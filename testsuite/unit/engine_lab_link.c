/* Links and switches: delay, loss and the other impairments, carrier, learning; all reproducible by the seed. */

#include "testsuite/unit/engine_lab_test.h"

#include <string.h>

/* S1:a -- S2:a, and two ports of S2 behind which frames can be counted. */
#define CHAIN \
	"topology:\n" \
	"  nodes:\n" \
	"    S1: {labels: {inspire-kind: switch}}\n" \
	"    S2: {labels: {inspire-kind: switch}}\n" \
	"    S3: {labels: {inspire-kind: switch}}\n" \
	"    S4: {labels: {inspire-kind: switch}}\n" \
	"  links:\n" \
	"    - endpoints: [\"S1:a\", \"S2:a\"]\n" \
	"    - endpoints: [\"S2:b\", \"S3:a\"]\n" \
	"    - endpoints: [\"S2:c\", \"S4:a\"]\n"

static const uint8_t mac_x[6] = { 2, 0, 0, 0, 0, 1 }, mac_y[6] = { 2, 0, 0, 0, 0, 2 };

static void
send(struct link_end *e, const uint8_t to[6], const uint8_t from[6], size_t len)
{
	uint8_t frame[4096] = {0};

	memcpy(frame, to, 6);
	memcpy(frame + 6, from, 6);
	frame[12] = 0x88;
	frame[13] = 0xb5;
	link_send(e, frame, len);
}

static void
impair(struct lab *lab, const char *end, struct impairment i)
{
	char *why = NULL;

	ck_assert_msg(lab_link_impair(lab, end, &i, &why), "%s", why);
}

START_TEST(half_a_millisecond)
{
	struct lab *lab = t_lab(CHAIN, 1);
	struct link_end *out = t_end(lab, "S2:b");

	send(t_end(lab, "S1:a"), mac_x, mac_y, 100);
	t_run(lab, LINK_DELAY - 1);
	ck_assert_uint_eq(out->frames, 0);
	t_run(lab, 1);
	ck_assert_uint_eq(out->frames, 1);
	ck_assert_uint_eq(out->bytes, 100);
	lab_free(lab);
}
END_TEST

START_TEST(delay_replaces)
{
	struct lab *lab = t_lab(CHAIN, 1);
	struct link_end *out = t_end(lab, "S2:b");
	char *why;

	impair(lab, "S1:a", (struct impairment){ .delay_set = true, .delay_ns = 20 * NSEC_MS });
	send(t_end(lab, "S1:a"), mac_x, mac_y, 100);
	t_run(lab, 20 * NSEC_MS - 1);
	ck_assert_uint_eq(out->frames, 0);
	t_run(lab, 1);
	ck_assert_uint_eq(out->frames, 1);
	ck_assert(lab_link_impair(lab, "S1:a", NULL, &why));
	send(t_end(lab, "S1:a"), mac_x, mac_y, 100);
	t_run(lab, LINK_DELAY);
	ck_assert_uint_eq(out->frames, 2);
	lab_free(lab);
}
END_TEST

static struct link_end
run_impaired(uint64_t seed, struct impairment i, unsigned n, uint64_t *arrived)
{
	struct lab *lab = t_lab(CHAIN, seed);
	struct link_end *e = t_end(lab, "S1:a"), copy;

	impair(lab, "S1:a", i);
	for (unsigned k = 0; k < n; k++) {
		send(e, mac_x, mac_y, 100);
		t_run(lab, NSEC_MS);
	}
	t_run(lab, NSEC_SEC);
	*arrived = t_end(lab, "S2:b")->frames;
	copy = *e;
	lab_free(lab);
	return copy;
}

START_TEST(loss_by_seed)
{
	struct impairment i = { .loss = 0.1 };
	uint64_t a, b, c;
	struct link_end e = run_impaired(1, i, 10000, &a);

	ck_assert_uint_eq(e.frames, 10000);
	ck_assert_uint_eq(e.lost + a, 10000);
	ck_assert_uint_ge(e.lost, 900);
	ck_assert_uint_le(e.lost, 1100);
	run_impaired(1, i, 10000, &b);
	ck_assert_uint_eq(a, b);
	run_impaired(2, i, 10000, &c);
	ck_assert_uint_ne(a, c);
}
END_TEST

START_TEST(duplicate_and_reorder)
{
	uint64_t n;
	struct link_end e = run_impaired(1, (struct impairment){ .duplicate = 1 }, 100, &n);

	ck_assert_uint_eq(n, 200);
	ck_assert_uint_eq(e.duplicated, 100);
	e = run_impaired(1, (struct impairment){ .reorder = 0.25, .corrupt = 0.5 }, 1000, &n);
	ck_assert_uint_eq(n, 1000);
	ck_assert_uint_ge(e.reordered, 200);
	ck_assert_uint_le(e.reordered, 300);
	ck_assert_uint_ge(e.corrupted, 430);
	ck_assert_uint_le(e.corrupted, 570);
}
END_TEST

/* 1250 bytes at 1 Mbit/s take 10 ms; what waits is bounded. */
START_TEST(rate)
{
	struct lab *lab = t_lab(CHAIN, 1);
	struct link_end *e = t_end(lab, "S1:a"), *out = t_end(lab, "S2:b");

	impair(lab, "S1:a", (struct impairment){ .rate_bps = 1000000 });
	for (int i = 0; i < 100; i++)
		send(e, mac_x, mac_y, 1250);
	t_run(lab, 10 * NSEC_MS + LINK_DELAY - 1);
	ck_assert_uint_eq(out->frames, 0);
	t_run(lab, 1);
	ck_assert_uint_eq(out->frames, 1);
	t_run(lab, 10 * NSEC_SEC);
	ck_assert_uint_eq(e->queue_drops, 100 - (LINK_QUEUE / 1250 + 1));
	ck_assert_uint_eq(out->frames, 100 - e->queue_drops);
	lab_free(lab);
}
END_TEST

START_TEST(down_at_one_end)
{
	struct lab *lab = t_lab(CHAIN, 1);
	struct link_end *e = t_end(lab, "S1:a"), *out = t_end(lab, "S2:b");
	char *why = NULL;

	send(e, mac_x, mac_y, 100);
	ck_assert(lab_link_set(lab, "S2:a", false, &why));
	ck_assert(!e->lit);
	ck_assert(!e->peer->lit);
	t_run(lab, NSEC_SEC);
	ck_assert_uint_eq(out->frames, 0);	/* what was on its way is gone */
	ck_assert_uint_eq(e->lost, 1);
	send(e, mac_x, mac_y, 100);
	ck_assert(lab_link_set(lab, "S2:a", true, &why));
	ck_assert(e->lit);
	t_run(lab, NSEC_SEC);
	ck_assert_uint_eq(out->frames, 0);	/* nothing leaves by a dead port */
	send(e, mac_x, mac_y, 100);
	t_run(lab, NSEC_SEC);
	ck_assert_uint_eq(out->frames, 1);
	lab_free(lab);
}
END_TEST

START_TEST(both_ends_down)
{
	struct lab *lab = t_lab(CHAIN, 1);
	struct link_end *e = t_end(lab, "S1:a");
	char *why = NULL;

	ck_assert(lab_link_set(lab, "S1:a", false, &why));
	ck_assert(lab_link_set(lab, "S2:a", false, &why));
	ck_assert(lab_link_set(lab, "S1:a", true, &why));
	ck_assert(!e->lit);
	ck_assert(lab_link_set(lab, "S2:a", true, &why));
	ck_assert(e->lit);
	lab_free(lab);
}
END_TEST

START_TEST(switch_learns)
{
	struct lab *lab = t_lab(CHAIN, 1);
	struct link_end *b = t_end(lab, "S2:b"), *c = t_end(lab, "S2:c");
	struct bridge *s2 = lab_node(lab, "S2")->bridge;
	char *why = NULL;

	send(t_end(lab, "S1:a"), mac_y, mac_x, 100);	/* x is behind a; y not known: both */
	t_run(lab, NSEC_SEC);
	ck_assert_uint_eq(b->frames, 1);
	ck_assert_uint_eq(c->frames, 1);
	ck_assert_ptr_eq(bridge_station(s2, mac_x), t_end(lab, "S2:a"));
	send(t_end(lab, "S3:a"), mac_x, mac_y, 100);	/* y is behind b; x known: to a alone */
	t_run(lab, NSEC_SEC);
	ck_assert_uint_eq(t_end(lab, "S2:a")->frames, 1);
	ck_assert_uint_eq(c->frames, 1);
	send(t_end(lab, "S1:a"), mac_y, mac_x, 100);
	t_run(lab, NSEC_SEC);
	ck_assert_uint_eq(b->frames, 2);
	ck_assert_uint_eq(c->frames, 1);
	ck_assert_uint_eq(bridge_stations(s2), 2);
	ck_assert(lab_link_set(lab, "S3:a", false, &why));	/* b lost its link: y is forgotten */
	ck_assert_ptr_null(bridge_station(s2, mac_y));
	t_run(lab, 301 * NSEC_SEC);
	ck_assert_uint_eq(bridge_stations(s2), 0);
	lab_free(lab);
}
END_TEST

/* Ten thousand made-up stations: the table stays as it is, and what answers is still found. */
START_TEST(switch_flooded)
{
	struct lab *lab = t_lab(CHAIN, 1);
	struct bridge *s2 = lab_node(lab, "S2")->bridge;
	uint8_t mac[6] = { 2, 1 };

	for (unsigned i = 0; i < 10000; i++) {
		mac[4] = (uint8_t)(i >> 8);
		mac[5] = (uint8_t)i;
		send(t_end(lab, "S1:a"), mac_y, mac, 60);
		t_run(lab, NSEC_MS);
	}
	ck_assert_uint_le(bridge_stations(s2), 1024);
	send(t_end(lab, "S3:a"), mac_x, mac_y, 60);
	t_run(lab, NSEC_SEC);
	ck_assert_ptr_eq(bridge_station(s2, mac_y), t_end(lab, "S2:b"));
	lab_free(lab);
}
END_TEST

START_TEST(frames_come_back)
{
	struct lab *lab = t_lab(CHAIN, 1);
	size_t n;

	send(t_end(lab, "S1:a"), mac_y, mac_x, 1500);
	t_run(lab, NSEC_SEC);
	n = lab->nframes;
	for (int i = 0; i < 1000; i++) {
		send(t_end(lab, "S1:a"), mac_y, mac_x, 1500);
		t_run(lab, NSEC_SEC);
	}
	ck_assert_uint_eq(lab->nframes, n);
	send(t_end(lab, "S1:a"), mac_y, mac_x, 4000);	/* longer than those of the pool */
	t_run(lab, NSEC_SEC);
	ck_assert_uint_eq(lab->nframes, n);
	lab_free(lab);
}
END_TEST

START_TEST(wrong_ends)
{
	static const char *const names[][2] = {
		{ "S1", "'S1' is no link end (NODE:INTERFACE)" },
		{ "S9:a", "no node is called 'S9'" },
		{ "S1:z", "S1 has no link at 'z'" },
		{ "", "'' is no link end (NODE:INTERFACE)" },
		{ ":", "no node is called ''" },
	};
	struct lab *lab = t_lab(CHAIN, 1);
	char *why;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ck_assert(!lab_link_set(lab, names[i][0], false, &why));
		ck_assert_str_eq(why, names[i][1]);
		free(why);
	}
	lab_free(lab);
}
END_TEST

void
lab_link_tests(TCase *tc)
{
	tcase_add_test(tc, half_a_millisecond);
	tcase_add_test(tc, delay_replaces);
	tcase_add_test(tc, loss_by_seed);
	tcase_add_test(tc, duplicate_and_reorder);
	tcase_add_test(tc, rate);
	tcase_add_test(tc, down_at_one_end);
	tcase_add_test(tc, both_ends_down);
	tcase_add_test(tc, switch_learns);
	tcase_add_test(tc, switch_flooded);
	tcase_add_test(tc, frames_come_back);
	tcase_add_test(tc, wrong_ends);
}
