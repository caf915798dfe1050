/*
 * SAs by the million: what one takes of memory, how fast they come and go, look-ups in vectors, and the longest that
 * packets wait while the tables grow and while a hundred thousand end in one second.
 */

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datapath/crypto.h"
#include "datapath/datapath.h"
#include "datapath/sad.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "testsuite/bench/bench.h"

#define MILLION		1000000u
#define ENDING		100000u
#define KEYS		1000u
#define ROUNDS		2000u		/* vectors in a turn */
#define DRAWN		10u
#define STALL_MS	5

struct table {
	struct clock	*clock;
	struct chance	*chance;
	struct dp	*dp;
	uint32_t	*sa;
	uint32_t	*spi;
	double		 growth_us;	/* the longest that one took to be installed */
};

static double
heap(void)
{
	struct mallinfo2	m = mallinfo2();

	return (double)(m.uordblks + m.hblkhd);
}

static void
on_event(void *arg, enum sa_event_kind k, uint32_t sa, uint64_t cookie)
{
	struct table	*t = arg;

	(void)cookie;
	if (k == SA_EVENT_HARD_TIME)
		dp_sa_del(t->dp, sa);
}

static struct table *
table_new(struct clock *clock)
{
	static const struct dp_ops	 ops = { .sa_event = on_event };
	struct table			*t = xcalloc(1, sizeof(*t));

	t->clock = clock;
	t->chance = chance_new_seeded(4);
	t->sa = xcalloc(MILLION, sizeof(*t->sa));
	t->spi = xcalloc(MILLION, sizeof(*t->spi));
	t->dp = dp_new(clock, t->chance, &ops, t);
	return t;
}

static void
table_free(struct table *t)
{
	dp_free(t->dp);
	chance_free(t->chance);
	clock_free(t->clock);
	free(t->sa);
	free(t->spi);
	free(t);
}

static struct sa_params
params(void)
{
	struct sa_params	p = {
		.dir = SA_IN, .proto = SA_ESP, .src = addr_v4(0xc0000201), .dst = addr_v4(0xc0000202), .cipher = SA_CIPHER_AES_GCM,
		.enc_key_len = 20, .replay_window = 64, .soft_ns = 3000 * NSEC_SEC, .hard_ns = 3600 * NSEC_SEC,
	};

	memset(p.enc_key, 0x42, p.enc_key_len);
	return p;
}

static void
install(struct table *t, uint32_t n, struct sa_params *p)
{
	const char	*why;
	int64_t		 was = bench_cpu(), now;
	uint32_t	 i;

	for (i = 0; i < n; i++) {
		p->spi = t->spi[i] = dp_spi_new(t->dp, SA_ESP);
		if ((t->sa[i] = dp_sa_add(t->dp, p, &why, clock_now(t->clock))) == SA_NONE)
			fatal("%s", why);
		now = bench_cpu();
		if ((double)(now - was) / 1e3 > t->growth_us)
			t->growth_us = (double)(now - was) / 1e3;
		was = now;
	}
}

/* What a cipher's keys take by themselves. */
static double
key_bytes(struct table *t)
{
	struct cryptor		*k[KEYS];
	struct sa_params	 p = params();
	struct crypto		 c;
	const char		*why;
	double			 before;
	uint32_t		 i;

	crypto_init(&c, t->chance);
	cryptor_free(cryptor_new(&c, &p, &why));
	before = heap();
	for (i = 0; i < KEYS; i++)
		if ((k[i] = cryptor_new(&c, &p, &why)) == NULL)
			fatal("%s", why);
	before = heap() - before;
	for (i = 0; i < KEYS; i++)
		cryptor_free(k[i]);
	crypto_fini(&c);
	return before / KEYS;
}

static void
come_and_go(struct bench *b, uint32_t n)
{
	struct table		*t = table_new(clock_new_virtual(0));
	struct sa_params	 p = params();
	double			 keys = key_bytes(t), before, all, in, out;
	uint32_t		 i;
	char			 name[64];

	before = heap();
	in = (double)bench_cpu();
	install(t, n, &p);
	in = (double)bench_cpu() - in;
	all = (heap() - before) / n;
	out = (double)bench_cpu();
	for (i = 0; i < n; i++)
		dp_sa_del(t->dp, t->sa[i]);
	out = (double)bench_cpu() - out;
	printf("    %u SAs: %.0f installed a second, %.0f deleted; %.0f bytes each, %.0f of them the cipher's\n", n,
	    n / in * 1e9, n / out * 1e9, all, keys);
	snprintf(name, sizeof(name), "an SA of %u, all but its cipher's keys", n);
	if (n >= 1000)
		bench_cost(b, name, "bytes", all - keys, 512);
	if (n == MILLION)
		bench_cost(b, "longest that packets wait for one of them to be installed", "us", t->growth_us, 1000);
	table_free(t);
}

struct lookup {
	struct spi_table	 t;
	struct chance		*c;
	uintptr_t		 sink;
};

/* Spreads 0, 1, 2 ... over all SPIs, none twice. */
static uint32_t
spread(uint32_t x)
{
	x++;
	x = (x ^ x >> 16) * 0x85ebca6bu;
	x = (x ^ x >> 13) * 0xc2b2ae35u;
	return x ^ x >> 16;
}

/* Many vectors are drawn before the clock is read, which costs as much as some look-ups. */
static double
look_up(struct lookup *l)
{
	struct spi_key	 k[DRAWN][SPI_VEC];
	struct sa	*found[SPI_VEC];
	int64_t		 spent = 0, start;
	unsigned	 i, round;

	for (round = 0; round < ROUNDS; round += DRAWN) {
		for (i = 0; i < DRAWN * SPI_VEC; i++)
			k[i / SPI_VEC][i % SPI_VEC] = (struct spi_key){ spread(chance_below(l->c, MILLION)), SA_ESP };
		start = bench_cpu();
		for (i = 0; i < DRAWN; i++) {
			spi_find_vec(&l->t, k[i], SPI_VEC, found);
			l->sink += (uintptr_t)found[0];
		}
		spent += bench_cpu() - start;
	}
	return (double)ROUNDS * SPI_VEC / (double)spent * 1e3;
}

static void
vectors(struct bench *b)
{
	struct lookup	l = { .c = chance_new_seeded(7) };
	double		v[BENCH_TIMES];
	uint32_t	i;

	spi_table_init(&l.t, chance_u32(l.c));
	for (i = 0; i < MILLION; i++)
		if (!spi_add(&l.t, spread(i), SA_ESP, (struct sa *)(uintptr_t)(i + 1)))
			fatal("an SPI came twice");
	for (i = 0; i < BENCH_TIMES; i++)
		v[i] = look_up(&l);
	bench_rate(b, "look-ups of 1,000,000 SAs, vectors of 256", "M/s", bench_median(v, BENCH_TIMES), 30, 1);
	spi_table_fini(&l.t);
	chance_free(l.c);
}

/* The longest turn of the loop, on the real clock, while SAs end; all within spread. */
static void
ending(struct bench *b, const char *name, int64_t spread)
{
	struct table		*t = table_new(clock_new_real());
	struct loop		*l = loop_new(t->clock);
	struct sa_params	 p = params();
	int64_t			 first, start, took, longest = 0;
	const char		*why;
	uint32_t		 i;

	p.soft_ns = 0;
	first = clock_now(t->clock) + 5 * NSEC_SEC;
	for (i = 0; i < ENDING; i++) {
		p.spi = dp_spi_new(t->dp, SA_ESP);
		start = clock_now(t->clock);
		p.hard_ns = first + spread / ENDING * i - start;
		if (p.hard_ns <= 0 || dp_sa_add(t->dp, &p, &why, start) == SA_NONE)
			fatal("the SAs take too long to be installed");
	}
	while (dp_sa_count(t->dp) > 0) {
		start = bench_cpu();
		loop_once(l, -1);
		if ((took = bench_cpu() - start) > longest)
			longest = took;
	}
	bench_cost(b, name, "ms", (double)longest / (double)NSEC_MS, STALL_MS);
	loop_free(l);
	table_free(t);
}

void
bench_table(struct bench *b)
{
	static const uint32_t	sizes[] = { 1, 1000, 100000, MILLION };
	size_t			i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		come_and_go(b, sizes[i]);
	vectors(b);
	ending(b, "longest turn while 100,000 SAs end in 1 s", NSEC_SEC);
	ending(b, "longest turn while 100,000 SAs end at once", 0);
}
