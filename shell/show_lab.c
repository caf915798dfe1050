/* show commands of the lab's console. */

#include <inttypes.h>
#include <string.h>

#include "engine/bug.h"
#include "engine/config.h"
#include "datapath/port.h"
#include "engine/lab.h"
#include "lib/addr.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "shell/cmds.h"
#include "shell/lab_values.h"
#include "shell/session.h"
#include "shell/show.h"

#define NODE_COLUMN	20
#define KIND_COLUMN	30

/* What a show command collects, and in which lab. */
struct page {
	struct text	 t;
	struct lab	*lab;
	size_t		 n;
};

static const char *
kind_name(enum node_kind k)
{
	return k == NODE_ROUTER ? "router" : k == NODE_SWITCH ? "switch" : k == NODE_HOST ? "host" : "nat";
}

static void
add_time(struct text *t, int64_t ns)
{
	static const struct config utc = { .timezone = NULL };

	show_time_date(t, &utc, ns, true);
}

static void
cmd_clock(struct session *s, const struct args *a)
{
	struct text t = {0};

	(void)a;
	add_time(&t, clock_now(lab_clock(s->lab)));
	text_printf(&t, " (%s)\n", clock_is_virtual(lab_clock(s->lab)) ? "virtual" : "real");
	show_flush(s, &t);
}

/* ---- topology ---- */

static const char *
link_state(const struct link_info *l)
{
	return l->end[0].lit && l->end[1].lit ? "up" : "down";
}

static void
topology_link(void *arg, const struct link_info *l)
{
	struct page *p = arg;

	text_printf(&p->t, "%s:%s -- %s:%s, %s\n", l->a_node, l->a_if, l->b_node, l->b_if, link_state(l));
	p->n++;
}

static void
topology_wire(void *arg, const struct router *r, const char *ifname, const struct port_info *i)
{
	struct page *p = arg;

	text_printf(&p->t, "%s:%s -- %s, %s\n", r->name, ifname, i->spec, i->up ? "up" : "down");
}

static void
node_row(struct text *t, const struct node *n)
{
	text_add(t, n->name);
	text_pad(t, NODE_COLUMN);
	text_add(t, kind_name(n->kind));
	text_pad(t, KIND_COLUMN);
	text_printf(t, "%s\n", n->off ? "off" : "on");
}

static void
cmd_topology(struct session *s, const struct args *a)
{
	struct page p = { .lab = s->lab };

	(void)a;
	if (lab_wires(s->lab) > 0)
		text_printf(&p.t, "Lab %s, on real wires, real clock\n\nNode", lab_name(s->lab));
	else
		text_printf(&p.t, "Lab %s, seed %llu, %s clock\n\nNode", lab_name(s->lab), (unsigned long long)lab_seed(s->lab),
		    clock_is_virtual(lab_clock(s->lab)) ? "virtual" : "real");
	text_pad(&p.t, NODE_COLUMN);
	text_add(&p.t, "Kind");
	text_pad(&p.t, KIND_COLUMN);
	text_add(&p.t, "Power\n");
	for (struct node *n = lab_nodes(s->lab); n != NULL; n = n->next)
		node_row(&p.t, n);
	text_addc(&p.t, '\n');
	lab_link_each(s->lab, topology_link, &p);
	lab_wire_each(s->lab, topology_wire, &p);
	show_flush(s, &p.t);
}

/* ---- links ---- */

static void
add_share(struct text *t, const char *what, double share)
{
	if (share > 0)
		text_printf(t, ", %s %.10g%%", what, share * 100);
}

static void
add_impairment(struct text *t, const struct impairment *i)
{
	text_add(t, "    delay ");
	span_text(t, i->delay_set ? i->delay_ns : NSEC_MS / 2);
	if (i->jitter_ns > 0) {
		text_add(t, ", jitter ");
		span_text(t, i->jitter_ns);
	}
	add_share(t, "loss", i->loss);
	add_share(t, "duplicate", i->duplicate);
	add_share(t, "reorder", i->reorder);
	add_share(t, "corrupt", i->corrupt);
	if (i->rate_bps > 0) {
		text_add(t, ", rate ");
		rate_text(t, i->rate_bps);
	}
	text_addc(t, '\n');
}

static void
add_end(struct text *t, const struct link_info *l, int k)
{
	text_printf(t, "  from %s:%s%s: frames %llu, bytes %llu\n", k == 0 ? l->a_node : l->b_node,
	    k == 0 ? l->a_if : l->b_if, l->end[k].up ? "" : " (taken down)", (unsigned long long)l->end[k].frames,
	    (unsigned long long)l->end[k].bytes);
	text_printf(t, "    lost %llu, queue full %llu, duplicated %llu, reordered %llu, corrupted %llu, faulted %llu\n",
	    (unsigned long long)l->end[k].lost, (unsigned long long)l->end[k].queue_drops,
	    (unsigned long long)l->end[k].duplicated, (unsigned long long)l->end[k].reordered,
	    (unsigned long long)l->end[k].corrupted, (unsigned long long)l->end[k].faulted);
	if (l->end[k].impaired)
		add_impairment(t, &l->end[k].imp);
	if (l->end[k].faults > 0)
		text_printf(t, "    fault rules: %zu\n", l->end[k].faults);
	if (l->end[k].capture != NULL)
		text_printf(t, "    captured into %s\n", l->end[k].capture);
}

static void
one_link(void *arg, const struct link_info *l)
{
	struct page *p = arg;

	topology_link(arg, l);
	for (int k = 0; k < 2; k++)
		add_end(&p->t, l, k);
}

static void
cmd_links(struct session *s, const struct args *a)
{
	struct page p = { .lab = s->lab };

	(void)a;
	lab_link_each(s->lab, one_link, &p);
	if (p.n == 0)
		text_add(&p.t, "There are no links\n");
	show_flush(s, &p.t);
}

/* ---- traffic ---- */

static void
one_stream(void *arg, const struct traffic_info *i)
{
	struct page *p = arg;
	struct text *t = &p->t;
	int64_t ms = (i->gap_ns + NSEC_MS / 2) / NSEC_MS;

	p->n++;
	text_printf(t, "%s -> %s: UDP, ", i->from, i->to);
	rate_text(t, i->rate_bps);
	text_printf(t, ", packets of %u bytes, %s\n", i->size, i->running ? "running" : "ended");
	text_printf(t, "  sent %llu, received %llu, lost %llu, under way %llu\n", (unsigned long long)i->sent,
	    (unsigned long long)i->received, (unsigned long long)i->lost, (unsigned long long)i->under_way);
	text_printf(t, "  duplicated %llu, out of order %llu\n", (unsigned long long)i->duplicated,
	    (unsigned long long)i->reordered);
	text_printf(t, "  longest gap %lld.%03lld s, from ", (long long)(ms / 1000), (long long)(ms % 1000));
	add_time(t, i->gap_at_ns);
	text_addc(t, '\n');
}

static void
cmd_show_traffic(struct session *s, const struct args *a)
{
	struct page p = { .lab = s->lab };

	(void)a;
	lab_traffic_each(s->lab, one_stream, &p);
	if (p.n == 0)
		text_add(&p.t, "There is no traffic\n");
	show_flush(s, &p.t);
}

/* ---- a node ---- */

static void
one_setting(void *arg, const char *key, const char *value, const char *text)
{
	struct page *p = arg;

	if (p->n++ == 0)
		text_add(&p->t, "Settings:\n");
	text_printf(&p->t, "  %s", key);
	text_pad(&p->t, 24);
	text_printf(&p->t, "%s", value);
	text_pad(&p->t, 46);
	text_printf(&p->t, "%s\n", text);
}

struct ends_of { struct text *t; const struct node *n; };

static void
end_of_node(void *arg, const struct link_info *l)
{
	const struct ends_of *e = arg;

	if (strcmp(l->a_node, e->n->name) == 0)
		text_printf(e->t, "%s -- %s:%s, %s\n", l->a_if, l->b_node, l->b_if, link_state(l));
	else if (strcmp(l->b_node, e->n->name) == 0)
		text_printf(e->t, "%s -- %s:%s, %s\n", l->b_if, l->a_node, l->a_if, link_state(l));
}

static void
add_address(struct text *t, const struct node *n)
{
	char addr[ADDR_STRLEN];
	struct a6 v6, gateway6;
	uint32_t v4, gateway;
	unsigned len;

	if (lab_host_address(n, &v4, &len, &gateway)) {
		text_printf(t, "Address %s/%u", ip4_fmt(v4, addr), len);
		if (gateway != 0)
			text_printf(t, ", gateway %s", ip4_fmt(gateway, addr));
		text_addc(t, '\n');
	}
	if (lab_host_address6(n, &v6, &len, &gateway6)) {
		text_printf(t, "Address %s/%u", a6_fmt(v6, addr), len);
		if (!a6_is_any(gateway6))
			text_printf(t, ", gateway %s", a6_fmt(gateway6, addr));
		text_addc(t, '\n');
	}
}

/* What became of packets that no SA fits: on a real router most of this can't be seen. */
static void
add_inv_spi(struct text *t, const struct router *r)
{
	struct inv_spi_info i;

	router_inv_spi_info(r, &i);
	if (i.packets == 0)
		return;
	text_printf(t, "Invalid SPI: %" PRIu64 " packets, of which %" PRIu64 " just after a rekey\n", i.packets, i.transient);
	text_printf(t, "  log lines %" PRIu64 ", withheld %" PRIu64 "\n", i.logged, i.suppressed);
	text_printf(t, "  requests to IKE %" PRIu64 ", withheld %" PRIu64 "\n", i.requests, i.requests_suppressed);
	text_printf(t, "  of requests: told the sender %" PRIu64 ", recoveries %" PRIu64 ", damped %" PRIu64 ", ignored %" PRIu64 "\n",
	    i.notified, i.recoveries, i.damped, i.ignored);
	text_printf(t, "  flows remembered %zu of %zu, no room for %" PRIu64 " packets\n", i.flows, i.flows_max, i.table_full);
}

static void
cmd_node(struct session *s, const struct args *a)
{
	struct node *n = lab_node_by_hostname(s->lab, arg_str(a, "node"));
	struct page p = { .lab = s->lab };

	if (n == NULL) {
		session_error(s, "%% no node is called '%s'", arg_str(a, "node"));
		return;
	}
	text_printf(&p.t, "%s is a %s, power is %s\n", n->name, kind_name(n->kind), n->off ? "off" : "on");
	add_address(&p.t, n);
	if (n->startup_path != NULL)
		text_printf(&p.t, "First configuration: %s\n", n->startup_path);
	lab_link_each(s->lab, end_of_node, &(struct ends_of){ &p.t, n });
	lab_node_settings(s->lab, n, one_setting, &p);
	if (n->router != NULL)
		add_inv_spi(&p.t, n->router);
	show_flush(s, &p.t);
}

static void
bug_routers(struct session *s, enum bug b, struct text *t)
{
	bool any = false;

	for (struct node *n = lab_nodes(s->lab); n != NULL; n = n->next)
		if (n->router != NULL && bug_on(n->router, b)) {
			text_printf(t, "%s%s", any ? ", " : "", n->name);
			any = true;
		}
	if (!any)
		text_add(t, "no router");
}

static void
cmd_bugs(struct session *s, const struct args *a)
{
	struct text t = {0};

	(void)a;
	for (enum bug b = 0; b < BUG__COUNT; b++) {
		text_printf(&t, "%s, on at ", bug_info(b)->name);
		bug_routers(s, b, &t);
		text_printf(&t, "\n  what: %s\n  cure: %s\n  in:   %s\n", bug_info(b)->what, bug_info(b)->cure, bug_info(b)->hook);
	}
	show_flush(s, &t);
}

#define SHOW		"Show what is going on\n"

static const struct cmd rows[] = {
	{ M(LAB), 0, CMD_SHOW, "show bugs", SHOW "Known bugs that a router can be given, and who has them", cmd_bugs },
	{ M(LAB), 0, CMD_SHOW, "show clock", SHOW "The lab's time", cmd_clock },
	{ M(LAB), 0, CMD_SHOW, "show topology", SHOW "Nodes and links", cmd_topology },
	{ M(LAB), 0, CMD_SHOW, "show links", SHOW "Links, with what went over them and what is wrong with them", cmd_links },
	{ M(LAB), 0, CMD_SHOW, "show traffic", SHOW "Streams: sent, received, lost, and the longest gap", cmd_show_traffic },
	{ M(LAB), 0, CMD_SHOW, "show node WORD:node", SHOW "A node\nIts name", cmd_node },
};

CMD_TABLE(cmds_show_lab, rows);
