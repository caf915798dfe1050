/*
 * Where the routers of a lab keep their startup configuration: in memory for the life of the lab, or in a
 * folder, one file a router.  A file is replaced whole: written beside, brought to the disk, renamed, so that
 * a crash at any moment leaves the old one or the new.  An empty file is an erased configuration; none means
 * that the topology's own startup configuration still stands.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/lab_impl.h"
#include "engine/topology.h"
#include "lib/mem.h"

static char *
path_of(const struct node *n, const char *end)
{
	return xasprintf("%s/%s.cfg%s", n->lab->nvram_dir, n->name, end);
}

static bool
write_all(int fd, const char *s, size_t n)
{
	ssize_t k;

	while (n > 0) {
		if ((k = write(fd, s, n)) < 0 && errno != EINTR)
			return false;
		if (k > 0) {
			s += k;
			n -= (size_t)k;
		}
	}
	return fsync(fd) == 0;
}

/* The rename itself must reach the disk. */
static bool
sync_folder(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static bool
replace_file(const struct node *n, const char *text)
{
	char *path = path_of(n, ""), *temp = path_of(n, ".new");
	int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), error = 0;

	if (fd < 0 || !write_all(fd, text, strlen(text)))
		error = errno;
	if (fd >= 0 && close(fd) != 0 && error == 0)
		error = errno;
	if (error == 0 && rename(temp, path) != 0)
		error = errno;
	if (error != 0 && fd >= 0)
		unlink(temp);
	if (error == 0 && !sync_folder(n->lab->nvram_dir))
		error = errno;
	free(path);
	free(temp);
	errno = error;
	return error == 0;
}

bool
nvram_open(struct node *n, char **why)
{
	char *path, *text;
	size_t len;

	if (n->lab->nvram_dir != NULL) {
		path = path_of(n, "");
		text = topology_slurp(path, NVRAM_MAX, &len);
		if (text == NULL && errno != ENOENT) {
			*why = xasprintf("%s: %s", path, strerror(errno));
			free(path);
			return false;
		}
		free(path);
		n->nvram_kept = n->nvram_stored = text != NULL;
		if (text != NULL && len == 0) {
			free(text);
			return true;
		}
		n->nvram = text;
	}
	if (n->nvram == NULL && n->startup != NULL)
		n->nvram = xstrdup(n->startup);
	return true;
}

char *
nvram_load(const struct node *n)
{
	return n->nvram != NULL ? xstrdup(n->nvram) : NULL;
}

/* What the startup configuration is called in complaints: the topology's file as long as that stands. */
const char *
lab_startup_source(const struct router *r)
{
	const struct node *n = r->arg;

	return n->nvram_stored || n->startup_path == NULL ? "startup-config" : n->startup_path;
}

/* text NULL erases. */
bool
nvram_store(struct node *n, const char *text, const char **why)
{
	if (n->lab->nvram_dir != NULL) {
		if (!replace_file(n, text != NULL ? text : "")) {
			*why = strerror(errno);
			return false;
		}
		n->nvram_kept = true;
	}
	n->nvram_stored = true;
	free(n->nvram);
	n->nvram = text != NULL ? xstrdup(text) : NULL;
	return true;
}

/* A snapshot came back: the files are made what the memory says.  False if one could not be. */
bool
nvram_rewind(struct lab *lab)
{
	bool ok = true;
	char *path;

	for (struct node *n = lab->nodes; lab->nvram_dir != NULL && n != NULL; n = n->next) {
		if (n->kind != NODE_ROUTER)
			continue;
		if (n->nvram_kept) {
			ok = replace_file(n, n->nvram != NULL ? n->nvram : "") && ok;
			continue;
		}
		path = path_of(n, "");
		ok = (unlink(path) == 0 || errno == ENOENT) && ok;
		free(path);
	}
	return ok;
}
