/*
 * Dead peer detection (RFC 3706).  periodic: a query each interval; on demand: a query when the engine has sent and heard
 * nothing.  An unanswered one is repeated each retry interval; after five the peer is dead.
 */

#include <string.h>

#include "ike/v1/v1.h"

static void
send_notify(struct sa *sa, uint16_t type, uint32_t seq)
{
	uint8_t cookies[2 * IKE_COOKIE], data[4] = { (uint8_t)(seq >> 24), (uint8_t)(seq >> 16), (uint8_t)(seq >> 8), (uint8_t)seq };

	memcpy(cookies, sa->icookie, IKE_COOKIE);
	memcpy(cookies + IKE_COOKIE, sa->rcookie, IKE_COOKIE);
	info_notify(sa, PROTO_ISAKMP, type, cookies, sizeof(cookies), data, sizeof(data), "seq", seq);
}

static int64_t
retry_interval(const struct sa *sa)
{
	return (sa->cfg.dpd_retry_s != 0 ? sa->cfg.dpd_retry_s : 2) * NSEC_SEC;
}

void
dpd_start(struct sa *sa)
{
	if (sa->deleted || sa->cfg.dpd_s == 0 || !sa->peer_dpd)
		return;
	say(sa->ike, sa, SAY_DPD_ON);
	sa->dpd.seq = chance_u32(sa->ike->chance) & 0x7fffffff;
	if (sa->cfg.dpd_periodic)
		timer_in(&sa->dpd.timer, sa->cfg.dpd_s * NSEC_SEC);
}

void
dpd_ask(struct sa *sa)
{
	if (!sa->dpd.asking) {
		sa->dpd.asking = true;
		sa->dpd.tries = 0;
		sa->dpd.seq++;
	}
	send_notify(sa, NOTIFY_R_U_THERE, sa->dpd.seq);
	exchange_run(sa, NULL, EV_IM_ALIVE, NULL);
	timer_in(&sa->dpd.timer, retry_interval(sa));
}

void
dpd_due(void *arg)
{
	struct sa *sa = arg;
	struct ike *i = sa->ike;

	if (!sa->dpd.asking) {
		dpd_ask(sa);
		return;
	}
	sa->dpd.tries++;
	say(i, sa, SAY_DPD_ERR, sa->dpd.tries, (unsigned)IKE_DPD_TRIES);
	exchange_run(sa, NULL, EV_PEERS_ALIVE, NULL);
	if (sa->dpd.tries < IKE_DPD_TRIES) {
		dpd_ask(sa);
		return;
	}
	ike_note(i, IKEC_DPD_DEAD);
	say(i, sa, SAY_DPD_DEAD, &sa->path.remote);
	say(i, sa, SAY_PARANOID);
	sa_delete(sa, "P1 errcounter exceeded (PEERS_ALIVE_TIMER)", true, true, IKE_FAIL_TIMEOUT);
}

/* Any authenticated message is a sign of life (RFC 3706 5.4). */
void
dpd_heard(struct sa *sa)
{
	sa->dpd.heard = clock_now(sa->ike->clock);
}

static bool
seq_of(const struct sa *sa, const struct notify *n, uint32_t *seq)
{
	if (n->data_len != 4 || n->spi_len != 2 * IKE_COOKIE || memcmp(n->spi, sa->icookie, IKE_COOKIE) != 0)
		return false;
	*seq = (uint32_t)n->data[0] << 24 | (uint32_t)n->data[1] << 16 | (uint32_t)n->data[2] << 8 | n->data[3];
	return true;
}

void
dpd_asked(struct sa *sa, const struct notify *n)
{
	uint32_t seq;

	if (!seq_of(sa, n, &seq)) {
		ike_note(sa->ike, IKEC_DPD_SEQ);
		return;
	}
	say(sa->ike, sa, SAY_DPD_RECV, &sa->path.remote, seq);
	send_notify(sa, NOTIFY_R_U_THERE_ACK, seq);
}

void
dpd_answered(struct sa *sa, const struct notify *n)
{
	uint32_t seq;

	if (!seq_of(sa, n, &seq) || !sa->dpd.asking || seq != sa->dpd.seq) {
		ike_note(sa->ike, IKEC_DPD_SEQ);
		return;
	}
	say(sa->ike, sa, SAY_DPD_ACK, &sa->path.remote, seq);
	sa->dpd.asking = false;
	timer_stop(&sa->dpd.timer);
	if (sa->cfg.dpd_periodic)
		timer_in(&sa->dpd.timer, sa->cfg.dpd_s * NSEC_SEC);
}
