/* The words of a command line, and which parameters a word fits. */

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/acl.h"
#include "engine/config.h"
#include "lib/a6.h"
#include "lib/addr.h"
#include "lib/clock.h"
#include "shell/syntax.h"

const struct if_type if_types[] = {
	{ "Ethernet", "Ethernet, 10 Mbit/s" },
	{ "FastEthernet", "Ethernet, 100 Mbit/s" },
	{ "GigabitEthernet", "Ethernet, 1 Gbit/s" },
	{ "Loopback", "An interface without a wire, always up" },
	{ "Tunnel", "A tunnel over other interfaces" },
	{ NULL, NULL },
};

/* Blank, tab, and the blanks that word processors put into notes: U+00A0, U+3000. */
size_t
space_len(const char *p, const char *end)
{
	if (p >= end)
		return 0;
	if (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')
		return 1;
	if (end - p >= 2 && memcmp(p, "\xc2\xa0", 2) == 0)
		return 2;
	return end - p >= 3 && memcmp(p, "\xe3\x80\x80", 3) == 0 ? 3 : 0;
}

static void
skip_space(const char **p, const char *end)
{
	size_t n;

	while ((n = space_len(*p, end)) > 0)
		*p += n;
}

bool
token_next(const char **p, const char *end, bool quotes, struct token *out)
{
	const char *q;

	skip_space(p, end);
	if (*p >= end)
		return false;
	*out = (struct token){ .p = *p };
	if (quotes && **p == '"' && (q = memchr(*p + 1, '"', (size_t)(end - *p - 1))) != NULL) {
		out->p++;
		out->len = (size_t)(q - out->p);
		out->quoted = true;
		*p = q + 1;
		return true;
	}
	while (*p < end && space_len(*p, end) == 0)
		(*p)++;
	out->len = (size_t)(*p - out->p);
	return true;
}

bool
word_prefix(const struct token *t, const char *word, size_t len)
{
	return t->len <= len && strncasecmp(t->p, word, t->len) == 0;
}

static bool
copy_word(const struct token *t, char *out, size_t size)
{
	if (t->len >= size)
		return false;
	memcpy(out, t->p, t->len);
	out[t->len] = '\0';
	return true;
}

bool
ifname_joined(const struct token *type, const struct token *number, char *out)
{
	char name[CFG_IF_NAME];
	enum cfg_if_kind kind;
	char s[64];
	int n;

	if (number == NULL)
		n = snprintf(s, sizeof(s), "%.*s", (int)type->len, type->p);
	else
		n = snprintf(s, sizeof(s), "%.*s%.*s", (int)type->len, type->p, (int)number->len, number->p);
	if (n < 0 || (size_t)n >= sizeof(s) || !ifname_parse(s, name, &kind))
		return false;
	if (out != NULL)
		memcpy(out, name, sizeof(name));
	return true;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A type of interface alone, as before a blank and its number. */
static bool
iftype_fits(const struct token *t)
{
	static const struct token one = { .p = "0", .len = 1 }, two = { .p = "0/0", .len = 3 };

	for (size_t i = 0; i < t->len; i++)
		if (!is_letter(t->p[i]))
			return false;
	return t->len > 0 && (ifname_joined(t, &one, NULL) || ifname_joined(t, &two, NULL));
}

static bool
number_fits(const struct element *e, const struct token *t)
{
	uint64_t v = 0;

	for (size_t i = 0; i < t->len; i++) {
		if (t->p[i] < '0' || t->p[i] > '9' || v > UINT64_MAX / 10 - 1)
			return false;
		v = v * 10 + (uint64_t)(t->p[i] - '0');
	}
	return t->len > 0 && v >= e->lo && v <= e->hi;
}

static bool
hex_fits(const struct token *t)
{
	const char *p = t->p;
	size_t n = t->len;

	if (n > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
		p += 2, n -= 2;
	for (size_t i = 0; i < n; i++)
		if (strchr("0123456789abcdefABCDEF", p[i]) == NULL || p[i] == '\0')
			return false;
	return n > 0 && n <= 16;
}

static bool
time_fits(const char *s)
{
	unsigned h, m, sec = 0;
	int n = 0, k = 0;

	if (sscanf(s, "%2u:%2u%n", &h, &m, &n) < 2 || h > 23 || m > 59)
		return false;
	if (s[n] == '\0')
		return true;
	return sscanf(s + n, ":%2u%n", &sec, &k) == 1 && s[n + k] == '\0' && sec < 60;
}

static bool
month_fits(const struct token *t)
{
	static const char *const names[] = { "january", "february", "march", "april", "may", "june", "july",
	    "august", "september", "october", "november", "december" };

	for (size_t i = 0; t->len >= 3 && i < 12; i++)
		if (word_prefix(t, names[i], strlen(names[i])))
			return true;
	return false;
}

static bool
mac_fits(const char *s)
{
	if (strlen(s) != 14)
		return false;
	for (size_t i = 0; i < 14; i++)
		if (i % 5 == 4 ? s[i] != '.' : strchr("0123456789abcdefABCDEF", s[i]) == NULL)
			return false;
	return true;
}

static const enum acl_words lists[] = {
	[LISTED_TCP] = ACL_WORDS_TCP, [LISTED_UDP] = ACL_WORDS_UDP, [LISTED_DSCP] = ACL_WORDS_DSCP,
	[LISTED_PRECEDENCE] = ACL_WORDS_PRECEDENCE, [LISTED_TOS] = ACL_WORDS_TOS,
};

const char *
listed_word(const struct element *e, size_t i)
{
	const struct acl_icmp_word *icmp;
	const struct acl_word *words;
	size_t n;

	if (e->lo == LISTED_ICMP) {
		icmp = acl_icmp_list(&n);
		return i < n ? icmp[i].word : NULL;
	}
	words = acl_word_list(lists[e->lo], &n);
	return i < n ? words[i].word : NULL;
}

/* A number up to e->hi, or an unambiguous beginning of a word. */
static bool
listed_fits(const struct element *e, const struct token *t)
{
	struct element number = { .hi = e->hi };

	if (number_fits(&number, t))
		return true;
	if (e->lo == LISTED_ICMP)
		return acl_icmp_find(t->p, t->len) != NULL;
	return acl_word_value(lists[e->lo], t->p, t->len, (unsigned)e->hi) >= 0;
}

bool
element_fits(const struct element *e, const struct token *t, bool *half)
{
	char s[64];
	struct a6 v6;
	uint32_t v4;
	unsigned len;
	int64_t ns;

	*half = false;
	if (e->kind == EL_LINE || e->kind == EL_WORD || e->kind == EL_STRING)
		return true;
	if (t->quoted || !copy_word(t, s, sizeof(s)))
		return false;
	switch (e->kind) {
	case EL_NUMBER:
		return number_fits(e, t);
	case EL_LISTED:
		return listed_fits(e, t);
	case EL_ADDR:
		return ip4_parse(s, &v4);
	case EL_ADDR6:
		return a6_parse(s, &v6);
	case EL_PREFIX6:
		return a6_parse_cidr(s, &v6, &len);
	case EL_PREFIX:
		return ip4_parse_cidr(s, &v4, &len);
	case EL_HEX:
		return hex_fits(t);
	case EL_DURATION:
		return duration_parse(s, &ns);
	case EL_TIME:
		return time_fits(s);
	case EL_MONTH:
		return month_fits(t);
	case EL_MAC:
		return mac_fits(s);
	case EL_IFNAME:
		if (ifname_joined(t, NULL, NULL))
			return true;
		return *half = iftype_fits(t);
	default:
		return false;
	}
}
