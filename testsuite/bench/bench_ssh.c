/*
 * SSH as people and tools meet it: a login, what a session costs in memory, a long show, and how soon a typed key is echoed while
 * the lab carries traffic and while another session prints.  Clients and servers are processes of their own on the loopback, so
 * these are times of the clock: the machine should be quiet.
 */

#include <libssh/libssh.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "testsuite/bench/bench.h"
#include "testsuite/bench/bench_ssh_rig.h"

#define LOGINS		15
#define SESSIONS	16
#define SHOWS		5
#define KEYS		1000
#define KEYS_PAUSE_MS	3
#define KEYS_A_LINE	40
#define RATE_MBIT	500
#define SHOW		"show crypto ipsec sa"
#define LONG_SHOW	"show access-lists LONG"	/* RIG_LONG lines */

static void
pause_ms(unsigned ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

static double
ms_since(const struct bench *b, int64_t start)
{
	return (double)(bench_now(b) - start) / (double)NSEC_MS;
}

/* ---- login ---- */

static double
login_ms(const struct bench *b, const struct rig *r, bool sshd)
{
	int64_t start = bench_now(b);

	if (rig_login(r, sshd) != 0)
		fatal("a login failed");
	return ms_since(b, start);
}

static void
bench_login(struct bench *b, struct rig *r)
{
	double ours[LOGINS], theirs[LOGINS], ratio[LOGINS];
	const char *why;

	if (!rig_sshd(r, &why)) {
		printf("a login: skipped, %s\n", why);
		return;
	}
	login_ms(b, r, false);
	login_ms(b, r, true);
	for (int i = 0; i < LOGINS; i++) {
		theirs[i] = login_ms(b, r, true);
		ours[i] = login_ms(b, r, false);
		ratio[i] = ours[i] / theirs[i];
	}
	printf("    a login of %.1f ms against %.1f ms\n", bench_median(ours, LOGINS), bench_median(theirs, LOGINS));
	bench_cost(b, "a login by password against sshd's by key", "x", bench_median(ratio, LOGINS), 1.3);
}

/* ---- memory ---- */

static void
bench_sessions(struct bench *b, const struct rig *r)
{
	ssh_session s[SESSIONS];
	double before;

	for (int round = 0; round < 2; round++) {	/* the first: what is made once and kept */
		before = rig_memory(r);
		for (int i = 0; i < SESSIONS; i++) {
			s[i] = client_open(r);
			client_command(client_shell(s[i]), "show clock\r", "#");
		}
		pause_ms(100);
		if (round == 1)
			bench_cost(b, "one more session at its prompt", "KB", (rig_memory(r) - before) / SESSIONS, 400);
		for (int i = 0; i < SESSIONS; i++)
			client_close(s[i]);
		pause_ms(500);
	}
}

/* ---- a long show ---- */

/* All pairs of SAs, in the lab that is served. */
static void
bring_up(const struct rig *r)
{
	ssh_session s = client_open(r);
	ssh_channel c = client_shell(s);
	char far[32], line[96];

	for (unsigned i = 1; i < RIG_PAIRS; i++) {
		snprintf(line, sizeof(line), "ping %s source Loopback0 repeat 1 timeout 0\r", rig_far(i, far));
		client_command(c, line, "#");
	}
	client_close(s);
	pause_ms(3000);
}

static void
bench_show(struct bench *b, const struct rig *r)
{
	size_t bytes, came = 0;
	double making = rig_making_ms(r, SHOW, &bytes), ms[SHOWS];
	ssh_session s = client_open(r);

	client_exec(s, SHOW);
	for (int i = 0; i < SHOWS; i++) {
		int64_t start = bench_now(b);

		came = client_exec(s, SHOW);
		ms[i] = ms_since(b, start);
	}
	client_close(s);
	printf("    %zu bytes over SSH, %zu where they are made, in %.2f ms\n", came, bytes, making);
	fflush(stdout);
	if (came < bytes / 2)
		fatal("not all SAs are there");
	bench_cost(b, "1,000 SAs shown over SSH, beyond the making", "ms", bench_median(ms, SHOWS) - making, 50);
}

/* ---- echo ---- */

static int
ascending(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Until nothing has come for a while. */
static void
drain(ssh_channel c)
{
	char buf[1024];

	while (ssh_channel_read_timeout(c, buf, sizeof(buf), 0, 50) > 0)
		;
}

static double
echo_ms(struct bench *b, ssh_channel c)
{
	int64_t start = bench_now(b);
	char buf[256];
	int n;

	ssh_channel_write(c, "x", 1);
	do {
		n = ssh_channel_read_timeout(c, buf, sizeof(buf), 0, 20000);
		if (n <= 0)
			fatal("a key was not echoed");
	} while (memchr(buf, 'x', (size_t)n) == NULL);
	return ms_since(b, start);
}

/* The 99th percentile. */
static double
echoes_ms(struct bench *b, const struct rig *r, double *median)
{
	ssh_session s = client_open(r);
	ssh_channel c = client_shell(s);
	double ms[KEYS];

	for (int i = 0; i < KEYS; i++) {
		if (i % KEYS_A_LINE == 0) {
			ssh_channel_write(c, "\x15", 1);
			drain(c);
		}
		ms[i] = echo_ms(b, c);
		pause_ms(KEYS_PAUSE_MS);
	}
	client_close(s);
	qsort(ms, KEYS, sizeof(*ms), ascending);
	*median = ms[KEYS / 2];
	return ms[KEYS * 99 / 100];
}

/* Bytes that R1 has taken in from Host1, by its own counters. */
static double
bytes_in(const struct rig *r)
{
	ssh_session s = client_open(r);
	ssh_channel c = ssh_channel_new(s);
	struct text t = { 0 };
	double packets, bytes = 0;
	char buf[1024], *p;
	int n;

	ssh_channel_open_session(c);
	ssh_channel_request_exec(c, "show interfaces GigabitEthernet0/1 | include packets input");
	while ((n = ssh_channel_read_timeout(c, buf, sizeof(buf), 0, 20000)) > 0)
		text_addn(&t, buf, (size_t)n);
	p = t.len > 0 ? strpbrk(t.s, "0123456789") : NULL;
	if (p == NULL || sscanf(p, "%lf packets input, %lf bytes", &packets, &bytes) != 2)
		fatal("no counters: %s", text_str(&t));
	text_free(&t);
	client_close(s);
	return bytes;
}

static void
echo_with_traffic(struct bench *b, struct rig *r)
{
	char *line = xasprintf("traffic Host1 Host2 rate %dMbps size 1400\n", RATE_MBIT);
	double bytes, p99, median, mbit;
	int64_t start;

	rig_say(r, line);
	free(line);
	pause_ms(1000);
	bytes = bytes_in(r);
	start = bench_now(b);
	p99 = echoes_ms(b, r, &median);
	mbit = (bytes_in(r) - bytes) * 8 / (ms_since(b, start) * 1000);
	rig_say(r, "no traffic Host1 Host2\n");
	printf("    median %.2f ms\n", median);
	bench_cost(b, "a key's echo, 99 %, while the lab carries traffic", "ms", p99, 10);
	bench_rate(b, "the traffic meanwhile", "Mbit/s", mbit, RATE_MBIT, 0.95);
	pause_ms(500);
}

/* Another person, who prints without end. */
static pid_t
printer(const struct rig *r)
{
	pid_t pid = fork();
	ssh_session s;

	if (pid != 0)
		return pid;
	s = client_open(r);
	while (client_exec(s, LONG_SHOW) > 0)
		;
	_exit(1);
}

static void
echo_with_show(struct bench *b, const struct rig *r)
{
	double median, p99;
	pid_t pid = printer(r);

	pause_ms(500);
	p99 = echoes_ms(b, r, &median);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	printf("    median %.2f ms\n", median);
	bench_cost(b, "a key's echo, 99 %, while another prints 10,000 lines", "ms", p99, 10);
}

void
bench_ssh(struct bench *b)
{
	struct rig r;
	const char *why;

	if (!rig_open(&r, &why)) {
		printf("SSH: skipped, %s\n", why);
		rig_close(&r);
		return;
	}
	bench_login(b, &r);
	bench_sessions(b, &r);
	bring_up(&r);
	bench_show(b, &r);
	echo_with_show(b, &r);
	echo_with_traffic(b, &r);
	rig_close(&r);
}
