/*
 * `inspire ladder`: one or two captures as a ladder of who sent what when.  Two are read side by side, the earlier frame
 * first; if their clocks disagree so that answers would come before questions, the second's is set right.
 */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/mem.h"
#include "shell/ladder_read.h"
#include "shell/verbs.h"

const char verb_ladder_usage[] =
    "usage: inspire ladder [OPTION...] CAPTURE [CAPTURE] [-o FILE.html|.svg|.txt]\n"
    "\n"
    "Draws who sent what when: IKE messages with their payloads and the states they lead to, ESP and AH folded into runs,\n"
    "packets for an SPI that the receiver has not, and how long each end had each SA. Captures are pcap or pcapng; two of the\n"
    "same traffic, one from each end, become one ladder. Without -o it is printed as text.\n"
    "\n"
    "  -o FILE            the form is chosen by the name: .html, .svg, or text\n"
    "  --keys DIR         Wireshark's key files (ikev1_decryption_table, esp_sa); else they are looked for beside the\n"
    "                     capture: in NAME-keys, in keys, and there itself\n"
    "  --log FILE         a router's log: its lines of %CRYPTO-4-RECVD_PKT_INV_SPI tell which SPIs it had not, and since when\n"
    "  --name ADDR=NAME   calls a party so\n"
    "  --title TEXT       instead of the files' names\n"
    "  --details          text: with what the payloads say\n"
    "  --ascii            text: without line drawing\n"
    "  --rows N           draws at most so many rows (2000)\n"
    "\n"
    "Status: 0, 1 if a capture breaks off (what is before that is drawn), 2 if one could not be read.\n";

enum { OPT_KEYS = 256, OPT_LOG, OPT_NAME, OPT_TITLE, OPT_DETAILS, OPT_ASCII, OPT_ROWS, OPT_HELP };

static const struct option long_options[] = {
	{ "keys", required_argument, NULL, OPT_KEYS }, { "log", required_argument, NULL, OPT_LOG }, { "name", required_argument, NULL, OPT_NAME },
	{ "title", required_argument, NULL, OPT_TITLE }, { "details", no_argument, NULL, OPT_DETAILS }, { "ascii", no_argument, NULL, OPT_ASCII },
	{ "rows", required_argument, NULL, OPT_ROWS }, { "output", required_argument, NULL, 'o' }, { "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

struct job {
	struct ladder	*l;
	struct ladder_style style;
	const char	*out;		/* NULL: standard output */
	bool		 keys, help;
	const char	*logs[16];
	size_t		 nlogs;
};

static bool
complain(char *why)
{
	fprintf(stderr, "inspire ladder: %s\n", why);
	free(why);
	return false;
}

/* ---- options ---- */

static bool
take_keys(struct job *j, const char *dir)
{
	char *why = NULL;

	j->keys = true;
	return ladder_keys_read(j->l, dir, &why) || complain(why);
}

static bool
take_name(struct job *j, const char *arg)
{
	const char *eq = strchr(arg, '=');
	char *addr = eq != NULL ? xstrndup(arg, (size_t)(eq - arg)) : NULL;
	bool ok = addr != NULL && ladder_name(j->l, addr, eq + 1);

	free(addr);
	return ok || complain(xasprintf("--name %s: expected ADDRESS=NAME", arg));
}

static bool
take_rows(struct job *j, const char *arg)
{
	char *end;
	unsigned long n = strtoul(arg, &end, 10);

	if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || n == 0 || n > LADDER_ROWS_MOST)
		return complain(xasprintf("--rows %s: expected a number from 1 to %d", arg, LADDER_ROWS_MOST));
	j->l->max_rows = n;
	return true;
}

static bool
take_log(struct job *j, const char *arg)
{
	if (j->nlogs == sizeof(j->logs) / sizeof(j->logs[0]))
		return complain(xasprintf("--log %s: that is more logs than are read", arg));
	j->logs[j->nlogs++] = arg;
	return true;
}

static bool
take_option(struct job *j, int c)
{
	switch (c) {
	case OPT_KEYS: return take_keys(j, optarg);
	case OPT_LOG: return take_log(j, optarg);
	case OPT_NAME: return take_name(j, optarg);
	case OPT_ROWS: return take_rows(j, optarg);
	case OPT_TITLE: j->style.title = optarg; return true;
	case OPT_DETAILS: j->style.details = true; return true;
	case OPT_ASCII: j->style.ascii = true; return true;
	case OPT_HELP: j->help = true; return true;
	case 'o': j->out = strcmp(optarg, "-") == 0 ? NULL : optarg; return true;
	default: return false;
	}
}

/* ---- keys beside a capture ---- */

static bool
try_keys(struct job *j, char *dir)
{
	char *why = NULL;
	bool ok = ladder_keys_read(j->l, dir, &why);

	free(why);
	free(dir);
	return ok;
}

static void
find_keys(struct job *j, const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path, *dot = strrchr(base, '.');
	char *dir = slash != NULL ? xstrndup(path, (size_t)(slash - path + 1)) : xstrdup("./");
	int stem = dot != NULL ? (int)(dot - base) : (int)strlen(base);

	if (!try_keys(j, xasprintf("%s%.*s-keys", dir, stem, base)) && !try_keys(j, xasprintf("%skeys", dir)))
		try_keys(j, xstrdup(dir));
	free(dir);
}

/* ---- output ---- */

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && strcmp(s + n - m, end) == 0;
}

static void
render(const struct job *j, struct text *t)
{
	if (j->out != NULL && (ends_in(j->out, ".html") || ends_in(j->out, ".htm")))
		ladder_html(j->l, &j->style, t);
	else if (j->out != NULL && ends_in(j->out, ".svg"))
		ladder_svg(j->l, &j->style, t);
	else
		ladder_text(j->l, &j->style, t);
}

/* A file is there whole or not at all. */
static bool
write_file(const char *path, const struct text *t)
{
	char *temp = xasprintf("%s.new", path);
	FILE *f = fopen(temp, "w");
	bool ok = f != NULL && fwrite(text_str(t), 1, t->len, f) == t->len;

	if (f != NULL && fclose(f) != 0)
		ok = false;
	ok = ok && rename(temp, path) == 0;
	if (!ok) {
		complain(xasprintf("%s: %s", path, strerror(errno)));
		unlink(temp);
	}
	free(temp);
	return ok;
}

static bool
write_out(struct job *j)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
	struct text t = { 0 };
	bool ok = true;

	j->style.colour = j->out == NULL && isatty(STDOUT_FILENO) && (no_colour == NULL || no_colour[0] == '\0') && term != NULL && strcmp(term, "dumb") != 0;
	render(j, &t);
	if (j->out == NULL)
		fwrite(text_str(&t), 1, t.len, stdout);
	else
		ok = write_file(j->out, &t);
	text_free(&t);
	return ok;
}

/* ---- the verb ---- */

static int
draw(struct job *j, char **paths, unsigned n)
{
	char *why = NULL;
	int status;

	for (unsigned i = 0; i < n && !j->keys; i++)
		find_keys(j, paths[i]);
	for (size_t i = 0; i < j->nlogs; i++)
		if (!ladder_log_read(j->l, j->logs[i], &why)) {
			complain(why);
			return 2;
		}
	if (!ladder_read(j->l, paths, n, &why)) {
		complain(why);
		return 2;
	}
	for (unsigned i = status = 0; i < n; i++)
		if (j->l->file[i].broken != NULL) {
			fprintf(stderr, "inspire ladder: %s\n", j->l->file[i].broken);
			status = 1;
		}
	return write_out(j) ? status : 2;
}

static int
run(struct job *j, int argc, char **argv)
{
	int c;

	optind = 1;
	while ((c = getopt_long(argc, argv, "o:", long_options, NULL)) != -1)
		if (!take_option(j, c))
			return 2;
	if (j->help) {
		fputs(verb_ladder_usage, stdout);
		return 0;
	}
	if (optind == argc || argc - optind > LADDER_SOURCES) {
		fprintf(stderr, "inspire ladder: expected one capture, or two\n");
		return 2;
	}
	return draw(j, argv + optind, (unsigned)(argc - optind));
}

int
verb_ladder(int argc, char **argv)
{
	struct job j = { .l = ladder_new() };
	int status = run(&j, argc, argv);

	ladder_free(j.l);
	return status;
}
