/* What the files of kept lines share: words of a line, and telling of what was kept. */

#include <string.h>
#include <strings.h>

#include "lib/mem.h"
#include "shell/cfg_log.h"
#include "shell/foreign_int.h"
#include "shell/syntax.h"

const char *
foreign_skip(const char *p)
{
	const char *end = p + strlen(p);
	size_t n;

	while ((n = space_len(p, end)) > 0)
		p += n;
	return p;
}

/* Without blanks before and behind. Caller frees. */
char *
foreign_trimmed(const char *line)
{
	char *copy = xstrdup(foreign_skip(line));
	size_t n = strlen(copy);

	while (n > 0 && strchr(" \t\r\n", copy[n - 1]) != NULL)
		n--;
	copy[n] = '\0';
	return copy;
}

/* Behind "no " or "default "; NULL if the line doesn't begin so. */
const char *
foreign_behind(const char *text, const char *word)
{
	size_t n = strlen(word);

	return strncasecmp(text, word, n) == 0 && text[n] == ' ' ? foreign_skip(text + n) : NULL;
}

/* Is a the beginning of b, in whole words? */
bool
foreign_begins(const char *b, const char *a)
{
	size_t n = strlen(a);

	return strncmp(b, a, n) == 0 && (b[n] == '\0' || b[n] == ' ');
}

bool
foreign_control(const char *p)
{
	for (; *p != '\0'; p++)
		if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
			return true;
	return false;
}

struct cfg_foreign *
foreign_of(const struct session *s)
{
	return &s->router->cfg->foreign;
}

void
foreign_touched(struct session *s)
{
	if (s->loading)
		return;
	config_set_str(&conf(s)->changed_by, s->user);
	cfg_log_changed(s);
}

void
foreign_told(struct session *s, enum foreign_kind kind, const char *line)
{
	if (s->place == NULL)
		return;
	s->place->lines[kind]++;
	if (s->place->kept != NULL)
		s->place->kept(s->place->arg, kind, line);
}
