/* Configuration commands of IPsec: transform sets, profiles, and what holds for all SAs. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/cmds_config_sa.h"

#define PFS_DEFAULT	1u	/* group of a bare `set pfs` */

/* --- transform sets --- */

static const char *const transform_words[] = {
	"ah-md5-hmac", "ah-sha-hmac", "ah-sha256-hmac", "ah-sha384-hmac", "ah-sha512-hmac",
	"esp-des", "esp-3des", "esp-null", "esp-aes", "esp-gcm", "esp-gmac",
	"esp-md5-hmac", "esp-sha-hmac", "esp-sha256-hmac", "esp-sha384-hmac", "esp-sha512-hmac",
};
static const char *const key_sizes[] = { "128", "192", "256" };

#define WORDS_MAX	(2 * NROWS(transform_words))

static bool
is_sized(const char *word)
{
	return strcmp(word, "esp-aes") == 0 || strcmp(word, "esp-gcm") == 0 || strcmp(word, "esp-gmac") == 0;
}

/* What was typed, as words: a size goes to the only transform that can have one. */
static size_t
typed_words(const struct args *a, const char *out[WORDS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < NROWS(transform_words); i++) {
		if (!arg_has(a, transform_words[i]))
			continue;
		out[n++] = transform_words[i];
		for (size_t k = 0; k < NROWS(key_sizes); k++)
			if (is_sized(transform_words[i]) && arg_has(a, key_sizes[k]))
				out[n++] = key_sizes[k];
	}
	return n;
}

static const struct cfg_ipsec_profile *
user_of_set(const struct config *c, const char *name)
{
	const struct cfg_ipsec_profile *p;

	TAILQ_FOREACH(p, &c->ipsec_profiles, next)
		if (cfg_names_has(&p->transform_sets, name))
			return p;
	return NULL;
}

static void
transform_set_remove(struct session *s, const char *name)
{
	struct cfg_transform_set *t = config_transform_set(conf(s), name, false);
	const struct cfg_ipsec_profile *p = user_of_set(conf(s), name);
	const char *map = conf_map_using_set(conf(s), name);

	if (t == NULL)
		session_error(s, "%% Transform set %s does not exist", name);
	else if (p != NULL)
		session_error(s, "%% Transform set %s is in use by IPsec profile %s", name, p->name);
	else if (map != NULL)
		session_error(s, "%% Transform set %s is in use by crypto map %s", name, map);
	else
		config_transform_set_del(conf(s), t);
}

/* Parses into a fresh set first, so that a refused line changes nothing. */
static bool
transform_set_define(struct session *s, const char *name, const char **words, size_t n)
{
	struct cfg_transform_set probe = { .name = (char *)(uintptr_t)name }, *t;
	char *copy[WORDS_MAX];
	const char *why = NULL;
	bool ok;

	for (size_t i = 0; i < n; i++)
		copy[i] = (char *)(uintptr_t)words[i];
	ok = config_transform_parse(&probe, copy, n, &why);
	free(probe.words);
	if (!ok) {
		session_error(s, "%% Invalid transform combination: %s", why);
		return false;
	}
	t = config_transform_set(conf(s), name, true);
	return config_transform_parse(t, copy, n, &why);
}

static void
run_transform_set(struct session *s, const struct args *a)
{
	const char *words[WORDS_MAX], *name = arg_str(a, "name");
	size_t n = typed_words(a, words);

	if (args_off(a)) {
		transform_set_remove(s, name);
	} else {
		if (n == 0 && config_transform_set(conf(s), name, false) == NULL) {
			session_error(s, "%% Incomplete command.");
			return;
		}
		if (strlen(name) >= IKE_NAME_MAX) {
			session_error(s, "%% A transform set's name has at most %d characters", IKE_NAME_MAX - 1);
			return;
		}
		if (n > 0 && !transform_set_define(s, name, words, n))
			return;
		session_mode(s, MODE_TRANSFORM, name);
	}
	conf_changed(s, CFG_AREA_IPSEC);
}

/* Each suite carries the mode and the kind of sequence numbers of its set. */
static void
suites_refresh(struct cfg_transform_set *t)
{
	for (size_t i = 0; i < t->nesp; i++) {
		t->esp[i].transport = t->transport;
		t->esp[i].esn = t->esn;
	}
}

static void
run_mode(struct session *s, const struct args *a)
{
	struct cfg_transform_set *t = conf_transform_set(s);

	if (t == NULL)
		return;
	t->transport = !args_off(a) && arg_has(a, "transport");
	t->require = t->transport && arg_has(a, "require");
	suites_refresh(t);
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_esn(struct session *s, const struct args *a)
{
	struct cfg_transform_set *t = conf_transform_set(s);

	if (t == NULL)
		return;
	t->esn = !args_off(a);
	suites_refresh(t);
	conf_changed(s, CFG_AREA_IPSEC);
}

/* --- profiles --- */

static void
profile_remove(struct session *s, const char *name)
{
	struct cfg_ipsec_profile *p = config_ipsec_profile(conf(s), name, false);
	const struct cfg_if *i;

	if (p == NULL) {
		session_error(s, "%% IPsec profile %s does not exist", name);
		return;
	}
	TAILQ_FOREACH(i, &conf(s)->ifs, next)
		if (str_eq(i->protection, name)) {
			session_error(s, "%% IPsec profile %s is in use by interface %s", name, i->name);
			return;
		}
	if (conf_map_using_profile(conf(s), name) != NULL) {
		session_error(s, "%% IPsec profile %s is in use by crypto map %s", name, conf_map_using_profile(conf(s), name));
		return;
	}
	config_ipsec_profile_del(conf(s), p);
}

static void
run_profile(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");

	if (args_off(a)) {
		profile_remove(s, name);
	} else {
		config_ipsec_profile(conf(s), name, true);
		session_mode(s, MODE_IPSEC_PROFILE, name);
	}
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_description(struct session *s, const struct args *a)
{
	struct cfg_ipsec_profile *p = conf_ipsec_profile(s);

	if (p == NULL)
		return;
	conf_str(&p->description, a, "text");
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_set_transform_set(struct session *s, const struct args *a)
{
	static const char *const params[] = { "t1", "t2", "t3", "t4", "t5", "t6" };
	struct cfg_ipsec_profile *p = conf_ipsec_profile(s);

	if (p == NULL)
		return;
	for (size_t i = 0; i < NROWS(params); i++)
		if (!args_off(a) && arg_has(a, params[i]) && config_transform_set(conf(s), arg_str(a, params[i]), false) == NULL) {
			session_error(s, "%% Transform set %s does not exist", arg_str(a, params[i]));
			return;
		}
	cfg_names_clear(&p->transform_sets);
	for (size_t i = 0; i < NROWS(params); i++)
		if (!args_off(a) && arg_has(a, params[i]))
			cfg_names_add(&p->transform_sets, arg_str(a, params[i]));
	conf_changed(s, CFG_AREA_IPSEC);
}

unsigned
conf_pfs(const struct args *a)
{
	static const unsigned groups[] = { 1, 2, 5, 14, 15, 16, 19, 20, 21, 24 };
	unsigned group = args_off(a) ? 0 : PFS_DEFAULT;
	char word[16];

	for (size_t i = 0; !args_off(a) && i < NROWS(groups); i++) {
		snprintf(word, sizeof(word), "group%u", groups[i]);
		if (arg_has(a, word))
			group = groups[i];
	}
	return group;
}

static void
run_set_pfs(struct session *s, const struct args *a)
{
	struct cfg_ipsec_profile *p = conf_ipsec_profile(s);

	if (p == NULL)
		return;
	p->pfs_group = conf_pfs(a);
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_set_isakmp_profile(struct session *s, const struct args *a)
{
	struct cfg_ipsec_profile *p = conf_ipsec_profile(s);

	if (p == NULL)
		return;
	if (!args_off(a) && config_isakmp_profile(conf(s), arg_str(a, "name"), false) == NULL) {
		session_error(s, "%% ISAKMP profile %s does not exist", arg_str(a, "name"));
		return;
	}
	conf_str(&p->isakmp_profile, a, "name");
	conf_changed(s, CFG_AREA_IPSEC);
}

void
conf_life(struct cfg_lifetime *l, const struct args *a)
{
	bool off = args_off(a);

	if (arg_has(a, "kilobytes")) {
		l->kb_off = !off && arg_has(a, "disable");
		l->kb_set = !off && !l->kb_off;
		l->kb = l->kb_set ? arg_u32(a, "kb") : 0;
		return;
	}
	l->s_set = !off;
	l->s = off ? 0 : arg_has(a, "days") ? arg_u32(a, "ndays") * 86400 : arg_u32(a, "nseconds");
}

unsigned
conf_window(const struct args *a)
{
	static const unsigned sizes[] = { 64, 128, 256, 512, 1024 };
	char word[8];

	for (size_t i = 0; i < NROWS(sizes); i++) {
		snprintf(word, sizeof(word), "%u", sizes[i]);
		if (arg_has(a, word))
			return sizes[i];
	}
	return CFG_REPLAY_WINDOW;
}

uint8_t
conf_dfbit(const struct args *a)
{
	return args_off(a) ? 0 : arg_has(a, "clear") ? 'c' : arg_has(a, "copy") ? 'C' : 's';
}

static void
run_set_life(struct session *s, const struct args *a)
{
	struct cfg_ipsec_profile *p = conf_ipsec_profile(s);

	if (p == NULL)
		return;
	conf_life(&p->life, a);
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_set_idle(struct session *s, const struct args *a)
{
	struct cfg_ipsec_profile *p = conf_ipsec_profile(s);

	if (p == NULL)
		return;
	p->idle_s = args_off(a) ? 0 : arg_u32(a, "seconds");
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_set_replay(struct session *s, const struct args *a)
{
	struct cfg_ipsec_profile *p = conf_ipsec_profile(s);

	if (p == NULL)
		return;
	p->replay_set = !args_off(a);
	p->replay_off = p->replay_set && arg_has(a, "disable");
	p->replay_window = p->replay_set && !p->replay_off ? conf_window(a) : 0;
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_set_dfbit(struct session *s, const struct args *a)
{
	struct cfg_ipsec_profile *p = conf_ipsec_profile(s);

	if (p == NULL)
		return;
	p->dfbit = conf_dfbit(a);
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_responder_only(struct session *s, const struct args *a)
{
	struct cfg_ipsec_profile *p = conf_ipsec_profile(s);

	if (p == NULL)
		return;
	p->responder_only = !args_off(a);
	conf_changed(s, CFG_AREA_IPSEC);
}

/* --- what holds for all --- */

static void
run_life(struct session *s, const struct args *a)
{
	conf_life(&conf(s)->ipsec_life, a);
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_replay(struct session *s, const struct args *a)
{
	conf(s)->replay_off = arg_has(a, "disable") && !args_off(a);
	conf(s)->replay_window = args_off(a) ? CFG_REPLAY_WINDOW : conf_window(a);
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_idle(struct session *s, const struct args *a)
{
	conf(s)->ipsec_idle_s = args_off(a) ? 0 : arg_u32(a, "seconds");
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_dfbit(struct session *s, const struct args *a)
{
	conf(s)->dfbit = conf_dfbit(a);
	conf_changed(s, CFG_AREA_IPSEC);
}

static void
run_fragmentation(struct session *s, const struct args *a)
{
	conf(s)->frag_after = !args_off(a) && arg_has(a, "after-encryption");
	conf_changed(s, CFG_AREA_IPSEC);
}

#define SIZES		" [ { 128 | 192 | 256 } ]"
#define SIZES_HELP	"128 bits\n192 bits\n256 bits\n"
#define TRANSFORMS	"{ ah-md5-hmac | ah-sha-hmac | ah-sha256-hmac | ah-sha384-hmac | ah-sha512-hmac | esp-des | esp-3des | esp-null | " \
			"esp-aes" SIZES " | esp-gcm" SIZES " | esp-gmac" SIZES " | " \
			"esp-md5-hmac | esp-sha-hmac | esp-sha256-hmac | esp-sha384-hmac | esp-sha512-hmac }*"
#define TRANSFORMS_HELP	"AH with HMAC-MD5\nAH with HMAC-SHA-1\nAH with HMAC-SHA-256\nAH with HMAC-SHA-384\nAH with HMAC-SHA-512\n" \
			"ESP with DES\nESP with triple DES\nESP without a cipher\nESP with AES-CBC\n" SIZES_HELP \
			"ESP with AES-GCM\n" SIZES_HELP "ESP with AES-GMAC, which hides nothing\n" SIZES_HELP \
			"ESP with HMAC-MD5\nESP with HMAC-SHA-1\nESP with HMAC-SHA-256\nESP with HMAC-SHA-384\nESP with HMAC-SHA-512"
#define SSA		"set security-association "
#define SSA_HELP	"Settings of the profile\nSecurity associations\n"
#define CIS		"crypto ipsec security-association "
#define CIS_HELP	"Encryption\nIP security\nSecurity associations\n"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, "crypto ipsec transform-set WORD:name ~ " TRANSFORMS,
	    "Encryption\nIP security\nHow packets are protected\nName of the set\n" TRANSFORMS_HELP, run_transform_set },
	{ M(TRANSFORM), 15, CMD_NO, "mode ~ { tunnel | transport [ require ] }",
	    "What is wrapped\nThe whole packet\nWhat the packet carries\nAnd nothing else is taken", run_mode },
	{ M(TRANSFORM), 15, CMD_NO, "esn", "Extended sequence numbers, 64 bits", run_esn },

	{ M(CONFIG), 15, CMD_NO, "crypto ipsec profile WORD:name ~", "Encryption\nIP security\nWhat protects a tunnel\nName of the profile", run_profile },
	{ M(IPSEC_PROFILE), 15, CMD_NO, "description ~ LINE:text", "A remark\nThe remark", run_description },
	{ M(IPSEC_PROFILE), 15, CMD_NO, "set transform-set ~ WORD:t1 [ WORD:t2 ] [ WORD:t3 ] [ WORD:t4 ] [ WORD:t5 ] [ WORD:t6 ]",
	    "Settings of the profile\nTransform sets, the preferred first\nFirst\nSecond\nThird\nFourth\nFifth\nSixth", run_set_transform_set },
	{ M(IPSEC_PROFILE), 15, CMD_NO, "set " PFS, "Settings of the profile\n" PFS_HELP,
	    run_set_pfs },
	{ M(IPSEC_PROFILE), 15, CMD_NO, "set isakmp-profile ~ WORD:name", "Settings of the profile\nWhat holds for the peer\nName of an ISAKMP profile", run_set_isakmp_profile },
	{ M(IPSEC_PROFILE), 15, CMD_NO, SSA LIFE("25920") "<1-30>:ndays }", SSA_HELP LIFE_HELP, run_set_life },
	{ M(IPSEC_PROFILE), 15, CMD_NO, SSA "idle-time ~ <60-86400>:seconds [ default ]", SSA_HELP "Take an SA down that nobody uses\nSeconds\nAnd go back to the first peer", run_set_idle },
	{ M(IPSEC_PROFILE), 15, CMD_NO, SSA REPLAY, SSA_HELP REPLAY_HELP, run_set_replay },
	{ M(IPSEC_PROFILE), 15, CMD_NO, SSA "dfbit" DF, SSA_HELP DF_HELP, run_set_dfbit },
	{ M(IPSEC_PROFILE), 15, CMD_NO, "responder-only", "Wait for the peer to begin", run_responder_only },

	{ M(CONFIG), 15, CMD_NO, CIS LIFE("864") "<1-1>:ndays }", CIS_HELP LIFE_HELP, run_life },
	{ M(CONFIG), 15, CMD_NO, CIS REPLAY, CIS_HELP REPLAY_HELP, run_replay },
	{ M(CONFIG), 15, CMD_NO, CIS "idle-time ~ <60-86400>:seconds", CIS_HELP "Take an SA down that nobody uses\nSeconds", run_idle },
	{ M(CONFIG), 15, CMD_NO, "crypto ipsec fragmentation ~ { after-encryption | before-encryption }",
	    "Encryption\nIP security\nWhere packets that get too long are cut\nAfter they are encrypted\nBefore they are encrypted", run_fragmentation },
	{ M(CONFIG), 15, CMD_NO, "crypto ipsec df-bit" DF, "Encryption\nIP security\n" DF_HELP, run_dfbit },
};

const struct cmd_table cmds_config_ipsec = { rows, NROWS(rows) };
