/* `inspire commands`: the reference of all commands, made of the tables that also run them. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "shell/grammar.h"
#include "shell/syntax.h"
#include "shell/verbs.h"

const char verb_commands_usage[] =
    "usage: inspire commands [--markdown | --check]\n"
    "\n"
    "Prints each command of each mode: its syntax, and what each of its words means.\n"
    "\n"
    "  --markdown  as Markdown\n"
    "  --check     prints what is wrong with the tables instead; status 1 if anything is\n";

struct reference { bool markdown; };

static const char *const mode_names[MODE__COUNT] = {
	[MODE_EXEC] = "User exec", [MODE_PRIV] = "Privileged exec", [MODE_LAB] = "Lab console",
	[MODE_CONFIG] = "Global configuration", [MODE_IF] = "Interface configuration",
	[MODE_ISAKMP_POLICY] = "ISAKMP policy", [MODE_KEYRING] = "Keyring", [MODE_ISAKMP_PROFILE] = "ISAKMP profile",
	[MODE_TRANSFORM] = "Transform set", [MODE_IPSEC_PROFILE] = "IPsec profile", [MODE_CRYPTO_MAP] = "Crypto map", [MODE_EZGROUP] = "EzVPN group", [MODE_EZVPN] = "EzVPN connection", [MODE_LINE] = "Line",
	[MODE_CONTROL_PLANE] = "Control plane", [MODE_STD_NACL] = "Standard access list", [MODE_EXT_NACL] = "Extended access list",
	[MODE_TRUSTPOINT] = "Trustpoint", [MODE_CERT_MAP] = "Certificate map", [MODE_CERT_CHAIN] = "Certificates of a trustpoint",
	[MODE_SSH_CHAIN] = "SSH public keys", [MODE_SSH_USER] = "SSH public keys of a user", [MODE_SSH_DATA] = "SSH public key string",
	[MODE_APPLET] = "Event manager applet", [MODE_TRACK] = "Tracked object", [MODE_SLA] = "IP SLA operation", [MODE_SLA_ECHO] = "IP SLA echo",
	[MODE_FOREIGN] = "Section kept as text",
};

/* The syntax as a reader wants it: names in place of kinds, no `~`. */
static void
print_syntax(const struct cmd *c)
{
	const char *p = c->syntax;

	while (*p != '\0') {
		size_t n = strcspn(p, " ");

		if (n == 1 && *p == '~') {
			n += p[n] != '\0';
		} else {
			const char *colon = *p == 'h' && p[1] == 'h' ? memchr(p + 6, ':', n > 6 ? n - 6 : 0) : memchr(p, ':', n);

			printf("%.*s%s", (int)(colon != NULL ? colon - p : (long)n), p, p[n] == '\0' ? "" : " ");
			n += p[n] != '\0';
		}
		p += n;
	}
}

static void
print_row(const struct reference *ref, const struct cmd *c)
{
	struct syntax *s = xmalloc(sizeof(*s));
	const char *no = c->flags & CMD_NO_ONLY ? "no " : c->flags & CMD_NO ? "[ no ] " : "";

	syntax_parse(s, c->syntax);
	printf(ref->markdown ? "\n`%s" : "\n  %s", no);
	print_syntax(c);
	puts(ref->markdown ? "`\n" : "");
	for (size_t i = 0; i < s->n; i++) {
		size_t n;
		const char *help = help_line(c->help, i, &n);

		if (ref->markdown)
			printf("- `%.*s`: %.*s\n", (int)s->el[i].len, s->el[i].text, (int)n, help);
		else
			printf("      %-18.*s %.*s\n", (int)s->el[i].len, s->el[i].text, (int)n, help);
	}
	free(s);
}

static void
print_mode(const struct reference *ref, enum mode m)
{
	const struct cmd *c;

	printf(ref->markdown ? "\n## %s\n" : "\n%s\n", mode_names[m]);
	for (size_t i = 0; (c = grammar_row(i)) != NULL; i++)
		if ((c->modes >> m & 1) && !(c->flags & CMD_HIDDEN))
			print_row(ref, c);
}

static int
check(void)
{
	struct text faults = { 0 };
	size_t n = grammar_check(&faults);

	fputs(text_str(&faults), stdout);
	text_free(&faults);
	return n > 0;
}

int
verb_commands(int argc, char **argv)
{
	struct reference ref = { 0 };

	if (argc == 2 && strcmp(argv[1], "--check") == 0)
		return check();
	ref.markdown = argc == 2 && strcmp(argv[1], "--markdown") == 0;
	if (argc > 1 && !ref.markdown) {
		fprintf(stderr, "inspire commands: %s: expected --markdown, --check or nothing\n", argv[argc - 1]);
		fputs(verb_commands_usage, stderr);
		return 2;
	}
	printf(ref.markdown ? "# Commands\n" : "Commands\n");
	for (int m = 0; m < MODE__COUNT; m++)
		print_mode(&ref, (enum mode)m);
	return 0;
}
