/* Two routers and their tunnels: see bench_tunnels.h. */

#include "testsuite/bench/bench_tunnels.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/lab.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "testsuite/bench/bench_opening.h"

#define UP_WITHIN	(600 * NSEC_SEC)

static char *
config(const struct bench_tunnels *b, unsigned me)
{
	unsigned other = 3 - me;
	struct text t = { 0 };

	text_printf(&t, "hostname R%u\nno logging console\ncrypto isakmp policy 10\n encryption aes\n authentication pre-share\n group 19\n", me);
	text_printf(&t, "crypto isakmp key k address 0.0.0.0 0.0.0.0\n%s", b->crypto);
	text_add(&t, "crypto ipsec transform-set T esp-aes esp-sha-hmac\ncrypto ipsec profile P\n set transform-set T\n");
	for (unsigned i = 0; i < b->loopbacks; i++)
		text_printf(&t, "interface Loopback%u\n ip address 10.%u.%u.%u 255.255.255.255\n", i + 1, 100 + me, i >> 8, i & 255);
	for (unsigned i = 0; i < b->n; i++)
		text_printf(&t, "interface Tunnel%u\n ip address 172.%u.%u.%u 255.255.255.252\n tunnel source Loopback%u\n tunnel destination 10.%u.%u.%u\n"
		    " tunnel mode ipsec ipv4\n tunnel protection ipsec profile P\n", i + 1, 16 + (i >> 14), (i >> 6) & 255, (i & 63) * 4 + me, i + 1,
		    100 + other, i >> 8, i & 255);
	text_printf(&t, "interface GigabitEthernet0/0\n ip address 192.0.2.%u 255.255.255.0\n no shutdown\n", me);
	text_printf(&t, "ip route 10.%u.0.0 255.255.0.0 192.0.2.%u\nend\n", 100 + other, other);
	return text_take(&t);
}

static void
config_write(const struct bench_tunnels *t, const char *dir, unsigned me)
{
	char name[16], *text = t->typed ? xasprintf("hostname R%u\n", me) : config(t, me);

	snprintf(name, sizeof(name), "R%u.cfg", me);
	bench_write_file(dir, name, text);
	free(text);
}

static void
config_type(struct bench_tunnels *t)
{
	struct node *n;
	unsigned me;
	char *text;

	for (n = lab_nodes(t->lab), me = 1; n != NULL; n = n->next, me++) {
		text = config(t, me);
		bench_load_config(&t->lab, n->router, text);
		free(text);
	}
}

void
bench_tunnels_open(struct bench_tunnels *t)
{
	static const char *const files[] = { "lab.yml", "R1.cfg", "R2.cfg" };
	char dir[] = "/tmp/inspire-tunnels-XXXXXX", *why = NULL, *path;
	struct lab_options lo = { .seed = 1, .load_config = bench_load_config, .arg = &t->lab };

	if (mkdtemp(dir) == NULL)
		fatal("no folder for a lab");
	config_write(t, dir, 1);
	config_write(t, dir, 2);
	bench_write_file(dir, "lab.yml", "name: tunnels\ntopology:\n  nodes:\n    R1: {kind: linux, image: inspire, startup-config: R1.cfg}\n"
	    "    R2: {kind: linux, image: inspire, startup-config: R2.cfg}\n  links:\n    - endpoints: [\"R1:GigabitEthernet0/0\", \"R2:GigabitEthernet0/0\"]\n");
	lo.topology = path = xasprintf("%s/lab.yml", dir);
	if ((t->lab = lab_new(&lo, &why)) == NULL)
		fatal("%s", why);
	free(path);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		path = xasprintf("%s/%s", dir, files[i]);
		unlink(path);
		free(path);
	}
	rmdir(dir);
	if (t->typed)
		config_type(t);
}

void
bench_tunnels_run(struct bench_tunnels *t, int64_t ns)
{
	for (int64_t end = clock_now(lab_clock(t->lab)) + ns; lab_step(t->lab, end);)
		;
}

static void
count_up(void *arg, const struct if_info *i)
{
	*(unsigned *)arg += i->line_up && i->name[0] == 'T';
}

void
bench_tunnels_bring_up(struct bench_tunnels *t)
{
	int64_t end = clock_now(lab_clock(t->lab)) + UP_WITHIN;
	unsigned up = 0;

	while (up < t->n) {
		if (clock_now(lab_clock(t->lab)) > end)
			fatal("%u of %u tunnels are up after %lld s", up, t->n, (long long)(UP_WITHIN / NSEC_SEC));
		bench_tunnels_run(t, 10 * NSEC_SEC);
		up = 0;
		router_if_each(lab_nodes(t->lab)->router, count_up, &up);
	}
}
