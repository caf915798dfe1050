/* The string actions of applets: their result is $_string_result. */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/eem_applet.h"
#include "lib/mem.h"
#include "lib/text.h"

/* Arguments: nocase, length, then what the verb works on. */
enum { X_NOCASE, X_LENGTH, X_ONE, X_TWO, X_THREE, X_FOUR };

static enum eem_step
result(struct eem_applet_run *run, const char *s)
{
	return eem_set(run, "_string_result", s) ? EEM_NEXT : EEM_FAILED;
}

static enum eem_step
result_number(struct eem_applet_run *run, long long v)
{
	char s[24];

	snprintf(s, sizeof(s), "%lld", v);
	return result(run, s);
}

static enum eem_step
result_part(struct eem_applet_run *run, const char *p, size_t n)
{
	char *s = xstrndup(p, n);
	enum eem_step e = result(run, s);

	free(s);
	return e;
}

static enum eem_step
compare(struct eem_applet_run *run, bool equal)
{
	int64_t n = (int64_t)EEM_VALUE_MAX;
	int c;

	if (run->x[X_LENGTH] != NULL && !eem_number(run, run->x[X_LENGTH], &n))
		return EEM_FAILED;
	if (n < 0)
		n = 0;
	c = run->x[X_NOCASE] != NULL ? strncasecmp(run->x[X_ONE], run->x[X_TWO], (size_t)n) : strncmp(run->x[X_ONE], run->x[X_TWO], (size_t)n);
	return result_number(run, equal ? c == 0 : (c > 0) - (c < 0));
}

static enum eem_step
find(struct eem_applet_run *run, bool last)
{
	const char *needle = run->x[X_ONE], *hay = run->x[X_TWO], *p, *at = NULL;

	for (p = hay; (p = strstr(p, needle)) != NULL && *p != '\0'; p++) {
		at = p;
		if (!last)
			break;
	}
	return result_number(run, at == NULL ? -1 : at - hay);
}

/* `*`, `?` and `\`; sets in brackets are text. Steps back to the last `*` only, so it takes at most |s| * |p| steps. */
static bool
glob(const char *p, const char *s, bool nocase)
{
	const char *star = NULL, *mark = NULL;

	while (*s != '\0') {
		char want = *p == '\\' && p[1] != '\0' ? p[1] : *p;
		bool same = nocase ? tolower((unsigned char)want) == tolower((unsigned char)*s) : want == *s;

		if (*p == '*') {
			star = p++;
			mark = s;
		} else if (*p != '\0' && (*p == '?' || same)) {
			p += *p == '\\' && p[1] != '\0' ? 2 : 1;
			s++;
		} else if (star != NULL) {
			p = star + 1;
			s = ++mark;
		} else
			return false;
	}
	while (*p == '*')
		p++;
	return *p == '\0';
}

/* "3", "end", "end-2" -> an index in a text of n characters; false: told. */
static bool
place(struct eem_applet_run *run, const char *s, size_t n, int64_t *at)
{
	if (strncmp(s, "end", 3) != 0)
		return eem_number(run, s, at);
	*at = 0;
	if (s[3] == '-' && !eem_number(run, s + 4, at))
		return false;
	*at = (int64_t)n - 1 - *at;
	return true;
}

static bool
span(struct eem_applet_run *run, const char *s, const char *from, const char *to, size_t *first, size_t *behind)
{
	int64_t n = (int64_t)strlen(s), a = 0, b = n - 1;

	if ((from != NULL && !place(run, from, (size_t)n, &a)) || (to != NULL && !place(run, to, (size_t)n, &b)))
		return false;
	if (a < 0)
		a = 0;
	if (b >= n)
		b = n - 1;
	*first = (size_t)(a > n ? n : a);
	*behind = b < a ? *first : (size_t)b + 1;
	return true;
}

static enum eem_step
range(struct eem_applet_run *run)
{
	const char *s = run->x[X_ONE];
	size_t a, b;

	if (!span(run, s, run->x[X_TWO], run->x[X_THREE], &a, &b))
		return EEM_FAILED;
	return result_part(run, s + a, b - a);
}

static enum eem_step
replace(struct eem_applet_run *run)
{
	const char *s = run->x[X_ONE];
	struct text t = { 0 };
	enum eem_step e;
	size_t a, b;

	if (!span(run, s, run->x[X_TWO], run->x[X_THREE], &a, &b))
		return EEM_FAILED;
	text_addn(&t, s, a);
	text_add(&t, run->x[X_FOUR] != NULL ? run->x[X_FOUR] : "");
	text_add(&t, s + b);
	e = result(run, text_str(&t));
	text_free(&t);
	return e;
}

static enum eem_step
recase(struct eem_applet_run *run, int (*fn)(int))
{
	char *s = run->x[X_ONE];
	size_t a, b;

	if (!span(run, s, run->x[X_TWO], run->x[X_THREE], &a, &b))
		return EEM_FAILED;
	for (; a < b; a++)
		s[a] = (char)fn((unsigned char)s[a]);
	return result(run, s);
}

static enum eem_step
trim(struct eem_applet_run *run, bool left, bool right)
{
	const char *set = run->x[X_TWO] != NULL ? run->x[X_TWO] : " \t\r\n", *s = run->x[X_ONE];
	size_t n;

	if (left)
		s += strspn(s, set);
	for (n = strlen(s); right && n > 0 && strchr(set, s[n - 1]) != NULL; n--)
		;
	return result_part(run, s, n);
}

static enum eem_step
char_at(struct eem_applet_run *run)
{
	const char *s = run->x[X_ONE];
	int64_t at;

	if (!place(run, run->x[X_TWO], strlen(s), &at))
		return EEM_FAILED;
	return result_part(run, at < 0 || at >= (int64_t)strlen(s) ? "" : s + at, 1);
}

enum eem_step
eem_string(struct eem_applet_run *run, const struct eem_act *a)
{
	switch (a->verb) {
	case EEM_STRING_COMPARE:
		return compare(run, false);
	case EEM_STRING_EQUAL:
		return compare(run, true);
	case EEM_STRING_FIRST:
		return find(run, false);
	case EEM_STRING_LAST:
		return find(run, true);
	case EEM_STRING_INDEX:
		return char_at(run);
	case EEM_STRING_LENGTH:
		return result_number(run, (long long)strlen(run->x[X_ONE]));
	case EEM_STRING_MATCH:
		return result_number(run, glob(run->x[X_ONE], run->x[X_TWO], run->x[X_NOCASE] != NULL));
	case EEM_STRING_RANGE:
		return range(run);
	case EEM_STRING_REPLACE:
		return replace(run);
	case EEM_STRING_TOLOWER:
		return recase(run, tolower);
	case EEM_STRING_TOUPPER:
		return recase(run, toupper);
	case EEM_STRING_TRIMLEFT:
		return trim(run, true, false);
	case EEM_STRING_TRIMRIGHT:
		return trim(run, false, true);
	default:
		return trim(run, true, true);
	}
}
