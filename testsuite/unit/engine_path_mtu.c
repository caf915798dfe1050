/* Who is believed about the length of outer packets: only one that quotes an SPI that we send with. */

#include <string.h>

#include "datapath/wire.h"
#include "testsuite/unit/engine_pair.h"

#define QUOTED	(20 + 8)

struct quote { uint32_t src, dst, spi; uint8_t proto; size_t len; unsigned mtu, whole; };

/* A router on the way complains to router 1 (RFC 792; RFC 1191, 4). */
static void
complain(struct pair_wire *w, const struct quote *q)
{
	uint8_t frame[14 + 20 + 8 + QUOTED] = { 0 }, *ip = frame + 14, *icmp = ip + 20, *in = icmp + 8;
	struct if_info info;

	ck_assert(router_if_info(w->end[R1].r, "GigabitEthernet0/0", &info));
	memcpy(frame, info.dp.mac, 6);
	frame[6] = 2;
	put16(frame + 12, 0x0800);
	ip[0] = in[0] = 0x45;
	put16(ip + IP4_TOTAL, 20 + 8 + (unsigned)q->len);
	ip[IP4_TTL] = 60;
	ip[IP4_PROTO] = 1;
	put32(ip + IP4_SRC, 0x0a000001);
	put32(ip + IP4_DST, R1_ADDR);
	ip4_seal(ip, 20);
	put16(in + IP4_TOTAL, q->whole);
	in[IP4_PROTO] = q->proto;
	put32(in + IP4_SRC, q->src);
	put32(in + IP4_DST, q->dst);
	put32(in + 20 + (q->proto == 51 ? 4 : 0), q->spi);
	icmp[0] = 3;
	icmp[1] = 4;
	put16(icmp + 6, q->mtu);
	put16(icmp + 2, sum_of(icmp, 8 + q->len));
	router_input(w->end[R1].r, "GigabitEthernet0/0", frame, 14 + 20 + 8 + q->len);
}

static void
take_mtu(void *arg, const struct ipsec_flow_info *f)
{
	*(unsigned *)arg = f->path_mtu;
}

static unsigned
path_mtu(struct pair_wire *w)
{
	unsigned mtu = 0;

	router_flow_each(w->end[R1].r, take_mtu, &mtu);
	return mtu;
}

START_TEST(believed)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct quote q = { R1_ADDR, R2_ADDR, 0, 50, QUOTED, 1200, 1500 }, other;

	wire_run(w, 5 * NSEC_SEC);
	q.spi = flow_sum(w, R1).spi_out;
	other = q;
	other.spi++;
	complain(w, &other);
	other = q;
	other.spi = flow_sum(w, R1).spi_in;
	complain(w, &other);
	other = q;
	other.proto = 51;
	complain(w, &other);
	other = q;
	other.src = R2_ADDR;
	complain(w, &other);
	other = q;
	other.dst++;
	complain(w, &other);
	for (other = q, other.len = 0; other.len < 20 + 4; other.len++)
		complain(w, &other);
	ck_assert_uint_eq(path_mtu(w), 1500);
	complain(w, &q);
	ck_assert_uint_eq(path_mtu(w), 1200);
	wire_free(w);
}
END_TEST

START_TEST(shrinks_only_and_not_below)
{
	struct pair_wire *w = wire_new(1, NULL);
	struct quote q = { R1_ADDR, R2_ADDR, 0, 50, QUOTED, 1200, 1500 };

	wire_run(w, 5 * NSEC_SEC);
	q.spi = flow_sum(w, R1).spi_out;
	complain(w, &q);
	q.mtu = 1400;
	complain(w, &q);
	ck_assert_uint_eq(path_mtu(w), 1200);
	wire_run(w, 599 * NSEC_SEC);
	ck_assert_uint_eq(path_mtu(w), 1200);
	wire_run(w, 2 * NSEC_SEC);
	ck_assert_uint_eq(path_mtu(w), 1500);
	q.mtu = 0;		/* one that does not know of sizes */
	complain(w, &q);
	ck_assert_uint_eq(path_mtu(w), 1492);
	q.whole = 1492;
	complain(w, &q);
	ck_assert_uint_eq(path_mtu(w), 1006);
	q.mtu = 68;
	complain(w, &q);
	ck_assert_uint_eq(path_mtu(w), 256);
	q.mtu = 0;
	q.whole = 0;
	complain(w, &q);
	ck_assert_uint_eq(path_mtu(w), 256);
	wire_free(w);
}
END_TEST

void
engine_path_mtu_tests(TCase *tc)
{
	tcase_add_test(tc, believed);
	tcase_add_test(tc, shrinks_only_and_not_below);
}
