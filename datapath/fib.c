/*
 * Longest-prefix match by a path-compressed binary trie.  A node stands for a prefix; its children are longer
 * prefixes that begin with it and part at the bit after it.  A node without a route of its own has two
 * children, always.  Nodes live in one array and know each other by index, 0 being none.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/fib.h"
#include "lib/mem.h"

struct node {
	uint32_t	prefix;
	uint8_t		len;
	bool		route;
	uint32_t	via;
	uint32_t	ifidx;
	uint32_t	child[2];	/* [0] links the free ones */
};

struct fib {
	struct node	*nodes;
	uint32_t	 used, cap;	/* nodes[1..used-1] have been given out */
	uint32_t	 free;
	uint32_t	 root;
	size_t		 count;
};

#define FIB_START	8

static uint32_t
mask_of(unsigned len)
{
	return len == 0 ? 0 : UINT32_MAX << (32 - len);
}

static unsigned
bit_of(uint32_t addr, unsigned n)
{
	return addr >> (31 - n) & 1;
}

/* Leading bits that a and b share, at most max. */
static unsigned
common(uint32_t a, uint32_t b, unsigned max)
{
	unsigned n = a == b ? 32 : (unsigned)__builtin_clz(a ^ b);

	return n < max ? n : max;
}

struct fib *
fib_new(void)
{
	struct fib *f = xcalloc(1, sizeof *f);

	f->cap = FIB_START;
	f->used = 1;
	f->nodes = xcalloc(f->cap, sizeof *f->nodes);
	return f;
}

void
fib_free(struct fib *f)
{
	if (f == NULL)
		return;
	free(f->nodes);
	free(f);
}

size_t
fib_count(const struct fib *f)
{
	return f->count;
}

static uint32_t
node_new(struct fib *f, uint32_t prefix, unsigned len)
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
	f->nodes[i] = (struct node){ .prefix = prefix & mask_of(len), .len = (uint8_t)len };
	return i;
}

static void
node_free(struct fib *f, uint32_t i)
{
	f->nodes[i].child[0] = f->free;
	f->free = i;
}

/* Puts node i where parent (0 = the root) points by side. */
static void
link_node(struct fib *f, uint32_t parent, unsigned side, uint32_t i)
{
	if (parent == 0)
		f->root = i;
	else
		f->nodes[parent].child[side] = i;
}

/* The node of exactly this prefix, put into the trie above node at (0 = none) if need be. */
static uint32_t
node_insert(struct fib *f, uint32_t parent, unsigned side, uint32_t at, uint32_t prefix, unsigned len)
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
fib_set(struct fib *f, uint32_t prefix, unsigned len, uint32_t via, unsigned ifidx)
{
	uint32_t parent = 0, at = f->root;
	unsigned side = 0;
	struct node *n;

	if (len > 32)
		return;
	prefix &= mask_of(len);
	while (at != 0) {
		n = &f->nodes[at];
		if (n->len >= len || common(prefix, n->prefix, n->len) < n->len)
			break;
		parent = at;
		side = bit_of(prefix, n->len);
		at = n->child[side];
	}
	if (at == 0 || f->nodes[at].len != len || f->nodes[at].prefix != prefix)
		at = node_insert(f, parent, side, at, prefix, len);
	n = &f->nodes[at];
	f->count += !n->route;
	n->route = true;
	n->via = via;
	n->ifidx = ifidx;
}

/* Takes node at out of the trie if it serves nothing: no route and fewer than two children. */
static bool
node_prune(struct fib *f, uint32_t parent, unsigned side, uint32_t at)
{
	struct node *n = &f->nodes[at];

	if (n->route || (n->child[0] != 0 && n->child[1] != 0))
		return false;
	link_node(f, parent, side, n->child[0] != 0 ? n->child[0] : n->child[1]);
	node_free(f, at);
	return true;
}

bool
fib_del(struct fib *f, uint32_t prefix, unsigned len)
{
	uint32_t grand = 0, parent = 0, at = f->root;
	unsigned gside = 0, side = 0;

	if (len > 32)
		return false;
	prefix &= mask_of(len);
	while (at != 0 && f->nodes[at].len < len) {
		grand = parent;
		gside = side;
		parent = at;
		side = bit_of(prefix, f->nodes[at].len);
		at = f->nodes[at].child[side];
	}
	if (at == 0 || f->nodes[at].len != len || f->nodes[at].prefix != prefix || !f->nodes[at].route)
		return false;
	f->nodes[at].route = false;
	f->count--;
	if (node_prune(f, parent, side, at) && parent != 0)
		node_prune(f, grand, gside, parent);
	return true;
}

bool
fib_find(const struct fib *f, uint32_t dst, struct fib_hop *out)
{
	const struct node *n, *best = NULL;
	uint32_t at;

	for (at = f->root; at != 0; at = n->child[bit_of(dst, n->len)]) {
		n = &f->nodes[at];
		if (((dst ^ n->prefix) & mask_of(n->len)) != 0)
			break;
		if (n->route)
			best = n;
		if (n->len == 32)
			break;
	}
	if (best == NULL)
		return false;
	out->via = best->via;
	out->ifidx = best->ifidx;
	return true;
}
