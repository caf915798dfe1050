/* Event traces: each way an SA comes or goes leaves its reason, and a ring is as long as configured. */

#include <string.h>

#include "engine/flow.h"
#include "testsuite/unit/engine_pair.h"

/* The last entry of a kind, and how many there are. */
struct seen { enum trace_what what; unsigned n, all; uint64_t first_spi; struct trace_entry last; };

static void
see(void *arg, const struct trace_entry *e)
{
	struct seen *s = arg;

	if (s->all++ == 0)
		s->first_spi = e->spi;
	if (e->what != s->what)
		return;
	s->n++;
	s->last = *e;
}

static struct seen
seen(struct pair_wire *w, unsigned n, enum trace_ring ring, enum trace_what what)
{
	struct seen s = { .what = what };

	trace_each(w->end[n].r, ring, 0, see, &s);
	return s;
}

static enum trace_cause
went_by(struct pair_wire *w, unsigned n)
{
	return seen(w, n, TRACE_IPSEC_EVENT, TRACE_SA_DELETE).last.cause;
}

START_TEST(made_by_one_for_both)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct seen a, b;

	wire_run(w, 5 * NSEC_SEC);
	a = seen(w, R1, TRACE_IPSEC_EVENT, TRACE_SA_CREATE);
	b = seen(w, R2, TRACE_IPSEC_EVENT, TRACE_SA_CREATE);
	ck_assert_uint_eq(a.n, 2);
	ck_assert_uint_eq(b.n, 2);
	ck_assert_int_eq(a.last.cause + b.last.cause, TRACE_BY_US + TRACE_BY_PEER);
	ck_assert(!a.last.in);			/* inbound first, as IOS has it */
	ck_assert_uint_eq(a.last.spi, flow_sum(w, R1).spi_out);
	ck_assert_uint_eq(b.last.spi, flow_sum(w, R1).spi_in);
	ck_assert_str_eq(a.last.transform, "esp-aes esp-sha-hmac");
	ck_assert_uint_eq(seen(w, R1, TRACE_ISAKMP_EVENT, TRACE_UP).n, 1);
	wire_free(w);
}
END_TEST

START_TEST(cleared_here_deleted_there)
{
	struct pair_wire *w = wire_new(1, NULL);

	wire_run(w, 5 * NSEC_SEC);
	router_clear_sa_all(w->end[R1].r);
	wire_run(w, NSEC_SEC);
	ck_assert_int_eq(went_by(w, R1), TRACE_CLEAR);
	ck_assert_int_eq(went_by(w, R2), TRACE_GOT_DELETE);
	ck_assert_uint_eq(seen(w, R1, TRACE_ISAKMP_EVENT, TRACE_DELETE_SENT).last.spi, seen(w, R2, TRACE_ISAKMP_EVENT, TRACE_DELETE_GOT).last.spi);
	wire_free(w);
}
END_TEST

static void
short_life(struct config *c, unsigned n)
{
	(void)n;
	c->ipsec_life.s = 300;
	c->ipsec_life.s_set = true;
}

START_TEST(rekeyed_then_expired)
{
	struct pair_wire *w = wire_new(1, short_life);

	wire_run(w, 320 * NSEC_SEC);
	ck_assert_int_eq(went_by(w, R1), TRACE_REKEY);
	w->drop_ike = true;
	wire_run(w, 400 * NSEC_SEC);
	ck_assert_int_eq(went_by(w, R1), TRACE_LIFETIME);
	ck_assert_uint_ge(seen(w, R1, TRACE_ISAKMP_ERROR, TRACE_FAILED).n, 1);
	wire_free(w);
}
END_TEST

START_TEST(power_cut_is_told_by_initial_contact)
{
	struct pair_wire *w = wire_new(1, NULL);

	wire_run(w, 5 * NSEC_SEC);
	router_power_off(w->end[R1].r);
	router_power_on(w->end[R1].r);
	wire_run(w, 90 * NSEC_SEC);
	ck_assert_int_eq(went_by(w, R2), TRACE_GOT_CONTACT);
	ck_assert_uint_eq(seen(w, R1, TRACE_IPSEC_EVENT, TRACE_SA_DELETE).n, 0);	/* of this boot */
	wire_free(w);
}
END_TEST

START_TEST(unknown_spi_is_an_error)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct seen s;

	wire_run(w, 5 * NSEC_SEC);
	wire_forge(w, R1, R2_ADDR, R1_ADDR, 0x12345678);
	wire_run(w, NSEC_SEC);
	s = seen(w, R1, TRACE_IPSEC_ERROR, TRACE_INVALID_SPI);
	ck_assert_uint_eq(s.n, 1);
	ck_assert_uint_eq(s.last.spi, 0x12345678);
	ck_assert_uint_eq(seen(w, R1, TRACE_ISAKMP_EVENT, TRACE_NOTIFIED).n, 1);
	wire_free(w);
}
END_TEST

static void
put(struct router *r, uint32_t from, uint32_t to)
{
	const struct ike_path path = { .local = addr_v4(1), .remote = addr_v4(2) };

	for (uint32_t i = from; i < to; i++)
		trace_path(r, TRACE_INVALID_SPI, &path, 50, i);
}

static void
holds(struct pair_wire *w, unsigned n, uint32_t first, uint32_t last)
{
	struct seen s = seen(w, R1, TRACE_IPSEC_ERROR, TRACE_INVALID_SPI);

	ck_assert_uint_eq(s.all, n);
	if (n == 0)
		return;
	ck_assert_uint_eq(s.first_spi, first);
	ck_assert_uint_eq(s.last.spi, last);
}

START_TEST(ring_is_bounded)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct router *r = w->end[R1].r;
	uint32_t *size = &r->cfg->trace.size[TRACE_IPSEC_ERROR];
	struct trace_info i;

	put(r, 0, TRACE_KEPT + 100);
	holds(w, TRACE_KEPT, 100, TRACE_KEPT + 99);
	*size = 10;
	put(r, 0, 1);
	holds(w, 10, TRACE_KEPT + 91, 0);
	*size = 25;
	put(r, 1, 40);
	holds(w, 25, 15, 39);
	*size = 1;
	put(r, 40, 43);
	holds(w, 1, 42, 42);
	trace_shown(r, TRACE_IPSEC_ERROR);
	trace_info(r, TRACE_IPSEC_ERROR, &i);
	ck_assert_uint_eq(i.shown, i.total);
	trace_clear(r, TRACE_IPSEC_ERROR);
	holds(w, 0, 0, 0);
	put(r, 50, 52);
	holds(w, 1, 51, 51);
	wire_free(w);
}
END_TEST

START_TEST(off_and_one_shot)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct router *r = w->end[R1].r;

	put(r, 0, 3);
	trace_switch(r, TRACE_IPSEC_ERROR, TRACE_OFF);
	put(r, 3, 6);
	holds(w, 3, 0, 2);
	trace_switch(r, TRACE_IPSEC_ERROR, TRACE_ON);
	put(r, 6, 7);
	holds(w, 4, 0, 6);
	r->cfg->trace.size[TRACE_IPSEC_ERROR] = 5;
	trace_switch(r, TRACE_IPSEC_ERROR, TRACE_ONE_SHOT);
	put(r, 7, 100);
	holds(w, 5, 7, 11);
	wire_free(w);
}
END_TEST

void
engine_trace_tests(TCase *tc)
{
	tcase_add_test(tc, made_by_one_for_both);
	tcase_add_test(tc, cleared_here_deleted_there);
	tcase_add_test(tc, rekeyed_then_expired);
	tcase_add_test(tc, power_cut_is_told_by_initial_contact);
	tcase_add_test(tc, unknown_spi_is_an_error);
	tcase_add_test(tc, ring_is_bounded);
	tcase_add_test(tc, off_and_one_shot);
}
