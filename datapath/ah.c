/*
 * The ICV of AH: over the whole packet, with what changes on its way taken as zero (RFC 4302, 3.3.3.1):
 * TOS, flags and fragment offset, TTL, checksum, and those options that are not known to stay as they are.
 */

#include <string.h>

#include "datapath/ah.h"
#include "datapath/wire.h"

#define IP4_HEADER_MAX	60

#define OPT_END		0
#define OPT_NOP		1

/* RFC 4302, appendix A1: options that no router changes. */
static bool
option_stays(uint8_t type)
{
	return type == 130 || type == 133 || type == 134 || type == 148 || type == 149;
}

/* A broken list of options counts as one option that changes, up to the header's end. */
static void
options_mute(uint8_t *o, size_t n)
{
	size_t	i, len;

	for (i = 0; i < n && o[i] != OPT_END; i += len) {
		len = 1;
		if (o[i] == OPT_NOP)
			continue;
		len = i + 1 < n ? o[i + 1] : 0;
		if (len < 2 || len > n - i) {
			memset(o + i, 0, n - i);
			return;
		}
		if (!option_stays(o[i]))
			memset(o + i, 0, len);
	}
}

void
ah_icv(const struct cryptor *k, const uint8_t *ip, size_t ihl, size_t len, uint64_t seq, uint8_t *icv)
{
	uint8_t			head[IP4_HEADER_MAX + AH_HEADER + CRYPTO_ICV_MAX];
	size_t			nhead = ihl + AH_HEADER + k->size.icv;
	struct crypto_piece	v[2] = { { head, nhead }, { ip + nhead, len - nhead } };

	memcpy(head, ip, ihl + AH_HEADER);
	memset(head + ihl + AH_HEADER, 0, k->size.icv);
	head[IP4_TOS] = 0;
	put16(head + IP4_FRAG, 0);
	head[IP4_TTL] = 0;
	put16(head + IP4_SUM, 0);
	options_mute(head + IP4_LEN, ihl - IP4_LEN);
	cryptor_icv(k, v, 2, seq, icv);
}
