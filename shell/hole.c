/* Holes: how they are read, the names that are kept, commands that use them; and the white space of transcripts. */

#include "shell/hole_int.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/names.h"
#include "lib/text.h"

static const struct name kind_names[] = {
	{HOLE_INT, "int"}, {HOLE_HEX, "hex"}, {HOLE_HEX8, "hex8"}, {HOLE_IP, "ip"},
	{HOLE_TIME, "time"}, {HOLE_WORD, "word"}, {HOLE_LINE, "line"}, {0, NULL},
};

size_t
blank_at(const char *s)
{
	if (*s == ' ' || *s == '\t')
		return 1;
	if ((unsigned char)s[0] == 0xc2 && (unsigned char)s[1] == 0xa0)
		return 2;
	if ((unsigned char)s[0] == 0xe3 && (unsigned char)s[1] == 0x80 && (unsigned char)s[2] == 0x80)
		return 3;
	return 0;
}

const char *
skip_blanks(const char *s)
{
	for (size_t n; (n = blank_at(s)) > 0; s += n)
		;
	return s;
}

size_t
length_without_blanks(const char *s)
{
	size_t n = 0;

	for (const char *p = s; *p != '\0'; p++)
		if (blank_at(p) > 0)
			p += blank_at(p) - 1;
		else
			n = (size_t)(p - s) + 1;
	return n;
}

char *
fold_blanks(const char *s)
{
	struct text t = {0};
	bool gap = false;
	size_t n;

	while (*s != '\0') {
		if ((n = blank_at(s)) > 0) {
			gap = true;
			s += n;
			continue;
		}
		if (gap && t.len > 0)
			text_addc(&t, ' ');
		gap = false;
		text_addc(&t, *s++);
	}
	return t.s == NULL ? xstrdup("") : text_take(&t);
}

struct kept *
kept_find(const struct names_kept *k, const char *name)
{
	for (size_t i = 0; i < k->n; i++)
		if (strcmp(k->v[i].name, name) == 0)
			return &k->v[i];
	return NULL;
}

void
kept_set(struct names_kept *k, const char *name, enum hole_kind kind, const char *text)
{
	struct kept *e = kept_find(k, name);

	if (e == NULL) {
		k->v = xrealloc(k->v, (k->n + 1) * sizeof(*k->v));
		e = &k->v[k->n++];
		*e = (struct kept){.name = xstrdup(name), .kind = kind};
	}
	if (text != NULL) {
		free(e->text);
		e->text = xstrdup(text);
	}
}

size_t
kept_mark(const struct names_kept *k, bool *set)
{
	for (size_t i = 0; i < k->n; i++)
		set[i] = k->v[i].text != NULL;
	return k->n;
}

void
kept_undo(struct names_kept *k, const bool *set, size_t n)
{
	for (size_t i = 0; i < n && i < k->n; i++)
		if (!set[i]) {
			free(k->v[i].text);
			k->v[i].text = NULL;
		}
}

void
kept_free(struct names_kept *k)
{
	for (size_t i = 0; i < k->n; i++) {
		free(k->v[i].name);
		free(k->v[i].text);
	}
	free(k->v);
	*k = (struct names_kept){0};
}

bool
opens_hole(const char *s)
{
	return s[0] == '<' && s[1] == '<' && (isalpha((unsigned char)s[2]) || s[2] == '_');
}

static bool
hole_kind_read(const char *p, struct hole_text *h, const char **end)
{
	const char *e;
	char *word;

	h->typed = true;
	if (*p == '/') {
		if ((e = strstr(p + 1, "/>>")) == NULL)
			return false;
		h->kind = HOLE_REGEX;
		h->regex = xstrndup(p + 1, (size_t)(e - p - 1));
		*end = e + 1;
		return true;
	}
	for (e = p; isalnum((unsigned char)*e); e++)
		;
	word = xstrndup(p, (size_t)(e - p));
	h->kind = HOLE_ANY;
	for (const struct name *n = kind_names; n->name != NULL; n++)
		if (strcmp(n->name, word) == 0)
			h->kind = (enum hole_kind)n->value;
	free(word);
	*end = e;
	return h->kind != HOLE_ANY;
}

/* Reads the hole at s (opens_hole() holds). */
bool
hole_read(const char *s, struct hole_text *h, const char **why)
{
	const char *p = s + 2;

	*h = (struct hole_text){.kind = HOLE_ANY};
	while (isalnum((unsigned char)*p) || *p == '_')
		p++;
	h->name = xstrndup(s + 2, (size_t)(p - s - 2));
	if (*p == ':' && !hole_kind_read(p + 1, h, &p)) {
		*why = "a hole's kind is one of int, hex, hex8, ip, time, word, line or /regex/";
	} else if (strncmp(p, ">>", 2) != 0) {
		*why = "a hole ends in >>";
	} else {
		h->len = (size_t)(p + 2 - s);
		return true;
	}
	free(h->name);
	free(h->regex);
	return false;
}

bool
numeric(enum hole_kind k)
{
	return k == HOLE_INT || k == HOLE_HEX || k == HOLE_HEX8;
}

bool
is_int(const char *s)
{
	s += *s == '-';
	return *s != '\0' && s[strspn(s, "0123456789")] == '\0';
}

bool
is_hex(const char *s, size_t digits)
{
	s += strncmp(s, "0x", 2) == 0 ? 2 : 0;
	return *s != '\0' && s[strspn(s, "0123456789ABCDEF")] == '\0' && (digits == 0 || strlen(s) == digits);
}

bool
number_of(enum hole_kind kind, const char *s, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = kind == HOLE_INT && *s == '-' ? (uint64_t)strtoll(s, &end, 10) : strtoull(s, &end, kind == HOLE_INT ? 10 : 16);
	return errno == 0 && *end == '\0' && end != s;
}

char *
holes_closed(const char *text)
{
	struct text t = {0};

	for (; *text != '\0'; text++) {
		if (text[0] == '<' && text[1] == '<')
			text_addc(&t, HOLE_CLOSED);
		text_addc(&t, *text);
	}
	return t.s == NULL ? xstrdup("") : text_take(&t);
}

size_t
hole_at(const char *s)
{
	struct hole_text h;
	const char *why;

	if (!opens_hole(s) || !hole_read(s, &h, &why))
		return 0;
	free(h.name);
	free(h.regex);
	return h.len;
}

size_t
hole_time_prefix(const char *text, const struct names_kept *kept)
{
	struct hole_text h;
	const struct kept *k;
	const char *why;
	bool time;

	if (!opens_hole(text) || !hole_read(text, &h, &why))
		return 0;
	k = kept_find(kept, h.name);
	time = h.kind == HOLE_TIME || (!h.typed && k != NULL && k->kind == HOLE_TIME);
	free(h.name);
	free(h.regex);
	return time ? h.len : 0;
}

bool
holes_each(const char *text, void (*fn)(void *, const char *), void *arg, const char **why)
{
	struct hole_text h;

	*why = NULL;
	while (*text != '\0') {
		if (!opens_hole(text)) {
			text++;
			continue;
		}
		if (!hole_read(text, &h, why))
			return false;
		fn(arg, h.name);
		text += h.len;
		free(h.name);
		free(h.regex);
	}
	return true;
}

/* How the kept number is written; HOLE_ANY: it is none. */
static enum hole_kind
number_kind(const struct kept *k)
{
	if (numeric(k->kind))
		return k->kind;
	if (is_int(k->text))
		return HOLE_INT;
	return is_hex(k->text, 0) ? HOLE_HEX : HOLE_ANY;
}

static void
add_written(struct text *out, const struct hole_text *h, const struct kept *k, bool numbers)
{
	enum hole_kind kind = number_kind(k);
	uint64_t v;

	if (h->typed && numeric(h->kind) && kind != HOLE_ANY && number_of(kind, k->text, &v)) {
		if (h->kind == HOLE_INT)
			text_printf(out, kind == HOLE_INT ? "%lld" : "%llu", (unsigned long long)v);
		else
			text_printf(out, h->kind == HOLE_HEX8 ? "%08llX" : "0x%llX", (unsigned long long)v);
		return;
	}
	if (numbers && (kind == HOLE_HEX || kind == HOLE_HEX8) && !str_prefix(k->text, "0x"))
		text_add(out, "0x");
	text_add(out, k->text);
}

static char *
fill(const char *text, const struct names_kept *kept, bool numbers, const char **why)
{
	struct text out = {0};
	struct hole_text h;
	const struct kept *k;

	*why = NULL;
	while (*text != '\0' && *why == NULL) {
		if (!opens_hole(text)) {
			text_addc(&out, *text++);
			continue;
		}
		if (!hole_read(text, &h, why))
			break;
		if ((k = kept_find(kept, h.name)) == NULL || k->text == NULL)
			*why = "a name is used that no earlier line has kept";
		else
			add_written(&out, &h, k, numbers);
		text += h.len;
		free(h.name);
		free(h.regex);
	}
	if (*why != NULL) {
		text_free(&out);
		return NULL;
	}
	return out.s == NULL ? xstrdup("") : text_take(&out);
}

char *
holes_fill(const char *text, const struct names_kept *kept, const char **why)
{
	return fill(text, kept, false, why);
}

char *
holes_fill_numbers(const char *text, const struct names_kept *kept, const char **why)
{
	return fill(text, kept, true, why);
}
