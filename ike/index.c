/*
 * Where SAs and peers are found: by the initiator's cookie, by the pair of addresses, by their handles.  The indices grow
 * with what is in them, so that ten thousand peers are found as soon as ten.
 */

#include <stdlib.h>
#include <string.h>

#include "ike/impl.h"
#include "lib/chance.h"
#include "lib/mem.h"

static size_t
hash(const struct ike *i, const uint8_t *p, size_t n)
{
	uint32_t h = 2166136261u;

	while (n-- > 0)
		h = (h ^ *p++) * 16777619u;
	return (h ^ h >> 16) & (i->nbuckets - 1);
}

struct sa_bucket *
index_cookie(struct ike *i, const uint8_t *icookie)
{
	return &i->by_cookie[hash(i, icookie, IKE_COOKIE)];
}

size_t
pair_bucket(const struct ike *i, const struct ike_path *path)
{
	uint8_t packed[2 * ADDR_PACKED];

	addr_pack(&path->local, packed);
	addr_pack(&path->remote, packed + ADDR_PACKED);
	return hash(i, packed, sizeof(packed));
}

static struct handle_bucket *
handle_bucket(struct ike *i, uint64_t h)
{
	return &i->by_handle[(h >> 2) & (i->nbuckets - 1)];
}

/* Those that may be between these two: each is still to be asked for its addresses. */
struct sa_near *
sa_near(struct ike *i, const struct ike_path *path)
{
	return &i->by_pair[pair_bucket(i, path)];
}

static void
sa_in(struct ike *i, struct sa *sa)
{
	LIST_INSERT_HEAD(index_cookie(i, sa->icookie), sa, bucket);
	TAILQ_INSERT_TAIL(sa_near(i, &sa->path), sa, near);
	LIST_INSERT_HEAD(handle_bucket(i, sa->handle), &sa->handled, near);
}

static void
peer_in(struct ike *i, struct peer *p)
{
	const struct ike_path path = { .local = p->local, .remote = p->remote };

	LIST_INSERT_HEAD(&i->peers_by_pair[pair_bucket(i, &path)], p, near);
	LIST_INSERT_HEAD(handle_bucket(i, p->handle), &p->handled, near);
}

static void
make(struct ike *i, size_t nbuckets)
{
	i->nbuckets = nbuckets;
	i->by_cookie = xcalloc(nbuckets, sizeof(*i->by_cookie));
	i->by_pair = xcalloc(nbuckets, sizeof(*i->by_pair));
	i->by_handle = xcalloc(nbuckets, sizeof(*i->by_handle));
	i->peers_by_pair = xcalloc(nbuckets, sizeof(*i->peers_by_pair));
	for (size_t k = 0; k < nbuckets; k++)
		TAILQ_INIT(&i->by_pair[k]);
}

void
index_init(struct ike *i)
{
	make(i, IKE_BUCKETS);
}

void
index_fini(struct ike *i)
{
	free(i->by_cookie);
	free(i->by_pair);
	free(i->by_handle);
	free(i->peers_by_pair);
}

/* The lists say who is the oldest: that stays so. */
static void
grow(struct ike *i)
{
	struct peer *p;
	struct sa *sa;

	if (++i->nindexed <= i->nbuckets)
		return;
	index_fini(i);
	make(i, 4 * i->nbuckets);
	TAILQ_FOREACH(sa, &i->sas, link)
		sa_in(i, sa);
	TAILQ_FOREACH(p, &i->peers, link)
		peer_in(i, p);
}

/* Before it stands in the list of all. */
void
index_sa(struct sa *sa)
{
	grow(sa->ike);
	sa->handled.h = sa->handle;
	sa_in(sa->ike, sa);
}

void
index_sa_gone(struct sa *sa)
{
	LIST_REMOVE(sa, bucket);
	LIST_REMOVE(&sa->handled, near);
	TAILQ_REMOVE(sa_near(sa->ike, &sa->path), sa, near);
	sa->ike->nindexed--;
}

void
index_sa_cookie(struct sa *sa)
{
	LIST_REMOVE(sa, bucket);
	LIST_INSERT_HEAD(index_cookie(sa->ike, sa->icookie), sa, bucket);
}

void
index_peer(struct peer *p)
{
	grow(p->ike);
	p->handled.h = p->handle;
	peer_in(p->ike, p);
}

void
index_peer_gone(struct peer *p)
{
	LIST_REMOVE(p, near);
	LIST_REMOVE(&p->handled, near);
	p->ike->nindexed--;
}

static bool
handle_taken(struct ike *i, uint64_t h)
{
	struct handled *e;

	LIST_FOREACH(e, handle_bucket(i, h), near)
		if (e->h == h)
			return true;
	return false;
}

uint64_t
ike_handle(struct ike *i)
{
	uint64_t h;

	do
		h = chance_u32(i->chance) & ~3u;
	while (h >> 28 == 0 || handle_taken(i, h));
	return h;
}
