/* A router's files: a list in memory with a limit. */

#include "engine/flash.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/mem.h"

struct flash {
	TAILQ_HEAD(, flash_file) files;
	size_t			 n, used;
	unsigned		 numbers;	/* given so far */
};

struct flash *
flash_new(void)
{
	struct flash *f = xcalloc(1, sizeof(*f));

	TAILQ_INIT(&f->files);
	return f;
}

static void
file_free(struct flash *f, struct flash_file *x)
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
		file_free(f, TAILQ_FIRST(&f->files));
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

static bool
name_ok(const char *s)
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
	return name_ok(url) ? FLASH_OK : FLASH_BAD_NAME;
}

static struct flash_file *
find(const struct flash *f, const char *name)
{
	struct flash_file *x;

	TAILQ_FOREACH(x, &f->files, next)
		if (strcmp(x->name, name) == 0)
			return x;
	return NULL;
}

const struct flash_file *
flash_find(const struct flash *f, const char *name)
{
	return find(f, name);
}

static struct flash_file *
file_new(struct flash *f, const char *name)
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

enum flash_status
flash_write(struct flash *f, const char *name, const void *p, size_t n, bool append, int64_t now)
{
	struct flash_file *x = find(f, name);
	size_t old = x == NULL ? 0 : x->len, kept = append ? old : 0;

	if (!name_ok(name))
		return FLASH_BAD_NAME;
	if (n > FLASH_SIZE || f->used - old + kept > FLASH_SIZE - n || (x == NULL && f->n >= FLASH_FILES))
		return FLASH_FULL;
	if (x == NULL)
		x = file_new(f, name);
	file_room(x, kept + n + 1, append);
	if (n > 0)
		memcpy(x->data + kept, p, n);
	x->len = kept + n;
	x->data[x->len] = '\0';
	x->when_ns = now;
	f->used = f->used - old + x->len;
	return FLASH_OK;
}

enum flash_status
flash_delete(struct flash *f, const char *name)
{
	struct flash_file *x = find(f, name);

	if (x == NULL)
		return FLASH_NO_FILE;
	file_free(f, x);
	return FLASH_OK;
}

void
flash_each(const struct flash *f, void (*fn)(void *arg, const struct flash_file *x), void *arg)
{
	const struct flash_file *x;

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
	}
	return "";
}
