#ifndef INSPIRE_ENGINE_CONFIG_H
#define INSPIRE_ENGINE_CONFIG_H

/*
 * The running configuration of a router as data.  Command handlers (shell) change it and then call
 * router_apply(); writers print it back; the engine reads it.  Lists are <sys/queue.h> TAILQs, kept in
 * the order in which `show running-config` prints them.  Strings are owned by the struct that holds
 * them; NULL = not configured.
 */

#include <sys/queue.h>
#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "datapath/sa.h"
#include "engine/cfg_access.h"
#include "engine/cfg_ssh.h"
#include "engine/cfg_pki.h"
#include "engine/cfg_acl.h"
#include "engine/cfg_alias.h"
#include "engine/cfg_archive.h"
#include "engine/cfg_ip6.h"
#include "engine/cfg_eem.h"
#include "engine/cfg_trace.h"
#include "engine/cfg_foreign.h"
#include "engine/cfg_syslog.h"
#include "engine/cfg_track.h"
#include "engine/snmp.h"
#include "engine/cfg_ezvpn.h"
#include "engine/cfg_user.h"
#include "ike/ike.h"
#include "lib/addr.h"

struct cfg_nhrp;

#define CFG_IF_NAME	32

/* crypto isakmp policy N: the values in force; the *_set flags tell what was typed (only that is printed unless `all`). */
struct cfg_policy {
	TAILQ_ENTRY(cfg_policy)	 next;		/* by priority */
	struct ike_policy	 p;
};

/* A pre-shared key: `crypto isakmp key` (default keyring) and `pre-shared-key` of a keyring. */
struct cfg_key {
	TAILQ_ENTRY(cfg_key)	 next;		/* in the order typed */
	uint8_t			 type;		/* 0 or 6 */
	char			*key;
	char			*hostname;	/* else address/mask */
	struct addr		 addr;
	uint32_t		 mask;		/* host order; 0xffffffff = one host; 0 = any */
	unsigned		 len6;		/* of an IPv6 address, instead of the mask */
	bool			 no_xauth;
};
TAILQ_HEAD(cfg_keys, cfg_key);

struct cfg_keyring {
	TAILQ_ENTRY(cfg_keyring) next;
	char			*name, *vrf, *description;
	struct cfg_keys		 keys;
	struct addr		 local_addr;	/* af 0 = none */
	char			*local_if;
};

enum cfg_match_kind { CFG_MATCH_ADDRESS, CFG_MATCH_HOST, CFG_MATCH_HOST_DOMAIN, CFG_MATCH_USER_FQDN, CFG_MATCH_USER_DOMAIN, CFG_MATCH_GROUP };
struct cfg_match {
	TAILQ_ENTRY(cfg_match)	 next;
	enum cfg_match_kind	 kind;
	struct addr		 addr;
	uint32_t		 mask;
	unsigned		 len6;		/* of an IPv6 address, instead of the mask */
	char			*name, *vrf;
};

enum cfg_self_id { CFG_SELF_DEFAULT, CFG_SELF_ADDRESS, CFG_SELF_FQDN, CFG_SELF_USER_FQDN };
struct cfg_names { char **v; size_t n; };	/* an ordered list of names */

struct cfg_isakmp_profile {
	TAILQ_ENTRY(cfg_isakmp_profile) next;
	char			*name, *description, *vrf;
	struct cfg_names	 keyrings;
	TAILQ_HEAD(, cfg_match)	 matches;
	enum cfg_self_id	 self_id;
	char			*self_name;
	uint32_t		 keepalive_s, keepalive_retry_s;	/* 0 = not configured */
	struct addr		 local_addr;
	char			*local_if;
	bool			 initiate_aggressive;
	struct cfg_names	 trustpoints;		/* ca trust-point; none = all */
	struct cfg_names	 cert_maps;		/* match certificate */
	struct cfg_ezclients	 clients;
};

/* crypto ipsec transform-set: as parsed to algorithms, and as typed words for printing. */
struct cfg_transform_set {
	TAILQ_ENTRY(cfg_transform_set) next;
	char			*name;
	char			*words;		/* "esp-aes esp-sha-hmac" as running-config prints it */
	struct ike_esp		 esp[2];	/* one ESP (or AH) suite; AH+ESP bundles have two */
	size_t			 nesp;
	bool			 transport, require, esn;
};

struct cfg_lifetime { uint32_t s, kb; bool s_set, kb_set, kb_off; };	/* s/kb 0 and not set = inherit */

struct cfg_ipsec_profile {
	TAILQ_ENTRY(cfg_ipsec_profile) next;
	char			*name, *description, *isakmp_profile;
	struct cfg_names	 transform_sets;
	unsigned		 pfs_group;	/* 0 = none */
	struct cfg_lifetime	 life;
	uint32_t		 idle_s;
	bool			 replay_set, replay_off;
	unsigned		 replay_window;
	bool			 responder_only;
	uint8_t			 dfbit;		/* 0 inherit, 'c' clear, 'C' copy, 's' set */
};

enum cfg_if_kind { CFG_IF_GIGABIT, CFG_IF_FASTETHERNET, CFG_IF_ETHERNET, CFG_IF_LOOPBACK, CFG_IF_TUNNEL };
enum cfg_tunnel_mode { CFG_TUN_GRE, CFG_TUN_IPSEC_V4, CFG_TUN_GRE_MULTIPOINT, CFG_TUN_IPSEC_V6 };	/* grows */

struct cfg_ip { uint32_t addr, mask; };

struct cfg_if {
	TAILQ_ENTRY(cfg_if)	 next;
	UT_hash_handle		 hh;			/* of config.if_names */
	char			 name[CFG_IF_NAME];	/* canonical: "GigabitEthernet0/0", "Tunnel0" */
	enum cfg_if_kind	 kind;
	bool			 shutdown;
	char			*description;
	struct cfg_ip		 ip;			/* addr 0 = none */
	struct cfg_ip		*secondary;
	size_t			 nsecondary;
	char			*unnumbered;		/* ip unnumbered IF */
	struct cfg_if6		 ip6;
	unsigned		 mtu, ip_mtu, tcp_mss;	/* 0 = default */
	uint32_t		 bandwidth, delay;	/* 0 = default */
	uint8_t			 mac[6];		/* mac-address, if mac_set */
	bool			 mac_set, no_keepalive;
	unsigned		 load_interval;
	unsigned		 keepalive_s;		/* 0 = default (10) */
	char			*acl_in, *acl_out;	/* ip access-group */
	char			*crypto_map;		/* crypto map NAME */
	char			*ezvpn_outside;		/* crypto ipsec client ezvpn NAME */
	struct cfg_names	 ezvpn_inside;
	bool			 made;			/* by this router for a use of its own: not in the running configuration */
	struct cfg_names	 media;			/* "duplex auto", "speed 100", "negotiation auto": one of each, as typed */
	/* Tunnel only. */
	enum cfg_tunnel_mode	 mode;
	bool			 overlay;		/* of an IPsec mode: the other family goes through */
	char			*source_if;		/* tunnel source IF, else source */
	struct addr		 source, destination;
	char			*protection;		/* tunnel protection ipsec profile NAME */
	bool			 shared, pmtud;
	uint32_t		 key; bool key_set;
	bool			 tunnel_checksum, tunnel_sequence, tunnel_tos_set;
	uint8_t			 tunnel_tos, tunnel_ttl;	/* ttl 0 = default (255) */
	bool			 tunnel_keepalive;	/* each keepalive_s */
	unsigned		 keepalive_tries;	/* 0 = default (3) */
	struct cfg_nhrp		*nhrp;			/* `ip nhrp ...`; NULL = no such line */
};

struct cfg_route {
	TAILQ_ENTRY(cfg_route)	 next;
	uint32_t		 prefix, mask;
	uint32_t		 via;			/* 0 = by interface alone */
	char			*ifname;
	uint8_t			 distance;		/* default 1 */
	char			*name;
	unsigned		 track;			/* the object that must be up, 0 = none */
};

/*
 * Lines that mean nothing here yet but must print back as they were given: of the whole configuration
 * ("ip http server") or of a block (line vty 0 4).  A later line with the same key replaces the earlier.
 */
struct cfg_line {
	TAILQ_ENTRY(cfg_line)	 next;
	char			*name;			/* "con 0", "vty 0 4" */
	struct cfg_names	 words;			/* "exec-timeout 0 0" */
};

enum cfg_stamp { CFG_STAMP_NONE, CFG_STAMP_UPTIME, CFG_STAMP_DATETIME };
struct cfg_timestamps { enum cfg_stamp kind; bool msec, localtime, zone, year; };

struct cfg_logging {
	bool		 off;				/* no logging on */
	int		 buffered, console, monitor;	/* severity, -1 = off */
	uint32_t	 buffer_size;
	uint32_t	 rate_limit;			/* messages a second on the console, 0 = off */
	bool		 rate_limit_console, rate_limit_all;
	int		 rate_limit_except;		/* severity, -1 = none */
	bool		 synchronous_seen;
};

struct cfg_map;
TAILQ_HEAD(cfg_map_list, cfg_map);
/* Crypto maps and dynamic ones (cfg_map.h). */
struct cfg_maps {
	struct cfg_map_list	 maps, dynamic;
};

struct config {
	char			*hostname;		/* "Router" */
	char			*domain_name;
	bool			 no_domain_lookup;
	struct cfg_timestamps	 stamp_debug, stamp_log;
	bool			 sequence_numbers, service_password_encryption;
	struct cfg_logging	 logging;
	char			*timezone;		/* clock timezone NAME; NULL = UTC */
	int			 timezone_minutes;

	bool			 isakmp_disabled;
	TAILQ_HEAD(, cfg_policy) policies;
	bool			 no_default_policies;
	struct cfg_keys		 keys;			/* crypto isakmp key */
	uint8_t			 identity;		/* 0 address, 1 hostname (fqdn), 2 dn */
	uint32_t		 keepalive_s, keepalive_retry_s;
	uint32_t		 nat_keepalive_s;	/* 0 = none */
	bool			 keepalive_periodic;
	bool			 invalid_spi_recovery;
	uint32_t		 diagnose_max;		/* crypto isakmp diagnose error: entries, 0 = off */
	bool			 aggressive_disabled;
	uint32_t		 half_open_max;		/* crypto call admission limit ike in-negotiation-sa; 0 = the default */
	bool			 ike_fragmentation;	/* crypto isakmp fragmentation */
	TAILQ_HEAD(, cfg_keyring) keyrings;
	TAILQ_HEAD(, cfg_isakmp_profile) isakmp_profiles;
	bool			 logging_session;	/* crypto logging session */
	bool			 no_logging_dmvpn;	/* no logging dmvpn */

	TAILQ_HEAD(, cfg_transform_set) transform_sets;
	TAILQ_HEAD(, cfg_ipsec_profile) ipsec_profiles;
	struct cfg_maps		 crypto_maps;
	struct cfg_lifetime	 ipsec_life;		/* crypto ipsec security-association lifetime */
	uint32_t		 ipsec_idle_s;
	bool			 replay_off;
	unsigned		 replay_window;		/* 64 */
	uint8_t			 dfbit;			/* 'c', 'C' or 's'; 0 = default (copy) */
	bool			 frag_after;		/* crypto ipsec fragmentation after-encryption */

	TAILQ_HEAD(cfg_ifs, cfg_if) ifs;			/* sorted: kind, then numbers */
	struct cfg_if		*if_names;		/* the same by name */
	TAILQ_HEAD(, cfg_route)	 routes;
	struct cfg_ip6		 ip6;
	struct cfg_acls		 acls;
	bool			 aaa_new_model;
	struct cfg_users	 users;
	struct cfg_aaa_lists	 aaa_lists;
	struct cfg_access	 access;
	struct cfg_ssh		 ssh;
	struct cfg_pki		 pki;
	struct cfg_ez		 ez;
	TAILQ_HEAD(, cfg_line)	 lines;			/* con, aux, vty */
	struct cfg_syslog	 syslog;
	struct cfg_foreign	 foreign;		/* what nothing here acts on */
	struct cfg_eem		 eem;
	struct cfg_snmp		 snmp;
	struct cfg_tracking	 tracking;
	struct cfg_archive	 archive;
	struct cfg_aliases	 aliases;
	struct cfg_trace	 trace;

	int64_t			 changed_ns;		/* last change, 0 = since boot never */
	bool			 unsaved;		/* and nobody has saved since */
	char			*changed_by;
};

/* A tunnel of IPsec alone. */
static inline bool
cfg_if_is_vti(const struct cfg_if *i)
{
	return i->kind == CFG_IF_TUNNEL && (i->mode == CFG_TUN_IPSEC_V4 || i->mode == CFG_TUN_IPSEC_V6);
}

#define CFG_LIFE_S	3600u
#define CFG_LIFE_KB	4608000u

#define CFG_REPLAY_WINDOW	64u
#define CFG_BUFFER_SIZE		4096u

struct config	*config_new(void);			/* IOS's defaults */
void		 config_free(struct config *c);
void		 config_set_str(char **slot, const char *s);	/* copies; NULL = not configured */

void		 cfg_names_add(struct cfg_names *n, const char *s);	/* nothing if it is there */
bool		 cfg_names_del(struct cfg_names *n, const char *s);
bool		 cfg_names_has(const struct cfg_names *n, const char *s);
/* Puts line where one stands whose first nkey characters are the same, else at the end; line NULL takes that one away. */
void		 cfg_names_put(struct cfg_names *n, const char *key, size_t nkey, const char *line);
void		 cfg_names_clear(struct cfg_names *n);

/* "gi0/0", "GigabitEthernet 0/0", "tu0" -> canonical name; false if it is no interface name. */
bool		 ifname_parse(const char *s, char out[CFG_IF_NAME], enum cfg_if_kind *kind);
/* "GigabitEthernet0/0" -> "Gi0/0" */
void		 ifname_short(const char *name, char out[CFG_IF_NAME]);

struct cfg_if		 *config_if(struct config *c, const char *canonical, bool create);
/* Which of two interfaces stands first in a configuration, as strcmp() tells; one that isn't there stands last. */
int			  config_if_cmp(struct config *c, const char *a, const char *b);
void			  config_if_del(struct config *c, struct cfg_if *i);
struct cfg_policy	 *config_policy(struct config *c, unsigned priority, bool create);
struct cfg_keyring	 *config_keyring(struct config *c, const char *name, bool create);
struct cfg_isakmp_profile *config_isakmp_profile(struct config *c, const char *name, bool create);
struct cfg_transform_set *config_transform_set(struct config *c, const char *name, bool create);
struct cfg_ipsec_profile *config_ipsec_profile(struct config *c, const char *name, bool create);
void			  config_policy_del(struct config *c, struct cfg_policy *p);
void			  config_keyring_del(struct config *c, struct cfg_keyring *k);
void			  config_isakmp_profile_del(struct config *c, struct cfg_isakmp_profile *p);
void			  config_transform_set_del(struct config *c, struct cfg_transform_set *t);
void			  config_ipsec_profile_del(struct config *c, struct cfg_ipsec_profile *p);
struct cfg_key		 *config_key_add(struct cfg_keys *keys);		/* a fresh one at the end */
void			  config_key_del(struct cfg_keys *keys, struct cfg_key *k);
void			  config_isakmp_match_add(struct cfg_isakmp_profile *p, const struct cfg_match *m);	/* copies */
void			  config_isakmp_match_del(struct cfg_isakmp_profile *p, struct cfg_match *m);
/* The route with that prefix, next hop (0 = none) and interface (NULL = none). */
struct cfg_route	 *config_route(struct config *c, uint32_t prefix, uint32_t mask, uint32_t via, const char *ifname, bool create);
void			  config_route_del(struct config *c, struct cfg_route *r);
struct cfg_line		 *config_line(struct config *c, const char *name, bool create);
void			  config_line_del(struct config *c, struct cfg_line *l);
void			  config_if_secondary(struct cfg_if *i, uint32_t addr, uint32_t mask, bool add);

/* "esp-aes", "256", "esp-sha-hmac" ... -> set->esp and words; *why on a combination that can't be. */
bool			  config_transform_parse(struct cfg_transform_set *t, char **words, size_t n, const char **why);
/* As show commands and debugs write a suite: "esp-256-aes esp-sha-hmac". */
#define CFG_TRANSFORM_MAX	64
const char		 *transform_fmt(const struct ike_esp *e, char out[CFG_TRANSFORM_MAX]);
/* Lifetimes in force for a profile: its own, else the global, else the default. */
void			  config_life(const struct config *c, const struct cfg_ipsec_profile *p, uint32_t *s, uint32_t *kb);

#endif
