#ifndef INSPIRE_SHELL_PING_H
#define INSPIRE_SHELL_PING_H

/* What ping, its dialogue and traceroute share. */

#include <stdbool.h>
#include <stdint.h>

#include "engine/router.h"
#include "shell/session.h"

struct args;

#define PING_SIZE_LEAST	36u
#define PING_SIZE_MOST	18024u

struct ping {
	struct probe_req	 q;
	uint32_t		 count;
	size_t			 sweep_to, sweep_step;	/* sizes from q.size on, count times through all; step 0: one size */
	uint64_t		 sent, received, marks;
	int64_t			 min, max, sum;
};

void		 ping_defaults(struct ping *p);
void		 ping_run(struct session *s, struct ping *p);
/* One probe there and back; false: the person broke it off, *res is what there was until then. */
bool		 ping_attempt(struct session *s, const struct probe_req *q, struct probe_result *res);
long long	 ping_ms(int64_t ns);
/* The source that was typed, or 0; false, with a line that says so: it is none. */
bool		 ping_source(struct session *s, const struct args *a, uint32_t *src);
bool		 ping_source6(struct session *s, const struct args *a, struct a6 *src);
bool		 ping_takes6(struct session *s, struct a6 dst);	/* else with a line that says why not */
bool		 ping_source_if(struct session *s, const char *name, uint32_t *src);
bool		 ping_source_addr(struct session *s, uint32_t want, uint32_t *src);

#define PING_SOURCE		"source { A.B.C.D:srcaddr | IFNAME:srcif }"
#define PING_SOURCE_HELP	"Where it comes from\nAddress of this router\nInterface whose address it is"

#endif
