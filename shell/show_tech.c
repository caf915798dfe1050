/*
 * show tech-support ipsec: what somebody who helps from afar wants to see first, each part under the command that shows it.
 * Passwords and keys of the configuration are left out.
 */

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/mask.h"
#include "shell/running_config.h"
#include "shell/session.h"
#include "shell/show.h"

static const char *const of_all[] = {
	"show crypto isakmp sa count", "show crypto ipsec sa count", "show crypto session detail", "show crypto isakmp sa detail",
	"show crypto ipsec sa detail", "show crypto isakmp peers", "show crypto ipsec spi-lookup detail",
}, *const of_peer[] = {
	"show crypto session remote %s detail", "show crypto isakmp peers %s", "show crypto ipsec sa peer %s detail",
}, *const of_router[] = {
	"show crypto map", "show crypto ipsec profile", "show crypto sockets", "show tunnel protection statistics", "show crypto eli all",
	"show crypto engine connections active", "show crypto engine accelerator statistic", "show crypto mib ipsec flowmib global",
	"show crypto call admission statistics", "show crypto datapath ipv4 snapshot non-zero", "show monitor event-trace crypto merged all",
	"show processes cpu", "show processes memory", "show ip route", "show interfaces", "show logging",
};

static void
put_head(struct session *s, const char *command)
{
	session_printf(s, "\n------------------ %s ------------------\n\n", command);
}

/* As if typed, with the privilege of who typed the whole. */
static void
put_command(struct session *s, const char *command)
{
	struct match m;

	grammar_match(MODE_PRIV, s->privilege, command, &m);
	put_head(s, command);
	if (m.kind == MATCH_OK)
		m.cmd->run(s, m.args);
	args_free(m.args);
}

/* Of lines that are kept for other routers' sake: what ends so ("message-digest-key 1 md5 X") has a secret behind it. */
static const char *
foreign_secret(const char *line)
{
	static const char *const words[] = { "-key ", " md5 ", "psk ", " password ", " secret " };
	const char *start = line + strspn(line, " "), *found = NULL;

	for (size_t i = 0; i < NROWS(words) && strncmp(start, "tunnel ", 7) != 0; i++) {
		const char *at = strstr(line, words[i]);

		if (at != NULL && (found == NULL || at + strlen(words[i]) < found))
			found = at + strlen(words[i]);
	}
	return found;
}

void
show_tech_line(struct text *out, const char *line)
{
	static const char stars[] = "*****";
	char *masked = secret_mask(line);
	const char *at = strstr(masked, stars), *foreign = foreign_secret(line);

	if (at != NULL && strcmp(masked, line) != 0)
		text_printf(out, "%.*s<removed>%s\n", (int)(at - masked), masked, at + strlen(stars));
	else if (foreign != NULL && strncmp(foreign, "address ", 8) != 0)
		text_printf(out, "%.*s<removed>\n", (int)(foreign - line), line);
	else
		text_printf(out, "%s\n", line);
	free(masked);
}

static void
put_line(void *arg, const char *line, size_t n)
{
	(void)n;
	show_tech_line(arg, line);
}

static void
put_configuration(struct session *s)
{
	struct text whole = { 0 }, out = { 0 };

	running_config_text(s->router, &whole);
	text_lines(text_str(&whole), put_line, &out);
	text_free(&whole);
	put_head(s, "show running-config");
	show_flush(s, &out);
}

static void
run_ipsec(struct session *s, const struct args *a)
{
	const char *peer = arg_str(a, "address");

	put_command(s, "show version");
	put_configuration(s);
	for (size_t i = 0; peer == NULL && i < NROWS(of_all); i++)
		put_command(s, of_all[i]);
	for (size_t i = 0; peer != NULL && i < NROWS(of_peer); i++) {
		const char *at = strstr(of_peer[i], "%s");
		char *command = xasprintf("%.*s%s%s", (int)(at - of_peer[i]), of_peer[i], peer, at + 2);

		put_command(s, command);
		free(command);
	}
	for (size_t i = 0; i < NROWS(of_router); i++)
		put_command(s, of_router[i]);
}

static const struct cmd rows[] = {
	{ M(PRIV), 15, CMD_SHOW, "show tech-support ipsec [ peer A.B.C.D:address ]",
	    "Show what is going on\nAll that who helps wants to see\nOf IPsec\nWith one peer\nIts address", run_ipsec },
};

const struct cmd_table cmds_show_tech = { rows, NROWS(rows) };
