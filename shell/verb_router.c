/*
 * `inspire router`: one router on the real clock, with the system's chance.  Its configuration file is
 * its NVRAM: `write memory` replaces it, whole or not at all.
 */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "datapath/port.h"
#include "datapath/worker.h"
#include "engine/flash.h"
#include "engine/keyfile.h"
#include "engine/keypair.h"
#include "engine/log.h"
#include "engine/router.h"
#include "engine/wires.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/collector.h"
#include "shell/console.h"
#include "shell/remote.h"
#include "shell/serve.h"
#include "shell/service.h"
#include "shell/foreign.h"
#include "shell/verbs.h"

#define CONFIG_MAX	(4u << 20)	/* bytes */

const char verb_router_usage[] =
    "usage: inspire router [--flash DIR] [--port IF=KIND:ARGS]... [--pcap DIR] [--keys DIR] [--ssh [ADDRESS:]PORT] [--socket PATH]\n"
    "                      [--syslog ADDRESS:PORT] [--daemon] [--pidfile FILE] [--log stderr|syslog]\n"
    "                      [--user NAME[:GROUP]] [--no-filter] [--workers N] CONFIG\n"
    "\n"
    "Runs one router on the real clock with its console on this terminal; CONFIG is its startup configuration, and\n"
    "where `write memory` saves. `exit` at its console ends it.\n"
    "\n"
    "  --syslog WHERE       sends the router's messages by UDP to a collector at ADDRESS:PORT too\n"
    "  --flash DIR          where the router's files are (else in memory)\n"
    "  --port IF=KIND:ARGS  plugs an interface into a wire: pcap:DEV (an interface of this machine), tap:NAME or tun:NAME\n"
    "                       (its kernel), udp:LADDR:LPORT:RADDR:RPORT (Ethernet in UDP), pcapfile:IN[:OUT] (a capture that is\n"
    "                       played); as often as there are interfaces\n"
    "  --pcap DIR           captures what goes by those wires, a file each, and the keys beside them in DIR/keys\n"
    "  --keys DIR           where the keys go, in Wireshark's form; without --pcap too\n"
    "  --ssh WHERE          serves SSH at [ADDRESS:]PORT (127.0.0.1 unless an address is given, IPv6 in brackets)\n"
    "  --socket PATH        the Unix socket for `inspire attach` (there is one anyway, in a folder of its own)\n"
    "\n"
    "How it runs:\n"
    "\n"
    "  --user NAME[:GROUP]  who the router's process becomes when root starts it (with --daemon or a port that is a\n"
    "                       device by itself: CONFIG's owner; where that is root, inspire or nobody)\n"
    "  --daemon             leaves the terminal as soon as all is up, and logs to syslog\n"
    "  --pidfile FILE       holds the process's number, locked while it runs: a second start is refused\n"
    "  --log WHERE          stderr or syslog: without a terminal the log goes there, and there is no console\n"
    "  --no-filter          runs without the filter of system calls\n"
    "  --workers N          threads that packets go by, 1 to 64 (1 unless it is given): each has SAs and queues of its own\n"
    "\n"
    "With --port, --ssh or --socket the end of standard input does not end the router: SIGTERM, SIGINT or `exit` do. Then\n"
    "the peers are told that their SAs are gone; nothing is saved. SIGHUP does nothing.\n"
    "Status: 0, 1 if a command read from a pipe was refused, 2 if the router could not be started.\n";

static const struct option long_options[] = {
	{ "port", required_argument, NULL, 'p' }, { "flash", required_argument, NULL, 'f' },
	{ "pcap", required_argument, NULL, 'P' }, { "keys", required_argument, NULL, 'k' }, { "ssh", required_argument, NULL, 'S' },
	{ "socket", required_argument, NULL, 'U' }, { "syslog", required_argument, NULL, 'L' }, { "help", no_argument, NULL, 'h' },
	{ "workers", required_argument, NULL, 'w' }, SERVICE_OPTIONS, { NULL, 0, NULL, 0 },
};

struct alone {
	const char	*path;
	struct flash	*flash;		/* NULL = in memory */
	struct consoles	*consoles;
	struct serve_options serve;
	struct collector *collector;	/* NULL = none is asked for */
	char		*const *ports;	/* IF=KIND:ARGS */
	size_t		 nports;
	unsigned	 nworkers;	/* 0 = not given */
	struct workers	*workers;	/* NULL = one */
	struct wires	*wires;
	const char	*pcap;		/* folder of captures; NULL = none */
	char		*keys;		/* folder of keys; NULL = none */
	struct keyfile	*keyfile;
	struct service	*service;
	struct serving	*serving;
};

struct asked {
	const char	*flash, *syslog, *keys;	/* NULL = not */
	struct service_options service;
};

static char *
read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	struct text t = { 0 };
	char b[8192];
	size_t n;
	bool bad;

	if (f == NULL)
		return NULL;
	while ((n = fread(b, 1, sizeof(b), f)) > 0 && t.len < CONFIG_MAX)
		text_addn(&t, b, n);
	bad = ferror(f) != 0;
	if (!bad && t.len >= CONFIG_MAX) {
		errno = EFBIG;
		bad = true;
	}
	fclose(f);
	if (bad) {
		text_free(&t);
		return NULL;
	}
	return t.s == NULL ? xstrdup("") : text_take(&t);
}

static char *
nvram_load(void *arg, struct router *r)
{
	struct alone *al = arg;

	(void)r;
	return read_file(al->path);
}

static bool
write_synced(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t left = strlen(text);
	ssize_t n = 0;

	if (fd < 0)
		return false;
	while (left > 0 && ((n = write(fd, text, left)) > 0 || errno == EINTR))
		if (n > 0) {
			text += n;
			left -= (size_t)n;
		}
	if (left > 0 || fsync(fd) != 0) {
		close(fd);
		return false;
	}
	return close(fd) == 0;
}

/* Written beside and renamed: a crash leaves the old file or the new. */
static bool
nvram_store(void *arg, struct router *r, const char *text, const char **why)
{
	struct alone *al = arg;
	char *temp = xasprintf("%s.new", al->path);
	bool ok = write_synced(temp, text != NULL ? text : "") && rename(temp, al->path) == 0;

	(void)r;
	if (!ok) {
		*why = strerror(errno);
		unlink(temp);
	}
	free(temp);
	return ok;
}

static void
complain(void *arg, size_t line, const char *message)
{
	const struct alone *al = arg;

	fprintf(stderr, "%s:%zu:\n%s\n", al->path, line, message);
}

static void
load_config(void *arg, struct router *r, const char *text)
{
	const struct alone *al = arg;

	collector_watch(al->collector, r);
	session_load(NULL, r, text, complain, arg);
	foreign_tell(r, al->path);
}

static bool
carrier(void *arg, struct router *r, const char *ifname)
{
	const struct alone *al = arg;

	return wires_carrier(al->wires, r, ifname);
}

static void
tx(void *arg, struct router *r, const char *ifname, const uint8_t *frame, size_t len)
{
	const struct alone *al = arg;

	wires_tx(al->wires, r, ifname, frame, len);
}

static bool
port(void *arg, struct router *r, const char *ifname, struct port_info *out)
{
	const struct alone *al = arg;

	return wires_port(al->wires, r, ifname, out);
}

static void
rebooted(void *arg, struct router *r)
{
	struct alone *al = arg;

	wires_rebooted(al->wires, r);
	if (al->consoles != NULL)
		consoles_rebooted(al->consoles, r);
	else
		remotes_rebooted(serving_remotes(al->serving), r);
}

static void
keys(void *arg, struct router *r, const struct key_report *k)
{
	struct alone *al = arg;

	if (al->keyfile != NULL && keyfile_add(al->keyfile, k) && !keyfile_write(al->keyfile, al->keys))
		log_syslog(r, "PORT", 4, "KEYS", "%s: %s", al->keys, strerror(errno));
}

static const struct router_ops ops = {
	.tx = tx, .carrier = carrier, .load_config = load_config, .nvram_load = nvram_load, .nvram_store = nvram_store,
	.rebooted = rebooted, .port = port, .keys = keys,
};

/* False, having said why. */
static bool
plug(struct alone *al, struct router *r)
{
	char *why = NULL;
	bool ok = true;

	for (size_t i = 0; ok && i < al->nports; i++)
		ok = wires_plug(al->wires, r, al->ports[i], &why);
	if (!ok)
		fprintf(stderr, "inspire router: --port: %s\n", why);
	free(why);
	return ok;
}

/* False, having said why: captures or keys that are asked for can't be written. */
static bool
captures(struct alone *al)
{
	char *why = NULL;

	if (al->pcap != NULL && mkdir(al->pcap, 0700) != 0 && errno != EEXIST) {
		fprintf(stderr, "inspire router: --pcap %s: %s\n", al->pcap, strerror(errno));
		return false;
	}
	if (al->pcap != NULL && !wires_pcap(al->wires, al->pcap, &why)) {
		fprintf(stderr, "inspire router: --pcap: %s\n", why);
		free(why);
		return false;
	}
	if (al->keys == NULL)
		return true;
	al->keyfile = keyfile_new();
	if (keyfile_write(al->keyfile, al->keys))
		return true;
	fprintf(stderr, "inspire router: %s: %s\n", al->keys, strerror(errno));
	return false;
}

static bool
start(struct alone *al)
{
	char *why = NULL;

	if (wires_start(al->wires, &why))
		return true;
	fprintf(stderr, "inspire router: --port: %s\n", why);
	free(why);
	return false;
}

static char *
keys_dir(void *arg, const struct router *r)
{
	const struct alone *al = arg;

	(void)r;
	return xasprintf("%s.keys", al->path);
}

/* False, having said why: what was to be served cannot be. */
static bool
serve(struct alone *al, struct router *r, struct loop *loop)
{
	char *why = NULL;

	al->serve.keys = keys_dir;
	al->serve.arg = al;
	al->serve.signals = service_signals(al->service, loop);
	al->serve.stay = al->nports > 0 || service_headless(al->service);
	al->serving = serving_new(&al->serve, NULL, r, loop, &why);
	if (why == NULL)
		return true;
	fprintf(stderr, "inspire router: %s\n", why);
	free(why);
	return false;
}

static bool
up(struct alone *al, struct router *r, struct loop *loop)
{
	router_power_on(r);
	return start(al) && serve(al, r, loop) && service_ready(al->service, serving_socket(al->serving));
}

static int
at_console(struct alone *al, struct router *r, struct loop *loop)
{
	int status;

	al->consoles = consoles_new(NULL, r, loop);
	al->consoles->serving = al->serving;
	status = consoles_run(al->consoles);
	consoles_free(al->consoles);
	al->consoles = NULL;
	return status;
}

/* Private keys lie beside the configuration, whoever serves or not. */
static void
keep_keys(struct alone *al, struct router *r)
{
	char *dir = keys_dir(al, r), *why = NULL;

	if (!keypairs_keep_later(r->keypairs, dir, &why))
		fprintf(stderr, "inspire router: %s\n", why);
	free(why);
	free(dir);
}

/* Threads begin with the rights that the process has by now.  False, having said why. */
static bool
workers_start(struct alone *al, struct loop *loop)
{
	char *why = NULL;

	if (al->nworkers < 2)
		return true;
	if ((al->workers = workers_new(al->nworkers, loop, &why)) != NULL)
		return true;
	fprintf(stderr, "inspire router: %s\n", why);
	free(why);
	return false;
}

static int
run(struct alone *al)
{
	struct clock *clock = clock_new_real();
	struct loop *loop = loop_new(clock);
	struct chance *chance = chance_new_system();
	uint8_t mac[5];
	struct router_env env = { .name = "Router", .clock = clock, .chance = chance, .ops = &ops, .arg = al,
	    .dialect = IKE_IOS_15, .engine = IKE_ENGINE_SOFTWARE, .number = 1, .mac = al->nports > 0 ? mac : NULL };
	struct router *r;
	int status = 2;

	if (!workers_start(al, loop)) {
		loop_free(loop);
		clock_free(clock);
		chance_free(chance);
		service_free(al->service);
		return 2;
	}
	env.workers = al->workers;
	wires_mac(al->path, "", mac);
	r = router_new(&env);
	al->wires = wires_new(loop);
	wires_workers(al->wires, al->workers);
	wires_opener(al->wires, service_opener(al->service));
	keep_keys(al, r);
	if (al->flash != NULL)
		router_flash(r, al->flash);
	service_add(al->service, r);
	if (plug(al, r) && captures(al) && up(al, r, loop))
		status = service_headless(al->service) ? service_run(al->service) : at_console(al, r, loop);
	service_stop(al->service);
	serving_free(al->serving);
	collector_free(al->collector);
	wires_free(al->wires);
	al->wires = NULL;
	service_free(al->service);
	router_free(r);
	workers_free(al->workers);
	keyfile_free(al->keyfile);
	loop_free(loop);
	clock_free(clock);
	return status;
}

static bool
workers_parse(struct alone *al, const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*text >= '0' && *text <= '9' && *end == '\0' && n >= 1 && n <= WORKERS_MAX) {
		al->nworkers = (unsigned)n;
		return true;
	}
	fprintf(stderr, "inspire router: --workers %s: expected a number from 1 to %u\n", text, WORKERS_MAX);
	return false;
}

/* -1 = go on, else the exit status. */
static int
options(struct alone *al, int argc, char **argv, char **ports, struct asked *a)
{
	int c;

	optind = 1;
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		switch (c) {
		case 'p':
			ports[al->nports++] = optarg;
			break;
		case 'S':
			al->serve.ssh = optarg;
			break;
		case 'U':
			al->serve.socket = optarg;
			break;
		case 'L':
			a->syslog = optarg;
			break;
		case 'f':
			a->flash = optarg;
			break;
		case 'P':
			al->pcap = optarg;
			break;
		case 'k':
			a->keys = optarg;
			break;
		case 'w':
			if (workers_parse(al, optarg))
				break;
			return 2;
		case 'h':
			fputs(verb_router_usage, stdout);
			return 0;
		default:
			if (service_option(&a->service, c, optarg))
				break;
			fputs(verb_router_usage, stderr);
			return 2;
		}
	if (optind + 1 != argc) {
		fputs("inspire router: expected one configuration file\n", stderr);
		return 2;
	}
	al->path = argv[optind];
	al->ports = ports;
	return -1;
}

/* Rights go before anything is read that others wrote.  -1 = go on, else the exit status. */
static int
begin(struct alone *al, const struct asked *a)
{
	const char **ports = xcalloc(al->nports, sizeof(*ports));
	char *keys = keys_dir(al, NULL);
	struct service_needs needs = { .verb = "inspire router", .config = al->path, .replaced = true, .flash = a->flash, .keys = keys,
	    .pcap = al->pcap, .pcap_keys = al->keys,
	    .ports = ports, .nports = al->nports, .ssh = al->serve.ssh, .open = port_device_open };
	int status;

	for (size_t i = 0; i < al->nports; i++)
		ports[i] = strchr(al->ports[i], '=') == NULL ? "" : strchr(al->ports[i], '=') + 1;
	if (access(al->path, R_OK) != 0) {
		fprintf(stderr, "inspire router: %s: %s\n", al->path, strerror(errno));
		status = 2;
	} else
		al->service = service_begin(&a->service, &needs, &status);
	free(keys);
	free(ports);
	return al->service == NULL ? status : -1;
}

/* False, having said why. */
static bool
prepare(struct alone *al, const struct asked *a)
{
	const char *why = NULL;
	char *refusal = NULL;

	if (a->flash != NULL && (al->flash = flash_open(a->flash, &why)) == NULL)
		fprintf(stderr, "inspire router: --flash %s: %s\n", a->flash, why);
	else if (a->syslog != NULL && (al->collector = collector_new(a->syslog, &refusal)) == NULL)
		fprintf(stderr, "inspire router: %s\n", refusal);
	else
		return true;
	free(refusal);
	flash_free(al->flash);
	service_free(al->service);
	return false;
}

int
verb_router(int argc, char **argv)
{
	char **ports = xcalloc((size_t)argc, sizeof(*ports));
	struct alone al = { 0 };
	struct asked asked = { 0 };
	int status = options(&al, argc, argv, ports, &asked);

	al.keys = asked.keys != NULL ? xstrdup(asked.keys) : al.pcap != NULL ? xasprintf("%s/keys", al.pcap) : NULL;
	if (status < 0 && (status = begin(&al, &asked)) < 0)
		status = prepare(&al, &asked) ? run(&al) : 2;
	free(al.keys);
	free(ports);
	return status;
}
