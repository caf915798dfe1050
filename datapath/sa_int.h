#ifndef INSPIRE_DATAPATH_SA_INT_H
#define INSPIRE_DATAPATH_SA_INT_H

/*
 * What the files of the SAs share.
 *
 *	sa.c		made of what was negotiated, and unmade
 *	sa_place.c	where they lie, and their handles
 *	sa_life.c	counted, and brought to their end
 *	sa_info.c	what is asked of them and changed about them; SPIs
 */

#include "datapath/sa_run.h"

#define SPI_FIRST	256u		/* those below are reserved (RFC 4303, 2.1) */
#define SLOT_MAX	(SLOT_MASK - 1)
#define SA_LINE		64		/* bytes of a cache line */

/* All zero but for its handle. */
struct sa	*sa_place_take(struct sad *t);
void		 sa_place_give(struct sad *t, const struct sa *s);
/* Place i, from 1 on; of a slab that is there. */
struct sa	*sa_place_of(const struct sad *t, uint32_t i);
/* The number from which on its end is near. */
uint64_t	 sa_seq_soft(const struct sa *s);
/* Its timer runs for what comes next. */
void		 sa_timer_start(struct sa *s, int64_t now);
/* The outer header, of its addresses. */
void		 sa_outer(struct sa *s);
/* As it is kept: no packet is longer. */
uint16_t	 sa_mtu_kept(unsigned ip_mtu);

#endif
