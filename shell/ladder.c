/* The model of a ladder: parties, rows, and how times and numbers are written. */

#include "shell/ladder_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

struct ladder *
ladder_new(void)
{
	struct ladder *l = xcalloc(1, sizeof(*l));

	l->max_rows = LADDER_ROWS;
	l->begin = INT64_MAX;
	l->end = INT64_MIN;
	l->ikes = ladder_ike_new();
	l->esps = ladder_esp_new();
	l->frags = ladder_frags_new();
	return l;
}

static void
row_free(struct ladder_row *r)
{
	free(r->title);
	free(r->brief);
	free(r->detail);
	free(r->why);
}

void
ladder_free(struct ladder *l)
{
	if (l == NULL)
		return;
	/* One row behind the last takes what is left out. */
	for (size_t i = 0; i < l->size; i++)
		row_free(&l->rows[i]);
	for (unsigned i = 0; i < l->nfiles; i++)
		free(l->file[i].broken);
	free(l->rows);
	free(l->sas);
	ladder_ike_free(l->ikes);
	ladder_esp_free(l->esps);
	ladder_frags_free(l->frags);
	ladder_keys_free(l->keys);
	ladder_log_free(l->log);
	free(l);
}

void
ladder_clean(char *out, size_t cap, const void *p, size_t n)
{
	const uint8_t *s = p;
	size_t i;

	for (i = 0; i < n && i + 1 < cap; i++)
		out[i] = s[i] >= ' ' && s[i] <= '~' ? (char)s[i] : '?';
	out[i] = '\0';
}

unsigned
ladder_add_file(struct ladder *l, const char *name)
{
	const char *base = strrchr(name, '/');

	base = base != NULL && base[1] != '\0' ? base + 1 : name;
	ladder_clean(l->file[l->nfiles].name, sizeof(l->file[0].name), base, strlen(base));
	return l->nfiles++;
}

/* ---- rows ---- */

static void
rows_grow(struct ladder *l)
{
	size_t size = l->size == 0 ? 64 : 2 * l->size;

	if (size > l->max_rows + 1)
		size = l->max_rows + 1;
	l->rows = xrealloc(l->rows, size * sizeof(*l->rows));
	memset(l->rows + l->size, 0, (size - l->size) * sizeof(*l->rows));
	l->size = size;
}

/* Beyond the most, the same spare row is given each time. */
unsigned
ladder_row_new(struct ladder *l, enum ladder_kind kind, const struct ladder_pkt *k, uint16_t from, uint16_t to)
{
	struct ladder_row *r;
	unsigned at = (unsigned)l->nrows;

	if (l->nrows == l->size && l->nrows <= l->max_rows)
		rows_grow(l);
	if (l->nrows < l->max_rows)
		l->nrows++;
	else if (l->cut_rows++ == 0)
		l->cut_ns = k->ns;
	r = &l->rows[at];
	row_free(r);
	*r = (struct ladder_row){ .kind = kind, .ns = k->ns, .last_ns = k->ns, .from = from, .to = to, .sport = k->sport, .dport = k->dport,
	    .seen = (uint8_t)(1u << k->source), .sa = LADDER_NONE, .order = at };
	return at;
}

/* ---- parties ---- */

static uint16_t
party_find(const struct ladder *l, const struct addr *a)
{
	for (unsigned i = 0; i < l->nparties; i++)
		for (unsigned k = 0; k < l->party[i].naddr; k++)
			if (addr_eq(&l->party[i].addr[k], a))
				return (uint16_t)i;
	return LADDER_NOBODY;
}

bool
ladder_party_known(const struct ladder *l, const struct addr *a)
{
	return party_find(l, a) != LADDER_NOBODY;
}

uint16_t
ladder_party(struct ladder *l, const struct addr *a)
{
	uint16_t i = party_find(l, a);

	if (i != LADDER_NOBODY)
		return i;
	if (l->nparties == LADDER_PARTIES) {
		l->cut_parties++;
		return LADDER_NOBODY;
	}
	l->party[l->nparties] = (struct ladder_party){ .addr = { *a }, .naddr = 1 };
	return (uint16_t)l->nparties++;
}

void
ladder_alias(struct ladder *l, uint16_t party, const struct addr *a)
{
	struct ladder_party *p;

	if (party == LADDER_NOBODY || ladder_party_known(l, a))
		return;
	p = &l->party[party];
	if (p->naddr < LADDER_ALIASES)
		p->addr[p->naddr++] = *a;
}

bool
ladder_name(struct ladder *l, const char *addr, const char *name)
{
	struct addr a;
	uint16_t i;

	if (!addr_parse(addr, &a) || (i = ladder_party(l, &a)) == LADDER_NOBODY)
		return false;
	ladder_clean(l->party[i].name, LADDER_NAME, name, strlen(name));
	l->party[i].asked = true;
	return true;
}

const char *
ladder_party_text(const struct ladder *l, uint16_t party, char *out, size_t n)
{
	char addr[ADDR_STRLEN];

	if (party >= l->nparties)
		snprintf(out, n, "somebody");
	else if (l->party[party].name[0] != '\0')
		snprintf(out, n, "%s", l->party[party].name);
	else
		snprintf(out, n, "%s", addr_fmt(&l->party[party].addr[0], addr));
	return out;
}

/* Who sends for several is on the way, and none of them. */
static bool
is_transit(struct ladder *l, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(l->transit) / sizeof(l->transit[0]) && l->transit[i][0] != '\0'; i++)
		if (strcmp(l->transit[i], name) == 0)
			return true;
	for (unsigned k = 0; k < l->nparties; k++)
		if (!l->party[k].asked && strcmp(l->party[k].name, name) == 0) {
			l->party[k].name[0] = '\0';
			if (i < sizeof(l->transit) / sizeof(l->transit[0]))
				memcpy(l->transit[i], name, LADDER_NAME);
			return true;
		}
	return false;
}

/* A capture of a lab names its interface NODE:INTERFACE; what goes out there is the node's own, or else it is a transit. */
void
ladder_learn_name(struct ladder *l, const struct ladder_pkt *k, uint16_t from)
{
	char name[LADDER_NAME] = "";
	const char *colon = k->ifname != NULL ? strchr(k->ifname, ':') : NULL;

	if (k->dir != LADDER_DIR_OUT || colon == NULL || from == LADDER_NOBODY || l->party[from].name[0] != '\0')
		return;
	ladder_clean(name, sizeof(name), k->ifname, (size_t)(colon - k->ifname));
	if (!is_transit(l, name))
		memcpy(l->party[from].name, name, sizeof(name));
}

/* ---- numbers and times ---- */

void
ladder_count(struct text *t, uint64_t n)
{
	if (n >= 1000)
		ladder_count(t, n / 1000);
	if (n >= 1000)
		text_printf(t, ",%03u", (unsigned)(n % 1000));
	else
		text_printf(t, "%u", (unsigned)n);
}

void
ladder_time(struct text *t, int64_t ns)
{
	struct civil c;

	civil_from_ns(ns, &c);
	text_printf(t, "%02d:%02d:%02d.%03d", c.hour, c.minute, c.second, c.ms);
}

void
ladder_span(struct text *t, int64_t ns)
{
	int64_t ms = ns / NSEC_MS;

	if (ms < 10000)
		text_printf(t, "%d.%03d s", (int)(ms / 1000), (int)(ms % 1000));
	else if (ms < 600000)
		text_printf(t, "%d.%d s", (int)(ms / 1000), (int)(ms / 100 % 10));
	else if (ms < INT64_C(36000000))
		text_printf(t, "%d min %d s", (int)(ms / 60000), (int)(ms / 1000 % 60));
	else
		text_printf(t, "%lld h %d min", (long long)(ms / 3600000), (int)(ms / 60000 % 60));
}

/* ---- the end ---- */

/* By time, and what is equal keeps its order. */
static int
row_cmp(const void *a, const void *b)
{
	const struct ladder_row *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns < y->ns ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

void
ladder_end(struct ladder *l)
{
	ladder_esp_end(l);
	ladder_sas_end(l);
	if (l->nrows > 1)
		qsort(l->rows, l->nrows, sizeof(*l->rows), row_cmp);
}
