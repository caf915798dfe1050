#ifndef INSPIRE_ENGINE_YAMLTREE_H
#define INSPIRE_ENGINE_YAMLTREE_H

/*
 * A YAML document as a tree that remembers its lines.  Aliases point at what their anchor names and are
 * never copied, so that a small file can't grow into a large tree; size, depth and count are bounded.
 */

#include <stdbool.h>
#include <stddef.h>

#define YT_BYTES_MAX	(4u << 20)
#define YT_NODES_MAX	40000u
#define YT_DEPTH_MAX	64u

enum yt_kind { YT_SCALAR, YT_SEQ, YT_MAP };

struct yt_pair {
	struct yt	*key;		/* a scalar */
	struct yt	*value;
};

struct yt {
	enum yt_kind	 kind;
	unsigned	 line;		/* from 1 */
	bool		 plain;		/* a scalar without quotes: `~`, `null` and nothing mean null */
	char		*s;		/* YT_SCALAR */
	size_t		 n;		/* YT_SEQ, YT_MAP */
	struct yt	**items;	/* YT_SEQ */
	struct yt_pair	*pairs;		/* YT_MAP, merge keys (`<<`) already followed */
	char		*anchor;
	bool		 open;		/* being read: an alias to it would be a circle */
	struct yt	*next;		/* all nodes, newest first */
};

struct ytree {
	struct yt	*root;		/* NULL: an empty document */
	struct yt	*all;
	size_t		 count;
};

/* False with the line and *why (malloc'd); the tree is then empty. */
bool		 yt_parse(struct ytree *t, const char *text, size_t n, unsigned *line, char **why);
void		 yt_free(struct ytree *t);
struct yt	*yt_get(const struct yt *map, const char *key);	/* NULL if absent or not a map */
bool		 yt_null(const struct yt *v);			/* absent, or a null */

#endif
