/*
 * copy, and what else goes by URLs and asks as it goes: rename, verify, pwd, cd, format, erase.  A configuration that is
 * copied to the running one is taken in line by line, and a wrong line is told with its file and number.
 */

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/archive.h"
#include "engine/flash.h"
#include "engine/router.h"
#include "lib/mem.h"
#include "shell/cfg_log.h"
#include "shell/cmds.h"
#include "shell/files.h"
#include "shell/saved.h"
#include "shell/session.h"

static bool
is_quiet(const struct session *s)
{
	return s->router->cfg->archive.prompting == CFG_PROMPT_QUIET;
}

/* ---- copy ---- */

/* How much, and how fast by the router's clock, if it moved at all. */
static void
tell_copied(struct session *s, size_t n, int64_t from)
{
	int64_t ns = router_now(s->router) - from;

	session_printf(s, "%zu bytes copied in %lld.%03d secs", n, (long long)(ns / NSEC_SEC), (int)(ns % NSEC_SEC / NSEC_MS));
	if (ns >= NSEC_MS)
		session_printf(s, " (%.0f bytes/sec)", (double)n * (double)NSEC_SEC / (double)ns);
	session_printf(s, "\n");
}

/* The name that the question settles on; NULL: given up. Caller frees. */
static char *
ask_name(struct session *s, const char *what, const char *given)
{
	char *question, *answer;

	if (is_quiet(s) && *given != '\0')
		return xstrdup(given);
	question = xasprintf("%s filename [%s]? ", what, given);
	answer = session_ask(s, question, INPUT_QUESTION);
	free(question);
	if (answer != NULL && *answer == '\0') {
		free(answer);
		answer = xstrdup(given);
	}
	return answer;
}

struct copying { struct session *s; const char *from; };

static void
tell_line(void *arg, size_t line, const char *message)
{
	const struct copying *c = arg;

	session_printf(c->s, "%s:%zu: %s\n", c->from, line, message);
}

static void
to_running(struct session *s, const struct file *from, const struct text *t)
{
	struct copying c = { .s = s };
	int64_t now = router_now(s->router);
	char *shown = file_shown(from);

	c.from = from->kind == FILE_FLASH ? shown : from->name;
	if (memchr(text_str(t), '\0', t->len) != NULL)
		session_error(s, "%%Error parsing %s (it is no text)", shown);
	else {
		session_load(s->lab, s->router, text_str(t), tell_line, &c);
		cfg_log_changed(s);
		config_set_str(&s->router->cfg->changed_by, s->user);
		tell_copied(s, t->len, now);
	}
	free(shown);
}

static bool
may_replace(struct session *s, const struct file *to)
{
	if (to->kind != FILE_FLASH || flash_find(s->router->flash, to->name) == NULL || is_quiet(s))
		return true;
	session_printf(s, "%%Warning:There is a file already existing with this name \n");
	return session_confirm(s, "Do you want to over write? [confirm]");
}

static void
to_file(struct session *s, struct file *to, const struct text *t)
{
	int64_t now = router_now(s->router);
	char *shown = file_shown(to);

	if (!file_write(s->router, to, text_str(t), t->len))
		session_error(s, "%%Error writing %s (%s)", shown, to->why);
	else if (to->kind == FILE_STARTUP)
		session_printf(s, "[OK]\n");
	else
		tell_copied(s, t->len, now);
	free(shown);
}

/* What the running configuration is saved as has one name. */
static bool
is_startup_name(struct session *s, const struct file *to, const char *name)
{
	if (to->kind != FILE_STARTUP || strcmp(name, "startup-config") == 0)
		return true;
	session_error(s, "%% There is no other file than startup-config");
	return false;
}

static void
copy_to(struct session *s, struct file *from, struct file *to)
{
	const char *given = *to->name != '\0' ? to->name : to->kind == FILE_STARTUP ? "startup-config" : to->kind == FILE_RUNNING ? "running-config" :
	    from->name;
	char *name = to->kind == FILE_NULL ? xstrdup("") : ask_name(s, "Destination", given);
	struct text t = { 0 };

	if (name == NULL || !is_startup_name(s, to, name)) {
		free(name);
		return;
	}
	if (to->kind == FILE_FLASH)
		file_of(name, to);
	if (from->kind == FILE_RUNNING && to->kind == FILE_STARTUP) {
		save_running(s);
	} else if (!file_read(s->router, from, &t)) {
		char *shown = file_shown(from);

		session_error(s, "%%Error opening %s (%s)", shown, from->why);
		free(shown);
	} else if (to->why != NULL || (to->kind == FILE_FLASH && *to->name == '\0'))
		session_error(s, "%%Error opening %s (%s)", name, to->why != NULL ? to->why : flash_why(FLASH_BAD_NAME));
	else if (to->kind == FILE_RUNNING)
		to_running(s, from, &t);
	else if (may_replace(s, to))
		to_file(s, to, &t);
	text_free(&t);
	free(name);
}

static void
run_copy(struct session *s, const struct args *a)
{
	char *from_url = xstrdup(args_at(a, 1)), *to_url = xstrdup(args_at(a, 2));
	struct file from, to;

	file_of(from_url, &from);
	file_of(to_url, &to);
	if (from.why == NULL && from.kind == FILE_FLASH && *from.name == '\0') {
		char *name = ask_name(s, "Source", "");

		free(from_url);
		from_url = name;
		if (name != NULL)
			file_of(name, &from);
	} else if (from.kind == FILE_STARTUP)
		from.name = "startup-config";
	else if (from.kind == FILE_RUNNING)
		from.name = "running-config";
	if (from_url == NULL)
		;
	else if (from.why != NULL || to.why != NULL || from.kind == FILE_NULL)
		session_error(s, "%%Error opening %s (%s)", from.why != NULL || to.why == NULL ? from_url : to_url,
		    from.why != NULL ? from.why : to.why != NULL ? to.why : flash_why(FLASH_NO_FILE));
	else
		copy_to(s, &from, &to);
	free(from_url);
	free(to_url);
}

/* ---- rename, verify ---- */

static void
run_rename(struct session *s, const struct args *a)
{
	struct file from, to;
	enum flash_status st;
	char *name;

	file_of(arg_str(a, "from"), &from);
	file_of(arg_str(a, "to"), &to);
	if (from.why != NULL || to.why != NULL || from.kind != FILE_FLASH || to.kind != FILE_FLASH) {
		session_error(s, "%%Error renaming %s (%s)", arg_str(a, "from"), from.why != NULL ? from.why : to.why != NULL ? to.why :
		    flash_why(FLASH_DENIED));
		return;
	}
	if ((name = ask_name(s, "Destination", to.name)) == NULL)
		return;
	file_of(name, &to);
	st = to.why != NULL || to.kind != FILE_FLASH ? FLASH_BAD_NAME : flash_rename(s->router->flash, from.name, to.name);
	if (st != FLASH_OK)
		session_error(s, "%%Error renaming %s to %s (%s)", arg_str(a, "from"), name, flash_why(st));
	free(name);
}

static char *
digest_of(const struct text *t, bool sha512)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	char *hex = xmalloc(2 * EVP_MAX_MD_SIZE + 1);
	unsigned n = 0;

	if (EVP_Digest(text_str(t), t->len, md, &n, sha512 ? EVP_sha512() : EVP_md5(), NULL) != 1)
		n = 0;
	hex_fmt(md, n, hex);
	return hex;
}

static void
run_verify(struct session *s, const struct args *a)
{
	const char *want = arg_str(a, "digest"), *what = arg_has(a, "/md5") ? "md5" : "sha512";
	struct text t = { 0 };
	struct file f;
	char *shown, *digest;

	file_of(arg_str(a, "url"), &f);
	if (!file_read(s->router, &f, &t)) {
		session_error(s, "%%Error opening %s (%s)", arg_str(a, "url"), f.why);
		return;
	}
	shown = file_shown(&f);
	digest = digest_of(&t, !arg_has(a, "/md5"));
	session_printf(s, ".Done!\n");
	if (want == NULL)
		session_printf(s, "verify /%s (%s) = %s\n", what, shown, digest);
	else if (strcasecmp(want, digest) == 0)
		session_printf(s, "Verified (%s) = %s\n", shown, digest);
	else {
		session_error(s, "%%Error verifying %s", shown);
		session_printf(s, "Computed signature  = %s\nSubmitted signature = %s\n", digest, want);
	}
	free(digest);
	free(shown);
	text_free(&t);
}

/* ---- places ---- */

static void
run_pwd(struct session *s, const struct args *a)
{
	(void)a;
	session_printf(s, "flash:\n");
}

/* There is one place to be. */
static void
run_cd(struct session *s, const struct args *a)
{
	const char *to = arg_str(a, "place");
	size_t n = to == NULL ? 0 : flash_prefix(to);

	if (to != NULL && (n == 0 || (to[n] != '\0' && strcmp(to + n, "/") != 0)))
		session_error(s, "%%Error changing dir to %s (%s)", to, flash_why(n == 0 ? FLASH_BAD_SYSTEM : FLASH_NO_FILE));
}

static void
run_folder(struct session *s, const struct args *a)
{
	session_error(s, "%%Error %s dir %s (the files of this router are in no folders)", arg_has(a, "mkdir") ? "creating" : "removing", arg_str(a, "name"));
}

static void
take_name(void *arg, const struct flash_file *x)
{
	text_printf(arg, "%s\n", x->name);
}

struct emptying { struct session *s; enum flash_status st; };

static void
take_away(void *arg, const char *line, size_t len)
{
	struct emptying *e = arg;
	enum flash_status st = len == 0 ? FLASH_OK : flash_delete(e->s->router->flash, line);

	if (st != FLASH_OK)
		e->st = st;
}

static void
run_format(struct session *s, const struct args *a)
{
	const char *url = arg_str(a, "place");
	size_t n = flash_prefix(url);
	struct emptying e = { .s = s, .st = FLASH_OK };
	struct text names = { 0 };

	if (n == 0 || url[n] != '\0') {
		session_error(s, "%%Error formatting %s (%s)", url, flash_why(n == 0 ? FLASH_BAD_SYSTEM : FLASH_BAD_NAME));
		return;
	}
	if (!session_confirm(s, "Format operation may take a while. Continue? [confirm]"))
		return;
	if (!session_confirm(s, "Format operation will destroy all data in \"flash:\".  Continue? [confirm]"))
		return;
	flash_each(s->router->flash, take_name, &names);
	text_lines(text_str(&names), take_away, &e);
	text_free(&names);
	if (e.st != FLASH_OK)
		session_error(s, "%%Error formatting %s (%s)", url, flash_why(e.st));
	else
		session_printf(s, "\nFormat of flash: complete\n");
}

#define COPY_SIDE(name)	"{ running-config | startup-config | flash: | nvram: | null: | system: | WORD:" name " }"
#define COPY_HELP	"The configuration in force\nThe configuration that a start reads\nThe files of this router\nThe saved configuration\nNothing\nThe system's own\n" \
			"A URL, as flash:NAME"

static const struct cmd rows[] = {
	{ M(PRIV), 15, 0, "copy " COPY_SIDE("from") " " COPY_SIDE("to"), "Copy one file to another\n" COPY_HELP "\n" COPY_HELP, run_copy },
	{ M(PRIV), 15, 0, "rename WORD:from WORD:to", "Give a file another name\nThe file\nIts new name", run_rename },
	{ M(PRIV), 15, 0, "verify { /md5 | /sha512 } WORD:url [ WORD:digest ]",
	    "Check a file\nBy its MD5 sum\nBy its SHA-512 sum\nThe file: flash:NAME\nThe sum that it should have", run_verify },
	{ M(PRIV), 15, 0, "pwd", "Show where file names without a file system begin", run_pwd },
	{ M(PRIV), 15, 0, "cd [ WORD:place ]", "Change where file names begin\nA file system", run_cd },
	{ M(PRIV), 15, 0, "mkdir WORD:name", "Make a folder\nIts name", run_folder },
	{ M(PRIV), 15, 0, "rmdir WORD:name", "Take a folder away\nIts name", run_folder },
	{ M(PRIV), 15, 0, "format WORD:place", "Empty a file system\nThe file system: flash:", run_format },
};

CMD_TABLE(cmds_copy, rows);
