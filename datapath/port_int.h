#ifndef INSPIRE_DATAPATH_PORT_INT_H
#define INSPIRE_DATAPATH_PORT_INT_H

/*
 * What the kinds of ports share.  port.c keeps the line's state, tries again, queues what leaves and counts; a kind parses
 * its arguments, opens and closes its device, reads what has come and sends a batch.  A kind calls port_in() for each
 * frame (then port_in_done()), port_carrier() and port_lost(); none of these calls the port's owner but port_in_done().
 */

#include <sys/uio.h>

#include "datapath/port.h"
#include "lib/clock.h"

#define PORT_FRAME_MAX	9600u			/* longest frame either way */
#define PORT_OUT_BYTES	(512u * 1024)		/* that wait for the flush, at most */
#define PORT_SEG_BYTES	(384u * 1024)		/* segments of frames that came as one, with their room, between two calls of the owner */
#define PORT_ROOM(n)	((DP_HEADROOM + (n) + DP_TAILROOM + 63u) & ~(size_t)63)	/* that a frame of n bytes takes */
#define PORT_SLOT	(64u * 1024 + 256)	/* what one read may bring, headers included */
#define PORT_IN_BYTES	(6u * PORT_SLOT)	/* whole frames that were read, likewise */

struct port_kind {
	const char	*name;
	const char	*args;		/* for messages: "DEV" */
	bool		(*parse)(struct port *p, const char *args, char **why);	/* sets p->state; *why without the spec */
	void		(*free)(struct port *p);				/* of p->state; closed before */
	/* Starts to watch the device, if there is one to watch; once, before the first open.  May be NULL. */
	void		(*watch)(struct port *p);
	/* The device; p->fd set if it has a descriptor to be polled.  False with *why, and p->info.error. */
	bool		(*open)(struct port *p, char **why);
	void		(*close)(struct port *p);				/* what open did; p->fd is port.c's.  May be NULL */
	void		(*readable)(struct port *p, short revents);		/* of p->fd */
	/* Sends some of n frames: how many are done with; refused ones are counted in p->info.out_drops. */
	size_t		(*send)(struct port *p, const struct dp_frame *v, size_t n);
};

/* What a frame's virtio_net_hdr says (host order), its length of headers apart; zero = nothing to do. */
struct offload {
	uint8_t		flags, gso_type;
	uint16_t	gso_size, csum_start, csum_offset;
};

struct port {
	struct port_env		 env;
	const struct port_kind	*kind;
	void			*state;		/* the kind's */
	int			 fd;
	struct loop_fd		*loop_fd;
	struct port_info	 info;		/* spec and why are ours */
	bool			 open, carrier;
	bool			 begun, told;	/* the owner knows how the line is: so */
	bool			 looped;	/* he has been told */
	uint64_t		 drops_told;	/* of info.out_drops */
	struct timer		 tell, retry, flush;
	unsigned		 backoff_s;
	/* Of this turn. */
	struct dp_frame		 out[PORT_BATCH], in[PORT_BATCH];
	size_t			 nout, out_used, nin, seg_used;
	uint8_t			*out_bytes, *seg;	/* made at first use */
};

/* port.c */
/*
 * A frame has come: up to PORT_SLOT bytes with something to do, else up to PORT_FRAME_MAX; with DP_HEADROOM before it and DP_TAILROOM behind.
 * True: it is lent until port_in_done(); false: it is done with.
 */
bool	 port_in(struct port *p, const struct offload *o, uint8_t *frame, size_t len);
void	 port_in_copied(struct port *p, const uint8_t *frame, size_t len);	/* a whole one without such room, done with afterwards */
void	 port_in_done(struct port *p);
void	 port_carrier(struct port *p, bool up, const char *why);
void	 port_mtu(struct port *p, uint32_t mtu);
void	 port_lost(struct port *p, const char *why);	/* the device is gone: closed, and asked for again */
void	 port_try(struct port *p);			/* not open: asks for it now */

/* port_offload.c: see there */
enum offload_verdict { OFFLOAD_BAD, OFFLOAD_WHOLE, OFFLOAD_SEGMENTS };
struct offload_cut {
	const uint8_t	*frame;		/* headers, then what is to be cut */
	size_t		 len, l3, l4, payload, done, size;
	bool		 v6, tcp;
	unsigned	 count;		/* segments made */
};
#define OFFLOAD_HDR	10u		/* bytes of a virtio_net_hdr as the kernel gives it here */
void	 offload_parse(const uint8_t h[OFFLOAD_HDR], struct offload *o);	/* in the host's byte order */
void	 offload_write(const struct offload *o, uint16_t hdr_len, uint8_t h[OFFLOAD_HDR]);
/* Completes the frame's checksum, or says how it is cut. */
enum offload_verdict offload_begin(const struct offload *o, uint8_t *frame, size_t len, struct offload_cut *cut);
/* The next segment's length, written to out; 0: there is none left, or it does not fit in cap (then *full). */
size_t	 offload_next(struct offload_cut *cut, uint8_t *out, size_t cap, bool *full);

/* port_coalesce.c: frames that leave as one.  A run of one frame is that frame. */
#define COALESCE_HEAD	114u		/* Ethernet, IPv6, the longest TCP header */
#define COALESCE_IOV	(PORT_BATCH + 2)	/* of a run, at most; of a plan's runs together, three a frame */
struct coalesce_run {
	uint16_t	first, last, n;		/* frames, linked by coalesce.next */
	uint16_t	l4, head_len, size;	/* of more than one: where the transport header is, and the payload; bytes of a segment */
	bool		v6, tcp;
	size_t		len;			/* of the joined frame */
	uint8_t		vnet[OFFLOAD_HDR], head[COALESCE_HEAD];
};
struct coalesce {
	bool			 tcp;		/* the kernel cuts segments */
	unsigned		 udp_max;	/* datagrams that it cuts one into, 0 = it does not */
	uint16_t		 next[PORT_BATCH];
	struct coalesce_run	 run[PORT_BATCH];
	size_t			 nruns;
};
void	 coalesce_init(struct coalesce *c, bool on);
void	 coalesce_plan(struct coalesce *c, const struct dp_frame *v, size_t n);	/* n <= PORT_BATCH */
/* A run's bytes from skip on (its Ethernet header, or 0), a virtio_net_hdr before them: how many pieces.  They stand as long as plan and v. */
size_t	 coalesce_iov(struct coalesce *c, size_t run, const struct dp_frame *v, size_t skip, struct iovec *iov);
/* The kernel did not take a run: false if it was a single frame.  Else less is joined from now on, and what is left is to be planned anew. */
bool	 coalesce_refused(struct coalesce *c, size_t run);
/* The frames of a plan from a run on, in the runs' order, written to out (which has room for all that were planned). */
size_t	 coalesce_left(const struct coalesce *c, size_t run, const struct dp_frame *v, struct dp_frame *out);
bool	 coalesce_is_refusal(int error);	/* of a call that was given a run, rather than of a device that is full or gone */

/* port_watch.c: a host's device by its name, as it is now and whenever something changes. */
struct port_watch;
struct port_seen { bool there, up, running; uint32_t ifindex, mtu; };
struct port_watch *port_watch_new(struct loop *loop, const char *name, void (*changed)(void *arg), void *arg);
void	 port_watch_free(struct port_watch *w);
void	 port_watch_see(const struct port_watch *w, struct port_seen *out);

/* port_host.c: what pcap, tap and tun have in common. */
struct port_host {
	struct port_want	 want;
	struct port_got		 got;
	struct port_watch	*watch;
	bool			 ours;		/* it was not there before we asked for it first */
	uint8_t			*room;		/* PORT_IN_BYTES: what a turn reads */
	size_t			 used;		/* by frames that are lent */
	struct coalesce		 out;
};
bool	 port_host_parse(struct port *p, struct port_host *h, enum port_device device, const char *args, char **why);
void	 port_host_free(struct port_host *h);
void	 port_host_watch(struct port *p);	/* port_kind.watch; p->state is a struct port_host, or begins with one */
bool	 port_host_open(struct port *p, char **why);
void	 port_host_check(struct port *p);	/* is it there, and up? */
uint8_t	*port_host_slot(struct port *p);	/* PORT_SLOT bytes for the next read; what was lent before may be delivered first */
void	 port_host_lent(struct port *p, size_t len);	/* so many bytes of the last slot are a frame's until port_in_done() */
/* A run that was planned has left, or was dropped. */
void	 port_host_sent(struct port *p, const struct coalesce_run *r);
void	 port_host_dropped(struct port *p, const struct coalesce_run *r);

extern const struct port_kind port_kind_pcap, port_kind_tap, port_kind_tun, port_kind_udp, port_kind_pcapfile;

/* An open udp port without the kernel's cutting, and with so many frames a call: to measure what both save. */
void	 port_udp_plain(struct port *p, unsigned batch);

#endif
