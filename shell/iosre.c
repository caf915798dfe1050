/*
 * IOS regular expressions are rewritten as POSIX extended ones: the operators are the same but for
 * `_`, and for characters that are special only there (braces).
 */

#include "shell/iosre.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"

#define PATTERN_MAX	1024

struct iosre {
	regex_t	 re;
};

/* "[...]" as it stands; returns behind it, or NULL when it isn't closed. */
static const char *
copy_set(const char *p, struct text *out)
{
	const char *q = p + 1;

	if (*q == '^')
		q++;
	if (*q == ']')
		q++;
	while (*q != '\0' && *q != ']')
		q++;
	if (*q == '\0')
		return NULL;
	text_addn(out, p, (size_t)(q + 1 - p));
	return q + 1;
}

static bool
translate(const char *p, struct text *out)
{
	while (*p != '\0') {
		switch (*p) {
		case '[':
			if ((p = copy_set(p, out)) == NULL)
				return false;
			continue;
		case '\\':
			if (p[1] == '\0')
				return false;
			p++;
			if (strchr(".[]*+?^$()|\\{}", *p) != NULL)
				text_addc(out, '\\');
			text_addc(out, *p);
			break;
		case '{':
		case '}':
			text_addc(out, '\\');
			text_addc(out, *p);
			break;
		case '_':
			text_add(out, "(^|$|[_ ,{}()])");	/* and itself: MY_ACL is found by its name */
			break;
		default:
			text_addc(out, *p);
		}
		p++;
	}
	return true;
}

struct iosre *
iosre_new(const char *pattern, const char **why)
{
	struct iosre *re = NULL;
	struct text t = { 0 };

	*why = "the regular expression is malformed";
	if (strlen(pattern) <= PATTERN_MAX && translate(pattern, &t)) {
		re = xmalloc(sizeof(*re));
		if (regcomp(&re->re, text_str(&t), REG_EXTENDED | REG_NOSUB) != 0) {
			free(re);
			re = NULL;
		}
	}
	text_free(&t);
	return re;
}

void
iosre_free(struct iosre *re)
{
	if (re == NULL)
		return;
	regfree(&re->re);
	free(re);
}

bool
iosre_search(const struct iosre *re, const char *line)
{
	return regexec(&re->re, line, 0, NULL, 0) == 0;
}
