/* The program: chooses a verb. */

#include <config.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shell/gateway.h"
#include "shell/transcript.h"
#include "shell/verbs.h"

static const struct verb {
	const char	*name;
	const char	*says;
	int		(*run)(int argc, char **argv);
	const char	*usage;		/* NULL: the verb tells by itself */
} verbs[] = {
	{ "lab", "a lab of routers at its console", verb_lab, verb_lab_usage },
	{ "test", "console transcripts as tests", transcript_main, NULL },
	{ "router", "one router at its console", verb_router, verb_router_usage },
	{ "attach", "a console of a router that runs already", verb_attach, verb_attach_usage },
	{ "check", "a configuration read without running it", verb_check, verb_check_usage },
	{ "ladder", "captures drawn: who sent what when", verb_ladder, verb_ladder_usage },
	{ "commands", "the reference of all commands", verb_commands, verb_commands_usage },
	{ "gateway", NULL /* for the program itself */, verb_gateway, NULL },
};

#define NVERBS		(sizeof(verbs) / sizeof(verbs[0]))

static void
usage(FILE *f)
{
	fputs("usage: inspire VERB ...\n\n", f);
	for (size_t i = 0; i < NVERBS; i++)
		if (verbs[i].says != NULL)
			fprintf(f, "  %-10s %s\n", verbs[i].name, verbs[i].says);
	fputs("  help VERB  how a verb is used\n\nAlso: --help, --version.\n", f);
}

static const struct verb *
verb_find(const char *name)
{
	for (size_t i = 0; i < NVERBS; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	fprintf(stderr, "inspire: there is no verb %s; inspire --help lists them\n", name);
	return NULL;
}

static int
help(const char *name)
{
	char verb[] = "test", option[] = "--help";
	char *argv[] = { verb, option, NULL };
	const struct verb *v;

	if (name == NULL) {
		usage(stdout);
		return 0;
	}
	if ((v = verb_find(name)) == NULL)
		return 2;
	if (v->usage == NULL)
		return v->run(2, argv);
	fputs(v->usage, stdout);
	return 0;
}

/* What could not be printed is no success; a reader that has gone has read enough. */
static int
printed(int status)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0)
		return status;
	fprintf(stderr, "inspire: the output could not be written whole\n");
	return status == 0 ? 1 : status;
}

int
main(int argc, char **argv)
{
	const struct verb *v;
	char name[32];

	signal(SIGPIPE, SIG_IGN);	/* a reader that has gone shows as an error of write() */
	if (argc < 2) {
		usage(stderr);
		return 2;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("inspire %s\n", PACKAGE_VERSION);
		return 0;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
		return help(argc > 2 ? argv[2] : NULL);
	if ((v = verb_find(argv[1])) == NULL)
		return 2;
	if (v->usage != NULL && argc > 2 && strcmp(argv[2], "--help") == 0)
		return help(argv[1]);
	snprintf(name, sizeof(name), "inspire %s", v->name);	/* getopt()'s messages begin with it */
	argv[1] = name;
	return printed(v->run(argc - 1, argv + 1));
}
