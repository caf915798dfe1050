/*
 * From a negotiated suite to what the datapath runs: algorithms, the cut of the keying material (RFC
 * 2409, 5.5: encryption key first; RFC 4106, 8.1 and RFC 4543, 6: with its salt), lifetimes.
 */

#include <string.h>

#include "engine/flow.h"
#include "lib/mem.h"

#define PROTO_AH	51

struct cipher_row {
	uint8_t esp_id;
	enum sa_cipher cipher;
	size_t key, salt;
}; /* key 0: key_bits tells */
static const struct cipher_row ciphers[] = {
	{ 2, SA_CIPHER_DES, 8, 0 },
	{ 3, SA_CIPHER_3DES, 24, 0 },
	{ 12, SA_CIPHER_AES_CBC, 0, 0 },
	{ 20, SA_CIPHER_AES_GCM, 0, 4 },
	{ 23, SA_CIPHER_AES_GMAC, 0, 4 },
};

struct auth_row { uint8_t id; enum sa_auth auth; size_t key; };
static const struct auth_row auths[] = {
	{ 1, SA_AUTH_MD5_96, 16 },
	{ 2, SA_AUTH_SHA1_96, 20 },
	{ 5, SA_AUTH_SHA256_128, 32 },
	{ 6, SA_AUTH_SHA384_192, 48 },
	{ 7, SA_AUTH_SHA512_256, 64 },
};

static void
algorithms(const struct ike_esp *e, struct sa_params *out)
{
	out->cipher = SA_CIPHER_NULL;
	out->auth = SA_AUTH_NONE;
	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
		if (e->proto != PROTO_AH && ciphers[i].esp_id == e->esp_id) {
			out->cipher = ciphers[i].cipher;
			out->enc_key_len =
			    (ciphers[i].key != 0 ? ciphers[i].key
						 : (e->key_bits != 0 ? e->key_bits : 128u) / 8) +
			    ciphers[i].salt;
		}
	for (size_t i = 0; i < sizeof(auths) / sizeof(auths[0]); i++)
		if (auths[i].id == e->auth_id) {
			out->auth = auths[i].auth;
			out->auth_key_len = auths[i].key;
		}
}

/* Keys that are shorter than the suite needs leave zero bytes, and no packet of the peer's passes. */
static void
keys(const struct ike_child *c, bool in, struct sa_params *out)
{
	const uint8_t *k = in ? c->key_in : c->key_out;
	size_t left = c->key_len < sizeof(c->key_in) ? c->key_len : sizeof(c->key_in);
	size_t n = out->enc_key_len < left ? out->enc_key_len : left;

	memcpy(out->enc_key, k, n);
	left -= n;
	memcpy(out->auth_key, k + n, out->auth_key_len < left ? out->auth_key_len : left);
}

/* The whole less a margin, or three quarters where the margin would be more than a quarter. */
static uint64_t
soft_of(uint64_t whole, uint64_t margin)
{
	return whole - (margin < whole / 4 ? margin : whole / 4);
}

/* Who was asked waits half as long before he asks himself, so that two ends don't rekey at once. */
static void
lifetimes(const struct pair *p, enum sa_dir dir, struct sa_params *out)
{
	unsigned part = p->initiator ? 1 : 2;

	out->hard_ns = (int64_t)p->life_s * NSEC_SEC;
	out->hard_bytes = (uint64_t)p->life_kb * 1024;
	if (dir == SA_IN && p->life_s != 0)
		out->soft_ns = (int64_t)soft_of(p->life_s, REKEY_MARGIN_S / part) * NSEC_SEC;
	if (p->life_kb != 0)
		out->soft_bytes = soft_of(p->life_kb, REKEY_MARGIN_KB / part) * 1024;
}

static void
policy_values(const struct flow *f, struct sa_params *out)
{
	struct crypto_policy cp;

	if (!flow_policy(f, &cp))
		return;
	out->replay_window = cp.replay_window;
	out->df_copy = cp.dfbit == 'C';
	out->cut_after = f->r->cfg->frag_after;
	out->df_set = cp.dfbit == 's';
	out->idle_ns = (int64_t)cp.idle_s * NSEC_SEC;
}

static uint32_t
id_mask(const struct ike_id *id)
{
	return ip4_mask(ike_id_len(id));
}

/* The flow's proxies, as this SA's packets stand to them. */
static void
selectors(const struct flow *f, bool in, struct sa_params *out)
{
	const struct ike_id *src = in ? &f->remote_id : &f->local_id, *dst = in ? &f->local_id : &f->remote_id;

	if (src->addr.af == ADDR_V6 && dst->addr.af == ADDR_V6) {
		out->inner6 = true;
		out->sel6_src = (struct prefix){ src->addr, (uint8_t)ike_id_len(src) };
		out->sel6_dst = (struct prefix){ dst->addr, (uint8_t)ike_id_len(dst) };
		out->sel_proto = src->protocol;
		out->sel_sport = src->port;
		out->sel_dport = dst->port;
		return;
	}
	if (src->addr.af != ADDR_V4 || dst->addr.af != ADDR_V4)
		return;
	out->sel_src_mask = id_mask(src);
	out->sel_src = src->addr.v4 & out->sel_src_mask;
	out->sel_dst_mask = id_mask(dst);
	out->sel_dst = dst->addr.v4 & out->sel_dst_mask;
	out->sel_proto = src->protocol;
	out->sel_sport = src->port;
	out->sel_dport = dst->port;
}

void
sa_params_fill(const struct flow *f, const struct pair *p, const struct ike_child *c,
    enum sa_dir dir, struct sa_params *out)
{
	const struct ike_path *path = &f->peer->path;
	bool in = dir == SA_IN;

	*out = (struct sa_params){.dir = dir,
	    .proto = c->esp.proto == PROTO_AH ? SA_AH : SA_ESP,
	    .transport = c->esp.transport,
	    .esn = c->esp.esn};
	out->spi = in ? c->spi_in : c->spi_out;
	out->src = in ? path->remote : path->local;
	out->dst = in ? path->local : path->remote;
	out->udp_port = c->udp ? c->path.remote_port : 0;
	if (in && c->udp && c->esp.transport) {
		out->was_src = c->peer_self;
		out->was_dst = c->peer_us;
	}
	algorithms(&c->esp, out);
	keys(c, in, out);
	lifetimes(p, dir, out);
	policy_values(f, out);
	selectors(f, in, out);
	out->tunnel_if = f->tunnel_if;
	out->guard = f->guard;
	out->policy = in ? f->policy : 0;
	out->ip_mtu = f->peer->path_mtu;
	out->cookie = p->id;
}
