/*
 * There and back, for every transform and every length; the outbound packet judged by another hand (plain
 * library calls that know nothing of our cryptors); and the same packets cut and bent at every byte.
 */

#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "datapath/wire.h"
#include "lib/chance.h"
#include "testsuite/unit/esp_test.h"

struct pair {
	struct rig	*a, *b;
	uint32_t	 out, in;
};

static struct pair
pair_new(const struct form *f, bool transport, bool esn)
{
	struct pair		pr = { .a = rig_new(3), .b = rig_new(4) };
	struct sa_params	p = rig_params(f, SA_OUT, transport);

	p.esn = esn;
	pr.out = rig_sa(pr.a, &p);
	p.dir = SA_IN;
	pr.in = rig_sa(pr.b, &p);
	return pr;
}

static void
pair_free(struct pair *pr)
{
	rig_free(pr->a);
	rig_free(pr->b);
}

/* --- The other hand --- */

static const char *
md_name(enum sa_auth a)
{
	static const char *const names[] = { NULL, "MD5", "SHA1", "SHA256", "SHA384", "SHA512" };

	return names[a];
}

static const char *
cipher_name(const struct form *f)
{
	static char	name[32];
	unsigned	bits = f->nenc * 8u;

	switch (f->cipher) {
	case SA_CIPHER_DES:
		return "DES-CBC";
	case SA_CIPHER_3DES:
		return "DES-EDE3-CBC";
	case SA_CIPHER_AES_CBC:
		snprintf(name, sizeof(name), "AES-%u-CBC", bits);
		return name;
	default:
		snprintf(name, sizeof(name), "AES-%u-GCM", bits - 32);
		return name;
	}
}

static void
judge_hmac(const struct form *f, const struct sa_params *p, const uint8_t *data, size_t n, uint64_t seq,
    const uint8_t *icv, size_t nicv)
{
	uint8_t		buf[RIG_MAX + 4], md[EVP_MAX_MD_SIZE];
	unsigned	nmd;

	memcpy(buf, data, n);
	if (p->esn) {
		put32(buf + n, (uint32_t)(seq >> 32));
		n += 4;
	}
	ck_assert_ptr_nonnull(HMAC(EVP_get_digestbyname(md_name(f->auth)), p->auth_key, f->nauth, buf, n, md, &nmd));
	ck_assert_mem_eq(icv, md, nicv);
}

/* Deciphers n bytes of text behind iv, with EVP from the start; AEAD: aad and tag too. */
static void
judge_cipher(OSSL_LIB_CTX *lib, const struct form *f, const struct sa_params *p, const uint8_t *iv,
    const uint8_t *aad, int naad, uint8_t *tag, uint8_t *text, int n)
{
	EVP_CIPHER	*evp = EVP_CIPHER_fetch(lib, cipher_name(f), NULL);
	EVP_CIPHER_CTX	*ctx = EVP_CIPHER_CTX_new();
	uint8_t		 out[RIG_MAX];
	int		 m = 0, last = 0;

	ck_assert_int_eq(EVP_DecryptInit_ex(ctx, evp, NULL, p->enc_key, iv), 1);
	EVP_CIPHER_CTX_set_padding(ctx, 0);
	if (tag != NULL)
		ck_assert_int_eq(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16, tag), 1);
	if (naad > 0)
		ck_assert_int_eq(EVP_DecryptUpdate(ctx, NULL, &m, aad, naad), 1);
	m = 0;
	if (n > 0)
		ck_assert_int_eq(EVP_DecryptUpdate(ctx, out, &m, text, n), 1);
	ck_assert_msg(EVP_DecryptFinal_ex(ctx, out + m, &last) == 1, "%s", f->name);
	memcpy(text, out, (size_t)(m + last));
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(evp);
}

static size_t
iv_size(enum sa_cipher c)
{
	return c == SA_CIPHER_NULL ? 0 : c == SA_CIPHER_AES_CBC ? 16 : 8;
}

static size_t
icv_size(enum sa_auth a)
{
	static const size_t sizes[] = { 16, 12, 12, 16, 24, 32 };

	return sizes[a];
}

/* RFC 4303, 2.4 to 2.6: text, 1 2 3 ..., pad length, next header, all a multiple of the block. */
static void
judge_text(const struct form *f, const uint8_t *text, size_t n, const uint8_t *plain, size_t nplain, uint8_t next)
{
	size_t	block = f->cipher == SA_CIPHER_NULL || f->cipher >= SA_CIPHER_AES_GCM ? 4 : iv_size(f->cipher), i;
	size_t	npad = text[n - 2];

	ck_assert_uint_eq(n % block, 0);
	ck_assert_uint_lt(npad, block);
	ck_assert_uint_eq(n, nplain + npad + 2);
	ck_assert_mem_eq(text, plain, nplain);
	for (i = 0; i < npad; i++)
		must(text[nplain + i] == i + 1);
	ck_assert_uint_eq(text[n - 1], next);
}

static void
judge_esp(struct rig *r, const struct form *f, const struct sa_params *p, uint64_t seq, const uint8_t *plain,
    size_t nplain, uint8_t next)
{
	uint8_t		*esp = r->got.bytes + IP4_LEN, aad[RIG_MAX], iv[16], *text;
	size_t		 n = r->got.len - IP4_LEN, niv = iv_size(f->cipher), nicv = icv_size(f->auth), naad = 8;
	size_t		 ntext = n - 8 - niv - nicv;

	ck_assert_uint_eq(get32(esp), RIG_SPI);
	ck_assert_uint_eq(get32(esp + 4), (uint32_t)seq);
	text = esp + 8 + niv;
	memcpy(aad, esp, 8);
	if (p->esn) {
		put32(aad + 4, (uint32_t)(seq >> 32));
		put32(aad + 8, (uint32_t)seq);
		naad = 12;
	}
	if (f->auth != SA_AUTH_NONE) {
		judge_hmac(f, p, esp, n - nicv, seq, esp + n - nicv, nicv);
		if (f->cipher != SA_CIPHER_NULL)
			judge_cipher(chance_libctx(r->chance), f, p, esp + 8, NULL, 0, NULL, text, (int)ntext);
	} else {
		memcpy(iv, p->enc_key + f->nenc - 4, 4);
		memcpy(iv + 4, esp + 8, 8);
		if (f->cipher == SA_CIPHER_AES_GMAC) {	/* RFC 4543, 3.3: the IV and the text are additional data */
			memcpy(aad + naad, esp + 8, 8 + ntext);
			naad += 8 + ntext;
		}
		judge_cipher(chance_libctx(r->chance), f, p, iv, aad, (int)naad, esp + n - nicv, text,
		    f->cipher == SA_CIPHER_AES_GMAC ? 0 : (int)ntext);
	}
	judge_text(f, text, ntext, plain, nplain, next);
}

/* RFC 4302: the header's fields, and the ICV over all with TOS, fragment field, TTL, checksum and itself zero. */
static void
judge_ah(struct rig *r, const struct form *f, const struct sa_params *p, uint64_t seq, const uint8_t *plain,
    size_t nplain, uint8_t next)
{
	uint8_t	*ip = r->got.bytes, *ah = ip + IP4_LEN, icv[32];
	size_t	 nicv = icv_size(f->auth);

	ck_assert_uint_eq(ah[0], next);
	ck_assert_uint_eq((ah[1] + 2u) * 4, 12 + nicv);
	ck_assert_uint_eq(get16(ah + 2), 0);
	ck_assert_uint_eq(get32(ah + 4), RIG_SPI);
	ck_assert_uint_eq(get32(ah + 8), (uint32_t)seq);
	ck_assert_uint_eq(r->got.len, IP4_LEN + 12 + nicv + nplain);
	ck_assert_mem_eq(ah + 12 + nicv, plain, nplain);
	memcpy(icv, ah + 12, nicv);
	memset(ah + 12, 0, nicv);
	ip[IP4_TOS] = ip[IP4_TTL] = 0;
	put16(ip + IP4_FRAG, 0);
	put16(ip + IP4_SUM, 0);
	judge_hmac(f, p, ip, r->got.len, seq, icv, nicv);
}

static void
judge(const struct form *f, bool transport, bool esn, enum crypto_lib who)
{
	static const size_t	 lengths[] = { 0, 1, 2, 5, 6, 13, 14, 15, 16, 17, 63, 64, 500, 1400, 1480 };
	struct rig		*r = rig_new(9);
	struct sa_params	 p = rig_params(f, SA_OUT, transport);
	uint8_t			 ip[RIG_MAX];
	size_t			 i, n, skip = transport ? IP4_LEN : 0;
	uint64_t		 seq = esn ? UINT64_C(0x3fffffffb) : 100;	/* extended: across the turn */
	uint32_t		 sa;

	p.esn = esn;
	r->dp->sad->crypto.who = who;
	sa = rig_sa(r, &p);
	rig_run(r, sa)->seq.last = seq;
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		n = rig_plain(ip, lengths[i]);
		ck_assert_ptr_nonnull(rig_out(r, sa, ip, n));
		(f->proto == SA_AH ? judge_ah : judge_esp)(r, f, &p, ++seq, ip + skip, n - skip,
		    transport ? PROTO_UDP : PROTO_IPIP);
	}
	ck_assert_uint_eq(rig_info(r, sa).seq, seq);
	rig_free(r);
}

START_TEST(judged)
{
	const struct form	*f = &rig_forms[_i / 2];
	enum crypto_lib		 who = _i % 2 == 0 ? CRYPTO_OPENSSL : CRYPTO_IPSEC_MB;

	judge(f, false, false, who);
	judge(f, true, false, who);
	judge(f, false, true, who);
	judge(f, true, true, who);
}
END_TEST

/* --- Every length --- */

static void
lengths(const struct form *f, bool transport, bool esn)
{
	struct pair	pr = pair_new(f, transport, esn);
	struct sa_info	info;
	uint8_t		ip[RIG_MAX];
	uint64_t	bytes = 0;
	size_t		n, len, overhead = rig_info(pr.a, pr.out).overhead;

	for (n = 0; n <= 1600; n++) {
		len = rig_plain(ip, n);
		bytes += len;
		must(rig_out(pr.a, pr.out, ip, len) != NULL);
		must(pr.a->got.len == get16(pr.a->got.bytes + IP4_TOTAL));
		must(rig_in(pr.b, pr.a->got.bytes, pr.a->got.len) != NULL);
		must(pr.b->got.len == len);
		must(memcmp(pr.b->got.bytes, ip, len) == 0);
		must(pr.a->got.len <= len + overhead);
	}
	info = rig_info(pr.b, pr.in);
	ck_assert_uint_eq(info.packets, 1601);
	ck_assert_uint_eq(info.bytes, bytes);
	ck_assert_uint_eq(info.seq, 1601);
	info = rig_info(pr.a, pr.out);
	ck_assert_uint_eq(info.packets, 1601);
	ck_assert_uint_eq(info.bytes, bytes);
	ck_assert_uint_eq(rig_drops(pr.a) + rig_drops(pr.b), 0);
	pair_free(&pr);
}

START_TEST(every_length)
{
	lengths(&rig_forms[_i], false, _i % 2);
	lengths(&rig_forms[_i], true, !(_i % 2));
}
END_TEST

/* Nothing a packet needs is asked of the heap once there was one. */
START_TEST(no_allocation)
{
	struct pair	pr = pair_new(&rig_forms[16], false, false);
	uint8_t		ip[RIG_MAX];
	uint64_t	allocs;
	size_t		n = rig_plain(ip, 1000), i;

	rig_out(pr.a, pr.out, ip, n);
	allocs = pr.a->dp->pool.allocs;
	for (i = 0; i < 100; i++)
		rig_out(pr.a, pr.out, ip, n);
	ck_assert_uint_eq(pr.a->dp->pool.allocs, allocs);
	pair_free(&pr);
}
END_TEST

/* --- Cut and bent --- */

/* AH covers neither of these (RFC 4302, 3.3.3.1); the header length changes where everything lies. */
static bool
unprotected(const struct form *f, size_t at)
{
	if (at >= IP4_LEN)
		return false;
	return f->proto != SA_AH || at == IP4_TOS || at == IP4_FRAG || at == IP4_FRAG + 1 || at == IP4_TTL ||
	    at == IP4_SUM || at == IP4_SUM + 1;
}

static void
spoil(const struct form *f, bool transport, size_t n)
{
	struct pair	pr = pair_new(f, transport, false);
	struct rig_pkt	good;
	uint8_t		ip[RIG_MAX];
	size_t		len = rig_plain(ip, n), i, dead = 0;

	ck_assert_ptr_nonnull(rig_out(pr.a, pr.out, ip, len));
	good = pr.a->got;
	for (i = IP4_LEN; i < good.len; i++, dead++)
		if (rig_in(pr.b, good.bytes, i) != NULL)
			ck_abort_msg("%s cut at %zu", f->name, i);
	for (i = 1; i < good.len; i++) {	/* byte 0 says where the header ends: it is the IP side's */
		if (unprotected(f, i) || i == IP4_PROTO)
			continue;
		good.bytes[i] ^= (uint8_t)(1u << i % 8);
		if (rig_in(pr.b, good.bytes, good.len) != NULL)
			ck_abort_msg("%s bent at %zu", f->name, i);
		good.bytes[i] ^= (uint8_t)(1u << i % 8);
		dead++;
	}
	ck_assert_uint_eq(rig_drops(pr.b), dead);
	ck_assert_uint_eq(rig_info(pr.b, pr.in).seq, 0);
	ck_assert_uint_eq(rig_info(pr.b, pr.in).packets, 0);
	ck_assert_ptr_nonnull(rig_in(pr.b, good.bytes, good.len));	/* and the good one still passes */
	ck_assert_mem_eq(pr.b->got.bytes, ip, len);
	pair_free(&pr);
}

START_TEST(spoiled)
{
	static const size_t	sizes[] = { 0, 1, 13, 64, 300 };
	size_t			i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		spoil(&rig_forms[_i], false, sizes[i]);
		spoil(&rig_forms[_i], true, sizes[i]);
	}
}
END_TEST

START_TEST(spoiled_long)
{
	spoil(&rig_forms[_i], _i % 2, 1400);
}
END_TEST

/* Encryption alone (RFC 3602's packets are such): cut ones must not pass where the block does not fit. */
START_TEST(no_auth)
{
	static const struct form f = { "aes128", SA_ESP, SA_CIPHER_AES_CBC, 16, SA_AUTH_NONE, 0 };
	struct pair		 pr;
	struct rig_pkt		 good;
	uint8_t			 ip[RIG_MAX];
	size_t			 n, len, i;

	pr = pair_new(&f, false, false);
	for (n = 0; n < 100; n++) {
		len = rig_plain(ip, n);
		ck_assert_ptr_nonnull(rig_out(pr.a, pr.out, ip, len));
		good = pr.a->got;
		for (i = IP4_LEN; i < good.len; i++)
			if ((i - IP4_LEN - 8) % 16 != 0)
				must(rig_in(pr.b, good.bytes, i) == NULL);
		ck_assert_ptr_nonnull(rig_in(pr.b, good.bytes, good.len));
		ck_assert_mem_eq(pr.b->got.bytes, ip, len);
	}
	pair_free(&pr);
}
END_TEST

/* IVs differ from packet to packet, from SA to SA with one key, and from the block before; the same seed
 * gives the same. */
START_TEST(ivs)
{
	static const int	 which[] = { 6, 11, 16, 31, 34 };
	const struct form	*f = &rig_forms[which[_i]];
	static uint8_t		 seen[2][1000][16];
	struct sa_params	 p = rig_params(f, SA_OUT, false);
	size_t			 niv = iv_size(f->cipher), i, j, k, n;
	uint8_t			 ip[RIG_MAX];
	struct rig		*r;
	uint32_t		 sa;

	n = rig_plain(ip, 10);
	for (k = 0; k < 2; k++) {
		r = rig_new(10 + k);
		sa = rig_sa(r, &p);
		for (i = 0; i < 1000; i++) {
			rig_out(r, sa, ip, n);
			memset(seen[k][i], 0, 16);
			memcpy(seen[k][i], r->got.bytes + 28, niv);
		}
		rig_free(r);
	}
	for (i = 0; i < 1000; i++)
		for (j = 0; j < i; j++)
			must(memcmp(seen[0][i], seen[0][j], 16) != 0);
	if (f->cipher < SA_CIPHER_AES_GCM)
		for (i = 0; i < 1000; i++)
			for (j = 0; j < 1000; j++)
				must(memcmp(seen[0][i], seen[1][j], 16) != 0);
}
END_TEST

void
esp_round_tests(TCase *tc)
{
	int	n = 0;

	while (rig_forms[n].name != NULL)
		n++;
	tcase_add_loop_test(tc, judged, 0, 2 * n);
	tcase_add_loop_test(tc, every_length, 0, n);
	tcase_add_loop_test(tc, spoiled, 0, n);
	tcase_add_loop_test(tc, spoiled_long, 0, n);
	tcase_add_test(tc, no_auth);
	tcase_add_test(tc, no_allocation);
	tcase_add_loop_test(tc, ivs, 0, 5);
}
