/* %SEC-6-IPACCESSLOG...: packets that fitted entries with `log`, a line a flow. */

#include "engine/acl_log.h"

#include <stdlib.h>
#include <string.h>

#include "engine/acl.h"
#include "engine/internal.h"
#include "engine/log.h"
#include "lib/addr.h"
#include "lib/mem.h"
#include "lib/text.h"

#define EVERY		(300 * NSEC_SEC)
#define FLOWS_MAX	256

#define PROTO_ICMP	1
#define PROTO_TCP	6
#define PROTO_UDP	17

struct log_flow {
	TAILQ_ENTRY(log_flow)	 next;
	char			*list;
	bool			 extended, input;	/* input: of `log-input` */
	struct dp_acl_log	 e;			/* count: packets not told of yet */
};

struct acl_logs {
	struct router		*r;
	struct timer		 timer;
	TAILQ_HEAD(, log_flow)	 flows;			/* in the order in which they came */
	size_t			 n;
};

static void
flow_del(struct acl_logs *l, struct log_flow *f)
{
	TAILQ_REMOVE(&l->flows, f, next);
	l->n--;
	free(f->list);
	free(f);
}

static const char *
proto_name(uint8_t proto, char out[4])
{
	if (proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_ICMP)
		return acl_word_of(ACL_WORDS_PROTO, proto);
	out[0] = (char)('0' + proto / 100);
	out[1] = (char)('0' + proto / 10 % 10);
	out[2] = (char)('0' + proto % 10);
	out[3] = '\0';
	return proto < 10 ? out + 2 : proto < 100 ? out + 1 : out;
}

/* " (GigabitEthernet0/0 aabb.cc00.0100)": by which interface, and from which station if the frame is known. */
static void
put_input(struct router *r, struct text *t, const struct dp_acl_log *e)
{
	const struct rif *i = ifnet_by_dp(r, e->in_if);
	const uint8_t *m = e->mac;

	if (i == NULL)
		return;
	text_printf(t, " (%s ", i->name);
	if (e->mac_known)
		text_printf(t, "%02x%02x.%02x%02x.%02x%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	text_add(t, ")");
}

static void
put_extended(struct router *r, struct text *t, const struct log_flow *f)
{
	const struct dp_tuple *p = &f->e.t;
	bool ports = p->proto == PROTO_TCP || p->proto == PROTO_UDP;
	char src[ADDR_STRLEN], dst[ADDR_STRLEN], number[4];

	text_printf(t, "%s %s", proto_name(p->proto, number), ip4_fmt(p->src, src));
	if (ports)
		text_printf(t, "(%u)", p->sport);
	if (f->input)
		put_input(r, t, &f->e);
	text_printf(t, " -> %s", ip4_fmt(p->dst, dst));
	if (ports)
		text_printf(t, "(%u)", p->dport);
	else if (p->proto == PROTO_ICMP)
		text_printf(t, " (%u/%u)", p->sport, p->dport);
	text_add(t, ",");
}

static const char *
mnemonic(const struct log_flow *f)
{
	if (!f->extended)
		return "IPACCESSLOGS";
	if (f->e.t.proto == PROTO_TCP || f->e.t.proto == PROTO_UDP)
		return "IPACCESSLOGP";
	return f->e.t.proto == PROTO_ICMP ? "IPACCESSLOGDP" : "IPACCESSLOGNP";
}

static void
flow_tell(struct router *r, struct log_flow *f)
{
	unsigned long long n = f->e.count;
	char src[ADDR_STRLEN];
	struct text t = { 0 };

	if (f->extended)
		put_extended(r, &t, f);
	else
		text_add(&t, ip4_fmt(f->e.t.src, src));
	log_syslog(r, "SEC", 6, mnemonic(f), "list %s %s %s %llu packet%s ", f->list, f->e.permit ? "permitted" : "denied",
	    text_str(&t), n, n == 1 ? "" : "s");
	text_free(&t);
	f->e.count = 0;
}

/* Five minutes have passed: what came since then, and flows without any are forgotten. */
static void
on_timer(void *arg)
{
	struct acl_logs *l = arg;
	struct log_flow *f, *next;

	for (f = TAILQ_FIRST(&l->flows); f != NULL; f = next) {
		next = TAILQ_NEXT(f, next);
		if (f->e.count > 0)
			flow_tell(l->r, f);
		else
			flow_del(l, f);
	}
	if (l->n > 0)
		timer_in(&l->timer, EVERY);
}

struct acl_logs *
acl_logs_new(struct router *r)
{
	struct acl_logs *l = xcalloc(1, sizeof(*l));

	l->r = r;
	TAILQ_INIT(&l->flows);
	timer_init(&l->timer, r->clock, on_timer, l);
	return l;
}

void
acl_logs_free(struct acl_logs *l)
{
	if (l == NULL)
		return;
	timer_stop(&l->timer);
	while (!TAILQ_EMPTY(&l->flows))
		flow_del(l, TAILQ_FIRST(&l->flows));
	free(l);
}

/* The entry that fitted, by its place in the list of the interface; NULL if the list has changed since. */
static const struct cfg_ace *
entry_of(struct router *r, const struct dp_acl_log *e, const struct cfg_acl **list)
{
	const struct rif *i = ifnet_by_dp(r, e->ifidx);
	const struct cfg_if *c = i == NULL ? NULL : config_if(r->cfg, i->name, false);
	const char *name = c == NULL ? NULL : e->dir == DP_DIR_IN ? c->acl_in : c->acl_out;
	const struct cfg_ace *a;
	uint32_t n = 0;

	if (name == NULL || (*list = acl_find(r, name)) == NULL)
		return NULL;
	TAILQ_FOREACH(a, &(*list)->aces, next)
		if (a->remark == NULL && n++ == e->entry)
			return a->ace.log ? a : NULL;
	return NULL;
}

/* A standard list tells of sources only. */
static bool
same_flow(const struct log_flow *f, const struct cfg_acl *list, const struct dp_acl_log *e)
{
	const struct dp_tuple *a = &f->e.t, *b = &e->t;

	if (strcmp(f->list, list->name) != 0 || f->e.permit != e->permit || a->src != b->src)
		return false;
	return !list->extended ||
	    (a->dst == b->dst && a->proto == b->proto && a->sport == b->sport && a->dport == b->dport);
}

void
acl_logs_packet(struct router *r, const struct dp_acl_log *e)
{
	struct acl_logs *l = r->acl_logs;
	const struct cfg_acl *list;
	const struct cfg_ace *a = entry_of(r, e, &list);
	struct log_flow *f;

	if (a == NULL)
		return;
	TAILQ_FOREACH(f, &l->flows, next)
		if (same_flow(f, list, e)) {
			f->e.count += e->count;
			return;
		}
	if (l->n == FLOWS_MAX)
		return;
	f = xcalloc(1, sizeof(*f));
	f->list = xstrdup(list->name);
	f->extended = list->extended;
	f->input = a->log_input;
	f->e = *e;
	TAILQ_INSERT_TAIL(&l->flows, f, next);
	if (l->n++ == 0)
		timer_in(&l->timer, EVERY);
	f->e.count = 1;
	flow_tell(r, f);
	f->e.count = e->count - 1;
}
