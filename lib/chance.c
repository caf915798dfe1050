/*
 * Randomness.  A seeded source is a ChaCha20 key stream whose key is a SHA-256 of the seed and of
 * the names on the way down to the child, so a stream is a function of those alone.  The root and
 * its children share one libcrypto context; that of a seeded family draws from a stream of its
 * own, "libcrypto", through a provider with nothing but one RAND algorithm in it.
 */

#include "lib/chance.h"

#include <errno.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/chacha.h"
#include "lib/mem.h"
#include "lib/prf.h"

#define KEY_LEN		32
#define MAX_CIPHERS	8
#define MAX_DRAW	((size_t)1 << 16)	/* libcrypto's, a call */

struct stream {
	uint32_t	 in[16];
	uint8_t		 block[CHACHA_BLOCK];
	size_t		 used;		/* of block */
};

/* What a family shares. */
struct family {
	size_t			 refs;
	OSSL_LIB_CTX		*libctx;
	OSSL_PROVIDER		*ours, *basic, *legacy;
	struct stream		 stream;	/* seeded: what libcrypto draws from */
	EVP_CIPHER		*ciphers[MAX_CIPHERS];
};

struct chance {
	struct family	*family;
	bool		 seeded;
	uint8_t		 key[KEY_LEN];
	struct stream	 stream;
};

/* SHA-256 of the parent's key, if any, and the name; lengths are fixed or last, so nothing runs together. */
static void
derive(const uint8_t *parent, const void *name, size_t n, uint8_t key[KEY_LEN])
{
	const struct iov v[] = {
		{ "inspire chance", 14 }, { parent, parent != NULL ? KEY_LEN : 0 }, { name, n },
	};
	uint8_t out[HASH_MAX];

	hash_iov(HASH_SHA256, v, 3, out);
	memcpy(key, out, KEY_LEN);
	wipe(out, sizeof(out));
}

static void
stream_init(struct stream *s, const uint8_t key[KEY_LEN])
{
	static const uint32_t constants[4] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };

	memset(s, 0, sizeof(*s));
	memcpy(s->in, constants, sizeof(constants));
	for (unsigned i = 0; i < KEY_LEN; i++)
		s->in[4 + i / 4] |= (uint32_t)key[i] << 8 * (i % 4);
	s->used = CHACHA_BLOCK;
}

/* The counter has 64 bits here: a stream has no nonce, each has its own key. */
static void
stream_draw(struct stream *s, uint8_t *out, size_t n)
{
	while (n > 0) {
		size_t some;

		if (s->used == CHACHA_BLOCK) {
			chacha_block(s->in, s->block);
			if (++s->in[12] == 0)
				s->in[13]++;
			s->used = 0;
		}
		some = CHACHA_BLOCK - s->used < n ? CHACHA_BLOCK - s->used : n;
		memcpy(out, s->block + s->used, some);
		memset(s->block + s->used, 0, some);
		s->used += some;
		out += some;
		n -= some;
	}
}

static struct chance *
chance_new(struct family *f)
{
	struct chance *c = xcalloc(1, sizeof(*c));

	c->family = f;
	f->refs++;
	return c;
}

struct chance *
chance_new_system(void)
{
	return chance_new(xcalloc(1, sizeof(struct family)));
}

struct chance *
chance_new_seeded(uint64_t seed)
{
	struct chance *c = chance_new(xcalloc(1, sizeof(struct family)));
	uint8_t be[8], key[KEY_LEN];

	for (int i = 0; i < 8; i++)
		be[i] = (uint8_t)(seed >> (56 - 8 * i));
	c->seeded = true;
	derive(NULL, be, sizeof(be), c->key);
	stream_init(&c->stream, c->key);
	derive(c->key, "libcrypto", 9, key);
	stream_init(&c->family->stream, key);
	wipe(key, sizeof(key));
	return c;
}

struct chance *
chance_new_child(struct chance *parent, const char *name)
{
	struct chance *c = chance_new(parent->family);

	c->seeded = parent->seeded;
	if (c->seeded) {
		derive(parent->key, name, strlen(name), c->key);
		stream_init(&c->stream, c->key);
	}
	return c;
}

static void
family_free(struct family *f)
{
	for (int i = 0; i < MAX_CIPHERS; i++)
		EVP_CIPHER_free(f->ciphers[i]);
	if (f->legacy != NULL)
		OSSL_PROVIDER_unload(f->legacy);
	if (f->basic != NULL)
		OSSL_PROVIDER_unload(f->basic);
	if (f->ours != NULL)
		OSSL_PROVIDER_unload(f->ours);
	OSSL_LIB_CTX_free(f->libctx);
	wipe_free(f, sizeof(*f));
}

void
chance_free(struct chance *c)
{
	if (c == NULL)
		return;
	if (--c->family->refs == 0)
		family_free(c->family);
	wipe_free(c, sizeof(*c));
}

bool
chance_is_seeded(const struct chance *c)
{
	return c->seeded;
}

static void
system_bytes(uint8_t *out, size_t n)
{
	while (n > 0) {
		ssize_t got = getrandom(out, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			fatal("the system gives no randomness: errno %d", errno);
		out += got;
		n -= (size_t)got;
	}
}

void
chance_bytes(struct chance *c, void *out, size_t n)
{
	if (c->seeded)
		stream_draw(&c->stream, out, n);
	else
		system_bytes(out, n);
}

uint32_t
chance_u32(struct chance *c)
{
	uint8_t b[4];

	chance_bytes(c, b, sizeof(b));
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

uint64_t
chance_u64(struct chance *c)
{
	uint64_t high = chance_u32(c);

	return high << 32 | chance_u32(c);
}

/* Draws below 2^32 mod n are thrown away, so that each result has as many draws as any other. */
uint32_t
chance_below(struct chance *c, uint32_t n)
{
	uint32_t v;

	if (n == 0)
		fatal("nothing is below zero");
	do
		v = chance_u32(c);
	while (v < -n % n);
	return v % n;
}

double
chance_unit(struct chance *c)
{
	return (double)(chance_u64(c) >> 11) * 0x1p-53;
}

/*
 * The provider.  Its context holds where to draw from, set as soon as it is loaded; each RAND
 * instance (libcrypto makes a primary, a public and a private one) is just that context again.
 */
struct provider {
	struct stream	*stream;
};

static void *
rand_new(void *provctx, void *parent, const OSSL_DISPATCH *calls)
{
	(void)parent;
	(void)calls;
	return provctx;
}

static void
rand_free(void *r)
{
	(void)r;
}

static int
rand_instantiate(void *r, unsigned strength, int resistance, const unsigned char *pers, size_t npers,
    const OSSL_PARAM params[])
{
	(void)r, (void)strength, (void)resistance, (void)pers, (void)npers, (void)params;
	return 1;
}

static int
rand_uninstantiate(void *r)
{
	(void)r;
	return 1;
}

/* What libcrypto would stir in (times, addresses) must not change the stream, so it is left aside. */
static int
rand_generate(void *r, unsigned char *out, size_t n, unsigned strength, int resistance,
    const unsigned char *more, size_t nmore)
{
	struct provider *p = r;

	(void)strength, (void)resistance, (void)more, (void)nmore;
	if (p->stream == NULL)
		return 0;
	stream_draw(p->stream, out, n);
	return 1;
}

static int
rand_reseed(void *r, int resistance, const unsigned char *entropy, size_t n, const unsigned char *more,
    size_t nmore)
{
	(void)r, (void)resistance, (void)entropy, (void)n, (void)more, (void)nmore;
	return 1;
}

/* There is one thread: locks succeed and do nothing. */
static int
rand_lock(void *r)
{
	(void)r;
	return 1;
}

static void
rand_unlock(void *r)
{
	(void)r;
}

static const OSSL_PARAM *
rand_gettable(void *r, void *provctx)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_int(OSSL_RAND_PARAM_STATE, NULL),
		OSSL_PARAM_uint(OSSL_RAND_PARAM_STRENGTH, NULL),
		OSSL_PARAM_size_t(OSSL_RAND_PARAM_MAX_REQUEST, NULL),
		OSSL_PARAM_END,
	};

	(void)r, (void)provctx;
	return params;
}

static int
rand_get(void *r, OSSL_PARAM params[])
{
	OSSL_PARAM *p;

	(void)r;
	if ((p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STATE)) != NULL &&
	    !OSSL_PARAM_set_int(p, EVP_RAND_STATE_READY))
		return 0;
	if ((p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STRENGTH)) != NULL &&
	    !OSSL_PARAM_set_uint(p, 256))
		return 0;
	if ((p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_MAX_REQUEST)) != NULL &&
	    !OSSL_PARAM_set_size_t(p, MAX_DRAW))
		return 0;
	return 1;
}

#define FN(id, fn)	{ id, (void (*)(void))(fn) }

static const OSSL_ALGORITHM *
provider_query(void *provctx, int operation, int *no_cache)
{
	static const OSSL_DISPATCH functions[] = {
		FN(OSSL_FUNC_RAND_NEWCTX, rand_new),
		FN(OSSL_FUNC_RAND_FREECTX, rand_free),
		FN(OSSL_FUNC_RAND_INSTANTIATE, rand_instantiate),
		FN(OSSL_FUNC_RAND_UNINSTANTIATE, rand_uninstantiate),
		FN(OSSL_FUNC_RAND_GENERATE, rand_generate),
		FN(OSSL_FUNC_RAND_RESEED, rand_reseed),
		FN(OSSL_FUNC_RAND_ENABLE_LOCKING, rand_lock),
		FN(OSSL_FUNC_RAND_LOCK, rand_lock),
		FN(OSSL_FUNC_RAND_UNLOCK, rand_unlock),
		FN(OSSL_FUNC_RAND_GETTABLE_CTX_PARAMS, rand_gettable),
		FN(OSSL_FUNC_RAND_GET_CTX_PARAMS, rand_get),
		{ 0, NULL },
	};
	static const OSSL_ALGORITHM algorithms[] = {
		{ "INSPIRE-SEEDED", "provider=inspire", functions, "a seeded stream" },
		{ NULL, NULL, NULL, NULL },
	};

	(void)provctx;
	*no_cache = 0;
	return operation == OSSL_OP_RAND ? algorithms : NULL;
}

static void
provider_teardown(void *provctx)
{
	free(provctx);
}

static int
provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
    void **provctx)
{
	static const OSSL_DISPATCH functions[] = {
		FN(OSSL_FUNC_PROVIDER_QUERY_OPERATION, provider_query),
		FN(OSSL_FUNC_PROVIDER_TEARDOWN, provider_teardown),
		{ 0, NULL },
	};

	(void)handle, (void)in;
	*provctx = xcalloc(1, sizeof(struct provider));
	*out = functions;
	return 1;
}

static bool
libctx_seeded(struct family *f)
{
	struct provider *p;

	if (!OSSL_PROVIDER_add_builtin(f->libctx, "inspire", provider_init) ||
	    (f->ours = OSSL_PROVIDER_load(f->libctx, "inspire")) == NULL)
		return false;
	p = OSSL_PROVIDER_get0_provider_ctx(f->ours);
	p->stream = &f->stream;
	return RAND_set_DRBG_type(f->libctx, "INSPIRE-SEEDED", NULL, NULL, NULL);
}

OSSL_LIB_CTX *
chance_libctx(struct chance *c)
{
	struct family *f = c->family;

	if (f->libctx != NULL)
		return f->libctx;
	if ((f->libctx = OSSL_LIB_CTX_new()) == NULL || (c->seeded && !libctx_seeded(f)) ||
	    (f->basic = OSSL_PROVIDER_load(f->libctx, "default")) == NULL)
		fatal("libcrypto can't be set up");
	return f->libctx;
}

bool
chance_libctx_legacy(struct chance *c)
{
	struct family *f = c->family;

	if (f->legacy == NULL)
		f->legacy = OSSL_PROVIDER_load(chance_libctx(c), "legacy");
	return f->legacy != NULL;
}

const EVP_CIPHER *
chance_cipher(struct chance *c, const char *name)
{
	EVP_CIPHER **slot = c->family->ciphers, **end = slot + MAX_CIPHERS;

	for (; slot < end && *slot != NULL; slot++)
		if (EVP_CIPHER_is_a(*slot, name))
			return *slot;
	if (slot == end)
		fatal("more than %d ciphers are in use", MAX_CIPHERS);
	return *slot = EVP_CIPHER_fetch(chance_libctx(c), name, NULL);
}
