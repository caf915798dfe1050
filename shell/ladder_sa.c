/*
 * The SAs, and what each end has of them.  An IPsec SA is told twice, since that is where the fault lies: how long its
 * sender has it, and how long its receiver.  What ends it is evidence: a DELETE, an INVALID-SPI, an INITIAL-CONTACT, a
 * line of a log, the end of its life.
 */

#include <stdio.h>
#include <stdlib.h>

#include "datapath/wire.h"
#include "lib/mem.h"
#include "shell/ladder_int.h"

unsigned
ladder_sa_new(struct ladder *l, bool ike, uint16_t a, uint16_t b)
{
	if (l->nsas == LADDER_SAS) {
		l->cut_sas++;
		return LADDER_NONE;
	}
	if ((l->nsas & (l->nsas - 1)) == 0)
		l->sas = xrealloc(l->sas, (l->nsas == 0 ? 1 : 2 * l->nsas) * sizeof(*l->sas));
	l->sas[l->nsas] = (struct ladder_sa){ .ike = ike, .party = { a, b }, .pair = LADDER_NONE, .first = INT64_MAX, .last = INT64_MIN,
	    .gone = INT64_MAX };
	for (unsigned i = 0; i < 2; i++)
		l->sas[l->nsas].life[i] = (struct ladder_life){ .from = LADDER_BEFORE, .to = LADDER_OPEN };
	return (unsigned)l->nsas++;
}

/* The latest, since an SPI may come again. */
unsigned
ladder_sa_spi(struct ladder *l, uint16_t to, uint8_t proto, uint32_t spi)
{
	for (size_t i = l->nsas; i-- > 0;)
		if (!l->sas[i].ike && l->sas[i].spi == spi && l->sas[i].proto == proto && l->sas[i].party[1] == to)
			return (unsigned)i;
	return LADDER_NONE;
}

unsigned
ladder_sa_ipsec(struct ladder *l, uint16_t from, uint16_t to, uint8_t proto, uint32_t spi)
{
	unsigned at = ladder_sa_spi(l, to, proto, spi);
	struct ladder_sa *sa;
	const char *says = NULL;

	if (at != LADDER_NONE || (at = ladder_sa_new(l, false, from, to)) == LADDER_NONE)
		return at;
	sa = &l->sas[at];
	sa->spi = spi;
	sa->proto = proto;
	snprintf(sa->id, sizeof(sa->id), "0x%08X", spi);
	for (unsigned i = 0; i < l->party[to].naddr && says == NULL; i++)
		says = ladder_esp_key(l, spi, &l->party[to].addr[i]);
	snprintf(sa->says, sizeof(sa->says), "%s", says != NULL ? says : "");
	for (unsigned i = 0; i < l->party[to].naddr && sa->gone == INT64_MAX; i++)
		sa->gone = ladder_log_when(l, &l->party[to].addr[i], proto, spi);
	if (sa->gone != INT64_MAX)
		sa->gone_why = "RECVD_PKT_INV_SPI in a log";
	return at;
}

void
ladder_sa_begin(struct ladder *l, unsigned sa, unsigned end, int64_t ns)
{
	if (sa == LADDER_NONE)
		return;
	l->sas[sa].life[end].known = true;
	if (l->sas[sa].life[end].from == LADDER_BEFORE)
		l->sas[sa].life[end].from = ns;
}

void
ladder_sa_ends(struct ladder *l, unsigned sa, unsigned end, int64_t ns, const char *why)
{
	struct ladder_life *e;

	if (sa == LADDER_NONE || (e = &l->sas[sa].life[end])->to <= ns)
		return;
	e->known = true;
	e->to = ns;
	e->why = why;
}

void
ladder_sa_gone(struct ladder *l, unsigned sa, int64_t ns, const char *why)
{
	if (sa == LADDER_NONE || l->sas[sa].gone <= ns)
		return;
	l->sas[sa].gone = ns;
	l->sas[sa].gone_why = why;
	ladder_sa_ends(l, sa, 1, ns, why);
}

/* RFC 2407, 4.6.3.3: who sends INITIAL-CONTACT has nothing of before, and who hears it forgets what there was. */
void
ladder_sa_contact(struct ladder *l, uint16_t lost, uint16_t other, int64_t ns, unsigned but)
{
	for (unsigned i = 0; i < l->nsas; i++) {
		struct ladder_sa *sa = &l->sas[i];
		unsigned end = sa->party[1] == lost;

		if (i == but || sa->party[end] != lost || sa->party[!end] != other)
			continue;
		if (!sa->ike && end == 1)
			ladder_sa_gone(l, i, ns, "it said INITIAL-CONTACT");
		ladder_sa_ends(l, i, end, ns, "INITIAL-CONTACT sent");
		ladder_sa_ends(l, i, !end, ns, "INITIAL-CONTACT heard");
	}
}

bool
ladder_stray_seen(const struct ladder_sa *sa)
{
	return sa->stray.count > 0;
}

static void
sa_end(struct ladder *l, struct ladder_sa *sa)
{
	/* The sender has it as long as it sends. */
	if (!sa->ike && sa->packets > 0) {
		sa->life[0].known = true;
		if (sa->life[0].from > sa->first)
			sa->life[0].from = sa->first;
		if (sa->life[0].to < sa->last) {
			sa->life[0].to = sa->last;
			sa->life[0].why = "its last packet";
		}
	}
	if (!sa->ike && sa->gone != INT64_MAX && sa->life[1].to > sa->gone) {
		sa->life[1].to = sa->gone;
		sa->life[1].why = sa->gone_why;
	}
	for (unsigned i = 0; i < 2; i++)
		if (sa->life[i].to == LADDER_OPEN && sa->life_s > 0 && sa->life[i].from != LADDER_BEFORE &&
		    (l->end - sa->life[i].from) / NSEC_SEC >= sa->life_s) {
			int64_t to = sa->life[i].from + (int64_t)sa->life_s * NSEC_SEC;

			if (sa->packets == 0 || sa->last <= to) {
				sa->life[i].to = to;
				sa->life[i].why = "the end of its life";
			}
		}
}

void
ladder_sas_end(struct ladder *l)
{
	for (size_t i = 0; i < l->nsas; i++)
		sa_end(l, &l->sas[i]);
}
