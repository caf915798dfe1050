/*
 * The running configuration as data: its defaults, and finding, making and taking away what it lists.
 * Everything that a list names by a string is found by that string, case and all, as IOS does.
 */

#include <stdlib.h>
#include <string.h>

#include "engine/config.h"
#include "engine/cfg_nhrp.h"
#include "engine/cfg_map.h"
#include "engine/refusals.h"
#include "lib/mem.h"
#include "lib/text.h"

#define IKE_LIFE_DEFAULT	86400u

void
config_set_str(char **slot, const char *s)
{
	char *copy = s == NULL ? NULL : xstrdup(s);

	free(*slot);
	*slot = copy;
}

void
cfg_names_add(struct cfg_names *n, const char *s)
{
	if (cfg_names_has(n, s))
		return;
	n->v = xrealloc(n->v, (n->n + 1) * sizeof(*n->v));
	n->v[n->n++] = xstrdup(s);
}

static void
names_cut(struct cfg_names *n, size_t i)
{
	wipe_free(n->v[i], strlen(n->v[i]));	/* it may be a line's password */
	memmove(&n->v[i], &n->v[i + 1], (n->n - i - 1) * sizeof(*n->v));
	n->n--;
}

bool
cfg_names_del(struct cfg_names *n, const char *s)
{
	for (size_t i = 0; i < n->n; i++)
		if (strcmp(n->v[i], s) == 0) {
			names_cut(n, i);
			return true;
		}
	return false;
}

bool
cfg_names_has(const struct cfg_names *n, const char *s)
{
	for (size_t i = 0; i < n->n; i++)
		if (strcmp(n->v[i], s) == 0)
			return true;
	return false;
}

static bool
key_matches(const char *line, const char *key, size_t nkey)
{
	return strncmp(line, key, nkey) == 0 && (line[nkey] == '\0' || line[nkey] == ' ');
}

void
cfg_names_put(struct cfg_names *n, const char *key, size_t nkey, const char *line)
{
	for (size_t i = 0; i < n->n; i++) {
		if (!key_matches(n->v[i], key, nkey))
			continue;
		if (line == NULL)
			names_cut(n, i);
		else {
			wipe(n->v[i], strlen(n->v[i]));
			config_set_str(&n->v[i], line);
		}
		return;
	}
	if (line != NULL)
		cfg_names_add(n, line);
}

void
cfg_names_clear(struct cfg_names *n)
{
	for (size_t i = 0; i < n->n; i++)
		wipe_free(n->v[i], strlen(n->v[i]));
	free(n->v);
	*n = (struct cfg_names){ 0 };
}

static void
logging_defaults(struct cfg_logging *l)
{
	l->buffered = l->console = l->monitor = 7;
	l->buffer_size = CFG_BUFFER_SIZE;
	l->rate_limit_except = -1;
}

struct config *
config_new(void)
{
	struct config *c = xcalloc(1, sizeof(*c));

	c->hostname = xstrdup("Router");
	c->stamp_debug = c->stamp_log = (struct cfg_timestamps){ .kind = CFG_STAMP_DATETIME, .msec = true };
	logging_defaults(&c->logging);
	c->replay_window = CFG_REPLAY_WINDOW;
	c->diagnose_max = REFUSALS_DEFAULT;
	TAILQ_INIT(&c->policies);
	TAILQ_INIT(&c->keys);
	TAILQ_INIT(&c->keyrings);
	TAILQ_INIT(&c->isakmp_profiles);
	TAILQ_INIT(&c->transform_sets);
	TAILQ_INIT(&c->ipsec_profiles);
	cfg_maps_init(&c->crypto_maps);
	TAILQ_INIT(&c->ifs);
	TAILQ_INIT(&c->routes);
	cfg_ip6_init(&c->ip6);
	TAILQ_INIT(&c->acls);
	TAILQ_INIT(&c->users);
	TAILQ_INIT(&c->aaa_lists);
	cfg_access_init(&c->access);
	cfg_ssh_init(&c->ssh);
	cfg_pki_init(&c->pki);
	cfg_ez_init(&c->ez);
	TAILQ_INIT(&c->lines);
	cfg_alias_init(&c->aliases);
	cfg_eem_init(&c->eem);
	cfg_snmp_init(&c->snmp);
	cfg_foreign_init(&c->foreign);
	cfg_syslog_init(&c->syslog);
	cfg_track_init(&c->tracking);
	config_line(c, "con 0", true);
	config_line(c, "aux 0", true);
	config_line(c, "vty 0 4", true);
	return c;
}

static void
keys_free(struct cfg_keys *keys)
{
	while (!TAILQ_EMPTY(keys))
		config_key_del(keys, TAILQ_FIRST(keys));
}

void
config_line_del(struct config *c, struct cfg_line *l)
{
	TAILQ_REMOVE(&c->lines, l, next);
	cfg_names_clear(&l->words);
	free(l->name);
	free(l);
}

/* Empties a list of the configuration by the function that takes one away. */
#define DRAIN(c, list, del)					\
	do {								\
		while (!TAILQ_EMPTY(&(c)->list))			\
			del((c), TAILQ_FIRST(&(c)->list));		\
	} while (0)

void
config_free(struct config *c)
{
	if (c == NULL)
		return;
	cfg_archive_free(&c->archive);
	cfg_alias_free(&c->aliases);
	DRAIN(c, policies, config_policy_del);
	keys_free(&c->keys);
	DRAIN(c, keyrings, config_keyring_del);
	DRAIN(c, isakmp_profiles, config_isakmp_profile_del);
	DRAIN(c, transform_sets, config_transform_set_del);
	DRAIN(c, ipsec_profiles, config_ipsec_profile_del);
	cfg_maps_free(&c->crypto_maps);
	DRAIN(c, ifs, config_if_del);
	DRAIN(c, routes, config_route_del);
	cfg_ip6_free(&c->ip6);
	cfg_acls_free(&c->acls);
	cfg_users_free(&c->users);
	cfg_aaa_free(&c->aaa_lists);
	cfg_access_free(&c->access);
	cfg_ssh_free(&c->ssh);
	cfg_pki_free(&c->pki);
	cfg_ez_free(&c->ez);
	DRAIN(c, lines, config_line_del);
	cfg_eem_free(&c->eem);
	cfg_snmp_free(&c->snmp);
	cfg_foreign_free(&c->foreign);
	cfg_syslog_free(&c->syslog);
	cfg_track_free(&c->tracking);
	cfg_trace_free(&c->trace);
	free(c->hostname);
	free(c->domain_name);
	free(c->timezone);
	free(c->changed_by);
	free(c);
}

/* "0/1" against "0/2" by number, not by text. */
static int
slots_cmp(const char *a, const char *b)
{
	unsigned long x, y;
	char *ea, *eb;

	for (;; a = ea + 1, b = eb + 1) {
		x = strtoul(a, &ea, 10);
		y = strtoul(b, &eb, 10);
		if (x != y)
			return x < y ? -1 : 1;
		if (*ea != '/' || *eb != '/')
			return (*ea == '/') - (*eb == '/');
	}
}

static int
if_cmp(const struct cfg_if *a, const struct cfg_if *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return slots_cmp(a->name + strcspn(a->name, "0123456789"), b->name + strcspn(b->name, "0123456789"));
}

static void
if_insert(struct config *c, struct cfg_if *i)
{
	struct cfg_if *at;

	/* Configurations are sorted already, mostly: from the end. */
	TAILQ_FOREACH_REVERSE(at, &c->ifs, cfg_ifs, next)
		if (if_cmp(i, at) >= 0) {
			TAILQ_INSERT_AFTER(&c->ifs, at, i, next);
			return;
		}
	TAILQ_INSERT_HEAD(&c->ifs, i, next);
}

struct cfg_if *
config_if(struct config *c, const char *canonical, bool create)
{
	struct cfg_if *i;

	HASH_FIND_STR(c->if_names, canonical, i);
	if (i != NULL || !create)
		return i;
	i = xcalloc(1, sizeof(*i));
	if (!ifname_parse(canonical, i->name, &i->kind))
		fatal("no interface name: %s", canonical);
	if_insert(c, i);
	HASH_ADD_STR(c->if_names, name, i);
	return i;
}

int
config_if_cmp(struct config *c, const char *a, const char *b)
{
	const struct cfg_if *x = config_if(c, a, false), *y = config_if(c, b, false);

	return x == NULL || y == NULL ? (x == NULL) - (y == NULL) : if_cmp(x, y);
}

void
config_if_del(struct config *c, struct cfg_if *i)
{
	TAILQ_REMOVE(&c->ifs, i, next);
	HASH_DEL(c->if_names, i);
	cfg_names_clear(&i->media);
	free(i->description);
	free(i->secondary);
	free(i->unnumbered);
	cfg_if6_free(&i->ip6);
	free(i->acl_in);
	free(i->acl_out);
	free(i->ezvpn_outside);
	cfg_names_clear(&i->ezvpn_inside);
	free(i->source_if);
	free(i->protection);
	cfg_nhrp_free(i->nhrp);
	free(i->crypto_map);
	free(i);
}

void
config_if_secondary(struct cfg_if *i, uint32_t addr, uint32_t mask, bool add)
{
	size_t at = 0;

	while (at < i->nsecondary && i->secondary[at].addr != addr)
		at++;
	if (add && at == i->nsecondary)
		i->secondary = xrealloc(i->secondary, ++i->nsecondary * sizeof(*i->secondary));
	if (add)
		i->secondary[at] = (struct cfg_ip){ addr, mask };
	else if (at < i->nsecondary)
		i->secondary[at] = i->secondary[--i->nsecondary];
}

struct cfg_policy *
config_policy(struct config *c, unsigned priority, bool create)
{
	struct cfg_policy *p, *made;

	TAILQ_FOREACH(p, &c->policies, next)
		if (p->p.priority >= priority)
			break;
	if ((p != NULL && p->p.priority == priority) || !create)
		return p != NULL && p->p.priority == priority ? p : NULL;
	made = xcalloc(1, sizeof(*made));
	made->p = (struct ike_policy){ .priority = priority, .cipher = CIPHER_DES, .hash = HASH_SHA1,
		.auth = IKE_AUTH_RSA_SIG, .group = 1, .lifetime_s = IKE_LIFE_DEFAULT };
	if (p != NULL)
		TAILQ_INSERT_BEFORE(p, made, next);
	else
		TAILQ_INSERT_TAIL(&c->policies, made, next);
	return made;
}

void
config_policy_del(struct config *c, struct cfg_policy *p)
{
	TAILQ_REMOVE(&c->policies, p, next);
	free(p);
}

struct cfg_key *
config_key_add(struct cfg_keys *keys)
{
	struct cfg_key *k = xcalloc(1, sizeof(*k));

	TAILQ_INSERT_TAIL(keys, k, next);
	return k;
}

void
config_key_del(struct cfg_keys *keys, struct cfg_key *k)
{
	TAILQ_REMOVE(keys, k, next);
	if (k->key != NULL)
		wipe_free(k->key, strlen(k->key));
	free(k->hostname);
	free(k);
}

struct cfg_keyring *
config_keyring(struct config *c, const char *name, bool create)
{
	struct cfg_keyring *k;

	TAILQ_FOREACH(k, &c->keyrings, next)
		if (strcmp(k->name, name) == 0)
			return k;
	if (!create)
		return NULL;
	k = xcalloc(1, sizeof(*k));
	k->name = xstrdup(name);
	TAILQ_INIT(&k->keys);
	TAILQ_INSERT_TAIL(&c->keyrings, k, next);
	return k;
}

void
config_keyring_del(struct config *c, struct cfg_keyring *k)
{
	TAILQ_REMOVE(&c->keyrings, k, next);
	keys_free(&k->keys);
	free(k->name);
	free(k->vrf);
	free(k->description);
	free(k->local_if);
	free(k);
}

struct cfg_isakmp_profile *
config_isakmp_profile(struct config *c, const char *name, bool create)
{
	struct cfg_isakmp_profile *p;

	TAILQ_FOREACH(p, &c->isakmp_profiles, next)
		if (strcmp(p->name, name) == 0)
			return p;
	if (!create)
		return NULL;
	p = xcalloc(1, sizeof(*p));
	p->name = xstrdup(name);
	TAILQ_INIT(&p->matches);
	TAILQ_INSERT_TAIL(&c->isakmp_profiles, p, next);
	return p;
}

void
config_isakmp_match_add(struct cfg_isakmp_profile *p, const struct cfg_match *m)
{
	struct cfg_match *copy = xmemdup(m, sizeof(*m));

	copy->name = m->name == NULL ? NULL : xstrdup(m->name);
	copy->vrf = m->vrf == NULL ? NULL : xstrdup(m->vrf);
	TAILQ_INSERT_TAIL(&p->matches, copy, next);
}

void
config_isakmp_match_del(struct cfg_isakmp_profile *p, struct cfg_match *m)
{
	TAILQ_REMOVE(&p->matches, m, next);
	free(m->name);
	free(m->vrf);
	free(m);
}

void
config_isakmp_profile_del(struct config *c, struct cfg_isakmp_profile *p)
{
	TAILQ_REMOVE(&c->isakmp_profiles, p, next);
	while (!TAILQ_EMPTY(&p->matches))
		config_isakmp_match_del(p, TAILQ_FIRST(&p->matches));
	cfg_names_clear(&p->keyrings);
	cfg_names_clear(&p->trustpoints);
	cfg_names_clear(&p->cert_maps);
	free(p->name);
	free(p->description);
	free(p->vrf);
	free(p->self_name);
	free(p->local_if);
	cfg_ezclients_free(&p->clients);
	free(p);
}

struct cfg_transform_set *
config_transform_set(struct config *c, const char *name, bool create)
{
	struct cfg_transform_set *t;

	TAILQ_FOREACH(t, &c->transform_sets, next)
		if (strcmp(t->name, name) == 0)
			return t;
	if (!create)
		return NULL;
	t = xcalloc(1, sizeof(*t));
	t->name = xstrdup(name);
	TAILQ_INSERT_TAIL(&c->transform_sets, t, next);
	return t;
}

void
config_transform_set_del(struct config *c, struct cfg_transform_set *t)
{
	TAILQ_REMOVE(&c->transform_sets, t, next);
	free(t->name);
	free(t->words);
	free(t);
}

struct cfg_ipsec_profile *
config_ipsec_profile(struct config *c, const char *name, bool create)
{
	struct cfg_ipsec_profile *p;

	TAILQ_FOREACH(p, &c->ipsec_profiles, next)
		if (strcmp(p->name, name) == 0)
			return p;
	if (!create)
		return NULL;
	p = xcalloc(1, sizeof(*p));
	p->name = xstrdup(name);
	TAILQ_INSERT_TAIL(&c->ipsec_profiles, p, next);
	return p;
}

void
config_ipsec_profile_del(struct config *c, struct cfg_ipsec_profile *p)
{
	TAILQ_REMOVE(&c->ipsec_profiles, p, next);
	cfg_names_clear(&p->transform_sets);
	free(p->name);
	free(p->description);
	free(p->isakmp_profile);
	free(p);
}

/* By prefix, then mask, so that the text does not depend on the order of typing. */
static void
route_insert(struct config *c, struct cfg_route *r)
{
	struct cfg_route *at;

	TAILQ_FOREACH(at, &c->routes, next)
		if (at->prefix > r->prefix || (at->prefix == r->prefix && at->mask > r->mask)) {
			TAILQ_INSERT_BEFORE(at, r, next);
			return;
		}
	TAILQ_INSERT_TAIL(&c->routes, r, next);
}

struct cfg_route *
config_route(struct config *c, uint32_t prefix, uint32_t mask, uint32_t via, const char *ifname, bool create)
{
	struct cfg_route *r;

	TAILQ_FOREACH(r, &c->routes, next)
		if (r->prefix == prefix && r->mask == mask && r->via == via && str_eq(r->ifname, ifname))
			return r;
	if (!create)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	r->prefix = prefix;
	r->mask = mask;
	r->via = via;
	r->distance = 1;
	config_set_str(&r->ifname, ifname);
	route_insert(c, r);
	return r;
}

void
config_route_del(struct config *c, struct cfg_route *r)
{
	TAILQ_REMOVE(&c->routes, r, next);
	free(r->ifname);
	free(r->name);
	free(r);
}

struct cfg_line *
config_line(struct config *c, const char *name, bool create)
{
	struct cfg_line *l;

	TAILQ_FOREACH(l, &c->lines, next)
		if (strcmp(l->name, name) == 0)
			return l;
	if (!create)
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->name = xstrdup(name);
	TAILQ_INSERT_TAIL(&c->lines, l, next);
	return l;
}

void
config_life(const struct config *c, const struct cfg_ipsec_profile *p, uint32_t *s, uint32_t *kb)
{
	const struct cfg_lifetime *g = &c->ipsec_life, *own = p == NULL ? g : &p->life;

	*s = own->s_set ? own->s : g->s_set ? g->s : CFG_LIFE_S;
	if (own->kb_set || own->kb_off)
		*kb = own->kb_off ? 0 : own->kb;
	else if (g->kb_set || g->kb_off)
		*kb = g->kb_off ? 0 : g->kb;
	else
		*kb = CFG_LIFE_KB;
}
