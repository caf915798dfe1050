/*
 * ESP that nobody sealed, by the hundred thousand: SPIs that are not there, from one source and from as many as there are packets,
 * numbers that came before, and wrong tags. What the log, IKE and memory make of it is bounded; the tunnel carries all
 * that is sent, is rekeyed under way, and its peer is not taken for dead.
 */

#include <malloc.h>
#include <string.h>

#include "datapath/internal.h"
#include "datapath/wire.h"
#include "testsuite/unit/engine_pair.h"

#define FLOOD_S		300
#define AGAIN_S		60
#define ALL_S		(FLOOD_S + AGAIN_S)
#define TICK		(10 * NSEC_MS)
#define EACH		8		/* of a kind in one tick: 240,000 in all */
#define FRAME		(ETH_LEN + IP4_LEN + 8 + 16 + 32 + 12)	/* AES-CBC and SHA-1 */
#define HEAP_MORE	(64 * 1024)	/* exchanges under way */

enum kind { UNKNOWN_MANY, UNKNOWN_PEER, REPLAYED, WRONG_TAG, KINDS };

struct flood {
	struct pair_wire	*w;
	struct timer		 timer;
	struct chance		*chance;
	int64_t			 until;
	uint64_t		 sent[KINDS];
	uint8_t			 mac[6];
};

static void
frame_make(struct flood *f, enum kind k, uint32_t spi, uint8_t frame[FRAME])
{
	uint8_t	*ip = frame + ETH_LEN;
	bool	 known = k == REPLAYED || k == WRONG_TAG;

	memset(frame, 0x5a, FRAME);
	memcpy(frame, f->mac, 6);
	put16(frame + 12, ETHERTYPE_IP4);
	memset(ip, 0, IP4_LEN);
	ip[0] = 0x45;
	put16(ip + IP4_TOTAL, FRAME - ETH_LEN);
	ip[IP4_TTL] = 60;
	ip[IP4_PROTO] = 50;
	put32(ip + IP4_SRC, k == UNKNOWN_MANY ? UINT32_C(0x30000000) | chance_u32(f->chance) >> 8 : R1_ADDR);
	put32(ip + IP4_DST, R2_ADDR);
	ip4_seal(ip, IP4_LEN);
	put32(ip + IP4_LEN, known ? spi : chance_u32(f->chance) | 256);
	put32(ip + IP4_LEN + 4, k == WRONG_TAG ? UINT32_C(0x40000000) | chance_u32(f->chance) >> 8 : 1);
}

static void
flood_tick(void *arg)
{
	struct flood	*f = arg;
	uint32_t	 spi = flow_sum(f->w, R2).spi_in;
	uint8_t		 bytes[KINDS * EACH][FRAME];
	struct dp_frame	 v[KINDS * EACH];
	unsigned	 i;

	for (i = 0; i < KINDS * EACH; i++) {
		frame_make(f, (enum kind)(i % KINDS), spi, bytes[i]);
		v[i] = (struct dp_frame){ bytes[i], FRAME };
		f->sent[i % KINDS]++;
	}
	router_input_batch(f->w->end[R2].r, "GigabitEthernet0/0", v, KINDS * EACH, clock_now(f->w->clock));
	if (clock_now(f->w->clock) < f->until)
		timer_in(&f->timer, TICK);
}

static void
tweak(struct config *c, unsigned n)
{
	c->ipsec_life.s = FLOOD_S;
	c->ipsec_life.s_set = true;
	c->keepalive_s = 10;
	c->keepalive_retry_s = 2;
	c->keepalive_periodic = true;
	c->invalid_spi_recovery = n == R2;
}

/* But for what the test itself keeps.  0 where the heap is not libc's (sanitizers have their own), which says nothing then. */
static size_t
heap(const struct pair_wire *w)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks == 0 ? 0 : m.uordblks + m.hblkhd - w->end[R1].log.cap - w->end[R2].log.cap;
}

static void
flood_run(struct flood *f, unsigned seconds)
{
	struct if_info	info;

	ck_assert(router_if_info(f->w->end[R2].r, "GigabitEthernet0/0", &info));
	memcpy(f->mac, info.dp.mac, 6);
	timer_init(&f->timer, f->w->clock, flood_tick, f);
	timer_in(&f->timer, TICK);
	f->until = clock_now(f->w->clock) + seconds * NSEC_SEC;
	wire_run(f->w, seconds * NSEC_SEC + NSEC_SEC);
}

static void
log_is_bounded(struct flood *f)
{
	struct inv_spi_info	info;

	router_inv_spi_info(f->w->end[R2].r, &info);
	ck_assert_uint_eq(info.packets, f->sent[UNKNOWN_MANY] + f->sent[UNKNOWN_PEER]);
	ck_assert_uint_eq(info.logged + info.suppressed, info.packets);
	ck_assert_uint_gt(info.logged, 0);
	ck_assert_uint_le(info.logged, 10 * (ALL_S + 2));
	ck_assert_uint_le(info.flows, info.flows_max);
	ck_assert_uint_eq(info.recoveries, 0);		/* there is an IKE SA all the time */
	ck_assert_uint_eq(logged_times(f->w, R2, "RECVD_PKT_INV_SPI"), info.logged);
	ck_assert_uint_ge(logged_times(f->w, R2, "RECVD_PKT_MAC_ERR"), 1);
	ck_assert_uint_le(logged_times(f->w, R2, "RECVD_PKT_MAC_ERR"), 2 * (ALL_S / 30 + 1));	/* of two pairs */
	ck_assert_uint_ge(logged_times(f->w, R2, "PKT_REPLAY_ERR"), 1);
	ck_assert_uint_le(logged_times(f->w, R2, "PKT_REPLAY_ERR"), 2 * (ALL_S / 60 + 1));
}

static void
all_is_counted(const struct flood *f)
{
	const struct dp	*d = f->w->end[R2].r->dp;

	ck_assert_uint_eq(dp_count(d, DPC_inv_spi), f->sent[UNKNOWN_MANY] + f->sent[UNKNOWN_PEER]);
	ck_assert_uint_eq(dp_count(d, DPC_in_replay) + dp_count(d, DPC_in_auth), f->sent[REPLAYED] + f->sent[WRONG_TAG]);
	ck_assert_uint_ge(dp_count(d, DPC_in_auth), f->sent[WRONG_TAG]);
}

START_TEST(tunnel_lives_on)
{
	struct pair_wire	*w = wire_new(1, tweak);
	struct flood		 f = { .w = w, .chance = chance_new_seeded(9) };
	uint64_t		 pool, ike;
	uint32_t		 spi;
	size_t			 before;

	wire_run(w, 5 * NSEC_SEC);
	wire_stream(w, 5 * NSEC_MS);
	wire_run(w, 15 * NSEC_SEC);
	spi = flow_sum(w, R2).spi_in;
	pool = w->end[R2].r->dp->pool.allocs;
	ike = w->ike_frames;
	flood_run(&f, FLOOD_S);
	before = heap(w);				/* what is bounded is full */
	flood_run(&f, AGAIN_S);
	ck_assert_uint_le(heap(w), before + HEAP_MORE);
	wire_stream(w, 0);
	wire_run(w, NSEC_SEC);
	ck_assert_uint_ge(f.sent[UNKNOWN_MANY], FLOOD_S * EACH * (NSEC_SEC / TICK) - 2 * EACH);
	ck_assert_uint_eq(flow_sum(w, R2).decaps, w->streamed);		/* nothing is lost */
	ck_assert_uint_ne(flow_sum(w, R2).spi_in, spi);			/* and it was rekeyed */
	ck_assert_uint_eq(logged_times(w, R1, "changed state to down") + logged_times(w, R2, "changed state to down"), 0);
	ck_assert_uint_eq(w->end[R2].r->dp->pool.held, 0);
	ck_assert_uint_le(w->end[R2].r->dp->pool.allocs - pool, KINDS * EACH);
	ck_assert_uint_le(w->ike_frames - ike, 2 * 20 * (ALL_S + 4));	/* twenty requests a second at most */
	all_is_counted(&f);
	log_is_bounded(&f);
	chance_free(f.chance);
	wire_free(w);
}
END_TEST

void
engine_flood_tests(TCase *tc)
{
	tcase_add_test(tc, tunnel_lives_on);
}
