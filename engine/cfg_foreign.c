/* Lines kept as text: blocks by their key, lines by their text, in the order in which they came. */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/cfg_foreign.h"
#include "engine/config.h"
#include "lib/mem.h"

void
cfg_foreign_init(struct cfg_foreign *f)
{
	*f = (struct cfg_foreign){ 0 };
	TAILQ_INIT(&f->blocks);
}

static bool
is_no(const char *text)
{
	return strncasecmp(text, "no ", 3) == 0;
}

void
cfg_foreign_del(struct cfg_foreign *f, struct cfg_foreign_block *b, struct cfg_foreign_line *l)
{
	HASH_DEL(b->by_text, l);
	b->nos -= is_no(l->text);
	TAILQ_REMOVE(&b->lines, l, next);
	f->n -= 1 + l->nsubs;
	for (size_t i = 0; i < l->nsubs; i++)
		free(l->subs[i]);
	free(l->subs);
	free(l->after);
	free(l->text);
	free(l);
}

void
cfg_foreign_block_del(struct cfg_foreign *f, struct cfg_foreign_block *b)
{
	while (!TAILQ_EMPTY(&b->lines))
		cfg_foreign_del(f, b, TAILQ_FIRST(&b->lines));
	HASH_DEL(f->by_key, b);
	TAILQ_REMOVE(&f->blocks, b, next);
	free(b->key);
	free(b);
}

void
cfg_foreign_free(struct cfg_foreign *f)
{
	while (!TAILQ_EMPTY(&f->blocks))
		cfg_foreign_block_del(f, TAILQ_FIRST(&f->blocks));
}

struct cfg_foreign_block *
cfg_foreign_block(struct cfg_foreign *f, const char *key, bool create)
{
	struct cfg_foreign_block *b;

	HASH_FIND_STR(f->by_key, key, b);
	if (b != NULL || !create)
		return b;
	b = xcalloc(1, sizeof(*b));
	b->key = xstrdup(key);
	TAILQ_INIT(&b->lines);
	TAILQ_INSERT_TAIL(&f->blocks, b, next);
	HASH_ADD_KEYPTR(hh, f->by_key, b->key, strlen(b->key), b);
	return b;
}

const struct cfg_foreign_block *
cfg_foreign_peek(const struct cfg_foreign *f, const char *key)
{
	struct cfg_foreign_block *b;

	HASH_FIND_STR(f->by_key, key, b);
	return b;
}

struct cfg_foreign_line *
cfg_foreign_find(const struct cfg_foreign_block *b, const char *text)
{
	struct cfg_foreign_line *l = NULL;

	if (b != NULL)
		HASH_FIND_STR(b->by_text, text, l);
	return l;
}

struct cfg_foreign_line *
cfg_foreign_add(struct cfg_foreign *f, struct cfg_foreign_block *b, const char *text)
{
	struct cfg_foreign_line *l = cfg_foreign_find(b, text);

	if (l != NULL)
		return l;
	l = xcalloc(1, sizeof(*l));
	l->text = xstrdup(text);
	b->nos += is_no(text);
	TAILQ_INSERT_TAIL(&b->lines, l, next);
	HASH_ADD_KEYPTR(hh, b->by_text, l->text, strlen(l->text), l);
	f->n++;
	return l;
}

void
cfg_foreign_set_text(struct cfg_foreign_block *b, struct cfg_foreign_line *l, const char *text)
{
	HASH_DEL(b->by_text, l);
	b->nos -= is_no(l->text);
	b->nos += is_no(text);
	config_set_str(&l->text, text);
	HASH_ADD_KEYPTR(hh, b->by_text, l->text, strlen(l->text), l);
}

void
cfg_foreign_sub_add(struct cfg_foreign *f, struct cfg_foreign_line *l, const char *text)
{
	if (l->nsubs == l->subs_size) {
		l->subs_size = l->subs_size == 0 ? 8 : 2 * l->subs_size;
		l->subs = xrealloc(l->subs, l->subs_size * sizeof(*l->subs));
	}
	l->subs[l->nsubs++] = xstrdup(text);
	f->n++;
}

void
cfg_foreign_sub_insert(struct cfg_foreign *f, struct cfg_foreign_line *l, size_t at, const char *text)
{
	char *added;

	cfg_foreign_sub_add(f, l, text);
	added = l->subs[l->nsubs - 1];
	memmove(l->subs + at + 1, l->subs + at, (l->nsubs - 1 - at) * sizeof(*l->subs));
	l->subs[at] = added;
}

void
cfg_foreign_sub_del(struct cfg_foreign *f, struct cfg_foreign_line *l, size_t i)
{
	free(l->subs[i]);
	memmove(l->subs + i, l->subs + i + 1, (l->nsubs - i - 1) * sizeof(*l->subs));
	l->nsubs--;
	f->n--;
}
