#ifndef INSPIRE_DATAPATH_LANE_H
#define INSPIRE_DATAPATH_LANE_H

/*
 * The fast lane: frames in a row that all do the same usual thing go from the wire to the wire in a few passes over a small array, without
 * a struct pkt.  IPv4 by a tunnel interface into ESP, ESP for us that carries IPv4 to a neighbour (or has an SPI that nobody has), IPv4 from
 * neighbour to neighbour.  Where anything is out of the ordinary (options, fragments for us, an access list, a translation, a policy,
 * somebody who watches, an SA near its end) frames go by the stages, which know everything; what leaves, and what is counted, is the same by
 * either way.
 *
 * What is known of a destination is kept for as long as nothing changes beneath it: see dp_changed() in internal.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dp;
struct dp_frame;
struct dp_if;

#define LANE_AGAIN	64	/* frames that go by the stages before the lane is tried again */

/* Nobody need be asked about any packet. */
bool	 lane_is_open(const struct dp *d, const struct dp_if *ifp);
/* Where it is open: takes lent frames that came in by ifp, which is up, from the first one on; gives how many, 0 if the stages are to have the first. */
size_t	 lane_input(struct dp *d, struct dp_if *ifp, const struct dp_frame *f, size_t n, int64_t now);
void	 lane_free(struct dp *d);

#endif
