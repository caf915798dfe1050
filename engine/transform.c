/*
 * Transform sets: from the words of `crypto ipsec transform-set` to what Quick Mode offers (RFC 2407,
 * 4.4.3 to 4.5) and back to words, in the configuration's spelling ("esp-aes 256") and in that of show
 * commands and debugs ("esp-256-aes").
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/config.h"
#include "lib/mem.h"
#include "lib/text.h"

enum part { PART_AH, PART_CIPHER, PART_AUTH, PART__COUNT };

struct transform {
	const char	*word;
	enum part	 part;
	uint8_t		 id;		/* AH or ESP transform id; of PART_AUTH none */
	uint8_t		 auth;		/* authentication algorithm attribute */
	bool		 sized;		/* takes 128, 192 or 256 */
	bool		 combined;	/* authenticates by itself */
	bool		 size_inside;	/* shown as esp-256-aes, else esp-gcm 256 */
};

static const struct transform transforms[] = {
	{ "ah-md5-hmac", PART_AH, 2, 1, false, false, false },
	{ "ah-sha-hmac", PART_AH, 3, 2, false, false, false },
	{ "ah-sha256-hmac", PART_AH, 5, 5, false, false, false },
	{ "ah-sha384-hmac", PART_AH, 6, 6, false, false, false },
	{ "ah-sha512-hmac", PART_AH, 7, 7, false, false, false },
	{ "esp-des", PART_CIPHER, 2, 0, false, false, false },
	{ "esp-3des", PART_CIPHER, 3, 0, false, false, false },
	{ "esp-null", PART_CIPHER, 11, 0, false, false, false },
	{ "esp-aes", PART_CIPHER, 12, 0, true, false, true },
	{ "esp-gcm", PART_CIPHER, 20, 0, true, true, false },
	{ "esp-gmac", PART_CIPHER, 23, 0, true, true, false },
	{ "esp-md5-hmac", PART_AUTH, 0, 1, false, false, false },
	{ "esp-sha-hmac", PART_AUTH, 0, 2, false, false, false },
	{ "esp-sha256-hmac", PART_AUTH, 0, 5, false, false, false },
	{ "esp-sha384-hmac", PART_AUTH, 0, 6, false, false, false },
	{ "esp-sha512-hmac", PART_AUTH, 0, 7, false, false, false },
};

#define NTRANSFORMS	(sizeof(transforms) / sizeof(transforms[0]))

struct picked {
	const struct transform	*part[PART__COUNT];
	uint16_t		 bits;
};

static const struct transform *
by_word(const char *word)
{
	for (size_t i = 0; i < NTRANSFORMS; i++)
		if (strcasecmp(transforms[i].word, word) == 0)
			return &transforms[i];
	return NULL;
}

static const struct transform *
by_id(enum part part, uint8_t id, uint8_t auth)
{
	for (size_t i = 0; i < NTRANSFORMS; i++)
		if (transforms[i].part == part && (part == PART_AUTH ? transforms[i].auth == auth : transforms[i].id == id))
			return &transforms[i];
	return NULL;
}

static uint16_t
key_bits(const char *word)
{
	static const uint16_t sizes[] = { 128, 192, 256 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (strtoul(word, NULL, 10) == sizes[i] && strlen(word) == 3)
			return sizes[i];
	return 0;
}

/* Sorts the words into parts. */
static const char *
pick(struct picked *k, char **words, size_t n)
{
	const struct transform *t;

	for (size_t i = 0; i < n; i++) {
		if ((t = by_word(words[i])) == NULL)
			return "unknown transform";
		if (k->part[t->part] != NULL)
			return "only one transform of a kind (AH, ESP cipher, ESP authentication) is allowed";
		k->part[t->part] = t;
		if (!t->sized)
			continue;
		k->bits = 128;
		if (i + 1 < n && key_bits(words[i + 1]) != 0)
			k->bits = key_bits(words[++i]);
	}
	return NULL;
}

static const char *
judge(const struct picked *k)
{
	const struct transform *ah = k->part[PART_AH], *cipher = k->part[PART_CIPHER], *auth = k->part[PART_AUTH];

	if (ah == NULL && cipher == NULL && auth == NULL)
		return "a transform set needs a transform";
	if (ah != NULL && (cipher != NULL || auth != NULL))
		return "AH and ESP in one set, a bundle of two SAs, is not supported";
	if (cipher != NULL && cipher->combined && auth != NULL)
		return "esp-gcm and esp-gmac authenticate by themselves: no esp-...-hmac beside them";
	if (cipher != NULL && cipher->id == 11 && auth == NULL)
		return "esp-null needs an esp-...-hmac beside it";
	return NULL;
}

static void
suite_add(struct cfg_transform_set *t, const struct picked *k, bool ah)
{
	struct ike_esp *e = &t->esp[t->nesp++];
	const struct transform *cipher = k->part[PART_CIPHER], *auth = k->part[PART_AUTH];

	memset(e, 0, sizeof(*e));
	snprintf(e->set_name, sizeof(e->set_name), "%s", t->name == NULL ? "" : t->name);
	e->proto = ah ? 51 : 50;
	e->transport = t->transport;
	e->esn = t->esn;
	if (ah) {
		e->esp_id = k->part[PART_AH]->id;
		e->auth_id = k->part[PART_AH]->auth;
		return;
	}
	/* Authentication alone is ESP with the NULL cipher (RFC 2410). */
	e->esp_id = cipher == NULL ? 11 : cipher->id;
	e->key_bits = cipher != NULL && cipher->sized ? k->bits : 0;
	e->auth_id = auth == NULL ? 0 : auth->auth;
}

static char *
words_of(const struct picked *k)
{
	struct text t = { 0 };

	for (int i = 0; i < PART__COUNT; i++) {
		if (k->part[i] == NULL)
			continue;
		text_printf(&t, "%s%s", t.len > 0 ? " " : "", k->part[i]->word);
		if (k->part[i]->sized && (k->bits != 128 || k->part[i]->combined))
			text_printf(&t, " %u", k->bits);
	}
	return text_take(&t);
}

bool
config_transform_parse(struct cfg_transform_set *t, char **words, size_t n, const char **why)
{
	struct picked k = { 0 };

	*why = pick(&k, words, n);
	if (*why == NULL)
		*why = judge(&k);
	if (*why != NULL)
		return false;
	t->nesp = 0;
	if (k.part[PART_AH] != NULL)
		suite_add(t, &k, true);
	if (k.part[PART_CIPHER] != NULL || k.part[PART_AUTH] != NULL)
		suite_add(t, &k, false);
	free(t->words);
	t->words = words_of(&k);
	return true;
}

static void
cipher_fmt(const struct transform *c, uint16_t bits, char *out, size_t n)
{
	if (!c->sized)
		snprintf(out, n, "%s", c->word);
	else if (!c->size_inside)
		snprintf(out, n, "%s %u", c->word, bits);
	else if (bits == 128)
		snprintf(out, n, "%s", c->word);
	else
		snprintf(out, n, "esp-%u-%s", bits, c->word + strlen("esp-"));
}

const char *
transform_fmt(const struct ike_esp *e, char out[CFG_TRANSFORM_MAX])
{
	const struct transform *c = by_id(e->proto == 51 ? PART_AH : PART_CIPHER, e->esp_id, 0);
	const struct transform *a = e->proto == 51 ? NULL : by_id(PART_AUTH, 0, e->auth_id);
	char cipher[CFG_TRANSFORM_MAX / 2] = "";

	if (c != NULL)
		cipher_fmt(c, e->key_bits, cipher, sizeof(cipher));
	snprintf(out, CFG_TRANSFORM_MAX, "%s%s%s", cipher, c != NULL && a != NULL ? " " : "", a == NULL ? "" : a->word);
	return out;
}
