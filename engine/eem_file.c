/* The file actions of applets, on the router's flash: a run's open files are names with a place in them. */

#include <stdlib.h>
#include <string.h>

#include "engine/eem_applet.h"
#include "engine/flash.h"
#include "engine/router.h"
#include "lib/mem.h"

static struct eem_file *
file_of(struct eem_applet_run *run, const char *fd)
{
	for (size_t i = 0; i < EEM_FILES; i++)
		if (run->files[i].fd != NULL && strcmp(run->files[i].fd, fd) == 0)
			return &run->files[i];
	return NULL;
}

static void
file_drop(struct eem_file *f)
{
	free(f->fd);
	free(f->name);
	*f = (struct eem_file){ 0 };
}

void
eem_files_free(struct eem_applet_run *run)
{
	for (size_t i = 0; i < EEM_FILES; i++)
		file_drop(&run->files[i]);
}

static enum eem_step
file_fail(struct eem_applet_run *run, const char *what, enum flash_status s)
{
	return eem_fail(run, "FMPD_FILE", "file %s: %s", what, flash_why(s));
}

/* r, w, a, each with or without `+`, as fopen(3) has them */
static enum eem_step
file_open(struct eem_applet_run *run, const char *fd, const char *url, const char *mode)
{
	struct flash *flash = run->r->flash;
	enum flash_status s;
	const char *name;
	size_t i = 0;

	if ((s = flash_url(url, &name)) != FLASH_OK)
		return file_fail(run, url, s);
	if (mode[0] == 'w')
		s = flash_write(flash, name, "", 0, false, router_now(run->r));
	else if (mode[0] == 'a')
		s = flash_write(flash, name, "", 0, true, router_now(run->r));
	else
		s = flash_find(flash, name) == NULL ? FLASH_NO_FILE : FLASH_OK;
	if (s != FLASH_OK)
		return file_fail(run, url, s);
	while (i < EEM_FILES && run->files[i].fd != NULL)
		i++;
	if (i == EEM_FILES || file_of(run, fd) != NULL)
		return eem_fail(run, "FMPD_FILE", "file %s: %s", url, i == EEM_FILES ? "too many are open" : "the descriptor is in use");
	run->files[i] = (struct eem_file){ xstrdup(fd), xstrdup(name), 0, mode[0] == 'r' || mode[1] == '+', mode[0] != 'r' || mode[1] == '+' };
	return EEM_NEXT;
}

static enum eem_step
file_put(struct eem_applet_run *run, struct eem_file *f, const char *p, size_t n)
{
	enum flash_status s;

	if (!f->writes)
		return eem_fail(run, "FMPD_FILE", "file %s: not open for writing", f->name);
	s = flash_write(run->r->flash, f->name, p, n, true, router_now(run->r));
	return s == FLASH_OK ? EEM_NEXT : file_fail(run, f->name, s);
}

/* Up to max characters, a line only if line is true: into a variable. */
static enum eem_step
file_get(struct eem_applet_run *run, struct eem_file *f, const char *var, size_t max, bool line)
{
	const struct flash_file *x = flash_find(run->r->flash, f->name);
	size_t left, n;
	const char *from;
	char *s;

	if (x == NULL || !f->reads)
		return eem_fail(run, "FMPD_FILE", "file %s: %s", f->name, x == NULL ? "it is gone" : "not open for reading");
	from = x->data + (f->pos < x->len ? f->pos : x->len);
	left = (size_t)(x->data + x->len - from);
	n = max < left ? max : left;
	if (line && memchr(from, '\n', n) != NULL)
		n = (size_t)((const char *)memchr(from, '\n', n) - from);
	s = xstrndup(from, n);
	eem_vars_set(&run->vars, var, s);
	free(s);
	f->pos = (size_t)(from - x->data) + n + (line && n < left);
	return EEM_NEXT;
}

static enum eem_step
file_delete(struct eem_applet_run *run, const char *url)
{
	const char *name;
	enum flash_status s = flash_url(url, &name);

	if (s == FLASH_OK)
		s = flash_delete(run->r->flash, name);
	return s == FLASH_OK ? EEM_NEXT : file_fail(run, url, s);
}

enum eem_step
eem_file(struct eem_applet_run *run, const struct eem_act *a)
{
	struct eem_file *f;
	int64_t n = 0;

	if (a->verb == EEM_FILE_OPEN)
		return file_open(run, run->x[0], run->x[1], run->x[2]);
	if (a->verb == EEM_FILE_DELETE)
		return file_delete(run, run->x[0]);
	if ((f = file_of(run, run->x[0])) == NULL)
		return eem_fail(run, "FMPD_FILE", "file %s: not open", run->x[0]);
	if (run->x[2] != NULL && (a->verb == EEM_FILE_READ || a->verb == EEM_FILE_WRITE) &&
	    (!eem_number(run, run->x[2], &n) || n < 0))
		return EEM_FAILED;
	switch (a->verb) {
	case EEM_FILE_CLOSE:
		file_drop(f);
		return EEM_NEXT;
	case EEM_FILE_GETS:
		return file_get(run, f, run->x[1], EEM_VALUE_MAX, true);
	case EEM_FILE_READ:
		return file_get(run, f, run->x[1], n < (int64_t)EEM_VALUE_MAX ? (size_t)n : EEM_VALUE_MAX, false);
	case EEM_FILE_WRITE:
		return file_put(run, f, run->x[1], (size_t)n < strlen(run->x[1]) ? (size_t)n : strlen(run->x[1]));
	default:	/* puts: a line, unless the third is there */
		if (file_put(run, f, run->x[1], strlen(run->x[1])) != EEM_NEXT)
			return EEM_FAILED;
		return run->x[2] != NULL ? EEM_NEXT : file_put(run, f, "\n", 1);
	}
}
