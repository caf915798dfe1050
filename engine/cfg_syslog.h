#ifndef INSPIRE_ENGINE_CFG_SYSLOG_H
#define INSPIRE_ENGINE_CFG_SYSLOG_H

/* Where messages go over the network, as configured: `logging host`, and what each message carries. */

#include <sys/queue.h>
#include <stdbool.h>
#include <stdint.h>

#define SYSLOG_PORT	514u
#define SYSLOG_TRAP	6		/* severity, unless configured */
#define SYSLOG_FACILITY	23u		/* local7 */

struct cfg_syslog_host {
	TAILQ_ENTRY(cfg_syslog_host) next;	/* in the order typed */
	uint32_t	 addr;
	uint16_t	 port;
};

enum syslog_origin { SYSLOG_ORIGIN_NONE, SYSLOG_ORIGIN_HOSTNAME, SYSLOG_ORIGIN_IP, SYSLOG_ORIGIN_STRING };

struct cfg_syslog {
	TAILQ_HEAD(, cfg_syslog_host) hosts;
	int		 trap;			/* severity; -1 = off */
	unsigned	 facility;
	enum syslog_origin origin;
	char		*origin_text, *source_if;	/* NULL = none */
	bool		 rfc5424, count, userinfo;
};

void			 cfg_syslog_init(struct cfg_syslog *s);
void			 cfg_syslog_free(struct cfg_syslog *s);	/* what it holds */
struct cfg_syslog_host	*cfg_syslog_host(struct cfg_syslog *s, uint32_t addr, uint16_t port, bool create);
void			 cfg_syslog_host_del(struct cfg_syslog *s, struct cfg_syslog_host *h);
/* NULL behind the last; *value is its number (RFC 5424, 6.2.1). */
const char		*syslog_facility(unsigned i, unsigned *value);

#endif
