#ifndef INSPIRE_ENGINE_CFG_FOREIGN_H
#define INSPIRE_ENGINE_CFG_FOREIGN_H

/*
 * Lines of a configuration that nothing here acts on, kept as text so that they are shown again and saved.  A block is
 * the whole configuration (key "") or one of the sections that the router knows ("interface GigabitEthernet0/0"); a
 * line of the whole configuration may be a section itself, with the lines that stand in it.
 */

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

struct cfg_foreign_line {
	TAILQ_ENTRY(cfg_foreign_line) next;
	char		*text;		/* as given, without what surrounds it */
	char		*after;		/* the known line that stood before it; NULL = none did */
	bool		 placed;	/* it came with a text, where it had a place; else it was typed */
	bool		 section;	/* others stand in it */
	uint8_t		 kind;		/* what it is about: the shell's */
	uint16_t	 indent;	/* blanks before it */
	uint32_t	 made, seen;	/* the load that brought it, and the last that had it; 0 = typed */
	char		**subs;		/* as given, indented */
	size_t		 nsubs, subs_size;
	UT_hash_handle	 hh;		/* by text */
};
TAILQ_HEAD(cfg_foreign_lines, cfg_foreign_line);

struct cfg_foreign_block {
	TAILQ_ENTRY(cfg_foreign_block) next;
	char		*key;
	struct cfg_foreign_lines lines;	/* in the order in which they came */
	struct cfg_foreign_line *by_text;
	size_t		 nos;		/* lines that begin with `no` */
	UT_hash_handle	 hh;
};
TAILQ_HEAD(cfg_foreign_blocks, cfg_foreign_block);

struct cfg_foreign {
	struct cfg_foreign_blocks blocks;
	struct cfg_foreign_block *by_key;
	size_t		 n;		/* lines, those within lines too */
	uint32_t	 loads;		/* texts that were taken in */
};

void	 cfg_foreign_init(struct cfg_foreign *f);
void	 cfg_foreign_free(struct cfg_foreign *f);	/* what it holds */
struct cfg_foreign_block *cfg_foreign_block(struct cfg_foreign *f, const char *key, bool create);
const struct cfg_foreign_block *cfg_foreign_peek(const struct cfg_foreign *f, const char *key);	/* NULL if there is none */
void	 cfg_foreign_block_del(struct cfg_foreign *f, struct cfg_foreign_block *b);
struct cfg_foreign_line	*cfg_foreign_find(const struct cfg_foreign_block *b, const char *text);
/* At the end of the block, unless that text is there: then it is that line. */
struct cfg_foreign_line	*cfg_foreign_add(struct cfg_foreign *f, struct cfg_foreign_block *b, const char *text);
void	 cfg_foreign_set_text(struct cfg_foreign_block *b, struct cfg_foreign_line *l, const char *text);
void	 cfg_foreign_del(struct cfg_foreign *f, struct cfg_foreign_block *b, struct cfg_foreign_line *l);
void	 cfg_foreign_sub_add(struct cfg_foreign *f, struct cfg_foreign_line *l, const char *text);
void	 cfg_foreign_sub_insert(struct cfg_foreign *f, struct cfg_foreign_line *l, size_t at, const char *text);
void	 cfg_foreign_sub_del(struct cfg_foreign *f, struct cfg_foreign_line *l, size_t i);

#endif
