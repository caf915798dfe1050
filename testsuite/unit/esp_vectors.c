/*
 * Published vectors, through the datapath wherever they are whole ESP packets: RFC 3602 (AES-CBC), the draft
 * draft-mcgrew-gcm-test-01 (AES-GCM and GMAC in ESP), RFC 2410 (NULL); and of the parts, RFC 2202 and RFC 4868
 * (HMAC with its truncation) and the GCM specification's cipher texts, for which ESP's framing leaves room
 * (their ICV covers additional data of lengths that ESP never has).
 */

#include <string.h>

#include "datapath/crypto_hash.h"
#include "datapath/wire.h"
#include "lib/text.h"
#include "testsuite/unit/esp_test.h"

#define HEX_MAX	256

static size_t
unhex(const char *s, uint8_t *out)
{
	long	n = hex_parse(s, out, HEX_MAX);

	ck_assert_int_ge(n, 0);
	return (size_t)n;
}

/* --- HMAC --- */

struct mac_vector {
	enum sa_auth	 auth;
	size_t		 icv;
	const char	*key;		/* hex, or one byte and how often */
	unsigned	 key_times;
	const char	*text;
	unsigned	 text_times;	/* not 0: text is one byte in hex, so often */
	const char	*mac;		/* as published; the ICV is its beginning */
};

#define KEY25	"0102030405060708090a0b0c0d0e0f10111213141516171819"
#define KEY32	"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
#define WANT	"what do ya want for nothing?"
#define LONG1	"Test Using Larger Than Block-Size Key - Hash Key First"
#define LONG2	"Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data"

static const struct mac_vector macs[] = {
	/* RFC 2202, 2 */
	{ SA_AUTH_MD5_96, 12, "0b", 16, "Hi There", 0, "9294727a3638bb1c13f48ef8158bfc9d" },
	{ SA_AUTH_MD5_96, 12, "4a656665", 1, WANT, 0, "750c783e6ab0b503eaa86e310a5db738" },
	{ SA_AUTH_MD5_96, 12, "aa", 16, "dd", 50, "56be34521d144c88dbb8c733f0e8b3f6" },
	{ SA_AUTH_MD5_96, 12, KEY25, 1, "cd", 50, "697eaf0aca3a3aea3a75164746ffaa79" },
	{ SA_AUTH_MD5_96, 12, "0c", 16, "Test With Truncation", 0, "56461ef2342edc00f9bab995690efd4c" },
	{ SA_AUTH_MD5_96, 12, "aa", 80, LONG1, 0, "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd" },
	{ SA_AUTH_MD5_96, 12, "aa", 80, LONG2, 0, "6f630fad67cda0ee1fb1f562db3aa53e" },
	/* RFC 2202, 3 */
	{ SA_AUTH_SHA1_96, 12, "0b", 20, "Hi There", 0, "b617318655057264e28bc0b6fb378c8ef146be00" },
	{ SA_AUTH_SHA1_96, 12, "4a656665", 1, WANT, 0, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
	{ SA_AUTH_SHA1_96, 12, "aa", 20, "dd", 50, "125d7342b9ac11cd91a39af48aa17b4f63f175d3" },
	{ SA_AUTH_SHA1_96, 12, KEY25, 1, "cd", 50, "4c9007f4026250c6bc8414f9bf50c86c2d7235da" },
	{ SA_AUTH_SHA1_96, 12, "0c", 20, "Test With Truncation", 0, "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04" },
	{ SA_AUTH_SHA1_96, 12, "aa", 80, LONG1, 0, "aa4ae5e15272d00e95705637ce8a3b55ed402112" },
	{ SA_AUTH_SHA1_96, 12, "aa", 80, LONG2, 0, "e8e99d0f45237d786d6bbaa7965c7808bbff1a91" },
	/* RFC 4868, 2.7.2 */
	{ SA_AUTH_SHA256_128, 16, "0b", 32, "Hi There", 0, "198a607eb44bfbc69903a0f1cf2bbdc5" },
	{ SA_AUTH_SHA256_128, 16, "4a656665", 8, WANT, 0, "167f928588c5cc2eef8e3093caa0e87c" },
	{ SA_AUTH_SHA256_128, 16, "aa", 32, "dd", 50, "cdcb1220d1ecccea91e53aba3092f962" },
	{ SA_AUTH_SHA256_128, 16, KEY32, 1, "cd", 50, "372efcf9b40b35c2115b1346903d2ef4" },
	{ SA_AUTH_SHA384_192, 24, "0b", 48, "Hi There", 0, "b6a8d5636f5c6a7224f9977dcf7ee6c7fb6d0c48cbdee973" },
	{ SA_AUTH_SHA384_192, 24, "4a656665", 12, WANT, 0, "2c7353974f1842fd66d53c452ca42122b28c0b594cfb184d" },
	{ SA_AUTH_SHA384_192, 24, "aa", 48, "dd", 50, "809f439be00274321d4a538652164b53554a508184a0c316" },
	{ SA_AUTH_SHA384_192, 24, KEY32 "0a0b0c0d0e0f10111213141516171819", 1, "cd", 50,
	    "5b540085c6e6358096532b2493609ed1cb298f774f87bb5c" },
	{ SA_AUTH_SHA512_256, 32, "0b", 64, "Hi There", 0,
	    "637edc6e01dce7e6742a99451aae82df23da3e92439e590e43e761b33e910fb8" },
	{ SA_AUTH_SHA512_256, 32, "4a656665", 16, WANT, 0,
	    "cb370917ae8a7ce28cfd1d8f4705d6141c173b2a9362c15df235dfb251b15454" },
	{ SA_AUTH_SHA512_256, 32, "aa", 64, "dd", 50,
	    "2ee7acd783624ca9398710f3ee05ae41b9f9b0510c87e49e586cc9bf961733d8" },
	{ SA_AUTH_SHA512_256, 32, KEY32 "2122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40", 1, "cd", 50,
	    "5e6688e5a3daec826ca32eaea224eff5e700628947470e13ad01302561bab108" },
};

/* A key longer than a block is hashed first (RFC 2104, 2); an SA's never is. */
static size_t
mac_key(const struct mac_vector *v, const struct hash_row *h, uint8_t key[HEX_MAX])
{
	uint8_t			raw[HEX_MAX];
	union hash_state	s;
	size_t			n = unhex(v->key, raw), i;

	for (i = n; i < n * v->key_times; i++)
		raw[i] = raw[i - n];
	n *= v->key_times;
	memcpy(key, raw, n);
	if (n <= h->block)
		return n;
	h->init(&s);
	h->update(&s, raw, n);
	h->final(key, &s);
	return h->digest;
}

START_TEST(hmac)
{
	const struct mac_vector	*v = &macs[_i];
	const struct hash_row	*h = hash_row_find(v->auth);
	uint8_t			 pads[2 * SHA512_DIGEST_LENGTH];
	struct cryptor		 k = { .hash = h, .pads = pads };
	struct crypto_piece	 piece[2];
	uint8_t			 key[HEX_MAX], text[HEX_MAX], want[HEX_MAX], icv[CRYPTO_ICV_MAX];
	size_t			 nkey = mac_key(v, h, key), ntext;

	ck_assert_uint_eq(h->icv, v->icv);
	hash_row_pads(h, key, nkey, pads);
	ntext = v->text_times != 0 ? v->text_times : strlen(v->text);
	if (v->text_times != 0) {
		unhex(v->text, text);
		memset(text, text[0], ntext);
	} else
		memcpy(text, v->text, ntext);
	piece[0] = (struct crypto_piece){ text, 5 };
	piece[1] = (struct crypto_piece){ text + 5, ntext - 5 };
	cryptor_icv(&k, piece, 2, 0, icv);
	ck_assert_uint_ge(unhex(v->mac, want), v->icv);
	ck_assert_mem_eq(icv, want, v->icv);
}
END_TEST

/* --- AES-CBC, RFC 3602, 4 --- */

struct cbc_vector {
	const char	*key, *iv, *text, *cipher;
};

static const struct cbc_vector cbcs[] = {
	{ "06a9214036b8a15b512e03d534120006", "3dafba429d9eb430b422da802c9fac41",
	    "53696e676c6520626c6f636b206d7367", "e353779c1079aeb82708942dbe77181a" },
	{ "c286696d887c9aa0611bbb3e2025a45a", "562e17996d093d28ddb3ba695a2e6f58",
	    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
	    "d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1" },
	{ "6c3ea0477630ce21a2ce334aa746c2cd", "c782dc4c098c66cbd9cd27d825682c81",
	    "5468697320697320612034382d62797465206d657373616765202865786163746c7920332041455320626c6f636b7329",
	    "d0a02b3836451753d493665d33f0e8862dea54cdb293abc7506939276772f8d5021c19216bad525c8579695d83ba2684" },
	{ "56e47a38c5598974bc46903dba290349", "8ce82eefbea0da3c44699ed7db51b7d9",
	    "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
	    "c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf",
	    "c30e32ffedc0774e6aff6af0869f71aa0f3af07a9a31a9c684db207eb0ef8e4e"
	    "35907aa632c3ffdf868bb7b29d3d46ad83ce9f9a102ee99d49a53e87f4c3da55" },
};

static struct sa_params
key_params(enum sa_cipher cipher, const char *key, const char *salt)
{
	struct sa_params	p = { .proto = SA_ESP, .cipher = cipher, .cookie = 77, .dir = SA_IN };

	p.enc_key_len = unhex(key, p.enc_key);
	p.enc_key_len += unhex(salt, p.enc_key + p.enc_key_len);
	return p;
}

/* Each vector by both libraries. */
static struct rig *
rig_by(int i)
{
	struct rig	*r = rig_new(1);

	r->dp->sad->crypto.who = i % 2 == 0 ? CRYPTO_OPENSSL : CRYPTO_IPSEC_MB;
	return r;
}

static bool
does_open(struct rig *r, struct cryptor *k, uint8_t *esp, size_t n, uint64_t seq, bool *bad)
{
	struct crypto_job	j = { .k = k, .esp = esp, .seq = seq, .ntext = (uint32_t)n };

	crypto_open(&r->dp->sad->crypto, &j, 1);
	*bad = j.result == CRYPTO_BAD_ICV;
	return j.result == CRYPTO_OK;
}

static bool
does_seal(struct rig *r, struct cryptor *k, uint8_t *esp, size_t n, uint64_t seq)
{
	struct crypto_job	j = { .k = k, .esp = esp, .seq = seq, .ntext = (uint32_t)n };

	crypto_seal(&r->dp->sad->crypto, &j, 1);
	return j.result == CRYPTO_OK;
}

START_TEST(cbc)
{
	const struct cbc_vector	*v = &cbcs[_i / 2];
	struct rig		*r = rig_by(_i);
	struct sa_params	 p = key_params(SA_CIPHER_AES_CBC, v->key, "");
	uint8_t			 esp[HEX_MAX], want[HEX_MAX];
	struct cryptor		*k;
	const char		*why;
	size_t			 n;
	bool			 bad;

	k = cryptor_new(&r->dp->sad->crypto, &p, &why);
	ck_assert_ptr_nonnull(k);
	unhex(v->iv, esp + 8);
	n = unhex(v->cipher, esp + 24);
	ck_assert_uint_eq(unhex(v->text, want), n);
	ck_assert(does_open(r, k, esp, n, 1, &bad));
	ck_assert_mem_eq(esp + 24, want, n);
	cryptor_free(k);
	rig_free(r);
}
END_TEST

/* Cases 5 to 8: whole packets with their IP headers. */
struct esp_vector {
	bool		 transport;
	const char	*key;
	const char	*packet, *plain;
};

#define KEY56	"90d382b410eeba7ad938c46cec1a82bf"
#define KEY78	"0123456789abcdef0123456789abcdef"

static const struct esp_vector esps[] = {
	{ true, KEY56,
	    "4500007c08f200004032f9a5c0a87b03c0a87b64"
	    "0000432100000001e96e8c08ab465763fd098d45dd3ff893f663c25d325c18c6a9453e194e120849a4870b66cc6b9965"
	    "330013b4898dc856a4699e523a55db080b59ec3a8e4b7e52775b07d1db34ed9c538ab50c551b874aa269add047ad2d59"
	    "13ac19b7cfbad4a6",
	    "4500005408f200004001f9fec0a87b03c0a87b64"
	    "08000ebda70a00008e9c083db95b070008090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
	    "28292a2b2c2d2e2f3031323334353637" },
	{ true, KEY56,
	    "4500004c08fe00004032f9c9c0a87b03c0a87b64"
	    "000043210000000869d08df7d203329db093fc4924e5bd80f51995881ec4e0c4488987ce742e8109689bb379d2d750c0"
	    "d915dca346a89f75",
	    "4500003008fe00004001fa16c0a87b03c0a87b64"
	    "0800b5e8a80a0500a69c083d0b660e00777777777777777777777777" },
	{ false, KEY78,
	    "4500008c090500004032f91ec0a87b03c0a87bc8"
	    "0000876500000002f4e765244f6407adf13dc1380f673f37773b5241a4c449225e4f3ce5ed611b0c237ca96cf74a9301"
	    "3c1b0ea1a0cf70f8e4ecaec78ac53aad7a0f022b859243c647752e94a859352b8a4d4d2decd136e5c177f132ad3fbfb2"
	    "201ac9904c74ee0a109e0ca1e4dfe9d5a100b842f1c22f0d",
	    "45000054090400004001f988c0a87b03c0a87bc8"
	    "08009f76a90a0100b49c083d02a2040008090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
	    "28292a2b2c2d2e2f3031323334353637" },
	{ false, KEY78,
	    "4500007c090d00004032f926c0a87b03c0a87bc8"
	    "000087650000000585d47224b5f3dd5d2101d4ea8dffab2215b92683819596a8047232cc00f7048fe45318e11f8a0f62"
	    "ede3c3fc61203bb50f980a08c9843fd3a1b06d5c07ff9639b7eb7dfb3512e5de435e7207ed971ef3d2726d9b5ef6affc"
	    "6d17a0decbb13892",
	    "45000044090c00004001f990c0a87b03c0a87bc8"
	    "0800d63caa0a0200c69c083da3de0300ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" },
};

START_TEST(cbc_packets)
{
	const struct esp_vector	*v = &esps[_i / 2];
	struct rig		*r = rig_by(_i);
	struct sa_params	 p = key_params(SA_CIPHER_AES_CBC, v->key, "");
	uint8_t			 packet[HEX_MAX], plain[HEX_MAX];
	size_t			 n = unhex(v->packet, packet), nplain = unhex(v->plain, plain);
	uint32_t		 sa;

	ck_assert_uint_eq(n, get16(packet + IP4_TOTAL));
	p.transport = v->transport;
	p.spi = get32(packet + IP4_LEN);
	p.src = addr_v4(get32(packet + IP4_SRC));
	p.dst = addr_v4(get32(packet + IP4_DST));
	sa = rig_sa(r, &p);
	ck_assert_ptr_nonnull(rig_in(r, packet, n));
	ck_assert_uint_eq(r->got.len, nplain);
	ck_assert_mem_eq(r->got.bytes, plain, nplain);
	ck_assert_uint_eq(rig_info(r, sa).seq, get32(packet + IP4_LEN + 4));
	rig_free(r);
}
END_TEST

/* --- AES-GCM and GMAC, draft-mcgrew-gcm-test-01 --- */

struct gcm_vector {
	const char	*key, *nonce, *aad, *text, *cipher, *icv;
};

static const struct gcm_vector gcms[] = {
	{ "4c80cdefbb5d10da906ac73c3613a634", "2e443b684956ed7e3b244cfe", "000043218765432100000000",
	    "45000048699a000080114db7c0a80102c0a801010a9bf15638d301000001000000000000045f736970045f7564700373"
	    "69700963796265726369747902646b000021000101020201",
	    "fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34cfa2436f14a3f3cf65925bf1f4a13c5d"
	    "15b21e1884f5ff6247aeabb786b93bce61bc17d768fd9732",
	    "459018148f6cbe722fd04796562dfdb4" },
	{ "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", "0000a5f80000000a",
	    "4500003e698f000080114dccc0a80102c0a801010a980035002a2343b2d0010000010000000000000373697009637962"
	    "65726369747902646b00000100010001",
	    "deb22cd9b07c72c16e3a65beeb8df304a5a5897d33ae530f1ba76d5d114d2a5c3de81827c10e9a4f51330d0eec416642"
	    "cfbb85a5b47e48a4ec3b9ba95d918bd1",
	    "83b70d3aa8bc6ee4c309e9d85a41ad4a" },
	{ "abbccddef00112233445566778899aababbccddef00112233445566778899aab", "112233440102030405060708",
	    "4a2cbfe300000002",
	    "4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee0000000007002400020bf0000020405b401010402"
	    "01020201",
	    "ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf06efae9d65a5d763748a637985771d347f0545659f14e99d"
	    "ef842d8e",
	    "b335f4eecfdbf831824b4c4915956c96" },
	{ "00000000000000000000000000000000", "000000000000000000000000", "0000000000000001",
	    "4500003c99c500008001cb7a40679318010101010800075c020044006162636465666768696a6b6c6d6e6f7071727374"
	    "75767761626364656667686901020201",
	    "4688daf2f973a392732909c331d56d60f694abaa414b5e7ff5fdcdfff5e9a284456476492719ffb64de7d9dca1e1d894"
	    "bc3bd57873ed4d181d19d4d5c8c18af3",
	    "f821d496eeb096e98ad2b69e4799c71d" },
	{ "3de09874b388e6491988d0c3607eae1f", "57690e434e280000a2fca1a3", "42f67e3f1010101010101010",
	    "4500003c99c300008001cb7c40679318010101010800085c020043006162636465666768696a6b6c6d6e6f7071727374"
	    "75767761626364656667686901020201",
	    "fba2caa4853cf9f0f22cb10d86dd83b0fec75691cf1a04b00d1138ec9c35791765acbd8701ad79845bf9fe3fba487bc9"
	    "1755e6662b4c8d0d1f5e22739530320a",
	    "e0d731cc978ecafaeae88f00e80d6e48" },
	{ "3de09874b388e6491988d0c3607eae1f", "57690e434e280000a2fca1a3", "42f67e3f1010101010101010",
	    "4500001c42a200008001441f406793b6e00000020a00f5ff01020201",
	    "fba2ca845e5df9f0f22c3e6e86dd831e1fc65792cd1af9130e1379ed",
	    "369f071f35e034be95f112e4e7d05d35" },
	{ "feffe9928665731c6d6a8f9467308308feffe9928665731c", "cafebabefacedbaddecaf888", "0000a5f80000000a",
	    "45000028a4ad4000400678800a01038f0a010612802306b8cb712602dd6bb03e501016d075680001",
	    "a5b1f8066029aea40e598b8122de02420938b3ab33f828e687b8858b5bfbdbd0315b27452144cc77",
	    "95457b9652037f5318027b5b4cd7a636" },
	{ "abbccddef00112233445566778899aab", "decaf888cafedebaceface74", "000001000000000000000001",
	    "4500004933ba00007f119106c3fb1d10c2b1d326c02831ce0035dd7b800302d500004e20001e8c18d75b81dc91baa047"
	    "6b91b924b280389d92c963bac046ec959b6266c04722b14923010101",
	    "18a6fd42f72cbf4ab2a2ea901f73d814e3e7f243d95412e1c349c1d2fbec168f9190feebaf2cb01984e65863965d7472"
	    "b79da345e0e780191f0d2f0e0f496c226f2127b27db35724e7845d68",
	    "651f57e65f354f75ff17015769623436" },
	{ "abbccddef00112233445566778899aababbccddef00112233445566778899aab", "73616c74616e640169766563",
	    "17405e67156f3126dd0db99b",
	    "45080028732c00004006e9f90a0106120a01038f06b88023dd6bafbecb71260250101f646d540001",
	    "f2d69ecdbd5a0d5b8d5ef38bad4da58d1f278fde98ef67549d524a3018d9a57ff4d3a31ce673119e",
	    "451626c2415771e3b7eebca614c89b35" },
	{ "3de09874b388e6491988d0c3607eae1f", "57690e434e280000a2fca1a3", "42f67e3f1010101010101010",
	    "45000049333e00007f119182c3fb1d10c2b1d326c02831ce0035cb458003025b000001e0001e8c18d65759d52284a035"
	    "2c71475c8880391c764d6e5ee0496b325ae270c03899493915010101",
	    "fba2cad12fc1f9f00d3cebf305410db83d7784b607323d220f24b0a97d54182800cadb0f68d99ef0e0c0c89ae9bea888"
	    "4e52d65bc1afd0740f742444747b5b39ab533163aad4550ee5160975",
	    "cdb608c5769189609763b8e18caa81e2" },
	{ "abbccddef00112233445566778899aababbccddef00112233445566778899aab", "73616c74616e640169766563",
	    "17405e67156f3126dd0db99b",
	    "636973636f0172756c657301746865016e6574776501646566696e6501746865746563686e6f6c6f6769657301746861"
	    "7477696c6c01646566696e65746f6d6f72726f7701020201",
	    "d4b7ed86a1777f2ea13d6973d324c69e7b43f826fb56831226508bebd2dceb18d0a6df10e5487df074113e14c641024e"
	    "3e6773d91a62ee429b043a10e3efe6b012a49363412364f8",
	    "c0cac587f249e56b11e24f30e44ccc76" },
	{ "7d773d00c144c525ac619d18c84a3f47", "d966426743457e9182443bc6", "335467aeffffffff", "01020201", "437f866b",
	    "cb3f699fe9b0822bac961c4504bef270" },
	{ "abbccddef00112233445566778899aab", "decaf888cafedebaceface74", "000001000000000000000001",
	    "746f016265016f72016e6f7401746f0162650001", "29c9fc69a197d038ccdd14e2ddfcaa0543332164",
	    "412503524303ed3c6c5f283843af8c3e" },
	{ "6c6567616c697a656d6172696a75616e61616e64646f69746265666f72656961", "7475726e333021696765746d",
	    "796b6963ffffffffffffffff",
	    "45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f7071727374"
	    "01020201",
	    "f97ab2aa356d8edce17644ac8c78e25dd24dedbb29ebf1b64a274b39b49c3a864cd3d78ca4ae68a32b42458fb57dbe82"
	    "1dcc63b9",
	    "d0937ba2945f669368661a329fb4c053" },
};

static uint64_t
aad_seq(const uint8_t *aad, size_t n)
{
	return n == 12 ? (uint64_t)get32(aad + 4) << 32 | get32(aad + 8) : get32(aad + 4);
}

static void
gcm_split(const struct gcm_vector *v, struct sa_params *p, enum sa_cipher cipher)
{
	uint8_t	nonce[HEX_MAX];
	char	salt[9];

	memcpy(salt, v->nonce, 8);
	salt[8] = 0;
	*p = key_params(cipher, v->key, salt);
	ck_assert_uint_eq(unhex(v->nonce, nonce), 12);
	p->esn = strlen(v->aad) == 24;
	p->transport = true;
	p->src = addr_v4(RIG_SRC);
	p->dst = addr_v4(RIG_DST);
	p->replay_window = 64;
}

/* The ESP packet, from its header to its ICV, as it would be on the wire. */
static size_t
gcm_packet(const struct gcm_vector *v, uint8_t *esp)
{
	uint8_t	aad[HEX_MAX], nonce[HEX_MAX];
	size_t	n = unhex(v->aad, aad), text;

	unhex(v->nonce, nonce);
	memcpy(esp, aad, 4);
	memcpy(esp + 4, aad + n - 4, 4);
	memcpy(esp + 8, nonce + 4, 8);
	text = unhex(v->cipher, esp + 16);
	return 16 + text + unhex(v->icv, esp + 16 + text);
}

/* The cryptor alone; it takes SPI 0 too, which one case has. */
START_TEST(gcm)
{
	const struct gcm_vector	*v = &gcms[_i / 2];
	struct rig		*r = rig_by(_i);
	struct sa_params	 p;
	uint8_t			 esp[2 * HEX_MAX], aad[HEX_MAX], text[HEX_MAX];
	struct cryptor		*k;
	const char		*why;
	size_t			 n = gcm_packet(v, esp), naad = unhex(v->aad, aad), ntext = unhex(v->text, text);
	bool			 bad;

	gcm_split(v, &p, SA_CIPHER_AES_GCM);
	k = cryptor_new(&r->dp->sad->crypto, &p, &why);
	ck_assert_ptr_nonnull(k);
	ck_assert_uint_eq(n, 8 + 8 + ntext + 16);
	ck_assert(does_open(r, k, esp, ntext, aad_seq(aad, naad), &bad));
	ck_assert_mem_eq(esp + 16, text, ntext);
	gcm_packet(v, esp);
	esp[n - 1] ^= 1;
	ck_assert(!does_open(r, k, esp, ntext, aad_seq(aad, naad), &bad));
	ck_assert(bad);
	cryptor_free(k);
	rig_free(r);
}
END_TEST

/* Through the datapath, in transport mode, as all but one of them name ICMP as what follows. */
static void
through(const struct gcm_vector *v, enum sa_cipher cipher, int by)
{
	struct rig		*r = rig_by(by);
	struct sa_params	 p;
	uint8_t			 ip[2 * HEX_MAX], aad[HEX_MAX], text[HEX_MAX];
	size_t			 n, naad = unhex(v->aad, aad), ntext = unhex(v->text, text), plain;
	uint32_t		 sa;

	gcm_split(v, &p, cipher);
	p.spi = get32(aad);
	rig_plain(ip, 0);
	n = IP4_LEN + gcm_packet(v, ip + IP4_LEN);
	put16(ip + IP4_TOTAL, (unsigned)n);
	ip[IP4_PROTO] = PROTO_ESP;
	ip4_seal(ip, IP4_LEN);
	sa = rig_sa(r, &p);
	rig_run(r, sa)->seq.last = aad_seq(aad, naad) - 1;
	ck_assert_ptr_nonnull(rig_in(r, ip, n));
	plain = ntext - 2 - text[ntext - 2];
	ck_assert_uint_eq(r->got.len, IP4_LEN + plain);
	ck_assert_uint_eq(r->got.bytes[IP4_PROTO], text[ntext - 1]);
	ck_assert_mem_eq(r->got.bytes + IP4_LEN, text, plain);
	ck_assert_uint_eq(rig_info(r, sa).seq, aad_seq(aad, naad));
	ck_assert_ptr_null(rig_in(r, ip, n));
	ck_assert_uint_eq(dp_count(r->dp, DPC_in_replay), 1);
	rig_free(r);
}

START_TEST(gcm_packets)
{
	if (strncmp(gcms[_i / 2].aad, "00000000", 8) != 0)
		through(&gcms[_i / 2], SA_CIPHER_AES_GCM, _i);
}
END_TEST

START_TEST(gmac_packet)
{
	static const struct gcm_vector	v = {
		"4c80cdefbb5d10da906ac73c3613a634", "22433c640000000000000000", "0000432100000007",
		"45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f7071727374"
		"01020201",
		"45000030da3a00008001df3bc0a80005c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f7071727374"
		"01020201",
		"f2a9a836e155106aa8dcd618e4099aaa",
	};

	through(&v, SA_CIPHER_AES_GMAC, _i);
}
END_TEST

/*
 * Cases 3, 9 and 15 of the GCM specification (NIST's submission): our IV is the sequence number, so an extended
 * one makes us seal with just their nonce.  The cipher text must be theirs; the ICV cannot.
 */
static const struct {
	const char	*key, *cipher;
} seals[] = {
	{ "feffe9928665731c6d6a8f9467308308",
	    "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
	    "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985" },
	{ "feffe9928665731c6d6a8f9467308308feffe9928665731c",
	    "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c"
	    "7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710acade256" },
	{ "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad" },
};

START_TEST(gcm_seal_text)
{
	struct rig		*r = rig_by(_i);
	struct sa_params	 p = key_params(SA_CIPHER_AES_GCM, seals[_i / 2].key, "cafebabe");
	uint8_t			 esp[HEX_MAX] = { 0 }, want[HEX_MAX];
	struct cryptor		*k;
	const char		*why;
	size_t			 n;

	p.dir = SA_OUT;
	p.esn = true;
	k = cryptor_new(&r->dp->sad->crypto, &p, &why);
	ck_assert_ptr_nonnull(k);
	n = unhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255", esp + 16);
	ck_assert(does_seal(r, k, esp, n, UINT64_C(0xfacedbaddecaf888)));
	ck_assert_uint_eq(unhex(seals[_i / 2].cipher, want), n);
	ck_assert_mem_eq(esp + 16, want, n);
	cryptor_free(k);
	rig_free(r);
}
END_TEST

/* RFC 2410, 4: whatever goes in comes out. */
START_TEST(null_text)
{
	static const char	 text[] = "Network Security People Have A Strange Sense Of Humor";
	static const uint8_t	 digits[] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };
	const uint8_t		*data = _i == 0 ? digits : (const uint8_t *)text;
	size_t			 n = _i == 0 ? 8 : 53;
	struct rig		*r = rig_new(1);
	struct sa_params	 p = rig_params(&rig_forms[1], SA_OUT, true);
	uint8_t			 ip[128];

	rig_plain(ip, n);
	memcpy(ip + IP4_LEN, data, n);
	ck_assert_ptr_nonnull(rig_out(r, rig_sa(r, &p), ip, IP4_LEN + n));
	ck_assert_mem_eq(r->got.bytes + IP4_LEN + ESP_HEADER, data, n);
	rig_free(r);
}
END_TEST

void
esp_vector_tests(TCase *tc)
{
	tcase_add_loop_test(tc, hmac, 0, (int)(sizeof(macs) / sizeof(macs[0])));
	tcase_add_loop_test(tc, cbc, 0, (int)(2 * sizeof(cbcs) / sizeof(cbcs[0])));
	tcase_add_loop_test(tc, cbc_packets, 0, (int)(2 * sizeof(esps) / sizeof(esps[0])));
	tcase_add_loop_test(tc, gcm, 0, (int)(2 * sizeof(gcms) / sizeof(gcms[0])));
	tcase_add_loop_test(tc, gcm_packets, 0, (int)(2 * sizeof(gcms) / sizeof(gcms[0])));
	tcase_add_loop_test(tc, gmac_packet, 0, 2);
	tcase_add_loop_test(tc, gcm_seal_text, 0, 6);
	tcase_add_loop_test(tc, null_text, 0, 2);
}
