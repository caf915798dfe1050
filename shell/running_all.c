/*
 * `show running-config all`: what goes without saying is said too.  A table of lines that change nothing when they are
 * typed (the tests type them), each for the sections where it counts, and left out where the section says otherwise.
 */

#include <string.h>

#include "lib/text.h"
#include "shell/running_config.h"

/* key: how a line that says otherwise begins, also behind `no`. */
static const struct { const char *section, *key, *line; } defaults[] = {
	{ "", "logging on", "logging on" },
	{ "", "logging console", "logging console debugging" },
	{ "", "logging monitor", "logging monitor debugging" },
	{ "", "logging dmvpn", "logging dmvpn" },
	{ "", "ip domain lookup", "ip domain lookup" },
	{ "", "crypto isakmp enable", "crypto isakmp enable" },
	{ "", "crypto isakmp identity", "crypto isakmp identity address" },
	{ "", "crypto ipsec security-association replay", "crypto ipsec security-association replay window-size 64" },
	{ "", "crypto ipsec fragmentation", "crypto ipsec fragmentation before-encryption" },
	{ "", "file prompt", "file prompt alert" },
	{ "crypto isakmp policy ", "encr", "encr des" },
	{ "crypto isakmp policy ", "hash", "hash sha" },
	{ "crypto isakmp policy ", "authentication", "authentication rsa-sig" },
	{ "crypto isakmp policy ", "group", "group 1" },
	{ "crypto isakmp policy ", "lifetime", "lifetime 86400" },
	{ "interface ", "shutdown", "no shutdown" },
	{ "interface GigabitEthernet", "keepalive", "keepalive 10" },
	{ "interface FastEthernet", "keepalive", "keepalive 10" },
	{ "interface Ethernet", "keepalive", "keepalive 10" },
	{ "interface Tunnel", "tunnel mode", "tunnel mode gre ip" },
	{ "interface Tunnel", "tunnel path-mtu-discovery", "no tunnel path-mtu-discovery" },
	{ "interface Tunnel", "tunnel checksum", "no tunnel checksum" },
	{ "interface Tunnel", "tunnel sequence-datagrams", "no tunnel sequence-datagrams" },
	{ "archive", "maximum", "maximum 10" },
	{ "archive", "write-memory", "no write-memory" },
};
#define NDEFAULTS	(sizeof(defaults) / sizeof(defaults[0]))

struct all { struct text *out; const char *whole; struct text section; };

/* Does a line of the text, at that depth, speak of the key? */
static bool
speaks_of(const char *text, size_t depth, const char *key)
{
	for (const char *p = text; p != NULL && *p != '\0'; p = strchr(p, '\n'), p = p == NULL ? NULL : p + 1) {
		const char *line = p + strspn(p, " ");

		if ((size_t)(line - p) != depth)
			continue;
		if (strncmp(line, "no ", 3) == 0)
			line += 3;
		if (strncmp(line, key, strlen(key)) == 0)
			return true;
	}
	return false;
}

static void
section_end(struct all *a)
{
	const char *text = text_str(&a->section);

	text_add(a->out, text);
	for (size_t i = 0; a->section.len > 0 && i < NDEFAULTS; i++)
		if (*defaults[i].section != '\0' && strncmp(text, defaults[i].section, strlen(defaults[i].section)) == 0 &&
		    !speaks_of(text, 1, defaults[i].key))
			text_printf(a->out, " %s\n", defaults[i].line);
	text_clear(&a->section);
}

static void
globals(struct all *a)
{
	for (size_t i = 0; i < NDEFAULTS; i++)
		if (*defaults[i].section == '\0' && !speaks_of(a->whole, 0, defaults[i].key))
			text_printf(a->out, "%s\n", defaults[i].line);
	text_add(a->out, "!\n");
}

static void
take_line(void *arg, const char *line, size_t len)
{
	struct all *a = arg;

	if (*line != ' ')
		section_end(a);
	if (strcmp(line, "control-plane") == 0)
		globals(a);
	text_addn(&a->section, line, len);
	text_addc(&a->section, '\n');
}

void
running_config_all(const struct router *r, struct text *out)
{
	struct text body = { 0 };
	struct all a = { .out = out };

	running_config_body(r, &body);
	a.whole = text_str(&body);
	text_lines(a.whole, take_line, &a);
	section_end(&a);
	text_free(&a.section);
	text_free(&body);
}
