#ifndef INSPIRE_ENGINE_MGRE_H
#define INSPIRE_ENGINE_MGRE_H

/*
 * Multipoint GRE tunnels (`tunnel mode gre multipoint`), as who resolves their next hops sees them (RFC 2332).
 * An endpoint is a far end of such a tunnel by its NBMA address.  It is there while it is held; with `tunnel
 * protection` it has a crypto socket and a flow of SAs.  Holds outlive changes of the tunnel's configuration
 * (the flow is made anew underneath), also a time without the tunnel.  A mapping says by which NBMA address
 * a next hop on the tunnel is reached; it needs no hold, but without SAs nothing goes to a protected endpoint.
 *
 * All addresses are in host order.  Names of interfaces are canonical ("Tunnel0").  Nothing here calls a
 * function of struct mgre_ops before it returns, except mgre_send() on its way through the datapath (packets
 * between two tunnels of one router); upcalls come after the batch of packets that caused them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct router;

#define GRE_PROTO_NHRP	0x2001u

/* What the resolver gives; members may be NULL. */
struct mgre_ops {
	/* A GRE packet of protocol NHRP came by a tunnel, also a point-to-point one; sound as GRE and, where the tunnel
	 * is protected, out of ESP.  p lent for the call. */
	void	(*packet)(struct router *r, const char *ifname, uint32_t nbma_src, const uint8_t *p, size_t n);
	/* A packet src -> dst wanted out to a next hop without mapping; at most one call a next hop and batch. */
	void	(*miss)(struct router *r, const char *ifname, uint32_t next_hop, uint32_t src, uint32_t dst);
	/* A packet (at ip, n bytes, lent) came from nbma_src by the tunnel in_if and leaves by the multipoint tunnel out_if, often
	 * the same, towards next_hop: one sample of a flow and batch. */
	void	(*turned)(struct router *r, const char *in_if, uint32_t nbma_src, const char *out_if, uint32_t next_hop, const uint8_t *ip, size_t n);
	/* The endpoint can be sent to from now on, or no longer. Not called for what mgre_hold() finds ready. */
	void	(*endpoint)(struct router *r, const char *ifname, uint32_t nbma, bool up);
	/* The tunnel itself: it has a source with its line protocol (up), lost it, or has another (up again). */
	void	(*tunnel)(struct router *r, const char *ifname, bool up);
};
void		 mgre_listen(struct router *r, const struct mgre_ops *ops);	/* lent; for all tunnels */

/* One more reason for the endpoint to be there.  named: the configuration names it (a static mapping, an NHS), so
 * Invalid SPI recovery may start IKE to it; it is named while any such hold is. */
void		 mgre_hold(struct router *r, const char *ifname, uint32_t nbma, bool named);
void		 mgre_drop(struct router *r, const char *ifname, uint32_t nbma, bool named);	/* of one hold, named as it was */
/* Can it be sent to now: the tunnel is up, and where it is protected the endpoint is held and has SAs? */
bool		 mgre_ready(const struct router *r, const char *ifname, uint32_t nbma);

/* Maps next_hop to nbma; 0 takes the mapping away. */
void		 mgre_map(struct router *r, const char *ifname, uint32_t next_hop, uint32_t nbma);
/* Where packets to a next hop without mapping go meanwhile; 0 (as made) = they are dropped.  The miss is told anyway. */
void		 mgre_fallback(struct router *r, const char *ifname, uint32_t nbma);
/* Where multicast and broadcast go, a copy each; the list is copied and replaces the one before. */
void		 mgre_multicast(struct router *r, const char *ifname, const uint32_t *nbma, size_t n);
/* Sends p by the tunnel as the payload of protocol; on a point-to-point tunnel nbma 0 is its destination.  False if it
 * did not leave (no tunnel, no way, no SA: counted). */
bool		 mgre_send(struct router *r, const char *ifname, uint32_t nbma, uint16_t protocol, const void *p, size_t n);

/* The tunnel's own NBMA address; 0 if it has none now or is no GRE tunnel.  *key: `tunnel key`, if not NULL. */
uint32_t	 mgre_source(const struct router *r, const char *ifname, uint32_t *key);
/* A GRE tunnel's far end; 0 on a multipoint tunnel. */
uint32_t	 mgre_destination(const struct router *r, const char *ifname);

struct mgre_info {
	const char	*ifname;		/* lent */
	uint32_t	 nbma;
	unsigned	 holds, named;		/* named: of these */
	bool		 is_protected, ready;
	int64_t		 since_ns;		/* of ready, or of not ready */
	uint64_t	 sent, received;	/* GRE packets with it while it was held */
};
/* Endpoints in the order of interfaces, then of addresses.  ifname NULL = all. */
void		 mgre_state_each(const struct router *r, const char *ifname, void (*fn)(void *arg, const struct mgre_info *i), void *arg);

#endif
