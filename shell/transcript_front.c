/* The front matter of a transcript: YAML between two `---` lines, read by libyaml's parser event by event. */

#include "shell/transcript_front.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "lib/clock.h"
#include "lib/mem.h"

/* "2015-03-13T13:13:00", a blank or T between, seconds may have decimals. */
bool
start_parse(const char *s, int64_t *ns)
{
	struct civil c = {0}, same;
	char sep;
	int n = 0;

	if (sscanf(s, "%4d-%2d-%2d%c%2d:%2d:%2d%n", &c.year, &c.month, &c.day, &sep, &c.hour, &c.minute, &c.second, &n) != 7)
		return false;
	if ((sep != 'T' && sep != ' ') || c.year < 1970 || c.year > 2261 || c.month < 1 || c.month > 12 || c.day < 1 || c.day > 31 ||
	    c.hour > 23 || c.minute > 59 || c.second > 59)
		return false;
	if (strcmp(s + n, "") != 0 && strcmp(s + n, "Z") != 0)
		return false;
	*ns = civil_to_ns(&c);
	civil_from_ns(*ns, &same);
	return same.day == c.day;	/* no 30th of February */
}

bool
seed_parse(const char *s, uint64_t *seed)
{
	char *end;

	errno = 0;
	*seed = strtoull(s, &end, 0);
	return errno == 0 && end != s && *end == '\0' && *s != '-';
}

/* One of two words; *second tells which. */
static bool
word(const char *v, const char *first, const char *other, bool *second)
{
	*second = strcmp(v, other) == 0;
	return *second || strcmp(v, first) == 0;
}

static bool
duration(const char *v, int64_t least, int64_t *ns)
{
	return duration_parse(v, ns) && *ns >= least;
}

/* NULL, or what was expected. */
static const char *
front_key(struct tr_options *o, const char *key, const char *v)
{
	if (strcmp(key, "topology") == 0) {
		free(o->topology);
		o->topology = xstrdup(v);
		return *v != '\0' ? NULL : "the path of a topology file";
	}
	if (strcmp(key, "seed") == 0)
		return seed_parse(v, &o->seed) ? NULL : "a number";
	if (strcmp(key, "start") == 0)
		return start_parse(v, &o->start_ns) ? NULL : "a date and time like 2015-03-13T13:13:00";
	if (strcmp(key, "clock") == 0)
		return word(v, "virtual", "real", &o->real) ? NULL : "virtual or real";
	if (strcmp(key, "timeout") == 0)
		return duration(v, 1, &o->timeout_ns) ? NULL : "a time like 120s";
	if (strcmp(key, "match") == 0)
		return word(v, "words", "exact", &o->exact) ? NULL : "words or exact";
	if (strcmp(key, "logs") == 0)
		return word(v, "some", "all", &o->all_logs) ? NULL : "some or all";
	if (strcmp(key, "times") == 0) {
		if (strcmp(v, "ignored") == 0)
			o->times_ns = -1;
		else if (!duration(v, 0, &o->times_ns))
			return "ignored, or a tolerance like 100ms";
		return NULL;
	}
	return "one of topology, seed, start, clock, timeout, match, logs, times";
}

struct front_reader {
	yaml_parser_t		 yaml;
	struct tr_options	*o;
	char			*key;
	char			*seen[16];
	size_t			 nseen;
	unsigned		 depth;
	char			**why;
	const char		*path;
	size_t			 first;
};

static bool
refuse(struct front_reader *r, size_t line, const char *what)
{
	*r->why = xasprintf("%s:%zu: %s", r->path, r->first + line, what);
	return false;
}

static bool
front_scalar(struct front_reader *r, const char *v, size_t line)
{
	const char *expected;
	char *what;

	if (r->key == NULL) {
		for (size_t i = 0; i < r->nseen; i++)
			if (strcmp(r->seen[i], v) == 0)
				return refuse(r, line, "this key stands twice in the front matter");
		r->key = xstrdup(v);
		if (r->nseen < 16)
			r->seen[r->nseen++] = xstrdup(v);
		return true;
	}
	if ((expected = front_key(r->o, r->key, v)) != NULL) {
		what = xasprintf("front matter: '%s: %s': expected %s", r->key, v, expected);
		refuse(r, line, what);
		free(what);
		return false;
	}
	free(r->key);
	r->key = NULL;
	return true;
}

static bool
front_event(struct front_reader *r, const yaml_event_t *e, bool *end)
{
	size_t line = e->start_mark.line;

	switch (e->type) {
	case YAML_SCALAR_EVENT:
		if (r->depth != 1)
			return e->data.scalar.length == 0 || refuse(r, line, "front matter is rows of 'key: value'");
		return front_scalar(r, (const char *)e->data.scalar.value, line);
	case YAML_MAPPING_START_EVENT:
		return ++r->depth == 1 || refuse(r, line, "front matter is rows of 'key: value'");
	case YAML_MAPPING_END_EVENT:
		r->depth--;
		return true;
	case YAML_SEQUENCE_START_EVENT:
	case YAML_ALIAS_EVENT:
		return refuse(r, line, "front matter is rows of 'key: value'");
	case YAML_STREAM_END_EVENT:
		*end = true;
		return true;
	default:
		return true;
	}
}

bool
front_parse(struct tr_options *o, const char *text, const char *path, size_t first, char **why)
{
	struct front_reader r = {.o = o, .why = why, .path = path, .first = first};
	yaml_event_t e;
	bool ok = true, end = false;

	if (!yaml_parser_initialize(&r.yaml))
		fatal("no memory for a YAML parser");
	yaml_parser_set_input_string(&r.yaml, (const unsigned char *)text, strlen(text));
	while (ok && !end) {
		if (!yaml_parser_parse(&r.yaml, &e)) {
			/* What it was reading began where the mistake is; it may see it only a line later. */
			ok = refuse(&r, r.yaml.context != NULL ? r.yaml.context_mark.line : r.yaml.problem_mark.line,
			    r.yaml.problem != NULL ? r.yaml.problem : "not YAML");
			break;
		}
		ok = front_event(&r, &e, &end);
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&r.yaml);
	free(r.key);
	for (size_t i = 0; i < r.nseen; i++)
		free(r.seen[i]);
	return ok;
}
