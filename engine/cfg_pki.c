/* Configuration of certificates as data: trustpoints, their certificates, certificate maps. */

#include "engine/cfg_pki.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"

void
cfg_pki_init(struct cfg_pki *p)
{
	TAILQ_INIT(&p->trustpoints);
	TAILQ_INIT(&p->maps);
}

void
cfg_pki_free(struct cfg_pki *p)
{
	while (!TAILQ_EMPTY(&p->trustpoints))
		cfg_trustpoint_del(p, TAILQ_FIRST(&p->trustpoints));
	while (!TAILQ_EMPTY(&p->maps))
		cfg_cert_map_del(p, TAILQ_FIRST(&p->maps));
}

/* ---- trustpoints ---- */

struct cfg_trustpoint *
cfg_trustpoint(struct cfg_pki *p, const char *name, bool create)
{
	struct cfg_trustpoint *t;

	TAILQ_FOREACH(t, &p->trustpoints, next)
		if (strcmp(t->name, name) == 0)
			return t;
	if (!create)
		return NULL;
	t = xcalloc(1, sizeof(*t));
	t->name = xstrdup(name);
	TAILQ_INIT(&t->certs);
	TAILQ_INSERT_TAIL(&p->trustpoints, t, next);
	return t;
}

void
cfg_trustpoint_del(struct cfg_pki *p, struct cfg_trustpoint *t)
{
	while (!TAILQ_EMPTY(&t->certs))
		cfg_cert_del(t, TAILQ_FIRST(&t->certs));
	TAILQ_REMOVE(&p->trustpoints, t, next);
	free(t->name);
	free(t->url);
	free(t->subject);
	free(t->alt_name);
	free(t->fqdn);
	free(t->ip);
	free(t->key_label);
	free(t->crl_file);
	free(t->chain_to);
	free(t);
}

unsigned
cfg_trustpoint_count(const struct cfg_pki *p)
{
	const struct cfg_trustpoint *t;
	unsigned n = 0;

	TAILQ_FOREACH(t, &p->trustpoints, next)
		n++;
	return n;
}

unsigned
cfg_trustpoint_revocation(const struct cfg_trustpoint *t, const enum cfg_revocation **out)
{
	static const enum cfg_revocation usual[] = { CFG_REVOKE_CRL };

	*out = t->revocation_set ? t->revocation : usual;
	return t->revocation_set ? t->nrevocation : 1;
}

/* ---- certificates ---- */

struct cfg_cert *
cfg_cert_find(const struct cfg_trustpoint *t, enum cfg_cert_kind kind)
{
	struct cfg_cert *c;

	TAILQ_FOREACH(c, &t->certs, next)
		if (c->n > 0 && (c->kind == kind || (kind == CFG_CERT_OWN && c->kind == CFG_CERT_SELF)))
			return c;
	return NULL;
}

void
cfg_cert_del(struct cfg_trustpoint *t, struct cfg_cert *c)
{
	TAILQ_REMOVE(&t->certs, c, next);
	free(c->text);
	free(c->der);
	free(c);
}

/* The one that a new one takes the place of. */
static struct cfg_cert *
same_place(const struct cfg_trustpoint *t, enum cfg_cert_kind kind, const uint8_t *der, size_t n)
{
	struct cfg_cert *c;

	TAILQ_FOREACH(c, &t->certs, next)
		if (c->n > 0 && c->kind == kind && (kind != CFG_CERT_OWN || (c->n == n && memcmp(c->der, der, n) == 0)))
			return c;
	return NULL;
}

struct cfg_cert *
cfg_cert_add(struct cfg_trustpoint *t, enum cfg_cert_kind kind, const uint8_t *der, size_t n, int64_t now)
{
	struct cfg_cert *c = same_place(t, kind, der, n), *old;
	unsigned count = 0;

	if (c != NULL)
		cfg_cert_del(t, c);
	TAILQ_FOREACH(old, &t->certs, next)
		count++;
	if (count >= CFG_CHAIN_CERTS || n > CFG_CERT_MAX)
		return NULL;
	c = xcalloc(1, sizeof(*c));
	*c = (struct cfg_cert){ .kind = kind, .der = xmemdup(der, n), .n = n, .since_ns = now };
	old = cfg_cert_find(t, CFG_CERT_CA);
	if (kind != CFG_CERT_CA && old != NULL)
		TAILQ_INSERT_BEFORE(old, c, next);
	else
		TAILQ_INSERT_TAIL(&t->certs, c, next);
	return c;
}

void
cfg_cert_keep(struct cfg_trustpoint *t, enum cfg_cert_kind kind, const char *text)
{
	struct cfg_cert *c;
	unsigned n = 0;

	TAILQ_FOREACH(c, &t->certs, next) {
		n++;
		if (c->text != NULL && strcmp(c->text, text) == 0)
			return;
	}
	if (n >= CFG_CHAIN_CERTS)
		return;
	c = xcalloc(1, sizeof(*c));
	*c = (struct cfg_cert){ .kind = kind, .text = xstrdup(text) };
	TAILQ_INSERT_TAIL(&t->certs, c, next);
}

/* ---- maps ---- */

struct cfg_cert_map *
cfg_cert_map(struct cfg_pki *p, const char *name, unsigned seq, bool create)
{
	struct cfg_cert_map *m, *made, *before = NULL;
	bool named = false;

	TAILQ_FOREACH(m, &p->maps, next) {
		bool same = strcmp(m->name, name) == 0;

		if (same && m->seq == seq)
			return m;
		if (before == NULL && ((same && m->seq > seq) || (named && !same)))
			before = m;
		named |= same;
	}
	if (!create)
		return NULL;
	made = xcalloc(1, sizeof(*made));
	made->name = xstrdup(name);
	made->seq = seq;
	TAILQ_INIT(&made->rules);
	if (before != NULL)
		TAILQ_INSERT_BEFORE(before, made, next);
	else
		TAILQ_INSERT_TAIL(&p->maps, made, next);
	return made;
}

void
cfg_cert_map_del(struct cfg_pki *p, struct cfg_cert_map *m)
{
	while (!TAILQ_EMPTY(&m->rules))
		cfg_cert_rule_del(m, TAILQ_FIRST(&m->rules));
	TAILQ_REMOVE(&p->maps, m, next);
	free(m->name);
	free(m);
}

struct cfg_cert_rule *
cfg_cert_rule(struct cfg_cert_map *m, enum cfg_pki_field f, enum cfg_pki_test t, const char *value)
{
	struct cfg_cert_rule *r;

	TAILQ_FOREACH(r, &m->rules, next)
		if (r->field == f && r->test == t && (value == NULL || strncmp(r->value, value, strlen(value)) == 0))
			return r;
	return NULL;
}

void
cfg_cert_rule_add(struct cfg_cert_map *m, enum cfg_pki_field f, enum cfg_pki_test t, const char *value)
{
	struct cfg_cert_rule *r;

	TAILQ_FOREACH(r, &m->rules, next)
		if (r->field == f && r->test == t && strcmp(r->value, value) == 0)
			return;
	r = xcalloc(1, sizeof(*r));
	*r = (struct cfg_cert_rule){ .field = f, .test = t, .value = xstrdup(value) };
	TAILQ_INSERT_TAIL(&m->rules, r, next);
}

void
cfg_cert_rule_del(struct cfg_cert_map *m, struct cfg_cert_rule *r)
{
	TAILQ_REMOVE(&m->rules, r, next);
	free(r->value);
	free(r);
}
