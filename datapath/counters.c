/* The counters of a datapath: enum, value, name, sentence and place, all from drop.def. */

#include <string.h>

#include "datapath/internal.h"
#include "datapath/worker_hook.h"

static const struct {
	const char	*name, *text, *group;
	enum dp_section	 section;
} rows[DPC__COUNT] = {
#define DP_COUNTER(id, name, text, section, group) [DPC_##id] = { name, text, group, DP_SECTION_##section },
#include "datapath/drop.def"
#undef DP_COUNTER
};

uint64_t
dp_count(const struct dp *d, enum dp_counter c)
{
	if ((unsigned)c >= DPC__COUNT)
		return 0;
	return d->worker != NULL ? d->count[c] + worker_count(d, c) : d->count[c];
}

uint64_t
dp_octets(const struct dp *d, enum dp_counter c)
{
	if ((unsigned)c >= DPC__COUNT)
		return 0;
	return d->worker != NULL ? d->octets[c] + worker_octets(d, c) : d->octets[c];
}

const char *
dp_counter_name(enum dp_counter c)
{
	return (unsigned)c < DPC__COUNT ? rows[c].name : "?";
}

const char *
dp_counter_text(enum dp_counter c)
{
	return (unsigned)c < DPC__COUNT ? rows[c].text : "?";
}

const char *
dp_counter_group(enum dp_counter c)
{
	return (unsigned)c < DPC__COUNT ? rows[c].group : "?";
}

enum dp_section
dp_counter_section(enum dp_counter c)
{
	return (unsigned)c < DPC__COUNT ? rows[c].section : DP_SECTION_IP;
}

void
dp_counters_clear(struct dp *d)
{
	memset(d->count, 0, sizeof d->count);
	memset(d->octets, 0, sizeof d->octets);
	if (d->worker != NULL)
		mirror_clear(d);
}
