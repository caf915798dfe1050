#ifndef INSPIRE_TESTSUITE_FUZZ_READDRESS_H
#define INSPIRE_TESTSUITE_FUZZ_READDRESS_H

/*
 * Anybody's capture made one for a router of ours: what its frames carry of key exchange (UDP ports 500 and 4500) and of
 * IPsec (ESP, AH) goes into frames to that router, whoever it was meant for.
 */

#include <stddef.h>
#include <stdint.h>

struct text;

#define READDRESS_MODEL	34u	/* bytes of a model: the Ethernet and IPv4 headers of a frame to the router from its peer */

struct readdressed { size_t frames, ike, esp; };

/* Adds the capture to out as pcapng, frames at most a second apart from start on.  name is what complaints call it; what
   of it is no capture, or is broken, ends it there. */
struct readdressed	 readdress(struct text *out, const uint8_t *p, size_t n, const char *name, const uint8_t *model, int64_t start);

#endif
