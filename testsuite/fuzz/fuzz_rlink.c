/* Messages between the gateway and the router's process as bytes: what is taken is written again as the same bytes. */

#include <string.h>

#include "lib/mem.h"
#include "shell/rlink.h"
#include "testsuite/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t out[RLINK_MAX];
	struct rlink_msg m;
	size_t len;

	if (!rlink_decode(p, n, &m))
		return 0;
	len = rlink_encode(&m, out);
	if (len != n || memcmp(out, p, n) != 0)
		fatal("it is written otherwise than it was read");
	return 0;
}
