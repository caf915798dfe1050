/*
 * EzVPN connections of a client, and their states.  IKE, flows and persons tell of events; whatever takes
 * flows or IKE SAs away is done a moment later, on a timer, when who told is done.  A connection has one server
 * at a time: where that can't be reached, or is dead, the next one is tried, around and around.
 */

#include "engine/ezvpn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/ezvpn_int.h"
#include "engine/log.h"
#include "lib/mem.h"
#include "lib/text.h"

#define RETRY_NS	(10 * NSEC_SEC)		/* after an attempt that failed */
#define KEY_SUM		17			/* of hex digits: tells one key from another, not what it is */

static const char *const state_names[] = {
#define EZ_STATE(id)	[EZS_##id] = #id,
#include "engine/ezvpn.def"
#undef EZ_STATE
};
static const char *const event_names[] = {
#define EZ_EVENT(id)	[EZE_##id] = #id,
#include "engine/ezvpn.def"
#undef EZ_EVENT
};

const char *
ez_state_name(enum ez_state s)
{
	return state_names[s];
}

const char *
ez_event_name(enum ez_event e)
{
	return event_names[e];
}

const struct cfg_ezvpn *
ezvpn_cfg(const struct ezvpn *e)
{
	return config_ezvpn(e->r->cfg, e->name, false);
}

/* --- Saying --- */

static bool
debugs(const struct ezvpn *e)
{
	return e->r->debug.ezvpn && debug_passes(e->r, &e->path.remote, 0);
}

static void
move_to(struct ezvpn *e, enum ez_event event, enum ez_state to)
{
	if (debugs(e)) {
		log_debug(e->r, "EZVPN(%s): Current State: %s", e->name, ez_state_name(e->state));
		log_debug(e->r, "EZVPN(%s): Event: %s", e->name, ez_event_name(event));
		if (to == e->state)
			log_debug(e->r, "EZVPN(%s): No state change", e->name);
		else
			log_debug(e->r, "EZVPN(%s): New State: %s", e->name, ez_state_name(to));
	}
	e->event = event;
	e->any_event = true;
	e->state = to;
}

static void
say_connection(struct ezvpn *e, bool up)
{
	char own[ADDR_STRLEN], server[ADDR_STRLEN], assigned[ADDR_STRLEN] = "";
	bool address = e->got != NULL && e->got->has & IKE_CFG_ADDRESS;

	if (up == e->announced)
		return;
	e->announced = up;
	log_syslog(e->r, "CRYPTO", 6, up ? "EZVPN_CONNECTION_UP" : "EZVPN_CONNECTION_DOWN",
	    "(Client)  User=%s  Group=%s  Client_public_addr=%s  Server_public_addr=%s%s%s", e->user, e->group,
	    addr_fmt(&e->path.local, own), addr_fmt(&e->path.remote, server),
	    up && address ? "  Assigned_client_addr=" : "", up && address ? addr_fmt(&e->got->address, assigned) : "");
}

/* --- Making and freeing --- */

struct ezvpns *
ezvpns_new(struct router *r)
{
	struct ezvpns *s = xcalloc(1, sizeof(*s));

	s->r = r;
	TAILQ_INIT(&s->list);
	return s;
}

/* Its flows are gone, or go with the key engine. */
static void
ezvpn_free(struct ezvpns *s, struct ezvpn *e)
{
	timer_stop(&e->tick);
	TAILQ_REMOVE(&s->list, e, next);
	cfg_list_del(&e->backups, NULL);
	free(e->flows);
	free(e->policies);
	free(e->got);
	free(e->shape);
	free(e);
}

void
ezvpns_free(struct ezvpns *s)
{
	if (s == NULL)
		return;
	while (!TAILQ_EMPTY(&s->list))
		ezvpn_free(s, TAILQ_FIRST(&s->list));
	free(s);
}

static struct ezvpn *
find(const struct router *r, const char *name)
{
	struct ezvpn *e;

	TAILQ_FOREACH(e, &r->ezvpns->list, next)
		if (strcmp(e->name, name) == 0)
			break;
	return e;
}

static struct ezvpn *
by_path(const struct router *r, const struct ike_path *path)
{
	struct ezvpn *e;

	if (r->ezvpns == NULL)
		return NULL;
	TAILQ_FOREACH(e, &r->ezvpns->list, next)
		if (e->path.remote.af != ADDR_NONE && addr_eq(&e->path.remote, &path->remote) && addr_eq(&e->path.local, &path->local))
			break;
	return e;
}

static const struct cfg_if *
outside_if(const struct config *c, const char *name)
{
	const struct cfg_if *i;

	TAILQ_FOREACH(i, &c->ifs, next)
		if (str_eq(i->ezvpn_outside, name))
			return i;
	return NULL;
}

static void
shape_ifs(const struct config *c, const char *name, struct text *t)
{
	const struct cfg_if *i;

	TAILQ_FOREACH(i, &c->ifs, next) {
		if (str_eq(i->ezvpn_outside, name))
			text_printf(t, "out %s %08x %d;", i->name, i->ip.addr, i->shutdown);
		if (cfg_names_has(&i->ezvpn_inside, name))
			text_printf(t, "in %s %08x/%08x;", i->name, i->ip.addr, i->ip.mask);
	}
}

static void
shape_secret(const char *secret, struct text *t)
{
	const struct iov v = { secret, secret == NULL ? 0 : strlen(secret) };
	uint8_t sum[HASH_MAX];
	char hex[KEY_SUM];

	hash_iov(HASH_SHA256, &v, 1, sum);
	hex_fmt(sum, (KEY_SUM - 1) / 2, hex);
	text_printf(t, "%s;", secret == NULL ? "-" : hex);
}

/* All of the configuration that makes a connection what it is, as text. */
static char *
shape_of(const struct config *c, const struct cfg_ezvpn *v)
{
	struct text t = { 0 };

	text_printf(&t, "%d %d %u %s;", (int)v->mode, (int)v->connect, v->idle_s, v->connect_acl == NULL ? "" : v->connect_acl);
	text_printf(&t, "%s;%s;", v->group == NULL ? "" : v->group, v->acl == NULL ? "" : v->acl);
	for (size_t i = 0; i < v->peers.n; i++)
		text_printf(&t, "%s,", v->peers.v[i]);
	shape_secret(v->key, &t);
	shape_secret(v->user, &t);
	shape_secret(v->password, &t);
	shape_ifs(c, v->name, &t);
	return text_take(&t);
}

/* --- Servers --- */

static size_t
npeers(const struct ezvpn *e)
{
	const struct cfg_ezvpn *v = ezvpn_cfg(e);

	return v == NULL ? 0 : v->peers.n + e->backups.n;
}

static struct addr
peer_at(const struct ezvpn *e, size_t i)
{
	const struct cfg_ezvpn *v = ezvpn_cfg(e);
	struct addr a = { 0 };

	if (i < npeers(e))
		addr_parse(i < v->peers.n ? v->peers.v[i] : e->backups.v[i - v->peers.n], &a);
	return a;
}

static void
peer_first(struct ezvpn *e)
{
	const struct cfg_ezvpn *v = ezvpn_cfg(e);

	for (size_t i = 0; v != NULL && v->dflt != NULL && i < v->peers.n; i++)
		if (strcmp(v->peers.v[i], v->dflt) == 0)
			e->at = i;
}

static void
peer_next(struct ezvpn *e)
{
	size_t n = npeers(e);

	if (n > 0)
		e->at = (e->at + 1) % n;
}

static void
path_set(struct ezvpn *e)
{
	const struct cfg_if *i = outside_if(e->r->cfg, e->name);

	e->path = isakmp_path(addr_v4(i == NULL ? 0 : i->ip.addr), peer_at(e, e->at));
}

/* --- Doing --- */

static void
later(struct ezvpn *e, int what, int64_t in)
{
	e->todo = what;
	timer_in(&e->tick, in);
}

static bool
complete(const struct ezvpn *e)
{
	const struct cfg_ezvpn *v = ezvpn_cfg(e);

	return v != NULL && v->group != NULL && v->key != NULL && v->peers.n > 0 && e->outside[0] != '\0' &&
	       !e->r->cfg->isakmp_disabled;
}

static bool
way_out(const struct ezvpn *e)
{
	const struct rif *i = ifnet_find(e->r, e->outside);
	unsigned dp_if;
	uint32_t via;

	return i != NULL && i->line_up && i->ip.addr != 0 && e->path.remote.af == ADDR_V4 &&
	       dp_route_lookup(e->r->dp, e->path.remote.v4, &via, &dp_if);
}

static void
connect_now(struct ezvpn *e, enum ez_event why)
{
	move_to(e, why, EZS_READY);
	ezvpn_trap_set(e, false);
	e->rested = false;
	e->begun = true;
	if (debugs(e)) {
		char peer[ADDR_STRLEN];

		log_debug(e->r, "EZVPN(%s): New active peer is %s", e->name, addr_fmt(&e->path.remote, peer));
	}
	if (!ike_begin(e->r->ike, &e->path, "") && e->state == EZS_READY && !timer_armed(&e->tick))
		later(e, EZ_DO_RESET, RETRY_NS);
}

static bool
starts_itself(const struct ezvpn *e)
{
	const struct cfg_ezvpn *v = ezvpn_cfg(e);

	return v != NULL && (e->wanted || (v->connect == EZ_AUTO && !e->rested));
}

/* Where it stands while it isn't connected. */
static void
look(struct ezvpn *e)
{
	if (e->state > EZS_CONNECT_REQUIRED)
		return;
	if (!complete(e))
		return;
	if (e->state == EZS_IDLE)
		move_to(e, EZE_VALID_CONFIG_ENTERED, EZS_VALID_CFG);
	path_set(e);
	if (!way_out(e)) {
		if (e->state == EZS_CONNECT_REQUIRED)
			move_to(e, EZE_TUNNEL_INTERFACE_DOWN, EZS_VALID_CFG);
		return;
	}
	if (e->state == EZS_VALID_CFG)
		move_to(e, EZE_TUNNEL_INTERFACE_UP, EZS_CONNECT_REQUIRED);
	if (starts_itself(e))
		connect_now(e, EZE_CONNECT);
	else
		ezvpn_trap_set(e, true);
}

/* Everything of the connection goes; the server is told while there is who can. */
static void
close_all(struct ezvpn *e)
{
	say_connection(e, false);
	ezvpn_net_close(e);
	if (e->begun) {
		e->begun = false;
		ike_clear_between(e->r->ike, &(struct ike_ends){ .local = e->path.local, .remote = e->path.remote });
	}
	e->handle = 0;
	free(e->got);
	e->got = NULL;
}

static void
reset(struct ezvpn *e, bool next)
{
	if (e->state > EZS_CONNECT_REQUIRED)
		move_to(e, EZE_RESET, EZS_CONNECT_REQUIRED);
	if (e->net_up)
		e->wanted = false;	/* it was had: to have it again somebody must ask again */
	close_all(e);
	if (next)
		peer_next(e);
	path_set(e);
	look(e);
}

static void
on_tick(void *arg)
{
	struct ezvpn *e = arg;

	switch (e->todo) {
	case EZ_DO_LOOK:
		look(e);
		break;
	case EZ_DO_OPEN:
		if (e->state == EZS_SS_OPEN)
			ezvpn_net_open(e);
		break;
	case EZ_DO_RESET:
		reset(e, false);
		break;
	case EZ_DO_NEXT:
		reset(e, true);
		break;
	}
}

/* --- Configuration --- */

static void
drop(struct ezvpns *s, struct ezvpn *e)
{
	close_all(e);
	ezvpn_trap_set(e, false);
	ezvpn_free(s, e);
}

void
ezvpns_drop_stale(struct router *r)
{
	struct ezvpn *e, *next;

	for (e = TAILQ_FIRST(&r->ezvpns->list); e != NULL; e = next) {
		const struct cfg_ezvpn *v = ezvpn_cfg(e);
		char *shape = v == NULL ? NULL : shape_of(r->cfg, v);

		next = TAILQ_NEXT(e, next);
		if (!str_eq(shape, e->shape))
			drop(r->ezvpns, e);
		free(shape);
	}
}

static void
make(struct router *r, const struct cfg_ezvpn *v)
{
	struct ezvpn *e = xcalloc(1, sizeof(*e));
	const struct cfg_if *out = outside_if(r->cfg, v->name);

	e->r = r;
	snprintf(e->name, sizeof(e->name), "%s", v->name);
	snprintf(e->group, sizeof(e->group), "%s", v->group == NULL ? "" : v->group);
	if (out != NULL)
		memcpy(e->outside, out->name, sizeof(e->outside));
	e->shape = shape_of(r->cfg, v);
	timer_init(&e->tick, r->clock, on_tick, e);
	TAILQ_INSERT_TAIL(&r->ezvpns->list, e, next);
	peer_first(e);
	path_set(e);
}

void
ezvpns_apply(struct router *r)
{
	const struct cfg_ezvpn *v;
	struct ezvpn *e;

	TAILQ_FOREACH(v, &r->cfg->ez.clients, next)
		if (find(r, v->name) == NULL)
			make(r, v);
	TAILQ_FOREACH(e, &r->ezvpns->list, next)
		if (e->state <= EZS_CONNECT_REQUIRED && !timer_armed(&e->tick))
			later(e, EZ_DO_LOOK, 0);
}

void
ezvpns_net_changed(struct router *r)
{
	struct ezvpn *e;

	if (r->ezvpns == NULL)
		return;
	TAILQ_FOREACH(e, &r->ezvpns->list, next) {
		if (e->state <= EZS_CONNECT_REQUIRED) {
			if (!timer_armed(&e->tick))
				later(e, EZ_DO_LOOK, 0);
		} else if (!way_out(e)) {
			move_to(e, EZE_TUNNEL_INTERFACE_DOWN, e->state);
			later(e, EZ_DO_RESET, 0);
		}
	}
}

bool
ezvpns_wanted(const struct router *r)
{
	const struct cfg_if *i;

	TAILQ_FOREACH(i, &r->cfg->ifs, next)
		if (i->ezvpn_outside != NULL && !i->shutdown)
			return true;
	return false;
}

/* --- What IKE asks and tells --- */

bool
ezvpn_peer(struct router *r, const struct ike_path *path, struct ike_peer_config *out)
{
	const struct ezvpn *e = by_path(r, path);
	const struct cfg_ezvpn *v = e == NULL ? NULL : ezvpn_cfg(e);

	if (v == NULL || v->group == NULL || v->key == NULL)
		return false;
	out->have_key = true;
	out->psk_len = strlen(v->key) < sizeof(out->psk) ? strlen(v->key) : sizeof(out->psk);
	memcpy(out->psk, v->key, out->psk_len);
	snprintf(out->group, sizeof(out->group), "%s", v->group);
	out->self_id = (struct ike_id){ .type = IKE_ID_KEY_ID, .protocol = 17, .port = IKE_PORT };
	snprintf(out->self_id.name, sizeof(out->self_id.name), "%s", v->group);
	out->profile[0] = '\0';
	out->aggressive = out->unity = true;
	out->xauth = IKE_XAUTH_CLIENT;
	out->cfg_role = IKE_CFG_PULL;
	return true;
}

void
ezvpn_sa_up(struct router *r, const struct ike_sa_info *sa)
{
	struct ezvpn *e = by_path(r, &sa->path);

	if (e == NULL || !e->begun)
		return;
	e->handle = sa->handle;
	move_to(e, EZE_CONN_UP, e->state);
}

static bool
knows_answer(const struct ezvpn *e, const struct cfg_ezvpn *v, unsigned attempt)
{
	return v->user != NULL && v->password != NULL && attempt <= 1 && !e->ask_person &&
	       !(v->userid_set && !v->local_userid);
}

static void
prompt(struct ezvpn *e)
{
	move_to(e, EZE_XAUTH_PROMPTING, EZS_XAUTH_PROMPT);
	log_debug(e->r, "EZVPN(%s): Pending XAuth Request, Please enter the following command:", e->name);
	log_debug(e->r, "EZVPN: crypto ipsec client ezvpn xauth %s", e->name);
}

enum ike_answer
ezvpn_ask(struct router *r, const struct ike_sa_info *sa, const struct ike_xauth_ask *ask, struct ike_credentials *out)
{
	struct ezvpn *e = by_path(r, &sa->path);
	const struct cfg_ezvpn *v = e == NULL ? NULL : ezvpn_cfg(e);

	if (v == NULL)
		return IKE_NO;
	e->handle = sa->handle;
	move_to(e, EZE_XAUTH_REQUEST, EZS_XAUTH_REQ);
	if (knows_answer(e, v, ask->attempt)) {
		snprintf(out->user, sizeof(out->user), "%s", v->user);
		snprintf(out->password, sizeof(out->password), "%s", v->password);
		move_to(e, EZE_XAUTH_REQ_INFO_READY, EZS_XAUTH_REPLIED);
		return IKE_YES;
	}
	if (v->local_userid && !e->ask_person)
		return IKE_NO;		/* it has no other answer */
	prompt(e);
	return IKE_LATER;
}

bool
ezvpn_xauth_done(struct router *r, const struct ike_sa_info *sa, bool ok)
{
	struct ezvpn *e = by_path(r, &sa->path);

	if (e == NULL || e->handle != sa->handle)
		return false;
	if (ok)
		snprintf(e->user, sizeof(e->user), "%s", sa->xauth_user);
	move_to(e, EZE_XAUTH_STATUS, ok ? EZS_READY : e->state);
	return true;
}

void
ezvpn_want(struct router *r, const struct ike_sa_info *sa, struct ike_modecfg *out)
{
	const struct ezvpn *e = by_path(r, &sa->path);
	const struct cfg_ezvpn *v = e == NULL ? NULL : ezvpn_cfg(e);

	out->has = IKE_CFG_DNS | IKE_CFG_WINS | IKE_CFG_SPLIT_INCLUDE | IKE_CFG_SPLIT_DNS | IKE_CFG_DOMAIN | IKE_CFG_SAVE_PASSWORD |
	    IKE_CFG_BACKUP | IKE_CFG_PFS | IKE_CFG_BANNER | IKE_CFG_LOCAL_LAN;
	if (v != NULL && v->mode != EZ_NETWORK_EXTENSION)
		out->has |= IKE_CFG_ADDRESS | IKE_CFG_NETMASK;
}

static void
debug_got(const struct ezvpn *e)
{
	char a[ADDR_STRLEN];

	if (!debugs(e))
		return;
	log_debug(e->r, "EZVPN: Attributes sent in message:");
	if (e->got->has & IKE_CFG_ADDRESS)
		log_debug(e->r, "        Address: %s", addr_fmt(&e->got->address, a));
	if (e->got->ndns > 0)
		log_debug(e->r, "        DNS Primary: %s", addr_fmt(&e->got->dns[0], a));
	for (size_t i = 0; i < e->got->ninclude; i++)
		log_debug(e->r, "        Split Tunnel List: %zu, Address: %s/%u", i + 1, addr_fmt(&e->got->include[i].net, a),
		    e->got->include[i].prefix_len);
}

static void
backups_keep(struct ezvpn *e)
{
	struct addr a;

	cfg_list_del(&e->backups, NULL);
	for (size_t i = 0; i < e->got->nbackup; i++)
		if (addr_parse(e->got->backup[i], &a) && a.af == ADDR_V4 && !cfg_list_add(&e->backups, e->got->backup[i]))
			break;
}

static bool
same_nets(const struct ike_cfg_net *a, size_t na, const struct ike_cfg_net *b, size_t nb)
{
	if (na != nb)
		return false;
	for (size_t i = 0; i < na; i++)
		if (!addr_eq(&a[i].net, &b[i].net) || a[i].prefix_len != b[i].prefix_len)
			return false;
	return true;
}

/* Is what was set up for the one right for the other? */
static bool
same_networks(const struct ike_modecfg *a, const struct ike_modecfg *b)
{
	return a != NULL && ((a->has ^ b->has) & (IKE_CFG_ADDRESS | IKE_CFG_SPLIT_INCLUDE)) == 0 && addr_eq(&a->address, &b->address) &&
	       same_nets(a->include, a->ninclude, b->include, b->ninclude) && same_nets(a->exclude, a->nexclude, b->exclude, b->nexclude);
}

void
ezvpn_got(struct router *r, const struct ike_sa_info *sa, const struct ike_modecfg *got)
{
	struct ezvpn *e = by_path(r, &sa->path);

	if (e == NULL || !e->begun)
		return;
	e->regiven = e->net_up && !same_networks(e->got, got);
	free(e->got);
	e->got = xmemdup(got, sizeof(*got));
	if (got->has & IKE_CFG_SAVE_PASSWORD)
		e->ask_person = !got->save_password;
	if (got->nbackup > 0)
		backups_keep(e);
	move_to(e, EZE_MODE_CONFIG_REPLY, EZS_SS_OPEN);
	debug_got(e);
}

static bool
is_host(uint32_t a)
{
	return a >> 24 != 0 && a >> 24 != 127 && a < 0xe0000000;
}

/* A server that gave nothing is good for networks as they are, not for a client that needs an address. */
static bool
enough_got(const struct ezvpn *e)
{
	const struct cfg_ezvpn *v = ezvpn_cfg(e);

	return v != NULL && e->got != NULL && (v->mode == EZ_NETWORK_EXTENSION || (e->got->has & IKE_CFG_ADDRESS && is_host(e->got->address.v4)));
}

/* Another IKE SA has taken the place of one at the end of its life: what there is stays, unless the server has changed its mind. */
static void
renewed(struct ezvpn *e)
{
	if (e->regiven) {
		move_to(e, EZE_SOCKET_READY, EZS_SS_OPEN);
		later(e, EZ_DO_OPEN, 0);
	} else if (ezvpn_net_live(e)) {
		move_to(e, EZE_SOCKET_UP, EZS_IPSEC_ACTIVE);
	} else {
		move_to(e, EZE_SOCKET_READY, EZS_SS_OPEN);
		ezvpn_net_ask(e);
	}
	e->regiven = false;
}

void
ezvpn_ready(struct router *r, const struct ike_sa_info *sa)
{
	struct ezvpn *e = by_path(r, &sa->path);

	if (e == NULL || !e->begun)
		return;
	e->handle = sa->handle;
	if (e->net_up && enough_got(e)) {
		renewed(e);
		return;
	}
	if (!enough_got(e)) {
		later(e, EZ_DO_NEXT, RETRY_NS);
		return;
	}
	move_to(e, EZE_SOCKET_READY, EZS_SS_OPEN);
	later(e, EZ_DO_OPEN, 0);
}

void
ezvpn_begin_failed(struct router *r, const struct ike_path *path, enum ike_fail why)
{
	struct ezvpn *e = by_path(r, path);

	if (e == NULL || !e->begun || e->net_up)
		return;
	if (why == IKE_FAIL_XAUTH)
		e->wanted = e->wanted && ezvpn_cfg(e) != NULL && ezvpn_cfg(e)->connect != EZ_MANUAL;
	move_to(e, EZE_CONN_DOWN, EZS_CONNECT_REQUIRED);
	e->begun = false;
	later(e, why == IKE_FAIL_XAUTH ? EZ_DO_RESET : EZ_DO_NEXT, why == IKE_FAIL_TIMEOUT ? 0 : RETRY_NS);
}

void
ezvpn_sa_down(struct router *r, const struct ike_sa_info *sa, bool dpd)
{
	struct ezvpn *e = by_path(r, &sa->path);

	if (e == NULL || !e->begun || e->handle != sa->handle || e->state <= EZS_CONNECT_REQUIRED)
		return;
	e->handle = 0;
	move_to(e, EZE_CONN_DOWN, e->state);
	if (!timer_armed(&e->tick))
		later(e, dpd ? EZ_DO_NEXT : EZ_DO_RESET, e->net_up ? 0 : RETRY_NS);
}

/* --- What flows tell --- */

static void
rest(struct ezvpn *e)
{
	e->rested = true;
	e->wanted = false;
	move_to(e, EZE_IDLE_TIMEOUT, e->state);
	peer_first(e);
	later(e, EZ_DO_RESET, 0);
}

void
ezvpn_flow_changed(struct ezvpn *e)
{
	const struct cfg_ezvpn *v = ezvpn_cfg(e);
	bool live = ezvpn_net_live(e);

	if (live && e->state == EZS_SS_OPEN) {
		timer_stop(&e->tick);
		move_to(e, EZE_SOCKET_UP, EZS_IPSEC_ACTIVE);
		say_connection(e, true);
	} else if (live || ezvpn_net_busy(e) || timer_armed(&e->tick)) {
		return;
	} else if (e->state == EZS_IPSEC_ACTIVE) {
		if (v != NULL && v->idle_s != 0 && e->handle != 0) {
			rest(e);
			return;
		}
		move_to(e, EZE_SOCKET_DOWN, EZS_SS_OPEN);
		later(e, EZ_DO_RESET, 0);
	} else if (e->state == EZS_SS_OPEN) {
		later(e, EZ_DO_NEXT, RETRY_NS);
	}
}

void
ezvpn_flow_lost(struct ezvpn *e, enum flow_end why)
{
	(void)why;
	if (e->handle == 0 && !timer_armed(&e->tick))
		later(e, EZ_DO_RESET, 0);
}

void
ezvpn_no_sa(struct router *r, uint32_t policy)
{
	struct ezvpn *e;

	TAILQ_FOREACH(e, &r->ezvpns->list, next) {
		ezvpn_net_no_sa(e, policy);
		if (e->trigger == policy && e->state == EZS_CONNECT_REQUIRED && !timer_armed(&e->tick)) {
			move_to(e, EZE_TRAFFIC_DETECTED, e->state);
			e->rested = false;
			e->wanted = true;
			later(e, EZ_DO_LOOK, 0);
		}
	}
}

/* --- Persons --- */

static const char *
why_not(const struct ezvpn *e)
{
	switch (e->state) {
	case EZS_IDLE:
		return "its configuration is incomplete";
	case EZS_VALID_CFG:
		return "its outside interface is down, or leads to no server";
	case EZS_CONNECT_REQUIRED:
		return NULL;
	default:
		return "it is connected, or about to be";
	}
}

const char *
router_ezvpn_connect(struct router *r, const char *name)
{
	struct ezvpn *e = find(r, name);
	const char *why;

	if (e == NULL)
		return "there is no such connection";
	look(e);
	if ((why = why_not(e)) != NULL)
		return why;
	e->wanted = true;
	look(e);
	return NULL;
}

bool
router_ezvpn_asks(const struct router *r, const char *name)
{
	const struct ezvpn *e = find(r, name);

	return e != NULL && e->state == EZS_XAUTH_PROMPT;
}

const char *
router_ezvpn_xauth(struct router *r, const char *name, const struct ike_credentials *c)
{
	struct ezvpn *e = find(r, name);

	if (e == NULL || e->state != EZS_XAUTH_PROMPT)
		return "no request is pending";
	move_to(e, EZE_XAUTH_REQ_INFO_READY, EZS_XAUTH_REPLIED);
	return ike_xauth_reply(r->ike, e->handle, c) ? NULL : "the server did not wait for it";
}

static void
clear_one(struct ezvpn *e)
{
	if (e->state <= EZS_CONNECT_REQUIRED)
		return;
	e->wanted = e->rested = false;
	peer_first(e);
	later(e, EZ_DO_RESET, 0);
}

bool
router_ezvpn_clear(struct router *r, const char *name)
{
	struct ezvpn *e;
	bool any = false;

	TAILQ_FOREACH(e, &r->ezvpns->list, next)
		if (name == NULL || strcmp(e->name, name) == 0) {
			clear_one(e);
			any = true;
		}
	return any || name == NULL;
}

void
router_ezvpn_each(struct router *r, void (*fn)(void *arg, const struct ezvpn_info *i), void *arg)
{
	const struct ezvpn *e;

	if (r->ezvpns == NULL)
		return;
	TAILQ_FOREACH(e, &r->ezvpns->list, next) {
		const struct ezvpn_info i = {.name = e->name,
		    .state = e->state,
		    .event = e->event,
		    .any_event = e->any_event,
		    .outside = e->outside[0] == '\0' ? NULL : e->outside,
		    .got = e->got,
		    .peer = e->state > EZS_CONNECT_REQUIRED ? e->path.remote : (struct addr){ 0 },
		    .backups = &e->backups};

		fn(arg, &i);
	}
}
