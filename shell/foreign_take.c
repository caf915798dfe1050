/* Lines kept as text in a session: what becomes of one that the grammar refused, and what a known line does to those kept. */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "shell/foreign_int.h"
#include "shell/session_int.h"
#include "shell/syntax.h"

/* ---- what is kept ---- */

/* Lines of the block that begin with these words go; not those that the present load has brought, if `old`. */
static size_t
take_away(struct session *s, struct cfg_foreign_block *b, const char *words, bool old)
{
	struct cfg_foreign_line *l, *next;
	size_t n = 0;

	for (l = b == NULL ? NULL : TAILQ_FIRST(&b->lines); l != NULL; l = next) {
		next = TAILQ_NEXT(l, next);
		if (!foreign_begins(l->text, words) || (old && s->place != NULL && l->seen == s->place->load))
			continue;
		cfg_foreign_del(foreign_of(s), b, l);
		n++;
	}
	return n;
}

/* A line that says the contrary goes: "no X" where X or more of it comes. */
static size_t
take_contrary(struct session *s, struct cfg_foreign_block *b, const char *text, bool old)
{
	struct cfg_foreign_line *l, *next;
	const char *bare;
	size_t n = 0;

	for (l = b->nos == 0 ? NULL : TAILQ_FIRST(&b->lines); l != NULL; l = next) {
		next = TAILQ_NEXT(l, next);
		if ((bare = foreign_behind(l->text, "no")) == NULL || !foreign_begins(text, bare) || (old && s->place != NULL && l->seen == s->place->load))
			continue;
		cfg_foreign_del(foreign_of(s), b, l);
		n++;
	}
	return n;
}

/* The line that stands once and begins with the same words. */
static struct cfg_foreign_line *
find_single(const struct cfg_foreign_block *b, const char *text, size_t key)
{
	struct cfg_foreign_line *l;

	TAILQ_FOREACH(l, &b->lines, next)
		if (strncasecmp(l->text, text, key) == 0 && (l->text[key] == ' ' || l->text[key] == '\0'))
			return l;
	return NULL;
}

static struct cfg_foreign_line *
keep(struct session *s, struct cfg_foreign_block *b, const char *text, const struct foreign_hit *hit, size_t indent)
{
	struct cfg_foreign_line *l = hit->single ? find_single(b, text, hit->key) : NULL;
	bool top = b->key[0] == '\0';

	if (l != NULL && strcmp(l->text, text) != 0)
		cfg_foreign_set_text(b, l, text);
	if (l == NULL)
		l = cfg_foreign_find(b, text);
	if (l == NULL) {
		l = cfg_foreign_add(foreign_of(s), b, text);
		l->placed = s->place != NULL;
		if (s->place != NULL && (top ? s->place->top : s->place->sub) != NULL)
			l->after = xstrdup(top ? s->place->top : s->place->sub);
		l->made = s->place != NULL ? s->place->load : 0;
		l->indent = (uint16_t)(indent == 0 ? 1 : indent < 16 ? indent : 16);
		l->section = top && hit->section;
	}
	l->kind = (uint8_t)hit->kind;
	l->seen = s->place != NULL ? s->place->load : 0;
	foreign_touched(s);
	return l;
}

/* ---- a line that the grammar refused ---- */

static unsigned
where_of(const struct session *s)
{
	switch (s->mode) {
	case MODE_CONFIG:
		return FOREIGN_G;
	case MODE_IF:
		return FOREIGN_I;
	case MODE_LINE:
		return FOREIGN_L;
	case MODE_CONTROL_PLANE:
		return FOREIGN_P;
	case MODE_STD_NACL:
	case MODE_EXT_NACL:
		return FOREIGN_A;
	case MODE_APPLET:
	case MODE_TRACK:
	case MODE_SLA:
	case MODE_SLA_ECHO:
		return FOREIGN_T;
	case MODE_FOREIGN:
		return s->object_name != NULL && foreign_begins(s->object_name, "interface") ? FOREIGN_S | FOREIGN_I : FOREIGN_S;
	case MODE_ISAKMP_POLICY:
	case MODE_KEYRING:
	case MODE_ISAKMP_PROFILE:
	case MODE_TRANSFORM:
	case MODE_IPSEC_PROFILE:
	case MODE_CRYPTO_MAP:
	case MODE_EZGROUP:
	case MODE_EZVPN:
		return FOREIGN_C;
	case MODE_TRUSTPOINT:
	case MODE_CERT_MAP:
		return FOREIGN_S;
	default:
		return 0;
	}
}

struct refused {
	struct session		*s;
	const struct match	*m;
	const char		*line;		/* as it came: m->caret counts in it */
	char			*text;		/* trimmed, or a name written out */
	const char		*bare;		/* behind `no` or `default` */
	bool			 no, dflt, indented;
	size_t			 indent;
};

/* The word that the grammar stopped at. */
static const char *
bad_word(const struct refused *r)
{
	const char *p = r->line + r->m->caret;

	while (p > r->line && space_len(p - 1, p) == 0)
		p--;
	return r->text + (p - foreign_skip(r->line));
}

/* Is it IOS's there, as far as the table knows and the grammar doesn't? */
static bool
is_foreign(const struct refused *r, unsigned where, struct foreign_hit *hit)
{
	size_t words = r->m->words - (r->no || r->dflt ? 1 : 0);

	if (where == 0)
		return false;
	if (foreign_find(where, r->bare, hit) && (hit->words > words || hit->deep))
		return true;
	return r->m->kind == MATCH_INVALID && bad_word(r) >= r->bare && foreign_option(where, r->bare, bad_word(r), hit);
}

/* In which mode does the line stand: the session's, or above it? */
static bool
placed_in(const struct refused *r, enum mode *mode, struct foreign_hit *hit)
{
	struct session *s = r->s;
	struct foreign_hit up;
	bool own = is_foreign(r, where_of(s), hit), global;

	*mode = s->mode;
	if (s->mode == MODE_CONFIG || (s->loading && r->indented))
		return own;
	global = is_foreign(r, FOREIGN_G, &up);
	if (!global || (own && !s->loading && hit->words >= up.words))
		return own;
	*mode = MODE_CONFIG;
	*hit = up;
	return true;
}

static bool
is_undo(const struct session *s)
{
	return s->place != NULL && s->place->undo;
}

static void
refuse_line(const struct refused *r, struct cfg_foreign_block *b, const struct foreign_hit *hit)
{
	size_t n = take_away(r->s, b, r->bare, false);

	if (r->no && !is_undo(r->s) && (hit->on || (r->s->loading && n == 0))) {
		keep(r->s, b, r->text, hit, r->indent);
		foreign_told(r->s, hit->kind, r->text);
	}
	foreign_touched(r->s);
}

static void
keep_line(const struct refused *r, struct cfg_foreign_block *b, const struct foreign_hit *hit)
{
	size_t n = take_contrary(r->s, b, r->text, false);

	foreign_told(r->s, hit->kind, r->text);
	if (n > 0 && (is_undo(r->s) || (hit->on && !r->s->loading)))
		foreign_touched(r->s);
	else
		keep(r->s, b, r->text, hit, r->indent);
}

static void
act_globally(const struct refused *r, const struct foreign_hit *hit)
{
	struct session *s = r->s;
	struct cfg_foreign_block *b = cfg_foreign_block(foreign_of(s), "", true);

	if (r->no || r->dflt) {
		refuse_line(r, b, hit);
		session_mode(s, MODE_CONFIG, NULL);
		return;
	}
	keep_line(r, b, hit);
	session_mode(s, hit->section ? MODE_FOREIGN : MODE_CONFIG, hit->section ? r->text : NULL);
	config_set_str(&s->section, NULL);
	if (s->place != NULL)
		config_set_str(&s->place->head, r->text);
}

static void
act_in_section(const struct refused *r, const struct foreign_hit *hit)
{
	struct cfg_foreign_block *b;

	if (r->s->section == NULL)
		return;
	b = cfg_foreign_block(foreign_of(r->s), r->s->section, true);
	if (r->no || r->dflt)
		refuse_line(r, b, hit);
	else
		keep_line(r, b, hit);
}

static void
act_in_text(const struct refused *r)
{
	struct cfg_foreign_line *l = foreign_line(r->s, r->s->object_name);

	if (l == NULL)
		session_error(r->s, "%% This section does not exist any more");
	else
		foreign_sub_typed(r->s, l, r->text);
}

static bool
take(struct refused *r)
{
	struct foreign_hit hit = { 0 };
	enum mode mode = MODE_CONFIG;

	if (!placed_in(r, &mode, &hit))
		return false;
	if (mode == MODE_CONFIG)
		act_globally(r, &hit);
	else if (mode == MODE_FOREIGN)
		act_in_text(r);
	else
		act_in_section(r, &hit);
	return true;
}

static bool
take_interface(struct refused *r)
{
	struct foreign_hit hit = { .kind = FOREIGN_INTERFACES, .section = true };
	char *name;

	if ((r->s->loading && r->indented && r->s->mode != MODE_CONFIG) || !foreign_interface(r->bare, &name))
		return false;
	free(r->text);
	r->text = r->no ? xasprintf("no %s", name) : xstrdup(name);
	r->bare = r->no ? r->text + 3 : r->text;
	free(name);
	act_globally(r, &hit);
	return true;
}

bool
foreign_take(struct session *s, const char *line, const struct match *m)
{
	struct refused r = { .s = s, .m = m, .line = line, .indented = space_len(line, line + strlen(line)) > 0,
	    .indent = strspn(line, " ") };
	const char *bare;
	bool taken;

	if (s->router == NULL || !mode_is_config(s->mode) || m->via_do || m->kind == MATCH_EMPTY || foreign_control(line))
		return false;
	r.bare = r.text = foreign_trimmed(line);
	if ((bare = foreign_behind(r.text, "no")) != NULL)
		r.no = true;
	else if ((bare = foreign_behind(r.text, "default")) != NULL)
		r.dflt = true;
	if (bare != NULL)
		r.bare = bare;
	taken = take_interface(&r) || take(&r);
	free(r.text);
	return taken;
}

/* ---- a line that the grammar took ---- */

/* How many words of the line that opens a section name it; 0 = all. */
static size_t
key_words(enum mode m)
{
	switch (m) {
	case MODE_IF:
	case MODE_TRACK:
		return 2;
	case MODE_KEYRING:
	case MODE_SLA:
		return 3;
	case MODE_ISAKMP_POLICY:
	case MODE_ISAKMP_PROFILE:
	case MODE_TRANSFORM:
	case MODE_IPSEC_PROFILE:
	case MODE_CRYPTO_MAP:
	case MODE_STD_NACL:
	case MODE_EXT_NACL:
	case MODE_APPLET:
	case MODE_TRUSTPOINT:
		return 4;
	case MODE_EZVPN:
	case MODE_CERT_CHAIN:
		return 5;
	case MODE_EZGROUP:
	case MODE_CERT_MAP:
		return 6;
	default:
		return 0;
	}
}

static void
cut_words(char *text, size_t n)
{
	char *p = text;

	if (n == 0)
		return;
	for (; n > 0 && *p != '\0'; n--) {
		p += strspn(p, " ");
		p += strcspn(p, " ");
	}
	*p = '\0';
}

/* As the running configuration heads the section that was entered. */
static char *
section_key(const struct session *s, const struct args *a)
{
	char *key;

	if (s->mode == MODE_LINE && s->object_name != NULL)
		return xasprintf("line %s", s->object_name);
	key = args_words(a);
	cut_words(key, key_words(s->mode));
	return key;
}

/* `no interface Tunnel0`: what was kept in it goes with it. */
static void
sections_forget(struct session *s, const struct args *a)
{
	struct cfg_foreign_block *b, *next;
	char *words;

	if (!args_off(a) || s->mode != MODE_CONFIG)
		return;
	words = args_words(a);
	for (b = TAILQ_FIRST(&foreign_of(s)->blocks); b != NULL; b = next) {
		next = TAILQ_NEXT(b, next);
		if (b->key[0] != '\0' && (foreign_begins(b->key, words) || foreign_begins(words, b->key)))
			cfg_foreign_block_del(foreign_of(s), b);
	}
	free(words);
}

static void
forget(struct session *s, const char *text, const struct args *a)
{
	const char *bare = foreign_behind(text, "no"), *key = s->mode == MODE_CONFIG || s->section == NULL ? "" : s->section;
	struct cfg_foreign_block *b;

	sections_forget(s, a);
	if ((b = cfg_foreign_block(foreign_of(s), key, false)) == NULL)
		return;
	if (bare == NULL)
		bare = foreign_behind(text, "default");
	if (bare != NULL)
		take_away(s, b, bare, true);
	else
		take_contrary(s, b, text, true);
}

static void
remember_place(struct session *s, const char *text, bool moved)
{
	struct foreign_place *p = s->place;

	if (s->mode == MODE_CONFIG || (moved && mode_info(s->mode)->parent == MODE_CONFIG)) {
		config_set_str(&p->top, text);
		config_set_str(&p->sub, NULL);
	} else
		config_set_str(&p->sub, text);
}

void
foreign_known(struct session *s, const char *line, const struct args *a, unsigned was)
{
	bool moved = s->moves != was, sub = mode_is_config(s->mode) && s->mode != MODE_CONFIG && s->mode != MODE_FOREIGN;
	char *text;

	if (s->router == NULL || !mode_is_config(s->mode))
		return;
	if (moved && sub && mode_info(s->mode)->parent == MODE_CONFIG && !args_is(a, 0, "exit")) {
		free(s->section);
		s->section = section_key(s, a);
	}
	if (s->place == NULL && foreign_of(s)->n == 0)
		return;
	text = foreign_trimmed(line);
	if (foreign_of(s)->n > 0)
		forget(s, text, a);
	if (s->place != NULL)
		remember_place(s, text, moved);
	free(text);
}
