#ifndef INSPIRE_SHELL_LADDER_IKE_H
#define INSPIRE_SHELL_LADDER_IKE_H

/* What the files that read IKE for a ladder give each other: SAs by their cookies, their exchanges, a message on its way through. */

#include "shell/ladder_payload.h"

#define LADDER_IKE_BUCKETS	512u
#define LADDER_EXCHANGES	32u	/* of one IKE SA at a time */
#define LADDER_PIECES		32u	/* of one message, in the vendors' fragments */

struct ladder_exchange {
	uint8_t		 type;
	uint32_t	 msgid;
	uint16_t	 began;
	unsigned	 step;
	bool		 have_iv;
	uint8_t		 iv[16];
	struct ladder_said offer;	/* Quick Mode's first message */
	bool		 read;		/* the answer was read: the SAs are known */
};

struct ladder_ike_sa {
	struct ladder_ike_sa	*next;
	uint8_t		 icookie[8], rcookie[8];
	bool		 has_rcookie, v2, complete, floated, have_iv, have_cipher;
	bool		 sure;		/* who began was seen, not guessed */
	uint16_t	 i, r;
	uint8_t		 type;		/* of phase 1 */
	enum cipher_alg	 cipher;
	enum hash_alg	 hash;
	uint8_t		*ke[2];		/* public values */
	size_t		 nke[2];
	uint8_t		 iv[16];	/* what phase 1 has come to */
	const char	*state[2];	/* of initiator and responder */
	unsigned	 sa;		/* in the model */
	struct ladder_exchange	 ex[LADDER_EXCHANGES];
	unsigned	 nex;		/* ever begun */
	unsigned	 ke_row;	/* the only message with KE while it is not sure whose, LADDER_NONE = none */
	unsigned	 dpd_row;	/* the row of a series of R_U_THERE, LADDER_NONE = none */
	unsigned	 sealed_row;
	size_t		 sealed_len;
	struct ladder_pieces *pieces;	/* of one message, NULL = none */
};

struct ladder_ike {
	struct ladder_ike_sa *bucket[LADDER_IKE_BUCKETS];
	unsigned	 n;
	struct ladder_twins *twins;
};

/* A message on its way through. */
struct ladder_in {
	const struct ladder_pkt *k;
	struct isakmp_hdr h;
	enum ike_counter err;		/* of the header */
	struct ladder_ike_sa	*sa;
	uint16_t	 from, to;
	bool		 by_initiator, sealed, gap;	/* gap: its first block is dark */
	unsigned	 pieces;	/* that it came in, 0 = whole */
	uint8_t		*whole;		/* what its pieces make, when this is the last; freed by who reads it */
	size_t		 nwhole;
	unsigned	 npieces;
	unsigned	 row;
	struct msg	*m;
	struct text	 title, brief, detail;
	struct ladder_said said;
	const char	*state[2];	/* of sender and receiver */
};

/* ladder_ike.c */
struct ladder_ike_sa *ladder_ike_sa_find(struct ladder_ike *i, const struct isakmp_hdr *h);
bool		 ladder_is_zero(const uint8_t *p, size_t n);

/* ladder_ike_open.c: exchanges and their IVs */
void		 ladder_first_iv(struct ladder_ike_sa *s);		/* when both public values and the hash are known */
struct ladder_exchange *ladder_exchange_of(struct ladder_ike_sa *s, const struct ladder_in *in);
/* The payloads of an encrypted message; x: its exchange, NULL in phase 1.  False: not to be opened. */
bool		 ladder_open(struct ladder *l, struct ladder_in *in, struct ladder_exchange *x);

/* ladder_ike_exchange.c: title, states, and what follows from a message */
void		 ladder_exchange_v1(struct ladder *l, struct ladder_in *in, struct ladder_exchange *x);
void		 ladder_exchange_v2(struct ladder *l, struct ladder_in *in);

/* ladder_ike_piece.c */
void		 ladder_piece(struct ladder *l, struct ladder_in *in);
void		 ladder_pieces_free(struct ladder_ike_sa *s);

#endif
