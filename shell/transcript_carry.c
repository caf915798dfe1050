/*
 * `restore` in a transcript: the lab goes back, the transcript goes on.  What the restoring process
 * knows (which step it is at, what failed, which names are kept) is packed, and unpacked in the process that was frozen
 * inside its own `snapshot`.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "shell/transcript_run.h"

struct unpack { const char *p; size_t left; };

static void
pack_u64(struct text *t, uint64_t v)
{
	text_addn(t, (const char *)&v, sizeof(v));
}

static void
pack_str(struct text *t, const char *s)
{
	size_t n = s != NULL ? strlen(s) + 1 : 0;

	pack_u64(t, n);
	text_addn(t, s != NULL ? s : "", n);
}

static uint64_t
unpack_u64(struct unpack *u)
{
	uint64_t v = 0;

	if (u->left < sizeof(v))
		fatal("a snapshot's message is cut");
	memcpy(&v, u->p, sizeof(v));
	u->p += sizeof(v);
	u->left -= sizeof(v);
	return v;
}

static char *
unpack_str(struct unpack *u)
{
	uint64_t n = unpack_u64(u);
	char *s = NULL;

	if (n > u->left)
		fatal("a snapshot's message is cut");
	if (n > 0)
		s = xmemdup(u->p, n);
	u->p += n;
	u->left -= n;
	return s;
}

void *
run_carry(void *arg, struct session *s, size_t *n)
{
	struct run *r = ((struct console *)arg)->run;
	struct text t = {0};
	const struct tr_result *res = r->result;

	(void)s;
	fflush(stdout);
	pack_u64(&t, r->at);
	pack_u64(&t, res->commands);
	pack_u64(&t, res->nfailures);
	for (size_t i = 0; i < res->nfailures; i++) {
		pack_u64(&t, res->failures[i].no);
		pack_str(&t, res->failures[i].command);
		pack_str(&t, res->failures[i].diff);
	}
	pack_u64(&t, res->nedits);
	for (size_t i = 0; i < res->nedits; i++) {
		pack_u64(&t, res->edits[i].from);
		pack_u64(&t, res->edits[i].count);
		pack_str(&t, res->edits[i].text);
	}
	pack_u64(&t, r->t->kept.n);
	for (size_t i = 0; i < r->t->kept.n; i++) {
		pack_str(&t, r->t->kept.v[i].name);
		pack_u64(&t, r->t->kept.v[i].kind);
		pack_str(&t, r->t->kept.v[i].text);
	}
	pack_str(&t, text_str(&r->faults));
	pack_str(&t, r->command);
	*n = t.len;
	return text_take(&t);
}

static void
unpack_results(struct run *r, struct unpack *u)
{
	size_t n;

	result_free(r->result);
	r->result->commands = unpack_u64(u);
	for (n = unpack_u64(u); n > 0; n--) {
		size_t no = unpack_u64(u);
		char *command = unpack_str(u), *diff = unpack_str(u);

		result_failure(r->result, no, command, diff);
		free(command);
		free(diff);
	}
	for (n = unpack_u64(u); n > 0; n--) {
		size_t from = unpack_u64(u), count = unpack_u64(u);
		char *text = unpack_str(u);

		result_edit(r->result, from, count, text);
		free(text);
	}
}

static void
unpack_names(struct run *r, struct unpack *u)
{
	for (size_t n = unpack_u64(u); n > 0; n--) {
		char *name = unpack_str(u);
		enum hole_kind kind = (enum hole_kind)unpack_u64(u);
		char *text = unpack_str(u);

		kept_set(&r->t->kept, name, kind, text);
		kept_find(&r->t->kept, name)->kind = kind;
		free(name);
		free(text);
	}
}

void
run_carried(void *arg, struct session *s, const void *p, size_t n)
{
	struct run *r = ((struct console *)arg)->run;
	struct unpack u = {p, n};
	char *faults;

	(void)s;
	r->at = unpack_u64(&u);
	unpack_results(r, &u);
	unpack_names(r, &u);
	text_clear(&r->faults);
	faults = unpack_str(&u);
	text_add(&r->faults, faults != NULL ? faults : "");
	free(faults);
	free(r->command);
	r->command = unpack_str(&u);
	for (size_t i = 0; i < r->nconsoles; i++) {
		r->consoles[i].next = r->consoles[i].nlogs;
		text_clear(&r->consoles[i].out);
	}
}
