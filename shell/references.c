/*
 * Names that a configuration speaks of and that are not in it: a profile without its transform set works no better than
 * one that is misspelt, and IOS tells of neither.
 */

#include "shell/references.h"

#include <string.h>

#include "engine/cfg_map.h"
#include "engine/config.h"
#include "lib/text.h"

struct refs {
	struct config	*c;
	void		(*fn)(void *arg, const char *sentence);
	void		*arg;
	size_t		 n;
};

static void __attribute__((format(printf, 2, 3)))
missing(struct refs *r, const char *fmt, ...)
{
	struct text t = { 0 };
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(&t, fmt, ap);
	va_end(ap);
	r->n++;
	r->fn(r->arg, text_str(&t));
	text_free(&t);
}

static bool
has_if(const struct refs *r, const char *name)
{
	struct text head = { 0 };
	bool has;

	if (name == NULL || config_if(r->c, name, false) != NULL)
		return true;
	text_printf(&head, "interface %s", name);
	has = cfg_foreign_find(cfg_foreign_peek(&r->c->foreign, ""), text_str(&head)) != NULL;
	text_free(&head);
	return has;
}

static void
check_acl(struct refs *r, const char *who, const char *name, const char *acl)
{
	if (acl != NULL && config_acl(r->c, acl) == NULL)
		missing(r, "%s %s: access list %s is not there", who, name, acl);
}

static void
check_sets(struct refs *r, const char *who, const char *name, const struct cfg_names *sets)
{
	for (size_t i = 0; i < sets->n; i++)
		if (config_transform_set(r->c, sets->v[i], false) == NULL)
			missing(r, "%s %s: transform set %s is not there", who, name, sets->v[i]);
}

static void
check_isakmp_profile(struct refs *r, const char *who, const char *name, const char *profile)
{
	if (profile != NULL && config_isakmp_profile(r->c, profile, false) == NULL)
		missing(r, "%s %s: ISAKMP profile %s is not there", who, name, profile);
}

static void
check_ifs(struct refs *r)
{
	const struct cfg_if *i;

	TAILQ_FOREACH(i, &r->c->ifs, next) {
		if (i->protection != NULL && config_ipsec_profile(r->c, i->protection, false) == NULL)
			missing(r, "interface %s: IPsec profile %s is not there", i->name, i->protection);
		if (i->crypto_map != NULL && config_map(r->c, CFG_MAP_CRYPTO, i->crypto_map, false) == NULL)
			missing(r, "interface %s: crypto map %s is not there", i->name, i->crypto_map);
		if (!has_if(r, i->source_if))
			missing(r, "interface %s: its source, %s, is not there", i->name, i->source_if);
		if (!has_if(r, i->unnumbered))
			missing(r, "interface %s: %s, whose address it borrows, is not there", i->name, i->unnumbered);
		check_acl(r, "interface", i->name, i->acl_in);
		check_acl(r, "interface", i->name, i->acl_out);
	}
}

static bool
has_cert_map(const struct refs *r, const char *name)
{
	const struct cfg_cert_map *m;

	TAILQ_FOREACH(m, &r->c->pki.maps, next)
		if (strcmp(m->name, name) == 0)
			return true;
	return false;
}

static void
check_pki(struct refs *r, const struct cfg_isakmp_profile *p)
{
	for (size_t i = 0; i < p->trustpoints.n; i++)
		if (cfg_trustpoint(&r->c->pki, p->trustpoints.v[i], false) == NULL)
			missing(r, "crypto isakmp profile %s: trustpoint %s is not there", p->name, p->trustpoints.v[i]);
	for (size_t i = 0; i < p->cert_maps.n; i++)
		if (!has_cert_map(r, p->cert_maps.v[i]))
			missing(r, "crypto isakmp profile %s: certificate map %s is not there", p->name, p->cert_maps.v[i]);
}

static void
check_profiles(struct refs *r)
{
	const struct cfg_ipsec_profile *p;
	const struct cfg_isakmp_profile *k;

	TAILQ_FOREACH(p, &r->c->ipsec_profiles, next) {
		check_sets(r, "crypto ipsec profile", p->name, &p->transform_sets);
		check_isakmp_profile(r, "crypto ipsec profile", p->name, p->isakmp_profile);
	}
	TAILQ_FOREACH(k, &r->c->isakmp_profiles, next)
		check_pki(r, k);
	TAILQ_FOREACH(k, &r->c->isakmp_profiles, next)
		for (size_t i = 0; i < k->keyrings.n; i++)
			if (strcmp(k->keyrings.v[i], "default") != 0 && config_keyring(r->c, k->keyrings.v[i], false) == NULL)
				missing(r, "crypto isakmp profile %s: keyring %s is not there", k->name, k->keyrings.v[i]);
}

static void
check_entry(struct refs *r, const struct cfg_map *m, const struct cfg_map_entry *e)
{
	if (e->dynamic != NULL && config_map(r->c, CFG_MAP_DYNAMIC, e->dynamic, false) == NULL)
		missing(r, "crypto map %s %u: dynamic map %s is not there", m->name, e->seq, e->dynamic);
	check_acl(r, "crypto map", m->name, e->acl);
	check_sets(r, "crypto map", m->name, &e->transform_sets);
	check_isakmp_profile(r, "crypto map", m->name, e->isakmp_profile);
	if (e->profile != NULL && config_ipsec_profile(r->c, e->profile, false) == NULL)
		missing(r, "crypto map %s %u: IPsec profile %s is not there", m->name, e->seq, e->profile);
}

static void
check_maps(struct refs *r, const struct cfg_map_list *maps)
{
	const struct cfg_map_entry *e;
	const struct cfg_map *m;

	TAILQ_FOREACH(m, maps, next) {
		if (!has_if(r, m->local_if))
			missing(r, "crypto map %s: %s, whose address it uses, is not there", m->name, m->local_if);
		check_isakmp_profile(r, "crypto map", m->name, m->isakmp_profile);
		TAILQ_FOREACH(e, &m->entries, next)
			check_entry(r, m, e);
	}
}

static void
check_routes(struct refs *r)
{
	const struct cfg_route *x;
	char a[ADDR_STRLEN];

	TAILQ_FOREACH(x, &r->c->routes, next)
		if (!has_if(r, x->ifname))
			missing(r, "ip route %s: interface %s is not there", ip4_fmt(x->prefix, a), x->ifname);
}

size_t
references_check(struct config *c, void (*fn)(void *arg, const char *sentence), void *arg)
{
	struct refs r = { .c = c, .fn = fn, .arg = arg };

	check_ifs(&r);
	check_profiles(&r);
	check_maps(&r, &c->crypto_maps.maps);
	check_maps(&r, &c->crypto_maps.dynamic);
	check_routes(&r);
	return r.n;
}
