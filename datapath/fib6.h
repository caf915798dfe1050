#ifndef INSPIRE_DATAPATH_FIB6_H
#define INSPIRE_DATAPATH_FIB6_H

/* The IPv6 forwarding table: the path-compressed binary trie of fib.h, over 128 bits. */

#include "lib/a6.h"

struct fib6;

struct fib6_hop {
	struct a6	via;		/* all zero = directly connected */
	unsigned	ifidx;
};

struct fib6	*fib6_new(void);
void		 fib6_free(struct fib6 *f);
void		 fib6_set(struct fib6 *f, struct a6 prefix, unsigned len, const struct fib6_hop *hop);
bool		 fib6_del(struct fib6 *f, struct a6 prefix, unsigned len);	/* false if it was not there */
bool		 fib6_find(const struct fib6 *f, struct a6 dst, struct fib6_hop *out);	/* longest match */
size_t		 fib6_count(const struct fib6 *f);

#endif
