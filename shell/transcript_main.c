/* `inspire test`: transcripts as tests. */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/names.h"
#include "shell/transcript.h"
#include "shell/transcript_front.h"

#define UPDATES_MAX	8	/* rounds */

static const char usage[] =
    "usage: inspire test [--topology FILE] [--seed N] [--format pretty|tap|junit] [--show] [--first] [--update] FILE...\n"
    "\n"
    "Types the commands of console transcripts into a lab and holds what comes back against what is written.\n"
    "\n"
    "  --topology FILE  the lab, where a transcript's front matter names none, or instead of it\n"
    "  --seed N         the seed of the lab's random numbers, instead of the transcript's\n"
    "  --format FORM    pretty (for people), tap or junit\n"
    "  --show           also prints each console as it goes\n"
    "  --first          a transcript ends at the first command that does not hold\n"
    "  --update         rewrites the expected lines in place; then told is how the rewritten transcript does\n"
    "\n"
    "Status: 0 all held, 1 something did not, 2 a transcript or a topology could not be read.\n";

static const struct name formats[] = {{REPORT_PRETTY, "pretty"}, {REPORT_TAP, "tap"}, {REPORT_JUNIT, "junit"}, {0, NULL}};

static const struct option long_options[] = {
	{"topology", required_argument, NULL, 't'}, {"seed", required_argument, NULL, 's'}, {"format", required_argument, NULL, 'f'},
	{"show", no_argument, NULL, 'v'}, {"first", no_argument, NULL, '1'}, {"update", no_argument, NULL, 'u'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
};

/* -1 = go on, else the exit status. */
static int
options(int argc, char **argv, struct tr_run_options *o, struct report *rep)
{
	int c, format;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		switch (c) {
		case 't':
			o->topology = optarg;
			break;
		case 's':
			if (!seed_parse(optarg, &o->seed)) {
				fprintf(stderr, "inspire test: --seed %s: expected a number\n", optarg);
				return 2;
			}
			o->seed_set = true;
			break;
		case 'f':
			if ((format = name_value(formats, optarg)) < 0) {
				fprintf(stderr, "inspire test: --format %s: expected pretty, tap or junit\n", optarg);
				return 2;
			}
			rep->format = (enum report_format)format;
			break;
		case 'v':
			o->show = true;
			break;
		case '1':
			o->first = true;
			break;
		case 'u':
			o->update = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	if (optind < argc)
		return -1;
	fputs("inspire test: expected a transcript\n", stderr);
	fputs(usage, stderr);
	return 2;
}

/*
 * --update: rewritten, and run again until nothing is left to rewrite, as lab time that went by for a
 * line that is gone moves all behind it.
 */
static bool
run_updating(const char *path, const struct tr_run_options *o, struct tr_result *r, char **why)
{
	bool ok = true;
	int round = 0;

	transcript_run(path, o, r);
	for (; r->nedits > 0 && round < UPDATES_MAX && (ok = transcript_update(path, r, why)); round++) {
		result_free(r);
		transcript_run(path, o, r);
	}
	if (round > 0)
		fprintf(stderr, "%s: rewritten\n", path);
	return ok;
}

int
transcript_main(int argc, char **argv)
{
	struct tr_run_options o = {0};
	struct report rep = {.format = REPORT_PRETTY};
	struct tr_result r;
	int status, worst = 0;
	char *why;
	bool ok;

	optind = 1;
	if ((status = options(argc, argv, &o, &rep)) >= 0)
		return status;
	report_begin(&rep, (size_t)(argc - optind));
	for (int i = optind; i < argc; i++) {
		ok = true;
		if (o.update)
			ok = run_updating(argv[i], &o, &r, &why);
		else
			transcript_run(argv[i], &o, &r);
		status = !ok || r.unreadable != NULL ? 2 : r.nfailures > 0;
		if (!ok) {
			fprintf(stderr, "inspire test: %s\n", why);
			free(why);
		}
		report_file(&rep, argv[i], &r);
		result_free(&r);
		worst = status > worst ? status : worst;
	}
	report_end(&rep);
	return worst;
}
