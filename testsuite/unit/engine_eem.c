/* Parts of the event manager by themselves: cron entries, seconds, variables, files of the flash. */

#include <stdio.h>
#include <string.h>

#include "engine/eem.h"
#include "engine/flash.h"
#include "lib/mem.h"
#include "testsuite/unit/engine_pair.h"

static int64_t
date(int year, int month, int day, int hour, int minute)
{
	const struct civil c = { .year = year, .month = month, .day = day, .hour = hour, .minute = minute };

	return civil_to_ns(&c);
}

START_TEST(cron)
{
	int64_t now = date(2015, 3, 13, 13, 0);		/* a Friday */

	ck_assert_int_eq(eem_cron_next("* * * * *", now, 0), date(2015, 3, 13, 13, 1));
	ck_assert_int_eq(eem_cron_next("*/15 * * * *", now + 1, 0), date(2015, 3, 13, 13, 15));
	ck_assert_int_eq(eem_cron_next("0 9 * * *", now, 0), date(2015, 3, 14, 9, 0));
	ck_assert_int_eq(eem_cron_next("30 8 * * 1-5", now, 0), date(2015, 3, 16, 8, 30));
	ck_assert_int_eq(eem_cron_next("0 0 * * 7", now, 0), date(2015, 3, 15, 0, 0));
	ck_assert_int_eq(eem_cron_next("5,10-12 13 13 3 *", now, 0), date(2015, 3, 13, 13, 5));
	ck_assert_int_eq(eem_cron_next("0 0 29 2 *", now, 0), date(2016, 2, 29, 0, 0));
	ck_assert_int_eq(eem_cron_next("0 0 31 2 *", now, 0), CLOCK_NEVER);
	/* Either day will do where both are given. */
	ck_assert_int_eq(eem_cron_next("0 0 20 * 0", now, 0), date(2015, 3, 15, 0, 0));
	/* By the clock on the wall, two hours ahead. */
	ck_assert_int_eq(eem_cron_next("0 16 * * *", now, 2 * 3600 * NSEC_SEC), date(2015, 3, 13, 14, 0));
	ck_assert_int_eq(eem_cron_next("@hourly", now, 0), date(2015, 3, 13, 14, 0));
}
END_TEST

START_TEST(cron_bad)
{
	static const char *const bad[] = { "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8",
		"*/0 * * * *", "5-3 * * * *", "a * * * *", "1,, * * * *", "@often", "1- * * * *", "1111 * * * *" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!eem_cron_ok(bad[i]), "%s", bad[i]);
}
END_TEST

START_TEST(seconds)
{
	int64_t ns;

	ck_assert(eem_seconds_parse("20", &ns) && ns == 20 * NSEC_SEC);
	ck_assert(eem_seconds_parse("0.5", &ns) && ns == 500 * NSEC_MS);
	ck_assert(eem_seconds_parse("1.005", &ns) && ns == 1005 * NSEC_MS);
	ck_assert(eem_seconds_parse("4294967295", &ns));
	ck_assert(!eem_seconds_parse("4294967296", &ns));
	ck_assert(!eem_seconds_parse("", &ns));
	ck_assert(!eem_seconds_parse("1.", &ns));
	ck_assert(!eem_seconds_parse("1.0001", &ns));
	ck_assert(!eem_seconds_parse("-1", &ns));
	ck_assert(!eem_seconds_parse("1s", &ns));
}
END_TEST

START_TEST(variables)
{
	struct eem_vars v = { 0 };
	char name[16];

	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "v%d", i);
		eem_vars_setf(&v, name, "%d", i * i);
	}
	eem_vars_set(&v, "v3", "again");
	ck_assert_uint_eq(v.n, 20);
	ck_assert_str_eq(eem_vars_get(&v, "v19"), "361");
	ck_assert_str_eq(eem_vars_get(&v, "v3"), "again");
	ck_assert_ptr_null(eem_vars_get(&v, "v20"));
	eem_vars_free(&v);
}
END_TEST

START_TEST(urls)
{
	const char *name;

	ck_assert(flash_url("disk0:hub.txt", &name) == FLASH_OK && strcmp(name, "hub.txt") == 0);
	ck_assert(flash_url("flash:/a-1", &name) == FLASH_OK && strcmp(name, "a-1") == 0);
	ck_assert(flash_url("x", &name) == FLASH_OK);
	ck_assert_int_eq(flash_url("tftp:x", &name), FLASH_BAD_SYSTEM);
	ck_assert_int_eq(flash_url("flash:", &name), FLASH_BAD_NAME);
	ck_assert_int_eq(flash_url("flash:a/b", &name), FLASH_BAD_NAME);
	ck_assert_int_eq(flash_url("flash:..", &name), FLASH_BAD_NAME);
	ck_assert_int_eq(flash_url("flash:a b", &name), FLASH_BAD_NAME);
}
END_TEST

START_TEST(files)
{
	struct flash *f = flash_new();
	const struct flash_file *x;

	ck_assert_int_eq(flash_write(f, "a", "one", 3, true, 1), FLASH_OK);
	ck_assert_int_eq(flash_write(f, "a", "two", 3, true, 2), FLASH_OK);
	x = flash_find(f, "a");
	ck_assert_str_eq(x->data, "onetwo");
	ck_assert_int_eq(x->when_ns, 2);
	ck_assert_int_eq(flash_write(f, "a", "", 0, false, 3), FLASH_OK);
	ck_assert_uint_eq(flash_used(f), 0);
	ck_assert_int_eq(flash_delete(f, "b"), FLASH_NO_FILE);
	ck_assert_int_eq(flash_delete(f, "a"), FLASH_OK);
	ck_assert_ptr_null(flash_find(f, "a"));
	flash_free(f);
}
END_TEST

/* Full: what there was stays as it was. */
START_TEST(full)
{
	struct flash *f = flash_new();
	char *big = xcalloc(1, FLASH_SIZE), name[16];

	ck_assert_int_eq(flash_write(f, "big", big, FLASH_SIZE, false, 1), FLASH_OK);
	ck_assert_int_eq(flash_write(f, "big", "x", 1, true, 2), FLASH_FULL);
	ck_assert_int_eq(flash_write(f, "more", "x", 1, false, 2), FLASH_FULL);
	ck_assert_uint_eq(flash_find(f, "big")->len, FLASH_SIZE);
	ck_assert_ptr_null(flash_find(f, "more"));
	ck_assert_int_eq(flash_write(f, "big", "x", 1, false, 3), FLASH_OK);
	for (unsigned i = 1; i < FLASH_FILES; i++) {
		snprintf(name, sizeof(name), "f%u", i);
		ck_assert_int_eq(flash_write(f, name, "", 0, false, 3), FLASH_OK);
	}
	ck_assert_int_eq(flash_write(f, "one-too-many", "", 0, false, 3), FLASH_FULL);
	free(big);
	flash_free(f);
}
END_TEST

void
engine_eem_tests(TCase *tc)
{
	tcase_add_test(tc, cron);
	tcase_add_test(tc, cron_bad);
	tcase_add_test(tc, seconds);
	tcase_add_test(tc, variables);
	tcase_add_test(tc, urls);
	tcase_add_test(tc, files);
	tcase_add_test(tc, full);
}
