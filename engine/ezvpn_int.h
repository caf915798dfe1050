#ifndef INSPIRE_ENGINE_EZVPN_INT_H
#define INSPIRE_ENGINE_EZVPN_INT_H

/* What the two files of an EzVPN client know of each other. */

#include "engine/ezvpn.h"
#include "engine/flow.h"

#define EZ_FLOWS_MAX	256u		/* local networks times those of the split list */
#define EZ_LOOPBACK	10000u		/* number of the first connection's interface */

struct ezvpn {
	TAILQ_ENTRY(ezvpn)	 next;
	struct router		*r;
	char			 name[EZ_NAME_MAX], group[EZ_NAME_MAX];
	char			*shape;			/* of the configuration that it was made of: another one makes another */
	char			 outside[CFG_IF_NAME];
	enum ez_state		 state;
	enum ez_event		 event;			/* the last */
	bool			 any_event;
	size_t			 at;			/* which peer, configured ones first */
	struct ike_path		 path;			/* to that of the moment */
	uint64_t		 handle;		/* IKE SA, 0 = none */
	struct ike_modecfg	*got;
	struct cfg_list		 backups;
	char			 user[IKE_XAUTH_USER_MAX];	/* that the server let in, "" = nobody */
	bool			 ask_person;		/* the server doesn't let us use a kept password */
	bool			 wanted;		/* a person, or traffic, has asked for it */
	bool			 rested;		/* ended as nothing passed: traffic begins it anew */
	bool			 regiven;		/* at a renewal of the IKE SA the server gave other networks than before */
	bool			 announced;		/* told to be up */
	bool			 begun;			/* IKE has been asked */
	struct timer		 tick;			/* does what must not be done within a call of IKE or a flow */
	enum { EZ_DO_LOOK, EZ_DO_OPEN, EZ_DO_RESET, EZ_DO_NEXT } todo;
	/* What is set up while connected. */
	struct flow		**flows;
	uint32_t		*policies;		/* of the flows */
	size_t			 nflows;
	uint32_t		 trigger;		/* policy whose traffic begins it */
	bool			 net_up;
};

struct ezvpns {
	struct router		*r;
	TAILQ_HEAD(, ezvpn)	 list;
};

const struct cfg_ezvpn *ezvpn_cfg(const struct ezvpn *e);

/* ezvpn.c: the flows' news. */
void	 ezvpn_flow_changed(struct ezvpn *e);
void	 ezvpn_flow_lost(struct ezvpn *e, enum flow_end why);

/* ezvpn_net.c */
void	 ezvpn_net_open(struct ezvpn *e);	/* address, translation, policy, flows; asks for SAs; what was open goes */
void	 ezvpn_net_ask(struct ezvpn *e);	/* for SAs of all flows */
void	 ezvpn_net_no_sa(struct ezvpn *e, uint32_t policy);	/* a packet found none: asks again, if it is one of its flows' */
void	 ezvpn_net_close(struct ezvpn *e);
void	 ezvpn_trap_set(struct ezvpn *e, bool on);	/* watches for traffic that asks for the connection */
bool	 ezvpn_net_live(const struct ezvpn *e);	/* has any flow SAs in use? */
bool	 ezvpn_net_busy(const struct ezvpn *e);	/* is any flow being negotiated? */

#endif
