/*
 * Quick Mode (RFC 2409 5.5):
 *
 *	I: { HASH(1), SA, Ni, [KE], IDci, IDcr }* -->
 *				<--	{ HASH(2), SA, Nr, [KE], IDci, IDcr, [N] }* :R
 *	I: { HASH(3) }*			-->
 *
 * The responder's inbound SA is in before message 2 leaves, its outbound one is used from message 3 on.  A responder that sets the
 * Commit bit (RFC 2408 3.1) will say itself when it is ready, by a notify CONNECTED, in an Informational exchange or as message 4:
 * until then, or until it has used its own, ours is not used.  An initiator that sets it is not waited for: message 3 is from it.
 */

#include <stdlib.h>
#include <string.h>

#include "ike/v1/v1.h"

#define NONCE_LEN	20

static bool
same_flow(const struct node *n, const struct ike_id *local_id, const struct ike_id *remote_id)
{
	return id_eq(&n->child.local_id, local_id) && id_eq(&n->child.remote_id, remote_id);
}

static struct node *
flow_find(struct sa *sa, const struct ike_id *local_id, const struct ike_id *remote_id, const struct node *but)
{
	struct node *n;

	TAILQ_FOREACH(n, &sa->nodes, link)
		if (n != but && !n->done && !n->cfg && same_flow(n, local_id, remote_id))
			return n;
	return NULL;
}

/* While the peer itself is making these SAs, or enough others are being made, the request waits for how that ends. */
static void
wait_in_line(struct sa *sa, const struct ike_child_request *rq)
{
	struct request *r = xcalloc(1, sizeof(*r));

	r->rq = *rq;
	TAILQ_INSERT_TAIL(&sa->pending, r, link);
	sa->npending++;
}

void
qm_initiate(struct sa *sa, const struct ike_child_request *rq)
{
	struct ike *i = sa->ike;
	struct node *n = flow_find(sa, &rq->local_id, &rq->remote_id, NULL);

	if (n != NULL && n->initiator) {
		n->rq.cookie = n->child.cookie = rq->cookie;
		return;
	}
	if ((n != NULL || sa->nnodes >= IKE_NODES_OWN) && sa->npending < IKE_PENDING_MAX) {
		wait_in_line(sa, rq);
		return;
	}
	if (sa->nnodes >= IKE_NODES_MAX || rq->nesp == 0 || rq->nesp > 8) {
		ike_note(i, IKEC_NODES_OWN);
		i->ops->failed(i->arg, rq->cookie, &sa->path.remote, IKE_FAIL_LIMIT);
		return;
	}
	n = node_new(sa, msgid_new(sa), true);
	ike_note(sa->ike, IKEC_P2_BEGUN);
	n->rq = *rq;
	n->child.local_id = rq->local_id;
	n->child.remote_id = rq->remote_id;
	exchange_run(sa, n, EV_INIT_QM, NULL);
}

void
qm_begin_waiting(struct sa *sa)
{
	struct requests q = TAILQ_HEAD_INITIALIZER(q);
	struct request *r;

	if (!sa->ready && !sa->deleted)
		return;
	TAILQ_CONCAT(&q, &sa->pending, link);
	sa->npending = 0;
	while ((r = TAILQ_FIRST(&q)) != NULL) {
		TAILQ_REMOVE(&q, r, link);
		if (sa->deleted)
			sa_hands_over(sa, &r->rq, IKE_FAIL_DELETED);
		else
			qm_initiate(sa, &r->rq);
		free(r);
	}
}

/* An exchange has ended: there is room for one that waits. */
void
qm_line_due(void *arg)
{
	qm_begin_waiting(arg);
}

static void
child_common(struct sa *sa, struct node *n)
{
	natt_child(sa, n);
	n->child.conn_id = sa->conn_id;
	n->child.msgid = n->msgid;
	n->child.initiator = n->initiator;
	memcpy(n->child.profile, sa->cfg.profile, sizeof(n->child.profile));
}

/* A proposal for each transform; those of one protocol share an SPI. */
static size_t
rows_make(struct sa *sa, struct node *n, struct p2_row rows[8])
{
	struct ike *i = sa->ike;
	uint32_t spi[2] = { 0, 0 }, *own;
	size_t k, nrows = 0;

	for (k = 0; k < n->rq.nesp; k++) {
		if (natt_udp(sa) && n->rq.esp[k].proto != 50)
			continue;	/* AH covers the addresses: it can't go through */
		own = &spi[n->rq.esp[k].proto == 51];
		if (*own == 0)
			*own = i->ops->spi_new(i->arg, n->rq.esp[k].proto);
		n->offered_spi[k] = *own;
		rows[nrows] = (struct p2_row){ (uint8_t)(nrows + 1), 1, n->rq.esp[k], n->rq.pfs_group, n->rq.life_s, n->rq.life_kb, *own,
			natt_encaps(sa, n->rq.esp[k].transport) };
		nrows++;
	}
	return nrows;
}

static void
nonce_and_ke(struct sa *sa, struct node *n, struct out *o)
{
	uint8_t *nonce = n->initiator ? n->ni : n->nr;

	chance_bytes(sa->ike->chance, nonce, NONCE_LEN);
	*(n->initiator ? &n->ni_len : &n->nr_len) = NONCE_LEN;
	out_payload(o, PL_NONCE, nonce, NONCE_LEN);
	if (n->dh != NULL)
		out_payload(o, PL_KE, dh_pub(n->dh), dh_pub_len(n->child.pfs_group));
}

static void
fail(struct sa *sa, struct node *n, const char *reason, enum ike_fail why)
{
	struct ike *i = sa->ike;
	uint64_t cookie = n->rq.cookie;

	node_done(n, true, reason);
	if (n->initiator)
		i->ops->failed(i->arg, cookie, &sa->path.remote, why);
}

/* { HASH(1), SA, Ni, [KE], IDci, IDcr }* --> */
enum act
qm_send1(struct sa *sa, struct node *n, struct msg *m)
{
	struct p2_row rows[8];
	struct out o;
	size_t hash_at, nrows, k;

	(void)m;
	child_common(sa, n);
	n->child.cookie = n->rq.cookie;
	n->child.pfs_group = n->rq.pfs_group;
	n->child.life_s = n->rq.life_s;
	n->child.life_kb = n->rq.life_kb;
	say(sa->ike, sa, SAY_QM_BEGIN, n->msgid);
	say(sa->ike, sa, SAY_QM_SPI_I);
	if ((nrows = rows_make(sa, n, rows)) == 0) {
		fail(sa, n, "No transform that passes NAT", IKE_FAIL_NO_PROPOSAL);
		return ACT_GONE;
	}
	if (n->rq.pfs_group != 0 && (n->dh = dh_new(sa->ike->chance, n->rq.pfs_group)) == NULL) {
		fail(sa, n, "PFS group not known", IKE_FAIL_REFUSED);
		return ACT_GONE;
	}
	if (n->dh != NULL) {
		say(sa->ike, sa, SAY_ENGINE_DH2);
		ike_note(sa->ike, IKEC_DH);
	}
	v1_iv2(sa, n->msgid, n->iv);
	v1_open(sa, &o, EXCH_QUICK, n->msgid, &hash_at);
	out_sa_p2(&o, rows, nrows);
	nonce_and_ke(sa, n, &o);
	out_id(&o, &n->rq.local_id);
	out_id(&o, &n->rq.remote_id);
	for (k = 0; natt_udp(sa) && k < n->rq.nesp && !n->rq.esp[k].transport; k++)
		;
	if (natt_udp(sa) && k < n->rq.nesp)
		natoa_write(sa, n, &o);
	v1_seal(sa, &n->retry, &o, n->iv, n->msgid, (struct iov){ NULL, 0 }, hash_at);
	return ACT_DONE;
}

static struct ike_id
host_id(const struct addr *a)
{
	return (struct ike_id){ .type = ike_id_host(a), .addr = *a, .prefix_len = a->af == ADDR_V6 ? 128 : 32 };
}

/* Proxy identities, ours and the peer's; without payloads the addresses themselves (RFC 2409 5.5). */
static enum ike_counter
ids_read(struct sa *sa, struct node *n, const struct msg *m)
{
	const struct payload *ci = msg_find(m, PL_ID, 0), *cr = msg_find(m, PL_ID, 1);
	enum ike_counter e;

	if (ci == NULL) {
		n->child.local_id = host_id(&sa->path.local);
		n->child.remote_id = host_id(&sa->path.remote);
		return IKEC_OK;
	}
	if ((e = id_parse(ci->p, ci->n, &n->child.remote_id)) != IKEC_OK)
		return e;
	return id_parse(cr->p, cr->n, &n->child.local_id);
}

static enum act
refuse_offer(struct sa *sa, struct node *n, uint16_t notify, const struct proposal *first)
{
	struct ike *i = sa->ike;
	char addr[ADDR_STRLEN];
	bool spi = first->spi_len == 4;

	say(i, sa, SAY_P2_REFUSED, &sa->path.local, &sa->path.remote);
	info_notify(sa, spi ? first->proto : PROTO_ESP, notify, first->spi, spi ? 4 : 0, NULL, 0, NULL, 0);
	node_done(n, true, "QM rejected");
	exchange_run(sa, n, EV_QM_REFUSED, NULL);
	ike_syslog(i, 6, "IKMP_MODE_FAILURE", "Processing of Quick mode failed with peer at %s", addr_fmt(&sa->path.remote, addr));
	qm_begin_waiting(sa);
	return ACT_GONE;
}

/* The peer's public value, when PFS is agreed; and none when it is not. */
static bool
pfs_read(struct sa *sa, struct node *n, const struct msg *m)
{
	const struct payload *ke = msg_find(m, PL_KE, 0);

	if (n->child.pfs_group == 0)
		return ke == NULL;
	if (ke == NULL || ke->n != dh_pub_len(n->child.pfs_group))
		return false;
	if (n->dh == NULL) {
		if ((n->dh = dh_new(sa->ike->chance, n->child.pfs_group)) == NULL)
			return false;
		say(sa->ike, sa, SAY_ENGINE_DH2);
		ike_note(sa->ike, IKEC_DH);
	}
	say(sa->ike, sa, SAY_PROC, "KE", n->msgid);
	n->gxy_len = dh_secret_len(n->child.pfs_group);
	n->gxy = xcalloc(1, n->gxy_len);
	say(sa->ike, sa, SAY_ENGINE_SECRET2);
	ike_note(sa->ike, IKEC_DH_SECRET);
	return dh_derive(n->dh, ke->p, ke->n, n->gxy);
}

static void
say_parts(struct sa *sa, struct node *n, const struct msg *m)
{
	size_t k;

	say(sa->ike, sa, SAY_PROC, "NONCE", n->msgid);
	for (k = 0; k < msg_number(m, PL_ID); k++)
		say(sa->ike, sa, SAY_PROC, "ID", n->msgid);
}

/* Of two for the same flow that with the lower message id goes on (v1/rules.c), unless the peer insists. True: ours. */
static bool
crossing(struct sa *sa, struct node *n)
{
	struct node *own = flow_find(sa, &n->child.local_id, &n->child.remote_id, n);

	if (own == NULL || !own->initiator || own->state != IKE_QM_I_QM1)
		return false;
	if (own->msgid < n->msgid && !n->insisted) {
		ike_note(sa->ike, IKEC_TIE);
		say(sa->ike, sa, SAY_TIE2, own->msgid);
		return true;
	}
	own->yielded = true;
	node_done(own, false, "Both ends began");
	wait_in_line(sa, &own->rq);
	return false;
}

/* --> { HASH(1), SA, Ni, [KE], IDci, IDcr }* :R   (HASH is checked already) */
enum act
qm_recv1(struct sa *sa, struct node *n, struct msg *m)
{
	struct proposal first = { .proto = PROTO_ESP };
	struct ike *i = sa->ike;
	uint16_t notify;

	child_common(sa, n);
	say(i, sa, SAY_PROC, "SA", n->msgid);
	if (ids_read(sa, n, m) != IKEC_OK || natoa_read(sa, n, m) != IKEC_OK) {
		ike_note(i, IKEC_ID);
		return refuse_offer(sa, n, NOTIFY_INVALID_ID_INFORMATION, &first);
	}
	if (crossing(sa, n)) {
		n->crossed = true;
		node_done(n, false, "Both ends began");
		return ACT_GONE;
	}
	if (p2_judge(sa, n, msg_find(m, PL_SA, 0), &notify, &first) != OFFER_OK)
		return refuse_offer(sa, n, notify, &first);
	say_parts(sa, n, m);
	if (!v1_nonce(msg_find(m, PL_NONCE, 0), n->ni, &n->ni_len)) {
		ike_note(i, IKEC_NONCE);
		return refuse_offer(sa, n, NOTIFY_PAYLOAD_MALFORMED, &first);
	}
	if (!pfs_read(sa, n, m)) {
		ike_note(i, IKEC_KE);
		return refuse_offer(sa, n, NOTIFY_INVALID_KEY_INFORMATION, &first);
	}
	say(i, sa, SAY_QM_SPI_R);
	n->child.spi_in = i->ops->spi_new(i->arg, n->child.esp.proto);
	return ACT_DONE;
}

static void
keymat(struct sa *sa, struct node *n)
{
	struct iov gxy = { n->gxy, n->child.pfs_group != 0 ? n->gxy_len : 0 }, ni = { n->ni, n->ni_len }, nr = { n->nr, n->nr_len };
	uint8_t proto = n->child.esp.proto == 51 ? PROTO_AH : PROTO_ESP;
	size_t enc, auth;

	if (!esp_key_len(&n->child.esp, &enc, &auth))
		return;
	n->child.key_len = enc + auth;
	say(sa->ike, sa, SAY_ENGINE_KEYMAT);
	keys_keymat(&sa->keys, sa->policy.hash, gxy, proto, n->child.spi_in, ni, nr, n->child.key_in, enc + auth);
	keys_keymat(&sa->keys, sa->policy.hash, gxy, proto, n->child.spi_out, ni, nr, n->child.key_out, enc + auth);
}

static bool
install(struct sa *sa, struct node *n)
{
	struct ike *i = sa->ike;
	char name[64] = "";

	keymat(sa, n);
	natt_child(sa, n);
	if (!i->ops->install(i->arg, &n->child))
		return false;
	if (i->ops->ifname != NULL)
		i->ops->ifname(i->arg, &sa->path, name, sizeof(name));
	say(i, sa, SAY_INSTALL_CB);
	if (name[0] != '\0')
		say(i, sa, SAY_INSTALLED, n->child.spi_in, name);
	return true;
}

/* RESPONDER-LIFETIME (RFC 2407 4.6.3.1): what we keep is lower than what was offered. */
static void
lifetime_write(struct node *n, struct out *o)
{
	uint8_t data[24], spi[4];
	struct wr w;

	wr_init(&w, data, sizeof(data));
	wr_u16(&w, 0x8000 | A2_LIFE_TYPE);
	wr_u16(&w, 1);
	wr_u16(&w, A2_LIFE);
	wr_u16(&w, 4);
	wr_u32(&w, n->child.life_s);
	if (n->child.life_kb != 0) {
		wr_u16(&w, 0x8000 | A2_LIFE_TYPE);
		wr_u16(&w, 2);
		wr_u16(&w, A2_LIFE);
		wr_u16(&w, 4);
		wr_u32(&w, n->child.life_kb);
	}
	n->lowered = false;
	spi[0] = (uint8_t)(n->child.spi_in >> 24);
	spi[1] = (uint8_t)(n->child.spi_in >> 16);
	spi[2] = (uint8_t)(n->child.spi_in >> 8);
	spi[3] = (uint8_t)n->child.spi_in;
	out_notify(o, n->child.esp.proto == 51 ? PROTO_AH : PROTO_ESP, NOTIFY_RESPONDER_LIFETIME, spi, 4, data, wr_len(&w));
}

/* <-- { HASH(2), SA, Nr, [KE], IDci, IDcr, [N] }* */
enum act
qm_install_r(struct sa *sa, struct node *n, struct msg *m)
{
	struct sa_payload s;
	struct proposal p;
	struct out o;
	uint8_t spi[4] = { (uint8_t)(n->child.spi_in >> 24), (uint8_t)(n->child.spi_in >> 16), (uint8_t)(n->child.spi_in >> 8), (uint8_t)n->child.spi_in };
	const struct payload *pl = msg_find(m, PL_SA, 0);
	size_t hash_at, k;

	if (sa_parse(pl->p, pl->n, &s) != IKEC_OK)
		return ACT_REFUSED;
	for (k = 0; k + 1 < s.nt && (s.t[k].number != n->trans_number || s.prop[s.t[k].prop].number != n->prop_number); k++)
		;
	p = s.prop[s.t[k].prop];
	p.spi = spi;
	p.spi_len = sizeof(spi);
	v1_open(sa, &o, EXCH_QUICK, n->msgid, &hash_at);
	out_sa_choice(&o, &p, &s.t[k]);
	nonce_and_ke(sa, n, &o);
	for (k = 0; k < msg_number(m, PL_ID); k++)
		out_payload(&o, PL_ID, msg_find(m, PL_ID, k)->p, msg_find(m, PL_ID, k)->n);
	if (natt_udp(sa) && n->child.esp.transport)
		natoa_write(sa, n, &o);
	if (n->lowered)
		lifetime_write(n, &o);
	if (!install(sa, n)) {
		info_notify(sa, p.proto, NOTIFY_NO_PROPOSAL_CHOSEN, s.prop[0].spi, s.prop[0].spi_len, NULL, 0, NULL, 0);
		node_done(n, true, "IPsec SAs not installed");
		qm_begin_waiting(sa);
		return ACT_GONE;
	}
	v1_seal(sa, &n->retry, &o, n->iv, n->msgid, (struct iov){ n->ni, n->ni_len }, hash_at);
	return ACT_DONE;
}

static void
answer_notifies(struct sa *sa, struct node *n, struct msg *m)
{
	const struct payload *pl;
	struct transform as_attrs = { 0 };
	struct p2_attrs a;
	struct notify no;
	size_t k;

	for (k = 0; (pl = msg_find(m, PL_N, k)) != NULL; k++) {
		if (notify_parse(pl, &no) != IKEC_OK)
			continue;
		say(sa->ike, sa, SAY_NOTIFY_PROC, notify_name(no.type), (unsigned)no.proto, n->child.spi_out, n->msgid, sa->handle);
		if (no.type != NOTIFY_RESPONDER_LIFETIME)
			continue;
		as_attrs.attrs = no.data;
		as_attrs.nattrs = no.data_len;
		if (p2_attrs_parse(&as_attrs, &a) != IKEC_OK)
			continue;
		say(sa->ike, sa, SAY_RESP_LIFE);
		if (a.life_s != 0 && a.life_s < n->child.life_s)
			n->child.life_s = a.life_s;
		if (a.life_kb != 0 && a.life_kb < n->child.life_kb)
			n->child.life_kb = a.life_kb;
	}
}

static bool
ids_unchanged(struct sa *sa, const struct node *n, const struct msg *m)
{
	const struct payload *ci = msg_find(m, PL_ID, 0), *cr = msg_find(m, PL_ID, 1);
	struct ike_id a, b;

	(void)sa;
	if (ci == NULL)
		return n->rq.local_id.type == ike_id_host(&n->rq.local_id.addr) && n->rq.remote_id.type == ike_id_host(&n->rq.remote_id.addr);
	return id_parse(ci->p, ci->n, &a) == IKEC_OK && id_parse(cr->p, cr->n, &b) == IKEC_OK &&
	    id_eq(&a, &n->rq.local_id) && id_eq(&b, &n->rq.remote_id);
}

/* --> { HASH(2), SA, Nr, [KE], IDci, IDcr, [N] }* :I   (HASH is checked already: what is wrong is the peer's own doing) */
enum act
qm_recv2(struct sa *sa, struct node *n, struct msg *m)
{
	struct ike *i = sa->ike;
	char addr[ADDR_STRLEN];

	say(i, sa, SAY_PROC, "SA", n->msgid);
	if (p2_check_answer(sa, n, msg_find(m, PL_SA, 0)) != OFFER_OK) {
		ike_note(i, IKEC_PROPOSAL);
		ike_syslog(i, 6, "IKMP_SA_NOT_OFFERED", "Remote peer %s responded with attribute not offered or changed", addr_fmt(&sa->path.remote, addr));
		info_notify(sa, PROTO_ESP, NOTIFY_NO_PROPOSAL_CHOSEN, NULL, 0, NULL, 0, NULL, 0);
		fail(sa, n, "QM answer not offered", IKE_FAIL_NO_PROPOSAL);
		return ACT_GONE;
	}
	say_parts(sa, n, m);
	if (!ids_unchanged(sa, n, m) || natoa_read(sa, n, m) != IKEC_OK || !v1_nonce(msg_find(m, PL_NONCE, 0), n->nr, &n->nr_len) || !pfs_read(sa, n, m)) {
		ike_note(i, IKEC_KE);
		info_notify(sa, PROTO_ESP, NOTIFY_INVALID_KEY_INFORMATION, NULL, 0, NULL, 0, NULL, 0);
		fail(sa, n, "QM answer malformed", IKE_FAIL_REFUSED);
		return ACT_GONE;
	}
	answer_notifies(sa, n, m);
	if ((m->h.flags & ISAKMP_FLAG_C) != 0) {
		ike_note(i, IKEC_COMMIT);
		say(i, sa, SAY_COMMIT, n->msgid);
		n->child.wait = true;
	}
	return ACT_DONE;
}

/* { HASH(3) }* --> */
enum act
qm_install_i(struct sa *sa, struct node *n, struct msg *m)
{
	size_t len = hash_len(sa->policy.hash);
	struct iov ni = { n->ni, n->ni_len }, nr = { n->nr, n->nr_len };
	uint8_t h[HASH_MAX];
	struct out o;

	(void)m;
	if (!install(sa, n)) {
		info_send_delete_spi(sa, n->child.esp.proto, &n->child.spi_in, 1);
		fail(sa, n, "IPsec SAs not installed", IKE_FAIL_LIMIT);
		return ACT_GONE;
	}
	ike_note(sa->ike, IKEC_P2_UP);
	say(sa->ike, sa, SAY_ENGINE_HASH);
	keys_hash3(&sa->keys, sa->policy.hash, n->msgid, ni, nr, h);
	out_begin(&o, sa->icookie, sa->rcookie, EXCH_QUICK, ISAKMP_FLAG_E, n->msgid);
	out_payload(&o, PL_HASH, h, len);
	v1_send(sa, &n->retry, &o, n->iv);
	sa_satisfied(sa->ike, &sa->path, &n->child.local_id, &n->child.remote_id);
	if (!n->child.wait)
		node_done(n, false, "No Error");
	return ACT_DONE;
}

/* The peer, which had asked to be waited for, is ready. */
enum act
qm_connected(struct sa *sa, struct node *n, struct msg *m)
{
	struct ike *i = sa->ike;

	(void)m;
	i->ops->enable(i->arg, n->child.spi_in, n->child.spi_out);
	node_done(n, false, "No Error");
	return ACT_DONE;
}

/* --> { HASH(4), N }* :I */
enum act
qm_recv4(struct sa *sa, struct node *n, struct msg *m)
{
	const struct payload *pl;
	struct notify no;
	size_t k;

	for (k = 0; (pl = msg_find(m, PL_N, k)) != NULL; k++)
		if (notify_parse(pl, &no) == IKEC_OK && no.type == NOTIFY_CONNECTED) {
			say(sa->ike, sa, SAY_NOTIFY_PROC, notify_name(no.type), (unsigned)no.proto, n->child.spi_out, n->msgid, sa->handle);
			return qm_connected(sa, n, m);
		}
	return ACT_REFUSED;
}

/* It never said so; but both have the keys. */
void
qm_waited(struct sa *sa, struct node *n)
{
	struct ike *i = sa->ike;

	i->ops->enable(i->arg, n->child.spi_in, n->child.spi_out);
}

/* --> { HASH(3) }* :R */
enum act
qm_recv3(struct sa *sa, struct node *n, struct msg *m)
{
	(void)m;
	ike_note(sa->ike, IKEC_P2_UP);
	sa_satisfied(sa->ike, &sa->path, &n->child.local_id, &n->child.remote_id);
	node_done(n, false, "QM done (await)");
	return ACT_DONE;
}

static bool
hash_fits(struct sa *sa, const struct node *n, const struct msg *m)
{
	size_t len = hash_len(sa->policy.hash);
	struct iov tail = { m->tail, m->taillen }, ni = { n->ni, n->ni_len }, nr = { n->nr, n->nr_len };
	uint8_t want[HASH_MAX];

	say(sa->ike, sa, SAY_ENGINE_HASH);
	if (n->state == IKE_QM_R_QM2)
		keys_hash3(&sa->keys, sa->policy.hash, n->msgid, ni, nr, want);
	else
		keys_hash_p2(&sa->keys, sa->policy.hash, n->msgid, n->state == IKE_QM_I_QM1 ? ni : (struct iov){ NULL, 0 }, tail, want);
	return m->pl[0].n == len && mem_equal(m->pl[0].p, want, len);
}

/* Decrypted, well formed, authentic? */
static bool
qm_decode(struct sa *sa, struct node *n, struct msg *m)
{
	static const uint8_t kinds[] = { [IKE_QM_READY] = MSG_QM1, [IKE_QM_I_QM1] = MSG_QM2, [IKE_QM_R_QM2] = MSG_QM3, [IKE_QM_COMMIT_AWAIT] = MSG_QM4 };

	if (n->state != IKE_QM_READY && n->state != IKE_QM_I_QM1 && n->state != IKE_QM_R_QM2 && n->state != IKE_QM_COMMIT_AWAIT) {
		ike_note(sa->ike, IKEC_STATE);
		return false;
	}
	if (v1_decrypt(sa, m, n->iv) && m->err == IKEC_OK)
		m->err = msg_rules(m, (enum msg_kind)kinds[n->state]);
	if (m->err == IKEC_OK) {
		if (n->state != IKE_QM_R_QM2)
			say(sa->ike, sa, SAY_PROC, "HASH", n->msgid);
		if (!hash_fits(sa, n, m))
			m->err = IKEC_HASH;
	}
	if (m->err != IKEC_OK)
		v1_refuse(sa, m->err);
	return m->err == IKEC_OK;
}

void
qm_lapsed(struct sa *sa, struct node *n)
{
	struct ike *i = sa->ike;

	if (n->state == IKE_QM_R_QM2 && i->ops->lapsed != NULL)
		i->ops->lapsed(i->arg, n->child.spi_in, n->child.spi_out);
	qm_begin_waiting(sa);
}

/*
 * The peer answers what we have yielded: our first message came late.  Of the two pairs only that of the peer's exchange
 * is held by both; it must hear that ours isn't.
 */
static void
answered_late(struct sa *sa, struct node *n, struct msg *m)
{
	size_t k;

	if (!qm_decode(sa, n, m))
		return;
	for (k = 0; k < n->rq.nesp; k++)
		if (n->offered_spi[k] != 0 && (k == 0 || n->offered_spi[k] != n->offered_spi[k - 1]))
			info_send_delete_spi(sa, n->rq.esp[k].proto, &n->offered_spi[k], 1);
}

static void
qm_again(struct sa *sa, struct node *n)
{
	ike_note(sa->ike, IKEC_DUPLICATE);
	say(sa->ike, sa, SAY_DUP2);
	if (n->retry.bytes == NULL || n->state == IKE_QM_I_QM1 || (n->done && !n->initiator))
		return;
	say(sa->ike, sa, SAY_DUP2_WHY);
	ike_send(sa, n->retry.bytes, n->retry.n);
}

static bool
qm_may(struct sa *sa, const struct msg *m)
{
	char addr[ADDR_STRLEN];

	if ((m->h.flags & ISAKMP_FLAG_E) == 0) {
		ike_note(sa->ike, IKEC_NOT_ENCRYPTED);
		ike_syslog(sa->ike, 6, "IKMP_NOT_ENCRYPTED", "IKE packet from %s was not encrypted and it should've been.", addr_fmt(&sa->path.remote, addr));
		return false;
	}
	if (!sa->established) {
		ike_note(sa->ike, IKEC_SA_NOT_AUTH);
		ike_syslog(sa->ike, 6, "IKMP_SA_NOT_AUTH", "Cannot accept Quick Mode exchange from %s if SA is not authenticated!", addr_fmt(&sa->path.remote, addr));
		return false;
	}
	if (m->h.msgid == 0) {
		ike_note(sa->ike, IKEC_STATE);
		return false;
	}
	if (!sa->ready) {
		ike_note(sa->ike, IKEC_NOT_READY);
		say(sa->ike, sa, SAY_QM_EARLY, m->h.msgid);
		return false;
	}
	return true;
}

static size_t
seen_held(const struct sa *sa)
{
	return sa->nseen < IKE_SEEN ? sa->nseen : IKE_SEEN;
}

bool
v1_msgid_seen(struct sa *sa, uint32_t msgid)
{
	size_t k, n = seen_held(sa);

	for (k = 0; k < n; k++)
		if (sa->seen[k] == msgid)
			return true;
	if (sa->nseen < IKE_SEEN && sa->nseen % IKE_SEEN_GROW == 0)
		sa->seen = xrealloc(sa->seen, (sa->nseen + IKE_SEEN_GROW) * sizeof(*sa->seen));
	sa->seen[sa->nseen++ % IKE_SEEN] = msgid;
	return false;
}

/* A first message: the exchange stays only if it is authentic and new. */
static struct node *
qm_new(struct sa *sa, struct msg *m)
{
	struct node *n;

	if (sa->nnodes >= IKE_NODES_MAX) {
		ike_note(sa->ike, IKEC_NODES);
		return NULL;
	}
	n = node_new(sa, m->h.msgid, false);
	ike_note(sa->ike, IKEC_P2_ASKED);
	say(sa->ike, sa, SAY_NODE_SET, n->msgid);
	v1_iv2(sa, n->msgid, n->iv);
	if (qm_decode(sa, n, m)) {
		if (!v1_msgid_seen(sa, n->msgid)) {
			natt_follow(sa, m);
			return n;
		}
		ike_note(sa->ike, IKEC_REPLAY);
	}
	node_free(n);
	return NULL;
}

/*
 * What was left for ours comes again: who breaks ties as we do would have dropped it.  A peer of another make waits for
 * its answer, and may never give one to ours.
 */
static struct node *
qm_insisted(struct sa *sa, struct node *old, struct msg *m)
{
	struct node *n;
	size_t k, held = seen_held(sa);

	for (k = 0; k < held; k++)
		if (sa->seen[k] == old->msgid)
			sa->seen[k] = 0;
	node_free(old);
	if ((n = qm_new(sa, m)) != NULL)
		n->insisted = true;
	return n;
}

void
qm_input(struct sa *sa, struct msg *m)
{
	struct node *n;
	uint8_t digest[32], iv[16];
	struct ike *i = sa->ike;

	if (!qm_may(sa, m))
		return;
	v1_digest(m->raw, m->rawlen, digest);
	n = node_find(sa, m->h.msgid);
	if (n != NULL && n->cfg) {
		ike_note(i, IKEC_STATE);
		return;
	}
	if (n != NULL && n->has_last_in && memcmp(digest, n->last_in, sizeof(digest)) == 0) {
		if (!n->crossed) {
			qm_again(sa, n);
			return;
		}
		n = qm_insisted(sa, n, m);
	} else if (n == NULL)
		n = qm_new(sa, m);
	else if (n->done || !qm_decode(sa, n, m)) {
		if (n->done)
			ike_note(i, IKEC_STATE);
		if (n->done && n->yielded)
			answered_late(sa, n, m);
		return;
	}
	if (n == NULL)
		return;
	memcpy(iv, n->iv, sizeof(iv));
	memcpy(n->iv, m->next_iv, sizeof(n->iv));
	memcpy(n->last_in, digest, sizeof(digest));
	n->has_last_in = true;
	if (exchange_run(sa, n, EV_QM_EXCH, m) == ACT_REFUSED) {
		memcpy(n->iv, iv, sizeof(iv));
		n->has_last_in = false;
	} else if (n->state == IKE_QM_PHASE2_COMPLETE && !n->initiator)
		i->ops->enable(i->arg, n->child.spi_in, n->child.spi_out);
}
