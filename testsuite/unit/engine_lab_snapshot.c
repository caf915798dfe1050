/*
 * Snapshots.  Each test runs a story in a child process, which ends in one process or another of the chain; the
 * test sees only what the first process exits with, and what the story wrote into memory that all share.
 */

#include "testsuite/unit/engine_lab_test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/chance.h"

struct notes {
	int	 visits;	/* how often the story passed a point */
	char	 text[256];
	pid_t	 pid;
};

static struct notes *
notes_new(void)
{
	struct notes *n = mmap(NULL, sizeof(*n), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(n, MAP_FAILED);
	return n;
}

static int
tell(struct notes *notes, void (*story)(struct notes *))
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		signal(SIGTERM, SIG_DFL);	/* Check's own handler would reach the test */
		story(notes);
		_exit(99);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static void
restore(struct lab *lab, const char *name, const char *payload)
{
	char *why = NULL;

	lab_restore(lab, name, payload, strlen(payload) + 1, &why);
	printf("%s\n", why);
	_exit(90);
}

static void
back_and_forth(struct notes *notes)
{
	struct lab *lab = t_lab(T_TWO_HOSTS, 1);
	void *payload = NULL;
	char *why = NULL;
	uint32_t draw;
	size_t n = 0;
	int r;

	t_run(lab, 5 * NSEC_SEC);
	r = lab_snapshot(lab, "a", &payload, &n, &why);
	notes->visits++;
	draw = chance_u32(lab_chance(lab));
	if (clock_now(lab_clock(lab)) != 5 * NSEC_SEC)
		_exit(80);
	if (r == 0) {
		memcpy(notes->text, &draw, sizeof(draw));
		t_run(lab, NSEC_SEC);
		restore(lab, "a", "once");
	}
	if (r != 1 || memcmp(notes->text, &draw, sizeof(draw)) != 0)
		_exit(81);
	if (notes->visits == 2 && strcmp(payload, "once") == 0)
		restore(lab, "a", "twice");
	free(payload);
	lab_free(lab);
	_exit(notes->visits == 3 && n == 6 ? 42 : 82);
}

START_TEST(restored_twice)
{
	struct notes *notes = notes_new();
	int status = tell(notes, back_and_forth);

	ck_assert_int_eq(notes->visits, 3);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 42);
}
END_TEST

/* "b" is later than "a"; after going back to "a" it can still be gone to, and "a" again from there. */
static void
later_one(struct notes *notes)
{
	struct lab *lab = t_lab(T_TWO_HOSTS, 1);
	void *payload = NULL;
	char *why = NULL;
	size_t n;
	int r;

	r = lab_snapshot(lab, "a", &payload, &n, &why);
	strcat(notes->text, r == 0 ? "a " : "A ");
	if (r == 1 && strcmp(payload, "end") == 0)
		_exit(7);
	if (r == 1)
		restore(lab, "b", "x");
	t_run(lab, NSEC_SEC);
	r = lab_snapshot(lab, "b", &payload, &n, &why);
	strcat(notes->text, r == 0 ? "b " : "B ");
	restore(lab, "a", r == 0 ? "go on" : "end");
}

START_TEST(later_snapshot_stays)
{
	struct notes *notes = notes_new();
	int status = tell(notes, later_one);

	ck_assert_str_eq(notes->text, "a b A B A ");
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 7);
}
END_TEST

static void
same_name(struct notes *notes)
{
	struct lab *lab = t_lab(T_TWO_HOSTS, 1);
	void *payload = NULL;
	char *why = NULL;
	size_t n;

	if (lab_snapshot(lab, "a", &payload, &n, &why) != 0)
		_exit(70);
	t_run(lab, NSEC_SEC);
	if (lab_snapshot(lab, "a", &payload, &n, &why) == 1)
		_exit(clock_now(lab_clock(lab)) == NSEC_SEC ? 5 : 71);
	notes->visits++;
	restore(lab, "a", "");
}

START_TEST(name_taken_anew)
{
	int status = tell(notes_new(), same_name);

	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 5);
}
END_TEST

static void
killed(struct notes *notes)
{
	struct lab *lab = t_lab(T_TWO_HOSTS, 1);
	void *payload = NULL;
	char *why = NULL;
	size_t n;

	(void)notes;
	lab_snapshot(lab, "a", &payload, &n, &why);
	raise(SIGKILL);
}

/* How the live process ended is how the first one ends. */
START_TEST(death_is_passed_on)
{
	int status = tell(notes_new(), killed);

	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
}
END_TEST

static void
terminated(struct notes *notes)
{
	struct lab *lab = t_lab(T_TWO_HOSTS, 1);
	pid_t first = getpid();
	void *payload = NULL;
	char *why = NULL;
	size_t n;

	(void)notes;
	lab_snapshot(lab, "a", &payload, &n, &why);
	lab_snapshot(lab, "b", &payload, &n, &why);
	kill(first, SIGTERM);
	pause();
}

START_TEST(signals_are_passed_on)
{
	int status = tell(notes_new(), terminated);

	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGTERM);
}
END_TEST

START_TEST(refusals)
{
	struct lab *lab = t_lab(T_TWO_HOSTS, 1);
	void *payload;
	char *why = NULL;
	size_t n;

	ck_assert(!lab_restore(lab, "a", "", 0, &why));
	ck_assert_str_eq(why, "no snapshot is called 'a'");
	free(why);
	ck_assert_int_eq(lab_snapshot(lab, "", &payload, &n, &why), -1);
	ck_assert_str_eq(why, "a snapshot's name has 1 to 100 characters");
	free(why);
	lab->real = true;
	ck_assert_int_eq(lab_snapshot(lab, "a", &payload, &n, &why), -1);
	ck_assert_str_eq(why, "snapshots need the virtual clock");
	free(why);
	lab_free(lab);
}
END_TEST

void
lab_snapshot_tests(TCase *tc)
{
	tcase_add_test(tc, restored_twice);
	tcase_add_test(tc, later_snapshot_stays);
	tcase_add_test(tc, name_taken_anew);
	tcase_add_test(tc, death_is_passed_on);
	tcase_add_test(tc, signals_are_passed_on);
	tcase_add_test(tc, refusals);
}
