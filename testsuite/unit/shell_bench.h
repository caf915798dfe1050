#ifndef INSPIRE_SHELL_BENCH_H
#define INSPIRE_SHELL_BENCH_H

/* A router without links, and a console into it that keeps what is said: for tests of commands. */

#include <stdbool.h>

#include "engine/router.h"
#include "lib/text.h"

struct clock;
struct chance;
struct session;

struct bench {
	struct clock	*clock;
	struct chance	*chance;
	struct router	*router;
	struct text	 said;		/* by the last bench_type() */
	struct text	 faults;	/* "line: message" of bench_load() */
	char		*nvram;
};

struct bench	*bench_new(enum ike_dialect d);
void		 bench_free(struct bench *b);
/* Configuration text as a start takes it; returns how many lines were refused. */
size_t		 bench_load(struct bench *b, const char *text);
/* Lines typed at a console (privileged exec at first); false if the last was refused. */
bool		 bench_type(struct bench *b, const char *lines);
/* The running configuration, without the comment of its last change; caller frees. */
char		*bench_running(struct bench *b);

#endif
