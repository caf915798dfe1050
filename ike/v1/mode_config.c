/*
 * Mode configuration (draft-dukes-ike-mode-cfg-02): a client asks for its address and what goes with it,
 *
 *	C: REQUEST(attributes)		-->
 *				<--	REPLY(values) :S
 *
 * or is told:
 *				<--	SET(values) :S
 *	C: ACK(attributes)		-->
 *
 * What is given is the engine's.  Nothing of this is looked at before phase 1, and XAUTH where that is wanted, are through.
 */

#include <stdlib.h>
#include <string.h>

#include "ike/v1/v1.h"

#define ASKED_BY_ITSELF	(IKE_CFG_ADDRESS | IKE_CFG_NETMASK | IKE_CFG_DNS | IKE_CFG_WINS | IKE_CFG_EXPIRY)

static enum act
cannot_give(struct sa *sa)
{
	say(sa->ike, sa, SAY_CFG_NONE, &sa->path.remote);
	sa_delete(sa, "Fail to allocate ip address", true, false, IKE_FAIL_REFUSED);
	return ACT_GONE;
}

/* The engine's word on what this client gets. */
static bool
give(struct sa *sa, const struct ike_modecfg *asked, struct ike_modecfg *out)
{
	struct ike *i = sa->ike;
	struct ike_sa_info info;
	bool ok;

	memset(out, 0, sizeof(*out));
	if (i->ops->modecfg_give == NULL)
		return false;
	sa_info(sa, &info);
	ok = i->ops->modecfg_give(i->arg, &info, asked, out);
	wipe(&info, sizeof(info));
	return ok && !sa->deleted;
}

static void
say_nets(struct sa *sa, const struct ike_modecfg *m)
{
	struct addr mask;
	size_t k;

	for (k = 0; (m->has & IKE_CFG_SPLIT_INCLUDE) != 0 && k < m->ninclude && k < IKE_CFG_NETS_MAX; k++) {
		mask = addr_v4(ip4_mask(m->include[k].prefix_len));
		say(sa->ike, sa, SAY_CFG_SPLIT, sa->cfg.group, &m->include[k].net, &mask, (unsigned)m->include[k].protocol,
		    (unsigned)m->include[k].src_port, (unsigned)m->include[k].dst_port);
	}
}

static void
say_given(struct sa *sa, const struct ike_modecfg *m)
{
	struct addr mask = addr_v4(ip4_mask(m->mask_len));
	struct ike *i = sa->ike;
	size_t k;

	say(i, sa, SAY_CFG_SENT);
	if ((m->has & IKE_CFG_ADDRESS) != 0) {
		say(i, sa, SAY_CFG_ALLOC, &m->address);
		say(i, sa, SAY_CFG_ADDR, &m->address);
	}
	if ((m->has & IKE_CFG_NETMASK) != 0)
		say(i, sa, SAY_CFG_MASK, &mask);
	for (k = 0; (m->has & IKE_CFG_DNS) != 0 && k < m->ndns && k < IKE_CFG_DNS_MAX; k++)
		say(i, sa, SAY_CFG_DNS, &m->dns[k]);
	for (k = 0; (m->has & IKE_CFG_WINS) != 0 && k < m->nwins && k < IKE_CFG_DNS_MAX; k++)
		say(i, sa, SAY_CFG_NBNS, &m->wins[k]);
	if ((m->has & IKE_CFG_EXPIRY) != 0)
		say(i, sa, SAY_CFG_EXPIRY, m->expiry_s);
	if ((m->has & IKE_CFG_SAVE_PASSWORD) != 0)
		say(i, sa, SAY_CFG_SAVE, (unsigned)m->save_password);
	if ((m->has & IKE_CFG_DOMAIN) != 0)
		say(i, sa, SAY_CFG_DOMAIN, m->domain);
	say_nets(sa, m);
	if ((m->has & IKE_CFG_VERSION) != 0)
		say(i, sa, SAY_CFG_VERSION, m->version);
}

static void
configured(struct sa *sa, const struct ike_modecfg *m)
{
	sa->configured = true;
	timer_stop(&sa->wait);
	ike_note(sa->ike, IKEC_CFG_GIVEN);
	if ((m->has & IKE_CFG_ADDRESS) != 0)
		sa->assigned = m->address;
}

/* C: REQUEST --> */
enum act
modecfg_ask(struct sa *sa, struct node *node, struct msg *m)
{
	struct ike_modecfg want = { .has = ASKED_BY_ITSELF };
	struct ike *i = sa->ike;
	struct ike_sa_info info;
	struct node *n;
	struct out o;
	size_t hash_at;

	(void)node;
	(void)m;
	p1_up(sa);
	if (sa->deleted)
		return ACT_GONE;
	sa->shown = "CONF_ADDR";
	say(i, sa, SAY_NEED_CFG);
	if (i->ops->modecfg_want != NULL) {
		want.has = 0;
		sa_info(sa, &info);
		i->ops->modecfg_want(i->arg, &info, &want);
		wipe(&info, sizeof(info));
	}
	n = cfg_begin(sa);
	if ((want.has & IKE_CFG_VERSION) != 0)
		say(i, sa, SAY_CFG_VERSION, want.version);
	cfg_open(sa, n, &o, CFG_REQUEST, (uint16_t)n->msgid, &hash_at);
	out_cfg_asks(&o, &want);
	cfg_send(sa, n, &o, hash_at, true);
	return ACT_DONE;
}

/* C: the server will say it of itself. */
enum act
modecfg_await(struct sa *sa, struct node *node, struct msg *m)
{
	(void)node;
	(void)m;
	p1_up(sa);
	if (sa->deleted)
		return ACT_GONE;
	say(sa->ike, sa, SAY_NEED_CFG);
	cfg_wait(sa);
	return ACT_DONE;
}

/* S: SET --> */
enum act
modecfg_push(struct sa *sa, struct node *node, struct msg *m)
{
	struct ike_modecfg none = { .has = 0 }, given;
	struct node *n;
	struct out o;
	size_t hash_at;

	(void)node;
	(void)m;
	p1_up(sa);
	if (sa->deleted)
		return ACT_GONE;
	sa->shown = "CONF_ADDR";
	if (!give(sa, &none, &given))
		return sa->deleted ? ACT_GONE : cannot_give(sa);
	if ((given.has & IKE_CFG_ADDRESS) != 0)
		sa->assigned = given.address;
	n = cfg_begin(sa);
	say_given(sa, &given);
	cfg_open(sa, n, &o, CFG_SET, (uint16_t)n->msgid, &hash_at);
	out_cfg_values(&o, &given);
	cfg_send(sa, n, &o, hash_at, true);
	return ACT_DONE;
}

static bool
may_take(struct sa *sa, const struct msg *m)
{
	if (m->cfg->type == CFG_REPLY)
		return true;
	return sa->cfg.cfg_role == IKE_CFG_TAKE && !xauth_needed(sa);
}

/* C: <-- REPLY, or SET and the ACK */
enum act
modecfg_got(struct sa *sa, struct node *node, struct msg *m)
{
	struct ike *i = sa->ike;
	struct ike_sa_info info;
	struct ike_modecfg got;
	enum ike_counter e;
	struct out o;
	size_t hash_at;

	(void)node;
	if (!may_take(sa, m)) {
		ike_note(i, IKEC_STATE);
		return ACT_REFUSED;
	}
	if ((e = modecfg_parse(m->cfg, true, &got)) != IKEC_OK)
		return v1_refuse(sa, e);
	say(i, sa, SAY_CFG_REPLY);
	if (m->cfg->type == CFG_SET) {
		sa->shown = "CONF_ADDR";
		cfg_open(sa, sa->tx, &o, CFG_ACK, m->cfg->id, &hash_at);
		out_cfg_empty(&o, m->cfg);
		cfg_send(sa, sa->tx, &o, hash_at, false);
	}
	node_done(sa->tx, false, "Transaction mode done");
	configured(sa, &got);
	if (i->ops->modecfg_got != NULL) {
		sa_info(sa, &info);
		i->ops->modecfg_got(i->arg, &info, &got);
		wipe(&info, sizeof(info));
	}
	return sa->deleted ? ACT_GONE : ACT_DONE;
}

/* S: <-- ACK */
enum act
modecfg_acked(struct sa *sa, struct node *node, struct msg *m)
{
	static const struct ike_modecfg none;

	(void)node;
	(void)m;
	node_done(sa->tx, false, "Transaction mode done");
	configured(sa, &none);
	return ACT_DONE;
}

/* S: <-- REQUEST */
enum act
modecfg_asked(struct sa *sa, struct node *node, struct msg *m)
{
	struct ike *i = sa->ike;
	struct ike_modecfg asked;
	enum ike_counter e;
	const char *name;
	size_t k;

	(void)node;
	if ((sa->cfg.cfg_role != IKE_CFG_GIVE && sa->cfg.cfg_role != IKE_CFG_PUSH) || xauth_needed(sa)) {
		ike_note(i, IKEC_STATE);
		return ACT_REFUSED;
	}
	if ((e = modecfg_parse(m->cfg, false, &asked)) != IKEC_OK)
		return v1_refuse(sa, e);
	say(i, sa, SAY_CFG_CHECK, "request");
	for (k = 0; k < m->cfg->n; k++) {
		if ((name = cfg_attr_name(m->cfg->a[k].type)) != NULL)
			say(i, sa, SAY_CFG_ATTR, name);
		else
			say(i, sa, SAY_CFG_UNKNOWN, (unsigned)m->cfg->a[k].type);
	}
	free(sa->asked);
	sa->asked = xmemdup(&asked, sizeof(asked));
	sa->tx_id = m->cfg->id;
	return ACT_DONE;
}

/* S: REPLY --> */
enum act
modecfg_answer(struct sa *sa, struct node *node, struct msg *m)
{
	struct ike_modecfg given;
	struct out o;
	size_t hash_at;

	(void)node;
	(void)m;
	if (!give(sa, sa->asked, &given))
		return sa->deleted ? ACT_GONE : cannot_give(sa);
	given.has &= sa->asked->has;
	free(sa->asked);
	sa->asked = NULL;
	sa->shown = "CONF_ADDR";
	say_given(sa, &given);
	cfg_open(sa, sa->tx, &o, CFG_REPLY, sa->tx_id, &hash_at);
	out_cfg_values(&o, &given);
	cfg_send(sa, sa->tx, &o, hash_at, false);
	node_done(sa->tx, false, "No Error");
	configured(sa, &given);
	return ACT_DONE;
}
