/* The files of a router at its prompt: dir, more, delete, show flash. And at the lab's: show flash NODE, save. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flash.h"
#include "engine/lab.h"
#include "engine/router.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds.h"
#include "shell/cmds_config_eem.h"
#include "shell/session.h"
#include "shell/show.h"

/* "Mar 13 2015 13:00:05 +00:00" */
static void
put_date(struct text *t, int64_t ns)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct civil c;

	civil_from_ns(ns, &c);
	text_printf(t, "%s %d %d %02d:%02d:%02d +00:00", months[c.month - 1], c.day, c.year, c.hour, c.minute, c.second);
}

static void
put_entry(void *arg, const struct flash_file *x)
{
	struct text *t = arg;

	text_printf(t, "%5u  -rw-  %11zu  ", x->number, x->len);
	put_date(t, x->when_ns);
	text_printf(t, "  %s\n", x->name);
}

static void
put_dir(struct text *t, struct flash *f)
{
	size_t before = t->len;

	flash_each(f, put_entry, t);
	if (t->len == before)
		text_add(t, "No files in directory\n");
	text_printf(t, "\n%u bytes total (%zu bytes free)\n", FLASH_SIZE, FLASH_SIZE - flash_used(f));
}

static void
run_dir(struct session *s, const struct args *a)
{
	const char *url = arg_has(a, "place") ? arg_str(a, "place") : "flash:";
	size_t n = flash_prefix(url);
	struct text t = { 0 };

	if (n == 0 || (url[n] != '\0' && strcmp(url + n, "/") != 0)) {
		session_error(s, "%%Error opening %s (%s)", url, flash_why(n == 0 ? FLASH_BAD_SYSTEM : FLASH_NO_FILE));
		return;
	}
	text_printf(&t, "Directory of %.*s/\n\n", (int)n, url);
	put_dir(&t, s->router->flash);
	show_flush(s, &t);
}

static void
run_show(struct session *s, const struct args *a)
{
	struct text t = { 0 };

	(void)a;
	text_add(&t, "Directory of flash:/\n\n");
	put_dir(&t, s->router->flash);
	show_flush(s, &t);
}

static const struct flash_file *
file_named(struct session *s, const struct router *r, const char *url)
{
	const struct flash_file *x = NULL;
	const char *name;
	enum flash_status st = flash_url(url, &name);

	if (st == FLASH_OK && (x = flash_find(r->flash, name)) == NULL)
		st = FLASH_NO_FILE;
	if (x == NULL)
		session_error(s, "%%Error opening %s (%s)", url, flash_why(st));
	return x;
}

static void
put_file(struct session *s, const struct flash_file *x)
{
	session_write(s, x->data, x->len);
	if (x->len > 0 && x->data[x->len - 1] != '\n')
		session_write(s, "\n", 1);
}

static void
run_more(struct session *s, const struct args *a)
{
	const struct flash_file *x = file_named(s, s->router, arg_str(a, "url"));

	if (x != NULL)
		put_file(s, x);
}

static void
run_delete(struct session *s, const struct args *a)
{
	const char *url = arg_str(a, "url"), *name;
	size_t n = flash_prefix(url);
	char *question;

	if (!arg_has(a, "/force")) {
		char *answer;

		question = xasprintf("Delete filename [%s]? ", url + n + (url[n] == '/'));
		answer = session_ask(s, question, INPUT_QUESTION);
		free(question);
		if (answer == NULL)
			return;
		free(answer);
		question = xasprintf("Delete %s%s? [confirm]", n == 0 ? "flash:" : "", url);
		if (!session_confirm(s, question)) {
			free(question);
			return;
		}
		free(question);
	}
	if (file_named(s, s->router, url) != NULL && flash_url(url, &name) == FLASH_OK)
		flash_delete(s->router->flash, name);
}

/* ---- at the lab's console ---- */

static const struct router *
router_named(struct session *s, const struct args *a)
{
	struct node *n = lab_node_by_hostname(s->lab, arg_str(a, "node"));

	if (n != NULL && n->kind == NODE_ROUTER)
		return n->router;
	session_error(s, n == NULL ? "%% no node is called '%s'" : "%% %s is no router", arg_str(a, "node"));
	return NULL;
}

static void
run_lab_show(struct session *s, const struct args *a)
{
	const struct router *r = router_named(s, a);
	const struct flash_file *x;
	struct text t = { 0 };

	if (r == NULL)
		return;
	if (arg_has(a, "name")) {
		if ((x = file_named(s, r, arg_str(a, "name"))) != NULL)
			put_file(s, x);
		return;
	}
	put_dir(&t, r->flash);
	show_flush(s, &t);
}

static void
run_lab_save(struct session *s, const struct args *a)
{
	const struct router *r = router_named(s, a);
	const struct flash_file *x = r == NULL ? NULL : file_named(s, r, arg_str(a, "name"));
	const char *to = arg_str(a, "path");
	char *path;
	FILE *f;
	bool ok;

	if (x == NULL)
		return;
	path = to[0] == '/' ? xstrdup(to) : xasprintf("%s/%s", lab_base_dir(s->lab), to);
	f = fopen(path, "w");
	ok = f != NULL && fwrite(x->data, 1, x->len, f) == x->len;
	if (f != NULL)
		ok = fclose(f) == 0 && ok;
	if (!ok)
		session_error(s, "%% %s cannot be written", path);
	free(path);
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "dir [ WORD:place ]", "List files\nA file system (flash:)", run_dir },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show flash:", "Show what is going on\nThe files", run_show },
	{ M(PRIV), 15, CMD_SHOW, "more WORD:url", "Print a file\nIts name: flash:NAME", run_more },
	{ M(PRIV), 15, 0, "delete [ /force ] WORD:url", "Delete a file\nWithout asking\nIts name: flash:NAME", run_delete },
	{ M(LAB), 0, CMD_SHOW, "show flash WORD:node [ WORD:name ]", "Show what there is\nFiles of a router\nThe router\nOne of them", run_lab_show },
	{ M(LAB), 0, 0, "save flash WORD:node WORD:name WORD:path", "Keep something on the disk\nA file of a router\nThe router\nThe file\nWhere to", run_lab_save },
};

const struct cmd_table cmds_flash = { rows, sizeof(rows) / sizeof(rows[0]) };
