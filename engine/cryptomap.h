#ifndef INSPIRE_ENGINE_CRYPTOMAP_H
#define INSPIRE_ENGINE_CRYPTOMAP_H

/*
 * Crypto maps at work.  A map is at work on an interface that has it; with local-address it is one for all that
 * have it, and so are its SAs.  An entry's permit lines are slots: each has a policy number in the datapath and a
 * flow for each peer of the entry, of which one is the current.  Templates (dynamic maps) have none: a slot comes
 * with the offer of a peer that fits, as it does where a peer asks for less than a line of ours, and goes with
 * its SAs.  SAs of slots that are configured are asked for by traffic.
 *
 * cryptomap.c holds maps, entries and slots against the configuration; cryptomap_spd.c tells the datapath;
 * cryptomap_peer.c asks for SAs and chooses the peer; cryptomap_offer.c answers offers;
 * cryptomap_proxy.c reads lines as proxy identities.
 */

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/cfg_map.h"
#include "engine/cryptomap_info.h"
#include "engine/flow.h"

#define CRYPTOMAP_TEMPS_MAX	8192u		/* slots that peers have made, of all maps */
#define CRYPTOMAP_PEER_MAX	256u		/* of one peer */
/* A slot that a peer has made goes so long after its SAs (what they set off is told by then), or when none have come. */
#define CRYPTOMAP_SETTLE	(4 * SESSION_SETTLE)
#define CRYPTOMAP_GRACE		(60 * NSEC_SEC)
#define CRYPTOMAP_ASK_AGAIN	NSEC_SEC	/* traffic may ask again so long after a failure */
#define CRYPTOMAP_NOBODY	1u		/* the policy that never has an SA: what it protects is dropped */

struct cryptomap;
struct map_entry;
struct map_slot;

struct map_slot {
	TAILQ_ENTRY(map_slot)	 next;		/* of those that peers have made: newest first */
	struct map_entry	*entry;
	uint32_t		 policy;
	struct ike_id		 local_id, remote_id;
	struct flow		**flows;	/* one for each peer of the entry, in its order; made by a peer: one */
	size_t			 nflows;
	bool			 made, used;	/* by a peer; it has had SAs */
	size_t			 line;		/* made: under this line of the entry's list; of a template: 0 */
	int64_t			 made_ns, failed_ns;	/* failed: 0 = never */
	size_t			 tried;		/* peers, since traffic asked */
	bool			 kick;		/* the next peer is to be asked */
	struct rib_own		 routes[2];	/* reverse routes that are there now */
	size_t			 nroutes;
};
TAILQ_HEAD(map_slots, map_slot);

struct map_entry {
	TAILQ_ENTRY(map_entry)	 next;
	struct cryptomap	*map;
	unsigned		 seq;		/* in the crypto map */
	char			 template[CFG_MAP_NAME];	/* "" = its peers are configured */
	unsigned		 tseq;		/* in the template */
	struct dp_ace		*lines;		/* of its access list; hits are referred to */
	struct map_slot		**slots;	/* by line; NULL: deny, or no proxy identity, or a template */
	size_t			 nlines;
	struct addr		*peers;		/* as configured */
	size_t			 npeers, dflt, cur;	/* dflt from 1 */
	struct map_slots	 made;
};

struct cryptomap {
	TAILQ_ENTRY(cryptomap)	 next;
	struct router		*r;
	char			 name[CFG_MAP_NAME];
	char			 local_if[CFG_IF_NAME];		/* "" = the interface's own address */
	struct addr		 local;		/* ADDR_NONE: the interface has none */
	struct { char name[CFG_IF_NAME]; unsigned dp_if; } *ports;	/* dp_if: as last told */
	size_t			 nports;
	TAILQ_HEAD(, map_entry)	 entries;
	struct dp_spd_rule	*told;		/* what the datapath has */
	size_t			 ntold;
};
TAILQ_HEAD(cryptomap_list, cryptomap);

struct cryptomaps {
	struct router		*r;
	struct cryptomap_list	 list;
	struct map_slot		**by_policy;
	size_t			 npolicies;
	size_t			 nmade;
	struct map_slot		 lent;		/* stands for numbers of other parts */
	struct timer		 kick, sweep;
};

/* cryptomap.c */
struct cryptomaps *cryptomaps_new(struct router *r);
void		 cryptomaps_free(struct cryptomaps *m);		/* flows have been freed with the key engine */
void		 cryptomaps_drop_stale(struct router *r);	/* what the configuration no longer has */
void		 cryptomaps_apply(struct router *r);
void		 cryptomaps_no_sa(struct router *r, uint32_t policy);
bool		 cryptomap_wanted(const struct router *r);	/* is a map on an interface? */
/* The configuration's entry, or its template's; NULL: it has gone. *map: the crypto map it belongs to. */
struct cfg_map_entry *map_entry_cfg(const struct map_entry *e, struct cfg_map **map);
/* A policy number for another part, and back; its SA is taken away. */
uint32_t	 cryptomap_policy_lend(struct router *r);
void		 cryptomap_policy_back(struct router *r, uint32_t policy);
struct map_slot	*map_slot_new(struct map_entry *e, const struct ike_id *local_id, const struct ike_id *remote_id);
void		 map_slot_free(struct map_slot *s);		/* its flows are closed */

/* cryptomap_spd.c */
void		 map_spd_sync(struct cryptomap *m);

/* cryptomap_peer.c */
extern const struct flow_ops map_flow_calls;
void		 map_entry_policy(const struct router *r, const struct cfg_map *m, const struct cfg_map_entry *e, struct crypto_policy *out);
void		 map_slot_want(struct map_slot *s);		/* traffic wants it */
void		 map_kick(void *cryptomaps);
void		 map_sweep(void *cryptomaps);
void		 map_sweep_later(struct cryptomaps *m, int64_t in);
void		 map_entry_choose(struct map_entry *e, size_t peer);
void		 map_slot_routes(struct map_slot *s);		/* reverse routes come and go with the SAs */
struct flow	*map_flow_new(struct map_slot *s, const struct addr *local, const struct addr *remote);

/* cryptomap_offer.c: an offer that fits no flow there is. *f: made for it, if the verdict is good. */
enum ike_verdict cryptomap_offer(struct router *r, const struct ike_offer *o, struct flow **f);

/* cryptomap_proxy.c */
/* False: the line says what proxy identities can't. */
bool		 map_line_ids(const struct dp_ace *a, struct ike_id *local_id, struct ike_id *remote_id);
struct dp_ace	 map_line_of(const struct ike_id *local_id, const struct ike_id *remote_id);
bool		 map_id_within(const struct ike_id *inner, const struct ike_id *outer);
bool		 map_id_is(const struct ike_id *id, const struct addr *host);	/* that host, whatever it says */

#endif
