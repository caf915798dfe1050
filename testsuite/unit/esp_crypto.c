/*
 * The two libraries behind crypto_seal() and crypto_open() against each other: each has its own cryptors, made of the same keys and
 * the same chance, and both must give the same bytes, find the same packets wrong, and touch nothing else.
 */

#include <string.h>

#include "config.h"
#include "datapath/crypto_int.h"
#include "lib/chance.h"
#include "lib/mem.h"
#include "testsuite/unit/esp_test.h"

#define LONGEST		9200
#define BATCH_MAX	256
#define GUARD		16
#define ROOM		(ESP_HEADER + CRYPTO_IV_MAX + LONGEST + 16 + CRYPTO_ICV_MAX + GUARD)
#define NSA		96

/* Libraries: OpenSSL is 0, ipsec-mb 1, and 2 has the choice. */
#define SIDES		3

struct side {
	struct chance	*chance;
	struct crypto	 c;
	struct cryptor	*out[NSA], *in[NSA];
	uint8_t		*bytes;
	struct crypto_job v[BATCH_MAX];
};

struct duel {
	struct side	 side[SIDES];
	struct chance	*chance;	/* the test's own */
	size_t		 nsa, nside;
};

static const struct form extra[] = {
	{ "aes128", SA_ESP, SA_CIPHER_AES_CBC, 16, SA_AUTH_NONE, 0 },
	{ "aes256", SA_ESP, SA_CIPHER_AES_CBC, 32, SA_AUTH_NONE, 0 },
	{ "3des", SA_ESP, SA_CIPHER_3DES, 24, SA_AUTH_NONE, 0 },
};

/* The rig's forms of ESP, then those without authentication. */
static const struct form *
form_of(size_t i)
{
	size_t	n = 0, k;

	for (k = 0; rig_forms[k].name != NULL; k++)
		if (rig_forms[k].proto == SA_ESP && n++ == i)
			return &rig_forms[k];
	return i - n < sizeof(extra) / sizeof(extra[0]) ? &extra[i - n] : NULL;
}

static size_t
nforms(void)
{
	size_t	n = 0;

	while (form_of(n) != NULL)
		n++;
	return n;
}

static bool
can_esn(const struct form *f)
{
	return f->auth != SA_AUTH_NONE || f->cipher >= SA_CIPHER_AES_GCM;
}

static struct duel *
duel_new(uint64_t seed)
{
	static const enum crypto_lib	 who[SIDES] = { CRYPTO_OPENSSL, CRYPTO_IPSEC_MB, CRYPTO_ANY };
	struct duel			*d = xcalloc(1, sizeof(*d));
	size_t				 i;

	d->chance = chance_new_seeded(seed);
	d->nside = SIDES;
	for (i = 0; i < SIDES; i++) {
		d->side[i].chance = chance_new_child(d->chance, "a side");
		crypto_init(&d->side[i].c, d->side[i].chance);
		d->side[i].c.who = who[i];
		d->side[i].bytes = xmalloc((size_t)ROOM * BATCH_MAX);
	}
	return d;
}

static void
duel_free(struct duel *d)
{
	size_t	i, k;

	for (i = 0; i < SIDES; i++) {
		for (k = 0; k < d->nsa; k++) {
			cryptor_free(d->side[i].out[k]);
			cryptor_free(d->side[i].in[k]);
		}
		crypto_fini(&d->side[i].c);
		chance_free(d->side[i].chance);
		free(d->side[i].bytes);
	}
	chance_free(d->chance);
	free(d);
}

static void
duel_sa(struct duel *d, const struct form *f, bool esn)
{
	struct sa_params	p = rig_params(f, SA_OUT, true);
	const char		*why;
	size_t			 i;

	p.esn = esn;
	chance_bytes(d->chance, p.enc_key, f->nenc);
	chance_bytes(d->chance, p.auth_key, f->nauth);
	for (i = 0; i < SIDES; i++) {
		p.dir = SA_OUT;
		d->side[i].out[d->nsa] = cryptor_new(&d->side[i].c, &p, &why);
		p.dir = SA_IN;
		d->side[i].in[d->nsa] = cryptor_new(&d->side[i].c, &p, &why);
		ck_assert_ptr_nonnull(d->side[i].in[d->nsa]);
	}
	d->nsa++;
}

/* Cheaper than chance, for many bytes. */
static void
noise(uint64_t x, uint8_t *p, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		p[i] = (uint8_t)x;
	}
}

/* The packet, and some bytes behind it that are nobody's. */
static size_t
span(const struct crypto_job *j)
{
	return ESP_HEADER + (size_t)j->k->size.iv + j->ntext + j->k->size.icv + GUARD;
}

/* Job i of all sides: a packet of SA sa. */
static void
packet(struct duel *d, size_t i, size_t sa, size_t ntext, uint64_t seq)
{
	struct crypto_job	*j;
	uint8_t			*first = d->side[0].bytes + i * ROOM;
	size_t			 k;

	ntext -= ntext % d->side[0].out[sa]->size.block;
	for (k = 0; k < SIDES; k++) {
		j = &d->side[k].v[i];
		*j = (struct crypto_job){ .k = d->side[k].out[sa], .esp = d->side[k].bytes + i * ROOM, .seq = seq, .ntext = (uint32_t)ntext,
		    .result = CRYPTO_FAILED };
		if (k > 0) {
			memcpy(j->esp, first, span(j));
			continue;
		}
		noise(chance_u64(d->chance) | 1, first, span(j));
		crypto_be32(first + 4, (uint32_t)seq);
	}
}

static void
same_bytes(const struct duel *d, size_t n, const char *when)
{
	const struct crypto_job	*a, *b;
	size_t			 i, k, from;

	for (k = 1; k < SIDES; k++)
		for (i = 0; i < n; i++) {
			a = &d->side[0].v[i];
			b = &d->side[k].v[i];
			if (a->result != b->result)
				ck_abort_msg("%s: job %zu of %zu: result %d by OpenSSL, %d by side %zu", when, i, n, (int)a->result, (int)b->result, k);
			from = ESP_HEADER + (when[0] == 'o' ? a->k->size.iv : 0u);
			if (a->result == CRYPTO_OK && (memcmp(a->esp, b->esp, ESP_HEADER) != 0 || memcmp(a->esp + from, b->esp + from, span(a) - from) != 0))
				ck_abort_msg("%s: job %zu of %zu differs, row %u, %u bytes of text, side %zu", when, i, n, a->k->row->at, a->ntext, k);
			must(memcmp(a->esp + span(a) - GUARD, b->esp + span(a) - GUARD, GUARD) == 0);
		}
}

static void
seal(struct duel *d, size_t n)
{
	size_t	k;

	for (k = 0; k < SIDES; k++)
		crypto_seal(&d->side[k].c, d->side[k].v, n);
	same_bytes(d, n, "sealed");
}

/* From the sealing to the opening cryptors. */
static void
turn(struct duel *d, size_t n)
{
	struct crypto_job	*j;
	size_t			 i, k, sa;

	for (k = 0; k < SIDES; k++)
		for (i = 0; i < n; i++) {
			j = &d->side[k].v[i];
			for (sa = 0; d->side[k].out[sa] != j->k; sa++)
				;
			j->k = d->side[k].in[sa];
			j->result = CRYPTO_FAILED;
		}
}

static void
open_all(struct duel *d, size_t n)
{
	size_t	k;

	for (k = 0; k < SIDES; k++)
		crypto_open(&d->side[k].c, d->side[k].v, n);
	same_bytes(d, n, "opened");
}

/* Sealed and opened gives what it was, in each. */
static void
there_and_back(struct duel *d, size_t n)
{
	uint8_t			*was = xmemdup(d->side[0].bytes, (size_t)ROOM * n);
	const struct crypto_job	*j;
	size_t			 i, at;

	seal(d, n);
	turn(d, n);
	open_all(d, n);
	for (i = 0; i < n; i++) {
		j = &d->side[0].v[i];
		at = ESP_HEADER + (size_t)j->k->size.iv;
		must(j->result == CRYPTO_OK);
		must(memcmp(j->esp + at, was + i * ROOM + at, j->ntext) == 0);
	}
	free(was);
}

static uint64_t
number(struct duel *d)
{
	return chance_u64(d->chance) >> chance_below(d->chance, 64);
}

/* ipsec-mb has DES for completeness without AVX-512: 3 us a byte.  Such SAs get short packets. */
static size_t
some_length(struct duel *d, size_t sa, uint32_t most)
{
	enum sa_cipher	c = d->side[0].out[sa]->row->cipher;
	bool		slow = c == SA_CIPHER_DES || c == SA_CIPHER_3DES;

	return chance_below(d->chance, slow ? 120 : most);
}

/* Some that go by every path: all lengths. */
START_TEST(every_length)
{
	static const char *const names[] = { "null+sha256", "aes128+sha1", "aes256+sha512", "gcm128", "gcm256", "gmac192" };
	struct duel	*d = duel_new(1);
	const struct form *f;
	size_t		 i, n = 0, len, block;

	for (i = 0; strcmp(form_of(i)->name, names[_i]) != 0; i++)
		;
	f = form_of(i);
	duel_sa(d, f, false);
	duel_sa(d, f, true);
	block = d->side[0].out[0]->size.block;
	for (len = 0; len <= LONGEST; len += block) {
		packet(d, n, len / block % 2, len, number(d));
		if (++n == 64 || len + block > LONGEST) {
			there_and_back(d, n);
			n = 0;
		}
	}
	duel_free(d);
}
END_TEST

/* All the others: short ones whole, and some of the long. */
START_TEST(lengths)
{
	struct duel		*d = duel_new(2);
	const struct form	*f = form_of((size_t)_i);
	size_t			 i, n;

	duel_sa(d, f, false);
	duel_sa(d, f, can_esn(f));
	for (n = 0; n < 128; n++)
		packet(d, n, n % 2, n * 2, number(d));
	there_and_back(d, n);
	for (i = 0; i < 2; i++) {
		for (n = 0; n < 9; n++)
			packet(d, n, n % 2, some_length(d, 0, LONGEST + 1), number(d));
		there_and_back(d, n);
	}
	packet(d, 0, 0, 1500 + some_length(d, 0, 1000), number(d));
	there_and_back(d, 1);
	duel_free(d);
}
END_TEST

static void
all_sas(struct duel *d)
{
	size_t	i, n = nforms();

	for (i = 0; i < NSA; i++)
		duel_sa(d, form_of(i % n), can_esn(form_of(i % n)) && i / n % 2);
}

/* Vectors of any length, of SAs, transforms and sizes as they come. */
START_TEST(mixed)
{
	struct duel	*d = duel_new(3);
	size_t		 round, i, n, sa;

	all_sas(d);
	for (round = 0; round < 60; round++) {
		n = 1 + chance_below(d->chance, round % 4 == 0 ? BATCH_MAX : 24);
		for (i = 0; i < n; i++) {
			sa = chance_below(d->chance, NSA);
			packet(d, i, sa, some_length(d, sa, chance_below(d->chance, 8) == 0 ? LONGEST + 1 : 600), number(d));
		}
		there_and_back(d, n);
	}
	duel_free(d);
}
END_TEST

/* 64 packets of as many SAs of one transform go by the lanes, in one call. */
START_TEST(lanes_across_sas)
{
	static const struct form f = { "aes128+sha1", SA_ESP, SA_CIPHER_AES_CBC, 16, SA_AUTH_SHA1_96, 20 };
	struct duel		*d = duel_new(4);
	const struct side	*any = &d->side[2];
	struct crypto_info	 info;
	size_t			 i;

	for (i = 0; i < 64; i++)
		duel_sa(d, &f, false);
	for (i = 0; i < 64; i++)
		packet(d, i, i, 1400, i + 1);
	there_and_back(d, 64);
	crypto_info(&any->c, &info);
	if (info.mb != NULL) {
		ck_assert_uint_eq(info.done[CRYPTO_IPSEC_MB], 64 * 4);
		ck_assert_uint_eq(info.done[CRYPTO_OPENSSL], 0);
		for (i = 0; i < 64; i++)
			must(any->out[i]->ctx == NULL && any->in[i]->ctx == NULL);	/* nor is anything made that isn't used */
	} else
		ck_assert_uint_eq(info.done[CRYPTO_OPENSSL], 64 * 4);
	duel_free(d);
}
END_TEST

/* One bit of each second packet, anywhere that is authenticated. */
START_TEST(tampered)
{
	struct duel	*d = duel_new(5);
	size_t		 round, i, k, n, at, sa;
	unsigned	 bit;

	all_sas(d);
	for (round = 0; round < 20; round++) {
		n = 2 + chance_below(d->chance, BATCH_MAX - 2);
		for (i = 0; i < n; i++) {
			do
				sa = chance_below(d->chance, NSA);
			while (d->side[0].out[sa]->size.icv == 0);
			packet(d, i, sa, some_length(d, sa, chance_below(d->chance, 8) == 0 ? LONGEST + 1 : 600), number(d));
		}
		seal(d, n);
		turn(d, n);
		for (i = 0; i < n; i += 2) {
			at = chance_below(d->chance, (uint32_t)(4 + d->side[0].v[i].k->size.iv + d->side[0].v[i].ntext + d->side[0].v[i].k->size.icv));
			at += at < 4 ? 0 : 4;	/* the number is told beside the packet */
			bit = chance_below(d->chance, 8);
			for (k = 0; k < SIDES; k++)
				d->side[k].v[i].esp[at] ^= (uint8_t)(1u << bit);
		}
		open_all(d, n);
		for (i = 0; i < n; i++)
			must(d->side[0].v[i].result == (i % 2 == 0 ? CRYPTO_BAD_ICV : CRYPTO_OK));
	}
	duel_free(d);
}
END_TEST

/* The high half of an extended number is authenticated though it isn't sent. */
START_TEST(high_half)
{
	struct duel	*d = duel_new(6);
	size_t		 i, k, n = nforms(), m = 0;

	for (i = 0; i < n; i++)
		if (can_esn(form_of(i)))
			duel_sa(d, form_of(i), true);
	for (i = 0; i < 2 * d->nsa; i++)
		packet(d, m++, i / 2, 100, UINT64_C(0x500000007));
	seal(d, m);
	turn(d, m);
	for (i = 0; i < m; i += 2)
		for (k = 0; k < SIDES; k++)
			d->side[k].v[i].seq ^= UINT64_C(1) << 32;
	open_all(d, m);
	for (i = 0; i < m; i++)
		ck_assert_int_eq((int)d->side[0].v[i].result, (int)(i % 2 == 0 ? CRYPTO_BAD_ICV : CRYPTO_OK));
	duel_free(d);
}
END_TEST

/* Packets longer than lanes count are done too. */
START_TEST(too_long_for_lanes)
{
	static const struct form f = { "aes128+sha1", SA_ESP, SA_CIPHER_AES_CBC, 16, SA_AUTH_SHA1_96, 20 };
	struct duel		*d = duel_new(7);
	const size_t		 ntext = 0xfff0, n = ESP_HEADER + 16 + ntext + CRYPTO_ICV_MAX;
	uint8_t			*bytes = xmalloc(SIDES * n), *was;
	size_t			 k;

	duel_sa(d, &f, true);
	chance_bytes(d->chance, bytes, n);
	was = xmemdup(bytes, n);
	for (k = 0; k < SIDES; k++) {
		memcpy(bytes + k * n, was, n);
		d->side[k].v[0] = (struct crypto_job){ .k = d->side[k].out[0], .esp = bytes + k * n, .seq = 5, .ntext = (uint32_t)ntext };
		crypto_seal(&d->side[k].c, d->side[k].v, 1);
		ck_assert_int_eq((int)d->side[k].v[0].result, CRYPTO_OK);
		must(memcmp(bytes, bytes + k * n, n) == 0);
		must(memcmp(bytes + k * n + 24, was + 24, ntext) != 0);
	}
	for (k = 0; k < SIDES; k++) {
		d->side[k].v[0].k = d->side[k].in[0];
		crypto_open(&d->side[k].c, d->side[k].v, 1);
		ck_assert_int_eq((int)d->side[k].v[0].result, CRYPTO_OK);
		must(memcmp(bytes + k * n + 24, was + 24, ntext) == 0);
	}
	free(was);
	free(bytes);
	duel_free(d);
}
END_TEST

/* A router that has had but single packets holds no manager; the first long vector brings it, and then it serves them too. */
START_TEST(made_when_worth_it)
{
	static const struct form f = { "gcm128", SA_ESP, SA_CIPHER_AES_GCM, 20, SA_AUTH_NONE, 0 };
	struct duel		*d = duel_new(8);
	struct side		*any = &d->side[2];
	struct crypto_info	 info;
	size_t			 i;

	duel_sa(d, &f, false);
	for (i = 0; i < 100; i++) {
		packet(d, 0, 0, 64, i + 1);
		crypto_seal(&any->c, any->v, 1);
	}
	crypto_info(&any->c, &info);
	ck_assert(!info.mb_made);
	ck_assert_uint_eq(info.done[CRYPTO_OPENSSL], 100);
	ck_assert_ptr_null(any->out[0]->schedule);
	ck_assert_ptr_null(any->in[0]->ctx);
	for (i = 0; i < 32; i++)
		packet(d, i, 0, 64, 200 + i);
	crypto_seal(&any->c, any->v, 32);
	crypto_seal(&any->c, any->v, 1);
	crypto_info(&any->c, &info);
	ck_assert(info.mb_made == (info.mb != NULL));
	ck_assert_uint_eq(info.done[CRYPTO_IPSEC_MB], info.mb != NULL ? 33 : 0);
	ck_assert((info.mb == NULL) == (info.arch == NULL));
	crypto_info(&d->side[0].c, &info);
	ck_assert_ptr_null(info.mb);
	ck_assert_ptr_nonnull(info.openssl);
	duel_free(d);
}
END_TEST

void
esp_crypto_tests(TCase *tc)
{
	tcase_add_loop_test(tc, every_length, 0, 6);
	tcase_add_loop_test(tc, lengths, 0, (int)nforms());
	tcase_add_test(tc, mixed);
	tcase_add_test(tc, lanes_across_sas);
	tcase_add_test(tc, tampered);
	tcase_add_test(tc, high_half);
	tcase_add_test(tc, too_long_for_lanes);
	tcase_add_test(tc, made_when_worth_it);
}
