/*
 * NHRP packets in words: what `debug nhrp packet` writes below a packet's first line.  Each entry is a message of
 * its own, with its lines.
 */

#include "engine/nhrp_wire.h"
#include "lib/addr.h"
#include "lib/text.h"

static void
flag(struct text *t, uint16_t flags, uint16_t bit, const char *word)
{
	if ((flags & bit) != 0)
		text_printf(t, "%s ", word);
}

/* One bit has three names: which, the type tells. */
static void
flags_fmt(struct text *t, const struct nhrp_msg *m)
{
	switch (m->type) {
	case NHRP_REGISTRATION_REQUEST:
	case NHRP_REGISTRATION_REPLY:
		flag(t, m->flags, NHRP_FLAG_REG_UNIQUE, "unique");
		break;
	case NHRP_PURGE_REQUEST:
	case NHRP_PURGE_REPLY:
		flag(t, m->flags, NHRP_FLAG_NO_REPLY, "no-reply");
		break;
	default:
		flag(t, m->flags, NHRP_FLAG_ROUTER, "router");
		flag(t, m->flags, NHRP_FLAG_AUTH, "auth");
		flag(t, m->flags, NHRP_FLAG_STABLE, "dst-stable");
		flag(t, m->flags, NHRP_FLAG_UNIQUE, "unique");
		flag(t, m->flags, NHRP_FLAG_SRC_STABLE, "src-stable");
		break;
	}
	flag(t, m->flags, NHRP_FLAG_NAT, "nat");
}

static void
tell(struct text *t, void (*say)(void *, const char *), void *arg)
{
	say(arg, text_str(t));
	text_clear(t);
}

static void
describe_cies(const struct nhrp_cies *l, struct text *t, void (*say)(void *, const char *), void *arg)
{
	char a[ADDR_STRLEN];

	for (size_t i = 0; i < l->n; i++) {
		const struct nhrp_cie *c = &l->v[i];

		text_printf(t, " (C-%zu) code: %s(%u)\n", i + 1, nhrp_code_name(c->code), c->code);
		text_printf(t, "       prefix: %u, mtu: %u, hd_time: %u\n", c->prefix, c->mtu, c->holdtime);
		text_printf(t, "       addr_len: %u(NSAP), subaddr_len: 0(NSAP), proto_len: %u, pref: %u", c->has_nbma ? 4 : 0,
		    c->has_proto ? 4 : 0, c->preference);
		if (c->has_nbma)
			text_printf(t, "\n       client NBMA: %s", ip4_fmt(c->nbma, a));
		if (c->has_proto)
			text_printf(t, "\n       client protocol: %s", ip4_fmt(c->proto, a));
		tell(t, say, arg);
	}
}

static void
describe_ext(bool has, const char *name, const struct nhrp_cies *l, struct text *t, void (*say)(void *, const char *), void *arg)
{
	if (!has)
		return;
	text_add(t, name);
	tell(t, say, arg);
	describe_cies(l, t, say, arg);
}

void
nhrp_describe(const struct nhrp_msg *m, void (*say)(void *arg, const char *text), void *arg)
{
	char a[ADDR_STRLEN], b[ADDR_STRLEN];
	struct text t = { 0 };

	text_printf(&t, " (F) afn: AF_IP(1), type: IP(800), hop: %u, ver: 1\n", m->hops);
	text_printf(&t, "     shtl: 4(NSAP), sstl: 0(NSAP)\n     pktsz: %zu extoff: %zu", m->size, m->extoff);
	tell(&t, say, arg);
	if (m->type == NHRP_TRAFFIC_INDICATION)
		text_printf(&t, " (M) traffic code: redirect(%u)\n", m->code);
	else if (m->type == NHRP_ERROR_INDICATION)
		text_printf(&t, " (M) error code: %s(%u), offset: %u\n", nhrp_code_name(m->code), m->code, m->offset);
	else {
		text_add(&t, " (M) flags: \"");
		flags_fmt(&t, m);
		text_printf(&t, "\", reqid: %u\n", m->reqid);
	}
	text_printf(&t, "     src NBMA: %s\n", ip4_fmt(m->src_nbma, a));
	text_printf(&t, "     src protocol: %s, dst protocol: %s", ip4_fmt(m->src, a), ip4_fmt(m->dst, b));
	tell(&t, say, arg);
	describe_cies(&m->cies, &t, say, arg);
	text_free(&t);
}

void
nhrp_describe_exts(const struct nhrp_msg *m, void (*say)(void *arg, const char *text), void *arg)
{
	struct text t = { 0 };

	describe_ext(m->has_responder, "Responder Address Extension(3):", &m->responder, &t, say, arg);
	describe_ext(m->has_forward, "Forward Transit NHS Record Extension(4):", &m->forward, &t, say, arg);
	describe_ext(m->has_reverse, "Reverse Transit NHS Record Extension(5):", &m->reverse, &t, say, arg);
	if (m->has_auth) {
		text_printf(&t, "Authentication Extension(7):\n  type:Cleartext(1), data:%.*s", (int)m->auth_len, (const char *)m->auth);
		tell(&t, say, arg);
	}
	describe_ext(m->has_nat, "NAT address Extension(9):", &m->nat, &t, say, arg);
	text_free(&t);
}
