/* IPv4 input (RFC 791, RFC 1122 3.2.1, RFC 1812 5.2): what is sound, and whether it ends here or goes on. */

#include "datapath/frag.h"
#include "datapath/gre_run.h"
#include "datapath/icmp.h"
#include "datapath/ifnet.h"
#include "datapath/internal.h"
#include "datapath/ip.h"
#include "datapath/nat.h"
#include "datapath/natt.h"
#include "datapath/own.h"
#include "datapath/udp.h"
#include "datapath/tap.h"
#include "datapath/wire.h"

#define OPT_END		0
#define OPT_NOP		1
#define OPT_LSRR	131
#define OPT_SSRR	137

/* The header's fields hold together, len is trimmed to what it says, and they are read; DPC__COUNT if so, else why not. */
static enum dp_counter
header_check_whole(struct pkt *p)
{
	unsigned ihl, total;

	if (p->len < IP4_LEN)
		return DPC_ip_short;
	if (p->data[0] >> 4 != 4)
		return DPC_ip_version;
	ihl = (p->data[0] & 15) * 4;
	total = get16(p->data + IP4_TOTAL);
	if (ihl < IP4_LEN || ihl > p->len)
		return DPC_ip_header;
	if (total < ihl || total > p->len)
		return DPC_ip_short;
	if (sum_of(p->data, ihl) != 0)
		return DPC_ip_checksum;
	p->len = total;
	pkt_parse(p);
	return DPC__COUNT;
}

/* The same; the common header is read in one go. */
static inline enum dp_counter
header_check(struct pkt *p)
{
	const uint8_t *ip = p->data;
	unsigned total;

	if (__builtin_expect(p->len < IP4_LEN || ip[0] != 0x45, 0))
		return header_check_whole(p);
	total = get16(ip + IP4_TOTAL);
	if (total < IP4_LEN || total > p->len)
		return DPC_ip_short;
	if (!ip4_sum_right(ip))
		return DPC_ip_checksum;
	p->len = total;
	p->ihl = IP4_LEN;
	p->proto = ip[IP4_PROTO];
	p->src = get32(ip + IP4_SRC);
	p->dst = get32(ip + IP4_DST);
	return DPC__COUNT;
}

/* Source routes let a sender choose the way around filters; other options do no harm. */
static bool
options_ok(const struct pkt *p)
{
	size_t i = IP4_LEN, n;

	while (i < p->ihl && p->data[i] != OPT_END) {
		if (p->data[i] == OPT_LSRR || p->data[i] == OPT_SSRR)
			return false;
		if (p->data[i] == OPT_NOP)
			n = 1;
		else if (i + 1 >= p->ihl || (n = p->data[i + 1]) < 2)
			return false;
		i += n;
	}
	return true;
}

static bool
is_martian(struct dp *d, const struct pkt *p)
{
	unsigned ifidx;

	if (!ip_is_host(p->src) || own_find(d->own, p->src, &ifidx) != OWN_NOT)
		return true;
	return p->dst >> 24 == 0 || p->dst >> 24 == 127 || (p->dst >= 0xf0000000 && p->dst != UINT32_MAX);
}

enum verdict { TO_US, ONWARDS, TO_NOBODY };

/* Where a sound packet goes; TO_NOBODY sets why. */
static enum verdict
verdict_of(struct dp *d, struct pkt *p, enum dp_counter *why)
{
	enum own_kind kind;
	unsigned ifidx = 0;

	kind = p->dst == UINT32_MAX ? OWN_BCAST : own_find(d->own, p->dst, &ifidx);
	if (kind == OWN_ADDR)
		return TO_US;
	if (kind == OWN_BCAST) {
		p->flags |= PKT_IP_BCAST;
		*why = DPC_ip_directed;
		return ifidx == 0 || ifidx == p->in_if ? TO_US : TO_NOBODY;
	}
	*why = p->dst >= 0xe0000000 ? DPC_ip_multicast : DPC_ip_link_bcast;
	return p->dst >= 0xe0000000 || p->flags & PKT_LINK_BCAST ? TO_NOBODY : ONWARDS;
}

/* That of the packet before where both are for the same host and no broadcast plays a part. */
static inline enum verdict
verdict_again(struct dp *d, struct pkt *p, const struct pkt *last, enum verdict to, enum dp_counter *why)
{
	if (last != NULL && last->dst == p->dst && to != TO_NOBODY && ((last->flags | p->flags) & (PKT_IP_BCAST | PKT_LINK_BCAST)) == 0)
		return to;
	return verdict_of(d, p, why);
}

/* The tunnel interface counts what came out of it. */
static bool
decap_ok(struct dp *d, struct pkt *p, int64_t now)
{
	struct dp_if *ifp = dp_if_get(d, p->in_if);

	if (ifp == NULL || ifp->info.kind != DP_IF_VTI)
		return true;
	if (!ifp->info.up)
		return false;
	if_count_in(ifp, 1, p->len, now);
	dp_tap(d, DP_TAP_TUNNEL, ifp->idx, false, p->data, p->len, now);
	return true;
}

/* last: of the vector's, one whose addresses were found to be sound; those of its flow need no look-up. */
static inline enum dp_counter
input_check(struct dp *d, struct pkt *p, const struct pkt *last, int64_t now)
{
	enum dp_counter why = header_check(p);

	if (why != DPC__COUNT)
		return why;
	if (p->flags & PKT_DECAP && !decap_ok(d, p, now))
		return DPC_if_down;
	if (p->nest > DP_NEST_MAX)
		return DPC_out_nested;
	if (p->ihl > IP4_LEN && !options_ok(p))
		return DPC_ip_options;
	if (last != NULL && last->src == p->src && last->dst == p->dst)
		return DPC__COUNT;
	return is_martian(d, p) ? DPC_ip_martian : DPC__COUNT;
}

/* Keeps the sound ones. */
static size_t
sound_keep(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	enum dp_counter why;
	size_t i, m = 0;

	for (i = 0; i < n; i++)
		if ((why = input_check(d, v[i], m > 0 ? v[m - 1] : NULL, now)) == DPC__COUNT)
			v[m++] = v[i];
		else
			pkt_drop(d, v[i], why);
	return m;
}

void
ip_input_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct vec local, forward;
	enum dp_counter why = DPC__COUNT;
	enum verdict to = TO_NOBODY;
	const struct pkt *last = NULL;
	size_t i;

	vec_init(&local, ip_local_batch, now);
	vec_init(&forward, ip_forward_batch, now);
	d->count[DPC_ip_in] += n;
	n = filter_in_keep(d, v, sound_keep(d, v, n, now), now);
	if (d->nat != NULL)
		n = nat_in_keep(d, v, n, now);
	for (i = 0; i < n; i++) {
		to = verdict_again(d, v[i], last, to, &why);
		last = to != TO_NOBODY && i + 1 < DP_BATCH ? v[i] : NULL;
		if (to == TO_US)
			vec_put(d, &local, v[i]);
		else if (to == ONWARDS)
			vec_put(d, &forward, v[i]);
		else
			pkt_drop(d, v[i], why);
	}
	vec_flush(d, &local);
	vec_flush(d, &forward);
}

static void
local_other(struct dp *d, struct pkt *p, int64_t now)
{
	icmp_error(d, p, ICMP_UNREACH, UNREACH_PROTO, 0, now);
	pkt_drop(d, p, DPC_ip_unknown_proto);
}

/* Counts a whole packet that ends here; true if IPsec takes it. */
static bool
local_count(struct dp *d, const struct pkt *p)
{
	bool ipsec = p->proto == PROTO_ESP || p->proto == PROTO_AH;

	d->count[DPC_ip_local]++;
	if (p->flags & PKT_DECAP)
		d->count[DPC_decap_local]++;
	d->count[ipsec ? DPC_check_consumed : DPC_check_not_consumed]++;
	if (!ipsec)
		d->count[DPC_not_esp_ah]++;
	return ipsec;
}

bool
ip_is_key_exchange(const struct pkt *p)
{
	const uint8_t *udp = p->data + p->ihl;

	return p->proto == PROTO_UDP && p->len >= p->ihl + 4u &&
	    (udp_is_ike(get16(udp)) || udp_is_ike(get16(udp + 2)));
}

bool
ip_clear_refused(struct dp *d, struct pkt *p)
{
	if (p->flags & (PKT_DECAP | PKT_LOCAL) || p->proto == PROTO_ESP || p->proto == PROTO_AH)
		return false;
	if (!policy_due(d, p) || ip_is_key_exchange(p))
		return false;
	dp_event_not_ipsec(d, p);
	pkt_drop(d, p, DPC_in_not_ipsec);
	return true;
}

void
ip_local_batch(struct dp *d, struct pkt **v, size_t n, int64_t now)
{
	struct vec esp, gre;
	struct pkt *p;
	size_t i;

	vec_init(&esp, esp_in_batch, now);
	vec_init(&gre, gre_in_batch, now);
	for (i = 0; i < n; i++) {
		p = v[i];
		if (get16(p->data + IP4_FRAG) & (IP4_MF | IP4_OFFMASK))
			p = reasm_input(d, p, now);
		if (p == NULL || ip_clear_refused(d, p) || (d->nspds != 0 && spd_in_keep(d, &p, 1) == 0))
			continue;
		if (p->proto == PROTO_UDP && (p = natt_input(d, p)) == NULL)
			continue;
		if (local_count(d, p))
			vec_put(d, &esp, p);
		else if (p->proto == PROTO_ICMP)
			icmp_input(d, p, now);
		else if (p->proto == PROTO_UDP)
			udp_input(d, p, now);
		else if (p->proto == PROTO_GRE)
			vec_put(d, &gre, p);
		else
			local_other(d, p, now);
	}
	vec_flush(d, &esp);
	vec_flush(d, &gre);
}
