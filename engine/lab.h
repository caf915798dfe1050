#ifndef INSPIRE_ENGINE_LAB_H
#define INSPIRE_ENGINE_LAB_H

/*
 * A lab: clock, chance, nodes (routers, switches, hosts) and the links between them, as a topology
 * file describes it (shared form: containerlab's YAML with inspire-* labels).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/router.h"

#define NVRAM_MAX	(4u << 20)	/* bytes of a startup configuration */

struct loop;
struct lab;
struct port_opener;
struct link_end;
struct heard;

enum node_kind { NODE_ROUTER, NODE_SWITCH, NODE_HOST, NODE_NAT };

struct node {
	struct lab		*lab;
	char			*name;
	enum node_kind		 kind;
	struct router		*router;	/* NODE_ROUTER */
	struct host		*host;		/* NODE_HOST */
	struct bridge		*bridge;	/* NODE_SWITCH */
	struct nat_node		*nat;		/* NODE_NAT */
	char			*startup;	/* text of the startup-config file, or NULL */
	char			*startup_path;
	struct node		*next;		/* in the topology's order */
	/* The lab's own. */
	struct link_end		*ends;
	unsigned		 number;	/* from 0, among all nodes */
	bool			 off;		/* power cut */
	char			*nvram;		/* startup-config as saved; NULL = erased or never there */
	bool			 nvram_kept;	/* it is in a file of the NVRAM folder */
	bool			 nvram_stored;	/* it is no longer the topology's */
};

struct lab_options {
	const char	*topology;	/* path */
	uint64_t	 seed;
	bool		 seed_given;	/* somebody asked for just that one */
	int64_t		 start_ns;	/* 0 on the real clock: the date as it is */
	bool		 real;		/* real clock */
	const struct port_opener *opener;	/* of devices of real wires, lent; NULL = this process */
	const char	*nvram_dir;	/* NULL = in memory */
	const char	*flash_dir;	/* likewise: a directory a router in it */
	const char	*pcap_dir;	/* every link is captured there, a file each, and the keys; NULL = not */
	const char	*base_dir;	/* captures are relative to it */
	void		(*load_config)(void *arg, struct router *r, const char *text);	/* see router_ops */
	void		(*rebooted)(void *arg, struct router *r);
	void		*arg;
};

/* A translator's datapath; NULL: the node is none. */
struct dp	*lab_nat(const struct node *n);
/* NULL with a message "file:line: ..." in *why (caller frees). Routers are powered on, configuration loaded. */
struct lab	*lab_new(const struct lab_options *o, char **why);
void		 lab_free(struct lab *lab);
struct clock	*lab_clock(struct lab *lab);
struct loop	*lab_loop(struct lab *lab);
struct chance	*lab_chance(struct lab *lab);
uint64_t	 lab_seed(const struct lab *lab);			/* means nothing if the lab has wires */
size_t		 lab_wires(const struct lab *lab);			/* real ones: the lab's chance is the system's */
void		 lab_wire_each(struct lab *lab, void (*fn)(void *arg, const struct router *r, const char *ifname, const struct port_info *i), void *arg);
const char	*lab_name(const struct lab *lab);
const char	*lab_base_dir(const struct lab *lab);
struct node	*lab_nodes(struct lab *lab);			/* first; follow next */
struct node	*lab_node(struct lab *lab, const char *name);	/* by name, case matters not */
struct node	*lab_node_by_hostname(struct lab *lab, const char *hostname);	/* node name or router's present hostname */
/* Runs the next thing due no later than limit; false if there is none (virtual clock: it is then limit). */
bool		 lab_step(struct lab *lab, int64_t limit);

/* What the lab console does.  All return false with *why (caller frees) when refused. */
bool		 lab_link_set(struct lab *lab, const char *end, bool up, char **why);		/* "SW1:port2" */
struct impairment { double loss, duplicate, reorder, corrupt; /* 0..1 */ int64_t delay_ns, jitter_ns; uint64_t rate_bps; bool delay_set; };
bool		 lab_link_impair(struct lab *lab, const char *end, const struct impairment *i, char **why);	/* NULL = clear */
bool		 lab_link_impairment(struct lab *lab, const char *end, struct impairment *out, char **why);	/* as it is now */
bool		 lab_traffic_start(struct lab *lab, const char *from, const char *to, uint64_t rate_bps, unsigned size, int64_t for_ns /* 0 = for ever */, char **why);
bool		 lab_traffic_stop(struct lab *lab, const char *from, const char *to, char **why);
enum fault_what { FAULT_ANY, FAULT_ESP, FAULT_IKE };
struct fault_rule {
	enum { FAULT_DROP, FAULT_DUPLICATE, FAULT_DELAY } action;
	int64_t		 delay_ns;
	enum fault_what	 what;
	bool		 spi_set; uint32_t spi;
	int		 exchange;	/* IKE exchange type on the wire, -1 = any */
	unsigned	 message;	/* 1.. within its exchange, 0 = any */
	unsigned	 skip, count;	/* count 0 = for ever */
};
bool		 lab_fault_add(struct lab *lab, const char *end, const struct fault_rule *f, char **why);
bool		 lab_fault_del(struct lab *lab, const char *end, const struct fault_rule *f, char **why);	/* those that are just so */
bool		 lab_fault_clear(struct lab *lab, const char *end, char **why);		/* NULL = all */
struct forge_req { const char *end; struct prefix from; uint32_t to; bool spi_set; uint32_t spi; uint64_t count; double rate_pps; };
/* rate_pps 0: count of them (0 = one) at once; else count evenly spaced, 0 = until lab_forge_stop(). */
bool		 lab_forge(struct lab *lab, const struct forge_req *f, char **why);
bool		 lab_forge_stop(struct lab *lab, const char *end, char **why);
const char	*lab_startup_source(const struct router *r);	/* file or name of the startup configuration, lent */
bool		 lab_power(struct lab *lab, const char *router, bool on, char **why);
bool		 lab_capture_start(struct lab *lab, const char *end, const char *file, const char *keys_dir, char **why);
bool		 lab_capture_stop(struct lab *lab, const char *end, char **why);		/* NULL = all */
bool		 lab_set(struct lab *lab, const char *node, const char *key, const char *value, char **why);

/* For show. */
struct link_info {
	const char	*a_node, *a_if, *b_node, *b_if;
	struct { bool up, lit; /* lit: carrier */ struct impairment imp; bool impaired; uint64_t frames, bytes, lost, duplicated, corrupted, reordered, faulted, queue_drops; const char *capture; size_t faults; } end[2];
};
void		 lab_link_each(struct lab *lab, void (*fn)(void *arg, const struct link_info *l), void *arg);
struct traffic_info { const char *from, *to; uint64_t rate_bps; unsigned size; bool running; uint64_t sent, received, lost, duplicated, reordered; int64_t gap_ns; /* longest time without one arriving */ int64_t gap_at_ns; uint64_t under_way; /* sent = received + lost + under_way */ };
void		 lab_traffic_each(struct lab *lab, void (*fn)(void *arg, const struct traffic_info *t), void *arg);
bool		 lab_host_address(const struct node *n, uint32_t *addr, unsigned *len, uint32_t *gateway);	/* false: no host, or one without IPv4 */
bool		 lab_host_address6(const struct node *n, struct a6 *addr, unsigned *len, struct a6 *gateway);
/* What came to its port of syslog; NULL: it is no host. */
const struct heard *lab_host_heard(const struct node *n);
/* key, value, sentence of what it means */
void		 lab_node_settings(struct lab *lab, struct node *n, void (*fn)(void *arg, const char *key, const char *value, const char *text), void *arg);

/*
 * Snapshots are forks (virtual clock only).  lab_snapshot() returns 0 in the live process, or, after a later
 * lab_restore(), returns again with 1 and the payload that the restorer gave (caller frees).
 * lab_restore() does not return on success.
 */
int		 lab_snapshot(struct lab *lab, const char *name, void **payload, size_t *n, char **why);	/* -1 = refused */
bool		 lab_restore(struct lab *lab, const char *name, const void *payload, size_t n, char **why);

#endif
