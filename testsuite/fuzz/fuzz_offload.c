/*
 * Frames with a virtio_net_hdr before them, as whoever is on a wire may make a kernel hand them over: ten bytes of that, then
 * the frame.  Segments lie within the room given, are no longer than a frame may be, and hold together all that was to be cut.  Joined
 * again for the way out, and cut again, they are the same.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/port_int.h"
#include "lib/mem.h"
#include "testsuite/fuzz/fuzz.h"

#define KEPT	32	/* segments that are joined again */

/* One run as the kernel would cut it, held against the frames that it is made of. */
static void
check_run(struct coalesce *c, size_t run, const struct dp_frame *v)
{
	static uint8_t whole[PORT_SLOT], one[PORT_FRAME_MAX];
	const struct coalesce_run *r = &c->run[run];
	struct iovec iov[COALESCE_IOV];
	size_t k = coalesce_iov(c, run, v, 0, iov), n = 0, f = r->first, got;
	struct offload_cut cut;
	struct offload o;
	bool full;

	for (size_t i = 1; i < k; n += iov[i++].iov_len)
		memcpy(whole + n, iov[i].iov_base, iov[i].iov_len);
	if (r->n == 1)
		return;
	offload_parse(iov[0].iov_base, &o);
	if (n != r->len || offload_begin(&o, whole, n, &cut) != OFFLOAD_SEGMENTS)
		fatal("a run that cannot be cut");
	for (unsigned i = 0; i < r->n; i++, f = c->next[f]) {
		got = offload_next(&cut, one, sizeof(one), &full);
		if (got != v[f].len || memcmp(one, v[f].data, got) != 0)
			fatal("a segment is another one");
	}
	if (offload_next(&cut, one, sizeof(one), &full) != 0)
		fatal("a segment too many");
}

static void
join_again(const struct dp_frame *v, size_t n)
{
	static struct coalesce c;
	size_t frames = 0;

	coalesce_init(&c, true);
	coalesce_plan(&c, v, n);
	for (size_t i = 0; i < c.nruns; i++) {
		frames += c.run[i].n;
		check_run(&c, i, v);
	}
	if (frames != n)
		fatal("%zu of %zu frames", frames, n);
}

static void
cut_up(struct offload_cut *cut)
{
	static uint8_t kept[KEPT][PORT_FRAME_MAX];
	struct dp_frame v[KEPT];
	size_t nv = 0;
	size_t cap = cut->payload + cut->size, total = 0, n;
	uint8_t *out = xmalloc(cap);		/* just so long, so that a sanitizer sees one byte more */
	bool full = false;

	if (cap > PORT_FRAME_MAX)
		fatal("segments of %zu bytes", cap);
	while ((n = offload_next(cut, out, cap, &full)) > 0) {
		if (n > cap || n <= cut->payload)
			fatal("a segment of %zu bytes", n);
		total += n - cut->payload;
		if (nv < KEPT) {
			memcpy(kept[nv], out, n);
			v[nv] = (struct dp_frame){ kept[nv], n };
			nv++;
		}
	}
	if (full || total != cut->len - cut->payload)
		fatal("%zu of %zu bytes", total, cut->len - cut->payload);
	free(out);
	join_again(v, nv);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct offload_cut cut;
	struct offload o;
	uint8_t *frame;

	if (n < OFFLOAD_HDR || n > PORT_SLOT)
		return 0;
	offload_parse(p, &o);
	frame = xmalloc(n - OFFLOAD_HDR + 1);
	memcpy(frame, p + OFFLOAD_HDR, n - OFFLOAD_HDR);
	if (offload_begin(&o, frame, n - OFFLOAD_HDR, &cut) == OFFLOAD_SEGMENTS)
		cut_up(&cut);
	free(frame);
	return 0;
}
