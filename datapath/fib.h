#ifndef INSPIRE_DATAPATH_FIB_H
#define INSPIRE_DATAPATH_FIB_H

/* The forwarding table: a path-compressed binary trie in one array, 24 bytes a node, at most two nodes a prefix. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fib;

struct fib_hop {
	uint32_t	via;		/* 0 = directly connected */
	unsigned	ifidx;
};

struct fib	*fib_new(void);
void		 fib_free(struct fib *f);
void		 fib_set(struct fib *f, uint32_t prefix, unsigned len, uint32_t via, unsigned ifidx);
bool		 fib_del(struct fib *f, uint32_t prefix, unsigned len);	/* false if it was not there */
bool		 fib_find(const struct fib *f, uint32_t dst, struct fib_hop *out);	/* longest match */
size_t		 fib_count(const struct fib *f);

#endif
