/* A router's files: a list in memory with a limit, and beside it, if there is one, the directory that keeps them. */

#include "engine/flash_disk.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/mem.h"

struct flash *
flash_new(void)
{
	struct flash *f = xcalloc(1, sizeof(*f));

	TAILQ_INIT(&f->files);
	f->dir = -1;
	return f;
}

void
flash_file_free(struct flash *f, struct flash_file *x)
{
	TAILQ_REMOVE(&f->files, x, next);
	f->n--;
	f->used -= x->len;
	free(x->name);
	free(x->data);
	free(x);
}

void
flash_free(struct flash *f)
{
	if (f == NULL)
		return;
	while (!TAILQ_EMPTY(&f->files))
		flash_file_free(f, TAILQ_FIRST(&f->files));
	flash_disk_close(f);
	free(f);
}

size_t
flash_prefix(const char *url)
{
	static const char *const systems[] = { "flash:", "flash0:", "disk0:", "bootflash:" };

	for (size_t i = 0; i < sizeof(systems) / sizeof(systems[0]); i++)
		if (strncasecmp(url, systems[i], strlen(systems[i])) == 0)
			return strlen(systems[i]);
	return 0;
}

bool
flash_name_ok(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n > FLASH_NAME_MAX || strcmp(s, ".") == 0 || strcmp(s, "..") == 0)
		return false;
	for (; *s != '\0'; s++)
		if (!isalnum((unsigned char)*s) && strchr("._-+@#%~=,", *s) == NULL)
			return false;
	return true;
}

enum flash_status
flash_url(const char *url, const char **name)
{
	size_t n = flash_prefix(url);

	if (n == 0 && strchr(url, ':') != NULL)
		return FLASH_BAD_SYSTEM;
	url += n;
	if (*url == '/')
		url++;
	*name = url;
	return flash_name_ok(url) ? FLASH_OK : FLASH_BAD_NAME;
}

struct flash_file *
flash_listed(const struct flash *f, const char *name)
{
	struct flash_file *x;

	TAILQ_FOREACH(x, &f->files, next)
		if (strcmp(x->name, name) == 0)
			return x;
	return NULL;
}

const struct flash_file *
flash_find(struct flash *f, const char *name)
{
	if (f->dir >= 0)
		flash_disk_look(f, name);
	return flash_listed(f, name);
}

struct flash_file *
flash_file_new(struct flash *f, const char *name)
{
	struct flash_file *x = xcalloc(1, sizeof(*x));

	x->name = xstrdup(name);
	x->number = ++f->numbers;
	x->data = xstrdup("");
	TAILQ_INSERT_TAIL(&f->files, x, next);
	f->n++;
	return x;
}

/* What grows by pieces grows by doubling; what is replaced has its own size. */
static void
file_room(struct flash_file *x, size_t need, bool grows)
{
	if (grows && need <= x->room)
		return;
	x->room = grows && x->room > 0 && need < 2 * x->room ? 2 * x->room : need;
	x->data = xrealloc(x->data, x->room);
}

/* What the file will hold is put together first, so that a disk that refuses changes nothing. */
static void
file_set(struct flash *f, struct flash_file *x, const void *p, size_t n, size_t kept, int64_t now)
{
	f->used = f->used - x->len + kept + n;
	file_room(x, kept + n + 1, kept > 0);
	if (n > 0)
		memcpy(x->data + kept, p, n);
	x->len = kept + n;
	x->data[x->len] = '\0';
	x->when_ns = now;
}

enum flash_status
flash_write(struct flash *f, const char *name, const void *p, size_t n, bool append, int64_t now)
{
	struct flash_file *x;
	enum flash_status s;
	size_t old, kept;

	if (!flash_name_ok(name))
		return FLASH_BAD_NAME;
	if (f->dir >= 0)
		flash_disk_scan(f);
	x = flash_listed(f, name);
	old = x == NULL ? 0 : x->len;
	kept = append ? old : 0;
	if (n > FLASH_SIZE || f->used - old + kept > FLASH_SIZE - n || (x == NULL && f->n >= FLASH_FILES))
		return FLASH_FULL;
	if (f->dir >= 0 && (s = flash_disk_write(f, name, x, p, n, kept, now)) != FLASH_OK)
		return s;
	if (x == NULL)
		x = flash_file_new(f, name);
	file_set(f, x, p, n, kept, now);
	if (f->dir >= 0)
		flash_disk_note(f, x);
	return FLASH_OK;
}

enum flash_status
flash_delete(struct flash *f, const char *name)
{
	const struct flash_file *found = flash_find(f, name);
	struct flash_file *x = flash_listed(f, name);
	enum flash_status s;

	if (found == NULL)
		return FLASH_NO_FILE;
	if (f->dir >= 0 && (s = flash_disk_delete(f, name)) != FLASH_OK)
		return s;
	flash_file_free(f, x);
	return FLASH_OK;
}

enum flash_status
flash_rename(struct flash *f, const char *from, const char *to)
{
	struct flash_file *x;
	enum flash_status s;

	if (!flash_name_ok(to))
		return FLASH_BAD_NAME;
	if (flash_find(f, to) != NULL)
		return FLASH_EXISTS;
	if (flash_find(f, from) == NULL)
		return FLASH_NO_FILE;
	if (f->dir >= 0 && (s = flash_disk_rename(f, from, to)) != FLASH_OK)
		return s;
	x = flash_listed(f, from);
	free(x->name);
	x->name = xstrdup(to);
	return FLASH_OK;
}

void
flash_each(struct flash *f, void (*fn)(void *arg, const struct flash_file *x), void *arg)
{
	const struct flash_file *x;

	if (f->dir >= 0)
		flash_disk_scan(f);
	TAILQ_FOREACH(x, &f->files, next)
		fn(arg, x);
}

size_t
flash_used(const struct flash *f)
{
	return f->used;
}

const char *
flash_why(enum flash_status s)
{
	switch (s) {
	case FLASH_OK:
		return "OK";
	case FLASH_NO_FILE:
		return "No such file or directory";
	case FLASH_FULL:
		return "No space left on device";
	case FLASH_BAD_NAME:
		return "Invalid file name";
	case FLASH_BAD_SYSTEM:
		return "No such device";
	case FLASH_DENIED:
		return "Permission denied";
	case FLASH_EXISTS:
		return "File exists";
	}
	return "";
}
