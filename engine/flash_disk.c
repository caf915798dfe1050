/*
 * The directory of a router's files.  It is opened once and everything goes by its descriptor and a name without
 * a slash, no link is followed, and only plain files count, so that there is no way out of it whatever others put
 * there.  A file is replaced whole: written beside under a name that no file of the router can have, brought to the
 * disk, renamed.  What others change is read again when it is asked for.
 */

#include "engine/flash_disk.h"

#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/mem.h"

#define TEMP_NAME	":new"
#define SCAN_MAX	4096u	/* entries that are looked at */

static int64_t
ns_of(const struct timespec *t)
{
	return (int64_t)t->tv_sec * NSEC_SEC + t->tv_nsec;
}

static enum flash_status
status_of(int error)
{
	return error == ENOSPC || error == EDQUOT || error == EFBIG ? FLASH_FULL : error == ENOENT ? FLASH_NO_FILE : FLASH_DENIED;
}

/* A plain file opened, or -1: O_NONBLOCK, since it may be a pipe that nobody writes to. */
static int
open_plain(const struct flash *f, const char *name, struct stat *st)
{
	int fd = openat(f->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	close(fd);
	return -1;
}

/* size bytes, or fewer if it has become shorter meanwhile. */
static char *
read_bytes(int fd, size_t size, size_t *len)
{
	char *p = xmalloc(size + 1);
	ssize_t k;

	for (*len = 0; *len < size; *len += (size_t)k) {
		k = read(fd, p + *len, size - *len);
		if (k < 0 && errno == EINTR)
			k = 0;
		else if (k <= 0)
			break;
	}
	p[*len] = '\0';
	return p;
}

static void
take_stat(struct flash_file *x, const struct stat *st)
{
	x->inode = (uint64_t)st->st_ino;
	x->disk_ns = ns_of(&st->st_mtim);
}

static bool
is_same(const struct flash_file *x, const struct stat *st)
{
	return x->inode == (uint64_t)st->st_ino && x->disk_ns == ns_of(&st->st_mtim) && st->st_size >= 0 &&
	    x->len == (size_t)st->st_size;
}

static bool
fits(const struct flash *f, const struct flash_file *x, const struct stat *st)
{
	size_t others = f->used - (x == NULL ? 0 : x->len);

	return st->st_size >= 0 && (uint64_t)st->st_size <= FLASH_SIZE - others && (x != NULL || f->n < FLASH_FILES);
}

static void
forget(struct flash *f, struct flash_file *x)
{
	if (x != NULL)
		flash_file_free(f, x);
}

void
flash_disk_look(struct flash *f, const char *name)
{
	struct flash_file *x = flash_listed(f, name);
	struct stat st;
	int fd = flash_name_ok(name) ? open_plain(f, name, &st) : -1;
	bool keep = fd >= 0 && fits(f, x, &st);

	if (keep && (x == NULL || !is_same(x, &st))) {
		if (x == NULL)
			x = flash_file_new(f, name);
		f->used -= x->len;
		free(x->data);
		x->data = read_bytes(fd, (size_t)st.st_size, &x->len);
		x->room = x->len + 1;
		f->used += x->len;
		x->when_ns = ns_of(&st.st_mtim);
		take_stat(x, &st);
	}
	if (keep)
		x->seen = true;
	else
		forget(f, x);
	if (fd >= 0)
		close(fd);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names that a file of the router may have, in order. */
static size_t
names_read(const struct flash *f, char ***out)
{
	int fd = openat(f->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	char **v = NULL;
	size_t n = 0;

	if (d == NULL && fd >= 0)
		close(fd);
	for (size_t i = 0; d != NULL && i < SCAN_MAX && (e = readdir(d)) != NULL; i++)
		if (flash_name_ok(e->d_name)) {
			v = xrealloc(v, (n + 1) * sizeof(*v));
			v[n++] = xstrdup(e->d_name);
		}
	if (d != NULL)
		closedir(d);
	if (n > 1)
		qsort(v, n, sizeof(*v), by_name);
	*out = v;
	return n;
}

static void
names_free(char **v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(v[i]);
	free(v);
}

void
flash_disk_scan(struct flash *f)
{
	struct flash_file *x, *after;
	char **names;
	size_t n = names_read(f, &names);

	TAILQ_FOREACH(x, &f->files, next)
		x->seen = false;
	/* What is known first: a stranger must not take its room. */
	for (int known = 1; known >= 0; known--)
		for (size_t i = 0; i < n; i++)
			if ((flash_listed(f, names[i]) != NULL) == (known == 1))
				flash_disk_look(f, names[i]);
	for (x = TAILQ_FIRST(&f->files); x != NULL; x = after) {
		after = TAILQ_NEXT(x, next);
		if (!x->seen)
			flash_file_free(f, x);
	}
	names_free(names, n);
}

static int
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, p, n);

		if (k < 0 && errno != EINTR)
			return errno;
		if (k > 0) {
			p += k;
			n -= (size_t)k;
		}
	}
	return 0;
}

/* A file's date is the router's. */
static void
set_date(int fd, int64_t when)
{
	struct timespec t[2];

	t[0].tv_sec = t[1].tv_sec = (time_t)(when / NSEC_SEC);
	t[0].tv_nsec = t[1].tv_nsec = (long)(when % NSEC_SEC);
	(void)futimens(fd, t);
}

static int
replace(struct flash *f, const char *name, const char *p, size_t kept, const void *more, size_t n, int64_t when)
{
	int fd, error;

	unlinkat(f->dir, TEMP_NAME, 0);
	fd = openat(f->dir, TEMP_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno;
	if ((error = write_all(fd, p, kept)) == 0)
		error = write_all(fd, more, n);
	set_date(fd, when);
	if (fsync(fd) != 0 && error == 0)
		error = errno;
	if (close(fd) != 0 && error == 0)
		error = errno;
	if (error == 0 && renameat(f->dir, TEMP_NAME, f->dir, name) != 0)
		error = errno;
	if (error != 0)
		unlinkat(f->dir, TEMP_NAME, 0);
	else
		(void)fsync(f->dir);
	return error;
}

/* -1: this file is not one to be added to (it has a second name, or is not as it was): it is replaced. */
static int
add_to(struct flash *f, const char *name, const struct flash_file *x, const void *p, size_t n, int64_t when)
{
	int fd = openat(f->dir, name, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), error;
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1 || !is_same(x, &st)) {
		close(fd);
		return -1;
	}
	error = write_all(fd, p, n);
	if (error != 0 && ftruncate(fd, st.st_size) != 0)
		error = errno;
	set_date(fd, when);
	if (close(fd) != 0 && error == 0)
		error = errno;
	return error;
}

enum flash_status
flash_disk_write(struct flash *f, const char *name, const struct flash_file *x, const void *p, size_t n, size_t kept, int64_t when)
{
	struct stat st;
	int error = -1;

	if (x == NULL && fstatat(f->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return FLASH_DENIED;
	if (kept > 0)
		error = add_to(f, name, x, p, n, when);
	if (error == -1)
		error = replace(f, name, x == NULL ? "" : x->data, kept, p, n, when);
	return error == 0 ? FLASH_OK : status_of(error);
}

void
flash_disk_note(struct flash *f, struct flash_file *x)
{
	struct stat st;

	if (fstatat(f->dir, x->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		take_stat(x, &st);
}

enum flash_status
flash_disk_delete(struct flash *f, const char *name)
{
	return unlinkat(f->dir, name, 0) == 0 ? FLASH_OK : status_of(errno);
}

/* A link has to be made first: renaming would replace what came there meanwhile. */
enum flash_status
flash_disk_rename(struct flash *f, const char *from, const char *to)
{
	if (linkat(f->dir, from, f->dir, to, 0) != 0)
		return errno == EEXIST ? FLASH_EXISTS : status_of(errno);
	return flash_disk_delete(f, from);
}

bool
flash_rewind(struct flash *f)
{
	struct flash_file *x;
	struct stat st;
	char **names;
	bool ok = true;
	size_t n;

	if (f->dir < 0)
		return true;
	n = names_read(f, &names);
	for (size_t i = 0; i < n; i++)
		if (flash_listed(f, names[i]) == NULL && fstatat(f->dir, names[i], &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && fits(f, NULL, &st))
			ok = unlinkat(f->dir, names[i], 0) == 0 && ok;
	names_free(names, n);
	TAILQ_FOREACH(x, &f->files, next)
		if (fstatat(f->dir, x->name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !is_same(x, &st)) {
			ok = replace(f, x->name, x->data, x->len, "", 0, x->when_ns) == 0 && ok;
			flash_disk_note(f, x);
		}
	return ok;
}

struct flash *
flash_open(const char *dir, const char **why)
{
	struct flash *f;
	int fd = -1;

	if (mkdir(dir, 0700) == 0 || errno == EEXIST)
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		*why = strerror(errno);
		return NULL;
	}
	f = flash_new();
	f->dir = fd;
	flash_disk_scan(f);
	return f;
}

void
flash_disk_close(struct flash *f)
{
	if (f->dir >= 0)
		close(f->dir);
}
