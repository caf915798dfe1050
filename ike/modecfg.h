#ifndef INSPIRE_IKE_MODECFG_H
#define INSPIRE_IKE_MODECFG_H

/*
 * Extended authentication and mode configuration as the engine sees them (draft-beaulieu-ike-xauth-02,
 * draft-dukes-ike-mode-cfg-02, and the attributes of the Unity vendor id): who plays which part in them, what is
 * asked of a user, and what a server gives to a client.  Everything is bounded and owns nothing on the heap: structs
 * are copied by value.  A struct ike_credentials holds a secret: who made a copy wipes it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

#define IKE_XAUTH_USER_MAX	128	/* with the final '\0' */
#define IKE_XAUTH_PASS_MAX	128
#define IKE_XAUTH_TEXT_MAX	256
#define IKE_XAUTH_TIMEOUT_S	60	/* unless set: a user has so long to answer */
#define IKE_XAUTH_TRIES		3	/* unless set: how often a server asks before it says no */

/* Our part in XAUTH.  The server asks, the client answers; either may have begun phase 1. */
enum ike_xauth_role { IKE_XAUTH_NONE, IKE_XAUTH_SERVER, IKE_XAUTH_CLIENT };

/* Our part in mode configuration, once XAUTH (if any) is through. */
enum ike_cfg_role {
	IKE_CFG_NONE,		/* REQUEST and SET of the peer are not answered */
	IKE_CFG_PULL,		/* client: we send REQUEST; Quick Mode waits for the REPLY */
	IKE_CFG_TAKE,		/* client: the peer sends SET; Quick Mode waits for it */
	IKE_CFG_GIVE,		/* server: answers REQUESTs (`client configuration address respond`); Quick Mode doesn't wait */
	IKE_CFG_PUSH		/* server: we send SET (`... initiate`) and Quick Mode waits for the ACK; REQUESTs are answered too */
};

/* What an op says that may need time.  After IKE_LATER the answer comes by ike_xauth_verdict() or ike_xauth_reply(). */
enum ike_answer { IKE_NO, IKE_YES, IKE_LATER };

/* What an XAUTH server asks of a user: which fields, how often already, and its text ("" = none; printable bytes). */
struct ike_xauth_ask {
	bool		 want_user, want_password;
	unsigned	 attempt;	/* 1 = the first REQUEST on this IKE SA */
	char		 message[IKE_XAUTH_TEXT_MAX];
};

struct ike_credentials {
	char		 user[IKE_XAUTH_USER_MAX];
	char		 password[IKE_XAUTH_PASS_MAX];
};

/* Which members of a struct ike_modecfg are there; in a request: which are asked for. */
enum {
	IKE_CFG_ADDRESS		= 1 << 0,	/* INTERNAL_IP4_ADDRESS */
	IKE_CFG_NETMASK		= 1 << 1,
	IKE_CFG_DNS		= 1 << 2,
	IKE_CFG_WINS		= 1 << 3,
	IKE_CFG_EXPIRY		= 1 << 4,
	IKE_CFG_VERSION		= 1 << 5,
	IKE_CFG_BANNER		= 1 << 6,	/* Unity from here */
	IKE_CFG_SAVE_PASSWORD	= 1 << 7,
	IKE_CFG_DOMAIN		= 1 << 8,
	IKE_CFG_SPLIT_DNS	= 1 << 9,
	IKE_CFG_SPLIT_INCLUDE	= 1 << 10,
	IKE_CFG_NATT_PORT	= 1 << 11,
	IKE_CFG_LOCAL_LAN	= 1 << 12,	/* split exclude; with no networks it says "your own LAN" */
	IKE_CFG_PFS		= 1 << 13,
	IKE_CFG_FIREWALL	= 1 << 14,
	IKE_CFG_BACKUP		= 1 << 15,
	IKE_CFG_DDNS_HOST	= 1 << 16
};

#define IKE_CFG_DNS_MAX		2
#define IKE_CFG_NETS_MAX	64
#define IKE_CFG_DOMAINS_MAX	10
#define IKE_CFG_BACKUPS_MAX	10
#define IKE_CFG_NAME_MAX	128
#define IKE_CFG_BANNER_MAX	512

/* One network of a split list. 0 = any protocol, any port. */
struct ike_cfg_net {
	struct addr	 net;
	uint8_t		 prefix_len;
	uint8_t		 protocol;
	uint16_t	 src_port, dst_port;
};

/*
 * Configuration of a client.  `has` tells which members count.  Texts are printable ASCII and end with '\0' (a banner
 * may have newlines); what a peer sends otherwise is refused before it gets here, numbers above n..._MAX are cut off.
 */
struct ike_modecfg {
	uint32_t	 has;			/* IKE_CFG_... */
	struct addr	 address;		/* IPv4 */
	uint8_t		 mask_len;
	struct addr	 dns[IKE_CFG_DNS_MAX], wins[IKE_CFG_DNS_MAX];
	size_t		 ndns, nwins;
	uint32_t	 expiry_s;		/* 0 = none */
	char		 version[IKE_CFG_NAME_MAX];
	char		 banner[IKE_CFG_BANNER_MAX];
	bool		 save_password;
	char		 domain[IKE_CFG_NAME_MAX];
	char		 split_dns[IKE_CFG_DOMAINS_MAX][IKE_CFG_NAME_MAX];
	size_t		 nsplit_dns;
	struct ike_cfg_net include[IKE_CFG_NETS_MAX], exclude[IKE_CFG_NETS_MAX];
	size_t		 ninclude, nexclude;
	uint16_t	 natt_port;
	unsigned	 pfs_group;		/* 0 = no PFS */
	char		 backup[IKE_CFG_BACKUPS_MAX][IKE_CFG_NAME_MAX];	/* names or dotted addresses */
	size_t		 nbackup;
	char		 ddns_host[IKE_CFG_NAME_MAX];
};

#endif
