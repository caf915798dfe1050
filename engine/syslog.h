#ifndef INSPIRE_ENGINE_SYSLOG_H
#define INSPIRE_ENGINE_SYSLOG_H

/*
 * Messages over the network: each is put into a datagram as it is logged and sent from the router's own datapath a
 * moment later, by a timer, so that what sending sets off finds the router at rest.  The queue is bounded; a host that
 * is not there costs nothing but its count of drops.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_entry;
struct router;
struct syslog;
struct text;

#define SYSLOG_QUEUE	100u		/* messages that wait; more are dropped */
#define SYSLOG_LINE	1024u		/* bytes of a datagram; what is behind is cut off (RFC 3164, 4.1) */

struct syslog	*syslog_new(struct router *r);
void		 syslog_free(struct syslog *s);
/* A message of the log: to all hosts, if its severity is wanted there. */
void		 syslog_log(struct router *r, const struct log_entry *e, const char *formatted);

/*
 * The datagram: "<189>91: Mar 13 14:33:47.723: %SYS-5-CONFIG_I: ...", or as RFC 5424 has it if so configured.
 * named: with the date and the host's name in front, as a collector wants it that is asked for with --syslog (RFC 3164, 4.1.2).
 */
void		 syslog_datagram(const struct router *r, const struct log_entry *e, const char *formatted, uint64_t number, uint32_t src, bool named,
		    struct text *out);

struct syslog_info { uint64_t lines, dropped; };	/* in all; those that found no room in the queue */
struct syslog_host_info { uint32_t addr; uint16_t port; uint64_t lines, dropped; bool reachable; };
void		 syslog_info(const struct router *r, struct syslog_info *out);
void		 syslog_host_each(const struct router *r, void (*fn)(void *arg, const struct syslog_host_info *i), void *arg);

/* `logging count`: how often each kind of message came, by facility and name, since it was asked for. */
struct syslog_count { const char *facility, *mnemonic; unsigned severity; uint64_t n; int64_t last_ns; };
void		 syslog_count_each(const struct router *r, void (*fn)(void *arg, const struct syslog_count *c), void *arg);

#endif
