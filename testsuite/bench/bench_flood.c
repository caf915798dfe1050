/*
 * Floods: one router whose core is all taken. What a packet that nobody sealed costs it, by kind, in vectors of 256 and from a
 * million sources, and what that leaves of the traffic of a tunnel when ten of those come for each of its packets.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datapath/crypto.h"
#include "datapath/datapath.h"
#include "datapath/wire.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "testsuite/bench/bench.h"
#include "testsuite/plain_net.h"

#define VEC		256u
#define SOURCES		0xfffffu	/* mask: a million */
#define INNER		512u
#define TEXT		(INNER + 4)	/* with two bytes of padding and two of trailer */
#define FRAME		(ETH_LEN + IP4_LEN + 8 + 8 + TEXT + 16)
#define ROOM		((DP_HEADROOM + FRAME + DP_TAILROOM + 63) / 64 * 64)
#define TURNS		200u
#define SPI		0x10203040u
#define US		0xc0000202u
#define PEER		0xc0000201u

static const uint8_t lan_mac[6] = { 2, 0, 0, 0, 1, 1 }, wan_mac[6] = { 2, 0, 0, 0, 1, 2 };

enum kind { LEGIT, UNKNOWN, REPLAYED, WRONG_TAG };

struct flood {
	struct clock	*clock;
	struct chance	*chance;
	struct dp	*dp;
	struct crypto	 crypto;
	struct cryptor	*key;
	unsigned	 lan, wan;
	uint64_t	 seq, arrived;
	uint8_t		 bytes[VEC][ROOM];	/* lent, as wires lend them */
	struct dp_frame	 v[VEC];
};

static void
on_tx(void *arg, unsigned ifidx, const uint8_t *frame, size_t len)
{
	struct flood		*f = arg;

	(void)len;
	if (!plain_arp(f->dp, ifidx, frame, 0))
		f->arrived += ifidx == f->lan;
}

static struct sa_params
params(enum sa_dir dir, unsigned tunnel_if)
{
	struct sa_params	p = {
		.dir = dir, .proto = SA_ESP, .spi = SPI, .src = addr_v4(PEER), .dst = addr_v4(US), .cipher = SA_CIPHER_AES_GCM,
		.enc_key_len = 20, .replay_window = 64, .tunnel_if = tunnel_if,
	};

	memset(p.enc_key, 0x42, p.enc_key_len);
	return p;
}

static void
frame_make(struct flood *f, uint8_t *frame, enum kind k)
{
	uint8_t		*esp = frame + ETH_LEN + IP4_LEN, *text = esp + 16;
	uint64_t	 seq = k == REPLAYED ? 1 : k == WRONG_TAG ? f->seq + 1000 : k == LEGIT ? ++f->seq : 1;

	plain_frame(frame, wan_mac, FRAME - ETH_LEN, 50, k == LEGIT ? PEER : 0x0a000000 | (chance_u32(f->chance) & SOURCES), US);
	put32(esp, k == UNKNOWN ? chance_u32(f->chance) | 256 : SPI);
	put32(esp + 4, (uint32_t)seq);
	if (k != LEGIT)
		return;
	memset(text, 0x5a, TEXT);
	plain_ip(text, INNER, PROTO_UDP, 0x0a010005, 0x0a020005);
	memcpy(text + INNER, (const uint8_t[4]){ 1, 2, 2, 4 }, 4);
	if (!f->key->seal(f->key, esp, TEXT, seq))
		fatal("the library can't seal");
}

static void
flood_init(struct flood *f)
{
	static const struct dp_ops	ops = { .tx = on_tx };
	struct sa_params		p;
	const char			*why;
	unsigned			 vti, i;

	*f = (struct flood){ .clock = clock_new_virtual(0), .chance = chance_new_seeded(1) };
	f->dp = dp_new(f->clock, f->chance, &ops, f);
	f->lan = plain_port(f->dp, DP_IF_ETHER, lan_mac, 0x0a020001);
	f->wan = plain_port(f->dp, DP_IF_ETHER, wan_mac, US);
	vti = plain_port(f->dp, DP_IF_VTI, NULL, 0xac100002);
	dp_if_set_tunnel(f->dp, vti, US, PEER);
	p = params(SA_IN, vti);
	if (dp_sa_add(f->dp, &p, &why, 0) == SA_NONE)
		fatal("%s", why);
	crypto_init(&f->crypto, f->chance);
	p = params(SA_OUT, 0);
	if ((f->key = cryptor_new(&f->crypto, &p, &why)) == NULL)
		fatal("%s", why);
	for (i = 0; i < VEC; i++)
		f->v[i].data = f->bytes[i] + DP_HEADROOM;
}

static void
flood_fini(struct flood *f)
{
	cryptor_free(f->key);
	crypto_fini(&f->crypto);
	dp_free(f->dp);
	chance_free(f->chance);
	clock_free(f->clock);
}

/* Of each group of `each` packets in a vector one is the tunnel's (0: none). ns a vector. */
static double
turn(struct flood *f, enum kind k, unsigned each)
{
	int64_t		start, spent = 0;
	uint64_t	legit = 0, before = f->arrived;
	unsigned	i, round;

	for (round = 0; round < TURNS; round++) {
		for (i = 0; i < VEC; i++) {
			enum kind one = each != 0 && i % each == 0 ? LEGIT : k;

			frame_make(f, f->bytes[i] + DP_HEADROOM, one);
			f->v[i] = (struct dp_frame){ f->bytes[i] + DP_HEADROOM, FRAME };
			legit += one == LEGIT;
		}
		start = bench_cpu();
		dp_input_lent(f->dp, f->wan, f->v, VEC, 0);
		spent += bench_cpu() - start;
	}
	if (f->arrived - before != legit)
		fatal("%llu packets of %llu arrived", (unsigned long long)(f->arrived - before), (unsigned long long)legit);
	return (double)spent / TURNS;
}

static double
median(struct flood *f, enum kind k, unsigned each)
{
	double		v[BENCH_TIMES];
	unsigned	i;

	for (i = 0; i < BENCH_TIMES; i++)
		v[i] = turn(f, k, each);
	return bench_median(v, BENCH_TIMES);
}

/* Legitimate packets a second with n of the flood for each, as part of those without. */
static double
kept(double alone, double mixed, unsigned n)
{
	unsigned	legit = (VEC + n) / (n + 1);

	return legit / mixed / (VEC / alone);
}

void
bench_flood(struct bench *b)
{
	static const char *const	 names[] = { "", "unknown SPIs", "replayed numbers", "wrong tags" };
	static const double		 at_most[] = { 0, 60, 100, 600 };	/* ns; tags are verified, 512 bytes each */
	struct flood			*f = xcalloc(1, sizeof(*f));
	double				 alone;
	uint64_t			 allocs;
	char				 name[80];
	enum kind			 k;

	flood_init(f);
	frame_make(f, f->bytes[0] + DP_HEADROOM, LEGIT);
	f->v[0].len = FRAME;
	dp_input_lent(f->dp, f->wan, f->v, 1, 0);	/* the neighbour's address is asked for */
	f->arrived = 0;
	alone = median(f, LEGIT, 1);
	printf("    a tunnel alone, %u B: %.0f ns a packet\n", INNER, alone / VEC);
	for (k = UNKNOWN; k <= WRONG_TAG; k++) {
		double all = median(f, k, 0), even = median(f, k, 2), ten = median(f, k, 11);

		snprintf(name, sizeof(name), "flood of %s, a million sources", names[k]);
		bench_cost(b, name, "ns", all / VEC, at_most[k]);
		printf("    of the tunnel's packets a full core still takes %.0f%% at one for one, %.0f%% at ten for one\n",
		    100 * kept(alone, even, 1), 100 * kept(alone, ten, 10));
		allocs = bench_allocs();
		turn(f, k, 11);
		snprintf(name, sizeof(name), "  heap calls in %u packets of it", VEC * TURNS);
		bench_cost(b, name, "calls", (double)(bench_allocs() - allocs), 0);
	}
	flood_fini(f);
	free(f);
}
