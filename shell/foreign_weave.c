/*
 * Kept lines in the running configuration.  The text that the writers made is cut into units: a line of the whole
 * configuration with all that is indented under it.  Each kind of line has its rank in IOS's order; a kept line goes
 * behind the line of its own rank that it followed when it came, else before or behind all of that rank.  So what was
 * printed, read again, prints the same: a line's place in the text is the place that it remembers.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/cfg_line.h"
#include "engine/router.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/foreign.h"

/* Ranks of lines by their first words, in IOS's order: of several that fit, the one of more letters. */
static const struct { const char *words; int rank; } ranks[] = {
	{ "version", 10 }, { "service", 20 }, { "platform", 30 }, { "hostname", 40 }, { "boot", 50 }, { "boot-start-marker", 50 }, { "boot-end-marker", 50 },
	{ "card", 52 }, { "vrf", 60 }, { "ip vrf", 60 }, { "security", 70 }, { "logging", 72 }, { "enable", 80 }, { "aaa", 90 }, { "clock", 100 },
	{ "process", 101 }, { "memory-size", 102 }, { "memory", 102 }, { "network-clock", 103 }, { "network-clock-participate", 103 }, { "mmi", 104 },
	{ "switch", 105 }, { "system", 106 }, { "vtp", 107 }, { "mls", 108 }, { "dot1x", 109 }, { "authentication", 109 },
	{ "no ip domain lookup", 110 }, { "ip", 110 }, { "login", 115 }, { "ipv6", 120 }, { "multilink", 130 }, { "isdn", 132 }, { "cts", 133 },
	{ "parameter-map", 135 }, { "voice", 140 }, { "voice-card", 139 }, { "key", 148 }, { "crypto pki", 150 }, { "crypto ca", 150 },
	{ "license", 160 }, { "archive", 170 }, { "object-group", 172 }, { "spanning-tree", 174 }, { "username", 190 }, { "redundancy", 200 },
	{ "vlan", 205 }, { "controller", 207 }, { "lldp", 208 }, { "cdp", 208 }, { "ip ftp", 209 }, { "ip tftp", 209 }, { "ip ssh", 209 }, { "ip tcp", 209 },
	{ "class-map", 230 }, { "policy-map", 232 }, { "zone", 234 }, { "zone-pair", 236 }, { "crypto ikev2", 240 },
	{ "crypto", 250 }, { "track", 295 }, { "interface", 300 }, { "router", 310 }, { "ipv6 router", 311 }, { "ip local", 320 },
	{ "ip default-gateway", 325 }, { "ip forward-protocol", 330 }, { "ip bgp-community", 331 }, { "ip community-list", 332 }, { "ip as-path", 332 },
	{ "ip http", 340 }, { "ip flow-export", 342 }, { "ip flow-cache", 342 }, { "ip flow-top-talkers", 342 }, { "ip dns", 343 }, { "ip nat", 350 },
	{ "ip route", 360 }, { "ip tacacs", 362 }, { "ip radius", 362 }, { "ip pim", 362 }, { "ip access-list", 390 },
	{ "ip prefix-list", 392 }, { "ip sla", 393 }, { "rtr", 393 }, { "kron", 395 }, { "logging trap", 394 }, { "logging facility", 394 }, { "logging source-interface", 394 },
	{ "logging host", 394 }, { "logging origin-id", 394 }, { "logging history", 394 }, { "ipv6 route", 370 }, { "access-list", 391 }, { "ipv6 access-list", 412 },
	{ "dialer-list", 404 }, { "mac-address-table", 405 }, { "ipv6 prefix-list", 406 }, { "nls", 407 }, { "route-map", 410 }, { "snmp-server", 420 },
	{ "snmp", 421 }, { "tacacs-server", 430 }, { "tacacs", 431 }, { "radius-server", 432 }, { "radius", 433 }, { "control-plane", 450 }, { "bridge", 455 },
	{ "voice-port", 460 }, { "mgcp", 461 }, { "ccm-manager", 461 }, { "sccp", 462 }, { "dspfarm", 462 }, { "dial-peer", 463 }, { "sip-ua", 464 },
	{ "gateway", 464 }, { "num-exp", 464 }, { "gatekeeper", 465 }, { "call-manager-fallback", 465 }, { "telephony-service", 466 }, { "ephone", 467 },
	{ "ephone-dn", 467 }, { "ephone-template", 467 }, { "alias", 480 }, { "privilege", 485 }, { "banner", 475 }, { "menu", 476 }, { "line", 490 }, { "exception", 500 },
	{ "scheduler", 501 }, { "monitor", 502 }, { "monitor session", 502 }, { "ntp", 510 }, { "sntp", 510 }, { "call-home", 505 }, { "netconf", 512 },
	{ "netconf-yang", 512 }, { "restconf", 512 }, { "event", 520 }, { "end", 999 },
};

#define RANK_UNKNOWN	(-1)
#define RANK_LOOSE	288	/* what IOS has a place for that is not listed: before the interfaces */

struct unit {
	const char	*head;		/* the first line, in the text */
	size_t		 nhead;		/* without what is behind its end */
	size_t		 start, end;
	int		 rank;		/* never below the rank of a unit before */
	bool		 ruled;		/* ends with a `!` */
};

/* Where a kept line goes: behind that unit (0 = before all), then by rank, early or late, and in the order in which they came. */
struct spot {
	const struct cfg_foreign_line *l;
	size_t		 behind, seq;
	int		 rank;
	bool		 late;
};

struct weave {
	const struct config	*c;
	const char		*text;
	struct unit		*units;
	size_t			 nunits, size;
	struct unit		**by_head;	/* sorted by head, then by place */
	struct spot		*spots;
	size_t			 nspots;
	struct text		*out;
};

static int
rank_of(const char *p, size_t n)
{
	size_t best = 0;
	int rank = RANK_UNKNOWN;

	if (n > 3 && strncmp(p, "no ", 3) == 0)
		p += 3, n -= 3;
	for (size_t i = 0; i < NROWS(ranks); i++) {
		size_t len = strlen(ranks[i].words);

		if (len <= n && len > best && memcmp(p, ranks[i].words, len) == 0 && (len == n || p[len] == ' ')) {
			best = len;
			rank = ranks[i].rank;
		}
	}
	return rank;
}

/* ---- the text cut into units ---- */

static size_t
line_len(const char *p, size_t *next)
{
	size_t n = strcspn(p, "\n");

	*next = n + (p[n] == '\n');
	while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\r'))
		n--;
	return n;
}

/* A banner's lines are one unit, whatever they look like: behind its second mark. */
static size_t
banner_len(const char *p, size_t n)
{
	const char *mark = p, *again;
	size_t len;

	if (n < 7 || memcmp(p, "banner ", 7) != 0)
		return 0;
	for (int words = 0; words < 2; words++) {
		mark += strcspn(mark, " \n");
		mark += strspn(mark, " ");
	}
	len = *mark == '^' ? 2 : 1;
	for (again = mark + len; *mark != '\n' && *again != '\0'; again++)
		if (strncmp(again, mark, len) == 0)
			return (size_t)(again - p) + strcspn(again, "\n") + 1;
	return 0;
}

static void
unit_add(struct weave *w, const char *p, size_t n)
{
	struct unit *u;
	int rank = rank_of(p, n), before = w->nunits > 0 ? w->units[w->nunits - 1].rank : RANK_UNKNOWN;

	if (w->nunits == w->size) {
		w->size = w->size == 0 ? 64 : 2 * w->size;
		w->units = xrealloc(w->units, w->size * sizeof(*w->units));
	}
	u = &w->units[w->nunits++];
	*u = (struct unit){ .head = p, .nhead = n, .start = (size_t)(p - w->text), .rank = rank > before ? rank : before };
}

static void
cut(struct weave *w)
{
	const char *p = w->text;
	size_t n, next;

	for (; *p != '\0'; p += next) {
		bool head;

		n = line_len(p, &next);
		head = n > 0 && *p != ' ' && *p != '!';
		if (head)
			unit_add(w, p, n);
		if (head && banner_len(p, n) > next)
			next = banner_len(p, n);
		if (w->nunits > 0) {
			w->units[w->nunits - 1].end = (size_t)(p - w->text) + next;
			w->units[w->nunits - 1].ruled = n > 0 && *p == '!';
		}
	}
}

static int
head_cmp(const char *a, size_t na, const char *b, size_t nb)
{
	int c = memcmp(a, b, na < nb ? na : nb);

	return c != 0 ? c : na < nb ? -1 : na > nb;
}

static int
by_head(const void *x, const void *y)
{
	const struct unit *a = *(struct unit *const *)x, *b = *(struct unit *const *)y;
	int c = head_cmp(a->head, a->nhead, b->head, b->nhead);

	return c != 0 ? c : a->start < b->start ? -1 : a->start > b->start;
}

static void
sort_heads(struct weave *w)
{
	w->by_head = xcalloc(w->nunits, sizeof(*w->by_head));
	for (size_t i = 0; i < w->nunits; i++)
		w->by_head[i] = &w->units[i];
	qsort(w->by_head, w->nunits, sizeof(*w->by_head), by_head);
}

/* The last unit with that head; NULL if there is none. */
static const struct unit *
find_head(const struct weave *w, const char *head)
{
	size_t lo = 0, hi = w->nunits, n = strlen(head);

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (head_cmp(w->by_head[mid]->head, w->by_head[mid]->nhead, head, n) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo > 0 && head_cmp(w->by_head[lo - 1]->head, w->by_head[lo - 1]->nhead, head, n) == 0 ? w->by_head[lo - 1] : NULL;
}

/* ---- lines of the whole configuration ---- */

/* How many units stand before those of a rank, or with them. */
static size_t
units_to(const struct weave *w, int rank, bool with)
{
	size_t n = 0;

	while (n < w->nunits && (with ? w->units[n].rank <= rank : w->units[n].rank < rank))
		n++;
	return n;
}

static void
place_line(const struct weave *w, struct spot *s)
{
	const struct unit *after = s->l->after == NULL ? NULL : find_head(w, s->l->after);

	s->rank = rank_of(s->l->text, strlen(s->l->text));
	if (s->rank == RANK_UNKNOWN)
		s->rank = RANK_LOOSE;
	s->late = !s->l->placed || (s->l->after != NULL && (after == NULL || after->rank > s->rank));
	if (after != NULL && s->l->placed && after->rank == s->rank)
		s->behind = (size_t)(after - w->units) + 1;
	else
		s->behind = units_to(w, s->rank, s->late);
}

static int
by_place(const void *x, const void *y)
{
	const struct spot *a = x, *b = y;

	if (a->behind != b->behind)
		return a->behind < b->behind ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->late != b->late)
		return a->late ? 1 : -1;
	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

static void
place_all(struct weave *w)
{
	const struct cfg_foreign *f = &w->c->foreign;
	const struct cfg_foreign_block *b = cfg_foreign_peek(f, "");
	const struct cfg_foreign_line *l;

	if (b == NULL)
		return;
	w->spots = xcalloc(f->n, sizeof(*w->spots));
	TAILQ_FOREACH(l, &b->lines, next) {
		w->spots[w->nspots] = (struct spot){ .l = l, .seq = w->nspots };
		place_line(w, &w->spots[w->nspots++]);
	}
	qsort(w->spots, w->nspots, sizeof(*w->spots), by_place);
}

static void
write_line(const struct cfg_foreign_line *l, struct text *out)
{
	text_printf(out, "%s\n", l->text);
	for (size_t i = 0; i < l->nsubs; i++)
		text_printf(out, "%s\n", l->subs[i]);
}

static bool
is_section(const struct cfg_foreign_line *l)
{
	return l->section || l->nsubs > 0;
}

/* Those of a unit's own rank stand before the `!` that ends it, if it is a line alone. */
static void
write_alike(struct weave *w, size_t unit, size_t *i)
{
	for (; *i < w->nspots && w->spots[*i].behind == unit + 1 && w->spots[*i].rank == w->units[unit].rank && !is_section(w->spots[*i].l); ++*i)
		write_line(w->spots[*i].l, w->out);
}

/* The kept lines behind so many units; a section, and what follows a `!`, ends with one. */
static void
write_spots(struct weave *w, size_t behind, size_t *i)
{
	bool ruled = behind > 0 ? w->units[behind - 1].ruled : true, open = false;
	int next = behind < w->nunits ? w->units[behind].rank : RANK_UNKNOWN;

	for (; *i < w->nspots && w->spots[*i].behind == behind; ++*i) {
		const struct cfg_foreign_line *l = w->spots[*i].l;
		bool section = is_section(l);

		if (section && open)
			text_add(w->out, "!\n");
		write_line(l, w->out);
		if (section)
			text_add(w->out, "!\n");
		open = !section;
	}
	if (open && ruled && w->spots[*i - 1].rank != next)
		text_add(w->out, "!\n");
}

/* ---- lines in known sections ---- */

/* Does what is kept under this key stand in the section with that head? */
static bool
block_fits(const char *key, const char *head, size_t n)
{
	size_t len = strlen(key);
	unsigned first, last, from, to;
	char copy[64];

	if (!str_prefix(key, "line vty "))
		return len <= n && memcmp(key, head, len) == 0 && (len == n || head[len] == ' ');
	if (n < 9 || n >= sizeof(copy) || memcmp(head, "line vty ", 9) != 0)
		return false;
	memcpy(copy, head, n);
	copy[n] = '\0';
	return line_range(key + 5, &first, &last) && line_range(copy + 5, &from, &to) && from >= first && to <= last;
}

/* A known line that says the contrary of a kept one is not true, and left out. */
static bool
contradicts(const struct cfg_foreign_block *b, const char *p, size_t n)
{
	const struct cfg_foreign_line *l;
	char *text = xstrndup(p, n), *contrary;
	bool hit;

	if (strcmp(text, "no ip address") == 0) {
		hit = false;
		TAILQ_FOREACH(l, &b->lines, next)
			hit |= str_prefix(l->text, "ip address ");
	} else {
		contrary = str_prefix(text, "no ") ? xstrdup(text + 3) : xasprintf("no %s", text);
		hit = cfg_foreign_find(b, contrary) != NULL;
		free(contrary);
	}
	free(text);
	return hit;
}

/* A line of a section, behind which kept ones may stand. */
struct followers {
	const struct weave	*w;
	const struct unit	*u;
	const char		*line;
	size_t			 n;
};

static bool
follows(const struct cfg_foreign_line *l, const struct followers *f)
{
	return l->placed && l->after != NULL && strlen(l->after) == f->n && memcmp(l->after, f->line, f->n) == 0;
}

/* Does the section have that line? */
static bool
section_has(const struct weave *w, const struct unit *u, const char *line)
{
	const char *p = w->text + u->start, *end = w->text + u->end;
	size_t n, next, len = strlen(line);

	for (line_len(p, &next), p += next; p < end; p += next) {
		size_t lead;

		n = line_len(p, &next);
		lead = strspn(p, " ");
		if (lead < n && n - lead == len && memcmp(p + lead, line, len) == 0)
			return true;
	}
	return false;
}

enum which { AT_HEAD, BEHIND_LINE, AT_END };

static void
write_kept(const struct followers *f, enum which which)
{
	const struct cfg_foreign_block *b;
	const struct cfg_foreign_line *l;

	TAILQ_FOREACH(b, &f->w->c->foreign.blocks, next) {
		if (b->key[0] == '\0' || !block_fits(b->key, f->u->head, f->u->nhead))
			continue;
		TAILQ_FOREACH(l, &b->lines, next) {
			bool head = l->placed && l->after == NULL, line = l->placed && l->after != NULL;

			if (which == AT_HEAD ? head : which == BEHIND_LINE ? follows(l, f) : !head && (!line || !section_has(f->w, f->u, l->after)))
				text_printf(f->w->out, "%*s%s\n", l->indent, "", l->text);
		}
	}
}

static bool
is_followed(const struct followers *f)
{
	const struct cfg_foreign_block *b;
	const struct cfg_foreign_line *l;

	TAILQ_FOREACH(b, &f->w->c->foreign.blocks, next) {
		if (b->key[0] == '\0' || !block_fits(b->key, f->u->head, f->u->nhead))
			continue;
		TAILQ_FOREACH(l, &b->lines, next)
			if (follows(l, f))
				return true;
	}
	return false;
}

static bool
is_first(const struct weave *w, const struct unit *u, const char *line)
{
	const char *p = w->text + u->start;
	size_t next, n = line_len(line, &(size_t){ 0 });

	line_len(p, &next);
	for (p += next; p < line; p += next)
		if (line_len(p, &next) == n && memcmp(p, line, n) == 0)
			return false;
	return true;
}

static bool
left_out(const struct weave *w, const struct unit *u, const char *p, size_t n)
{
	const struct cfg_foreign_block *b;

	TAILQ_FOREACH(b, &w->c->foreign.blocks, next)
		if (b->key[0] != '\0' && block_fits(b->key, u->head, u->nhead) && contradicts(b, p, n))
			return true;
	return false;
}

static void
weave_section(struct weave *w, const struct unit *u)
{
	struct followers f = { .w = w, .u = u };
	const char *p = w->text + u->start, *end = w->text + u->end;
	size_t n, next;
	bool ended = false;

	n = line_len(p, &next);
	text_addn(w->out, p, next);
	write_kept(&f, AT_HEAD);
	for (p += next; p < end; p += next) {
		size_t lead;

		n = line_len(p, &next);
		lead = strspn(p, " ");
		if (*p == '!' && !ended) {
			write_kept(&f, AT_END);
			ended = true;
		}
		if (lead >= n || *p == '!' || !left_out(w, u, p + lead, n - lead))
			text_addn(w->out, p, next);
		f.line = p + lead;
		f.n = n > lead ? n - lead : 0;
		if (f.n > 0 && *p != '!' && is_followed(&f) && is_first(w, u, p))
			write_kept(&f, BEHIND_LINE);
	}
	if (!ended)
		write_kept(&f, AT_END);
}

static bool
has_block(const struct weave *w, const struct unit *u)
{
	const struct cfg_foreign_block *b;

	TAILQ_FOREACH(b, &w->c->foreign.blocks, next)
		if (b->key[0] != '\0' && !TAILQ_EMPTY(&b->lines) && block_fits(b->key, u->head, u->nhead))
			return true;
	return false;
}

static void
write_unit(struct weave *w, const struct unit *u, const struct cfg_foreign_block *top, size_t *spot)
{
	size_t head;

	if (has_block(w, u)) {
		weave_section(w, u);
		return;
	}
	line_len(w->text + u->start, &head);
	if (top == NULL || !contradicts(top, u->head, u->nhead))
		text_addn(w->out, w->text + u->start, head);
	if (u->start + head == u->end || w->text[u->start + head] == '!')
		write_alike(w, (size_t)(u - w->units), spot);
	text_addn(w->out, w->text + u->start + head, u->end - u->start - head);
}

/* Sections that hold kept lines, and that the writers do not write since nothing of their own is in them. */
static void
write_bare(struct weave *w)
{
	const struct cfg_foreign_block *b;

	TAILQ_FOREACH(b, &w->c->foreign.blocks, next) {
		const struct cfg_foreign_line *l;
		bool written = b->key[0] == '\0' || TAILQ_EMPTY(&b->lines);

		for (size_t i = 0; i < w->nunits && !written; i++)
			written = block_fits(b->key, w->units[i].head, w->units[i].nhead);
		if (written)
			continue;
		text_printf(w->out, "%s\n", b->key);
		TAILQ_FOREACH(l, &b->lines, next)
			text_printf(w->out, "%*s%s\n", l->indent, "", l->text);
		text_add(w->out, "!\n");
	}
}

static void
weave(struct weave *w, bool whole)
{
	const struct cfg_foreign *f = &w->c->foreign;
	const struct cfg_foreign_block *top = whole ? cfg_foreign_peek(f, "") : NULL;
	size_t spot = 0;

	cut(w);
	sort_heads(w);
	if (whole)
		place_all(w);
	text_addn(w->out, w->text, w->nunits > 0 ? w->units[0].start : strlen(w->text));
	write_spots(w, 0, &spot);
	for (size_t i = 0; i < w->nunits; i++) {
		if (whole && i + 1 == w->nunits)
			write_bare(w);
		write_unit(w, &w->units[i], top, &spot);
		write_spots(w, i + 1, &spot);
	}
	free(w->units);
	free(w->by_head);
	free(w->spots);
}

void
foreign_weave(const struct config *c, struct text *text, bool whole)
{
	struct text out = { 0 };
	struct weave w = { .c = c, .text = text_str(text), .out = &out };

	if (c->foreign.n == 0)
		return;
	weave(&w, whole);
	text_free(text);
	*text = out;
}

bool
foreign_section(const struct config *c, const char *head, struct text *out)
{
	const struct cfg_foreign *f = &c->foreign;
	const struct cfg_foreign_line *l = cfg_foreign_find(cfg_foreign_peek(f, ""), head);

	if (l != NULL)
		write_line(l, out);
	return l != NULL;
}

bool
foreign_summary(const struct config *c, struct text *out)
{
	size_t n[FOREIGN__KINDS] = { 0 };
	const struct cfg_foreign_block *b;
	const struct cfg_foreign_line *l;
	const char *comma = ": ";

	if (c->foreign.n == 0)
		return false;
	TAILQ_FOREACH(b, &c->foreign.blocks, next)
		TAILQ_FOREACH(l, &b->lines, next)
			n[l->kind] += 1 + l->nsubs;
	text_printf(out, "%zu line%s kept that nothing here acts on", c->foreign.n, c->foreign.n == 1 ? " is" : "s are");
	for (size_t k = 0; k < FOREIGN__KINDS; k++)
		if (n[k] > 0) {
			text_printf(out, "%s%zu %s", comma, n[k], foreign_kind_name((enum foreign_kind)k));
			comma = ", ";
		}
	return true;
}

void
foreign_tell(const struct router *r, const char *source)
{
	struct text t = { 0 };

	if (foreign_summary(r->cfg, &t))
		fprintf(stderr, "%s: %s: %s\n", r->name, source, text_str(&t));
	text_free(&t);
}
