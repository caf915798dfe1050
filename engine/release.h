#ifndef INSPIRE_ENGINE_RELEASE_H
#define INSPIRE_ENGINE_RELEASE_H

/*
 * Names of releases: 12.4(24)T, 15.4(3)M, 17.3.1, and 12.2(33)XNC1 as the first trains of IOS-XE were called
 * (XNA 2.1 to XNF 2.6; XNC1 is 2.3.1).
 */

#include <stdbool.h>

#include "ike/ike.h"

/* Is it a release that speaks this dialect? */
bool	 release_fits(const char *release, enum ike_dialect d);
/* IOS-XE tells of packets with an invalid SPI from 2.3.2, 12.2(33)XNC2, on; all else always.  NULL: the usual release. */
bool	 release_logs_inv_spi(const char *release);

#endif
