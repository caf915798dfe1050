/* Vendor ids, and NAT detection (RFC 3947 3). */

#include <string.h>

#include "ike/v1/v1.h"

static const char *
natt_name(enum vid v)
{
	switch (v) {
	case VID_NATT_RFC3947: return "RFC 3947";
	case VID_NATT_07: return "v7";
	case VID_NATT_03: return "v3";
	case VID_NATT_02:
	case VID_NATT_02_PLAIN: return "v2";
	default: return NULL;
	}
}

/* The standard goes before the drafts, whose payload numbers differ; of -07 no more than its name is known here. */
static void
natt_offer(struct sa *sa, enum vid v)
{
	static const uint8_t rank[] = { [VID_NATT_RFC3947] = 4, [VID_NATT_03] = 3, [VID_NATT_02] = 2, [VID_NATT_02_PLAIN] = 1, [VID_SELF] = 0 };

	if (rank[v] <= rank[sa->natt_vid])
		return;
	sa->natt_vid = v;
	sa->natd_type = v == VID_NATT_RFC3947 ? PL_NATD : PL_NATD_DRAFT;
}

static void
vid_read(struct sa *sa, const struct payload *pl)
{
	enum vid v = vid_of(pl->p, pl->n);

	say(sa->ike, sa, SAY_PROC_VID);
	if (v != VID_DPD && v != VID_UNITY && v != VID_SELF && pl->n == 16)
		say(sa->ike, sa, SAY_VID_MISMATCH, (unsigned)pl->p[14]);
	if (natt_name(v) != NULL) {
		say(sa->ike, sa, SAY_VID_NATT, natt_name(v));
		natt_offer(sa, v);
	}
	switch (v) {
	case VID_DPD:
		sa->peer_dpd = true;
		say(sa->ike, sa, SAY_VID_IS, "DPD");
		break;
	case VID_UNITY: say(sa->ike, sa, SAY_VID_IS, "Unity"); break;
	case VID_XAUTH: say(sa->ike, sa, SAY_VID_IS, "XAUTH"); break;
	case VID_SELF: say(sa->ike, sa, SAY_VID_IOS); break;
	default: break;
	}
}

void
vids_read(struct sa *sa, const struct msg *m)
{
	const struct payload *pl;
	size_t k;

	for (k = 0; (pl = msg_find(m, PL_VID, k)) != NULL; k++)
		vid_read(sa, pl);
}

/* HASH(CKY-I | CKY-R | IP | Port) */
static void
natd_hash(const struct sa *sa, const struct addr *a, uint16_t port, uint8_t out[HASH_MAX])
{
	uint8_t where[6] = { (uint8_t)(a->v4 >> 24), (uint8_t)(a->v4 >> 16), (uint8_t)(a->v4 >> 8), (uint8_t)a->v4, (uint8_t)(port >> 8), (uint8_t)port };
	struct iov v[] = { { sa->icookie, IKE_COOKIE }, { sa->rcookie, IKE_COOKIE }, { where, sizeof(where) } };

	hash_iov(sa->policy.hash, v, 3, out);
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

/* The first payload is of our address as the peer sees it, the others of its own. */
void
natd_read(struct sa *sa, const struct msg *m)
{
	size_t k, len = hash_len(sa->policy.hash);
	const struct payload *pl;
	uint8_t mine[HASH_MAX], his[HASH_MAX];
	bool mine_ok = false, his_ok = false;

	if (sa->natd_type == 0 || msg_find(m, sa->natd_type, 0) == NULL)
		return;
	natd_hash(sa, &sa->path.local, sa->path.local_port, mine);
	natd_hash(sa, &sa->path.remote, sa->path.remote_port, his);
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
