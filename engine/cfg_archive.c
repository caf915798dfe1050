/* `archive` of the configuration: what it owns. */

#include "engine/cfg_archive.h"

#include <stdlib.h>

void
cfg_archive_free(struct cfg_archive *a)
{
	free(a->path);
	a->path = NULL;
}
