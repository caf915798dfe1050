/*
 * Writers of the running configuration: a table of sections in the order in which IOS prints them.
 * Defaults are left out, except those that IOS prints always.
 */

#include "shell/running_config.h"

#include <stdlib.h>

#include "engine/cfg_line.h"
#include "engine/router.h"
#include "lib/addr.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/cmds_config_eem.h"
#include "shell/dialect.h"
#include "shell/alias.h"
#include "shell/banner.h"
#include "shell/foreign.h"
#include "shell/cmds_config_pki.h"
#include "shell/cmds_config_ssh.h"
#include "shell/running_access.h"
#include "shell/running_ezvpn.h"
#include "shell/show.h"

static void
write_timestamps(struct text *out, const char *what, const struct cfg_timestamps *t)
{
	if (t->kind == CFG_STAMP_NONE) {
		text_printf(out, "no service timestamps %s\n", what);
		return;
	}
	text_printf(out, "service timestamps %s %s", what, t->kind == CFG_STAMP_UPTIME ? "uptime" : "datetime");
	text_printf(out, "%s%s%s%s\n", t->msec ? " msec" : "", t->localtime ? " localtime" : "",
	    t->zone ? " show-timezone" : "", t->year ? " year" : "");
}

static void
write_service(const struct config *c, struct text *out)
{
	write_timestamps(out, "debug", &c->stamp_debug);
	write_timestamps(out, "log", &c->stamp_log);
	text_printf(out, "%sservice password-encryption\n", c->service_password_encryption ? "" : "no ");
	if (c->sequence_numbers)
		text_add(out, "service sequence-numbers\n");
	text_add(out, "!\n");
}

static void
write_hostname(const struct config *c, struct text *out)
{
	text_printf(out, "hostname %s\n!\nboot-start-marker\nboot-end-marker\n!\n", c->hostname);
}

static void
write_sink(struct text *out, const char *sink, int level)
{
	if (level < 0)
		text_printf(out, "no logging %s\n", sink);
	else if (level != 7)
		text_printf(out, "logging %s %s\n", sink, severity_name(level));
}

static void
write_buffered(const struct cfg_logging *l, struct text *out)
{
	if (l->buffered < 0 || l->buffer_size == CFG_BUFFER_SIZE) {
		write_sink(out, "buffered", l->buffered);
		return;
	}
	text_printf(out, "logging buffered %u", l->buffer_size);
	text_printf(out, "%s%s\n", l->buffered == 7 ? "" : " ", l->buffered == 7 ? "" : severity_name(l->buffered));
}

static void
write_rate_limit(const struct cfg_logging *l, struct text *out)
{
	if (l->rate_limit == 0)
		return;
	text_printf(out, "logging rate-limit %s%s%u", l->rate_limit_console ? "console " : "",
	    l->rate_limit_all ? "all " : "", l->rate_limit);
	if (l->rate_limit_except >= 0)
		text_printf(out, " except %s", severity_name(l->rate_limit_except));
	text_addc(out, '\n');
}

static void
write_logging(const struct config *c, struct text *out)
{
	size_t before = out->len;

	if (c->logging.off)
		text_add(out, "no logging on\n");
	write_rate_limit(&c->logging, out);
	write_buffered(&c->logging, out);
	write_sink(out, "console", c->logging.console);
	write_sink(out, "monitor", c->logging.monitor);
	if (c->syslog.count)
		text_add(out, "logging count\n");
	if (c->syslog.userinfo)
		text_add(out, "logging userinfo\n");
	if (c->no_logging_dmvpn)
		text_add(out, "no logging dmvpn\n");
	if (out->len > before)
		text_add(out, "!\n");
}

static void
write_globals(const struct config *c, struct text *out)
{
	running_enable(c, out);
	running_aaa(c, out);
	if (c->timezone != NULL)
		text_printf(out, "clock timezone %s %s%d %d\n", c->timezone, c->timezone_minutes < 0 ? "-" : "",
		    abs(c->timezone_minutes) / 60, abs(c->timezone_minutes) % 60);
	text_add(out, "!\n");
	if (c->no_domain_lookup)
		text_add(out, "no ip domain lookup\n");
	if (c->domain_name != NULL)
		text_printf(out, "ip domain name %s\n", c->domain_name);
	text_add(out, "ip cef\n");
	running_ip6_global(c, out);
	running_login(c, out);
	text_add(out, "!\n");
}

static void
write_ip(const struct cfg_if *i, struct text *out)
{
	char a[ADDR_STRLEN], m[ADDR_STRLEN];

	/* It takes all addresses away, so it stands before what there may be. */
	if (i->unnumbered == NULL && i->ip.addr == 0)
		text_add(out, " no ip address\n");
	for (size_t k = 0; k < i->nsecondary; k++)
		text_printf(out, " ip address %s %s secondary\n", ip4_fmt(i->secondary[k].addr, a), ip4_fmt(i->secondary[k].mask, m));
	if (i->unnumbered != NULL)
		text_printf(out, " ip unnumbered %s\n", i->unnumbered);
	else if (i->ip.addr != 0)
		text_printf(out, " ip address %s %s\n", ip4_fmt(i->ip.addr, a), ip4_fmt(i->ip.mask, m));
}

static void
write_number(struct text *out, const char *words, uint32_t v)
{
	if (v != 0)
		text_printf(out, " %s %u\n", words, v);
}

static void
write_tunnel(const struct cfg_if *i, struct text *out)
{
	char a[ADDR_STRLEN];

	if (i->source_if != NULL)
		text_printf(out, " tunnel source %s\n", i->source_if);
	else if (i->source.af != ADDR_NONE)
		text_printf(out, " tunnel source %s\n", addr_fmt(&i->source, a));
	if (i->mode == CFG_TUN_IPSEC_V4)
		text_printf(out, " tunnel mode ipsec ipv4%s\n", i->overlay ? " v6-overlay" : "");
	if (i->mode == CFG_TUN_IPSEC_V6)
		text_printf(out, " tunnel mode ipsec ipv6%s\n", i->overlay ? " v4-overlay" : "");
	else if (i->mode == CFG_TUN_GRE_MULTIPOINT)
		text_add(out, " tunnel mode gre multipoint\n");
	if (i->destination.af != ADDR_NONE)
		text_printf(out, " tunnel destination %s\n", addr_fmt(&i->destination, a));
	if (i->key_set)
		text_printf(out, " tunnel key %u\n", i->key);
	if (i->tunnel_sequence)
		text_add(out, " tunnel sequence-datagrams\n");
	if (i->tunnel_checksum)
		text_add(out, " tunnel checksum\n");
	write_number(out, "tunnel ttl", i->tunnel_ttl);
	if (i->tunnel_tos_set)
		text_printf(out, " tunnel tos %u\n", i->tunnel_tos);
	if (i->pmtud)
		text_add(out, " tunnel path-mtu-discovery\n");
	if (i->protection != NULL)
		text_printf(out, " tunnel protection ipsec profile %s%s\n", i->protection, i->shared ? " shared" : "");
}

static void
write_media(const struct cfg_if *i, struct text *out)
{
	char mac[13];

	if (i->mac_set) {
		hex_fmt(i->mac, sizeof(i->mac), mac);
		text_printf(out, " mac-address %.4s.%.4s.%.4s\n", mac, mac + 4, mac + 8);
	}
	if (i->shutdown)
		text_add(out, " shutdown\n");
	for (size_t k = 0; k < i->media.n; k++)
		text_printf(out, " %s\n", i->media.v[k]);
	if (i->no_keepalive)
		text_add(out, " no keepalive\n");
	if (i->tunnel_keepalive)
		text_printf(out, " keepalive %u %u\n", i->keepalive_s != 0 ? i->keepalive_s : 10, i->keepalive_tries != 0 ? i->keepalive_tries : 3);
	else
		write_number(out, "keepalive", i->keepalive_s);
}

void
running_config_if(const struct cfg_if *i, struct text *out)
{
	text_printf(out, "interface %s\n", i->name);
	if (i->description != NULL)
		text_printf(out, " description %s\n", i->description);
	write_number(out, "mtu", i->mtu);
	write_number(out, "bandwidth", i->bandwidth);
	write_ip(i, out);
	running_access_group(i, out);
	write_number(out, "ip mtu", i->ip_mtu);
	running_nhrp(i, out);
	write_number(out, "ip tcp adjust-mss", i->tcp_mss);
	write_number(out, "load-interval", i->load_interval);
	write_number(out, "delay", i->delay);
	write_media(i, out);
	running_if6(i, out);
	write_tunnel(i, out);
	if (i->crypto_map != NULL)
		text_printf(out, " crypto map %s\n", i->crypto_map);
	running_ezvpn_if(i, out);
	text_add(out, "!\n");
}

/* Virtual interfaces stand first, as their makers in IOS do. */
static void
write_ifs(const struct config *c, struct text *out)
{
	static const enum cfg_if_kind order[] = { CFG_IF_LOOPBACK, CFG_IF_TUNNEL, CFG_IF_ETHERNET, CFG_IF_FASTETHERNET, CFG_IF_GIGABIT };
	const struct cfg_if *i;

	for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++)
		TAILQ_FOREACH(i, &c->ifs, next)
			if (i->kind == order[k] && !i->made)
				running_config_if(i, out);
}

void
running_route(const struct cfg_route *r, struct text *out)
{
	char p[ADDR_STRLEN], m[ADDR_STRLEN], via[ADDR_STRLEN];

	text_printf(out, "ip route %s %s", ip4_fmt(r->prefix, p), ip4_fmt(r->mask, m));
	if (r->ifname != NULL)
		text_printf(out, " %s", r->ifname);
	if (r->via != 0)
		text_printf(out, " %s", ip4_fmt(r->via, via));
	if (r->distance != 1)
		text_printf(out, " %u", r->distance);
	if (r->name != NULL)
		text_printf(out, " name %s", r->name);
	if (r->track != 0)
		text_printf(out, " track %u", r->track);
}

static void
write_routes(const struct config *c, struct text *out)
{
	const struct cfg_route *r;

	running_pools(c, out);
	text_add(out, "ip forward-protocol nd\n!\nno ip http server\nno ip http secure-server\n");
	running_ssh(c, out);
	TAILQ_FOREACH(r, &c->routes, next) {
		running_route(r, out);
		text_addc(out, '\n');
	}
	text_add(out, "!\n");
}

static void
write_line(const struct config *c, const struct cfg_line *l, struct text *out)
{
	text_printf(out, "line %s\n", l->name);
	for (size_t i = 0; i < l->words.n; i++)
		running_line_words(c, l->words.v[i], out);
}

/* Blocks of vty lines come in the order of their numbers, whenever they were made. */
static void
write_lines(const struct config *c, struct text *out)
{
	const struct cfg_line *l;
	unsigned first, last, next = 0;
	bool more = true;
	size_t before;

	text_add(out, "control-plane\n!\n");
	before = out->len;
	running_banners(c, out);
	running_aliases(c, out);
	running_privileges(c, out);
	if (out->len > before)
		text_add(out, "!\n");
	TAILQ_FOREACH(l, &c->lines, next)
		if (!line_range(l->name, &first, &last))
			write_line(c, l, out);
	while (more) {
		more = false;
		TAILQ_FOREACH(l, &c->lines, next)
			if (line_range(l->name, &first, &last) && first == next) {
				write_line(c, l, out);
				next = last + 1;
				more = true;
			}
	}
	text_add(out, "!\n");
}

static void
write_head(const struct router *r, struct text *out)
{
	const struct config *c = r->cfg;

	text_add(out, "!\n");
	if (c->changed_ns != 0) {
		text_add(out, "! Last configuration change at ");
		show_time_date(out, c, c->changed_ns, false);
		text_printf(out, "%s%s\n!\n", c->changed_by != NULL ? " by " : "", c->changed_by != NULL ? c->changed_by : "");
	}
	text_printf(out, "version %s\n", dialect_of(r->dialect)->version);
}

static void (*const sections_before[])(const struct config *c, struct text *out) = {
	write_service, write_hostname, write_logging, write_globals,
};
static void (*const sections_after[])(const struct config *c, struct text *out) = {
	running_track, write_ifs, write_routes, running_routes6, running_syslog, running_acls, running_sla, running_snmp, write_lines, running_trace, running_eem,
};

/* What the router knows of its configuration. */
static void
write_known(const struct router *r, struct text *out)
{
	write_head(r, out);
	for (size_t i = 0; i < sizeof(sections_before) / sizeof(sections_before[0]); i++)
		sections_before[i](r->cfg, out);
	running_archive(r->cfg, out);
	running_pki(r->cfg, out);
	running_users(r->cfg, out);
	running_crypto(r->cfg, dialect_of(r->dialect), out);
	for (size_t i = 0; i < sizeof(sections_after) / sizeof(sections_after[0]); i++)
		sections_after[i](r->cfg, out);
	text_add(out, "end\n");
}

void
running_config_body(const struct router *r, struct text *out)
{
	struct text body = { 0 };

	write_known(r, &body);
	foreign_weave(r->cfg, &body, true);
	text_addn(out, text_str(&body), body.len);
	text_free(&body);
}

void
running_config_text(const struct router *r, struct text *out)
{
	struct text body = { 0 };

	running_config_body(r, &body);
	text_printf(out, "Building configuration...\n\nCurrent configuration : %zu bytes\n", body.len);
	text_addn(out, text_str(&body), body.len);
	text_free(&body);
}
