/* Sections that are kept as text: lines put into them as they stood in a file, or where they belong when they are typed. */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "shell/foreign_int.h"
#include "shell/session_int.h"
#include "shell/syntax.h"

struct cfg_foreign_line *
foreign_line(struct session *s, const char *head)
{
	return head == NULL ? NULL : cfg_foreign_find(cfg_foreign_block(foreign_of(s), "", false), head);
}

/* Lines that begin with these words go; true if there were any. */
static bool
subs_take_away(struct session *s, struct cfg_foreign_line *l, const char *words)
{
	size_t before = l->nsubs;

	for (size_t i = l->nsubs; i-- > 0;)
		if (foreign_begins(foreign_skip(l->subs[i]), words))
			cfg_foreign_sub_del(foreign_of(s), l, i);
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
	const char *text = foreign_skip(raw), *bare = foreign_behind(text, "no");

	if ((bare == NULL || !subs_take_away(s, l, bare)) && !subs_have(l, raw))
		cfg_foreign_sub_add(foreign_of(s), l, raw);
}

bool
foreign_inside(struct session *s, const char *head, const char *raw)
{
	struct cfg_foreign_line *l = foreign_line(s, head);

	if (l == NULL || foreign_control(raw))
		return false;
	l->section = true;
	if (s->place != NULL && l->made == s->place->load)
		cfg_foreign_sub_add(foreign_of(s), l, raw);
	else
		sub_merge(s, l, raw);
	foreign_told(s, (enum foreign_kind)l->kind, raw);
	return true;
}

void
foreign_empty(struct session *s, const char *head)
{
	struct cfg_foreign_line *l = foreign_line(s, head);

	while (l != NULL && l->nsubs > 0)
		cfg_foreign_sub_del(foreign_of(s), l, l->nsubs - 1);
}

void
foreign_drop(struct session *s, const char *head)
{
	struct cfg_foreign_line *l = foreign_line(s, head);

	if (l != NULL)
		cfg_foreign_del(foreign_of(s), cfg_foreign_block(foreign_of(s), "", true), l);
	session_mode(s, MODE_CONFIG, NULL);
}

/* ---- parts: what is nested in a section, as an address family in a routing process ---- */

static bool
opens_part(const char *text)
{
	return foreign_begins(text, "address-family") || foreign_begins(text, "class") || foreign_begins(text, "af-interface") || foreign_begins(text, "topology");
}

static size_t
indent_of(const char *raw)
{
	return strspn(raw, " ");
}

/* The part that is open begins behind *from and ends before *to; none is open: all before the first. */
static void
part_range(const struct session *s, const struct cfg_foreign_line *l, size_t *from, size_t *to)
{
	size_t i;

	*from = 0;
	for (i = 0; i < l->nsubs && s->section != NULL; i++)
		if (indent_of(l->subs[i]) == 1 && strcmp(l->subs[i] + 1, s->section) == 0) {
			*from = i + 1;
			break;
		}
	for (i = *from; i < l->nsubs && !(s->section == NULL ? opens_part(foreign_skip(l->subs[i])) : indent_of(l->subs[i]) < 2); i++)
		;
	if (s->section == NULL && i > 0 && i < l->nsubs && strcmp(l->subs[i - 1], " !") == 0)
		i--;
	*to = i;
}

static bool
range_take_away(struct session *s, struct cfg_foreign_line *l, const char *words, size_t from, size_t to)
{
	size_t before = l->nsubs;

	for (size_t i = to; i-- > from;)
		if (foreign_begins(foreign_skip(l->subs[i]), words))
			cfg_foreign_sub_del(foreign_of(s), l, i);
	return l->nsubs < before;
}

static void
part_put(struct session *s, struct cfg_foreign_line *l, const char *raw)
{
	const char *bare = foreign_behind(foreign_skip(raw), "no");
	size_t from, to;

	part_range(s, l, &from, &to);
	if (bare != NULL && range_take_away(s, l, bare, from, to))
		return;
	for (size_t i = from; i < to; i++)
		if (strcmp(l->subs[i], raw) == 0)
			return;
	cfg_foreign_sub_insert(foreign_of(s), l, to, raw);
}

/* `exit-address-family` and its like end the part, behind which they stand. */
static void
part_close(struct session *s, struct cfg_foreign_line *l, const char *raw)
{
	size_t from, to;

	part_range(s, l, &from, &to);
	if (s->section != NULL && (to == l->nsubs || strcmp(l->subs[to], raw) != 0))
		cfg_foreign_sub_insert(foreign_of(s), l, to, raw);
	config_set_str(&s->section, NULL);
}

static void
part_open(struct session *s, struct cfg_foreign_line *l, const char *raw)
{
	if (!subs_have(l, raw))
		cfg_foreign_sub_add(foreign_of(s), l, raw);
	config_set_str(&s->section, raw + 1);
}

void
foreign_sub_typed(struct session *s, struct cfg_foreign_line *l, const char *text)
{
	bool opens = opens_part(text), closes = strncmp(text, "exit-", 5) == 0;
	char *raw = xasprintf("%s%s", s->section != NULL && !opens && !closes ? "  " : " ", text);

	if (opens)
		part_open(s, l, raw);
	else if (closes)
		part_close(s, l, raw);
	else
		part_put(s, l, raw);
	foreign_told(s, (enum foreign_kind)l->kind, raw);
	foreign_touched(s);
	free(raw);
}

bool
foreign_leave_part(struct session *s)
{
	bool in = s->mode == MODE_FOREIGN && s->section != NULL;

	if (in)
		config_set_str(&s->section, NULL);
	return in;
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

	if (s->mode != MODE_FOREIGN || (l = foreign_line(s, s->object_name)) == NULL || !foreign_begins(l->text, "interface"))
		return false;
	text = foreign_trimmed(line);
	mine = !foreign_control(text) && !grammar_takes(MODE_FOREIGN, s->privilege, text) && grammar_takes(MODE_IF, s->privilege, text);
	if (mine)
		foreign_sub_typed(s, l, text);
	free(text);
	return mine;
}

/* ---- prompts ---- */

const char *
foreign_suffix(const char *head, const char *part)
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

	if (head != NULL && foreign_begins(head, "interface"))
		return strchr(head, '.') != NULL ? "(config-subif)" : "(config-if)";
	if (part != NULL)
		return foreign_begins(part, "class") ? "(config-pmap-c)" : foreign_begins(part, "address-family") ? "(config-router-af)" : "(config-router-af-if)";
	for (size_t i = 0; head != NULL && i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (foreign_begins(head, suffixes[i].head))
			return suffixes[i].suffix;
	return "(config-section)";
}
