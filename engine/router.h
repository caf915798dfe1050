#ifndef INSPIRE_ENGINE_ROUTER_H
#define INSPIRE_ENGINE_ROUTER_H

/*
 * A router as a value: configuration, datapath, key exchange and what links them.  The fields are
 * for the engine's own files; the shell uses the functions and the *_info structs.
 */

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "datapath/datapath.h"
#include "datapath/datapath6.h"
#include "engine/config.h"
#include "engine/ipsec_totals.h"
#include "engine/nhrp.h"
#include "ike/ike.h"

struct clock;
struct chance;
struct router;
struct acl_logs;
struct key_engine;
struct inv_spi;
struct epcs;
struct epc_points;
struct refusals;
struct rib;
struct isakmp;
struct tunnels;
struct csocks;
struct gre_tunnels;
struct mgre;
struct cryptomaps;
struct ezserver;
struct ezvpns;
struct ifnet;
struct logger;
struct qfp;
struct syslog;
struct text;
struct eem;
struct eem_cli_ops;
struct archive;
struct flash;
struct tclproc;
struct trace;
struct load;
struct tracking;
struct keypairs;
struct pki;
struct login;
struct port_info;
struct tty;
struct workers;

/* Key material for a capture's key files.  Either an IKE SA (icookie, enc_key) or an SA of the datapath (sa); all lent for the call. */
struct key_report {
	const uint8_t		*icookie;	/* 8 bytes; NULL: it is a datapath SA */
	const uint8_t		*enc_key;
	size_t			 enc_key_len;
	const struct sa_params	*sa;
};

/* Given by whoever makes routers (the lab, or `inspire router`). */
struct router_ops {
	/* A frame leaves by the named interface. */
	void	(*tx)(void *arg, struct router *r, const char *ifname, const uint8_t *frame, size_t len);
	/* May be NULL.  Several at once, in place of tx; lent for the call. */
	void	(*tx_batch)(void *arg, struct router *r, const char *ifname, const struct dp_frame *f, size_t n);
	/* Is a link plugged in there, and up? (line protocol) */
	bool	(*carrier)(void *arg, struct router *r, const char *ifname);
	/* Parses configuration text into r (the shell's grammar). Complaints go to log_syslog / stderr by the implementor. */
	void	(*load_config)(void *arg, struct router *r, const char *text);
	/* NVRAM: returns a copy of startup-config or NULL; store returns false with *why. */
	char	*(*nvram_load)(void *arg, struct router *r);
	bool	(*nvram_store)(void *arg, struct router *r, const char *text, const char **why);	/* text NULL erases */
	void	(*rebooted)(void *arg, struct router *r);	/* sessions end / greet anew */
	/* May be NULL: keys of an IKE SA or of an ESP/AH SA, as soon as they are there (captures write them out when asked). */
	void	(*keys)(void *arg, struct router *r, const struct key_report *k);
	/* May be NULL: an Ethernet interface was shut down or brought up by configuration: the far end's carrier follows. */
	void	(*admin)(void *arg, struct router *r, const char *ifname, bool up);
	/* May be NULL: the port that the interface is plugged into; false: none. */
	bool	(*port)(void *arg, struct router *r, const char *ifname, struct port_info *out);
};

struct router_env {
	const char		*name;		/* the node's, first hostname */
	struct clock		*clock;
	struct chance		*chance;	/* the router's own stream; router takes it */
	const struct router_ops	*ops;
	void			*arg;
	enum ike_dialect	 dialect;
	const char		*release;	/* NULL = the dialect's usual one; see release.h */
	enum ike_engine_kind	 engine;
	unsigned		 number;	/* of this router in its lab, for MAC addresses */
	const uint8_t		*mac;		/* 5 bytes, from which those are made instead; NULL = none */
	struct workers		*workers;	/* its datapath is one of several (datapath/worker.h); lent; NULL = it is alone */
};

struct debug_flags {
	bool	isakmp, ipsec, engine, ezvpn, eem_cli;
	bool	pki_messages, pki_transactions, pki_validation;
	struct nhrp_debug nhrp;
};
struct debug_condition {
	struct addr *peers; size_t npeers;
	uint32_t *spis; size_t nspis;
	uint32_t about;		/* the SPI that IKE is being asked about just now, 0 = none */
};

struct router {
	char			*name;
	struct clock		*clock;
	struct chance		*chance;
	const struct router_ops	*ops;
	void			*arg;
	enum ike_dialect	 dialect;
	char			*release;		/* NULL = the dialect's usual one */
	enum ike_engine_kind	 engine;
	unsigned		 number;
	bool			 mac_own;		/* mac is what addresses are made from, not number */
	uint8_t			 mac[5];
	bool			 powered;
	bool			 booting;		/* configuration is being read: it is applied whole, afterwards */
	bool			 leaving;		/* deaf and dumb to IKE: see router_leave() */
	unsigned		 boots;
	struct cfg_names	 ports;			/* interfaces that links name */
	int64_t			 boot_ns;
	int64_t			 clock_offset_ns;	/* `clock set`: shown time = clock_now + offset */
	bool			 clock_set_by_user;
	const char		*reload_reason;		/* "power-on", "reload" */

	struct workers		*workers;

	struct config		*cfg;
	struct dp		*dp;
	struct chance		*dp_chance, *ike_chance;	/* of this boot */
	struct ike		*ike;
	struct logger		*log;
	struct ifnet		*ifnet;
	struct rib		*rib;
	struct rib6		*rib6;
	struct isakmp		*isakmp;
	struct pki		*pki;
	struct tunnels		*tunnels;
	struct csocks		*csocks;
	struct gre_tunnels	*gre;
	struct mgre		*mgre;
	struct cryptomaps	*cryptomaps;
	struct ezserver		*ezserver;
	struct ezvpns		*ezvpns;
	struct key_engine	*ke;
	struct inv_spi		*inv_spi;
	struct pings		*pings;
	struct acl_logs		*acl_logs;
	struct eem		*eem;
	struct tracking		*tracking;
	struct trace		*trace;
	struct refusals		*refusals;	/* IKE messages */
	struct epcs		*epcs;		/* `monitor capture` */
	struct epc_points	*epc_points;
	struct load		*load;
	LIST_HEAD(, tclproc)	 tclprocs;	/* scripts that are interpreted */
	unsigned		 tcl_runs;	/* so far */
	LIST_HEAD(, tty)	 ttys;		/* terminal lines that are in use: the shell's */
	struct login		*login;
	struct flash		*flash;		/* outlives a reload */
	struct keypairs		*keypairs;	/* so do these */
	struct archive		*archive;
	struct snmp		 snmp;
	const struct eem_cli_ops *eem_cli;	/* the shell, as soon as it has had to do with this router */
	void			*eem_cli_arg;
	struct qfp		*qfp;
	struct syslog		*syslog;	/* messages that go to other hosts */
	struct nhrp		*nhrp;

	struct debug_flags	 debug;
	struct debug_condition	 cond;
	enum ike_spi_notify	 invalid_spi_notify;
	int64_t			 tunnel_retry_ns;	/* 0 = the default, TUNNEL_RETRY */
	uint32_t		 bugs;			/* a bit each, see bug.h */
	uint32_t		 spi_lo, spi_hi;	/* inbound SPIs are drawn from these; hi 0 = from all */
};

struct router	*router_new(const struct router_env *env);	/* powered off */
void		 router_free(struct router *r);
void		 router_power_on(struct router *r);	/* boots from NVRAM */
void		 router_power_off(struct router *r);	/* nothing saved, nothing sent */
void		 router_reload(struct router *r);
const char	*router_hostname(const struct router *r);
void		 router_flash(struct router *r, struct flash *f);	/* its files from now on; takes f */
int64_t		 router_now(const struct router *r);	/* shown time, ns UTC */
void		 router_input(struct router *r, const char *ifname, uint8_t *frame, size_t len);	/* frame may be written to */
void		 router_input_batch(struct router *r, const char *ifname, struct dp_frame *f, size_t n, int64_t now);	/* as dp_input_lent() */
void		 router_carrier_changed(struct router *r, const char *ifname);
/* A link names this interface (canonical): it exists from the next boot on, shut down unless the configuration speaks of it. */
void		 router_port_add(struct router *r, const char *ifname);

/* What the interface's wire carries, bytes of IP; 0 = as much as is asked of it. */
void		 router_wire_mtu(struct router *r, const char *ifname, unsigned mtu);
void		 router_wire_dropped(struct router *r, const char *ifname, size_t n);	/* frames that it was given and did not take */

/* What the configuration means has changed. */
enum cfg_area { CFG_AREA_IF, CFG_AREA_ROUTES, CFG_AREA_ISAKMP, CFG_AREA_IPSEC, CFG_AREA_LOGGING, CFG_AREA_ACL, CFG_AREA_OTHER, CFG_AREA_ALL };
void		 router_apply(struct router *r, enum cfg_area area);
/* The same where nothing but `shutdown` of this interface was changed: among thousands of tunnels one must not cost a look at all. */
void		 router_apply_shutdown(struct router *r, const struct cfg_if *c);

/* What went wrong on an interface's real wire, before it was the router's. */
struct if_wire { uint64_t runts, giants, overruns; };

/* Interfaces as they are. */
struct if_info {
	char			 name[CFG_IF_NAME];
	unsigned		 dp_if;		/* 0 = none */
	bool			 admin_up, link_up, line_up;
	struct cfg_ip		 ip;
	bool			 from_nvram;	/* method NVRAM / manual / unset */
	struct dp_if_info	 dp;
	int64_t			 counters_cleared_ns;	/* 0 = never */
	unsigned		 resets, link_flaps;
	struct if_wire		 wire;
};
void		 router_if_each(struct router *r, void (*fn)(void *arg, const struct if_info *i), void *arg);
bool		 router_if_info(struct router *r, const char *name, struct if_info *out);
void		 router_if_clear(struct router *r, const char *name);	/* NULL = all */

struct route_info { uint32_t prefix; unsigned len; uint32_t via; char ifname[CFG_IF_NAME]; char code; /* C L S */ uint8_t distance; uint32_t metric; bool is_default; uint32_t nho; /* next hop that overrides via, 0 = none */
	int64_t since_ns; /* of what the router added itself; 0 = of others */ };
void		 router_route_each(struct router *r, void (*fn)(void *arg, const struct route_info *i), void *arg);

/* The policies that are in force while none is configured (`show crypto isakmp default policy`). */
const struct ike_policy *isakmp_default_policies(size_t *n);

/* IPsec SAs, as pairs per flow. */
struct ipsec_sa_info {
	struct sa_info	 sa;
	uint32_t	 conn_id;	/* as the crypto engine numbers them */
	uint32_t	 life_s, life_kb;		/* negotiated */
	uint32_t	 left_s; uint64_t left_kb;
	char		 transform[64];			/* "esp-aes esp-sha-hmac" */
	bool		 aging;				/* replaced by a rekey, about to go */
};
struct ipsec_flow_info {
	char		 ifname[CFG_IF_NAME];	/* Tunnel0 */
	char		 map_tag[64];		/* "Tunnel0-head-0", or the crypto map's name */
	struct addr	 local, remote;		/* crypto endpoints */
	uint16_t	 remote_port;
	struct ike_id	 local_id, remote_id;	/* proxies */
	unsigned	 pfs_group;
	uint32_t	 spi_out;		/* current outbound, 0 = none */
	char		 out_if[CFG_IF_NAME];
	unsigned	 path_mtu, plaintext_mtu;
	/* Sums over the flow's life, SAs of the past included. */
	uint64_t	 encaps, decaps, send_errors, recv_errors, no_sa, invalid_sa, verify_failed, replay_failed, invalid_prot, invalid_identity, invalid_len, internal_send, internal_recv, rollover_send, rollover_recv, encaps_failed, decaps_failed;
	bool		 negotiating;
	bool		 dynamic;		/* by a dynamic crypto map */
	bool		 made;			/* for a peer: no access list has it as it is */
	int64_t		 up_since_ns;
	uint64_t	 index;			/* the same while the flow lasts */
	struct ipsec_totals totals;		/* since it began, clearing or not */
	size_t		 nsas;
	const struct ipsec_sa_info *sas;	/* in then out, newest pair first; lent for the call */
};
void		 router_flow_each(struct router *r, void (*fn)(void *arg, const struct ipsec_flow_info *f), void *arg);

/* Crypto sockets: what tunnels with protection have open. */
struct csock_info {
	const char	*ifname, *profile, *tag;	/* lent for the call */
	struct addr	 local, remote;
	struct ike_id	 local_id, remote_id;
	bool		 up, able;		/* has SAs; a tunnel can use them */
	unsigned	 users;			/* tunnels, or far ends of one */
};
struct csock_stats {
	uint64_t	 opened, closed, socket_up, socket_down, mtu_changed, listen_start, listen_stop, listen_ready;
};
void		 router_csock_each(struct router *r, void (*fn)(void *arg, const struct csock_info *i), void *arg);
void		 router_csock_stats(const struct router *r, struct csock_stats *out);
struct gre_info {
	const char	*down_for;		/* why it is not able; NULL = it is */
	unsigned	 keepalive_s, keepalive_tries;	/* 0 = none */
	uint64_t	 keepalives_sent, keepalives_back;
	unsigned	 path_mtu_left_s;	/* of what routers on the way have said; 0 = nothing */
};
bool		 router_gre_info(struct router *r, const char *ifname, struct gre_info *out);

/* Clearing. */
void		 router_clear_sa_all(struct router *r);
void		 router_clear_sa_peer(struct router *r, const struct addr *peer);
bool		 router_clear_sa_spi(struct router *r, const struct addr *dest, uint8_t proto, uint32_t spi);
void		 router_clear_sa_counters(struct router *r, const struct addr *peer);	/* NULL = all */
void		 router_clear_session(struct router *r, const struct ike_ends *e);
/* All SAs are cleared, their peers told; until it is powered off the router neither speaks nor hears IKE. */
void		 router_leave(struct router *r);

/* Invalid SPI. */
struct inv_spi_info {
	uint64_t	 packets, transient;	/* of which within a rekey's overlap */
	uint64_t	 logged, suppressed;	/* syslog */
	uint64_t	 requests, requests_suppressed;	/* to IKE */
	uint64_t	 notified, recoveries, damped, ignored;
	size_t		 flows, flows_max;	/* table */
	uint64_t	 table_full;
};
void		 router_inv_spi_info(const struct router *r, struct inv_spi_info *out);

/* SPIs that a rekey has just removed, or that are being negotiated: packets with them are no sign of a peer out of step. */
struct transient_spi_info { uint32_t spi, handle; /* 0 = no SA yet */ uint32_t age_s; };
void		 router_transient_each(struct router *r, void (*fn)(void *arg, const struct transient_spi_info *t), void *arg);

/* Ping and traceroute probes: done is called once for each, with the reply or ICMP error or NULL at the time-out. */
struct probe;
/* dst6 not all zero: over IPv6, out_if as dp6_echo_send() wants it; the result is in icmp6. */
struct probe_req { uint32_t dst, src; struct a6 dst6, src6; unsigned out_if; size_t size; /* IP packet */ uint8_t ttl, tos; bool df; int64_t timeout_ns; uint16_t udp_port; /* 0 = ICMP echo */ uint16_t pattern; };
struct probe_result { bool replied, error; struct dp_icmp icmp; struct dp6_icmp icmp6; int64_t rtt_ns; bool unroutable; };
struct probe	*router_probe(struct router *r, const struct probe_req *q, void (*done)(void *arg, const struct probe_result *res), void *arg);
void		 router_probe_cancel(struct probe *p);	/* done is not called */

/* Rekeying begins so long before the hard end; the pair's responder steps in later, if its initiator has not. */
#define REKEY_MARGIN_S	30u
#define REKEY_MARGIN_KB	256u
#define TUNNEL_RETRY	(INT64_C(60) * 1000000000)	/* ns; the VTI's own retry, runs freely from the tunnel's start */

#endif
