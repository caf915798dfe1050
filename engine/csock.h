#ifndef INSPIRE_ENGINE_CSOCK_H
#define INSPIRE_ENGINE_CSOCK_H

/*
 * Crypto sockets: what stands between a tunnel that is to be protected and the flow that protects it.  A socket has
 * one flow; users are a VTI, a point-to-point GRE tunnel, or a far end of a multipoint one.  With a shared profile
 * tunnels of the same two addresses are users of one socket.  The socket asks for SAs while a user is able to
 * use them and wants them: when it first is, then at the rounds of a timer that runs freely from that start
 * (router->tunnel_retry_ns, else TUNNEL_RETRY), and at once when the peer took its SAs away.
 */

#include "engine/flow.h"

struct csock;
struct csock_user;

struct csock_calls {
	/* Packets leave by this SA of the datapath from now on; SA_NONE: by none. */
	void	(*use)(struct csock_user *u, uint32_t sa);
	/* The plaintext MTU of the SA in use. */
	void	(*mtu)(struct csock_user *u, unsigned plaintext_mtu);
	/* SAs have come or gone. */
	void	(*changed)(struct csock_user *u);
};

/* Embedded by the user, zeroed before csock_join(). */
struct csock_user {
	TAILQ_ENTRY(csock_user)	 next;
	struct csock		*sock;		/* NULL = none */
	const struct csock_calls *calls;
	char			 ifname[CFG_IF_NAME];	/* set by csock_join() */
	bool			 able, wants, named;
};

struct csock_init {
	const char	*ifname, *profile;	/* copied */
	struct addr	 local, remote;
	uint8_t		 inner;			/* ADDR_*: what goes through, all of which the proxies are for */
	bool		 gre;			/* proxies are the two addresses with GRE, else all */
	bool		 shared;
	uint32_t	 guard;			/* of the SAs (sa_params.guard) */
	unsigned	 tunnel_if;		/* see struct flow */
};

struct csocks	*csocks_new(struct router *r);
void		 csocks_free(struct csocks *s);		/* flows have been freed with the key engine */
/* Of a socket that is there already use() is told its SA.  u->wants and u->named are read. */
void		 csock_join(struct router *r, struct csock_user *u, const struct csock_init *init);
void		 csock_leave(struct csock_user *u);	/* the last user takes the flow along, and the peer is told; nothing if it has no socket */
void		 csock_able(struct csock_user *u, bool able);
void		 csock_wants(struct csock_user *u, bool wants);	/* SAs of its own accord, not only those that the peer asks for */
void		 csock_named(struct csock_user *u, bool named);
bool		 csock_up(const struct csock_user *u);		/* it has SAs */
struct flow	*csock_flow(const struct csock_user *u);
void		 csocks_apply(struct router *r);		/* the period may be another */
void		 csocks_listen(struct router *r, bool on);	/* a multipoint tunnel begins or ends to listen for peers: counted */
struct ike_id	 csock_gre_id(const struct addr *a);

#endif
