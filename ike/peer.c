/*
 * Peer structures: one an address pair, counted by the IKE SAs that use it.  One that no SA uses lives as long
 * as there are IPsec SAs with the peer, then it is reaped.
 */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "ike/impl.h"

struct peer *
peer_find(struct ike *i, const struct ike_path *path)
{
	struct peer *p;

	LIST_FOREACH(p, &i->peers_by_pair[pair_bucket(i, path)], near)
		if (addr_eq(&p->remote, &path->remote) && addr_eq(&p->local, &path->local))
			return p;
	return NULL;
}

static void
path_of(const struct peer *p, struct ike_path *path)
{
	*path = (struct ike_path){ p->local, p->remote, IKE_PORT, p->remote_port };
}

static void
reap(void *arg)
{
	struct peer *p = arg;
	struct ike *i = p->ike;
	struct ike_path path;

	path_of(p, &path);
	if (p->refs > 0 || i->ops->ipsec_count(i->arg, &path) > 0)
		return;
	say(i, NULL, SAY_PEER_REAP, &p->remote, p->handle);
	peer_free(i, p);
}

struct peer *
peer_get(struct ike *i, const struct ike_path *path)
{
	struct peer *p = peer_find(i, path);

	if (p != NULL) {
		say(i, NULL, SAY_PEER_FOUND, &path->remote, path->remote_port);
		return p;
	}
	p = xcalloc(1, sizeof(*p));
	p->ike = i;
	p->local = path->local;
	p->remote = path->remote;
	p->remote_port = path->remote_port;
	p->handle = ike_handle(i);
	timer_init(&p->reap, i->clock, reap, p);
	index_peer(p);
	TAILQ_INSERT_TAIL(&i->peers, p, link);
	say(i, NULL, SAY_PEER_CREATED, &path->remote, path->remote_port);
	say(i, NULL, SAY_PEER_NEW, p->handle, UINT32_C(0x80000000) | ++i->peers_made);
	return p;
}

void
peer_lock(struct ike *i, struct peer *p, const char *why)
{
	p->refs++;
	timer_stop(&p->reap);
	say(i, NULL, SAY_PEER_LOCK, p->handle, p->refs, why);
}

void
peer_unlock(struct ike *i, struct peer *p, const char *why)
{
	p->refs--;
	say(i, NULL, SAY_PEER_UNLOCK, p->handle, why, p->refs);
	if (p->refs == 0)
		reap(p);
}

void
peer_free(struct ike *i, struct peer *p)
{
	timer_stop(&p->reap);
	TAILQ_REMOVE(&i->peers, p, link);
	index_peer_gone(p);
	free(p->id);
	free(p);
}

void
ike_peer_touch(struct ike *i, const struct ike_path *path)
{
	struct peer *p = peer_find(i, path);

	say(i, NULL, SAY_PEER_INDEX);
	if (p != NULL && p->refs == 0)
		timer_in(&p->reap, IKE_PEER_REAP);
}

void
peer_id_set(struct peer *p, const struct ike_id *id)
{
	free(p->id);
	p->id_len = offsetof(struct ike_id, name) + (id->type == IKE_ID_DN ? id->dn_len : strnlen(id->name, sizeof(id->name) - 1));
	p->id = xmemdup(id, p->id_len);
}

void
ike_peer_each(struct ike *i, void (*fn)(void *arg, const struct ike_peer_info *p), void *arg)
{
	struct ike_peer_info info;
	struct peer *p;

	TAILQ_FOREACH(p, &i->peers, link) {
		info = (struct ike_peer_info){ .refs = p->refs, .handle = p->handle };
		path_of(p, &info.path);
		if (p->id != NULL)
			memcpy(&info.phase1_id, p->id, p->id_len);
		fn(arg, &info);
	}
}
