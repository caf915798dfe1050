/* Captures of any kind: whatever the bytes, frames lie within bounds, and the end comes. */

#include <stdlib.h>

#include "datapath/capfile.h"
#include "lib/mem.h"
#include "testsuite/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct capfile_frame fr;
	volatile const uint8_t *byte;
	struct capfile *f;
	char *why = NULL;

	f = capfile_open_bytes(p, n, "x", &why);
	if (f == NULL) {
		if (why == NULL)
			fatal("no reason");
		free(why);
		return 0;
	}
	while (capfile_next(f, &fr) == CAPFILE_FRAME) {
		for (byte = fr.data; byte < fr.data + fr.len; byte++)
			(void)*byte;		/* all of it can be read */
		if (fr.len > CAPFILE_FRAME_MAX || fr.number > n)
			fatal("frame %llu of %zu bytes", (unsigned long long)fr.number, fr.len);
	}
	capfile_close(f);
	return 0;
}
