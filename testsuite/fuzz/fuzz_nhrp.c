/*
 * NHRP packets into the codec.  The first byte chooses: the rest as it is, or with its checksum and length made good so
 * that what stands behind them is seen too.  What is taken must be written and read again as the same.
 */

#include <stdlib.h>
#include <string.h>

#include "engine/nhrp_wire.h"
#include "testsuite/fuzz/fuzz.h"

static void
mend(uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	p[10] = (uint8_t)(n >> 8);
	p[11] = (uint8_t)n;
	p[12] = p[13] = 0;
	for (size_t i = 0; i < n; i++)
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	p[12] = (uint8_t)(~sum >> 8);
	p[13] = (uint8_t)~sum;
}

static void
say(void *arg, const char *text)
{
	(void)arg;
	if (strlen(text) > 1024)
		abort();
}

static void
again(struct nhrp_msg *m)
{
	uint8_t p[2048];
	struct nhrp_msg back;
	size_t n;

	nhrp_describe(m, say, NULL);
	nhrp_describe_exts(m, say, NULL);
	if ((n = nhrp_encode(m, p, sizeof(p))) == 0)
		return;
	if (nhrp_decode(p, n, &back) != NHRP_GOOD || back.type != m->type || back.src != m->src || back.dst != m->dst ||
	    back.cies.n != m->cies.n || back.body_len != m->body_len)
		abort();
	if (m->type == NHRP_ERROR_INDICATION)		/* goes without extensions, whatever came */
		return;
	if (back.forward.n != m->forward.n || back.reverse.n != m->reverse.n || back.auth_len != m->auth_len)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct nhrp_msg m;
	uint8_t *q;

	if (n < 2 || n > 2000)
		return 0;
	q = malloc(n - 1);
	if (q == NULL)
		abort();
	memcpy(q, p + 1, n - 1);
	if (p[0] % 2 != 0 && n - 1 >= NHRP_HDR)
		mend(q, n - 1);
	if (nhrp_decode(q, n - 1, &m) == NHRP_GOOD)
		again(&m);
	free(q);
	return 0;
}
