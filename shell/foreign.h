#ifndef INSPIRE_SHELL_FOREIGN_H
#define INSPIRE_SHELL_FOREIGN_H

/*
 * Lines of IOS that nothing here acts on: told from misspelt ones by a table of words (foreign.def), kept as text, and
 * woven into the running configuration where they belong.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct args;
struct cfg_foreign;
struct config;
struct match;
struct router;
struct session;
struct text;

enum foreign_kind {
	FOREIGN_ROUTING, FOREIGN_VRF, FOREIGN_MULTICAST, FOREIGN_QOS, FOREIGN_SWITCHING, FOREIGN_VOICE, FOREIGN_WAN, FOREIGN_INTERFACES,
	FOREIGN_ADDRESSING, FOREIGN_IPV6, FOREIGN_MANAGEMENT, FOREIGN_PLATFORM, FOREIGN_SECURITY, FOREIGN_CRYPTO, FOREIGN_LINES,
	FOREIGN__KINDS
};
const char	*foreign_kind_name(enum foreign_kind k);

/* ---- the table (foreign.c) ---- */

/* Where a line stands, as the letters of foreign.def. */
#define FOREIGN_G	0x01u
#define FOREIGN_I	0x02u
#define FOREIGN_L	0x04u
#define FOREIGN_C	0x08u
#define FOREIGN_A	0x10u
#define FOREIGN_P	0x20u
#define FOREIGN_T	0x40u
#define FOREIGN_S	0x80u

struct foreign_hit {
	enum foreign_kind kind;
	size_t		 words;		/* that the table knew */
	bool		 section, single, deep, on, text;
	size_t		 key;		/* length of those words in the line */
};
/* Does the table know the line's beginning? */
bool		 foreign_find(unsigned where, const char *line, struct foreign_hit *out);
/* Is the word at bad, in a line that the grammar knows up to there, an option that IOS has? */
bool		 foreign_option(unsigned where, const char *line, const char *bad, struct foreign_hit *out);
/* "interface Serial0/0/0", in full words; false: no name of an interface of IOS's. Caller frees *out. */
bool		 foreign_interface(const char *line, char **out);

/* ---- in a session (foreign_take.c, foreign_sub.c) ---- */

/* What a text that is loaded says of a line's place. */
struct foreign_place {
	char		*top, *sub;	/* the known lines before: of the whole configuration, and of the section; NULL = none */
	char		*head;		/* the line of the whole configuration that was just kept; NULL = the last was known */
	uint32_t	 load;
	bool		 undo;		/* its lines take kept ones away, and bring none */
	void		(*kept)(void *arg, enum foreign_kind kind, const char *line);	/* NULL = nobody asks */
	void		*arg;
	size_t		 lines[FOREIGN__KINDS];	/* kept so far */
};

/* Before the grammar is asked: does the line go into the section that is kept as text? */
bool		 foreign_first(struct session *s, const char *line);
/* The grammar refused the line: is it kept, or taken away as its `no` form says? */
bool		 foreign_take(struct session *s, const char *line, const struct match *m);
/* The grammar took the line: it may take kept ones away, and is the place of those to come.  was: s->moves before. */
void		 foreign_known(struct session *s, const char *line, const struct args *a, unsigned was);
/* A line that stands in what `head`, kept in this load, has opened. */
bool		 foreign_inside(struct session *s, const char *head, const char *raw);
/* What stood in it goes: a text comes anew as a whole. */
void		 foreign_empty(struct session *s, const char *head);
/* The line just kept goes again. */
void		 foreign_drop(struct session *s, const char *head);
/* What prompts show between brackets for the section that is kept as text. */
const char	*foreign_suffix(const char *head, const char *part);
/* `exit` in a part of such a section (an address family) leads back to the section. */
bool		 foreign_leave_part(struct session *s);

/* ---- in the running configuration (foreign_weave.c) ---- */

/* Puts the kept lines into the text of a configuration (whole), or of sections of it. */
void		 foreign_weave(const struct config *c, struct text *text, bool whole);
/* The section that is kept under this head ("interface Serial0/0/0"); false if there is none. */
bool		 foreign_section(const struct config *c, const char *head, struct text *out);
/* "14 lines are kept that nothing here acts on: 9 routing, 5 QoS"; false and nothing if there are none. */
bool		 foreign_summary(const struct config *c, struct text *out);
/* The same on standard error, as a start tells it. */
void		 foreign_tell(const struct router *r, const char *source);

#endif
