#ifndef INSPIRE_DATAPATH_OWN_H
#define INSPIRE_DATAPATH_OWN_H

/* Addresses that are ours: those of interfaces that are up, and the broadcasts of their networks. */

#include <stddef.h>
#include <stdint.h>

struct dp;
struct own;

enum own_kind { OWN_NOT, OWN_ADDR, OWN_BCAST };

struct own	*own_new(void);
void		 own_free(struct own *o);
/* After an interface has changed, or gone. */
void		 own_update(struct dp *d, unsigned ifidx);
/* *ifidx: of the first interface that has it. */
enum own_kind	 own_find(const struct own *o, uint32_t addr, unsigned *ifidx);

#endif
