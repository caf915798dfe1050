/*
 * Captures read into a ladder.  Two are read side by side, the earlier frame first.  Before that both are looked at for
 * messages that are in both: a message cannot arrive before it was sent, and if the clocks say so, the second's is set so
 * that the ways there and back take the same time.
 */

#include "shell/ladder_read.h"

#include <stdlib.h>
#include <string.h>

#include "datapath/capfile.h"
#include "lib/mem.h"
#include "shell/ladder_int.h"

#define LOOKED_AT	512u			/* messages of each capture */
#define LOOKED_THROUGH	100000u			/* frames */

/* ---- clocks ---- */

struct sample { uint64_t sum; int64_t ns; struct addr src; };
struct samples { struct sample s[LOOKED_AT]; size_t n; };

static uint64_t
sum_of_bytes(const uint8_t *p, size_t n)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT64_C(1099511628211);
	return h;
}

/* A ladder of its own hears the frames, and gives its rows' bytes: the link layers are walked in one place alone. */
static void
sample(void *arg, const struct ladder_pkt *k)
{
	struct samples *s = arg;

	if (s->n < LOOKED_AT)
		s->s[s->n++] = (struct sample){ sum_of_bytes(k->p, k->n), k->ns, k->src };
}

static void
look(struct capfile *f, struct samples *s)
{
	struct ladder *l = ladder_new();
	struct capfile_frame c;

	ladder_add_file(l, "");
	l->tap = sample;
	l->tap_arg = s;
	for (unsigned i = 0; i < LOOKED_THROUGH && s->n < LOOKED_AT && capfile_next(f, &c) == CAPFILE_FRAME; i++) {
		struct ladder_frame frame = { .ns = c.time_ns, .link = c.linktype, .p = c.data, .n = c.len };

		ladder_frame(l, &frame);
	}
	ladder_free(l);
}

struct ways { int64_t least[2]; bool have[2]; struct addr one; };

/* The shortest time from the first capture to the second, one way and the other; which is which is told by the sender. */
static void
measure(const struct samples *a, const struct samples *b, struct ways *w)
{
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < b->n; k++) {
			int64_t d = b->s[k].ns - a->s[i].ns;
			unsigned way;

			if (a->s[i].sum != b->s[k].sum)
				continue;
			if (!w->have[0] && !w->have[1])
				w->one = a->s[i].src;
			way = addr_eq(&a->s[i].src, &w->one) ? 0 : 1;
			if (!w->have[way] || d < w->least[way])
				w->least[way] = d;
			w->have[way] = true;
			break;
		}
}

/*
 * One way goes from the first capture to the second, the other back, so that the differences have opposite signs if the
 * clocks agree; else the middle between them is how far they are apart.
 */
static int64_t
clock_shift(const struct samples *a, const struct samples *b)
{
	struct ways w = { .have = { false, false } };

	measure(a, b, &w);
	if (!w.have[0] || !w.have[1] || (w.least[0] >= 0) != (w.least[1] >= 0) || w.least[0] == 0 || w.least[1] == 0)
		return 0;
	return -(w.least[0] / 2 + w.least[1] / 2);
}

static int64_t
shift_of(char **paths)
{
	struct samples *s = xcalloc(2, sizeof(*s));
	char *why = NULL;
	int64_t shift = 0;

	for (unsigned i = 0; i < 2; i++) {
		struct capfile *f = capfile_open(paths[i], &why);

		if (f != NULL)
			look(f, &s[i]);
		capfile_close(f);
		free(why);
		why = NULL;
	}
	shift = clock_shift(&s[0], &s[1]);
	free(s);
	return shift;
}

/* ---- reading ---- */

struct source {
	struct capfile	*f;
	struct capfile_frame next;
	bool		 have;
};

static void
advance(struct ladder *l, struct source *s, unsigned i)
{
	s->have = capfile_next(s->f, &s->next) == CAPFILE_FRAME;
	if (!s->have && capfile_why(s->f) != NULL && l->file[i].broken == NULL)
		l->file[i].broken = xstrdup(capfile_why(s->f));
	if (s->have && i == 1)
		s->next.time_ns += l->shift;
}

static void
give(struct ladder *l, const struct capfile_frame *c, unsigned source)
{
	static const enum ladder_dir dirs[] = { [CAPFILE_DIR_UNKNOWN] = LADDER_DIR_UNKNOWN, [CAPFILE_DIR_IN] = LADDER_DIR_IN, [CAPFILE_DIR_OUT] = LADDER_DIR_OUT };
	struct ladder_frame f = { .source = source, .ns = c->time_ns, .link = c->linktype, .p = c->data, .n = c->len, .ifname = c->ifname,
	    .dir = dirs[c->dir] };

	ladder_frame(l, &f);
}

static void
read_all(struct ladder *l, struct source *s, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		advance(l, &s[i], i);
	for (;;) {
		unsigned i = n > 1 && s[1].have && (!s[0].have || s[1].next.time_ns < s[0].next.time_ns);

		if (!s[i].have)
			break;
		give(l, &s[i].next, i);
		advance(l, &s[i], i);
	}
	ladder_end(l);
}

bool
ladder_read(struct ladder *l, char **paths, unsigned n, char **why)
{
	struct source s[LADDER_SOURCES] = { { .f = NULL } };
	bool ok = true;

	for (unsigned i = 0; i < n && ok; i++) {
		ok = (s[i].f = capfile_open(paths[i], why)) != NULL;
		ladder_add_file(l, paths[i]);
	}
	if (ok && n == 2)
		l->shift = shift_of(paths);
	if (ok)
		read_all(l, s, n);
	for (unsigned i = 0; i < n; i++)
		if (s[i].f != NULL)
			capfile_close(s[i].f);
	return ok;
}

bool
ladder_read_bytes(struct ladder *l, const void *p, size_t n, const char *name, char **why)
{
	struct source s = { .f = capfile_open_bytes(p, n, name, why) };

	if (s.f == NULL)
		return false;
	ladder_add_file(l, name);
	read_all(l, &s, 1);
	capfile_close(s.f);
	return true;
}
