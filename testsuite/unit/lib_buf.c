/* The cursors: every width, and the same bytes cut at every length. */

#include <string.h>

#include "lib/buf.h"
#include "testsuite/unit/lib_test.h"

START_TEST(round_trip)
{
	uint8_t b[32];
	struct wr w;
	struct rd r;

	wr_init(&w, b, sizeof(b));
	wr_u8(&w, 0x01);
	wr_u16(&w, 0x0203);
	wr_u32(&w, 0x04050607);
	wr_u64(&w, UINT64_C(0x08090a0b0c0d0e0f));
	wr_bytes(&w, "xyz", 3);
	wr_zero(&w, 2);
	ck_assert(!w.bad);
	ck_assert_uint_eq(wr_len(&w), 20);
	for (uint8_t i = 0; i < 15; i++)
		ck_assert_uint_eq(b[i], i + 1);

	rd_init(&r, b, wr_len(&w));
	ck_assert_uint_eq(rd_u8(&r), 0x01);
	ck_assert_uint_eq(rd_u16(&r), 0x0203);
	ck_assert_uint_eq(rd_u32(&r), 0x04050607);
	ck_assert_uint_eq(rd_u64(&r), UINT64_C(0x08090a0b0c0d0e0f));
	ck_assert_mem_eq(rd_bytes(&r, 3), "xyz", 3);
	ck_assert_uint_eq(rd_left(&r), 2);
	ck_assert(!r.bad);
}
END_TEST

START_TEST(short_reads)
{
	static const uint8_t b[15] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

	for (size_t n = 0; n <= sizeof(b); n++) {
		struct rd r;

		rd_init(&r, b, n);
		rd_u8(&r);
		rd_u16(&r);
		rd_u32(&r);
		rd_u64(&r);
		ck_assert_int_eq(r.bad, n < sizeof(b));
		ck_assert_uint_eq(rd_left(&r), 0);
	}
}
END_TEST

START_TEST(bad_sticks)
{
	static const uint8_t b[4] = { 1, 2, 3, 4 };
	struct rd r;

	rd_init(&r, b, sizeof(b));
	ck_assert_uint_eq(rd_u64(&r), 0);
	ck_assert(r.bad);
	ck_assert_uint_eq(rd_u8(&r), 0);
	ck_assert_ptr_null(rd_bytes(&r, 0));
	rd_init(&r, NULL, 0);
	ck_assert_uint_eq(rd_u8(&r), 0);
	ck_assert(r.bad);
}
END_TEST

START_TEST(sub_readers)
{
	static const uint8_t b[6] = { 1, 2, 3, 4, 5, 6 };
	struct rd r, sub;

	rd_init(&r, b, sizeof(b));
	sub = rd_sub(&r, 4);
	ck_assert_uint_eq(rd_u32(&sub), 0x01020304);
	ck_assert_uint_eq(rd_u8(&sub), 0);
	ck_assert(sub.bad);
	ck_assert(!r.bad);
	ck_assert_uint_eq(rd_u16(&r), 0x0506);
	sub = rd_sub(&r, 1);
	ck_assert(sub.bad && r.bad);
	ck_assert_uint_eq(rd_left(&sub), 0);
}
END_TEST

START_TEST(short_writes)
{
	uint8_t b[16];

	for (size_t n = 0; n <= 15; n++) {
		struct wr w;

		memset(b, 0xee, sizeof(b));
		wr_init(&w, b, n);
		wr_u8(&w, 1);
		wr_u16(&w, 2);
		wr_u32(&w, 3);
		wr_u64(&w, 4);
		ck_assert_int_eq(w.bad, n < 15);
		ck_assert_uint_eq(b[n], 0xee);
	}
}
END_TEST

START_TEST(patches)
{
	uint8_t b[8] = { 0 };
	struct wr w;

	wr_init(&w, b, sizeof(b));
	wr_zero(&w, 6);
	wr_u16_at(&w, 4, 0xabcd);
	wr_u32_at(&w, 0, 0x01020304);
	ck_assert(!w.bad);
	ck_assert_mem_eq(b, "\1\2\3\4\xab\xcd", 6);
	wr_u16_at(&w, 5, 1);		/* the second byte isn't written yet */
	ck_assert(w.bad);
}
END_TEST

void
lib_buf_tests(TCase *tc)
{
	tcase_add_test(tc, round_trip);
	tcase_add_test(tc, short_reads);
	tcase_add_test(tc, bad_sticks);
	tcase_add_test(tc, sub_readers);
	tcase_add_test(tc, short_writes);
	tcase_add_test(tc, patches);
}
