#ifndef INSPIRE_LIB_ADDR_H
#define INSPIRE_LIB_ADDR_H

/*
 * Addresses.  An IPv4 address alone is a uint32_t in host byte order everywhere in this
 * project; where either family may stand it is a struct addr.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDR_NONE	0
#define ADDR_V4		4
#define ADDR_V6		6
#define ADDR_STRLEN	46		/* with the NUL */

struct addr {
	uint8_t			af;	/* ADDR_* */
	union {
		uint32_t	v4;	/* host byte order */
		uint8_t		v6[16];
	};
};

struct prefix {
	struct addr	addr;		/* host bits zero */
	uint8_t		len;
};

#define ADDR_PACKED	17		/* bytes of addr_pack() */

struct addr	 addr_v4(uint32_t v4);
/* Family and bytes, the rest zero: fit to be hashed and compared. */
void		 addr_pack(const struct addr *a, uint8_t out[ADDR_PACKED]);
bool		 addr_eq(const struct addr *a, const struct addr *b);
int		 addr_cmp(const struct addr *a, const struct addr *b);
/* Returns out; "0.0.0.0" style, no prefix. */
const char	*addr_fmt(const struct addr *a, char out[ADDR_STRLEN]);
const char	*ip4_fmt(uint32_t v4, char out[ADDR_STRLEN]);
/* Strict dotted quad (or IPv6 text for addr_parse): no leading/trailing junk. */
bool		 ip4_parse(const char *s, uint32_t *out);
bool		 addr_parse(const char *s, struct addr *out);
/* "a.b.c.d/len"; host bits are kept in *addr. */
bool		 ip4_parse_cidr(const char *s, uint32_t *addr, unsigned *len);
uint32_t	 ip4_mask(unsigned len);		/* 24 -> 0xffffff00 */
int		 ip4_mask_len(uint32_t mask);		/* -1 if not contiguous */

#endif
