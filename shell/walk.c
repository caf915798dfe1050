/*
 * The walk: all rows of a mode taken through a line at once, word by word.  A word is decided among
 * what any row could have there, as a tree of all commands would; rows that wanted something else
 * drop out.  Execution, help and completion all read its result.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/config.h"
#include "lib/mem.h"
#include "shell/args.h"
#include "shell/privilege.h"
#include "shell/syntax.h"

static void
row_add(struct walk *w, const struct cmd *c)
{
	if (w->n == w->size) {
		w->size = w->size == 0 ? 64 : 2 * w->size;
		w->rows = xrealloc(w->rows, w->size * sizeof(*w->rows));
	}
	w->rows[w->n++] = (struct walk_row){ .cmd = c, .ahead = c->syntax };
}

/* A rule may bring a privileged command down to where only those of everybody are. */
static bool
row_there(const struct walk *w, const struct cmd *c)
{
	bool here = c->modes >> w->mode & 1, ruled;
	unsigned level;

	if (w->rules == NULL)
		return here && c->privilege <= w->privilege;
	if (!here && (w->mode != MODE_EXEC || (c->modes & M(PRIV)) == 0))
		return false;
	level = privilege_level(w->rules, c, w->mode, &ruled);
	return level <= w->privilege && (here || ruled);
}

void
walk_init(struct walk *w, enum mode mode, unsigned privilege, const struct cfg_privileges *rules)
{
	memset(w, 0, sizeof(*w));
	w->mode = mode;
	w->privilege = privilege;
	w->rules = rules;
	for (const struct cmd_table *const *t = grammar_tables(); *t != NULL; t++)
		for (size_t i = 0; i < (*t)->n; i++)
			if (row_there(w, &(*t)->rows[i]))
				row_add(w, &(*t)->rows[i]);
}

void
walk_fini(struct walk *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->rows[i].syn);
	free(w->rows);
	free(w->path);
}

const struct syntax *
walk_row_syntax(struct walk_row *r)
{
	if (r->syn == NULL) {
		r->syn = xmalloc(sizeof(*r->syn));
		syntax_parse(r->syn, r->cmd->syntax);
	}
	return r->syn;
}

/* Is the row out of the question in this form (plain, no, default)? */
static bool
row_barred(const struct walk *w, const struct walk_row *r)
{
	if (w->no || w->dflt)
		return (r->cmd->flags & (CMD_NO | CMD_NO_ONLY)) == 0;
	return (r->cmd->flags & CMD_NO_ONLY) != 0;
}

static uint64_t
followers(const struct syntax *s, uint64_t at)
{
	uint64_t m = 0;

	for (; at != 0; at &= at - 1)
		m |= s->el[__builtin_ctzll(at)].follow;
	return m;
}

static uint64_t
row_next(const struct walk *w, struct walk_row *r)
{
	if (w->started)
		return r->at == 0 ? 0 : followers(walk_row_syntax(r), r->at);
	return row_barred(w, r) ? 0 : walk_row_syntax(r)->first;
}

/*
 * Most rows begin with a run of elements that stand alone, and most are out after one or two of them: these are
 * read off the syntax string, which is taken apart only where brackets come.
 * The length of the element that a row wants next; 0: it must be taken apart, or nothing comes.
 */
static size_t
row_lead(const struct walk_row *r, struct element *e)
{
	return r->syn != NULL ? 0 : syntax_lead(r->ahead, e);
}

/* Does it want a keyword with another first letter?  Most rows are out by that. */
static bool
lead_differs(const struct walk_row *r, const struct token *t)
{
	char c = *r->ahead;

	return r->syn == NULL && c >= 'a' && c <= 'z' && (*t->p | 0x20) != c && (c != 'h' || strncmp(r->ahead, "hh:", 3) != 0);
}

static bool
row_out(const struct walk *w, const struct walk_row *r)
{
	return w->started ? r->at == 0 && r->half == 0 : row_barred(w, r);
}

/* A hidden row shows once what was typed can be nothing else. */
bool
walk_hidden(const struct walk *w, const struct walk_row *r)
{
	if ((r->cmd->flags & CMD_HIDDEN) == 0)
		return false;
	for (size_t i = 0; i < w->n && w->started; i++)
		if (w->rows[i].at != 0 && (w->rows[i].cmd->flags & CMD_HIDDEN) == 0)
			return true;
	return !w->started;
}

static void
row_each_next(struct walk *w, struct walk_row *r, void (*fn)(void *arg, struct walk_row *r, size_t i, const struct element *e), void *arg)
{
	struct element lead;

	if (row_out(w, r))
		return;
	if (row_lead(r, &lead) != 0) {
		fn(arg, r, r->taken, &lead);
		return;
	}
	for (uint64_t m = row_next(w, r); m != 0; m &= m - 1)
		fn(arg, r, (size_t)__builtin_ctzll(m), &r->syn->el[__builtin_ctzll(m)]);
}

void
walk_next(struct walk *w, void (*fn)(void *arg, struct walk_row *r, size_t i, const struct element *e), void *arg)
{
	for (size_t i = 0; i < w->n; i++)
		row_each_next(w, &w->rows[i], fn, arg);
}

/* ---- deciding one word ---- */

struct choice {
	const struct walk	*w;
	const struct token	*t;
	bool			 found, exact;
	struct decision		 d;
	size_t			 words;		/* different keywords that t abbreviates */
	size_t			 common;	/* longest run of letters t shares with a keyword */
};

static size_t
shared_letters(const struct token *t, const struct element *e)
{
	size_t n = 0;

	while (n < t->len && n < e->len && tolower((unsigned char)t->p[n]) == tolower((unsigned char)e->text[n]))
		n++;
	return n;
}

static void
choose_keyword(struct choice *c, const struct walk_row *r, const struct element *e)
{
	size_t n = c->t->quoted ? 0 : shared_letters(c->t, e);
	bool exact = n == c->t->len && n == e->len;

	if (n > c->common)
		c->common = n;
	if (n < c->t->len || n == 0 || (c->exact && !exact) || (!exact && (r->cmd->flags & CMD_HIDDEN)))
		return;
	if (c->words > 0 && c->exact == exact && c->d.keyword_len == e->len &&
	    strncasecmp(c->d.keyword, e->text, e->len) == 0)
		return;
	c->words = exact && !c->exact ? 1 : c->words + 1;
	c->exact |= exact;
	c->d.keyword = e->text;
	c->d.keyword_len = e->len;
}

static void
choose(void *arg, struct walk_row *r, size_t i, const struct element *e)
{
	struct choice *c = arg;
	bool half;

	(void)i;
	if (e->kind == EL_KEYWORD) {
		choose_keyword(c, r, e);
		return;
	}
	if ((!c->found || e->kind > c->d.kind) && element_fits(e, c->t, &half)) {
		c->found = true;
		c->d.kind = e->kind;
	}
}

static void
choose_number_of_interface(struct choice *c)
{
	for (size_t i = 0; i < c->w->n; i++)
		if (c->w->rows[i].half != 0 && ifname_joined(&c->w->prev, c->t, NULL)) {
			c->found = true;
			c->d.kind = EL_IFNAME;
			return;
		}
}

static bool
decided(const struct decision *d, const struct element *e, bool *half)
{
	*half = false;
	if (e->kind != d->kind)
		return false;
	if (e->kind == EL_KEYWORD)
		return e->len == d->keyword_len && strncasecmp(e->text, d->keyword, e->len) == 0;
	return element_fits(e, &d->tok, half);
}

/* What a set of elements becomes with the decision: those that fit, and of them those that want a number yet. */
static uint64_t
advance(const struct syntax *s, uint64_t next, uint64_t was_half, const struct token *prev,
    const struct decision *d, uint64_t *half_out)
{
	uint64_t at = 0;

	*half_out = 0;
	for (; next != 0; next &= next - 1) {
		bool half = false;

		if (decided(d, &s->el[__builtin_ctzll(next)], &half)) {
			if (half)
				*half_out |= next & -next;
			else
				at |= next & -next;
		}
	}
	if (was_half != 0 && d->kind == EL_IFNAME && ifname_joined(prev, &d->tok, NULL))
		at |= was_half;
	return at;
}

static enum step
decide(struct walk *w, const struct token *t, struct choice *c)
{
	*c = (struct choice){ .w = w, .t = t };
	for (size_t i = 0; i < w->n; i++)
		if (!lead_differs(&w->rows[i], t))
			row_each_next(w, &w->rows[i], choose, c);
	choose_number_of_interface(c);
	if (c->words == 1)
		c->d.kind = EL_KEYWORD;
	else if (!c->found)
		return c->words > 1 ? STEP_AMBIGUOUS : STEP_NONE;
	c->d.tok = *t;
	return STEP_OK;
}

static void
path_add(struct walk *w, const struct decision *d)
{
	if (w->npath == w->path_size) {
		w->path_size = w->path_size ? 2 * w->path_size : 8;
		w->path = xrealloc(w->path, w->path_size * sizeof(*w->path));
	}
	w->path[w->npath++] = *d;
}

/* A row that wants an element that stands alone takes the decision, or is out. */
static void
lead_advance(struct walk_row *r, const struct element *e, size_t len, const struct decision *d)
{
	bool half;

	if (!decided(d, e, &half)) {
		r->at = 0;
		return;
	}
	r->at = UINT64_C(1) << r->taken++;
	r->ahead += len;
	r->ahead += strspn(r->ahead, " ");
}

static void
row_advance(struct walk *w, struct walk_row *r, const struct decision *d)
{
	struct element lead;
	size_t len;

	if (row_out(w, r) || lead_differs(r, &d->tok))
		r->at = 0;
	else if ((len = row_lead(r, &lead)) != 0)
		lead_advance(r, &lead, len, d);
	else
		r->at = advance(walk_row_syntax(r), row_next(w, r), r->half, &w->prev, d, &r->half);
}

/* Rows that are out don't come back. */
static void
rows_advance(struct walk *w, const struct decision *d)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->n; i++) {
		struct walk_row *r = &w->rows[i];

		row_advance(w, r, d);
		if (r->at != 0 || r->half != 0)
			w->rows[kept++] = *r;
		else
			free(r->syn);
	}
	w->n = kept;
}

static enum step
walk_word(struct walk *w, const struct token *t, size_t *common)
{
	struct choice c;
	enum step st = decide(w, t, &c);

	*common = st == STEP_OK ? 0 : c.common;
	if (st != STEP_OK)
		return st;
	rows_advance(w, &c.d);
	w->started = true;
	w->prev = *t;
	path_add(w, &c.d);
	w->words++;
	return STEP_OK;
}

/* ---- a line ---- */

static void
find_string(void *arg, struct walk_row *r, size_t i, const struct element *e)
{
	(void)r;
	(void)i;
	if (e->kind == EL_STRING)
		*(bool *)arg = true;
}

static bool
accepts_filter(const struct walk *w)
{
	for (size_t i = 0; i < w->n; i++)
		if ((w->rows[i].cmd->flags & CMD_SHOW) && walk_row_accepts(w, &w->rows[i]))
			return true;
	return false;
}

static bool
has_no_rows(const struct walk *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->rows[i].cmd->flags & (CMD_NO | CMD_NO_ONLY))
			return true;
	return false;
}

bool
walk_takes_no(const struct walk *w)
{
	return !w->started && !w->no && !w->dflt && has_no_rows(w);
}

/* `no`, `default` and `do` in front. */
static bool
take_front(struct walk *w, const struct token *t, const char *behind, const char *end)
{
	bool no = word_prefix(t, "no", 2) && t->len == 2;
	bool dflt = t->len >= 3 && word_prefix(t, "default", 7) && mode_is_config(w->mode);

	if (w->started || w->no || w->dflt)
		return false;
	if ((no || dflt) && walk_takes_no(w)) {
		w->no = no;
		w->dflt = dflt;
		return true;
	}
	if (mode_is_config(w->mode) && word_prefix(t, "do", 2) && t->len == 2 && space_len(behind, end) > 0) {
		unsigned privilege = w->privilege;
		const struct cfg_privileges *rules = w->rules;

		walk_fini(w);
		walk_init(w, MODE_PRIV, privilege, rules);
		w->via_do = true;
		return true;
	}
	return false;
}

static void
take_rest(struct walk *w, const char *end)
{
	struct token *t = &w->path[w->npath - 1].tok;
	const char *last = t->p + t->len, *p = last;
	struct token more;

	while (token_next(&p, end, false, &more))
		last = p;
	t->len = (size_t)(last - t->p);
	w->line_taken = true;
}

enum step
walk_line(struct walk *w, const char *line, const char *end)
{
	const char *p = line, *ahead;
	struct token t;

	for (;;) {
		bool quotes = false;
		size_t common;
		enum step st;

		ahead = p;
		if (!token_next(&ahead, end, false, &t))
			break;
		w->stop = t.p;
		if (*t.p == '|' && accepts_filter(w)) {
			w->filter = t.p + 1;
			return STEP_OK;
		}
		if (*t.p == '!' && (w->words == 0 || walk_accepting(w, NULL) != NULL))
			return STEP_OK;
		if (*t.p == '"') {
			walk_next(w, find_string, &quotes);
			ahead = p;
			token_next(&ahead, end, quotes, &t);
		}
		p = ahead;
		if (take_front(w, &t, p, end))
			continue;
		st = walk_word(w, &t, &common);
		if (st != STEP_OK) {
			w->stop += common;
			return st;
		}
		if (w->path[w->npath - 1].kind == EL_LINE) {
			take_rest(w, end);
			break;
		}
	}
	w->stop = end;
	return STEP_OK;
}

bool
walk_row_accepts(const struct walk *w, struct walk_row *r)
{
	const struct syntax *s;
	struct element lead;

	if (r->at == 0)
		return false;
	/* The plain form does not end before an element that stands alone, nor another before a keyword. */
	if (row_lead(r, &lead) != 0 && (lead.kind == EL_KEYWORD || (!w->no && !w->dflt)))
		return false;
	s = walk_row_syntax(r);
	return (r->at & (s->last | (w->no || w->dflt ? s->no_last : 0))) != 0;
}

struct walk_row *
walk_accepting(struct walk *w, size_t *n)
{
	struct walk_row *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < w->n; i++)
		if (walk_row_accepts(w, &w->rows[i]) && count++ == 0)
			first = &w->rows[i];
	if (n != NULL)
		*n = count;
	return first;
}

/* ---- what the winner captured ---- */

struct trail { uint64_t at, half; };

static size_t
lowest(uint64_t m)
{
	return m == 0 ? 0 : (size_t)__builtin_ctzll(m);
}

static uint64_t
predecessors(const struct syntax *s, uint64_t at, size_t e)
{
	uint64_t m = 0;

	for (; at != 0; at &= at - 1)
		if (s->el[__builtin_ctzll(at)].follow >> e & 1)
			m |= at & -at;
	return m;
}

/* Chooses an element for each word, from the last back to the first. */
static void
trace_back(const struct walk *w, const struct syntax *s, const struct trail *tr, size_t *el)
{
	uint64_t ends = s->last | (w->no || w->dflt ? s->no_last : 0);

	for (size_t i = w->npath; i-- > 0;) {
		if (i + 1 == w->npath)
			el[i] = lowest(tr[i].at & ends);
		else if (tr[i].half >> el[i + 1] & 1)
			el[i] = el[i + 1];
		else
			el[i] = lowest(predecessors(s, tr[i].at, el[i + 1]));
	}
}

struct args *
walk_args(struct walk *w, struct walk_row *r, const char *line)
{
	const struct syntax *s = walk_row_syntax(r);
	struct trail *tr = xcalloc(w->npath, sizeof(*tr));
	size_t *el = xcalloc(w->npath, sizeof(*el));
	struct args *a = args_new(r->cmd, line, w->no, w->dflt);

	for (size_t i = 0; i < w->npath; i++) {
		uint64_t next = i == 0 ? s->first : followers(s, tr[i - 1].at);

		tr[i].at = advance(s, next, i == 0 ? 0 : tr[i - 1].half, i == 0 ? NULL : &w->path[i - 1].tok,
		    &w->path[i], &tr[i].half);
	}
	trace_back(w, s, tr, el);
	for (size_t i = 0; i < w->npath; i++) {
		char name[CFG_IF_NAME];

		if ((tr[i].half >> el[i] & 1) && i + 1 < w->npath &&
		    ifname_joined(&w->path[i].tok, &w->path[i + 1].tok, name)) {
			args_set_ifname(a, &s->el[el[i]], name);
			i++;
		} else
			args_add(a, &s->el[el[i]], &w->path[i].tok);
	}
	free(tr);
	free(el);
	return a;
}
