/*
 * An SA's life: what it carried is counted, and what falls due is told, once each (RFC 4301, 4.4.2.1: lifetimes in seconds and bytes, soft and hard; RFC
 * 4303, 3.3.3: the end of the sequence numbers).
 */

#include "datapath/ip6.h"
#include "datapath/sa_int.h"
#include "datapath/worker_hook.h"

/* Once each; where the batch's events are full it is tried again with the next packet. */
static bool
sa_say(struct dp *d, struct sa *s, uint32_t flag, enum sa_event_kind kind)
{
	if (s->flags & flag)
		return true;
	if (!dp_event_sa(d, kind, s->handle, s->p.cookie))
		return false;
	s->flags |= flag;
	return true;
}

static uint64_t
least_above_zero(uint64_t a, uint64_t b)
{
	if (a == 0 || b == 0)
		return a + b == 0 ? UINT64_MAX : a + b;
	return a < b ? a : b;
}

static void
bytes_due(struct dp *d, struct sa *s)
{
	uint64_t	soft = s->p.soft_bytes, hard = s->p.hard_bytes;
	bool		said;

	said = sa_say(d, s, SA_F_FIRST, SA_EVENT_FIRST_USE);
	if (hard != 0 && s->bytes >= hard) {
		s->flags |= SA_F_DEAD;
		said &= sa_say(d, s, SA_F_HARD_BYTES, SA_EVENT_HARD_BYTES);
		hard = 0;
	} else if (soft != 0 && s->bytes >= soft)
		said &= sa_say(d, s, SA_F_SOFT_BYTES, SA_EVENT_SOFT_BYTES);
	if (s->bytes >= soft)
		soft = 0;
	s->bytes_next = said ? least_above_zero(soft, hard) : 0;
}

uint64_t
sa_seq_soft(const struct sa *s)
{
	return sa_seq_end(s) - sa_seq_end(s) / 16;
}

static void
seq_due(struct dp *d, struct sa *s)
{
	if (s->seq.last >= sa_seq_end(s)) {
		s->flags |= SA_F_DEAD;
		sa_say(d, s, SA_F_SEQ_END, SA_EVENT_SEQ_END);
	} else if (s->seq.last >= sa_seq_soft(s) && sa_say(d, s, SA_F_SEQ_SOFT, SA_EVENT_SEQ_SOFT))
		s->seq_next = sa_seq_end(s);
}

void
sa_due(struct dp *d, struct sa *s)
{
	if (s->bytes >= s->bytes_next && s->packets != 0)
		bytes_due(d, s);
	if (s->flags & SA_F_OUT && s->seq.last >= s->seq_next)
		seq_due(d, s);
}

void
sa_account(struct dp *d, struct sa *s, size_t n, int64_t now)
{
	s->packets++;
	s->bytes += n;
	s->last_used = now;
	if (s->bytes >= s->bytes_next || (s->flags & SA_F_OUT && s->seq.last >= s->seq_next))
		sa_due(d, s);
}

void
sa_fault(struct dp *d, const struct sa *s, const struct pkt *p, enum dp_fault_kind kind, uint64_t seq)
{
	const struct dp_fault	f = {
		.kind = kind, .sa = s->handle, .spi = s->spi, .src = pkt_src(p), .dst = pkt_dst(p),
		.cookie = s->p.cookie, .seq = seq, .in_if = p->in_if,
	};

	dp_event_fault(d, &f);
}

static void
sa_timed(struct sa *s, enum sa_event_kind kind)
{
	struct dp	*d = s->dp;

	dp_enter(d);
	dp_event_sa(d, kind, s->handle, s->p.cookie);
	dp_leave(d);
}

/* When it was used last, or made; another worker may have used it. */
static int64_t
sa_since(const struct sa *s)
{
	struct sa_info	i = { .last_used_ns = s->last_used };

	if (s->dp->worker != NULL)
		worker_sa_info(s->dp, s->handle, s->spi, &i);
	return i.last_used_ns > s->installed ? i.last_used_ns : s->installed;
}

/* When to look whether it is idle: as soon as it may be, or, once that was said, after as long again. */
static int64_t
idle_next(struct sa *s, int64_t now)
{
	int64_t	at;

	if (s->p.idle_ns == 0)
		return CLOCK_NEVER;
	at = sa_since(s) + s->p.idle_ns;
	if (at > now) {
		s->flags &= ~SA_F_IDLE;
		return at;
	}
	return s->flags & SA_F_IDLE ? now + s->p.idle_ns : at;
}

static int64_t
soft_next(const struct sa *s)
{
	return s->p.soft_ns != 0 && !(s->flags & SA_F_SOFT_TIME) ? s->installed + s->p.soft_ns : CLOCK_NEVER;
}

static int64_t
hard_next(const struct sa *s)
{
	return s->p.hard_ns != 0 ? s->installed + s->p.hard_ns : CLOCK_NEVER;
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void
sa_arm(struct sa *s, int64_t now)
{
	timer_at(&s->timer, sooner(sooner(soft_next(s), hard_next(s)), idle_next(s, now)));
}

/* Said once for each time that the SA falls idle. */
static bool
idle_due(struct sa *s, int64_t at)
{
	int64_t	since;

	if (s->p.idle_ns == 0)
		return false;
	since = sa_since(s);
	if (since + s->p.idle_ns > at || (s->flags & SA_F_IDLE && since < at - s->p.idle_ns))
		return false;
	s->flags |= SA_F_IDLE;
	return true;
}

/* What is due goes by the time that the timer was set to, not by how late it runs; one thing at a time. */
static void
sa_timer(void *arg)
{
	struct sa	*s = arg;
	int64_t		 at = clock_ran(s->dp->clock);

	if (soft_next(s) <= at) {
		s->flags |= SA_F_SOFT_TIME;
		sa_arm(s, at);
		sa_timed(s, SA_EVENT_SOFT_TIME);
	} else if (hard_next(s) <= at) {
		s->flags |= SA_F_DEAD;
		sa_timed(s, SA_EVENT_HARD_TIME);
	} else if (idle_due(s, at)) {
		sa_arm(s, at);
		sa_timed(s, SA_EVENT_IDLE);
	} else
		sa_arm(s, at);
}

void
sa_timer_start(struct sa *s, int64_t now)
{
	timer_init(&s->timer, s->dp->clock, sa_timer, s);
	sa_arm(s, now);
}
