/*
 * Access lists from words to the search.  Each byte of the first half of the input (up to a 255) is a word of the
 * lists' commands; a router takes the lines that they make, and what it prints of them it must take again
 * and print the same.  The entries that came of them, and copies that the second half changes until there are
 * enough for the search to be more than a walk, must be found as going through them one by one finds them.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/acl.h"
#include "engine/cfg_acl.h"
#include "lib/mem.h"
#include "testsuite/fuzz/fuzz.h"
#include "testsuite/unit/shell_bench.h"

#define INPUT_MAX	1024
#define END		255
#define ENTRIES_MAX	192
#define PACKETS		64

static const char *const words[] = {
	"\n", "\naccess-list 10 ", "\naccess-list 100 ", "\nno access-list 100 ", "\nip access-list extended E\n", "\nip access-list standard S\n",
	"\nip access-list resequence E 5 7\n", "\nno ip access-list extended E\n", "\nno ", "\ndefault ", "\n20 ", "\n2147483647 ", "permit ", "deny ",
	"remark some words", "ip ", "tcp ", "udp ", "icmp ", "esp ", "gre ", "0 ", "255 ", "any ", "host 10.0.0.1 ", "10.0.0.0 0.0.0.255 ",
	"10.0.8.0 0.255.7.0 ", "0.0.0.0 255.255.255.255 ", "255.255.255.255 0.0.0.0 ", "10.0.0.9 ", "eq ", "neq ", "gt ", "lt ", "range ", "1 ",
	"80 ", "www ", "65535 ", "65534 ", "1023 ", "isakmp ", "established ", "match-any +syn -ack ", "match-all +rst ", "fragments ", "log ",
	"log-input ", "dscp ef ", "precedence 3 ", "tos 8 ", "echo ", "unreachable ", "3 ", "13 ", "echo-reply ", "host ", "x ", "\n30 ", "\nexit\n",
};

#define NWORDS		(sizeof(words) / sizeof(words[0]))

/* The bytes of the second half, over and over. */
struct dice {
	const uint8_t	*p;
	size_t		 n, at;
	uint32_t	 sum;
};

static uint32_t
roll(struct dice *d)
{
	d->sum = d->sum * 1664525 + 1013904223;
	if (d->n > 0)
		d->sum ^= d->p[d->at++ % d->n];
	return d->sum >> 8;
}

/* --- The words --- */

static void
check_running(struct bench *one)
{
	struct bench	*two = bench_new(IKE_IOS_15);
	char		*first = bench_running(one), *again;

	if (bench_load(two, first) != 0)
		fatal("a running configuration is refused:\n%s\n%s", text_str(&two->faults), first);
	again = bench_running(two);
	if (strcmp(first, again) != 0)
		fatal("a running configuration comes back changed:\n%s\n%s", first, again);
	free(first);
	free(again);
	bench_free(two);
}

/* --- The search --- */

static uint32_t
one_by_one(const struct dp_ace *v, size_t n, const struct dp_tuple *t, uint32_t from)
{
	size_t	i;

	for (i = from; i < n; i++)
		if (dp_ace_fits(&v[i], t))
			return (uint32_t)i;
	return DP_ACL_NONE;
}

/* A copy with a bit or a port that is not the same. */
static struct dp_ace
changed(const struct dp_ace *a, struct dice *d)
{
	struct dp_ace	c = *a;
	uint32_t	bit = UINT32_C(1) << roll(d) % 32;

	c.hits = NULL;
	switch (roll(d) % 8) {
	case 0: c.src ^= bit; break;
	case 1: c.dst ^= bit; break;
	case 2: c.src_mask ^= bit; break;
	case 3: c.dst_mask <<= roll(d) % 8; break;
	case 4: c.sport.v[0] ^= (uint16_t)bit; break;
	case 5: c.dport.v[0] ^= (uint16_t)bit; break;
	case 6: c.permit = !c.permit; break;
	default: c.proto = (uint8_t)roll(d); break;
	}
	if (c.sport.op == DP_PORT_RANGE && c.sport.v[0] > c.sport.v[1])
		c.sport.v[1] = UINT16_MAX;
	if (c.dport.op == DP_PORT_RANGE && c.dport.v[0] > c.dport.v[1])
		c.dport.v[1] = UINT16_MAX;
	return c;
}

static uint16_t
near(const struct dp_ports *p, struct dice *d)
{
	return (uint16_t)(p->v[roll(d) % DP_ACE_PORTS] + roll(d) % 3 - 1);
}

/* A packet at the edge of an entry. */
static struct dp_tuple
tuple_near(const struct dp_ace *a, struct dice *d)
{
	struct dp_tuple	t = {
		.src = (a->src & a->src_mask) | ((roll(d) << 16 ^ roll(d)) & ~a->src_mask),
		.dst = (a->dst & a->dst_mask) | ((roll(d) << 16 ^ roll(d)) & ~a->dst_mask),
		.sport = near(&a->sport, d), .dport = near(&a->dport, d), .proto = a->proto != 0 ? a->proto : (uint8_t)roll(d),
		.tos = (uint8_t)(roll(d) % 2 ? a->tos : roll(d)), .tcp_flags = (uint8_t)roll(d),
		.part = (uint8_t)(roll(d) % 4 ? DP_PART_WHOLE : roll(d) % 3),
	};

	if (roll(d) % 4 == 0)
		t.src ^= UINT32_C(1) << roll(d) % 32;
	return t;
}

static void
check_search(const struct dp_ace *v, size_t n, struct dice *d)
{
	struct dp_acl	*acl = dp_acl_new(v, n);
	struct dp_tuple	 t[PACKETS];
	uint32_t	 out[PACKETS], from;
	size_t		 i;

	for (i = 0; i < PACKETS; i++)
		t[i] = tuple_near(&v[roll(d) % n], d);
	dp_acl_match(acl, t, PACKETS, out);
	for (i = 0; i < PACKETS; i++) {
		from = roll(d) % (uint32_t)(n + 1);
		if (out[i] != one_by_one(v, n, &t[i], 0) || dp_acl_match_from(acl, &t[i], from) != one_by_one(v, n, &t[i], from))
			fatal("packet %zu of %zu entries: %u", i, n, out[i]);
	}
	dp_acl_free(acl);
}

/* The list by itself, then with copies until it is a long one. */
static void
check_list(const struct cfg_acl *l, struct dice *d)
{
	struct dp_ace	*own, *v = xcalloc(ENTRIES_MAX, sizeof(*v));
	size_t		 n = acl_entries(l, &own), i, want;

	n = n < ENTRIES_MAX ? n : ENTRIES_MAX;
	for (i = 0; i < n; i++)
		v[i] = own[i];
	free(own);
	if (n > 0) {
		check_search(v, n, d);
		for (want = n + roll(d) % (ENTRIES_MAX - n + 1); n < want; n++)
			v[n] = changed(&v[roll(d) % n], d);
		check_search(v, n, d);
	}
	free(v);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct text	 t = { 0 };
	struct dice	 d = { 0 };
	struct cfg_acl	*l;
	struct bench	*b;
	size_t		 i;

	if (n > INPUT_MAX)
		return 0;
	for (i = 0; i < n && p[i] != END; i++)
		text_add(&t, words[p[i] % NWORDS]);
	if (i < n)
		d = (struct dice){ p + i + 1, n - i - 1, 0, 0 };
	b = bench_new(IKE_IOS_15);
	bench_load(b, text_str(&t));
	check_running(b);
	TAILQ_FOREACH(l, &b->router->cfg->acls, next)
		check_list(l, &d);
	bench_free(b);
	text_free(&t);
	return 0;
}
