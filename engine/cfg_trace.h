#ifndef INSPIRE_ENGINE_CFG_TRACE_H
#define INSPIRE_ENGINE_CFG_TRACE_H

/* Configuration of event traces (`monitor event-trace crypto ...`): how many entries each keeps, and where it is dumped. */

#include <stdint.h>

enum trace_ring { TRACE_ISAKMP_EVENT, TRACE_ISAKMP_ERROR, TRACE_IPSEC_EVENT, TRACE_IPSEC_ERROR, TRACE__COUNT };

#define TRACE_KEPT	512u		/* entries, unless configured */

struct cfg_trace {
	uint32_t	 size[TRACE__COUNT];	/* 0 = TRACE_KEPT */
	char		*dump_file[TRACE__COUNT];	/* NULL = none */
};

void		 cfg_trace_free(struct cfg_trace *t);

#endif
