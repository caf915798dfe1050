/* Names of releases, and what they tell; the drop types of IOS-XE. */

#include "engine/qfp.h"
#include "engine/release.h"
#include "testsuite/unit/engine_pair.h"

static const struct release_row {
	const char		*name;
	enum ike_dialect	 d;
	bool			 fits, logs;
} releases[] = {
	{ "12.2(33)XNC1", IKE_XE_17, true, false },
	{ "12.2(33)XNC", IKE_XE_17, true, false },
	{ "12.2(33)XNA", IKE_XE_17, true, false },
	{ "12.2(33)XNC2", IKE_XE_17, true, true },
	{ "12.2(33)XND", IKE_XE_17, true, true },
	{ "12.2(33)XNF1", IKE_XE_17, true, true },
	{ "12.2(33)XNC1", IKE_IOS_12, false, false },
	{ "12.2(33)XNG", IKE_XE_17, false, true },
	{ "12.2(33)XNC0", IKE_XE_17, false, true },
	{ "12.2(33)XNC1x", IKE_XE_17, false, true },
	{ "12.2(33)XN", IKE_XE_17, false, true },
	{ "17.3.1", IKE_XE_17, true, true },
	{ "16.12.4a", IKE_XE_17, true, true },
	{ "15.4(3)M", IKE_XE_17, false, true },
	{ "15.4(3)M2", IKE_IOS_15, true, true },
	{ "12.4(24)T", IKE_IOS_12, true, true },
	{ "12.4(24)T", IKE_IOS_15, false, true },
	{ "", IKE_IOS_15, false, true },
	{ "15", IKE_IOS_15, false, true },
	{ "15.4(3", IKE_IOS_15, false, true },
};

START_TEST(names)
{
	const struct release_row *x = &releases[_i];

	ck_assert_msg(release_fits(x->name, x->d) == x->fits, "%s", x->name);
	ck_assert_msg(release_logs_inv_spi(x->name) == x->logs, "%s", x->name);
}
END_TEST

START_TEST(none)
{
	ck_assert(release_logs_inv_spi(NULL));
}
END_TEST

struct seen { unsigned number; const char *name; };

static void
in_order(void *arg, const struct qfp_drop *d)
{
	struct seen *s = arg;

	ck_assert(d->number > s->number || (d->number == 0 && (s->name == NULL || strcmp(d->name, s->name) > 0)));
	ck_assert_uint_eq(d->packets, 0);
	*s = (struct seen){ d->number, d->name };
}

/* Each drop type stands once, in the order of its number or name. */
START_TEST(drop_types)
{
	struct pair_wire *w = wire_new(1, NULL);

	for (enum qfp_table t = 0; t < QFP_TABLE__COUNT; t++) {
		struct seen s = { 0, NULL };

		router_qfp_each(w->end[R1].r, t, in_order, &s);
		ck_assert_ptr_nonnull(s.name);
	}
	wire_free(w);
}
END_TEST

void
engine_release_tests(TCase *tc)
{
	tcase_add_loop_test(tc, names, 0, sizeof(releases) / sizeof(releases[0]));
	tcase_add_test(tc, none);
	tcase_add_test(tc, drop_types);
}
