#ifndef INSPIRE_DATAPATH_FRAG_H
#define INSPIRE_DATAPATH_FRAG_H

/* Fragmentation and reassembly (RFC 791 3.2, RFC 815, RFC 1858; overlaps refused as in RFC 5722). */

#include <stdint.h>

#include "lib/clock.h"

struct dp;
struct pkt;
struct reasm;

#define REASM_NS	(30 * NSEC_SEC)
#define REASM_MAX	64		/* packets under reassembly */
#define REASM_FRAGS	512		/* fragments held, in all */
#define REASM_EACH	64		/* fragments of one packet */

struct reasm	*reasm_new(void);
void		 reasm_free(struct dp *d);
/* Takes a fragment (header parsed, len trimmed); gives the whole packet when it is complete, else NULL. */
struct pkt	*reasm_input(struct dp *d, struct pkt *p, int64_t now);

/* Cuts p, which exceeds mtu and lacks DF, into pieces that inherit its control fields; gives them to fn in
 * order.  Takes p. */
void		 frag_cut(struct dp *d, struct pkt *p, unsigned mtu, void (*fn)(void *arg, struct pkt *piece), void *arg);

#endif
