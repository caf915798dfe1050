#ifndef INSPIRE_ENGINE_TRACK_H
#define INSPIRE_ENGINE_TRACK_H

/* Tracked objects and the IP SLA operations that some of them stand on, as they are. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/cfg_track.h"

struct router;
struct tracking;

struct tracking	*tracking_new(struct router *r);
void		 tracking_free(struct tracking *t);
void		 tracking_apply(struct router *r);		/* the configuration has changed */
void		 tracking_net_changed(struct router *r);	/* a line protocol, an address, a route */
bool		 track_state(const struct router *r, unsigned number, bool *up);	/* false: no such object */
bool		 track_set_stub(struct router *r, unsigned number, bool up);	/* false: it is no stub */

struct track_info {
	const struct cfg_track	*cfg;
	bool			 up, delayed, delayed_up;	/* a change waits for its delay */
	int64_t			 left_ns, changed_ns;		/* of the delay; last change, clock */
	unsigned		 changes;
	char			 hop_if[32];			/* routes: the first hop's interface, "" = none */
};
void		 track_each(struct router *r, void (*fn)(void *arg, const struct track_info *i), void *arg);

enum sla_code { SLA_NONE, SLA_OK, SLA_OVER_THRESHOLD, SLA_TIMEOUT, SLA_NO_CONNECTION };
struct sla_info {
	const struct cfg_sla	*cfg;
	bool			 active;		/* scheduled, and its life has not ended */
	enum sla_code		 code;
	unsigned		 rtt_ms;
	int64_t			 started_ns;		/* shown time of the latest operation; 0 = none yet */
	uint64_t		 ok, failed;
	int64_t			 left_ns;		/* of its life; CLOCK_NEVER = forever */
};
void		 sla_each(struct router *r, void (*fn)(void *arg, const struct sla_info *i), void *arg);
const char	*sla_code_name(enum sla_code c);	/* "OK", "Timeout" */

/* ip_sla.c, for track.c */
struct slas;
struct slas	*slas_new(struct router *r, void (*changed)(void *arg), void *arg);
void		 slas_free(struct slas *s);
void		 slas_apply(struct slas *s);
bool		 slas_code(const struct slas *s, unsigned number, enum sla_code *code);	/* false: not active */
void		 slas_each(struct slas *s, void (*fn)(void *arg, const struct sla_info *i), void *arg);

#endif
