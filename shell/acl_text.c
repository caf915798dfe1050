/* Entries of access lists between words and data. */

#include "shell/acl_text.h"

#include <stdlib.h>
#include <string.h>

#include "engine/acl.h"
#include "lib/addr.h"
#include "lib/text.h"
#include "shell/grammar.h"

#define PROTO_ICMP	1
#define PROTO_TCP	6
#define PROTO_UDP	17

#define TCP_RST		0x04
#define TCP_ACK		0x10

#define DSCP_MASK	0xfc
#define PRECEDENCE_MASK	0xe0
#define TOS_MASK	0x1e

/* --- Words to data: what a row captured, in order --- */

struct typed {
	const struct args	*a;
	size_t			 i;
	const char		*why;		/* it can't be */
};

static bool
name_is(const struct typed *t, const char *name)
{
	return args_is(t->a, t->i, name);
}

static bool
take(struct typed *t, const char *name)
{
	if (!name_is(t, name))
		return false;
	t->i++;
	return true;
}

static const char *
value_take(struct typed *t)
{
	return args_at(t->a, t->i++);
}

static void
take_address(struct typed *t, uint32_t *addr, uint32_t *mask)
{
	uint32_t wild = 0;

	*addr = *mask = 0;
	if (take(t, "any") || (!take(t, "host") && !name_is(t, "addr")))
		return;
	ip4_parse(value_take(t), addr);
	if (name_is(t, "wild"))
		ip4_parse(value_take(t), &wild);
	*mask = ~wild;
	*addr &= *mask;
}

static uint8_t
proto_value(const char *s)
{
	int v = acl_word_value(ACL_WORDS_PROTO, s, strlen(s), 255);

	return v < 0 ? 0 : (uint8_t)v;
}

static uint16_t
port_value(const char *s, uint8_t proto)
{
	int v = acl_word_value(proto == PROTO_UDP ? ACL_WORDS_UDP : ACL_WORDS_TCP, s, strlen(s), 65535);

	return v < 0 ? 0 : (uint16_t)v;
}

static void
take_ports(struct typed *t, struct dp_ports *p, uint8_t proto)
{
	static const struct { const char *word; uint8_t op; } ops[] = {
		{ "eq", DP_PORT_EQ }, { "neq", DP_PORT_NEQ }, { "gt", DP_PORT_GT }, { "lt", DP_PORT_LT }, { "range", DP_PORT_RANGE },
	};
	uint16_t low;
	size_t i;

	for (i = 0; i < sizeof(ops) / sizeof(ops[0]) && !take(t, ops[i].word); i++)
		;
	if (i == sizeof(ops) / sizeof(ops[0]))
		return;
	p->op = ops[i].op;
	while (name_is(t, "port") && p->n < DP_ACE_PORTS)
		p->v[p->n++] = port_value(value_take(t), proto);
	if (p->op == DP_PORT_RANGE && p->v[0] > p->v[1]) {
		low = p->v[1];
		p->v[1] = p->v[0];
		p->v[0] = low;
	}
}

static void
take_icmp(struct typed *t, struct dp_ace *ace)
{
	const struct acl_icmp_word *w;
	const char *s;
	int type, code = -1;

	if (!name_is(t, "type"))
		return;
	s = value_take(t);
	if (*s < '0' || *s > '9') {
		w = acl_icmp_find(s, strlen(s));
		dp_ace_icmp(ace, w->type, w->code);
		if (name_is(t, "code"))
			t->why = "A message by its name has no code beside it";
		return;
	}
	type = atoi(s);
	if (name_is(t, "code"))
		code = atoi(value_take(t));
	dp_ace_icmp(ace, type, code);
}

static void
mark(struct dp_ace *ace, enum acl_words kind, const char *s, unsigned max, uint8_t mask, unsigned shift)
{
	int v = acl_word_value(kind, s, strlen(s), max);

	ace->tos = (uint8_t)((ace->tos & ~mask) | (((unsigned)v << shift) & mask));
	ace->tos_mask |= mask;
}

static bool
take_option(struct typed *t, struct dp_ace *ace, bool *log_input)
{
	if (take(t, "established")) {
		ace->tcp_op = DP_TCP_MATCH_ANY;
		ace->tcp_set = TCP_ACK | TCP_RST;
	} else if (take(t, "dscp"))
		mark(ace, ACL_WORDS_DSCP, value_take(t), 63, DSCP_MASK, 2);
	else if (take(t, "precedence"))
		mark(ace, ACL_WORDS_PRECEDENCE, value_take(t), 7, PRECEDENCE_MASK, 5);
	else if (take(t, "tos"))
		mark(ace, ACL_WORDS_TOS, value_take(t), 15, TOS_MASK, 1);
	else if (take(t, "fragments"))
		ace->fragments = true;
	else if (take(t, "log-input"))
		ace->log = *log_input = true;
	else if (take(t, "log"))
		ace->log = true;
	else
		return false;
	return true;
}

const char *
acl_entry_typed(const struct args *a, struct dp_ace *out, bool *log_input)
{
	struct typed t = { .a = a };
	bool extended;

	*out = (struct dp_ace){ 0 };
	*log_input = false;
	while (!name_is(&t, "permit") && !name_is(&t, "deny"))
		t.i++;
	out->permit = name_is(&t, "permit");
	t.i++;
	extended = !name_is(&t, "any") && !name_is(&t, "host") && !name_is(&t, "addr");
	if (extended)
		out->proto = proto_value(value_take(&t));
	take_address(&t, &out->src, &out->src_mask);
	if (extended) {
		take_ports(&t, &out->sport, out->proto);
		take_address(&t, &out->dst, &out->dst_mask);
		take_ports(&t, &out->dport, out->proto);
		take_icmp(&t, out);
	}
	while (take_option(&t, out, log_input))
		;
	if (out->fragments && (out->sport.op != DP_PORT_ANY || out->dport.op != DP_PORT_ANY || out->tcp_op != DP_TCP_ANY))
		t.why = "Later fragments have no ports, types or flags to match";
	if ((out->tos_mask & DSCP_MASK) == DSCP_MASK && (out->tos_mask & ~DSCP_MASK) != 0)
		t.why = "A DSCP can't stand beside precedence or TOS";
	return t.why;
}

/* --- Data to words --- */

static void
put_address(struct text *out, uint32_t addr, uint32_t mask)
{
	char a[ADDR_STRLEN];

	if (mask == 0) {
		text_add(out, " any");
		return;
	}
	text_add(out, mask == UINT32_MAX ? " host " : " ");
	text_add(out, ip4_fmt(addr, a));
	if (mask != UINT32_MAX) {
		text_addc(out, ' ');
		text_add(out, ip4_fmt(~mask, a));
	}
}

static void
put_word(struct text *out, enum acl_words kind, unsigned v)
{
	const char *word = acl_word_of(kind, v);

	text_addc(out, ' ');
	if (word != NULL)
		text_add(out, word);
	else
		text_number(out, v);
}

static void
put_ports(struct text *out, const struct dp_ports *p, uint8_t proto)
{
	static const char *const ops[] = {
		[DP_PORT_EQ] = "eq", [DP_PORT_NEQ] = "neq", [DP_PORT_GT] = "gt", [DP_PORT_LT] = "lt", [DP_PORT_RANGE] = "range",
	};

	if (p->op == DP_PORT_ANY)
		return;
	text_printf(out, " %s", ops[p->op]);
	for (size_t i = 0; i < p->n; i++)
		put_word(out, proto == PROTO_UDP ? ACL_WORDS_UDP : ACL_WORDS_TCP, p->v[i]);
}

static void
put_icmp(struct text *out, const struct dp_ace *e)
{
	int code = e->dport.op == DP_PORT_ANY ? -1 : e->dport.v[0];
	const struct acl_icmp_word *w;

	if (e->sport.op == DP_PORT_ANY)
		return;
	w = acl_icmp_of(e->sport.v[0], code);
	if (w != NULL)
		text_printf(out, " %s", w->word);
	else if (code < 0)
		text_printf(out, " %u", e->sport.v[0]);
	else
		text_printf(out, " %u %d", e->sport.v[0], code);
}

static void
put_marking(struct text *out, const struct dp_ace *e)
{
	if ((e->tos_mask & DSCP_MASK) == DSCP_MASK && (e->tos_mask & ~DSCP_MASK) == 0) {
		text_add(out, " dscp");
		put_word(out, ACL_WORDS_DSCP, e->tos >> 2);
		return;
	}
	if (e->tos_mask & PRECEDENCE_MASK) {
		text_add(out, " precedence");
		put_word(out, ACL_WORDS_PRECEDENCE, e->tos >> 5);
	}
	if (e->tos_mask & TOS_MASK) {
		text_add(out, " tos");
		put_word(out, ACL_WORDS_TOS, (e->tos & TOS_MASK) >> 1);
	}
}

static void
put_extended(struct text *out, const struct dp_ace *e)
{
	put_word(out, ACL_WORDS_PROTO, e->proto);
	put_address(out, e->src, e->src_mask);
	if (e->proto != PROTO_ICMP)
		put_ports(out, &e->sport, e->proto);
	put_address(out, e->dst, e->dst_mask);
	if (e->proto != PROTO_ICMP)
		put_ports(out, &e->dport, e->proto);
	else
		put_icmp(out, e);
	if (e->tcp_op != DP_TCP_ANY)
		text_add(out, " established");
	put_marking(out, e);
	if (e->fragments)
		text_add(out, " fragments");
}

static void
put_standard(struct text *out, const struct dp_ace *e, const char *between)
{
	char a[ADDR_STRLEN], w[ADDR_STRLEN];

	if (e->src_mask == 0)
		text_add(out, " any");
	else
		text_printf(out, " %s", ip4_fmt(e->src, a));
	if (e->src_mask != 0 && e->src_mask != UINT32_MAX)
		text_printf(out, "%s%s", between, ip4_fmt(~e->src_mask, w));
}

static void
put_entry(struct text *out, const struct cfg_acl *l, const struct cfg_ace *e, const char *deny, const char *between)
{
	text_add(out, e->ace.permit ? "permit" : deny);
	if (l->extended)
		put_extended(out, &e->ace);
	else
		put_standard(out, &e->ace, between);
	if (e->ace.log)
		text_add(out, e->log_input ? " log-input" : " log");
}

void
acl_entry_config(struct text *out, const struct cfg_acl *l, const struct cfg_ace *e)
{
	if (e->remark != NULL)
		text_printf(out, "remark %s", e->remark);
	else
		put_entry(out, l, e, "deny  ", " ");
}

void
acl_entry_show(struct text *out, const struct cfg_acl *l, const struct cfg_ace *e)
{
	put_entry(out, l, e, l->extended ? "deny" : "deny  ", ", wildcard bits ");
}
