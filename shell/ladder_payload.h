#ifndef INSPIRE_SHELL_LADDER_PAYLOAD_H
#define INSPIRE_SHELL_LADDER_PAYLOAD_H

/* What the payloads of an IKEv1 message say. */

#include "ike/wire/wire.h"
#include "shell/ladder_int.h"

struct ladder_said {			/* what a message's payloads tell, beyond their names */
	bool		 p1;		/* an SA payload of phase 1, and its last transform's */
	enum cipher_alg	 cipher;
	enum hash_alg	 hash;
	struct { uint8_t proto; uint32_t spi; } spi[IKE_PROPOSALS];	/* of phase 2 */
	size_t		 nspi;
	char		 suite[64];	/* of the first transform */
	uint32_t	 life_s;
	bool		 initial_contact, cfg_xauth;
	unsigned	 cfg_type;
	unsigned	 dpd;		/* R_U_THERE, R_U_THERE_ACK */
};
void		 ladder_payloads(const struct msg *m, struct text *brief, struct text *detail, struct ladder_said *said);

#endif
