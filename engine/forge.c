/*
 * Forged ESP: packets made up here and sent in at a router's end of a link as if they had come over it.  A
 * run without a rate is let in at once, one with a rate evenly spaced, for ever if no count is given.
 */

#include <stdlib.h>
#include <string.h>

#include "engine/lab_impl.h"
#include "lib/buf.h"
#include "lib/chance.h"
#include "lib/mem.h"

#define BODY		92u		/* IV, ciphertext and ICV of a small packet, AES-CBC with SHA-1 */
#define IP_LEN		(20 + 8 + BODY)
#define FRAME_LEN	(14 + IP_LEN)
#define PROTO_ESP	50
#define COUNT_MAX	UINT64_C(10000000)	/* of a run without a rate */
#define RATE_MAX	1e6

struct forger {
	struct forger		*next;
	struct link_end		*e;
	struct forge_req	 q;
	uint64_t		 done;
	uint32_t		 seq;
	int64_t			 start;
	struct timer		 timer;
	struct chance		*chance;
	uint8_t			 mac[6];
};

static uint16_t
ip_sum(const uint8_t *p)
{
	uint32_t sum = 0;

	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static uint32_t
source(struct forger *f)
{
	uint32_t mask = ip4_mask(f->q.from.len);

	return f->q.from.len >= 32 ? f->q.from.addr.v4 : (f->q.from.addr.v4 & mask) | (chance_u32(f->chance) & ~mask);
}

/* Ethernet, IPv4 (RFC 791, 3.1), ESP (RFC 4303, 2). */
static void
forge_one(struct forger *f)
{
	static const uint8_t from[6] = { 0x02, 0x46, 0, 0, 0, 1 };
	uint8_t frame[FRAME_LEN], body[BODY];
	struct wr w;

	chance_bytes(f->chance, body, sizeof(body));
	wr_init(&w, frame, sizeof(frame));
	wr_bytes(&w, f->mac, 6);
	wr_bytes(&w, from, 6);
	wr_u16(&w, 0x0800);
	wr_u16(&w, 0x4500);
	wr_u16(&w, IP_LEN);
	wr_u32(&w, (uint32_t)(uint16_t)f->seq << 16);
	wr_u8(&w, 64);
	wr_u8(&w, PROTO_ESP);
	wr_u16(&w, 0);
	wr_u32(&w, source(f));
	wr_u32(&w, f->q.to);
	wr_u16_at(&w, 24, ip_sum(frame + 14));
	wr_u32(&w, f->q.spi_set ? f->q.spi : chance_u32(f->chance));
	wr_u32(&w, ++f->seq);
	wr_bytes(&w, body, sizeof(body));
	f->done++;
	link_receive(f->e, frame, sizeof(frame));
}

static void
next(void *arg)
{
	struct forger *f = arg;

	if (f->e->lit)
		forge_one(f);
	else
		f->done++;
	if (f->q.count == 0 || f->done < f->q.count)
		timer_at(&f->timer, f->start + (int64_t)((double)f->done / f->q.rate_pps * 1e9));
}

static void
forger_free(struct forger *f)
{
	timer_stop(&f->timer);
	chance_free(f->chance);
	free(f);
}

static struct forger *
forger_new(struct link_end *e, const struct forge_req *q)
{
	struct lab *lab = e->link->lab;
	char *stream = xasprintf("forge/%u", lab->nforgers++);
	struct forger *f = xcalloc(1, sizeof(*f));
	struct if_info info;

	f->e = e;
	f->q = *q;
	f->q.end = NULL;
	f->start = clock_now(lab->clock);
	f->chance = chance_new_child(lab->chance, stream);
	timer_init(&f->timer, lab->clock, next, f);
	free(stream);
	if (router_if_info(e->node->router, e->ifname, &info))
		memcpy(f->mac, info.dp.mac, 6);
	return f;
}

static bool
allowed(const struct link_end *e, const struct forge_req *q, char **why)
{
	if (e->node->kind != NODE_ROUTER)
		*why = lab_why("%s is no router", e->node->name);
	else if (!e->lit || e->node->off)
		*why = lab_why("%s:%s has no link", e->node->name, e->ifname);
	else if (q->rate_pps == 0 && q->count > COUNT_MAX)
		*why = lab_why("more than %llu at once need a rate", (unsigned long long)COUNT_MAX);
	else if (q->rate_pps < 0 || q->rate_pps > RATE_MAX)
		*why = lab_why("rate must be up to %.0f a second", RATE_MAX);
	else
		return true;
	return false;
}

bool
lab_forge(struct lab *lab, const struct forge_req *q, char **why)
{
	struct link_end *e = lab_end(lab, q->end, why);
	uint64_t count = q->count != 0 ? q->count : 1;
	struct forger *f;

	if (e == NULL || !allowed(e, q, why))
		return false;
	f = forger_new(e, q);
	if (q->rate_pps > 0) {
		f->next = lab->forgers;
		lab->forgers = f;
		timer_at(&f->timer, f->start);
		return true;
	}
	while (f->done < count)
		forge_one(f);
	forger_free(f);
	return true;
}

bool
lab_forge_stop(struct lab *lab, const char *end, char **why)
{
	struct link_end *e = lab_end(lab, end, why);
	struct forger **f = &lab->forgers, *gone;

	if (e == NULL)
		return false;
	while ((gone = *f) != NULL) {
		if (gone->e != e) {
			f = &gone->next;
			continue;
		}
		*f = gone->next;
		forger_free(gone);
	}
	return true;
}

void
forge_free(struct lab *lab)
{
	struct forger *f;

	while ((f = lab->forgers) != NULL) {
		lab->forgers = f->next;
		forger_free(f);
	}
}
