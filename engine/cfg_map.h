#ifndef INSPIRE_ENGINE_CFG_MAP_H
#define INSPIRE_ENGINE_CFG_MAP_H

/*
 * Crypto maps and dynamic crypto maps as configured: maps by name, their entries in the order of their sequence
 * numbers.  What an entry names (access list, dynamic map, profile) is looked up when the configuration is applied.
 */

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/config.h"

#define CFG_MAP_NAME	64		/* with its NUL: an SA's tag */
#define CFG_MAP_PEERS	40
#define CFG_MAP_SETS	6
#define CFG_MAP_SEQ_MAX	65535u
#define CFG_RRI_NO_TAG	0u

/* `reverse-route [static] [remote-peer A [gateway]]` */
struct cfg_reverse {
	bool			 on, always, gateway;	/* always: `static` */
	uint32_t		 via;			/* 0 = the peer */
	uint32_t		 tag;			/* 0 = none */
	uint8_t			 distance;		/* 0 = 1 */
};

struct cfg_map_entry {
	TAILQ_ENTRY(cfg_map_entry) next;
	unsigned		 seq;
	char			*dynamic;		/* `ipsec-isakmp dynamic D`: a template; NULL = peers are configured */
	bool			 discover;
	char			*profile;		/* IPsec profile, whose settings hold where the entry has none */
	char			*description, *acl, *isakmp_profile;
	struct addr		*peers;
	size_t			 npeers, dflt;		/* dflt: from 1; 0 = none is the default */
	struct cfg_names	 transform_sets;
	unsigned		 pfs_group;
	struct cfg_lifetime	 life;
	uint32_t		 idle_s;
	bool			 idle_default;		/* an idle SA's end leads back to the default peer */
	bool			 replay_set, replay_off;
	unsigned		 replay_window;
	uint8_t			 dfbit;
	struct cfg_reverse	 reverse;
	bool			 qos_preclassify;
};

struct cfg_map {
	TAILQ_ENTRY(cfg_map)	 next;		/* in the order in which they were made */
	char			*name;
	char			*local_if;	/* crypto map NAME local-address IF */
	char			*isakmp_profile;
	TAILQ_HEAD(, cfg_map_entry) entries;
};
enum cfg_map_kind { CFG_MAP_CRYPTO, CFG_MAP_DYNAMIC };

void			 cfg_maps_init(struct cfg_maps *m);
void			 cfg_maps_free(struct cfg_maps *m);
struct cfg_map		*config_map(struct config *c, enum cfg_map_kind k, const char *name, bool create);
void			 config_map_del(struct config *c, enum cfg_map_kind k, struct cfg_map *m);
struct cfg_map_entry	*config_map_entry(struct cfg_map *m, unsigned seq, bool create);
void			 config_map_entry_del(struct cfg_map *m, struct cfg_map_entry *e);
/* False: no room for one more.  dflt: it is the peer to go back to. */
bool			 config_map_peer(struct cfg_map_entry *e, const struct addr *a, bool dflt);
bool			 config_map_peer_del(struct cfg_map_entry *e, const struct addr *a);
/* Nothing but its name is left: it needn't be there. */
bool			 config_map_empty(const struct cfg_map *m);
/* What a static entry needs is configured: peer, access list (named, if it exists or not) and transform sets. */
bool			 config_map_complete(const struct cfg_map_entry *e);
/* The lifetimes in force for an entry. */
void			 config_map_life(const struct config *c, const struct cfg_map_entry *e, uint32_t *s, uint32_t *kb);

#endif
