#ifndef INSPIRE_ENGINE_REFUSALS_H
#define INSPIRE_ENGINE_REFUSALS_H

/*
 * `crypto isakmp diagnose error`: the IKE messages that were refused last, as they came off the wire.  Those alike (peer
 * and reason) are one entry with a count and the newest's bytes, so that a flood of one kind hides no other.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/ike.h"

struct refusals;
struct router;

#define REFUSALS_DEFAULT	50u
#define REFUSALS_BYTES		1024u	/* kept of a message */

struct refusal {
	int64_t		 when_ns;	/* of the newest, shown time */
	struct ike_path	 path;		/* likewise */
	enum ike_counter why;
	uint64_t	 count;
	size_t		 len, kept;	/* of the newest: bytes that came, and that are in data */
	uint8_t		 data[REFUSALS_BYTES];
};

struct refusals	*refusals_new(void);
void		 refusals_free(struct refusals *f);
void		 refusals_add(struct router *r, const struct ike_path *path, enum ike_counter why, const uint8_t *p, size_t n);
void		 refusals_clear(struct router *r);
void		 refusals_apply(struct router *r);	/* the configuration says how many there may be */
/* Newest last.  deleted: entries that gave way to others. */
void		 refusals_each(const struct router *r, void (*fn)(void *arg, const struct refusal *f), void *arg);
size_t		 refusals_count(const struct router *r, uint64_t *deleted);

#endif
