/* Captures read: both formats in both byte orders, cut at each byte, with lengths that lie. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "datapath/capfile.h"
#include "datapath/capture.h"
#include "testsuite/unit/datapath_test.h"

#define T0		INT64_C(1700000000123456789)
#define FRAMES		3
#define LEN(i)		(60 + (i))

/* A file that is being made. */
struct made {
	uint8_t	b[4096];
	size_t	n;
	bool	big;
};

static void
m8(struct made *m, const void *p, size_t n)
{
	ck_assert_uint_le(m->n + n, sizeof(m->b));
	memcpy(m->b + m->n, p, n);
	m->n += n;
}

static void
m16(struct made *m, unsigned v)
{
	const uint8_t le[2] = { (uint8_t)v, (uint8_t)(v >> 8) }, be[2] = { le[1], le[0] };

	m8(m, m->big ? be : le, 2);
}

static void
m32(struct made *m, uint32_t v)
{
	m16(m, m->big ? v >> 16 : v & 0xffff);
	m16(m, m->big ? v & 0xffff : v >> 16);
}

static void
set32(struct made *m, size_t at, uint32_t v)
{
	size_t n = m->n;

	m->n = at;
	m32(m, v);
	m->n = n;
}

static void
frame(struct made *m, size_t i)
{
	uint8_t f[LEN(FRAMES)];

	memset(f, (int)i, sizeof(f));
	m8(m, f, LEN(i));
}

static void
make_pcap(struct made *m, bool big, bool nano)
{
	*m = (struct made){ .big = big };
	m32(m, nano ? 0xa1b23c4d : 0xa1b2c3d4);
	m16(m, 2);
	m16(m, 4);
	m32(m, 0);
	m32(m, 0);
	m32(m, 65535);
	m32(m, CAPFILE_ETHER);
	for (size_t i = 0; i < FRAMES; i++) {
		m32(m, (uint32_t)(T0 / 1000000000));
		m32(m, (uint32_t)(T0 % 1000000000 / (nano ? 1 : 1000) + (int64_t)i));
		m32(m, (uint32_t)LEN(i));
		m32(m, (uint32_t)LEN(i) + 100);
		frame(m, i);
	}
}

/* A block of any type around what body puts into it. */
static void
block(struct made *m, uint32_t type, void (*body)(struct made *m, size_t i), size_t i)
{
	static const uint8_t zero[3];
	size_t at = m->n;

	m32(m, type);
	m32(m, 0);
	body(m, i);
	m8(m, zero, -m->n & 3);
	m32(m, (uint32_t)(m->n + 4 - at));
	set32(m, at + 4, (uint32_t)(m->n - at));
}

static void
section(struct made *m, size_t i)
{
	(void)i;
	m32(m, 0x1a2b3c4d);
	m16(m, 1);
	m16(m, 0);
	m32(m, UINT32_MAX);
	m32(m, UINT32_MAX);
	m16(m, 4);
	m16(m, 4);
	m8(m, "test", 4);
}

/* i: 0 without options, else a name and 2^-20 s. */
static void
interface(struct made *m, size_t i)
{
	m16(m, i == 0 ? CAPFILE_ETHER : CAPFILE_RAW);
	m16(m, 0);
	m32(m, 40);
	if (i == 0)
		return;
	m16(m, 2);
	m16(m, 5);
	m8(m, "ether\0\0", 8);
	m16(m, 9);
	m16(m, 1);
	m8(m, "\x94\0\0", 4);
	m32(m, 0);
}

static void
packet(struct made *m, size_t i)
{
	uint64_t t = i == 1 ? (uint64_t)(T0 / 1000000000) << 20 | 1 << 19 : (uint64_t)(T0 / 1000);

	m32(m, i == 1 ? 1 : 0);
	m32(m, (uint32_t)(t >> 32));
	m32(m, (uint32_t)t);
	m32(m, (uint32_t)LEN(i));
	m32(m, (uint32_t)LEN(i) + 100);
	frame(m, i);
	if (i == 0)
		return;
	m8(m, "\0\0\0", -LEN(i) & 3);
	m16(m, 2);
	m16(m, 4);
	m32(m, (uint32_t)i);
	m32(m, 0);
}

static void
simple(struct made *m, size_t i)
{
	m32(m, 1000);
	(void)i;
	m8(m, (uint8_t[40]){ 7 }, 40);
}

static void
unknown(struct made *m, size_t i)
{
	m8(m, (uint8_t[60]){ 0 }, i);
}

static void
make_pcapng(struct made *m, bool big)
{
	*m = (struct made){ .big = big };
	block(m, 0x0a0d0d0a, section, 0);
	block(m, 1, interface, 0);
	block(m, 5, unknown, 12);
	block(m, 1, interface, 1);
	for (size_t i = 0; i < FRAMES; i++)
		block(m, 6, packet, i);
}

/* Reads all of it from a copy of just that length; the answer at its end, and how many frames came. */
static enum capfile_next
run(const struct made *m, size_t n, size_t *frames, char **why)
{
	uint8_t *copy = malloc(n + 1);
	struct capfile_frame fr;
	enum capfile_next next;
	struct capfile *f;

	*frames = 0;
	*why = NULL;
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, m->b, n);
	f = capfile_open_bytes(copy, n, "x", why);
	if (f == NULL) {
		ck_assert_ptr_nonnull(*why);
		free(copy);
		return CAPFILE_BROKEN;
	}
	while ((next = capfile_next(f, &fr)) == CAPFILE_FRAME) {
		ck_assert_uint_eq(fr.number, ++*frames);
		ck_assert_ptr_nonnull(fr.data);
	}
	ck_assert_int_eq(capfile_next(f, &fr), next);
	ck_assert_int_eq(capfile_why(f) != NULL, next == CAPFILE_BROKEN);
	if (next == CAPFILE_BROKEN)
		*why = strdup(capfile_why(f));
	capfile_close(f);
	free(copy);
	return next;
}

START_TEST(pcap_read)
{
	bool big = _i & 1, nano = _i & 2;
	struct capfile_frame fr;
	struct capfile *f;
	char *why = NULL;
	struct made m;

	make_pcap(&m, big, nano);
	f = capfile_open_bytes(m.b, m.n, "x", &why);
	ck_assert_msg(f != NULL, "%s", why);
	ck_assert(!capfile_is_pcapng(f));
	for (size_t i = 0; i < FRAMES; i++) {
		ck_assert_int_eq(capfile_next(f, &fr), CAPFILE_FRAME);
		ck_assert_int_eq(fr.time_ns, nano ? T0 + (int64_t)i : (T0 / 1000 + (int64_t)i) * 1000);
		ck_assert_uint_eq(fr.len, LEN(i));
		ck_assert_uint_eq(fr.orig_len, LEN(i) + 100);
		ck_assert_uint_eq(fr.data[LEN(i) - 1], i);
		ck_assert_uint_eq(fr.linktype, CAPFILE_ETHER);
		ck_assert_int_eq(fr.dir, CAPFILE_DIR_UNKNOWN);
		ck_assert_ptr_null(fr.ifname);
	}
	ck_assert_int_eq(capfile_next(f, &fr), CAPFILE_END);
	capfile_close(f);
}
END_TEST

START_TEST(pcapng_read)
{
	struct capfile_frame fr;
	struct capfile *f;
	char *why = NULL;
	struct made m;

	make_pcapng(&m, _i);
	block(&m, 3, simple, 0);
	f = capfile_open_bytes(m.b, m.n, "x", &why);
	ck_assert_msg(f != NULL, "%s", why);
	ck_assert(capfile_is_pcapng(f));
	for (size_t i = 0; i < FRAMES; i++) {
		ck_assert_int_eq(capfile_next(f, &fr), CAPFILE_FRAME);
		ck_assert_uint_eq(fr.len, LEN(i));
		ck_assert_uint_eq(fr.orig_len, LEN(i) + 100);
		ck_assert_uint_eq(fr.data[LEN(i) - 1], i);
		ck_assert_uint_eq(fr.iface, i == 1);
		ck_assert_uint_eq(fr.linktype, i == 1 ? CAPFILE_RAW : CAPFILE_ETHER);
		ck_assert_int_eq(fr.dir, (enum capfile_dir)i);
		ck_assert_int_eq(fr.time_ns, i == 1 ? T0 / 1000000000 * 1000000000 + 500000000 : T0 / 1000 * 1000);
	}
	ck_assert_ptr_null(fr.ifname);
	ck_assert_int_eq(capfile_next(f, &fr), CAPFILE_FRAME);
	ck_assert_uint_eq(fr.len, 40);
	ck_assert_uint_eq(fr.orig_len, 1000);
	ck_assert_int_eq(capfile_next(f, &fr), CAPFILE_END);
	capfile_close(f);
}
END_TEST

/* Interfaces' names, and a second section in the other byte order, whose interfaces begin anew. */
START_TEST(sections)
{
	struct capfile_frame fr;
	struct capfile *f;
	const char *name;
	char *why = NULL;
	struct made m, n;

	make_pcapng(&m, false);
	make_pcapng(&n, true);
	m8(&m, n.b, n.n);
	f = capfile_open_bytes(m.b, m.n, "x", &why);
	ck_assert_msg(f != NULL, "%s", why);
	ck_assert_int_eq(capfile_next(f, &fr), CAPFILE_FRAME);
	ck_assert_int_eq(capfile_next(f, &fr), CAPFILE_FRAME);
	ck_assert_str_eq(fr.ifname, "ether");
	name = fr.ifname;
	for (size_t i = 2; i < 2 * FRAMES; i++)
		ck_assert_int_eq(capfile_next(f, &fr), CAPFILE_FRAME);
	ck_assert_str_eq(name, "ether");
	ck_assert_int_eq(capfile_next(f, &fr), CAPFILE_END);
	capfile_close(f);
}
END_TEST

/* Cut anywhere: what was whole before is there, and it is said, but between two blocks. */
START_TEST(cut_everywhere)
{
	size_t i, frames, last = 0;
	enum capfile_next next;
	struct made m;
	char *why;

	for (int kind = 0; kind < 4; kind++) {
		if (kind < 2)
			make_pcap(&m, kind, false);
		else
			make_pcapng(&m, kind == 3);
		last = 0;
		for (i = 0; i <= m.n; i++) {
			next = run(&m, i, &frames, &why);
			ck_assert_uint_ge(frames, last);
			ck_assert_uint_le(frames, last + 1);
			if (frames > last)
				ck_assert_int_eq(next, CAPFILE_END);
			if (next == CAPFILE_BROKEN)
				ck_assert_ptr_nonnull(strstr(why, "x: at byte "));
			last = frames;
			free(why);
		}
		ck_assert_uint_eq(last, FRAMES);
	}
}
END_TEST

static void
broken(const struct made *m, size_t want, const char *said)
{
	size_t frames;
	char *why;

	ck_assert_int_eq(run(m, m->n, &frames, &why), CAPFILE_BROKEN);
	ck_assert_uint_eq(frames, want);
	ck_assert_msg(strstr(why, said) != NULL, "%s", why);
	free(why);
}

START_TEST(lengths_that_lie)
{
	struct made m;
	size_t second = 24 + 16 + LEN(0);

	make_pcap(&m, false, false);
	set32(&m, second + 8, CAPFILE_FRAME_MAX + 1);
	broken(&m, 1, "x: at byte 100: a frame of 262145 bytes");
	make_pcap(&m, false, false);
	set32(&m, second + 8, CAPFILE_FRAME_MAX);
	broken(&m, 1, "the capture is cut");
	make_pcap(&m, false, false);
	set32(&m, second + 4, 1000000);
	broken(&m, 1, "part of a second");
	make_pcapng(&m, false);
	m.b[m.n - 4] += 4;
	broken(&m, 2, "ends as one of");
	for (int off = -1; off <= 1; off += 2) {
		make_pcapng(&m, false);
		set32(&m, 4, (uint32_t)(36 + off));
		broken(&m, 0, "a section header of");
	}
	make_pcapng(&m, true);
	set32(&m, 36 + 4, 8);
	broken(&m, 0, "a block of 8 bytes");
	make_pcapng(&m, false);
	set32(&m, 36 + 4, UINT32_MAX - 3);
	broken(&m, 0, "more than we take");
	make_pcapng(&m, false);
	block(&m, 6, unknown, 16);
	broken(&m, FRAMES, "a packet block of 16 bytes");
}
END_TEST

/* Lengths inside of a block, which itself is whole. */
START_TEST(lies_within)
{
	struct made m;
	size_t at;

	make_pcapng(&m, false);
	at = m.n;
	block(&m, 6, packet, 2);
	set32(&m, at + 8 + 12, 1 << 20);
	broken(&m, FRAMES, "left in its block");
	set32(&m, at + 8 + 12, LEN(2));
	set32(&m, at + 8, 2);
	broken(&m, FRAMES, "a frame of interface 2");
	set32(&m, at + 8, 0);
	set32(&m, at + 8 + 4, UINT32_MAX);
	broken(&m, FRAMES, "no clock");
	set32(&m, at + 8 + 4, 0);
	m.b[at + 8 + 20 + 64 + 2] = 200;	/* the option's length */
	broken(&m, FRAMES, "an option of 200 bytes");
	make_pcapng(&m, false);
	block(&m, 1, unknown, 4);
	broken(&m, FRAMES, "an interface of 4 bytes");
}
END_TEST

START_TEST(no_captures)
{
	char *why = NULL;
	struct made m;

	ck_assert_ptr_null(capfile_open("/nonexistent/x", &why));
	ck_assert_str_eq(why, "/nonexistent/x: No such file or directory");
	free(why);
	ck_assert_ptr_null(capfile_open("/", &why));
	ck_assert_ptr_nonnull(strstr(why, "directory"));
	free(why);
	ck_assert_ptr_null(capfile_open_bytes("hello, world, this is text", 26, "t", &why));
	ck_assert_str_eq(why, "t: at byte 0: neither pcap nor pcapng");
	free(why);
	make_pcap(&m, false, false);
	m.b[4] = 3;
	ck_assert_ptr_null(capfile_open_bytes(m.b, m.n, "t", &why));
	ck_assert_ptr_nonnull(strstr(why, "pcap version 3.4"));
	free(why);
}
END_TEST

/* What we write ourselves. */
START_TEST(ours)
{
	char name[] = "/tmp/inspire-capfile-XXXXXX", *said = NULL;
	const char *why = NULL;
	struct capfile_frame fr;
	uint8_t data[64] = { 9 };
	struct capture *c;
	struct capfile *f;
	int fd = mkstemp(name);

	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_ptr_nonnull(c = capture_open(name, "GigabitEthernet0/0", &why));
	capture_frame(c, T0, data, 61, true);
	capture_frame(c, T0 + 1, data, 62, false);
	ck_assert(capture_close(c));
	ck_assert_ptr_nonnull(f = capfile_open(name, &said));
	ck_assert_int_eq(capfile_next(f, &fr), CAPFILE_FRAME);
	ck_assert_str_eq(fr.ifname, "GigabitEthernet0/0");
	ck_assert_int_eq(fr.time_ns, T0);
	ck_assert_int_eq(fr.dir, CAPFILE_DIR_OUT);
	ck_assert_uint_eq(fr.len, 61);
	ck_assert_int_eq(capfile_next(f, &fr), CAPFILE_FRAME);
	ck_assert_int_eq(fr.time_ns, T0 + 1);
	ck_assert_int_eq(fr.dir, CAPFILE_DIR_IN);
	ck_assert_int_eq(capfile_next(f, &fr), CAPFILE_END);
	capfile_close(f);
	unlink(name);
}
END_TEST

void
datapath_capfile_tests(TCase *tc)
{
	tcase_add_loop_test(tc, pcap_read, 0, 4);
	tcase_add_loop_test(tc, pcapng_read, 0, 2);
	tcase_add_test(tc, sections);
	tcase_add_test(tc, cut_everywhere);
	tcase_add_test(tc, lengths_that_lie);
	tcase_add_test(tc, lies_within);
	tcase_add_test(tc, no_captures);
	tcase_add_test(tc, ours);
}
