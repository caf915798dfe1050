/*
 * Policy: a list of 1,000 entries of many kinds (hosts and networks, ports, ranges of ports, several ports, ICMP
 * messages, flags, fragments), and packets of as many flows as there are packets: some made to fit an
 * entry somewhere in the list, some at random.  What is timed is what the datapath does in a batch: headers to
 * tuples, the search, the count of hits.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/acl.h"
#include "datapath/wire.h"
#include "lib/chance.h"
#include "lib/mem.h"
#include "testsuite/bench/bench.h"

#define ENTRIES		1000
#define LONG		10000
#define PACKETS		65536		/* each a flow of its own */
#define VECTOR		256
#define HEADER		40
#define TURNS		31
#define GOAL		10e6

#define PROTO_TCP	6

struct policy {
	struct chance	*chance;
	struct dp_ace	*aces;
	struct dp_acl	*acl;
	uint8_t		(*bytes)[HEADER];
	uint64_t	 hits;
};

static uint32_t
draw(struct policy *p, uint32_t n)
{
	return chance_below(p->chance, n);
}

static uint16_t
any_port(struct policy *p)
{
	static const uint16_t known[] = { 20, 21, 22, 23, 25, 53, 80, 110, 123, 143, 161, 389, 443, 500, 993, 1433, 3306, 4500, 5060, 8080 };

	return draw(p, 2) ? known[draw(p, sizeof(known) / sizeof(known[0]))] : (uint16_t)draw(p, 65536);
}

static void
make_ports(struct policy *p, struct dp_ports *out)
{
	uint16_t	x, y;

	*out = (struct dp_ports){ .op = (uint8_t)draw(p, 6), .n = 1, .v = { any_port(p) } };
	if (out->op == DP_PORT_RANGE) {
		x = any_port(p);
		y = any_port(p);
		*out = (struct dp_ports){ .op = DP_PORT_RANGE, .n = 2, .v = { x < y ? x : y, x < y ? y : x } };
	} else if (out->op == DP_PORT_EQ || out->op == DP_PORT_NEQ)
		for (; out->n < 1 + draw(p, 4); out->n++)
			out->v[out->n] = any_port(p);
}

/* A network of 10.0.0.0/8, or anything. */
static void
make_address(struct policy *p, uint32_t *addr, uint32_t *mask)
{
	unsigned	len = draw(p, 3) == 0 ? 32 : 16 + draw(p, 15);

	*mask = draw(p, 8) == 0 ? 0 : UINT32_MAX << (32 - len);
	*addr = (0x0a000000 | draw(p, 1u << 24)) & *mask;
}

static void
make_entry(struct policy *p, struct dp_ace *a)
{
	static const uint8_t protos[] = { 0, PROTO_TCP, PROTO_TCP, PROTO_TCP, PROTO_UDP, PROTO_UDP, PROTO_ICMP, PROTO_ESP };

	*a = (struct dp_ace){ .permit = draw(p, 2), .proto = protos[draw(p, sizeof(protos))], .hits = dp_hits_new() };
	make_address(p, &a->src, &a->src_mask);
	make_address(p, &a->dst, &a->dst_mask);
	if (a->src_mask == 0 && a->dst_mask == 0)	/* nothing would get past it */
		a->dst_mask = UINT32_MAX;
	if (a->proto == PROTO_TCP || a->proto == PROTO_UDP) {
		if (draw(p, 2))
			make_ports(p, &a->sport);
		make_ports(p, &a->dport);
	}
	if (a->proto == PROTO_ICMP)
		dp_ace_icmp(a, draw(p, 2) ? 8 : -1, -1);
	if (a->proto == PROTO_TCP && draw(p, 16) == 0) {
		a->tcp_op = DP_TCP_MATCH_ANY;
		a->tcp_set = 0x14;
	}
}

/* Half of them near an entry: its networks, its protocol, known ports. */
static void
make_packet(struct policy *p, uint8_t *ip)
{
	const struct dp_ace	*a = &p->aces[draw(p, ENTRIES)];
	bool			 near = draw(p, 2);
	uint32_t		 src = 0x0a000000 | draw(p, 1u << 24), dst = 0x0a000000 | draw(p, 1u << 24);
	static const uint8_t	 protos[] = { PROTO_TCP, PROTO_UDP, PROTO_ICMP, PROTO_ESP };

	memset(ip, 0, HEADER);
	ip[0] = 0x45;
	put16(ip + IP4_TOTAL, HEADER);
	ip[IP4_PROTO] = near && a->proto != 0 ? a->proto : protos[draw(p, 4)];
	put32(ip + IP4_SRC, near ? (a->src & a->src_mask) | (src & ~a->src_mask) : src);
	put32(ip + IP4_DST, near ? (a->dst & a->dst_mask) | (dst & ~a->dst_mask) : dst);
	put16(ip + IP4_LEN, any_port(p));
	put16(ip + IP4_LEN + 2, any_port(p));
	ip[IP4_LEN + 13] = 0x10;
}

static void
match_vectors(struct policy *p, size_t packets)
{
	struct dp_tuple	t[VECTOR];
	uint32_t	out[VECTOR];
	size_t		i, k;

	for (i = 0; i < packets; i += VECTOR) {
		for (k = 0; k < VECTOR; k++)
			dp_tuple_of(&t[k], p->bytes[(i + k) % PACKETS], HEADER);
		dp_acl_match(p->acl, t, VECTOR, out);
		for (k = 0; k < VECTOR; k++) {
			dp_acl_count(p->acl, out[k]);
			p->hits += out[k] != DP_ACL_NONE;
		}
	}
}

static void
policy_make(struct policy *p, size_t entries)
{
	size_t	i;

	p->aces = xcalloc(entries, sizeof(*p->aces));
	for (i = 0; i < entries; i++)
		make_entry(p, &p->aces[i]);
	p->acl = dp_acl_new(p->aces, entries);
}

static void
policy_drop(struct policy *p, size_t entries)
{
	size_t	i;

	for (i = 0; i < entries; i++)
		dp_hits_free(p->aces[i].hits);
	free(p->aces);
	dp_acl_free(p->acl);
}

static void
run_match(struct bench *b, struct policy *p)
{
	double	v[TURNS];
	int64_t	begin;
	size_t	i;

	for (i = 0; i < TURNS; i++) {
		begin = bench_cpu();
		match_vectors(p, PACKETS);
		v[i] = (double)PACKETS * 1e9 / (double)(bench_cpu() - begin);
	}
	bench_rate(b, "policy match, 1,000 ACEs, vectors of 256", "packets/s", bench_median(v, TURNS), GOAL, 1);
}

static void
run_compile(struct bench *b, struct policy *p)
{
	int64_t	begin = bench_cpu();

	match_vectors(p, VECTOR);
	bench_cost(b, "compiling a list of 10,000 ACEs", "ms", (double)(bench_cpu() - begin) / 1e6, 100);
}

void
bench_policy(struct bench *b)
{
	struct policy	 p = { .chance = chance_new_seeded(1) };
	size_t		 i;

	p.bytes = xcalloc(PACKETS, sizeof(*p.bytes));
	policy_make(&p, ENTRIES);
	for (i = 0; i < PACKETS; i++)
		make_packet(&p, p.bytes[i]);
	run_match(b, &p);
	policy_drop(&p, ENTRIES);
	policy_make(&p, LONG);
	run_compile(b, &p);
	policy_drop(&p, LONG);
	free(p.bytes);
	chance_free(p.chance);
}
