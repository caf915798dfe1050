#ifndef INSPIRE_DATAPATH_TAP_H
#define INSPIRE_DATAPATH_TAP_H

/*
 * Who watches packets go by (captures): frames of Ethernet interfaces, packets that go into tunnels or come out, and what
 * IPsec carries.  The watcher is called from within the stages, may keep copies, and may not call the datapath.
 */

#include "datapath/internal.h"

/* data: whole frame or IP packet. */
static inline void
dp_tap(const struct dp *d, enum dp_tap_kind kind, unsigned ifidx, bool out, const uint8_t *data, size_t len, int64_t now)
{
	const struct dp_tap_packet t = { kind, ifidx, out, data, len, now, NULL };

	if (__builtin_expect(d->tap != NULL, 0))
		d->tap(d->tap_arg, &t);
}

/* What an SA carries, seen at the interface that its ESP or AH goes by. */
static inline void
dp_tap_sealed(const struct dp *d, const struct sa_params *sa, unsigned ifidx, bool out, const struct pkt *p, int64_t now)
{
	const struct dp_tap_packet t = { DP_TAP_SEALED, ifidx, out, p->data, p->len, now, sa };

	if (__builtin_expect(d->tap != NULL, 0))
		d->tap(d->tap_arg, &t);
}

/* The interface that a packet to that address leaves by, 0 = none. */
unsigned	 dp_tap_way(const struct dp *d, const struct addr *dst);

#endif
