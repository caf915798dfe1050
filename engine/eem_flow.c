/* Control flow of applets: blocks are paired when the applet is registered; conditions, loops and jumps. */

#include <stdlib.h>
#include <string.h>

#include "engine/eem_applet.h"
#include "lib/mem.h"

#define NEST_MAX	32
#define NONE		SIZE_MAX

/* ---- registration ---- */

struct block { size_t opener, last; bool loop; };	/* last: the branch that wants to know the next one */

static bool
is_loop(enum eem_verb v)
{
	return v == EEM_WHILE || v == EEM_FOREACH;
}

static size_t
label_at(const struct eem_program *p, const char *label)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->act[i].label, label) == 0)
			return i;
	return NONE;
}

static bool
link_goto(struct eem_program *p, struct eem_act *a, const char *label, const char **why)
{
	*why = "goto a label that is not there";
	return (a->other = label_at(p, label)) != NONE;
}

static bool
link_branch(struct eem_program *p, size_t i, struct block *b, const char **why)
{
	struct eem_act *last;

	*why = p->act[i].verb == EEM_ELSE ? "\"else\" without an \"if\"" : "\"elseif\" without an \"if\"";
	if (b == NULL || b->loop || p->act[b->last].verb == EEM_ELSE)
		return false;
	last = &p->act[b->last];
	last->other = i;
	b->last = i;
	return true;
}

static void
link_end(struct eem_program *p, size_t i, const struct block *b)
{
	p->act[b->last].other = i;
	p->act[b->opener].other = b->loop ? i : p->act[b->opener].other;
	p->act[i].other = b->loop ? b->opener : NONE;
}

static bool
link_leave(struct eem_program *p, size_t i, const struct block *stack, size_t depth, const char **why)
{
	while (depth > 0 && !stack[depth - 1].loop)
		depth--;
	*why = p->act[i].verb == EEM_BREAK ? "\"break\" outside of a loop" : "\"continue\" outside of a loop";
	p->act[i].other = depth > 0 ? stack[depth - 1].opener : NONE;
	return depth > 0;
}

bool
eem_flow_link(struct eem_program *p, const char **why)
{
	struct block stack[NEST_MAX];
	size_t depth = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct eem_act *a = &p->act[i];
		bool ok = true, jump = a->verb == EEM_IF && a->arg[3] != NULL;

		if (a->verb == EEM_GOTO || jump)
			ok = link_goto(p, a, a->arg[jump ? 3 : 0], why);
		else if (a->verb == EEM_IF || is_loop(a->verb)) {
			*why = "blocks are nested too deep";
			if ((ok = depth < NEST_MAX))
				stack[depth++] = (struct block){ i, i, is_loop(a->verb) };
		} else if (a->verb == EEM_ELSE || a->verb == EEM_ELSEIF)
			ok = link_branch(p, i, depth > 0 ? &stack[depth - 1] : NULL, why);
		else if (a->verb == EEM_END) {
			*why = "\"end\" without a block";
			if ((ok = depth > 0))
				link_end(p, i, &stack[--depth]);
		} else if (a->verb == EEM_BREAK || a->verb == EEM_CONTINUE)
			ok = link_leave(p, i, stack, depth, why);
		if (!ok)
			return false;
	}
	*why = "a block has no \"end\"";
	return depth == 0;
}

/* ---- running ---- */

static bool
both_numbers(const char *a, const char *b, long long *x, long long *y)
{
	char *ea, *eb;

	*x = strtoll(a, &ea, 10);
	*y = strtoll(b, &eb, 10);
	return ea != a && *ea == '\0' && eb != b && *eb == '\0';
}

/* Numbers are compared as numbers, anything else as text. */
static bool
holds(const char *a, const char *op, const char *b)
{
	long long x, y;
	int c = both_numbers(a, b, &x, &y) ? (x > y) - (x < y) : strcmp(a, b);

	if (op[0] == 'e' || op[0] == 'n')
		return (c == 0) == (op[0] == 'e');
	if (op[1] == 'e' && c == 0)
		return true;
	return op[0] == 'g' ? c > 0 : c < 0;
}

static enum eem_step
jump(struct eem_applet_run *run, size_t to)
{
	run->pc = to;
	return EEM_JUMPED;
}

static bool
operands(struct eem_applet_run *run, const struct eem_act *a)
{
	for (size_t i = 0; i < 3; i++) {
		free(run->x[i]);
		if ((run->x[i] = eem_expand(run, a->arg[i])) == NULL)
			return false;
	}
	return true;
}

/* The branch at `at` does not hold: on to the next that does, or behind the end. */
static enum eem_step
next_branch(struct eem_applet_run *run, size_t at)
{
	for (;;) {
		const struct eem_act *a = &run->program->act[at = run->program->act[at].other];

		if (a->verb == EEM_ELSEIF) {
			if (!operands(run, a)) {
				run->pc = at;
				return EEM_FAILED;
			}
			if (!holds(run->x[0], run->x[1], run->x[2]))
				continue;
		}
		return jump(run, at + 1);	/* else, end, or an elseif that holds */
	}
}

static void
loop_pop(struct eem_applet_run *run)
{
	struct eem_loop *l = run->loops;

	run->loops = l->outer;
	free(l->list);
	free(l->delimiter);
	free(l);
}

void
eem_loops_free(struct eem_applet_run *run)
{
	while (run->loops != NULL)
		loop_pop(run);
}

/* Loops that a jump has left are forgotten. */
static void
loops_leave(struct eem_applet_run *run, size_t outermost)
{
	struct eem_loop *l;

	for (l = run->loops; l != NULL && l->at != outermost; l = l->outer)
		;
	if (l == NULL)
		return;
	while (run->loops->at != outermost)
		loop_pop(run);
	loop_pop(run);
}

static enum eem_step
foreach_begin(struct eem_applet_run *run, const struct eem_act *a)
{
	char *list = eem_expand(run, a->arg[1]);
	char *delimiter = a->arg[2] == NULL ? xstrdup(" ") : eem_expand(run, a->arg[2]);
	struct eem_loop *l;

	if (list == NULL || delimiter == NULL) {
		free(list);
		free(delimiter);
		return EEM_FAILED;
	}
	/* A line feed cannot be typed. */
	if (strcmp(delimiter, "\\n") == 0)
		memcpy(delimiter, "\n", 2);
	loops_leave(run, run->pc);
	l = xcalloc(1, sizeof(*l));
	*l = (struct eem_loop){ .at = run->pc, .list = list, .delimiter = delimiter, .outer = run->loops };
	run->loops = l;
	return EEM_NEXT;
}

/* The next word of the list, or behind the loop. */
static enum eem_step
foreach_next(struct eem_applet_run *run, const struct eem_act *a, struct eem_loop *l)
{
	size_t n;
	char *word;

	l->pos += strspn(l->list + l->pos, l->delimiter);
	n = strcspn(l->list + l->pos, l->delimiter);
	if (n == 0) {
		loop_pop(run);
		return jump(run, a->other + 1);
	}
	word = xstrndup(l->list + l->pos, n);
	l->pos += n;
	eem_vars_set(&run->vars, a->arg[0], word);
	free(word);
	return EEM_NEXT;
}

static enum eem_step
foreach(struct eem_applet_run *run, const struct eem_act *a, bool again)
{
	enum eem_step s = EEM_NEXT;

	if (!again || run->loops == NULL || run->loops->at != run->pc)
		s = foreach_begin(run, a);
	return s == EEM_NEXT ? foreach_next(run, a, run->loops) : s;
}

/* Control comes back to a loop's head from below. */
static enum eem_step
loop_again(struct eem_applet_run *run, size_t head)
{
	const struct eem_act *a = &run->program->act[head];

	run->pc = head;
	if (a->verb == EEM_WHILE)
		return EEM_JUMPED;
	while (run->loops != NULL && run->loops->at != head)
		loop_pop(run);
	switch (foreach(run, a, true)) {
	case EEM_NEXT:
		return jump(run, head + 1);
	case EEM_JUMPED:
		return EEM_JUMPED;
	default:
		return EEM_FAILED;
	}
}

enum eem_step
eem_flow(struct eem_applet_run *run, const struct eem_act *a)
{
	switch (a->verb) {
	case EEM_IF:
		if (holds(run->x[0], run->x[1], run->x[2]))
			return a->arg[3] != NULL ? jump(run, a->other) : EEM_NEXT;
		return a->arg[3] != NULL ? EEM_NEXT : next_branch(run, run->pc);
	case EEM_WHILE:
		return holds(run->x[0], run->x[1], run->x[2]) ? EEM_NEXT : jump(run, a->other + 1);
	case EEM_ELSE:
	case EEM_ELSEIF:	/* the branch before it has been taken */
		for (size_t i = a->other;; i = run->program->act[i].other)
			if (run->program->act[i].verb == EEM_END)
				return jump(run, i + 1);
	case EEM_END:
		return a->other == NONE ? EEM_NEXT : loop_again(run, a->other);
	case EEM_CONTINUE:
		return loop_again(run, a->other);
	case EEM_BREAK:
		loops_leave(run, a->other);
		return jump(run, run->program->act[a->other].other + 1);
	case EEM_GOTO:
		return jump(run, a->other);
	default:
		return foreach(run, a, false);
	}
}
