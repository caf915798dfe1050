#ifndef INSPIRE_SHELL_SIGNALS_H
#define INSPIRE_SHELL_SIGNALS_H

/* Signals as words: SIGTERM and SIGINT ask for the end, a second one for it at once; SIGHUP is told, and that is all. */

#include <stdbool.h>

struct loop;
struct signals;

/* hup NULL: SIGHUP does what it does. */
struct signals	*signals_new(struct loop *loop, void (*hup)(void *arg), void *arg);
void		 signals_free(struct signals *s);
unsigned	 signals_stops(const struct signals *s);	/* so many; 0 if s is NULL */

#endif
