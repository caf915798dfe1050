/*
 * A ladder as one picture in SVG: what there is in sentences, the SAs' lanes over time, and below them the rungs, which
 * stand at equal distances.  Nothing comes from elsewhere; red is hatched, too, and has its words.
 */

#include <stdio.h>
#include <string.h>

#include "shell/ladder_view.h"

#define WIDTH		LADDER_SVG_WIDTH
#define LEFT		150u		/* the first party's line, and where bars begin */
#define RIGHT		920u
#define BARS		390u		/* how wide lanes are */
#define CHAR		7u		/* about, of a label */
#define STATE_CHAR	7u		/* of a state, which is all capitals and smaller */

static const char style[] =
    "<style>\n"
    ":root{--bg:#fff;--ink:#20262e;--faint:#66707c;--life:#c9cfd6;--ike:#2b5c8a;--esp:#4f8062;--bad:#b3261e;--has:#9db8d2}\n"
    "@media (prefers-color-scheme:dark){:root{--bg:#14181d;--ink:#e4e8ec;--faint:#98a2ad;--life:#3d4650;--ike:#86b6e2;--esp:#8cc29f;--bad:#ff8a80;--has:#41607e}}\n"
    "text{font:12px system-ui,sans-serif;fill:var(--ink)}\n"
    ".h{font-size:20px;font-weight:600}.s{font-size:13px}.f{font-size:11px;fill:var(--faint)}.m{font-family:ui-monospace,monospace;font-size:11px}\n"
    ".n{font-weight:600;font-size:13px}.lb{paint-order:stroke;stroke:var(--bg);stroke-width:4px;stroke-linejoin:round}\n"
    ".bad text.lb,text.bad{fill:var(--bad);font-weight:600}\n"
    "</style>\n";

static const char defs[] =
    "<defs>\n"
    "<pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
    "<rect width=\"6\" height=\"6\" fill=\"var(--bg)\"/><rect width=\"3\" height=\"6\" fill=\"var(--bad)\"/></pattern>\n"
    "</defs>\n";

static unsigned
x_of(const struct ladder_view *v, unsigned column)
{
	return v->ncolumns < 2 ? LEFT : LEFT + column * (RIGHT - LEFT) / (v->ncolumns - 1);
}

static void
text_at(struct text *out, unsigned x, unsigned y, const char *class, const char *anchor, const char *s, size_t most)
{
	text_printf(out, "<text x=\"%u\" y=\"%u\" class=\"%s\"%s%s%s>", x, y, class, anchor[0] != '\0' ? " text-anchor=\"" : "", anchor, anchor[0] != '\0' ? "\"" : "");
	ladder_escape_cut(out, s, most);
	text_add(out, "</text>\n");
}

/* ---- lanes ---- */

static void
bar(const struct ladder *l, int64_t from, int64_t to, unsigned y, const char *fill, const char *class, struct text *out)
{
	unsigned a = ladder_at(l, from) * BARS / 1000, b = ladder_at(l, to) * BARS / 1000;

	text_printf(out, "<rect class=\"%s\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"10\" rx=\"2\" fill=\"%s\"/>\n", class, LEFT + a, y, b > a + 2 ? b - a : 2, fill);
}

static void
lane_end(const struct ladder_view *v, const struct ladder_sa *sa, unsigned end, unsigned y, struct text *out)
{
	bool stray = end == 1 && ladder_stray_seen(sa);
	char name[LADDER_NAME + 1];
	struct text t = { 0 };

	ladder_lane_end(v, sa, end, &t);
	text_add(out, "<g><title>");
	ladder_escape(out, text_str(&t));
	text_add(out, "</title>\n");
	text_at(out, LEFT - 10, y + 9, "f", "end", ladder_party_text(v->l, sa->party[end], name, sizeof(name)), 20);
	text_printf(out, "<line x1=\"%u\" x2=\"%u\" y1=\"%u\" y2=\"%u\" stroke=\"var(--life)\"/>\n", LEFT, LEFT + BARS, y + 5, y + 5);
	if (sa->life[end].known)
		bar(v->l, sa->life[end].from, sa->life[end].to, y, "var(--has)", "has", out);
	if (stray)
		bar(v->l, sa->stray.from, sa->stray.to, y, "url(#hatch)", "stray", out);
	text_at(out, LEFT + BARS + 10, y + 9, stray ? "f bad" : "f", "", text_str(&t), stray ? 58 : 62);
	text_add(out, "</g>\n");
	text_free(&t);
}

unsigned
ladder_svg_lanes(const struct ladder_view *v, unsigned y, struct text *out)
{
	unsigned top = y;

	text_add(out, defs);
	for (size_t i = 0; i < v->nlanes; i++, y += 56) {
		const struct ladder_sa *sa = &v->l->sas[v->lane[i]];
		struct text t = { 0 };

		ladder_lane_title(v, sa, &t);
		text_printf(out, "<g class=\"lane\">\n");
		text_at(out, LEFT, y + 12, "m", "", text_str(&t), 110);
		lane_end(v, sa, 0, y + 18, out);
		lane_end(v, sa, 1, y + 33, out);
		text_add(out, "</g>\n");
		text_free(&t);
	}
	return y - top;
}

/* ---- rungs ---- */

static void
head(unsigned x1, unsigned x2, unsigned y, const char *colour, struct text *out)
{
	if (x2 > x1)
		text_printf(out, "<path d=\"M%u %ul-11 -7v14z\" fill=\"%s\"/>\n", x2, y, colour);
	else
		text_printf(out, "<path d=\"M%u %ul11 -7v14z\" fill=\"%s\"/>\n", x2, y, colour);
}

static void
shaft(const struct ladder_row *r, unsigned lo, unsigned hi, unsigned y, const char *colour, struct text *out)
{
	if (r->kind == LADDER_ESP && r->bad)
		text_printf(out, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"8\" fill=\"url(#hatch)\" stroke=\"var(--bad)\"/>\n", lo, y - 4, hi - lo);
	else if (r->kind == LADDER_ESP)
		text_printf(out, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"6\" fill=\"%s\"/>\n", lo, y - 3, hi - lo, colour);
	else
		text_printf(out, "<line x1=\"%u\" x2=\"%u\" y1=\"%u\" y2=\"%u\" stroke=\"%s\" stroke-width=\"1.5\"%s/>\n", lo, hi, y, y, colour,
		    r->again ? " stroke-dasharray=\"5 4\"" : "");
}

static void
arrow(const struct ladder_row *r, unsigned a, unsigned b, unsigned y, struct text *out)
{
	const char *colour = r->bad ? "var(--bad)" : r->kind == LADDER_ESP ? "var(--esp)" : "var(--ike)";

	if (a == b)
		return;
	shaft(r, a < b ? a : b, a < b ? b : a, y, colour, out);
	head(a, b, y, colour, out);
	if (r->back > 0)
		head(b, a, y, colour, out);
}

/* Where columns are narrow, what one end is in would be written over what the other is in: that one then goes below. */
static bool
crowded(const struct ladder_view *v, const struct ladder_row *r)
{
	unsigned a = x_of(v, v->column[r->from]), b = x_of(v, v->column[r->to]);

	return r->state[0] != NULL && r->state[1] != NULL && (strlen(r->state[0]) + strlen(r->state[1])) * STATE_CHAR + 18 > (a < b ? b - a : a - b);
}

static void
states(const struct ladder_view *v, const struct ladder_row *r, unsigned y, struct text *out)
{
	unsigned a = x_of(v, v->column[r->from]), b = x_of(v, v->column[r->to]);

	for (unsigned i = 0; i < 2; i++) {
		unsigned x = i == 0 ? a : b;
		bool left = (i == 0) == (a < b);

		if (r->state[i] != NULL && a != b)
			text_at(out, left ? x + 6 : x - 6, y + (i == 1 && crowded(v, r) ? 27 : 14), "f lb", left ? "" : "end", r->state[i], 40);
	}
}

static unsigned
row(const struct ladder_view *v, const struct ladder_row *r, unsigned y, struct text *out)
{
	unsigned a = x_of(v, v->column[r->from]), b = x_of(v, v->column[r->to]), line = y + 22, at = a < b ? a + 8 : a == b ? a + 8 : a - 8;
	bool two = r->state[0] != NULL || r->state[1] != NULL, left = a <= b;
	struct text t = { 0 }, sentence = { 0 };

	ladder_row_sentence(v, r, &sentence);
	text_printf(out, "<g class=\"row%s\"><title>", r->bad ? " bad" : "");
	ladder_escape(out, text_str(&sentence));
	if (r->why != NULL) {
		text_add(out, "; ");
		ladder_escape(out, r->why);
	}
	text_add(out, "</title>\n");
	ladder_when(v->l, r->ns, &t);
	text_at(out, LEFT - 14, line + 4, "f m", "end", text_str(&t), 20);
	text_clear(&t);
	if (r->bad)
		text_add(&t, "X ");
	ladder_label(v, r, &t);
	text_at(out, at, y + 13, "lb", left ? "" : "end", text_str(&t), (left ? RIGHT - at : at - LEFT) / CHAR + 6);
	arrow(r, a, b, line, out);
	states(v, r, line, out);
	text_add(out, "</g>\n");
	text_free(&t);
	text_free(&sentence);
	return !two ? 34 : a != b && crowded(v, r) ? 57 : 44;
}

/* ---- the page ---- */

static unsigned
sentences(const char *s, unsigned y, struct text *out)
{
	char line[256];

	while (*s != '\0') {
		size_t n = strcspn(s, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)n, s);
		text_at(out, 24, y, strncmp(line, "INVALID", 7) == 0 ? "s bad" : "s", "", line, 140);
		y += 19;
		s += n;
		s += *s == '\n';
	}
	return y;
}

static unsigned
heads(const struct ladder_view *v, unsigned y, struct text *out)
{
	char text[2][LADDER_ALIASES * ADDR_STRLEN];

	for (unsigned i = 0; i < v->ncolumns; i++) {
		const char *anchor = v->ncolumns == 1 || i == 0 ? "" : i + 1 == v->ncolumns ? "end" : "middle";

		ladder_head(v, i, text[0], text[1], sizeof(text[0]));
		text_at(out, x_of(v, i), y + 14, "n", anchor, text[0], 40);
		text_at(out, x_of(v, i), y + 29, "f m", anchor, text[1], 60);
	}
	return y + 38;
}

static unsigned
rungs(const struct ladder_view *v, unsigned y, struct text *out)
{
	struct text body = { 0 };
	unsigned top = y;

	for (size_t i = 0; i < v->l->nrows; i++)
		y += row(v, &v->l->rows[i], y, &body);
	for (unsigned i = 0; i < v->ncolumns; i++)
		text_printf(out, "<line x1=\"%u\" x2=\"%u\" y1=\"%u\" y2=\"%u\" stroke=\"var(--life)\"/>\n", x_of(v, i), x_of(v, i), top, y + 10);
	text_addn(out, text_str(&body), body.len);
	text_free(&body);
	return y + 20;
}

static unsigned
body(const struct ladder_view *v, const char *title, struct text *out)
{
	struct text t = { 0 };
	unsigned y;

	text_at(out, 24, 36, "h", "", title, 90);
	ladder_summary(v->l, &t);
	y = sentences(text_str(&t), 62, out) + 8;
	if (v->nlanes > 0) {
		text_at(out, 24, y + 14, "n", "", "Security associations: hatched where packets come and the receiver has none", 120);
		y += 22;
		y += ladder_svg_lanes(v, y, out) + 14;
	} else
		text_add(out, defs);
	if (v->ncolumns > 0)
		y = rungs(v, heads(v, y, out), out);
	text_clear(&t);
	ladder_cut(v->l, &t);
	y = sentences(text_str(&t), y + 10, out);
	text_free(&t);
	return y + 10;
}

void
ladder_svg(const struct ladder *l, const struct ladder_style *s, struct text *out)
{
	struct text title = { 0 }, inner = { 0 }, desc = { 0 };
	struct ladder_view v;
	unsigned height;

	ladder_view(&v, l);
	ladder_title(l, s, &title);
	ladder_summary(l, &desc);
	height = body(&v, text_str(&title), &inner);
	text_printf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" viewBox=\"0 0 %d %u\" role=\"img\" aria-labelledby=\"t d\">\n", WIDTH, height, WIDTH, height);
	text_add(out, "<title id=\"t\">");
	ladder_escape(out, text_str(&title));
	text_add(out, "</title>\n<desc id=\"d\">");
	ladder_escape(out, text_str(&desc));
	text_add(out, "</desc>\n");
	text_add(out, style);
	text_printf(out, "<rect width=\"%d\" height=\"%u\" fill=\"var(--bg)\"/>\n", WIDTH, height);
	text_addn(out, text_str(&inner), inner.len);
	text_add(out, "</svg>\n");
	text_free(&title);
	text_free(&inner);
	text_free(&desc);
}
