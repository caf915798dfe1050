/* The log: stamps, numbers, levels, the buffer's bound, the rate limit, conditions of debugs. */

#include <string.h>

#include "engine/internal.h"
#include "testsuite/unit/engine_pair.h"

static void
keep_last(void *arg, const char *formatted)
{
	struct text *t = arg;

	text_clear(t);
	text_add(t, formatted);
}

static void
last_is(struct router *r, const char *want)
{
	struct text t = { 0 };

	log_buffer_each(r, keep_last, &t);
	ck_assert_str_eq(text_str(&t), want);
	text_free(&t);
}

START_TEST(stamps)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct router *r = w->end[R2].r;

	wire_run(w, 83 * NSEC_SEC + 42 * NSEC_MS);
	log_debug(r, "one");
	last_is(r, "Mar 13 13:01:23.042: one");
	r->cfg->stamp_debug.msec = false;
	r->cfg->stamp_debug.year = r->cfg->stamp_debug.zone = true;
	log_debug(r, "two");
	last_is(r, "Mar 13 2015 13:01:23 UTC: two");
	r->cfg->stamp_debug.kind = CFG_STAMP_UPTIME;
	log_debug(r, "three");
	last_is(r, "00:01:23: three");
	r->cfg->stamp_debug.kind = CFG_STAMP_NONE;
	log_debug(r, "four");
	last_is(r, "four");
	log_syslog(r, "SYS", 5, "CONFIG_I", "five");
	last_is(r, "Mar 13 13:01:23.042: %SYS-5-CONFIG_I: five");
	wire_free(w);
}
END_TEST

START_TEST(day_has_two_columns_and_zones_count)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct router *r = w->end[R1].r;

	r->clock_offset_ns = -8 * INT64_C(86400) * NSEC_SEC;
	log_debug(r, "x");
	last_is(r, "Mar  5 13:00:00.000: x");
	config_set_str(&r->cfg->timezone, "JST");
	r->cfg->timezone_minutes = 540;
	r->cfg->stamp_debug.localtime = r->cfg->stamp_debug.zone = true;
	log_debug(r, "y");
	last_is(r, "Mar  5 22:00:00.000 JST: y");
	wire_free(w);
}
END_TEST

START_TEST(numbers)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct router *r = w->end[R1].r;

	r->cfg->sequence_numbers = true;
	log_buffer_clear(r);
	log_debug(r, "x");
	ck_assert_ptr_nonnull(strstr(text_str(&w->end[R1].log), ": Mar 13 13:00:00.000: x"));
	ck_assert_ptr_nonnull(strstr(text_str(&w->end[R1].log), "0000"));
	wire_free(w);
}
END_TEST

static void
count_lines(void *arg, const char *formatted)
{
	size_t *bytes = arg;

	*bytes += strlen(formatted) + 1;
}

START_TEST(buffer_is_bounded)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct router *r = w->end[R1].r;
	size_t bytes = 0;

	r->cfg->logging.buffer_size = 1000;
	router_apply(r, CFG_AREA_LOGGING);
	for (int i = 0; i < 500; i++)
		log_debug(r, "message %d", i);
	log_buffer_each(r, count_lines, &bytes);
	ck_assert_uint_le(bytes, 1000);
	ck_assert_uint_gt(bytes, 900);
	last_is(r, "Mar 13 13:00:00.000: message 499");
	wire_free(w);
}
END_TEST

START_TEST(levels_and_rate_limit)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct router *r = w->end[R1].r;
	struct log_stats s, before;

	r->cfg->logging.console = 4;
	log_stats(r, &before);
	log_syslog(r, "LINEPROTO", 5, "UPDOWN", "x");
	log_syslog(r, "CRYPTO", 4, "RECVD_PKT_INV_SPI", "x");
	log_stats(r, &s);
	ck_assert_uint_eq(s.console - before.console, 1);
	ck_assert_uint_eq(s.buffer - before.buffer, 2);
	r->cfg->logging.rate_limit = 3;
	r->cfg->logging.rate_limit_console = true;
	wire_run(w, 5 * NSEC_SEC);
	log_stats(r, &before);
	for (int i = 0; i < 10; i++)
		log_syslog(r, "CRYPTO", 4, "RECVD_PKT_INV_SPI", "x");
	log_stats(r, &s);
	ck_assert_uint_eq(s.console - before.console, 3);
	ck_assert_uint_eq(s.rate_limited - before.rate_limited, 7);
	ck_assert_uint_eq(s.buffer - before.buffer, 10);
	wire_free(w);
}
END_TEST

START_TEST(conditions)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct router *r = w->end[R1].r;
	struct addr a = addr_v4(R2_ADDR), b = addr_v4(R1_ADDR);

	ck_assert(debug_passes(r, NULL, 0));
	r->cond.peers = calloc(1, sizeof(a));
	r->cond.peers[0] = a;
	r->cond.npeers = 1;
	ck_assert(debug_passes(r, &a, 0));
	ck_assert(!debug_passes(r, &b, 0));
	ck_assert(!debug_passes(r, NULL, 0));
	r->cond.spis = calloc(1, sizeof(uint32_t));
	r->cond.spis[0] = 0x1234;
	r->cond.nspis = 1;
	ck_assert(debug_passes(r, &b, 0x1234));
	wire_free(w);
}
END_TEST

struct leaver { struct log_tap *self; int told; };

static void
leave(void *arg, const struct log_entry *e, const char *formatted)
{
	struct leaver *l = arg;

	(void)e;
	(void)formatted;
	l->told++;
	log_tap_del(l->self);
}

START_TEST(tap_leaves_while_told)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct router *r = w->end[R1].r;
	struct leaver l = { 0 };

	l.self = log_tap_add(r, LOG_SINK_ALL, leave, &l);
	log_debug(r, "x");
	log_debug(r, "y");
	ck_assert_int_eq(l.told, 1);
	wire_free(w);
}
END_TEST

void
engine_log_tests(TCase *tc)
{
	tcase_add_test(tc, stamps);
	tcase_add_test(tc, day_has_two_columns_and_zones_count);
	tcase_add_test(tc, numbers);
	tcase_add_test(tc, buffer_is_bounded);
	tcase_add_test(tc, levels_and_rate_limit);
	tcase_add_test(tc, conditions);
	tcase_add_test(tc, tap_leaves_while_told);
}
