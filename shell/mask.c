/*
 * Secrets taken out of command lines that go into logs, histories and recordings.  It looks at words and not at the
 * grammar: a line that was refused, or was meant for another mode, may hold a password just as well.
 */

#include "shell/mask.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "shell/syntax.h"

#define STARS		"*****"
#define WORDS		24u	/* that are looked at; no secret stands further behind */

struct line {
	struct token	 w[WORDS];
	size_t		 n;
};

static void
cut(const char *s, struct line *l)
{
	const char *p = s, *end = s + strlen(s);

	l->n = 0;
	while (l->n < WORDS && token_next(&p, end, true, &l->w[l->n]))
		l->n++;
}

/* Is the i-th word that one, cut to no fewer than `least` letters? */
static bool
is(const struct line *l, size_t i, const char *word, size_t least)
{
	return i < l->n && l->w[i].len >= least && word_prefix(&l->w[i], word, strlen(word));
}

static bool
is_any(const struct line *l, size_t i, const char *const *words)
{
	for (; *words != NULL; words++)
		if (is(l, i, *words, strlen(*words)))
			return true;
	return false;
}

/* Behind the keyword: `level N`, a type. */
static size_t
behind(const struct line *l, size_t i)
{
	if (is(l, i, "level", 3))
		i += 2;
	if (i + 1 < l->n && l->w[i].len == 1 && isdigit((unsigned char)*l->w[i].p))
		i++;
	return i;
}

/* The first word of a person's password; 0: there is none. */
static size_t
login_at(const struct line *l, size_t first)
{
	bool user = is(l, first, "username", 2), enable = is(l, first, "enable", 2);

	if (is(l, first, "password", 2) && first + 1 < l->n)
		return behind(l, first + 1);
	for (size_t i = first + 1 + user; (user || enable) && i + 1 < l->n; i++)
		if (is(l, i, "password", 2) || is(l, i, "secret", 1))
			return behind(l, i + 1);
	return 0;
}

/* `snmp-server host A [traps | informs] [version V [level]] COMMUNITY`: what none of the words before it is. */
static size_t
trap_at(const struct line *l, size_t first)
{
	static const char *const known[] = { "traps", "informs", "version", "1", "2c", "3", "auth", "noauth", "priv", "vrf", NULL };

	if (!is(l, first, "snmp-server", 4) || !is(l, first + 1, "host", 2))
		return 0;
	for (size_t i = first + 3; i < l->n; i++)
		if (!is_any(l, i, known))
			return i;
	return 0;
}

/* `crypto pki import NAME pem terminal PASSPHRASE` and its like: the last word. */
static size_t
passphrase_at(const struct line *l, size_t first)
{
	static const char *const areas[] = { "pki", "ca", "key", NULL }, *const ways[] = { "import", "export", NULL },
	    *const ends[] = { "terminal", "certificate", "crl", "pem", "3des", "exportable", NULL };

	if (l->n < first + 6 || !is(l, first, "crypto", 2) || !is_any(l, first + 1, areas) || !is_any(l, first + 2, ways) || is_any(l, l->n - 1, ends))
		return 0;
	return l->n - 1;
}

/* That of a peer's key or another secret that machines have. */
static size_t
key_at(const struct line *l, size_t first)
{
	static const char *const exact[] = { "key-string", "pre-shared-key", "community", "secret", "password", NULL };
	static const char *const not_keys[] = { "generate", "zeroize", "chain", "export", "import", "pubkey-chain", "storage", "config-key", NULL };

	if (is(l, first, "tunnel", 2))
		return 0;
	if (is(l, first, "snmp-server", 4) && is(l, first + 1, "host", 2))
		return trap_at(l, first);
	if (passphrase_at(l, first) != 0)
		return passphrase_at(l, first);
	for (size_t i = first; i + 1 < l->n; i++) {
		if (is(l, i, "pre-shared-key", 5) && (is(l, i + 1, "address", 1) || is(l, i + 1, "hostname", 1)))
			continue;
		if (is(l, i, "pre-shared-key", 5) && (is(l, i + 1, "local", 3) || is(l, i + 1, "remote", 3)))
			return i + 2 < l->n ? behind(l, i + 2) : 0;
		if (is(l, i, "key", 3) && l->w[i].len == 3 && !is_any(l, i + 1, not_keys))
			return behind(l, i + 1);
		if (is_any(l, i, exact) || (is(l, first, "ntp", 3) && is(l, i, "md5", 3)) || (is(l, i, "authentication", 4) && is(l, first, "ip", 2) && is(l, first + 1, "nhrp", 2)))
			return behind(l, i + 1);
	}
	return 0;
}

/* In `crypto isakmp key KEY address A` and in what tells of communities more follows. */
static bool
one_word(const struct line *l, size_t first)
{
	return is(l, first, "crypto", 2) || is(l, first, "snmp-server", 2) || is(l, first, "group", 5);
}

static char *
masked(const char *line, const struct line *l, size_t at, bool one)
{
	const char *from, *to;
	struct text t = { 0 };

	if (at == 0 || at >= l->n)
		return xstrdup(line);
	from = l->w[at].p - (l->w[at].quoted ? 1 : 0);
	to = one ? l->w[at].p + l->w[at].len + (l->w[at].quoted ? 1 : 0) : line + strlen(line);
	text_addn(&t, line, (size_t)(from - line));
	text_add(&t, STARS);
	text_add(&t, to < line + strlen(line) ? to : "");
	return text_take(&t);
}

static size_t
first_word(const struct line *l)
{
	size_t i = 0;

	while (is(l, i, "no", 2) || is(l, i, "default", 7) || is(l, i, "do", 2))
		i++;
	return i;
}

char *
secret_mask_logins(const char *line)
{
	struct line l;

	cut(line, &l);
	return masked(line, &l, login_at(&l, first_word(&l)), false);
}

char *
secret_mask(const char *line)
{
	struct line l;
	size_t first, at;

	cut(line, &l);
	first = first_word(&l);
	if ((at = login_at(&l, first)) != 0)
		return masked(line, &l, at, false);
	return masked(line, &l, key_at(&l, first), one_word(&l, first));
}
