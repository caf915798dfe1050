#ifndef INSPIRE_ENGINE_TRACE_H
#define INSPIRE_ENGINE_TRACE_H

/*
 * Event traces: who made and who took away which SA, when and why.  Each is a ring that is as long as configured and grows
 * no further than what has happened; it is written by the event itself, whether or not a debug is on, and lost with a reload.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/cfg_trace.h"
#include "ike/ike.h"
#include "lib/addr.h"

struct flow;
struct pair;
struct router;
struct trace;

enum trace_what {
	/* ipsec event */
	TRACE_SA_CREATE, TRACE_SA_DELETE,
	TRACE_KMI_REQUEST, TRACE_KMI_DELETE,						/* to IKE */
	TRACE_KMI_CREATE, TRACE_KMI_ENABLE, TRACE_KMI_DELETED, TRACE_KMI_CLEAR_PEER,	/* from IKE */
	/* ipsec error */
	TRACE_INVALID_SPI, TRACE_SA_REFUSED,
	/* isakmp event */
	TRACE_UP, TRACE_DOWN, TRACE_DELETE_SENT, TRACE_DELETE_GOT, TRACE_CONTACT_GOT, TRACE_INVALID_SPI_GOT, TRACE_NOTIFIED, TRACE_RECOVERY,
	/* isakmp error */
	TRACE_FAILED, TRACE_DELETE_UNSENT
};

enum trace_cause {
	TRACE_NO_CAUSE, TRACE_BY_US, TRACE_BY_PEER,					/* of an SA's making */
	TRACE_CLEAR, TRACE_UNWANTED, TRACE_LIFETIME, TRACE_REKEY, TRACE_IDLE, TRACE_DEAD, TRACE_LAPSED,	/* of its end */
	TRACE_GOT_DELETE, TRACE_GOT_CONTACT, TRACE_GOT_INVALID_SPI,			/* the peer's wish */
};

#define TRACE_TRANSFORM	36
struct trace_proxy { struct addr addr; uint8_t protocol; uint16_t port; };
struct trace_entry {
	int64_t			 when_ns;	/* of the router's clock */
	enum trace_what		 what;
	enum trace_cause	 cause;
	bool			 in, initiator;	/* the SA is inbound; we are phase 1's initiator */
	uint8_t			 proto, fail;	/* 50, 51; enum ike_fail */
	struct addr		 local, remote;
	uint16_t		 local_port, remote_port;
	uint32_t		 spi, conn, life_s, life_kb;
	char			 transform[TRACE_TRANSFORM];
	struct trace_proxy	 l_proxy, r_proxy;
	char			 name[24];	/* of the peer, where its identity is one */
};

struct trace	*trace_new(void);
void		 trace_free(struct trace *t);

/* Written by the events. */
void		 trace_pair(const struct pair *p, bool made, enum trace_cause cause);	/* both SAs */
void		 trace_flow(const struct flow *f, enum trace_what what);
void		 trace_path(struct router *r, enum trace_what what, const struct ike_path *path, uint8_t proto, uint32_t spi);
void		 trace_ike(struct router *r, enum trace_what what, const struct ike_sa_info *sa, enum trace_cause cause);
void		 trace_fail(struct router *r, const struct ike_path *path, enum ike_fail why);

/* For show and monitor. */
struct trace_info { bool enabled, one_shot; uint64_t total, shown; size_t kept, size; };
void		 trace_info(const struct router *r, enum trace_ring ring, struct trace_info *out);
/* From entry number `first` (from 0, of all that ever came) on, as far as they are kept. */
void		 trace_each(const struct router *r, enum trace_ring ring, uint64_t first, void (*fn)(void *arg, const struct trace_entry *e), void *arg);
void		 trace_shown(struct router *r, enum trace_ring ring);		/* `latest` begins here next time */
void		 trace_clear(struct router *r, enum trace_ring ring);
enum trace_switch { TRACE_ON, TRACE_OFF, TRACE_ONE_SHOT /* clears, and stops when it is full */ };
void		 trace_switch(struct router *r, enum trace_ring ring, enum trace_switch to);

#endif
