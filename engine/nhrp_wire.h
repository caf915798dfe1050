#ifndef INSPIRE_ENGINE_NHRP_WIRE_H
#define INSPIRE_ENGINE_NHRP_WIRE_H

/*
 * NHRP packets (RFC 2332, 5) with IPv4 as protocol and as NBMA address, to and from bytes.  A packet is a fixed
 * header, a mandatory part, client information entries (CIEs) and extensions; of the two indications the
 * mandatory part ends with the packet that they tell of.  Nothing here keeps state.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text;

enum nhrp_type {
	NHRP_RESOLUTION_REQUEST = 1, NHRP_RESOLUTION_REPLY, NHRP_REGISTRATION_REQUEST, NHRP_REGISTRATION_REPLY,
	NHRP_PURGE_REQUEST, NHRP_PURGE_REPLY, NHRP_ERROR_INDICATION,
	NHRP_TRAFFIC_INDICATION,	/* Cisco's: there is a shorter way */
	NHRP_TYPE__END
};

/* Flags of the mandatory part; what a bit means depends on the type. */
#define NHRP_FLAG_ROUTER	0x8000u	/* resolution: the requester is a router */
#define NHRP_FLAG_AUTH		0x4000u	/* resolution: authoritative answers only / such a one */
#define NHRP_FLAG_STABLE	0x2000u	/* resolution: destination's binding is stable */
#define NHRP_FLAG_UNIQUE	0x1000u	/* resolution: unique binding only */
#define NHRP_FLAG_SRC_STABLE	0x0800u
#define NHRP_FLAG_REG_UNIQUE	0x8000u	/* registration: nobody else may have the address */
#define NHRP_FLAG_NO_REPLY	0x8000u	/* purge */
#define NHRP_FLAG_NAT		0x0002u	/* Cisco's: knows the NAT address extension */

/* Codes of CIEs and of error indications (RFC 2332, 5.2.0.1 and 5.2.7). */
enum nhrp_code {
	NHRP_OK = 0, NHRP_ERR_EXTENSION = 1, NHRP_ERR_LOOP = 3, NHRP_PROHIBITED = 4, NHRP_NO_RESOURCES = 5,
	NHRP_ERR_UNREACHABLE = 6, NHRP_ERR_PROTOCOL = 7, NHRP_ERR_SIZE = 8, NHRP_ERR_BAD_EXTENSION = 9, NHRP_ERR_BAD_REPLY = 10,
	NHRP_ERR_AUTH = 11, NHRP_NO_BINDING = 12, NHRP_NOT_UNIQUE = 13, NHRP_UNIQUE_TAKEN = 14, NHRP_ERR_HOPS = 15
};

enum nhrp_ext {
	NHRP_EXT_END = 0, NHRP_EXT_RESPONDER = 3, NHRP_EXT_FORWARD = 4, NHRP_EXT_REVERSE = 5, NHRP_EXT_AUTH = 7,
	NHRP_EXT_VENDOR = 8, NHRP_EXT_NAT = 9
};

struct nhrp_cie {
	uint8_t		 code, prefix, preference;
	uint16_t	 mtu, holdtime;
	bool		 has_nbma, has_proto;
	uint32_t	 nbma, proto;
};

#define NHRP_CIES	8	/* so many of a kind are read; a packet with more is refused */
#define NHRP_AUTH_MAX	8	/* characters of `ip nhrp authentication` */
#define NHRP_MAX	1400	/* bytes of a packet that we send */
#define NHRP_HDR	20	/* the fixed header */
#define NHRP_QUOTE	68	/* so much of a packet is told in a traffic indication */
#define NHRP_QUOTE_ALL	1024	/* and in an error indication: as a rule all of it */

struct nhrp_cies {
	struct nhrp_cie	 v[NHRP_CIES];
	size_t		 n;
};

struct nhrp_msg {
	enum nhrp_type	 type;
	uint8_t		 hops;
	uint16_t	 flags;
	uint32_t	 reqid;
	uint32_t	 src_nbma, src, dst;		/* src_nbma 0 = none */
	struct nhrp_cies cies;
	/* Indications: */
	uint16_t	 code, offset;
	const uint8_t	*body;				/* the packet told of; lent */
	size_t		 body_len;
	/* Extensions. */
	bool		 has_responder, has_forward, has_reverse, has_nat, has_auth;
	struct nhrp_cies responder, forward, reverse, nat;
	uint8_t		 auth[NHRP_AUTH_MAX];
	size_t		 auth_len;
	/* As it came. */
	size_t		 size, extoff;
};

enum nhrp_verdict {
	NHRP_GOOD,
	NHRP_SHORT,		/* ends too soon, or a length leads out of it */
	NHRP_CHECKSUM,
	NHRP_UNSUPPORTED,	/* another version, family or length of address */
	NHRP_MALFORMED,
	NHRP_UNKNOWN_EXT,	/* compulsory, and not known */
	NHRP_TOO_MANY
};

/* body is lent by p. */
enum nhrp_verdict nhrp_decode(const uint8_t *p, size_t n, struct nhrp_msg *out);
/* Of a packet that may be cut short, as indications quote it: the addresses; zeros if they are not there. */
void		 nhrp_peek(const uint8_t *p, size_t n, struct nhrp_msg *out);
/* Bytes written, 0 if it does not fit.  Sets m->size and m->extoff. */
size_t		 nhrp_encode(struct nhrp_msg *m, uint8_t *out, size_t max);
/* An answer's or a forwarded packet's CIE list. */
bool		 nhrp_cie_add(struct nhrp_cies *l, const struct nhrp_cie *c);

const char	*nhrp_type_name(enum nhrp_type t);		/* "Registration Request" */
const char	*nhrp_code_name(unsigned code);			/* "no error" */
const char	*nhrp_verdict_name(enum nhrp_verdict v);
/* The `debug nhrp packet` lines below the first, and those of `debug nhrp extension`: an entry each, through say. */
void		 nhrp_describe(const struct nhrp_msg *m, void (*say)(void *arg, const char *text), void *arg);
void		 nhrp_describe_exts(const struct nhrp_msg *m, void (*say)(void *arg, const char *text), void *arg);

#endif
