#ifndef INSPIRE_BENCH_ROUTER_H
#define INSPIRE_BENCH_ROUTER_H

/* A router without links and a session on its console, for what is measured of commands alone. */

struct bench_router;
struct session;

struct bench_router *bench_router_new(void);
void		 bench_router_free(struct bench_router *r);
/* Its output goes nowhere; the caller ends it with session_free(). */
struct session	*bench_router_session(struct bench_router *r);

#endif
