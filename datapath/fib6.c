/*
 * Longest-prefix match for IPv6, by the same kind of trie as fib.c: a node stands for a prefix, its children are
 * longer ones that begin with it and part at the bit after it; a node without a route of its own has two children.
 */

#include <stdlib.h>

#include "datapath/fib6.h"
#include "lib/mem.h"

struct node {
	struct a6	prefix;
	struct fib6_hop	hop;
	uint8_t		len;
	bool		route;
	uint32_t	child[2];	/* [0] links the free ones */
};

struct fib6 {
	struct node	*nodes;		/* [0] is none */
	uint32_t	 used, cap;
	uint32_t	 free;
	uint32_t	 root;
	size_t		 count;
};

#define FIB6_START	8

static unsigned
bit_of(struct a6 a, unsigned n)
{
	return (n < 64 ? a.hi >> (63 - n) : a.lo >> (127 - n)) & 1;
}

/* Leading bits that a and b share, at most max. */
static unsigned
common(struct a6 a, struct a6 b, unsigned max)
{
	unsigned n = 128;

	if (a.hi != b.hi)
		n = (unsigned)__builtin_clzll(a.hi ^ b.hi);
	else if (a.lo != b.lo)
		n = 64 + (unsigned)__builtin_clzll(a.lo ^ b.lo);
	return n < max ? n : max;
}

struct fib6 *
fib6_new(void)
{
	struct fib6 *f = xcalloc(1, sizeof *f);

	f->cap = FIB6_START;
	f->used = 1;
	f->nodes = xcalloc(f->cap, sizeof *f->nodes);
	return f;
}

void
fib6_free(struct fib6 *f)
{
	if (f == NULL)
		return;
	free(f->nodes);
	free(f);
}

size_t
fib6_count(const struct fib6 *f)
{
	return f->count;
}

static uint32_t
node_new(struct fib6 *f, struct a6 prefix, unsigned len)
{
	uint32_t i = f->free;

	if (i != 0)
		f->free = f->nodes[i].child[0];
	else {
		if (f->used == f->cap) {
			f->cap *= 2;
			f->nodes = xrealloc(f->nodes, f->cap * sizeof *f->nodes);
		}
		i = f->used++;
	}
	f->nodes[i] = (struct node){ .prefix = a6_mask(prefix, len), .len = (uint8_t)len };
	return i;
}

static void
node_free(struct fib6 *f, uint32_t i)
{
	f->nodes[i].child[0] = f->free;
	f->free = i;
}

/* Puts node i where parent (0 = the root) points by side. */
static void
link_node(struct fib6 *f, uint32_t parent, unsigned side, uint32_t i)
{
	if (parent == 0)
		f->root = i;
	else
		f->nodes[parent].child[side] = i;
}

/* The node of exactly this prefix, put into the trie above node at (0 = none) if need be. */
static uint32_t
node_insert(struct fib6 *f, uint32_t parent, unsigned side, uint32_t at, struct a6 prefix, unsigned len)
{
	uint32_t made = node_new(f, prefix, len), fork = made;
	unsigned n;

	if (at != 0) {
		n = common(prefix, f->nodes[at].prefix, len < f->nodes[at].len ? len : f->nodes[at].len);
		if (n < len) {
			fork = node_new(f, prefix, n);
			f->nodes[fork].child[bit_of(prefix, n)] = made;
		}
		f->nodes[fork].child[bit_of(f->nodes[at].prefix, n)] = at;
	}
	link_node(f, parent, side, fork);
	return made;
}

void
fib6_set(struct fib6 *f, struct a6 prefix, unsigned len, const struct fib6_hop *hop)
{
	uint32_t parent = 0, at = f->root;
	unsigned side = 0;
	struct node *n;

	if (len > 128)
		return;
	prefix = a6_mask(prefix, len);
	while (at != 0) {
		n = &f->nodes[at];
		if (n->len >= len || common(prefix, n->prefix, n->len) < n->len)
			break;
		parent = at;
		side = bit_of(prefix, n->len);
		at = n->child[side];
	}
	if (at == 0 || f->nodes[at].len != len || !a6_eq(f->nodes[at].prefix, prefix))
		at = node_insert(f, parent, side, at, prefix, len);
	n = &f->nodes[at];
	f->count += !n->route;
	n->route = true;
	n->hop = *hop;
}

/* Takes node at out of the trie if it serves nothing: no route and fewer than two children. */
static bool
node_prune(struct fib6 *f, uint32_t parent, unsigned side, uint32_t at)
{
	struct node *n = &f->nodes[at];

	if (n->route || (n->child[0] != 0 && n->child[1] != 0))
		return false;
	link_node(f, parent, side, n->child[0] != 0 ? n->child[0] : n->child[1]);
	node_free(f, at);
	return true;
}

bool
fib6_del(struct fib6 *f, struct a6 prefix, unsigned len)
{
	uint32_t grand = 0, parent = 0, at = f->root;
	unsigned gside = 0, side = 0;

	if (len > 128)
		return false;
	prefix = a6_mask(prefix, len);
	while (at != 0 && f->nodes[at].len < len) {
		grand = parent;
		gside = side;
		parent = at;
		side = bit_of(prefix, f->nodes[at].len);
		at = f->nodes[at].child[side];
	}
	if (at == 0 || f->nodes[at].len != len || !a6_eq(f->nodes[at].prefix, prefix) || !f->nodes[at].route)
		return false;
	f->nodes[at].route = false;
	f->count--;
	if (node_prune(f, parent, side, at) && parent != 0)
		node_prune(f, grand, gside, parent);
	return true;
}

bool
fib6_find(const struct fib6 *f, struct a6 dst, struct fib6_hop *out)
{
	const struct node *n, *best = NULL;
	uint32_t at;

	for (at = f->root; at != 0; at = n->child[bit_of(dst, n->len)]) {
		n = &f->nodes[at];
		if (!a6_within(dst, n->prefix, n->len))
			break;
		if (n->route)
			best = n;
		if (n->len == 128)
			break;
	}
	if (best == NULL)
		return false;
	*out = best->hop;
	return true;
}
