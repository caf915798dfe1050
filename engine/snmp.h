#ifndef INSPIRE_ENGINE_SNMP_H
#define INSPIRE_ENGINE_SNMP_H

/* SNMP as far as the Embedded Event Manager uses it: its traps to the configured hosts, and traps of others as events. */

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dp_udp;
struct router;

#define SNMP_TRAP_PORT	162u

struct cfg_snmp_host {
	TAILQ_ENTRY(cfg_snmp_host) next;	/* in the order typed */
	uint32_t	 addr;
	unsigned	 version;		/* 0 = version 1, 1 = version 2c */
	char		*community;
	bool		 event_manager;		/* named; without a name all kinds go there */
};

struct cfg_snmp_community {
	TAILQ_ENTRY(cfg_snmp_community) next;
	char		*name;
	bool		 rw;
};

struct cfg_snmp {
	TAILQ_HEAD(, cfg_snmp_host)	 hosts;
	TAILQ_HEAD(, cfg_snmp_community) communities;
	bool		 traps_eem, manager;
	char		*trap_source;		/* interface */
};

void			 cfg_snmp_init(struct cfg_snmp *s);
void			 cfg_snmp_free(struct cfg_snmp *s);	/* what it holds */
struct cfg_snmp_host	*cfg_snmp_host(struct cfg_snmp *s, uint32_t addr, const char *community, bool create);
void			 cfg_snmp_host_del(struct cfg_snmp *s, struct cfg_snmp_host *h);
struct cfg_snmp_community *cfg_snmp_community(struct cfg_snmp *s, const char *name, bool create);
void			 cfg_snmp_community_del(struct cfg_snmp *s, struct cfg_snmp_community *c);

struct snmp_counts { uint64_t in, bad_ber, bad_version, bad_community, not_traps, traps, out, out_failed; };
struct snmp {
	struct snmp_counts counts;
	uint32_t	 request_id, index;	/* of the next trap */
	bool		 open;
};

void		 snmp_apply(struct router *r);
void		 snmp_input(struct router *r, const struct dp_udp *u);
/* cEventMgrPolicyEvent to every host that wants it. */
void		 snmp_eem_trap(struct router *r, const char *policy, unsigned type, int64_t int1, int64_t int2, const char *str);

#endif
