/* NHRP in the running configuration, line by line in IOS's order. */

#include "engine/cfg_nhrp.h"
#include "engine/router.h"
#include "lib/addr.h"
#include "lib/text.h"
#include "shell/running_config.h"

static void
write_nhss(const struct cfg_nhrp *n, struct text *out)
{
	const struct cfg_nhrp_cluster *k;
	const struct cfg_nhrp_nhs *s;
	char a[ADDR_STRLEN];

	TAILQ_FOREACH(s, &n->nhss, next) {
		text_printf(out, " ip nhrp nhs %s", ip4_fmt(s->addr, a));
		if (s->nbma != 0)
			text_printf(out, " nbma %s%s", ip4_fmt(s->nbma, a), s->multicast ? " multicast" : "");
		if (s->priority != 0)
			text_printf(out, " priority %u", s->priority);
		if (s->cluster != 0)
			text_printf(out, " cluster %u", s->cluster);
		text_addc(out, '\n');
	}
	TAILQ_FOREACH(k, &n->clusters, next)
		text_printf(out, " ip nhrp nhs cluster %u max-connections %u\n", k->cluster, k->max);
	if (n->fallback_s != 0)
		text_printf(out, " ip nhrp nhs fallback %u\n", n->fallback_s);
}

static void
write_maps(const struct cfg_nhrp *n, struct text *out)
{
	const struct cfg_nhrp_map *m;
	char a[ADDR_STRLEN], b[ADDR_STRLEN];

	TAILQ_FOREACH(m, &n->maps, next)
		text_printf(out, " ip nhrp map %s %s\n", ip4_fmt(m->addr, a), ip4_fmt(m->nbma, b));
	for (size_t i = 0; i < n->nmcast; i++)
		text_printf(out, " ip nhrp map multicast %s\n", ip4_fmt(n->mcast[i], a));
	if (n->mcast_dynamic)
		text_add(out, " ip nhrp map multicast dynamic\n");
}

void
running_nhrp(const struct cfg_if *i, struct text *out)
{
	const struct cfg_nhrp *n = i->nhrp;

	if (n == NULL)
		return;
	if (n->auth[0] != '\0')
		text_printf(out, " ip nhrp authentication %s\n", n->auth);
	write_maps(n, out);
	if (n->network_id != 0)
		text_printf(out, " ip nhrp network-id %u\n", n->network_id);
	if (n->holdtime_s != 0)
		text_printf(out, " ip nhrp holdtime %u\n", n->holdtime_s);
	if (n->max_send != 0)
		text_printf(out, " ip nhrp max-send %u every %u\n", n->max_send, n->max_send_s);
	write_nhss(n, out);
	if (n->no_unique)
		text_add(out, " ip nhrp registration no-unique\n");
	if (n->reg_timeout_s != 0)
		text_printf(out, " ip nhrp registration timeout %u\n", n->reg_timeout_s);
	if (n->server_only)
		text_add(out, " ip nhrp server-only\n");
	if (n->shortcut)
		text_add(out, " ip nhrp shortcut\n");
	if (n->redirect && n->redirect_s != 0)
		text_printf(out, " ip nhrp redirect timeout %u\n", n->redirect_s);
	else if (n->redirect)
		text_add(out, " ip nhrp redirect\n");
}
