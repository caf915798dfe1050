/*
 * The instance: what the engine calls, the way in and out, syslog, and counters.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/impl.h"
#include "ike/v1/v1.h"

struct ike *
ike_new(struct clock *clock, struct chance *chance, const struct ike_ops *ops, void *arg)
{
	struct ike *i = xcalloc(1, sizeof(*i));

	i->clock = clock;
	i->chance = chance;
	i->ops = ops;
	i->arg = arg;
	i->set.enabled = true;
	i->set.dialect = IKE_IOS_15;
	TAILQ_INIT(&i->sas);
	TAILQ_INIT(&i->peers);
	index_init(i);
	return i;
}

void
ike_free(struct ike *i)
{
	struct peer *p;
	struct sa *sa;

	if (i == NULL)
		return;
	while ((sa = TAILQ_FIRST(&i->sas)) != NULL)
		sa_purge(sa);
	while ((p = TAILQ_FIRST(&i->peers)) != NULL)
		peer_free(i, p);
	index_fini(i);
	free(i);
}

void
ike_set(struct ike *i, const struct ike_settings *s)
{
	i->set = *s;
}

/* One message a second of each kind: what anyone can cause must not drown the rest. */
static bool
may_log(struct ike *i, const char *mnemonic)
{
	int64_t now = clock_now(i->clock);
	size_t k;

	for (k = 0; k < sizeof(i->logged) / sizeof(i->logged[0]); k++) {
		if (i->logged[k].mnemonic == NULL)
			i->logged[k].mnemonic = mnemonic;
		else if (strcmp(i->logged[k].mnemonic, mnemonic) != 0)
			continue;
		else if (now - i->logged[k].at < NSEC_SEC)
			return false;
		i->logged[k].at = now;
		return true;
	}
	return true;
}

void
ike_syslog(struct ike *i, int severity, const char *mnemonic, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (!may_log(i, mnemonic))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	i->ops->syslog(i->arg, severity, mnemonic, text);
}

void
ike_send(struct sa *sa, const uint8_t *p, size_t n)
{
	struct ike *i = sa->ike;

	say(i, sa, SAY_SEND, &sa->path.remote, (unsigned)sa->path.local_port, (unsigned)sa->path.remote_port, sa_role(sa), say_shown(sa->shown));
	say(i, sa, sa->path.remote.af == ADDR_V6 ? SAY_SEND_V6 : SAY_SEND_V4);
	ike_note(i, IKEC_OUT);
	if (frag_needed(sa, n))
		frag_send(sa, p, n);
	else
		i->ops->send(i->arg, &sa->path, p, n);
}

bool
ike_malformed(const uint8_t *p, size_t n)
{
	struct isakmp_hdr h;

	return hdr_parse(p, n, &h) != IKEC_OK;
}

/* What is wrong with a message itself; that it is not wanted, or comes too early, is no fault of its bytes. */
static bool
is_bad(enum ike_counter c)
{
	static const enum ike_counter bad[] = {
		IKEC_SHORT, IKEC_LENGTH, IKEC_COOKIE, IKEC_VERSION, IKEC_EXCHANGE, IKEC_FLAGS, IKEC_PAYLOAD_TYPE, IKEC_PAYLOAD_LEN, IKEC_RESERVED,
		IKEC_TOO_MANY, IKEC_PAYLOAD_RULE, IKEC_PROPOSAL, IKEC_ATTRIBUTE, IKEC_ID, IKEC_NONCE, IKEC_KE, IKEC_NO_SA, IKEC_NOT_ENCRYPTED,
		IKEC_ENCRYPTED, IKEC_BLOCK, IKEC_HASH, IKEC_NO_HASH, IKEC_STATE, IKEC_SA_NOT_AUTH, IKEC_REPLAY, IKEC_UNAUTH_NOTIFY,
		IKEC_UNAUTH_DELETE, IKEC_AUTH_FAIL, IKEC_CERT, IKEC_CERT_REFUSED, IKEC_FRAGMENT,
	};

	for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++)
		if (bad[k] == c)
			return true;
	return false;
}

void
ike_refuse(struct ike *i, enum ike_counter c)
{
	const uint8_t *p = i->now.p;

	if (!is_bad(c))
		return;
	i->now.p = NULL;
	if (i->ops->refused != NULL)
		i->ops->refused(i->arg, i->now.path, c, p, i->now.n);
}

static void	input(struct ike *i, const struct ike_path *path, const uint8_t *p, size_t n);

void
ike_input(struct ike *i, const struct ike_path *path, const uint8_t *p, size_t n)
{
	ike_note(i, IKEC_IN);
	i->now.path = path;
	i->now.p = p;
	i->now.n = n;
	input(i, path, p, n);
	i->now.p = NULL;
}

static void
input(struct ike *i, const struct ike_path *path, const uint8_t *p, size_t n)
{
	enum ike_counter e;
	struct msg m;

	if (!i->set.enabled) {
		ike_note(i, IKEC_DISABLED);
		return;
	}
	if ((e = hdr_parse(p, n, &m.h)) != IKEC_OK) {
		ike_note(i, e);
		return;
	}
	m.path = path;
	m.raw = p;
	m.rawlen = n;
	m.npl = m.nunknown = 0;
	m.err = IKEC_OK;
	v1_input(i, path, &m);
	i->count[IKEC_UNKNOWN_PAYLOAD] += m.nunknown;
}

void
ike_request(struct ike *i, const struct ike_path *path, const char *profile, const struct ike_child_request *rq)
{
	struct ike_path start = { path->local, path->remote, IKE_PORT, IKE_PORT };
	struct sa *sa;

	if (!i->set.enabled) {
		i->ops->failed(i->arg, rq->cookie, &path->remote, IKE_FAIL_REFUSED);
		return;
	}
	sa = sa_find_to(i, path);
	if (sa == NULL)
		sa = sa_find_coming(i, path);
	if (sa != NULL)
		sa_ask(sa, rq);
	else
		p1_initiate(i, &start, profile, rq, MM_REQUEST);
}

bool
ike_begin(struct ike *i, const struct ike_path *path, const char *profile)
{
	if (!i->set.enabled) {
		if (i->ops->begin_failed != NULL)
			i->ops->begin_failed(i->arg, path, profile, IKE_FAIL_REFUSED);
		return false;
	}
	if (sa_find_up(i, path) != NULL || sa_find_coming(i, path) != NULL)
		return false;
	return p1_initiate(i, path, profile, NULL, MM_BEGIN) != NULL;
}

/* A place in the damping table, NULL when it is full of peers tried lately. */
static struct damp *
damp_find(struct ike *i, const struct ike_path *path)
{
	struct damp *d, *room = NULL;
	int64_t now = clock_now(i->clock);
	size_t k;

	for (k = 0; k < IKE_DAMP_MAX; k++) {
		d = &i->damp[k];
		if (addr_eq(&d->remote, &path->remote) && addr_eq(&d->local, &path->local))
			return d;
		if (d->until <= now)
			room = d;
	}
	return room;
}

void
damp_end(struct ike *i, const struct ike_path *path)
{
	struct damp *d = damp_find(i, path);

	if (d != NULL && d->until > clock_now(i->clock))
		d->until = 0;
}

static void
bad_spi_add(struct sa *sa, uint8_t proto, uint32_t spi)
{
	size_t k;

	for (k = 0; k < sa->nbad; k++)
		if (sa->bad[k].spi == spi && sa->bad[k].proto == proto)
			return;
	sa_bad_add(sa, &(struct bad_spi){ proto, spi });
}

static enum ike_spi_action
recover(struct ike *i, const struct ike_path *path, const char *profile, uint8_t proto, uint32_t spi)
{
	struct sa *sa = sa_find_coming(i, path);
	struct damp *d;

	if (sa != NULL) {
		bad_spi_add(sa, proto, spi);
		return IKE_SPI_PENDING;
	}
	d = damp_find(i, path);
	if (d == NULL || d->until > clock_now(i->clock)) {
		ike_note(i, IKEC_RECOVERY_DAMPED);
		return IKE_SPI_DAMPED;
	}
	d->local = path->local;
	d->remote = path->remote;
	d->until = clock_now(i->clock) + IKE_RECOVERY_DAMP;
	sa = p1_initiate(i, path, profile, NULL, MM_INV_SPI);
	if (sa == NULL)
		return IKE_SPI_IGNORED;
	ike_note(i, IKEC_RECOVERY);
	bad_spi_add(sa, proto, spi);
	return IKE_SPI_RECOVERY;
}

enum ike_spi_action
ike_spi_unknown(struct ike *i, const struct ike_path *path, const char *profile, uint8_t proto, uint32_t spi, bool eligible)
{
	struct ike_path start = { path->local, path->remote, IKE_PORT, IKE_PORT };
	struct sa *sa = sa_find_to(i, path);
	enum ike_spi_action a = IKE_SPI_IGNORED;

	if (sa == NULL)
		sa = sa_find_up(i, path);	/* its port may have changed since */
	if (sa != NULL) {
		info_send_bad_spi(sa, proto, spi);
		return IKE_SPI_NOTIFIED;
	}
	if (i->set.enabled && i->set.invalid_spi_recovery && eligible)
		a = recover(i, &start, profile, proto, spi);
	if (a == IKE_SPI_DAMPED || a == IKE_SPI_IGNORED)
		say(i, NULL, SAY_IGNORE_DELETE, &path->local, &path->remote, spi);
	return a;
}

bool
ike_delete_spi(struct ike *i, const struct ike_path *path, uint8_t proto, uint32_t spi)
{
	struct sa *sa = sa_find_to(i, path);

	if (sa == NULL) {
		say(i, NULL, SAY_IGNORE_DELETE, &path->local, &path->remote, spi);
		return false;
	}
	info_send_delete_spi(sa, proto, &spi, 1);
	return true;
}

/* Callbacks may begin new SAs while old ones end: only those that were there are looked at. */
bool
ike_clear(struct ike *i, uint32_t conn_id)
{
	struct sa *sa, *next, *last = TAILQ_LAST(&i->sas, sa_list);
	bool any = conn_id == 0;

	for (sa = TAILQ_FIRST(&i->sas); sa != NULL; sa = next) {
		next = sa == last ? NULL : TAILQ_NEXT(sa, link);
		if (sa->deleted || (conn_id != 0 && sa->conn_id != conn_id))
			continue;
		any = true;
		sa_delete(sa, "No reason", true, false, IKE_FAIL_DELETED);
	}
	return any;
}

void
ike_clear_between(struct ike *i, const struct ike_ends *e)
{
	struct sa *sa, *next, *last = TAILQ_LAST(&i->sas, sa_list);

	for (sa = TAILQ_FIRST(&i->sas); sa != NULL; sa = next) {
		next = sa == last ? NULL : TAILQ_NEXT(sa, link);
		if (!sa->deleted && ike_ends_are(e, &sa->path))
			sa_delete(sa, "No reason", true, false, IKE_FAIL_DELETED);
	}
}

void
ike_dpd_now(struct ike *i, const struct ike_path *path)
{
	struct sa *sa = sa_find_up(i, path);

	if (sa == NULL || sa->cfg.dpd_s == 0 || !sa->peer_dpd || sa->cfg.dpd_periodic || sa->dpd.asking)
		return;
	if (clock_now(i->clock) - sa->dpd.heard < sa->cfg.dpd_s * NSEC_SEC)
		return;
	dpd_ask(sa);
}

void
ike_heard(struct ike *i, const struct ike_path *path)
{
	struct sa *sa = sa_find_up(i, path);

	if (sa != NULL)
		dpd_heard(sa);
}

void
ike_sa_each(struct ike *i, void (*fn)(void *arg, const struct ike_sa_info *sa), void *arg)
{
	struct ike_sa_info info;
	struct sa *sa;

	TAILQ_FOREACH(sa, &i->sas, link) {
		sa_info(sa, &info);
		fn(arg, &info);
	}
	wipe(&info, sizeof(info));
}

bool
ike_sa_up(struct ike *i, const struct ike_path *path)
{
	return sa_find_up(i, path) != NULL;
}

bool
ike_sa_negotiating(struct ike *i, const struct ike_path *path)
{
	return sa_find_coming(i, path) != NULL;
}

unsigned
ike_half_open_max(const struct ike *i)
{
	return i->set.half_open_max != 0 ? i->set.half_open_max : IKE_HALF_OPEN_MAX;
}

uint64_t
ike_count(const struct ike *i, enum ike_counter c)
{
	return i->count[c];
}

const char *
ike_counter_name(enum ike_counter c)
{
	static const char *const names[] = {
#define IKE_COUNTER(id, name, text)	name,
#include "ike/counter.def"
#undef IKE_COUNTER
	};

	return names[c];
}

const char *
ike_counter_text(enum ike_counter c)
{
	static const char *const texts[] = {
#define IKE_COUNTER(id, name, text)	text,
#include "ike/counter.def"
#undef IKE_COUNTER
	};

	return texts[c];
}
