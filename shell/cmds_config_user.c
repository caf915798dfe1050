/* Configuration commands of local users, and how a password is taken from a line. */

#include <stdio.h>
#include <string.h>

#include "lib/mem.h"
#include "shell/cmds_config.h"

#define SECRET_TYPE	PASSWD_SCRYPT	/* unless another algorithm is asked for */

static bool
name_ok(struct session *s, const char *name)
{
	if (strlen(name) <= USER_NAME_MAX)
		return true;
	session_error(s, "%% A user's name has at most %d characters", USER_NAME_MAX);
	return false;
}

static enum passwd_type
type_typed(const struct args *a)
{
	return arg_has(a, "5") ? PASSWD_MD5 : arg_has(a, "7") ? PASSWD_HIDDEN : arg_has(a, "8") ? PASSWD_PBKDF2 :
	    arg_has(a, "9") ? PASSWD_SCRYPT : PASSWD_CLEAR;
}

static bool
secret_make(struct session *s, enum passwd_type t, const char *clear, struct conf_secret *out)
{
	out->type = t;
	if (passwd_make(t, clear, s->router->chance, out->stored))
		return true;
	session_error(s, "%% A secret has at most %d characters", PASSWD_CLEAR_MAX);
	return false;
}

/* A secret typed in the clear is hashed at once and not kept. */
bool
conf_secret(struct session *s, const struct args *a, bool secret, struct conf_secret *out)
{
	const char *what = secret ? "secret" : "password", *text = arg_str(a, "text");

	out->type = type_typed(a);
	if (!passwd_valid(out->type, text)) {
		if (out->type == PASSWD_CLEAR)
			session_error(s, "%% A %s has at most %d characters", what, PASSWD_CLEAR_MAX);
		else
			session_error(s, "ERROR: The %s you entered is not a valid type %d %s", what, (int)out->type, what);
		return false;
	}
	if (arg_has(a, "algorithm-type"))
		return secret_make(s, arg_has(a, "sha256") ? PASSWD_PBKDF2 : PASSWD_SCRYPT, text, out);
	if (secret && out->type == PASSWD_CLEAR)
		return secret_make(s, SECRET_TYPE, text, out);
	snprintf(out->stored, sizeof(out->stored), "%s", text);
	return true;
}

/* What the line says of the user; false: it was refused. */
static bool
user_set(struct session *s, const struct args *a, struct cfg_user *u)
{
	bool secret = arg_has(a, "secret");
	struct conf_secret typed;

	if (arg_has(a, "privilege"))
		u->privilege = arg_u32(a, "level");
	if (arg_has(a, "autocommand"))
		config_set_str(&u->autocommand, arg_str(a, "command"));
	if (arg_has(a, "nopassword")) {
		cfg_user_set(u, false, PASSWD_CLEAR, NULL);
		u->nopassword = true;
	}
	if (arg_str(a, "text") == NULL)
		return true;
	if (!conf_secret(s, a, secret, &typed))
		return false;
	cfg_user_set(u, secret, typed.type, typed.stored);
	u->nopassword = false;
	wipe(&typed, sizeof(typed));
	return true;
}

static void
user_off(struct session *s, const struct args *a, struct cfg_user *u)
{
	if (u == NULL)
		session_error(s, "%% User %s does not exist", arg_str(a, "name"));
	else if (arg_has(a, "autocommand"))
		config_set_str(&u->autocommand, NULL);
	else
		config_user_del(conf(s), u);
}

static void
run_username(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");
	struct cfg_user *u;
	bool fresh;

	if (!name_ok(s, name))
		return;
	u = config_user(conf(s), name, false);
	fresh = u == NULL;
	if (args_off(a))
		user_off(s, a, u);
	else if (!user_set(s, a, fresh ? u = config_user(conf(s), name, true) : u) && fresh)
		config_user_del(conf(s), u);
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_new_model(struct session *s, const struct args *a)
{
	struct config *c = conf(s);

	c->aaa_new_model = !args_off(a);
	while (!c->aaa_new_model && !TAILQ_EMPTY(&c->aaa_lists))
		config_aaa_list_del(c, TAILQ_FIRST(&c->aaa_lists));
	conf_changed(s, CFG_AREA_ISAKMP);
}

#define AAA_HELP	"Authentication, authorization, accounting\n"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO,
	    "username WORD:name ~ [ privilege <0-15>:level ] [ { password [ { 0 | 7 } ] LINE:text | secret [ { 0 | 5 | 8 | 9 } ] LINE:text | "
	    "nopassword | autocommand LINE:command } ]",
	    "A local user\nThe name\nWhat the user may\nThe level\nA password that can be read back\nIt follows in the clear\nIt follows hidden\nThe password\n"
	    "A password of which a hash is kept\nIt follows in the clear\nIts MD5 hash follows\nIts PBKDF2 hash follows\nIts scrypt hash follows\nThe secret\n"
	    "Ask for no password, at the console\nRun a command instead of a session\nThe command",
	    run_username },
	{ M(CONFIG), 15, 0, "username WORD:name [ privilege <0-15>:level ] algorithm-type { sha256 | scrypt } secret LINE:text",
	    "A local user\nThe name\nWhat the user may\nThe level\nHow the secret is hashed\nPBKDF2 with SHA-256\nscrypt\nA password of which a hash is kept\nThe secret in the clear",
	    run_username },
	{ M(CONFIG), 15, CMD_NO, "aaa new-model", AAA_HELP "Lists of methods say who may do what", run_new_model },
};

const struct cmd_table cmds_config_user = { rows, NROWS(rows) };
