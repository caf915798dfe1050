/*
 * Messages into an engine that has an established SA and half-open ones.  The first byte chooses how the rest is taken:
 * raw, as from the peer or from a stranger; with the cookies of one of the SAs put in; as the payloads of an Informational
 * or Quick Mode message that is then given a good HASH and encrypted, so that the decoders behind authentication see
 * them too; straight into the payload codecs; as a transaction, at each point at which an EzVPN client or server waits for one; as
 * certificates, requests and a signature in the message that proves an identity; or as fragments, cut where a byte of the input says.
 * After each the established SA must still be there, unless an authenticated message ended it.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ike/v1/v1.h"
#include "testsuite/fuzz/fuzz.h"


struct end {
	struct ike	*ike;
	struct ike_path	 path;
	struct ike_id	 local_id, remote_id;
	struct chance	*chance;
	uint8_t		 out[8][IKE_MSG_MAX];
	size_t		 len[8], nout;
	bool		 ezvpn, client, later, signs;
};

static const struct ike_policy policy = { 10, CIPHER_AES128, HASH_SHA1, IKE_AUTH_PSK, 19, 86400 };
static const struct ike_esp esp = { "TS", 50, 12, 128, 2, false, false };

static void
on_send(void *arg, const struct ike_path *path, const uint8_t *p, size_t n)
{
	struct end *e = arg;

	(void)path;
	if (e->nout == 8)
		return;
	memcpy(e->out[e->nout], p, n);
	e->len[e->nout++] = n;
}

static void
on_debug(void *arg, const struct addr *peer, const char *text)
{
	(void)arg;
	(void)peer;
	if (strlen(text) > 4096)
		abort();
}

static bool
on_debug_on(void *arg)
{
	(void)arg;
	return true;
}

static void
on_syslog(void *arg, int severity, const char *mnemonic, const char *text)
{
	(void)arg;
	(void)severity;
	(void)mnemonic;
	(void)text;
}

static void
on_peer_config(void *arg, const struct ike_path *path, const char *wanted, const struct ike_id *id, struct ike_peer_config *out)
{
	const struct end *e = arg;

	(void)wanted;
	(void)id;
	*out = (struct ike_peer_config){ .have_key = true, .psk = "secret", .psk_len = 6, .keyring = "default", .dpd_s = 10, .dpd_retry_s = 2 };
	out->self_id = (struct ike_id){ .type = IKE_ID_IPV4_ADDR, .addr = path->local };
	out->have_cert = e->signs;
	if (!e->ezvpn)
		return;
	out->aggressive = out->unity = true;
	out->xauth = e->client ? IKE_XAUTH_CLIENT : IKE_XAUTH_SERVER;
	out->cfg_role = e->client ? IKE_CFG_PULL : IKE_CFG_GIVE;
}

static size_t
on_policies(void *arg, const struct ike_policy **out)
{
	static const struct ike_policy signing = { 10, CIPHER_AES128, HASH_SHA1, IKE_AUTH_RSA_SIG, 19, 86400 };
	const struct end *e = arg;

	*out = e->signs ? &signing : &policy;
	return 1;
}

static size_t
on_cert_authorities(void *arg, const struct ike_path *path, const char *profile, struct ike_der *out, size_t max)
{
	(void)arg;
	(void)path;
	(void)profile;
	(void)out;
	(void)max;
	return 0;
}

static size_t
on_own_certs(void *arg, const struct ike_path *path, const char *profile, const struct ike_der *wanted, size_t nwanted, struct ike_der *out, size_t max)
{
	static const uint8_t cert[] = { 0x30, 0 };
	volatile uint8_t sum = 0;
	size_t k, j;

	(void)arg;
	(void)path;
	(void)profile;
	(void)max;
	for (k = 0; k < nwanted; k++)
		for (j = 0; j < wanted[k].n; j++)
			sum = sum ^ wanted[k].p[j];
	out[0] = (struct ike_der){ cert, sizeof(cert) };
	return 1;
}

static size_t
on_sign(void *arg, const struct ike_path *path, const char *profile, const uint8_t *hash, size_t nhash, uint8_t *out, size_t max)
{
	(void)arg;
	(void)path;
	(void)profile;
	if (nhash > max)
		abort();
	memcpy(out, hash, nhash);
	return nhash;
}

static enum ike_cert_verdict
on_verify(void *arg, const struct ike_proof *p)
{
	volatile uint8_t sum = 0;
	size_t k, j;

	(void)arg;
	for (k = 0; k < p->ncerts; k++)
		for (j = 0; j < p->certs[k].n; j++)
			sum = sum ^ p->certs[k].p[j];
	return p->nsig == p->nhash && memcmp(p->sig, p->hash, p->nsig) == 0 ? IKE_CERT_OK : IKE_CERT_SIGNATURE;
}

static uint32_t
on_spi_new(void *arg, uint8_t proto)
{
	struct end *e = arg;

	(void)proto;
	return chance_u32(e->chance) | 0x100;
}

static enum ike_verdict
on_offer(void *arg, const struct ike_offer *o, struct ike_choice *out)
{
	(void)arg;
	(void)out;
	return o->esp.auth_id == 2 ? IKE_OFFER_OK : o->pfs_group != 0 ? IKE_OFFER_PFS : IKE_OFFER_PROXY;
}

static bool
on_install(void *arg, const struct ike_child *c)
{
	(void)arg;
	return c->key_len > 0;
}

static void
on_enable(void *arg, uint32_t spi_in, uint32_t spi_out)
{
	(void)arg;
	(void)spi_in;
	(void)spi_out;
}

static void
on_deleted(void *arg, const struct ike_path *path, uint8_t proto, const uint32_t *spis, size_t n)
{
	volatile uint32_t sum = 0;
	size_t k;

	(void)arg;
	(void)path;
	(void)proto;
	for (k = 0; k < n; k++)
		sum = sum + spis[k];
}

static void
on_path(void *arg, const struct ike_path *path)
{
	(void)arg;
	(void)path;
}

static void
on_invalid_spi(void *arg, const struct ike_path *path, uint8_t proto, uint32_t spi)
{
	(void)arg;
	(void)path;
	(void)proto;
	(void)spi;
}

static void
on_failed(void *arg, uint64_t cookie, const struct addr *remote, enum ike_fail why)
{
	(void)arg;
	(void)cookie;
	(void)remote;
	(void)why;
}

static size_t
on_ipsec_count(void *arg, const struct ike_path *path)
{
	(void)arg;
	(void)path;
	return 1;
}

static void
on_sa_up(void *arg, const struct ike_sa_info *sa)
{
	(void)arg;
	(void)sa;
}

static void
on_sa_down(void *arg, const struct ike_sa_info *sa, bool dpd)
{
	(void)arg;
	(void)sa;
	(void)dpd;
}

static enum ike_answer
on_xauth_check(void *arg, const struct ike_sa_info *sa, const struct ike_credentials *c)
{
	(void)arg;
	(void)sa;
	if (strlen(c->user) >= sizeof(c->user) || strlen(c->password) >= sizeof(c->password))
		abort();
	return c->user[0] == 'a' ? IKE_YES : c->user[0] == 'l' ? IKE_LATER : IKE_NO;
}

static enum ike_answer
on_xauth_ask(void *arg, const struct ike_sa_info *sa, const struct ike_xauth_ask *ask, struct ike_credentials *out)
{
	const struct end *e = arg;

	(void)sa;
	if (strlen(ask->message) >= sizeof(ask->message))
		abort();
	*out = (struct ike_credentials){ .user = "a", .password = "b" };
	return e->later ? IKE_LATER : IKE_YES;
}

static void
modecfg_check(const struct ike_modecfg *m)
{
	size_t k;

	if (m->ndns > IKE_CFG_DNS_MAX || m->nwins > IKE_CFG_DNS_MAX || m->ninclude > IKE_CFG_NETS_MAX || m->nexclude > IKE_CFG_NETS_MAX ||
	    m->nsplit_dns > IKE_CFG_DOMAINS_MAX || m->nbackup > IKE_CFG_BACKUPS_MAX || m->mask_len > 32)
		abort();
	for (k = 0; k < m->ninclude; k++)
		if (m->include[k].prefix_len > 32)
			abort();
}

static bool
on_modecfg_give(void *arg, const struct ike_sa_info *sa, const struct ike_modecfg *asked, struct ike_modecfg *out)
{
	(void)arg;
	(void)sa;
	modecfg_check(asked);
	out->has = IKE_CFG_ADDRESS | IKE_CFG_SPLIT_INCLUDE;
	out->address = addr_v4(0x0a010101);
	return true;
}

static void
on_modecfg_got(void *arg, const struct ike_sa_info *sa, const struct ike_modecfg *got)
{
	(void)arg;
	(void)sa;
	modecfg_check(got);
}

static const struct ike_ops ops = {
	.send = on_send, .debug = on_debug, .debug_on = on_debug_on, .syslog = on_syslog, .peer_config = on_peer_config,
	.policies = on_policies, .spi_new = on_spi_new, .offer = on_offer, .install = on_install, .enable = on_enable,
	.deleted = on_deleted, .initial_contact = on_path, .invalid_spi = on_invalid_spi, .failed = on_failed,
	.ipsec_count = on_ipsec_count, .sa_up = on_sa_up, .sa_down = on_sa_down,
	.cert_authorities = on_cert_authorities, .own_certs = on_own_certs, .sign = on_sign, .verify = on_verify,
	.xauth_check = on_xauth_check, .xauth_ask = on_xauth_ask, .modecfg_give = on_modecfg_give, .modecfg_got = on_modecfg_got,
};

static void
pass(struct end *from, struct end *to)
{
	uint8_t p[IKE_MSG_MAX];
	size_t n = from->len[0];

	memcpy(p, from->out[0], n);
	from->nout--;
	memmove(from->out, from->out + 1, from->nout * sizeof(from->out[0]));
	memmove(from->len, from->len + 1, from->nout * sizeof(from->len[0]));
	ike_input(to->ike, &to->path, p, n);
}

static void
ask(struct end *e)
{
	struct ike_child_request rq = { .cookie = 1, .esp = { esp }, .nesp = 1, .life_s = 3600, .life_kb = 4608000 };

	rq.local_id = e->local_id;
	rq.remote_id = e->remote_id;
	ike_request(e->ike, &e->path, "", &rq);
}

/* Gives the bytes a header that fits, and the HASH and encryption of the SA. */
static void
protect(struct end *e, struct sa *sa, uint8_t exchange, const struct node *of, const uint8_t *p, size_t n)
{
	uint32_t msgid = of != NULL ? of->msgid : 0x1234567;
	uint8_t iv[16], h[HASH_MAX];
	struct out o;
	size_t len;

	if (n < 1 || n > 4000)
		return;
	out_begin(&o, sa->icookie, sa->rcookie, exchange, ISAKMP_FLAG_E, msgid);
	out_open(&o, PL_HASH);
	wr_zero(&o.w, 20);
	out_close(&o);
	o.buf[IKE_HDR_LEN] = p[0];	/* the next payload's type */
	wr_bytes(&o.w, p + 1, n - 1);
	keys_hash_p2(&sa->keys, HASH_SHA1, msgid, (struct iov){ NULL, 0 }, (struct iov){ p + 1, n - 1 }, h);
	memcpy(o.buf + IKE_HDR_LEN + 4, h, 20);
	len = out_finish(&o, 1);
	while ((len - IKE_HDR_LEN) % 16 != 0)
		o.buf[len++] = 0;
	o.buf[26] = (uint8_t)(len >> 8);
	o.buf[27] = (uint8_t)len;
	v1_iv2(sa, msgid, iv);
	if (of != NULL)
		memcpy(iv, of->iv, sizeof(iv));
	cipher_cbc(e->chance, CIPHER_AES128, true, sa->keys.enc, iv, o.buf + IKE_HDR_LEN, len - IKE_HDR_LEN);
	ike_input(e->ike, &e->path, o.buf, len);
}

static void
codecs(const uint8_t *p, size_t n)
{
	struct payload pl = { PL_N, p, n };
	struct sa_payload s;
	struct p1_attrs a1;
	struct p2_attrs a2;
	struct isakmp_hdr h;
	struct ike_id id;
	struct notify no;
	struct delete d;
	struct cfg_payload c;
	struct xauth_attrs x;
	struct ike_modecfg mc;
	struct ike_der certs[IKE_CHAIN_MAX], name;
	struct frag f;
	struct msg m;
	size_t k, ncerts = 0;

	certpl_parse(&pl, certs, &ncerts, IKE_CHAIN_MAX);
	for (k = 0; k < ncerts; k++)
		if (certs[k].p < p || certs[k].p + certs[k].n > p + n || (certder_subject(&certs[k], &name) && (name.p < p || name.p + name.n > p + n)))
			abort();
	if (certreqpl_parse(&pl, &name) == IKEC_OK && name.n != 0 && name.p + name.n != p + n)
		abort();
	if (frag_parse(&pl, &f) == IKEC_OK && f.p + f.n != p + n)
		abort();
	if (cfg_parse(p, n, &c) == IKEC_OK) {
		xauth_parse(&c, &x);
		modecfg_parse(&c, true, &mc);
		modecfg_parse(&c, false, &mc);
		modecfg_check(&mc);
	}
	hdr_parse(p, n, &h);
	msg_chain(&m, PL_SA, p, n, true);
	id_parse(p, n, &id);
	notify_parse(&pl, &no);
	delete_parse(&pl, &d);
	vid_of(p, n);
	if (sa_parse(p, n, &s) != IKEC_OK)
		return;
	for (k = 0; k < s.nt; k++) {
		p1_attrs_parse(&s.t[k], &a1);
		p2_attrs_parse(&s.t[k], &a2);
	}
}

static void
with_cookies(struct end *e, const struct sa *sa, const uint8_t *p, size_t n)
{
	uint8_t *m;

	if (n < IKE_HDR_LEN || n > IKE_MSG_MAX)
		return;
	m = xmemdup(p, n);
	memcpy(m, sa->icookie, IKE_COOKIE);
	memcpy(m + IKE_COOKIE, sa->rcookie, IKE_COOKIE);
	m[17] = 0x10;
	m[24] = m[25] = 0;
	m[26] = (uint8_t)(n >> 8);
	m[27] = (uint8_t)n;
	ike_input(e->ike, &e->path, m, n);
	free(m);
}

/* Messages pass until this end is in that state; what would answer it there is thrown away. */
static struct sa *
bring_to(struct end *e, struct end *target, enum ike_state state)
{
	struct sa *sa;

	for (;;) {
		sa = TAILQ_FIRST(&target->ike->sas);
		if (sa != NULL && sa->established && sa->state == state && (state != IKE_P1_COMPLETE || sa->ready || target->client))
			break;
		if (e[0].nout + e[1].nout == 0)
			return NULL;
		pass(e[0].nout > 0 ? &e[0] : &e[1], e[0].nout > 0 ? &e[1] : &e[0]);
	}
	e[0].nout = e[1].nout = 0;
	return sa;
}

/* Where a transaction meets a client or a server, as one of the peer's own or as the answer to ours. */
static const struct { enum ike_state state; bool client, answer; } points[] = {
	{ IKE_XAUTH_REQ_SENT, false, false }, { IKE_XAUTH_REQ_SENT, false, true }, { IKE_XAUTH_SET_SENT, false, true },
	{ IKE_P1_COMPLETE, false, false }, { IKE_P1_COMPLETE, true, false }, { IKE_XAUTH_REPLY_AWAIT, true, false },
	{ IKE_XAUTH_REPLY_SENT, true, false }, { IKE_CFG_REQ_SENT, true, true }, { IKE_CFG_REQ_SENT, true, false },
};

#define POINTS	(sizeof(points) / sizeof(points[0]))

static void
transaction(struct end *e, unsigned point, const uint8_t *p, size_t n)
{
	struct end *target = points[point].client ? &e[0] : &e[1];
	struct sa *sa;

	e[0].later = points[point].state == IKE_XAUTH_REPLY_AWAIT;
	ask(&e[0]);
	if ((sa = bring_to(e, target, points[point].state)) == NULL)
		abort();
	if (points[point].answer && sa->tx == NULL)
		abort();
	protect(target, sa, EXCH_TRANSACTION, points[point].answer ? sa->tx : NULL, p, n);
	while (e[0].nout + e[1].nout > 0)
		pass(e[0].nout > 0 ? &e[0] : &e[1], e[0].nout > 0 ? &e[1] : &e[0]);
}

/* Payloads of the input's in the place of certificates and signature, in the message that proves who the initiator is. */
static void
proof(struct end *e, const uint8_t *p, size_t n)
{
	struct sa *sa;
	struct out o;
	size_t len;
	int k;

	ask(&e[0]);
	for (k = 0; k < 4; k++)
		pass(&e[k % 2], &e[1 - k % 2]);
	if ((sa = TAILQ_FIRST(&e[1].ike->sas)) == NULL || sa->state != IKE_R_MM4)
		abort();
	if (n < 1 || n > 4000)
		return;
	out_begin(&o, sa->icookie, sa->rcookie, EXCH_MAIN, ISAKMP_FLAG_E, 0);
	out_id(&o, &e[0].local_id);
	o.buf[o.next_at] = p[0];
	wr_bytes(&o.w, p + 1, n - 1);
	len = out_finish(&o, 16);
	cipher_cbc(e->chance, CIPHER_AES128, true, sa->keys.enc, sa->iv, o.buf + IKE_HDR_LEN, len - IKE_HDR_LEN);
	ike_input(e[1].ike, &e[1].path, o.buf, len);
}

/* The input in pieces: a byte for the length of each, and of what number it is. */
static void
pieces(struct end *e, const struct sa *sa, const uint8_t *p, size_t n)
{
	struct out o;
	size_t len;

	for (; n > 2; p += 2 + len, n -= 2 + len) {
		len = p[0] < n - 2 ? p[0] : n - 2;
		out_begin(&o, sa->icookie, sa->rcookie, EXCH_QUICK, 0, 0);
		out_open(&o, PL_FRAG);
		wr_u16(&o.w, p[1] >> 7);
		wr_u8(&o.w, p[1] & 0x3f);
		wr_u8(&o.w, p[1] >> 6 & 1);
		wr_bytes(&o.w, p + 2, len);
		out_close(&o);
		ike_input(e->ike, &e->path, o.buf, out_finish(&o, 1));
	}
}

/* One for all inputs, since what libcrypto must look up for it takes longer than an exchange; each input draws from its own child. */
static struct chance *
root(void)
{
	static struct chance	*c;

	if (c == NULL)
		c = chance_new_seeded(1);
	return c;
}

static void
exchange(unsigned how, const uint8_t *data, size_t size)
{
	static const uint32_t addrs[] = { 0x0e0e0e0e, 0x0b0b0b0b };
	struct end *e = xcalloc(2, sizeof(*e));
	struct clock *clock = clock_new_virtual(0);
	struct chance *chance = chance_new_child(root(), "exchange");
	struct ike_path stranger;
	struct sa *up;
	int k;

	for (k = 0; k < 2; k++) {
		e[k].path = (struct ike_path){ addr_v4(addrs[k]), addr_v4(addrs[1 - k]), IKE_PORT, IKE_PORT };
		e[k].local_id = (struct ike_id){ .type = IKE_ID_IPV4_ADDR, .addr = addr_v4(addrs[k]), .prefix_len = 32 };
		e[k].remote_id = (struct ike_id){ .type = IKE_ID_IPV4_ADDR, .addr = addr_v4(addrs[1 - k]), .prefix_len = 32 };
		e[k].chance = chance;
		e[k].ezvpn = how >= 6 && how < 6 + POINTS;
		e[k].signs = how == 6 + POINTS;
		e[k].client = k == 0;
		e[k].ike = ike_new(clock, chance, &ops, &e[k]);
		ike_set(e[k].ike, &(struct ike_settings){ .enabled = true, .dialect = IKE_IOS_15, .fragmentation = true });
	}
	if (e[0].signs)
		proof(e, data, size);
	else if (how >= 6 && how < 6 + POINTS)
		transaction(e, how - 6, data, size);
	else
		ask(&e[0]);
	while (e[0].nout + e[1].nout > 0)
		pass(e[0].nout > 0 ? &e[0] : &e[1], e[0].nout > 0 ? &e[1] : &e[0]);
	up = sa_find_up(e[1].ike, &e[1].path);
	if (how == 7 + POINTS && up != NULL)
		pieces(&e[1], up, data, size);
	if (how < 6 && up != NULL) {
		stranger = e[1].path;
		stranger.remote = addr_v4(0x0a010203);
		switch (how) {
		case 0: ike_input(e[1].ike, &e[1].path, data, size); break;
		case 1: ike_input(e[1].ike, &stranger, data, size); break;
		case 2: with_cookies(&e[1], up, data, size); break;
		case 3: protect(&e[1], up, EXCH_INFO, NULL, data, size); break;
		case 4: protect(&e[1], up, EXCH_QUICK, NULL, data, size); break;
		}
	}
	if ((how < 3 || how == 7 + POINTS) && up != NULL && (up->deleted || !up->established))
		abort();
	for (k = 0; k < 200 && clock_step(clock, 100 * NSEC_SEC); k++)
		e[0].nout = e[1].nout = 0;
	for (k = 0; k < 2; k++)
		ike_free(e[k].ike);
	if (clock_timers(clock) != 0)
		abort();
	chance_free(chance);
	clock_free(clock);
	free(e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned how;

	if (size == 0)
		return 0;
	how = data[0] % (8 + POINTS);
	if (how == 5)
		codecs(data + 1, size - 1);
	else
		exchange(how, data + 1, size - 1);
	return 0;
}
