#ifndef INSPIRE_SHELL_DIALECT_H
#define INSPIRE_SHELL_DIALECT_H

/* What configuration and show commands spell otherwise in another release. */

#include <stdbool.h>

#include "ike/ike.h"

struct dialect {
	const char	*version;	/* "15.4", first line of a configuration */
	const char	*release;	/* "15.4(3)M", of show version */
	const char	*software;	/* "C2900 Software" of show version */
	const char	*image;		/* "C2900-UNIVERSALK9-M" */
	const char	*file;		/* system image file */
	const char	*policy_cipher;	/* "encr" or "encryption" in a policy */
	bool		 mode_tunnel;	/* " mode tunnel" stands in each transform set */
	bool		 local_routes;	/* show ip route has a row for each own address */
	bool		 session_id;	/* show crypto session has "Session ID: 0" */
};

const struct dialect	*dialect_of(enum ike_dialect d);

#endif
