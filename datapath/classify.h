#ifndef INSPIRE_DATAPATH_CLASSIFY_H
#define INSPIRE_DATAPATH_CLASSIFY_H

/* The search for the first entry of a list that fits; see classify.c for how. */

#include "datapath/acl.h"

struct classifier;

/* Lends the entries: they must stay where they are. */
struct classifier *classifier_new(const struct dp_ace *aces, size_t n);
void		 classifier_free(struct classifier *c);
/* io[i]: on the way in the entry to begin at, on the way out the first one from there on that fits v[i], or DP_ACL_NONE. */
void		 classify(const struct classifier *c, const struct dp_tuple *v, size_t n, uint32_t *io);

/* acl.c: what both need of one entry. */
bool		 ports_fit(const struct dp_ports *p, uint16_t port);
bool		 ace_needs_head(const struct dp_ace *a);	/* asks for ports, type or flags */

#endif
