/* The SPI table, handles, and what dp_sa_add() refuses. */

#include <string.h>

#include "lib/chance.h"
#include "testsuite/unit/esp_test.h"

#define MANY	20000u

static struct sa *
mark(uint32_t n)
{
	return (struct sa *)(uintptr_t)(n + 1);
}

START_TEST(table_small)
{
	struct spi_table	t;

	spi_table_init(&t, 99);
	ck_assert_ptr_null(spi_find(&t, 0, SA_ESP));
	ck_assert(!spi_add(&t, 0, SA_ESP, mark(1)));
	ck_assert(spi_add(&t, 1000, SA_ESP, mark(1)));
	ck_assert(!spi_add(&t, 1000, SA_ESP, mark(2)));
	ck_assert(spi_add(&t, 1000, SA_AH, mark(3)));
	ck_assert_ptr_eq(spi_find(&t, 1000, SA_ESP), mark(1));
	ck_assert_ptr_eq(spi_find(&t, 1000, SA_AH), mark(3));
	ck_assert(spi_del(&t, 1000, SA_ESP));
	ck_assert(!spi_del(&t, 1000, SA_ESP));
	ck_assert_ptr_null(spi_find(&t, 1000, SA_ESP));
	ck_assert_ptr_eq(spi_find(&t, 1000, SA_AH), mark(3));
	ck_assert_uint_eq(t.mask, 15);
	spi_table_fini(&t);
}
END_TEST

/* Grown, thinned at random and shrunk again, it always holds just what was left in it. */
START_TEST(table_churn)
{
	static uint32_t		 spi[MANY];
	static bool		 in[MANY];
	struct chance		*c = chance_new_seeded(5);
	struct spi_table	 t;
	uint32_t		 i, k, round;

	spi_table_init(&t, chance_u32(c));
	for (i = 0; i < MANY; i++)
		spi[i] = 256 + i * 3 + (chance_below(c, 2) << 31);
	for (round = 0; round < 200000; round++) {
		k = chance_below(c, MANY);
		if (in[k])
			must(spi_del(&t, spi[k], SA_ESP));
		else
			must(spi_add(&t, spi[k], SA_ESP, mark(k)));
		in[k] = !in[k];
	}
	for (i = 0; i < MANY; i++)
		must(spi_find(&t, spi[i], SA_ESP) == (in[i] ? mark(i) : NULL));
	for (i = 0; i < MANY; i++)
		if (in[i])
			must(spi_del(&t, spi[i], SA_ESP));
	ck_assert_uint_eq(t.used, 0);
	ck_assert_uint_eq(t.mask, 15);
	spi_table_fini(&t);
	chance_free(c);
}
END_TEST

START_TEST(handles)
{
	struct rig		*r = rig_new(1);
	struct sa_params	 p = rig_params(&rig_forms[1], SA_IN, false);
	const struct addr	 src = addr_v4(RIG_SRC), dst = addr_v4(RIG_DST);
	const char		*why;
	uint32_t		 a, b, sa;

	a = rig_sa(r, &p);
	ck_assert_uint_eq(dp_sa_add(r->dp, &p, &why, 0), SA_NONE);
	ck_assert_str_eq(why, "the SPI is taken");
	ck_assert(dp_spi_known(r->dp, RIG_SPI, &dst, SA_ESP, &sa));
	ck_assert_uint_eq(sa, a);
	ck_assert(!dp_spi_known(r->dp, RIG_SPI, &src, SA_ESP, NULL));
	ck_assert(!dp_spi_known(r->dp, RIG_SPI, &dst, SA_AH, NULL));
	dp_sa_del(r->dp, a);
	dp_sa_del(r->dp, a);
	ck_assert(!dp_spi_known(r->dp, RIG_SPI, &dst, SA_ESP, NULL));
	b = rig_sa(r, &p);
	ck_assert_uint_ne(a, b);
	ck_assert_ptr_null(sa_by_handle(r->dp, a));
	ck_assert_ptr_null(sa_by_handle(r->dp, SA_NONE));
	ck_assert_uint_eq(dp_sa_count(r->dp), 1);
	rig_free(r);
}
END_TEST

START_TEST(full)
{
	struct rig		*r = rig_new(1);
	struct sa_params	 p = rig_params(&rig_forms[1], SA_IN, false);
	const char		*why;
	uint32_t		 last = SA_NONE;
	unsigned		 i;

	dp_sa_limit(r->dp, 100);
	for (i = 0; i < 100; i++) {
		p.spi = dp_spi_new(r->dp, SA_ESP);
		last = rig_sa(r, &p);
	}
	p.spi = dp_spi_new(r->dp, SA_ESP);
	ck_assert_uint_eq(dp_sa_add(r->dp, &p, &why, 0), SA_NONE);
	ck_assert_str_eq(why, "the SA table is full");
	dp_sa_del(r->dp, last);
	rig_sa(r, &p);
	ck_assert_uint_eq(dp_sa_count(r->dp), 100);
	rig_free(r);
}
END_TEST

static void
refused(struct rig *r, const struct sa_params *p, const char *text)
{
	const char	*why = NULL;

	ck_assert_uint_eq(dp_sa_add(r->dp, p, &why, 0), SA_NONE);
	ck_assert_str_eq(why, text);
}

START_TEST(refusals)
{
	struct rig		*r = rig_new(1);
	struct sa_params	 good = rig_params(&rig_forms[16], SA_IN, false), p;

	ck_assert_str_eq(rig_forms[16].name, "aes128+sha1");
	p = good, p.spi = 255;
	refused(r, &p, "SPIs below 256 are reserved");
	p = good, p.replay_window = 1025;
	refused(r, &p, "the replay window is too large");
	p = good, p.enc_key_len = 17;
	refused(r, &p, "the cipher's key length does not fit");
	p = good, p.auth_key_len = 16;
	refused(r, &p, "the authentication key's length does not fit");
	p = good, p.proto = SA_AH;
	refused(r, &p, "AH takes an authentication algorithm and no cipher");
	p = good, p.cipher = SA_CIPHER_NULL, p.enc_key_len = 0, p.auth = SA_AUTH_NONE;
	refused(r, &p, "neither encryption nor authentication");
	p = good, p.cipher = SA_CIPHER_AES_GCM, p.enc_key_len = 20;
	refused(r, &p, "an authenticating cipher takes no separate authentication");
	p = good, p.auth = SA_AUTH_NONE, p.esn = true;
	refused(r, &p, "extended sequence numbers need authentication");
	p = good, p.auth = (enum sa_auth)99;
	refused(r, &p, "unknown authentication algorithm");
	rig_free(r);
}
END_TEST

void
esp_sad_tests(TCase *tc)
{
	tcase_add_test(tc, table_small);
	tcase_add_test(tc, table_churn);
	tcase_add_test(tc, handles);
	tcase_add_test(tc, full);
	tcase_add_test(tc, refusals);
}
