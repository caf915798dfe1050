/*
 * Messages in the vendors' fragments: each piece is told as one, and what they make is told once more as the message that it is.
 * One message an IKE SA at a time.
 */

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "shell/ladder_ike.h"

struct ladder_pieces {
	uint16_t	 id, from;
	unsigned	 last;		/* its number, 0 = not come */
	struct { uint8_t *p; size_t n; } piece[LADDER_PIECES];
};

void
ladder_pieces_free(struct ladder_ike_sa *s)
{
	for (unsigned i = 0; s->pieces != NULL && i < LADDER_PIECES; i++)
		free(s->pieces->piece[i].p);
	free(s->pieces);
	s->pieces = NULL;
}

static void
keep(struct ladder_ike_sa *s, const struct ladder_in *in, const struct frag *f)
{
	if (s->pieces != NULL && (s->pieces->id != f->id || s->pieces->from != in->from))
		ladder_pieces_free(s);
	if (s->pieces == NULL) {
		s->pieces = xcalloc(1, sizeof(*s->pieces));
		s->pieces->id = f->id;
		s->pieces->from = in->from;
	}
	if (f->last)
		s->pieces->last = f->number;
	if (s->pieces->piece[f->number - 1].p != NULL)
		return;
	s->pieces->piece[f->number - 1].p = xmemdup(f->p, f->n);
	s->pieces->piece[f->number - 1].n = f->n;
}

/* All of them one behind the other, or nothing while one is missing. */
static size_t
join(const struct ladder_pieces *p, uint8_t *out, size_t max)
{
	size_t n = 0;

	for (unsigned i = 0; i < p->last; i++) {
		if (p->piece[i].p == NULL || n + p->piece[i].n > max)
			return 0;
		memcpy(out + n, p->piece[i].p, p->piece[i].n);
		n += p->piece[i].n;
	}
	return n;
}

void
ladder_piece(struct ladder *l, struct ladder_in *in)
{
	struct ladder_ike_sa *s = in->sa;
	struct frag f;

	(void)l;
	text_clear(&in->brief);
	if (frag_parse(&in->m->pl[0], &f) != IKEC_OK || f.number == 0 || f.number > LADDER_PIECES) {
		text_add(&in->brief, "fragment: unreadable");
		return;
	}
	text_printf(&in->brief, "fragment %u%s, %zu bytes", f.number, f.last ? ", the last" : "", f.n);
	keep(s, in, &f);
	if (s->pieces->last == 0)
		return;
	in->whole = xmalloc(IKE_MSG_MAX);
	in->nwhole = join(s->pieces, in->whole, IKE_MSG_MAX);
	in->npieces = s->pieces->last;
	if (in->nwhole > 0)
		ladder_pieces_free(s);
}
