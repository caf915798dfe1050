#ifndef INSPIRE_IKE_H
#define INSPIRE_IKE_H

/*
 * Key exchange of one router (IKEv1: RFC 2407, 2408, 2409, 3706, 3947).  It does no I/O and knows no
 * router: messages come in by ike_input(), go out by ops->send; policy, keys and IPsec SAs are asked
 * of the ops.  Timers run on the clock it is given, random numbers come from the chance it is given.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/modecfg.h"
#include "lib/addr.h"
#include "lib/cipher.h"
#include "lib/dh.h"
#include "lib/prf.h"

struct clock;
struct chance;
struct ike;

#define IKE_PORT	500
#define IKE_PORT_NATT	4500	/* messages there go behind a marker, which the caller puts and takes away (RFC 3948, 2.2) */
#define IKE_NAME_MAX	64
#define IKE_PSK_MAX	128

/* Where a message came from or goes to. */
struct ike_path {
	struct addr	local, remote;
	uint16_t	local_port, remote_port;
};

/* Between the same two addresses: those are what an IKE SA belongs to. */
static inline bool
ike_path_same(const struct ike_path *a, const struct ike_path *b)
{
	return addr_eq(&a->remote, &b->remote) && addr_eq(&a->local, &b->local);
}

/* Whose SAs are meant; af ADDR_NONE or port 0: any. */
struct ike_ends {
	struct addr	local, remote;
	uint16_t	local_port, remote_port;
};

static inline bool
ike_ends_are(const struct ike_ends *e, const struct ike_path *p)
{
	return (e->local.af == ADDR_NONE || addr_eq(&e->local, &p->local)) && (e->remote.af == ADDR_NONE || addr_eq(&e->remote, &p->remote)) &&
	       (e->local_port == 0 || e->local_port == p->local_port) && (e->remote_port == 0 || e->remote_port == p->remote_port);
}

/* The last two only on the wire: a pre-shared key, and the initiator or responder has to pass XAUTH as well. */
enum ike_auth_method { IKE_AUTH_PSK = 1, IKE_AUTH_RSA_SIG = 3, IKE_AUTH_XAUTH_INIT_PSK = 65001, IKE_AUTH_XAUTH_RESP_PSK = 65002 };

/* One `crypto isakmp policy`. */
struct ike_policy {
	unsigned		priority;	/* 1..10000; 65535 = built-in default */
	enum cipher_alg		cipher;
	enum hash_alg		hash;
	enum ike_auth_method	auth;
	unsigned		group;
	uint32_t		lifetime_s;
};

/* Identities (RFC 2407, 4.6.2).  A key id is the name of a group; it counts as a name, printable. */
enum ike_id_type { IKE_ID_IPV4_ADDR = 1, IKE_ID_FQDN = 2, IKE_ID_USER_FQDN = 3, IKE_ID_IPV4_ADDR_SUBNET = 4, IKE_ID_IPV6_ADDR = 5, IKE_ID_IPV6_ADDR_SUBNET = 6,
	IKE_ID_DN = 9 /* DER_ASN1_DN */, IKE_ID_KEY_ID = 11 };
struct ike_id {
	enum ike_id_type type;
	struct addr	 addr;			/* type 1 and 4 */
	uint8_t		 prefix_len;		/* types 4 and 6 */
	uint16_t	 dn_len;		/* type 9: bytes of name, which is DER then, no text (lib/dn.h makes it one) */
	uint8_t		 protocol;		/* 0 = any */
	uint16_t	 port;
	char		 name[256];		/* type 2, 3, 9 and 11 */
};

/* The identity that a single address is, and the length of the prefix that one stands for. */
static inline enum ike_id_type
ike_id_host(const struct addr *a)
{
	return a->af == ADDR_V6 ? IKE_ID_IPV6_ADDR : IKE_ID_IPV4_ADDR;
}

static inline unsigned
ike_id_len(const struct ike_id *id)
{
	if (id->type == IKE_ID_IPV4_ADDR_SUBNET || id->type == IKE_ID_IPV6_ADDR_SUBNET)
		return id->prefix_len;
	return id->addr.af == ADDR_V6 ? 128 : 32;
}

/* What the engine says of a peer before anything is known but its address, or after its identity is. */
struct ike_peer_config {
	char		 profile[IKE_NAME_MAX];	/* ISAKMP profile, "" = none */
	char		 keyring[IKE_NAME_MAX];	/* where the key was found: "default" for `crypto isakmp key` */
	bool		 have_cert;		/* we can sign (RSA signatures): own_certs() and sign() have something */
	bool		 have_key;
	uint8_t		 psk[IKE_PSK_MAX];
	size_t		 psk_len;
	struct ike_id	 self_id;		/* what we send in IDii/IDir */
	uint32_t	 dpd_s, dpd_retry_s;	/* 0 = we don't start DPD */
	bool		 dpd_periodic;
	bool		 aggressive;		/* we begin in aggressive mode (`initiate mode aggressive`, EzVPN clients) */
	bool		 unity;			/* we say that we are a Unity peer; goes with a role in cfg_role */
	char		 group[IKE_NAME_MAX];	/* the client's group, server: for show and debug; "" = none */
	enum ike_xauth_role xauth;		/* of `no-xauth` keys: IKE_XAUTH_NONE */
	unsigned	 xauth_tries;		/* server: REQUESTs at most, 0 = IKE_XAUTH_TRIES */
	enum ike_cfg_role cfg_role;
};

/* One Quick Mode transform as configured: a row of a transform set, in order of preference. */
struct ike_esp {
	char		 set_name[IKE_NAME_MAX];
	uint8_t		 proto;			/* 50 ESP, 51 AH */
	uint8_t		 esp_id;		/* ESP transform id (RFC 2407 4.4.4; 3602, 4106, 4543): DES 2, 3DES 3, NULL 11, AES-CBC 12, GCM-16 20, GMAC 23; AH: MD5 2, SHA 3, SHA2-256 5, 384 6, 512 7 */
	uint16_t	 key_bits;		/* AES: 128/192/256; else 0 */
	uint8_t		 auth_id;		/* authentication algorithm attribute: 0 none, MD5 1, SHA1 2, SHA2-256 5, 384 6, 512 7 */
	bool		 transport;
	bool		 esn;
};

/* A wish for IPsec SAs, by an initiator. */
struct ike_child_request {
	uint64_t	 cookie;		/* the engine's; comes back in child.cookie and ipsec_failed */
	struct ike_esp	 esp[8];
	size_t		 nesp;
	unsigned	 pfs_group;		/* 0 = none */
	uint32_t	 life_s;		/* always offered */
	uint32_t	 life_kb;		/* 0 = not offered */
	struct ike_id	 local_id, remote_id;	/* proxy identities */
};

/* A Quick Mode offer that a responder must judge, one transform at a time in the peer's order. */
struct ike_offer {
	struct ike_path	 path;
	uint32_t	 conn_id;		/* of the IKE SA */
	char		 profile[IKE_NAME_MAX];
	struct ike_esp	 esp;
	bool		 udp;			/* ike_child.udp */
	unsigned	 pfs_group;
	uint32_t	 life_s, life_kb;	/* 0 = not said */
	struct ike_id	 local_id, remote_id;	/* proxies, seen from us */
	unsigned	 number;		/* proposal part, from 1 */
};

enum ike_verdict { IKE_OFFER_OK, IKE_OFFER_TRANSFORM /* error 256 */, IKE_OFFER_PROXY /* error 32 */, IKE_OFFER_PFS /* error 64 */ };

struct ike_choice {				/* what the engine adds to an offer that it takes */
	uint64_t	 cookie;
	uint32_t	 life_s, life_kb;	/* the lower of both sides'; if lower than offered RESPONDER-LIFETIME is sent */
};

/* A pair of IPsec SAs, keyed (RFC 2409, 5.5). */
struct ike_child {
	uint64_t	 cookie;
	struct ike_path	 path;
	uint32_t	 conn_id;		/* IKE SA */
	uint32_t	 msgid;
	bool		 initiator;
	bool		 wait;			/* although we began, the outbound one is not used before enable(): the peer asks for it (Commit bit) */
	char		 profile[IKE_NAME_MAX];
	struct ike_esp	 esp;
	unsigned	 pfs_group;
	uint32_t	 life_s, life_kb;
	struct ike_id	 local_id, remote_id;
	uint32_t	 spi_in, spi_out;
	bool		 udp;			/* ESP in UDP between the ports of path: a translator is on the way (RFC 3947, 5.1) */
	bool		 inside;		/* it stands before us */
	/* Transport mode in UDP: by what addresses the peer knows itself and us (NAT-OA, RFC 3947, 5.2); af ADDR_NONE: not said. */
	struct addr	 peer_self, peer_us;
	uint8_t		 key_in[160], key_out[160];	/* encryption key (with salt), then authentication key */
	size_t		 key_len;
};

/* Certificates and names in DER, lent. */
struct ike_der { const uint8_t *p; size_t n; };
#define IKE_CHAIN_MAX	8

/* What a peer proves its identity with in RSA signatures (RFC 2409, 5.1).  All but path and profile is the peer's: hostile until found good. */
struct ike_proof {
	const struct ike_path	*path;
	const char		*profile;	/* "" = none known */
	const struct ike_id	*id;
	const struct ike_der	*certs;		/* in the order they came, the first its own; PKCS #7 is unpacked */
	size_t			 ncerts;
	const uint8_t		*hash;		/* HASH_I or HASH_R, that it must have signed */
	size_t			 nhash;
	const uint8_t		*sig;
	size_t			 nsig;
};
/* Why a proof does not hold; NO_CERT: none came and none is known for that identity. */
enum ike_cert_verdict { IKE_CERT_OK, IKE_CERT_NO_CERT, IKE_CERT_MALFORMED, IKE_CERT_UNTRUSTED, IKE_CERT_EXPIRED, IKE_CERT_NOT_YET, IKE_CERT_REVOKED,
	IKE_CERT_NO_CRL, IKE_CERT_ID /* the certificate names another */, IKE_CERT_SIGNATURE };

enum ike_fail { IKE_FAIL_NO_KEY, IKE_FAIL_TIMEOUT, IKE_FAIL_NO_PROPOSAL, IKE_FAIL_REFUSED, IKE_FAIL_DELETED, IKE_FAIL_AUTH, IKE_FAIL_LIMIT,
	IKE_FAIL_XAUTH /* refused, or nobody answered */, IKE_FAIL_AGGRESSIVE /* is disabled */ };

struct ike_sa_info;

enum ike_counter {
#define IKE_COUNTER(id, name, text)	IKEC_##id,
#include "ike/counter.def"
#undef IKE_COUNTER
	IKEC__COUNT
};

struct ike_ops {
	/* Must not lead back into ike_input() of this instance before it returns. */
	void	(*send)(void *arg, const struct ike_path *path, const uint8_t *p, size_t n);
	/* One debug message (no time, may have several lines, no final newline). facility: which debug shows it; peer may be none. */
	void	(*debug)(void *arg, const struct addr *peer, const char *text);
	bool	(*debug_on)(void *arg);		/* false: nobody listens, don't format */
	/* The same for what is asked of cryptography; both may be NULL. */
	void	(*debug_engine)(void *arg, const struct addr *peer, const char *text);
	bool	(*debug_engine_on)(void *arg);
	void	(*syslog)(void *arg, int severity, const char *mnemonic, const char *text);	/* facility CRYPTO */

	/*
	 * Policy. By address (id NULL), in main mode also again by identity when that is known. wanted_profile may be "".
	 * It is so for who begins in aggressive mode, too.
	 * Aggressive mode, responder: only once, with the identity, not yet proven: the key for it (a group's, by key id)
	 * is what the proof will be held against.  xauth and cfg_role are read when phase 1 is complete.
	 */
	void	(*peer_config)(void *arg, const struct ike_path *path, const char *wanted_profile, const struct ike_id *id, struct ike_peer_config *out);
	size_t	(*policies)(void *arg, const struct ike_policy **out);	/* by priority; lent until configuration changes */

	/* RSA signatures; all NULL where there are none.  What they give is lent until the next call or change of configuration. */
	/* Names of the authorities that we take certificates of (CERTREQ); at most max. */
	size_t	(*cert_authorities)(void *arg, const struct ike_path *path, const char *profile, struct ike_der *out, size_t max);
	/* Our certificate and what stands between it and the authority; wanted: the names that the peer takes, 0 = it didn't say.  0: none fits. */
	size_t	(*own_certs)(void *arg, const struct ike_path *path, const char *profile, const struct ike_der *wanted, size_t nwanted, struct ike_der *out, size_t max);
	/* PKCS #1 over the hash as it stands, without an OID (RFC 2409, 5.1); out has room for max bytes. 0: cannot. */
	size_t	(*sign)(void *arg, const struct ike_path *path, const char *profile, const uint8_t *hash, size_t nhash, uint8_t *out, size_t max);
	enum ike_cert_verdict (*verify)(void *arg, const struct ike_proof *p);

	/* IPsec. */
	uint32_t (*spi_new)(void *arg, uint8_t proto);
	enum ike_verdict (*offer)(void *arg, const struct ike_offer *o, struct ike_choice *out);
	/* Installs both SAs; a responder's outbound one, or that of one that waits, is not used before enable(). False: cannot (table full). */
	bool	(*install)(void *arg, const struct ike_child *c);
	void	(*enable)(void *arg, uint32_t spi_in, uint32_t spi_out);	/* QM3 or CONNECTED seen, or the peer has used it */
	void	(*lapsed)(void *arg, uint32_t spi_in, uint32_t spi_out);	/* QM3 never came: they go, unless the peer has used them; may be NULL */
	void	(*deleted)(void *arg, const struct ike_path *path, uint8_t proto, const uint32_t *spis, size_t n);	/* peer's DELETE, authenticated */
	void	(*initial_contact)(void *arg, const struct ike_path *path);	/* authenticated: the SAs of before are gone at the peer */
	void	(*invalid_spi)(void *arg, const struct ike_path *path, uint8_t proto, uint32_t spi);	/* peer's INVALID-SPI notify, authenticated */
	void	(*failed)(void *arg, uint64_t cookie, const struct addr *remote, enum ike_fail why);
	size_t	(*ipsec_count)(void *arg, const struct ike_path *path);	/* IPsec SAs held with that peer now */

	/* News. */
	/* A message was refused: badly formed, not to be decrypted, or not to be expected; its bytes as they came, lent. May be NULL. */
	void	(*refused)(void *arg, const struct ike_path *path, enum ike_counter why, const uint8_t *p, size_t n);
	/*
	 * An authentic message of a peer behind a translator came by another port, or from another address, than those before: answers go
	 * there (RFC 3947, 4).  False: not there, as the configuration says where that peer is.  NULL: they go.
	 */
	bool	(*moved)(void *arg, const struct ike_path *path, const struct ike_path *old);
	void	(*sa_up)(void *arg, const struct ike_sa_info *sa);
	void	(*sa_down)(void *arg, const struct ike_sa_info *sa, bool dpd);

	/*
	 * XAUTH and mode configuration; all may be NULL where no peer_config names a role.  sa->handle names the IKE SA in
	 * later calls.  Nothing of this is called before phase 1 has authenticated the peer.
	 */
	/* Server: may this user in?  IKE_LATER: ike_xauth_verdict() follows. */
	enum ike_answer (*xauth_check)(void *arg, const struct ike_sa_info *sa, const struct ike_credentials *c);
	/* Client: the server asks. IKE_YES: out is filled in; IKE_LATER: ike_xauth_reply() follows (a user types); IKE_NO: gives up. */
	enum ike_answer (*xauth_ask)(void *arg, const struct ike_sa_info *sa, const struct ike_xauth_ask *ask, struct ike_credentials *out);
	/* Both: how it ended. After false the IKE SA goes (sa_down follows). sa->xauth_user is set. */
	void	(*xauth_done)(void *arg, const struct ike_sa_info *sa, bool ok);
	/* Client, IKE_CFG_PULL: fills in what to ask for (has; version and ddns_host are sent with it). */
	void	(*modecfg_want)(void *arg, const struct ike_sa_info *sa, struct ike_modecfg *out);
	/*
	 * Server: asked->has tells what the client wants (PUSH: 0); of out->has, what was asked for is sent.  A client may ask again:
	 * the same IKE SA gets the same address.  False: there is none; the IKE SA goes.
	 */
	bool	(*modecfg_give)(void *arg, const struct ike_sa_info *sa, const struct ike_modecfg *asked, struct ike_modecfg *out);
	/* Client: what the server gave; of what wasn't asked for nothing is left out. Before ready(). */
	void	(*modecfg_got)(void *arg, const struct ike_sa_info *sa, const struct ike_modecfg *got);
	/* Phase 1, XAUTH and mode configuration are through, requests begin now. Also without roles (then right after sa_up). May be NULL. */
	void	(*ready)(void *arg, const struct ike_sa_info *sa);
	/* What ike_begin() began has ended before ready(). May be NULL. */
	void	(*begin_failed)(void *arg, const struct ike_path *path, const char *profile, enum ike_fail why);

	/* Name of the interface that holds the crypto of this path, for a debug line; may be NULL, and may write "". */
	void	(*ifname)(void *arg, const struct ike_path *path, char *out, size_t n);
};

enum ike_engine_kind { IKE_ENGINE_SOFTWARE, IKE_ENGINE_ONBOARD };	/* conn-ids from 1001 or from 2001 */
enum ike_dialect { IKE_IOS_12, IKE_IOS_15, IKE_XE_17 };
enum ike_spi_notify { IKE_NOTIFY_DELETE, IKE_NOTIFY_INVALID_SPI, IKE_NOTIFY_BOTH };

struct ike_settings {
	enum ike_engine_kind	engine;
	enum ike_dialect	dialect;
	enum ike_spi_notify	invalid_spi_notify;
	bool			invalid_spi_recovery;	/* `crypto isakmp invalid-spi-recovery` */
	unsigned		half_open_max;		/* 0 = the default */
	bool			enabled;		/* `no crypto isakmp enable` */
	bool			fragmentation;		/* `crypto isakmp fragmentation`: messages in pieces, taken and (to whom takes them) sent */
	bool			aggressive_disabled;	/* `crypto isakmp aggressive-mode disable` */
	uint32_t		xauth_timeout_s;	/* `crypto isakmp xauth timeout`, 0 = IKE_XAUTH_TIMEOUT_S */
};

struct ike	*ike_new(struct clock *clock, struct chance *chance, const struct ike_ops *ops, void *arg);
void		 ike_free(struct ike *i);		/* sends nothing */
void		 ike_set(struct ike *i, const struct ike_settings *s);
void		 ike_input(struct ike *i, const struct ike_path *path, const uint8_t *p, size_t n);
bool		 ike_malformed(const uint8_t *p, size_t n);	/* would be refused before any SA is looked for */

/*
 * Wants IPsec SAs: uses the IKE SA between the path's addresses, or makes one (or waits for the one being made). Copies rq.  In this and the calls
 * below a path from port 4500 means the peer at that port of a translator; what is begun is begun by port 500.
 */
void		 ike_request(struct ike *i, const struct ike_path *path, const char *profile, const struct ike_child_request *rq);
/*
 * Wants an IKE SA alone, as an EzVPN client that learns by mode configuration what to ask for: ready() tells that it is there,
 * begin_failed() that it isn't to be had.  False: none is begun, as there is one that is up or under way, or it can't be
 * (then begin_failed() has told why).
 */
bool		 ike_begin(struct ike *i, const struct ike_path *path, const char *profile);
/* Answers to IKE_LATER. False: no IKE SA waits for it any more. c NULL: the user gives up, the IKE SA goes. */
bool		 ike_xauth_verdict(struct ike *i, uint64_t handle, bool ok);
bool		 ike_xauth_reply(struct ike *i, uint64_t handle, const struct ike_credentials *c);
/*
 * Tells the peer that we don't hold this SPI: with an IKE SA, DELETE (or INVALID-SPI, by settings). Without one, and with
 * recovery on and eligible true: starts Main Mode "for INV SPI RECOV" unless one is under way between these addresses or one was
 * tried less than the damping time ago (IKE_RECOVERY_DAMP). Else the `ignoring request to send delete notify` line.
 */
enum ike_spi_action { IKE_SPI_NOTIFIED, IKE_SPI_RECOVERY, IKE_SPI_PENDING, IKE_SPI_DAMPED, IKE_SPI_IGNORED };
enum ike_spi_action ike_spi_unknown(struct ike *i, const struct ike_path *path, const char *profile, uint8_t proto, uint32_t spi, bool eligible);
/* DELETE of SAs that we have removed ourselves (clear, lifetime). False, with the `ignoring` line, without an IKE SA. */
bool		 ike_delete_spi(struct ike *i, const struct ike_path *path, uint8_t proto, uint32_t spi);
/* The IPsec SAs with that peer have changed: the peer structure is reaped when nothing needs it. */
void		 ike_peer_touch(struct ike *i, const struct ike_path *path);

/* `clear crypto isakmp [conn-id]`: false if there is no such SA. 0 = all. DELETEs are sent. */
bool		 ike_clear(struct ike *i, uint32_t conn_id);
void		 ike_clear_between(struct ike *i, const struct ike_ends *e);
/* Of these the addresses of the path say which IKE SA is meant. */
void		 ike_dpd_now(struct ike *i, const struct ike_path *path);	/* on-demand DPD: outbound traffic and silence */
void		 ike_heard(struct ike *i, const struct ike_path *path);	/* authenticated ESP came */

/* Authentic ESP of a peer behind a translator came from another UDP port or address: IKE SAs that went to the old one go there. */
void		 ike_moved(struct ike *i, const struct ike_path *path, const struct ike_path *old);

/* For show. */
struct ike_sa_info {
	struct ike_path	 path;
	bool		 initiator, deleted, established;
	uint32_t	 conn_id;		/* 0 while negotiating */
	const char	*state;			/* "MM_NO_STATE", "AG_INIT_EXCH", "CONF_XAUTH", "QM_IDLE" */
	uint8_t		 icookie[8], rcookie[8];
	struct ike_policy policy;		/* what was agreed; priority 0 = nothing yet */
	uint32_t	 life_left_s;
	int64_t		 up_since_ns;		/* 0 = not yet */
	struct ike_id	 peer_id;
	char		 profile[IKE_NAME_MAX];
	bool		 dpd, nat_local, nat_remote;
	bool		 aggressive;		/* phase 1 was, or is, aggressive mode */
	bool		 xauth, modecfg;	/* done on this SA (codes X and C) */
	bool		 ready;			/* nothing of XAUTH and mode configuration is outstanding */
	char		 xauth_user[IKE_XAUTH_USER_MAX];	/* "" = none yet */
	char		 group[IKE_NAME_MAX];	/* ike_peer_config.group */
	struct addr	 assigned;		/* by mode configuration, to us or to the peer; none: not */
	uint64_t	 handle;		/* stable name of the SA in this instance */
	uint8_t		 enc_key[32];		/* for captures' key files only: callers wipe */
	size_t		 enc_key_len;
};
void		 ike_sa_each(struct ike *i, void (*fn)(void *arg, const struct ike_sa_info *sa), void *arg);
bool		 ike_sa_up(struct ike *i, const struct ike_path *path);		/* between its addresses an established one, not deleted */
bool		 ike_sa_negotiating(struct ike *i, const struct ike_path *path);
struct ike_peer_info { struct ike_path path; struct ike_id phase1_id; unsigned refs; uint64_t handle; };
void		 ike_peer_each(struct ike *i, void (*fn)(void *arg, const struct ike_peer_info *p), void *arg);

unsigned	 ike_half_open_max(const struct ike *i);	/* more IKE SAs that others have begun are not negotiated at once */
uint64_t	 ike_count(const struct ike *i, enum ike_counter c);
const char	*ike_counter_name(enum ike_counter c);
const char	*ike_counter_text(enum ike_counter c);

#define IKE_RECOVERY_DAMP	(INT64_C(60) * 1000000000)	/* ns between recovery attempts between two addresses */
#define IKE_PURGE		(INT64_C(60) * 1000000000)	/* a deleted IKE SA is purged so much later */

#endif
