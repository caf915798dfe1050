/*
 * NAT traversal (RFC 3947): NAT-D payloads tell whether the addresses and ports of a message are those that its sender
 * wrote; where they aren't, phase 1 goes on by port 4500, and ESP goes in UDP between the ports found so.
 */

#include <string.h>

#include "ike/v1/v1.h"

/* HASH(CKY-I | CKY-R | IP | Port) (RFC 3947, 3.2) */
static void
natd_hash(const struct sa *sa, const struct addr *a, uint16_t port, uint8_t out[HASH_MAX])
{
	const uint8_t v4[4] = { (uint8_t)(a->v4 >> 24), (uint8_t)(a->v4 >> 16), (uint8_t)(a->v4 >> 8), (uint8_t)a->v4 };
	const uint8_t at[2] = { (uint8_t)(port >> 8), (uint8_t)port };
	struct iov ip = a->af == ADDR_V6 ? (struct iov){ a->v6, sizeof(a->v6) } : (struct iov){ v4, sizeof(v4) };
	struct iov v[] = { { sa->icookie, IKE_COOKIE }, { sa->rcookie, IKE_COOKIE }, ip, { at, sizeof(at) } };

	hash_iov(sa->policy.hash, v, 4, out);
}

void
natd_write(struct sa *sa, struct out *o)
{
	uint8_t h[HASH_MAX];

	if (sa->natd_type == 0)
		return;
	natd_hash(sa, &sa->path.remote, sa->path.remote_port, h);
	out_payload(o, sa->natd_type, h, hash_len(sa->policy.hash));
	natd_hash(sa, &sa->path.local, sa->path.local_port, h);
	out_payload(o, sa->natd_type, h, hash_len(sa->policy.hash));
}

static const char *
verdict(bool mine, bool his)
{
	if (mine && his)
		return "No NAT Found for self or peer";
	if (mine)
		return "His hash no match - this node outside NAT";
	if (his)
		return "My hash no match -  this node inside NAT";
	return "NAT found, both nodes inside NAT";
}

/* The first payload is of our address as the peer sees it, the others of its own; held against how the message came. */
void
natd_read(struct sa *sa, const struct msg *m)
{
	size_t k, len = hash_len(sa->policy.hash);
	const struct payload *pl;
	uint8_t mine[HASH_MAX], his[HASH_MAX];
	bool mine_ok = false, his_ok = false;

	if (sa->natd_type == 0 || msg_find(m, sa->natd_type, 0) == NULL)
		return;
	natd_hash(sa, &m->path->local, m->path->local_port, mine);
	natd_hash(sa, &m->path->remote, m->path->remote_port, his);
	for (k = 0; (pl = msg_find(m, sa->natd_type, k)) != NULL; k++) {
		say(sa->ike, sa, SAY_NATD, (unsigned)sa->natd_type);
		if (k == 0)
			mine_ok = pl->n == len && mem_equal(pl->p, mine, len);
		else
			his_ok = his_ok || (pl->n == len && mem_equal(pl->p, his, len));
		say(sa->ike, sa, SAY_NAT_VERDICT, verdict(mine_ok, his_ok));
	}
	sa->nat_mine = !mine_ok;
	sa->nat_his = !his_ok;
}

bool
natt_found(const struct sa *sa)
{
	return sa->nat_mine || sa->nat_his;
}

bool
natt_udp(const struct sa *sa)
{
	return natt_found(sa) && sa->path.local_port == IKE_PORT_NATT;
}

/* The initiator, when it knows: from its next message on (RFC 3947, 4). What began on 4500 is there already. */
void
natt_float(struct sa *sa)
{
	if (!natt_found(sa) || sa->path.local_port == IKE_PORT_NATT)
		return;
	sa->path.local_port = sa->path.remote_port = IKE_PORT_NATT;
}

/* The peer has proven itself in phase 1: whence its proof came it is to be answered. */
void
natt_settle(struct sa *sa, const struct msg *m)
{
	struct ike *i = sa->ike;
	bool moved = sa->path.local_port != m->path->local_port || sa->path.remote_port != m->path->remote_port;

	if (!sa->initiator && moved && sa->natd_type != 0) {
		sa->path.local_port = m->path->local_port;
		sa->path.remote_port = m->path->remote_port;
		say(i, sa, SAY_NAT_FLOATED, (unsigned)sa->path.remote_port);
		say(i, sa, SAY_NAT_PEER, &sa->path.local, &sa->path.remote, (unsigned)sa->path.remote_port);
	} else if (sa->initiator && natt_udp(sa))
		say(i, sa, SAY_NAT_UDP, sa->peer->handle, sa->handle);
	sa->peer->remote_port = sa->path.remote_port;
}

static bool
is_at(const struct sa *sa, const struct ike_path *path)
{
	return sa->path.remote_port == path->remote_port && ike_path_same(&sa->path, path);
}

/* Who is behind a translator itself does not follow: it would let who stands between lead it astray (RFC 3947, 4). */
static bool
follows(const struct sa *sa)
{
	return !sa->deleted && natt_udp(sa) && !sa->nat_mine;
}

bool
natt_may_move(const struct sa *sa, const struct ike_path *path)
{
	return sa->established && follows(sa) && path->local_port == IKE_PORT_NATT && addr_eq(&sa->path.local, &path->local);
}

/* An authentic message came by another port of the peer's translator, or from another address. */
void
natt_follow(struct sa *sa, const struct msg *m)
{
	struct ike *i = sa->ike;
	struct ike_path old = sa->path, path = sa->path;

	if (!follows(sa) || m->path->local_port != IKE_PORT_NATT || is_at(sa, m->path))
		return;
	path.remote = m->path->remote;
	path.remote_port = m->path->remote_port;
	if (i->ops->moved != NULL && !i->ops->moved(i->arg, &path, &old))
		return;
	say(i, sa, SAY_NAT_FLOATED, (unsigned)path.remote_port);
	if (!addr_eq(&path.remote, &old.remote))
		say(i, sa, SAY_NAT_PEER, &path.local, &path.remote, (unsigned)path.remote_port);
	ike_moved(i, &path, &old);
}

void
ike_moved(struct ike *i, const struct ike_path *path, const struct ike_path *old)
{
	struct sa *sa;

	TAILQ_FOREACH(sa, &i->sas, link)
		if (follows(sa) && is_at(sa, old))
			sa_move(sa, path);
}

/* Two peers behind one translator have its address, and different ports. */
bool
natt_same_peer(const struct sa *a, const struct sa *b)
{
	if (!ike_path_same(&a->path, &b->path))
		return false;
	return !natt_udp(a) || !natt_udp(b) || a->path.remote_port == b->path.remote_port;
}

/* Encapsulation modes (RFC 3947, 5.1); the drafts' are private numbers. */
uint16_t
natt_encaps(const struct sa *sa, bool transport)
{
	bool draft = sa->natd_type == PL_NATD_DRAFT;

	if (!natt_udp(sa))
		return transport ? ENCAPS_TRANSPORT : ENCAPS_TUNNEL;
	if (draft)
		return transport ? ENCAPS_DRAFT_UDP_TRANSPORT : ENCAPS_DRAFT_UDP_TUNNEL;
	return transport ? ENCAPS_UDP_TRANSPORT : ENCAPS_UDP_TUNNEL;
}

/* What an offer or answer says; false: not what fits the way. Unsaid is tunnel mode where there is no translator. */
bool
natt_encaps_read(const struct sa *sa, unsigned encaps, bool *transport)
{
	*transport = encaps == natt_encaps(sa, true);
	return *transport || encaps == natt_encaps(sa, false) || (encaps == 0 && !natt_udp(sa));
}

/* Original addresses, for transport mode (RFC 3947, 5.2): the initiator's, the responder's; the drafts have the sender's own alone. */
void
natoa_write(const struct sa *sa, const struct node *n, struct out *o)
{
	const struct addr *own = &sa->path.local, *other = &sa->path.remote;

	if (sa->natd_type == PL_NATD_DRAFT) {
		out_natoa(o, PL_NATOA_DRAFT, own);
		return;
	}
	out_natoa(o, PL_NATOA, n->initiator ? own : other);
	out_natoa(o, PL_NATOA, n->initiator ? other : own);
}

/* What the peer calls itself and us; what it does not say is as we see it. */
enum ike_counter
natoa_read(const struct sa *sa, struct node *n, const struct msg *m)
{
	uint8_t type = sa->natd_type == PL_NATD_DRAFT ? PL_NATOA_DRAFT : PL_NATOA;
	const struct payload *a = msg_find(m, type, 0), *b = msg_find(m, type, 1);
	struct addr first = sa->path.remote, second = sa->path.local;
	enum ike_counter e;

	if (a != NULL && (e = natoa_parse(a, &first)) != IKEC_OK)
		return e;
	if (b != NULL && (e = natoa_parse(b, &second)) != IKEC_OK)
		return e;
	if (first.af != sa->path.remote.af || second.af != sa->path.remote.af)
		return IKEC_ID;
	/* Of two the first is the initiator's. */
	n->oa_peer = b != NULL && n->initiator ? second : first;
	n->oa_us = b != NULL && n->initiator ? first : second;
	return IKEC_OK;
}

static void
id_move(struct ike_id *id, const struct addr *was, const struct addr *is)
{
	if (id->type == ike_id_host(was) && addr_eq(&id->addr, was))
		id->addr = *is;
}

/* In transport mode proxies are the ends themselves: by the addresses by which we know them. */
void
natoa_proxies(const struct sa *sa, const struct node *n, struct ike_id *local_id, struct ike_id *remote_id)
{
	id_move(local_id, &n->oa_us, &sa->path.local);
	id_move(remote_id, &n->oa_peer, &sa->path.remote);
}

/* The SAs' way, as it is now, and what sums in their packets cover. */
void
natt_child(const struct sa *sa, struct node *n)
{
	n->child.path = sa->path;
	n->child.udp = natt_udp(sa);
	n->child.inside = sa->nat_mine;
	if (!n->child.udp || !n->child.esp.transport)
		return;
	n->child.peer_self = n->oa_peer;
	n->child.peer_us = n->oa_us;
}
