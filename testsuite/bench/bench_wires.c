/* A wire of datagrams on loopback: frames a second with batches and the kernel's cutting, against one frame a call. */

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datapath/port_int.h"
#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "testsuite/bench/bench.h"

#define FRAMES	20000u
#define LEN	1400u
#define AHEAD	32u		/* frames that nobody has read yet */

struct wires {
	struct clock		*clock;
	struct loop		*loop;
	struct port		*port[2][2];	/* plain, batched; each a pair */
	size_t			 got;
};

static void
on_frames(void *arg, struct port *p, struct dp_frame *f, size_t n, int64_t now)
{
	struct wires *w = arg;

	(void)p;
	(void)f;
	(void)now;
	w->got += n;
}

static void
on_line(void *arg, struct port *p, bool up, const char *why)
{
	(void)arg;
	(void)p;
	(void)up;
	(void)why;
}

static unsigned
free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (s < 0 || bind(s, (struct sockaddr *)&a, len) != 0 || getsockname(s, (struct sockaddr *)&a, &len) != 0)
		fatal("no port on loopback");
	close(s);
	return ntohs(a.sin_port);
}

static struct port *
open_end(struct wires *w, unsigned from, unsigned to, uint8_t number)
{
	static const struct port_ops ops = { .frames = on_frames, .line = on_line };
	struct port_env env = { .loop = w->loop, .ops = &ops, .arg = w, .mac = { 2, 0, 0, 0, 0, number } };
	char spec[80], *why = NULL;
	struct port *p;

	snprintf(spec, sizeof(spec), "udp:127.0.0.1:%u:127.0.0.1:%u", from, to);
	if ((p = port_new(&env, spec, &why)) == NULL)
		fatal("%s", why);
	return p;
}

static double
carry(struct wires *w, struct port **pair)
{
	uint8_t f[LEN] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 };
	int64_t start = clock_now(w->clock), limit = start + 10 * NSEC_SEC;
	size_t sent = 0;

	w->got = 0;
	while (w->got < FRAMES && clock_now(w->clock) < limit) {
		for (; sent < FRAMES && sent < w->got + AHEAD; sent++)
			port_tx(pair[0], f, LEN);
		port_flush(pair[0]);
		loop_once(w->loop, 0);
	}
	if (w->got < FRAMES)
		fatal("%zu of %u frames arrived", w->got, FRAMES);
	return (double)(clock_now(w->clock) - start) / 1e9;
}

static double
batched(void *arg)
{
	struct wires *w = arg;

	return carry(w, w->port[1]);
}

static double
plain(void *arg)
{
	struct wires *w = arg;

	return carry(w, w->port[0]);
}

void
bench_wires(struct bench *b)
{
	struct wires w = { .clock = clock_new_real() };
	struct bench_pair t;

	w.loop = loop_new(w.clock);
	for (int i = 0; i < 2; i++) {
		unsigned pa = free_port(), pb = free_port();

		w.port[i][0] = open_end(&w, pa, pb, 1);
		w.port[i][1] = open_end(&w, pb, pa, 2);
	}
	loop_once(w.loop, 0);
	port_udp_plain(w.port[0][0], 1);
	port_udp_plain(w.port[0][1], 1);
	t = bench_turns(batched, plain, &w);
	bench_rate(b, "udp port, 1,400 bytes: batches, GSO to one by one", "frames/s", FRAMES / t.a, FRAMES / t.a / t.ratio, 2);
	for (int i = 0; i < 4; i++)
		port_free(w.port[i / 2][i % 2]);
	loop_free(w.loop);
	clock_free(w.clock);
}
