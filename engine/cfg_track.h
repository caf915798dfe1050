#ifndef INSPIRE_ENGINE_CFG_TRACK_H
#define INSPIRE_ENGINE_CFG_TRACK_H

/* Configuration of tracked objects (`track N`) and of IP SLA operations (`ip sla N`), as data. */

#include <sys/queue.h>
#include <stdbool.h>
#include <stdint.h>

#define TRACK_MAX	1000u		/* numbers from 1 */

enum track_kind { TRACK_UNSET, TRACK_IF_LINE, TRACK_IF_ROUTING, TRACK_SLA_REACH, TRACK_SLA_STATE, TRACK_ROUTE, TRACK_LIST_AND, TRACK_LIST_OR, TRACK_STUB };

struct cfg_track_member { unsigned number; bool negated; };

struct cfg_track {
	TAILQ_ENTRY(cfg_track)	 next;		/* by number */
	unsigned		 number;
	enum track_kind		 kind;
	char			*ifname;
	unsigned		 sla;
	uint32_t		 prefix, mask;
	struct cfg_track_member	*members; unsigned nmembers;
	unsigned		 delay_up_s, delay_down_s;
	bool			 stub_up;	/* default-state up */
};

struct cfg_sla {
	TAILQ_ENTRY(cfg_sla)	 next;		/* by number */
	unsigned		 number;
	bool			 typed;		/* icmp-echo was given */
	uint32_t		 target, source;
	char			*source_if, *tag;
	unsigned		 frequency_s, timeout_ms, threshold_ms, size;
	bool			 scheduled, running, forever;	/* ip sla schedule: start-time now, life */
	unsigned		 life_s;
};

struct cfg_tracking {
	TAILQ_HEAD(, cfg_track)	 tracks;
	TAILQ_HEAD(, cfg_sla)	 slas;
};

void		  cfg_track_init(struct cfg_tracking *t);
void		  cfg_track_free(struct cfg_tracking *t);	/* what it holds */
struct cfg_track *cfg_track(struct cfg_tracking *t, unsigned number, bool create);
void		  cfg_track_del(struct cfg_tracking *t, struct cfg_track *x);
void		  cfg_track_member(struct cfg_track *x, unsigned number, bool negated, bool add);
struct cfg_sla	 *cfg_sla(struct cfg_tracking *t, unsigned number, bool create);
void		  cfg_sla_del(struct cfg_tracking *t, struct cfg_sla *x);

#define SLA_FREQUENCY_S		60u
#define SLA_TIMEOUT_MS		5000u
#define SLA_THRESHOLD_MS	5000u
#define SLA_SIZE		28u	/* request data */
#define SLA_LIFE_S		3600u

#endif
