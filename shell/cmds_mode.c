/* Commands that move between modes. */

#include <stdlib.h>
#include <string.h>

#include "shell/cmds.h"
#include "shell/foreign.h"
#include "shell/session.h"

#define SUBMODES	(M(IF) | M(ISAKMP_POLICY) | M(KEYRING) | M(ISAKMP_PROFILE) | M(TRANSFORM) | M(IPSEC_PROFILE) | \
			M(CRYPTO_MAP) | \
			M(LINE) | M(CONTROL_PLANE) | M(APPLET) | M(TRACK) | M(SLA) | M(SLA_ECHO) | M(STD_NACL) | M(EXT_NACL) | M(EZGROUP) | M(EZVPN) | M(TRUSTPOINT) | M(CERT_MAP) | M(CERT_CHAIN) | M(SSH_CHAIN) | M(SSH_USER) | \
			M(ARCHIVE) | M(ARCHIVE_LOG) | M(FOREIGN))
#define CONFIGS		(M(CONFIG) | SUBMODES)

static void
cmd_logout(struct session *s, const struct args *a)
{
	(void)a;
	s->quit = s->left = true;
}

static void
cmd_configure(struct session *s, const struct args *a)
{
	if (s->do_prefix) {
		session_error(s, "%% This command does not work behind do");
		return;
	}
	if (!arg_has(a, "terminal")) {
		char *answer = session_ask(s, "Configuring from terminal, memory, or network [terminal]? ", INPUT_QUESTION);
		size_t n = answer == NULL ? 0 : strcspn(answer, " \t");
		bool terminal = answer != NULL && n <= 8 && strncmp(answer, "terminal", n) == 0;

		if (answer != NULL && !terminal)
			session_error(s, "?Must be \"terminal\": no other source is known here");
		free(answer);
		if (!terminal)
			return;
	}
	session_printf(s, "Enter configuration commands, one per line.  End with CNTL/Z.\n");
	session_mode(s, MODE_CONFIG, NULL);
}

static void
cmd_end(struct session *s, const struct args *a)
{
	(void)a;
	session_mode(s, MODE_PRIV, NULL);
}

static void
cmd_exit(struct session *s, const struct args *a)
{
	(void)a;
	if (!foreign_leave_part(s))
		session_mode(s, mode_info(s->mode)->parent, NULL);
}

/* `do` with nothing behind it never matches; with something, the walk goes on in privileged exec. */
static void
cmd_do(struct session *s, const struct args *a)
{
	(void)a;
	session_error(s, "%% Incomplete command.");
}

static void
cmd_help(struct session *s, const struct args *a)
{
	(void)a;
	session_printf(s,
	    "A question mark asks what may stand at its place:\n"
	    "  alone or behind a blank it lists the next words with their meaning (show ?),\n"
	    "  right behind letters it lists the words that begin with them (sh?).\n"
	    "If nothing fits, nothing of the line before it needs to be typed again.\n");
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 0, 0, "logout", "Leave this console", cmd_logout },
	{ M(EXEC) | M(PRIV) | M(LAB), 0, 0, "exit", "Leave this console", cmd_logout },
	{ M(EXEC) | M(PRIV) | M(LAB), 0, 0, "help", "How the question mark works", cmd_help },
	{ M(PRIV), 15, 0, "configure [ terminal ]", "Enter configuration mode\nFrom this terminal", cmd_configure },
	{ CONFIGS, 0, 0, "end", "Leave configuration mode", cmd_end },
	{ M(CONFIG), 0, 0, "exit", "Leave configuration mode", cmd_exit },
	{ SUBMODES, 0, 0, "exit", "Leave this sub-mode", cmd_exit },
	{ CONFIGS, 0, 0, "do LINE:command", "Run an exec command from here\nThe exec command", cmd_do },
	{ CONFIGS, 0, 0, "help", "How the question mark works", cmd_help },
};

CMD_TABLE(cmds_mode, rows);
