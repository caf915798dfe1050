/* Names of releases, and what they tell. */

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

void
engine_release_tests(TCase *tc)
{
	tcase_add_loop_test(tc, names, 0, sizeof(releases) / sizeof(releases[0]));
	tcase_add_test(tc, none);
}
