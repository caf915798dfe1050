/* Two routers and a wire, for the engine's tests. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "testsuite/unit/engine_pair.h"

#define WIRE_DELAY	(NSEC_MS / 2)
#define START		INT64_C(1426251600000000000)	/* 2015-03-13 13:00:00 */

struct flight {
	struct timer	 timer;
	struct pair_end	*to;
	size_t		 n;
	uint8_t		 frame[];
};

static void
arrive(void *arg)
{
	struct flight *f = arg;

	if (f->to->w->up)
		router_input(f->to->r, "GigabitEthernet0/0", f->frame, f->n);
	free(f);
}

/* IPv4 without options behind an Ethernet header. */
static bool
is_proto(const uint8_t *p, size_t n, uint8_t proto)
{
	return n > 34 && p[12] == 8 && p[13] == 0 && p[23] == proto;
}

static void
on_tx(void *arg, struct router *r, const char *ifname, const uint8_t *frame, size_t len)
{
	struct pair_end *from = arg;
	struct pair_wire *w = from->w;
	struct flight *f;

	(void)r;
	(void)ifname;
	w->frames++;
	w->ike_frames += is_proto(frame, len, 17);
	if (!w->up || (w->drop_esp && is_proto(frame, len, 50)) || (w->drop_ike && is_proto(frame, len, 17)))
		return;
	f = xmalloc(sizeof(*f) + len);
	f->to = &w->end[!from->n];
	f->n = len;
	memcpy(f->frame, frame, len);
	timer_init(&f->timer, w->clock, arrive, f);
	timer_in(&f->timer, WIRE_DELAY);
}

static bool
on_carrier(void *arg, struct router *r, const char *ifname)
{
	struct pair_end *e = arg;

	(void)r;
	return strcmp(ifname, "GigabitEthernet0/0") == 0 && e->w->up;
}

static struct cfg_if *
add_if(struct config *c, const char *name, uint32_t addr, unsigned len)
{
	struct cfg_if *i = config_if(c, name, true);

	ck_assert_ptr_nonnull(i);
	i->ip = (struct cfg_ip){ addr, ip4_mask(len) };
	return i;
}

static void
make_ike(struct config *c, unsigned n)
{
	struct cfg_keyring *k = config_keyring(c, n == R1 ? "KEY" : "SHKONO", true);
	struct cfg_isakmp_profile *p = config_isakmp_profile(c, n == R1 ? "ISAKMP1" : "SHKONO", true);
	struct cfg_policy *pol = config_policy(c, 10, true);
	struct cfg_key *key = config_key_add(&k->keys);
	struct cfg_match m = { .kind = CFG_MATCH_ADDRESS, .addr = addr_v4(n == R1 ? R2_ADDR : R1_ADDR), .mask = 0xffffffff };

	config_set_str(&key->key, "TunnelSecret");
	key->addr = m.addr;
	key->mask = 0xffffffff;
	cfg_names_add(&p->keyrings, k->name);
	config_isakmp_match_add(p, &m);
	pol->p = (struct ike_policy){ 10, CIPHER_AES256, HASH_SHA1, IKE_AUTH_PSK, 2, 86400 };
}

static void
make_ipsec(struct config *c, unsigned n)
{
	char aes[] = "esp-aes", sha[] = "esp-sha-hmac", *words[] = { aes, sha };
	struct cfg_transform_set *t = config_transform_set(c, "TS", true);
	struct cfg_ipsec_profile *p = config_ipsec_profile(c, "VTI", true);
	struct cfg_if *tun;
	const char *why;

	ck_assert(config_transform_parse(t, words, 2, &why));
	cfg_names_add(&p->transform_sets, "TS");
	config_set_str(&p->isakmp_profile, n == R1 ? "ISAKMP1" : "SHKONO");
	tun = add_if(c, "Tunnel0", 0xac100001u + n, 30);
	tun->mode = CFG_TUN_IPSEC_V4;
	config_set_str(&tun->source_if, "Loopback0");
	tun->destination = addr_v4(n == R1 ? R2_ADDR : R1_ADDR);
	config_set_str(&tun->protection, "VTI");
	c->logging_session = true;
}

static void
make_config(struct config *c, unsigned n)
{
	config_set_str(&c->hostname, n == R1 ? "Router1" : "Router2");
	add_if(c, "GigabitEthernet0/0", 0x0a010c01u + n, 24);
	add_if(c, "Loopback0", n == R1 ? R1_ADDR : R2_ADDR, 32);
	add_if(c, "Loopback1", n == R1 ? R1_LAN : R2_LAN, 24);
	make_ike(c, n);
	make_ipsec(c, n);
	config_route(c, n == R1 ? R2_ADDR : R1_ADDR, 0xffffffff, n == R1 ? 0x0a010c02u : 0x0a010c01u, NULL, true)->distance = 1;
	config_route(c, n == R1 ? 0xc0a80200u : 0xc0a80100u, 0xffffff00, 0, "Tunnel0", true)->distance = 1;
}

static char *
on_nvram_load(void *arg, struct router *r)
{
	(void)arg;
	(void)r;
	return xstrdup("usual");
}

static void
on_load_config(void *arg, struct router *r, const char *text)
{
	struct pair_end *e = arg;

	(void)text;
	make_config(r->cfg, e->n);
	if (e->tweak != NULL)
		e->tweak(r->cfg, e->n);
}

static const struct router_ops ops = {
	.tx = on_tx,
	.carrier = on_carrier,
	.load_config = on_load_config,
	.nvram_load = on_nvram_load,
};

static void
on_log(void *arg, const struct log_entry *e, const char *formatted)
{
	struct pair_end *end = arg;

	(void)e;
	text_printf(&end->log, "%s\n", formatted);
}

static void
end_make(struct pair_wire *w, unsigned n, void (*tweak)(struct config *, unsigned))
{
	struct pair_end *e = &w->end[n];
	struct router_env env = {
		.name = n == R1 ? "Router1" : "Router2",
		.clock = w->clock,
		.chance = chance_new_child(w->chance, n == R1 ? "one" : "two"),
		.ops = &ops,
		.arg = e,
		.dialect = IKE_IOS_15,
		.engine = n == R1 ? IKE_ENGINE_ONBOARD : IKE_ENGINE_SOFTWARE,
		.number = n + 1,
	};

	e->w = w;
	e->n = n;
	e->tweak = tweak;
	e->r = router_new(&env);
	router_port_add(e->r, "GigabitEthernet0/0");
	log_tap_add(e->r, LOG_SINK_ALL, on_log, e);
}

struct pair_wire *
wire_new(uint64_t seed, void (*tweak)(struct config *, unsigned))
{
	struct pair_wire *w = xcalloc(1, sizeof(*w));

	w->clock = clock_new_virtual(START);
	w->chance = chance_new_seeded(seed);
	w->up = true;
	end_make(w, R1, tweak);
	end_make(w, R2, tweak);
	router_power_on(w->end[R1].r);
	router_power_on(w->end[R2].r);
	return w;
}

void
wire_free(struct pair_wire *w)
{
	timer_stop(&w->stream);
	for (unsigned n = 0; n < 2; n++) {
		router_free(w->end[n].r);
		text_free(&w->end[n].log);
	}
	w->up = false;
	/* What is still on the wire; nothing else has a timer now. */
	ck_assert_uint_lt(clock_timers(w->clock), 100);
	while (clock_timers(w->clock) > 0)
		clock_step(w->clock, clock_next(w->clock));
	chance_free(w->chance);
	clock_free(w->clock);
	free(w);
}

void
wire_run(struct pair_wire *w, int64_t ns)
{
	int64_t until = clock_now(w->clock) + ns;

	while (clock_step(w->clock, until))
		continue;
}

void
wire_set(struct pair_wire *w, bool up)
{
	w->up = up;
	router_carrier_changed(w->end[R1].r, "GigabitEthernet0/0");
	router_carrier_changed(w->end[R2].r, "GigabitEthernet0/0");
}

static void
on_stream(void *arg)
{
	struct pair_wire *w = arg;
	uint8_t payload[400] = { 0 };

	dp_udp_send(w->end[R1].r->dp, R1_LAN, R2_LAN, 4000, 4001, payload, sizeof(payload), 64, clock_now(w->clock));
	w->streamed++;
	timer_in(&w->stream, w->gap);
}

void
wire_stream(struct pair_wire *w, int64_t gap)
{
	timer_stop(&w->stream);
	w->gap = gap;
	if (gap == 0)
		return;
	timer_init(&w->stream, w->clock, on_stream, w);
	timer_in(&w->stream, gap);
}

void
wire_clear_logs(struct pair_wire *w)
{
	text_clear(&w->end[R1].log);
	text_clear(&w->end[R2].log);
}

static void
put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static void
ip_sum(uint8_t *ip)
{
	uint32_t sum = 0;

	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~sum & 0xffff);
}

void
wire_forge(struct pair_wire *w, unsigned n, uint32_t src, uint32_t dst, uint32_t spi)
{
	uint8_t frame[14 + 20 + 60] = { 0 }, *ip = frame + 14;
	struct if_info info;

	ck_assert(router_if_info(w->end[n].r, "GigabitEthernet0/0", &info));
	memcpy(frame, info.dp.mac, 6);
	frame[6] = 2;
	put16(frame + 12, 0x0800);
	ip[0] = 0x45;
	put16(ip + 2, 80);
	ip[8] = 60;
	ip[9] = 50;
	put32(ip + 12, src);
	put32(ip + 16, dst);
	ip_sum(ip);
	put32(ip + 20, spi);
	put32(ip + 24, 1);
	router_input(w->end[n].r, "GigabitEthernet0/0", frame, sizeof(frame));
}

unsigned
logged_times(struct pair_wire *w, unsigned n, const char *what)
{
	const char *p = text_str(&w->end[n].log);
	unsigned times = 0;

	while ((p = strstr(p, what)) != NULL) {
		times++;
		p += strlen(what);
	}
	return times;
}

bool
logged(struct pair_wire *w, unsigned n, const char *what)
{
	return logged_times(w, n, what) > 0;
}

void
logged_in_order(struct pair_wire *w, unsigned n, const char *const *what)
{
	const char *at = text_str(&w->end[n].log), *found;

	for (; *what != NULL; what++) {
		found = strstr(at, *what);
		ck_assert_msg(found != NULL, "'%s' is not where it should be; from there on was logged:\n%s", *what, at);
		at = found + strlen(*what);
	}
}

static void
sum_flow(void *arg, const struct ipsec_flow_info *f)
{
	struct flow_sum *s = arg;

	s->flows++;
	s->sas += f->nsas;
	s->spi_out = f->spi_out;
	for (size_t i = 0; i < f->nsas; i += 2)
		if (f->sas[i + 1].sa.p.spi == f->spi_out)
			s->spi_in = f->sas[i].sa.p.spi;
	s->encaps += f->encaps;
	s->decaps += f->decaps;
	s->invalid_sa += f->invalid_sa;
	s->no_sa += f->no_sa;
}

static void
count_ike(void *arg, const struct ike_sa_info *sa)
{
	struct flow_sum *s = arg;

	s->ike += sa->established && !sa->deleted;
}

struct flow_sum
flow_sum(struct pair_wire *w, unsigned n)
{
	struct flow_sum s = { 0 };
	struct if_info info;

	router_flow_each(w->end[n].r, sum_flow, &s);
	ike_sa_each(w->end[n].r->ike, count_ike, &s);
	if (router_if_info(w->end[n].r, "Tunnel0", &info))
		s.line_up = info.line_up;
	return s;
}

void
clear_peer(struct pair_wire *w, unsigned n)
{
	struct addr peer = addr_v4(n == R1 ? R2_ADDR : R1_ADDR);

	router_clear_sa_peer(w->end[n].r, &peer);
}
