#ifndef INSPIRE_SHELL_LADDER_MODEL_H
#define INSPIRE_SHELL_LADDER_MODEL_H

/*
 * What a ladder draws: the parties, a row for each message or run of packets in the order of their time, and the SAs
 * with what each end has of them.  Frames of one or two captures go in by ladder_frame(), in the order of time; ESP is
 * folded as it comes, so that memory grows with what is drawn and not with the captures.
 *
 * All that comes out of a capture is hostile: names are cleaned when they are taken in (printable ASCII alone), and
 * the renderers escape what their format asks for.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/text.h"

struct ladder_ike;
struct ladder_esp;
struct ladder_frags;
struct ladder_keys;
struct ladder_log;
struct ladder_pkt;

#define LADDER_SOURCES		2	/* captures */
#define LADDER_PARTIES		64
#define LADDER_ALIASES		4	/* addresses of a party */
#define LADDER_NAME		48
#define LADDER_ROWS		2000	/* unless asked for otherwise */
#define LADDER_ROWS_MOST	100000
#define LADDER_SAS		4096	/* remembered */
#define LADDER_NOBODY		UINT16_MAX

/* One party by all its addresses: a translator, or a move, gives it another. */
struct ladder_party {
	struct addr	 addr[LADDER_ALIASES];
	unsigned	 naddr;
	char		 name[LADDER_NAME];	/* "" = only the address is known */
	bool		 asked;			/* --name: stays */
};

enum ladder_kind { LADDER_IKE, LADDER_ESP, LADDER_KEEPALIVE, LADDER_ICMP };

/* A run of ESP or AH packets of one SPI in one direction. */
struct ladder_run {
	uint64_t	 count, bytes;
	uint32_t	 first, last;		/* sequence numbers */
	uint32_t	 gaps, missing;		/* places where numbers are left out, and how many are */
	uint32_t	 replays, late;		/* numbers seen before; numbers that fill a gap */
	uint64_t	 other;			/* how many of them the other capture has */
};

struct ladder_row {
	enum ladder_kind kind;
	int64_t		 ns, last_ns;
	uint16_t	 from, to;		/* parties */
	uint16_t	 sport, dport;		/* of UDP, 0 = none */
	bool		 bad;			/* drawn as an invalid SPI */
	bool		 again;			/* the same bytes as before */
	bool		 sealed;		/* encrypted, and not opened */
	uint8_t		 seen;			/* a bit for each capture that has it */
	unsigned	 sa;			/* of ladder.sas, or UINT_MAX */
	unsigned	 order;			/* in which it came */
	char		*title;			/* "MM1", "ESP 0x410f2223" */
	char		*brief;			/* payloads, or what the run was */
	char		*detail;		/* lines */
	char		*why;			/* why it is bad */
	const char	*state[2];		/* of sender and receiver after it, NULL = nothing is known */
	uint32_t	 number, back;		/* messages of a series, of them answers; 0 = it is one message */
	struct ladder_run run;
};

/* What one end has of an SA. */
struct ladder_life {
	int64_t		 from, to;
	const char	*why;			/* why it ended; NULL = it hasn't, as far as is known */
	bool		 known;			/* false: this end was never seen to have it */
};

/* A stretch in which ESP came for an SPI that its receiver had not. */
struct ladder_stray { int64_t from, to; uint64_t count; };

struct ladder_sa {
	bool		 ike;
	uint16_t	 party[2];		/* IKE: initiator, responder; IPsec: sender, receiver */
	char		 id[40];		/* SPI, or cookies */
	char		 says[64];		/* cipher and so on */
	uint32_t	 spi;
	uint8_t		 proto;			/* 50, 51 */
	bool		 inferred;		/* from packets alone */
	struct ladder_life life[2];
	int64_t		 first, last;		/* packets; last < first: none */
	uint64_t	 packets;
	uint32_t	 life_s;		/* agreed; 0 = not known */
	unsigned	 pair;			/* the SA of the other direction, UINT_MAX = not known */
	struct ladder_stray stray;		/* count 0 = none */
	int64_t		 gone;			/* the receiver has it no more from here on; INT64_MAX = not known */
	const char	*gone_why;
};

struct ladder_file {
	char		 name[128];		/* as given, cleaned */
	uint64_t	 frames;
	char		*broken;		/* where and why reading ended, NULL = at its end */
};

struct ladder {
	struct ladder_file file[LADDER_SOURCES];
	unsigned	 nfiles;
	struct ladder_party party[LADDER_PARTIES];
	unsigned	 nparties;
	char		 transit[4][LADDER_NAME];	/* nodes that send for several */
	struct ladder_row *rows;
	size_t		 nrows, size, max_rows;
	struct ladder_sa *sas;
	size_t		 nsas;
	int64_t		 begin, end;		/* times of the first frame and of the last */
	int64_t		 cut_ns;		/* when the first row was left out */
	int64_t		 shift;			/* added to the second capture's times */

	/* Counted. */
	uint64_t	 frames, ike, esp, others, short_frames, unknown_links, fragments, lost_fragments, twins;
	uint64_t	 cut_rows, cut_parties, cut_flows, cut_sas;
	uint64_t	 stray;			/* packets with an invalid SPI */
	size_t		 opened, sealed;	/* encrypted messages */
	bool		 have_keys;

	struct ladder_ike *ikes;
	struct ladder_esp *esps;
	struct ladder_frags *frags;
	struct ladder_keys *keys;		/* NULL = none */
	struct ladder_log *log;			/* NULL = none */
	/* Set: IKE messages go there and nowhere else. */
	void		(*tap)(void *arg, const struct ladder_pkt *k);
	void		*tap_arg;
};

/* A frame of a capture, lent. */
enum ladder_dir { LADDER_DIR_UNKNOWN, LADDER_DIR_IN, LADDER_DIR_OUT };
struct ladder_frame {
	unsigned	 source;
	int64_t		 ns;
	unsigned	 link;			/* LINKTYPE_ of pcap */
	const uint8_t	*p;
	size_t		 n;
	const char	*ifname;		/* may be NULL */
	enum ladder_dir	 dir;
};

struct ladder	*ladder_new(void);
void		 ladder_free(struct ladder *l);
unsigned	 ladder_add_file(struct ladder *l, const char *name);
void		 ladder_frame(struct ladder *l, const struct ladder_frame *f);
void		 ladder_end(struct ladder *l);		/* after the last frame: runs are closed, titles are written */
/* A party is called so; false: the address is none. */
bool		 ladder_name(struct ladder *l, const char *addr, const char *name);

/* Both files of a folder as engine/keyfile.h writes them; false with *why if neither can be read. */
bool		 ladder_keys_read(struct ladder *l, const char *dir, char **why);
/* A key of the cipher, by the initiator's cookie. */
void		 ladder_keys_add(struct ladder *l, const uint8_t icookie[8], const uint8_t *key, size_t n);
/* Lines of %CRYPTO-4-RECVD_PKT_INV_SPI with times; false with *why. */
bool		 ladder_log_read(struct ladder *l, const char *path, char **why);

/* Renderers. */
struct ladder_style {
	bool		 ascii, colour, details;
	const char	*title;			/* NULL: the files' names */
};
void		 ladder_text(const struct ladder *l, const struct ladder_style *s, struct text *out);
void		 ladder_svg(const struct ladder *l, const struct ladder_style *s, struct text *out);
void		 ladder_html(const struct ladder *l, const struct ladder_style *s, struct text *out);

#endif
