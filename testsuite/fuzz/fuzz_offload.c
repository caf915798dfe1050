/*
 * Frames with a virtio_net_hdr before them, as whoever is on a wire may make a kernel hand them over: ten bytes of that, then
 * the frame.  Segments lie within the room given, are no longer than a frame may be, and hold together all that was to be cut.
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/port_int.h"
#include "lib/mem.h"
#include "testsuite/fuzz/fuzz.h"

static void
cut_up(struct offload_cut *cut)
{
	size_t cap = cut->payload + cut->size, total = 0, n;
	uint8_t *out = xmalloc(cap);		/* just so long, so that a sanitizer sees one byte more */
	bool full = false;

	if (cap > PORT_FRAME_MAX)
		fatal("segments of %zu bytes", cap);
	while ((n = offload_next(cut, out, cap, &full)) > 0) {
		if (n > cap || n <= cut->payload)
			fatal("a segment of %zu bytes", n);
		total += n - cut->payload;
	}
	if (full || total != cut->len - cut->payload)
		fatal("%zu of %zu bytes", total, cut->len - cut->payload);
	free(out);
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
