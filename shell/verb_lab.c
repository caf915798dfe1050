/* `inspire lab`: a lab with its consoles on this terminal, or on a pipe. */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "datapath/port.h"
#include "engine/lab.h"
#include "engine/topology.h"
#include "lib/chance.h"
#include "lib/mem.h"
#include "shell/collector.h"
#include "shell/console.h"
#include "shell/serve.h"
#include "shell/service.h"
#include "shell/foreign.h"
#include "shell/transcript_front.h"
#include "shell/verbs.h"

#define START_DEFAULT	"2015-03-13T13:00:00"

const char verb_lab_usage[] =
    "usage: inspire lab [--clock real|virtual] [--seed N] [--start TIME] [--record FILE] [--nvram DIR] [--flash DIR]\n"
    "                   [--pcap DIR] [--ssh [ADDRESS:]PORT] [--socket PATH] [--syslog ADDRESS:PORT]\n"
    "                   [--user NAME[:GROUP]] [--no-filter] TOPOLOGY\n"
    "\n"
    "Opens the lab that a topology file describes, at its console; help there with `?`. `connect NODE` goes to a\n"
    "router's console, Ctrl-^ x or `connect lab` come back. Without a terminal commands are read from standard\n"
    "input, one a line.\n"
    "\n"
    "  --clock KIND   real (the default on a terminal and with --ssh) or virtual: time runs only while a command waits\n"
    "  --seed N       the seed of the lab's random numbers (1)\n"
    "  --start TIME   the lab's date and time at its start (UTC; " START_DEFAULT ", on the real clock today's)\n"
    "  --record FILE  writes what is typed and seen as a transcript for `inspire test`\n"
    "  --nvram DIR    where `write memory` keeps configurations (else in memory)\n"
    "  --syslog WHERE sends each router's messages by UDP to a collector at ADDRESS:PORT too\n"
    "  --flash DIR    where the routers' files are, one folder a router (else in memory)\n"
    "  --pcap DIR     captures every link from the start, a file each, and the keys beside them in DIR/keys\n"
    "  --ssh WHERE    serves SSH: the first router at [ADDRESS:]PORT (127.0.0.1 unless an address is given, IPv6 in\n"
    "                 brackets), the next one a port further; port 0: free ones. Users are the routers' own\n"
    "  --user NAME[:GROUP], --no-filter\n"
    "                 for a lab on wires of this machine, as `inspire help router` says; CONFIG is the topology's file\n"
    "  --socket PATH  the Unix socket for `inspire attach` (on the real clock there is one anyway)\n"
    "\n"
    "With --ssh or --socket the end of standard input does not end the lab: SIGTERM, SIGINT or `exit` do.\n"
    "Status: 0, 1 if a command read from a pipe was refused, 2 if the lab could not be opened.\n";

static const struct option long_options[] = {
	{ "clock", required_argument, NULL, 'c' }, { "seed", required_argument, NULL, 's' },
	{ "start", required_argument, NULL, 't' }, { "record", required_argument, NULL, 'r' },
	{ "nvram", required_argument, NULL, 'n' }, { "flash", required_argument, NULL, 'f' }, { "pcap", required_argument, NULL, 'P' },
	{ "ssh", required_argument, NULL, 'S' },
	{ "socket", required_argument, NULL, 'U' }, { "syslog", required_argument, NULL, 'L' }, { "help", no_argument, NULL, 'h' },
	{ "user", required_argument, NULL, SERVICE_USER }, { "no-filter", no_argument, NULL, SERVICE_NO_FILTER }, { NULL, 0, NULL, 0 },
};

struct opening {
	struct lab_options	 o;
	const char		*record;
	struct serve_options	 serve;
	struct serving		*serving;
	bool			 clock_given;
	struct lab		*lab;
	struct consoles		*consoles;
	const char		*syslog;
	struct collector	*collector;
	struct service_options	 how;
	struct service		*service;	/* NULL = it is on no real wire */
};

static int
bad_option(const char *option, const char *value, const char *expected)
{
	fprintf(stderr, "inspire lab: --%s %s: expected %s\n", option, value, expected);
	return 2;
}

/* -1 = go on, else the exit status. */
static int
option(struct opening *op, int c)
{
	switch (c) {
	case 'c':
		op->clock_given = true;
		op->o.real = strcmp(optarg, "real") == 0;
		return op->o.real || strcmp(optarg, "virtual") == 0 ? -1 : bad_option("clock", optarg, "real or virtual");
	case 's':
		op->o.seed_given = true;
		return seed_parse(optarg, &op->o.seed) ? -1 : bad_option("seed", optarg, "a number");
	case 't':
		return start_parse(optarg, &op->o.start_ns) ? -1 : bad_option("start", optarg, "a time like " START_DEFAULT);
	case 'r':
		op->record = optarg;
		return -1;
	case 'n':
		op->o.nvram_dir = optarg;
		return -1;
	case 'f':
		op->o.flash_dir = optarg;
		return -1;
	case 'P':
		op->o.pcap_dir = optarg;
		return -1;
	case 'S':
		op->serve.ssh = optarg;
		return -1;
	case 'U':
		op->serve.socket = optarg;
		return -1;
	case 'L':
		op->syslog = optarg;
		return -1;
	case 'h':
		fputs(verb_lab_usage, stdout);
		return 0;
	default:
		if (service_option(&op->how, c, optarg))
			return -1;
		fputs(verb_lab_usage, stderr);
		return 2;
	}
}

static int
options(struct opening *op, int argc, char **argv)
{
	int c, status;

	op->o = (struct lab_options){ .seed = 1, .real = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) };
	optind = 1;
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if ((status = option(op, c)) >= 0)
			return status;
	if (optind + 1 != argc) {
		fputs(optind == argc ? "inspire lab: expected a topology file\n" : "inspire lab: expected one topology file\n",
		    stderr);
		return 2;
	}
	if (op->serve.ssh != NULL && !op->clock_given)
		op->o.real = true;
	if (!op->o.real && op->o.start_ns == 0)
		start_parse(START_DEFAULT, &op->o.start_ns);
	op->o.topology = argv[optind];
	op->o.base_dir = ".";
	return -1;
}

static void
complain(void *arg, size_t line, const char *message)
{
	const struct router *r = arg;

	fprintf(stderr, "%s: %s:%zu:\n%s\n", r->name, lab_startup_source(r), line, message);
}

static void
load_config(void *arg, struct router *r, const char *text)
{
	struct opening *op = arg;

	collector_watch(op->collector, r);
	session_load(op->lab, r, text, complain, r);
	foreign_tell(r, lab_startup_source(r));
}

static void
rebooted(void *arg, struct router *r)
{
	struct opening *op = arg;

	consoles_rebooted(op->consoles, r);
}

static void
greet(const struct opening *op)
{
	if (!op->consoles->terminal)
		return;
	if (lab_wires(op->lab) > 0)
		printf("Lab %s. It is on real wires: its random numbers are the system's.\n", lab_name(op->lab));
	else
		printf("Lab %s. All its random numbers come from seed %llu, so its keys are no secret.\n", lab_name(op->lab), (unsigned long long)op->o.seed);
	printf("? lists what can be done; connect NODE goes to a router's console, Ctrl-^ x comes back; exit ends.\n\n");
	fflush(stdout);
}

/* Beside the configurations where these are kept, else where this user's programs keep such things. */
static char *
keys_dir(void *arg, const struct router *r)
{
	const struct opening *op = arg;
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (op->o.nvram_dir != NULL)
		return xasprintf("%s/%s.keys", op->o.nvram_dir, r->name);
	if (state != NULL && state[0] == '/')
		return xasprintf("%s/inspire/%s/%s", state, lab_name(op->lab), r->name);
	return home == NULL || home[0] != '/' ? NULL : xasprintf("%s/.local/state/inspire/%s/%s", home, lab_name(op->lab), r->name);
}

/* False, having said why: what was to be served cannot be. */
static bool
serve(struct opening *op)
{
	char *why = NULL;

	op->serve.keys = keys_dir;
	op->serve.arg = op;
	if (op->service != NULL)
		op->serve.signals = service_signals(op->service, lab_loop(op->lab));
	op->serving = serving_new(&op->serve, op->lab, NULL, lab_loop(op->lab), &why);
	if (why == NULL)
		return true;
	fprintf(stderr, "inspire lab: %s\n", why);
	free(why);
	return false;
}

/* On real wires: what names devices is read, then rights are given up, then the rest is.  -1 = go on, else the exit status. */
static int
begin(struct opening *op)
{
	char *why = NULL;
	struct topology *t = op->o.real ? topology_read(op->o.topology, &why) : NULL;
	struct service_needs needs = { .verb = "inspire lab", .config = op->o.topology, .ssh = op->serve.ssh, .pcap = op->o.pcap_dir,
	    .open = port_device_open };
	const char **ports;
	int status = -1;

	free(why);	/* told by who reads it all */
	if (t != NULL && t->nwires > 0) {
		ports = xcalloc(t->nwires, sizeof(*ports));
		for (size_t i = 0; i < t->nwires; i++)
			ports[i] = t->wires[i].spec;
		needs.ports = ports;
		needs.nports = t->nwires;
		op->service = service_begin(&op->how, &needs, &status);
		free(ports);
	}
	topology_free(t);
	return op->service != NULL ? -1 : status;
}

/* All routers' signals, logs and last words; false: having said why. */
static bool
ready(struct opening *op)
{
	if (!serve(op))
		return false;
	if (op->service == NULL)
		return true;
	for (struct node *n = lab_nodes(op->lab); n != NULL; n = n->next)
		if (n->router != NULL)
			service_add(op->service, n->router);
	return service_ready(op->service, NULL);
}

static int
run(struct opening *op)
{
	const char *reason;
	int status = 2;

	op->consoles = consoles_new(op->lab, NULL, lab_loop(op->lab));
	if (op->record != NULL && !consoles_record(op->consoles, op->record, op->o.topology, &reason))
		fprintf(stderr, "inspire lab: %s: %s\n", op->record, reason);
	else if (ready(op)) {
		op->consoles->serving = op->serving;
		greet(op);
		status = consoles_run(op->consoles);
	}
	if (op->service != NULL)
		service_stop(op->service);
	if (!consoles_free(op->consoles)) {
		fprintf(stderr, "inspire lab: %s: the recording could not be written whole\n", op->record);
		status = status == 0 ? 1 : status;
	}
	op->consoles = NULL;
	serving_free(op->serving);
	return status;
}

int
verb_lab(int argc, char **argv)
{
	struct opening op = { 0 };
	char *why = NULL;
	int status = options(&op, argc, argv);

	if (status >= 0 || (status = begin(&op)) >= 0)
		return status;
	op.o.load_config = load_config;
	op.o.rebooted = rebooted;
	op.o.arg = &op;
	op.o.opener = op.service == NULL ? NULL : service_opener(op.service);
	if (op.syslog == NULL || (op.collector = collector_new(op.syslog, &why)) != NULL)
		op.lab = lab_new(&op.o, &why);
	if (op.lab == NULL) {
		fprintf(stderr, "inspire lab: %s\n", why);
		free(why);
	}
	status = op.lab == NULL ? 2 : run(&op);
	collector_free(op.collector);
	service_free(op.service);
	if (op.lab != NULL)
		lab_free(op.lab);
	return status;
}
