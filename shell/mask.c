/* Secrets in configuration commands: passwords, keys, communities are found by the word before them. */

#include "shell/mask.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"

/* What stands behind these: the rest of the line, or one word, each behind a type (a digit) that stays. */
enum masked { MASK_REST, MASK_WORD };
static const struct { const char *word; enum masked how; } marks[] = {
	{ "password", MASK_REST }, { "secret", MASK_REST }, { "key-string", MASK_REST }, { "key", MASK_WORD }, { "community", MASK_WORD },
	{ "md5", MASK_WORD }, { "authentication", MASK_WORD },
};

struct word { const char *p; size_t n; };

static bool
next_word(const char **p, struct word *w)
{
	*p += strspn(*p, " \t");
	w->p = *p;
	w->n = strcspn(*p, " \t");
	*p += w->n;
	return w->n > 0;
}

static bool
is_word(const struct word *w, const char *s)
{
	return w->n == strlen(s) && strncasecmp(w->p, s, w->n) == 0;
}

/* Words that mark a secret in one command and something else in others. */
static bool
marks_here(const char *line, const struct word *w, const struct word *before)
{
	line += strspn(line, " \t");
	if (strncasecmp(line, "no ", 3) == 0)
		line += 3;
	if (is_word(w, "key"))
		return !is_word(before, "tunnel") && !is_word(before, "crypto");
	if (is_word(w, "authentication"))
		return is_word(before, "nhrp");
	if (is_word(w, "md5"))
		return strncasecmp(line, "ntp ", 4) == 0;
	return !is_word(before, "service");
}

static bool
mark_of(const char *line, const struct word *w, const struct word *before, enum masked *how)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (is_word(w, marks[i].word) && marks_here(line, w, before)) {
			*how = marks[i].how;
			return true;
		}
	return false;
}

/* A type in front of the secret, if something follows it. */
static const char *
skip_type(const char *p)
{
	const char *q = p, *behind;
	struct word type, more;

	if (!next_word(&q, &type) || type.n != 1 || !isdigit((unsigned char)*type.p))
		return p;
	behind = q;
	return next_word(&behind, &more) ? q : p;
}

/* `snmp-server host A [traps|informs] [version V [level]] COMMUNITY`: what none of the words before it is. */
static const char *
trap_community(const char *line)
{
	static const char *const known[] = { "traps", "informs", "version", "1", "2c", "3", "auth", "noauth", "priv" };
	const char *p = line;
	struct word w;
	size_t i;

	if (!next_word(&p, &w) || (is_word(&w, "no") && !next_word(&p, &w)) || !is_word(&w, "snmp-server"))
		return NULL;
	if (!next_word(&p, &w) || !is_word(&w, "host") || !next_word(&p, &w))
		return NULL;
	while (next_word(&p, &w)) {
		for (i = 0; i < sizeof(known) / sizeof(known[0]) && !is_word(&w, known[i]); i++)
			;
		if (i == sizeof(known) / sizeof(known[0]))
			return w.p;
	}
	return NULL;
}

char *
secret_mask(const char *line)
{
	const char *p = line, *copied = line, *trap = trap_community(line);
	struct word w, before = { "", 0 };
	struct text t = { 0 };
	enum masked how = MASK_WORD;

	while (next_word(&p, &w)) {
		bool marked = mark_of(line, &w, &before, &how);

		before = w;
		if (!marked && w.p != trap)
			continue;
		if (marked) {
			p = skip_type(p);
			if (!next_word(&p, &w))
				break;
		}
		text_addn(&t, copied, (size_t)(w.p - copied));
		text_addc(&t, '*');
		copied = p;
		if (marked && how == MASK_REST)
			copied = p = p + strlen(p);
	}
	text_add(&t, copied);
	return t.s == NULL ? xstrdup("") : text_take(&t);
}
