/*
 * Retransmission: the last message of an exchange, sent again by its timer (10 s, 5 times) or when the peer
 * sends its own again.
 */

#include <stdlib.h>

#include "ike/impl.h"
#include "ike/v1/v1.h"

void
retry_init(struct retry *r, struct clock *c, void (*fn)(void *), void *arg)
{
	timer_init(&r->timer, c, fn, arg);
	r->bytes = NULL;
	r->n = 0;
	r->tries = 0;
}

void
retry_keep(struct retry *r, const uint8_t *p, size_t n, bool timer)
{
	free(r->bytes);
	r->bytes = xmemdup(p, n);
	r->n = n;
	r->tries = 0;
	if (timer)
		timer_in(&r->timer, IKE_RETRY);
	else
		timer_stop(&r->timer);
}

void
retry_stop(struct retry *r)
{
	timer_stop(&r->timer);
	r->tries = 0;
}

void
retry_fini(struct retry *r)
{
	timer_stop(&r->timer);
	free(r->bytes);
	r->bytes = NULL;
	r->n = 0;
}

void
retry_phase1(void *arg)
{
	struct sa *sa = arg;
	const char *shown = say_shown(sa->shown);
	char addr[ADDR_STRLEN];

	say(sa->ike, sa, SAY_RETRANS1, shown);
	if (sa->retry.tries >= IKE_TRIES) {
		ike_note(sa->ike, IKEC_TIMEOUT);
		say(sa->ike, sa, SAY_PARANOID);
		if (sa->initiator)
			ike_syslog(sa->ike, 6, "IKMP_MODE_FAILURE", "Processing of %s mode failed with peer at %s", p1_mode(sa), addr_fmt(&sa->path.remote, addr));
		sa_delete(sa, "Death by retransmission P1", false, false, IKE_FAIL_TIMEOUT);
		return;
	}
	sa->retry.tries++;
	say(sa->ike, sa, SAY_ERR_SA, sa->retry.tries, (unsigned)IKE_TRIES, "retransmit phase 1");
	say(sa->ike, sa, SAY_RETRANS1_NOW, shown);
	timer_in(&sa->retry.timer, IKE_RETRY);
	ike_note(sa->ike, IKEC_RETRANSMIT);
	ike_send(sa, sa->retry.bytes, sa->retry.n);
}

void
retry_phase2(void *arg)
{
	struct node *n = arg;
	struct sa *sa = n->sa;
	struct ike *i = sa->ike;
	uint64_t cookie = n->rq.cookie;

	say(i, sa, SAY_RETRANS2, say_shown(sa->shown), n->msgid);
	if (n->retry.tries >= IKE_TRIES) {
		ike_note(i, IKEC_TIMEOUT);
		if (n->state == IKE_QM_COMMIT_AWAIT) {
			node_done(n, false, "CONNECTED never came");
			qm_waited(sa, n);
			return;
		}
		node_done(n, true, "Phase 2 err count exceeded");
		if (n->cfg)
			cfg_lapsed(sa, n);
		else if (n->initiator)
			i->ops->failed(i->arg, cookie, &sa->path.remote, IKE_FAIL_TIMEOUT);
		else
			qm_lapsed(sa, n);
		return;
	}
	n->retry.tries++;
	say(i, sa, SAY_ERR_NODE, n->retry.tries, (unsigned)IKE_TRIES, "retransmit phase 2");
	say(i, sa, SAY_RETRANS2_NOW, n->msgid, say_shown(sa->shown));
	timer_in(&n->retry.timer, IKE_RETRY);
	ike_note(i, IKEC_RETRANSMIT);
	ike_send(sa, n->retry.bytes, n->retry.n);
}
