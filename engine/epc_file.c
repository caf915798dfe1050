/* A capture as pcapng: its interfaces by name, what IPsec carried as interfaces of their own beside them. */

#include "engine/epc.h"

#include <stdlib.h>

#include "datapath/datapath.h"
#include "datapath/pcapng.h"
#include "lib/mem.h"
#include "lib/text.h"

static void
put_interface(const struct epc *c, size_t i, struct text *out)
{
	bool sealed = c->seen[i].what == DP_TAP_SEALED;
	char *name = xasprintf("%s%s", c->seen[i].name, sealed ? " decrypted" : "");

	pcapng_interface(out, name, c->seen[i].what == DP_TAP_FRAME ? PCAPNG_ETHER : PCAPNG_RAW, c->limit_len);
	free(name);
}

/* An interface that is in the file has the number of those before it that are. */
void
epc_pcapng(const struct epc *c, bool decrypted, struct text *out)
{
	const struct epc_packet *p;
	unsigned number[3 * EPC_IFS], n = 0;

	pcapng_section(out);
	for (size_t i = 0; i < c->nseen; i++)
		if (decrypted || c->seen[i].what != DP_TAP_SEALED) {
			number[i] = n++;
			put_interface(c, i, out);
		}
	TAILQ_FOREACH(p, &c->packets, next)
		if (decrypted || p->what != DP_TAP_SEALED)
			pcapng_packet(out, &(struct pcapng_packet){ number[p->iface], p->when_ns, p->data, p->len, p->orig_len, p->out });
}
