#ifndef INSPIRE_DATAPATH_CAPTURE_H
#define INSPIRE_DATAPATH_CAPTURE_H

/* pcapng writer (Ethernet, nanosecond times), one interface a file. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capture;

struct capture	*capture_open(const char *path, const char *ifname, const char **why);	/* NULL: *why is lent text */
/* outbound: direction flag of the packet (epb_flags). */
void		 capture_frame(struct capture *c, int64_t now, const uint8_t *frame, size_t len, bool outbound);
uint64_t	 capture_length(struct capture *c);		/* bytes written and flushed */
bool		 capture_truncate(struct capture *c, uint64_t len);	/* goes back (snapshots) */
bool		 capture_close(struct capture *c);		/* false: something could not be written */

#endif
