#ifndef INSPIRE_ENGINE_CFG_NHRP_H
#define INSPIRE_ENGINE_CFG_NHRP_H

/* `ip nhrp ...` of an interface as data; it hangs from struct cfg_if and is made by the first such line. */

#include <sys/queue.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/nhrp_wire.h"

struct cfg_if;

/* ip nhrp map A B: one NBMA address each. */
struct cfg_nhrp_map {
	TAILQ_ENTRY(cfg_nhrp_map) next;		/* in the order typed */
	uint32_t	 addr, nbma;
};

/* ip nhrp nhs A [nbma B [multicast]] [priority P] [cluster C] */
struct cfg_nhrp_nhs {
	TAILQ_ENTRY(cfg_nhrp_nhs) next;
	uint32_t	 addr, nbma;		/* nbma 0 = by `ip nhrp map` */
	bool		 multicast;
	uint8_t		 priority, cluster;	/* 0 is best */
};

/* ip nhrp nhs cluster C max-connections N */
struct cfg_nhrp_cluster {
	TAILQ_ENTRY(cfg_nhrp_cluster) next;
	uint8_t		 cluster, max;
};

#define NHRP_MAX_SEND_S		10u
#define CFG_NHRP_LIST_MAX	1024u		/* lines of a kind on an interface */

struct cfg_nhrp {
	uint32_t	 network_id;		/* 0 = none: NHRP is off */
	char		 auth[NHRP_AUTH_MAX + 1];
	TAILQ_HEAD(, cfg_nhrp_map) maps;
	bool		 mcast_dynamic;
	uint32_t	*mcast;			/* ip nhrp map multicast B, in the order typed */
	size_t		 nmcast;
	TAILQ_HEAD(, cfg_nhrp_nhs) nhss;
	TAILQ_HEAD(, cfg_nhrp_cluster) clusters;
	uint32_t	 fallback_s;		/* 0 = never back */
	uint32_t	 holdtime_s;		/* 0 = default */
	uint32_t	 reg_timeout_s;		/* 0 = a third of the holdtime */
	bool		 no_unique, shortcut, redirect, server_only;
	uint32_t	 redirect_s;		/* 0 = default */
	uint32_t	 max_send, max_send_s;	/* 0 = default */
};

struct cfg_nhrp		*cfg_nhrp_get(struct cfg_if *i);		/* makes it */
void			 cfg_nhrp_free(struct cfg_nhrp *c);		/* NULL is fine */
/* Nothing in it differs from having none. */
bool			 cfg_nhrp_empty(const struct cfg_nhrp *c);
struct cfg_nhrp_map	*cfg_nhrp_map(struct cfg_nhrp *c, uint32_t addr, bool create);
void			 cfg_nhrp_map_del(struct cfg_nhrp *c, struct cfg_nhrp_map *m);
struct cfg_nhrp_nhs	*cfg_nhrp_nhs(struct cfg_nhrp *c, uint32_t addr, bool create);
void			 cfg_nhrp_nhs_del(struct cfg_nhrp *c, struct cfg_nhrp_nhs *n);
void			 cfg_nhrp_mcast(struct cfg_nhrp *c, uint32_t nbma, bool add);
void			 cfg_nhrp_cluster(struct cfg_nhrp *c, uint8_t cluster, uint8_t max);	/* max 0 takes it away */

#endif
