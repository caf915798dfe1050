/*
 * Quantities of the lab's console.  Numbers of `expect` are kept as whole billionths in 128 bits, so that a
 * sum of counters or of times with decimals is exact.
 */

#include "shell/lab_values.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"

__extension__ typedef __int128 fixed;

#define UNIT		((fixed)1000000000)
#define DIGITS_MAX	19	/* of the whole part */
#define HEX_MAX		16
#define RATE_DIGITS	12
#define MEGA		1e6

struct number { fixed v; const char *end; };

static int
hex_value(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

/* Digits up to a limit; the count in *n. */
static fixed
digits(const char **s, unsigned base, unsigned *n)
{
	fixed v = 0;
	int d;

	for (*n = 0; (d = hex_value(**s)) >= 0 && d < (int)base && *n <= DIGITS_MAX; (*s)++, (*n)++)
		v = v * (int)base + d;
	return v;
}

static bool
hex_number(const char *s, struct number *out)
{
	unsigned n;

	out->v = digits(&s, 16, &n) * UNIT;
	out->end = s;
	return n > 0 && n <= HEX_MAX;
}

static bool
decimal_number(const char *s, struct number *out)
{
	fixed unit = UNIT;
	unsigned n;

	out->v = digits(&s, 10, &n) * UNIT;
	if (n == 0 || n > DIGITS_MAX)
		return false;
	if (*s == '.')
		for (s++; isdigit((unsigned char)*s) && unit > 1; s++)
			out->v += (unit /= 10) * (*s - '0');
	out->end = s;
	return true;
}

static bool
word_ends(const char *s)
{
	return *s == '\0' || isspace((unsigned char)*s) || strchr("+-<>=!", *s) != NULL;
}

/* 12, 12.5, 0x1F, AEE791CF: letters make it hexadecimal, as do a 0x. */
static bool
number_parse(const char *s, struct number *out)
{
	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		return hex_number(s + 2, out) && word_ends(out->end);
	if (decimal_number(s, out) && word_ends(out->end))
		return true;
	return hex_number(s, out) && word_ends(out->end);
}

/* The parser of `expect`. */

struct reader {
	const char	*p;
	char		*why;
};

static void
skip_space(struct reader *r)
{
	while (isspace((unsigned char)*r->p))
		r->p++;
}

static bool
read_number(struct reader *r, fixed *v)
{
	struct number n;
	bool minus;
	size_t len;

	skip_space(r);
	minus = *r->p == '-';
	if (minus)
		r->p++;
	if (number_parse(r->p, &n)) {
		*v = minus ? -n.v : n.v;
		r->p = n.end;
		return true;
	}
	for (len = 0; !word_ends(r->p + len); len++)
		;
	r->why = len > 0 ? xasprintf("'%.*s' is no number", (int)len, r->p) : xstrdup("a number is missing");
	return false;
}

static bool
read_sum(struct reader *r, fixed *sum)
{
	fixed v;
	char op = '+';

	*sum = 0;
	for (;;) {
		if (!read_number(r, &v))
			return false;
		*sum += op == '-' ? -v : v;
		skip_space(r);
		if (*r->p != '+' && *r->p != '-')
			return true;
		op = *r->p++;
	}
}

static bool
read_operator(struct reader *r, char op[3])
{
	static const char *const known[] = { ">=", "<=", "!=", ">", "<", "=" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_prefix(r->p, known[i])) {
			r->p += strlen(known[i]);
			strcpy(op, known[i]);
			return true;
		}
	r->why = xstrdup("expected one of > < = != >= <= between two sums");
	return false;
}

static bool
holds(fixed a, const char *op, fixed b)
{
	switch (op[0]) {
	case '>':
		return op[1] == '=' ? a >= b : a > b;
	case '<':
		return op[1] == '=' ? a <= b : a < b;
	case '!':
		return a != b;
	default:
		return a == b;
	}
}

static void
fixed_text(struct text *out, fixed v)
{
	char part[16];
	size_t n;

	if (v < 0)
		text_addc(out, '-');
	v = v < 0 ? -v : v;
	text_printf(out, "%llu", (unsigned long long)(v / UNIT));
	if (v % UNIT == 0)
		return;
	snprintf(part, sizeof(part), "%09lld", (long long)(v % UNIT));
	for (n = strlen(part); part[n - 1] == '0'; n--)
		part[n - 1] = '\0';
	text_printf(out, ".%s", part);
}

/* "A > B does not hold", and the values where they are not just what was written. */
static char *
refusal(const char *line, fixed a, const char *op, fixed b)
{
	struct text values = {0}, out = {0};

	fixed_text(&values, a);
	text_printf(&values, " %s ", op);
	fixed_text(&values, b);
	text_printf(&out, "%s does not hold", line);
	if (strcmp(text_str(&values), line) != 0)
		text_printf(&out, " (%s)", text_str(&values));
	text_free(&values);
	return text_take(&out);
}

enum expect
expect_judge(const char *line, char **why)
{
	struct reader r = { line, NULL };
	fixed a = 0, b = 0;
	char op[3];

	if (read_sum(&r, &a) && read_operator(&r, op) && read_sum(&r, &b) && *r.p != '\0')
		r.why = xasprintf("'%s' is too much", r.p);
	if (r.why != NULL) {
		*why = r.why;
		return EXPECT_BAD;
	}
	if (holds(a, op, b))
		return EXPECT_TRUE;
	*why = refusal(line, a, op, b);
	return EXPECT_FALSE;
}

/* Rates, shares and spans. */

bool
rate_parse(const char *s, uint64_t *bps)
{
	static const struct { const char *unit; uint64_t per; } units[] = {
		{ "bps", 1 }, { "kbps", 1000 }, { "Mbps", 1000000 }, { "Gbps", 1000000000 },
	};
	struct number n = {0};

	if (strlen(s) > RATE_DIGITS + 5 || !decimal_number(s, &n))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcasecmp(n.end, units[i].unit) == 0) {
			fixed v = n.v * units[i].per / UNIT;

			*bps = v > (fixed)UINT64_MAX ? UINT64_MAX : (uint64_t)v;
			return v > 0;
		}
	return false;
}

bool
share_parse(const char *s, double *share)
{
	struct number n = {0};

	if (!decimal_number(s, &n) || strcmp(n.end, "%") != 0 || n.v > 100 * UNIT)
		return false;
	*share = (double)n.v / (double)UNIT / 100;
	return true;
}

void
rate_text(struct text *out, uint64_t bps)
{
	if (bps % 1000000000 == 0)
		text_printf(out, "%llu Gbit/s", (unsigned long long)(bps / 1000000000));
	else if (bps >= 1000000)
		text_printf(out, "%.10g Mbit/s", (double)bps / MEGA);
	else if (bps % 1000 == 0)
		text_printf(out, "%llu kbit/s", (unsigned long long)(bps / 1000));
	else
		text_printf(out, "%llu bit/s", (unsigned long long)bps);
}

void
span_text(struct text *out, int64_t ns)
{
	if (ns < 100 * NSEC_MS)
		text_printf(out, "%.10g ms", (double)ns / (double)NSEC_MS);
	else
		text_printf(out, "%.10g s", (double)ns / (double)NSEC_SEC);
}
