#ifndef INSPIRE_ENGINE_EPC_H
#define INSPIRE_ENGINE_EPC_H

/*
 * Embedded packet capture (`monitor capture`): packets of any interface, kept in memory while a capture runs.  A router's
 * captures together keep no more than EPC_MEMORY; they are gone with a reload, as they are no configuration.
 */

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "datapath/acl.h"
#include "engine/cfg_acl.h"
#include "engine/config.h"
#include "lib/addr.h"
#include "lib/clock.h"

struct epcs;
struct key_report;
struct router;
struct text;

#define EPC_NAME_MAX	63u
#define EPC_MAX		64u			/* captures of a router */
#define EPC_IFS		16u			/* interfaces of a capture */
#define EPC_MEMORY	(256u << 20)		/* bytes of all buffers together */
#define EPC_SIZE	10240u			/* KB, unless told */

enum epc_filter { EPC_FILTER_NONE, EPC_FILTER_ANY, EPC_FILTER_IPV4, EPC_FILTER_IPV6, EPC_FILTER_ACL };

struct epc_if {
	char		 name[CFG_IF_NAME];
	bool		 in, out;
	uint8_t		 af;		/* of a capture point: packets of this family alone; ADDR_NONE = all */
};

/* A kept packet.  what: an Ethernet frame, an IP packet of a tunnel, or what IPsec on the interface carried (dp_tap_kind). */
struct epc_packet {
	TAILQ_ENTRY(epc_packet)	 next;
	int64_t			 when_ns;	/* shown time */
	uint32_t		 len, orig_len;
	uint8_t			 iface;		/* index in epc.seen */
	uint8_t			 what;
	bool			 out;
	uint8_t			 data[];
};

struct epc {
	TAILQ_ENTRY(epc)	 next;
	struct router		*r;
	char			*name;
	struct epc_if		 ifs[EPC_IFS];
	size_t			 nifs;
	enum epc_filter		 filter;
	struct dp_ace		 ace;		/* IPV4 */
	struct prefix		 src6, dst6;	/* IPV6; af 0 = any */
	uint8_t			 proto6;	/* 0 = any */
	char			*acl;		/* ACL */
	char			*match;		/* as typed, for `show ... parameter` */
	unsigned		 size_kb;
	bool			 by_points;	/* a buffer of capture points (epc_point.h) */
	bool			 circular;
	uint32_t		 limit_s, limit_packets, limit_len, limit_pps, limit_every;	/* 0 = none */

	bool			 active;
	const char		*ending;	/* why it is about to stop by itself */
	struct timer		 stop;
	int64_t			 started_ns;	/* of the router's clock */
	uint64_t		 matched;	/* since the start, of those that the sampling looks at */
	int64_t			 second;	/* the present one, and how many packets it had */
	uint32_t		 in_second, last_second;

	TAILQ_HEAD(, epc_packet) packets;	/* oldest first */
	size_t			 bytes;		/* of memory */
	uint64_t		 kept;		/* packets in the buffer, but those that IPsec carried */
	uint64_t		 dropped;	/* for want of room, or above the rate */
	struct { char name[CFG_IF_NAME]; uint8_t what; } seen[3 * EPC_IFS];	/* where packets in the buffer came from */
	size_t			 nseen;
};

struct epcs	*epcs_new(struct router *r);
void		 epcs_free(struct epcs *e);
/* A key of an SA has come up: remembered while there is a capture, for `export ... keys`. */
void		 epcs_key(struct router *r, const struct key_report *k);

struct epc	*epc_find(const struct router *r, const char *name);	/* NULL: there is none */
struct epc	*epc_make(struct router *r, const char *name);		/* NULL: there are EPC_MAX */
void		 epc_del(struct epc *c);
void		 epc_each(const struct router *r, void (*fn)(void *arg, struct epc *c), void *arg);

bool		 epc_if_set(struct epc *c, const char *ifname, bool in, bool out);	/* false: EPC_IFS are there */
bool		 epc_if_del(struct epc *c, const char *ifname);		/* false: it wasn't there */
void		 epc_filter_clear(struct epc *c);
/* NULL, or a sentence that says why it can't start. */
const char	*epc_start(struct epc *c);
void		 epc_stop(struct epc *c);		/* harmless if it does not run */
void		 epc_run(struct epc *c, bool on);	/* the same, told by who calls */
void		 epc_clear(struct epc *c);
unsigned	 epc_rate(const struct epc *c);		/* packets in the last whole second */

/* The bytes of an IP packet within a kept one, and their number; NULL: it is none. */
const uint8_t	*epc_ip(const struct epc_packet *p, size_t *n);

/* epc_file.c.  pcapng: an interface block for each interface, what IPsec carried by itself and only if asked for. */
void		 epc_pcapng(const struct epc *c, bool decrypted, struct text *out);
/* Wireshark's tables of the keys known here: wipe what comes out. */
void		 epc_key_files(const struct router *r, struct text *esp, struct text *ike);

#endif
