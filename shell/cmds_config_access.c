/* Configuration commands of `enable`'s passwords, and of how failed logins are met. */

#include <string.h>

#include "lib/mem.h"
#include "shell/cmds_config.h"

static void
enable_typed(struct session *s, const struct args *a, bool secret)
{
	unsigned level = arg_has(a, "level") ? arg_u32(a, "to") : PRIV_LEVELS - 1;
	struct cfg_enable *e = secret ? &conf(s)->access.secret[level] : &conf(s)->access.password[level];
	struct conf_secret typed;

	if (args_off(a))
		cfg_enable_set(e, PASSWD_CLEAR, NULL);
	else if (conf_secret(s, a, secret, &typed)) {
		cfg_enable_set(e, typed.type, typed.stored);
		wipe(&typed, sizeof(typed));
	}
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_secret(struct session *s, const struct args *a)
{
	enable_typed(s, a, true);
}

static void
run_password(struct session *s, const struct args *a)
{
	enable_typed(s, a, false);
}

static struct cfg_login_guard *
guard(const struct session *s)
{
	return &conf(s)->access.guard;
}

static void
run_block(struct session *s, const struct args *a)
{
	struct cfg_login_guard *g = guard(s);

	g->block_s = args_off(a) ? 0 : arg_u32(a, "seconds");
	g->tries = args_off(a) ? 0 : arg_u32(a, "tries");
	g->within_s = args_off(a) ? 0 : arg_u32(a, "window");
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_delay(struct session *s, const struct args *a)
{
	guard(s)->delay_s = args_off(a) ? 0 : arg_u32(a, "seconds");
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_quiet(struct session *s, const struct args *a)
{
	conf_str(&guard(s)->quiet_class, a, "acl");
	conf_changed(s, CFG_AREA_OTHER);
}

static unsigned
every(const struct args *a)
{
	return args_off(a) ? 0 : arg_has(a, "every") ? arg_u32(a, "n") : 1;
}

static void
run_failure(struct session *s, const struct args *a)
{
	guard(s)->failure_every = every(a);
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_success(struct session *s, const struct args *a)
{
	guard(s)->success_every = every(a);
	conf_changed(s, CFG_AREA_OTHER);
}

#define ENABLE		"More rights\n"
#define SECRET		"A password of which a hash is kept\n"
#define LEVEL		"For a level\nThe level\n"
#define LOGIN		"How logins are met\n"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, "enable secret [ level <1-15>:to ] ~ [ { 0 | 5 | 8 | 9 } ] LINE:text",
	    ENABLE SECRET LEVEL "It follows in the clear\nIts MD5 hash follows\nIts PBKDF2 hash follows\nIts scrypt hash follows\nThe secret", run_secret },
	{ M(CONFIG), 15, CMD_NO, "enable password [ level <1-15>:to ] ~ [ { 0 | 7 } ] LINE:text",
	    ENABLE "A password that can be read back\n" LEVEL "It follows in the clear\nIt follows hidden\nThe password", run_password },
	{ M(CONFIG), 15, 0, "enable algorithm-type { sha256 | scrypt } secret [ level <1-15>:to ] LINE:text",
	    ENABLE "How the secret is hashed\nPBKDF2 with SHA-256\nscrypt\n" SECRET LEVEL "The secret in the clear", run_secret },
	{ M(CONFIG), 15, CMD_NO, "login block-for ~ <1-65535>:seconds attempts <1-65535>:tries within <1-65535>:window",
	    LOGIN "Let nobody in for a while behind too many failures\nSeconds\nHow many failures\nNumber of failures\nIn which time\nSeconds", run_block },
	{ M(CONFIG), 15, CMD_NO, "login delay ~ <1-10>:seconds", LOGIN "How long a refusal is held back\nSeconds", run_delay },
	{ M(CONFIG), 15, CMD_NO, "login quiet-mode access-class ~ WORD:acl",
	    LOGIN "While nobody is let in\nBut for those whom an access list permits\nThe access list", run_quiet },
	{ M(CONFIG), 15, CMD_NO, "login on-failure log ~ [ every <1-65535>:n ]", LOGIN "One that fails\nIs logged\nNot each of them\nOne of so many", run_failure },
	{ M(CONFIG), 15, CMD_NO, "login on-success log ~ [ every <1-65535>:n ]", LOGIN "One that gets in\nIs logged\nNot each of them\nOne of so many", run_success },
};

const struct cmd_table cmds_config_access = { rows, NROWS(rows) };
