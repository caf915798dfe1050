/* Captures, read back by libpcap. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <pcap/pcap.h>

#include "datapath/capture.h"
#include "testsuite/unit/datapath_test.h"

#define T0 INT64_C(1700000000123456789)

static void
temp_name(char out[64])
{
	int fd;

	snprintf(out, 64, "/tmp/inspire-capture-XXXXXX");
	fd = mkstemp(out);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static pcap_t *
read_open(const char *name)
{
	char err[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p = pcap_open_offline_with_tstamp_precision(name, PCAP_TSTAMP_PRECISION_NANO, err);

	ck_assert_msg(p != NULL, "%s", err);
	ck_assert_int_eq(pcap_datalink(p), DLT_EN10MB);
	return p;
}

/* Frame i is i bytes of i: lengths that need each kind of padding, and one beyond the buffer. */
static size_t
frame_of(uint8_t *f, size_t i)
{
	memset(f, (int)i, i);
	return i;
}

START_TEST(read_back)
{
	static uint8_t f[300];
	struct pcap_pkthdr *h;
	const char *why = NULL;
	const u_char *data;
	struct capture *c;
	char name[64];
	pcap_t *p;
	size_t i;

	temp_name(name);
	c = capture_open(name, "GigabitEthernet0/0", &why);
	ck_assert_msg(c != NULL, "%s", why);
	for (i = 14; i < 300; i++)
		capture_frame(c, T0 + (int64_t)i, f, frame_of(f, i), i % 2);
	ck_assert(capture_close(c));
	p = read_open(name);
	for (i = 14; i < 300; i++) {
		ck_assert_int_eq(pcap_next_ex(p, &h, &data), 1);
		ck_assert_uint_eq(h->caplen, i);
		ck_assert_uint_eq(h->len, i);
		ck_assert_int_eq(h->ts.tv_sec, 1700000000);
		ck_assert_int_eq(h->ts.tv_usec, 123456789 + (int)i);
		frame_of(f, i);
		ck_assert_mem_eq(data, f, i);
	}
	ck_assert_int_eq(pcap_next_ex(p, &h, &data), PCAP_ERROR_BREAK);
	pcap_close(p);
	unlink(name);
}
END_TEST

/* Back to an earlier length, and on from there, as a snapshot's restore does. */
START_TEST(truncated)
{
	uint8_t f[64] = { 0 };
	struct pcap_pkthdr *h;
	const char *why = NULL;
	const u_char *data;
	struct capture *c;
	uint64_t at;
	char name[64];
	pcap_t *p;

	temp_name(name);
	c = capture_open(name, "x", &why);
	ck_assert_ptr_nonnull(c);
	capture_frame(c, T0, f, 60, true);
	at = capture_length(c);
	capture_frame(c, T0 + 1, f, 61, true);
	ck_assert_uint_gt(capture_length(c), at);
	ck_assert(capture_truncate(c, at));
	ck_assert_uint_eq(capture_length(c), at);
	capture_frame(c, T0 + 2, f, 62, false);
	ck_assert(capture_close(c));
	p = read_open(name);
	ck_assert_int_eq(pcap_next_ex(p, &h, &data), 1);
	ck_assert_uint_eq(h->caplen, 60);
	ck_assert_int_eq(pcap_next_ex(p, &h, &data), 1);
	ck_assert_uint_eq(h->caplen, 62);
	ck_assert_int_eq(pcap_next_ex(p, &h, &data), PCAP_ERROR_BREAK);
	pcap_close(p);
	unlink(name);
}
END_TEST

START_TEST(what_cannot_be_written)
{
	const char *why = NULL;
	struct capture *c;
	uint8_t f[60] = { 0 };

	ck_assert_ptr_null(capture_open("/nonexistent/x", "x", &why));
	ck_assert_ptr_nonnull(why);
	if (access("/dev/full", W_OK) != 0)
		return;
	c = capture_open("/dev/full", "x", &why);
	ck_assert_ptr_nonnull(c);
	capture_frame(c, T0, f, sizeof f, true);
	ck_assert(!capture_close(c));
}
END_TEST

void
datapath_capture_tests(TCase *tc)
{
	tcase_add_test(tc, read_back);
	tcase_add_test(tc, truncated);
	tcase_add_test(tc, what_cannot_be_written);
}
