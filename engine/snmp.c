/*
 * Traps of the Embedded Event Manager (CISCO-EMBEDDED-EVENT-MGR-MIB) out, and any traps in: those whose community
 * is known here become events.  Nothing is answered.
 */

#include "engine/snmp.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/eem.h"
#include "engine/internal.h"
#include "engine/snmp_pdu.h"
#include "lib/addr.h"
#include "lib/mem.h"

#define TTL	255

#define EEM_MIB		1, 3, 6, 1, 4, 1, 9, 10, 91
/* The columns of cEventMgrHistoryEventEntry that a cEventMgrPolicyEvent carries. */
enum { COL_TYPE1 = 2, COL_PATH = 6, COL_NAME, COL_EXIT, COL_INT1, COL_INT2, COL_STR };

/* ---- configuration ---- */

void
cfg_snmp_init(struct cfg_snmp *s)
{
	TAILQ_INIT(&s->hosts);
	TAILQ_INIT(&s->communities);
}

void
cfg_snmp_free(struct cfg_snmp *s)
{
	while (!TAILQ_EMPTY(&s->hosts))
		cfg_snmp_host_del(s, TAILQ_FIRST(&s->hosts));
	while (!TAILQ_EMPTY(&s->communities))
		cfg_snmp_community_del(s, TAILQ_FIRST(&s->communities));
	free(s->trap_source);
}

struct cfg_snmp_host *
cfg_snmp_host(struct cfg_snmp *s, uint32_t addr, const char *community, bool create)
{
	struct cfg_snmp_host *h;

	TAILQ_FOREACH(h, &s->hosts, next)
		if (h->addr == addr && strcmp(h->community, community) == 0)
			return h;
	if (!create)
		return NULL;
	h = xcalloc(1, sizeof(*h));
	h->addr = addr;
	h->community = xstrdup(community);
	TAILQ_INSERT_TAIL(&s->hosts, h, next);
	return h;
}

void
cfg_snmp_host_del(struct cfg_snmp *s, struct cfg_snmp_host *h)
{
	TAILQ_REMOVE(&s->hosts, h, next);
	free(h->community);
	free(h);
}

struct cfg_snmp_community *
cfg_snmp_community(struct cfg_snmp *s, const char *name, bool create)
{
	struct cfg_snmp_community *c;

	TAILQ_FOREACH(c, &s->communities, next)
		if (strcmp(c->name, name) == 0)
			return c;
	if (!create)
		return NULL;
	c = xcalloc(1, sizeof(*c));
	c->name = xstrdup(name);
	TAILQ_INSERT_TAIL(&s->communities, c, next);
	return c;
}

void
cfg_snmp_community_del(struct cfg_snmp *s, struct cfg_snmp_community *c)
{
	TAILQ_REMOVE(&s->communities, c, next);
	free(c->name);
	free(c);
}

void
snmp_apply(struct router *r)
{
	bool want = r->cfg->snmp.manager;

	if (want == r->snmp.open)
		return;
	if (want)
		dp_udp_open(r->dp, SNMP_TRAP_PORT);
	else
		dp_udp_close(r->dp, SNMP_TRAP_PORT);
	r->snmp.open = want;
}

/* ---- out ---- */

static struct snmp_varbind *
add(struct snmp_trap *t, const char *oid, enum snmp_type type)
{
	struct snmp_varbind *b = &t->v[t->n++];

	memset(b, 0, sizeof(*b));
	snmp_oid_parse(oid, &b->oid);
	b->type = type;
	return b;
}

static struct snmp_varbind *
add_column(struct snmp_trap *t, unsigned column, uint32_t index, enum snmp_type type)
{
	static const uint32_t entry[] = { EEM_MIB, 1, 2, 3, 1 };
	struct snmp_varbind *b = &t->v[t->n++];

	memset(b, 0, sizeof(*b));
	memcpy(b->oid.v, entry, sizeof(entry));
	b->oid.n = sizeof(entry) / sizeof(entry[0]);
	b->oid.v[b->oid.n++] = column;
	b->oid.v[b->oid.n++] = index;
	b->type = type;
	return b;
}

static void
add_text(struct snmp_trap *t, unsigned column, uint32_t index, const char *s)
{
	struct snmp_varbind *b = add_column(t, column, index, SNMP_OCTETS);
	size_t n = strlen(s);

	b->data = (const uint8_t *)s;
	b->len = n < 255 ? n : 255;	/* SnmpAdminString, RFC 3411 */
}

/* Integer32 holds no more. */
static uint64_t
clamp(int64_t v)
{
	return (uint64_t)(v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : v);
}

struct eem_trap { const char *policy, *str; unsigned type; int64_t int1, int2; };

static void
trap_columns(struct snmp_trap *t, uint32_t index, const struct eem_trap *e)
{
	add_column(t, COL_TYPE1, index, SNMP_GAUGE32)->number = e->type;
	for (unsigned i = 1; i < 4; i++)	/* it has one event */
		add_column(t, COL_TYPE1 + i, index, SNMP_GAUGE32)->number = 0;
	add_text(t, COL_PATH, index, "");
	add_text(t, COL_NAME, index, e->policy);
	add_column(t, COL_EXIT, index, SNMP_INTEGER)->number = 0;
	add_column(t, COL_INT1, index, SNMP_INTEGER)->number = clamp(e->int1);
	add_column(t, COL_INT2, index, SNMP_INTEGER)->number = clamp(e->int2);
	add_text(t, COL_STR, index, e->str);
}

static uint32_t
trap_source(struct router *r, uint32_t to)
{
	struct if_info i;

	if (r->cfg->snmp.trap_source != NULL && router_if_info(r, r->cfg->snmp.trap_source, &i) && i.ip.addr != 0)
		return i.ip.addr;
	return dp_source_for(r->dp, to);
}

static void
trap_send(struct router *r, const struct cfg_snmp_host *h, uint32_t index, const struct eem_trap *e)
{
	static const uint32_t notification[] = { EEM_MIB, 0, 2 }, enterprise[] = { EEM_MIB };
	int64_t now = clock_now(r->clock);
	uint32_t src = trap_source(r, h->addr), ticks = (uint32_t)((now - r->boot_ns) / (10 * NSEC_MS));
	struct snmp_trap t = { .version = h->version, .community = (const uint8_t *)h->community, .community_len = strlen(h->community) };
	uint8_t out[SNMP_MAX];
	size_t n;

	if (h->version == 0) {
		memcpy(t.enterprise.v, enterprise, sizeof(enterprise));
		t.enterprise.n = sizeof(enterprise) / sizeof(enterprise[0]);
		t.agent = src;
		t.generic = 6;		/* enterpriseSpecific */
		t.specific = 2;
		t.uptime = ticks;
	} else {
		struct snmp_varbind *b;

		t.request_id = ++r->snmp.request_id;
		add(&t, "1.3.6.1.2.1.1.3.0", SNMP_TIMETICKS)->number = ticks;	/* sysUpTime.0 */
		b = add(&t, "1.3.6.1.6.3.1.1.4.1.0", SNMP_OID);			/* snmpTrapOID.0 */
		memcpy(b->value.v, notification, sizeof(notification));
		b->value.n = sizeof(notification) / sizeof(notification[0]);
	}
	trap_columns(&t, index, e);
	n = snmp_encode(&t, out, sizeof(out));
	if (n > 0 && dp_udp_send(r->dp, src, h->addr, SNMP_TRAP_PORT, SNMP_TRAP_PORT, out, n, TTL, now))
		r->snmp.counts.out++;
	else
		r->snmp.counts.out_failed++;
}

void
snmp_eem_trap(struct router *r, const char *policy, unsigned type, int64_t int1, int64_t int2, const char *str)
{
	const struct eem_trap e = { policy, str, type, int1, int2 };
	const struct cfg_snmp_host *h;

	if (!r->cfg->snmp.traps_eem)
		return;
	r->snmp.index++;
	TAILQ_FOREACH(h, &r->cfg->snmp.hosts, next)
		trap_send(r, h, r->snmp.index, &e);
}

/* ---- in ---- */

static bool
known(const struct cfg_snmp *s, const struct snmp_trap *t)
{
	const struct cfg_snmp_community *c;
	const struct cfg_snmp_host *h;

	TAILQ_FOREACH(c, &s->communities, next)
		if (strlen(c->name) == t->community_len && memcmp(c->name, t->community, t->community_len) == 0)
			return true;
	TAILQ_FOREACH(h, &s->hosts, next)
		if (strlen(h->community) == t->community_len && memcmp(h->community, t->community, t->community_len) == 0)
			return true;
	return false;
}

static char *
value_text(const struct snmp_varbind *b)
{
	char oid[SNMP_OID_TEXT], a[ADDR_STRLEN];

	switch (b->type) {
	case SNMP_INTEGER:
		return xasprintf("%" PRId64, (int64_t)b->number);
	case SNMP_OCTETS:
	case SNMP_OPAQUE:
		return xstrndup((const char *)b->data, b->len);
	case SNMP_OID:
		return xstrdup(snmp_oid_fmt(&b->value, oid));
	case SNMP_IPADDRESS:
		return xstrdup(ip4_fmt((uint32_t)b->number, a));
	case SNMP_NULL:
		return xstrdup("");
	default:
		return xasprintf("%" PRIu64, b->number);
	}
}

static void
tell(struct router *r, const struct dp_udp *u, const struct snmp_trap *t)
{
	struct eem_varbind v[SNMP_VARBINDS];
	char oid[SNMP_OID_TEXT];

	for (size_t i = 0; i < t->n; i++)
		v[i] = (struct eem_varbind){ xstrdup(snmp_oid_fmt(&t->v[i].oid, oid)), value_text(&t->v[i]) };
	eem_snmp_event(r, u->src, u->dst, v, t->n);
	for (size_t i = 0; i < t->n; i++) {
		free((char *)(uintptr_t)v[i].oid);
		free((char *)(uintptr_t)v[i].value);
	}
}

void
snmp_input(struct router *r, const struct dp_udp *u)
{
	struct snmp_counts *c = &r->snmp.counts;
	struct snmp_trap t;

	c->in++;
	switch (snmp_decode(u->data, u->len, &t)) {
	case SNMP_BAD_BER:
	case SNMP_TOO_MUCH:
		c->bad_ber++;
		return;
	case SNMP_BAD_VERSION:
		c->bad_version++;
		return;
	case SNMP_NO_TRAP:
		c->not_traps++;
		return;
	case SNMP_OK:
		break;
	}
	if (!known(&r->cfg->snmp, &t)) {
		c->bad_community++;
		return;
	}
	c->traps++;
	tell(r, u, &t);
}
