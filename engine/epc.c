/*
 * Embedded packet capture.  While any capture runs the datapath shows each packet that goes by (dp_tap_set); what fits a
 * capture's interfaces and filter is copied.  A capture that comes to a limit takes nothing more at once, but says so from a
 * timer: the datapath is at work when it happens.
 */

#include "engine/epc.h"

#include <stdlib.h>
#include <string.h>

#include "datapath/datapath.h"
#include "engine/epc_point.h"
#include "engine/flow.h"
#include "engine/internal.h"
#include "engine/keyfile.h"
#include "engine/log.h"
#include "engine/router.h"
#include "lib/mem.h"
#include "lib/text.h"

#define ETHER		14u
#define ETHER_IP4	0x0800u
#define ETHER_IP6	0x86ddu
#define IP6_HEAD	40u
#define PROTO_UDP	17
#define NATT_PORT	4500	/* RFC 3948 */

struct epcs {
	TAILQ_HEAD(, epc)	 list;		/* as they were made */
	size_t			 n, active;
	size_t			 bytes;		/* of all buffers */
	struct keyfile		*keys;		/* NULL: nothing was captured since the start */
};

/* --- What a packet is --- */

static unsigned
be16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static const uint8_t *
ip_within(uint8_t what, const uint8_t *p, size_t len, size_t *n)
{
	if (what != DP_TAP_FRAME) {
		*n = len;
		return len > 0 ? p : NULL;
	}
	if (len <= ETHER || (be16(p + 12) != ETHER_IP4 && be16(p + 12) != ETHER_IP6))
		return NULL;
	*n = len - ETHER;
	return p + ETHER;
}

const uint8_t *
epc_ip(const struct epc_packet *p, size_t *n)
{
	return ip_within(p->what, p->data, p->len, n);
}

/* --- Filters --- */

static bool
tuple_of(const uint8_t *ip, size_t n, struct dp_tuple *t)
{
	if (ip == NULL || n < 20 || ip[0] >> 4 != 4 || (ip[0] & 15) < 5)
		return false;
	dp_tuple_of(t, ip, n);
	return true;
}

static bool
prefix6_fits(const struct prefix *p, const uint8_t *a)
{
	unsigned whole = p->len / 8, rest = p->len % 8;

	if (p->addr.af == ADDR_NONE)
		return true;
	return memcmp(p->addr.v6, a, whole) == 0 && (rest == 0 || (p->addr.v6[whole] ^ a[whole]) >> (8 - rest) == 0);
}

static bool
fits6_header(const struct epc *c, const uint8_t *src, const uint8_t *dst, uint8_t proto)
{
	return prefix6_fits(&c->src6, src) && prefix6_fits(&c->dst6, dst) && (c->proto6 == 0 || c->proto6 == proto);
}

static bool
fits6(const struct epc *c, const uint8_t *ip, size_t n)
{
	return ip != NULL && n >= IP6_HEAD && ip[0] >> 4 == 6 && fits6_header(c, ip + 8, ip + 24, ip[6]);
}

/* A list that is not there, or is empty, lets all pass, as at an interface.  t NULL: no IPv4 packet. */
static bool
fits_acl(const struct epc *c, const struct dp_tuple *t)
{
	struct cfg_acl *l = config_acl(c->r->cfg, c->acl);
	uint32_t i;

	if (l == NULL || l->n == 0)
		return true;
	if (t == NULL)
		return false;
	i = dp_acl_match_from(acl_compiled(l), t, 0);
	return i != DP_ACL_NONE && dp_acl_ace(acl_compiled(l), i)->permit;
}

/* The packet that the SA makes of what it carries: who asks for ESP gets what is in it. */
static bool
fits_outer(const struct epc *c, const struct sa_params *sa)
{
	struct dp_tuple t = { .src = sa->src.v4, .dst = sa->dst.v4, .proto = sa->udp_port != 0 ? PROTO_UDP : (uint8_t)sa->proto };

	if (sa->src.af == ADDR_V6)
		return c->filter == EPC_FILTER_IPV6 && fits6_header(c, sa->src.v6, sa->dst.v6, sa->udp_port != 0 ? PROTO_UDP : (uint8_t)sa->proto);
	if (sa->udp_port != 0) {
		t.sport = sa->dir == SA_OUT ? NATT_PORT : sa->udp_port;
		t.dport = sa->dir == SA_OUT ? sa->udp_port : NATT_PORT;
	}
	return c->filter == EPC_FILTER_IPV4 ? dp_ace_fits(&c->ace, &t) : c->filter == EPC_FILTER_ACL && fits_acl(c, &t);
}

static bool
fits(const struct epc *c, const struct dp_tap_packet *p)
{
	struct dp_tuple t;
	size_t n = 0;
	const uint8_t *ip = ip_within((uint8_t)p->kind, p->data, p->len, &n);

	if (p->sa != NULL && fits_outer(c, p->sa))
		return true;
	switch (c->filter) {
	case EPC_FILTER_IPV4:
		return tuple_of(ip, n, &t) && dp_ace_fits(&c->ace, &t);
	case EPC_FILTER_IPV6:
		return fits6(c, ip, n);
	case EPC_FILTER_ACL:
		return fits_acl(c, tuple_of(ip, n, &t) ? &t : NULL);
	case EPC_FILTER_NONE:
	case EPC_FILTER_ANY:
		break;
	}
	return true;
}

void
epc_filter_clear(struct epc *c)
{
	c->filter = EPC_FILTER_NONE;
	c->ace = (struct dp_ace){ 0 };
	c->src6 = c->dst6 = (struct prefix){ .addr.af = ADDR_NONE };
	c->proto6 = 0;
	free(c->acl);
	free(c->match);
	c->acl = c->match = NULL;
}

/* --- The buffer --- */

static size_t
cost(const struct epc_packet *p)
{
	return sizeof(*p) + p->len;
}

static void
packet_del(struct epc *c, struct epc_packet *p)
{
	TAILQ_REMOVE(&c->packets, p, next);
	c->bytes -= cost(p);
	c->r->epcs->bytes -= cost(p);
	c->kept -= p->what != DP_TAP_SEALED;
	free(p);
}

void
epc_clear(struct epc *c)
{
	while (!TAILQ_EMPTY(&c->packets))
		packet_del(c, TAILQ_FIRST(&c->packets));
	c->dropped = 0;
	c->nseen = 0;
}

/* Makes room for n bytes; false: there is none. */
static bool
room(struct epc *c, size_t n)
{
	size_t most = (size_t)c->size_kb << 10;

	while (c->circular && !TAILQ_EMPTY(&c->packets) && (c->bytes + n > most || c->r->epcs->bytes + n > EPC_MEMORY))
		packet_del(c, TAILQ_FIRST(&c->packets));
	return c->bytes + n <= most && c->r->epcs->bytes + n <= EPC_MEMORY;
}

/* Its number in c->seen; -1: no more can be told apart. */
static int
seen(struct epc *c, const char *ifname, uint8_t what)
{
	for (size_t i = 0; i < c->nseen; i++)
		if (c->seen[i].what == what && strcmp(c->seen[i].name, ifname) == 0)
			return (int)i;
	if (c->nseen == 3 * EPC_IFS)
		return -1;
	memcpy(c->seen[c->nseen].name, ifname, strlen(ifname) + 1);
	c->seen[c->nseen].what = what;
	return (int)c->nseen++;
}

static void
keep(struct epc *c, const char *ifname, const struct dp_tap_packet *t)
{
	uint32_t len = c->limit_len != 0 && t->len > c->limit_len ? c->limit_len : (uint32_t)t->len;
	int iface = seen(c, ifname, (uint8_t)t->kind);
	struct epc_packet *p;

	if (iface < 0 || !room(c, sizeof(*p) + len)) {
		c->dropped++;
		return;
	}
	p = xmalloc(sizeof(*p) + len);
	*p = (struct epc_packet){ .when_ns = t->now + c->r->clock_offset_ns, .len = len, .orig_len = (uint32_t)t->len, .iface = (uint8_t)iface,
	    .what = (uint8_t)t->kind, .out = t->out };
	memcpy(p->data, t->data, len);
	TAILQ_INSERT_TAIL(&c->packets, p, next);
	c->bytes += cost(p);
	c->r->epcs->bytes += cost(p);
	c->kept += p->what != DP_TAP_SEALED;
}

/* --- Limits --- */

static void
end_soon(struct epc *c, const char *why)
{
	c->ending = why;
	timer_in(&c->stop, 0);
}

/* Counts a packet in its second; false where the rate is reached. */
static bool
rate_ok(struct epc *c, int64_t now)
{
	int64_t second = now / NSEC_SEC;

	if (second != c->second) {
		c->last_second = second == c->second + 1 ? c->in_second : 0;
		c->second = second;
		c->in_second = 0;
	}
	if (c->limit_pps != 0 && c->in_second >= c->limit_pps)
		return false;
	c->in_second++;
	return true;
}

unsigned
epc_rate(const struct epc *c)
{
	int64_t second = clock_now(c->r->clock) / NSEC_SEC;

	if (second == c->second)
		return c->last_second;
	return second == c->second + 1 ? c->in_second : 0;
}

/* What IPsec carries comes along with the packets that carry it: no limit is for it but the buffer's. */
static void
offer(struct epc *c, const char *ifname, const struct dp_tap_packet *t)
{
	if (!fits(c, t))
		return;
	if (t->kind != DP_TAP_SEALED) {
		if (c->limit_every > 1 && c->matched++ % c->limit_every != 0)
			return;
		if (!rate_ok(c, t->now)) {
			c->dropped++;
			return;
		}
	}
	keep(c, ifname, t);
	if (c->limit_packets != 0 && c->kept >= c->limit_packets)
		end_soon(c, "Packet limit reached");
}

static struct epc_if *
if_of(struct epc *c, const char *ifname)
{
	for (size_t i = 0; i < c->nifs; i++)
		if (strcmp(c->ifs[i].name, ifname) == 0)
			return &c->ifs[i];
	return NULL;
}

static bool
family_fits(const struct epc_if *i, const struct dp_tap_packet *t)
{
	size_t n = 0;
	const uint8_t *ip;

	if (i->af == ADDR_NONE)
		return true;
	ip = ip_within((uint8_t)t->kind, t->data, t->len, &n);
	return ip != NULL && ip[0] >> 4 == (i->af == ADDR_V6 ? 6 : 4);
}

/* Does it look at this packet of that interface? */
static bool
watches(const struct epc *c, const char *ifname, const struct dp_tap_packet *t)
{
	for (size_t k = 0; k < c->nifs; k++) {
		const struct epc_if *i = &c->ifs[k];

		if ((t->out ? i->out : i->in) && strcmp(i->name, ifname) == 0 && family_fits(i, t))
			return true;
	}
	return false;
}

static void
on_packet(void *arg, const struct dp_tap_packet *t)
{
	struct router *r = arg;
	const struct rif *rif = ifnet_by_dp(r, t->ifidx);
	struct epc *c;

	if (rif == NULL)
		return;
	TAILQ_FOREACH(c, &r->epcs->list, next)
		if (c->active && c->ending == NULL && watches(c, rif->name, t))
			offer(c, rif->name, t);
}

/* --- Start and stop --- */

static void
watch(struct router *r)
{
	dp_tap_set(r->dp, r->epcs->active > 0 ? on_packet : NULL, r);
}

static void
halt(struct epc *c)
{
	timer_stop(&c->stop);
	c->active = false;
	c->r->epcs->active--;
	watch(c->r);
}

void
epc_run(struct epc *c, bool on)
{
	if (c->active == on)
		return;
	if (!on) {
		halt(c);
		return;
	}
	if (c->limit_packets != 0 && c->kept >= c->limit_packets)
		epc_clear(c);
	c->active = true;
	c->ending = NULL;
	c->matched = 0;
	c->in_second = c->last_second = 0;
	c->started_ns = clock_now(c->r->clock);
	c->r->epcs->active++;
	if (c->limit_s != 0)
		timer_in(&c->stop, c->limit_s * NSEC_SEC);
	watch(c->r);
}

const char *
epc_start(struct epc *c)
{
	if (c->active)
		return "Capture is already active";
	if (c->nifs == 0)
		return "Interface not attached";
	if (c->filter == EPC_FILTER_NONE)
		return "Filter not attached to capture";
	epc_run(c, true);
	log_syslog(c->r, "BUFCAP", 6, "ENABLE", "Capture Point %s enabled.", c->name);
	return NULL;
}

void
epc_stop(struct epc *c)
{
	if (!c->active)
		return;
	halt(c);
	log_syslog(c->r, "BUFCAP", 6, "DISABLE", "Capture Point %s disabled.", c->name);
}

static void
on_stop(void *arg)
{
	struct epc *c = arg;

	const char *why = c->ending != NULL ? c->ending : "Duration limit reached";

	halt(c);
	c->ending = NULL;
	if (c->by_points)
		epc_points_ended(c, why);
	else
		log_syslog(c->r, "BUFCAP", 6, "DISABLE_ASYNC", "Capture Point %s disabled. Reason : %s", c->name, why);
}

/* --- Captures and their interfaces --- */

struct epcs *
epcs_new(struct router *r)
{
	struct epcs *e = xcalloc(1, sizeof(*e));

	(void)r;
	TAILQ_INIT(&e->list);
	return e;
}

void
epcs_free(struct epcs *e)
{
	if (e == NULL)
		return;
	while (!TAILQ_EMPTY(&e->list))
		epc_del(TAILQ_FIRST(&e->list));
	keyfile_free(e->keys);
	free(e);
}

struct epc *
epc_find(const struct router *r, const char *name)
{
	struct epc *c;

	TAILQ_FOREACH(c, &r->epcs->list, next)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

void
epc_each(const struct router *r, void (*fn)(void *arg, struct epc *c), void *arg)
{
	struct epc *c;

	TAILQ_FOREACH(c, &r->epcs->list, next)
		fn(arg, c);
}

static void
key_now(void *arg, const struct ike_sa_info *sa)
{
	const struct key_report k = { .icookie = sa->icookie, .enc_key = sa->enc_key, .enc_key_len = sa->enc_key_len };

	if (sa->enc_key_len > 0)
		keyfile_add(arg, &k);
}

static void
key_of_sa(void *arg, const struct sa_params *p)
{
	const struct key_report k = { .sa = p };

	keyfile_add(arg, &k);
}

struct epc *
epc_make(struct router *r, const char *name)
{
	struct epcs *e = r->epcs;
	struct epc *c;

	if (e->n >= EPC_MAX)
		return NULL;
	if (e->keys == NULL) {
		e->keys = keyfile_new();
		ike_sa_each(r->ike, key_now, e->keys);
		pair_keys_each(r, key_of_sa, e->keys);
	}
	c = xcalloc(1, sizeof(*c));
	c->r = r;
	c->name = xstrndup(name, EPC_NAME_MAX);
	c->size_kb = EPC_SIZE;
	TAILQ_INIT(&c->packets);
	timer_init(&c->stop, r->clock, on_stop, c);
	TAILQ_INSERT_TAIL(&e->list, c, next);
	e->n++;
	return c;
}

void
epc_del(struct epc *c)
{
	struct epcs *e = c->r->epcs;

	if (c->active)
		halt(c);
	epc_clear(c);
	epc_filter_clear(c);
	TAILQ_REMOVE(&e->list, c, next);
	free(c->name);
	free(c);
	if (--e->n == 0) {	/* keys are kept no longer than they are of use */
		keyfile_free(e->keys);
		e->keys = NULL;
	}
}

bool
epc_if_set(struct epc *c, const char *ifname, bool in, bool out)
{
	struct epc_if *i = if_of(c, ifname);

	if (i == NULL && c->nifs == EPC_IFS)
		return false;
	if (i == NULL) {
		i = &c->ifs[c->nifs++];
		*i = (struct epc_if){ .in = in };
		memcpy(i->name, ifname, strlen(ifname) + 1);
	}
	i->in = in;
	i->out = out;
	return true;
}

bool
epc_if_del(struct epc *c, const char *ifname)
{
	struct epc_if *i = if_of(c, ifname);

	if (i == NULL)
		return false;
	memmove(i, i + 1, (size_t)(c->ifs + c->nifs - (i + 1)) * sizeof(*i));
	c->nifs--;
	return true;
}

void
epcs_key(struct router *r, const struct key_report *k)
{
	if (r->epcs != NULL && r->epcs->keys != NULL)
		keyfile_add(r->epcs->keys, k);
}

void
epc_key_files(const struct router *r, struct text *esp, struct text *ike)
{
	if (r->epcs->keys == NULL)
		return;
	keyfile_text(r->epcs->keys, false, esp);
	keyfile_text(r->epcs->keys, true, ike);
}
