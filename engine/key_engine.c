/*
 * Between policy, IKE and the datapath.  Calls of IKE that take SAs away are queued and worked off right
 * after the event that made them (as IOS's key engine does, which gets them as messages), so that IKE has
 * ended what it was at; those that need an answer, or bring SAs, are done at once.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/bug.h"
#include "engine/ezvpn.h"
#include "engine/flow.h"
#include "engine/log.h"
#include "engine/pki.h"
#include "engine/refusals.h"
#include "lib/mem.h"

enum kmi_kind { KMI_LAPSED, KMI_DELETE, KMI_INITIAL_CONTACT, KMI_PEER_DEAD };

struct kmi {
	TAILQ_ENTRY(kmi)	 next;
	enum kmi_kind		 kind;
	struct ike_path		 path;
	uint8_t			 proto;
	enum trace_cause	 cause;		/* of what goes by it */
	uint64_t		 last_id;	/* pairs that came later are not meant */
	uint32_t		*spis;
	size_t			 nspis;
};

static void queue_run(void *arg);

struct key_engine *
key_engine_new(struct router *r)
{
	struct key_engine *k = xcalloc(1, sizeof(*k));

	k->r = r;
	k->next_conn = r->engine == IKE_ENGINE_ONBOARD ? 1 : 2001;
	TAILQ_INIT(&k->flows);
	TAILQ_INIT(&k->queue);
	timer_init(&k->queue_timer, r->clock, queue_run, k);
	return k;
}

static void
kmi_free(struct key_engine *k, struct kmi *m)
{
	TAILQ_REMOVE(&k->queue, m, next);
	free(m->spis);
	free(m);
}

void
key_engine_free(struct key_engine *k)
{
	struct flow *f;
	struct kmi *m;

	if (k == NULL)
		return;
	timer_stop(&k->queue_timer);
	while ((f = TAILQ_FIRST(&k->flows)) != NULL)
		flow_free(f);
	while ((m = TAILQ_FIRST(&k->queue)) != NULL)
		kmi_free(k, m);
	free(k);
}

static bool
debug_ipsec(const struct router *r, const struct addr *peer)
{
	return r->debug.ipsec && debug_passes(r, peer, 0);
}

/* Takes the pairs that which() tells of from all flows with the peer at the other end of the path. */
static void
peer_remove(struct crypto_peer *c, const struct ike_path *path, bool (*which)(const struct pair *p, uint64_t arg), uint64_t arg, enum flow_end why)
{
	struct flow *f, *next;

	for (f = crypto_peer_flow(c); f != NULL; f = next) {
		next = TAILQ_NEXT(f, peer_next);
		if (natt_is_peer(f, path))
			flow_remove(f, which, arg, why);
	}
}

static bool
is_from_then(const struct pair *p, uint64_t last_id)
{
	return p->id <= last_id;
}

static bool
has_spi_out(const struct pair *p, uint64_t spi)
{
	return p->spi_out == (uint32_t)spi;
}

static void
run_delete(struct router *r, struct crypto_peer *c, const struct kmi *m)
{
	char remote[ADDR_STRLEN];

	if (debug_ipsec(r, &m->path.remote))
		log_debug(r, "IPSEC(key_engine_delete_sas): rec'd delete notify from ISAKMP");
	trace_path(r, TRACE_KMI_DELETED, &m->path, m->proto, 0);
	for (size_t i = 0; i < m->nspis; i++) {
		if (debug_ipsec(r, &m->path.remote))
			log_debug(r,
			    "IPSEC(key_engine_delete_sas): delete SA with spi 0x%X proto %u for %s",
			    m->spis[i], m->proto, addr_fmt(&m->path.remote, remote));
		peer_remove(c, &m->path, has_spi_out, m->spis[i], FLOW_BY_PEER);
	}
}

static void
run_initial_contact(struct router *r, struct crypto_peer *c, const struct kmi *m)
{
	char local[ADDR_STRLEN], remote[ADDR_STRLEN];

	if (debug_ipsec(r, &m->path.remote))
		log_debug(r, "Delete IPsec SA by IC, local %s remote %s peer port %u",
		    addr_fmt(&m->path.local, local), addr_fmt(&m->path.remote, remote),
		    m->path.remote_port);
	trace_path(r, TRACE_KMI_CLEAR_PEER, &m->path, 0, 0);
	peer_remove(c, &m->path, is_from_then, m->last_id, FLOW_BY_PEER);
}

static void
kmi_run(struct router *r, const struct kmi *m)
{
	struct crypto_peer *c = crypto_peer_of(r, &m->path);
	struct pair *p;

	if (debug_ipsec(r, &m->path.remote))
		log_debug(r, "IPSEC(key_engine): got a queue event with 1 KMI message(s)");
	r->ke->cause = m->cause;
	switch (m->kind) {
	case KMI_DELETE:
		run_delete(r, c, m);
		break;
	case KMI_INITIAL_CONTACT:
		run_initial_contact(r, c, m);
		break;
	case KMI_LAPSED:
		if ((p = pair_by_id(r, m->last_id)) != NULL && !p->enabled)
			pair_remove(p, FLOW_EXPIRED);
		break;
	case KMI_PEER_DEAD:
		peer_remove(c, &m->path, is_from_then, m->last_id, FLOW_PEER_DEAD);
		break;
	}
	r->ke->cause = TRACE_NO_CAUSE;
}

static void
queue_run(void *arg)
{
	struct key_engine *k = arg;
	struct kmi *m;

	while ((m = TAILQ_FIRST(&k->queue)) != NULL) {
		kmi_run(k->r, m);
		kmi_free(k, m);
	}
}

static struct kmi *
kmi_put(struct router *r, enum kmi_kind kind, const struct ike_path *path)
{
	struct kmi *m = xcalloc(1, sizeof(*m));

	m->kind = kind;
	m->path = *path;
	m->last_id = r->ke->last_id;
	TAILQ_INSERT_TAIL(&r->ke->queue, m, next);
	timer_in(&r->ke->queue_timer, 0);
	return m;
}

/* What IKE calls. */

static void
on_send(void *arg, const struct ike_path *path, const uint8_t *p, size_t n)
{
	struct router *r = arg;

	if (r->leaving)
		return;
	if (path->local_port == IKE_PORT_NATT)
		natt_send(r, path, p, n);
	else if (path->remote.af == ADDR_V6)
		dp6_udp_send(r->dp, a6_of(&path->local), a6_of(&path->remote), 0, path->local_port, path->remote_port, p, n, 255,
		    clock_now(r->clock));
	else
		dp_udp_send(r->dp, path->local.v4, path->remote.v4, path->local_port, path->remote_port, p, n, 255, clock_now(r->clock));
}

static bool
on_debug_on(void *arg)
{
	const struct router *r = arg;

	return r->debug.isakmp;
}

static void
on_debug(void *arg, const struct addr *peer, const char *text)
{
	struct router *r = arg;

	if (r->debug.isakmp && debug_passes(r, peer, 0))
		log_debug(r, "%s", text);
}

static bool
on_debug_engine_on(void *arg)
{
	const struct router *r = arg;

	return r->debug.engine;
}

static void
on_debug_engine(void *arg, const struct addr *peer, const char *text)
{
	struct router *r = arg;

	if (debug_passes(r, peer, 0))
		log_debug(r, "%s", text);
}

static void
on_syslog(void *arg, int severity, const char *mnemonic, const char *text)
{
	log_syslog(arg, "CRYPTO", severity, mnemonic, "%s", text);
}

static void
on_peer_config(void *arg, const struct ike_path *path, const char *wanted, const struct ike_id *id,
    struct ike_peer_config *out)
{
	isakmp_peer_config(arg, path, wanted, id, out);
}

static size_t
on_policies(void *arg, const struct ike_policy **out)
{
	return isakmp_policies(arg, out);
}

/* From here on packets with this SPI are ahead of its SA, not lost. */
static uint32_t
on_spi_new(void *arg, uint8_t proto)
{
	struct router *r = arg;
	uint32_t spi = dp_spi_new(r->dp, proto == SA_AH ? SA_AH : SA_ESP);

	inv_spi_transient(r, spi, SA_NONE);
	return spi;
}

static bool
on_install(void *arg, const struct ike_child *c)
{
	struct router *r = arg;
	struct flow *f = flow_by_cookie(r, c->cookie);
	struct crypto_policy cp;

	if (debug_ipsec(r, &c->path.remote))
		log_debug(r, "IPSEC(key_engine): got a queue event with 1 KMI message(s)");
	if (f == NULL || !flow_policy(f, &cp))
		return false;
	ipsec_debug_match(f, &c->local_id, &c->remote_id, 256);
	if (ipsec_debug_on(f, 0))
		log_debug(r, "IPSEC(crypto_ipsec_create_ipsec_sas): Map found %s", f->tag);
	trace_flow(f, TRACE_KMI_CREATE);
	return flow_install(f, c);
}

static struct pair *
pair_waiting(const struct router *r, uint32_t spi_in, uint32_t spi_out)
{
	struct pair *p;

	LIST_FOREACH(p, &r->ke->waiting, waiting)
		if (p->spi_in == spi_in && p->spi_out == spi_out)
			break;
	return p;
}

static void
on_enable(void *arg, uint32_t spi_in, uint32_t spi_out)
{
	struct router *r = arg;
	struct pair *p;

	if ((p = pair_waiting(r, spi_in, spi_out)) == NULL)
		return;
	if (ipsec_debug_on(p->flow, spi_out)) {
		log_debug(r, "IPSEC(key_engine): got a queue event with 1 KMI message(s)");
		log_debug(r, "IPSEC(key_engine_enable_outbound): rec'd enable notify from ISAKMP");
	}
	trace_path(r, TRACE_KMI_ENABLE, &p->flow->peer->path, p->esp.proto, 0);
	flow_enable(p->flow, p);
}

/* Later than this call, as all that takes SAs away: IKE is at its exchange still. */
static void
on_lapsed(void *arg, uint32_t spi_in, uint32_t spi_out)
{
	struct router *r = arg;
	struct pair *p;
	struct kmi *m;

	if ((p = pair_waiting(r, spi_in, spi_out)) == NULL)
		return;
	m = kmi_put(r, KMI_LAPSED, &p->flow->peer->path);
	m->last_id = p->id;
	m->cause = TRACE_LAPSED;
}

static void
spis_gone(struct router *r, const struct ike_path *path, uint8_t proto, const uint32_t *spis, size_t n, enum trace_cause cause)
{
	struct kmi *m = kmi_put(r, KMI_DELETE, path);

	m->proto = proto;
	m->cause = cause;
	m->spis = xmemdup(spis, n * sizeof(*spis));
	m->nspis = n;
}

static void
on_deleted(void *arg, const struct ike_path *path, uint8_t proto, const uint32_t *spis, size_t n)
{
	for (size_t i = 0; i < n; i++)
		trace_path(arg, TRACE_DELETE_GOT, path, proto, spis[i]);
	spis_gone(arg, path, proto, spis, n, TRACE_GOT_DELETE);
}

static void
on_initial_contact(void *arg, const struct ike_path *path)
{
	trace_path(arg, TRACE_CONTACT_GOT, path, 0, 0);
	kmi_put(arg, KMI_INITIAL_CONTACT, path)->cause = TRACE_GOT_CONTACT;
}

/* ID738445: the four bytes as digits of a text, up to the first that is none. */
static uint32_t
spi_as_text(uint32_t spi)
{
	char text[5] = { (char)(spi >> 24), (char)(spi >> 16), (char)(spi >> 8), (char)spi, '\0' };

	return (uint32_t)strtoul(text, NULL, 10);
}

/* The peer says that it doesn't hold what we send by: as good as a DELETE. */
static void
on_invalid_spi(void *arg, const struct ike_path *path, uint8_t proto, uint32_t spi)
{
	struct router *r = arg;
	char remote[ADDR_STRLEN];

	trace_path(r, TRACE_INVALID_SPI_GOT, path, proto, spi);
	if (bug_on(r, BUG_ID662331)) {
		log_syslog(r, "CRYPTO", 5, "INVALID_SPI", "INVALID-SPI notify received from %s for SPI 0x%X", addr_fmt(&path->remote, remote), spi);
		return;
	}
	if (bug_on(r, BUG_ID738445))
		spi = spi_as_text(spi);
	spis_gone(r, path, proto, &spi, 1, TRACE_GOT_INVALID_SPI);
}

static void
on_failed(void *arg, uint64_t cookie, const struct addr *remote, enum ike_fail why)
{
	struct router *r = arg;
	struct flow *f = flow_by_cookie(r, cookie);

	(void)remote;
	if (f == NULL)
		return;
	f->negotiating = false;
	trace_fail(r, &f->peer->path, why);
	if (f->ops->failed != NULL)
		f->ops->failed(f, why);
	if (f->ops->changed != NULL)
		f->ops->changed(f);
}

static size_t
on_ipsec_count(void *arg, const struct ike_path *path)
{
	const struct flow *f = crypto_peer_flow(crypto_peer_of(arg, path));
	const struct pair *p;
	size_t n = 0;

	for (; f != NULL; f = TAILQ_NEXT(f, peer_next))
		TAILQ_FOREACH(p, &f->pairs, next)
			n++;
	return n;
}

static void
on_sa_up(void *arg, const struct ike_sa_info *sa)
{
	struct router *r = arg;
	struct crypto_peer *c = crypto_peer_of(r, &sa->path);
	struct key_report report = {
	    .icookie = sa->icookie, .enc_key = sa->enc_key, .enc_key_len = sa->enc_key_len};

	trace_ike(r, TRACE_UP, sa, TRACE_NO_CAUSE);
	if (c != NULL) {
		c->id = sa->peer_id;
		natt_known(c, sa->path.remote_port, sa->path.local_port == IKE_PORT_NATT, sa->nat_local);
	}
	if (sa->enc_key_len > 0)
		router_tell_keys(r, &report);
	ezvpn_sa_up(r, sa);
}

static void
on_refused(void *arg, const struct ike_path *path, enum ike_counter why, const uint8_t *p, size_t n)
{
	refusals_add(arg, path, why, p, n);
}

static bool
on_moved(void *arg, const struct ike_path *path, const struct ike_path *old)
{
	return natt_ike_moved(arg, path, old);
}

struct another { const struct ike_sa_info *than; bool found; };

static void
see_another(void *arg, const struct ike_sa_info *sa)
{
	struct another *a = arg;

	if (sa->established && !sa->deleted && sa->handle != a->than->handle && sa->path.remote_port == a->than->path.remote_port &&
	    addr_eq(&sa->path.remote, &a->than->path.remote) && addr_eq(&sa->path.local, &a->than->path.local))
		a->found = true;
}

/* A peer that has forgotten one IKE SA and has made another is not dead; if it is, the other one will tell. */
static bool
peer_has_another(struct router *r, const struct ike_sa_info *sa)
{
	struct another a = { .than = sa };

	ike_sa_each(r->ike, see_another, &a);
	return a.found;
}

static void
on_sa_down(void *arg, const struct ike_sa_info *sa, bool dpd)
{
	trace_ike(arg, TRACE_DOWN, sa, dpd ? TRACE_DEAD : TRACE_NO_CAUSE);
	if (dpd && !peer_has_another(arg, sa))
		kmi_put(arg, KMI_PEER_DEAD, &sa->path);
	ezvpn_sa_down(arg, sa, dpd);
	ezserver_sa_down(arg, sa);
}

static enum ike_answer
on_xauth_check(void *arg, const struct ike_sa_info *sa, const struct ike_credentials *c)
{
	return ezserver_check(arg, sa, c);
}

static enum ike_answer
on_xauth_ask(void *arg, const struct ike_sa_info *sa, const struct ike_xauth_ask *ask, struct ike_credentials *out)
{
	return ezvpn_ask(arg, sa, ask, out);
}

static void
on_xauth_done(void *arg, const struct ike_sa_info *sa, bool ok)
{
	if (!ezvpn_xauth_done(arg, sa, ok))
		ezserver_xauth_done(arg, sa, ok);
}

static void
on_modecfg_want(void *arg, const struct ike_sa_info *sa, struct ike_modecfg *out)
{
	ezvpn_want(arg, sa, out);
}

static bool
on_modecfg_give(void *arg, const struct ike_sa_info *sa, const struct ike_modecfg *asked, struct ike_modecfg *out)
{
	return ezserver_give(arg, sa, asked, out);
}

static void
on_modecfg_got(void *arg, const struct ike_sa_info *sa, const struct ike_modecfg *got)
{
	ezvpn_got(arg, sa, got);
}

static void
on_ready(void *arg, const struct ike_sa_info *sa)
{
	ezvpn_ready(arg, sa);
}

static void
on_begin_failed(void *arg, const struct ike_path *path, const char *profile, enum ike_fail why)
{
	(void)profile;
	trace_fail(arg, path, why);
	ezvpn_begin_failed(arg, path, why);
}

static void
on_ifname(void *arg, const struct ike_path *path, char *out, size_t n)
{
	const struct flow *f = crypto_peer_flow(crypto_peer_of(arg, path));

	snprintf(out, n, "%s", f == NULL ? "" : f->ifname);
}

/* ---- certificates ---- */

static size_t
on_authorities(void *arg, const struct ike_path *path, const char *profile, struct ike_der *out, size_t max)
{
	(void)path;
	return pki_authorities(arg, profile, out, max);
}

static size_t
on_own_certs(void *arg, const struct ike_path *path, const char *profile, const struct ike_der *wanted, size_t nwanted, struct ike_der *out, size_t max)
{
	return pki_own_certs(arg, path, profile, wanted, nwanted, out, max);
}

static size_t
on_sign(void *arg, const struct ike_path *path, const char *profile, const uint8_t *hash, size_t nhash, uint8_t *out, size_t max)
{
	return pki_sign(arg, path, profile, hash, nhash, out, max);
}

static enum ike_cert_verdict
on_verify(void *arg, const struct ike_proof *p)
{
	return pki_verify(arg, p);
}

static enum ike_verdict
on_offer(void *arg, const struct ike_offer *o, struct ike_choice *out)
{
	return ipsec_offer(arg, o, out);
}

const struct ike_ops ike_calls = {
	.send = on_send,
	.debug = on_debug,
	.debug_on = on_debug_on,
	.debug_engine = on_debug_engine,
	.debug_engine_on = on_debug_engine_on,
	.syslog = on_syslog,
	.peer_config = on_peer_config,
	.policies = on_policies,
	.cert_authorities = on_authorities,
	.own_certs = on_own_certs,
	.sign = on_sign,
	.verify = on_verify,
	.spi_new = on_spi_new,
	.offer = on_offer,
	.install = on_install,
	.enable = on_enable,
	.lapsed = on_lapsed,
	.deleted = on_deleted,
	.initial_contact = on_initial_contact,
	.invalid_spi = on_invalid_spi,
	.failed = on_failed,
	.ipsec_count = on_ipsec_count,
	.refused = on_refused,
	.moved = on_moved,
	.sa_up = on_sa_up,
	.sa_down = on_sa_down,
	.xauth_check = on_xauth_check,
	.xauth_ask = on_xauth_ask,
	.xauth_done = on_xauth_done,
	.modecfg_want = on_modecfg_want,
	.modecfg_give = on_modecfg_give,
	.modecfg_got = on_modecfg_got,
	.ready = on_ready,
	.begin_failed = on_begin_failed,
	.ifname = on_ifname,
};

/* What the datapath calls. */

/* Of a flow whose SAs are asked for by traffic: there was none. */
static bool
is_unused(const struct pair *p)
{
	struct sa_info in, out;

	return p->flow->on_demand && dp_sa_info(p->flow->r->dp, p->sa_in, &in) && dp_sa_info(p->flow->r->dp, p->sa_out, &out) &&
	       in.last_used_ns == 0 && out.last_used_ns == 0;
}

/* The pair's own initiator, or, later, who was asked; never who may only respond. */
static void
soft_end(struct pair *p)
{
	struct crypto_policy cp;

	if (p == p->flow->current && !p->aging && !is_unused(p) && flow_policy(p->flow, &cp) && !cp.responder_only)
		flow_ask(p->flow);
}

/* One direction that rests is not enough: each SA says when it falls idle, and the later one finds both so. */
static bool
is_idle(const struct router *r, uint32_t sa)
{
	struct sa_info info;
	int64_t last;

	if (!dp_sa_info(r->dp, sa, &info))
		return true;
	last = info.last_used_ns > info.installed_ns ? info.last_used_ns : info.installed_ns;
	return clock_now(r->clock) - last >= info.p.idle_ns;
}

void
key_engine_sa_event(struct router *r, enum sa_event_kind k, uint64_t cookie)
{
	struct pair *p = pair_by_id(r, cookie);

	if (p == NULL)
		return;
	switch (k) {
	case SA_EVENT_SOFT_TIME:
	case SA_EVENT_SOFT_BYTES:
	case SA_EVENT_SEQ_SOFT:
		soft_end(p);
		break;
	case SA_EVENT_HARD_TIME:
	case SA_EVENT_HARD_BYTES:
	case SA_EVENT_SEQ_END:
		pair_remove(p, FLOW_EXPIRED);
		break;
	case SA_EVENT_IDLE:
		if (is_idle(r, p->sa_in) && is_idle(r, p->sa_out))
			pair_remove(p, FLOW_IDLE);
		break;
	case SA_EVENT_MOVED:
		natt_esp_moved(p);
		break;
	case SA_EVENT_FIRST_USE:
		flow_enable(p->flow, p);	/* the third message was lost, but the peer goes ahead */
		break;
	}
}

void
key_engine_no_sa(struct router *r, unsigned tunnel_if, uint32_t dst)
{
	const struct rif *i = ifnet_by_dp(r, tunnel_if);

	if (i != NULL)
		flows_no_sa(r->ke, i->name, dst);
}
