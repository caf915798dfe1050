#ifndef INSPIRE_SHELL_NOTIFY_H
#define INSPIRE_SHELL_NOTIFY_H

/* What a supervisor is told: datagrams of NAME=VALUE lines to the socket that NOTIFY_SOCKET names (sd_notify(3)). */

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct loop;
struct notify;
struct text;

/* Connects and takes the variables out of the environment, so that no child speaks for us. NULL: nobody wants to know. */
struct notify	*notify_new(void);
void		 notify_free(struct notify *n);
/* All may be asked of NULL. READY=1 and the status. */
void		 notify_ready(struct notify *n, const char *status);
void		 notify_status(struct notify *n, const char *status);
void		 notify_stopping(struct notify *n, const char *status);
/* Says from the loop that it goes round, as often as it was asked to. */
void		 notify_watchdog(struct notify *n, struct loop *loop);

/* For tests. "/path" or "@abstract"; the address's length, 0: it is neither. */
socklen_t	 notify_address(const char *path, struct sockaddr_un *out);
/* STATUS of the first line alone. */
void		 notify_message(const char *what, const char *status, struct text *out);
/* WATCHDOG_USEC and WATCHDOG_PID: how often to say so, ns; 0: nobody asks. */
int64_t		 notify_period(const char *usec, const char *pid, long self);

#endif
