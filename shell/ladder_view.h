#ifndef INSPIRE_SHELL_LADDER_VIEW_H
#define INSPIRE_SHELL_LADDER_VIEW_H

/* What the renderers share: who stands in which column, and the sentences. */

#include "shell/ladder_int.h"

#define LADDER_COLUMNS		6	/* the rest of the parties share the last */
#define LADDER_LANES		60	/* SAs drawn */

struct ladder_view {
	const struct ladder *l;
	unsigned	 ncolumns, nshared;	/* shared: parties in the last column, 0 = it is one party's */
	uint8_t		 column[LADDER_PARTIES];
	uint16_t	 party[LADDER_COLUMNS];
	size_t		 nlanes;		/* of l->sas, from the first; those never used by anybody are none */
	unsigned	 lane[LADDER_LANES];
	size_t		 more_lanes;
};

void	 ladder_view(struct ladder_view *v, const struct ladder *l);
void	 ladder_head(const struct ladder_view *v, unsigned column, char *name, char *addr, size_t n);
void	 ladder_title(const struct ladder *l, const struct ladder_style *s, struct text *t);
void	 ladder_summary(const struct ladder *l, struct text *t);	/* sentences, a line each */
void	 ladder_label(const struct ladder_view *v, const struct ladder_row *r, struct text *t);
/* "INVALID SPI", "again", "encrypted": signs in words of what a row is. */
const char *ladder_row_sign(const struct ladder_row *r);
void	 ladder_row_sentence(const struct ladder_view *v, const struct ladder_row *r, struct text *t);	/* for who cannot see it */
void	 ladder_cut(const struct ladder *l, struct text *t);		/* what is not drawn, a line each */
void	 ladder_lane_title(const struct ladder_view *v, const struct ladder_sa *sa, struct text *t);
void	 ladder_lane_end(const struct ladder_view *v, const struct ladder_sa *sa, unsigned end, struct text *t);
void	 ladder_escape(struct text *t, const char *s);		/* for HTML and SVG, also in attributes */
void	 ladder_escape_cut(struct text *t, const char *s, size_t most);	/* ... with "..." for what is beyond */
/* The lanes of the SAs as a group of SVG, from y downward; gives the height. */
unsigned ladder_svg_lanes(const struct ladder_view *v, unsigned y, struct text *out);
#define LADDER_SVG_WIDTH	960
/* When: the time of the day, and in captures of more than one day its number instead of the milliseconds. */
void	 ladder_when(const struct ladder *l, int64_t ns, struct text *t);
/* Where a time stands between the captures' begin and end, in thousandths. */
unsigned ladder_at(const struct ladder *l, int64_t ns);

#endif
