/* Ports that need no device: udp on loopback, against each other and against plain sockets; captures played and written. */

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datapath/capfile.h"
#include "datapath/capture.h"
#include "datapath/port_int.h"
#include "lib/clock.h"
#include "lib/loop.h"
#include "testsuite/unit/datapath_test.h"

#define FRAMES	600
#define T0	INT64_C(1700000000123456789)

struct end {
	struct port	*port;
	uint8_t		 mac[6];
	size_t		 n, bytes;
	uint32_t	 sum;		/* of lengths and bytes, in their order */
	size_t		 lens[FRAMES];
	int64_t		 when[FRAMES];
	bool		 up;
	char		 why[200];
};

static void
on_frames(void *arg, struct port *p, struct dp_frame *f, size_t n, int64_t now)
{
	struct end *e = arg;

	(void)p;
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_lt(e->n, FRAMES);
		e->lens[e->n] = f[i].len;
		e->when[e->n++] = now;
		e->bytes += f[i].len;
		for (size_t k = 0; k < f[i].len; k++)
			e->sum = e->sum * 31 + f[i].data[k];
	}
}

static void
on_line(void *arg, struct port *p, bool up, const char *why)
{
	struct end *e = arg;

	(void)p;
	e->up = up;
	snprintf(e->why, sizeof(e->why), "%s", why != NULL ? why : "");
}

static const struct port_ops calls = { .frames = on_frames, .line = on_line };

static void
end_open(struct end *e, struct loop *loop, const char *spec, int number)
{
	struct port_env env = { .loop = loop, .ops = &calls, .arg = e, .mac = { 2, 0, 0, 0, 0, (uint8_t)number } };
	char *why = NULL;

	memset(e, 0, sizeof(*e));
	e->port = port_new(&env, spec, &why);
	ck_assert_msg(e->port != NULL, "%s", why);
}

/* A socket at a free port of loopback; *port says which. */
static int
socket_at(int family, struct sockaddr_storage *a, unsigned *port)
{
	socklen_t len = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	int s = socket(family, SOCK_DGRAM, 0);

	if (s < 0)
		return -1;
	memset(a, 0, sizeof(*a));
	a->ss_family = (sa_family_t)family;
	if (family == AF_INET)
		((struct sockaddr_in *)a)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		((struct sockaddr_in6 *)a)->sin6_addr = in6addr_loopback;
	if (bind(s, (struct sockaddr *)a, len) != 0) {
		close(s);
		return -1;
	}
	getsockname(s, (struct sockaddr *)a, &len);
	*port = ntohs(family == AF_INET ? ((struct sockaddr_in *)a)->sin_port : ((struct sockaddr_in6 *)a)->sin6_port);
	return s;
}

static unsigned
free_port(int family)
{
	struct sockaddr_storage a;
	unsigned port = 0;
	int s = socket_at(family, &a, &port);

	if (s >= 0)
		close(s);
	return port;
}

static size_t
frame_of(uint8_t *f, size_t i, int number)
{
	size_t len = i % 100 < 60 ? 1400 : 60 + i * 7 % 1400;

	memset(f, (int)i, len);
	f[6] = 2;
	f[11] = (uint8_t)number;
	return len;
}

static void
run_until(struct loop *loop, const struct end *e, size_t n)
{
	int64_t limit = clock_now(loop_clock(loop)) + 10 * NSEC_SEC;

	while (e->n < n && clock_now(loop_clock(loop)) < limit)
		loop_once(loop, NSEC_SEC / 100);
	ck_assert_uint_eq(e->n, n);
}

/* Frames of one length in runs, and others between them, arrive whole and in order; with the kernel's cutting and without. */
START_TEST(udp_pair)
{
	int family = _i & 1 ? AF_INET6 : AF_INET;
	const char *host = family == AF_INET ? "127.0.0.1" : "[::1]";
	unsigned pa = free_port(family), pb = free_port(family);
	struct clock *clock = clock_new_real();
	struct loop *loop = loop_new(clock);
	uint8_t f[1500];
	struct end a, b;
	struct port_info ia, ib;
	char spec[100];
	uint32_t sum = 0;
	size_t len, k;

	if (pa != 0 && pb != 0 && pa != pb) {
		snprintf(spec, sizeof(spec), "udp:%s:%u:%s:%u", host, pa, host, pb);
		end_open(&a, loop, spec, 1);
		snprintf(spec, sizeof(spec), "udp:%s:%u:%s:%u", host, pb, host, pa);
		end_open(&b, loop, spec, 2);
		if (_i & 2)
			port_udp_plain(a.port, 1);
		loop_once(loop, 0);
		ck_assert(a.up && b.up);
		for (size_t i = 0; i < FRAMES; i++) {
			len = frame_of(f, i, 1);
			for (k = 0; k < len; k++)
				sum = sum * 31 + f[k];
			port_tx(a.port, f, len);
			if (i % 100 == 99)
				run_until(loop, &b, i + 1);
		}
		port_info(a.port, &ia);
		port_info(b.port, &ib);
		ck_assert_uint_eq(b.sum, sum);
		ck_assert_uint_eq(ia.out_frames, FRAMES);
		ck_assert_uint_eq(ib.in_frames, FRAMES);
		ck_assert_uint_eq(ib.in_bytes, ia.out_bytes);
		if (!(_i & 2))
			ck_assert_uint_lt(ia.calls_out, FRAMES / 10);
		else
			ck_assert_uint_eq(ia.calls_out, FRAMES);
		port_free(a.port);
		port_free(b.port);
	}
	loop_free(loop);
	clock_free(clock);
}
END_TEST

/* A stranger's datagrams do not come up, the far end's do; one that is no frame is counted. */
START_TEST(udp_far_end)
{
	struct sockaddr_storage far_addr, other_addr, us = { 0 };
	struct clock *clock = clock_new_real();
	struct loop *loop = loop_new(clock);
	unsigned pf, po, pu = free_port(AF_INET);
	int far = socket_at(AF_INET, &far_addr, &pf), other = socket_at(AF_INET, &other_addr, &po);
	struct port_info i;
	uint8_t f[60] = { 0 };
	struct end e;
	char spec[100];

	memcpy(&us, &far_addr, sizeof(struct sockaddr_in));
	((struct sockaddr_in *)&us)->sin_port = htons((uint16_t)pu);
	snprintf(spec, sizeof(spec), "udp:127.0.0.1:%u:127.0.0.1:%u", pu, pf);
	end_open(&e, loop, spec, 1);
	loop_once(loop, 0);
	ck_assert(e.up);
	ck_assert_int_eq(sendto(other, f, 60, 0, (struct sockaddr *)&us, sizeof(struct sockaddr_in)), 60);
	ck_assert_int_eq(sendto(far, f, 5, 0, (struct sockaddr *)&us, sizeof(struct sockaddr_in)), 5);
	ck_assert_int_eq(sendto(far, f, 0, 0, (struct sockaddr *)&us, sizeof(struct sockaddr_in)), 0);
	ck_assert_int_eq(sendto(far, f, 60, 0, (struct sockaddr *)&us, sizeof(struct sockaddr_in)), 60);
	run_until(loop, &e, 1);
	port_info(e.port, &i);
	ck_assert_uint_eq(i.in_short, 2);
	ck_assert_uint_eq(i.in_frames, 1);
	port_tx(e.port, f, 60);
	port_flush(e.port);
	ck_assert_int_eq(recv(far, f, sizeof(f), 0), 60);
	port_free(e.port);
	close(far);
	close(other);
	loop_free(loop);
	clock_free(clock);
}
END_TEST

/* Nobody at the far end: the line stays up, it is counted, and the loop does not spin on it. */
START_TEST(udp_nobody)
{
	struct clock *clock = clock_new_real();
	struct loop *loop = loop_new(clock);
	unsigned pa = free_port(AF_INET), pb = free_port(AF_INET);
	struct port_info i;
	uint8_t f[60] = { 0 };
	struct end e;
	char spec[100];

	snprintf(spec, sizeof(spec), "udp:127.0.0.1:%u:127.0.0.1:%u", pa, pb);
	end_open(&e, loop, spec, 1);
	loop_once(loop, 0);
	for (int k = 0; k < 20; k++) {
		port_tx(e.port, f, 60);
		port_flush(e.port);
		loop_once(loop, NSEC_MS);
	}
	port_info(e.port, &i);
	ck_assert(e.up && i.up);
	ck_assert_uint_gt(i.refused, 0);
	ck_assert_uint_eq(i.out_frames, 20);
	ck_assert_uint_lt(i.calls_in, 100);
	port_free(e.port);
	loop_free(loop);
	clock_free(clock);
}
END_TEST

/* An address that is in use, or not ours: a line that is down for that reason. */
START_TEST(udp_in_use)
{
	struct clock *clock = clock_new_real();
	struct loop *loop = loop_new(clock);
	struct sockaddr_storage a;
	unsigned port;
	int s = socket_at(AF_INET, &a, &port);
	struct port_info i;
	struct end e;
	char spec[100];

	snprintf(spec, sizeof(spec), "udp:127.0.0.1:%u:127.0.0.1:9", port);
	end_open(&e, loop, spec, 1);
	port_info(e.port, &i);
	ck_assert(!i.up);
	ck_assert_ptr_nonnull(strstr(i.why, "Address already in use"));
	port_free(e.port);
	close(s);
	loop_free(loop);
	clock_free(clock);
}
END_TEST

static const struct { const char *spec, *why; } words[] = {
	{ "udp:127.0.0.1:1:127.0.0.2:65535", NULL },
	{ "udp:[::1]:1:[fe80::1]:2", NULL },
	{ "udp:127.0.0.1:1", "missing" },
	{ "udp:127.0.0.1:0:127.0.0.1:2", "a port is a number" },
	{ "udp:127.0.0.1:1:127.0.0.1:65536", "a port is a number" },
	{ "udp:127.0.0.1:1:127.0.0.1:", "a port is a number" },
	{ "udp:127.0.0.1:1:127.0.0.1:2x", "stands behind" },
	{ "udp:localhost:1:127.0.0.1:2", "no address" },
	{ "udp:[::1]:1:127.0.0.1:2", "not of one family" },
	{ "udp:[::1:1:127.0.0.1:2", "expected" },
	{ "udp:", "expected" },
	{ "pcapfile:", "name of a file" },
	{ "pcapfile:/nonexistent/x", "No such file" },
	{ "pcapfile:/dev/null", "too short" },
};

START_TEST(specs)
{
	char *why = NULL;

	ck_assert_int_eq(port_spec_ok(words[_i].spec, &why), words[_i].why == NULL);
	if (words[_i].why != NULL)
		ck_assert_msg(strstr(why, words[_i].why) != NULL, "%s", why);
	free(why);
}
END_TEST

/* --- captures --- */

struct played {
	char		 in[40], out[40];
	struct clock	*clock;
	struct loop	*loop;
	struct end	 e;
};

static void
temp(char out[40])
{
	int fd;

	snprintf(out, 40, "/tmp/inspire-wires-XXXXXX");
	ck_assert_int_ge(fd = mkstemp(out), 0);
	close(fd);
}

/* Six frames, of which the fourth is the router's own; 10 ms between them, none between the last two. */
static void
played_begin(struct played *t)
{
	const char *why = NULL;
	struct capture *c;
	uint8_t f[100] = { 0 };

	memset(t, 0, sizeof(*t));
	temp(t->in);
	temp(t->out);
	ck_assert_ptr_nonnull(c = capture_open(t->in, "x", &why));
	for (int i = 0; i < 6; i++) {
		f[6] = 2;
		f[11] = i == 3 ? 1 : 9;
		capture_frame(c, T0 + (i < 5 ? i : 4) * 10 * NSEC_MS, f, (size_t)(60 + i), i == 3);
	}
	ck_assert(capture_close(c));
	t->clock = clock_new_virtual(5 * NSEC_SEC);
	t->loop = loop_new(t->clock);
}

static void
played_go(struct played *t)
{
	char spec[120];

	snprintf(spec, sizeof(spec), "pcapfile:%s:%s", t->in, t->out);
	end_open(&t->e, t->loop, spec, 1);
	while (clock_step(t->clock, 20 * NSEC_SEC))
		;
}

static void
played_end(struct played *t)
{
	port_free(t->e.port);
	ck_assert_uint_eq(clock_timers(t->clock), 0);
	loop_free(t->loop);
	clock_free(t->clock);
	unlink(t->in);
	unlink(t->out);
}

START_TEST(played_whole)
{
	struct capfile_frame fr;
	struct played t;
	struct capfile *out;
	struct port_info i;
	uint8_t f[70] = { 7 };
	char *why = NULL;

	played_begin(&t);
	played_go(&t);
	ck_assert_uint_eq(t.e.n, 5);
	ck_assert(t.e.up);
	ck_assert_uint_eq(t.e.lens[3], 64);
	for (int k = 0; k < 5; k++)
		ck_assert_int_eq(t.e.when[k], 5 * NSEC_SEC + (k < 3 ? k : 4) * 10 * NSEC_MS);
	port_info(t.e.port, &i);
	ck_assert_uint_eq(i.in_looped, 1);
	port_tx(t.e.port, f, 70);
	port_flush(t.e.port);
	ck_assert_msg((out = capfile_open(t.out, &why)) != NULL, "%s", why);
	ck_assert_int_eq(capfile_next(out, &fr), CAPFILE_FRAME);
	ck_assert_uint_eq(fr.len, 70);
	ck_assert_int_eq(fr.time_ns, 20 * NSEC_SEC);
	ck_assert_int_eq(fr.dir, CAPFILE_DIR_OUT);
	ck_assert_int_eq(capfile_next(out, &fr), CAPFILE_END);
	capfile_close(out);
	played_end(&t);
}
END_TEST

/* Cut in its last frame: those before it come, then the line is down for that reason. */
START_TEST(played_cut)
{
	struct played t;

	played_begin(&t);
	ck_assert_int_eq(truncate(t.in, 600), 0);
	played_go(&t);
	ck_assert(!t.e.up);
	ck_assert_uint_ge(t.e.n, 3);
	ck_assert_uint_le(t.e.n, 4);
	ck_assert_msg(strstr(t.e.why, "the capture is cut") != NULL, "%s", t.e.why);
	played_end(&t);
}
END_TEST

START_TEST(played_not_ethernet)
{
	struct played t;
	FILE *f;

	played_begin(&t);
	f = fopen(t.in, "r+b");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fseek(f, 44 + 8, SEEK_SET), 0);
	fputc(113, f);
	fclose(f);
	played_go(&t);
	ck_assert(!t.e.up);
	ck_assert_uint_eq(t.e.n, 0);
	ck_assert_msg(strstr(t.e.why, "link type 113 (Linux cooked), and only Ethernet") != NULL, "%s", t.e.why);
	played_end(&t);
}
END_TEST

/* What leaves would be lost: it does not begin. */
START_TEST(played_no_out)
{
	struct port_info i;
	struct played t;
	char out[40];

	played_begin(&t);
	memcpy(out, t.out, sizeof(out));
	snprintf(t.out, sizeof(t.out), "/nonexistent/x");
	played_go(&t);
	port_info(t.e.port, &i);
	ck_assert(!i.up);
	ck_assert_int_ne(i.error, 0);
	ck_assert_ptr_nonnull(strstr(i.why, "/nonexistent/x: No such file"));
	memcpy(t.out, out, sizeof(out));
	played_end(&t);
}
END_TEST

void
datapath_wires_tests(TCase *tc)
{
	tcase_add_loop_test(tc, udp_pair, 0, 4);
	tcase_add_test(tc, udp_far_end);
	tcase_add_test(tc, udp_nobody);
	tcase_add_test(tc, udp_in_use);
	tcase_add_loop_test(tc, specs, 0, sizeof(words) / sizeof(words[0]));
	tcase_add_test(tc, played_whole);
	tcase_add_test(tc, played_cut);
	tcase_add_test(tc, played_not_ethernet);
	tcase_add_test(tc, played_no_out);
}
