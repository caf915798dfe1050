#ifndef INSPIRE_DATAPATH_IFNET_H
#define INSPIRE_DATAPATH_IFNET_H

/* Interfaces of the datapath: their counters and how a frame leaves. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dp;
struct dp_if;

void	 if_count_in(struct dp_if *ifp, uint64_t packets, uint64_t bytes, int64_t now);
void	 if_count_out(struct dp_if *ifp, uint64_t packets, uint64_t bytes, int64_t now);
/* A whole frame, to ops->tx. */
void	 if_tx(struct dp *d, struct dp_if *ifp, const uint8_t *frame, size_t len, int64_t now);
bool	 if_has_addr(const struct dp_if *ifp, uint32_t addr);
bool	 if_on_link(const struct dp_if *ifp, uint32_t addr);	/* addr is in one of its networks */
/* The interface's address for talking to next_hop: of the same network, else the primary one; 0 if it has none. */
uint32_t if_addr_for(const struct dp_if *ifp, uint32_t next_hop);
void	 if_all_free(struct dp *d);

#endif
