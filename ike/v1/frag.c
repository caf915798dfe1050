/*
 * Messages in pieces, by the vendors' form: who announces it gets what is too long for one datagram in payloads of type 132, each with
 * the message's cookies in the clear before it.  A piece proves nothing, so that what is kept of them is little: one message an
 * SA, of no more than IKE_MSG_MAX bytes, for IKE_FRAG_LIFE.
 */

#include <stdlib.h>
#include <string.h>

#include "ike/v1/v1.h"

#define FRAGS_MAX	32

struct frags {
	struct timer	 timer;
	struct sa	*sa;
	uint16_t	 id;
	uint8_t		 last;		/* number of the last, 0: it hasn't come */
	size_t		 have, used;	/* pieces, bytes */
	struct { uint8_t *p; size_t n; } piece[FRAGS_MAX];
};

void
frag_forget(struct sa *sa)
{
	struct frags *f = sa->frags;
	size_t k;

	if (f == NULL)
		return;
	timer_stop(&f->timer);
	for (k = 0; k < FRAGS_MAX; k++)
		free(f->piece[k].p);
	free(f);
	sa->frags = NULL;
}

static void
lost(void *arg)
{
	struct frags *f = arg;

	ike_note(f->sa->ike, IKEC_FRAGMENT_LOST);
	frag_forget(f->sa);
}

/* The message that a piece is of: the one of which there are some already, or a new one in its place. */
static struct frags *
frags_of(struct sa *sa, uint16_t id)
{
	struct frags *f = sa->frags;

	if (f != NULL && f->id == id)
		return f;
	if (f != NULL)
		lost(f);
	f = sa->frags = xcalloc(1, sizeof(*f));
	f->sa = sa;
	f->id = id;
	timer_init(&f->timer, sa->ike->clock, lost, f);
	timer_in(&f->timer, IKE_FRAG_LIFE);
	return f;
}

/* The same number with other bytes: of another message, whose sender gives all the same id. */
static bool
is_other(const struct frags *f, const struct frag *in)
{
	size_t k = in->number - 1u;

	return f->piece[k].p != NULL && (f->piece[k].n != in->n || memcmp(f->piece[k].p, in->p, in->n) != 0);
}

/* Is there one behind that which says that it is the last? */
static bool
goes_on(const struct frags *f, unsigned last)
{
	size_t k;

	for (k = last; k < FRAGS_MAX && f->piece[k].p == NULL; k++)
		;
	return k < FRAGS_MAX;
}

/* False: it doesn't go with those before it. */
static bool
keep(struct frags *f, const struct frag *in)
{
	size_t k = in->number - 1u;

	if (f->piece[k].p != NULL)
		return true;
	if (in->n > IKE_MSG_MAX - f->used || (f->last != 0 && (in->last || in->number > f->last)) || (in->last && goes_on(f, in->number)))
		return false;
	f->piece[k].p = xmemdup(in->p, in->n);
	f->piece[k].n = in->n;
	f->used += in->n;
	f->have++;
	if (in->last)
		f->last = in->number;
	return true;
}

/* The whole of it is taken as if it had come so; that it is no piece again, and for the same SA, is looked at first. */
static void
whole(struct sa *sa, const struct ike_path *path)
{
	struct frags *f = sa->frags;
	struct ike *i = sa->ike;
	struct isakmp_hdr h;
	uint8_t *p = xcalloc(1, f->used);
	size_t k, n = 0;

	for (k = 0; k < f->last; k++) {
		memcpy(p + n, f->piece[k].p, f->piece[k].n);
		n += f->piece[k].n;
	}
	frag_forget(sa);
	if (hdr_parse(p, n, &h) == IKEC_OK && h.next != PL_FRAG && memcmp(h.icookie, sa->icookie, IKE_COOKIE) == 0) {
		ike_note(i, IKEC_REASSEMBLED);
		ike_input(i, path, p, n);
	} else
		ike_note(i, IKEC_FRAGMENT);
	wipe_free(p, n);
}

void
frag_input(struct sa *sa, const struct ike_path *path, struct msg *m)
{
	struct ike *i = sa->ike;
	struct frags *f;
	struct frag in;

	ike_note(i, IKEC_FRAGMENT_IN);
	m->err = msg_chain(m, m->h.next, m->raw + IKE_HDR_LEN, m->rawlen - IKE_HDR_LEN, false);
	if (m->err == IKEC_OK && (m->npl != 1 || !i->set.fragmentation))
		m->err = IKEC_FRAGMENT;
	if (m->err == IKEC_OK)
		m->err = frag_parse(&m->pl[0], &in);
	if (m->err == IKEC_OK && in.number > FRAGS_MAX)
		m->err = IKEC_FRAGMENT;
	if (m->err != IKEC_OK) {
		ike_note(i, m->err);
		return;
	}
	if (sa->frags != NULL && is_other(sa->frags, &in))
		lost(sa->frags);
	f = frags_of(sa, in.id);
	if (!keep(f, &in)) {
		ike_note(i, IKEC_FRAGMENT);
		frag_forget(sa);
	} else if (f->have == f->last)
		whole(sa, path);
}

bool
frag_needed(const struct sa *sa, size_t n)
{
	return sa->peer_frags && sa->ike->set.fragmentation && n > IKE_FRAG_WHOLE;
}

void
frag_send(struct sa *sa, const uint8_t *p, size_t n)
{
	static const size_t room = IKE_FRAG_WHOLE - IKE_HDR_LEN - FRAG_HDR_LEN;
	struct ike *i = sa->ike;
	struct out o;
	/* Sent again it has the same id: the end of a message is as good as drawn by lot. */
	uint16_t id = (uint16_t)(p[n - 2] << 8 | p[n - 1]);
	size_t at, len;
	uint8_t number = 1;

	for (at = 0; at < n; at += len, number++) {
		len = n - at < room ? n - at : room;
		out_begin(&o, sa->icookie, sa->rcookie, p[18], 0, 0);
		out_open(&o, PL_FRAG);
		wr_u16(&o.w, id);
		wr_u8(&o.w, number);
		wr_u8(&o.w, at + len == n ? FRAG_LAST : 0);
		wr_bytes(&o.w, p + at, len);
		out_close(&o);
		out_finish(&o, 1);
		ike_note(i, IKEC_FRAGMENT_OUT);
		i->ops->send(i->arg, &sa->path, o.buf, wr_len(&o.w));
	}
}
