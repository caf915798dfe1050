#ifndef INSPIRE_ENGINE_QFP_H
#define INSPIRE_ENGINE_QFP_H

/*
 * The drops of the datapath as IOS-XE's forwarding engine (QFP) names them, since they were last cleared.
 * Clearing one table changes neither the other nor the datapath's own counters.
 */

#include <stdint.h>

struct qfp;
struct router;

enum qfp_table { QFP_TABLE_GLOBAL, QFP_TABLE_IPSEC, QFP_TABLE__COUNT };

struct qfp_drop {
	unsigned	 number;	/* QFP_TABLE_IPSEC's drop type; else 0 */
	const char	*name;
	uint64_t	 packets, octets;
};

struct qfp	*qfp_new(void);
void		 qfp_free(struct qfp *q);
void		 router_qfp_each(struct router *r, enum qfp_table t, void (*fn)(void *arg, const struct qfp_drop *d), void *arg);
void		 router_qfp_clear(struct router *r, enum qfp_table t);
int64_t		 router_qfp_cleared(const struct router *r, enum qfp_table t);	/* shown time, ns UTC; 0 = since boot never */

#endif
