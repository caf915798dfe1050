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
#include "shell/files.h"
#include "shell/saved.h"
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
put_flash(struct text *t, struct session *s, const char *url, size_t n)
{
	text_printf(t, "Directory of %.*s/\n\n", (int)n, url);
	put_dir(t, s->router->flash);
}

/* A file system of one file, whose date is not known: that is left out. */
static void
put_single(struct text *t, struct session *s, const char *url)
{
	struct text content = { 0 };
	struct file f;
	char *shown;

	file_of(url, &f);
	shown = file_shown(&f);
	text_printf(t, "Directory of %s/\n\n", shown);
	f.name = f.kind == FILE_STARTUP ? "startup-config" : "running-config";
	if (file_read(s->router, &f, &content))
		text_printf(t, "%5u  %s  %11zu                    <no date>  %s\n\n", 1, "-rw-", content.len, f.name);
	else
		text_add(t, "No files in directory\n\n");
	if (f.kind == FILE_STARTUP)
		text_printf(t, "%u bytes total (%zu bytes free)\n", NVRAM_SIZE, content.len < NVRAM_SIZE ? NVRAM_SIZE - content.len : 0);
	else
		text_add(t, "No space information available\n");
	text_free(&content);
	free(shown);
}

struct one { struct text *t; const char *name; };

static void
put_if_named(void *arg, const struct flash_file *x)
{
	const struct one *o = arg;

	if (strcmp(x->name, o->name) == 0)
		put_entry(o->t, x);
}

static void
put_url(struct session *s, const char *url, struct text *t)
{
	size_t n = flash_prefix(url);
	struct one o = { .t = t };
	struct file f;

	file_of(url, &f);
	if (f.why == NULL && f.kind == FILE_FLASH && *f.name == '\0')
		put_flash(t, s, url, n);
	else if (f.why == NULL && (f.kind == FILE_STARTUP || f.kind == FILE_RUNNING) && *f.name == '\0')
		put_single(t, s, url);
	else if (f.why == NULL && f.kind == FILE_FLASH && flash_find(s->router->flash, f.name) != NULL) {
		o.name = f.name;
		text_printf(t, "Directory of flash:/%s\n\n", f.name);
		flash_each(s->router->flash, put_if_named, &o);
		text_printf(t, "\n%u bytes total (%zu bytes free)\n", FLASH_SIZE, FLASH_SIZE - flash_used(s->router->flash));
	} else
		session_error(s, "%%Error opening %s (%s)", url, f.why != NULL ? f.why : flash_why(FLASH_NO_FILE));
}

static void
run_dir(struct session *s, const struct args *a)
{
	struct text t = { 0 };

	put_url(s, arg_has(a, "place") ? arg_str(a, "place") : "flash:", &t);
	show_flush(s, &t);
}

static void
run_systems(struct session *s, const struct args *a)
{
	struct file f;
	struct text t = { 0 }, saved = { 0 };

	(void)a;
	file_of("startup-config", &f);
	file_read(s->router, &f, &saved);
	text_add(&t, "File Systems:\n\n       Size(b)       Free(b)      Type  Flags  Prefixes\n");
	text_add(&t, "             -             -    opaque     rw   null:\n             -             -    opaque     ro   system:\n");
	text_printf(&t, "*%13u %13zu      disk     rw   flash: flash0: disk0: bootflash:\n", FLASH_SIZE, FLASH_SIZE - flash_used(s->router->flash));
	text_printf(&t, "%14u %13zu     nvram     rw   nvram:\n", NVRAM_SIZE, saved.len < NVRAM_SIZE ? NVRAM_SIZE - saved.len : 0);
	text_free(&saved);
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
	char *text = file_text(s, arg_str(a, "url"));
	size_t n = text == NULL ? 0 : strlen(text);

	if (n > 0) {
		session_write(s, text, n);
		if (text[n - 1] != '\n')
			session_write(s, "\n", 1);
	}
	free(text);
}

static void
run_delete(struct session *s, const struct args *a)
{
	const char *url = arg_str(a, "url"), *name;
	size_t n = flash_prefix(url);
	char *question, *other = NULL;
	enum flash_status st;
	bool sure = true;

	if (!arg_has(a, "/force")) {
		char *answer;

		question = xasprintf("Delete filename [%s]? ", url + n + (url[n] == '/'));
		answer = session_ask(s, question, INPUT_QUESTION);
		free(question);
		if (answer == NULL)
			return;
		other = *answer == '\0' ? NULL : xasprintf("%.*s%s", flash_prefix(answer) > 0 ? 0 : (int)n, url, answer);
		url = other != NULL ? other : url;
		free(answer);
		question = xasprintf("Delete %s%s? [confirm]", flash_prefix(url) == 0 ? "flash:" : "", url);
		sure = session_confirm(s, question);
		free(question);
	}
	if (sure && file_named(s, s->router, url) != NULL && flash_url(url, &name) == FLASH_OK &&
	    (st = flash_delete(s->router->flash, name)) != FLASH_OK)
		session_error(s, "%%Error deleting %s (%s)", url, flash_why(st));
	free(other);
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
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "dir [ /all ] [ WORD:place ]", "List files\nAll of them, as always\nA file system (flash:, nvram:, system:) or a file", run_dir },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show flash:", "Show what is going on\nThe files", run_show },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show file systems", "Show what is going on\nAbout files\nWhere they can be", run_systems },
	{ M(PRIV), 15, CMD_SHOW, "more WORD:url", "Print a file\nIts name: flash:NAME, nvram:startup-config, system:running-config", run_more },
	{ M(PRIV), 15, 0, "delete [ /force ] WORD:url", "Delete a file\nWithout asking\nIts name: flash:NAME", run_delete },
	{ M(LAB), 0, CMD_SHOW, "show flash WORD:node [ WORD:name ]", "Show what there is\nFiles of a router\nThe router\nOne of them", run_lab_show },
	{ M(LAB), 0, 0, "save flash WORD:node WORD:name WORD:path", "Keep something on the disk\nA file of a router\nThe router\nThe file\nWhere to", run_lab_save },
};

const struct cmd_table cmds_flash = { rows, sizeof(rows) / sizeof(rows[0]) };
