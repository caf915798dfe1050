#ifndef INSPIRE_IKE_WIRE_H
#define INSPIRE_IKE_WIRE_H

/*
 * ISAKMP messages as bytes (RFC 2407, 2408, 2409): header, payload chains, proposals, attributes,
 * identities, notifies, and a writer.  Nothing here keeps state or knows an SA.  A decoder returns
 * IKEC_OK or the counter of what was wrong; what it gives out points into the caller's bytes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/ike.h"
#include "lib/buf.h"

#define IKE_HDR_LEN	28
#define IKE_MSG_MAX	8192	/* bytes of a message, in and out */
#define IKE_COOKIE	8
#define IKE_NONCE_MIN	8
#define IKE_NONCE_MAX	256
#define IKE_PAYLOADS	48	/* in one message */
#define IKE_TRANSFORMS	64	/* in one SA payload */
#define IKE_PROPOSALS	32

enum { ISAKMP_FLAG_E = 1, ISAKMP_FLAG_C = 2, ISAKMP_FLAG_A = 4 };
enum { EXCH_MAIN = 2, EXCH_AGGRESSIVE = 4, EXCH_INFO = 5, EXCH_TRANSACTION = 6, EXCH_QUICK = 32 };
enum { PROTO_ISAKMP = 1, PROTO_AH = 2, PROTO_ESP = 3 };	/* RFC 2407 4.4.1 */

enum payload_type {
	PL_NONE = 0,
#define IKE_PAYLOAD(id, number, name)	PL_##id = number,
#include "ike/wire/payload.def"
#undef IKE_PAYLOAD
};
enum notify_type {
#define IKE_NOTIFY(id, number, name)	NOTIFY_##id = number,
#include "ike/wire/notify.def"
#undef IKE_NOTIFY
};
const char	*payload_name(unsigned type);
const char	*notify_name(unsigned type);	/* "Unknown" for others */

struct cfg_payload;

struct isakmp_hdr {
	uint8_t		 icookie[IKE_COOKIE], rcookie[IKE_COOKIE];
	uint8_t		 next, exchange, flags;
	uint32_t	 msgid;
};

struct payload {
	uint8_t		 type;
	const uint8_t	*p;		/* body, without the generic header */
	size_t		 n;
};

struct msg {
	struct isakmp_hdr h;
	const struct ike_path *path;	/* by which it came */
	const uint8_t	*raw;		/* as received */
	size_t		 rawlen;
	struct payload	 pl[IKE_PAYLOADS];
	size_t		 npl;
	const uint8_t	*tail;		/* what follows the first payload, to the end of the last */
	size_t		 taillen;
	uint8_t		 next_iv[16];	/* last block of the ciphertext, when it was encrypted */
	enum ike_counter err;		/* what decoding found */
	const struct cfg_payload *cfg;	/* of a transaction */
	size_t		 nunknown;	/* payloads of types that are not known, left out */
	uint8_t		 clear[IKE_MSG_MAX];	/* decrypted payloads */
};

/* RFC 2408 3.1.  Checks all that can be checked without an SA. */
enum ike_counter hdr_parse(const uint8_t *p, size_t n, struct isakmp_hdr *h);
/* RFC 2408 3.2.  padded: bytes may follow the last payload (encryption's padding), else zeros that fill four bytes.  Payloads of
 * types not known are left out. */
enum ike_counter msg_chain(struct msg *m, uint8_t first, const uint8_t *p, size_t n, bool padded);
const struct payload *msg_find(const struct msg *m, uint8_t type, size_t nth);
size_t		 msg_number(const struct msg *m, uint8_t type);

/* Which payloads a message may have, and how many. */
enum msg_kind { MSG_MM1, MSG_MM2, MSG_MM3, MSG_MM5, MSG_QM1, MSG_QM2, MSG_QM3, MSG_INFO, MSG_INFO_CLEAR,
	MSG_AM1, MSG_AM2, MSG_AM3, MSG_CFG, MSG_MM5_SIG, MSG_AM2_SIG, MSG_AM3_SIG, MSG_QM4 };
enum ike_counter msg_rules(const struct msg *m, enum msg_kind kind);

/* Attributes (RFC 2408 3.3). */
struct attr {
	uint16_t	 type;
	bool		 basic;
	uint32_t	 value;		/* of a longer one UINT32_MAX when it doesn't fit */
	const uint8_t	*p;		/* bytes of a variable one */
	size_t		 n;
};
bool		 attr_next(struct rd *r, struct attr *a);	/* false at the end, or r->bad */

/* An SA payload (RFC 2408 3.4 to 3.6, RFC 2407 4.6.1), taken apart and checked whole. */
struct transform {
	uint8_t		 prop;		/* index of its proposal */
	uint8_t		 number, id;
	const uint8_t	*attrs;
	size_t		 nattrs;
	bool		 last;		/* of its proposal */
};
struct proposal {
	uint8_t		 number, proto;
	const uint8_t	*spi;
	size_t		 spi_len;
	bool		 bundled;	/* another has the same number */
};
struct sa_payload {
	struct proposal	 prop[IKE_PROPOSALS];
	size_t		 nprop;
	struct transform t[IKE_TRANSFORMS];
	size_t		 nt;
};
enum ike_counter sa_parse(const uint8_t *p, size_t n, struct sa_payload *out);

/* Phase 1 attributes (RFC 2409 appendix A). */
enum { A1_ENC = 1, A1_HASH = 2, A1_AUTH = 3, A1_GROUP = 4, A1_LIFE_TYPE = 11, A1_LIFE = 12, A1_PRF = 13, A1_KEYLEN = 14 };
struct p1_attrs {
	uint16_t	 enc, keylen, hash, auth, group;
	uint32_t	 life_s, life_kb;	/* 0 = not said */
	bool		 life_basic;
	bool		 odd;			/* has attributes that we don't know */
};
enum ike_counter p1_attrs_parse(const struct transform *t, struct p1_attrs *out);
bool		 p1_cipher(const struct p1_attrs *a, enum cipher_alg *out);
enum hash_alg	 p1_hash(unsigned id);		/* HASH_NONE if not known */
void		 p1_from_policy(const struct ike_policy *p, struct p1_attrs *out);

/* Phase 2 attributes (RFC 2407 4.5, RFC 4304 for ESN). */
enum { A2_LIFE_TYPE = 1, A2_LIFE = 2, A2_GROUP = 3, A2_ENCAPS = 4, A2_AUTH = 5, A2_KEYLEN = 6, A2_ESN = 11 };
struct p2_attrs {
	uint16_t	 group, encaps, auth, keylen;
	bool		 esn, odd;
	uint32_t	 life_s, life_kb;
};
/* Encapsulation modes in UDP: RFC 3947, 5.1, and its drafts' private ones. */
enum { ENCAPS_TUNNEL = 1, ENCAPS_TRANSPORT = 2, ENCAPS_UDP_TUNNEL = 3, ENCAPS_UDP_TRANSPORT = 4, ENCAPS_DRAFT_UDP_TUNNEL = 61443, ENCAPS_DRAFT_UDP_TRANSPORT = 61444 };
enum ike_counter p2_attrs_parse(const struct transform *t, struct p2_attrs *out);
/* Bytes of keying material: encryption (with salt) and authentication. False: not a transform we know. */
bool		 esp_key_len(const struct ike_esp *e, size_t *enc, size_t *auth);

/* Identities (RFC 2407 4.6.2). */
enum ike_counter id_parse(const uint8_t *p, size_t n, struct ike_id *out);
bool		 id_eq(const struct ike_id *a, const struct ike_id *b);

/* An original address (RFC 3947, 5.2): IPv4. */
enum ike_counter natoa_parse(const struct payload *pl, struct addr *out);

/* Notify and Delete (RFC 2408 3.14, 3.15). */
struct notify {
	uint32_t	 doi;
	uint8_t		 proto;
	uint16_t	 type;
	const uint8_t	*spi, *data;
	size_t		 spi_len, data_len;
};
struct delete {
	uint32_t	 doi;
	uint8_t		 proto;
	const uint8_t	*spis;
	size_t		 spi_len, n;
};
enum ike_counter notify_parse(const struct payload *pl, struct notify *out);
enum ike_counter delete_parse(const struct payload *pl, struct delete *out);

/*
 * Certificates (RFC 2408 3.9): those of a payload are added to out[*n ..]; PKCS #7 may hold several.  IKEC_CERT_ENCODING: of a kind
 * that is of no use here.  A request (3.10) has the DER name of an authority, or none: any will do.
 */
enum { CERT_PKCS7 = 1, CERT_X509_SIG = 4 };
enum ike_counter certpl_parse(const struct payload *pl, struct ike_der *out, size_t *n, size_t max);
enum ike_counter certreqpl_parse(const struct payload *pl, struct ike_der *name);
bool		 certder_subject(const struct ike_der *cert, struct ike_der *name);	/* whose it is */

/* A piece of a message that was too long, the whole with its header (no RFC; the vendors' own form). */
#define FRAG_LAST	1
#define FRAG_HDR_LEN	8	/* with the generic header */
struct frag { uint16_t id; uint8_t number; bool last; const uint8_t *p; size_t n; };
enum ike_counter frag_parse(const struct payload *pl, struct frag *out);

/* Vendor ids. */
enum vid { VID_UNKNOWN, VID_NATT_RFC3947, VID_NATT_07, VID_NATT_03, VID_NATT_02, VID_NATT_02_PLAIN, VID_DPD, VID_UNITY, VID_XAUTH, VID_SELF, VID_FRAGMENTATION };
enum vid	 vid_of(const uint8_t *p, size_t n);
const uint8_t	*vid_bytes(enum vid v, size_t *n);

/* A message being written. */
struct out {
	struct wr	 w;
	size_t		 next_at;	/* where the next payload's type goes */
	size_t		 len_at;	/* where the open payload's length goes */
	uint8_t		 buf[IKE_MSG_MAX];
};
void		 out_begin(struct out *o, const uint8_t *icookie, const uint8_t *rcookie, uint8_t exchange, uint8_t flags, uint32_t msgid);
void		 out_open(struct out *o, uint8_t type);		/* writes a generic header */
void		 out_close(struct out *o);
void		 out_payload(struct out *o, uint8_t type, const void *p, size_t n);
void		 out_id(struct out *o, const struct ike_id *id);
void		 out_notify(struct out *o, uint8_t proto, uint16_t type, const void *spi, size_t spi_len, const void *data, size_t n);
void		 out_delete(struct out *o, uint8_t proto, const void *spis, size_t spi_len, size_t n);
void		 out_sa_p1(struct out *o, const struct ike_policy *p, size_t n);
/* An answer: the one transform chosen, as it was offered. */
void		 out_sa_choice(struct out *o, const struct proposal *p, const struct transform *t);
/* A proposal with its one transform; an answer keeps the numbers of the offer. */
struct p2_row { uint8_t prop, trans; struct ike_esp esp; unsigned group; uint32_t life_s, life_kb, spi; uint16_t encaps; /* 0 = tunnel or transport, as esp says */ };
void		 out_sa_p2(struct out *o, const struct p2_row *rows, size_t n);
void		 out_vid(struct out *o, enum vid v);
void		 out_cert(struct out *o, const struct ike_der *cert);
void		 out_certreq(struct out *o, const struct ike_der *authority);
void		 out_natoa(struct out *o, uint8_t type, const struct addr *a);
size_t		 out_finish(struct out *o, size_t block);	/* pads to block (1 = none), sets the length; 0 if it didn't fit */

#endif
