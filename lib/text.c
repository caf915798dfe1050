/* A growing string for all that is printed, and small helpers for strings and hex digits. */

#include "lib/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/mem.h"

/* Room for n more bytes and the NUL. */
static void
reserve(struct text *t, size_t n)
{
	size_t cap = t->cap ? t->cap : 64;

	if (n >= SIZE_MAX / 2 - t->len)
		fatal("a text of %zu bytes can't grow by %zu", t->len, n);
	if (t->s != NULL && t->len + n < t->cap)
		return;
	while (cap <= t->len + n)
		cap *= 2;
	t->s = xrealloc(t->s, cap);
	t->cap = cap;
	t->s[t->len] = '\0';
}

void
text_vprintf(struct text *t, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	reserve(t, 0);
	n = vsnprintf(t->s + t->len, t->cap - t->len, fmt, ap);
	if (n < 0)
		fatal("a text can't be formatted");
	if ((size_t)n >= t->cap - t->len) {
		reserve(t, (size_t)n);
		vsnprintf(t->s + t->len, t->cap - t->len, fmt, again);
	}
	va_end(again);
	t->len += (size_t)n;
}

void
text_printf(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(t, fmt, ap);
	va_end(ap);
}

void
text_add(struct text *t, const char *s)
{
	text_addn(t, s, strlen(s));
}

void
text_addn(struct text *t, const char *s, size_t n)
{
	reserve(t, n);
	if (n != 0)
		memcpy(t->s + t->len, s, n);
	t->len += n;
	t->s[t->len] = '\0';
}

void
text_addc(struct text *t, char c)
{
	text_addn(t, &c, 1);
}

void
text_number(struct text *t, uint64_t v)
{
	char digits[20], *p = digits + sizeof(digits);

	do
		*--p = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	text_addn(t, p, (size_t)(digits + sizeof(digits) - p));
}

void
text_pad(struct text *t, size_t column)
{
	const char *nl = t->len ? memrchr(t->s, '\n', t->len) : NULL;
	size_t start = nl != NULL ? (size_t)(nl - t->s) + 1 : 0;

	while (t->len - start < column)
		text_addc(t, ' ');
}

const char *
text_str(const struct text *t)
{
	return t->s != NULL ? t->s : "";
}

char *
text_take(struct text *t)
{
	char *s = t->s != NULL ? t->s : xstrdup("");

	memset(t, 0, sizeof(*t));
	return s;
}

void
text_clear(struct text *t)
{
	t->len = 0;
	if (t->s != NULL)
		t->s[0] = '\0';
}

void
text_free(struct text *t)
{
	free(t->s);
	memset(t, 0, sizeof(*t));
}

void
text_lines(const char *s, void (*fn)(void *arg, const char *line, size_t len), void *arg)
{
	struct text line = { 0 };
	size_t n;

	for (; *s != '\0'; s += n + (s[n] == '\n')) {
		n = strcspn(s, "\n");
		text_clear(&line);
		text_addn(&line, s, n);
		fn(arg, line.s, n);
	}
	text_free(&line);
}

bool
str_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
str_prefix_nocase(const char *s, const char *prefix)
{
	return strncasecmp(s, prefix, strlen(prefix)) == 0;
}

bool
str_eq(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

void
hex_fmt(const void *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[b[i] >> 4];
		*out++ = digits[b[i] & 15];
	}
	*out = '\0';
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

long
hex_parse(const char *s, void *out, size_t max)
{
	uint8_t *b = out;
	size_t n = 0;

	for (;;) {
		int hi, lo;

		s += strspn(s, " \t\r\n");
		if (*s == '\0')
			return (long)n;
		if ((hi = hex_digit(s[0])) < 0 || (lo = hex_digit(s[1])) < 0 || n == max)
			return -1;
		b[n++] = (uint8_t)(hi << 4 | lo);
		s += 2;
	}
}
