/*
 * Reads YAML (libyaml's events) into a tree.  What makes a file a bomb is refused: more than a set number of
 * nodes, nesting deeper than a set depth, an alias inside what it names.  Merge keys (`<<: *a`) are followed as
 * YAML 1.1 says: a key written in the map itself wins.  A key written twice in one map is an error here, since
 * one of the two would be lost silently.
 */

#include "engine/yamltree.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "lib/mem.h"

struct reader {
	yaml_parser_t	 p;
	struct ytree	*t;
	unsigned	 line;
	char		*why;
};

static struct yt	*read_node(struct reader *r, yaml_event_t *e, unsigned depth);

static struct yt *
refuse(struct reader *r, unsigned line, char *why)
{
	if (r->why == NULL) {
		r->why = why;
		r->line = line;
	} else
		free(why);
	return NULL;
}

static struct yt *
new_node(struct reader *r, enum yt_kind kind, const yaml_event_t *e, const yaml_char_t *anchor)
{
	unsigned line = (unsigned)e->start_mark.line + 1;
	struct yt *v;

	if (++r->t->count > YT_NODES_MAX)
		return refuse(r, line, xasprintf("more than %u values", YT_NODES_MAX));
	v = xcalloc(1, sizeof(*v));
	v->kind = kind;
	v->line = line;
	if (anchor != NULL)
		v->anchor = xstrdup((const char *)anchor);
	v->next = r->t->all;
	r->t->all = v;
	return v;
}

static bool
next_event(struct reader *r, yaml_event_t *e)
{
	if (yaml_parser_parse(&r->p, e))
		return true;
	refuse(r, (unsigned)r->p.problem_mark.line + 1,
	    xasprintf("not YAML: %s", r->p.problem != NULL ? r->p.problem : "cannot be read"));
	return false;
}

static struct yt *
find_anchor(struct reader *r, const yaml_event_t *e)
{
	const char *name = (const char *)e->data.alias.anchor;
	unsigned line = (unsigned)e->start_mark.line + 1;

	for (struct yt *v = r->t->all; v != NULL; v = v->next) {
		if (v->anchor == NULL || strcmp(v->anchor, name) != 0)
			continue;
		if (v->open)
			return refuse(r, line, xasprintf("alias '%s' stands inside what it names", name));
		return v;
	}
	return refuse(r, line, xasprintf("alias '%s' names nothing", name));
}

static struct yt *
read_seq(struct reader *r, const yaml_event_t *start, unsigned depth)
{
	struct yt *v = new_node(r, YT_SEQ, start, start->data.sequence_start.anchor), *item;
	yaml_event_t e;
	bool end;

	if (v == NULL)
		return NULL;
	for (v->open = true;; v->n++) {
		if (!next_event(r, &e))
			return NULL;
		end = e.type == YAML_SEQUENCE_END_EVENT;
		item = end ? NULL : read_node(r, &e, depth + 1);
		yaml_event_delete(&e);
		if (end)
			break;
		if (item == NULL)
			return NULL;
		if ((v->n & (v->n - 1)) == 0)
			v->items = xrealloc(v->items, (v->n ? 2 * v->n : 1) * sizeof(*v->items));
		v->items[v->n] = item;
	}
	v->open = false;
	return v;
}

static struct yt *
next_node(struct reader *r, unsigned depth)
{
	yaml_event_t e;
	struct yt *v;

	if (!next_event(r, &e))
		return NULL;
	v = read_node(r, &e, depth);
	yaml_event_delete(&e);
	return v;
}

static void
add_pair(struct yt *map, struct yt *key, struct yt *value)
{
	if ((map->n & (map->n - 1)) == 0)
		map->pairs = xrealloc(map->pairs, (map->n ? 2 * map->n : 1) * sizeof(*map->pairs));
	map->pairs[map->n++] = (struct yt_pair){key, value};
}

/* The pairs of one merged map that the map itself has not; false if it grows out of bounds. */
static bool
merge_map(struct reader *r, struct yt *map, const struct yt *from)
{
	if (from->kind != YT_MAP) {
		refuse(r, from->line, xstrdup("what '<<' merges is not a map"));
		return false;
	}
	for (size_t i = 0; i < from->n; i++) {
		if (++r->t->count > YT_NODES_MAX) {	/* counts what is skipped too: looking costs */
			refuse(r, map->line, xasprintf("more than %u values", YT_NODES_MAX));
			return false;
		}
		if (yt_get(map, from->pairs[i].key->s) != NULL)
			continue;
		add_pair(map, from->pairs[i].key, from->pairs[i].value);
	}
	return true;
}

static bool
merge(struct reader *r, struct yt *map, const struct yt *from)
{
	if (from->kind != YT_SEQ)
		return merge_map(r, map, from);
	for (size_t i = 0; i < from->n; i++)
		if (!merge_map(r, map, from->items[i]))
			return false;
	return true;
}

static struct yt *
read_key(struct reader *r, const struct yt *map, yaml_event_t *e, unsigned depth)
{
	struct yt *key = read_node(r, e, depth), *old;

	if (key == NULL)
		return NULL;
	if (key->kind != YT_SCALAR)
		return refuse(r, key->line, xstrdup("a key must be a word"));
	for (size_t i = 0; i < map->n; i++) {
		old = map->pairs[i].key;
		if (strcmp(old->s, key->s) == 0)
			return refuse(r, key->line,
			    xasprintf("'%s' is there twice (first at line %u)", key->s, old->line));
	}
	return key;
}

static struct yt *
read_map(struct reader *r, const yaml_event_t *start, unsigned depth)
{
	struct yt *v = new_node(r, YT_MAP, start, start->data.mapping_start.anchor);
	struct yt *key, *value, *merged = NULL;
	yaml_event_t e;
	bool end;

	if (v == NULL)
		return NULL;
	for (v->open = true;;) {
		if (!next_event(r, &e))
			return NULL;
		end = e.type == YAML_MAPPING_END_EVENT;
		key = end ? NULL : read_key(r, v, &e, depth + 1);
		yaml_event_delete(&e);
		if (end)
			break;
		if (key == NULL || (value = next_node(r, depth + 1)) == NULL)
			return NULL;
		if (key->plain && strcmp(key->s, "<<") == 0)
			merged = value;
		else
			add_pair(v, key, value);
	}
	v->open = false;
	if (merged != NULL && !merge(r, v, merged))
		return NULL;
	return v;
}

static struct yt *
read_node(struct reader *r, yaml_event_t *e, unsigned depth)
{
	struct yt *v;

	if (depth > YT_DEPTH_MAX)
		return refuse(r, (unsigned)e->start_mark.line + 1,
		    xasprintf("nested deeper than %u", YT_DEPTH_MAX));
	switch (e->type) {
	case YAML_ALIAS_EVENT:
		return find_anchor(r, e);
	case YAML_SEQUENCE_START_EVENT:
		return read_seq(r, e, depth);
	case YAML_MAPPING_START_EVENT:
		return read_map(r, e, depth);
	case YAML_SCALAR_EVENT:
		v = new_node(r, YT_SCALAR, e, e->data.scalar.anchor);
		if (v == NULL)
			return NULL;
		v->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
		v->s = xstrndup((const char *)e->data.scalar.value, e->data.scalar.length);
		return v;
	default:
		return refuse(r, (unsigned)e->start_mark.line + 1, xstrdup("not YAML: a value is missing"));
	}
}

/* Stream start, document start, one value, the end; a second document is refused. */
static void
read_stream(struct reader *r)
{
	bool seen = false, end = false;
	yaml_event_t e;

	while (r->why == NULL && !end && next_event(r, &e)) {
		end = e.type == YAML_STREAM_END_EVENT;
		if (e.type == YAML_DOCUMENT_START_EVENT && seen)
			refuse(r, (unsigned)e.start_mark.line + 1, xstrdup("a second document"));
		else if (e.type == YAML_SCALAR_EVENT || e.type == YAML_SEQUENCE_START_EVENT ||
		    e.type == YAML_MAPPING_START_EVENT || e.type == YAML_ALIAS_EVENT)
			r->t->root = read_node(r, &e, 0);
		if (e.type == YAML_DOCUMENT_START_EVENT)
			seen = true;
		yaml_event_delete(&e);
	}
}

bool
yt_parse(struct ytree *t, const char *text, size_t n, unsigned *line, char **why)
{
	unsigned lines = 1;	/* libyaml puts the end of the text on a line of its own */
	struct reader r = {.t = t};

	memset(t, 0, sizeof(*t));
	for (size_t i = 0; i + 1 < n; i++)
		lines += text[i] == '\n';
	if (n > YT_BYTES_MAX)
		refuse(&r, 1, xasprintf("larger than %u bytes", YT_BYTES_MAX));
	else if (!yaml_parser_initialize(&r.p))
		fatal("no memory for a YAML parser");
	else {
		yaml_parser_set_input_string(&r.p, (const unsigned char *)text, n);
		read_stream(&r);
		yaml_parser_delete(&r.p);
	}
	if (r.why == NULL)
		return true;
	*line = r.line < lines ? r.line : lines;
	*why = r.why;
	yt_free(t);
	return false;
}

void
yt_free(struct ytree *t)
{
	struct yt *v, *next;

	for (v = t->all; v != NULL; v = next) {
		next = v->next;
		free(v->s);
		free(v->items);
		free(v->pairs);
		free(v->anchor);
		free(v);
	}
	memset(t, 0, sizeof(*t));
}

struct yt *
yt_get(const struct yt *map, const char *key)
{
	if (map == NULL || map->kind != YT_MAP)
		return NULL;
	for (size_t i = 0; i < map->n; i++)
		if (strcmp(map->pairs[i].key->s, key) == 0)
			return map->pairs[i].value;
	return NULL;
}

bool
yt_null(const struct yt *v)
{
	return v == NULL || (v->kind == YT_SCALAR && v->plain &&
	    (v->s[0] == '\0' || strcmp(v->s, "~") == 0 || strcasecmp(v->s, "null") == 0));
}
