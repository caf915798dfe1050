#ifndef INSPIRE_LIB_PROCINFO_H
#define INSPIRE_LIB_PROCINFO_H

/*
 * What the system says of this process: its memory, its processor time, its threads.  The only place that asks.
 * What can't be read is zero.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes. */
struct procinfo_memory {
	uint64_t	 installed;		/* of the machine */
	uint64_t	 held, held_most;	/* by this process now, and at most ever */
	uint64_t	 available;		/* what it could still get */
	uint64_t	 heap;			/* address at which its heap begins */
};
void	procinfo_memory(struct procinfo_memory *out);

/* Processor time that all threads have used, in microseconds: their own, and the system's on their behalf. */
struct procinfo_cpu { uint64_t user_us, system_us; };
void	procinfo_cpu(struct procinfo_cpu *out);
/* How long the process has lived, in ns of real time. */
int64_t	procinfo_age_ns(void);

#define PROCINFO_NAME	20
struct procinfo_task {
	unsigned	 id;			/* of the system */
	char		 name[PROCINFO_NAME];
	uint64_t	 cpu_us;		/* used so far */
	uint64_t	 runs;			/* how often it was given the processor anew */
	uint64_t	 held, held_most;	/* memory, bytes; of a whole process */
};
/* Calls fn for each thread of this process. */
void	procinfo_threads(void (*fn)(void *arg, const struct procinfo_task *t), void *arg);
/* One process by its number; false (and all zero) if it is not there. */
bool	procinfo_process(unsigned pid, struct procinfo_task *out);
unsigned procinfo_self(void);

#endif
