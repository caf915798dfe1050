/* Writers of the running configuration: crypto maps. */

#include <string.h>

#include "engine/cfg_map.h"
#include "lib/text.h"
#include "shell/running_config.h"
#include "shell/running_ezvpn.h"

static void
write_peers(const struct cfg_map_entry *e, struct text *out)
{
	char a[ADDR_STRLEN];

	for (size_t i = 0; i < e->npeers; i++)
		text_printf(out, " set peer %s%s\n", addr_fmt(&e->peers[i], a), e->dflt == i + 1 ? " default" : "");
}

static void
write_sa(const struct cfg_map_entry *e, struct text *out)
{
	running_life(out, " set ", &e->life);
	if (e->idle_s != 0)
		text_printf(out, " set security-association idle-time %u%s\n", e->idle_s, e->idle_default ? " default" : "");
	if (e->replay_set && e->replay_off)
		text_add(out, " set security-association replay disable\n");
	else if (e->replay_set)
		text_printf(out, " set security-association replay window-size %u\n", e->replay_window);
	if (e->dfbit != 0)
		text_printf(out, " set security-association dfbit %s\n", e->dfbit == 'c' ? "clear" : e->dfbit == 'C' ? "copy" : "set");
}

static void
write_reverse(const struct cfg_reverse *v, struct text *out)
{
	char a[ADDR_STRLEN];

	if (v->distance != 0)
		text_printf(out, " set reverse-route distance %u\n", v->distance);
	if (v->tag != 0)
		text_printf(out, " set reverse-route tag %u\n", v->tag);
	if (!v->on)
		return;
	text_printf(out, " reverse-route%s", v->always ? " static" : "");
	if (v->via != 0)
		text_printf(out, " remote-peer %s%s", ip4_fmt(v->via, a), v->gateway ? " gateway" : "");
	text_addc(out, '\n');
}

/* The blank at the end of the line of sets stands there in IOS too. */
static void
write_entry(const struct cfg_map_entry *e, bool template, struct text *out)
{
	if (!template && !config_map_complete(e))
		text_add(out, " ! Incomplete\n");
	if (e->description != NULL)
		text_printf(out, " description %s\n", e->description);
	write_peers(e, out);
	write_sa(e, out);
	if (e->transform_sets.n > 0) {
		text_add(out, " set transform-set");
		for (size_t i = 0; i < e->transform_sets.n; i++)
			text_printf(out, " %s", e->transform_sets.v[i]);
		text_add(out, " \n");
	}
	if (e->pfs_group != 0)
		text_printf(out, " set pfs group%u\n", e->pfs_group);
	if (e->isakmp_profile != NULL)
		text_printf(out, " set isakmp-profile %s\n", e->isakmp_profile);
	if (e->acl != NULL)
		text_printf(out, " match address %s\n", e->acl);
	write_reverse(&e->reverse, out);
	if (e->qos_preclassify)
		text_add(out, " qos pre-classify\n");
}

static void
write_template(const struct cfg_map *m, struct text *out)
{
	const struct cfg_map_entry *e;

	TAILQ_FOREACH(e, &m->entries, next) {
		text_printf(out, "crypto dynamic-map %s %u\n", m->name, e->seq);
		write_entry(e, true, out);
	}
	text_add(out, "!\n");
}

static void
write_map(const struct config *c, const struct cfg_map *m, struct text *out)
{
	const struct cfg_map_entry *e;

	if (m->local_if != NULL)
		text_printf(out, "crypto map %s local-address %s\n", m->name, m->local_if);
	if (m->isakmp_profile != NULL)
		text_printf(out, "crypto map %s isakmp-profile %s\n", m->name, m->isakmp_profile);
	running_ezmap(c, m->name, out);
	TAILQ_FOREACH(e, &m->entries, next) {
		text_printf(out, "crypto map %s %u ipsec-isakmp ", m->name, e->seq);
		if (e->dynamic != NULL) {
			text_printf(out, "dynamic %s%s\n", e->dynamic, e->discover ? " discover" : "");
			continue;
		}
		if (e->profile != NULL)
			text_printf(out, "profile %s", e->profile);
		text_addc(out, '\n');
		write_entry(e, false, out);
	}
	text_add(out, "!\n");
}

/* What is said of the clients of maps that have nothing else. */
static void
write_clients(const struct config *c, struct text *out)
{
	const struct cfg_ezmap *z;
	const struct cfg_map *m;
	bool made;

	TAILQ_FOREACH(z, &c->ez.maps, next) {
		made = false;
		TAILQ_FOREACH(m, &c->crypto_maps.maps, next)
			made |= strcmp(m->name, z->map) == 0;
		if (!made) {
			running_ezmap(c, z->map, out);
			text_add(out, "!\n");
		}
	}
}

void
running_maps(const struct config *c, struct text *out)
{
	const struct cfg_map *m;

	TAILQ_FOREACH(m, &c->crypto_maps.dynamic, next)
		write_template(m, out);
	TAILQ_FOREACH(m, &c->crypto_maps.maps, next)
		write_map(c, m, out);
	write_clients(c, out);
}
