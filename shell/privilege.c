/* Which level a command asks for, where the configuration has changed that. */

#include "shell/privilege.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/router.h"
#include "lib/text.h"
#include "shell/session.h"
#include "shell/syntax.h"

static const struct { enum mode mode; const char *name; } names[] = {
	{ MODE_PRIV, "exec" }, { MODE_CONFIG, "configure" }, { MODE_IF, "interface" }, { MODE_LINE, "line" },
	{ MODE_CRYPTO_MAP, "crypto-map" }, { MODE_TRANSFORM, "crypto-transform" }, { MODE_IPSEC_PROFILE, "ipsec-profile" },
	{ MODE_ISAKMP_POLICY, "isakmp-policy" }, { MODE_ISAKMP_PROFILE, "isakmp-profile" }, { MODE_KEYRING, "keyring" },
	{ MODE_STD_NACL, "ipsnacl" }, { MODE_EXT_NACL, "ipenacl" }, { MODE_TRACK, "tracking-config" },
};

const char *
privilege_mode_name(enum mode mode)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].mode == mode)
			return names[i].name;
	return NULL;
}

const struct cfg_privileges *
privileges_of(const struct session *s)
{
	const struct cfg_privileges *rules = s->router == NULL || s->privilege >= PRIV_LEVELS - 1 ? NULL : &s->router->cfg->access.privileges;

	return rules == NULL || TAILQ_EMPTY(rules) ? NULL : rules;
}

/* ---- a rule and a row ---- */

enum fit { FIT_NOT, FIT_BEGINS, FIT_WHOLE };

static size_t
word_len(const char *p)
{
	return strcspn(p, " ");
}

static const char *
word_after(const char *p)
{
	p += word_len(p);
	return p + strspn(p, " ");
}

/* Does a keyword stand anywhere in what follows? */
static bool
stands_in(const char *syntax, const char *word)
{
	size_t n = word_len(word);

	for (const char *p = syntax; *p != '\0'; p = word_after(p))
		if (word_len(p) == n && strncasecmp(p, word, n) == 0)
			return true;
	return *word != '\0' && strpbrk(syntax, "<:") != NULL && !islower((unsigned char)*word);
}

static enum fit
fit(const char *syntax, const char *words)
{
	size_t n;

	while (*words != '\0') {
		n = word_len(syntax);
		if (n == 0 || !islower((unsigned char)*syntax))
			return n > 0 && stands_in(syntax, words) ? FIT_WHOLE : FIT_NOT;
		if (n != word_len(words) || strncasecmp(syntax, words, n) != 0)
			return FIT_NOT;
		syntax = word_after(syntax);
		words = word_after(words);
	}
	return islower((unsigned char)*syntax) ? FIT_BEGINS : FIT_WHOLE;
}

/* Exec commands are those of both exec modes. */
static bool
same_mode(unsigned rule, enum mode mode)
{
	return rule == (unsigned)mode || (rule == MODE_PRIV && mode == MODE_EXEC);
}

unsigned
privilege_level(const struct cfg_privileges *rules, const struct cmd *c, enum mode mode, bool *ruled)
{
	const struct cfg_privilege *r;
	unsigned level = c->privilege;
	size_t most = 0;

	*ruled = false;
	TAILQ_FOREACH(r, rules, next) {
		enum fit f = same_mode(r->mode, mode) ? fit(c->syntax, r->words) : FIT_NOT;

		if (f == FIT_NOT || strlen(r->words) < most)
			continue;
		most = strlen(r->words);
		*ruled = true;
		level = f == FIT_WHOLE || r->all || r->level > c->privilege ? r->level : c->privilege;
	}
	return level;
}

/* ---- a rule's words ---- */

char *
privilege_words(enum mode mode, const char *line)
{
	const char *end = line + strlen(line);
	struct text t = { 0 };
	struct walk w;

	walk_init(&w, mode, PRIV_LEVELS - 1, NULL);
	if (walk_line(&w, line, end) == STEP_OK && w.npath > 0 && !w.no && !w.dflt && !w.via_do)
		for (size_t i = 0; i < w.npath; i++) {
			const struct decision *d = &w.path[i];

			text_printf(&t, "%s%.*s", i > 0 ? " " : "", (int)(d->kind == EL_KEYWORD ? d->keyword_len : d->tok.len),
			    d->kind == EL_KEYWORD ? d->keyword : d->tok.p);
		}
	walk_fini(&w);
	return t.len > 0 ? text_take(&t) : NULL;
}
