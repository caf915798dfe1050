/* show running-config and startup-config, and what saves and erases the latter. */

#include <stdlib.h>
#include <string.h>

#include "engine/archive.h"
#include "engine/flash.h"
#include "engine/router.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/foreign.h"
#include "shell/running_config.h"
#include "shell/saved.h"
#include "shell/show.h"

struct brief { struct text *out; bool chain; };

/* Certificates are left out. */
static void
take_brief(void *arg, const char *line, size_t len)
{
	struct brief *b = arg;

	if (*line != ' ')
		b->chain = strncmp(line, "crypto pki certificate chain", 28) == 0;
	else if (b->chain)
		return;
	text_addn(b->out, line, len);
	text_addc(b->out, '\n');
}

static void
show_other(struct session *s, bool all)
{
	struct text body = { 0 }, some = { 0 }, t = { 0 };
	struct brief b = { .out = &some };

	if (all)
		running_config_all(s->router, &some);
	else {
		running_config_body(s->router, &body);
		text_lines(text_str(&body), take_brief, &b);
	}
	text_printf(&t, "Building configuration...\n\nCurrent configuration%s : %zu bytes\n%s", all ? " with default configurations exposed" : "",
	    some.len, text_str(&some));
	text_free(&body);
	text_free(&some);
	show_flush(s, &t);
}

/* An interface that is only kept as text. */
static void
show_foreign(struct session *s, const char *name)
{
	struct text one = { 0 };
	char *line = xasprintf("interface %s", name), *head = NULL;

	if (!foreign_interface(line, &head) || !foreign_section(conf(s), head, &one))
		session_error(s, "%% Interface %s does not exist", name);
	else
		session_printf(s, "Building configuration...\n\nCurrent configuration : %zu bytes\n!\n%send\n\n", one.len, text_str(&one));
	text_free(&one);
	free(head);
	free(line);
}

/* Somebody who may not change everything does not see everything. */
static bool
show_for_level(struct session *s, const char *interface)
{
	struct text t = { 0 };
	char *head = interface == NULL ? NULL : xasprintf("interface %s", interface);

	if (s->privilege < 15) {
		running_config_for(s, head, &t);
		show_flush(s, &t);
	}
	free(head);
	return s->privilege < 15;
}

static void
run_running(struct session *s, const struct args *a)
{
	struct text t = { 0 }, one = { 0 };
	const struct cfg_if *i;

	if (show_for_level(s, !arg_has(a, "interface") ? NULL : arg_str(a, arg_has(a, "other") ? "other" : "name")))
		return;

	if (arg_has(a, "all") || arg_has(a, "brief")) {
		show_other(s, arg_has(a, "all"));
		return;
	}
	if (!arg_has(a, "interface")) {
		running_config_text(s->router, &t);
		show_flush(s, &t);
		return;
	}
	if (arg_has(a, "other")) {
		show_foreign(s, arg_str(a, "other"));
		return;
	}
	if ((i = config_if(conf(s), arg_str(a, "name"), false)) == NULL) {
		session_error(s, "%% Interface %s does not exist", arg_str(a, "name"));
		return;
	}
	running_config_if(i, &one);
	foreign_weave(conf(s), &one, false);
	one.len -= 2;		/* the `!` that would divide it from the next */
	text_printf(&t, "Building configuration...\n\nCurrent configuration : %zu bytes\n!\n%.*send\n\n", one.len,
	    (int)one.len, text_str(&one));
	text_free(&one);
	show_flush(s, &t);
}

static void
run_startup(struct session *s, const struct args *a)
{
	const struct router *r = s->router;
	char *text = r->ops->nvram_load(r->arg, s->router);

	(void)a;
	if (text == NULL || *text == '\0') {
		session_error(s, "startup-config is not present");
		free(text);
		return;
	}
	session_printf(s, "Using %zu out of %u bytes\n%s", strlen(text), NVRAM_SIZE, text);
	free(text);
}

static void
saved(struct session *s)
{
	const struct cfg_archive *c = &s->router->cfg->archive;
	enum flash_status st;
	const char *name;

	s->router->cfg->unsaved = false;
	session_printf(s, "[OK]\n");
	if (c->write_memory && c->path != NULL && (st = archive_save(s->router, &name)) != FLASH_OK)
		session_error(s, "%% The archive could not be written (%s)", flash_why(st));
}

void
save_running(struct session *s)
{
	struct text t = { 0 };
	const char *why = NULL;

	session_printf(s, "Building configuration...\n");
	running_config_body(s->router, &t);
	if (s->router->ops->nvram_store(s->router->arg, s->router, text_str(&t), &why))
		saved(s);
	else
		session_error(s, "%% NVRAM write failed: %s", why == NULL ? "no reason given" : why);
	text_free(&t);
}

bool
running_is_unsaved(const struct router *r)
{
	return r->cfg->unsaved;
}

static void
run_write(struct session *s, const struct args *a)
{
	(void)a;
	save_running(s);
}

static void
run_write_terminal(struct session *s, const struct args *a)
{
	struct text t = { 0 };

	(void)a;
	if (show_for_level(s, NULL))
		return;
	running_config_text(s->router, &t);
	show_flush(s, &t);
}

static void
erase(struct session *s)
{
	const char *why = NULL;

	if (!session_confirm(s, "Erasing the nvram filesystem will remove all configuration files! Continue? [confirm]"))
		return;
	if (s->router->ops->nvram_store(s->router->arg, s->router, NULL, &why))
		session_printf(s, "[OK]\nErase of nvram: complete\n");
	else
		session_error(s, "%% NVRAM erase failed: %s", why == NULL ? "no reason given" : why);
}

static void
run_erase(struct session *s, const struct args *a)
{
	(void)a;
	erase(s);
}

#define SHOW	"Show what is going on\n"

static const struct cmd rows[] = {
	{ M(PRIV), 15, CMD_SHOW, "show running-config [ { all | brief | full | interface { IFNAME:name | LINE:other } } ]",
	    SHOW "The configuration in force\nWith what goes without saying\nWithout certificates\nThe whole, as without this word\nOf one interface\nThe interface\nAn interface of a kind that this router does not have", run_running },
	{ M(PRIV), 15, CMD_SHOW, "show startup-config", SHOW "The configuration that a start reads", run_startup },
	{ M(PRIV), 15, 0, "write [ memory ]", "Save the configuration in force\nTo where a start reads it", run_write },
	{ M(PRIV), 15, CMD_SHOW, "write terminal", "Save the configuration in force\nOnly show it", run_write_terminal },
	{ M(PRIV), 15, 0, "write erase", "Save the configuration in force\nErase the saved one", run_erase },
	{ M(PRIV), 15, 0, "erase { startup-config | nvram: }", "Erase a file\nThe configuration that a start reads\nAll that is saved", run_erase },
};

const struct cmd_table cmds_show_config = { rows, NROWS(rows) };
