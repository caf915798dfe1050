/*
 * The crypto session of a flow: `crypto logging session`, what is done a moment after the SAs have come
 * or gone, and on-demand dead peer detection.
 *
 * The order of what follows the end of the SAs is kept by the order in which the timers are armed: the
 * session is told to be down, IKE reaps its peer (armed by ike_peer_touch(), called in between), then
 * the DELETEs are asked for that had no IKE SA to go by.
 */

#include <stdlib.h>

#include "engine/flow.h"
#include "engine/log.h"
#include "lib/mem.h"

#define LATE_DELETES_MAX	64u

static const char *
peer_name(const struct flow *f, char buf[ADDR_STRLEN])
{
	if (f->peer_id.type == IKE_ID_FQDN || f->peer_id.type == IKE_ID_USER_FQDN)
		return f->peer_id.name;
	if (f->peer_id.type == IKE_ID_IPV4_ADDR)
		return addr_fmt(&f->peer_id.addr, buf);
	return ip4_fmt(f->remote, buf);
}

static void
session_log(struct flow *f, const char *state)
{
	char remote[ADDR_STRLEN], id[ADDR_STRLEN];

	if (!f->r->cfg->logging_session)
		return;
	log_syslog(f->r, "CRYPTO", 5, "SESSION_STATUS",
	    "Crypto tunnel is %s.  Peer %s:%u       Id: %s", state, ip4_fmt(f->remote, remote),
	    f->path.remote_port, peer_name(f, id));
}

static void
on_up(void *arg)
{
	struct flow *f = arg;

	if (f->session_up || f->current == NULL)
		return;
	f->session_up = true;
	session_log(f, "UP  ");
}

static void
on_down(void *arg)
{
	struct flow *f = arg;

	if (!f->session_up)
		return;
	f->session_up = false;
	session_log(f, "DOWN");
}

static void
on_deletes(void *arg)
{
	struct flow *f = arg;
	struct late_delete *list = f->deletes;
	size_t n = f->ndeletes;

	f->deletes = NULL;
	f->ndeletes = 0;
	for (size_t i = 0; i < n; i++)
		flow_delete_at_peer(f, list[i].proto, list[i].spi);
	free(list);
}

/* The counters tell what came and went since the last look. */
static void
on_dpd(void *arg)
{
	struct flow *f = arg;
	struct sa_info in, out;

	if (f->current == NULL || !dp_sa_info(f->r->dp, f->current->sa_in, &in) ||
	    !dp_sa_info(f->r->dp, f->current->sa_out, &out))
		return;
	if (in.packets != f->dpd_in)
		ike_heard(f->r->ike, &f->path.remote);
	else if (out.packets != f->dpd_out)
		ike_dpd_now(f->r->ike, &f->path.remote);
	f->dpd_in = in.packets;
	f->dpd_out = out.packets;
	timer_in(&f->dpd_timer, f->dpd_period);
}

void
session_dpd(struct flow *f)
{
	const struct cfg_ipsec_profile *ip = flow_profile(f);
	struct ike_peer_config pc;

	timer_stop(&f->dpd_timer);
	if (f->current == NULL || ip == NULL)
		return;
	isakmp_peer_config(f->r, &f->path, ip->isakmp_profile == NULL ? "" : ip->isakmp_profile, NULL, &pc);
	wipe(&pc.psk, sizeof(pc.psk));
	if (pc.dpd_s == 0 || pc.dpd_periodic)
		return;
	f->dpd_in = f->dpd_out = 0;
	f->dpd_period = pc.dpd_s * NSEC_SEC;
	timer_in(&f->dpd_timer, f->dpd_period);
}

void
session_init(struct flow *f)
{
	timer_init(&f->up_timer, f->r->clock, on_up, f);
	timer_init(&f->down_timer, f->r->clock, on_down, f);
	timer_init(&f->delete_timer, f->r->clock, on_deletes, f);
	timer_init(&f->dpd_timer, f->r->clock, on_dpd, f);
}

void
session_fini(struct flow *f)
{
	timer_stop(&f->up_timer);
	timer_stop(&f->down_timer);
	timer_stop(&f->delete_timer);
	timer_stop(&f->dpd_timer);
	free(f->deletes);
}

void
session_flush(struct flow *f)
{
	if (timer_armed(&f->down_timer)) {
		timer_stop(&f->down_timer);
		on_down(f);
	}
	on_deletes(f);
}

/* What came before is told first, while it still is true. */
void
session_came(struct flow *f)
{
	if (timer_armed(&f->down_timer)) {
		timer_stop(&f->down_timer);
		on_down(f);
	}
	timer_in(&f->up_timer, SESSION_SETTLE);
}

void
session_going(struct flow *f)
{
	timer_in(&f->down_timer, SESSION_SETTLE);
}

void
session_delete_later(struct flow *f, uint8_t proto, uint32_t spi)
{
	if (f->ndeletes == LATE_DELETES_MAX)
		return;
	f->deletes = xrealloc(f->deletes, (f->ndeletes + 1) * sizeof(*f->deletes));
	f->deletes[f->ndeletes++] = (struct late_delete){ proto, spi };
	timer_in(&f->delete_timer, SESSION_SETTLE);
}
