/*
 * Key exchange: Main Mode and Quick Mode of two engines in one process (group 14, AES-256, SHA-256, pre-shared key), debug
 * off, held against the four modular exponentiations that both ends need for it, in the same run.
 */

#include <stdlib.h>
#include <string.h>

#include "ike/ike.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "testsuite/bench/bench.h"

#define EXCHANGES	12	/* in one turn */
#define GROUP		14

struct end {
	struct run	*run;
	struct ike	*ike;
	struct ike_path	 path;
	struct ike_id	 local_id, remote_id;
	uint8_t		 out[4][2048];
	size_t		 len[4], nout;
	unsigned	 installed;
};

struct run {
	struct bench	*b;
	struct clock	*clock;
	struct chance	*chance;
	struct end	 end[2];
};

static const struct ike_policy policy = { 10, CIPHER_AES256, HASH_SHA256, IKE_AUTH_PSK, GROUP, 86400 };
static const struct ike_esp esp = { "TS", 50, 12, 256, 5, false, false };

static void
on_send(void *arg, const struct ike_path *path, const uint8_t *p, size_t n)
{
	struct end *e = arg;

	(void)path;
	if (e->nout == 4 || n > sizeof(e->out[0]))
		fatal("more messages than expected");
	memcpy(e->out[e->nout], p, n);
	e->len[e->nout++] = n;
}

static void
on_debug(void *arg, const struct addr *peer, const char *text)
{
	(void)arg;
	(void)peer;
	(void)text;
}

static bool
on_debug_on(void *arg)
{
	(void)arg;
	return false;
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
	(void)arg;
	(void)wanted;
	(void)id;
	*out = (struct ike_peer_config){ .have_key = true, .psk = "secret", .psk_len = 6, .keyring = "default" };
	out->self_id = (struct ike_id){ .type = IKE_ID_IPV4_ADDR, .addr = path->local };
}

static size_t
on_policies(void *arg, const struct ike_policy **out)
{
	(void)arg;
	*out = &policy;
	return 1;
}

static uint32_t
on_spi_new(void *arg, uint8_t proto)
{
	struct end *e = arg;

	(void)proto;
	return chance_u32(e->run->chance) | 0x100;
}

static enum ike_verdict
on_offer(void *arg, const struct ike_offer *o, struct ike_choice *out)
{
	(void)arg;
	(void)o;
	(void)out;
	return IKE_OFFER_OK;
}

static bool
on_install(void *arg, const struct ike_child *c)
{
	struct end *e = arg;

	(void)c;
	e->installed++;
	return true;
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
	(void)arg;
	(void)path;
	(void)proto;
	(void)spis;
	(void)n;
}

static void
on_initial_contact(void *arg, const struct ike_path *path)
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
	fatal("exchange failed (%d)", (int)why);
}

static size_t
on_ipsec_count(void *arg, const struct ike_path *path)
{
	(void)arg;
	(void)path;
	return 0;
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

static const struct ike_ops ops = {
	.send = on_send, .debug = on_debug, .debug_on = on_debug_on, .syslog = on_syslog, .peer_config = on_peer_config,
	.policies = on_policies, .spi_new = on_spi_new, .offer = on_offer, .install = on_install, .enable = on_enable,
	.deleted = on_deleted, .initial_contact = on_initial_contact, .invalid_spi = on_invalid_spi, .failed = on_failed,
	.ipsec_count = on_ipsec_count, .sa_up = on_sa_up, .sa_down = on_sa_down,
};

static void
pass_all(struct run *r)
{
	uint8_t p[2048];
	size_t n;
	int k;

	while (r->end[0].nout + r->end[1].nout > 0) {
		k = r->end[0].nout > 0 ? 0 : 1;
		n = r->end[k].len[0];
		memcpy(p, r->end[k].out[0], n);
		r->end[k].nout--;
		memmove(r->end[k].out, r->end[k].out + 1, r->end[k].nout * sizeof(r->end[k].out[0]));
		memmove(r->end[k].len, r->end[k].len + 1, r->end[k].nout * sizeof(r->end[k].len[0]));
		ike_input(r->end[1 - k].ike, &r->end[1 - k].path, p, n);
	}
}

/* EXCHANGES times: a new IKE SA and a pair of IPsec SAs on it. */
static double
exchanges(void *arg)
{
	struct run *r = arg;
	struct ike_child_request rq = { .cookie = 1, .esp = { esp }, .nesp = 1, .life_s = 3600, .life_kb = 4608000 };
	int64_t begin = bench_cpu();
	unsigned k;

	rq.local_id = r->end[0].local_id;
	rq.remote_id = r->end[0].remote_id;
	r->end[0].installed = r->end[1].installed = 0;
	for (k = 0; k < EXCHANGES; k++) {
		ike_request(r->end[0].ike, &r->end[0].path, "", &rq);
		pass_all(r);
		ike_clear(r->end[0].ike, 0);
		pass_all(r);
	}
	if (r->end[0].installed != EXCHANGES || r->end[1].installed != EXCHANGES)
		fatal("not every exchange ended well");
	return (double)(bench_cpu() - begin) / 1e9;
}

/* Two key pairs and two shared secrets each. */
static double
exponentiations(void *arg)
{
	struct run *r = arg;
	uint8_t a[DH_PUB_MAX], b[DH_PUB_MAX];
	int64_t begin = bench_cpu();
	struct dh *x, *y;
	unsigned k;

	for (k = 0; k < EXCHANGES; k++) {
		x = dh_new(r->chance, GROUP);
		y = dh_new(r->chance, GROUP);
		if (!dh_derive(x, dh_pub(y), dh_pub_len(GROUP), a) || !dh_derive(y, dh_pub(x), dh_pub_len(GROUP), b))
			fatal("public value refused");
		dh_free(x);
		dh_free(y);
	}
	return (double)(bench_cpu() - begin) / 1e9;
}

void
bench_ike(struct bench *b)
{
	static const uint32_t addrs[] = { 0x0e0e0e0e, 0x0b0b0b0b };
	struct run *r = xcalloc(1, sizeof(*r));
	struct bench_pair t;
	int k;

	r->b = b;
	r->clock = clock_new_virtual(0);
	r->chance = chance_new_seeded(1);
	for (k = 0; k < 2; k++) {
		r->end[k].run = r;
		r->end[k].path = (struct ike_path){ addr_v4(addrs[k]), addr_v4(addrs[1 - k]), IKE_PORT, IKE_PORT };
		r->end[k].local_id = (struct ike_id){ .type = IKE_ID_IPV4_ADDR, .addr = addr_v4(addrs[k]), .prefix_len = 32 };
		r->end[k].remote_id = (struct ike_id){ .type = IKE_ID_IPV4_ADDR, .addr = addr_v4(addrs[1 - k]), .prefix_len = 32 };
		r->end[k].ike = ike_new(r->clock, r->chance, &ops, &r->end[k]);
	}
	t = bench_turns(exchanges, exponentiations, r);
	bench_rate(b, "IKEv1 Main+Quick Mode, group 14, both ends", "/s", EXCHANGES / t.a, EXCHANGES / t.b, 0.8);
	for (k = 0; k < 2; k++)
		ike_free(r->end[k].ike);
	chance_free(r->chance);
	clock_free(r->clock);
	free(r);
}
