/* The stage for tests of the key exchange: see play.h. */

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "testsuite/fsm/play.h"

static void
on_send(void *arg, const struct ike_path *path, const uint8_t *p, size_t n)
{
	struct play_end *e = arg;

	ck_assert_uint_lt(e->nout, PLAY_MSGS);
	ck_assert_uint_le(n, sizeof(e->out[0].p));
	memcpy(e->out[e->nout].p, p, n);
	e->out[e->nout].path = *path;
	e->out[e->nout++].n = n;
}

static void
on_debug(void *arg, const struct addr *peer, const char *text)
{
	struct play_end *e = arg;

	(void)peer;
	text_add(&e->log, text);
	text_addc(&e->log, '\n');
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
	struct play_end *e = arg;

	text_printf(&e->syslog, "%%CRYPTO-%d-%s: %s\n", severity, mnemonic, text);
}

static void
on_peer_config(void *arg, const struct ike_path *path, const char *wanted, const struct ike_id *id, struct ike_peer_config *out)
{
	struct play_end *e = arg;

	(void)path;
	*out = e->cfg;
	/* A profile is found by its name, or by who the peer is once that is known. */
	if (e->by_profile && id == NULL && strcmp(wanted, e->cfg.profile) != 0) {
		out->aggressive = false;
		out->profile[0] = '\0';
	}
	if (id != NULL && e->group[0] != '\0' && (id->type != IKE_ID_KEY_ID || strcmp(id->name, e->group) != 0))
		out->have_key = false;
}

static size_t
on_policies(void *arg, const struct ike_policy **out)
{
	struct play_end *e = arg;

	*out = e->policies;
	return e->npolicies;
}

static int
end_of(const struct play_end *e)
{
	return e == &e->play->end[R2] ? R2 : R1;
}

static size_t
on_cert_authorities(void *arg, const struct ike_path *path, const char *profile, struct ike_der *out, size_t max)
{
	const struct play_end *e = arg;

	(void)path;
	ck_assert_str_eq(profile, e->cfg.profile);
	ck_assert_uint_gt(max, 0);
	if (e->no_authority)
		return 0;
	out[0] = pki_authority(e->play->pki);
	return 1;
}

static size_t
on_own_certs(void *arg, const struct ike_path *path, const char *profile, const struct ike_der *wanted, size_t nwanted, struct ike_der *out, size_t max)
{
	struct play_end *e = arg;
	struct ike_der ca = pki_authority(e->play->pki);
	size_t k;

	(void)path;
	ck_assert_str_eq(profile, e->cfg.profile);
	for (k = 0; k < nwanted; k++)
		ck_assert(wanted[k].n == ca.n && memcmp(wanted[k].p, ca.p, ca.n) == 0);
	e->wanted = nwanted;
	for (k = 0; k < max && (k == 0 || k < e->chain); k++)
		out[k] = pki_cert(e->play->pki, end_of(e));
	return k;
}

static size_t
on_sign(void *arg, const struct ike_path *path, const char *profile, const uint8_t *hash, size_t nhash, uint8_t *out, size_t max)
{
	const struct play_end *e = arg;

	(void)path;
	(void)profile;
	return e->keyless ? 0 : pki_sign(e->play->pki, end_of(e), hash, nhash, out, max);
}

static enum ike_cert_verdict
on_verify(void *arg, const struct ike_proof *p)
{
	struct play_end *e = arg;

	e->proofs = p->ncerts;
	return e->verdict != IKE_CERT_OK ? e->verdict : pki_verify(e->play->pki, p);
}

static uint32_t
on_spi_new(void *arg, uint8_t proto)
{
	struct play_end *e = arg;

	(void)proto;
	return chance_u32(e->play->chance) | 0x10000;
}

static enum ike_verdict
on_offer(void *arg, const struct ike_offer *o, struct ike_choice *out)
{
	struct play_end *e = arg;
	size_t k;

	if (o->local_id.prefix_len != e->local_id.prefix_len || !addr_eq(&o->local_id.addr, &e->local_id.addr) ||
	    !addr_eq(&o->remote_id.addr, &e->remote_id.addr))
		return IKE_OFFER_PROXY;
	if (o->pfs_group != e->pfs_group)
		return IKE_OFFER_PFS;
	for (k = 0; k < e->nesp; k++)
		if (o->esp.proto == e->esp[k].proto && o->esp.esp_id == e->esp[k].esp_id && o->esp.auth_id == e->esp[k].auth_id &&
		    o->esp.key_bits == e->esp[k].key_bits && o->esp.transport == e->esp[k].transport && o->esp.esn == e->esp[k].esn)
			break;
	if (k == e->nesp)
		return IKE_OFFER_TRANSFORM;
	out->cookie = 7;
	if (e->life_s < out->life_s)
		out->life_s = e->life_s;
	if (e->life_kb < out->life_kb)
		out->life_kb = e->life_kb;
	return IKE_OFFER_OK;
}

static bool
on_install(void *arg, const struct ike_child *c)
{
	struct play_end *e = arg;

	if (e->full)
		return false;
	ck_assert_uint_lt(e->nsas, PLAY_SAS);
	e->sas[e->nsas++] = (struct play_sa){ .c = *c, .enabled = c->initiator && !c->wait };
	return true;
}

static void
on_enable(void *arg, uint32_t spi_in, uint32_t spi_out)
{
	struct play_end *e = arg;
	size_t k;

	for (k = 0; k < e->nsas; k++)
		if (e->sas[k].c.spi_in == spi_in && e->sas[k].c.spi_out == spi_out)
			e->sas[k].enabled = true;
}

static void
request(struct play_end *e)
{
	struct ike_child_request rq;

	memset(&rq, 0, sizeof(rq));
	rq.cookie = 42;
	memcpy(rq.esp, e->esp, sizeof(e->esp));
	rq.nesp = e->nesp;
	rq.pfs_group = e->pfs_group;
	rq.life_s = e->life_s;
	rq.life_kb = e->life_kb;
	rq.local_id = e->local_id;
	rq.remote_id = e->remote_id;
	ike_request(e->ike, &e->path, e->cfg.profile, &rq);
}

static void
on_deleted(void *arg, const struct ike_path *path, uint8_t proto, const uint32_t *spis, size_t n)
{
	struct play_end *e = arg;
	size_t k, j;
	bool any = false;

	(void)path;
	for (k = 0; k < n; k++)
		for (j = 0; j < e->nsas; j++)
			if (e->sas[j].c.spi_out == spis[k] && e->sas[j].c.esp.proto == proto && !e->sas[j].gone)
				any = e->sas[j].gone = true;
	if (any && e->again)
		request(e);
}

/* Between the two addresses; where the peer has moved they are all of one. */
static void
all_gone(struct play_end *e, const struct ike_path *path)
{
	size_t k;

	for (k = 0; k < e->nsas; k++)
		if (e->moves > 0 || ike_path_same(&e->sas[k].c.path, path))
			e->sas[k].gone = true;
}

static void
on_initial_contact(void *arg, const struct ike_path *path)
{
	struct play_end *e = arg;

	e->ics++;
	all_gone(e, path);
	if (e->again)
		request(e);
}

static void
on_invalid_spi(void *arg, const struct ike_path *path, uint8_t proto, uint32_t spi)
{
	struct play_end *e = arg;

	(void)path;
	(void)proto;
	e->invalid_spis++;
	e->last_invalid = spi;
}

static void
on_failed(void *arg, uint64_t cookie, const struct addr *remote, enum ike_fail why)
{
	struct play_end *e = arg;

	(void)remote;
	ck_assert_uint_eq(cookie, 42);
	e->fails++;
	e->last_fail = why;
}

static size_t
on_ipsec_count(void *arg, const struct ike_path *path)
{
	struct play_end *e = arg;
	size_t k, n = 0;

	for (k = 0; k < e->nsas; k++)
		n += !e->sas[k].gone && (e->moves > 0 || ike_path_same(&e->sas[k].c.path, path));
	return n;
}

static bool
on_moved(void *arg, const struct ike_path *path, const struct ike_path *old)
{
	struct play_end *e = arg;

	ck_assert(path->remote_port != old->remote_port || !addr_eq(&path->remote, &old->remote));
	if (e->fixed && !addr_eq(&path->remote, &old->remote))
		return false;
	e->moved = *path;
	e->moves++;
	return true;
}

static void
on_sa_up(void *arg, const struct ike_sa_info *sa)
{
	struct play_end *e = arg;

	ck_assert(sa->established);
	ck_assert_uint_ne(sa->conn_id, 0);
	e->info = *sa;
	e->ups++;
}

static void
on_sa_down(void *arg, const struct ike_sa_info *sa, bool dpd)
{
	struct play_end *e = arg;

	e->downs++;
	e->dpd_deaths += dpd;
	if (dpd)
		all_gone(e, &sa->path);
}

static void
on_ifname(void *arg, const struct ike_path *path, char *out, size_t n)
{
	(void)arg;
	(void)path;
	ck_assert_uint_gt(n, 16);
	strcpy(out, "Ethernet0/0");
}

static enum ike_answer
on_xauth_check(void *arg, const struct ike_sa_info *sa, const struct ike_credentials *c)
{
	struct play_end *e = arg;

	e->checks++;
	e->info = *sa;
	if (e->later)
		return IKE_LATER;
	return strcmp(c->user, e->creds.user) == 0 && strcmp(c->password, e->creds.password) == 0 ? IKE_YES : IKE_NO;
}

static enum ike_answer
on_xauth_ask(void *arg, const struct ike_sa_info *sa, const struct ike_xauth_ask *ask, struct ike_credentials *out)
{
	struct play_end *e = arg;

	e->asks++;
	e->info = *sa;
	ck_assert(ask->want_user && ask->want_password);
	ck_assert(ask->attempt == 1 || ask->attempt == e->attempt + 1);
	e->attempt = ask->attempt;
	*out = e->creds;
	return e->answer;
}

static void
on_xauth_done(void *arg, const struct ike_sa_info *sa, bool ok)
{
	struct play_end *e = arg;

	e->info = *sa;
	if (ok)
		e->xauth_oks++;
	else
		e->xauth_nos++;
}

static void
on_modecfg_want(void *arg, const struct ike_sa_info *sa, struct ike_modecfg *out)
{
	struct play_end *e = arg;

	e->info = *sa;
	*out = e->want;
}

static bool
on_modecfg_give(void *arg, const struct ike_sa_info *sa, const struct ike_modecfg *asked, struct ike_modecfg *out)
{
	struct play_end *e = arg;

	e->info = *sa;
	e->got = *asked;
	e->gives++;
	*out = e->give;
	return !e->refuse;
}

static void
on_modecfg_got(void *arg, const struct ike_sa_info *sa, const struct ike_modecfg *got)
{
	struct play_end *e = arg;

	e->info = *sa;
	e->got = *got;
	e->takes++;
}

static void
on_ready(void *arg, const struct ike_sa_info *sa)
{
	struct play_end *e = arg;

	ck_assert(sa->ready);
	e->info = *sa;
	e->readies++;
}

static void
on_begin_failed(void *arg, const struct ike_path *path, const char *profile, enum ike_fail why)
{
	struct play_end *e = arg;

	(void)path;
	ck_assert_str_eq(profile, e->cfg.profile);
	e->begin_fails++;
	e->begin_why = why;
}

static const struct ike_ops ops = {
	.send = on_send, .debug = on_debug, .debug_on = on_debug_on, .syslog = on_syslog, .peer_config = on_peer_config,
	.policies = on_policies, .spi_new = on_spi_new, .offer = on_offer, .install = on_install, .enable = on_enable,
	.deleted = on_deleted, .initial_contact = on_initial_contact, .invalid_spi = on_invalid_spi, .failed = on_failed,
	.ipsec_count = on_ipsec_count, .moved = on_moved, .sa_up = on_sa_up, .sa_down = on_sa_down, .ifname = on_ifname,
	.cert_authorities = on_cert_authorities, .own_certs = on_own_certs, .sign = on_sign, .verify = on_verify,
	.xauth_check = on_xauth_check, .xauth_ask = on_xauth_ask, .xauth_done = on_xauth_done, .modecfg_want = on_modecfg_want,
	.modecfg_give = on_modecfg_give, .modecfg_got = on_modecfg_got, .ready = on_ready, .begin_failed = on_begin_failed,
};

void
play_policy(struct play_end *e, enum cipher_alg c, enum hash_alg h, unsigned group)
{
	e->policies[0] = (struct ike_policy){ 10, c, h, IKE_AUTH_PSK, group, 86400 };
	e->npolicies = 1;
}

void
play_signatures(struct play *t, size_t spare)
{
	struct ike_der name;
	struct play_end *e;
	int k;

	t->pki = pki_new(spare);
	for (k = 0; k < 2; k++) {
		e = &t->end[k];
		e->cfg.have_cert = true;
		e->cfg.have_key = false;
		e->policies[0].auth = IKE_AUTH_RSA_SIG;
		name = pki_name(t->pki, k);
		e->cfg.self_id = (struct ike_id){ .type = IKE_ID_DN, .dn_len = (uint16_t)name.n };
		memcpy(e->cfg.self_id.name, name.p, name.n);
	}
}

static struct ike_id
net(uint32_t a)
{
	return (struct ike_id){ .type = IKE_ID_IPV4_ADDR_SUBNET, .addr = addr_v4(a), .prefix_len = 24 };
}

struct play *
play_new(uint64_t seed)
{
	struct play *t = xcalloc(1, sizeof(*t));
	static const uint32_t addrs[] = { 0x0e0e0e0e, 0x0b0b0b0b };
	struct play_end *e;
	int k;

	t->clock = clock_new_virtual(INT64_C(1426251600) * NSEC_SEC);
	t->chance = chance_new_seeded(seed);
	for (k = 0; k < 2; k++) {
		e = &t->end[k];
		e->play = t;
		e->path = (struct ike_path){ addr_v4(addrs[k]), addr_v4(addrs[1 - k]), 500, 500 };
		play_policy(e, CIPHER_AES128, HASH_SHA1, 2);
		e->cfg = (struct ike_peer_config){ .have_key = true, .psk = "secret", .psk_len = 6 };
		strcpy(e->cfg.keyring, "default");
		e->cfg.self_id = (struct ike_id){ .type = IKE_ID_IPV4_ADDR, .addr = e->path.local };
		e->esp[0] = (struct ike_esp){ .set_name = "TS", .proto = 50, .esp_id = 12, .key_bits = 128, .auth_id = 2 };
		e->nesp = 1;
		e->life_s = 3600;
		e->life_kb = 4608000;
		e->local_id = net(k == R1 ? 0xc0a80100 : 0xc0a80200);
		e->remote_id = net(k == R1 ? 0xc0a80200 : 0xc0a80100);
		e->set = (struct ike_settings){ .dialect = IKE_IOS_15, .enabled = true };
		e->ike = ike_new(t->clock, t->chance, &ops, e);
	}
	play_set(t);
	return t;
}

static void
play_give(struct ike_modecfg *m)
{
	memset(m, 0, sizeof(*m));
	m->has = IKE_CFG_ADDRESS | IKE_CFG_NETMASK | IKE_CFG_DNS | IKE_CFG_WINS | IKE_CFG_EXPIRY | IKE_CFG_VERSION | IKE_CFG_BANNER |
	    IKE_CFG_SAVE_PASSWORD | IKE_CFG_DOMAIN | IKE_CFG_SPLIT_DNS | IKE_CFG_SPLIT_INCLUDE | IKE_CFG_LOCAL_LAN | IKE_CFG_PFS |
	    IKE_CFG_BACKUP;
	m->address = addr_v4(0x0a010105);
	m->mask_len = 24;
	m->dns[0] = addr_v4(0x0a010101);
	m->dns[1] = addr_v4(0x0a010102);
	m->wins[0] = addr_v4(0x0a010103);
	m->ndns = 2;
	m->nwins = 1;
	m->expiry_s = 86400;
	m->pfs_group = 2;
	m->save_password = true;
	strcpy(m->version, "inspire");
	strcpy(m->banner, "Welcome,\nalice");
	strcpy(m->domain, "example.net");
	strcpy(m->split_dns[0], "a.example.net");
	strcpy(m->split_dns[1], "b.example.net");
	strcpy(m->backup[0], "11.11.11.12");
	m->nsplit_dns = 2;
	m->nbackup = 1;
	m->include[0] = (struct ike_cfg_net){ .net = addr_v4(0xc0a80200), .prefix_len = 24 };
	m->include[1] = (struct ike_cfg_net){ .net = addr_v4(0xc0a80300), .prefix_len = 25, .protocol = 6, .dst_port = 80 };
	m->ninclude = 2;
}

void
play_ezvpn(struct play *t)
{
	struct play_end *c = &t->end[R1], *s = &t->end[R2];

	c->cfg.aggressive = c->cfg.unity = s->cfg.unity = true;
	c->cfg.self_id = (struct ike_id){ .type = IKE_ID_KEY_ID, .name = "GRP" };
	c->cfg.xauth = IKE_XAUTH_CLIENT;
	s->cfg.xauth = IKE_XAUTH_SERVER;
	c->cfg.cfg_role = IKE_CFG_PULL;
	s->cfg.cfg_role = IKE_CFG_GIVE;
	strcpy(s->group, "GRP");
	strcpy(s->cfg.group, "GRP");
	c->answer = IKE_YES;
	strcpy(c->creds.user, "alice");
	strcpy(c->creds.password, "p\xc3\xa4ss");
	s->creds = c->creds;
	c->want.has = (IKE_CFG_DDNS_HOST << 1) - 1;
	strcpy(c->want.version, "client");
	strcpy(c->want.ddns_host, "r1");
	play_give(&s->give);
}

bool
t_begin(struct play *t, int from)
{
	struct play_end *e = &t->end[from];

	return ike_begin(e->ike, &e->path, e->cfg.profile);
}

void
play_set(struct play *t)
{
	ike_set(t->end[R1].ike, &t->end[R1].set);
	ike_set(t->end[R2].ike, &t->end[R2].set);
}

void
play_free(struct play *t)
{
	int k;

	for (k = 0; k < 2; k++) {
		ike_free(t->end[k].ike);
		text_free(&t->end[k].log);
		text_free(&t->end[k].syslog);
	}
	pki_free(t->pki);
	ck_assert_uint_eq(clock_timers(t->clock), 0);
	chance_free(t->chance);
	clock_free(t->clock);
	free(t);
}

void
t_request(struct play *t, int from)
{
	request(&t->end[from]);
}

void
t_deliver(struct play *t, int to, const uint8_t *p, size_t n)
{
	/* On the heap, and no longer than it is, so that a reader past its end is seen. */
	uint8_t *copy = xmemdup(p, n);

	ike_input(t->end[to].ike, &t->end[to].path, copy, n);
	free(copy);
}

void
play_nat(struct play *t, int at, uint32_t own, uint16_t ike, uint16_t natt)
{
	struct play_end *e = &t->end[at];

	t->nat[at] = (struct play_nat){ true, e->path.local, ike, natt };
	e->path.local = e->cfg.self_id.addr = addr_v4(own);
}

/* Out by the sender's translator, in by the receiver's; false: that has no such port. */
static bool
translate(const struct play *t, int from, const struct ike_path *sent, struct ike_path *came)
{
	const struct play_nat *out = &t->nat[from], *in = &t->nat[1 - from];

	*came = (struct ike_path){ in->on ? t->end[1 - from].path.local : sent->remote, sent->local, sent->remote_port, sent->local_port };
	if (out->on) {
		came->remote = out->outside;
		came->remote_port = sent->local_port == IKE_PORT ? out->ike : out->natt;
	}
	if (!in->on)
		return true;
	ck_assert(addr_eq(&sent->remote, &in->outside));
	came->local_port = sent->remote_port == in->ike ? IKE_PORT : IKE_PORT_NATT;
	return sent->remote_port == in->ike || sent->remote_port == in->natt;
}

/* As sent, through what stands between. */
static void
carry(struct play *t, int from, const struct play_msg *m)
{
	struct ike_path path;
	uint8_t *copy;

	if (!translate(t, from, &m->path, &path))
		return;
	copy = xmemdup(m->p, m->n);
	ike_input(t->end[1 - from].ike, &path, copy, m->n);
	free(copy);
}

static bool
pop(struct play *t, int from, struct play_msg *m)
{
	struct play_end *e = &t->end[from];

	if (e->nout == 0)
		return false;
	*m = e->out[0];
	memmove(e->out, e->out + 1, --e->nout * sizeof(e->out[0]));
	return true;
}

bool
t_pass(struct play *t, int from)
{
	struct play_msg m;

	if (!pop(t, from, &m))
		return false;
	carry(t, from, &m);
	return true;
}

bool
t_drop(struct play *t, int from)
{
	struct play_msg m;

	return pop(t, from, &m);
}

bool
t_twice(struct play *t, int from)
{
	struct play_msg m;

	if (!pop(t, from, &m))
		return false;
	carry(t, from, &m);
	carry(t, from, &m);
	return true;
}

void
t_flow(struct play *t)
{
	while (t_pass(t, R1) || t_pass(t, R2))
		;
}

void
t_wait(struct play *t, int64_t ns)
{
	int64_t limit = clock_now(t->clock) + ns;

	while (clock_step(t->clock, limit))
		;
}

void
t_live(struct play *t, int64_t ns)
{
	int64_t limit = clock_now(t->clock) + ns;

	do
		t_flow(t);
	while (clock_step(t->clock, limit));
	t_flow(t);
}

size_t
t_sas(struct play_end *e)
{
	size_t k, n = 0;

	for (k = 0; k < e->nsas; k++)
		n += !e->sas[k].gone;
	return n;
}

static void
count_up(void *arg, const struct ike_sa_info *sa)
{
	*(size_t *)arg += sa->established && !sa->deleted;
}

size_t
t_ike_sas(struct play_end *e)
{
	size_t n = 0;

	ike_sa_each(e->ike, count_up, &n);
	return n;
}

struct play_sa *
t_sa(struct play_end *e)
{
	ck_assert_uint_gt(e->nsas, 0);
	return &e->sas[e->nsas - 1];
}

void
t_pay(struct play *t)
{
	struct ike_child *a = &t_sa(&t->end[R1])->c, *b = &t_sa(&t->end[R2])->c;

	ck_assert_uint_eq(a->spi_in, b->spi_out);
	ck_assert_uint_eq(a->spi_out, b->spi_in);
	ck_assert_uint_eq(a->key_len, b->key_len);
	ck_assert_uint_gt(a->key_len, 0);
	ck_assert_mem_eq(a->key_in, b->key_out, a->key_len);
	ck_assert_mem_eq(a->key_out, b->key_in, a->key_len);
	ck_assert_mem_ne(a->key_in, a->key_out, a->key_len);
	ck_assert_uint_eq(a->life_s, b->life_s);
	ck_assert_uint_eq(a->life_kb, b->life_kb);
	ck_assert(t_sa(&t->end[R1])->enabled);
	ck_assert(t_sa(&t->end[R2])->enabled);
}

bool
t_said(struct play_end *e, const char *line)
{
	return strstr(text_str(&e->log), line) != NULL || strstr(text_str(&e->syslog), line) != NULL;
}

void
t_forget(struct play *t)
{
	int k;

	for (k = 0; k < 2; k++) {
		text_clear(&t->end[k].log);
		text_clear(&t->end[k].syslog);
	}
}

void
t_up(struct play *t)
{
	t_request(t, R1);
	t_flow(t);
	ck_assert_uint_eq(t_ike_sas(&t->end[R1]), 1);
	ck_assert_uint_eq(t_ike_sas(&t->end[R2]), 1);
	t_pay(t);
}
