/* Lines kept as text in a session: what becomes of one that the grammar refused, and what a known line does to those kept. */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/router.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/foreign.h"
#include "shell/session_int.h"
#include "shell/syntax.h"

/* ---- words ---- */

static const char *
skip_blanks(const char *p)
{
	const char *end = p + strlen(p);
	size_t n;

	while ((n = space_len(p, end)) > 0)
		p += n;
	return p;
}

/* Without blanks before and behind. Caller frees. */
static char *
trimmed(const char *line)
{
	char *copy = xstrdup(skip_blanks(line));
	size_t n = strlen(copy);

	while (n > 0 && strchr(" \t\r\n", copy[n - 1]) != NULL)
		n--;
	copy[n] = '\0';
	return copy;
}

/* Behind "no " or "default "; NULL if the line doesn't begin so. */
static const char *
behind(const char *text, const char *word)
{
	size_t n = strlen(word);

	return strncasecmp(text, word, n) == 0 && text[n] == ' ' ? skip_blanks(text + n) : NULL;
}

/* Is a the beginning of b, in whole words? */
static bool
begins(const char *b, const char *a)
{
	size_t n = strlen(a);

	return strncmp(b, a, n) == 0 && (b[n] == '\0' || b[n] == ' ');
}

static bool
has_control(const char *p)
{
	for (; *p != '\0'; p++)
		if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
			return true;
	return false;
}

/* ---- what is kept ---- */

static struct cfg_foreign *
kept_of(const struct session *s)
{
	return &s->router->cfg->foreign;
}

static void
touched(struct session *s)
{
	if (s->loading)
		return;
	config_set_str(&conf(s)->changed_by, s->user);
	conf(s)->changed_ns = router_now(s->router);
}

/* Lines of the block that begin with these words go; not those that the present load has brought, if `old`. */
static size_t
take_away(struct session *s, struct cfg_foreign_block *b, const char *words, bool old)
{
	struct cfg_foreign_line *l, *next;
	size_t n = 0;

	for (l = b == NULL ? NULL : TAILQ_FIRST(&b->lines); l != NULL; l = next) {
		next = TAILQ_NEXT(l, next);
		if (!begins(l->text, words) || (old && s->place != NULL && l->seen == s->place->load))
			continue;
		cfg_foreign_del(kept_of(s), b, l);
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

	for (l = TAILQ_FIRST(&b->lines); l != NULL; l = next) {
		next = TAILQ_NEXT(l, next);
		if ((bare = behind(l->text, "no")) == NULL || !begins(text, bare) || (old && s->place != NULL && l->seen == s->place->load))
			continue;
		cfg_foreign_del(kept_of(s), b, l);
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

static void
told(struct session *s, enum foreign_kind kind, const char *line)
{
	if (s->place == NULL)
		return;
	s->place->lines[kind]++;
	if (s->place->kept != NULL)
		s->place->kept(s->place->arg, kind, line);
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
		l = cfg_foreign_add(kept_of(s), b, text);
		l->placed = s->place != NULL;
		if (s->place != NULL && (top ? s->place->top : s->place->sub) != NULL)
			l->after = xstrdup(top ? s->place->top : s->place->sub);
		l->made = s->place != NULL ? s->place->load : 0;
		l->indent = (uint16_t)(indent == 0 ? 1 : indent < 16 ? indent : 16);
		l->section = top && hit->section;
	}
	l->kind = (uint8_t)hit->kind;
	l->seen = s->place != NULL ? s->place->load : 0;
	touched(s);
	return l;
}

/* ---- lines of sections that are kept as text ---- */

static struct cfg_foreign_line *
section_of(struct session *s, const char *head)
{
	return head == NULL ? NULL : cfg_foreign_find(cfg_foreign_block(kept_of(s), "", false), head);
}

/* Lines that begin with these words go; true if there were any. */
static bool
subs_take_away(struct session *s, struct cfg_foreign_line *l, const char *words)
{
	size_t before = l->nsubs;

	for (size_t i = l->nsubs; i-- > 0;)
		if (begins(skip_blanks(l->subs[i]), words))
			cfg_foreign_sub_del(kept_of(s), l, i);
	return l->nsubs < before;
}

static bool
subs_have(const struct cfg_foreign_line *l, const char *raw)
{
	for (size_t i = 0; i < l->nsubs; i++)
		if (strcmp(l->subs[i], raw) == 0)
			return true;
	return false;
}

static void
sub_merge(struct session *s, struct cfg_foreign_line *l, const char *raw)
{
	const char *text = skip_blanks(raw), *bare = behind(text, "no");

	if ((bare == NULL || !subs_take_away(s, l, bare)) && !subs_have(l, raw))
		cfg_foreign_sub_add(kept_of(s), l, raw);
}

bool
foreign_inside(struct session *s, const char *head, const char *raw)
{
	struct cfg_foreign_line *l = section_of(s, head);

	if (l == NULL || has_control(raw))
		return false;
	l->section = true;
	if (s->place != NULL && l->made == s->place->load)
		cfg_foreign_sub_add(kept_of(s), l, raw);
	else
		sub_merge(s, l, raw);
	told(s, (enum foreign_kind)l->kind, raw);
	return true;
}

void
foreign_drop(struct session *s, const char *head)
{
	struct cfg_foreign_line *l = section_of(s, head);

	if (l != NULL)
		cfg_foreign_del(kept_of(s), cfg_foreign_block(kept_of(s), "", true), l);
	session_mode(s, MODE_CONFIG, NULL);
}

/* Does the line open a part of the section, one blank deeper? */
static bool
opens_part(const char *text)
{
	return begins(text, "address-family") || begins(text, "class") || begins(text, "af-interface") || begins(text, "topology");
}

static size_t
depth_in(const struct cfg_foreign_line *l, const char *text)
{
	if (opens_part(text) || strncmp(text, "exit-", 5) == 0)
		return 1;
	for (size_t i = l->nsubs; i-- > 0;) {
		if (strncmp(skip_blanks(l->subs[i]), "exit-", 5) == 0)
			return 1;
		if (opens_part(skip_blanks(l->subs[i])))
			return 2;
	}
	return 1;
}

static void
sub_typed(struct session *s, struct cfg_foreign_line *l, const char *text)
{
	char *raw = xasprintf("%*s%s", (int)depth_in(l, text), "", text);

	sub_merge(s, l, raw);
	told(s, (enum foreign_kind)l->kind, raw);
	touched(s);
	free(raw);
}

static bool
grammar_takes(enum mode mode, unsigned privilege, const char *line)
{
	struct match m;
	bool ok;

	grammar_match(mode, privilege, line, &m);
	ok = m.kind == MATCH_OK && !m.via_do;
	args_free(m.args);
	return ok;
}

/* An interface of another kind takes what this router's interfaces take. */
bool
foreign_first(struct session *s, const char *line)
{
	struct cfg_foreign_line *l;
	char *text;
	bool mine;

	if (s->mode != MODE_FOREIGN || (l = section_of(s, s->object_name)) == NULL || !begins(l->text, "interface"))
		return false;
	text = trimmed(line);
	mine = !has_control(text) && !grammar_takes(MODE_FOREIGN, s->privilege, text) && grammar_takes(MODE_IF, s->privilege, text);
	if (mine)
		sub_typed(s, l, text);
	free(text);
	return mine;
}

/* ---- a line that the grammar refused ---- */

static unsigned
where_of(enum mode m)
{
	switch (m) {
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
		return FOREIGN_S;
	case MODE_ISAKMP_POLICY:
	case MODE_KEYRING:
	case MODE_ISAKMP_PROFILE:
	case MODE_TRANSFORM:
	case MODE_IPSEC_PROFILE:
	case MODE_CRYPTO_MAP:
	case MODE_EZGROUP:
	case MODE_EZVPN:
		return FOREIGN_C;
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
	return r->text + (p - skip_blanks(r->line));
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
	bool own = is_foreign(r, where_of(s->mode), hit), global;

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
		told(r->s, hit->kind, r->text);
	}
	touched(r->s);
}

static void
keep_line(const struct refused *r, struct cfg_foreign_block *b, const struct foreign_hit *hit)
{
	size_t n = take_contrary(r->s, b, r->text, false);

	told(r->s, hit->kind, r->text);
	if (n > 0 && (is_undo(r->s) || (hit->on && !r->s->loading)))
		touched(r->s);
	else
		keep(r->s, b, r->text, hit, r->indent);
}

static void
act_globally(const struct refused *r, const struct foreign_hit *hit)
{
	struct session *s = r->s;
	struct cfg_foreign_block *b = cfg_foreign_block(kept_of(s), "", true);

	if (r->no || r->dflt) {
		refuse_line(r, b, hit);
		session_mode(s, MODE_CONFIG, NULL);
		return;
	}
	keep_line(r, b, hit);
	session_mode(s, hit->section ? MODE_FOREIGN : MODE_CONFIG, hit->section ? r->text : NULL);
	if (s->place != NULL)
		config_set_str(&s->place->head, r->text);
}

static void
act_in_section(const struct refused *r, const struct foreign_hit *hit)
{
	struct cfg_foreign_block *b;

	if (r->s->section == NULL)
		return;
	b = cfg_foreign_block(kept_of(r->s), r->s->section, true);
	if (r->no || r->dflt)
		refuse_line(r, b, hit);
	else
		keep_line(r, b, hit);
}

static void
act_in_text(const struct refused *r)
{
	struct cfg_foreign_line *l = section_of(r->s, r->s->object_name);

	if (l == NULL)
		session_error(r->s, "%% This section does not exist any more");
	else
		sub_typed(r->s, l, r->text);
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

	if (s->router == NULL || !mode_is_config(s->mode) || m->via_do || m->kind == MATCH_EMPTY || has_control(line))
		return false;
	r.bare = r.text = trimmed(line);
	if ((bare = behind(r.text, "no")) != NULL)
		r.no = true;
	else if ((bare = behind(r.text, "default")) != NULL)
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
		return 4;
	case MODE_EZVPN:
		return 5;
	case MODE_EZGROUP:
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
	for (b = TAILQ_FIRST(&kept_of(s)->blocks); b != NULL; b = next) {
		next = TAILQ_NEXT(b, next);
		if (b->key[0] != '\0' && (begins(b->key, words) || begins(words, b->key)))
			cfg_foreign_block_del(kept_of(s), b);
	}
	free(words);
}

static void
forget(struct session *s, const char *text, const struct args *a)
{
	const char *bare = behind(text, "no"), *key = s->mode == MODE_CONFIG || s->section == NULL ? "" : s->section;
	struct cfg_foreign_block *b;

	sections_forget(s, a);
	if ((b = cfg_foreign_block(kept_of(s), key, false)) == NULL)
		return;
	if (bare == NULL)
		bare = behind(text, "default");
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
	if (s->place == NULL && kept_of(s)->n == 0)
		return;
	text = trimmed(line);
	if (kept_of(s)->n > 0)
		forget(s, text, a);
	if (s->place != NULL)
		remember_place(s, text, moved);
	free(text);
}

/* ---- prompts ---- */

const char *
foreign_suffix(const char *head)
{
	static const struct { const char *head, *suffix; } suffixes[] = {
		{ "router", "(config-router)" }, { "ipv6 router", "(config-rtr)" }, { "vrf definition", "(config-vrf)" }, { "ip vrf", "(config-vrf)" },
		{ "class-map", "(config-cmap)" }, { "policy-map", "(config-pmap)" }, { "route-map", "(config-route-map)" },
		{ "ip dhcp pool", "(dhcp-config)" }, { "ipv6 dhcp pool", "(config-dhcpv6)" }, { "key chain", "(config-keychain)" },
		{ "vlan", "(config-vlan)" }, { "archive", "(config-archive)" }, { "dial-peer voice", "(config-dial-peer)" },
		{ "voice-port", "(config-voiceport)" }, { "crypto pki trustpoint", "(ca-trustpoint)" }, { "crypto pki", "(config-pki)" },
		{ "crypto ikev2 proposal", "(config-ikev2-proposal)" }, { "crypto ikev2 policy", "(config-ikev2-policy)" },
		{ "crypto ikev2 keyring", "(config-ikev2-keyring)" }, { "crypto ikev2 profile", "(config-ikev2-profile)" },
		{ "aaa group", "(config-sg)" }, { "radius server", "(config-radius-server)" }, { "tacacs server", "(config-server-tacacs)" },
		{ "object-group network", "(config-network-group)" }, { "object-group service", "(config-service-group)" },
		{ "time-range", "(config-time-range)" }, { "zone security", "(config-sec-zone)" }, { "controller", "(config-controller)" },
		{ "ipv6 access-list", "(config-ipv6-acl)" }, { "redundancy", "(config-red)" },
	};

	if (head != NULL && begins(head, "interface"))
		return strchr(head, '.') != NULL ? "(config-subif)" : "(config-if)";
	for (size_t i = 0; head != NULL && i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (begins(head, suffixes[i].head))
			return suffixes[i].suffix;
	return "(config-section)";
}
