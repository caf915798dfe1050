/* show crypto isakmp ...: SAs, peers, policies, keys. */

#include <stdio.h>
#include <string.h>

#include "engine/router.h"
#include "lib/addr.h"
#include "lib/dh.h"
#include "lib/names.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

/* The conn-ids of IKE begin at 1001 or 2001; the engine's own number counts from 1. */
#define CONN_ID_SPAN	1000u

static void
put_sa(void *arg, const struct ike_sa_info *sa)
{
	char l[ADDR_STRLEN], r[ADDR_STRLEN];

	if (sa->path.remote.af != ADDR_V4)
		return;
	addr_fmt(&sa->path.local, l);
	addr_fmt(&sa->path.remote, r);
	text_printf(arg, "%-15s %-15s %-14s %7u %s\n", sa->initiator ? r : l, sa->initiator ? l : r, sa->state, sa->conn_id,
	    sa->deleted ? "ACTIVE (deleted)" : "ACTIVE");
}

static void
put_sa6(void *arg, const struct ike_sa_info *sa)
{
	const struct addr *dst = sa->initiator ? &sa->path.remote : &sa->path.local;
	const struct addr *src = sa->initiator ? &sa->path.local : &sa->path.remote;
	char a[ADDR_STRLEN];

	if (sa->path.remote.af != ADDR_V6)
		return;
	text_printf(arg, " dst: %s\n", addr_fmt(dst, a));
	text_printf(arg, " src: %s\n", addr_fmt(src, a));
	text_printf(arg, " state: %-15s conn-id: %6u status: %s\n\n", sa->state, sa->conn_id, sa->deleted ? "ACTIVE (deleted)" : "ACTIVE");
}

static const char *
cipher_word(enum cipher_alg c)
{
	static const struct name ciphers[] = {
		{ CIPHER_DES, "des" }, { CIPHER_3DES, "3des" }, { CIPHER_AES128, "aes" }, { CIPHER_AES192, "aes" }, { CIPHER_AES256, "aes" }, { 0, NULL },
	};

	return name_of(ciphers, (int32_t)c, "");
}

static const char *
hash_word(enum hash_alg h)
{
	static const struct name hashes[] = {
		{ HASH_MD5, "md5" }, { HASH_SHA1, "sha" }, { HASH_SHA256, "sha256" }, { HASH_SHA384, "sha384" }, { HASH_SHA512, "sha512" }, { 0, NULL },
	};

	return name_of(hashes, (int32_t)h, "");
}

struct sa_detail { struct text out; const char *engine; uint8_t af; };

static void
put_sa_detail(void *arg, const struct ike_sa_info *sa)
{
	struct sa_detail *d = arg;
	char l[ADDR_STRLEN], r[ADDR_STRLEN], left[SHOW_AGE], group[8] = "";
	const struct ike_policy *p = &sa->policy;
	bool agreed = p->priority != 0;

	if (sa->path.remote.af != d->af)
		return;
	if (agreed)
		snprintf(group, sizeof(group), "%u", p->group);
	text_printf(&d->out, "%-5u %-15s %-15s        %-6s %-4s %-6s %-4s %-2s %-8s %s%s%s%s\n", sa->conn_id, addr_fmt(&sa->path.local, l),
	    addr_fmt(&sa->path.remote, r), "ACTIVE", agreed ? cipher_word(p->cipher) : "", agreed ? hash_word(p->hash) : "",
	    !agreed ? "" : p->auth == IKE_AUTH_PSK ? "psk" : "rsig", group, sa->established && !sa->deleted ? show_hms(sa->life_left_s, left) : "0",
	    sa->modecfg ? "C" : "", sa->dpd ? "D" : "", sa->nat_local || sa->nat_remote ? "N" : "", sa->xauth ? "X" : "");
	if (sa->conn_id != 0)
		text_printf(&d->out, "       Engine-id:Conn-id =  %s:%u\n\n", d->engine, sa->conn_id % CONN_ID_SPAN);
	else
		text_add(&d->out, "       Engine-id:Conn-id =  ???\n\n");
}

static void
run_sa(struct session *s, const struct args *a)
{
	struct text out = { 0 };

	(void)a;
	text_add(&out, "IPv4 Crypto ISAKMP SA\ndst             src             state          conn-id status\n");
	ike_sa_each(s->router->ike, put_sa, &out);
	text_add(&out, "\nIPv6 Crypto ISAKMP SA\n\n");
	ike_sa_each(s->router->ike, put_sa6, &out);
	show_flush(s, &out);
}

static void
run_sa_detail(struct session *s, const struct args *a)
{
	struct sa_detail d = { .engine = s->router->engine == IKE_ENGINE_ONBOARD ? "Onboard VPN" : "SW", .af = ADDR_V4 };

	(void)a;
	text_add(&d.out, "Codes: C - IKE configuration mode, D - Dead Peer Detection\n       K - Keepalives, N - NAT-traversal\n"
	    "       T - cTCP encapsulation, X - IKE Extended Authentication\n       psk - Preshared key, rsig - RSA signature\n"
	    "       renc - RSA encryption\nIPv4 Crypto ISAKMP SA\n\n"
	    "C-id  Local           Remote          I-VRF  Status Encr Hash   Auth DH Lifetime Cap.\n\n");
	ike_sa_each(s->router->ike, put_sa_detail, &d);
	text_add(&d.out, "IPv6 Crypto ISAKMP SA\n\n");
	d.af = ADDR_V6;
	ike_sa_each(s->router->ike, put_sa_detail, &d);
	show_flush(s, &d.out);
}

struct sa_counts { unsigned active, negotiating, dead; };

static void
count_sa(void *arg, const struct ike_sa_info *sa)
{
	struct sa_counts *c = arg;

	if (sa->deleted)
		c->dead++;
	else if (sa->established)
		c->active++;
	else
		c->negotiating++;
}

static void
run_sa_count(struct session *s, const struct args *a)
{
	struct sa_counts c = { 0 };

	(void)a;
	ike_sa_each(s->router->ike, count_sa, &c);
	session_printf(s, "Active ISAKMP SA's: %u\n\nStandby ISAKMP SA's: 0\n\nCurrently being negotiated ISAKMP SA's: %u\n\nDead ISAKMP SA's: %u\n\n",
	    c.active, c.negotiating, c.dead);
}

struct peers { struct text out; struct addr only; /* none = all */ };

static void
put_peer(void *arg, const struct ike_peer_info *p)
{
	struct peers *v = arg;
	struct text *out = &v->out;
	char r[ADDR_STRLEN], l[ADDR_STRLEN], id[ADDR_STRLEN];
	const struct ike_id *i = &p->phase1_id;

	if (v->only.af != ADDR_NONE && !addr_eq(&v->only, &p->path.remote))
		return;
	text_printf(out, "Peer: %s Port: %u Local: %s\n", addr_fmt(&p->path.remote, r), p->path.remote_port, addr_fmt(&p->path.local, l));
	if (i->type == IKE_ID_FQDN || i->type == IKE_ID_USER_FQDN || i->type == IKE_ID_KEY_ID)
		text_printf(out, " Phase1 id: %s\n", i->name);
	else if (i->type != 0)
		text_printf(out, " Phase1 id: %s\n", addr_fmt(&i->addr, id));
}

static void
run_peers(struct session *s, const struct args *a)
{
	struct peers v = { 0 };

	arg_addr(a, "address", &v.only);
	ike_peer_each(s->router->ike, put_peer, &v);
	show_flush(s, &v.out);
}

static void
put_policy(struct text *out, const struct ike_policy *p, bool builtin)
{
	static const struct name ciphers[] = {
		{ CIPHER_DES, "DES - Data Encryption Standard (56 bit keys)." }, { CIPHER_3DES, "Three key triple DES" },
		{ CIPHER_AES128, "AES - Advanced Encryption Standard (128 bit keys)." },
		{ CIPHER_AES192, "AES - Advanced Encryption Standard (192 bit keys)." },
		{ CIPHER_AES256, "AES - Advanced Encryption Standard (256 bit keys)." }, { 0, NULL },
	};
	static const struct name hashes[] = {
		{ HASH_MD5, "Message Digest 5" }, { HASH_SHA1, "Secure Hash Standard" }, { HASH_SHA256, "Secure Hash Standard 2 (256 bit)" },
		{ HASH_SHA384, "Secure Hash Standard 2 (384 bit)" }, { HASH_SHA512, "Secure Hash Standard 2 (512 bit)" }, { 0, NULL },
	};

	text_printf(out, "%s suite of priority %u\n", builtin ? "Default protection" : "Protection", p->priority);
	text_printf(out, "\tencryption algorithm:\t%s\n", name_of(ciphers, (int32_t)p->cipher, ""));
	text_printf(out, "\thash algorithm:\t\t%s\n", name_of(hashes, (int32_t)p->hash, ""));
	text_printf(out, "\tauthentication method:\t%s\n", p->auth == IKE_AUTH_PSK ? "Pre-Shared Key" : "Rivest-Shamir-Adleman Signature");
	text_printf(out, "\tDiffie-Hellman group:\t#%u (%u bit)\n", p->group, dh_group_bits(p->group));
	text_printf(out, "\tlifetime:\t\t%u seconds, no volume limit\n", p->lifetime_s);
}

static void
run_policy(struct session *s, const struct args *a)
{
	const struct cfg_policy *p;
	struct text out = { 0 };

	(void)a;
	text_add(&out, "\nGlobal IKE policy\n");
	TAILQ_FOREACH(p, &conf(s)->policies, next)
		put_policy(&out, &p->p, false);
	show_flush(s, &out);
}

/* Those that are offered while none is configured. */
static void
run_default_policy(struct session *s, const struct args *a)
{
	const struct ike_policy *v;
	struct text out = { 0 };
	size_t n;

	(void)a;
	v = isakmp_default_policies(&n);
	text_addc(&out, '\n');
	for (size_t i = 0; i < n && !conf(s)->no_default_policies && s->router->dialect != IKE_IOS_12; i++)
		put_policy(&out, &v[i], true);
	show_flush(s, &out);
}

static void
put_keys(struct text *out, const char *ring, const struct cfg_keys *keys)
{
	const struct cfg_key *k;
	char a[ADDR_STRLEN], m[ADDR_STRLEN], who[2 * ADDR_STRLEN + 8];

	TAILQ_FOREACH(k, keys, next) {
		if (k->hostname == NULL && k->addr.af == ADDR_V6)
			snprintf(who, sizeof(who), "%s/%u", addr_fmt(&k->addr, a), k->len6);
		else if (k->hostname == NULL && k->mask == UINT32_MAX)
			snprintf(who, sizeof(who), "%s", addr_fmt(&k->addr, a));
		else if (k->hostname == NULL)
			snprintf(who, sizeof(who), "%-14s [%s]", addr_fmt(&k->addr, a), ip4_fmt(k->mask, m));
		text_printf(out, "%-12s %-43s %s\n", ring, k->hostname != NULL ? k->hostname : who, k->key);
	}
}

static void
run_key(struct session *s, const struct args *a)
{
	const struct cfg_keyring *k;
	struct text out = { 0 };

	(void)a;
	text_printf(&out, "%-12s %-43s %s\n\n", "Keyring", "Hostname/Address", "Preshared Key");
	put_keys(&out, "default", &conf(s)->keys);
	TAILQ_FOREACH(k, &conf(s)->keyrings, next)
		put_keys(&out, k->name, &k->keys);
	show_flush(s, &out);
}

#define SCI		"show crypto isakmp "
#define SCI_HELP	"Show what is going on\nEncryption\nInternet Security Association and Key Management\n"

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SCI "sa", SCI_HELP "Security associations of the key exchange", run_sa },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SCI "sa detail", SCI_HELP "Security associations of the key exchange\nWith what was agreed", run_sa_detail },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SCI "sa count", SCI_HELP "Security associations of the key exchange\nHow many there are", run_sa_count },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SCI "peers [ { A.B.C.D:address | X:X:X:X::X:address } ]", SCI_HELP "Peers that are known now\nOne of them\nOne of them, by its IPv6 address", run_peers },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SCI "default policy", SCI_HELP "What stands where nothing is configured\nPolicies for phase 1", run_default_policy },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, SCI "policy", SCI_HELP "Policies for phase 1", run_policy },
	{ M(PRIV), 15, CMD_SHOW, SCI "key", SCI_HELP "Pre-shared keys", run_key },
};

const struct cmd_table cmds_show_isakmp = { rows, NROWS(rows) };
