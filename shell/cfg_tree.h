#ifndef INSPIRE_SHELL_CFG_TREE_H
#define INSPIRE_SHELL_CFG_TREE_H

/*
 * Configuration text as a tree: a line and the lines indented under it.  Comments, the lines that every configuration
 * holds whatever it says (version, boot markers, end), and what `show running-config` prints before one are left out.
 */

#include <stdbool.h>
#include <stddef.h>

struct text;

struct cfg_tree {
	char		*line;		/* without its indentation; a banner with all its lines; NULL: the root */
	struct cfg_tree	**kid;
	size_t		 n;
	size_t		 indent;
};

struct cfg_tree	*cfg_tree_new(const char *text);
void		 cfg_tree_free(struct cfg_tree *t);
/* One more line at the end of t's. */
struct cfg_tree	*cfg_tree_add(struct cfg_tree *t, const char *line);
/* The first child of that line, or NULL. */
struct cfg_tree	*cfg_tree_find(const struct cfg_tree *t, const char *line);
/* The same lines under the same lines; ordered: in the same order too. */
bool		 cfg_tree_same(const struct cfg_tree *a, const struct cfg_tree *b, bool ordered);
/* t and all below it, each deeper by a blank. */
void		 cfg_tree_print(const struct cfg_tree *t, size_t depth, struct text *out);

/* `show archive config differences`: what `to` has more, then what it has less; false: nothing. */
bool		 cfg_diff_context(const struct cfg_tree *from, const struct cfg_tree *to, struct text *out);
/* The commands that add to `from` what only `to` has; false: none. */
bool		 cfg_diff_additions(const struct cfg_tree *from, const struct cfg_tree *to, struct text *out);

#endif
