/* Packets between the routers' process and the opener as bytes: what is taken is written again as the same bytes. */

#include <string.h>

#include "lib/mem.h"
#include "shell/opener.h"
#include "testsuite/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t out[OPENER_MAX];
	struct opener_msg m;
	size_t len;

	if (!opener_decode(p, n, &m))
		return 0;
	len = opener_encode(&m, out);
	if (len != n || memcmp(out, p, n) != 0)
		fatal("it is written otherwise than it was read");
	return 0;
}
