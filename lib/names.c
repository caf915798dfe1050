/* Tables of values and their names, read both ways. */

#include "lib/names.h"

#include <stddef.h>
#include <strings.h>

const char *
name_of(const struct name *table, int32_t value, const char *otherwise)
{
	for (; table->name != NULL; table++)
		if (table->value == value)
			return table->name;
	return otherwise;
}

int32_t
name_value(const struct name *table, const char *name)
{
	for (; table->name != NULL; table++)
		if (strcasecmp(table->name, name) == 0)
			return table->value;
	return -1;
}
