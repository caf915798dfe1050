/*
 * Flows found by what is asked of them, against a look at all: whose packet found no SA, who has SAs in use first of a peer's, who is the
 * last to have any.  Flows come and go, are renamed and move, as drawn.
 */

#include <string.h>

#include "engine/flow.h"
#include "testsuite/unit/engine_pair.h"

#define NAMES	3u
#define PEERS	4u
#define FLOWS	40u
#define ROUNDS	3000u

struct rig {
	struct pair_wire	*w;
	struct router		*r;
	struct chance		*c;
	struct flow		*f[FLOWS];
	struct pair		 sas;		/* stands for whatever is in use */
};

static bool
no_policy(const struct flow *f, struct crypto_policy *out)
{
	(void)f;
	(void)out;
	return false;
}

static const struct flow_ops ops = { .policy = no_policy };

static const char *
some_name(struct rig *g)
{
	return (const char *const[]){ "Tunnel7", "Tunnel70", "Tunnel8" }[chance_below(g->c, NAMES)];
}

static struct addr
peer_addr(unsigned k)
{
	return addr_v4(0xc6336400 + k);
}

static void
make(struct rig *g, unsigned k)
{
	struct flow_init init = { .ops = &ops, .ifname = some_name(g), .tag = "t", .local = addr_v4(R1_ADDR), .remote = peer_addr(chance_below(g->c, PEERS)) };

	init.guard = chance_below(g->c, 2) * (k + 1);
	g->f[k] = flow_new(g->r, &init);
}

static void
change(struct rig *g, unsigned k)
{
	struct flow *f = g->f[k];
	struct addr to = peer_addr(chance_below(g->c, PEERS));

	switch (chance_below(g->c, 8)) {
	case 0:
		flow_free(f);
		g->f[k] = NULL;
		break;
	case 1:
		flow_rename(f, some_name(g));
		break;
	case 2:
		flow_move(f, &to);
		break;
	default:
		f->current = f->current == NULL ? &g->sas : NULL;
		flow_live(f, f->current != NULL);
		break;
	}
}

/* By the peer's own list, which is in the order in which they came. */
static void
check_live(struct rig *g)
{
	const struct flow *f, *o, *first;
	unsigned k, live;

	for (k = 0; k < FLOWS; k++) {
		if ((f = g->f[k]) == NULL)
			continue;
		first = NULL;
		live = 0;
		TAILQ_FOREACH(o, &f->peer->flows, peer_next) {
			if (o->current == NULL)
				continue;
			first = first == NULL ? o : first;
			live += o != f;
		}
		ck_assert_ptr_eq(crypto_peer_live(f->peer), first);
		ck_assert(flow_others_live(f) == (live > 0));
	}
}

/* Told of: all flows of the interface, but of those with a guard only that far end's. */
static void
check_no_sa(struct rig *g)
{
	const char *name = some_name(g);
	uint32_t to = chance_below(g->c, 8) == 0 ? 0 : peer_addr(chance_below(g->c, PEERS + 1)).v4;
	uint64_t want[FLOWS];
	struct flow *f;
	unsigned k;

	for (k = 0; k < FLOWS; k++)
		if ((f = g->f[k]) != NULL)
			want[k] = f->sums.no_sa + (strcmp(f->ifname, name) == 0 && (f->guard == 0 || f->peer->path.remote.v4 == to));
	flows_no_sa(g->r->ke, name, to);
	for (k = 0; k < FLOWS; k++)
		if (g->f[k] != NULL)
			ck_assert_uint_eq(g->f[k]->sums.no_sa, want[k]);
}

START_TEST(found_as_by_a_look_at_all)
{
	struct rig g = { .w = wire_new(1, NULL), .c = chance_new_seeded((uint64_t)_i) };
	unsigned round, k;

	g.r = g.w->end[R1].r;
	for (round = 0; round < ROUNDS; round++) {
		k = chance_below(g.c, FLOWS);
		if (g.f[k] == NULL)
			make(&g, k);
		else
			change(&g, k);
		check_live(&g);
		check_no_sa(&g);
	}
	for (k = 0; k < FLOWS; k++)
		if (g.f[k] != NULL)
			flow_free(g.f[k]);
	chance_free(g.c);
	wire_free(g.w);
}
END_TEST

START_TEST(an_interface_that_is_none_of_ours)
{
	struct pair_wire *w = wire_new(1, NULL);

	wire_run(w, 50 * NSEC_SEC);
	key_engine_no_sa(w->end[R1].r, 999, R2_ADDR);
	ck_assert_uint_eq(flow_sum(w, R1).no_sa, 0);
	wire_free(w);
}
END_TEST

void
engine_flows_tests(TCase *tc)
{
	tcase_add_loop_test(tc, found_as_by_a_look_at_all, 0, 4);
	tcase_add_test(tc, an_interface_that_is_none_of_ours);
}
