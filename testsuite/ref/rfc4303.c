/* See rfc4303.h.  In the order of RFC 4303, 3.4; each function names what it follows. */

#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "lib/mem.h"
#include "testsuite/ref/rfc4303.h"

#define HEADER	8

/* --- The transforms --- */

struct sizes { size_t salt, iv, block, icv; };

static struct sizes
sizes_of(const struct ref_sa *sa)
{
	static const size_t	icv[] = { 0, 12, 12, 16, 24, 32 };

	switch (sa->p.cipher) {
	case SA_CIPHER_NULL:
		return (struct sizes){ 0, 0, 4, icv[sa->p.auth] };
	case SA_CIPHER_DES:
	case SA_CIPHER_3DES:
		return (struct sizes){ 0, 8, 8, icv[sa->p.auth] };
	case SA_CIPHER_AES_CBC:
		return (struct sizes){ 0, 16, 16, icv[sa->p.auth] };
	default:
		return (struct sizes){ 4, 8, 4, 16 };
	}
}

static bool
is_aead(const struct ref_sa *sa)
{
	return sa->p.cipher == SA_CIPHER_AES_GCM || sa->p.cipher == SA_CIPHER_AES_GMAC;
}

static const EVP_CIPHER *
cipher_of(const struct ref_sa *sa)
{
	size_t	key = sa->p.enc_key_len;

	if (is_aead(sa))
		return key == 20 ? EVP_aes_128_gcm() : key == 28 ? EVP_aes_192_gcm() : EVP_aes_256_gcm();
	if (sa->p.cipher == SA_CIPHER_3DES)
		return EVP_des_ede3_cbc();
	return key == 16 ? EVP_aes_128_cbc() : key == 24 ? EVP_aes_192_cbc() : EVP_aes_256_cbc();
}

static const EVP_MD *
md_of(const struct ref_sa *sa)
{
	switch (sa->p.auth) {
	case SA_AUTH_MD5_96:
		return EVP_md5();
	case SA_AUTH_SHA1_96:
		return EVP_sha1();
	case SA_AUTH_SHA256_128:
		return EVP_sha256();
	case SA_AUTH_SHA384_192:
		return EVP_sha384();
	default:
		return EVP_sha512();
	}
}

static void
put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* RFC 4303, 2.2.1 and 2.8: over all but the ICV, and the high half of an extended number behind it. */
static void
hmac(const struct ref_sa *sa, const uint8_t *esp, size_t n, uint64_t seq, uint8_t md[EVP_MAX_MD_SIZE])
{
	uint8_t		all[REF_MAX + 4];
	unsigned	nmd;

	memcpy(all, esp, n);
	if (sa->p.esn) {
		put32(all + n, (uint32_t)(seq >> 32));
		n += 4;
	}
	if (HMAC(md_of(sa), sa->p.auth_key, (int)sa->p.auth_key_len, all, n, md, &nmd) == NULL)
		fatal("no HMAC");
}

/* One call from the key on; aad NULL: no AEAD.  False where the tag is wrong. */
static bool
cipher(const struct ref_sa *sa, bool seal, const uint8_t *iv, const uint8_t *aad, size_t naad, uint8_t *text, size_t n, uint8_t *tag)
{
	EVP_CIPHER_CTX	*x = EVP_CIPHER_CTX_new();
	uint8_t		 out[REF_MAX + 32];
	int		 m = 0, last = 0;
	bool		 ok = EVP_CipherInit_ex(x, cipher_of(sa), NULL, sa->p.enc_key, iv, seal) == 1;

	EVP_CIPHER_CTX_set_padding(x, 0);
	if (aad != NULL && !seal)
		EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_SET_TAG, 16, tag);
	if (aad != NULL)
		ok = ok && EVP_CipherUpdate(x, NULL, &m, aad, (int)naad) == 1;
	m = 0;
	if (n > 0)
		ok = ok && EVP_CipherUpdate(x, out, &m, text, (int)n) == 1;
	ok = ok && EVP_CipherFinal_ex(x, out + m, &last) == 1;
	if (aad != NULL && seal)
		EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_GET_TAG, 16, tag);
	EVP_CIPHER_CTX_free(x);
	if (ok)
		memcpy(text, out, n);
	return ok;
}

/* RFC 4106, 4 and 5; RFC 4543, 3.3 where GMAC has the IV and the text as additional data. */
static bool
aead(const struct ref_sa *sa, bool seal, uint8_t *esp, size_t ntext, uint64_t seq)
{
	uint8_t	nonce[12], aad[REF_MAX + 32], *text = esp + HEADER + 8;
	size_t	naad = 8;

	memcpy(nonce, sa->p.enc_key + sa->p.enc_key_len - 4, 4);
	memcpy(nonce + 4, esp + HEADER, 8);
	memcpy(aad, esp, 8);
	if (sa->p.esn) {
		put32(aad + 4, (uint32_t)(seq >> 32));
		put32(aad + 8, (uint32_t)seq);
		naad = 12;
	}
	if (sa->p.cipher == SA_CIPHER_AES_GCM)
		return cipher(sa, seal, nonce, aad, naad, text, ntext, text + ntext);
	memcpy(aad + naad, esp + HEADER, 8 + ntext);
	return cipher(sa, seal, nonce, aad, naad + 8 + ntext, text, 0, text + ntext);
}

size_t
ref_seal(const struct ref_sa *sa, uint64_t seq, const uint8_t *text, size_t ntext, uint8_t *esp)
{
	struct sizes	s = sizes_of(sa);
	size_t		n = HEADER + s.iv + ntext, i;
	uint8_t		md[EVP_MAX_MD_SIZE];

	put32(esp, sa->p.spi);
	put32(esp + 4, (uint32_t)seq);
	for (i = 0; i < s.iv; i++)
		esp[HEADER + i] = (uint8_t)(seq >> i % 8 * 8 ^ (i < 8 ? 0 : 0xa5));
	memcpy(esp + HEADER + s.iv, text, ntext);
	if (is_aead(sa)) {
		aead(sa, true, esp, ntext, seq);
		return n + s.icv;
	}
	if (sa->p.cipher != SA_CIPHER_NULL)
		cipher(sa, true, esp + HEADER, NULL, 0, esp + HEADER + s.iv, ntext, NULL);
	if (sa->p.auth != SA_AUTH_NONE) {
		hmac(sa, esp, n, seq, md);
		memcpy(esp + n, md, s.icv);
	}
	return n + s.icv;
}

static bool
authentic(const struct ref_sa *sa, const uint8_t *esp, size_t ntext, uint64_t seq, uint8_t *text)
{
	struct sizes	s = sizes_of(sa);
	size_t		n = HEADER + s.iv + ntext;
	uint8_t		copy[REF_MAX], md[EVP_MAX_MD_SIZE];

	memcpy(copy, esp, n + s.icv);
	if (is_aead(sa)) {
		if (!aead(sa, false, copy, ntext, seq))
			return false;
	} else if (sa->p.auth != SA_AUTH_NONE) {
		hmac(sa, esp, n, seq, md);
		if (memcmp(md, esp + n, s.icv) != 0)
			return false;
	}
	if (!is_aead(sa) && sa->p.cipher != SA_CIPHER_NULL)
		cipher(sa, false, copy + HEADER, NULL, 0, copy + HEADER + s.iv, ntext, NULL);
	memcpy(text, copy + HEADER + s.iv, ntext);
	return true;
}

/* --- Sequence numbers --- */

/*
 * RFC 4303, A2.2: of all numbers with this low half the one that lies in the 2^32 that begin at the window's left edge.  False
 * where that would be before the first or behind the last number.
 */
static bool
whole_number(const struct ref_sa *sa, uint32_t low, uint64_t *seq)
{
	const uint64_t	turn = UINT64_C(1) << 32, window = sa->p.replay_window, behind = window - 1;
	uint64_t	edge;

	*seq = low;
	if (!sa->p.esn)
		return true;
	if (sa->last < behind)
		return low < turn - (behind - sa->last);
	edge = sa->last - behind;
	*seq = edge - edge % turn + low;
	if (*seq >= edge)
		return true;
	*seq += turn;
	return *seq >= turn;
}

/* RFC 4303, 3.4.3. */
static bool
fresh(const struct ref_sa *sa, uint64_t seq)
{
	size_t	i;

	if (seq == 0 || seq + sa->p.replay_window <= sa->last)
		return false;
	for (i = 0; i < sa->nseen && i < REF_SEEN; i++)
		if (sa->seen[i] == seq)
			return false;
	return true;
}

static void
accept_number(struct ref_sa *sa, uint64_t seq)
{
	sa->seen[sa->nseen++ % REF_SEEN] = seq;
	if (seq > sa->last)
		sa->last = seq;
}

/* --- What was inside --- */

void
ref_checksum(uint8_t *ip)
{
	uint32_t	sum = 0;
	size_t		i, n = (size_t)(ip[0] & 15) * 4;

	ip[10] = ip[11] = 0;
	for (i = 0; i < n; i += 2)
		sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	ip[10] = (uint8_t)(~sum >> 8);
	ip[11] = (uint8_t)~sum;
}

size_t
ref_trailer(const struct ref_sa *sa, const uint8_t *payload, size_t n, uint8_t next, uint8_t *text)
{
	size_t	block = sizes_of(sa).block, npad = 0;

	memcpy(text, payload, n);
	while ((n + npad + 2) % block != 0) {
		text[n + npad] = (uint8_t)(npad + 1);
		npad++;
	}
	text[n + npad] = (uint8_t)npad;
	text[n + npad + 1] = next;
	return n + npad + 2;
}

/* RFC 4303, 2.4.  Gives the bytes before the padding; false where it is not as it must be. */
static bool
padding_good(const uint8_t *text, size_t ntext, size_t *n)
{
	size_t	npad = text[ntext - 2], i;

	if (npad + 2 > ntext)
		return false;
	*n = ntext - 2 - npad;
	for (i = 0; i < npad; i++)
		if (text[*n + i] != i + 1)
			return false;
	return true;
}

/* RFC 6040, figure 4.  False: dropped. */
static bool
ecn(uint8_t outer, uint8_t *ip)
{
	unsigned	o = outer & 3, i = ip[1] & 3;

	if (i == 0)
		return o != 3;
	if ((o == 3 && i != 3) || (o == 1 && i == 2)) {
		ip[1] = (uint8_t)((ip[1] & ~3u) | o);
		ref_checksum(ip);
	}
	return true;
}

/* RFC 4301, 5.2; RFC 4303, 3.4.4. */
static enum ref_verdict
tunnel(const uint8_t *outer, const uint8_t *text, size_t n, uint8_t next, struct ref_pkt *out)
{
	size_t	total;

	if (next != 4)
		return REF_PROTO;
	if (n < 20 || text[0] >> 4 != 4 || (text[0] & 15) < 5)
		return REF_INNER;
	total = (size_t)(text[2] << 8 | text[3]);
	if (total > n || total < (size_t)(text[0] & 15) * 4)
		return REF_INNER;
	memcpy(out->bytes, text, total);
	out->len = total;
	return ecn(outer[1], out->bytes) ? REF_GOOD : REF_ECN;
}

static enum ref_verdict
transport(const uint8_t *outer, const uint8_t *text, size_t n, uint8_t next, struct ref_pkt *out)
{
	size_t	ihl = (size_t)(outer[0] & 15) * 4;

	if (next == 0)
		return REF_PROTO;
	memcpy(out->bytes, outer, ihl);
	memcpy(out->bytes + ihl, text, n);
	out->len = ihl + n;
	out->bytes[2] = (uint8_t)(out->len >> 8);
	out->bytes[3] = (uint8_t)out->len;
	out->bytes[9] = next;
	ref_checksum(out->bytes);
	return REF_GOOD;
}

/* --- A packet --- */

void
ref_init(struct ref_sa *sa, const struct sa_params *p)
{
	memset(sa, 0, sizeof(*sa));
	sa->p = *p;
}

static enum ref_verdict
judge(struct ref_sa *sa, const uint8_t *ip, size_t len, struct ref_pkt *out)
{
	struct sizes	 s = sizes_of(sa);
	size_t		 ihl = (size_t)(ip[0] & 15) * 4, fixed = ihl + HEADER + s.iv + s.icv, ntext, n;
	const uint8_t	*esp = ip + ihl;
	uint8_t		 text[REF_MAX];
	uint64_t	 seq;

	if (len < ihl + HEADER)
		return REF_SHORT;
	if (len < fixed + s.block || (len - fixed) % s.block != 0)
		return REF_LENGTH;
	ntext = len - fixed;
	if (!whole_number(sa, get32(esp + 4), &seq) || !fresh(sa, seq))
		return REF_REPLAY;
	if (!authentic(sa, esp, ntext, seq, text))
		return REF_AUTH;
	accept_number(sa, seq);
	if (!padding_good(text, ntext, &n))
		return REF_PAD;
	if (text[ntext - 1] == 59)
		return REF_DUMMY;
	return sa->p.transport ? transport(ip, text, n, text[ntext - 1], out) : tunnel(ip, text, n, text[ntext - 1], out);
}

enum ref_verdict
ref_open(struct ref_sa *sa, const uint8_t *ip, size_t len, struct ref_pkt *out)
{
	enum ref_verdict	v = judge(sa, ip, len, out);

	sa->count[v]++;
	if (v == REF_GOOD || v == REF_DUMMY)
		sa->packets++;
	if (v == REF_GOOD)
		sa->bytes += out->len;
	return v;
}
