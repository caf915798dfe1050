#ifndef INSPIRE_ENGINE_LOAD_H
#define INSPIRE_ENGINE_LOAD_H

/*
 * How busy the process is that runs this router: looked at once a second on a real clock.  On a virtual one there are no
 * seconds to look in; all there is to say then is the average since the process began.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct router;
struct load;

#define LOAD_SECONDS	300u
#define LOAD_MINUTES	60u
#define LOAD_HOURS	72u

/* Hundredths of a percent of one processor: all of it, and the part of the system on behalf of the process. */
struct load_share { unsigned all, system; };

struct load	*load_new(struct router *r);
void		 load_free(struct load *l);
/* One more sample: what was used in so much time.  (The timer's; and a test's.) */
void		 load_add(struct load *l, uint32_t used_us, uint32_t system_us, uint32_t span_us);
/* The average of the last so many seconds (at most LOAD_SECONDS), or of those there were. */
struct load_share load_average(const struct router *r, unsigned seconds);
/* Percent; the newest has number 0.  False: there is none so old. */
bool		 load_second(const struct router *r, size_t i, unsigned *pct);
bool		 load_minute(const struct router *r, size_t i, unsigned *max, unsigned *average);
bool		 load_hour(const struct router *r, size_t i, unsigned *max, unsigned *average);

#endif
