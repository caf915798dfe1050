/*
 * `inspire check`: configurations are read as a start would, without running anything.  What means nothing here is listed
 * by kind, what is wrong by its line, and names that nothing bears.
 */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/router.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/foreign.h"
#include "shell/references.h"
#include "shell/session.h"
#include "shell/verbs.h"

#define FILE_MAX	(16u << 20)	/* bytes */

const char verb_check_usage[] =
    "usage: inspire check [--lines] FILE...\n"
    "\n"
    "Reads each file (`-`: standard input) as a router's configuration. Prints how many of its lines mean nothing here, by\n"
    "kind: they are kept, shown and saved, but nothing acts on them. Then the lines that are wrong, with what was\n"
    "expected, and names (of profiles, access lists, interfaces) that nothing in the file bears.\n"
    "\n"
    "  --lines  lists the lines that mean nothing here, each with its number\n"
    "\n"
    "Status: 0, 1 if lines are wrong, 2 if a file could not be read.\n";

static const struct option long_options[] = {
	{ "lines", no_argument, NULL, 'l' }, { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
};

struct kept {
	size_t		 line;
	unsigned	 kind;
	char		*text;
};

struct check {
	const char	*path;
	bool		 lines;
	struct kept	*kept;
	size_t		 nkept, size;
	size_t		 wrong, warnings;
	struct text	 faults;
};

/* ---- a router that is only read into ---- */

static void
load_nothing(void *arg, struct router *r, const char *text)
{
	(void)arg;
	(void)r;
	(void)text;
}

static bool
no_carrier(void *arg, struct router *r, const char *ifname)
{
	(void)arg;
	(void)r;
	(void)ifname;
	return false;
}

static char *
no_nvram(void *arg, struct router *r)
{
	(void)arg;
	(void)r;
	return NULL;
}

static bool
not_stored(void *arg, struct router *r, const char *text, const char **why)
{
	(void)arg;
	(void)r;
	(void)text;
	*why = "nothing is stored while a file is read";
	return false;
}

static const struct router_ops ops = {
	.carrier = no_carrier, .load_config = load_nothing, .nvram_load = no_nvram, .nvram_store = not_stored,
};

/* ---- what is found ---- */

static void
found_wrong(void *arg, size_t line, const char *message)
{
	struct check *c = arg;

	c->wrong++;
	text_printf(&c->faults, "%s:%zu:\n%s\n", c->path, line, message);
}

static void
found_kept(void *arg, size_t line, unsigned kind, const char *text)
{
	struct check *c = arg;

	if (c->nkept == c->size) {
		c->size = c->size == 0 ? 64 : 2 * c->size;
		c->kept = xrealloc(c->kept, c->size * sizeof(*c->kept));
	}
	c->kept[c->nkept++] = (struct kept){ line, kind, xstrdup(text) };
}

static void
found_name(void *arg, const char *sentence)
{
	struct check *c = arg;

	c->warnings++;
	printf("%s: warning: %s\n", c->path, sentence);
}

static void
print_kind(const struct check *c, unsigned kind)
{
	size_t n = 0;

	for (size_t i = 0; i < c->nkept; i++)
		n += c->kept[i].kind == kind;
	if (n == 0)
		return;
	printf("  %-12s %zu\n", foreign_kind_name((enum foreign_kind)kind), n);
	for (size_t i = 0; i < c->nkept && c->lines; i++)
		if (c->kept[i].kind == kind)
			printf("  %6zu  %s\n", c->kept[i].line, c->kept[i].text);
}

static void
print_kept(const struct check *c)
{
	if (c->nkept == 0)
		printf("%s: each line means something here\n", c->path);
	else
		printf("%s: %zu line%s kept that nothing here acts on\n", c->path, c->nkept, c->nkept == 1 ? " is" : "s are");
	for (unsigned k = 0; k < FOREIGN__KINDS; k++)
		print_kind(c, k);
}

static void
check_text(struct check *c, const char *text)
{
	const struct load_watch watch = { .report = found_wrong, .kept = found_kept, .arg = c };
	struct router_env env = { .name = "Router", .clock = clock_new_virtual(0), .ops = &ops, .arg = c, .dialect = IKE_IOS_15,
	    .engine = IKE_ENGINE_SOFTWARE, .number = 1 };
	struct chance *chance = chance_new_seeded(1);
	struct router *r;

	env.chance = chance_new_child(chance, env.name);
	r = router_new(&env);
	router_power_on(r);
	session_load_watched(NULL, r, text, &watch);
	print_kept(c);
	fputs(text_str(&c->faults), stdout);
	if (c->wrong > 0)
		printf("%s: %zu line%s wrong\n", c->path, c->wrong, c->wrong == 1 ? " is" : "s are");
	references_check(r->cfg, found_name, c);
	router_free(r);
	chance_free(chance);
	clock_free(env.clock);
}

/* ---- files ---- */

static bool
read_all(FILE *f, struct text *t)
{
	char b[8192];
	size_t n;

	while ((n = fread(b, 1, sizeof(b), f)) > 0 && t->len < FILE_MAX)
		text_addn(t, b, n);
	if (t->len >= FILE_MAX)
		errno = EFBIG;
	return !ferror(f) && t->len < FILE_MAX;
}

/* A byte of zero would hide what is behind it. */
static void
show_nuls(struct text *t)
{
	for (size_t i = 0; i < t->len; i++)
		if (t->s[i] == '\0')
			t->s[i] = '\x01';
}

static int
check_file(const char *path, bool lines)
{
	struct check c = { .path = strcmp(path, "-") == 0 ? "standard input" : path, .lines = lines };
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	struct text t = { 0 };
	bool read;

	errno = 0;
	read = f != NULL && read_all(f, &t);
	if (!read)
		fprintf(stderr, "inspire check: %s: %s\n", c.path, strerror(errno != 0 ? errno : EIO));
	if (f != NULL && f != stdin)
		fclose(f);
	if (read) {
		show_nuls(&t);
		check_text(&c, text_str(&t));
	}
	for (size_t i = 0; i < c.nkept; i++)
		free(c.kept[i].text);
	free(c.kept);
	text_free(&c.faults);
	text_free(&t);
	return !read ? 2 : c.wrong > 0 ? 1 : 0;
}

int
verb_check(int argc, char **argv)
{
	bool lines = false;
	int c, status = 0;

	optind = 1;
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		switch (c) {
		case 'l':
			lines = true;
			break;
		case 'h':
			fputs(verb_check_usage, stdout);
			return 0;
		default:
			fputs(verb_check_usage, stderr);
			return 2;
		}
	if (optind == argc) {
		fputs("inspire check: expected a configuration file\n", stderr);
		return 2;
	}
	for (; optind < argc; optind++) {
		int one = check_file(argv[optind], lines);

		status = one > status ? one : status;
	}
	return status;
}
