#ifndef INSPIRE_IKE_V1_RULES_H
#define INSPIRE_IKE_V1_RULES_H

/* The state table of IKEv1: states, events and the rows that join them. */

struct sa;
struct node;
struct msg;

enum ike_state {
#define STATE(id, name)	id,
#include "ike/v1/states.def"
#undef STATE
};

enum ike_event {
#define EVENT(id, cls, name)	EV_##id,
#include "ike/v1/events.def"
#undef EVENT
	EV__NONE
};

enum act {
	ACT_DONE,	/* go on */
	ACT_REFUSED,	/* the message is no good: back to where we were */
	ACT_GONE,	/* the action has ended the SA or the exchange itself */
};

/* When the line `Old State = ...` is written, and the state changed. */
enum when { FIRST, AFTER };

/* What becomes of the retransmission timer. */
enum retry_rule { KEEP, RESEND, ANSWER, QUIET };	/* RESEND: by timer; ANSWER: only to duplicates; QUIET: stop */

struct rule {
	enum ike_state	 state;
	enum ike_event	 event;
	enum when	 when;
	enum act	(*action)(struct sa *, struct node *, struct msg *);
	enum ike_state	 next;
	const char	*shown;		/* NULL: as it was */
	enum retry_rule	 retry;
	enum ike_event	 then;		/* follows at once */
	const char	*story;
};

const struct rule *rule_find(enum ike_state s, enum ike_event e);
const char	*state_name(enum ike_state s);
const char	*event_class(enum ike_event e);
const char	*event_name(enum ike_event e);

/* Runs an event; node is NULL in phase 1.  Returns what the last action said. */
enum act	 exchange_run(struct sa *sa, struct node *node, enum ike_event e, struct msg *m);

#endif
