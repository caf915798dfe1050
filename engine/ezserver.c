/*
 * An EzVPN server: which group a client is of, whether its user may in, which address it is lent, and when that comes
 * back.  A lent address stays with a client as long as it has an IKE SA, or IPsec SAs with it; a client that
 * comes again from the same place with the same name gets the one that it had.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/ezvpn.h"
#include "engine/flow.h"
#include "engine/log.h"
#include "lib/mem.h"
#include "lib/text.h"

#define LOOK_EVERY	(10 * NSEC_SEC)		/* at clients without an IKE SA */

struct ezclient {
	TAILQ_ENTRY(ezclient)	 next;		/* in the order in which they came */
	uint64_t		 handle;	/* IKE SA; 0 = gone */
	struct ike_path		 path;
	char			 group[EZ_NAME_MAX], user[IKE_XAUTH_USER_MAX];
	bool			 in;		/* XAUTH is through, or not asked for */
	bool			 up;		/* told that it is connected */
	struct addr		 assigned;
};

struct ezserver {
	struct router		*r;
	TAILQ_HEAD(, ezclient)	 clients;
	struct ippool		*pool;
	struct timer		 look;
};

static void on_look(void *arg);

struct ezserver *
ezserver_new(struct router *r)
{
	struct ezserver *s = xcalloc(1, sizeof(*s));

	s->r = r;
	TAILQ_INIT(&s->clients);
	s->pool = ippool_new();
	timer_init(&s->look, r->clock, on_look, s);
	return s;
}

static void
client_free(struct ezserver *s, struct ezclient *c)
{
	TAILQ_REMOVE(&s->clients, c, next);
	if (c->assigned.af != ADDR_NONE)
		ippool_give(s->pool, c->assigned.v4);
	free(c);
}

void
ezserver_free(struct ezserver *s)
{
	if (s == NULL)
		return;
	timer_stop(&s->look);
	while (!TAILQ_EMPTY(&s->clients))
		client_free(s, TAILQ_FIRST(&s->clients));
	ippool_free(s->pool);
	free(s);
}

/* --- Who is served, and how --- */

static bool
says_something(const struct cfg_ezclients *c)
{
	return c->authentication != NULL || c->authorization != NULL || c->respond || c->initiate;
}

const struct cfg_ezclients *
ezserver_clients(const struct router *r, const struct ike_path *path, const struct cfg_isakmp_profile *p)
{
	const struct rif *i = path->local.af == ADDR_V4 ? ifnet_by_addr(r, path->local.v4) : NULL;
	const struct cfg_if *c = i == NULL ? NULL : config_if(r->cfg, i->name, false);
	const struct cfg_ezmap *m;

	if (p != NULL)
		return says_something(&p->clients) ? &p->clients : NULL;
	if (c == NULL || c->crypto_map == NULL || (m = config_ezmap(r->cfg, c->crypto_map, false)) == NULL)
		return NULL;
	return &m->c;
}

/* `access-restrict`: by these interfaces only. */
static bool
may_enter_here(const struct router *r, const struct cfg_ezgroup *g, const struct ike_path *path)
{
	const struct rif *i = ifnet_by_addr(r, path->local.v4);

	for (size_t k = 0; k < g->restrict_if.n; k++)
		if (i != NULL && strcmp(g->restrict_if.v[k], i->name) == 0)
			return true;
	return g->restrict_if.n == 0;
}

static bool
logs(const struct router *r, const char *group)
{
	const struct cfg_ez *e = &r->cfg->ez;

	return e->logging && (e->logging_group == NULL || strcmp(e->logging_group, group) == 0);
}

static void
say_status(struct router *r, const struct ike_path *path, const char *what, const char *user, const char *group)
{
	char client[ADDR_STRLEN], server[ADDR_STRLEN];

	if (logs(r, group))
		log_syslog(r, "CRYPTO", 6, "VPN_TUNNEL_STATUS",
		    "(Server)  %s  User=%s  Group=%s  Client_public_addr=%s  Server_public_addr=%s", what, user, group,
		    addr_fmt(&path->remote, client), addr_fmt(&path->local, server));
}

static const struct cfg_ezgroup *
group_for(struct router *r, const struct ike_path *path, const struct cfg_ezclients *c, const char *name)
{
	const struct cfg_ezgroup *g = config_ezgroup(r->cfg, name, false);

	if (c == NULL || c->authorization == NULL || !aaa_authorizes(r->cfg, c->authorization))
		return NULL;
	if (g == NULL) {
		if (logs(r, name))
			log_syslog(r, "CRYPTO", 6, "VPN_TUNNEL_STATUS", "Group: %s does not exist", name);
		return NULL;
	}
	if (!may_enter_here(r, g, path)) {
		say_status(r, path, "Remote group access restricted", "", name);
		return NULL;
	}
	return g;
}

void
ezserver_peer(struct router *r, const struct ike_path *path, const struct cfg_isakmp_profile *p, const struct ike_id *id,
    bool no_xauth, struct ike_peer_config *out)
{
	const struct cfg_ezclients *c = ezserver_clients(r, path, p);
	const struct cfg_ezgroup *g = NULL;

	if (c == NULL)
		return;
	if (id != NULL && id->type == IKE_ID_KEY_ID && (g = group_for(r, path, c, id->name)) != NULL && g->key != NULL) {
		snprintf(out->group, sizeof(out->group), "%s", g->name);
		out->have_key = true;
		out->psk_len = strlen(g->key) < sizeof(out->psk) ? strlen(g->key) : sizeof(out->psk);
		memcpy(out->psk, g->key, out->psk_len);
	}
	if (c->authentication != NULL && !no_xauth)
		out->xauth = IKE_XAUTH_SERVER;
	if (g != NULL && (c->respond || c->initiate)) {
		out->cfg_role = c->initiate && !c->respond ? IKE_CFG_PUSH : IKE_CFG_GIVE;
		out->unity = true;
	}
}

/* --- Clients --- */

static struct ezclient *
client_find(const struct ezserver *s, uint64_t handle)
{
	struct ezclient *c;

	TAILQ_FOREACH(c, &s->clients, next)
		if (c->handle == handle && handle != 0)
			break;
	return c;
}

/* The one that was here before from the same place, by the same name. */
static struct ezclient *
client_again(const struct ezserver *s, const struct ike_sa_info *sa, const char *user)
{
	struct ezclient *c;

	TAILQ_FOREACH(c, &s->clients, next)
		if (c->handle != sa->handle && c->in && addr_eq(&c->path.remote, &sa->path.remote) &&
		    c->path.remote_port == sa->path.remote_port && strcmp(c->group, sa->group) == 0 && strcmp(c->user, user) == 0)
			break;
	return c;
}

static struct ezclient *
client_get(struct ezserver *s, const struct ike_sa_info *sa)
{
	struct ezclient *c = client_find(s, sa->handle);

	if (c != NULL)
		return c;
	c = xcalloc(1, sizeof(*c));
	c->handle = sa->handle;
	c->path = sa->path;
	snprintf(c->group, sizeof(c->group), "%s", sa->group);
	TAILQ_INSERT_TAIL(&s->clients, c, next);
	return c;
}

static unsigned
count_in(const struct ezserver *s, const char *group, const char *user, const struct ezclient *but)
{
	const struct ezclient *c;
	unsigned n = 0;

	TAILQ_FOREACH(c, &s->clients, next)
		n += c != but && c->in && strcmp(c->group, group) == 0 && (user == NULL || strcmp(c->user, user) == 0);
	return n;
}

/* "user@group", also with / \ and %: cuts the name, and gives the group; NULL = none was named. */
static const char *
group_cut(char *user)
{
	char *at = NULL;

	for (char *p = user; *p != '\0'; p++)
		if (strchr("@/\\%", *p) != NULL)
			at = p;
	if (at == NULL)
		return NULL;
	*at = '\0';
	return at + 1;
}

static bool
within_limits(const struct ezserver *s, const struct cfg_ezgroup *g, const char *user, const struct ezclient *again)
{
	if (g->max_users != 0 && count_in(s, g->name, NULL, again) >= g->max_users)
		return false;
	return g->max_logins == 0 || count_in(s, g->name, user, again) < g->max_logins;
}

static bool
may_in(struct router *r, const struct ike_sa_info *sa, const struct ike_credentials *cr, char user[IKE_XAUTH_USER_MAX])
{
	const struct cfg_isakmp_profile *p = sa->profile[0] == '\0' ? NULL : config_isakmp_profile(r->cfg, sa->profile, false);
	const struct cfg_ezclients *c = ezserver_clients(r, &sa->path, p);
	const struct cfg_ezgroup *g = sa->group[0] == '\0' ? NULL : config_ezgroup(r->cfg, sa->group, false);
	const char *named;

	snprintf(user, IKE_XAUTH_USER_MAX, "%s", cr->user);
	if (c == NULL || c->authentication == NULL || (sa->group[0] != '\0' && g == NULL))
		return false;
	if (g != NULL && g->group_lock && ((named = group_cut(user)) == NULL || strcmp(named, g->name) != 0))
		return false;
	if (!aaa_login(r->cfg, c->authentication, user, cr->password))
		return false;
	return g == NULL || within_limits(r->ezserver, g, user, client_again(r->ezserver, sa, user));
}

enum ike_answer
ezserver_check(struct router *r, const struct ike_sa_info *sa, const struct ike_credentials *cr)
{
	struct ezclient *c = client_get(r->ezserver, sa);
	bool ok = may_in(r, sa, cr, c->user);

	if (!ok)
		say_status(r, &sa->path, "Authentication REJECTED", c->user, c->group);
	return ok ? IKE_YES : IKE_NO;
}

/* What the client had when it was here before goes over to it. */
static void
client_enter(struct ezserver *s, struct ezclient *c, const struct ike_sa_info *sa)
{
	struct ezclient *before = client_again(s, sa, c->user);

	c->in = true;
	if (before == NULL)
		return;
	c->assigned = before->assigned;
	c->up = before->up;
	before->assigned = (struct addr){ 0 };
	client_free(s, before);
}

void
ezserver_xauth_done(struct router *r, const struct ike_sa_info *sa, bool ok)
{
	struct ezclient *c = client_find(r->ezserver, sa->handle);

	if (c == NULL || !ok)
		return;
	client_enter(r->ezserver, c, sa);
	say_status(r, &sa->path, "Authentication PASSED", c->user, c->group);
}

/* --- What it is given --- */

/* The networks of a list's permits, by their sources. */
static void
networks_of(const struct router *r, const char *list, struct ike_modecfg *out)
{
	const struct cfg_acl *l = config_acl(r->cfg, list);
	struct dp_ace *aces = NULL;
	size_t n = l == NULL ? 0 : acl_entries(l, &aces);

	for (size_t i = 0; i < n && out->ninclude < IKE_CFG_NETS_MAX; i++) {
		if (!aces[i].permit || ip4_mask_len(aces[i].src_mask) <= 0)
			continue;
		out->include[out->ninclude++] = (struct ike_cfg_net) {
		    .net = addr_v4(aces[i].src), .prefix_len = (uint8_t)ip4_mask_len(aces[i].src_mask)};
	}
	free(aces);
	if (out->ninclude > 0)
		out->has |= IKE_CFG_SPLIT_INCLUDE;
}

static size_t
addrs_give(const uint32_t from[2], struct addr to[IKE_CFG_DNS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < 2; i++)
		if (from[i] != 0)
			to[n++] = addr_v4(from[i]);
	return n;
}

static void
lists_give(const struct cfg_ezgroup *g, struct ike_modecfg *out)
{
	for (size_t i = 0; i < g->split_dns.n && out->nsplit_dns < IKE_CFG_DOMAINS_MAX; i++)
		snprintf(out->split_dns[out->nsplit_dns++], IKE_CFG_NAME_MAX, "%s", g->split_dns.v[i]);
	for (size_t i = 0; i < g->backup.n && out->nbackup < IKE_CFG_BACKUPS_MAX; i++)
		snprintf(out->backup[out->nbackup++], IKE_CFG_NAME_MAX, "%s", g->backup.v[i]);
	if (out->nsplit_dns > 0)
		out->has |= IKE_CFG_SPLIT_DNS;
	if (out->nbackup > 0)
		out->has |= IKE_CFG_BACKUP;
}

static void
texts_give(const struct cfg_ezgroup *g, struct ike_modecfg *out)
{
	if (g->domain != NULL) {
		snprintf(out->domain, sizeof(out->domain), "%s", g->domain);
		out->has |= IKE_CFG_DOMAIN;
	}
	if (g->banner != NULL) {
		snprintf(out->banner, sizeof(out->banner), "%s", g->banner);
		out->has |= IKE_CFG_BANNER;
	}
}

static void
group_give(const struct router *r, const struct cfg_ezgroup *g, struct ike_modecfg *out)
{
	out->ndns = addrs_give(g->dns, out->dns);
	out->nwins = addrs_give(g->wins, out->wins);
	out->has |= IKE_CFG_SAVE_PASSWORD | (out->ndns > 0 ? IKE_CFG_DNS : 0) | (out->nwins > 0 ? IKE_CFG_WINS : 0);
	out->save_password = g->save_password;
	texts_give(g, out);
	lists_give(g, out);
	if (g->acl != NULL)
		networks_of(r, g->acl, out);
	if (g->local_lan)
		out->has |= IKE_CFG_LOCAL_LAN;
	if (g->pfs) {
		out->pfs_group = 2;
		out->has |= IKE_CFG_PFS;
	}
}

/* An address for the client, from the group's pool or that for all; false: there is none to be had. */
static bool
address_give(struct router *r, const struct cfg_ezgroup *g, struct ezclient *c, struct ike_modecfg *out)
{
	const char *name = g->pool != NULL ? g->pool : r->cfg->ez.address_pool;
	const struct cfg_pool *p = name == NULL ? NULL : config_pool(r->cfg, name, false);
	uint32_t addr;

	if (c->assigned.af == ADDR_NONE) {
		if (p == NULL || (addr = ippool_take(r->ezserver->pool, p)) == 0)
			return false;
		c->assigned = addr_v4(addr);
	}
	out->address = c->assigned;
	out->mask_len = g->netmask != 0 ? (uint8_t)ip4_mask_len(g->netmask) : 32;
	out->has |= IKE_CFG_ADDRESS | IKE_CFG_NETMASK;
	return true;
}

bool
ezserver_give(struct router *r, const struct ike_sa_info *sa, const struct ike_modecfg *asked, struct ike_modecfg *out)
{
	const struct cfg_ezgroup *g = sa->group[0] == '\0' ? NULL : config_ezgroup(r->cfg, sa->group, false);
	struct ezclient *c;
	bool address = asked == NULL || asked->has == 0 || (asked->has & IKE_CFG_ADDRESS) != 0;

	*out = (struct ike_modecfg){ 0 };
	if (g == NULL)
		return false;
	c = client_get(r->ezserver, sa);
	if (!c->in) {
		if (!within_limits(r->ezserver, g, c->user, NULL))
			return false;
		client_enter(r->ezserver, c, sa);
	}
	if (address && !address_give(r, g, c, out)) {
		say_status(r, &sa->path, "No address is left in the pool", c->user, c->group);
		return false;
	}
	group_give(r, g, out);
	return true;
}

/* --- Coming and going --- */

static void
say_connection(struct router *r, const struct ezclient *c, bool up)
{
	char client[ADDR_STRLEN], server[ADDR_STRLEN], own[ADDR_STRLEN] = "";
	bool address = c->assigned.af != ADDR_NONE;

	if (!logs(r, c->group))
		return;
	log_syslog(r, "CRYPTO", 6, up ? "EZVPN_CONNECTION_UP" : "EZVPN_CONNECTION_DOWN",
	    "(Server)  Mode=%s  Client_type=UNKNOWN  User=%s  Group=%s  Client_public_addr=%s  Server_public_addr=%s%s%s",
	    address ? "CLIENT_OR_NEM_PLUS" : "NEM", c->user, c->group, addr_fmt(&c->path.remote, client),
	    addr_fmt(&c->path.local, server), address ? "  Assigned_client_addr=" : "", address ? addr_fmt(&c->assigned, own) : "");
}

/* Has it IPsec SAs still? */
static bool
has_sas(const struct router *r, const struct ezclient *c)
{
	const struct crypto_peer *p = crypto_peer_find(r, &c->path.local, &c->path.remote);
	const struct flow *f;

	for (f = crypto_peer_flow(p); f != NULL; f = TAILQ_NEXT(f, peer_next))
		if (!TAILQ_EMPTY(&f->pairs) && (c->assigned.af == ADDR_NONE || f->remote_id.type != IKE_ID_IPV4_ADDR ||
		    addr_eq(&f->remote_id.addr, &c->assigned)))
			return true;
	return false;
}

static void
leave(struct ezserver *s, struct ezclient *c)
{
	if (c->up)
		say_connection(s->r, c, false);
	client_free(s, c);
}

/* Those whose IKE SA has gone stay while they have IPsec SAs. */
static void
on_look(void *arg)
{
	struct ezserver *s = arg;
	struct ezclient *c, *next;
	bool wait = false;

	for (c = TAILQ_FIRST(&s->clients); c != NULL; c = next) {
		next = TAILQ_NEXT(c, next);
		if (c->handle != 0)
			continue;
		if (!has_sas(s->r, c))
			leave(s, c);
		else
			wait = true;
	}
	if (wait)
		timer_in(&s->look, LOOK_EVERY);
}

/* The SAs that go with it go in a moment: it is looked at after that. */
void
ezserver_sa_down(struct router *r, const struct ike_sa_info *sa)
{
	struct ezclient *c = client_find(r->ezserver, sa->handle);

	if (c == NULL)
		return;
	c->handle = 0;
	if (!c->in)
		client_free(r->ezserver, c);
	else
		timer_in(&r->ezserver->look, 2 * SESSION_SETTLE);
}

void
ezserver_session(struct router *r, const struct crypto_peer *p, bool up)
{
	struct ezclient *c, *next;

	if (r->ezserver == NULL)
		return;
	for (c = TAILQ_FIRST(&r->ezserver->clients); c != NULL; c = next) {
		next = TAILQ_NEXT(c, next);
		if (!c->in || !addr_eq(&c->path.remote, &p->path.remote) || !addr_eq(&c->path.local, &p->path.local))
			continue;
		if (up != c->up)
			say_connection(r, c, up);
		c->up = up;
		if (!up && c->handle == 0)
			client_free(r->ezserver, c);
	}
}

void
ezserver_moved(struct router *r, const struct ike_path *path, const struct ike_path *old)
{
	struct ezclient *c;

	if (r->ezserver == NULL)
		return;
	TAILQ_FOREACH(c, &r->ezserver->clients, next) {
		if (!addr_eq(&c->path.remote, &old->remote) || c->path.remote_port != old->remote_port)
			continue;
		c->path.remote = path->remote;
		c->path.remote_port = path->remote_port;
	}
}

/* --- For show and clear --- */

void
router_ezclient_each(struct router *r, void (*fn)(void *arg, const struct ezclient_info *i), void *arg)
{
	const struct ezclient *c;

	if (r->ezserver == NULL)
		return;
	TAILQ_FOREACH(c, &r->ezserver->clients, next) {
		const struct ezclient_info i = { c->path, c->user, c->group, c->assigned };

		if (c->in)
			fn(arg, &i);
	}
}

bool
router_clear_user(struct router *r, const char *user)
{
	struct ezclient *c;
	struct ike_ends *ends = NULL;
	size_t n = 0;

	TAILQ_FOREACH(c, &r->ezserver->clients, next)
		if (c->in && strcmp(c->user, user) == 0) {
			ends = xrealloc(ends, (n + 1) * sizeof(*ends));
			ends[n++] = (struct ike_ends){ c->path.local, c->path.remote, c->path.local_port, c->path.remote_port };
		}
	for (size_t i = 0; i < n; i++)
		router_clear_session(r, &ends[i]);
	free(ends);
	return n > 0;
}

void
router_pool_each(struct router *r, void (*fn)(void *arg, const struct pool_info *i), void *arg)
{
	const struct cfg_pool *p;

	TAILQ_FOREACH(p, &r->cfg->ez.pools, next)
		for (size_t k = 0; k < p->n; k++) {
			struct pool_info i = { .name = p->name, .lo = p->v[k].lo, .hi = p->v[k].hi, .size = (size_t)(p->v[k].hi - p->v[k].lo) + 1 };

			for (size_t n = 0; n < i.size; n++)
				i.used += ippool_used(r->ezserver->pool, i.lo + (uint32_t)n);
			fn(arg, &i);
		}
}

bool
router_pool_used(const struct router *r, uint32_t addr)
{
	return ippool_used(r->ezserver->pool, addr);
}
