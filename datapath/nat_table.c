/* Translations: made, found, forgotten. */

#include "datapath/nat_table.h"

#include <stdlib.h>
#include <string.h>

#include "datapath/wire.h"
#include "lib/mem.h"

#define PROTO_TCP	6
#define PORT_DNS	53
#define PORT_TRIES	65536u

/* How long a silent one is kept. */
#define LIFE_TCP	(86400 * NSEC_SEC)
#define LIFE_TCP_SHORT	(60 * NSEC_SEC)		/* not answered yet, or ending */
#define LIFE_UDP	(300 * NSEC_SEC)
#define LIFE_DNS	(60 * NSEC_SEC)
#define LIFE_ICMP	(60 * NSEC_SEC)
#define LIFE_OTHER	(86400 * NSEC_SEC)

int64_t
nat_life(const struct nat_trans *e)
{
	switch (e->out.proto) {
	case PROTO_TCP:
		return e->tcp_seen == NAT_TCP_ANSWERED ? LIFE_TCP : LIFE_TCP_SHORT;
	case PROTO_UDP:
		return e->out.pb == PORT_DNS ? LIFE_DNS : LIFE_UDP;
	case PROTO_ICMP:
		return LIFE_ICMP;
	default:
		return LIFE_OTHER;
	}
}

void
nat_forget(struct nat_table *t, struct nat_trans *e)
{
	HASH_DELETE(hh_out, t->by_out, e);
	HASH_DELETE(hh_in, t->by_in, e);
	t->n--;
	free(e);
}

static struct nat_trans *
alive(struct nat_table *t, struct nat_trans *e, int64_t now)
{
	if (e == NULL || now - e->last_ns < nat_life(e))
		return e;
	t->expired++;
	nat_forget(t, e);
	return NULL;
}

struct nat_trans *
nat_find_out(struct nat_table *t, const struct nat_key *k, int64_t now)
{
	struct nat_trans *e;

	HASH_FIND(hh_out, t->by_out, k, sizeof(*k), e);
	return alive(t, e, now);
}

struct nat_trans *
nat_find_in(struct nat_table *t, const struct nat_key *k, int64_t now)
{
	struct nat_trans *e;

	HASH_FIND(hh_in, t->by_in, k, sizeof(*k), e);
	return alive(t, e, now);
}

void
nat_sweep(struct nat_table *t, int64_t now)
{
	struct nat_trans *e, *next;

	HASH_ITER(hh_out, t->by_out, e, next)
		alive(t, e, now);
}

/* Ports stay among their like: what asks from a privileged port may be asked for one (RFC 4787, 4.2.2). */
static void
port_range(uint16_t port, unsigned *lo, unsigned *hi)
{
	*lo = port < 512 ? 1 : port < 1024 ? 512 : 1024;
	*hi = port < 512 ? 511 : port < 1024 ? 1023 : 65535;
}

/* in->pa becomes a free port, the wanted one first. */
static bool
port_find(struct nat_table *t, struct nat_key *in, uint16_t wanted, int64_t now)
{
	unsigned lo, hi, port = wanted;
	bool icmp = in->proto == PROTO_ICMP;

	in->pa = wanted;
	if (nat_find_in(t, in, now) == NULL)
		return true;
	if (wanted == 0 && !icmp)
		return false;
	port_range(wanted, &lo, &hi);
	if (icmp)
		lo = 0, hi = 65535;
	for (unsigned i = 0; i < PORT_TRIES && i <= hi - lo; i++) {
		port = port >= hi ? lo : port + 1;
		in->pa = (uint16_t)port;
		if (nat_find_in(t, in, now) == NULL)
			return true;
	}
	return false;
}

static bool
room_for(struct nat_table *t, int64_t now)
{
	if (t->n < t->max)
		return true;
	nat_sweep(t, now);
	if (t->n < t->max)
		return true;
	t->full++;
	return false;
}

struct nat_trans *
nat_make(struct nat_table *t, const struct nat_key *out, int64_t now)
{
	struct nat_key in = { .a = out->c, .b = out->b, .pb = out->pb, .proto = out->proto };
	struct nat_trans *e;

	if (!room_for(t, now))
		return NULL;
	if (!port_find(t, &in, out->pa, now)) {
		t->no_port++;
		return NULL;
	}
	e = xcalloc(1, sizeof(*e));
	e->out = *out;
	e->in = in;
	e->last_ns = now;
	HASH_ADD(hh_out, t->by_out, out, sizeof(e->out), e);
	HASH_ADD(hh_in, t->by_in, in, sizeof(e->in), e);
	if (++t->n > t->peak) {
		t->peak = t->n;
		t->peak_ns = now;
	}
	return e;
}
