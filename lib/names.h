#ifndef INSPIRE_LIB_NAMES_H
#define INSPIRE_LIB_NAMES_H

/* Value <-> name tables, ended by a NULL name. */

#include <stdint.h>

struct name {
	int32_t		 value;
	const char	*name;
};

const char	*name_of(const struct name *table, int32_t value, const char *otherwise);
/* -1 if there is none. Case matters not. */
int32_t		 name_value(const struct name *table, const char *name);

#endif
