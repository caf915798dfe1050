/* What the renderers of a ladder share: who stands in which column, and the sentences. */

#include "shell/ladder_view.h"

#include <stdio.h>
#include <string.h>

#include "datapath/wire.h"

static void
used(const struct ladder *l, bool out[LADDER_PARTIES])
{
	memset(out, 0, LADDER_PARTIES * sizeof(*out));
	for (size_t i = 0; i < l->nrows; i++)
		out[l->rows[i].from] = out[l->rows[i].to] = true;
	if (l->nrows == 0)
		for (unsigned i = 0; i < l->nparties; i++)
			out[i] = true;
}

void
ladder_view(struct ladder_view *v, const struct ladder *l)
{
	bool use[LADDER_PARTIES];
	unsigned n = 0;

	memset(v, 0, sizeof(*v));
	v->l = l;
	used(l, use);
	for (unsigned i = 0; i < l->nparties; i++) {
		if (!use[i])
			continue;
		v->column[i] = (uint8_t)(n < LADDER_COLUMNS ? n : LADDER_COLUMNS - 1);
		if (n < LADDER_COLUMNS)
			v->party[n] = (uint16_t)i;
		n++;
	}
	v->ncolumns = n < LADDER_COLUMNS ? n : LADDER_COLUMNS;
	v->nshared = n > LADDER_COLUMNS ? n - LADDER_COLUMNS + 1 : 0;
	for (size_t i = 0; i < l->nsas; i++) {
		const struct ladder_sa *sa = &l->sas[i];

		if (sa->party[0] >= LADDER_PARTIES || sa->party[1] >= LADDER_PARTIES)
			continue;
		if (v->nlanes < LADDER_LANES)
			v->lane[v->nlanes++] = (unsigned)i;
		else
			v->more_lanes++;
	}
}

void
ladder_head(const struct ladder_view *v, unsigned column, char *name, char *addr, size_t n)
{
	const struct ladder_party *p = &v->l->party[v->party[column]];
	char text[ADDR_STRLEN];

	name[0] = addr[0] = '\0';
	if (v->nshared > 0 && column == v->ncolumns - 1) {
		snprintf(name, n, "%u others", v->nshared);
		return;
	}
	addr_fmt(&p->addr[0], text);
	snprintf(name, n, "%s", p->name[0] != '\0' ? p->name : text);
	if (p->name[0] != '\0')
		snprintf(addr, n, "%s", text);
	for (unsigned i = 1; i < p->naddr; i++) {
		size_t at = strlen(addr);

		snprintf(addr + at, n - at, "%s%s", at > 0 ? ", " : "", addr_fmt(&p->addr[i], text));
	}
}

void
ladder_title(const struct ladder *l, const struct ladder_style *s, struct text *t)
{
	char clean[128];

	if (s->title != NULL) {
		ladder_clean(clean, sizeof(clean), s->title, strlen(s->title));
		text_add(t, clean);
		return;
	}
	text_printf(t, "Ladder of %s", l->file[0].name);
	if (l->nfiles > 1)
		text_printf(t, " and %s", l->file[1].name);
}

void
ladder_escape(struct text *t, const char *s)
{
	for (; *s != '\0'; s++)
		switch (*s) {
		case '&': text_add(t, "&amp;"); break;
		case '<': text_add(t, "&lt;"); break;
		case '>': text_add(t, "&gt;"); break;
		case '"': text_add(t, "&quot;"); break;
		case '\'': text_add(t, "&#39;"); break;
		default: text_addc(t, *s);
		}
}

void
ladder_escape_cut(struct text *t, const char *s, size_t most)
{
	char cut[256];

	if (strlen(s) <= most || most >= sizeof(cut) || most < 3) {
		ladder_escape(t, s);
		return;
	}
	snprintf(cut, sizeof(cut), "%.*s...", (int)most - 3, s);
	ladder_escape(t, cut);
}

static void
plural(struct text *t, uint64_t n, const char *one, const char *many)
{
	ladder_count(t, n);
	text_printf(t, " %s", n == 1 ? one : many);
}

void
ladder_when(const struct ladder *l, int64_t ns, struct text *t)
{
	struct civil a, b, c;

	civil_from_ns(l->begin, &a);
	civil_from_ns(l->end, &b);
	civil_from_ns(ns, &c);
	if (a.year == b.year && a.month == b.month && a.day == b.day)
		ladder_time(t, ns);
	else
		text_printf(t, "%02d. %02d:%02d:%02d", c.day, c.hour, c.minute, c.second);
}

static void
say_when(const struct ladder *l, struct text *t)
{
	struct civil c;

	if (l->frames == 0) {
		text_add(t, "There are no frames.\n");
		return;
	}
	civil_from_ns(l->begin, &c);
	text_printf(t, "%04d-%02d-%02d, ", c.year, c.month, c.day);
	ladder_when(l, l->begin, t);
	text_add(t, " to ");
	ladder_when(l, l->end, t);
	text_add(t, " (");
	ladder_span(t, l->end - l->begin);
	text_add(t, "): ");
	plural(t, l->frames, "frame", "frames");
	text_add(t, ".\n");
}

static void
say_keys(const struct ladder *l, struct text *t)
{
	size_t all = l->opened + l->sealed;

	if (all == 0)
		return;
	if (!l->have_keys) {
		plural(t, all, "message is", "messages are");
		text_add(t, " encrypted, and there are no keys: what they say is not known.\n");
	} else {
		text_add(t, l->opened == all ? "All of " : "Of ");
		plural(t, all, "encrypted message", "encrypted messages");
		if (l->opened < all)
			text_printf(t, " %zu", l->opened);
		text_printf(t, " %s opened with the keys.\n", l->opened == 1 ? "was" : "were");
	}
}

void
ladder_summary(const struct ladder *l, struct text *t)
{
	say_when(l, t);
	plural(t, l->ike, "IKE message", "IKE messages");
	text_add(t, ", ");
	plural(t, l->esp, "ESP or AH packet", "ESP or AH packets");
	text_add(t, ", ");
	plural(t, l->others, "other", "others");
	if (l->fragments > 0) {
		text_add(t, ", ");
		plural(t, l->fragments, "fragment", "fragments");
	}
	if (l->twins > 0) {
		text_add(t, "; ");
		plural(t, l->twins, "message is", "messages are");
		text_add(t, " in the capture twice");
	}
	text_add(t, ".\n");
	say_keys(l, t);
	if (l->stray > 0) {
		text_add(t, "INVALID SPI: ");
		plural(t, l->stray, "packet", "packets");
		text_add(t, " came for an SPI that the receiver did not have.\n");
	}
	if (l->shift != 0) {
		text_add(t, "The second capture's clock was set ");
		ladder_span(t, l->shift < 0 ? -l->shift : l->shift);
		text_printf(t, " %s.\n", l->shift < 0 ? "back" : "forward");
	}
}

static void
say_cut(struct text *t, uint64_t n, const char *what)
{
	if (n > 0) {
		ladder_count(t, n);
		text_printf(t, " %s\n", what);
	}
}

void
ladder_cut(const struct ladder *l, struct text *t)
{
	for (unsigned i = 0; i < l->nfiles; i++)
		if (l->file[i].broken != NULL)
			text_printf(t, "The capture breaks off: %s\n", l->file[i].broken);
	if (l->cut_rows > 0) {
		text_add(t, "From ");
		ladder_when(l, l->cut_ns, t);
		text_add(t, " on ");
		ladder_count(t, l->cut_rows);
		text_add(t, " more rows are not drawn (--rows raises the limit)\n");
	}
	say_cut(t, l->cut_flows, "packets belong to more SPIs than are told apart, and are only counted");
	say_cut(t, l->cut_parties, "packets are of more addresses than are drawn");
	say_cut(t, l->cut_sas, "messages are of more SAs than are remembered");
	say_cut(t, l->short_frames, "frames are too short for what they say that they are");
	say_cut(t, l->unknown_links, "frames are of a kind of link that is not read");
	say_cut(t, l->lost_fragments, "fragments stayed without the rest of their packet");
}

/* ---- rows ---- */

const char *
ladder_row_sign(const struct ladder_row *r)
{
	if (r->bad)
		return "INVALID SPI";
	return r->again ? "again" : r->sealed ? "encrypted" : "";
}

void
ladder_label(const struct ladder_view *v, const struct ladder_row *r, struct text *t)
{
	char from[LADDER_NAME + 1], to[LADDER_NAME + 1];
	bool shared = v->nshared > 0 && (v->column[r->from] == v->ncolumns - 1 || v->column[r->to] == v->ncolumns - 1);
	const char *title = r->title != NULL ? r->title : "";

	text_printf(t, "%s%s", r->bad ? "INVALID SPI " : "", r->bad && str_prefix(title, "ESP ") ? title + 4 : title);
	if (r->brief != NULL && r->brief[0] != '\0')
		text_printf(t, ": %s", r->brief);
	if (r->number > 1) {
		text_printf(t, ", %u messages in ", r->number);
		ladder_span(t, r->last_ns - r->ns);
		if (r->back == 0)
			text_add(t, ", none back");
		else
			text_printf(t, ", %u of them back", r->back);
	}
	if (shared)
		text_printf(t, " (%s to %s)", ladder_party_text(v->l, r->from, from, sizeof(from)), ladder_party_text(v->l, r->to, to, sizeof(to)));
}

void
ladder_row_sentence(const struct ladder_view *v, const struct ladder_row *r, struct text *t)
{
	char from[LADDER_NAME + 1], to[LADDER_NAME + 1];

	ladder_when(v->l, r->ns, t);
	text_printf(t, ", %s %s %s: ", ladder_party_text(v->l, r->from, from, sizeof(from)), r->back > 0 ? "and" : "to",
	    ladder_party_text(v->l, r->to, to, sizeof(to)));
	ladder_label(v, r, t);
}

/* ---- lanes ---- */

unsigned
ladder_at(const struct ladder *l, int64_t ns)
{
	int64_t span = l->end > l->begin ? l->end - l->begin : 1;

	if (ns <= l->begin)
		return 0;
	if (ns >= l->end)
		return 1000;
	/* Without overflow for captures of years. */
	return (unsigned)((ns - l->begin) / (span / 1000 + 1));
}

void
ladder_lane_title(const struct ladder_view *v, const struct ladder_sa *sa, struct text *t)
{
	char a[LADDER_NAME + 1], b[LADDER_NAME + 1];

	if (sa->ike)
		text_printf(t, "IKE %s, ", sa->id);
	else
		text_printf(t, "%s %s, ", sa->proto == PROTO_AH ? "AH" : "ESP", sa->id);
	text_printf(t, "%s to %s", ladder_party_text(v->l, sa->party[0], a, sizeof(a)), ladder_party_text(v->l, sa->party[1], b, sizeof(b)));
	if (sa->says[0] != '\0' && !sa->ike)
		text_printf(t, ", %s", sa->says);
	if (sa->inferred)
		text_add(t, ", inferred");
}

void
ladder_lane_end(const struct ladder_view *v, const struct ladder_sa *sa, unsigned end, struct text *t)
{
	const struct ladder_life *f = &sa->life[end];

	if (!f->known) {
		text_add(t, "not known");
		return;
	}
	if (f->from == LADDER_BEFORE)
		text_add(t, "from before");
	else
		ladder_when(v->l, f->from, t);
	if (f->to == LADDER_OPEN || f->why == NULL) {
		text_add(t, " on");
		return;
	}
	text_add(t, " to ");
	ladder_when(v->l, f->to, t);
	if (end == 1 && sa->stray.count > 0) {
		text_add(t, ", then ");
		plural(t, sa->stray.count, "packet", "packets");
		text_printf(t, " (%s)", f->why);
	} else
		text_printf(t, ": %s", f->why);
}
