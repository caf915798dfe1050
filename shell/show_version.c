/*
 * show version and show inventory: what this is, how long it has been up, what it has.
 *
 * Tools recognise a device by these texts: the words "Cisco IOS Software" and "Version X", the lines "NAME uptime is",
 * "System image file is", "cisco MODEL (...) ... bytes of memory" and "Processor board ID".  These stay as they are, since
 * they say how this router speaks; who made it stands in the line before them, and its name where a maker's model would.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "engine/flash.h"
#include "engine/lab.h"
#include "lib/clock.h"
#include "lib/procinfo.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/dialect.h"
#include "shell/show.h"


#ifdef __clang__
#define COMPILER	"clang"
#else
#define COMPILER	"gcc"
#endif

/* A serial number that stays the same over reloads and new hostnames: the node's name, hashed (FNV-1a). */
const char *
show_serial(const struct router *r, char out[SHOW_SERIAL])
{
	uint32_t h = 2166136261u;

	for (const char *p = r->name; *p != '\0'; p++)
		h = (h ^ (uint8_t)*p) * 16777619u;
	snprintf(out, SHOW_SERIAL, "INS%08X", h);
	return out;
}

static void
count_ifs(const struct config *c, struct text *out)
{
	static const struct { enum cfg_if_kind kind; const char *name; } kinds[] = {
		{ CFG_IF_ETHERNET, "Ethernet" }, { CFG_IF_FASTETHERNET, "FastEthernet" }, { CFG_IF_GIGABIT, "Gigabit Ethernet" },
	};
	const struct cfg_if *i;

	for (size_t k = 0; k < NROWS(kinds); k++) {
		unsigned n = 0;

		TAILQ_FOREACH(i, &c->ifs, next)
			n += i->kind == kinds[k].kind;
		if (n > 0)
			text_printf(out, "%u %s interface%s\n", n, kinds[k].name, n == 1 ? "" : "s");
	}
}

/* "17.3.1" as "17.03.01". */
static void
put_xe_version(struct text *out, const char *release)
{
	unsigned a, b, c;

	if (sscanf(release, "%u.%u.%u", &a, &b, &c) == 3)
		text_printf(out, "Cisco IOS XE Software, Version %02u.%02u.%02u\n", a, b, c);
}

static void
put_software(struct text *out, const struct router *r, const struct dialect *d)
{
	const char *release = r->release != NULL ? r->release : d->release;

	text_add(out, "inspire " PACKAGE_VERSION ", which is no product of Cisco Systems, speaks here as\n");
	if (r->dialect == IKE_XE_17)
		put_xe_version(out, release);
	text_printf(out, "Cisco IOS Software [inspire], %s (%s), Version %s, RELEASE SOFTWARE (fc1)\n", d->software, d->image, release);
	text_add(out, "Copyright (c) the authors of inspire; free software under the Apache License, 2.0\nCompiled as " PACKAGE_VERSION " by " COMPILER "\n\nROM: inspire starts without one\n\n");
}

static void
put_uptime(struct text *out, struct router *r, const struct dialect *d)
{
	const char *why = r->reload_reason == NULL ? "power-on" : r->reload_reason;
	int64_t up = clock_now(r->clock) - r->boot_ns;

	text_printf(out, "%s uptime is ", router_hostname(r));
	show_uptime(out, up);
	if (r->dialect == IKE_XE_17) {
		text_add(out, "\nUptime for this control processor is ");
		show_uptime(out, up);
	}
	text_printf(out, "\nSystem returned to ROM by %s\nSystem restarted at ", why);
	show_time_date(out, r->cfg, router_now(r) - up, false);
	text_printf(out, "\nSystem image file is \"%s\"\n", d->file);
	if (r->dialect != IKE_IOS_12)
		text_printf(out, "Last reload reason: %s\n", why);
	text_addc(out, '\n');
}

/* There is one memory: none of it is set apart for packets. */
static void
put_hardware(struct text *out, const struct router *r)
{
	struct procinfo_memory m;
	char serial[SHOW_SERIAL];

	procinfo_memory(&m);
	if (r->dialect == IKE_XE_17)
		text_printf(out, "cisco " SHOW_MODEL " (VXE) processor (revision VXE) with %" PRIu64 "K/0K bytes of memory.\n", m.installed / 1024);
	else
		text_printf(out, "Cisco " SHOW_MODEL " (revision 1.0) with %" PRIu64 "K/0K bytes of memory.\n", m.installed / 1024);
	text_printf(out, "Processor board ID %s\n", show_serial(r, serial));
	if (r->dialect == IKE_XE_17)
		text_add(out, "Router operating mode: Autonomous\n");
	count_ifs(r->cfg, out);
	text_printf(out, "%uK bytes of non-volatile configuration memory.\n", NVRAM_MAX / 1024);
	if (r->dialect == IKE_XE_17)
		text_printf(out, "%uK bytes of virtual hard disk at bootflash:.\n", FLASH_SIZE / 1024);
	else
		text_printf(out, "%uK bytes of flash at flash0:.\n", FLASH_SIZE / 1024);
}

static void
run_version(struct session *s, const struct args *a)
{
	struct router *r = s->router;
	const struct dialect *d = dialect_of(r->dialect);
	struct text out = { 0 };

	(void)a;
	put_software(&out, r, d);
	put_uptime(&out, r, d);
	put_hardware(&out, r);
	text_add(&out, "\nConfiguration register is 0x2102\n\n");
	show_flush(s, &out);
}

/* The one thing there is to list: the router itself. */
static void
run_inventory(struct session *s, const struct args *a)
{
	const char *name = s->router->dialect == IKE_XE_17 ? "Chassis" : SHOW_MODEL " chassis";
	char serial[SHOW_SERIAL];

	(void)a;
	session_printf(s, "NAME: \"%s\", DESCR: \"inspire, a router in software\"\nPID: %-18s, VID: V00, SN: %s\n\n", name, SHOW_MODEL,
	    show_serial(s->router, serial));
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show version", "Show what is going on\nWhat software this is, and how long it has been up", run_version },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show inventory", "Show what is going on\nWhat the router is made of", run_inventory },
};

const struct cmd_table cmds_show_version = { rows, NROWS(rows) };
