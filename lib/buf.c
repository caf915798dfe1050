/*
 * Cursors over bytes.  All lengths are checked here and nowhere else: a codec reads or writes
 * straight down and asks once, at its end, whether the cursor went bad.
 */

#include "lib/buf.h"

#include <string.h>

void
rd_init(struct rd *r, const void *p, size_t n)
{
	r->p = p;
	r->end = n != 0 ? r->p + n : r->p;
	r->bad = false;
}

size_t
rd_left(const struct rd *r)
{
	return r->p != NULL ? (size_t)(r->end - r->p) : 0;
}

const uint8_t *
rd_bytes(struct rd *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->bad || n > rd_left(r) || p == NULL) {
		/* Once bad, all further reads fail too, even those that would fit. */
		r->bad = true;
		r->p = r->end;
		return NULL;
	}
	r->p += n;
	return p;
}

static uint64_t
rd_be(struct rd *r, size_t n)
{
	const uint8_t *p = rd_bytes(r, n);
	uint64_t v = 0;

	for (size_t i = 0; p != NULL && i < n; i++)
		v = v << 8 | p[i];
	return v;
}

uint8_t
rd_u8(struct rd *r)
{
	return (uint8_t)rd_be(r, 1);
}

uint16_t
rd_u16(struct rd *r)
{
	return (uint16_t)rd_be(r, 2);
}

uint32_t
rd_u32(struct rd *r)
{
	return (uint32_t)rd_be(r, 4);
}

uint64_t
rd_u64(struct rd *r)
{
	return rd_be(r, 8);
}

struct rd
rd_sub(struct rd *r, size_t n)
{
	const uint8_t *p = rd_bytes(r, n);
	struct rd sub;

	rd_init(&sub, p, p != NULL ? n : 0);
	sub.bad = r->bad;
	return sub;
}

void
wr_init(struct wr *w, void *p, size_t n)
{
	w->base = w->p = p;
	w->end = n != 0 ? w->p + n : w->p;
	w->bad = false;
}

size_t
wr_len(const struct wr *w)
{
	return w->p != NULL ? (size_t)(w->p - w->base) : 0;
}

/* n bytes to be filled in, or NULL. */
static uint8_t *
claim(struct wr *w, size_t n)
{
	uint8_t *p = w->p;

	if (w->bad || p == NULL || n > (size_t)(w->end - p)) {
		w->bad = true;
		return NULL;
	}
	w->p += n;
	return p;
}

static void
put_be(uint8_t *p, uint64_t v, size_t n)
{
	for (size_t i = n; i-- > 0; v >>= 8)
		p[i] = (uint8_t)v;
}

static void
wr_be(struct wr *w, uint64_t v, size_t n)
{
	uint8_t *p = claim(w, n);

	if (p != NULL)
		put_be(p, v, n);
}

void
wr_u8(struct wr *w, uint8_t v)
{
	wr_be(w, v, 1);
}

void
wr_u16(struct wr *w, uint16_t v)
{
	wr_be(w, v, 2);
}

void
wr_u32(struct wr *w, uint32_t v)
{
	wr_be(w, v, 4);
}

void
wr_u64(struct wr *w, uint64_t v)
{
	wr_be(w, v, 8);
}

void
wr_bytes(struct wr *w, const void *p, size_t n)
{
	uint8_t *to;

	if (n != 0 && (to = claim(w, n)) != NULL)
		memcpy(to, p, n);
}

void
wr_zero(struct wr *w, size_t n)
{
	uint8_t *to;

	if (n != 0 && (to = claim(w, n)) != NULL)
		memset(to, 0, n);
}

/* Only what was written may be patched. */
static void
patch(struct wr *w, size_t off, uint64_t v, size_t n)
{
	size_t len = wr_len(w);

	if (w->bad || off > len || n > len - off)
		w->bad = true;
	else
		put_be(w->base + off, v, n);
}

void
wr_u16_at(struct wr *w, size_t off, uint16_t v)
{
	patch(w, off, v, 2);
}

void
wr_u32_at(struct wr *w, size_t off, uint32_t v)
{
	patch(w, off, v, 4);
}
