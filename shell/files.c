/* URLs at a router's prompt, read and written. */

#include "shell/files.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/flash.h"
#include "engine/router.h"
#include "lib/mem.h"
#include "shell/running_config.h"
#include "shell/session.h"

/* A file of a file system that holds one: its name may be cut short. */
static bool
is_named(const char *rest, const char *name)
{
	size_t n;

	if (*rest == '/')
		rest++;
	n = strlen(rest);
	return n > 0 && strncasecmp(rest, name, n) == 0;
}

static bool
of_system(const char *url, const char *system, enum file_kind kind, const char *name, struct file *out)
{
	const char *rest = url + strlen(system);

	if (strncasecmp(url, system, strlen(system)) != 0)
		return false;
	*out = (struct file){ .kind = kind, .name = name };
	if (*rest == '\0' || strcmp(rest, "/") == 0)
		out->name = kind == FILE_NULL ? name : "";
	else if (kind != FILE_NULL && !is_named(rest, name))
		out->why = flash_why(FLASH_NO_FILE);
	return true;
}

void
file_of(const char *url, struct file *out)
{
	enum flash_status st;

	if (of_system(url, "nvram:", FILE_STARTUP, "startup-config", out) || of_system(url, "system:", FILE_RUNNING, "running-config", out) ||
	    of_system(url, "null:", FILE_NULL, "", out))
		return;
	*out = (struct file){ .kind = FILE_FLASH, .name = "" };
	if (strcmp(url, "running-config") == 0)
		*out = (struct file){ .kind = FILE_RUNNING, .name = "running-config" };
	else if (strcmp(url, "startup-config") == 0)
		*out = (struct file){ .kind = FILE_STARTUP, .name = "startup-config" };
	else if (flash_prefix(url) > 0 && (url[flash_prefix(url)] == '\0' || strcmp(url + flash_prefix(url), "/") == 0))
		return;
	else if ((st = flash_url(url, &out->name)) != FLASH_OK)
		out->why = flash_why(st);
}

char *
file_shown(const struct file *f)
{
	static const char *const systems[] = { [FILE_FLASH] = "flash:", [FILE_RUNNING] = "system:", [FILE_STARTUP] = "nvram:", [FILE_NULL] = "null:" };

	return xasprintf("%s%s", systems[f->kind], f->name);
}

static bool
read_startup(struct router *r, struct text *out)
{
	char *text = r->ops->nvram_load(r->arg, r);
	bool there = text != NULL && *text != '\0';

	if (there)
		text_add(out, text);
	free(text);
	return there;
}

bool
file_read(struct router *r, struct file *f, struct text *out)
{
	const struct flash_file *x;

	if (f->why != NULL)
		return false;
	switch (f->kind) {
	case FILE_RUNNING:
		running_config_body(r, out);
		return true;
	case FILE_STARTUP:
		if (read_startup(r, out))
			return true;
		break;
	case FILE_FLASH:
		if ((x = flash_find(r->flash, f->name)) == NULL)
			break;
		text_addn(out, x->data, x->len);
		return true;
	case FILE_NULL:
		break;
	}
	f->why = flash_why(FLASH_NO_FILE);
	return false;
}

bool
file_write(struct router *r, struct file *f, const char *p, size_t n)
{
	enum flash_status st;
	bool ok = f->why == NULL;

	if (ok && f->kind == FILE_STARTUP) {
		if (memchr(p, '\0', n) != NULL) {
			f->why = "it is no text";
			return false;
		}
		ok = r->ops->nvram_store(r->arg, r, p, &f->why);
		if (!ok && f->why == NULL)
			f->why = "no reason given";
	} else if (ok && f->kind == FILE_FLASH) {
		st = flash_write(r->flash, f->name, p, n, false, router_now(r));
		ok = st == FLASH_OK;
		f->why = ok ? NULL : flash_why(st);
	}
	return ok;
}

char *
file_text(struct session *s, const char *url)
{
	struct text t = { 0 };
	struct file f;

	file_of(url, &f);
	if (!file_read(s->router, &f, &t)) {
		session_error(s, "%%Error opening %s (%s)", url, f.why);
		return NULL;
	}
	return t.s == NULL ? xstrdup("") : text_take(&t);
}
