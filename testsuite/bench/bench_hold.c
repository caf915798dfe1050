/*
 * Ten thousand tunnels between two routers, each with an IKE SA and a pair of IPsec SAs of its own and dead peer
 * detection every 30 s both ways: what one end of a tunnel takes of memory, with its interface and its configuration but
 * without the address that it begins at, and what a router takes of a processor to hold them.  Both ends are in this process: half of all is one's.
 */

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/lab.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "testsuite/bench/bench.h"
#include "testsuite/bench/bench_opening.h"

#define TUNNELS		10000u
#define TUNNELS_FEW	100u
#define UP_WITHIN	(600 * NSEC_SEC)
#define SETTLE		(120 * NSEC_SEC)	/* exchanges are forgotten, pairs that were made twice are gone */
#define HOLD_S		300

struct hold { struct lab *lab; };

/* Each of n tunnels from an address of its own to one of the other's; of those addresses there are always as many. */
static void
write_config(const char *dir, unsigned me, unsigned n)
{
	unsigned other = 3 - me;
	struct text t = { 0 };
	char name[16];

	text_printf(&t, "hostname R%u\nno logging console\ncrypto isakmp policy 10\n encryption aes\n authentication pre-share\n group 19\n", me);
	text_add(&t, "crypto isakmp key k address 0.0.0.0 0.0.0.0\ncrypto isakmp keepalive 30 periodic\n");
	text_add(&t, "crypto ipsec transform-set T esp-aes esp-sha-hmac\ncrypto ipsec profile P\n set transform-set T\n");
	for (unsigned i = 0; i < TUNNELS; i++)
		text_printf(&t, "interface Loopback%u\n ip address 10.%u.%u.%u 255.255.255.255\n", i + 1, 100 + me, i >> 8, i & 255);
	for (unsigned i = 0; i < n; i++)
		text_printf(&t, "interface Tunnel%u\n ip address 172.%u.%u.%u 255.255.255.252\n tunnel source Loopback%u\n tunnel destination 10.%u.%u.%u\n"
		    " tunnel mode ipsec ipv4\n tunnel protection ipsec profile P\n", i + 1, 16 + (i >> 14), (i >> 6) & 255, (i & 63) * 4 + me, i + 1,
		    100 + other, i >> 8, i & 255);
	text_printf(&t, "interface GigabitEthernet0/0\n ip address 192.0.2.%u 255.255.255.0\n no shutdown\n", me);
	text_printf(&t, "ip route 10.%u.0.0 255.255.0.0 192.0.2.%u\nend\n", 100 + other, other);
	snprintf(name, sizeof(name), "R%u.cfg", me);
	bench_write_file(dir, name, text_str(&t));
	text_free(&t);
}

static void
lab_open(struct hold *h, unsigned n)
{
	static const char *const files[] = { "lab.yml", "R1.cfg", "R2.cfg" };
	char dir[] = "/tmp/inspire-hold-XXXXXX", *why = NULL, *path;
	struct lab_options lo = { .seed = 1, .load_config = bench_load_config, .arg = &h->lab };

	if (mkdtemp(dir) == NULL)
		fatal("no folder for a lab");
	write_config(dir, 1, n);
	write_config(dir, 2, n);
	bench_write_file(dir, "lab.yml", "name: hold\ntopology:\n  nodes:\n    R1: {kind: linux, image: inspire, startup-config: R1.cfg}\n"
	    "    R2: {kind: linux, image: inspire, startup-config: R2.cfg}\n  links:\n    - endpoints: [\"R1:GigabitEthernet0/0\", \"R2:GigabitEthernet0/0\"]\n");
	lo.topology = path = xasprintf("%s/lab.yml", dir);
	if ((h->lab = lab_new(&lo, &why)) == NULL)
		fatal("%s", why);
	free(path);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		path = xasprintf("%s/%s", dir, files[i]);
		unlink(path);
		free(path);
	}
	rmdir(dir);
}

static void
run_for(struct hold *h, int64_t ns)
{
	for (int64_t end = clock_now(lab_clock(h->lab)) + ns; lab_step(h->lab, end);)
		;
}

static void
count_up(void *arg, const struct if_info *i)
{
	*(unsigned *)arg += i->line_up && i->name[0] == 'T';
}

static void
bring_up(struct hold *h, unsigned n)
{
	int64_t end = clock_now(lab_clock(h->lab)) + UP_WITHIN;
	unsigned up = 0;

	while (up < n) {
		if (clock_now(lab_clock(h->lab)) > end)
			fatal("%u of %u tunnels are up after %lld s", up, n, (long long)(UP_WITHIN / NSEC_SEC));
		run_for(h, 10 * NSEC_SEC);
		up = 0;
		router_if_each(lab_nodes(h->lab)->router, count_up, &up);
	}
	run_for(h, SETTLE);
}

static double
heap(void)
{
	struct mallinfo2 m = mallinfo2();

	return (double)(m.uordblks + m.hblkhd);
}

void
bench_hold(struct bench *b)
{
	double before, few, begin;
	struct hold h;
	int64_t cpu;

	lab_open(&h, TUNNELS_FEW);
	bring_up(&h, TUNNELS_FEW);
	few = heap();
	lab_free(h.lab);
	before = heap();
	cpu = bench_cpu();
	lab_open(&h, TUNNELS);
	bring_up(&h, TUNNELS);
	printf("    both ends up after %.1f s of a processor\n", (double)(bench_cpu() - cpu) / (double)NSEC_SEC);
	begin = (heap() - before) - (few - before);
	bench_cost(b, "one end of a tunnel held", "KB", begin / (2.0 * (TUNNELS - TUNNELS_FEW)) / 1024, 12);
	cpu = bench_cpu();
	run_for(&h, HOLD_S * NSEC_SEC);
	bench_cost(b, "10,000 tunnels held, DPD each 30 s, of a core", "%", 100.0 * (double)(bench_cpu() - cpu) / 2 / (HOLD_S * (double)NSEC_SEC), 5);
	lab_free(h.lab);
}
