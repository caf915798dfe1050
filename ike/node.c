/* Nodes: the phase 2 exchanges of an SA, by message id. */

#include <stdlib.h>

#include "ike/impl.h"
#include "ike/v1/v1.h"

static void
purge_due(void *arg)
{
	struct node *n = arg;

	say(n->sa->ike, n->sa, SAY_NODE_PURGE, n->msgid);
	node_free(n);
}

struct node *
node_new(struct sa *sa, uint32_t msgid, bool initiator)
{
	struct node *n = xcalloc(1, sizeof(*n));

	n->sa = sa;
	n->msgid = msgid;
	n->initiator = initiator;
	n->state = IKE_QM_READY;
	retry_init(&n->retry, sa->ike->clock, retry_phase2, n);
	timer_init(&n->purge, sa->ike->clock, purge_due, n);
	TAILQ_INSERT_TAIL(&sa->nodes, n, link);
	sa->nnodes++;
	return n;
}

struct node *
node_find(struct sa *sa, uint32_t msgid)
{
	struct node *n;

	TAILQ_FOREACH(n, &sa->nodes, link)
		if (n->msgid == msgid)
			return n;
	return NULL;
}

static void
secrets_free(struct node *n)
{
	dh_free(n->dh);
	n->dh = NULL;
	if (n->gxy != NULL)
		wipe_free(n->gxy, n->gxy_len);
	n->gxy = NULL;
	wipe(n->child.key_in, sizeof(n->child.key_in));
	wipe(n->child.key_out, sizeof(n->child.key_out));
}

/* Ends an exchange.  It stays to answer duplicates, and is purged later. */
void
node_done(struct node *n, bool error, const char *reason)
{
	if (n->done)
		return;
	n->done = true;
	n->sa->nnodes--;
	retry_stop(&n->retry);
	secrets_free(n);
	say(n->sa->ike, n->sa, error ? SAY_NODE_DELETE_ERR : SAY_NODE_DELETE, n->msgid, error ? "TRUE" : "FALSE", reason);
	timer_in(&n->purge, IKE_NODE_PURGE);
	if (n->sa->ready && !n->sa->deleted && n->sa->npending > 0)
		timer_in(&n->sa->line, 0);
}

void
node_free(struct node *n)
{
	if (!n->done)
		n->sa->nnodes--;
	if (n->sa->tx == n)
		n->sa->tx = NULL;
	timer_stop(&n->purge);
	retry_fini(&n->retry);
	secrets_free(n);
	TAILQ_REMOVE(&n->sa->nodes, n, link);
	wipe_free(n, sizeof(*n));
}

uint32_t
msgid_new(struct sa *sa)
{
	uint32_t id;

	do
		id = chance_u32(sa->ike->chance);
	while (id == 0 || node_find(sa, id) != NULL);
	return id;
}
