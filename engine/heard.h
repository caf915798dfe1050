#ifndef INSPIRE_ENGINE_HEARD_H
#define INSPIRE_ENGINE_HEARD_H

/* What a host of a lab has heard on the port of syslog: all of it counted, the last of it kept. */

#include <stddef.h>
#include <stdint.h>

#define HEARD_PORT	514u
#define HEARD_KEPT	64u

struct heard_line { uint32_t from; char *text; };
struct heard {
	uint64_t	 n;
	struct heard_line last[HEARD_KEPT];	/* a ring: the one that came as number i (from 0) is at i % HEARD_KEPT */
};

void	 heard_add(struct heard *h, uint32_t from, const uint8_t *p, size_t n);
void	 heard_free(struct heard *h);	/* what it holds */

#endif
