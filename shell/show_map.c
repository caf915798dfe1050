/*
 * show crypto map and show crypto dynamic-map.  The layout is IOS's, tabs and blanks before line ends too, as
 * parsers hold to it.
 */

#include <stdlib.h>
#include <string.h>

#include "engine/cfg_map.h"
#include "engine/cryptomap_info.h"
#include "lib/text.h"
#include "shell/acl_text.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

struct map_view {
	struct session	*s;
	struct text	 out;
};

static const struct cfg_acl *
list_of(const struct map_view *v, const char *name)
{
	const struct cfg_acl *l = name == NULL ? NULL : config_acl(conf(v->s), name);

	return l == NULL || l->n == 0 ? NULL : l;
}

static void
put_lines(struct text *out, const struct cfg_acl *l)
{
	const struct cfg_ace *e;

	TAILQ_FOREACH(e, &l->aces, next) {
		if (e->remark != NULL)
			continue;
		text_printf(out, "\t    access-list %s ", l->name);
		acl_entry_config(out, l, e);
		text_addc(out, '\n');
	}
}

static void
put_list(struct map_view *v, const struct cfg_map_entry *e)
{
	const struct cfg_acl *l = e->acl == NULL ? NULL : config_acl(conf(v->s), e->acl);
	unsigned odd = l == NULL ? 0 : cryptomap_odd_lines(conf(v->s), e->acl);

	if (e->acl == NULL) {
		text_add(&v->out, "\tNo matching address list set.\n");
		return;
	}
	text_printf(&v->out, "\t%s IP access list %s\n", l == NULL || l->extended ? "Extended" : "Standard", e->acl);
	if (l != NULL)
		put_lines(&v->out, l);
	if (odd > 0)
		text_printf(&v->out, "\t    %u line(s) that are no proxy identity of IKE: their packets are dropped\n", odd);
}

static void
put_life(struct map_view *v, const struct cfg_map_entry *e)
{
	uint32_t sec, kb;

	config_map_life(conf(v->s), e, &sec, &kb);
	if (kb != 0)
		text_printf(&v->out, "\tSecurity association lifetime: %u kilobytes/%u seconds\n", kb, sec);
	else
		text_printf(&v->out, "\tKilobyte Volume Rekey has been disabled.\n\tSecurity association lifetime:%u seconds\n", sec);
	if (e->idle_s != 0)
		text_printf(&v->out, "\tSecurity association idletime: %u seconds\n", e->idle_s);
}

static void
put_sets(struct map_view *v, const struct cfg_map_entry *e)
{
	const struct cfg_transform_set *t;
	char words[CFG_TRANSFORM_MAX];

	text_add(&v->out, "\tTransform sets={ \n");
	for (size_t i = 0; i < e->transform_sets.n; i++) {
		if ((t = config_transform_set(conf(v->s), e->transform_sets.v[i], false)) == NULL)
			continue;
		text_printf(&v->out, "\t\t%s: ", t->name);
		for (size_t k = 0; k < t->nesp; k++)
			text_printf(&v->out, " { %s  } ,", transform_fmt(&t->esp[k], words));
		text_add(&v->out, " \n");
	}
	text_add(&v->out, "\t}\n");
}

static void
put_reverse(struct map_view *v, const struct cfg_map_entry *e)
{
	if (e->reverse.on)
		text_printf(&v->out, "\tReverse Route Injection Enabled%s\n", e->reverse.always ? " (static)" : "");
}

/* Lifetime, group, sets: what entries and templates have in common. */
static void
put_settings(struct map_view *v, const struct cfg_map_entry *e)
{
	enum ike_dialect d = v->s->router->dialect;

	put_life(v, e);
	if (d == IKE_XE_17)
		text_add(&v->out, "\tDualstack (Y/N): N\n\n");
	if (d != IKE_IOS_12)
		text_add(&v->out, "\tResponder-Only (Y/N): N\n");
	text_printf(&v->out, "\tPFS (Y/N): %c\n", e->pfs_group != 0 ? 'Y' : 'N');
	if (e->pfs_group != 0)
		text_printf(&v->out, "\tDH group:  group%u\n", e->pfs_group);
	if (d != IKE_IOS_12)
		text_add(&v->out, "\tMixed-mode : Disabled\n");
	put_sets(v, e);
	put_reverse(v, e);
}

static void
put_interfaces(struct map_view *v, const char *map)
{
	const struct cfg_if *i;

	text_printf(&v->out, "\tInterfaces using crypto map %s:\n", map);
	TAILQ_FOREACH(i, &conf(v->s)->ifs, next)
		if (str_eq(i->crypto_map, map))
			text_printf(&v->out, "\t\t%s\n\n", i->name);
}

static void
put_head(struct map_view *v, const char *map, unsigned seq)
{
	text_printf(&v->out, "Crypto Map %s\"%s\" %u ipsec-isakmp\n", v->s->router->dialect == IKE_IOS_12 ? "" : "IPv4 ", map, seq);
}

static void
put_profiles(struct map_view *v, const struct cfg_map *m, const struct cfg_map_entry *e)
{
	const char *isakmp = e->isakmp_profile != NULL ? e->isakmp_profile : m->isakmp_profile;

	if (isakmp != NULL)
		text_printf(&v->out, "\tISAKMP Profile: %s\n", isakmp);
	if (e->profile != NULL)
		text_printf(&v->out, "\tIPSec Profile: %s\n", e->profile);
}

static void
put_static(struct map_view *v, const struct cfg_map *m, const struct cfg_map_entry *e)
{
	struct addr current = router_map_peer(v->s->router, m->name, e->seq);
	char a[ADDR_STRLEN];

	if (e->description != NULL)
		text_printf(&v->out, "\tDescription: %s\n", e->description);
	if (!config_map_complete(e) || list_of(v, e->acl) == NULL)
		text_add(&v->out, "\tWARNING: This crypto map is in an incomplete state!\n\t\t(missing peer or access-list definitions)\n");
	for (size_t i = 0; i < e->npeers; i++)
		text_printf(&v->out, "\tPeer = %s%s\n", addr_fmt(&e->peers[i], a), e->dflt == i + 1 ? " (default peer)" : "");
	put_profiles(v, m, e);
	if (v->s->router->dialect != IKE_IOS_12)
		text_add(&v->out, "\tAccess-List SS dynamic: False\n");
	put_list(v, e);
	if (current.af != ADDR_NONE)
		text_printf(&v->out, "\tCurrent peer: %s\n", addr_fmt(&current, a));
	put_settings(v, e);
}

/* "10.1.1.0 0.0.0.255", "host A", "any" */
static void
put_net(struct text *out, const struct ike_id *id)
{
	unsigned len = id->type == IKE_ID_IPV4_ADDR_SUBNET ? id->prefix_len : 32;
	char a[ADDR_STRLEN], m[ADDR_STRLEN];

	if (len == 0)
		text_add(out, " any");
	else if (len == 32)
		text_printf(out, " host %s", addr_fmt(&id->addr, a));
	else
		text_printf(out, " %s %s", addr_fmt(&id->addr, a), ip4_fmt(~ip4_mask(len), m));
	if (id->port != 0)
		text_printf(out, " port = %u", id->port);
}

struct made_view { struct map_view *v; const struct cfg_map *m; unsigned seq, number; };

/* Of a peer that a template's entry has taken: numbered behind all that is configured. */
static void
put_made(void *arg, const struct map_made_info *i)
{
	struct made_view *q = arg;
	struct map_view *v = q->v;
	struct cfg_map *t = config_map(conf(v->s), CFG_MAP_DYNAMIC, i->template, false);
	const struct cfg_map_entry *e = t == NULL ? NULL : config_map_entry(t, i->tseq, false);
	char a[ADDR_STRLEN];

	if (e == NULL || i->seq != q->seq)
		return;
	put_head(v, q->m->name, q->number++);
	text_printf(&v->out, "\tPeer = %s\n", addr_fmt(&i->peer, a));
	put_profiles(v, q->m, e);
	if (v->s->router->dialect != IKE_IOS_12)
		text_add(&v->out, "\tAccess-List SS dynamic: False\n");
	text_add(&v->out, "\tExtended IP access list \n\t    access-list  permit");
	text_printf(&v->out, i->local_id.protocol == 0 ? " ip" : " %u", i->local_id.protocol);
	put_net(&v->out, &i->local_id);
	put_net(&v->out, &i->remote_id);
	text_printf(&v->out, "\n\t    dynamic (created from dynamic map %s/%u)\n", i->template, i->tseq);
	text_printf(&v->out, "\tCurrent peer: %s\n", addr_fmt(&i->peer, a));
	put_settings(v, e);
	put_interfaces(v, q->m->name);
	text_addc(&v->out, '\n');
}

static void
put_map(struct map_view *v, const struct cfg_map *m)
{
	struct made_view q = { .v = v, .m = m, .number = CFG_MAP_SEQ_MAX + 1 };
	const struct cfg_map_entry *e;

	TAILQ_FOREACH(e, &m->entries, next) {
		put_head(v, m->name, e->seq);
		if (e->dynamic != NULL)
			text_printf(&v->out, "\tDynamic map template tag: %s\n", e->dynamic);
		else
			put_static(v, m, e);
		put_interfaces(v, m->name);
		text_addc(&v->out, '\n');
	}
	TAILQ_FOREACH(e, &m->entries, next) {
		q.seq = e->seq;
		router_map_made_each(v->s->router, m->name, put_made, &q);
	}
}

/* Its crypto map's name; false, with a message, if it has none. */
static bool
map_of_if(struct session *s, const char *ifname, const char **name)
{
	struct cfg_if *i = config_if(conf(s), ifname, false);

	if (i == NULL) {
		session_error(s, "%% Interface %s does not exist", ifname);
		return false;
	}
	*name = i->crypto_map;
	if (*name == NULL)
		session_printf(s, "No crypto maps found.\n");
	return *name != NULL;
}

static void
run_map(struct session *s, const struct args *a)
{
	const char *name = arg_str(a, "name");
	struct map_view v = { .s = s };
	const struct cfg_map *m;

	if (arg_has(a, "if") && !map_of_if(s, arg_str(a, "if"), &name))
		return;
	TAILQ_FOREACH(m, &conf(s)->crypto_maps.maps, next)
		if (name == NULL || strcmp(name, m->name) == 0)
			put_map(&v, m);
	if (v.out.len == 0)
		text_add(&v.out, "No crypto maps found.\n");
	show_flush(s, &v.out);
}

static void
put_template(struct map_view *v, const struct cfg_map *m)
{
	const struct cfg_map_entry *e;
	char a[ADDR_STRLEN];

	TAILQ_FOREACH(e, &m->entries, next) {
		text_printf(&v->out, "Crypto Map Template\"%s\" %u\n", m->name, e->seq);
		if (e->description != NULL)
			text_printf(&v->out, "\tDescription: %s\n", e->description);
		for (size_t i = 0; i < e->npeers; i++)
			text_printf(&v->out, "\tPeer = %s\n", addr_fmt(&e->peers[i], a));
		put_profiles(v, m, e);
		put_list(v, e);
		put_settings(v, e);
		text_addc(&v->out, '\n');
	}
}

static void
run_template(struct session *s, const struct args *a)
{
	struct map_view v = { .s = s };
	const struct cfg_map *m;

	TAILQ_FOREACH(m, &conf(s)->crypto_maps.dynamic, next)
		if (!arg_has(a, "name") || strcmp(arg_str(a, "name"), m->name) == 0)
			put_template(&v, m);
	if (v.out.len == 0)
		text_add(&v.out, "No crypto map templates found.\n");
	show_flush(s, &v.out);
}

#define SC	"Show what is going on\nEncryption\n"

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show crypto map [ { interface IFNAME:if | tag WORD:name } ]",
	    SC "Crypto maps\nThat of one interface\nThe interface\nOne of them\nIts name", run_map },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show crypto dynamic-map [ tag WORD:name ]", SC "Dynamic crypto maps\nOne of them\nIts name", run_template },
};

const struct cmd_table cmds_show_map = { rows, NROWS(rows) };
