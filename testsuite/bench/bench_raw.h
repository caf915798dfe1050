#ifndef INSPIRE_BENCH_RAW_H
#define INSPIRE_BENCH_RAW_H

/*
 * The limits that ESP is held against: a number of packets sealed or opened by a library alone, in place, keys set beforehand,
 * in the fastest way that we know of asking it.  No look-up, no window, no header but the 8 bytes that ESP authenticates.
 *
 * A packet lies as in ESP: 8 bytes of SPI and number, IV, ntext bytes, ICV.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum raw_lib { RAW_OPENSSL, RAW_IPSEC_MB };
enum raw_kind { RAW_GCM, RAW_CBC_SHA1 };	/* AES-128 both; SHA-1 with 96 bits of ICV */

struct raw;

/* False where it was built without it, or the processor has not what it needs. */
bool		 raw_has(enum raw_lib lib);
const char	*raw_name(enum raw_lib lib);
/* npkt packets of ntext bytes (for CBC a multiple of 16), each with keys of its own of the nkey that there are. */
struct raw	*raw_new(enum raw_lib lib, enum raw_kind kind, size_t ntext, size_t npkt, size_t nkey);
void		 raw_free(struct raw *r);
/* All packets once.  Opening ends the program where what was sealed last does not verify. */
void		 raw_seal(struct raw *r);
void		 raw_open(struct raw *r);
/* For bench_turns(): the processor's seconds that this many turns take. */
double		 raw_time_seal(struct raw *r, unsigned turns);
double		 raw_time_open(struct raw *r, unsigned turns);
double		 raw_time_both(struct raw *r, unsigned turns);
/* The bytes of text that an inner packet of n bytes becomes in tunnel mode. */
size_t		 raw_text(enum raw_kind kind, size_t n);

#endif
