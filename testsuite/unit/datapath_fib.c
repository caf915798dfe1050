/* The forwarding table against the plain definition of longest match, and its memory. */

#include "datapath/fib.h"
#include "lib/addr.h"
#include "lib/chance.h"
#include "lib/mem.h"
#include "testsuite/unit/datapath_test.h"

static uint32_t
via_of(const struct fib *f, uint32_t dst)
{
	struct fib_hop hop;

	return fib_find(f, dst, &hop) ? hop.via : 0;
}

START_TEST(longest_wins)
{
	struct fib *f = fib_new();
	struct fib_hop hop;

	ck_assert(!fib_find(f, IP(1, 2, 3, 4), &hop));
	fib_set(f, IP(10, 1, 2, 0), 24, 3, 30);
	fib_set(f, IP(10, 0, 0, 0), 8, 1, 10);
	fib_set(f, IP(10, 1, 2, 3), 32, 4, 40);
	fib_set(f, IP(10, 1, 99, 99), 16, 2, 20);	/* host bits don't matter */
	ck_assert_uint_eq(via_of(f, IP(10, 1, 2, 3)), 4);
	ck_assert_uint_eq(via_of(f, IP(10, 1, 2, 4)), 3);
	ck_assert_uint_eq(via_of(f, IP(10, 1, 3, 3)), 2);
	ck_assert_uint_eq(via_of(f, IP(10, 2, 2, 3)), 1);
	ck_assert_uint_eq(via_of(f, IP(11, 1, 2, 3)), 0);
	fib_set(f, 0, 0, 9, 90);
	ck_assert_uint_eq(via_of(f, IP(11, 1, 2, 3)), 9);
	ck_assert_uint_eq(via_of(f, UINT32_MAX), 9);
	ck_assert_uint_eq(fib_count(f), 5);
	fib_set(f, IP(10, 1, 2, 0), 24, 33, 30);
	ck_assert_uint_eq(via_of(f, IP(10, 1, 2, 4)), 33);
	ck_assert_uint_eq(fib_count(f), 5);
	ck_assert(fib_del(f, IP(10, 1, 2, 0), 24));
	ck_assert(!fib_del(f, IP(10, 1, 2, 0), 24));
	ck_assert(!fib_del(f, IP(10, 1, 0, 0), 15));
	ck_assert(!fib_del(f, IP(10, 1, 0, 0), 33));
	ck_assert_uint_eq(via_of(f, IP(10, 1, 2, 4)), 2);
	ck_assert_uint_eq(via_of(f, IP(10, 1, 2, 3)), 4);
	fib_free(f);
}
END_TEST

#define ROUTES 400

struct plain { uint32_t prefix, via; unsigned len; bool there; };

static uint32_t
plain_find(const struct plain *p, uint32_t dst)
{
	const struct plain *best = NULL;
	size_t i;

	for (i = 0; i < ROUTES; i++)
		if (p[i].there && ((dst ^ p[i].prefix) & ip4_mask(p[i].len)) == 0 && (best == NULL || p[i].len > best->len))
			best = &p[i];
	return best != NULL ? best->via : 0;
}

static bool
plain_has(const struct plain *p, uint32_t prefix, unsigned len)
{
	size_t i;

	for (i = 0; i < ROUTES; i++)
		if (p[i].there && p[i].prefix == prefix && p[i].len == len)
			return true;
	return false;
}

/* Few distinct high bits, so that prefixes nest often. */
static uint32_t
near_addr(struct chance *c)
{
	return chance_u32(c) & 0x0f0f00ff;
}

START_TEST(as_a_list_does)
{
	struct chance *c = chance_new_seeded(7);
	struct plain *p = xcalloc(ROUTES, sizeof *p), *r;
	struct fib *f = fib_new();
	unsigned len, step;
	uint32_t prefix;

	for (step = 0; step < 20000; step++) {
		r = &p[chance_below(c, ROUTES)];
		if (r->there) {
			ck_assert(fib_del(f, r->prefix, r->len));
			r->there = false;
		} else {
			len = chance_below(c, 33);
			prefix = near_addr(c) & ip4_mask(len);
			if (!plain_has(p, prefix, len)) {
				*r = (struct plain){ prefix, step + 1, len, true };
				fib_set(f, prefix, len, r->via, 1);
			}
		}
		prefix = near_addr(c);
		ck_assert_uint_eq(via_of(f, prefix), plain_find(p, prefix));
	}
	for (step = 0; step < ROUTES; step++)
		if (p[step].there)
			ck_assert(fib_del(f, p[step].prefix, p[step].len));
	ck_assert_uint_eq(fib_count(f), 0);
	ck_assert_uint_eq(via_of(f, near_addr(c)), 0);
	fib_free(f);
	free(p);
	chance_free(c);
}
END_TEST

START_TEST(many)
{
	struct fib *f = fib_new();
	uint32_t i;

	for (i = 0; i < 200000; i++)
		fib_set(f, i << 8, 24, i + 1, 1);
	ck_assert_uint_eq(fib_count(f), 200000);
	for (i = 0; i < 200000; i++)
		ck_assert_uint_eq(via_of(f, i << 8 | 77), i + 1);
	for (i = 0; i < 200000; i += 2)
		ck_assert(fib_del(f, i << 8, 24));
	for (i = 0; i < 200000; i++)
		ck_assert_uint_eq(via_of(f, i << 8 | 77), i % 2 ? i + 1 : 0);
	fib_free(f);
}
END_TEST

void
datapath_fib_tests(TCase *tc)
{
	tcase_add_test(tc, longest_wins);
	tcase_add_test(tc, as_a_list_does);
	tcase_add_test(tc, many);
}
