/*
 * The state table of IKEv1 (RFC 2409 5.4, 5.5) and of what comes between its phases (XAUTH, mode configuration).  One row an event in a state.  Where debug shows two steps for one message
 * (received, then processed) there are two rows, joined by `then`.
 *
 * Both ends may begin at once.  Main Mode: of the two, that with the lower initiator cookie goes on; its initiator doesn't
 * answer the other's first message, and the other's initiator, which does answer, drops its own attempt once the first
 * is authenticated, its requests moving over.  Nothing is given up for a message that anyone could have forged.
 * Quick Mode: of two for the same proxy identities, that with the lower message id goes on.
 */

#include "ike/v1/v1.h"

static const struct rule rules[] = {
	/* state, event, when, action, next, shown, retry, then, story */
	{ IKE_READY, EV_SA_REQ_MM, FIRST, mm_send1, IKE_I_MM1, "MM_NO_STATE", RESEND, EV__NONE,
	    "IPsec wants SAs and there is no IKE SA: offer our policies." },
	{ IKE_READY, EV_SA_REQ_RECOVERY, AFTER, mm_send1, IKE_I_MM1, "MM_NO_STATE", RESEND, EV__NONE,
	    "ESP came for which there is no SA: an IKE SA to say so on." },
	{ IKE_READY, EV_MM_EXCH, FIRST, mm_recv1, IKE_R_MM1, "MM_NO_STATE", KEEP, EV_MAIN_MODE,
	    "Someone offers policies: choose one." },
	{ IKE_R_MM1, EV_MAIN_MODE, FIRST, NULL, IKE_R_MM1, "MM_SA_SETUP", KEEP, EV_COMPLETE,
	    "A policy is chosen." },
	{ IKE_R_MM1, EV_COMPLETE, AFTER, mm_send2, IKE_R_MM2, NULL, ANSWER, EV__NONE,
	    "Say which; not sent again by itself, as the sender may be forged." },
	{ IKE_I_MM1, EV_MM_EXCH, FIRST, mm_recv2, IKE_I_MM2, NULL, KEEP, EV_MAIN_MODE,
	    "The peer has chosen: hold its choice against our offer." },
	{ IKE_I_MM2, EV_ERROR, FIRST, NULL, IKE_I_MM1, NULL, KEEP, EV__NONE,
	    "That was no good answer: still waiting." },
	{ IKE_I_MM2, EV_MAIN_MODE, FIRST, NULL, IKE_I_MM2, "MM_SA_SETUP", KEEP, EV_COMPLETE,
	    "The policy is agreed." },
	{ IKE_I_MM2, EV_COMPLETE, AFTER, mm_send3, IKE_I_MM3, NULL, RESEND, EV__NONE,
	    "Send our public value and nonce." },
	{ IKE_R_MM2, EV_MM_EXCH, FIRST, mm_recv3, IKE_R_MM3, NULL, KEEP, EV_MAIN_MODE,
	    "The peer's public value: now the keys can be made." },
	{ IKE_R_MM3, EV_ERROR, FIRST, NULL, IKE_R_MM2, NULL, KEEP, EV__NONE,
	    "That was no good public value: still waiting." },
	{ IKE_R_MM3, EV_MAIN_MODE, FIRST, NULL, IKE_R_MM3, "MM_KEY_EXCH", KEEP, EV_COMPLETE,
	    "Keys are made." },
	{ IKE_R_MM3, EV_COMPLETE, AFTER, mm_send4, IKE_R_MM4, NULL, RESEND, EV__NONE,
	    "Send ours." },
	{ IKE_I_MM3, EV_MM_EXCH, FIRST, mm_recv4, IKE_I_MM4, NULL, KEEP, EV_MAIN_MODE,
	    "The peer's public value: make the keys." },
	{ IKE_I_MM4, EV_ERROR, FIRST, NULL, IKE_I_MM3, NULL, KEEP, EV__NONE,
	    "That was no good public value: still waiting." },
	{ IKE_I_MM4, EV_MAIN_MODE, FIRST, NULL, IKE_I_MM4, "MM_KEY_EXCH", KEEP, EV_COMPLETE,
	    "Keys are made." },
	{ IKE_I_MM4, EV_COMPLETE, AFTER, mm_send5, IKE_I_MM5, NULL, RESEND, EV__NONE,
	    "Say who we are and prove it; encrypted from here on." },
	{ IKE_R_MM4, EV_MM_EXCH, FIRST, mm_recv5, IKE_R_MM5, NULL, KEEP, EV_MAIN_MODE,
	    "The peer says who it is: check it." },
	{ IKE_R_MM5, EV_ERROR, FIRST, NULL, IKE_R_MM4, NULL, KEEP, EV__NONE,
	    "Not proven (a wrong key looks so): still waiting." },
	{ IKE_R_MM5, EV_MAIN_MODE, FIRST, NULL, IKE_R_MM5, NULL, KEEP, EV_COMPLETE,
	    "The peer is authenticated." },
	{ IKE_R_MM5, EV_COMPLETE, AFTER, mm_send6, IKE_P1_COMPLETE, "QM_IDLE", ANSWER, EV_PHASE1_COMPLETE,
	    "Prove ourselves; phase 1 is complete." },
	{ IKE_I_MM5, EV_MM_EXCH, AFTER, mm_recv6, IKE_I_MM6, NULL, QUIET, EV_MAIN_MODE,
	    "The peer says who it is: check it." },
	{ IKE_I_MM6, EV_MAIN_MODE, FIRST, NULL, IKE_I_MM6, "MM_KEY_AUTH", KEEP, EV_COMPLETE,
	    "The peer is authenticated." },
	{ IKE_I_MM6, EV_COMPLETE, FIRST, NULL, IKE_P1_COMPLETE, "QM_IDLE", KEEP, EV_PHASE1_COMPLETE,
	    "Phase 1 is complete." },
	{ IKE_READY, EV_SA_REQ_AM, FIRST, am_send1, IKE_I_AM1, "AG_INIT_EXCH", RESEND, EV__NONE,
	    "The same in aggressive mode: offer, public value, nonce and name at once." },
	{ IKE_READY, EV_AM_EXCH, AFTER, am_recv1, IKE_R_AM_AAA_AWAIT, NULL, KEEP, EV_PSK_REPLY,
	    "Someone begins aggressive mode and says a name: the key for that name." },
	{ IKE_R_AM_AAA_AWAIT, EV_PSK_REPLY, AFTER, am_send2, IKE_R_AM2, NULL, RESEND, EV__NONE,
	    "Answer with our proof; sent again by itself, as the third message may be lost." },
	{ IKE_I_AM1, EV_AM_EXCH, AFTER, am_recv2, IKE_P1_COMPLETE, "QM_IDLE", QUIET, EV_PHASE1_COMPLETE,
	    "The peer has proven itself: so do we, encrypted; phase 1 is complete." },
	{ IKE_R_AM2, EV_AM_EXCH, AFTER, am_recv3, IKE_P1_COMPLETE, "QM_IDLE", QUIET, EV_PHASE1_COMPLETE,
	    "The peer has proven itself; phase 1 is complete." },
	/* EV_PHASE1_COMPLETE becomes one of those below it while something is outstanding (cfg_step()). */
	{ IKE_P1_COMPLETE, EV_PHASE1_COMPLETE, AFTER, p1_ready, IKE_P1_COMPLETE, NULL, KEEP, EV__NONE,
	    "Begin what has waited: Quick Modes, DELETEs, dead peer detection." },
	{ IKE_P1_COMPLETE, EV_NEED_XAUTH, AFTER, xauth_begin, IKE_XAUTH_REQ_SENT, NULL, KEEP, EV__NONE,
	    "Server: ask for name and password." },
	{ IKE_P1_COMPLETE, EV_AWAIT_XAUTH, AFTER, xauth_await, IKE_P1_COMPLETE, NULL, KEEP, EV__NONE,
	    "Client: the server will ask." },
	{ IKE_P1_COMPLETE, EV_NEED_CFG, AFTER, modecfg_ask, IKE_CFG_REQ_SENT, NULL, KEEP, EV__NONE,
	    "Client: ask for an address and what goes with it." },
	{ IKE_P1_COMPLETE, EV_AWAIT_CFG, AFTER, modecfg_await, IKE_P1_COMPLETE, NULL, KEEP, EV__NONE,
	    "Client: the server will say it of itself." },
	{ IKE_P1_COMPLETE, EV_PUSH_CFG, AFTER, modecfg_push, IKE_CFG_SET_SENT, NULL, KEEP, EV__NONE,
	    "Server: tell the client its address." },
	{ IKE_XAUTH_REQ_SENT, EV_XAUTH_REPLY, AFTER, xauth_replied, IKE_XAUTH_AAA_AWAIT, NULL, KEEP, EV__NONE,
	    "Name and password are here: may that user in?" },
	{ IKE_XAUTH_AAA_AWAIT, EV_LOGIN, AFTER, xauth_tell, IKE_XAUTH_SET_SENT, NULL, KEEP, EV__NONE,
	    "Tell the client yes, or no for good." },
	{ IKE_XAUTH_AAA_AWAIT, EV_LOGIN_AGAIN, AFTER, xauth_begin, IKE_XAUTH_REQ_SENT, NULL, KEEP, EV__NONE,
	    "No, but it may try again." },
	{ IKE_XAUTH_SET_SENT, EV_XAUTH_ACK, AFTER, xauth_acked, IKE_P1_COMPLETE, "QM_IDLE", KEEP, EV_PHASE1_COMPLETE,
	    "The client knows." },
	{ IKE_P1_COMPLETE, EV_XAUTH_REQUEST, AFTER, xauth_asked, IKE_XAUTH_REPLY_AWAIT, NULL, KEEP, EV__NONE,
	    "The server asks: so is the user asked." },
	{ IKE_XAUTH_REPLY_SENT, EV_XAUTH_REQUEST, AFTER, xauth_asked, IKE_XAUTH_REPLY_AWAIT, NULL, KEEP, EV__NONE,
	    "It asks once more: that was wrong." },
	{ IKE_XAUTH_REPLY_AWAIT, EV_XAUTH_ATTR, AFTER, xauth_answer, IKE_XAUTH_REPLY_SENT, NULL, KEEP, EV__NONE,
	    "The user has answered." },
	{ IKE_P1_COMPLETE, EV_XAUTH_SET, AFTER, xauth_told, IKE_P1_COMPLETE, "QM_IDLE", KEEP, EV_PHASE1_COMPLETE,
	    "The server says how it ended, without asking." },
	{ IKE_XAUTH_REPLY_AWAIT, EV_XAUTH_SET, AFTER, xauth_told, IKE_P1_COMPLETE, "QM_IDLE", KEEP, EV_PHASE1_COMPLETE,
	    "The server says how it ended, before the user has answered." },
	{ IKE_XAUTH_REPLY_SENT, EV_XAUTH_SET, AFTER, xauth_told, IKE_P1_COMPLETE, "QM_IDLE", KEEP, EV_PHASE1_COMPLETE,
	    "The server says how it ended." },
	{ IKE_CFG_REQ_SENT, EV_CFG_REPLY, AFTER, modecfg_got, IKE_P1_COMPLETE, "QM_IDLE", KEEP, EV_PHASE1_COMPLETE,
	    "The client has its configuration." },
	{ IKE_P1_COMPLETE, EV_CFG_SET, AFTER, modecfg_got, IKE_P1_COMPLETE, "QM_IDLE", KEEP, EV_PHASE1_COMPLETE,
	    "The client has its configuration, pushed." },
	{ IKE_CFG_SET_SENT, EV_CFG_ACK, AFTER, modecfg_acked, IKE_P1_COMPLETE, "QM_IDLE", KEEP, EV_PHASE1_COMPLETE,
	    "The client has taken what was pushed." },
	{ IKE_P1_COMPLETE, EV_CFG_REQUEST, AFTER, modecfg_asked, IKE_CFG_AAA_AWAIT, NULL, KEEP, EV_GROUP_ATTR,
	    "A client asks: what is its group given?" },
	{ IKE_CFG_SET_SENT, EV_CFG_REQUEST, AFTER, modecfg_asked, IKE_CFG_AAA_AWAIT, NULL, KEEP, EV_GROUP_ATTR,
	    "It asks where we have pushed: the answer takes the place of that." },
	{ IKE_CFG_AAA_AWAIT, EV_GROUP_ATTR, AFTER, modecfg_answer, IKE_P1_COMPLETE, "QM_IDLE", KEEP, EV_PHASE1_COMPLETE,
	    "Give it." },
	{ IKE_I_MM1, EV_INFO_NOTIFY, FIRST, NULL, IKE_I_MM1, NULL, KEEP, EV__NONE,
	    "A notify that nobody vouches for: told, not followed." },
#define LIVES(state) \
	{ state, EV_INFO_NOTIFY, FIRST, NULL, state, NULL, KEEP, EV__NONE, "A notify was read." }, \
	{ state, EV_INFO_DELETE, FIRST, NULL, state, NULL, KEEP, EV__NONE, "A DELETE was read." }, \
	{ state, EV_IM_ALIVE, FIRST, NULL, state, NULL, KEEP, EV__NONE, "R-U-THERE was sent." }, \
	{ state, EV_PEERS_ALIVE, FIRST, NULL, state, NULL, KEEP, EV__NONE, "An R-U-THERE was not answered." }
	LIVES(IKE_P1_COMPLETE), LIVES(IKE_XAUTH_REQ_SENT), LIVES(IKE_XAUTH_AAA_AWAIT), LIVES(IKE_XAUTH_SET_SENT),
	LIVES(IKE_XAUTH_REPLY_AWAIT), LIVES(IKE_XAUTH_REPLY_SENT), LIVES(IKE_CFG_REQ_SENT), LIVES(IKE_CFG_SET_SENT),
#undef LIVES
#define ENDS(state) \
	{ state, EV_PHASE1_DEL, FIRST, NULL, IKE_DEST_SA, "MM_NO_STATE", QUIET, EV__NONE, "The SA ends." }
	ENDS(IKE_READY), ENDS(IKE_I_MM1), ENDS(IKE_I_MM2), ENDS(IKE_I_MM3), ENDS(IKE_I_MM4), ENDS(IKE_I_MM5), ENDS(IKE_I_MM6),
	ENDS(IKE_R_MM1), ENDS(IKE_R_MM2), ENDS(IKE_R_MM3), ENDS(IKE_R_MM4), ENDS(IKE_R_MM5), ENDS(IKE_P1_COMPLETE),
	ENDS(IKE_XAUTH_REQ_SENT), ENDS(IKE_XAUTH_AAA_AWAIT), ENDS(IKE_XAUTH_SET_SENT), ENDS(IKE_XAUTH_REPLY_AWAIT),
	ENDS(IKE_XAUTH_REPLY_SENT), ENDS(IKE_CFG_REQ_SENT), ENDS(IKE_CFG_SET_SENT), ENDS(IKE_CFG_AAA_AWAIT),
#undef ENDS
#define ENDS(state) \
	{ state, EV_PHASE1_DEL, FIRST, NULL, IKE_DEST_SA, "AG_NO_STATE", QUIET, EV__NONE, "The SA ends." }
	ENDS(IKE_I_AM1), ENDS(IKE_R_AM_AAA_AWAIT), ENDS(IKE_R_AM2),
#undef ENDS
	{ IKE_QM_READY, EV_INIT_QM, AFTER, qm_send1, IKE_QM_I_QM1, NULL, RESEND, EV__NONE,
	    "IPsec wants SAs: offer transforms." },
	{ IKE_QM_I_QM1, EV_QM_EXCH, AFTER, qm_recv2, IKE_QM_IPSEC_INSTALL_AWAIT, NULL, QUIET, EV_INSTALL_DONE,
	    "The peer has chosen: make the keys." },
	{ IKE_QM_IPSEC_INSTALL_AWAIT, EV_INSTALL_DONE, AFTER, qm_install_i, IKE_QM_PHASE2_COMPLETE, NULL, ANSWER, EV__NONE,
	    "Both SAs are in; say so to the peer." },
	/* EV_INSTALL_DONE becomes this one where the peer has set the Commit bit. */
	{ IKE_QM_IPSEC_INSTALL_AWAIT, EV_INSTALL_COMMIT, AFTER, qm_install_i, IKE_QM_COMMIT_AWAIT, NULL, RESEND, EV__NONE,
	    "Both SAs are in; the peer will say when the outbound one may be used." },
	{ IKE_QM_COMMIT_AWAIT, EV_CONNECTED, AFTER, qm_connected, IKE_QM_PHASE2_COMPLETE, NULL, QUIET, EV__NONE,
	    "It says so in a notify." },
	{ IKE_QM_COMMIT_AWAIT, EV_QM_EXCH, AFTER, qm_recv4, IKE_QM_PHASE2_COMPLETE, NULL, QUIET, EV__NONE,
	    "It says so in a fourth message." },
	{ IKE_QM_READY, EV_QM_EXCH, AFTER, qm_recv1, IKE_QM_SPI_STARVE, NULL, KEEP, EV_GOT_SPI,
	    "The peer offers transforms: choose one." },
	{ IKE_QM_READY, EV_QM_REFUSED, FIRST, NULL, IKE_QM_READY, NULL, QUIET, EV__NONE,
	    "None of them will do; said so." },
	{ IKE_QM_SPI_STARVE, EV_GOT_SPI, FIRST, NULL, IKE_QM_R_AWAIT, NULL, KEEP, EV_INSTALL_DONE,
	    "An SPI is there for our inbound SA." },
	{ IKE_QM_R_AWAIT, EV_INSTALL_DONE, AFTER, qm_install_r, IKE_QM_R_QM2, NULL, RESEND, EV__NONE,
	    "Both SAs are in, the outbound one not in use yet; answer." },
	{ IKE_QM_R_QM2, EV_QM_EXCH, AFTER, qm_recv3, IKE_QM_PHASE2_COMPLETE, NULL, QUIET, EV__NONE,
	    "The peer has them too: use the outbound one." },
};

static const struct { const char *cls, *name; } events[] = {
#define EVENT(id, cls, name)	{ cls, name },
#include "ike/v1/events.def"
#undef EVENT
};

const struct rule *
rule_find(enum ike_state s, enum ike_event e)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].state == s && rules[i].event == e)
			return &rules[i];
	return NULL;
}

const char *
state_name(enum ike_state s)
{
	static const char *const names[] = {
#define STATE(id, name)	name,
#include "ike/v1/states.def"
#undef STATE
	};

	return names[s];
}

const char *
event_class(enum ike_event e)
{
	return events[e].cls;
}

const char *
event_name(enum ike_event e)
{
	return events[e].name;
}
