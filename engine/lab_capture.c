/*
 * Captures of link ends: files relative to the transcript (or wherever the lab was started), both directions,
 * and beside them, when asked for, the keys of the SAs that come up.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "datapath/capture.h"
#include "engine/keyfile.h"
#include "engine/lab_impl.h"
#include "engine/wires.h"
#include "lib/mem.h"

static char *
path_of(const struct lab *lab, const char *file)
{
	bool here = file[0] == '/' || strcmp(lab->base_dir, ".") == 0;

	return here ? xstrdup(file) : xasprintf("%s/%s", lab->base_dir, file);
}

static void
each_end(struct lab *lab, void (*fn)(struct link_end *e, void *arg), void *arg)
{
	for (size_t i = 0; i < lab->nlinks; i++)
		for (int k = 0; k < 2; k++)
			fn(&lab->links[i].end[k], arg);
}

static bool
write_keys(struct link_end *e)
{
	struct lab *lab = e->link->lab;
	bool ok;

	if (lab->keys == NULL)
		lab->keys = keyfile_new();
	ok = keyfile_write(lab->keys, e->keys_dir);
	if (!ok)
		e->keys_error = errno;
	return ok;
}

static void
keys_of_end(struct link_end *e, void *arg)
{
	(void)arg;
	if (e->capture != NULL && e->keys_dir != NULL)
		write_keys(e);
}

void
capture_keys(struct lab *lab, const struct key_report *k)
{
	if (lab->keys == NULL)
		lab->keys = keyfile_new();
	if (!keyfile_add(lab->keys, k))
		return;
	each_end(lab, keys_of_end, NULL);
	if (lab->keys_dir != NULL)
		keyfile_write(lab->keys, lab->keys_dir);
}

static void
forget(struct link_end *e)
{
	e->capture = NULL;
	free(e->capture_file);
	free(e->keys_dir);
	e->capture_file = e->keys_dir = NULL;
	e->keys_error = 0;
}

/* False with *why if something could not be written. */
static bool
stop(struct link_end *e, char **why)
{
	bool ok = capture_close(e->capture);

	if (!ok)
		*why = lab_why("%s could not be written whole", e->capture_file);
	else if (e->keys_error != 0) {
		*why = lab_why("%s: %s", e->keys_dir, strerror(e->keys_error));
		ok = false;
	}
	forget(e);
	return ok;
}

struct same_file { const char *path; const struct link_end *e; };

static void
look_for_file(struct link_end *e, void *arg)
{
	struct same_file *s = arg;

	if (e->capture != NULL && strcmp(e->capture_file, s->path) == 0)
		s->e = e;
}

static bool
is_free(struct lab *lab, const struct link_end *e, const char *path, char **why)
{
	struct same_file s = { path, NULL };

	each_end(lab, look_for_file, &s);
	if (e->capture != NULL)
		*why = lab_why("%s:%s is captured already, into %s", e->node->name, e->ifname, e->capture_file);
	else if (s.e != NULL)
		*why = lab_why("%s is written already, from %s:%s", path, s.e->node->name, s.e->ifname);
	else
		return true;
	return false;
}

static bool
start(struct link_end *e, char *path, const char *keys_dir, char **why)
{
	struct lab *lab = e->link->lab;
	char *name = xasprintf("%s:%s", e->node->name, e->ifname);
	const char *reason = NULL;

	e->keys_dir = keys_dir != NULL ? path_of(lab, keys_dir) : NULL;
	if (e->keys_dir != NULL && !write_keys(e)) {
		*why = lab_why("%s: %s", e->keys_dir, strerror(e->keys_error));
		forget(e);
		free(name);
		free(path);
		return false;
	}
	e->capture = capture_open(path, name, &reason);
	free(name);
	if (e->capture == NULL) {
		*why = lab_why("%s: %s", path, reason != NULL ? reason : "cannot be written");
		forget(e);
		free(path);
		return false;
	}
	e->capture_file = path;
	return true;
}

bool
lab_capture_start(struct lab *lab, const char *end, const char *file, const char *keys_dir, char **why)
{
	struct link_end *e = lab_end(lab, end, why);
	char *path;

	if (e == NULL)
		return false;
	path = path_of(lab, file);
	if (is_free(lab, e, path, why))
		return start(e, path, keys_dir, why);
	free(path);
	return false;
}

/* DIR/NODE-IF--NODE-IF.pcapng; a port's name may have what a file's has not. */
static char *
link_path(const struct link *l, const char *dir)
{
	const struct link_end *a = &l->end[0], *b = &l->end[1];
	char *name = xasprintf("%s-%s--%s-%s.pcapng", a->node->name, a->ifname, b->node->name, b->ifname), *path;

	for (char *c = name; *c != '\0'; c++)
		if (*c == '/')
			*c = '_';
	path = xasprintf("%s/%s", dir, name);
	free(name);
	return path;
}

/* One table of keys does for all. */
bool
captures_all(struct lab *lab, const char *dir, char **why)
{
	char *base = path_of(lab, dir);
	bool ok;

	lab->keys = keyfile_new();
	lab->keys_dir = xasprintf("%s/keys", base);
	if (!(ok = keyfile_write(lab->keys, lab->keys_dir)))
		*why = lab_why("%s: %s", lab->keys_dir, strerror(errno));
	for (size_t i = 0; ok && i < lab->nlinks; i++)
		ok = start(&lab->links[i].end[0], link_path(&lab->links[i], base), NULL, why);
	if (ok && lab->wires != NULL)
		ok = wires_pcap(lab->wires, base, why);
	free(base);
	return ok;
}

struct stopping { bool ok; char *why; };

static void
stop_end(struct link_end *e, void *arg)
{
	struct stopping *s = arg;
	char *why = NULL;

	if (e->capture == NULL || stop(e, &why))
		return;
	s->ok = false;
	free(s->why);
	s->why = why;
}

bool
lab_capture_stop(struct lab *lab, const char *end, char **why)
{
	struct stopping s = { true, NULL };
	struct link_end *e;

	if (end != NULL) {
		if ((e = lab_end(lab, end, why)) == NULL)
			return false;
		if (e->capture != NULL)
			return stop(e, why);
		*why = lab_why("%s:%s is not captured", e->node->name, e->ifname);
		return false;
	}
	each_end(lab, stop_end, &s);
	if (!s.ok)
		*why = s.why;
	return s.ok;
}

void
captures_free(struct lab *lab)
{
	struct stopping s = { true, NULL };

	each_end(lab, stop_end, &s);
	free(s.why);
	keyfile_free(lab->keys);
	lab->keys = NULL;
	free(lab->keys_dir);
	lab->keys_dir = NULL;
}

static void
flush_end(struct link_end *e, void *arg)
{
	(void)arg;
	if (e->capture != NULL)
		capture_length(e->capture);
}

/* What was captured up to now can be read by others. */
void
captures_flush(struct lab *lab)
{
	each_end(lab, flush_end, NULL);
}

static void
mark_end(struct link_end *e, void *arg)
{
	(void)arg;
	if (e->capture != NULL)
		e->capture_mark = capture_length(e->capture);
}

void
captures_mark(struct lab *lab)
{
	each_end(lab, mark_end, NULL);
}

static void
rewind_end(struct link_end *e, void *arg)
{
	bool *ok = arg;

	if (e->capture == NULL)
		return;
	*ok = capture_truncate(e->capture, e->capture_mark) && *ok;
	if (e->keys_dir != NULL)
		*ok = write_keys(e) && *ok;
}

bool
captures_rewind(struct lab *lab)
{
	bool ok = true;

	each_end(lab, rewind_end, &ok);
	if (lab->keys_dir != NULL)
		ok = keyfile_write(lab->keys, lab->keys_dir) && ok;
	return ok;
}
