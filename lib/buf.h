#ifndef INSPIRE_LIB_BUF_H
#define INSPIRE_LIB_BUF_H

/*
 * A bounded reader and writer, big-endian, with a sticky error: a read past the end gives zero and
 * sets bad, to be tested once at the end; a write past the end likewise.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rd {
	const uint8_t	*p, *end;
	bool		 bad;
};

struct wr {
	uint8_t		*base, *p, *end;
	bool		 bad;
};

void		 rd_init(struct rd *r, const void *p, size_t n);
size_t		 rd_left(const struct rd *r);
uint8_t		 rd_u8(struct rd *r);
uint16_t	 rd_u16(struct rd *r);
uint32_t	 rd_u32(struct rd *r);
uint64_t	 rd_u64(struct rd *r);
const uint8_t	*rd_bytes(struct rd *r, size_t n);		/* NULL and bad if not there */
struct rd	 rd_sub(struct rd *r, size_t n);		/* a reader of the next n bytes; bad in both if not there */

void		 wr_init(struct wr *w, void *p, size_t n);
size_t		 wr_len(const struct wr *w);
void		 wr_u8(struct wr *w, uint8_t v);
void		 wr_u16(struct wr *w, uint16_t v);
void		 wr_u32(struct wr *w, uint32_t v);
void		 wr_u64(struct wr *w, uint64_t v);
void		 wr_bytes(struct wr *w, const void *p, size_t n);
void		 wr_zero(struct wr *w, size_t n);
void		 wr_u16_at(struct wr *w, size_t off, uint16_t v);	/* patches a length */
void		 wr_u32_at(struct wr *w, size_t off, uint32_t v);

#endif
