/* Packets watched: who does it, and by which interface a sealed packet is going to leave. */

#include "datapath/tap.h"
#include "datapath/worker_hook.h"

#include "datapath/fib.h"
#include "datapath/fib6.h"
#include "datapath/ip6.h"

void
dp_tap_set(struct dp *d, void (*fn)(void *arg, const struct dp_tap_packet *t), void *arg)
{
	d->tap = fn;
	d->tap_arg = arg;
	if (d->worker != NULL)
		mirror_tap(d);
}

unsigned
dp_tap_way(const struct dp *d, const struct addr *dst)
{
	struct fib_hop hop;
	struct fib6_hop hop6;

	if (dst->af == ADDR_V6) {
		if (!fib6_find(d->v6->fib, a6_get(dst->v6), &hop6) || (hop6.ifidx == 0 && !fib6_find(d->v6->fib, hop6.via, &hop6)))
			return 0;
		return hop6.ifidx;
	}
	if (!fib_find(d->fib, dst->v4, &hop) || (hop.ifidx == 0 && !fib_find(d->fib, hop.via, &hop)))
		return 0;
	return hop.ifidx;
}
