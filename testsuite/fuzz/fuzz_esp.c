/*
 * One ESP or AH packet of one SA, in or out.  The input's head chooses the SA, the rest is the packet:
 *
 *	byte 0	the transform, one of forms[]
 *	byte 1	bit 0 transport mode, bit 1 extended numbers, bit 2 selectors, bit 3 no window, bits 4-5: 0 the rest stands
 *		behind SPI and number as it is; 1 the rest is the text with its trailer and is sealed rightly, so that
 *		what lies behind the ICV is reached; 2 the rest is an IPv4 packet that goes out by the SA; 3 the
 *		rest is the whole IPv4 packet that comes in
 *	byte 2	the number, times 2^24; and, in AH, how many words of options the outer header has
 */

#include <stdlib.h>
#include <string.h>

#include "datapath/ah.h"
#include "datapath/internal.h"
#include "datapath/sa_run.h"
#include "datapath/natt.h"
#include "datapath/wire.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "testsuite/fuzz/fuzz.h"

#define SPI	0x1000u
#define OURS	0x0a000001u
#define PEER	0x0a000002u
#define HEAD	3
#define MOST	3000

static const struct {
	enum sa_proto	proto;
	enum sa_cipher	cipher;
	uint8_t		nenc;
	enum sa_auth	auth;
	uint8_t		nauth;
} forms[] = {
	{ SA_ESP, SA_CIPHER_AES_CBC, 16, SA_AUTH_SHA1_96, 20 },
	{ SA_ESP, SA_CIPHER_AES_CBC, 32, SA_AUTH_SHA512_256, 64 },
	{ SA_ESP, SA_CIPHER_AES_CBC, 16, SA_AUTH_NONE, 0 },
	{ SA_ESP, SA_CIPHER_3DES, 24, SA_AUTH_MD5_96, 16 },
	{ SA_ESP, SA_CIPHER_NULL, 0, SA_AUTH_SHA256_128, 32 },
	{ SA_ESP, SA_CIPHER_AES_GCM, 20, SA_AUTH_NONE, 0 },
	{ SA_ESP, SA_CIPHER_AES_GMAC, 36, SA_AUTH_NONE, 0 },
	{ SA_AH, SA_CIPHER_NULL, 0, SA_AUTH_SHA1_96, 20 },
	{ SA_AH, SA_CIPHER_NULL, 0, SA_AUTH_SHA384_192, 48 },
};

struct rig {
	struct clock	*clock;
	struct chance	*chance;
	struct dp	*dp;
};

static void
on_tx(void *arg, unsigned ifidx, const uint8_t *frame, size_t len)
{
	(void)arg;
	(void)ifidx;
	if (len < ETH_LEN || frame == NULL)
		abort();
}

/* The library's context is dear to make: it is made once and stays. */
static struct rig *
rig_new(void)
{
	static struct chance		*chance;
	static const struct dp_ops	 ops = { .tx = on_tx };
	static const uint8_t		 mac[6] = { 2, 0, 0, 0, 0, 1 };
	const uint32_t			 addr = OURS;
	const unsigned			 len = 24;
	struct rig			*r = xcalloc(1, sizeof(*r));

	if (chance == NULL)
		chance = chance_new_seeded(1);
	r->clock = clock_new_virtual(NSEC_SEC);
	r->chance = chance;
	r->dp = dp_new(r->clock, r->chance, &ops, r);
	dp_if_add(r->dp, DP_IF_ETHER, mac);
	dp_if_set_addr(r->dp, 1, &addr, &len, 1);
	dp_udp_open(r->dp, NATT_PORT);
	dp_if_set_up(r->dp, 1, true);
	dp_route_set(r->dp, addr & 0xffffff00, 24, 0, 1);
	dp_route_set(r->dp, 0, 0, PEER, 1);
	return r;
}

static void
rig_free(struct rig *r)
{
	dp_free(r->dp);
	clock_free(r->clock);
	free(r);
}

static struct sa_params
params(const uint8_t *in, enum sa_dir dir)
{
	size_t			i = in[0] % (sizeof(forms) / sizeof(forms[0]));
	struct sa_params	p = {
		.dir = dir, .proto = forms[i].proto, .transport = in[1] & 1, .spi = SPI,
		.src = addr_v4(dir == SA_IN ? PEER : OURS), .dst = addr_v4(dir == SA_IN ? OURS : PEER),
		.cipher = forms[i].cipher, .enc_key_len = forms[i].nenc, .auth = forms[i].auth,
		.auth_key_len = forms[i].nauth, .replay_window = in[1] & 8 ? 0 : 64, .hard_bytes = 100000,
	};

	p.esn = in[1] & 2 && (p.auth != SA_AUTH_NONE || p.cipher >= SA_CIPHER_AES_GCM);
	if (in[1] & 0x40 && p.proto == SA_ESP)
		p.udp_port = NATT_PORT;
	if (in[1] & 0x80)
		p.was_src = p.was_dst = addr_v4(0x0a000001);
	if (in[1] & 4) {
		p.sel_proto = PROTO_UDP;
		p.sel_dport = 53;
		p.sel_src_mask = 0xff000000;
		p.sel_src = 0x0a000000;
	}
	return p;
}

static void
frame_in(struct rig *r, const uint8_t *ip, size_t len)
{
	static const uint8_t	 head[ETH_LEN] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0 };
	uint8_t			*f = xmalloc(ETH_LEN + len);
	struct dp_frame		 frame = { f, ETH_LEN + len };

	memcpy(f, head, ETH_LEN);
	memcpy(f + ETH_LEN, ip, len);
	dp_input(r->dp, 1, &frame, 1, clock_now(r->clock));
	free(f);
}

static size_t
ip_head(uint8_t *ip, size_t words, uint8_t proto)
{
	memset(ip, 0, 80);
	ip[0] = (uint8_t)(0x45 + words);
	ip[IP4_TTL] = 64;
	ip[IP4_PROTO] = proto;
	put32(ip + IP4_SRC, PEER);
	put32(ip + IP4_DST, OURS);
	return IP4_LEN + words * 4;
}

/* The text at esp behind header and IV becomes a packet that the SA must find authentic. */
static size_t
esp_seal(struct rig *r, const struct sa_params *p, uint8_t *esp, const uint8_t *text, size_t n, uint64_t seq)
{
	struct sa_params	 q = *p;
	struct cryptor		*k;
	const char		*why;

	q.dir = SA_OUT;
	if ((k = cryptor_new(&r->dp->sad->crypto, &q, &why)) == NULL)
		fatal("%s", why);
	n -= n % k->size.block;
	memcpy(esp + ESP_HEADER + k->size.iv, text, n);
	if (n > 0 && !k->seal(k, esp, n, seq))
		abort();
	n += ESP_HEADER + (size_t)k->size.iv + k->size.icv;
	cryptor_free(k);
	return n;
}

static size_t
ah_seal(struct rig *r, const struct sa_params *p, uint8_t *ip, size_t ihl, const uint8_t *text, size_t n, uint64_t seq)
{
	uint8_t			*ah = ip + ihl;
	struct sa_params	 q = *p;
	struct cryptor		*k;
	const char		*why;
	size_t			 head;

	if ((k = cryptor_new(&r->dp->sad->crypto, &q, &why)) == NULL)
		fatal("%s", why);
	head = AH_HEADER + k->size.icv;
	memset(ah, 0, head);
	if (n > 0) {
		ah[0] = *text++;	/* the next header */
		n--;
	}
	ah[1] = (uint8_t)(head / 4 - 2);
	put32(ah + 4, SPI);
	put32(ah + 8, (uint32_t)seq);
	memcpy(ah + head, text, n);
	put16(ip + IP4_TOTAL, (unsigned)(ihl + head + n));
	ah_icv(k, ip, ihl, ihl + head + n, seq, ah + AH_HEADER);
	cryptor_free(k);
	return head + n;
}

/* From another port than the SA knows, if it is authentic. */
static size_t
udp_wrap(uint8_t *ip, size_t ihl, size_t len)
{
	memmove(ip + ihl + NATT_UDP, ip + ihl, len);
	ip[IP4_PROTO] = PROTO_UDP;
	put16(ip + ihl, NATT_PORT + 1);
	put16(ip + ihl + 2, NATT_PORT);
	put16(ip + ihl + 4, (unsigned)(NATT_UDP + len));
	put16(ip + ihl + 6, 0);
	return NATT_UDP + len;
}

static void
packet_in(struct rig *r, const struct sa_params *p, const uint8_t *in, const uint8_t *rest, size_t n)
{
	uint8_t		 ip[MOST + 200];
	size_t		 words = p->proto == SA_AH ? in[2] % 11 : 0, opt = words * 4 < n ? words * 4 : 0;
	size_t		 ihl = ip_head(ip, opt / 4, (uint8_t)p->proto), len;
	uint64_t	 seq = (uint64_t)in[2] << 24 | 1;

	memcpy(ip + IP4_LEN, rest, opt);
	rest += opt;
	n -= opt;
	put32(ip + ihl + (p->proto == SA_AH ? 4 : 0), SPI);
	put32(ip + ihl + (p->proto == SA_AH ? 8 : 4), (uint32_t)seq);
	if ((in[1] >> 4 & 3) == 0) {
		memcpy(ip + ihl + 12, rest, n);
		len = n + 12;
	} else if (p->proto == SA_AH)
		len = ah_seal(r, p, ip, ihl, rest, n, seq);
	else
		len = esp_seal(r, p, ip + ihl, rest, n, seq);
	if (p->udp_port != 0)
		len = udp_wrap(ip, ihl, len);
	put16(ip + IP4_TOTAL, (unsigned)(ihl + len));
	ip4_seal(ip, ihl);
	frame_in(r, ip, ihl + len);
}

static void
packet_out(struct rig *r, uint32_t sa, const uint8_t *rest, size_t n)
{
	struct pkt	*p;
	size_t		 ihl = n > 0 ? (size_t)(rest[0] & 15) * 4 : 0;

	if (ihl < IP4_LEN || ihl > n || (p = pkt_new(r->dp, n)) == NULL)
		return;
	memcpy(p->data, rest, n);
	pkt_parse(p);
	p->sa = sa;
	dp_enter(r->dp);
	esp_out_batch(r->dp, &p, 1, clock_now(r->clock));
	dp_leave(r->dp);
}

/* Every packet but a forwarded one is counted once; none may be kept. */
int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	struct sa_params	 p;
	struct rig		*r;
	const char		*why;
	uint32_t		 sa;
	unsigned		 kind;

	if (n < HEAD || n > MOST)
		return 0;
	r = rig_new();
	kind = in[1] >> 4 & 3;
	p = params(in, kind == 2 ? SA_OUT : SA_IN);
	if ((sa = dp_sa_add(r->dp, &p, &why, clock_now(r->clock))) == SA_NONE)
		fatal("%s", why);
	if (kind == 2)
		packet_out(r, sa, in + HEAD, n - HEAD);
	else if (kind == 3)
		frame_in(r, in + HEAD, n - HEAD);
	else
		packet_in(r, &p, in, in + HEAD, n - HEAD);
	rig_free(r);
	return 0;
}
