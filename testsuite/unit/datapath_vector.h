#ifndef INSPIRE_DATAPATH_VECTOR_TEST_H
#define INSPIRE_DATAPATH_VECTOR_TEST_H

/* Streams of frames that go into a datapath by both ways in, and what came of it held against each other. */

#include "datapath/wire.h"
#include "testsuite/unit/datapath_test.h"

#define STREAM_FRAMES	500

struct stream {
	size_t	n;
	size_t	len[STREAM_FRAMES];
	uint8_t	bytes[STREAM_FRAMES][1600];
};

/* Two routers with a tunnel whose neighbours are known and who send no more errors; vectors: they send many frames at a time. */
struct bench	*stream_ready(bool vectors);
/* Copied, a vector each. */
void		 stream_one_by_one(struct bench *b, int i, unsigned ifidx, const struct stream *s);
/* Lent, in vectors of 1 to 300; room is somebody else's afterwards. */
void		 stream_in_vectors(struct bench *b, int i, unsigned ifidx, const struct stream *s, struct chance *c);
/* Frames in the order of each flow, counters, interfaces 1 to nif. */
void		 stream_same(struct bench *a, struct bench *b, int i, unsigned nif);
/* Ethernet's header; n: bytes behind it.  Gives the length of all. */
size_t		 frame_of(uint8_t *f, const uint8_t *to, unsigned type, size_t n);
extern const uint8_t stream_lan_mac[2][6];

#endif
