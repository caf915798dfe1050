/*
 * A ladder in 80 columns: times at the left, a line downward for each party, an arrow for each row.  A rung whose words do
 * not fit on its arrow has them above it.  An invalid SPI is told by a sign and by words; colour is only added to them.
 */

#include <stdio.h>
#include <string.h>

#include "shell/ladder_view.h"

#define WIDTH		80
#define LEFT		14	/* the first party's column */
#define RIGHT		78
#define BAR_AT		17	/* of a lane */
#define BAR		36

/* What is drawn with; two cells of a rung's line, in turn. */
struct glyphs {
	const char	*life, *right, *left, *begin_right, *begin_left;
	const char	*line[2], *again[2], *run[2], *bad[2];
	const char	*has, *lacks, *gap, *open;
};
static const struct glyphs utf8 = {
	"\u2502", "\u25b6", "\u25c0", "\u251c", "\u2524",
	{ "\u2500", "\u2500" }, { "\u2500", " " }, { "\u2550", "\u2550" }, { "x", "\u2550" },
	"\u2588", "x", "\u00b7", "\u25b8",
};
static const struct glyphs ascii = {
	"|", ">", "<", "|", "|",
	{ "-", "-" }, { "-", " " }, { "=", "=" }, { "x", "=" },
	"#", "x", ".", ">",
};

struct canvas {
	const struct ladder_view *v;
	const struct glyphs *g;
	const struct ladder_style *s;
	struct text	*out;
	const char	*cell[WIDTH];
	char		 byte[128][2];	/* each ASCII character as a string */
};

static void
canvas_init(struct canvas *c, const struct ladder_view *v, const struct ladder_style *s, struct text *out)
{
	*c = (struct canvas){ .v = v, .g = s->ascii ? &ascii : &utf8, .s = s, .out = out };
	for (int i = 0; i < 128; i++)
		c->byte[i][0] = (char)i;
}

static unsigned
x_of(const struct ladder_view *v, unsigned column)
{
	return v->ncolumns < 2 ? LEFT : LEFT + column * (RIGHT - LEFT) / (v->ncolumns - 1);
}

static void
put(struct canvas *c, unsigned x, const char *s)
{
	for (; *s != '\0' && x < WIDTH; s++, x++)
		c->cell[x] = c->byte[(unsigned char)*s & 127];
}

static void
blank(struct canvas *c, bool lives)
{
	for (unsigned x = 0; x < WIDTH; x++)
		c->cell[x] = " ";
	for (unsigned i = 0; lives && i < c->v->ncolumns; i++)
		c->cell[x_of(c->v, i)] = c->g->life;
}

static void
flush(struct canvas *c, bool red)
{
	unsigned n = WIDTH;

	while (n > 0 && strcmp(c->cell[n - 1], " ") == 0)
		n--;
	if (red && c->s->colour)
		text_add(c->out, "\033[31m");
	for (unsigned x = 0; x < n; x++)
		text_add(c->out, c->cell[x]);
	text_add(c->out, red && c->s->colour ? "\033[0m\n" : "\n");
}

/* Where a line of at most n characters ends: at a blank, if there is one. */
static size_t
wrap(const char *s, size_t n)
{
	size_t len = strcspn(s, "\n"), at;

	if (len <= n)
		return len;
	for (at = n; at > n / 2 && s[at] != ' '; at--)
		;
	return s[at] == ' ' ? at : n;
}

/* Words between the lifelines, on as many lines as they need. */
static void
words(struct canvas *c, const char *s, unsigned x, bool red, bool lives)
{
	char line[WIDTH + 1];

	while (*s != '\0') {
		size_t n = wrap(s, RIGHT - x);

		blank(c, lives);
		snprintf(line, sizeof(line), "%.*s", (int)n, s);
		put(c, x, line);
		flush(c, red);
		s += n;
		s += *s == ' ' || *s == '\n';
	}
}

/* Without lifelines, as wide as the page. */
static void
prose(struct text *out, const char *s)
{
	while (*s != '\0') {
		size_t n = wrap(s, WIDTH - 1);

		text_addn(out, s, n);
		text_addc(out, '\n');
		s += n;
		s += *s == ' ' || *s == '\n';
	}
}

/* ---- rungs ---- */

static const char *const *
line_of(const struct canvas *c, const struct ladder_row *r)
{
	if (r->kind == LADDER_ESP)
		return r->bad ? c->g->bad : c->g->run;
	return r->again ? c->g->again : c->g->line;
}

static void
arrow(struct canvas *c, const struct ladder_row *r, unsigned lo, unsigned hi, bool to_right)
{
	const char *const *line = line_of(c, r);

	for (unsigned x = lo + 1; x < hi; x++)
		c->cell[x] = line[(x - lo) & 1];
	c->cell[to_right ? lo : hi] = to_right ? c->g->begin_right : c->g->begin_left;
	if (to_right || r->back > 0)
		c->cell[hi - 1] = c->g->right;
	if (!to_right || r->back > 0)
		c->cell[lo + 1] = c->g->left;
}

static void
time_and_sign(struct canvas *c, const struct ladder_row *r)
{
	struct text t = { 0 };

	ladder_when(c->v->l, r->ns, &t);
	put(c, 0, text_str(&t));
	text_free(&t);
	if (r->bad)
		put(c, LEFT - 2, "!");
}

static void
rung(struct canvas *c, const struct ladder_row *r)
{
	unsigned a = x_of(c->v, c->v->column[r->from]), b = x_of(c->v, c->v->column[r->to]), lo = a < b ? a : b, hi = a < b ? b : a;
	struct text t = { 0 };
	bool fits, loop = lo == hi;

	ladder_label(c->v, r, &t);
	fits = !loop && t.len + 8 <= hi - lo;
	if (!fits)
		words(c, text_str(&t), (loop ? LEFT : lo) + 2, r->bad, true);
	blank(c, true);
	time_and_sign(c, r);
	if (!loop)
		arrow(c, r, lo, hi, a < b);
	if (fits) {
		unsigned at = a < b ? lo + 3 : hi - 2 - (unsigned)t.len;

		put(c, at - 1, " ");
		put(c, at, t.s);
		put(c, at + (unsigned)t.len, " ");
	}
	flush(c, r->bad);
	text_free(&t);
}

/* Beside the line of who is in it. */
static void
put_state(struct canvas *c, const char *s, unsigned x, bool right)
{
	if (right)
		put(c, x + 2, s);
	else
		put(c, x - 1 - (unsigned)strlen(s), s);
}

static void
state_line(struct canvas *c, const struct ladder_row *r)
{
	unsigned a = x_of(c->v, c->v->column[r->from]), b = x_of(c->v, c->v->column[r->to]), room = a < b ? b - a : a - b;
	const char *s[2] = { r->state[0] != NULL ? r->state[0] : "", r->state[1] != NULL ? r->state[1] : "" };

	if ((r->state[0] == NULL && r->state[1] == NULL) || a == b)
		return;
	for (unsigned i = 0; i < 2 && room < 30; i++)
		s[i] += str_prefix(s[i], "IKE_") ? 4 : 0;	/* no room for it */
	blank(c, true);
	put_state(c, s[0], a, a < b);
	if (strlen(s[0]) + strlen(s[1]) + 4 > room) {
		flush(c, false);
		blank(c, true);
	}
	put_state(c, s[1], b, a > b);
	flush(c, false);
}

static void
row(struct canvas *c, const struct ladder_row *r)
{
	rung(c, r);
	state_line(c, r);
	if (r->why != NULL)
		words(c, r->why, LEFT + 4, r->bad, true);
	if (c->s->details && r->detail != NULL)
		words(c, r->detail, LEFT + 4, false, true);
}

static void
heads(struct canvas *c)
{
	char text[2][LADDER_ALIASES * ADDR_STRLEN];

	for (unsigned k = 0; k < 2; k++) {
		blank(c, false);
		for (unsigned i = 0; i < c->v->ncolumns; i++) {
			unsigned x = x_of(c->v, i);
			size_t n;

			ladder_head(c->v, i, text[0], text[1], sizeof(text[0]));
			n = strlen(text[k]);
			put(c, i == 0 || n / 2 > x ? LEFT : i + 1 == c->v->ncolumns ? (n < RIGHT ? RIGHT + 1 - (unsigned)n : 0) : x - (unsigned)n / 2, text[k]);
		}
		flush(c, false);
	}
}

/* ---- lanes ---- */

static const char *
lane_cell(const struct canvas *c, const struct ladder_sa *sa, unsigned end, unsigned x)
{
	const struct ladder *l = c->v->l;
	const struct ladder_life *f = &sa->life[end];
	unsigned lo = ladder_at(l, f->from) * (BAR - 1) / 1000, hi = ladder_at(l, f->to) * (BAR - 1) / 1000;

	if (end == 1 && sa->stray.count > 0 && x >= ladder_at(l, sa->stray.from) * (BAR - 1) / 1000 && x <= ladder_at(l, sa->stray.to) * (BAR - 1) / 1000)
		return c->g->lacks;
	return f->known && x >= lo && x <= hi ? c->g->has : c->g->gap;
}

static void
lane(struct canvas *c, const struct ladder_sa *sa)
{
	struct text t = { 0 };
	char name[LADDER_NAME + 1];

	ladder_lane_title(c->v, sa, &t);
	text_addc(c->out, '\n');
	prose(c->out, text_str(&t));
	for (unsigned end = 0; end < 2; end++) {
		text_clear(&t);
		ladder_lane_end(c->v, sa, end, &t);
		blank(c, false);
		ladder_party_text(c->v->l, sa->party[end], name, sizeof(name));
		name[BAR_AT - 3] = '\0';
		put(c, 2, name);
		for (unsigned x = 0; x < BAR; x++)
			c->cell[BAR_AT + x] = lane_cell(c, sa, end, x);
		if (t.len + BAR_AT + BAR + 1 <= WIDTH) {
			put(c, BAR_AT + BAR + 1, text_str(&t));
			flush(c, end == 1 && sa->stray.count > 0);
		} else {
			flush(c, end == 1 && sa->stray.count > 0);
			words(c, text_str(&t), BAR_AT, end == 1 && sa->stray.count > 0, false);
		}
	}
	text_free(&t);
}

static void
lanes(struct canvas *c)
{
	if (c->v->nlanes == 0)
		return;
	text_printf(c->out, "\nSecurity associations: %s it is held, %s packets come and it is not\n", c->g->has, c->g->lacks);
	for (size_t i = 0; i < c->v->nlanes; i++)
		lane(c, &c->v->l->sas[c->v->lane[i]]);
	if (c->v->more_lanes > 0)
		text_printf(c->out, "\n%zu more SAs are not drawn\n", c->v->more_lanes);
}

void
ladder_text(const struct ladder *l, const struct ladder_style *s, struct text *out)
{
	struct ladder_view v;
	struct text t = { 0 };
	struct canvas c;

	ladder_view(&v, l);
	canvas_init(&c, &v, s, out);
	ladder_title(l, s, &t);
	text_addc(&t, '\n');
	ladder_summary(l, &t);
	prose(out, text_str(&t));
	text_addc(out, '\n');
	if (v.ncolumns > 0)
		heads(&c);
	for (size_t i = 0; i < l->nrows; i++)
		row(&c, &l->rows[i]);
	text_clear(&t);
	ladder_cut(l, &t);
	if (t.len > 0)
		text_addc(out, '\n');
	prose(out, text_str(&t));
	lanes(&c);
	text_free(&t);
}
