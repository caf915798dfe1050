#ifndef INSPIRE_DATAPATH_ESP_IN_H
#define INSPIRE_DATAPATH_ESP_IN_H

/* What the two halves of the way in share: esp_in.c up to the ICV, esp_decap.c behind it. */

#include "datapath/ip6.h"
#include "datapath/sa_run.h"
#include "datapath/wire.h"

#define DONE	DPC__COUNT	/* instead of a reason to drop */

/* A packet on its way through; the same in both protocols from the ICV on. */
struct in_cb {
	struct sa	*sa;		/* NULL = none fits */
	uint64_t	 seq;		/* whole, as it was opened with */
	uint32_t	 text, ntext;	/* from data on; ESP: with the trailer until it is judged */
	uint32_t	 spi, low;
	uint8_t		 next;
	uint8_t		 state;		/* enum in_state */
	uint16_t	 job;		/* of the burst: ESP that was given to the ciphers */
};

/* How far a packet came before it is judged. */
enum in_state {
	IN_CUT,			/* its lengths are wrong */
	IN_LEFT,		/* not opened: AH, or known to fail for its SA, number or nesting */
	IN_JOB,			/* the result stands in the job */
};

_Static_assert(sizeof(struct in_cb) <= sizeof(((struct pkt *)0)->cb), "no room for the control block");

static inline struct in_cb *
in_cb(struct pkt *p)
{
	return (struct in_cb *)(void *)p->cb;
}

/* Counts it at the SA, and raises it; gives why. */
enum dp_counter	 in_fault(struct dp *d, struct sa *s, struct pkt *p, enum dp_fault_kind kind, enum dp_counter why);
/* What was opened by one of jobs, in the order of arrival: DONE, and it is what it carried; or why not. */
enum dp_counter	 in_judge(struct dp *d, struct pkt *p, const struct crypto_job *jobs, int64_t now);
/* An authentic packet, deciphered: data and len become those of what it carries.  DONE, or why not. */
enum dp_counter	 esp_decap(struct dp *d, struct sa *s, struct pkt *p, int64_t now);

#endif
