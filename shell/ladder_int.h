#ifndef INSPIRE_SHELL_LADDER_INT_H
#define INSPIRE_SHELL_LADDER_INT_H

/* What the files that build a ladder's model give each other. */

#include <limits.h>

#include "ike/ike.h"
#include "lib/cipher.h"
#include "lib/clock.h"
#include "shell/ladder_model.h"

#define LADDER_IKE_MOST	8192		/* bytes of a message */
#define LADDER_NONE	UINT_MAX	/* no row, no SA */
#define LADDER_BEFORE	INT64_MIN	/* of a life: since before the captures begin */
#define LADDER_OPEN	INT64_MAX	/* and after they end */

/* A packet behind its IP header, lent. */
struct ladder_pkt {
	unsigned	 source;
	int64_t		 ns;
	struct addr	 src, dst;
	uint16_t	 ip_id;		/* 0 = none */
	uint8_t		 proto;
	bool		 fragment;	/* the first of several, and the rest is not here */
	uint16_t	 sport, dport;	/* when it came in UDP */
	const uint8_t	*p;
	size_t		 n;
	const char	*ifname;
	enum ladder_dir	 dir;
};

/* ladder.c */
void		 ladder_clean(char *out, size_t cap, const void *p, size_t n);	/* printable ASCII, the rest as '?' */
unsigned	 ladder_row_new(struct ladder *l, enum ladder_kind kind, const struct ladder_pkt *k, uint16_t from, uint16_t to);
uint16_t	 ladder_party(struct ladder *l, const struct addr *a);	/* LADDER_NOBODY: too many */
bool		 ladder_party_known(const struct ladder *l, const struct addr *a);
void		 ladder_alias(struct ladder *l, uint16_t party, const struct addr *a);
const char	*ladder_party_text(const struct ladder *l, uint16_t party, char *out, size_t n);
void		 ladder_learn_name(struct ladder *l, const struct ladder_pkt *k, uint16_t from);
void		 ladder_count(struct text *t, uint64_t n);		/* 1,234,567 */
void		 ladder_time(struct text *t, int64_t ns);	/* of the day */
void		 ladder_span(struct text *t, int64_t ns);		/* "28.8 s", "2 min 3 s" */
bool		 ladder_stray_seen(const struct ladder_sa *sa);

/* ladder_sa.c */
unsigned	 ladder_sa_new(struct ladder *l, bool ike, uint16_t a, uint16_t b);
unsigned	 ladder_sa_spi(struct ladder *l, uint16_t to, uint8_t proto, uint32_t spi);	/* LADDER_NONE if there is none */
unsigned	 ladder_sa_ipsec(struct ladder *l, uint16_t from, uint16_t to, uint8_t proto, uint32_t spi);
void		 ladder_sa_begin(struct ladder *l, unsigned sa, unsigned end, int64_t ns);
void		 ladder_sa_ends(struct ladder *l, unsigned sa, unsigned end, int64_t ns, const char *why);
/* The receiver has it no more: packets from now on are strays. */
void		 ladder_sa_gone(struct ladder *l, unsigned sa, int64_t ns, const char *why);
/* All of one party's with another, of before. */
void		 ladder_sa_contact(struct ladder *l, uint16_t lost, uint16_t other, int64_t ns, unsigned but);
void		 ladder_sas_end(struct ladder *l);

/* ladder_link.c */
void		 ladder_ip_payload(struct ladder *l, struct ladder_pkt *k);

/* ladder_frag.c: true: k is whole now (it then points into f, until the next call) */
struct ladder_frags *ladder_frags_new(void);
void		 ladder_frags_free(struct ladder_frags *f);
bool		 ladder_frags_add(struct ladder *l, struct ladder_pkt *k, uint32_t id, size_t offset, bool more);

/* ladder_ike.c */
struct ladder_ike *ladder_ike_new(void);
void		 ladder_ike_free(struct ladder_ike *i);
void		 ladder_ike_input(struct ladder *l, const struct ladder_pkt *k);

/* ladder_esp.c */
struct ladder_esp *ladder_esp_new(void);
void		 ladder_esp_free(struct ladder_esp *e);
void		 ladder_esp_input(struct ladder *l, const struct ladder_pkt *k);
void		 ladder_keepalive(struct ladder *l, const struct ladder_pkt *k);
void		 ladder_icmp(struct ladder *l, const struct ladder_pkt *k);
/* Something between these two has changed: packets from now on are a run of their own. */
void		 ladder_esp_break(struct ladder *l, uint16_t a, uint16_t b);
/* The last packet with this SPI was a stray already, and those that follow are. */
void		 ladder_esp_refused(struct ladder *l, uint16_t receiver, uint8_t proto, uint32_t spi, int64_t ns, const char *why);
/* A Quick Mode (or its successor) is through, which has made a pair of SAs whose SPIs are not known. */
void		 ladder_esp_expect(struct ladder *l, uint16_t a, uint16_t b, int64_t ns);
void		 ladder_esp_end(struct ladder *l);

/* ladder_twin.c: the same message again, or as the other capture has it */
enum ladder_twin { LADDER_NEW, LADDER_AGAIN, LADDER_TWIN };
struct ladder_twins;
struct ladder_twins *ladder_twins_new(void);
void		 ladder_twins_free(struct ladder_twins *t);
/* *row: the first's (AGAIN), or the same packet's (TWIN). */
enum ladder_twin ladder_twin_find(struct ladder_twins *t, const struct ladder_pkt *k, unsigned *row);
void		 ladder_twin_note(struct ladder_twins *t, const struct ladder_pkt *k, unsigned row);

/* ladder_keys.c */
void		 ladder_keys_free(struct ladder_keys *k);
/* The cipher's key of an IKE SA by the initiator's cookie; NULL = none. */
const uint8_t	*ladder_ike_key(const struct ladder *l, const uint8_t icookie[8], size_t *n);
/* What esp_sa says of an SPI: algorithms, or NULL. */
const char	*ladder_esp_key(const struct ladder *l, uint32_t spi, const struct addr *dst);
/* CBC, in place; false if the cipher is not to be had. */
bool		 ladder_decrypt(const struct ladder *l, enum cipher_alg alg, const uint8_t *key, const uint8_t *iv, uint8_t *p, size_t n);

/* ladder_log.c */
void		 ladder_log_free(struct ladder_log *g);
/* When a log says first that dst has no such SPI; INT64_MAX = it doesn't. */
int64_t		 ladder_log_when(struct ladder *l, const struct addr *dst, uint8_t proto, uint32_t spi);

#endif
