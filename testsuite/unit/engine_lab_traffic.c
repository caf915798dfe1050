/* Streams between hosts: what was sent, came, was lost, and the longest gap. */

#include "testsuite/unit/engine_lab_test.h"

#include <string.h>

static void
start(struct lab *lab, const char *from, const char *to, int64_t for_ns)
{
	char *why = NULL;

	ck_assert_msg(lab_traffic_start(lab, from, to, 2000000, 1400, for_ns, &why), "%s", why);
}

static void
copy(void *arg, const struct traffic_info *t)
{
	memcpy(arg, t, sizeof(*t));
}

static struct traffic_info
last(struct lab *lab)
{
	struct traffic_info t = {0};

	lab_traffic_each(lab, copy, &t);
	ck_assert_uint_eq(t.sent, t.received + t.lost + t.under_way);
	return t;
}

/* 1400 bytes at 2 Mbit/s: one each 5.6 ms. */
START_TEST(evenly_spaced)
{
	struct lab *lab = t_lab(T_TWO_HOSTS, 1);
	struct traffic_info t;

	start(lab, "A", "B", 10 * NSEC_SEC);
	t_run(lab, 20 * NSEC_SEC);
	t = last(lab);
	ck_assert_uint_eq(t.sent, 1786);
	ck_assert_uint_eq(t.received, 1786);
	ck_assert_uint_eq(t.lost, 0);
	ck_assert(!t.running);
	ck_assert_int_ge(t.gap_ns, 5600000);
	ck_assert_int_le(t.gap_ns, 7 * NSEC_MS);
	lab_free(lab);
}
END_TEST

/* The frame that leaves has Ethernet's 14 bytes more than the size asked for. */
START_TEST(size_is_the_packets)
{
	struct lab *lab = t_lab(T_TWO_HOSTS, 1);
	uint64_t before, n;

	start(lab, "A", "B", 0);
	t_run(lab, NSEC_SEC);
	before = t_end(lab, "A:eth1")->bytes;
	n = t_end(lab, "A:eth1")->frames;
	t_run(lab, NSEC_SEC);
	ck_assert_uint_eq(t_end(lab, "A:eth1")->bytes - before, (t_end(lab, "A:eth1")->frames - n) * 1414);
	lab_free(lab);
}
END_TEST

START_TEST(losses_counted)
{
	struct lab *lab = t_lab(T_TWO_HOSTS, 1);
	struct impairment i = { .loss = 0.1 };
	struct traffic_info t;
	char *why;

	start(lab, "A", "B", 0);
	t_run(lab, NSEC_SEC);
	ck_assert(lab_link_impair(lab, "A:eth1", &i, &why));
	t_run(lab, 10 * NSEC_SEC);
	t = last(lab);
	ck_assert_uint_ge(t.lost, 130);
	ck_assert_uint_le(t.lost, 230);
	ck_assert_uint_le(t.under_way, 1);
	lab_free(lab);
}
END_TEST

START_TEST(longest_gap)
{
	struct lab *lab = t_lab(T_TWO_HOSTS, 1);
	struct traffic_info t;
	char *why;

	start(lab, "A", "B", 0);
	t_run(lab, 5 * NSEC_SEC);
	ck_assert(lab_link_set(lab, "B:eth1", false, &why));
	t_run(lab, 3 * NSEC_SEC);
	t = last(lab);
	ck_assert_int_ge(t.gap_ns, 3 * NSEC_SEC - 10 * NSEC_MS);	/* not over yet, and it counts */
	ck_assert(lab_link_set(lab, "B:eth1", true, &why));
	t_run(lab, 5 * NSEC_SEC);
	t = last(lab);
	ck_assert_int_ge(t.gap_ns, 3 * NSEC_SEC);
	ck_assert_int_le(t.gap_ns, 3 * NSEC_SEC + 20 * NSEC_MS);
	ck_assert_int_ge(t.gap_at_ns, 5 * NSEC_SEC - 10 * NSEC_MS);
	ck_assert_int_le(t.gap_at_ns, 5 * NSEC_SEC);
	ck_assert_uint_ge(t.lost, 530);
	ck_assert_uint_le(t.lost, 540);
	lab_free(lab);
}
END_TEST

START_TEST(twice_and_overtaken)
{
	struct lab *lab = t_lab(T_TWO_HOSTS, 1);
	struct impairment i = { .duplicate = 0.5, .reorder = 0.2 };
	struct traffic_info t;
	char *why;

	start(lab, "A", "B", 0);
	t_run(lab, NSEC_SEC);
	ck_assert(lab_link_impair(lab, "A:eth1", &i, &why));
	t_run(lab, 10 * NSEC_SEC);
	t = last(lab);
	ck_assert_uint_eq(t.lost, 0);
	ck_assert_uint_eq(t.duplicated, t_end(lab, "A:eth1")->duplicated);
	ck_assert_uint_ge(t.reordered, 100);
	ck_assert_uint_le(t.reordered, t_end(lab, "A:eth1")->reordered);
	lab_free(lab);
}
END_TEST

START_TEST(stop_and_again)
{
	struct lab *lab = t_lab(T_TWO_HOSTS, 1);
	struct traffic_info t;
	char *why;

	ck_assert(!lab_traffic_stop(lab, "A", "B", &why));
	ck_assert_str_eq(why, "there is no stream from A to B");
	free(why);
	start(lab, "A", "B", 0);
	t_run(lab, NSEC_SEC);
	ck_assert(lab_traffic_stop(lab, "a", "b", &why));
	t_run(lab, 10 * NSEC_SEC);
	t = last(lab);
	ck_assert(!t.running);
	ck_assert_uint_eq(t.sent, 179);
	ck_assert_uint_eq(t.lost + t.under_way, 0);
	ck_assert_int_le(t.gap_ns, 7 * NSEC_MS);	/* silence after the end is no gap */
	start(lab, "A", "B", 0);
	t_run(lab, 0);
	t = last(lab);
	ck_assert_uint_eq(t.sent, 1);			/* counts from the start again */
	lab_free(lab);
}
END_TEST

START_TEST(refusals)
{
	struct lab *lab = t_lab(T_TWO_HOSTS, 1);
	char *why;

	ck_assert(!lab_traffic_start(lab, "A", "C", 1000, 100, 0, &why));
	ck_assert_str_eq(why, "no node is called 'C'");
	free(why);
	ck_assert(!lab_traffic_start(lab, "A", "a", 1000, 100, 0, &why));
	ck_assert_str_eq(why, "a stream needs two hosts");
	free(why);
	ck_assert(!lab_traffic_start(lab, "A", "B", 1000, 43, 0, &why));
	ck_assert_str_eq(why, "size must be 44 to 9216 bytes");
	free(why);
	ck_assert(!lab_traffic_start(lab, "A", "B", 0, 100, 0, &why));
	ck_assert_str_eq(why, "rate must be 8 bit/s to 100 Gbit/s");
	free(why);
	lab_free(lab);
}
END_TEST

void
lab_traffic_tests(TCase *tc)
{
	tcase_add_test(tc, evenly_spaced);
	tcase_add_test(tc, size_is_the_packets);
	tcase_add_test(tc, losses_counted);
	tcase_add_test(tc, longest_gap);
	tcase_add_test(tc, twice_and_overtaken);
	tcase_add_test(tc, stop_and_again);
	tcase_add_test(tc, refusals);
}
