/* The lists of `ip nhrp ...` lines of an interface. */

#include "engine/cfg_nhrp.h"

#include <stdlib.h>

#include "engine/config.h"
#include "lib/mem.h"

struct cfg_nhrp *
cfg_nhrp_get(struct cfg_if *i)
{
	if (i->nhrp == NULL) {
		i->nhrp = xcalloc(1, sizeof(*i->nhrp));
		TAILQ_INIT(&i->nhrp->maps);
		TAILQ_INIT(&i->nhrp->nhss);
		TAILQ_INIT(&i->nhrp->clusters);
	}
	return i->nhrp;
}

void
cfg_nhrp_free(struct cfg_nhrp *c)
{
	struct cfg_nhrp_cluster *k;
	struct cfg_nhrp_map *m;
	struct cfg_nhrp_nhs *n;

	if (c == NULL)
		return;
	while ((m = TAILQ_FIRST(&c->maps)) != NULL)
		cfg_nhrp_map_del(c, m);
	while ((n = TAILQ_FIRST(&c->nhss)) != NULL)
		cfg_nhrp_nhs_del(c, n);
	while ((k = TAILQ_FIRST(&c->clusters)) != NULL)
		cfg_nhrp_cluster(c, k->cluster, 0);
	free(c->mcast);
	free(c);
}

bool
cfg_nhrp_empty(const struct cfg_nhrp *c)
{
	return c == NULL ||
	       (c->network_id == 0 && c->auth[0] == '\0' && TAILQ_EMPTY(&c->maps) && !c->mcast_dynamic && c->nmcast == 0 &&
	           TAILQ_EMPTY(&c->nhss) && TAILQ_EMPTY(&c->clusters) && c->fallback_s == 0 && c->holdtime_s == 0 &&
	           c->reg_timeout_s == 0 && !c->no_unique && !c->shortcut && !c->redirect && !c->server_only && c->max_send == 0);
}

struct cfg_nhrp_map *
cfg_nhrp_map(struct cfg_nhrp *c, uint32_t addr, bool create)
{
	struct cfg_nhrp_map *m;
	size_t n = 0;

	TAILQ_FOREACH(m, &c->maps, next) {
		if (m->addr == addr)
			return m;
		n++;
	}
	if (!create || n >= CFG_NHRP_LIST_MAX)
		return NULL;
	m = xcalloc(1, sizeof(*m));
	m->addr = addr;
	TAILQ_INSERT_TAIL(&c->maps, m, next);
	return m;
}

void
cfg_nhrp_map_del(struct cfg_nhrp *c, struct cfg_nhrp_map *m)
{
	TAILQ_REMOVE(&c->maps, m, next);
	free(m);
}

struct cfg_nhrp_nhs *
cfg_nhrp_nhs(struct cfg_nhrp *c, uint32_t addr, bool create)
{
	struct cfg_nhrp_nhs *n;
	size_t count = 0;

	TAILQ_FOREACH(n, &c->nhss, next) {
		if (n->addr == addr)
			return n;
		count++;
	}
	if (!create || count >= CFG_NHRP_LIST_MAX)
		return NULL;
	n = xcalloc(1, sizeof(*n));
	n->addr = addr;
	TAILQ_INSERT_TAIL(&c->nhss, n, next);
	return n;
}

void
cfg_nhrp_nhs_del(struct cfg_nhrp *c, struct cfg_nhrp_nhs *n)
{
	TAILQ_REMOVE(&c->nhss, n, next);
	free(n);
}

void
cfg_nhrp_mcast(struct cfg_nhrp *c, uint32_t nbma, bool add)
{
	size_t i = 0;

	while (i < c->nmcast && c->mcast[i] != nbma)
		i++;
	if (add && i == c->nmcast && i < CFG_NHRP_LIST_MAX) {
		c->mcast = xrealloc(c->mcast, (i + 1) * sizeof(*c->mcast));
		c->mcast[c->nmcast++] = nbma;
	} else if (!add && i < c->nmcast) {
		for (c->nmcast--; i < c->nmcast; i++)
			c->mcast[i] = c->mcast[i + 1];
	}
}

void
cfg_nhrp_cluster(struct cfg_nhrp *c, uint8_t cluster, uint8_t max)
{
	struct cfg_nhrp_cluster *k;

	TAILQ_FOREACH(k, &c->clusters, next)
		if (k->cluster == cluster)
			break;
	if (k != NULL && max == 0) {
		TAILQ_REMOVE(&c->clusters, k, next);
		free(k);
		return;
	}
	if (max == 0)
		return;
	if (k == NULL) {
		k = xcalloc(1, sizeof(*k));
		k->cluster = cluster;
		TAILQ_INSERT_TAIL(&c->clusters, k, next);
	}
	k->max = max;
}
