/*
 * The fast lane into a tunnel: IPv4 becomes ESP of tunnel mode over IPv4, plain or in UDP (RFC 4303, 3.3; RFC 4301, 5.1.2.1), and a frame for
 * the neighbour on the way to the far end.  What is counted is what the stages count: ip.c, route.c, esp_out.c, ifnet.c.
 */

#include "datapath/esp_out.h"
#include "datapath/ifnet.h"
#include "datapath/lane_int.h"

/* Padding, its length and the next header; gives the length of the text.  There are DP_TAILROOM bytes behind the packet. */
static inline size_t
trailer_put(const struct sa *s, uint8_t *ip, size_t len)
{
	size_t	npad = -(len + 2) & (s->size.block - 1u);

	memcpy(ip + len, esp_padding, ESP_PAD_MOST);
	ip[len + npad] = (uint8_t)npad;
	ip[len + npad + 1] = PROTO_IPIP;
	return len + npad + 2;
}

/* All but what the cipher does. */
static inline void
prepare(struct dp *d, struct lane_pkt *p, struct sa *s, struct crypto_job *j)
{
	uint8_t	*inner = p->ip, *ip = inner - (IP4_LEN + s->udp + s->head), *esp;
	size_t	 text, len;

	ttl_step(inner);
	text = trailer_put(s, inner, p->len);
	len = (size_t)(inner - ip) + text + s->size.icv;
	outer4_put(ip, s, inner, inner[IP4_TOS], len, dp_ip_id(d));
	esp = natt_put(s, ip + IP4_LEN, len - IP4_LEN);
	s->seq.last++;
	s->seq.ahead += p->len;
	put32(esp, s->spi);
	put32(esp + 4, (uint32_t)s->seq.last);
	memcpy(ip - ETH_LEN, p->flow->head, ETH_LEN);
	*j = (struct crypto_job){ .k = s->crypt, .esp = esp, .seq = s->seq.last, .ntext = (uint32_t)text };
	p->ip = ip;
	p->ntext = (uint32_t)len;
}

/* Packets that follow each other into one tunnel. */
struct run {
	struct dp_if	*tunnel;
	uint64_t	 packets, bytes;
};

static inline void
run_count(struct run *r, struct dp_if *tunnel, size_t len, int64_t now)
{
	if (tunnel != r->tunnel) {
		if (r->packets > 0)
			if_count_out(r->tunnel, r->packets, r->bytes, now);
		*r = (struct run){ .tunnel = tunnel };
	}
	r->packets++;
	r->bytes += len;
}

/* Those whose SAs go on as they are. */
static size_t
prepare_all(struct dp *d, struct lane_pkt *p, size_t n, struct crypto_job *jobs, int64_t now)
{
	struct run	 r = { .tunnel = NULL };
	struct sa	*s;
	size_t		 i;

	for (i = 0; i < n && p[0].flow != p[n - 1].flow; i++) {
		__builtin_prefetch(p[i].flow->sa->crypt);
		__builtin_prefetch((const char *)p[i].flow->sa->crypt + 64);
	}
	for (i = 0; i < n; i++) {
		s = p[i].flow->sa;
		if (!sa_goes_on(s, p[i].len))
			break;
		run_count(&r, p[i].flow->tunnel, p[i].len, now);
		prepare(d, &p[i], s, &jobs[i]);
	}
	run_count(&r, NULL, 0, now);
	return i;
}

static __attribute__((noinline)) void
failed(struct dp *d, struct sa *s, size_t len)
{
	s->faults.encaps++;
	s->faults.internal++;
	sa_due(d, s);
	d->count[DPC_out_crypto]++;
	d->octets[DPC_out_crypto] += len;
}

/* Sealed, or it could not be. */
static void
finish_all(struct dp *d, const struct lane_pkt *p, size_t n, const struct crypto_job *jobs, struct lane_out *o, int64_t now)
{
	struct sa	*s;
	size_t		 i;

	for (i = 0; i < n; i++) {
		s = p[i].flow->sa;
		s->seq.ahead -= p[i].len;
		if (__builtin_expect(jobs[i].result != CRYPTO_OK, 0)) {
			failed(d, s, p[i].ntext);
			continue;
		}
		s->packets++;
		s->bytes += p[i].len;
		s->last_used = now;
		lane_put(o, p[i].ip - ETH_LEN, ETH_LEN + p[i].ntext, p[i].flow->out_if);
	}
}

size_t
lane_seal(struct dp *d, struct lane_pkt *p, size_t n, struct lane_out *o, int64_t now)
{
	struct crypto_job	*jobs = sad_jobs(d->sad, n);

	n = prepare_all(d, p, n, jobs, now);
	if (n == 0)
		return 0;
	crypto_seal(&d->sad->crypto, jobs, n);
	finish_all(d, p, n, jobs, o, now);
	d->count[DPC_ip_forwarded] += n;
	d->count[DPC_engine_encrypt] += n;
	d->count[DPC_esp_out_ok] += o->n;
	d->count[DPC_post_encrypt_ok] += o->n;
	d->count[DPC_engine_next_hop] += o->n;
	d->count[DPC_engine_send] += o->n;
	return n;
}
