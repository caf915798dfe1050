/* Access lists as configured: finding and making them, entries by sequence number, duplicates refused. */

#include <stdlib.h>
#include <string.h>

#include "engine/cfg_acl.h"
#include "engine/config.h"
#include "lib/mem.h"
#include "lib/text.h"

bool
acl_number_kind(unsigned number, bool *extended)
{
	*extended = (number >= 100 && number <= 199) || (number >= 2000 && number <= 2699);
	return *extended || (number >= 1 && number <= 99) || (number >= 1300 && number <= 1999);
}

static void
changed(struct cfg_acl *l)
{
	dp_acl_free(l->compiled);
	l->compiled = NULL;
}

/* A host's entry of a standard list, as most are. */
static bool
is_host(const struct dp_ace *ace)
{
	return ace->src_mask == UINT32_MAX;
}

static void
ports_key(struct dp_ports *key, const struct dp_ports *p)
{
	key->op = p->op;
	key->n = p->n;
	memcpy(key->v, p->v, p->n * sizeof(p->v[0]));
}

/* What dp_ace_same() compares, and permit: into bytes that are alike where entries are. */
static void
ace_key(struct dp_ace *key, const struct dp_ace *a)
{
	memset(key, 0, sizeof(*key));
	key->permit = a->permit;
	key->fragments = a->fragments;
	key->proto = a->proto;
	key->src = a->src;
	key->src_mask = a->src_mask;
	key->dst = a->dst;
	key->dst_mask = a->dst_mask;
	key->tcp_op = a->tcp_op;
	key->tcp_set = a->tcp_set;
	key->tcp_clear = a->tcp_clear;
	key->tos = a->tos;
	key->tos_mask = a->tos_mask;
	ports_key(&key->sport, &a->sport);
	ports_key(&key->dport, &a->dport);
}

static struct cfg_ace *
find_entry(const struct cfg_acl *l, const struct dp_ace *ace)
{
	struct cfg_ace *e;
	struct dp_ace key;

	ace_key(&key, ace);
	HASH_FIND(hh, l->by_match, &key, sizeof(key), e);
	return e;
}

static void
ace_del(struct cfg_acl *l, struct cfg_ace *e)
{
	TAILQ_REMOVE(&l->aces, e, next);
	if (e->remark == NULL) {
		HASH_DEL(l->by_match, e);
		l->nwide -= !is_host(&e->ace);
		l->n--;
	}
	dp_hits_free(e->ace.hits);
	free(e->remark);
	free(e);
	changed(l);
}

static void
acl_free(struct cfg_acl *l)
{
	while (!TAILQ_EMPTY(&l->aces))
		ace_del(l, TAILQ_FIRST(&l->aces));
	free(l->name);
	free(l);
}

void
cfg_acls_free(struct cfg_acls *list)
{
	struct cfg_acl *l;

	while ((l = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, l, next);
		acl_free(l);
	}
}

struct cfg_acl *
config_acl(struct config *c, const char *name)
{
	struct cfg_acl *l;

	TAILQ_FOREACH(l, &c->acls, next)
		if (strcmp(l->name, name) == 0)
			return l;
	return NULL;
}

static int
acl_cmp(const struct cfg_acl *a, const struct cfg_acl *b)
{
	if (a->extended != b->extended)
		return a->extended ? 1 : -1;
	if ((a->number == 0) != (b->number == 0))
		return a->number == 0 ? 1 : -1;
	return a->number != b->number ? a->number < b->number ? -1 : 1 : strcmp(a->name, b->name);
}

static unsigned
number_of(const char *name)
{
	char *end;
	unsigned long n = strtoul(name, &end, 10);

	return *name >= '0' && *name <= '9' && *end == '\0' && n <= 2699 ? (unsigned)n : 0;
}

struct cfg_acl *
config_acl_make(struct config *c, const char *name, bool extended)
{
	struct cfg_acl *l = xcalloc(1, sizeof(*l)), *at;

	l->name = xstrdup(name);
	l->number = number_of(name);
	l->extended = extended;
	TAILQ_INIT(&l->aces);
	TAILQ_FOREACH(at, &c->acls, next)
		if (acl_cmp(l, at) < 0) {
			TAILQ_INSERT_BEFORE(at, l, next);
			return l;
		}
	TAILQ_INSERT_TAIL(&c->acls, l, next);
	return l;
}

void
config_acl_del(struct config *c, struct cfg_acl *l)
{
	TAILQ_REMOVE(&c->acls, l, next);
	acl_free(l);
}

/* The entry behind which this number goes; NULL = at the front.  Most are added at the end. */
static struct cfg_ace *
place_of(const struct cfg_acl *l, uint32_t seq)
{
	struct cfg_ace *e;

	TAILQ_FOREACH_REVERSE(e, &l->aces, cfg_aces, next)
		if (e->seq <= seq)
			break;
	return e;
}

/* The number that comes after the last; 0 if there is none left. */
static uint32_t
seq_next(const struct cfg_acl *l)
{
	const struct cfg_ace *last = TAILQ_LAST(&l->aces, cfg_aces);

	if (last == NULL)
		return ACL_SEQ_FIRST;
	return last->seq > ACL_SEQ_MAX - ACL_SEQ_STEP ? 0 : last->seq + ACL_SEQ_STEP;
}

/* The entry of this number, else a remark that stands there; NULL if there is neither. */
static struct cfg_ace *
find_seq(const struct cfg_acl *l, uint32_t seq)
{
	struct cfg_ace *e, *at = place_of(l, seq);

	for (e = at; e != NULL && e->seq == seq; e = TAILQ_PREV(e, cfg_aces, next))
		if (e->remark == NULL)
			return e;
	return at != NULL && at->seq == seq ? at : NULL;
}

static enum acl_fault
seq_settle(const struct cfg_acl *l, uint32_t *seq)
{
	const struct cfg_ace *there;

	if (*seq == 0)
		return (*seq = seq_next(l)) == 0 ? ACL_SEQ_FULL : ACL_OK;
	there = find_seq(l, *seq);
	return there != NULL && there->remark == NULL ? ACL_SEQ_TAKEN : ACL_OK;
}

static struct cfg_ace *
insert(struct cfg_acl *l, uint32_t seq)
{
	struct cfg_ace *e = xcalloc(1, sizeof(*e)), *before = place_of(l, seq);

	e->seq = seq;
	if (before != NULL)
		TAILQ_INSERT_AFTER(&l->aces, before, e, next);
	else
		TAILQ_INSERT_HEAD(&l->aces, e, next);
	changed(l);
	return e;
}

/* A standard list refuses a host behind an entry that takes it: it would never be reached. */
static const struct cfg_ace *
covered_by(const struct cfg_acl *l, uint32_t seq, const struct dp_ace *ace)
{
	struct dp_ace other = *ace;
	const struct cfg_ace *e;

	if (l->extended || !is_host(ace))
		return NULL;
	other.permit = !ace->permit;
	if (l->nwide == 0)	/* then it is the same host, the other way */
		return (e = find_entry(l, &other)) != NULL && e->seq < seq ? e : NULL;
	TAILQ_FOREACH(e, &l->aces, next)
		if (e->remark == NULL && e->seq < seq && ((e->ace.src ^ ace->src) & e->ace.src_mask) == 0)
			return e;
	return NULL;
}

enum acl_fault
acl_add(struct cfg_acl *l, uint32_t seq, const struct dp_ace *ace, bool log_input, uint32_t *by)
{
	enum acl_fault why = seq_settle(l, &seq);
	const struct cfg_ace *over;
	struct cfg_ace *e;

	if (why != ACL_OK)
		return why;
	if (find_entry(l, ace) != NULL)
		return ACL_DUPLICATE;
	if ((over = covered_by(l, seq, ace)) != NULL) {
		*by = over->seq;
		return ACL_COVERED;
	}
	e = insert(l, seq);
	e->ace = *ace;
	e->ace.hits = dp_hits_new();
	e->log_input = log_input;
	ace_key(&e->key, ace);
	HASH_ADD(hh, l->by_match, key, sizeof(e->key), e);
	l->nwide += !is_host(ace);
	l->n++;
	return ACL_OK;
}

void
acl_add_remark(struct cfg_acl *l, uint32_t seq, const char *text)
{
	const struct cfg_ace *last = TAILQ_LAST(&l->aces, cfg_aces);

	if (seq == 0 && last != NULL)
		seq = last->seq;
	insert(l, seq)->remark = xstrdup(text);
}

bool
acl_del_seq(struct cfg_acl *l, uint32_t seq)
{
	struct cfg_ace *e = find_seq(l, seq);

	if (e == NULL)
		return false;
	ace_del(l, e);
	return true;
}

bool
acl_del_entry(struct cfg_acl *l, const struct dp_ace *ace)
{
	struct cfg_ace *e = find_entry(l, ace);

	if (e != NULL)
		ace_del(l, e);
	return e != NULL;
}

bool
acl_del_remark(struct cfg_acl *l, const char *text)
{
	struct cfg_ace *e, *next;
	bool any = false;

	for (e = TAILQ_FIRST(&l->aces); e != NULL; e = next) {
		next = TAILQ_NEXT(e, next);
		if (e->remark == NULL || (text != NULL && strcmp(e->remark, text) != 0))
			continue;
		ace_del(l, e);
		any = true;
	}
	return any;
}

bool
acl_resequence(struct cfg_acl *l, uint32_t start, uint32_t step)
{
	uint64_t next = start;
	struct cfg_ace *e;
	uint32_t seq = 0;

	if (l->n > 0 && start + (uint64_t)(l->n - 1) * step > ACL_SEQ_MAX)
		return false;
	TAILQ_FOREACH(e, &l->aces, next) {
		if (e->remark == NULL) {
			seq = (uint32_t)next;
			next += step;
		}
		e->seq = seq;
	}
	return true;
}

void
acl_clear_hits(struct cfg_acl *l)
{
	struct cfg_ace *e;

	TAILQ_FOREACH(e, &l->aces, next)
		if (e->ace.hits != NULL)
			e->ace.hits->n = 0;
}

size_t
acl_entries(const struct cfg_acl *l, struct dp_ace **out)
{
	const struct cfg_ace *e;
	size_t n = 0;

	*out = xcalloc(l->n, sizeof(**out));
	TAILQ_FOREACH(e, &l->aces, next)
		if (e->remark == NULL)
			(*out)[n++] = e->ace;
	return n;
}

struct dp_acl *
acl_compiled(struct cfg_acl *l)
{
	struct dp_ace *v;
	size_t n;

	if (l->compiled == NULL) {
		n = acl_entries(l, &v);
		l->compiled = dp_acl_new(v, n);
		free(v);
	}
	return l->compiled;
}
