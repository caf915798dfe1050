#ifndef INSPIRE_IKE_WIRE_CFG_H
#define INSPIRE_IKE_WIRE_CFG_H

/*
 * The attribute payload of transaction exchanges as bytes (draft-dukes-ike-mode-cfg-02 3.2), and in it the attributes of mode
 * configuration, of the Unity vendor id and of XAUTH (draft-beaulieu-ike-xauth-02 6).  Decoders return IKEC_OK or the counter of
 * what was wrong; struct cfg_payload points into the caller's bytes, the others are copies.
 */

#include "ike/wire/wire.h"

#define CFG_ATTRS	64	/* in one payload */

enum cfg_type { CFG_REQUEST = 1, CFG_REPLY = 2, CFG_SET = 3, CFG_ACK = 4 };

enum cfg_attr_type {
#define CFG_ATTR(id, number, name, debug)	CFG_A_##id = number,
#include "ike/wire/cfg.def"
#undef CFG_ATTR
};
const char	*cfg_attr_name(unsigned type);	/* as debug calls it, NULL: not known */

struct cfg_attr {
	uint16_t	 type;
	bool		 basic;
	uint16_t	 value;		/* of a basic one */
	const uint8_t	*p;		/* of another; may be empty */
	size_t		 n;
};
struct cfg_payload {
	uint8_t		 type;		/* enum cfg_type */
	uint16_t	 id;
	struct cfg_attr	 a[CFG_ATTRS];
	size_t		 n;
};
enum ike_counter cfg_parse(const uint8_t *p, size_t n, struct cfg_payload *out);

bool		 cfg_has(const struct cfg_payload *c, uint16_t type);

/* XAUTH's: which are there, and those that we read. */
struct xauth_attrs {
	bool		 any;		/* at least one */
	bool		 has_user, has_password, has_status, other;	/* other: one that we can't answer */
	uint16_t	 kind, status;	/* 0 = generic; 0 = fail, 1 = ok */
	char		 message[IKE_XAUTH_TEXT_MAX];
	struct ike_credentials c;
};
enum ike_counter xauth_parse(const struct cfg_payload *c, struct xauth_attrs *out);	/* the caller wipes out */

/* The rest of a payload. values: empty ones are wrong (REPLY, SET), else only `has` is filled in, and texts that are sent with it. */
enum ike_counter modecfg_parse(const struct cfg_payload *c, bool values, struct ike_modecfg *out);

/* Writers: open, attributes, close. */
void		 out_cfg_open(struct out *o, enum cfg_type type, uint16_t id);
void		 out_cfg_basic(struct out *o, uint16_t type, uint16_t value);
void		 out_cfg_bytes(struct out *o, uint16_t type, const void *p, size_t n);
void		 out_cfg_asks(struct out *o, const struct ike_modecfg *want);	/* each of want->has, empty but version and host name */
void		 out_cfg_values(struct out *o, const struct ike_modecfg *m);	/* each of m->has with its value */
void		 out_cfg_empty(struct out *o, const struct cfg_payload *of);	/* an ACK: the same attributes without values */
void		 out_cfg_close(struct out *o);

#endif
