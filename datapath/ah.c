/*
 * The ICV of AH: over the whole packet, with what changes on its way taken as zero (RFC 4302, 3.3.3.1):
 * TOS, flags and fragment offset, TTL, checksum, and those options that are not known to stay as they are.
 */

#include <string.h>

#include "datapath/ah.h"
#include "datapath/ip6.h"
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

/* RFC 4302, 3.3.3.1.2.2: options whose third highest bit says that they change. */
static void
options6_mute(uint8_t *o, size_t n)
{
	size_t	i, len;

	for (i = 2; i < n; i += len) {
		len = 1;
		if (o[i] == 0)
			continue;
		if (i + 1 >= n || (len = o[i + 1] + 2u) > n - i)
			return;
		if (o[i] & 0x20)
			memset(o + i + 2, 0, len - 2);
	}
}

/* Traffic class, flow label, hop limit, and such options. */
static void
headers6_mute(uint8_t *ip, size_t ihl)
{
	uint8_t	proto = ip[IP6_NEXT];
	size_t	at, len;

	put32(ip, UINT32_C(6) << 28);
	ip[IP6_HOPS] = 0;
	for (at = IP6_LEN; at < ihl; at += len) {
		len = (ip[at + 1] + 1u) * 8;
		if (proto == PROTO_HOPBYHOP || proto == PROTO_DSTOPTS)
			options6_mute(ip + at, len);
		proto = ip[at];
	}
}

void
ah_icv6(const struct cryptor *k, const uint8_t *ip, size_t ihl, size_t len, uint64_t seq, uint8_t *icv)
{
	uint8_t			head[IP6_HEADERS_MAX + AH_HEADER + CRYPTO_ICV_MAX];
	size_t			nhead = ihl + AH_HEADER + k->size.icv;
	struct crypto_piece	v[2] = { { head, nhead }, { ip + nhead, len - nhead } };

	memcpy(head, ip, ihl + AH_HEADER);
	memset(head + ihl + AH_HEADER, 0, k->size.icv);
	headers6_mute(head, ihl);
	cryptor_icv(k, v, 2, seq, icv);
}
