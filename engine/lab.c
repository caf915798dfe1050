/*
 * A lab: what the topology file says, made: clock, chance, nodes, links.  Here the routers' calls meet the
 * links (frames, carrier, keys) and the NVRAM, and nodes get their power and their settings.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "engine/flash.h"
#include "engine/keypair.h"
#include "engine/lab_impl.h"
#include "engine/topology.h"
#include "engine/wires.h"
#include "lib/chance.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "lib/text.h"

#define STARTUP_MAX	(4u << 20)

char *
lab_why(const char *fmt, ...)
{
	struct text t = {0};
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(&t, fmt, ap);
	va_end(ap);
	return text_take(&t);
}

/* What routers ask of the lab; arg is the node. */

static void
router_tx(void *arg, struct router *r, const char *ifname, const uint8_t *frame, size_t len)
{
	struct link_end *e = link_end_of(arg, ifname);
	const struct node *n = arg;

	if (e != NULL)
		link_send(e, frame, len);
	else
		wires_tx(n->lab->wires, r, ifname, frame, len);
}

static void
router_tx_batch(void *arg, struct router *r, const char *ifname, const struct dp_frame *f, size_t n)
{
	struct link_end *e = link_end_of(arg, ifname);
	const struct node *node = arg;

	if (e == NULL)
		wires_tx_batch(node->lab->wires, r, ifname, f, n);
	else
		for (size_t i = 0; i < n; i++)
			link_send(e, f[i].data, f[i].len);
}

static bool
router_carrier(void *arg, struct router *r, const char *ifname)
{
	const struct link_end *e = link_end_of(arg, ifname);
	const struct node *n = arg;

	return e != NULL ? e->lit : wires_carrier(n->lab->wires, r, ifname);
}

static bool
router_port(void *arg, struct router *r, const char *ifname, struct port_info *out)
{
	const struct node *n = arg;

	return wires_port(n->lab->wires, r, ifname, out);
}

static void
router_load_config(void *arg, struct router *r, const char *text)
{
	const struct node *n = arg;

	if (n->lab->o.load_config != NULL)
		n->lab->o.load_config(n->lab->o.arg, r, text);
}

static char *
router_nvram_load(void *arg, struct router *r)
{
	(void)r;
	return nvram_load(arg);
}

static bool
router_nvram_store(void *arg, struct router *r, const char *text, const char **why)
{
	(void)r;
	return nvram_store(arg, text, why);
}

static void
router_rebooted(void *arg, struct router *r)
{
	const struct node *n = arg;

	wires_rebooted(n->lab->wires, r);
	if (n->lab->o.rebooted != NULL)
		n->lab->o.rebooted(n->lab->o.arg, r);
}

static void
router_keys(void *arg, struct router *r, const struct key_report *k)
{
	const struct node *n = arg;

	(void)r;
	capture_keys(n->lab, k);
}

static void
router_admin(void *arg, struct router *r, const char *ifname, bool up)
{
	struct link_end *e = link_end_of(arg, ifname);

	(void)r;
	if (e == NULL || e->admin == up)
		return;
	e->admin = up;
	link_recheck(e->link);
}

static const struct router_ops lab_router_ops = {
	.tx = router_tx,
	.tx_batch = router_tx_batch,
	.carrier = router_carrier,
	.load_config = router_load_config,
	.nvram_load = router_nvram_load,
	.nvram_store = router_nvram_store,
	.rebooted = router_rebooted,
	.keys = router_keys,
	.admin = router_admin,
	.port = router_port,
};

/* Nodes. */

static struct router *
make_router(struct node *n, const struct topo_node *t, const char *topology)
{
	uint8_t mac[5];
	char *stream = xasprintf("router/%s", n->name);
	const struct router_env env = {
		.name = n->name,
		.clock = n->lab->clock,
		.chance = chance_new_child(n->lab->chance, stream),
		.ops = &lab_router_ops,
		.arg = n,
		.dialect = t->dialect,
		.release = t->release,
		.engine = t->engine,
		.number = n->number,
		.mac = n->lab->wires != NULL ? mac : NULL,
	};

	free(stream);
	wires_mac(topology, n->name, mac);
	return router_new(&env);
}

static bool
read_startup(struct node *n, const struct topo_node *t, const char *topology, char **why)
{
	size_t len;

	if (t->startup == NULL)
		return true;
	n->startup_path = topology_path(topology, t->startup);
	n->startup = topology_slurp(n->startup_path, STARTUP_MAX, &len);
	if (n->startup == NULL)
		*why = lab_why("%s:%u: startup-config '%s' of node '%s': %s", topology, t->startup_line, t->startup,
		    n->name, strerror(errno));
	return n->startup != NULL;
}

/* In memory, unless a directory for all of them is named. */
static bool
open_flash(struct node *n, char **why)
{
	const char *reason = NULL;
	struct flash *f;
	char *dir;

	if (n->lab->flash_dir == NULL)
		return true;
	dir = xasprintf("%s/%s", n->lab->flash_dir, n->name);
	if ((f = flash_open(dir, &reason)) != NULL)
		router_flash(n->router, f);
	else
		*why = lab_why("%s: no folder for the flash: %s", dir, reason);
	free(dir);
	return f != NULL;
}

/* Beside the configuration that `write memory` keeps; else they live as long as the lab. */
static bool
keep_keys(struct node *n, char **why)
{
	char *dir = n->lab->nvram_dir == NULL ? NULL : xasprintf("%s/%s.keys", n->lab->nvram_dir, n->name);
	bool ok = dir == NULL || keypairs_keep_later(n->router->keypairs, dir, why);

	free(dir);
	return ok;
}

static bool
make_node(struct node *n, const struct topo_node *t, const char *topology, char **why)
{
	switch (n->kind) {
	case NODE_ROUTER:
		if (!read_startup(n, t, topology, why) || !nvram_open(n, why))
			return false;
		n->router = make_router(n, t, topology);
		return open_flash(n, why) && keep_keys(n, why);
	case NODE_SWITCH:
		n->bridge = bridge_new(n->lab, t->nends);
		break;
	case NODE_HOST:
		n->host = host_new(n, t);
		break;
	case NODE_NAT:
		n->nat = nat_node_new(n, t);
		break;
	}
	return true;
}

static void
power_all_on(struct lab *lab)
{
	for (struct node *n = lab->nodes; n != NULL; n = n->next) {
		if (n->kind == NODE_HOST && n->ends != NULL)
			host_carrier(n->host, n->ends->lit);
		for (struct link_end *e = n->kind == NODE_NAT ? n->ends : NULL; e != NULL; e = e->sibling)
			nat_node_carrier(n->nat, e, e->lit);
		if (n->kind != NODE_ROUTER)
			continue;
		for (struct link_end *e = n->ends; e != NULL; e = e->sibling)
			router_port_add(n->router, e->ifname);
		router_power_on(n->router);
	}
}

/* Routers on real wires: asked for before they have power, opened after. */
static bool
plug_all(struct lab *lab, const struct topology *t, struct node **nodes, const char *path, char **why)
{
	char *reason = NULL;

	for (size_t i = 0; i < t->nwires; i++) {
		const struct topo_wire *w = &t->wires[i];

		if (wires_plug_if(lab->wires, nodes[w->end.node]->router, w->end.ifname, w->spec, &reason))
			continue;
		*why = lab_why("%s:%u: %s", path, w->line, reason);
		free(reason);
		return false;
	}
	return true;
}

static bool
make_all(struct lab *lab, const struct topology *t, const char *path, char **why)
{
	struct node **nodes = xcalloc(t->nnodes, sizeof(*nodes)), **tail = &lab->nodes;
	bool ok = true;

	for (size_t i = 0; ok && i < t->nnodes; i++) {
		nodes[i] = *tail = xcalloc(1, sizeof(**nodes));
		tail = &nodes[i]->next;
		nodes[i]->lab = lab;
		nodes[i]->name = xstrdup(t->nodes[i].name);
		nodes[i]->kind = t->nodes[i].kind;
		nodes[i]->number = (unsigned)i;
		ok = make_node(nodes[i], &t->nodes[i], path, why);
	}
	if (ok && (ok = plug_all(lab, t, nodes, path, why))) {
		links_new(lab, t, nodes);
		ok = lab->o.pcap_dir == NULL || captures_all(lab, lab->o.pcap_dir, why);
	}
	if (ok) {
		power_all_on(lab);
		ok = lab->wires == NULL || wires_start(lab->wires, why);
	}
	free(nodes);
	return ok;
}

static bool
check_dir(const char *dir, const char *what, char **why)
{
	struct stat st;

	if (dir == NULL || mkdir(dir, 0700) == 0 || (stat(dir, &st) == 0 && S_ISDIR(st.st_mode)))
		return true;
	*why = lab_why("%s: no folder for the %s: %s", dir, what, strerror(errno));
	return false;
}

/* A real wire has the time of day, and who is at its other end must not know our keys. */
static bool
check_wires(const struct lab_options *o, const struct topology *t, char **why)
{
	const struct topo_wire *w = t->wires;

	if (t->nwires == 0 || (o->real && !o->seed_given))
		return true;
	*why = lab_why(o->real ? "%s:%u: %s:%s is on a real wire (%s): such a lab takes no seed" :
	    "%s:%u: %s:%s is on a real wire (%s): such a lab runs on the real clock alone (--clock real)", o->topology, w->line,
	    t->nodes[w->end.node].name, w->end.ifname, w->spec);
	return false;
}

struct lab *
lab_new(const struct lab_options *o, char **why)
{
	struct topology *t;
	struct lab *lab;

	if (!check_dir(o->nvram_dir, "NVRAM", why) || !check_dir(o->flash_dir, "flash", why) || !check_dir(o->pcap_dir, "captures", why) ||
	    (t = topology_read(o->topology, why)) == NULL)
		return NULL;
	if (!check_wires(o, t, why)) {
		topology_free(t);
		return NULL;
	}
	lab = xcalloc(1, sizeof(*lab));
	lab->name = xstrdup(t->name);
	lab->seed = o->seed;
	lab->real = o->real;
	lab->o = *o;
	lab->base_dir = xstrdup(o->base_dir != NULL ? o->base_dir : ".");
	lab->nvram_dir = o->nvram_dir != NULL ? xstrdup(o->nvram_dir) : NULL;
	lab->flash_dir = o->flash_dir != NULL ? xstrdup(o->flash_dir) : NULL;
	lab->clock = o->real ? clock_new_real() : clock_new_virtual(o->start_ns);
	if (o->real && o->start_ns != 0)
		clock_set_date(lab->clock, o->start_ns);
	lab->loop = loop_new(lab->clock);
	lab->chance = t->nwires > 0 ? chance_new_system() : chance_new_seeded(o->seed);
	lab->wires = t->nwires > 0 ? wires_new(lab->loop) : NULL;
	if (lab->wires != NULL)
		wires_opener(lab->wires, o->opener);
	TAILQ_INIT(&lab->pools[0]);
	TAILQ_INIT(&lab->pools[1]);
	if (!make_all(lab, t, o->topology, why)) {
		lab_free(lab);
		lab = NULL;
	}
	topology_free(t);
	return lab;
}

static void
node_free(struct node *n)
{
	if (n->router != NULL)
		router_free(n->router);
	host_free(n->host);
	nat_node_free(n->nat);
	bridge_free(n->bridge);
	free(n->name);
	free(n->startup);
	free(n->startup_path);
	free(n->nvram);
	free(n);
}

void
lab_free(struct lab *lab)
{
	struct node *n;

	if (lab == NULL)
		return;
	for (n = lab->nodes; n != NULL; n = n->next)
		n->off = true;		/* nothing is sent any more */
	wires_free(lab->wires);
	lab->wires = NULL;
	traffic_free(lab);
	forge_free(lab);
	captures_free(lab);
	for (n = lab->nodes; n != NULL; n = n->next)
		n->ends = NULL;
	links_free(lab);
	while ((n = lab->nodes) != NULL) {
		lab->nodes = n->next;
		node_free(n);
	}
	snapshots_free(lab);
	loop_free(lab->loop);
	clock_free(lab->clock);
	chance_free(lab->chance);
	free(lab->name);
	free(lab->base_dir);
	free(lab->nvram_dir);
	free(lab->flash_dir);
	free(lab);
}

struct clock *
lab_clock(struct lab *lab)
{
	return lab->clock;
}

struct loop *
lab_loop(struct lab *lab)
{
	return lab->loop;
}

struct chance *
lab_chance(struct lab *lab)
{
	return lab->chance;
}

size_t
lab_wires(const struct lab *lab)
{
	return wires_count(lab->wires);
}

void
lab_wire_each(struct lab *lab, void (*fn)(void *arg, const struct router *r, const char *ifname, const struct port_info *i), void *arg)
{
	wires_each(lab->wires, fn, arg);
}

uint64_t
lab_seed(const struct lab *lab)
{
	return lab->seed;
}

const char *
lab_name(const struct lab *lab)
{
	return lab->name;
}

const char *
lab_base_dir(const struct lab *lab)
{
	return lab->base_dir;
}

struct node *
lab_nodes(struct lab *lab)
{
	return lab->nodes;
}

struct node *
lab_node(struct lab *lab, const char *name)
{
	struct node *n = lab->nodes;

	while (n != NULL && strcasecmp(n->name, name) != 0)
		n = n->next;
	return n;
}

struct node *
lab_node_by_hostname(struct lab *lab, const char *hostname)
{
	struct node *n = lab_node(lab, hostname);

	if (n != NULL)
		return n;
	for (n = lab->nodes; n != NULL; n = n->next)
		if (n->router != NULL && strcasecmp(router_hostname(n->router), hostname) == 0)
			return n;
	return NULL;
}

bool
lab_step(struct lab *lab, int64_t limit)
{
	int64_t now;

	if (!lab->real) {
		if (clock_step(lab->clock, limit))
			return true;
		captures_flush(lab);
		return false;
	}
	captures_flush(lab);
	now = clock_now(lab->clock);
	if (now >= limit)
		return false;
	loop_once(lab->loop, limit == CLOCK_NEVER ? -1 : limit - now);
	return true;
}

struct link_end *
lab_end(struct lab *lab, const char *name, char **why)
{
	const char *colon = strchr(name, ':'), *ifname;
	char canonical[CFG_IF_NAME], *node;
	enum cfg_if_kind kind;
	struct link_end *e;
	struct node *n;

	if (colon == NULL) {
		*why = lab_why("'%s' is no link end (NODE:INTERFACE)", name);
		return NULL;
	}
	node = xstrndup(name, (size_t)(colon - name));
	if ((n = lab_node_by_hostname(lab, node)) == NULL)
		*why = lab_why("no node is called '%s'", node);
	free(node);
	if (n == NULL)
		return NULL;
	ifname = n->kind == NODE_ROUTER && ifname_parse(colon + 1, canonical, &kind) ? canonical : colon + 1;
	if ((e = link_end_of(n, ifname)) == NULL)
		*why = lab_why("%s has no link at '%s'", n->name, colon + 1);
	return e;
}

struct node *
lab_router(struct lab *lab, const char *name, char **why)
{
	struct node *n = lab_node_by_hostname(lab, name);

	if (n != NULL && n->kind == NODE_ROUTER)
		return n;
	*why = n == NULL ? lab_why("no node is called '%s'", name) : lab_why("%s is no router", n->name);
	return NULL;
}

bool
lab_power(struct lab *lab, const char *router, bool on, char **why)
{
	struct node *n = lab_router(lab, router, why);

	if (n == NULL)
		return false;
	if (n->off == !on) {
		*why = lab_why("%s is %s already", n->name, on ? "on" : "off");
		return false;
	}
	n->off = !on;
	if (!on)
		router_power_off(n->router);
	for (struct link_end *e = n->ends; e != NULL; e = e->sibling) {
		e->admin = true;	/* no power, no configuration: what it says comes with the boot */
		link_recheck(e->link);
	}
	if (on)
		router_power_on(n->router);
	return true;
}
