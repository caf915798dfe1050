/*
 * A switch: learns which station is behind which port, floods what it does not know, forgets after five
 * minutes and when a port loses its link.  The table is of a fixed size; where it is full the oldest of a few
 * places gives way, so a flood of made-up addresses costs the switch nothing but knowledge.
 */

#include <stdlib.h>
#include <string.h>

#include "engine/lab_impl.h"
#include "lib/mem.h"

#define STATIONS	1024u
#define PROBES		8u
#define AGE		(300 * NSEC_SEC)

struct station {
	struct link_end		*e;		/* NULL: free */
	int64_t			 seen;
	uint8_t			 mac[6];
};

struct bridge {
	struct lab		*lab;
	struct link_end		**ports;
	size_t			 nports;
	struct station		 stations[STATIONS];
};

struct bridge *
bridge_new(struct lab *lab, size_t nports)
{
	struct bridge *b = xcalloc(1, sizeof(*b));

	b->lab = lab;
	b->ports = xcalloc(nports, sizeof(struct link_end *));
	return b;
}

void
bridge_free(struct bridge *b)
{
	if (b == NULL)
		return;
	free(b->ports);
	free(b);
}

/* At most as many as bridge_new() was told. */
void
bridge_attach(struct bridge *b, struct link_end *e)
{
	b->ports[b->nports++] = e;
}

static struct station *
place(struct bridge *b, const uint8_t mac[6], unsigned probe)
{
	uint32_t h = 2166136261u;

	for (int i = 0; i < 6; i++)
		h = (h ^ mac[i]) * 16777619u;
	return &b->stations[((h ^ h >> 15) + probe) % STATIONS];
}

static struct station *
find(struct bridge *b, const uint8_t mac[6], int64_t now)
{
	for (unsigned i = 0; i < PROBES; i++) {
		struct station *s = place(b, mac, i);

		if (s->e != NULL && memcmp(s->mac, mac, 6) == 0)
			return now - s->seen <= AGE ? s : NULL;
	}
	return NULL;
}

static void
learn(struct bridge *b, const uint8_t mac[6], struct link_end *e, int64_t now)
{
	struct station *best = place(b, mac, 0);

	for (unsigned i = 0; i < PROBES; i++) {
		struct station *s = place(b, mac, i);

		if (s->e != NULL && memcmp(s->mac, mac, 6) == 0) {
			best = s;
			break;
		}
		if (best->e != NULL && (s->e == NULL || s->seen < best->seen))
			best = s;
	}
	*best = (struct station){.e = e, .seen = now};
	memcpy(best->mac, mac, 6);
}

void
bridge_input(struct bridge *b, struct link_end *in, const uint8_t *frame, size_t len)
{
	int64_t now = clock_now(b->lab->clock);
	const struct station *to;

	if (len < 14)
		return;
	if ((frame[6] & 1) == 0)
		learn(b, frame + 6, in, now);
	to = (frame[0] & 1) == 0 ? find(b, frame, now) : NULL;
	if (to != NULL) {
		if (to->e != in)
			link_send(to->e, frame, len);
		return;
	}
	for (size_t i = 0; i < b->nports; i++)
		if (b->ports[i] != in)
			link_send(b->ports[i], frame, len);
}

void
bridge_port_changed(struct bridge *b, const struct link_end *e, bool lit)
{
	for (size_t i = 0; !lit && i < STATIONS; i++)
		if (b->stations[i].e == e)
			b->stations[i].e = NULL;
}

const struct link_end *
bridge_station(struct bridge *b, const uint8_t mac[6])
{
	const struct station *s = find(b, mac, clock_now(b->lab->clock));

	return s != NULL ? s->e : NULL;
}

size_t
bridge_stations(const struct bridge *b)
{
	int64_t now = clock_now(b->lab->clock);
	size_t n = 0;

	for (size_t i = 0; i < STATIONS; i++)
		n += b->stations[i].e != NULL && now - b->stations[i].seen <= AGE;
	return n;
}
