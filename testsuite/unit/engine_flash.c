/* The files of a router in a directory: bounds, what is no plain file, a disk that is full, changes from outside. */

#include <sys/resource.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/flash.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "testsuite/unit/engine_pair.h"

#define NOW	(INT64_C(1426251600) * NSEC_SEC)

struct place { char top[64]; char *dir, *secret; struct flash *f; };

static char *
path(const struct place *p, const char *name)
{
	return xasprintf("%s/%s", p->dir, name);
}

static void
put_file(const char *at, const char *text)
{
	FILE *f = fopen(at, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static char *
get_file(const char *at)
{
	char b[256] = "";
	FILE *f = fopen(at, "r");

	if (f == NULL)
		return NULL;
	b[fread(b, 1, sizeof(b) - 1, f)] = '\0';
	fclose(f);
	return xstrdup(b);
}

static void
file_is(const char *at, const char *want)
{
	char *text = get_file(at);

	ck_assert_ptr_nonnull(text);
	ck_assert_str_eq(text, want);
	free(text);
}

static struct place *
place_new(void)
{
	struct place *p = xcalloc(1, sizeof(*p));
	const char *why = NULL;

	snprintf(p->top, sizeof(p->top), "/tmp/inspire-flash.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(p->top));
	p->dir = xasprintf("%s/flash", p->top);
	p->secret = xasprintf("%s/secret", p->top);
	put_file(p->secret, "secret");
	p->f = flash_open(p->dir, &why);
	ck_assert_msg(p->f != NULL, "%s", why);
	return p;
}

static void
place_free(struct place *p)
{
	char *clean = xasprintf("rm -rf '%s'", p->top);

	flash_free(p->f);
	ck_assert_int_eq(system(clean), 0);
	free(clean);
	free(p->dir);
	free(p->secret);
	free(p);
}

static enum flash_status
set(struct place *p, const char *name, const char *text, bool append)
{
	return flash_write(p->f, name, text, strlen(text), append, NOW);
}

static const char *
get(struct place *p, const char *name)
{
	const struct flash_file *x = flash_find(p->f, name);

	return x == NULL ? NULL : x->data;
}

static void
add_name(void *arg, const struct flash_file *x)
{
	text_printf(arg, "%s ", x->name);
}

static void
listed(struct place *p, const char *want)
{
	struct text t = { 0 };

	flash_each(p->f, add_name, &t);
	ck_assert_str_eq(text_str(&t), want);
	text_free(&t);
}

START_TEST(kept_and_found_again)
{
	struct place *p = place_new();
	const char *why = NULL;
	char *at = path(p, "a.txt");

	ck_assert_int_eq(set(p, "b.txt", "two", false), FLASH_OK);
	ck_assert_int_eq(set(p, "a.txt", "one", false), FLASH_OK);
	ck_assert_int_eq(set(p, "a.txt", " more", true), FLASH_OK);
	file_is(at, "one more");
	flash_free(p->f);
	p->f = flash_open(p->dir, &why);
	ck_assert_str_eq(get(p, "a.txt"), "one more");
	ck_assert_int_eq(flash_find(p->f, "a.txt")->when_ns, NOW);
	listed(p, "a.txt b.txt ");
	ck_assert_uint_eq(flash_used(p->f), 11);
	ck_assert_int_eq(flash_rename(p->f, "a.txt", "b.txt"), FLASH_EXISTS);
	ck_assert_int_eq(flash_rename(p->f, "a.txt", "c.txt"), FLASH_OK);
	ck_assert_int_ne(access(at, F_OK), 0);
	ck_assert_int_eq(flash_rename(p->f, "a.txt", "d.txt"), FLASH_NO_FILE);
	ck_assert_int_eq(flash_rename(p->f, "c.txt", "../d.txt"), FLASH_BAD_NAME);
	ck_assert_int_eq(flash_delete(p->f, "c.txt"), FLASH_OK);
	ck_assert_int_eq(flash_delete(p->f, "c.txt"), FLASH_NO_FILE);
	listed(p, "b.txt ");
	free(at);
	place_free(p);
}
END_TEST

START_TEST(names_lead_nowhere)
{
	static const char *const names[] = { "", ".", "..", "../secret", "a/b", "/etc/passwd", "a\nb", "a\033b", "a b", ":new", "\xc3\xa4",
		"0123456789012345678901234567890123456789012345678901234567890123" };
	struct place *p = place_new();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ck_assert_int_eq(set(p, names[i], "x", false), FLASH_BAD_NAME);
		ck_assert_ptr_null(flash_find(p->f, names[i]));
		ck_assert_int_eq(flash_delete(p->f, names[i]), FLASH_NO_FILE);
	}
	file_is(p->secret, "secret");
	place_free(p);
}
END_TEST

/* A link, a pipe, a folder: not read, not written through, not taken away. */
START_TEST(only_plain_files)
{
	static const char *const names[] = { "link", "pipe", "folder", "loop" };
	struct place *p = place_new();
	char *link = path(p, "link"), *pipe = path(p, "pipe"), *folder = path(p, "folder"), *loop = path(p, "loop"), *temp = path(p, ":new");

	ck_assert_int_eq(symlink("../secret", link) | symlink("loop", loop) | mkfifo(pipe, 0600) | mkdir(folder, 0700), 0);
	ck_assert_int_eq(symlink("../secret", temp), 0);
	listed(p, "");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ck_assert_ptr_null(flash_find(p->f, names[i]));
		ck_assert_int_eq(set(p, names[i], "x", false), FLASH_DENIED);
		ck_assert_int_eq(set(p, names[i], "x", true), FLASH_DENIED);
		ck_assert_int_eq(flash_delete(p->f, names[i]), FLASH_NO_FILE);
	}
	ck_assert_int_eq(set(p, "plain", "x", false), FLASH_OK);
	ck_assert_int_eq(flash_rename(p->f, "plain", "link"), FLASH_EXISTS);
	file_is(p->secret, "secret");
	free(link);
	free(pipe);
	free(folder);
	free(loop);
	free(temp);
	place_free(p);
}
END_TEST

/* A file that becomes a link behind our back, and one that has a second name outside. */
START_TEST(swapped_meanwhile)
{
	struct place *p = place_new();
	char *a = path(p, "a"), *b = path(p, "b");

	ck_assert_int_eq(set(p, "a", "mine", false), FLASH_OK);
	ck_assert_int_eq(unlink(a) | symlink("../secret", a), 0);
	ck_assert_ptr_null(flash_find(p->f, "a"));
	ck_assert_int_eq(set(p, "a", "x", true), FLASH_DENIED);
	ck_assert_int_eq(link(p->secret, b), 0);
	ck_assert_int_eq(set(p, "b", "!", true), FLASH_OK);
	file_is(b, "secret!");
	file_is(p->secret, "secret");
	free(a);
	free(b);
	place_free(p);
}
END_TEST

START_TEST(others_change_it)
{
	struct place *p = place_new();
	char *a = path(p, "a");

	ck_assert_int_eq(set(p, "a", "mine", false), FLASH_OK);
	put_file(a, "theirs, and longer");
	ck_assert_str_eq(get(p, "a"), "theirs, and longer");
	ck_assert_int_eq(set(p, "a", "!", true), FLASH_OK);
	file_is(a, "theirs, and longer!");
	ck_assert_int_eq(unlink(a), 0);
	ck_assert_ptr_null(flash_find(p->f, "a"));
	ck_assert_uint_eq(flash_used(p->f), 0);
	free(a);
	place_free(p);
}
END_TEST

/* The machine's disk is full, as far as this process is concerned: what was there stays. */
START_TEST(disk_is_full)
{
	struct place *p = place_new();
	char *big = xmalloc(8192), *a = path(p, "a");
	struct rlimit old, small;

	memset(big, 'x', 8191);
	big[8191] = '\0';
	ck_assert_int_eq(set(p, "a", "old", false), FLASH_OK);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){ 4096, old.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	ck_assert_int_eq(set(p, "a", big, false), FLASH_FULL);
	ck_assert_int_eq(set(p, "a", big, true), FLASH_FULL);
	ck_assert_int_eq(set(p, "n", big, false), FLASH_FULL);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	file_is(a, "old");
	ck_assert_str_eq(get(p, "a"), "old");
	listed(p, "a ");
	free(a);
	free(big);
	place_free(p);
}
END_TEST

/* Its own bounds, and a stranger's file that goes beyond them: it is not seen, and not lost. */
START_TEST(bounds)
{
	struct place *p = place_new();
	char *half = xcalloc(1, FLASH_SIZE / 2), name[16], *big = path(p, "big");

	ck_assert_int_eq(flash_write(p->f, "h", half, FLASH_SIZE / 2, false, NOW), FLASH_OK);
	ck_assert_int_eq(flash_write(p->f, "g", half, FLASH_SIZE / 2, false, NOW), FLASH_OK);
	ck_assert_int_eq(set(p, "one", "1", false), FLASH_FULL);
	put_file(big, "big");
	listed(p, "h g ");
	ck_assert_int_eq(flash_delete(p->f, "g"), FLASH_OK);
	listed(p, "h big ");
	ck_assert_int_eq(truncate(big, FLASH_SIZE), 0);
	listed(p, "h ");
	ck_assert_int_eq(set(p, "big", "1", false), FLASH_DENIED);
	ck_assert_int_eq(unlink(big), 0);
	for (unsigned i = 1; i < FLASH_FILES; i++) {
		snprintf(name, sizeof(name), "f%u", i);
		ck_assert_int_eq(set(p, name, "", false), FLASH_OK);
	}
	ck_assert_int_eq(set(p, "more", "", false), FLASH_FULL);
	free(half);
	free(big);
	place_free(p);
}
END_TEST

START_TEST(no_such_directory)
{
	struct place *p = place_new();
	char *link = path(p, "link"), *deep = path(p, "no/such");
	const char *why = NULL;

	ck_assert_int_eq(symlink("..", link), 0);
	ck_assert_ptr_null(flash_open(link, &why));
	ck_assert_ptr_null(flash_open(deep, &why));
	ck_assert_ptr_null(flash_open(p->secret, &why));
	free(link);
	free(deep);
	place_free(p);
}
END_TEST

START_TEST(brought_back)
{
	struct place *p = place_new();
	char *a = path(p, "a"), *b = path(p, "b"), *c = path(p, "c");

	ck_assert_int_eq(set(p, "a", "one", false), FLASH_OK);
	ck_assert_int_eq(set(p, "b", "two", false), FLASH_OK);
	put_file(a, "changed");
	put_file(c, "new");
	ck_assert_int_eq(unlink(b), 0);
	ck_assert(flash_rewind(p->f));
	file_is(a, "one");
	file_is(b, "two");
	ck_assert_int_ne(access(c, F_OK), 0);
	listed(p, "a b ");
	free(a);
	free(b);
	free(c);
	place_free(p);
}
END_TEST

void
engine_flash_tests(TCase *tc)
{
	tcase_add_test(tc, kept_and_found_again);
	tcase_add_test(tc, names_lead_nowhere);
	tcase_add_test(tc, only_plain_files);
	tcase_add_test(tc, swapped_meanwhile);
	tcase_add_test(tc, others_change_it);
	tcase_add_test(tc, disk_is_full);
	tcase_add_test(tc, bounds);
	tcase_add_test(tc, no_such_directory);
	tcase_add_test(tc, brought_back);
}
