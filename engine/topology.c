/*
 * From a topology file's tree to nodes and links.  The keys of containerlab's schema that mean something
 * here are few; its others are accepted and passed over with all that stands under them; any other key is an
 * error with file and line.  Values are inherited as containerlab does: the node's own, its group's, its
 * kind's, the defaults.
 */

#include "engine/topology.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "datapath/port.h"
#include "engine/release.h"
#include "engine/yamltree.h"
#include "lib/mem.h"
#include "lib/names.h"
#include "lib/text.h"

#define NODE_NAME_MAX	63
#define PORT_NAME_MAX	(CFG_IF_NAME - 1)
#define WIRE_LABEL	"inspire-port-"		/* and the interface's name */
#define WIRE_NODE	"host"			/* in place of a node's name: an interface of this machine */
#define LAYERS		4	/* the node's own, its group's, its kind's, the defaults */

struct parse {
	const char		*file;
	struct topology		*t;
	const struct yt		*topo;		/* the value of `topology` */
	char			*why;
};

struct layers { const struct yt *v[LAYERS]; };

static const char *const file_keys[] = { "name", "topology", "prefix", "mgmt", "settings", "debug", NULL };
static const char *const topo_keys[] = { "nodes", "links", "kinds", "defaults", "groups", NULL };
static const char *const node_keys[] = { "kind", "image", "startup-config", "labels", "group",
	/* These run a container, or configure what only a container has. */
	"aliases", "auto-remove", "binds", "cap-add", "certificate", "cmd", "components", "config", "cpu", "cpu-set",
	"credentials", "devices", "dns", "enforce-startup-config", "entrypoint", "env", "env-files", "exec", "extras",
	"healthcheck", "image-pull-policy", "kernel", "license", "memory", "mgmt-ipv4", "mgmt-ipv6", "mgmt_ipv4",
	"mgmt_ipv6", "network-mode", "pid", "ports", "position", "publish", "restart-policy", "runtime", "sandbox",
	"shm-size", "stages", "startup-delay", "suppress-startup-config", "sysctls", "type", "ulimits", "user", NULL };
static const char *const link_keys[] = { "endpoints", "type", "mtu", "vars", "labels", NULL };
static const char *const end_keys[] = { "node", "interface", "mac", "vars", "ipv4", "ipv6", NULL };
static const char *const label_keys[] = { "inspire-kind", "inspire-address", "inspire-gateway", "inspire-address6", "inspire-gateway6", "inspire-dialect",
	"inspire-engine", "inspire-release", "inspire-inside", "inspire-outside", "inspire-inside6", "inspire-outside6", NULL };

static const struct name node_kinds[] = { { NODE_ROUTER, "router" }, { NODE_SWITCH, "switch" },
	{ NODE_HOST, "host" }, { NODE_NAT, "nat" }, { 0, NULL } };
static const struct name dialects[] = { { IKE_IOS_12, "ios-12" }, { IKE_IOS_15, "ios-15" },
	{ IKE_XE_17, "ios-xe-17" }, { 0, NULL } };
static const struct name engines[] = { { IKE_ENGINE_SOFTWARE, "software" }, { IKE_ENGINE_ONBOARD, "onboard" },
	{ 0, NULL } };

static bool refuse(struct parse *p, unsigned line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The first complaint stands; always false. */
static bool
refuse(struct parse *p, unsigned line, const char *fmt, ...)
{
	struct text t = {0};
	va_list ap;

	if (p->why != NULL)
		return false;
	text_printf(&t, "%s:%u: ", p->file, line);
	va_start(ap, fmt);
	text_vprintf(&t, fmt, ap);
	va_end(ap);
	p->why = text_take(&t);
	return false;
}

static bool
is_key(const char *const *keys, const char *s)
{
	for (; *keys != NULL; keys++)
		if (strcmp(*keys, s) == 0)
			return true;
	return false;
}

/* v is a map (or null) all of whose keys are among those listed. */
static bool
check_keys(struct parse *p, const struct yt *v, const char *const *keys, const char *where)
{
	if (yt_null(v))
		return true;
	if (v->kind != YT_MAP)
		return refuse(p, v->line, "%s must be a map of keys and values", where);
	for (size_t i = 0; i < v->n; i++)
		if (!is_key(keys, v->pairs[i].key->s))
			return refuse(p, v->pairs[i].key->line, "unknown key '%s' in %s",
			    v->pairs[i].key->s, where);
	return true;
}

static bool
check_labels(struct parse *p, const struct yt *v, const char *where, bool node)
{
	if (yt_null(v))
		return true;
	if (v->kind != YT_MAP)
		return refuse(p, v->line, "the labels of %s must be a map of keys and values", where);
	for (size_t i = 0; i < v->n; i++) {
		const struct yt *key = v->pairs[i].key;

		if (!str_prefix(key->s, "inspire-"))
			continue;
		if (!is_key(label_keys, key->s) && !(str_prefix(key->s, WIRE_LABEL) && node))
			return refuse(p, key->line, "unknown key '%s' in the labels of %s", key->s, where);
		if (v->pairs[i].value->kind != YT_SCALAR)
			return refuse(p, key->line, "'%s' of %s must be one word", key->s, where);
	}
	return true;
}

/* A node's body, or what one inherits from. */
static bool
check_body(struct parse *p, const struct yt *v, const char *where, bool node)
{
	static const char *const words[] = { "kind", "image", "startup-config", "group", NULL };
	const struct yt *w;

	if (!check_keys(p, v, node_keys, where))
		return false;
	for (const char *const *k = words; *k != NULL; k++)
		if ((w = yt_get(v, *k)) != NULL && w->kind != YT_SCALAR)
			return refuse(p, w->line, "'%s' of %s must be one word", *k, where);
	return check_labels(p, yt_get(v, "labels"), where, node);
}

/* kinds and groups: maps of bodies. */
static bool
check_bodies(struct parse *p, const char *what)
{
	const struct yt *v = yt_get(p->topo, what);
	char *where;
	bool ok = true;

	if (yt_null(v))
		return true;
	if (v->kind != YT_MAP)
		return refuse(p, v->line, "'%s' must be a map of keys and values", what);
	for (size_t i = 0; ok && i < v->n; i++) {
		where = xasprintf("%s '%s'", what, v->pairs[i].key->s);
		ok = check_body(p, v->pairs[i].value, where, false);
		free(where);
	}
	return ok;
}

/* The value that counts, and whether the node itself says so. */
static const struct yt *
inherited(const struct layers *l, const char *key, bool *own)
{
	const struct yt *v;

	for (size_t i = 0; i < LAYERS; i++)
		if (!yt_null(v = yt_get(l->v[i], key))) {
			if (own != NULL)
				*own = i == 0;
			return v;
		}
	return NULL;
}

static const struct yt *
label(const struct layers *l, const char *key, bool *own)
{
	struct layers labels;

	for (size_t i = 0; i < LAYERS; i++)
		labels.v[i] = yt_get(l->v[i], "labels");
	return inherited(&labels, key, own);
}

static void
find_layers(const struct parse *p, const struct yt *body, struct layers *l)
{
	const struct yt *defaults = yt_get(p->topo, "defaults"), *name;

	*l = (struct layers){{ body, NULL, NULL, defaults }};
	if ((name = inherited(l, "group", NULL)) != NULL)
		l->v[1] = yt_get(yt_get(p->topo, "groups"), name->s);
	if ((name = inherited(l, "kind", NULL)) != NULL)
		l->v[2] = yt_get(yt_get(p->topo, "kinds"), name->s);
}

/* One of a few words into *out; unset leaves it. */
static bool
pick(struct parse *p, const struct topo_node *n, const struct layers *l, const char *key, const struct name *table, int32_t *out)
{
	const struct yt *v = label(l, key, NULL);
	struct text known = {0};
	int32_t value;

	if (v == NULL)
		return true;
	value = name_value(table, v->s);
	if (value >= 0) {
		*out = value;
		return true;
	}
	for (; table->name != NULL; table++)
		text_printf(&known, "%s%s", known.len > 0 ? ", " : "", table->name);
	refuse(p, v->line, "%s '%s' of node '%s' is not one of: %s", key, v->s, n->name, text_str(&known));
	text_free(&known);
	return false;
}

/* A label that only some kinds of nodes have: refused on others when the node itself bears it. */
static bool
label_misplaced(struct parse *p, const struct topo_node *n, const struct layers *l, const char *key, const char *kind)
{
	bool own = false;
	const struct yt *v = label(l, key, &own);

	if (v != NULL && own)
		refuse(p, v->line, "%s means nothing for node '%s': it is no %s", key, n->name, kind);
	return p->why != NULL;
}

static bool
is_station(uint32_t addr, unsigned len)
{
	uint32_t host = addr & ~ip4_mask(len);

	return addr >> 24 != 0 && addr >> 24 != 127 && addr >> 28 < 14 && (len >= 31 || (host != 0 && host != ~ip4_mask(len)));
}

/* A translator's port. */
static bool
nat_port(struct parse *p, const struct topo_node *n, const struct layers *l, const char *key, uint32_t *addr, unsigned *len)
{
	const struct yt *v = label(l, key, NULL);

	if (v == NULL)
		return refuse(p, n->line, "translator '%s' needs an %s (192.0.2.1/24)", n->name, key);
	if (!ip4_parse_cidr(v->s, addr, len) || *len == 0 || !is_station(*addr, *len))
		return refuse(p, v->line, "%s '%s' of node '%s' is no station's address with its mask's length (192.0.2.1/24)", key, v->s, n->name);
	return true;
}

static bool
nat_apart(struct parse *p, const struct topo_node *n, const struct layers *l)
{
	uint32_t both = ip4_mask(n->inside_len) & ip4_mask(n->outside_len);

	if (((n->inside ^ n->outside) & both) != 0)
		return true;
	return refuse(p, label(l, "inspire-outside", NULL)->line, "inside and outside of translator '%s' overlap", n->name);
}

/* The same of IPv6: neither port has one, or both. */
static bool
nat_port6(struct parse *p, const struct topo_node *n, const struct layers *l, const char *key, struct a6 *addr, unsigned *len)
{
	const struct yt *v = label(l, key, NULL);

	if (v == NULL)
		return true;
	if (!a6_parse_cidr(v->s, addr, len) || *len == 0 || a6_is_multicast(*addr) || a6_is_link_local(*addr) || addr->hi == 0)
		return refuse(p, v->line, "%s '%s' of node '%s' is no station's address with its prefix's length (2001:db8::1/64)", key, v->s, n->name);
	return true;
}

static bool
nat_apart6(struct parse *p, const struct topo_node *n, const struct layers *l)
{
	unsigned both = n->inside6_len < n->outside6_len ? n->inside6_len : n->outside6_len;
	const struct yt *v = label(l, "inspire-gateway6", NULL);

	if (a6_is_any(n->inside6) != a6_is_any(n->outside6))
		return refuse(p, n->line, "translator '%s' needs inspire-inside6 and inspire-outside6, or neither", n->name);
	if (!a6_is_any(n->inside6) && a6_within(n->inside6, n->outside6, both))
		return refuse(p, label(l, "inspire-outside6", NULL)->line, "inside and outside of translator '%s' overlap", n->name);
	if (v != NULL && a6_is_any(n->outside6))
		return refuse(p, v->line, "inspire-gateway6 of node '%s' without an inspire-outside6", n->name);
	return true;
}

static bool
nat6(struct parse *p, struct topo_node *n, const struct layers *l)
{
	const struct yt *v = label(l, "inspire-gateway6", NULL);

	if (!nat_port6(p, n, l, "inspire-inside6", &n->inside6, &n->inside6_len) ||
	    !nat_port6(p, n, l, "inspire-outside6", &n->outside6, &n->outside6_len) || !nat_apart6(p, n, l))
		return false;
	if (v == NULL)
		return true;
	if (!a6_parse(v->s, &n->gateway6) || !a6_within(n->gateway6, n->outside6, n->outside6_len) || a6_eq(n->gateway6, n->outside6))
		return refuse(p, v->line, "inspire-gateway6 '%s' of node '%s' is no address on its outside", v->s, n->name);
	return true;
}

/* Its way to what is not beside it, outside. */
static bool
nat_gateway(struct parse *p, struct topo_node *n, const struct layers *l)
{
	const struct yt *v = label(l, "inspire-gateway", NULL);

	if (v == NULL)
		return true;
	if (!ip4_parse(v->s, &n->gateway) || ((n->gateway ^ n->outside) & ip4_mask(n->outside_len)) != 0 || n->gateway == n->outside)
		return refuse(p, v->line, "inspire-gateway '%s' of node '%s' is no address on its outside", v->s, n->name);
	return true;
}

static bool
host_address(struct parse *p, struct topo_node *n, const struct layers *l)
{
	const struct yt *v = label(l, "inspire-address", NULL);

	if (v == NULL && label(l, "inspire-address6", NULL) != NULL)
		return true;
	if (v == NULL)
		return refuse(p, n->line, "host '%s' needs an inspire-address (192.0.2.10/24)", n->name);
	if (!ip4_parse_cidr(v->s, &n->address, &n->address_len) || n->address_len == 0)
		return refuse(p, v->line, "inspire-address '%s' of node '%s' is no address with its mask's length (192.0.2.10/24)",
		    v->s, n->name);
	if (!is_station(n->address, n->address_len))
		return refuse(p, v->line, "inspire-address '%s' of node '%s' is not a host's", v->s, n->name);
	return true;
}

static bool
host_gateway(struct parse *p, struct topo_node *n, const struct layers *l)
{
	const struct yt *v = label(l, "inspire-gateway", NULL);

	if (v == NULL)
		return true;
	if (n->address == 0)
		return refuse(p, v->line, "inspire-gateway of node '%s' without an inspire-address", n->name);
	if (!ip4_parse(v->s, &n->gateway))
		return refuse(p, v->line, "inspire-gateway '%s' of node '%s' is no address", v->s, n->name);
	if (((n->gateway ^ n->address) & ip4_mask(n->address_len)) != 0 || n->gateway == n->address)
		return refuse(p, v->line, "inspire-gateway '%s' of node '%s' is not on its subnet", v->s, n->name);
	return true;
}

/* Hosts may have IPv6 beside IPv4, or alone. */
static bool
host_address6(struct parse *p, struct topo_node *n, const struct layers *l)
{
	const struct yt *v = label(l, "inspire-address6", NULL);

	if (v == NULL)
		return true;
	if (!a6_parse_cidr(v->s, &n->address6, &n->address6_len) || n->address6_len == 0)
		return refuse(p, v->line, "inspire-address6 '%s' of node '%s' is no address with its prefix's length (2001:db8::10/64)",
		    v->s, n->name);
	if (a6_is_multicast(n->address6) || a6_is_link_local(n->address6) || n->address6.hi == 0)
		return refuse(p, v->line, "inspire-address6 '%s' of node '%s' is not a host's", v->s, n->name);
	return true;
}

static bool
host_gateway6(struct parse *p, struct topo_node *n, const struct layers *l)
{
	const struct yt *v = label(l, "inspire-gateway6", NULL);

	if (v == NULL)
		return true;
	if (!a6_parse(v->s, &n->gateway6))
		return refuse(p, v->line, "inspire-gateway6 '%s' of node '%s' is no address", v->s, n->name);
	if (a6_is_any(n->address6))
		return refuse(p, v->line, "inspire-gateway6 of node '%s' without an inspire-address6", n->name);
	if ((!a6_is_link_local(n->gateway6) && !a6_within(n->gateway6, n->address6, n->address6_len)) || a6_eq(n->gateway6, n->address6))
		return refuse(p, v->line, "inspire-gateway6 '%s' of node '%s' is not on its subnet", v->s, n->name);
	return true;
}

static bool
node_release(struct parse *p, struct topo_node *n, const struct layers *l)
{
	const struct yt *v = label(l, "inspire-release", NULL);

	if (v == NULL || n->kind != NODE_ROUTER)
		return true;
	if (!release_fits(v->s, n->dialect))
		return refuse(p, v->line, "inspire-release '%s' of node '%s' is no release of its dialect (12.4(24)T, 15.4(3)M, 17.3.1 or 12.2(33)XNC1)", v->s, n->name);
	n->release = xstrdup(v->s);
	return true;
}

static bool
node_labels(struct parse *p, struct topo_node *n, const struct layers *l)
{
	int32_t kind = NODE_ROUTER, dialect = IKE_IOS_15, engine = IKE_ENGINE_SOFTWARE;

	if (!pick(p, n, l, "inspire-kind", node_kinds, &kind) ||
	    !pick(p, n, l, "inspire-dialect", dialects, &dialect) ||
	    !pick(p, n, l, "inspire-engine", engines, &engine))
		return false;
	n->kind = (enum node_kind)kind;
	n->dialect = (enum ike_dialect)dialect;
	n->engine = (enum ike_engine_kind)engine;
	if (!node_release(p, n, l))
		return false;
	if (n->kind != NODE_ROUTER && (label_misplaced(p, n, l, "inspire-dialect", "router") ||
	    label_misplaced(p, n, l, "inspire-engine", "router") || label_misplaced(p, n, l, "inspire-release", "router")))
		return false;
	if (n->kind == NODE_NAT)
		return nat_port(p, n, l, "inspire-inside", &n->inside, &n->inside_len) &&
		    nat_port(p, n, l, "inspire-outside", &n->outside, &n->outside_len) && nat_apart(p, n, l) && nat_gateway(p, n, l) && nat6(p, n, l);
	if (label_misplaced(p, n, l, "inspire-inside", "translator") || label_misplaced(p, n, l, "inspire-outside", "translator") ||
	    label_misplaced(p, n, l, "inspire-inside6", "translator") || label_misplaced(p, n, l, "inspire-outside6", "translator"))
		return false;
	if (n->kind != NODE_HOST)
		return !label_misplaced(p, n, l, "inspire-address", "host") &&
		    !label_misplaced(p, n, l, "inspire-gateway", "host") &&
		    !label_misplaced(p, n, l, "inspire-address6", "host") &&
		    !label_misplaced(p, n, l, "inspire-gateway6", "host");
	return host_address(p, n, l) && host_gateway(p, n, l) && host_address6(p, n, l) && host_gateway6(p, n, l);
}

/* kind, image and startup-config; a container of another image can't be a node here. */
static bool
node_words(struct parse *p, struct topo_node *n, const struct layers *l)
{
	const struct yt *v;
	bool own = false;

	if ((v = inherited(l, "kind", NULL)) != NULL && strcmp(v->s, "linux") != 0)
		return refuse(p, v->line, "kind '%s' of node '%s' does not run here (linux does)", v->s, n->name);
	if ((v = inherited(l, "image", NULL)) != NULL && strstr(v->s, "inspire") == NULL)
		return refuse(p, v->line, "image '%s' of node '%s' does not run here (inspire does)", v->s, n->name);
	if ((v = inherited(l, "startup-config", &own)) == NULL)
		return true;
	if (n->kind == NODE_ROUTER) {
		n->startup = xstrdup(v->s);
		n->startup_line = v->line;
		return true;
	}
	return !own || refuse(p, v->line, "startup-config of node '%s': it is no router", n->name);
}

static bool
node_name(struct parse *p, const struct yt *key)
{
	size_t n = strlen(key->s);
	bool ok = n > 0 && n <= NODE_NAME_MAX && isalnum((unsigned char)key->s[0]);

	for (const char *c = key->s; ok && *c != '\0'; c++)
		ok = isalnum((unsigned char)*c) || *c == '-' || *c == '_' || *c == '.';
	if (!ok)
		return refuse(p, key->line, "'%s' is no name for a node (letters, digits, '-', '_' and '.', at most %d)",
		    key->s, NODE_NAME_MAX);
	if (strcasecmp(key->s, "lab") == 0)
		return refuse(p, key->line, "no node can be called '%s': that is the lab's console", key->s);
	for (size_t i = 0; i < p->t->nnodes; i++)
		if (strcasecmp(p->t->nodes[i].name, key->s) == 0)
			return refuse(p, key->line, "node '%s' is there twice (first as '%s' at line %u)", key->s,
			    p->t->nodes[i].name, p->t->nodes[i].line);
	return true;
}

static bool
read_node(struct parse *p, const struct yt *key, const struct yt *body)
{
	struct topo_node *n;
	struct layers l;
	char *where;
	bool ok;

	if (!node_name(p, key))
		return false;
	n = &p->t->nodes[p->t->nnodes++];
	n->name = xstrdup(key->s);
	n->line = key->line;
	where = xasprintf("node '%s'", n->name);
	ok = check_body(p, body, where, true);
	free(where);
	if (!ok)
		return false;
	find_layers(p, body, &l);
	return node_labels(p, n, &l) && node_words(p, n, &l);
}

static bool
read_nodes(struct parse *p)
{
	const struct yt *v = yt_get(p->topo, "nodes");

	if (yt_null(v) || (v->kind == YT_MAP && v->n == 0))
		return refuse(p, v != NULL ? v->line : p->topo->line, "there are no nodes");
	if (v->kind != YT_MAP)
		return refuse(p, v->line, "'nodes' must be a map of names and nodes");
	p->t->nodes = xcalloc(v->n, sizeof(*p->t->nodes));
	for (size_t i = 0; i < v->n; i++)
		if (!read_node(p, v->pairs[i].key, v->pairs[i].value))
			return false;
	return true;
}

/* The interface name as the node's kind has them. */
static bool
end_interface(struct parse *p, struct topo_end *e, const char *name, unsigned line)
{
	const struct topo_node *n = &p->t->nodes[e->node];
	char canonical[CFG_IF_NAME];
	enum cfg_if_kind kind;

	if (n->kind == NODE_ROUTER) {
		if (!ifname_parse(name, canonical, &kind) || kind == CFG_IF_LOOPBACK || kind == CFG_IF_TUNNEL)
			return refuse(p, line, "'%s' of node '%s' is no interface that a cable fits (GigabitEthernet0/0)",
			    name, n->name);
		e->ifname = xstrdup(canonical);
		return true;
	}
	if (n->kind == NODE_NAT && strcmp(name, TOPO_INSIDE) != 0 && strcmp(name, TOPO_OUTSIDE) != 0)
		return refuse(p, line, "'%s' of node '%s' is no port of a translator (" TOPO_INSIDE ", " TOPO_OUTSIDE ")", name, n->name);
	for (const char *c = name; *c != '\0'; c++)
		if (!isgraph((unsigned char)*c) || *c == ':')
			return refuse(p, line, "'%s' of node '%s' is no name for a port", name, n->name);
	if (name[0] == '\0' || strlen(name) > PORT_NAME_MAX)
		return refuse(p, line, "'%s' of node '%s' is no name for a port", name, n->name);
	e->ifname = xstrdup(name);
	return true;
}

static bool
find_node(struct parse *p, struct topo_end *e, const char *name, unsigned line)
{
	for (size_t i = 0; i < p->t->nnodes; i++)
		if (strcasecmp(p->t->nodes[i].name, name) == 0) {
			e->node = i;
			return true;
		}
	return refuse(p, line, "no node is called '%s'", name);
}

/* "Router1:Gi0/0", or {node: Router1, interface: Gi0/0}. */
static bool
read_end(struct parse *p, struct topo_end *e, const struct yt *v)
{
	const struct yt *node, *ifname;
	char *name, *colon;
	bool ok;

	if (v->kind == YT_MAP) {
		node = yt_get(v, "node");
		ifname = yt_get(v, "interface");
		if (!check_keys(p, v, end_keys, "an endpoint"))
			return false;
		if (node == NULL || node->kind != YT_SCALAR || ifname == NULL || ifname->kind != YT_SCALAR)
			return refuse(p, v->line, "an endpoint needs 'node' and 'interface'");
		return find_node(p, e, node->s, node->line) && end_interface(p, e, ifname->s, ifname->line);
	}
	if (v->kind != YT_SCALAR || (colon = strchr(v->s, ':')) == NULL)
		return refuse(p, v->line, "an endpoint must be written \"NODE:INTERFACE\"");
	name = xstrndup(v->s, (size_t)(colon - v->s));
	ok = find_node(p, e, name, v->line) && end_interface(p, e, colon + 1, v->line);
	free(name);
	return ok;
}

static bool
end_taken(struct parse *p, const struct topo_end *e, unsigned line)
{
	const struct topo_node *n = &p->t->nodes[e->node];

	for (size_t i = 0; n->nends > 0 && i + 1 < p->t->nlinks; i++)
		for (int k = 0; k < 2; k++) {
			const struct topo_end *o = &p->t->links[i].end[k];

			if (o->node == e->node && strcasecmp(o->ifname, e->ifname) == 0)
				return !refuse(p, line, "%s:%s is linked twice (first at line %u)", n->name,
				    e->ifname, p->t->links[i].line);
		}
	if (n->kind == NODE_HOST && n->nends > 0)
		return !refuse(p, line, "host '%s' has more than one link", n->name);
	return false;
}

/* Both links and wires come to an interface: one of them. */
static bool
wire_taken(struct parse *p, const struct topo_end *e, unsigned line)
{
	for (size_t i = 0; i < p->t->nwires; i++)
		if (p->t->wires[i].end.node == e->node && strcasecmp(p->t->wires[i].end.ifname, e->ifname) == 0)
			return !refuse(p, line, "%s:%s is on a wire already (line %u)", p->t->nodes[e->node].name, e->ifname,
			    p->t->wires[i].line);
	return false;
}

/* Takes e's name. */
static bool
add_wire(struct parse *p, struct topo_end *e, const char *spec, unsigned line)
{
	const struct topo_node *n = &p->t->nodes[e->node];
	struct topology *t = p->t;
	char *why = NULL;
	bool ok = false;

	if (n->kind != NODE_ROUTER)
		refuse(p, line, "%s:%s: only a router can be on a real wire", n->name, e->ifname);
	else if (!port_spec_ok(spec, &why))
		refuse(p, line, "%s:%s: %s", n->name, e->ifname, why);
	else
		ok = !wire_taken(p, e, line);
	free(why);
	if (!ok) {
		free(e->ifname);
		return false;
	}
	t->wires = xrealloc(t->wires, (t->nwires + 1) * sizeof(*t->wires));
	t->wires[t->nwires++] = (struct topo_wire){ *e, xstrdup(spec), line };
	return true;
}

/* Labels of the node itself. */
static bool
read_wires(struct parse *p)
{
	const struct yt *nodes = yt_get(p->topo, "nodes"), *labels;
	struct topo_end e;

	for (size_t i = 0; i < p->t->nnodes; i++) {
		labels = yt_get(nodes->pairs[i].value, "labels");
		for (size_t k = 0; !yt_null(labels) && k < labels->n; k++) {
			const struct yt *key = labels->pairs[k].key;

			if (!str_prefix(key->s, WIRE_LABEL))
				continue;
			e = (struct topo_end){ .node = i };
			if (!end_interface(p, &e, key->s + strlen(WIRE_LABEL), key->line) ||
			    !add_wire(p, &e, labels->pairs[k].value->s, key->line))
				return false;
		}
	}
	return true;
}

/* "host:veth0", as containerlab has it: the device's name; NULL: it is a node's end. */
static const char *
host_end(const struct parse *p, const struct yt *v)
{
	const struct yt *node = v->kind == YT_MAP ? yt_get(v, "node") : NULL, *name = v->kind == YT_MAP ? yt_get(v, "interface") : NULL;

	for (size_t i = 0; i < p->t->nnodes; i++)
		if (strcasecmp(p->t->nodes[i].name, WIRE_NODE) == 0)
			return NULL;
	if (v->kind == YT_SCALAR && str_prefix(v->s, WIRE_NODE ":"))
		return v->s + strlen(WIRE_NODE ":");
	return node != NULL && name != NULL && node->kind == YT_SCALAR && name->kind == YT_SCALAR && strcmp(node->s, WIRE_NODE) == 0 ? name->s : NULL;
}

static bool
read_host_link(struct parse *p, const struct yt *v, const char *device, unsigned line)
{
	struct topo_end e = { 0 };
	char *spec;
	bool ok;

	if (host_end(p, v) != NULL)
		return refuse(p, line, "both ends of this link are interfaces of this machine");
	if (!read_end(p, &e, v))
		return false;
	for (size_t i = 0; i < p->t->nlinks; i++)
		for (int k = 0; k < 2; k++)
			if (p->t->links[i].end[k].node == e.node && strcasecmp(p->t->links[i].end[k].ifname, e.ifname) == 0) {
				refuse(p, line, "%s:%s is linked twice (first at line %u)", p->t->nodes[e.node].name, e.ifname,
				    p->t->links[i].line);
				free(e.ifname);
				return false;
			}
	spec = xasprintf("pcap:%s", device);
	ok = add_wire(p, &e, spec, line);
	free(spec);
	return ok;
}

static bool
link_shape(struct parse *p, const struct yt *v, const struct yt **ends)
{
	const struct yt *type;

	if (v->kind != YT_MAP)
		return refuse(p, v->line, "a link must be a map with 'endpoints'");
	if (!check_keys(p, v, link_keys, "a link"))
		return false;
	type = yt_get(v, "type");
	if (!yt_null(type) && (type->kind != YT_SCALAR || strcmp(type->s, "veth") != 0))
		return refuse(p, type->line, "a link of type '%s' does not run here (veth does)",
		    type->kind == YT_SCALAR ? type->s : "?");
	*ends = yt_get(v, "endpoints");
	if (*ends == NULL || (*ends)->kind != YT_SEQ || (*ends)->n != 2)
		return refuse(p, *ends != NULL ? (*ends)->line : v->line, "a link needs two endpoints");
	return true;
}

static bool
read_link(struct parse *p, const struct yt *v)
{
	struct topo_link *l;
	const struct yt *ends = NULL;

	if (!link_shape(p, v, &ends))
		return false;
	for (int k = 0; k < 2; k++)
		if (host_end(p, ends->items[k]) != NULL)
			return read_host_link(p, ends->items[1 - k], host_end(p, ends->items[k]), ends->line);
	l = &p->t->links[p->t->nlinks++];
	l->line = ends->line;
	for (int k = 0; k < 2; k++)
		if (!read_end(p, &l->end[k], ends->items[k]))
			return false;
	if (l->end[0].node == l->end[1].node)
		return refuse(p, l->line, "node '%s' is linked to itself", p->t->nodes[l->end[0].node].name);
	for (int k = 0; k < 2; k++)
		if (end_taken(p, &l->end[k], l->line) || wire_taken(p, &l->end[k], l->line))
			return false;
	for (int k = 0; k < 2; k++)
		p->t->nodes[l->end[k].node].nends++;
	return true;
}

static bool
read_links(struct parse *p)
{
	const struct yt *v = yt_get(p->topo, "links");

	if (yt_null(v))
		return true;
	if (v->kind != YT_SEQ)
		return refuse(p, v->line, "'links' must be a list");
	p->t->links = xcalloc(v->n, sizeof(*p->t->links));
	for (size_t i = 0; i < v->n; i++)
		if (!read_link(p, v->items[i]))
			return false;
	return true;
}

static size_t
group_of(size_t *up, size_t i)
{
	while (up[i] != i)
		i = up[i] = up[up[i]];
	return i;
}

/* Switches learn but speak no spanning tree: a ring of them would carry a broadcast for ever. */
static bool
check_loops(struct parse *p)
{
	size_t *up = xcalloc(p->t->nnodes, sizeof(*up)), a, b;
	const struct topo_link *l;

	for (size_t i = 0; i < p->t->nnodes; i++)
		up[i] = i;
	for (size_t i = 0; i < p->t->nlinks; i++) {
		l = &p->t->links[i];
		if (p->t->nodes[l->end[0].node].kind != NODE_SWITCH || p->t->nodes[l->end[1].node].kind != NODE_SWITCH)
			continue;
		a = group_of(up, l->end[0].node);
		b = group_of(up, l->end[1].node);
		if (a == b)
			refuse(p, l->line, "this link closes a loop of switches (%s - %s): broadcasts would go round for ever",
			    p->t->nodes[l->end[0].node].name, p->t->nodes[l->end[1].node].name);
		up[a] = b;
	}
	free(up);
	return p->why == NULL;
}

/* Without a `name` the file's own, up to its first dot. */
static bool
read_name(struct parse *p, const struct yt *root)
{
	const struct yt *v = yt_get(root, "name");
	const char *base = strrchr(p->file, '/');

	if (!yt_null(v) && v->kind != YT_SCALAR)
		return refuse(p, v->line, "'name' must be one word");
	base = base != NULL ? base + 1 : p->file;
	p->t->name = yt_null(v) ? xstrndup(base, strcspn(base, ".")) : xstrdup(v->s);
	return true;
}

static bool
read_file(struct parse *p, const struct yt *root)
{
	if (yt_null(root))
		return refuse(p, 1, "the file is empty");
	if (!check_keys(p, root, file_keys, "the file") || !read_name(p, root))
		return false;
	p->topo = yt_get(root, "topology");
	if (yt_null(p->topo))
		return refuse(p, root->line, "there is no 'topology'");
	return check_keys(p, p->topo, topo_keys, "'topology'") &&
	    check_body(p, yt_get(p->topo, "defaults"), "'defaults'", false) && check_bodies(p, "kinds") &&
	    check_bodies(p, "groups") && read_nodes(p) && read_wires(p) && read_links(p) && check_loops(p);
}

struct topology *
topology_parse(const char *file, const char *text, size_t n, char **why)
{
	struct parse p = {.file = file};
	struct ytree tree;
	unsigned line = 0;
	char *yaml = NULL;

	if (!yt_parse(&tree, text, n, &line, &yaml)) {
		*why = xasprintf("%s:%u: %s", file, line, yaml);
		free(yaml);
		return NULL;
	}
	p.t = xcalloc(1, sizeof(*p.t));
	if (!read_file(&p, tree.root)) {
		*why = p.why;
		topology_free(p.t);
		p.t = NULL;
	}
	yt_free(&tree);
	return p.t;
}

struct topology *
topology_read(const char *path, char **why)
{
	struct topology *t;
	char *text;
	size_t n;

	if ((text = topology_slurp(path, YT_BYTES_MAX, &n)) == NULL) {
		*why = xasprintf("%s: %s", path, strerror(errno));
		return NULL;
	}
	t = topology_parse(path, text, n, why);
	free(text);
	return t;
}

void
topology_free(struct topology *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->nnodes; i++) {
		free(t->nodes[i].name);
		free(t->nodes[i].startup);
		free(t->nodes[i].release);
	}
	for (size_t i = 0; i < t->nlinks; i++)
		for (int k = 0; k < 2; k++)
			free(t->links[i].end[k].ifname);
	for (size_t i = 0; i < t->nwires; i++) {
		free(t->wires[i].end.ifname);
		free(t->wires[i].spec);
	}
	free(t->nodes);
	free(t->wires);
	free(t->links);
	free(t->name);
	free(t);
}
