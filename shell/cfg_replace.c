/*
 * The plan of a pass: removals from the last line of the running configuration to its first, since what is printed
 * later refers to what is printed before it, then additions from the first line to the last, for the same reason.
 * Lines that resist are tried in other ways in later passes, and lines that are all there but in another order are
 * taken away and put back from the first that differs on.
 */

#include "shell/cfg_replace.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/router.h"
#include "lib/mem.h"
#include "shell/cfg_tree.h"
#include "shell/running_config.h"
#include "shell/session.h"

struct plan {
	struct text	*out;
	unsigned	 pass;		/* from 1 */
	bool		 loose;		/* the order of lines is no matter */
};

/* How many words of a global line tell what list it belongs to. */
static const struct { const char *begin; size_t words; } families[] = {
	{ "crypto ", 3 }, { "ip access-list ", 3 }, { "event manager ", 3 }, { "aaa ", 3 }, { "username ", 1 }, { "interface ", 1 },
	{ "line ", 2 }, { "banner ", 2 },
};

static size_t
family_len(const char *line)
{
	size_t words = 2, n = 0;

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (strncmp(line, families[i].begin, strlen(families[i].begin)) == 0)
			words = families[i].words;
	for (; words > 0; words--) {
		n += strspn(line + n, " ");
		n += strcspn(line + n, " ");
	}
	return n;
}

/* Do both stand in one list, where the order may matter?  In a section all lines do. */
static bool
is_family(const char *a, const char *b, size_t depth)
{
	size_t n = family_len(a);

	return depth > 0 || (family_len(b) == n && strncmp(a, b, n) == 0);
}

static void
put_line(const struct plan *p, size_t depth, const char *word, const char *line, size_t n)
{
	text_printf(p->out, "%*s%s%.*s\n", (int)depth, "", word, (int)n, line);
}

static bool
is_physical(const char *line)
{
	static const char *const kinds[] = { "interface GigabitEthernet", "interface FastEthernet", "interface Ethernet" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(line, kinds[i], strlen(kinds[i])) == 0)
			return true;
	return false;
}

static size_t
drop_words(const char *line, unsigned n)
{
	size_t len = strlen(line);

	for (; n > 0; n--) {
		while (len > 0 && line[len - 1] != ' ')
			len--;
		while (len > 0 && line[len - 1] == ' ')
			len--;
	}
	return len;
}

/* The line that takes one back; what resisted is tried with fewer words too. */
static void
put_negated(const struct plan *p, size_t depth, const char *line)
{
	size_t n = strcspn(line, "\n"), shorter;

	if (strncasecmp(line, "no ", 3) == 0) {
		put_line(p, depth, p->pass == 2 ? "default " : "", line + 3, n - 3);
		return;
	}
	if (strncmp(line, "banner ", 7) == 0)
		n = 7 + strcspn(line + 7, " ");
	put_line(p, depth, depth == 0 && is_physical(line) ? "default " : "no ", line, n);
	if (p->pass >= 3 && (shorter = drop_words(line, p->pass - 2)) > 0 && shorter < n && memchr(line, ' ', shorter) != NULL)
		put_line(p, depth, "no ", line, shorter);
}

static void
remove_whole(const struct plan *p, const struct cfg_tree *t, size_t depth)
{
	if (p->pass > 1 && t->n > 0 && !(depth == 0 && is_physical(t->line))) {
		put_line(p, depth, "", t->line, strlen(t->line));
		for (size_t i = t->n; i-- > 0;)
			remove_whole(p, t->kid[i], depth + 1);
	}
	put_negated(p, depth, t->line);
}

/* ---- order ---- */

/* The k-th line of line's family among t's children, or NULL. */
static const struct cfg_tree *
family_at(const struct cfg_tree *t, const char *line, size_t k, size_t depth)
{
	for (size_t i = 0; i < t->n; i++)
		if (is_family(t->kid[i]->line, line, depth) && k-- == 0)
			return t->kid[i];
	return NULL;
}

/*
 * Does x stand at or behind the first place where its family's order differs, though the lines are the same?  A list
 * whose lines differ is no matter of order yet.
 */
static bool
is_displaced(const struct cfg_tree *in, const struct cfg_tree *other, const struct cfg_tree *x, size_t depth)
{
	const struct cfg_tree *a, *b;
	bool differs = false, found = false;

	for (size_t k = 0; (a = family_at(in, x->line, k, depth)) != NULL; k++) {
		b = family_at(other, x->line, k, depth);
		if (b == NULL || cfg_tree_find(other, a->line) == NULL || cfg_tree_find(in, b->line) == NULL)
			return false;
		differs = differs || strcmp(a->line, b->line) != 0;
		found = found || (differs && a == x);
	}
	return found;
}

static bool
is_moved(const struct plan *p, const struct cfg_tree *in, const struct cfg_tree *other, const struct cfg_tree *x, size_t depth)
{
	return !p->loose && is_displaced(in, other, x, depth);
}

/* ---- what is in use ---- */

static bool
word_is(const char *line, size_t word, const char *what, size_t n)
{
	const char *p = line;

	for (; word > 0; word--) {
		p += strcspn(p, " ");
		p += strspn(p, " ");
	}
	return n > 0 && strcspn(p, " ") == n && strncmp(p, what, n) == 0;
}

/* Does the line end with the name (its third or fourth word) of that section? */
static bool
refers_to(const char *line, const char *section)
{
	const char *last = strrchr(line, ' ');

	if (last == NULL || strncmp(section, "crypto ", 7) != 0)
		return false;
	last++;
	return word_is(section, 2, last, strlen(last)) || word_is(section, 3, last, strlen(last));
}

/* A section that could not be taken away may be in use: what uses it lets go first, and is put back in the next pass. */
static void
plan_detach(const struct plan *p, const struct cfg_tree *have, const struct cfg_tree *used)
{
	for (size_t i = 0; i < have->n; i++)
		for (size_t k = 0; k < have->kid[i]->n; k++)
			if (have->kid[i] != used && refers_to(have->kid[i]->kid[k]->line, used->line)) {
				put_line(p, 0, "", have->kid[i]->line, strlen(have->kid[i]->line));
				put_negated(p, 1, have->kid[i]->kid[k]->line);
			}
}

/* ---- the plan ---- */

static void
plan_removals(const struct plan *p, const struct cfg_tree *have, const struct cfg_tree *want, size_t depth)
{
	for (size_t i = have->n; i-- > 0;) {
		const struct cfg_tree *x = have->kid[i], *other = cfg_tree_find(want, x->line);
		struct text below = { 0 };
		struct plan inner = { .out = &below, .pass = p->pass, .loose = p->loose };

		if (other == NULL || is_moved(p, have, want, x, depth)) {
			if (depth == 0 && p->pass > 1)
				plan_detach(p, have, x);
			remove_whole(p, x, depth);
			continue;
		}
		plan_removals(&inner, x, other, depth + 1);
		if (below.len > 0) {
			put_line(p, depth, "", x->line, strlen(x->line));
			text_add(p->out, text_str(&below));
		}
		text_free(&below);
	}
}

static void
plan_additions(const struct plan *p, const struct cfg_tree *have, const struct cfg_tree *want, size_t depth)
{
	for (size_t i = 0; i < want->n; i++) {
		const struct cfg_tree *x = want->kid[i], *other = cfg_tree_find(have, x->line);
		struct text below = { 0 };
		struct plan inner = { .out = &below, .pass = p->pass, .loose = p->loose };

		if (other == NULL || is_moved(p, want, have, x, depth)) {
			cfg_tree_print(x, depth, p->out);
			continue;
		}
		plan_additions(&inner, other, x, depth + 1);
		if (below.len > 0) {
			put_line(p, depth, "", x->line, strlen(x->line));
			text_add(p->out, text_str(&below));
		}
		text_free(&below);
	}
}

/* ---- passes ---- */

static struct cfg_tree *
running_tree(const struct router *r)
{
	struct text t = { 0 };
	struct cfg_tree *tree;

	running_config_body(r, &t);
	tree = cfg_tree_new(text_str(&t));
	text_free(&t);
	return tree;
}

/* Interfaces that cannot be taken away, and that the text does not speak of, are as they came: that is no difference. */
static void
drop_physical(struct cfg_tree *have, const struct cfg_tree *want)
{
	size_t n = 0;

	for (size_t i = 0; i < have->n; i++)
		if (is_physical(have->kid[i]->line) && cfg_tree_find(want, have->kid[i]->line) == NULL)
			cfg_tree_free(have->kid[i]);
		else
			have->kid[n++] = have->kid[i];
	have->n = n;
}

/*
 * What a router without a configuration prints goes without saying: a text that does not speak of it means it.  True
 * if something of that is there, and is said now.
 */
static bool
imply(struct router *r, const struct cfg_tree *have, struct cfg_tree *want)
{
	struct config *mine = r->cfg;
	struct cfg_tree *blank;
	bool implied = false;

	r->cfg = config_new();
	blank = running_tree(r);
	config_free(r->cfg);
	r->cfg = mine;
	for (size_t i = 0; i < blank->n; i++)
		if (cfg_tree_find(want, blank->kid[i]->line) == NULL && cfg_tree_find(have, blank->kid[i]->line) != NULL) {
			cfg_tree_add(want, blank->kid[i]->line);
			implied = true;
		}
	cfg_tree_free(blank);
	return implied;
}

struct refusals { struct text *out; };

static void
keep_refused(void *arg, size_t line, const char *message)
{
	const struct refusals *f = arg;
	size_t n = strcspn(message, "\n");

	(void)line;
	text_addn(f->out, message, n);
	text_addc(f->out, '\n');
}

/* The commands of a pass; those from *additions on are the ones that add. */
static char *
make_plan(const struct cfg_tree *have, const struct cfg_tree *want, unsigned pass, bool loose, size_t *additions)
{
	struct text t = { 0 };
	struct plan p = { .out = &t, .pass = pass, .loose = loose };

	plan_removals(&p, have, want, 0);
	*additions = t.len;
	plan_additions(&p, have, want, 0);
	return t.s == NULL ? xstrdup("") : text_take(&t);
}

/* How many of the additions were refused. */
static size_t
run_plan(struct lab *lab, struct router *r, const char *plan, size_t additions, struct refusals *f)
{
	char *removals = xstrndup(plan, additions);
	size_t refused;

	session_load_watched(lab, r, removals, &(struct load_watch){ .report = keep_refused, .arg = f, .part = true, .undo = true });
	refused = session_load_watched(lab, r, plan + additions, &(struct load_watch){ .report = keep_refused, .arg = f, .part = true });
	free(removals);
	return refused;
}

void
replace_run(struct lab *lab, struct router *r, const char *target, struct replace *out)
{
	struct cfg_tree *want = NULL, *have = NULL, *before = NULL;
	struct refusals f = { .out = &out->failed };
	size_t additions = 0, refused = 0;
	char *plan;
	bool loose;

	for (;;) {
		cfg_tree_free(before);
		before = have;
		have = running_tree(r);
		cfg_tree_free(want);
		want = cfg_tree_new(target);
		if (out->passes > 0)
			drop_physical(have, want);
		loose = imply(r, have, want);
		out->done = cfg_tree_same(have, want, !loose && out->passes < REPLACE_PASSES);
		/* Or only what goes without saying, or what is said in other words, is left: the same comes of it again. */
		if (out->passes > 3 && refused == 0 && cfg_tree_same(have, before, true))
			out->done = true;
		if (out->done || out->passes == REPLACE_PASSES)
			break;
		plan = make_plan(have, want, out->passes + 1, loose, &additions);
		text_printf(&out->list, "!Pass %u\n\n!List of Rollback Commands:\n%send\n\n", ++out->passes, plan);
		text_clear(&out->failed);
		refused = run_plan(lab, r, plan, additions, &f);
		free(plan);
	}
	if (out->passes > 0)
		router_apply(r, CFG_AREA_ALL);
	cfg_tree_free(have);
	cfg_tree_free(before);
	cfg_tree_free(want);
}

void
replace_free(struct replace *p)
{
	text_free(&p->list);
	text_free(&p->failed);
}
