#ifndef INSPIRE_ENGINE_TOPOLOGY_H
#define INSPIRE_ENGINE_TOPOLOGY_H

/*
 * A topology file as data: nodes with what their labels say, and links between their interfaces.
 * containerlab's schema; what only this project knows are labels that begin with "inspire-".
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/lab.h"

/* A translator's two ports. */
#define TOPO_INSIDE	"inside"
#define TOPO_OUTSIDE	"outside"

struct topo_node {
	char			*name;
	unsigned		 line;
	enum node_kind		 kind;
	char			*startup;	/* path, relative to the topology's folder as written; NULL = none */
	unsigned		 startup_line;
	enum ike_dialect	 dialect;
	enum ike_engine_kind	 engine;
	char			*release;	/* NULL = the dialect's usual one */
	uint32_t		 address;	/* hosts; 0 = none */
	unsigned		 address_len;
	uint32_t		 gateway;	/* 0 = none; of a translator on the outside */
	uint32_t		 inside, outside;	/* translators */
	unsigned		 inside_len, outside_len;
	struct a6		 address6;	/* hosts; all zero = none */
	unsigned		 address6_len;
	struct a6		 gateway6;	/* of a translator on the outside */
	struct a6		 inside6, outside6;	/* translators; all zero = IPv4 alone */
	unsigned		 inside6_len, outside6_len;
	size_t			 nends;		/* links that end here */
};

struct topo_end {
	size_t			 node;		/* index */
	char			*ifname;	/* canonical for routers */
};

struct topo_link {
	struct topo_end		 end[2];
	unsigned		 line;
};

/* A router's interface on a real wire. */
struct topo_wire {
	struct topo_end		 end;
	char			*spec;		/* of its port: "pcap:veth0" */
	unsigned		 line;
};

struct topology {
	char			*name;
	struct topo_node	*nodes;
	size_t			 nnodes;
	struct topo_link	*links;
	size_t			 nlinks;
	struct topo_wire	*wires;
	size_t			 nwires;
};

/* text may hold anything.  file is named in errors: NULL with "file:line: ..." in *why (malloc'd). */
struct topology	*topology_parse(const char *file, const char *text, size_t n, char **why);
struct topology	*topology_read(const char *path, char **why);
void		 topology_free(struct topology *t);
/* A file beside the topology's: path of rel as seen from here (malloc'd). */
char		*topology_path(const char *topology, const char *rel);
/* The whole of a text file, NUL terminated; NULL with errno (EFBIG if longer than max). */
char		*topology_slurp(const char *path, size_t max, size_t *n);

#endif
