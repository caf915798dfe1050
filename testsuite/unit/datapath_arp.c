/* Address resolution: asking, answering, waiting, ageing. */

#include <string.h>

#include "datapath/arp.h"
#include "datapath/wire.h"
#include "testsuite/unit/datapath_test.h"

static const uint8_t host_mac[6] = { 2, 0, 0, 0, 0xaa, 0 };

static size_t
arps_out(const struct bench *b, int i, unsigned op)
{
	size_t k, n = 0;

	for (k = 0; k < b->nout; k++)
		if (b->out[k].dp == i && get16(b->out[k].data + 12) == ETHERTYPE_ARP4 && get16(b->out[k].data + 20) == op)
			n++;
	return n;
}

static bool
entry_of(const struct bench *b, int i, uint32_t ip, struct dp_arp_info *out)
{
	struct dp_arp_info list[16];
	size_t k, n = dp_arp_list(b->dp[i], list, 16);

	for (k = 0; k < n; k++)
		if (list[k].ip == ip) {
			*out = list[k];
			return true;
		}
	return false;
}

static void
arp_in(struct bench *b, unsigned op, const uint8_t sha[6], uint32_t spa, uint32_t tpa)
{
	uint8_t f[ETH_LEN + ARP_LEN] = { 0 };

	memset(f, 0xff, 6);
	memcpy(f + 6, sha, 6);
	put16(f + 12, ETHERTYPE_ARP4);
	memcpy(f + 14, "\0\1\10\0\6\4", 6);
	put16(f + 20, op);
	memcpy(f + 22, sha, 6);
	put32(f + 28, spa);
	put32(f + 38, tpa);
	bench_frame_in(b, 0, LAN, f, sizeof f);
	bench_run(b);
}

START_TEST(resolves)
{
	struct bench *b = bench_new();
	struct dp_arp_info e;
	uint8_t ip[64];
	size_t n, len;

	n = mk_udp(ip, HOST_IP(1), HOST_IP(0), 1, 2, 0, "x", 1);
	bench_host_send(b, 1, ip, n);
	ck_assert_ptr_nonnull(bench_ip_out(b, 0, 0, &len));
	ck_assert_uint_eq(arps_out(b, 0, 1), 1);
	ck_assert(entry_of(b, 0, HOST_IP(0), &e));
	ck_assert(!e.incomplete && !e.own);
	ck_assert_mem_eq(e.mac, host_mac, 6);
	ck_assert_uint_eq(e.ifidx, LAN);
	ck_assert_int_eq(e.learned_ns, clock_now(b->clock));
	ck_assert(entry_of(b, 0, LAN_IP(0), &e));
	ck_assert(e.own);
	bench_host_send(b, 1, ip, n);
	ck_assert_uint_eq(arps_out(b, 0, 1), 1);
	dp_if_set_up(b->dp[0], LAN, false);
	ck_assert(!entry_of(b, 0, HOST_IP(0), &e));
	ck_assert(!entry_of(b, 0, LAN_IP(0), &e));
	bench_free(b);
}
END_TEST

START_TEST(answers)
{
	struct bench *b = bench_new();
	struct dp_arp_info e;

	arp_in(b, 1, host_mac, HOST_IP(0), LAN_IP(0));
	ck_assert_uint_eq(arps_out(b, 0, 2), 1);
	ck_assert_mem_eq(b->out[0].data, host_mac, 6);
	ck_assert_uint_eq(get32(b->out[0].data + 28), LAN_IP(0));
	ck_assert_uint_eq(get32(b->out[0].data + 38), HOST_IP(0));
	ck_assert(entry_of(b, 0, HOST_IP(0), &e));
	bench_clear(b);
	/* Not ours to answer, nor to learn from: another's address, another network, bystanders' replies. */
	arp_in(b, 1, host_mac, IP(192, 168, 1, 77), IP(192, 168, 1, 78));
	arp_in(b, 1, host_mac, IP(192, 168, 1, 77), LINK_IP(0));
	arp_in(b, 2, host_mac, IP(192, 168, 1, 77), IP(192, 168, 1, 77));
	ck_assert_uint_eq(b->nout, 0);
	ck_assert(!entry_of(b, 0, IP(192, 168, 1, 77), &e));
	arp_in(b, 1, host_mac, IP(172, 30, 0, 1), LAN_IP(0));
	ck_assert(!entry_of(b, 0, IP(172, 30, 0, 1), &e));
	/* A probe (RFC 5227) is answered and teaches nothing. */
	bench_clear(b);
	arp_in(b, 1, host_mac, 0, LAN_IP(0));
	ck_assert_uint_eq(arps_out(b, 0, 2), 1);
	ck_assert(!entry_of(b, 0, 0, &e));
	/* Someone has our address. */
	arp_in(b, 2, host_mac, LAN_IP(0), LAN_IP(0));
	ck_assert_uint_eq(COUNT(b, 0, arp_duplicate), 1);
	bench_free(b);
}
END_TEST

START_TEST(gratuitous)
{
	static const uint8_t moved[6] = { 2, 9, 9, 9, 9, 9 };
	struct bench *b = bench_new();
	struct dp_arp_info e;

	dp_if_set_up(b->dp[0], LAN, false);
	dp_if_set_up(b->dp[0], LAN, true);
	ck_assert_uint_eq(arps_out(b, 0, 2), 1);
	ck_assert_uint_eq(b->out[0].data[0], 0xff);
	ck_assert_uint_eq(get32(b->out[0].data + 28), LAN_IP(0));
	ck_assert_uint_eq(get32(b->out[0].data + 38), LAN_IP(0));
	/* Theirs moves an entry that we have. */
	arp_in(b, 1, host_mac, HOST_IP(0), LAN_IP(0));
	arp_in(b, 2, moved, HOST_IP(0), HOST_IP(0));
	ck_assert(entry_of(b, 0, HOST_IP(0), &e));
	ck_assert_mem_eq(e.mac, moved, 6);
	bench_free(b);
}
END_TEST

START_TEST(nobody_there)
{
	struct bench *b = bench_new();
	struct dp_arp_info e;
	const uint8_t *out;
	uint8_t ip[64];
	size_t i, len;

	b->hosts = false;
	for (i = 0; i < ARP_QUEUE + 2; i++)
		bench_host_send(b, 1, ip, mk_udp(ip, HOST_IP(1), HOST_IP(0), 1, 2, 0, "x", 1));
	ck_assert_uint_eq(arps_out(b, 0, 1), 1);
	ck_assert_uint_eq(COUNT(b, 0, arp_queue), 2);
	ck_assert(entry_of(b, 0, HOST_IP(0), &e));
	ck_assert(e.incomplete);
	bench_wait(b, ARP_TRIES * ARP_RETRY_NS - 1);
	ck_assert_uint_eq(arps_out(b, 0, 1), ARP_TRIES);
	ck_assert_uint_eq(COUNT(b, 0, arp_failed), 0);
	b->hosts = true;	/* so that the unreachable finds B */
	bench_wait(b, 1);
	ck_assert_uint_eq(COUNT(b, 0, arp_failed), ARP_QUEUE);
	out = bench_ip_out(b, 1, 0, &len);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(out[IP4_LEN], ICMP_UNREACH);
	ck_assert_uint_eq(out[IP4_LEN + 1], UNREACH_HOST);
	/* Let alone for a while, then asked again. */
	bench_host_send(b, 1, ip, mk_udp(ip, HOST_IP(1), HOST_IP(0), 1, 2, 0, "x", 1));
	ck_assert_uint_eq(arps_out(b, 0, 1), ARP_TRIES);
	bench_wait(b, ARP_FAILED_NS);
	ck_assert(!entry_of(b, 0, HOST_IP(0), &e));
	bench_host_send(b, 1, ip, mk_udp(ip, HOST_IP(1), HOST_IP(0), 1, 2, 0, "x", 1));
	ck_assert_uint_eq(arps_out(b, 0, 1), ARP_TRIES + 1);
	ck_assert(bench_ip_out(b, 0, 0, &len) != NULL);
	bench_free(b);
}
END_TEST

START_TEST(ages)
{
	struct bench *b = bench_new();
	struct dp_arp_info e;

	arp_in(b, 1, host_mac, HOST_IP(0), LAN_IP(0));
	bench_wait(b, ARP_AGE_NS - 60 * NSEC_SEC);
	/* Asked again by unicast; the host answers, so it stays. */
	ck_assert_uint_eq(arps_out(b, 0, 1), 1);
	bench_wait(b, 0);
	ck_assert(entry_of(b, 0, HOST_IP(0), &e));
	ck_assert_int_eq(e.learned_ns, clock_now(b->clock));
	b->hosts = false;
	bench_wait(b, ARP_AGE_NS - 1);
	ck_assert(entry_of(b, 0, HOST_IP(0), &e));
	bench_wait(b, 1);
	ck_assert(!entry_of(b, 0, HOST_IP(0), &e));
	bench_free(b);
}
END_TEST

START_TEST(bounded)
{
	struct bench *b = bench_new();
	uint32_t addr = IP(10, 128, 0, 1);
	const unsigned len = 16;
	uint32_t i;

	dp_if_set_addr(b->dp[0], LAN, &addr, &len, 1);
	for (i = 2; i < ARP_MAX + 100; i++) {
		arp_in(b, 1, host_mac, IP(10, 128, 0, 0) + i, addr);
		bench_clear(b);
	}
	ck_assert_uint_gt(COUNT(b, 0, arp_full), 0);
	dp_arp_clear(b->dp[0]);
	arp_in(b, 1, host_mac, IP(10, 128, 0, 9), addr);
	bench_free(b);
}
END_TEST

void
datapath_arp_tests(TCase *tc)
{
	tcase_add_test(tc, resolves);
	tcase_add_test(tc, answers);
	tcase_add_test(tc, gratuitous);
	tcase_add_test(tc, nobody_there);
	tcase_add_test(tc, ages);
	tcase_add_test(tc, bounded);
}
