/* Vendor ids. */

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
	static const uint8_t rank[] = { [VID_NATT_RFC3947] = 4, [VID_NATT_03] = 3, [VID_NATT_02] = 2, [VID_NATT_02_PLAIN] = 1, [VID_FRAGMENTATION] = 0 };

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
	if (v != VID_DPD && v != VID_UNITY && v != VID_SELF && v != VID_FRAGMENTATION && pl->n == 16)
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
	case VID_FRAGMENTATION:
		sa->peer_frags = true;
		say(sa->ike, sa, SAY_VID_FRAG);
		say(sa->ike, sa, sa->ike->set.fragmentation ? SAY_FRAG_ON : SAY_FRAG_OFF);
		break;
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
