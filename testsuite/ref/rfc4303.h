#ifndef INSPIRE_REF_RFC4303_H
#define INSPIRE_REF_RFC4303_H

/*
 * ESP as RFC 4303 tells it, to hold the datapath against: one packet at a time, everything anew for each, every number that
 * was accepted kept in a list.  Slow, and meant to be seen right.  IPv4 outside and inside.  It shares no code with the datapath.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "datapath/sa.h"

#define REF_MAX		10000		/* bytes of a packet */
#define REF_SEEN	4096		/* numbers kept of an SA */

enum ref_verdict {
	REF_GOOD, REF_DUMMY,
	REF_SHORT,		/* no whole SPI and number */
	REF_LENGTH,		/* shorter than the SA's fields, or no whole blocks */
	REF_REPLAY, REF_AUTH, REF_PAD, REF_PROTO, REF_INNER, REF_ECN,
	REF_NVERDICT
};

struct ref_sa {
	struct sa_params p;
	uint64_t	 last;			/* highest number accepted */
	uint64_t	 seen[REF_SEEN];	/* a ring */
	size_t		 nseen;
	uint64_t	 packets, bytes, count[REF_NVERDICT];
};

struct ref_pkt {
	uint8_t	bytes[REF_MAX];
	size_t	len;
};

void		 ref_init(struct ref_sa *sa, const struct sa_params *p);
/* An IPv4 packet with ESP in it, for this SA: what becomes of it, and the packet that goes on. */
enum ref_verdict ref_open(struct ref_sa *sa, const uint8_t *ip, size_t len, struct ref_pkt *out);
/* The ESP packet (from its SPI on) of a text with its trailer; IVs are made of the number.  Gives its length. */
size_t		 ref_seal(const struct ref_sa *sa, uint64_t seq, const uint8_t *text, size_t ntext, uint8_t *esp);
/* Payload, padding, its length, next header (RFC 4303, 2.4).  Gives the text's length. */
size_t		 ref_trailer(const struct ref_sa *sa, const uint8_t *payload, size_t n, uint8_t next, uint8_t *text);
/* RFC 791, 3.1, over a header with room for it. */
void		 ref_checksum(uint8_t *ip);

#endif
