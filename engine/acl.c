/* Access lists in use: what `ip access-group` names is given to the datapath. */

#include "engine/acl.h"
#include "engine/internal.h"

struct cfg_acl *
acl_find(const struct router *r, const char *name)
{
	return config_acl(r->cfg, name);
}

static struct dp_acl *
named(const struct router *r, const char *name)
{
	struct cfg_acl *l = name == NULL ? NULL : acl_find(r, name);

	return l == NULL || l->n == 0 ? NULL : acl_compiled(l);
}

void
acl_apply(struct router *r)
{
	const struct cfg_if *c;
	const struct rif *i;

	TAILQ_FOREACH(c, &r->cfg->ifs, next) {
		i = ifnet_find(r, c->name);
		if (i == NULL || i->dp_if == 0)
			continue;
		dp_if_filter(r->dp, i->dp_if, DP_DIR_IN, named(r, c->acl_in));
		dp_if_filter(r->dp, i->dp_if, DP_DIR_OUT, named(r, c->acl_out));
	}
}
