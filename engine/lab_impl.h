#ifndef INSPIRE_ENGINE_LAB_IMPL_H
#define INSPIRE_ENGINE_LAB_IMPL_H

/*
 * What the files of a lab share: the lab itself, links and their ends, and what links ask of switches and
 * hosts.  Nobody outside includes it (see lab.h).
 */

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/lab.h"
#include "lib/clock.h"

#define LINK_DELAY	(NSEC_MS / 2)		/* a link without impairment */
#define LINK_QUEUE	(64u * 1024)		/* bytes that wait for a slow link before it drops */
#define FRAME_SHORT	192u			/* frames up to this long come from one pool, up to FRAME_SMALL from another */
#define FRAME_SMALL	2048u
#define FRAME_POOL	1024u			/* so many of a kind are kept: a flood's are given back */

struct capture;
struct ike_watch;
struct topology;

/* A frame on its way. */
struct frame {
	TAILQ_ENTRY(frame)	 next;
	int64_t			 at;		/* arrives */
	size_t			 len, cap;
	uint8_t			 data[];
};
TAILQ_HEAD(frames, frame);

/* A fault rule that stands. */
struct fault {
	TAILQ_ENTRY(fault)	 next;
	struct fault_rule	 rule;
	unsigned		 skipped, done;
};

struct link_end {
	struct link		*link;
	struct link_end		*peer;
	struct node		*node;
	char			*ifname;
	bool			 up;		/* as `link END up|down` says */
	bool			 admin;		/* the interface is not shut down */
	bool			 lit;		/* carrier, as this end sees it */
	/* The direction that leaves here. */
	struct impairment	 imp;
	bool			 impaired;
	struct chance		*chance;
	struct frames		 flight;	/* by arrival */
	struct frame		*held;		/* in flight; the next one is to overtake it */
	struct timer		 timer;
	int64_t			 busy_until;	/* rate: the wire is free again */
	int64_t			 last_at;	/* arrival of the last one in order */
	TAILQ_HEAD(, fault)	 faults;
	size_t			 nfaults;
	uint64_t		 frames, bytes, lost, duplicated, corrupted, reordered, faulted, queue_drops;
	/* Both directions, as seen at this end. */
	struct capture		*capture;
	char			*capture_file, *keys_dir;
	int			 keys_error;	/* errno of a write that failed */
	uint64_t		 capture_mark;	/* its length when a snapshot was taken */
	struct link_end		*sibling;	/* the node's next end */
};

struct link {
	struct lab		*lab;
	struct link_end		 end[2];
	struct ike_watch	*ike;		/* numbers of the IKE messages that went by; NULL until one did */
};

struct stream;
struct keyfile;
struct snapshots;
struct wires;
struct forger;
struct host;
struct bridge;

struct lab {
	char			*name;
	struct clock		*clock;
	struct loop		*loop;
	struct chance		*chance;
	uint64_t		 seed;
	bool			 real;
	char			*base_dir, *nvram_dir, *flash_dir;
	struct lab_options	 o;		/* callbacks; its paths are not kept */
	struct node		*nodes;
	struct link		*links;
	size_t			 nlinks;
	struct frames		 pools[2];	/* frames to be used again: short ones, small ones */
	size_t			 npooled[2];
	size_t			 nframes;	/* that exist, for tests */
	struct stream		*streams;
	unsigned		 nstreams;
	struct forger		*forgers;
	unsigned		 nforgers;	/* ever */
	struct keyfile		*keys;		/* NULL until a key was reported or asked for */
	char			*keys_dir;	/* of the captures of all links; NULL = there are none */
	struct snapshots	*snapshots;
	struct wires		*wires;		/* real ones */
};

/* lab.c */
char		*lab_why(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
struct link_end	*lab_end(struct lab *lab, const char *name, char **why);	/* "SW1:port2" */
struct node	*lab_router(struct lab *lab, const char *name, char **why);	/* must be a router */

/* link.c */
void		 links_new(struct lab *lab, const struct topology *t, struct node **nodes);	/* nodes by index */
void		 links_free(struct lab *lab);
struct link_end	*link_end_of(struct node *n, const char *ifname);
void		 link_send(struct link_end *e, const uint8_t *frame, size_t len);	/* leaves by this end */
void		 link_receive(struct link_end *e, uint8_t *frame, size_t len);		/* arrives at this end, now */
void		 link_recheck(struct link *l);		/* something that carrier depends on may have changed */
struct frame	*frame_new(struct lab *lab, const uint8_t *data, size_t len);
void		 frame_free(struct lab *lab, struct frame *f);

/* fault.c: which rule of an end fits a frame that leaves there. */
const struct fault_rule *fault_judge(struct link_end *e, const uint8_t *frame, size_t len);	/* NULL: it passes */
void		 faults_free(struct link_end *e);
void		 ike_watch_free(struct ike_watch *w);

/* bridge.c */
struct bridge	*bridge_new(struct lab *lab, size_t nports);
void		 bridge_free(struct bridge *b);
void		 bridge_attach(struct bridge *b, struct link_end *e);
void		 bridge_input(struct bridge *b, struct link_end *in, const uint8_t *frame, size_t len);
void		 bridge_port_changed(struct bridge *b, const struct link_end *e, bool lit);
const struct link_end *bridge_station(struct bridge *b, const uint8_t mac[6]);	/* behind which port; NULL: not known */
size_t		 bridge_stations(const struct bridge *b);

/* host.c */
struct topo_node;
struct host	*host_new(struct node *n, const struct topo_node *t);
void		 host_free(struct host *h);
void		 host_input(struct host *h, uint8_t *frame, size_t len);
void		 host_carrier(struct host *h, bool up);
uint32_t	 host_address(const struct host *h, unsigned *len, uint32_t *gateway);
bool		 host_address6(const struct host *h, struct a6 *addr, unsigned *len, struct a6 *gateway);	/* false: it has none */
/* The address of h to which the other would send, or from which it would; af ADDR_NONE: they have no family in common. */
struct addr	 host_address_for(const struct host *h, const struct host *other);
void		 host_send(struct host *h, const struct addr *dst, const void *p, size_t n);	/* UDP to the port of streams */

/* nat_node.c */
struct nat_node	*nat_node_new(struct node *n, const struct topo_node *t);
void		 nat_node_free(struct nat_node *x);
void		 nat_node_input(struct nat_node *x, const struct link_end *e, uint8_t *frame, size_t len);
void		 nat_node_carrier(struct nat_node *x, const struct link_end *e, bool up);

/* traffic.c */
void		 traffic_received(struct node *at, const uint8_t *p, size_t n);
void		 traffic_free(struct lab *lab);

/* forge.c */
void		 forge_free(struct lab *lab);

/* lab_capture.c */
bool		 captures_all(struct lab *lab, const char *dir, char **why);	/* each link from now on, into a file of its own */
void		 captures_free(struct lab *lab);
void		 capture_keys(struct lab *lab, const struct key_report *k);
void		 captures_flush(struct lab *lab);		/* all of them can be read up to now */
void		 captures_mark(struct lab *lab);		/* before a snapshot: how long they are */
bool		 captures_rewind(struct lab *lab);		/* after one came back: that long again */

/* nvram.c */
bool		 nvram_open(struct node *n, char **why);	/* what the node boots from at first */
char		*nvram_load(const struct node *n);
bool		 nvram_store(struct node *n, const char *text, const char **why);
bool		 nvram_rewind(struct lab *lab);

/* snapshot.c */
void		 snapshots_free(struct lab *lab);

#endif
