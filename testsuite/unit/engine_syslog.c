/* Messages to other hosts: what a datagram holds, and what becomes of those that cannot go. */

#include <string.h>

#include "engine/internal.h"
#include "engine/log.h"
#include "engine/syslog.h"
#include "testsuite/unit/engine_pair.h"

static void
datagram_is(struct router *r, const char *body, bool named, const char *want)
{
	struct log_entry e = { .when_ns = clock_now(r->clock), .severity = 5, .body = body };
	struct text line = { 0 }, out = { 0 };

	log_format(r, &e, &line);
	syslog_datagram(r, &e, text_str(&line), 91, 0x0a000001, named, &out);
	ck_assert_str_eq(text_str(&out), want);
	text_free(&line);
	text_free(&out);
}

START_TEST(forms)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct router *r = w->end[R1].r;
	struct cfg_syslog *c = &r->cfg->syslog;

	config_set_str(&r->cfg->hostname, "edge1");
	datagram_is(r, "%SYS-5-CONFIG_I: text", false, "<189>91: Mar 13 13:00:00.000: %SYS-5-CONFIG_I: text");
	c->origin = SYSLOG_ORIGIN_IP;
	c->facility = 16;
	datagram_is(r, "%SYS-5-CONFIG_I: text", false, "<133>91: 10.0.0.1: Mar 13 13:00:00.000: %SYS-5-CONFIG_I: text");
	datagram_is(r, "%SYS-5-CONFIG_I: text", true, "<133>Mar 13 13:00:00 edge1 %SYS-5-CONFIG_I: text");
	c->rfc5424 = true;
	datagram_is(r, "%SYS-5-CONFIG_I: text", false, "<133>1 2015-03-13T13:00:00.000Z edge1 SYS - CONFIG_I [meta sequenceId=\"91\"] %SYS-5-CONFIG_I: text");
	datagram_is(r, "ISAKMP: no percent", true, "<133>1 2015-03-13T13:00:00.000Z edge1 - - - [meta sequenceId=\"91\"] ISAKMP: no percent");
	wire_free(w);
}
END_TEST

START_TEST(nothing_but_text_goes_out)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct router *r = w->end[R1].r;
	char body[3000];
	struct text out = { 0 };
	struct log_entry e = { .when_ns = clock_now(r->clock), .severity = 7, .body = body };

	datagram_is(r, "one\n        two\x1b[31m\x7f\tthree\r\n", false, "<189>91: Mar 13 13:00:00.000: one two [31m three ");
	memset(body, 'x', sizeof(body) - 1);
	body[sizeof(body) - 1] = '\0';
	syslog_datagram(r, &e, body, 1, 0, false, &out);
	ck_assert_uint_eq(out.len, SYSLOG_LINE);
	ck_assert_uint_eq(strlen(out.s), SYSLOG_LINE);
	text_free(&out);
	wire_free(w);
}
END_TEST

/* No more than so many wait, and a host without a way costs its count. */
START_TEST(queue_is_bounded)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct router *r = w->end[R1].r;
	struct syslog_info i;

	cfg_syslog_host(&r->cfg->syslog, 0xc6336401, SYSLOG_PORT, true);
	for (unsigned n = 0; n < SYSLOG_QUEUE + 7; n++)
		log_syslog(r, "SYS", 5, "TEST", "%u", n);
	log_debug(r, "beyond what goes to hosts");
	syslog_info(r, &i);
	ck_assert_uint_eq(i.lines, SYSLOG_QUEUE);
	ck_assert_uint_eq(i.dropped, 7);
	wire_run(w, NSEC_SEC);
	log_syslog(r, "SYS", 5, "TEST", "room again");
	syslog_info(r, &i);
	ck_assert_uint_gt(i.lines, SYSLOG_QUEUE);
	ck_assert_uint_eq(i.dropped, 7);
	wire_free(w);
}
END_TEST

void
engine_syslog_tests(TCase *tc)
{
	tcase_add_test(tc, forms);
	tcase_add_test(tc, nothing_but_text_goes_out);
	tcase_add_test(tc, queue_is_bounded);
}
