/* Writers of the running configuration: EzVPN servers and clients. */

#include <string.h>

#include "engine/config.h"
#include "lib/addr.h"
#include "lib/text.h"
#include "shell/running_ezvpn.h"

static void
write_addrs(const char *word, const uint32_t v[2], struct text *out)
{
	char a[ADDR_STRLEN], b[ADDR_STRLEN];

	if (v[0] != 0)
		text_printf(out, " %s %s%s%s\n", word, ip4_fmt(v[0], a), v[1] != 0 ? " " : "", v[1] != 0 ? ip4_fmt(v[1], b) : "");
}

static void
write_str(const char *word, const char *value, struct text *out)
{
	if (value != NULL)
		text_printf(out, " %s %s\n", word, value);
}

static void
write_list(const char *word, const struct cfg_list *l, struct text *out)
{
	for (size_t i = 0; i < l->n; i++)
		write_str(word, l->v[i], out);
}

static void
write_flag(const char *words, bool on, struct text *out)
{
	if (on)
		text_printf(out, " %s\n", words);
}

static void
write_number(const char *word, unsigned n, struct text *out)
{
	if (n != 0)
		text_printf(out, " %s %u\n", word, n);
}

/* A key that reads as a type's digit is written with its type before it. */
static const char *
key_head(const char *key)
{
	return strcmp(key, "0") == 0 || strcmp(key, "6") == 0 ? "0 " : "";
}

static void
write_group(const struct cfg_ezgroup *g, struct text *out)
{
	char m[ADDR_STRLEN];

	text_printf(out, "crypto isakmp client configuration group %s\n", g->name);
	if (g->key != NULL)
		text_printf(out, " key %s%s\n", key_head(g->key), g->key);
	write_addrs("dns", g->dns, out);
	write_addrs("wins", g->wins, out);
	write_str("domain", g->domain, out);
	write_str("pool", g->pool, out);
	write_str("acl", g->acl, out);
	write_list("access-restrict", &g->restrict_if, out);
	write_list("split-dns", &g->split_dns, out);
	write_list("backup-gateway", &g->backup, out);
	write_flag("save-password", g->save_password, out);
	write_flag("include-local-lan", g->local_lan, out);
	write_flag("pfs", g->pfs, out);
	write_flag("group-lock", g->group_lock, out);
	write_number("max-users", g->max_users, out);
	write_number("max-logins", g->max_logins, out);
	if (g->netmask != 0)
		write_str("netmask", ip4_fmt(g->netmask, m), out);
	if (g->banner != NULL)
		text_printf(out, " banner ^C%s^C\n", g->banner);
	text_add(out, "!\n");
}

void
running_ezgroups(const struct config *c, struct text *out)
{
	const struct cfg_ezgroup *g;

	if (c->ez.xauth_timeout_s != 0)
		text_printf(out, "crypto isakmp xauth timeout %u\n!\n", c->ez.xauth_timeout_s);
	if (c->ez.address_pool != NULL)
		text_printf(out, "crypto isakmp client configuration address-pool local %s\n!\n", c->ez.address_pool);
	TAILQ_FOREACH(g, &c->ez.groups, next)
		write_group(g, out);
}

void
running_ezlogging(const struct config *c, struct text *out)
{
	if (c->ez.logging)
		text_printf(out, "crypto logging ezvpn%s%s\n!\n", c->ez.logging_group != NULL ? " group " : "",
		    c->ez.logging_group != NULL ? c->ez.logging_group : "");
}

void
running_ezclients(const struct cfg_ezclients *e, const char *head, struct text *out)
{
	if (e->authentication != NULL)
		text_printf(out, "%sclient authentication list %s\n", head, e->authentication);
	if (e->authorization != NULL)
		text_printf(out, "%sisakmp authorization list %s\n", head, e->authorization);
	if (e->initiate)
		text_printf(out, "%sclient configuration address initiate\n", head);
	if (e->respond)
		text_printf(out, "%sclient configuration address respond\n", head);
}

static const char *
mode_word(enum ez_mode m)
{
	return m == EZ_CLIENT ? "client" : m == EZ_NETWORK_PLUS ? "network-plus" : "network-extension";
}

static void
write_connect(const struct cfg_ezvpn *v, struct text *out)
{
	if (v->connect == EZ_BY_ACL)
		write_str("connect acl", v->connect_acl, out);
	else
		text_printf(out, " connect %s\n", v->connect == EZ_AUTO ? "auto" : "manual");
}

static void
write_client(const struct cfg_ezvpn *v, struct text *out)
{
	text_printf(out, "crypto ipsec client ezvpn %s\n", v->name);
	write_connect(v, out);
	if (v->group != NULL)
		text_printf(out, " group %s key %s\n", v->group, v->key);
	text_printf(out, " mode %s\n", mode_word(v->mode));
	for (size_t i = 0; i < v->peers.n; i++)
		text_printf(out, " peer %s%s\n", v->peers.v[i], v->dflt != NULL && strcmp(v->dflt, v->peers.v[i]) == 0 ? " default" : "");
	write_str("acl", v->acl, out);
	write_number("idletime", v->idle_s, out);
	write_flag("nat allow", v->nat_allow, out);
	write_flag("flow restrict", v->flow_restrict, out);
	if (v->user != NULL)
		text_printf(out, " username %s password %s%s\n", v->user, key_head(v->password), v->password);
	if (v->userid_set)
		text_printf(out, " xauth userid mode %s\n", v->local_userid ? "local" : "interactive");
	text_add(out, "!\n");
}

void
running_ezvpn(const struct config *c, struct text *out)
{
	const struct cfg_ezvpn *v;

	TAILQ_FOREACH(v, &c->ez.clients, next)
		write_client(v, out);
}

void
running_ezmap(const struct config *c, const char *map, struct text *out)
{
	const struct cfg_ezmap *m;
	struct text head = { 0 };

	TAILQ_FOREACH(m, &c->ez.maps, next)
		if (strcmp(m->map, map) == 0) {
			text_printf(&head, "crypto map %s ", m->map);
			running_ezclients(&m->c, text_str(&head), out);
		}
	text_free(&head);
}

void
running_ezvpn_if(const struct cfg_if *i, struct text *out)
{
	if (i->ezvpn_outside != NULL)
		text_printf(out, " crypto ipsec client ezvpn %s\n", i->ezvpn_outside);
	for (size_t k = 0; k < i->ezvpn_inside.n; k++)
		text_printf(out, " crypto ipsec client ezvpn %s inside\n", i->ezvpn_inside.v[k]);
}

void
running_pools(const struct config *c, struct text *out)
{
	const struct cfg_pool *p;
	char lo[ADDR_STRLEN], hi[ADDR_STRLEN];

	TAILQ_FOREACH(p, &c->ez.pools, next)
		for (size_t i = 0; i < p->n; i++) {
			text_printf(out, "ip local pool %s %s", p->name, ip4_fmt(p->v[i].lo, lo));
			text_printf(out, "%s%s\n", p->v[i].hi != p->v[i].lo ? " " : "", p->v[i].hi != p->v[i].lo ? ip4_fmt(p->v[i].hi, hi) : "");
		}
}
