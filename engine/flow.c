/*
 * Flows and their pairs of SAs: asking for one, installing, switching to it, ageing the one before, and
 * taking away.  What each way of taking away means for the peer and for the owner is in enum flow_end.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/bug.h"
#include "engine/flow.h"
#include "engine/log.h"
#include "lib/mem.h"

/* A negotiation that has not been heard of for so long is no reason not to ask again. */
#define NEGOTIATION_MAX	(180 * NSEC_SEC)
#define INSTALL_LATE	(200 * NSEC_MS)		/* CSCsl68327 */
#define SWAP_LATE	(100 * NSEC_MS)		/* so long a peer may take to read the last message of a renewal */

static void
flow_insert(struct key_engine *k, struct flow *f)
{
	struct flow *before;

	TAILQ_FOREACH_REVERSE(before, &k->flows, flows, next)
		if (strcmp(before->ifname, f->ifname) == 0 || config_if_cmp(k->r->cfg, before->ifname, f->ifname) <= 0)
			break;
	if (before != NULL)
		TAILQ_INSERT_AFTER(&k->flows, before, f, next);
	else
		TAILQ_INSERT_HEAD(&k->flows, f, next);
}

static void
peer_key(const struct addr *local, const struct addr *remote, uint8_t key[PEER_KEY])
{
	addr_pack(local, key);
	addr_pack(remote, key + ADDR_PACKED);
}

struct crypto_peer *
crypto_peer_find(const struct router *r, const struct addr *local, const struct addr *remote)
{
	struct crypto_peer *c;
	uint8_t key[PEER_KEY];

	peer_key(local, remote, key);
	HASH_FIND(hh, r->ke->peers, key, sizeof(key), c);
	return c;
}

struct crypto_peer *
crypto_peer_of(const struct router *r, const struct ike_path *path)
{
	return crypto_peer_find(r, &path->local, &path->remote);
}

struct flow *
crypto_peer_flow(const struct crypto_peer *c)
{
	return c == NULL ? NULL : TAILQ_FIRST(&c->flows);
}

static struct crypto_peer *
peer_get(struct router *r, const struct addr *local, const struct addr *remote)
{
	struct crypto_peer *c = crypto_peer_find(r, local, remote);

	if (c != NULL)
		return c;
	c = xcalloc(1, sizeof(*c));
	c->r = r;
	peer_key(local, remote, c->key);
	c->path = isakmp_path(*local, *remote);
	TAILQ_INIT(&c->flows);
	session_init(c);
	path_mtu_init(c);
	natt_init(c);
	HASH_ADD(hh, r->ke->peers, key, sizeof(c->key), c);
	return c;
}

static void
peer_put(struct crypto_peer *c)
{
	if (!TAILQ_EMPTY(&c->flows))
		return;
	session_fini(c);
	path_mtu_fini(c);
	natt_fini(c);
	free(c->live);
	HASH_DELETE(hh, c->r->ke->peers, c);
	free(c);
}

struct flow *
flow_new(struct router *r, const struct flow_init *init)
{
	struct flow *f = xcalloc(1, sizeof(*f));

	f->r = r;
	f->ops = init->ops;
	f->owner = init->owner;
	f->cookie = ++r->ke->last_cookie;
	snprintf(f->ifname, sizeof(f->ifname), "%s", init->ifname);
	snprintf(f->tag, sizeof(f->tag), "%s", init->tag);
	f->local_id = init->local_id;
	f->remote_id = init->remote_id;
	f->transport = init->transport;
	f->named = init->named;
	f->guard = init->guard;
	TAILQ_INIT(&f->pairs);
	flow_join(f, peer_get(r, &init->local, &init->remote));
	HASH_ADD(hh, r->ke->by_cookie, cookie, sizeof(f->cookie), f);
	flow_insert(r->ke, f);
	return f;
}

static void
pair_unlink(struct pair *p)
{
	timer_stop(&p->linger);
	timer_stop(&p->late);
	timer_stop(&p->swap);
	TAILQ_REMOVE(&p->flow->pairs, p, next);
	HASH_DELETE(hh, p->flow->r->ke->by_id, p);
	if (!p->enabled)
		LIST_REMOVE(p, waiting);
	if (TAILQ_EMPTY(&p->flow->pairs))
		p->flow->port = 0;
	wipe_free(p->keys, 2 * p->nkeys);
	free(p);
}

static void
keys_of(const struct pair *p, uint32_t sa, const uint8_t *keys, void (*fn)(void *, const struct sa_params *), void *arg)
{
	struct sa_info info;

	if (!dp_sa_info(p->flow->r->dp, sa, &info) || info.p.enc_key_len + info.p.auth_key_len > p->nkeys)
		return;
	memcpy(info.p.enc_key, keys, info.p.enc_key_len);
	memcpy(info.p.auth_key, keys + info.p.enc_key_len, info.p.auth_key_len);
	fn(arg, &info.p);
	wipe(&info, sizeof(info));
}

void
pair_keys_each(const struct router *r, void (*fn)(void *arg, const struct sa_params *p), void *arg)
{
	const struct pair *p;

	for (p = r->ke == NULL ? NULL : r->ke->by_id; p != NULL; p = p->hh.next) {
		keys_of(p, p->sa_in, p->keys, fn, arg);
		keys_of(p, p->sa_out, p->keys + p->nkeys, fn, arg);
	}
}

/* Frees without a word to anybody: power-off, or after everything was taken away. */
void
flow_free(struct flow *f)
{
	struct pair *p;

	while ((p = TAILQ_FIRST(&f->pairs)) != NULL)
		pair_unlink(p);
	flow_part(f);
	peer_put(f->peer);
	HASH_DELETE(hh, f->r->ke->by_cookie, f);
	TAILQ_REMOVE(&f->r->ke->flows, f, next);
	free(f);
}

void
flow_move(struct flow *f, const struct addr *remote)
{
	struct crypto_peer *was = f->peer, *c = peer_get(f->r, &was->path.local, remote);

	flow_part(f);
	flow_join(f, c);
	c->path.remote_port = f->port;
	session_moved(was, c);
	peer_put(was);
}

void
flow_close(struct flow *f)
{
	flow_remove(f, NULL, 0, FLOW_CLEARED);
	if (TAILQ_NEXT(TAILQ_FIRST(&f->peer->flows), peer_next) == NULL)
		session_flush(f->peer);
	flow_free(f);
}

struct flow *
flow_by_cookie(const struct router *r, uint64_t cookie)
{
	struct flow *f;

	HASH_FIND(hh, r->ke->by_cookie, &cookie, sizeof(cookie), f);
	return f;
}

struct pair *
pair_by_id(const struct router *r, uint64_t id)
{
	struct pair *p;

	HASH_FIND(hh, r->ke->by_id, &id, sizeof(id), p);
	return p;
}

bool
flow_policy(const struct flow *f, struct crypto_policy *out)
{
	return f->ops->policy(f, out);
}

bool
profile_policy(const struct router *r, const struct cfg_ipsec_profile *ip, struct crypto_policy *out)
{
	const struct config *cfg = r->cfg;

	if (ip == NULL)
		return false;
	*out = (struct crypto_policy) {
	    .transform_sets = &ip->transform_sets,
	    .isakmp_profile = ip->isakmp_profile == NULL ? "" : ip->isakmp_profile,
	    .pfs_group = ip->pfs_group,
	    .idle_s = ip->idle_s != 0 ? ip->idle_s : cfg->ipsec_idle_s,
	    .replay_window = ip->replay_set ? ip->replay_window : cfg->replay_window,
	    .dfbit = ip->dfbit != 0 ? ip->dfbit : cfg->dfbit != 0 ? cfg->dfbit : 'C',
	    .responder_only = ip->responder_only};
	if (ip->replay_set ? ip->replay_off : cfg->replay_off)
		out->replay_window = 0;
	config_life(cfg, ip, &out->life_s, &out->life_kb);
	return true;
}

static void
request_suites(const struct flow *f, const struct crypto_policy *cp, struct ike_child_request *rq)
{
	for (size_t i = 0; i < cp->transform_sets->n; i++) {
		struct cfg_transform_set *t = config_transform_set(f->r->cfg, cp->transform_sets->v[i], false);

		/* A bundle of AH and ESP is two SAs in one proposal, which a request can't say. */
		if (t == NULL || t->nesp != 1 || rq->nesp == sizeof(rq->esp) / sizeof(rq->esp[0]))
			continue;
		rq->esp[rq->nesp] = t->esp[0];
		rq->esp[rq->nesp].transport = t->transport && f->transport;
		rq->esp[rq->nesp++].esn = t->esn;
	}
	for (size_t i = 0; i < cp->nsuites && rq->nesp < sizeof(rq->esp) / sizeof(rq->esp[0]); i++)
		rq->esp[rq->nesp++] = cp->suites[i];
}

struct ike_id
ipsec_any_id(uint8_t af)
{
	struct ike_id id = { .type = af == ADDR_V6 ? IKE_ID_IPV6_ADDR_SUBNET : IKE_ID_IPV4_ADDR_SUBNET, .addr = addr_v4(0) };

	id.addr.af = af;
	return id;
}

bool
ipsec_id_eq(const struct ike_id *a, const struct ike_id *b)
{
	return addr_eq(&a->addr, &b->addr) && ike_id_len(a) == ike_id_len(b) && a->protocol == b->protocol &&
	       a->port == b->port && (a->type == IKE_ID_FQDN) == (b->type == IKE_ID_FQDN) &&
	       (a->type == IKE_ID_USER_FQDN) == (b->type == IKE_ID_USER_FQDN);
}

void
flow_ask(struct flow *f)
{
	struct ike_child_request rq = {
	    .cookie = f->cookie, .local_id = f->local_id, .remote_id = f->remote_id};
	int64_t now = clock_now(f->r->clock);
	struct crypto_policy cp;
	struct ike_path path;

	if (!flow_policy(f, &cp) || (f->negotiating && now - f->asked_ns < NEGOTIATION_MAX))
		return;
	request_suites(f, &cp, &rq);
	if (rq.nesp == 0)
		return;
	rq.pfs_group = cp.pfs_group;
	rq.life_s = cp.life_s;
	rq.life_kb = cp.life_kb;
	ipsec_debug_request(f, &rq);
	f->negotiating = true;
	f->asked_ns = now;
	trace_flow(f, TRACE_KMI_REQUEST);
	path = natt_path(f);
	ike_request(f->r->ike, &path, cp.isakmp_profile, &rq);
}

static void
linger_over(void *arg)
{
	struct pair *p = arg;

	pair_remove(p, FLOW_AGED);
}

static void
late_over(void *arg)
{
	struct pair *p = arg;

	dp_sa_listen(p->flow->r->dp, p->sa_in, true);
	inv_spi_installed(p->flow->r, p->spi_in);
}

static void
swap_due(void *arg)
{
	struct pair *p = arg;

	flow_enable(p->flow, p);
}

/*
 * Ours from here on; but where another pair is in use the peer, who has its inbound SA from our last message on, is given a moment to
 * read that, lest ESP overtake it.  A packet by the new pair says sooner that it has.
 */
static void
swap(struct flow *f, struct pair *p)
{
	if (f->current != NULL && !f->current->aging)
		timer_in(&p->swap, SWAP_LATE);
	else
		flow_enable(f, p);
}

/* CSCsl68327: between the end of one inbound SA and the beginning of the other there is a gap. */
static bool
install_late(struct flow *f, struct pair *p)
{
	if (f->current == NULL || !bug_on(f->r, BUG_CSCsl68327))
		return false;
	dp_sa_listen(f->r->dp, f->current->sa_in, false);
	dp_sa_listen(f->r->dp, p->sa_in, false);
	timer_in(&p->late, INSTALL_LATE);
	return true;
}

static struct pair *
pair_new(struct flow *f, const struct ike_child *c)
{
	struct key_engine *ke = f->r->ke;
	struct pair *p = xcalloc(1, sizeof(*p));

	p->id = ++ke->last_id;
	p->flow = f;
	p->esp = c->esp;
	p->life_s = c->life_s;
	p->life_kb = c->life_kb;
	p->pfs_group = c->pfs_group;
	p->spi_in = c->spi_in;
	p->spi_out = c->spi_out;
	p->conn_in = ke->next_conn++;
	p->conn_out = ke->next_conn++;
	p->begun_ns = inv_spi_asked_ns(f->r, c->spi_in);
	p->installed_ns = clock_now(f->r->clock);
	p->initiator = c->initiator;
	p->nkeys = c->key_len < sizeof(c->key_in) ? c->key_len : sizeof(c->key_in);
	p->keys = xmalloc(2 * p->nkeys);
	memcpy(p->keys, c->key_in, p->nkeys);
	memcpy(p->keys + p->nkeys, c->key_out, p->nkeys);
	timer_init(&p->linger, f->r->clock, linger_over, p);
	timer_init(&p->late, f->r->clock, late_over, p);
	timer_init(&p->swap, f->r->clock, swap_due, p);
	TAILQ_INSERT_HEAD(&f->pairs, p, next);
	HASH_ADD(hh, ke->by_id, id, sizeof(p->id), p);
	LIST_INSERT_HEAD(&ke->waiting, p, waiting);
	return p;
}

/* Gives one SA to the datapath, and its keys to whoever writes captures. */
static uint32_t
sa_install(struct flow *f, const struct pair *p, const struct ike_child *c, enum sa_dir dir)
{
	struct router *r = f->r;
	struct sa_params sp;
	struct key_report report = { .sa = &sp };
	const char *why = NULL;
	uint32_t sa;

	sa_params_fill(f, p, c, dir, &sp);
	sa = dp_sa_add(r->dp, &sp, &why, clock_now(r->clock));
	if (sa == SA_NONE && ipsec_debug_on(f, sp.spi))
		log_debug(r, "IPSEC(create_sa): SPI 0x%X refused: %s", sp.spi, why == NULL ? "" : why);
	if (sa != SA_NONE)
		router_tell_keys(r, &report);
	wipe(&sp, sizeof(sp));
	return sa;
}

/* One of the totals, of the flow and of the router. */
static void
count_sas(struct flow *f, size_t which, unsigned n)
{
	*(uint64_t *)((char *)&f->past + which) += n;
	*(uint64_t *)((char *)&f->r->ke->past + which) += n;
}

bool
flow_install(struct flow *f, const struct ike_child *c)
{
	struct pair *p = pair_new(f, c);

	p->sa_in = sa_install(f, p, c, SA_IN);
	p->sa_out = p->sa_in == SA_NONE ? SA_NONE : sa_install(f, p, c, SA_OUT);
	f->negotiating = false;
	natt_known(f->peer, c->path.remote_port, c->udp, c->inside);
	f->port = c->udp ? c->path.remote_port : 0;
	if (p->sa_out == SA_NONE) {
		trace_flow(f, TRACE_SA_REFUSED);
		count_sas(f, offsetof(struct ipsec_totals, refused), 2);
		if (p->sa_in != SA_NONE)
			dp_sa_del(f->r->dp, p->sa_in);
		pair_unlink(p);
		return false;
	}
	if (!install_late(f, p))
		inv_spi_installed(f->r, p->spi_in);
	ipsec_debug_engine(p, true);
	ipsec_debug_sa(p, true, "IPSEC(create_sa): sa created");
	ipsec_debug_sa(p, false, "IPSEC(create_sa): sa created");
	count_sas(f, offsetof(struct ipsec_totals, created), 2);
	trace_pair(p, true, p->initiator ? TRACE_BY_US : TRACE_BY_PEER);
	ike_peer_touch(f->r->ike, &f->peer->path);
	if (bug_on(f->r, BUG_CSCty30063))
		flow_enable(f, p);
	else if (p->initiator && !c->wait)
		swap(f, p);
	return true;
}

static void
told_changed(struct flow *f)
{
	if (f->ops->changed != NULL)
		f->ops->changed(f);
}

static void
current_set(struct flow *f, struct pair *p)
{
	struct router *r = f->r;

	f->current = p;
	flow_live(f, p != NULL);
	if (p == NULL)
		f->up_since_ns = 0;
	else if (f->up_since_ns == 0)
		f->up_since_ns = clock_now(r->clock);
	session_dpd(f->peer);
	if (f->ops->use != NULL)
		f->ops->use(f, p == NULL ? SA_NONE : p->sa_out);
	path_mtu_sync(f);
}

static void
age_out(struct pair *p)
{
	p->aging = true;
	timer_in(&p->linger, REKEY_LINGER);
	if (bug_on(p->flow->r, BUG_CSCtr14840))
		dp_sa_listen(p->flow->r->dp, p->sa_in, false);
	if (ipsec_debug_on(p->flow, p->spi_out))
		log_debug(p->flow->r,
		    "IPSEC(early_age_out_sibling): sibling outbound SPI %X expiring in %d seconds",
		    p->spi_out, (int)(REKEY_LINGER / NSEC_SEC));
}

static uint32_t
min_spi(const struct pair *p)
{
	return p->spi_in < p->spi_out ? p->spi_in : p->spi_out;
}

/*
 * Both ends have asked at once, and each got what it asked for.  Both see the same four SPIs: the pair
 * that has the lowest of them goes.  Who began when the other pair had been in use for a while renews it.
 */
static bool
is_duplicate(const struct pair *fresh, const struct pair *old)
{
	int64_t apart = fresh->installed_ns - old->installed_ns;

	if (fresh->initiator == old->initiator || apart >= DUP_WINDOW || apart <= -DUP_WINDOW)
		return false;
	return fresh->begun_ns - old->enabled_ns < DUP_BEGUN;
}

static struct pair *
duplicate_loser(struct pair *fresh, struct pair *old)
{
	struct pair *loser;

	if (!is_duplicate(fresh, old))
		return old;
	loser = min_spi(fresh) < min_spi(old) ? fresh : old;
	if (ipsec_debug_on(fresh->flow, loser->spi_out))
		log_debug(fresh->flow->r,
		    "IPSEC(check_delete_duplicate_sa_bundle): found duplicated fresh SA bundle, "
		    "aging it out. min_spi=%x",
		    min_spi(loser));
	return loser;
}

void
flow_enable(struct flow *f, struct pair *p)
{
	struct pair *old = f->current, *loser = NULL;

	if (p->enabled)
		return;
	p->enabled = true;
	LIST_REMOVE(p, waiting);
	p->enabled_ns = clock_now(f->r->clock);
	if (old != NULL && !old->aging)
		loser = duplicate_loser(p, old);
	if (loser != p) {
		current_set(f, p);
		ipsec_debug_current(f, p->spi_out);
	}
	if (loser != NULL) {
		count_sas(f, offsetof(struct ipsec_totals, rekeyed), 1);
		age_out(loser);
	}
	session_came(f->peer);
	told_changed(f);
}

static void
sums_add(struct flow *f, const struct pair *p)
{
	struct flow_sums *s = &f->sums;
	struct sa_info in, out;

	if (!dp_sa_info(f->r->dp, p->sa_in, &in) || !dp_sa_info(f->r->dp, p->sa_out, &out))
		return;
	s->encaps += out.packets;
	s->decaps += in.packets;
	s->verify_failed += in.auth_failed;
	s->replay_failed += in.replayed;
	s->invalid_prot += in.bad_proto;
	s->invalid_identity += in.bad_selector;
	s->invalid_len += in.bad_len;
	s->internal_send += out.internal_err;
	s->rollover_send += out.seq_overflow;
	s->rollover_recv += in.rollover;
	s->encaps_failed += out.encaps_failed;
	s->expired += in.expired + out.expired;
}

static void
debug_deletion(const struct pair *p)
{
	const struct flow *f = p->flow;
	uint32_t current = f->current != NULL ? f->current->spi_out : p->spi_out;

	ipsec_debug_current(f, current);
	ipsec_debug_sa(p, true, "IPSEC(delete_sa): deleting SA");
	ipsec_debug_current(f, current);
	ipsec_debug_sa(p, false, "IPSEC(delete_sa): deleting SA");
	ipsec_debug_engine(p, false);
}

void
peer_delete_spi(struct router *r, const struct ike_path *path, uint8_t proto, uint32_t spi)
{
	trace_path(r, TRACE_KMI_DELETE, path, proto, spi);
	r->cond.about = spi;
	trace_path(r, ike_delete_spi(r->ike, path, proto, spi) ? TRACE_DELETE_SENT : TRACE_DELETE_UNSENT, path, proto, spi);
	r->cond.about = 0;
}

/* With an IKE SA the DELETE goes at once; else IKE is asked when the session has been told to be
 * down, and says that it can't. */
static void
tell_peer(struct flow *f, const struct ike_path *path, uint8_t proto, uint32_t spi)
{
	if (ike_sa_up(f->r->ike, &f->peer->path))
		peer_delete_spi(f->r, path, proto, spi);
	else
		session_delete_later(f->peer, proto, spi);
}

/* A replaced pair may meet its own end first; that is why it goes all the same. */
static enum trace_cause
cause_of(const struct pair *p, enum flow_end why)
{
	static const enum trace_cause causes[] = {
		[FLOW_CLEARED] = TRACE_UNWANTED, [FLOW_EXPIRED] = TRACE_LIFETIME, [FLOW_AGED] = TRACE_REKEY,
		[FLOW_BY_PEER] = TRACE_GOT_DELETE, [FLOW_IDLE] = TRACE_IDLE, [FLOW_PEER_DEAD] = TRACE_DEAD,
	};

	enum trace_cause told = p->flow->r->ke->cause;

	if (told != TRACE_NO_CAUSE)
		return told;
	return p->aging && why == FLOW_EXPIRED ? TRACE_REKEY : causes[why];
}

static void
pair_end(struct pair *p, enum flow_end why)
{
	struct flow *f = p->flow;
	uint8_t proto = p->esp.proto;
	uint32_t spi_in = p->spi_in, handle = p->sa_in;
	const struct ike_path path = natt_path(f);

	ike_peer_touch(f->r->ike, &f->peer->path);
	debug_deletion(p);
	trace_pair(p, false, cause_of(p, why));
	sums_add(f, p);
	ipsec_totals_keep(p);
	if (why == FLOW_EXPIRED || why == FLOW_AGED)
		count_sas(f, offsetof(struct ipsec_totals, expired), 2);
	dp_sa_del(f->r->dp, p->sa_in);
	dp_sa_del(f->r->dp, p->sa_out);
	if (p->aging)
		inv_spi_transient(f->r, spi_in, handle);
	if (f->current == p)
		current_set(f, NULL);
	pair_unlink(p);
	if (why == FLOW_CLEARED || why == FLOW_EXPIRED || why == FLOW_AGED || why == FLOW_IDLE)
		tell_peer(f, &path, proto, spi_in);
}

/* The pair to go on with when the current one has gone: the newest that the peer is known to have. */
static struct pair *
next_best(const struct flow *f)
{
	struct pair *p;

	TAILQ_FOREACH(p, &f->pairs, next)
		if (p->enabled)
			return p;
	return NULL;
}

static bool
wanted(const struct pair *p, bool (*which)(const struct pair *, uint64_t), uint64_t arg)
{
	return which == NULL || which(p, arg);
}

/* The pair in use goes: one that waits a moment to take its place does so now. */
static void
swap_now(struct flow *f, bool (*which)(const struct pair *, uint64_t), uint64_t arg)
{
	struct pair *p;

	TAILQ_FOREACH(p, &f->pairs, next)
		if (timer_armed(&p->swap) && !wanted(p, which, arg)) {
			timer_stop(&p->swap);
			flow_enable(f, p);
			return;
		}
}

void
flow_remove(struct flow *f, bool (*which)(const struct pair *, uint64_t), uint64_t arg, enum flow_end why)
{
	struct pair *p, *next;
	size_t gone = 0, stay = 0;
	bool was_up = f->current != NULL;

	if (was_up && wanted(f->current, which, arg))
		swap_now(f, which, arg);
	TAILQ_FOREACH(p, &f->pairs, next) {
		gone += wanted(p, which, arg);
		stay += !wanted(p, which, arg) && p->enabled;
	}
	if (gone == 0)
		return;
	if (stay == 0 && !flow_others_live(f))
		session_going(f->peer);
	for (p = TAILQ_FIRST(&f->pairs); p != NULL; p = next) {
		next = TAILQ_NEXT(p, next);
		if (wanted(p, which, arg))
			pair_end(p, why);
	}
	if (f->current == NULL && (p = next_best(f)) != NULL)
		current_set(f, p);
	if (f->current == NULL && was_up)
		count_sas(f, offsetof(struct ipsec_totals, ended), 1);
	if (f->current == NULL && f->ops->ended != NULL)
		f->ops->ended(f, why);
	told_changed(f);
	if (f->current == NULL && f->ops->lost != NULL && (why == FLOW_BY_PEER || why == FLOW_PEER_DEAD))
		f->ops->lost(f, why);
}

static bool
is_pair(const struct pair *p, uint64_t id)
{
	return p->id == id;
}

void
pair_remove(struct pair *p, enum flow_end why)
{
	flow_remove(p->flow, is_pair, p->id, why);
}
