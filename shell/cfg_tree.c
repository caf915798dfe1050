/* Configuration text taken apart into a tree, held against another, printed again. */

#include "shell/cfg_tree.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"

#define DEPTH_MAX	8u

static const char *const framing[] = { "version ", "boot-start-marker", "boot-end-marker", "Building configuration", "Current configuration",
	"Using " };

struct reader { struct cfg_tree *open[DEPTH_MAX]; size_t depth; struct text banner; char *stop; struct text cert; size_t cert_indent; };

static struct cfg_tree *
node_new(const char *line, size_t n, size_t indent)
{
	struct cfg_tree *t = xcalloc(1, sizeof(*t));

	t->line = line == NULL ? NULL : xstrndup(line, n);
	t->indent = indent;
	return t;
}

static struct cfg_tree *
node_add(struct cfg_tree *to, const char *line, size_t n, size_t indent)
{
	to->kid = xrealloc(to->kid, (to->n + 1) * sizeof(*to->kid));
	to->kid[to->n] = node_new(line, n, indent);
	return to->kid[to->n++];
}

void
cfg_tree_free(struct cfg_tree *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->n; i++)
		cfg_tree_free(t->kid[i]);
	free(t->kid);
	free(t->line);
	free(t);
}

static bool
is_framing(const char *line)
{
	if (strcmp(line, "end") == 0)
		return true;
	for (size_t i = 0; i < sizeof(framing) / sizeof(framing[0]); i++)
		if (strncmp(line, framing[i], strlen(framing[i])) == 0)
			return true;
	return false;
}

/* `banner motd ^C`: the character, or `^` and a letter, that ends it; NULL if this line has it twice, or is none. */
static char *
banner_stop(const char *line)
{
	const char *p = line;
	char *stop;
	size_t n;

	if (strncmp(p, "banner ", 7) != 0)
		return NULL;
	p += 7;
	p += strspn(p, " ");
	p += strcspn(p, " ");
	p += strspn(p, " ");
	if (*p == '\0')
		return NULL;
	n = *p == '^' && p[1] != '\0' && p[1] != ' ' ? 2 : 1;
	stop = xstrndup(p, n);
	if (strstr(p + n, stop) != NULL) {
		free(stop);
		stop = NULL;
	}
	return stop;
}

static void
banner_line(struct reader *r, const char *line)
{
	text_addc(&r->banner, '\n');
	text_add(&r->banner, line);
	if (strstr(line, r->stop) == NULL)
		return;
	node_add(r->open[0], text_str(&r->banner), r->banner.len, 0);
	text_clear(&r->banner);
	free(r->stop);
	r->stop = NULL;
}

/* `certificate ca 01` in a chain of certificates: digits follow, up to `quit`; all of it is one line of the tree. */
static bool
begins_cert(const struct reader *r, const char *line, size_t n)
{
	return r->depth > 1 && r->open[1] != NULL && r->open[1]->line != NULL && strncmp(r->open[1]->line, "crypto pki certificate chain ", 29) == 0 &&
	       n > 12 && strncmp(line, "certificate ", 12) == 0 && memchr(line, ':', n) == NULL;
}

static void
cert_end(struct reader *r)
{
	if (r->cert.len == 0)
		return;
	node_add(r->open[1], text_str(&r->cert), r->cert.len, r->cert_indent);
	text_clear(&r->cert);
	r->depth = 2;
}

/* False: the line is none of a certificate's. */
static bool
cert_line(struct reader *r, const char *line, size_t len, size_t indent)
{
	bool quit = len == indent + 4 && strncmp(line + indent, "quit", 4) == 0;

	if (r->cert.len == 0)
		return false;
	if (!quit && indent <= r->cert_indent) {
		cert_end(r);
		return false;
	}
	text_addc(&r->cert, '\n');
	text_addn(&r->cert, line, len);
	if (quit)
		cert_end(r);
	return true;
}

static void
read_line(void *arg, const char *line, size_t len)
{
	struct reader *r = arg;
	size_t indent = strspn(line, " \t");

	if (r->stop != NULL) {
		banner_line(r, line);
		return;
	}
	while (len > indent && strchr(" \t\r", line[len - 1]) != NULL)
		len--;
	if (cert_line(r, line, len, indent))
		return;
	if (len == indent || line[indent] == '!' || (indent == 0 && is_framing(line)))
		return;
	if (indent == 0 && (r->stop = banner_stop(line)) != NULL) {
		text_addn(&r->banner, line, len);
		r->depth = 1;
		return;
	}
	while (r->depth > 1 && r->open[r->depth - 1]->indent >= indent)
		r->depth--;
	if (begins_cert(r, line + indent, len - indent)) {
		text_addn(&r->cert, line + indent, len - indent);
		r->cert_indent = indent;
		return;
	}
	if (r->depth == DEPTH_MAX)
		r->depth--;
	r->open[r->depth] = node_add(r->open[r->depth - 1], line + indent, len - indent, indent);
	r->depth++;
}

struct cfg_tree *
cfg_tree_new(const char *text)
{
	struct reader r = { .depth = 1 };

	r.open[0] = node_new(NULL, 0, 0);
	text_lines(text, read_line, &r);
	if (r.stop != NULL)
		node_add(r.open[0], text_str(&r.banner), r.banner.len, 0);
	free(r.stop);
	cert_end(&r);
	text_free(&r.banner);
	text_free(&r.cert);
	return r.open[0];
}

struct cfg_tree *
cfg_tree_add(struct cfg_tree *t, const char *line)
{
	return node_add(t, line, strlen(line), t->indent + 1);
}

struct cfg_tree *
cfg_tree_find(const struct cfg_tree *t, const char *line)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->kid[i]->line, line) == 0)
			return t->kid[i];
	return NULL;
}

bool
cfg_tree_same(const struct cfg_tree *a, const struct cfg_tree *b, bool ordered)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct cfg_tree *x = ordered ? b->kid[i] : cfg_tree_find(b, a->kid[i]->line);

		if (x == NULL || strcmp(x->line, a->kid[i]->line) != 0 || !cfg_tree_same(a->kid[i], x, ordered))
			return false;
	}
	return true;
}

void
cfg_tree_print(const struct cfg_tree *t, size_t depth, struct text *out)
{
	text_printf(out, "%*s%s\n", (int)depth, "", t->line);
	for (size_t i = 0; i < t->n; i++)
		cfg_tree_print(t->kid[i], depth + 1, out);
}

/* ---- differences ---- */

struct diff { struct text *out; const char *mark; bool any; };

static void
print_marked(const struct diff *d, const struct cfg_tree *t, size_t depth)
{
	text_printf(d->out, "%*s%s%s\n", (int)depth, "", d->mark, t->line);
	for (size_t i = 0; i < t->n; i++)
		print_marked(d, t->kid[i], depth + 1);
}

/* What is under `more` and not under `less`, each under the lines that both have. */
static void
print_only(struct diff *d, const struct cfg_tree *more, const struct cfg_tree *less, size_t depth)
{
	for (size_t i = 0; i < more->n; i++) {
		const struct cfg_tree *x = more->kid[i], *other = cfg_tree_find(less, x->line);
		struct text below = { 0 }, *out = d->out;

		if (other == NULL) {
			print_marked(d, x, depth);
			d->any = true;
			continue;
		}
		d->out = &below;
		print_only(d, x, other, depth + 1);
		d->out = out;
		if (below.len > 0)
			text_printf(out, "%*s%s\n%s", (int)depth, "", x->line, text_str(&below));
		text_free(&below);
	}
}

bool
cfg_diff_context(const struct cfg_tree *from, const struct cfg_tree *to, struct text *out)
{
	struct diff d = { .out = out, .mark = "+" };

	print_only(&d, to, from, 0);
	d.mark = "-";
	print_only(&d, from, to, 0);
	return d.any;
}

bool
cfg_diff_additions(const struct cfg_tree *from, const struct cfg_tree *to, struct text *out)
{
	struct diff d = { .out = out, .mark = "" };

	print_only(&d, to, from, 0);
	return d.any;
}
