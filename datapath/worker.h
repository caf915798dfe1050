#ifndef INSPIRE_DATAPATH_WORKER_H
#define INSPIRE_DATAPATH_WORKER_H

/*
 * More than one core.  Worker 0 is the process's own thread, with the whole datapath, all control and whatever is not
 * plain; each other worker is a thread with a small datapath of its own: interfaces, addresses, routes, neighbours, tunnels as worker
 * 0 has them, and those SAs whose SPI's hash is its number.  Who has an SA, and nobody else, seals and opens its packets, so that numbers
 * stay in order and windows are one thread's.  A worker passes on by itself what is plain: ESP for an SA of its own, packets into a tunnel
 * whose SA is its own, packets between Ethernet interfaces with a known neighbour.  What belongs to another is handed over by a ring, what
 * is not plain (ARP, IPv6 forwarding, fragments, ICMP, key exchange, access lists, translation, policies) to worker 0.
 *
 * Control changes go from worker 0 by a queue, and are made between two vectors.  Counters are asked for: see worker_info.c.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dp;
struct loop;
struct port_opener;
struct workers;

#define WORKERS_MAX	64u

/* Starts n - 1 threads beside the caller's (n >= 2), whose loop this is. NULL with *why (caller frees). */
struct workers	*workers_new(unsigned n, struct loop *loop, char **why);
void		 workers_free(struct workers *all);
unsigned	 workers_count(const struct workers *all);	/* 1 for NULL */
/* d is worker 0's datapath from now on; fresh, and until workers_detach(), which comes before dp_free(). */
void		 workers_attach(struct workers *all, struct dp *d);
void		 workers_detach(struct workers *all);

/*
 * The device of interface ifidx has a queue for each worker: those but worker 0's are opened here, by wire (a number of the caller's).
 * The opener is called by several threads.  Again for the same wire: that is replaced.
 */
struct worker_wire {
	unsigned		 wire, ifidx;
	const char		*spec;
	const struct port_opener *opener;	/* NULL: this process opens */
	uint8_t			 mac[6];
	uint16_t		 group;		/* what its queues are known by */
};
void		 workers_wire(struct workers *all, const struct worker_wire *x);
void		 workers_unwire(struct workers *all, unsigned wire);

/* Of one worker, since it began. */
struct worker_info {
	uint64_t	frames_in, handed_to_main, handed_to_others, taken_over, lost;	/* lost: the other's ring was full */
	size_t		sas, queues;
};
void		 workers_info(struct workers *all, unsigned k, struct worker_info *out);	/* k >= 1 */

/* Whose the SA with this SPI is. */
static inline unsigned
spi_worker(uint32_t spi, unsigned n)
{
	return (spi * UINT32_C(2654435769) >> 16) % n;
}

#endif
