/*
 * Configuration commands of ISAKMP: policies, keys, and what holds for all peers.  Keyrings and
 * profiles stand in cmds_config_keyring.c.
 */

#include <stdio.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/names.h"
#include "shell/cmds_config.h"

#define KEY_MAX		IKE_PSK_MAX
#define RETRY_DEFAULT	2

static void
run_enable(struct session *s, const struct args *a)
{
	conf(s)->isakmp_disabled = args_no(a);
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_policy(struct session *s, const struct args *a)
{
	unsigned priority = arg_u32(a, "priority");
	struct cfg_policy *p = config_policy(conf(s), priority, !args_off(a));
	char name[16];

	if (args_off(a)) {
		if (p != NULL)
			config_policy_del(conf(s), p);
	} else {
		snprintf(name, sizeof(name), "%u", priority);
		session_mode(s, MODE_ISAKMP_POLICY, name);
	}
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_encryption(struct session *s, const struct args *a)
{
	struct cfg_policy *p = conf_policy(s);

	if (p == NULL)
		return;
	if (args_off(a) || arg_has(a, "des"))
		p->p.cipher = CIPHER_DES;
	else if (arg_has(a, "3des"))
		p->p.cipher = CIPHER_3DES;
	else
		p->p.cipher = arg_has(a, "256") ? CIPHER_AES256 : arg_has(a, "192") ? CIPHER_AES192 : CIPHER_AES128;
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_hash(struct session *s, const struct args *a)
{
	static const struct name hashes[] = {
		{ HASH_MD5, "md5" }, { HASH_SHA1, "sha" }, { HASH_SHA256, "sha256" },
		{ HASH_SHA384, "sha384" }, { HASH_SHA512, "sha512" }, { 0, NULL },
	};
	struct cfg_policy *p = conf_policy(s);

	if (p == NULL)
		return;
	p->p.hash = HASH_SHA1;
	for (size_t i = 0; !args_off(a) && hashes[i].name != NULL; i++)
		if (arg_has(a, hashes[i].name))
			p->p.hash = (enum hash_alg)hashes[i].value;
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_authentication(struct session *s, const struct args *a)
{
	struct cfg_policy *p = conf_policy(s);

	if (p == NULL)
		return;
	p->p.auth = args_off(a) || arg_has(a, "rsa-sig") ? IKE_AUTH_RSA_SIG : IKE_AUTH_PSK;
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_group(struct session *s, const struct args *a)
{
	static const unsigned groups[] = { 1, 2, 5, 14, 15, 16, 19, 20, 21, 24 };
	struct cfg_policy *p = conf_policy(s);
	char word[8];

	if (p == NULL)
		return;
	p->p.group = 1;
	for (size_t i = 0; !args_off(a) && i < NROWS(groups); i++) {
		snprintf(word, sizeof(word), "%u", groups[i]);
		if (arg_has(a, word))
			p->p.group = groups[i];
	}
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_lifetime(struct session *s, const struct args *a)
{
	struct cfg_policy *p = conf_policy(s);

	if (p == NULL)
		return;
	p->p.lifetime_s = args_off(a) ? 86400 : arg_u32(a, "seconds");
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_key(struct session *s, const struct args *a)
{
	if (conf_key(s, &conf(s)->keys, a))
		conf_changed(s, CFG_AREA_ISAKMP);
}

static bool
same_peer(const struct cfg_key *k, const struct args *a, uint32_t mask)
{
	struct a6 peer;
	unsigned len;

	if (arg_has(a, "peer6"))
		return a6_parse_cidr(arg_str(a, "peer6"), &peer, &len) && k->addr.af == ADDR_V6 && k->len6 == len &&
		    a6_eq(a6_of(&k->addr), peer);
	return k->addr.af == ADDR_V4 && k->addr.v4 == arg_u32(a, "peer") && k->mask == mask;
}

/* The key of the same peer, whatever it is: a second one replaces it. */
static struct cfg_key *
key_find(struct cfg_keys *keys, const struct args *a, uint32_t mask)
{
	struct cfg_key *k;

	TAILQ_FOREACH(k, keys, next) {
		if (arg_has(a, "hostname") && k->hostname != NULL && strcmp(k->hostname, arg_str(a, "name")) == 0)
			return k;
		if (arg_has(a, "address") && k->hostname == NULL && same_peer(k, a, mask))
			return k;
	}
	return NULL;
}

static void
key_set(struct cfg_key *k, const struct args *a, uint32_t mask)
{
	struct a6 peer;

	k->type = arg_has(a, "6") ? 6 : 0;
	config_set_str(&k->key, arg_str(a, "key-string"));
	config_set_str(&k->hostname, arg_has(a, "hostname") ? arg_str(a, "name") : NULL);
	if (k->hostname == NULL)
		k->addr = addr_v4(arg_u32(a, "peer"));
	k->mask = mask;
	k->len6 = 0;
	if (arg_has(a, "peer6") && a6_parse_cidr(arg_str(a, "peer6"), &peer, &k->len6)) {
		k->addr = addr_v6(peer);
		k->mask = 0;
	}
	k->no_xauth = arg_has(a, "no-xauth");
}

bool
conf_prefix6(const struct args *a, const char *param)
{
	struct a6 net;
	unsigned len;

	return !arg_has(a, param) || (a6_parse_cidr(arg_str(a, param), &net, &len) && a6_eq(a6_mask(net, len), net));
}

bool
conf_key(struct session *s, struct cfg_keys *keys, const struct args *a)
{
	uint32_t mask = arg_has(a, "mask") ? arg_u32(a, "mask") : arg_u32(a, "peer") == 0 ? 0 : UINT32_MAX;
	struct cfg_key *k = key_find(keys, a, mask);

	if (ip4_mask_len(mask) < 0 || (arg_u32(a, "peer") & ~mask) != 0 || !conf_prefix6(a, "peer6")) {
		session_error(s, "%%Inconsistent address and mask");
		return false;
	}
	if (args_off(a)) {
		if (k == NULL)
			session_error(s, "%% No pre-shared key of that peer");
		else
			config_key_del(keys, k);
		return k != NULL;
	}
	if (strlen(arg_str(a, "key-string")) > KEY_MAX) {
		session_error(s, "%% A pre-shared key has at most %d characters", KEY_MAX);
		return false;
	}
	if (arg_has(a, "6")) {
		session_error(s, "%% An encrypted key can't be read without the router that wrote it");
		return false;
	}
	key_set(k != NULL ? k : config_key_add(keys), a, mask);
	return true;
}

static void
run_identity(struct session *s, const struct args *a)
{
	conf(s)->identity = args_off(a) || arg_has(a, "address") ? 0 : arg_has(a, "hostname") ? 1 : 2;
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_keepalive(struct session *s, const struct args *a)
{
	struct config *c = conf(s);

	c->keepalive_s = args_off(a) ? 0 : arg_u32(a, "seconds");
	c->keepalive_retry_s = args_off(a) ? 0 : arg_has(a, "retry") ? arg_u32(a, "retry") : RETRY_DEFAULT;
	c->keepalive_periodic = !args_off(a) && arg_has(a, "periodic");
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_nat_keepalive(struct session *s, const struct args *a)
{
	conf(s)->nat_keepalive_s = args_off(a) ? 0 : arg_u32(a, "seconds");
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_recovery(struct session *s, const struct args *a)
{
	conf(s)->invalid_spi_recovery = !args_off(a);
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_half_open(struct session *s, const struct args *a)
{
	conf(s)->half_open_max = args_off(a) ? 0 : arg_u32(a, "number");
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_aggressive(struct session *s, const struct args *a)
{
	conf(s)->aggressive_disabled = !args_off(a);
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_fragmentation(struct session *s, const struct args *a)
{
	conf(s)->ike_fragmentation = !args_off(a);
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_logging_session(struct session *s, const struct args *a)
{
	conf(s)->logging_session = !args_off(a);
	conf_changed(s, CFG_AREA_ISAKMP);
}

#define CI	"crypto isakmp "
#define CI_HELP	"Encryption\nInternet Security Association and Key Management\n"
#define ENCRYPTION	" { des | 3des | aes [ { 128 | 192 | 256 } ] }"
#define ENCRYPTION_HELP	"Cipher of the key exchange\nDES, 56 bits\nTriple DES\nAES\n128 bits\n192 bits\n256 bits"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, CI "enable", CI_HELP "Key exchange is offered and answered", run_enable },
	{ M(CONFIG), 15, CMD_NO, CI "policy <1-10000>:priority ~", CI_HELP "A policy for phase 1\nIts priority, 1 is the first", run_policy },
	{ M(CONFIG), 15, CMD_NO, CI "key [ { 0 | 6 } ] WORD:key-string { address { A.B.C.D:peer [ A.B.C.D:mask ] | ipv6 X:X:X:X::X/<0-128>:peer6 } | hostname WORD:name } [ no-xauth ] ~",
	    CI_HELP "A pre-shared key\nIt follows in the clear\nIt follows encrypted\nThe key\nOf a peer by address\nThe address\nMask, for more than one peer\nAn IPv6 address\nThe address and how much of it counts\nOf a peer by name\nThe name\nDon't ask that peer for a user",
	    run_key },
	{ M(CONFIG), 15, CMD_NO, CI "identity ~ { address | hostname | dn }", CI_HELP "What this router calls itself\nIts address\nIts name and domain\nThe name in its certificate", run_identity },
	{ M(CONFIG), 15, CMD_NO, CI "keepalive ~ <10-3600>:seconds [ <2-60>:retry ] [ { on-demand | periodic } ]",
	    CI_HELP "Ask silent peers whether they live\nSeconds between questions\nSeconds between repeated questions\nOnly when there is something to send\nAlways", run_keepalive },
	{ M(CONFIG), 15, CMD_NO, CI "nat keepalive ~ <5-3600>:seconds", CI_HELP "Translators between us and peers\nRemind them of us when nothing else does\nSeconds of silence", run_nat_keepalive },
	{ M(CONFIG), 15, CMD_NO, CI "invalid-spi-recovery", CI_HELP "Begin a key exchange with a known peer that uses an SPI not held here", run_recovery },
	{ M(CONFIG), 15, CMD_NO, CI "aggressive-mode disable", CI_HELP "Aggressive mode\nNeither begin nor answer it", run_aggressive },
	{ M(CONFIG), 15, CMD_NO, CI "fragmentation", CI_HELP "Messages too long for one datagram go in pieces to peers that know them", run_fragmentation },
	{ M(CONFIG), 15, CMD_NO, "crypto call admission limit ike in-negotiation-sa ~ <10-99999>:number",
	    "Encryption\nKey exchanges that are asked for\nWhich of them are let in\nNo more than so many at a time\nKey exchange\nThose that others have begun, while they are negotiated\nHow many",
	    run_half_open },
	{ M(CONFIG), 15, CMD_NO, "crypto logging session", "Encryption\nLog messages of encryption\nA session goes up or down", run_logging_session },

	{ M(ISAKMP_POLICY), 15, CMD_NO, "encryption ~" ENCRYPTION, ENCRYPTION_HELP, run_encryption },
	{ M(ISAKMP_POLICY), 15, CMD_NO | CMD_HIDDEN, "encr ~" ENCRYPTION, ENCRYPTION_HELP, run_encryption },
	{ M(ISAKMP_POLICY), 15, CMD_NO, "hash ~ { md5 | sha | sha256 | sha384 | sha512 }",
	    "Hash of the key exchange\nMD5\nSHA-1\nSHA-2, 256 bits\nSHA-2, 384 bits\nSHA-2, 512 bits", run_hash },
	{ M(ISAKMP_POLICY), 15, CMD_NO, "authentication ~ { pre-share | rsa-sig }",
	    "How the peers prove who they are\nBy a pre-shared key\nBy an RSA signature", run_authentication },
	{ M(ISAKMP_POLICY), 15, CMD_NO, "group ~ { 1 | 2 | 5 | 14 | 15 | 16 | 19 | 20 | 21 | 24 }",
	    "Diffie-Hellman group\n768 bits\n1024 bits\n1536 bits\n2048 bits\n3072 bits\n4096 bits\nElliptic curve, 256 bits\nElliptic curve, 384 bits\nElliptic curve, 521 bits\n2048 bits, subgroup of 256",
	    run_group },
	{ M(ISAKMP_POLICY), 15, CMD_NO, "lifetime ~ <60-86400>:seconds", "How long an ISAKMP SA lives\nSeconds", run_lifetime },
};

const struct cmd_table cmds_config_isakmp = { rows, NROWS(rows) };
