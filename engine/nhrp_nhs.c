/*
 * The client's side: registration with next hop servers (RFC 2332, 5.2.3).  A server that is active is sent a
 * registration at once and every third of the holding time; without an answer again after 1, 2, 4 ... 64 s, and after
 * three of them it is down.  Of a cluster with `max-connections` so many servers are active, the best ones by
 * priority that answer; `fallback` goes back to a better one when it has answered for so long.
 */

#include <stdlib.h>

#include "engine/nhrp_int.h"
#include "lib/mem.h"

static void choose(struct nhrp_if *i);

struct nhrp_nhs *
nhrp_nhs_find(struct nhrp_if *i, uint32_t addr)
{
	struct nhrp_nhs *s;

	TAILQ_FOREACH(s, &i->nhss, next)
		if (s->addr == addr)
			break;
	return s;
}

struct nhrp_nhs *
nhrp_nhs_best(struct nhrp_if *i)
{
	struct nhrp_nhs *s, *any = NULL;

	TAILQ_FOREACH(s, &i->nhss, next) {
		if (!s->active || s->nbma == 0)
			continue;
		if (s->responding)
			return s;
		if (any == NULL)
			any = s;
	}
	return any;
}

/* Packets to next hops that are not known yet go by the server meanwhile. */
static void
fallback_update(struct nhrp_if *i)
{
	const struct nhrp_nhs *s = nhrp_nhs_best(i);
	uint32_t nbma = s != NULL && i->destination == 0 ? s->nbma : 0;

	if (i->fallback == nbma)
		return;
	i->fallback = nbma;
	mgre_fallback(i->n->r, i->name, nbma);
}

static void
say(struct nhrp_nhs *s, bool up, const char *why)
{
	struct nhrp_if *i = s->nif;
	char t[ADDR_STRLEN], b[ADDR_STRLEN], ot[ADDR_STRLEN], ob[ADDR_STRLEN];

	nhrp_say(i, 5, up ? "NHRP_NHS_UP" : "NHRP_NHS_DOWN", "%s: Next Hop Server : (Tunnel: %s NBMA: %s%s) for (Tunnel: %s NBMA: %s) is %s%s%s", i->name,
	    ip4_fmt(s->addr, t), ip4_fmt(s->nbma, b), up ? "" : " ", ip4_fmt(i->addr, ot), ip4_fmt(i->source, ob), up ? " UP" : "DOWN",
	    up ? "" : ", Reason: ", up ? "" : why);
}

static void
down(struct nhrp_nhs *s, const char *why)
{
	bool was = s->responding;

	s->responding = false;
	if (was || !s->told)
		say(s, false, why);
	s->told = true;
	fallback_update(s->nif);
}

/* From one registration to the next: by default a third of the holding time, of the shortest in parts of a second. */
static int64_t
interval(const struct nhrp_if *i)
{
	const struct cfg_nhrp *c = nhrp_cfg(i);
	int64_t hold = nhrp_holdtime(i);

	if (c->reg_timeout_s != 0)
		return c->reg_timeout_s * NSEC_SEC;
	return hold >= 3 ? hold / 3 * NSEC_SEC : hold * NSEC_SEC / 3;
}

static void
ask(struct nhrp_nhs *s)
{
	struct nhrp_if *i = s->nif;
	struct nhrp_cie c = {.prefix = 32, .mtu = nhrp_cie_self(i, 0).mtu, .holdtime = nhrp_holdtime(i)};
	struct nhrp_cie nhs = {.prefix = 32, .mtu = c.mtu, .has_nbma = true, .has_proto = true, .nbma = s->nbma, .proto = s->addr};
	struct nhrp_msg m;

	nhrp_msg_init(i, &m, NHRP_REGISTRATION_REQUEST, s->addr);
	m.flags = (nhrp_cfg(i)->no_unique ? 0 : NHRP_FLAG_REG_UNIQUE) | NHRP_FLAG_NAT;
	m.reqid = s->reqid;
	nhrp_cie_add(&m.cies, &c);
	nhrp_cie_add(&m.nat, &nhs);
	s->sent++;
	nhrp_send(i, s->nbma, &m);
}

/* A new request; the old one, if unanswered, counts no more. */
static void
begin(struct nhrp_nhs *s)
{
	if (!s->nif->up || s->nbma == 0 || s->nif->source == 0)
		return;
	s->reqid = ++s->nif->n->last_reqid;
	s->tries = 1;
	s->retry_s = 1;
	timer_in(&s->timer, NSEC_SEC);
	ask(s);
}

static void
on_timer(void *arg)
{
	struct nhrp_nhs *s = arg;

	if (s->retry_s == 0) {
		begin(s);
		return;
	}
	if (s->tries == NHRP_TRIES_DOWN && !s->failed) {
		s->failed = true;
		s->nfailed++;
		down(s, "NHRP Registration Failure(NHRP: no error)");
		choose(s->nif);
		if (!s->active && nhrp_cfg(s->nif)->fallback_s == 0)
			return;
	}
	s->tries++;
	s->retry_s = s->retry_s * 2 > NHRP_RETRY_MAX_S ? NHRP_RETRY_MAX_S : s->retry_s * 2;
	timer_in(&s->timer, (int64_t)s->retry_s * NSEC_SEC);
	ask(s);
}

static unsigned
most_of(const struct nhrp_if *i, uint8_t cluster)
{
	const struct cfg_nhrp_cluster *k;

	TAILQ_FOREACH(k, &nhrp_cfg(i)->clusters, next)
		if (k->cluster == cluster)
			return k->max;
	return UINT8_MAX + 1u;
}

/* A better server that has come back is taken only when `fallback` says so, and has waited for. */
static bool
may_be_active(const struct nhrp_nhs *s)
{
	const struct cfg_nhrp *c = nhrp_cfg(s->nif);
	int64_t now = clock_now(s->nif->n->r->clock);

	if (s->active)
		return !s->failed;
	if (!s->responding)
		return !s->failed;
	return c->fallback_s != 0 && now - s->up_ns >= (int64_t)c->fallback_s * NSEC_SEC;
}

static void
set_active(struct nhrp_nhs *s, bool on)
{
	const struct cfg_nhrp *c = nhrp_cfg(s->nif);

	if (s->active == on)
		return;
	s->active = on;
	if (on && !s->responding)
		begin(s);
	/* One that failed is tried on where it may be gone back to; one that gave way is left alone. */
	if (!on && !(s->failed && c->fallback_s != 0)) {
		timer_stop(&s->timer);
		s->retry_s = 0;
		s->responding = false;
	}
}

/* All of a cluster have failed: the round begins anew with the best. */
static void
forgive(struct nhrp_if *i, uint8_t cluster)
{
	struct nhrp_nhs *s;

	TAILQ_FOREACH(s, &i->nhss, next)
		if (s->cluster == cluster && !s->failed)
			return;
	TAILQ_FOREACH(s, &i->nhss, next)
		if (s->cluster == cluster)
			s->failed = false;
}

/* Goes over the servers of each cluster, best first, until enough are active. */
static void
choose(struct nhrp_if *i)
{
	struct nhrp_nhs *s, *before = NULL;
	unsigned left = 0;

	TAILQ_FOREACH(s, &i->nhss, next) {
		bool limited = most_of(i, s->cluster) <= UINT8_MAX, take;

		if (before == NULL || before->cluster != s->cluster) {
			left = most_of(i, s->cluster);
			if (limited)
				forgive(i, s->cluster);
		}
		before = s;
		take = !limited || (left > 0 && may_be_active(s));
		left -= limited && take;
		set_active(s, take);
	}
	fallback_update(i);
}

void
nhrp_nhs_choose(struct nhrp_if *i)
{
	choose(i);
}

void
nhrp_nhs_reply(struct nhrp_if *i, const struct nhrp_msg *m)
{
	struct nhrp_nhs *s = nhrp_nhs_find(i, m->dst);
	unsigned code = m->cies.n > 0 ? m->cies.v[0].code : NHRP_OK;
	struct router *r = i->n->r;

	if (s == NULL || s->reqid != m->reqid || s->retry_s == 0)
		return;
	s->received++;
	s->last_ns = clock_now(r->clock);
	s->acked = m->reqid;
	if (code != NHRP_OK) {
		/* Refused: asked again as if it had not answered. */
		log_syslog(r, "NHRP", 3, "PAKREPLY", "Receive Registration Reply packet with error - %s(%u)", nhrp_code_name(code), code);
		s->nfailed++;
		return;
	}
	s->retry_s = s->tries = 0;
	s->failed = false;
	timer_in(&s->timer, interval(i));
	if (s->responding)
		return;
	s->responding = s->told = true;
	s->up_ns = s->last_ns;
	say(s, true, "");
	fallback_update(i);
	if (nhrp_cfg(i)->fallback_s != 0)
		timer_in(&i->fallback_timer, (int64_t)nhrp_cfg(i)->fallback_s * NSEC_SEC);
}

void
nhrp_nhs_endpoint(struct nhrp_if *i, uint32_t nbma, bool up)
{
	struct nhrp_nhs *s;

	TAILQ_FOREACH(s, &i->nhss, next) {
		if (s->nbma != nbma)
			continue;
		if (!up && s->responding)
			down(s, "External(NHRP: no error)");
		/* What could not be sent goes now; a server that lost its SAs may have lost its memory too. */
		if (s->active || (up && s->failed))
			begin(s);
	}
}

void
nhrp_nhs_tunnel(struct nhrp_if *i)
{
	struct nhrp_nhs *s;

	TAILQ_FOREACH(s, &i->nhss, next) {
		if (i->destination != 0)
			s->nbma = i->destination;
		if (i->up && s->active)
			begin(s);
		if (!i->up) {
			timer_stop(&s->timer);
			s->retry_s = 0;
			if (s->responding)
				down(s, "External(NHRP: no error)");
		}
	}
	fallback_update(i);
}

static struct nhrp_nhs *
nhs_new(struct nhrp_if *i, const struct cfg_nhrp_nhs *c)
{
	struct nhrp_nhs *s = xcalloc(1, sizeof(*s)), *k;

	s->nif = i;
	s->addr = c->addr;
	s->priority = c->priority;
	s->cluster = c->cluster;
	timer_init(&s->timer, i->n->r->clock, on_timer, s);
	TAILQ_FOREACH(k, &i->nhss, next)
		if (k->cluster > s->cluster || (k->cluster == s->cluster && k->priority > s->priority))
			break;
	if (k != NULL)
		TAILQ_INSERT_BEFORE(k, s, next);
	else
		TAILQ_INSERT_TAIL(&i->nhss, s, next);
	return s;
}

static void
nhs_free(struct nhrp_nhs *s)
{
	timer_stop(&s->timer);
	TAILQ_REMOVE(&s->nif->nhss, s, next);
	free(s);
}

void
nhrp_nhs_free_all(struct nhrp_if *i)
{
	while (!TAILQ_EMPTY(&i->nhss))
		nhs_free(TAILQ_FIRST(&i->nhss));
}

void
nhrp_nhs_apply(struct nhrp_if *i)
{
	const struct cfg_nhrp_nhs *c;
	struct nhrp_nhs *s, *next;

	TAILQ_FOREACH(s, &i->nhss, next)
		s->kept = false;
	TAILQ_FOREACH(c, &nhrp_cfg(i)->nhss, next) {
		uint32_t nbma = c->nbma != 0 ? c->nbma : i->destination != 0 ? i->destination : nhrp_nbma_of(i, c->addr);

		s = nhrp_nhs_find(i, c->addr);
		if (s != NULL && (s->priority != c->priority || s->cluster != c->cluster)) {
			nhs_free(s);
			s = NULL;
		}
		if (s == NULL)
			s = nhs_new(i, c);
		s->kept = true;
		if (s->nbma != nbma) {
			s->nbma = nbma;
			s->responding = false;
			if (s->active)
				begin(s);
		}
	}
	for (s = TAILQ_FIRST(&i->nhss); s != NULL; s = next) {
		next = TAILQ_NEXT(s, next);
		if (!s->kept)
			nhs_free(s);
	}
	choose(i);
}
