/*
 * packets send TO PORT SIZE SECONDS RATE, packets receive AT PORT SECONDS, packets limit KIND SIZE: for make bench-peers, UDP of one size from a sender that has the
 * kernel cut a run of them (UDP_SEGMENT), counted at the receiver, which takes them as they come (UDP_GRO).  SIZE is that of
 * the IP packet; RATE is packets a second, 0 = as many as go.  The receiver counts for SECONDS from a third of a second after the first on,
 * and says how many packets that were, in how many nanoseconds.  The limit is what a library alone takes, the faster one of those that are
 * there: its name, and the seconds to seal and to open a packet of SIZE bytes.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "testsuite/bench/bench.h"
#include "testsuite/bench/bench_raw.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT	103
#endif
#ifndef UDP_GRO
#define UDP_GRO		104
#endif

#define HEADERS		28	/* of IPv4 and UDP */
#define RUN_MAX		64	/* packets of a call */
#define RUN_BYTES	64000
#define SECOND		INT64_C(1000000000)
#define LEAD		(SECOND / 3)
#define PATIENCE	10000	/* ms until the first packet */
#define VECTOR		256	/* packets that a library has at a time, in TURNS a go */
#define TURNS		20
#define TIMES		9

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static struct sockaddr_in
address(const char *ip, const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };

	if (inet_pton(AF_INET, ip, &a.sin_addr) != 1) {
		fprintf(stderr, "packets: '%s' is no address\n", ip);
		exit(2);
	}
	return a;
}

static void
wait_until(int64_t when)
{
	int64_t left = when - now();
	struct timespec t = { left / SECOND, left % SECOND };

	if (left > 0)
		nanosleep(&t, NULL);
}

static int
sender(const char *to, const char *port, int size, double seconds, double rate)
{
	static uint8_t data[RUN_BYTES + 9000];
	struct sockaddr_in a = address(to, port);
	int s = socket(AF_INET, SOCK_DGRAM, 0), each = size - HEADERS, run = RUN_BYTES / each < RUN_MAX ? RUN_BYTES / each : RUN_MAX;
	int64_t start = now(), end = start + (int64_t)(seconds * 1e9), t;
	uint64_t sent = 0, failed = 0;

	if (s < 0 || connect(s, (struct sockaddr *)&a, sizeof(a)) != 0)
		die("socket");
	if (setsockopt(s, SOL_UDP, UDP_SEGMENT, &each, sizeof(each)) != 0)
		die("UDP_SEGMENT");
	while ((t = now()) < end) {
		if (rate > 0)
			wait_until(start + (int64_t)((double)sent / rate * 1e9));
		if (send(s, data, (size_t)run * (size_t)each, 0) < 0) {
			if (errno != ENOBUFS && errno != EAGAIN && errno != ECONNREFUSED)
				die("send");
			failed++;
		}
		sent += (uint64_t)run;
	}
	printf("%llu %llu\n", (unsigned long long)sent, (unsigned long long)failed);
	return 0;
}

/* How many packets a read brought. */
static uint64_t
packets_of(struct msghdr *m, size_t n)
{
	int each = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO)
			memcpy(&each, CMSG_DATA(c), sizeof(each));
	return each > 0 ? (n + (size_t)each - 1) / (size_t)each : 1;
}

static int
receiver(const char *at, const char *port, double seconds)
{
	static uint8_t data[65536];
	struct sockaddr_in a = address(at, port);
	int s = socket(AF_INET, SOCK_DGRAM, 0), on = 1, room = 4 << 20;
	int64_t first = 0, window = (int64_t)(seconds * 1e9), t;
	uint64_t packets = 0;

	if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof(a)) != 0)
		die("bind");
	setsockopt(s, SOL_UDP, UDP_GRO, &on, sizeof(on));
	setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		union { struct cmsghdr head; uint8_t room[CMSG_SPACE(sizeof(int))]; } control;
		struct iovec v = { data, sizeof(data) };
		struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
		struct pollfd p = { s, POLLIN, 0 };
		int left = first == 0 ? PATIENCE : (int)((first + LEAD + window - now()) / 1000000) + 1;
		ssize_t n;

		if (left <= 0 || poll(&p, 1, left) <= 0)
			break;
		if ((n = recvmsg(s, &m, 0)) < 0)
			continue;
		t = now();
		if (first == 0)
			first = t;
		if (t >= first + LEAD + window)
			break;
		if (t >= first + LEAD)
			packets += packets_of(&m, (size_t)n);
	}
	printf("%llu %lld\n", (unsigned long long)packets, (long long)window);
	return 0;
}

int64_t
bench_cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

/* The fastest of several goes at one direction, seconds a packet. */
static double
fastest(struct raw *r, double (*time)(struct raw *r, unsigned turns))
{
	double best = 1, t;

	for (int i = 0; i < TIMES; i++)
		if ((t = time(r, TURNS) / TURNS / VECTOR) < best)
			best = t;
	return best;
}

static int
limit(enum raw_kind kind, size_t size)
{
	double seal = 1, open = 1;
	const char *name = "none";

	for (enum raw_lib lib = RAW_OPENSSL; lib <= RAW_IPSEC_MB; lib++) {
		struct raw *r = raw_has(lib) ? raw_new(lib, kind, raw_text(kind, size), VECTOR, 1) : NULL;
		double s, o;

		if (r == NULL)
			continue;
		s = fastest(r, raw_time_seal);
		o = fastest(r, raw_time_open);
		if (s + o < seal + open) {
			seal = s;
			open = o;
			name = raw_name(lib);
		}
		raw_free(r);
	}
	printf("%s %.3e %.3e\n", name, seal, open);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 7 && strcmp(argv[1], "send") == 0 && atoi(argv[4]) > HEADERS && atoi(argv[4]) <= 9000)
		return sender(argv[2], argv[3], atoi(argv[4]), atof(argv[5]), atof(argv[6]));
	if (argc == 5 && strcmp(argv[1], "receive") == 0)
		return receiver(argv[2], argv[3], atof(argv[4]));
	if (argc == 4 && strcmp(argv[1], "limit") == 0 && atoi(argv[3]) > HEADERS && atoi(argv[3]) <= 9000)
		return limit(strcmp(argv[2], "gcm") == 0 ? RAW_GCM : RAW_CBC_SHA1, (size_t)atoi(argv[3]));
	fprintf(stderr, "usage: packets send TO PORT SIZE SECONDS RATE | receive AT PORT SECONDS | limit gcm|cbc-sha1 SIZE\n");
	return 2;
}
