/*
 * show tech-support ipsec: what somebody who helps from afar wants to see first, each part under the command that shows it.
 * Passwords and keys of the configuration are left out.
 */

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "shell/args.h"
#include "shell/cmds_config.h"
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

/* Words after which a secret stands, or any that ends so ("message-digest-key"); "tunnel key" is none. */
static bool
is_before_secret(const char *word, size_t n, const char *line)
{
	static const char *const words[] = { "secret", "password", "key", "community", "psk", "md5" };

	if (n == 3 && strncmp(word, "key", 3) == 0 && strncmp(line, "tunnel ", 7) == 0)
		return false;
	for (size_t i = 0; i < NROWS(words); i++) {
		size_t k = strlen(words[i]);

		if (n >= k && strncmp(word + n - k, words[i], k) == 0 && (n == k || word[n - k - 1] == '-'))
			return true;
	}
	return false;
}

static bool
begins(const char *word, const char *with)
{
	return strncmp(word, with, strlen(with)) == 0;
}

/* Rather too much than too little: all behind such a word goes, but for whose key it is. */
void
show_tech_line(struct text *out, const char *line)
{
	const char *start = line + strspn(line, " "), *p = line, *tail;

	if (begins(start, "snmp-server host ")) {	/* ends with a community */
		text_printf(out, "%.*s <removed>\n", (int)(strrchr(line, ' ') - line), line);
		return;
	}
	while (*p != '\0') {
		size_t blanks = strspn(p, " "), n = strcspn(p + blanks, " ");

		text_addn(out, p, blanks + n);
		p += blanks + n;
		if (*p == '\0' || begins(p, " address ") || begins(p, " hostname ") || !is_before_secret(p - n, n, start))
			continue;
		text_add(out, " <removed>");
		tail = strstr(p, " address ");
		p = tail != NULL ? tail : (tail = strstr(p, " hostname ")) != NULL ? tail : p + strlen(p);
	}
	text_addc(out, '\n');
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
