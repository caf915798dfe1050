#ifndef INSPIRE_ENGINE_LOG_H
#define INSPIRE_ENGINE_LOG_H

/*
 * Syslog and debug messages of one router: %FACILITY-SEVERITY-MNEMONIC: text, stamped as
 * `service timestamps` says, kept in the buffer, shown on consoles, seen by waiters.
 * A message may have several lines.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

struct router;
struct text;
struct logger;

#define LOG_SEV_DEBUG	7

struct log_entry {
	int64_t		 when_ns;
	uint64_t	 number;		/* from 1, for service sequence-numbers */
	uint8_t		 severity;
	bool		 debug;			/* stamped as debug */
	const char	*body;			/* "%LINEPROTO-5-UPDOWN: Line protocol ..." or the debug text */
};

struct log_tap;		/* an observer */
enum log_sink { LOG_SINK_ALL /* sees all, whatever is shown where */, LOG_SINK_CONSOLE, LOG_SINK_MONITOR };

struct logger	*logger_new(struct router *r);
void		 logger_free(struct logger *l);
void		 log_syslog(struct router *r, const char *facility, int severity, const char *mnemonic, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void		 log_debug(struct router *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "Mar 13 14:33:47.723: " (or as configured) + body, no final newline. */
void		 log_format(const struct router *r, const struct log_entry *e, struct text *out);
struct log_tap	*log_tap_add(struct router *r, enum log_sink sink, void (*fn)(void *arg, const struct log_entry *e, const char *formatted), void *arg);
void		 log_tap_del(struct log_tap *t);
/* The buffer, oldest first. */
void		 log_buffer_each(struct router *r, void (*fn)(void *arg, const char *formatted), void *arg);
void		 log_buffer_clear(struct router *r);
struct log_stats { uint64_t console, monitor, buffer, rate_limited, flushes; };
void		 log_stats(const struct router *r, struct log_stats *out);

#endif
