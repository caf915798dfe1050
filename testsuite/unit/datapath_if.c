/* Interfaces: counters, rates, going down, being taken away. */

#include <stdlib.h>
#include <string.h>

#include "datapath/internal.h"
#include "datapath/own.h"
#include "datapath/wire.h"
#include "lib/addr.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "testsuite/unit/datapath_test.h"

START_TEST(counters)
{
	struct bench *b = bench_new();
	struct dp_if_info lan, link;
	uint8_t ip[128];
	size_t n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, 0, ip, 86);

	dp_if_clear_counters(b->dp[0], LAN);
	dp_if_clear_counters(b->dp[0], LINK);
	bench_host_send(b, 0, ip, n);
	bench_host_send(b, 0, ip, n);
	ck_assert(dp_if_info(b->dp[0], LAN, &lan));
	ck_assert(dp_if_info(b->dp[0], LINK, &link));
	ck_assert_uint_eq(lan.in_packets, 2);
	ck_assert_uint_eq(lan.in_bytes, 2 * (ETH_LEN + n));
	ck_assert_uint_eq(lan.out_packets, 0);
	ck_assert_int_eq(lan.last_in_ns, clock_now(b->clock));
	ck_assert_uint_eq(link.out_packets, 3);		/* one ARP request */
	ck_assert_uint_eq(link.out_bytes, 2 * (ETH_LEN + n) + ETH_MIN);
	bench_frame_in(b, 0, LAN, ip, 13);
	ck_assert(dp_if_info(b->dp[0], LAN, &lan));
	ck_assert_uint_eq(lan.in_errors, 1);
	ck_assert(!dp_if_info(b->dp[0], 9, &lan));
	ck_assert(!dp_if_info(b->dp[0], 0, &lan));
	bench_free(b);
}
END_TEST

/* 1000 bits a second for an hour: the mean is there to the bit; five minutes later 1/e of it is left. */
START_TEST(rates)
{
	struct bench *b = bench_new();
	struct dp_if_info i;
	uint8_t ip[125];
	size_t n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, 0, ip, 125 - ETH_LEN - IP4_LEN - UDP_LEN);
	int s;

	for (s = 0; s < 3600; s++) {
		bench_host_send(b, 0, ip, n);
		bench_clear(b);
		bench_wait(b, NSEC_SEC);
	}
	dp_if_info(b->dp[0], LAN, &i);
	ck_assert_uint_ge(i.rate_in_bps, 999);
	ck_assert_uint_le(i.rate_in_bps, 1001);
	ck_assert_uint_eq(i.rate_in_pps, 1);
	bench_wait(b, 300 * NSEC_SEC);
	dp_if_info(b->dp[0], LAN, &i);
	ck_assert_uint_ge(i.rate_in_bps, 360);
	ck_assert_uint_le(i.rate_in_bps, 376);
	bench_wait(b, 30 * 86400 * NSEC_SEC);
	dp_if_info(b->dp[0], LAN, &i);
	ck_assert_uint_eq(i.rate_in_bps, 0);
	/* A burst, and nobody looks for a day: it is forgotten, not spread over the day. */
	for (s = 0; s < 1000; s++)
		bench_host_send(b, 0, ip, n);
	bench_wait(b, 86400 * NSEC_SEC);
	dp_if_info(b->dp[0], LAN, &i);
	ck_assert_uint_eq(i.rate_in_bps, 0);
	bench_free(b);
}
END_TEST

START_TEST(down)
{
	struct bench *b = bench_new();
	uint8_t ip[128];
	size_t n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, 0, "x", 1), m;

	dp_if_set_up(b->dp[0], LINK, false);
	bench_host_send(b, 0, ip, n);
	ck_assert_uint_eq(COUNT(b, 0, if_down), 1);
	ck_assert_uint_eq(dp_source_for(b->dp[0], LINK_IP(0)), 0);
	ck_assert_uint_eq(b->nwire, 0);
	bench_frame_in(b, 0, LINK, ip, n);
	ck_assert_uint_eq(COUNT(b, 0, if_down), 2);
	dp_if_set_up(b->dp[0], LINK, true);
	bench_host_send(b, 0, ip, n);
	ck_assert_ptr_nonnull(bench_ip_out(b, 1, 0, &m));
	bench_free(b);
}
END_TEST

START_TEST(removed)
{
	struct bench *b = bench_new();
	uint8_t ip[128];
	size_t n = mk_udp(ip, HOST_IP(0), HOST_IP(1), 1, 2, 0, "x", 1);

	b->hosts = false;
	bench_host_send(b, 1, ip, mk_udp(ip, HOST_IP(1), HOST_IP(0), 1, 2, 0, "x", 1));
	ck_assert_uint_eq(b->dp[0]->pool.held, 1);	/* waits for A */
	dp_if_del(b->dp[0], LAN);
	ck_assert_uint_eq(b->dp[0]->pool.held, 0);
	dp_if_del(b->dp[0], LAN);
	bench_frame_in(b, 0, LAN, ip, n);
	bench_host_send(b, 1, ip, mk_udp(ip, HOST_IP(1), HOST_IP(0), 1, 2, 0, "x", 1));
	ck_assert_uint_eq(COUNT(b, 0, ip_no_route), 1);
	ck_assert_uint_eq(dp_if_add(b->dp[0], DP_IF_LOOPBACK, NULL), LAN);
	bench_free(b);
}
END_TEST

START_TEST(several_addresses)
{
	const uint32_t addrs[] = { LAN_IP(0), IP(172, 20, 0, 1), IP(172, 21, 0, 1) };
	const unsigned lens[] = { 24, 16, 31 };
	struct bench *b = bench_new();
	uint8_t ip[64];
	size_t i, n;

	dp_if_set_addr(b->dp[0], LAN, addrs, lens, 3);
	ck_assert_uint_eq(b->nout, 3);		/* each is announced */
	dp_route_set(b->dp[0], IP(172, 20, 0, 0), 16, 0, LAN);
	ck_assert_uint_eq(dp_source_for(b->dp[0], IP(172, 20, 7, 7)), addrs[1]);
	for (i = 0; i < 3; i++) {
		bench_clear(b);
		bench_host_send(b, 0, ip, mk_echo(ip, HOST_IP(0), addrs[i], 9, 0, 8));
		ck_assert_ptr_nonnull(bench_ip_out(b, 0, 0, &n));
	}
	/* The broadcast of each, but a /31 has none. */
	for (i = 0; i < 3; i++)
		bench_host_send(b, 0, ip, mk_echo(ip, HOST_IP(0), (uint32_t[]){ IP(192, 168, 1, 255), IP(172, 20, 255, 255), IP(172, 21, 0, 0) }[i], 9, 0, 8));
	ck_assert_uint_eq(COUNT(b, 0, icmp_ignored), 2);
	ck_assert_uint_eq(COUNT(b, 0, ip_no_route), 1);
	bench_free(b);
}
END_TEST

/* Shorter than a header, longer than the interface carries: each is an error by name, and none of its bytes is looked at. */
START_TEST(frames_out_of_bounds)
{
	struct bench *b = bench_new();
	struct dp_if_info i;
	uint64_t errors;
	size_t n;

	ck_assert(dp_if_info(b->dp[0], LAN, &i));
	errors = i.in_errors;
	for (n = 0; n < ETH_LEN; n++) {
		uint8_t *f = xcalloc(1, n + 1);

		bench_frame_in(b, 0, LAN, f + 1, n);
		free(f);
		ck_assert_uint_eq(COUNT(b, 0, eth_short), n + 1);
	}
	for (n = ETH_LEN + i.mtu; n <= 9600; n += 97) {
		uint8_t *f = xcalloc(1, n + 64);
		uint64_t giants = COUNT(b, 0, eth_giant);

		memcpy(f, i.mac, 6);
		put16(f + 12, ETHERTYPE_IP4);
		bench_frame_in(b, 0, LAN, f, n);
		free(f);
		if (n > ETH_LEN + i.mtu + 4)
			ck_assert_uint_eq(COUNT(b, 0, eth_giant), giants + 1);
	}
	ck_assert_uint_eq(b->dp[0]->pool.held, 0);
	errors += COUNT(b, 0, eth_short) + COUNT(b, 0, eth_giant);
	ck_assert(dp_if_info(b->dp[0], LAN, &i));
	ck_assert_uint_eq(i.in_errors, errors);
	bench_free(b);
}
END_TEST

#define OWN_IFS	24u
#define OWN_NETS	6u	/* few addresses: many are of several interfaces, also as a broadcast */

/* The first interface that has the address as its own, else the first that has it as a broadcast, by looking at all. */
static enum own_kind
own_plain(const struct dp *d, uint32_t addr, unsigned *ifidx)
{
	unsigned broad = 0, k;
	size_t i;

	for (k = 0; k < d->nifs; k++)
		for (i = 0; d->ifs[k] != NULL && d->ifs[k]->info.up && i < d->ifs[k]->naddrs; i++) {
			uint32_t a = d->ifs[k]->addrs[i].addr, host = d->ifs[k]->addrs[i].len > 30 ? 0 : ~ip4_mask(d->ifs[k]->addrs[i].len);

			if (a == addr) {
				*ifidx = k + 1;
				return OWN_ADDR;
			}
			if (host != 0 && (addr == (a & ~host) || addr == (a | host)) && broad == 0)
				broad = k + 1;
		}
	*ifidx = broad;
	return broad != 0 ? OWN_BCAST : OWN_NOT;
}

static void
own_change(struct dp *d, struct chance *c, unsigned ifidx)
{
	static const unsigned some_lens[] = { 24, 28, 30, 31, 32 };
	uint32_t addrs[3];
	unsigned lens[3], i, n = chance_below(c, 4);

	for (i = 0; i < n; i++) {
		addrs[i] = IP(10, 0, chance_below(c, OWN_NETS), chance_below(c, 8) * 4 + chance_below(c, 4));
		lens[i] = some_lens[chance_below(c, 5)];
	}
	if (chance_below(c, 3) == 0)
		dp_if_set_up(d, ifidx, !dp_if_get(d, ifidx)->info.up);
	else
		dp_if_set_addr(d, ifidx, addrs, lens, n);
}

/* Interfaces come, go, and change their addresses: what is ours is what a look at all of them says. */
START_TEST(own_addresses)
{
	struct clock *clock = clock_new_virtual(0);
	struct chance *c = chance_new_seeded(_i);
	struct dp *d = dp_new(clock, c, &(struct dp_ops){ 0 }, NULL);
	unsigned ifidx[OWN_IFS], k, round, net, host, mine = 0, plain;

	for (k = 0; k < OWN_IFS; k++)
		ifidx[k] = dp_if_add(d, DP_IF_LOOPBACK, NULL);
	for (round = 0; round < 400; round++) {
		k = chance_below(c, OWN_IFS);
		if (chance_below(c, 20) == 0) {
			dp_if_del(d, ifidx[k]);
			ifidx[k] = dp_if_add(d, DP_IF_LOOPBACK, NULL);
		} else
			own_change(d, c, ifidx[k]);
		for (net = 0; net < OWN_NETS; net++)
			for (host = 0; host < 256; host++) {
				enum own_kind kind = own_plain(d, IP(10, 0, net, host), &plain);

				ck_assert_int_eq(own_find(d->own, IP(10, 0, net, host), &mine), kind);
				if (kind != OWN_NOT)
					ck_assert_uint_eq(mine, plain);
			}
	}
	dp_free(d);
	chance_free(c);
	clock_free(clock);
}
END_TEST

/* What an idle router's datapath holds, in the pool and in itself. */
START_TEST(small_when_idle)
{
	struct bench *b = bench_new();

	ck_assert_uint_le(b->dp[0]->pool.allocs * (sizeof(struct pkt) + PKT_SMALL) + sizeof(struct dp), 32768);
	bench_free(b);
}
END_TEST

START_TEST(names)
{
	unsigned c, k;

	for (c = 0; c < DPC__COUNT; c++) {
		ck_assert_uint_gt(strlen(dp_counter_name((enum dp_counter)c)), 0);
		ck_assert_uint_gt(strlen(dp_counter_text((enum dp_counter)c)), 0);
		ck_assert_uint_gt(strlen(dp_counter_group((enum dp_counter)c)), 0);
		for (k = 0; k < c; k++)
			ck_assert_str_ne(dp_counter_name((enum dp_counter)c), dp_counter_name((enum dp_counter)k));
	}
	ck_assert_str_eq(dp_counter_name(DPC_inv_spi), "invalid spi");
	ck_assert_int_eq(dp_counter_section(DPC_inv_spi), DP_SECTION_ERROR);
	ck_assert_int_eq(dp_counter_section(DPC_ip_ttl), DP_SECTION_IP);
}
END_TEST

void
datapath_if_tests(TCase *tc)
{
	tcase_add_test(tc, counters);
	tcase_add_test(tc, rates);
	tcase_add_test(tc, down);
	tcase_add_test(tc, removed);
	tcase_add_test(tc, several_addresses);
	tcase_add_test(tc, frames_out_of_bounds);
	tcase_add_loop_test(tc, own_addresses, 0, 8);
	tcase_add_test(tc, small_when_idle);
	tcase_add_test(tc, names);
}
