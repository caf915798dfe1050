/* Configuration commands of local users and of AAA. */

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

/* A secret typed in the clear is hashed at once and not kept. */
static void
secret_hash(struct session *s, struct cfg_user *u, enum passwd_type t, const char *clear)
{
	char stored[PASSWD_STORED_MAX];

	if (!passwd_make(t, clear, s->router->chance, stored)) {
		session_error(s, "%% A secret has at most %d characters", PASSWD_CLEAR_MAX);
		return;
	}
	cfg_user_set(u, true, t, stored);
	wipe(stored, sizeof(stored));
}

/* Could it be kept?  If not, says so. */
static bool
stored_ok(struct session *s, bool secret, enum passwd_type t, const char *text)
{
	const char *what = secret ? "secret" : "password";

	if (text == NULL || passwd_valid(t, text))
		return true;
	if (t == PASSWD_CLEAR)
		session_error(s, "%% A %s has at most %d characters", what, PASSWD_CLEAR_MAX);
	else
		session_error(s, "ERROR: The %s you entered is not a valid type %d %s", what, (int)t, what);
	return false;
}

static void
stored_set(struct session *s, struct cfg_user *u, bool secret, enum passwd_type t, const char *text)
{
	if (secret && t == PASSWD_CLEAR)
		secret_hash(s, u, SECRET_TYPE, text);
	else
		cfg_user_set(u, secret, t, text);
}

static enum passwd_type
type_typed(const struct args *a)
{
	return arg_has(a, "5") ? PASSWD_MD5 : arg_has(a, "7") ? PASSWD_HIDDEN : arg_has(a, "8") ? PASSWD_PBKDF2 :
	    arg_has(a, "9") ? PASSWD_SCRYPT : PASSWD_CLEAR;
}

static void
run_username(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name"), *text = arg_str(a, "text");
	struct cfg_user *u;

	if (!name_ok(s, name) || (!args_off(a) && !stored_ok(s, arg_has(a, "secret"), type_typed(a), text)))
		return;
	u = config_user(conf(s), name, !args_off(a));
	if (args_off(a) && u != NULL)
		config_user_del(conf(s), u);
	else if (args_off(a))
		session_error(s, "%% User %s does not exist", name);
	else {
		if (arg_has(a, "privilege"))
			u->privilege = arg_u32(a, "level");
		if (text != NULL)
			stored_set(s, u, arg_has(a, "secret"), type_typed(a), text);
	}
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_algorithm(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");

	if (!name_ok(s, name))
		return;
	secret_hash(s, config_user(conf(s), name, true), arg_has(a, "sha256") ? PASSWD_PBKDF2 : PASSWD_SCRYPT, arg_str(a, "text"));
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

static void
list_typed(struct session *s, const struct args *a, enum aaa_service service)
{
	const char *name = arg_has(a, "default") ? "default" : arg_str(a, "list");
	struct cfg_aaa_list *l;

	if (!conf(s)->aaa_new_model) {
		session_error(s, "%% AAA: aaa new-model is not configured");
		return;
	}
	l = config_aaa_list(conf(s), service, name, !args_off(a));
	if (args_off(a) && l != NULL)
		config_aaa_list_del(conf(s), l);
	else if (args_off(a))
		session_error(s, "%% AAA: list \"%s\" is not defined", name);
	else {
		l->methods[0] = arg_has(a, "local") ? AAA_LOCAL : arg_has(a, "local-case") ? AAA_LOCAL_CASE : AAA_NONE;
		l->n = 1;
	}
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_login(struct session *s, const struct args *a)
{
	list_typed(s, a, AAA_LOGIN);
}

static void
run_network(struct session *s, const struct args *a)
{
	list_typed(s, a, AAA_NETWORK);
}

#define AAA_HELP	"Authentication, authorization, accounting\n"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO,
	    "username WORD:name ~ [ privilege <0-15>:level ] [ { password [ { 0 | 7 } ] LINE:text | secret [ { 0 | 5 | 8 | 9 } ] LINE:text } ]",
	    "A local user\nThe name\nWhat the user may\nThe level\nA password that can be read back\nIt follows in the clear\nIt follows hidden\nThe password\n"
	    "A password of which a hash is kept\nIt follows in the clear\nIts MD5 hash follows\nIts PBKDF2 hash follows\nIts scrypt hash follows\nThe secret",
	    run_username },
	{ M(CONFIG), 15, 0, "username WORD:name algorithm-type { sha256 | scrypt } secret LINE:text",
	    "A local user\nThe name\nHow the secret is hashed\nPBKDF2 with SHA-256\nscrypt\nA password of which a hash is kept\nThe secret in the clear",
	    run_algorithm },
	{ M(CONFIG), 15, CMD_NO, "aaa new-model", AAA_HELP "Lists of methods say who may do what", run_new_model },
	{ M(CONFIG), 15, CMD_NO, "aaa authentication login { default | WORD:list } ~ { local | local-case | none }",
	    AAA_HELP "Who a user is\nWhen logging in\nThe list where none is named\nName of a list\nThe local users\nThe local users, case of the name too\nAnybody", run_login },
	{ M(CONFIG), 15, CMD_NO, "aaa authorization network { default | WORD:list } ~ { local | none }",
	    AAA_HELP "What a user may\nUse of the network\nThe list where none is named\nName of a list\nWhat is configured here\nNothing is asked", run_network },
};

const struct cmd_table cmds_config_user = { rows, NROWS(rows) };
