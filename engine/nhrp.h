#ifndef INSPIRE_ENGINE_NHRP_H
#define INSPIRE_ENGINE_NHRP_H

/*
 * Next hop resolution on GRE tunnels (RFC 2332): what a router knows of who is behind which NBMA address, and how
 * it comes to know.  The shell reads the *_info structs; the engine's other files tell of changes.
 */

#include <stdbool.h>
#include <stdint.h>

#include "engine/config.h"
#include "engine/nhrp_wire.h"

struct router;
struct nhrp;
struct text;

struct nhrp	*nhrp_new(struct router *r);
void		 nhrp_free(struct nhrp *n);
void		 nhrp_apply(struct router *r);		/* the configuration may be another */
void		 nhrp_net_changed(struct router *r);	/* routes may be others */

/* `debug nhrp ...` */
struct nhrp_debug { bool all, packet, cache, error, extension, rate; };

enum nhrp_kind { NHRP_STATIC, NHRP_DYNAMIC, NHRP_INCOMPLETE, NHRP_LOCAL };
/* What `show ip nhrp` lists as flags. */
#define NHRP_F_UNIQUE		0x0001u
#define NHRP_F_REGISTERED	0x0002u		/* by the client itself */
#define NHRP_F_ROUTER		0x0004u		/* the other end forwards for others */
#define NHRP_F_IMPLICIT		0x0008u		/* learned from a request */
#define NHRP_F_AUTH		0x0010u
#define NHRP_F_NHOP		0x0020u		/* a next hop, of the tunnel's own network */
#define NHRP_F_NAT		0x0040u
#define NHRP_F_NEGATIVE		0x0080u
#define NHRP_F_LOCAL		0x0100u
#define NHRP_F_RIB		0x0200u		/* a route of ours leads by it */
#define NHRP_F_NHO		0x0400u		/* another's route has its next hop from it */
#define NHRP_F_USED		0x0800u

enum nhrp_state { NHRP_ST_NHRP, NHRP_ST_IKE, NHRP_ST_IPSEC, NHRP_ST_UP };

struct nhrp_requester_info { uint32_t addr, reqid; };
struct nhrp_entry_info {
	const char	*ifname;			/* lent, as all here */
	uint32_t	 prefix, via, nbma;		/* nbma 0 = not known */
	unsigned	 len, flags;
	enum nhrp_kind	 kind;
	enum nhrp_state	 state;
	int64_t		 created_ns, expires_ns;	/* expires 0 = never */
	int64_t		 updown_ns;			/* since when in that state; 0 = never up */
	uint64_t	 hits;				/* of an incomplete one */
	bool		 socket;			/* false: it asks for no crypto socket */
	unsigned	 preference;
	size_t		 nrequesters;
	const struct nhrp_requester_info *requesters;
};
/* In the order of interfaces; there own bindings last, else by address. */
void		 nhrp_entry_each(struct router *r, void (*fn)(void *arg, const struct nhrp_entry_info *e), void *arg);

struct nhrp_nhs_info {
	const char	*ifname;
	uint32_t	 addr, nbma;
	unsigned	 priority, cluster;
	bool		 active, responding;		/* not active: it waits for its turn */
	uint64_t	 sent, failed, received;
	int64_t		 last_ns;			/* of the last reply, 0 = never */
	uint32_t	 reqid, acked;
	unsigned	 retry_s;			/* of what is unanswered, 0 = all is answered */
};
void		 nhrp_nhs_each(struct router *r, void (*fn)(void *arg, const struct nhrp_nhs_info *n), void *arg);

struct nhrp_if_info {
	const char	*ifname;
	uint32_t	 network_id, addr, source;
	bool		 spoke, hub, multipoint;
	bool		 is_protected;
	uint64_t	 sent[NHRP_TYPE__END], received[NHRP_TYPE__END], forwarded[NHRP_TYPE__END];
	uint64_t	 redirects_held;		/* not sent: one was, not long ago */
	uint64_t	 quota_dropped, bad;
	uint32_t	 max_send, max_send_s, usage;	/* usage in percent */
	size_t		 nmcast;
	const struct nhrp_mcast_info { uint32_t nbma; bool dynamic; } *mcast;
};
void		 nhrp_if_each(struct router *r, void (*fn)(void *arg, const struct nhrp_if_info *i), void *arg);

/* Takes away what was learned: all, or what covers addr.  False if there was nothing. */
bool		 nhrp_clear(struct router *r, uint32_t addr, const char *ifname);	/* addr 0, ifname NULL = all */
void		 nhrp_clear_counters(struct router *r);
#define NHRP_ENTRY_BYTES	784u	/* what `show ip nhrp summary` of a real router counts an entry as */

#endif
