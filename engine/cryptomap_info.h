#ifndef INSPIRE_ENGINE_CRYPTOMAP_INFO_H
#define INSPIRE_ENGINE_CRYPTOMAP_INFO_H

/* Crypto maps at work, for show, clear and configuration commands. */

#include <stdbool.h>
#include <stddef.h>

#include "engine/router.h"

/* Permit lines of a list that no proxy identity of IKE can stand for. */
unsigned	 cryptomap_odd_lines(const struct config *c, const char *acl);
struct map_made_info { unsigned seq, tseq; const char *template; struct addr peer; struct ike_id local_id, remote_id; };
/* Slots that peers have made, of all maps of that name. */
void		 router_map_made_each(struct router *r, const char *map, void (*fn)(void *arg, const struct map_made_info *i), void *arg);
/* The peer that an entry's SAs are asked of; none: it isn't at work. */
struct addr	 router_map_peer(const struct router *r, const char *map, unsigned seq);
/* Of a map at work by local-address: the interfaces beside the first, from 1 on; NULL: no more. */
const char	*router_map_port(const struct router *r, const char *map, const char *first, size_t n);
bool		 router_clear_sa_map(struct router *r, const char *map);

#endif
