/*
 * Flows by what is asked of them: those of an interface that a packet found without SAs, and the first of a peer's that has SAs in use.  Where
 * thousands of SAs end within a second both are asked for each, so neither looks at flows that are not meant.
 */

#include <stdlib.h>
#include <string.h>

#include "engine/flow.h"
#include "lib/mem.h"

/* ---- of an interface ---- */

/* A flow with a guard is of one far end of many, the others of all that goes by the interface. */
struct flow_place_key {
	char		ifname[CFG_IF_NAME];
	uint32_t	remote;			/* 0: all */
};

struct flow_place {
	UT_hash_handle		 hh;
	struct flow_place_key	 key;
	LIST_HEAD(, flow)	 flows;
};

static struct flow_place_key
key_of(const char *ifname, uint32_t remote)
{
	struct flow_place_key key = { .remote = remote };

	memcpy(key.ifname, ifname, strnlen(ifname, sizeof(key.ifname) - 1));
	return key;
}

static struct flow_place *
place_find(const struct key_engine *k, const struct flow_place_key *key)
{
	struct flow_place *p;

	HASH_FIND(hh, k->places, key, sizeof(*key), p);
	return p;
}

static void
place_enter(struct flow *f)
{
	struct flow_place_key key = key_of(f->ifname, f->guard != 0 ? f->peer->path.remote.v4 : 0);
	struct key_engine *k = f->r->ke;
	struct flow_place *p = place_find(k, &key);

	if (p == NULL) {
		p = xcalloc(1, sizeof(*p));
		p->key = key;
		LIST_INIT(&p->flows);
		HASH_ADD(hh, k->places, key, sizeof(p->key), p);
	}
	f->place = p;
	LIST_INSERT_HEAD(&p->flows, f, place_next);
}

static void
place_leave(struct flow *f)
{
	struct flow_place *p = f->place;

	LIST_REMOVE(f, place_next);
	if (!LIST_EMPTY(&p->flows))
		return;
	HASH_DELETE(hh, f->r->ke->places, p);
	free(p);
}

static void
place_no_sa(const struct key_engine *k, const char *ifname, uint32_t remote)
{
	struct flow_place_key key = key_of(ifname, remote);
	struct flow_place *p = place_find(k, &key);
	struct flow *f;

	if (p != NULL)
		LIST_FOREACH(f, &p->flows, place_next)
			f->sums.no_sa++;
}

void
flows_no_sa(struct key_engine *k, const char *ifname, uint32_t remote)
{
	place_no_sa(k, ifname, 0);
	if (remote != 0)
		place_no_sa(k, ifname, remote);
}

void
flow_rename(struct flow *f, const char *ifname)
{
	place_leave(f);
	memset(f->ifname, 0, sizeof(f->ifname));
	memcpy(f->ifname, ifname, strnlen(ifname, sizeof(f->ifname) - 1));
	place_enter(f);
}

/* ---- of a peer, those with SAs in use: a heap by the order in which they came to it ---- */

static void
live_put(struct crypto_peer *c, size_t i, struct flow *f)
{
	c->live[i] = f;
	f->live_slot = i + 1;
}

static void
live_up(struct crypto_peer *c, size_t i, struct flow *f)
{
	for (; i > 0 && f->joined < c->live[(i - 1) / 2]->joined; i = (i - 1) / 2)
		live_put(c, i, c->live[(i - 1) / 2]);
	live_put(c, i, f);
}

static void
live_down(struct crypto_peer *c, size_t i, struct flow *f)
{
	size_t child;

	while ((child = 2 * i + 1) < c->nlive) {
		child += child + 1 < c->nlive && c->live[child + 1]->joined < c->live[child]->joined;
		if (c->live[child]->joined > f->joined)
			break;
		live_put(c, i, c->live[child]);
		i = child;
	}
	live_up(c, i, f);
}

static void
live_enter(struct flow *f)
{
	struct crypto_peer *c = f->peer;

	if (c->nlive == c->clive) {
		c->clive = c->clive != 0 ? 2 * c->clive : 1;
		c->live = xrealloc(c->live, c->clive * sizeof(struct flow *));
	}
	live_up(c, c->nlive++, f);
}

static void
live_leave(struct flow *f)
{
	struct crypto_peer *c = f->peer;
	struct flow *last = c->live[--c->nlive];

	if (last != f)
		live_down(c, f->live_slot - 1, last);
	f->live_slot = 0;
}

void
flow_live(struct flow *f, bool live)
{
	if (live && f->live_slot == 0)
		live_enter(f);
	else if (!live && f->live_slot != 0)
		live_leave(f);
}

const struct flow *
crypto_peer_live(const struct crypto_peer *c)
{
	return c->nlive > 0 ? c->live[0] : NULL;
}

bool
flow_others_live(const struct flow *f)
{
	return f->peer->nlive > (f->live_slot != 0);
}

/* ---- both ---- */

void
flow_join(struct flow *f, struct crypto_peer *c)
{
	f->peer = c;
	f->joined = ++c->njoined;
	TAILQ_INSERT_TAIL(&c->flows, f, peer_next);
	flow_live(f, f->current != NULL);
	place_enter(f);
}

void
flow_part(struct flow *f)
{
	place_leave(f);
	flow_live(f, false);
	TAILQ_REMOVE(&f->peer->flows, f, peer_next);
}
