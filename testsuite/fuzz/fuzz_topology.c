/* Topology files as bytes.  What is accepted must be whole: ends on nodes that exist, each interface used once. */

#include <stdlib.h>
#include <string.h>

#include "engine/topology.h"
#include "lib/mem.h"
#include "testsuite/fuzz/fuzz.h"

static void
check_end(const struct topology *t, size_t link, int k)
{
	const struct topo_end *e = &t->links[link].end[k], *o;

	if (e->node >= t->nnodes || e->ifname == NULL || t->nodes[e->node].nends == 0)
		fatal("a link ends nowhere");
	for (size_t i = 0; i <= link; i++)
		for (int m = 0; m < 2; m++) {
			o = &t->links[i].end[m];
			if (o != e && o->node == e->node && strcmp(o->ifname, e->ifname) == 0)
				fatal("an interface is linked twice");
		}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *why = NULL;
	struct topology *t;

	if (n > 8192)
		return 0;
	t = topology_parse("fuzz.yml", (const char *)p, n, &why);
	if (t == NULL) {
		if (why == NULL || !strstr(why, "fuzz.yml:"))
			fatal("refused without a word");
		free(why);
		return 0;
	}
	for (size_t i = 0; i < t->nlinks; i++)
		for (int k = 0; k < 2; k++)
			check_end(t, i, k);
	topology_free(t);
	return 0;
}
