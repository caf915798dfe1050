#ifndef INSPIRE_DATAPATH_SA_H
#define INSPIRE_DATAPATH_SA_H

/* A security association as the engine hands it to the datapath, and as the datapath reports it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

#define SA_KEY_MAX	64
#define SA_NONE		0u		/* no handle */

enum sa_proto { SA_AH = 51, SA_ESP = 50 };
enum sa_dir { SA_IN, SA_OUT };
enum sa_cipher {
	SA_CIPHER_NULL, SA_CIPHER_DES, SA_CIPHER_3DES,
	SA_CIPHER_AES_CBC,		/* key length tells 128/192/256 */
	SA_CIPHER_AES_GCM,		/* 16-byte ICV (RFC 4106); key material has the 4-byte salt at its end */
	SA_CIPHER_AES_GMAC,		/* RFC 4543 */
};
enum sa_auth { SA_AUTH_NONE, SA_AUTH_MD5_96, SA_AUTH_SHA1_96, SA_AUTH_SHA256_128, SA_AUTH_SHA384_192, SA_AUTH_SHA512_256 };

struct sa_params {
	enum sa_dir	 dir;
	enum sa_proto	 proto;
	bool		 transport;		/* else tunnel mode */
	bool		 esn;			/* RFC 4304 */
	bool		 cut_after;		/* packets that get too long are cut after they are sealed */
	bool		 df_copy, df_set;	/* outer DF: default clear */
	uint32_t	 spi;
	struct addr	 src, dst;		/* outer addresses, of one family */
	uint16_t	 udp_port;		/* in UDP, between our port 4500 and this one of the peer (RFC 3948); 0 = plain */
	struct addr	 was_src, was_dst;	/* inbound, transport mode in UDP: the addresses that the peer's checksums cover (RFC 3948, 3.1.2) */
	enum sa_cipher	 cipher;
	enum sa_auth	 auth;
	uint8_t		 enc_key[SA_KEY_MAX];
	size_t		 enc_key_len;		/* GCM, GMAC: with the salt */
	uint8_t		 auth_key[SA_KEY_MAX];
	size_t		 auth_key_len;
	unsigned	 replay_window;		/* packets, 64..1024; 0 = off */
	/* Lifetimes; 0 = none.  The soft ones raise SA_EVENT_SOFT once; the hard ones stop the SA. */
	int64_t		 soft_ns, hard_ns;	/* from installation */
	uint64_t	 soft_bytes, hard_bytes;
	int64_t		 idle_ns;		/* SA_EVENT_IDLE after so long without a packet */
	unsigned	 tunnel_if;		/* inbound tunnel mode: decapsulated packets come in on this interface; 0 = the port it came in by */
	unsigned	 ip_mtu;		/* of the outer path where less than the interface's; 0 = not known */
	/*
	 * Inner selectors (host order; proto 0 and ports 0 = any), checked after decapsulation and, without tunnel_if,
	 * used to choose an outbound SA.  They stand as this SA's packets do: of an inbound SA sel_src is the peer's side.
	 */
	uint32_t	 sel_src, sel_src_mask, sel_dst, sel_dst_mask;
	bool		 inner6;		/* tunnel mode: it carries IPv6 (whatever is outside), and these are its selectors */
	struct prefix	 sel6_src, sel6_dst;	/* af 0 = any */
	uint8_t		 sel_proto;
	uint16_t	 sel_sport, sel_dport;
	uint32_t	 guard;			/* inbound: GRE out of it is for tunnels of this guard (dp_gre.guard) */
	uint64_t	 cookie;		/* the engine's own; returned in events */
	uint32_t	 policy;		/* inbound: the numbered policy that it stands for (dp_spd_set); 0 = none */
};

struct sa_info {
	struct sa_params p;			/* keys wiped */
	uint32_t	 handle;
	int64_t		 installed_ns, last_used_ns;	/* last_used 0 = never */
	uint64_t	 packets, bytes;	/* protected successfully / accepted; bytes are inner IP bytes */
	uint64_t	 seq;			/* outbound: last sent; inbound: highest accepted */
	uint64_t	 auth_failed, replayed, bad_len, bad_selector, bad_proto, seq_overflow, expired, rollover, internal_err, encaps_failed;
	unsigned	 overhead;		/* bytes that ESP adds at most */
	unsigned	 plaintext_mtu;
	bool		 dead;			/* hard end reached, or sequence space used up */
};

enum sa_event_kind { SA_EVENT_SOFT_TIME, SA_EVENT_SOFT_BYTES, SA_EVENT_HARD_TIME, SA_EVENT_HARD_BYTES, SA_EVENT_SEQ_SOFT, SA_EVENT_SEQ_END, SA_EVENT_IDLE, SA_EVENT_FIRST_USE,
	SA_EVENT_MOVED	/* an authentic packet came from another UDP port or address: sa_params.udp_port and src of the inbound SA */ };

#endif
