#ifndef INSPIRE_DATAPATH_PORT_H
#define INSPIRE_DATAPATH_PORT_H

/*
 * Ports: where the frames of an interface leave for a real wire.  A kind is one row of a table of functions
 * (port_KIND.c).  A port that cannot open its device, or loses it, is a line that is down; it asks for the device again
 * by itself and says so when it has it.  Only making one of words that nobody understands is an error.
 *
 *	pcap:DEV			a host's interface, with our own MAC addresses and ARP
 *	tap:NAME			Ethernet of a host's kernel
 *	tun:NAME			the same without Ethernet: its headers, and ARP's answers, are ours
 *	udp:LADDR:LPORT:RADDR:RPORT	Ethernet frames in UDP datagrams; IPv6 addresses in brackets
 *	pcapfile:IN[:OUT]		a capture's frames at their times; what leaves is written to OUT
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "datapath/datapath.h"

struct loop;
struct port;

#define PORT_BATCH	256	/* frames handed over at a time, at most */

/* A device as it is asked for: plain data, since it may be another process that opens it. */
enum port_device { PORT_DEV_PACKET, PORT_DEV_TAP, PORT_DEV_TUN };
struct port_want {
	enum port_device device;
	char		 name[16];	/* IFNAMSIZ */
	uint8_t		 mac[6];	/* PACKET: frames for it come up, and broadcasts and multicasts */
	bool		 offload;	/* with struct virtio_net_hdr before each frame, where the kernel has them */
	bool		 create;	/* TAP, TUN: one that is not there is made */
	uint8_t		 queue, queues;	/* this one of so many, the first comes first; 0 or 1 = it has one */
	uint16_t	 group;		/* PACKET, of several: by which the kernel knows that they belong together */
};
struct port_got {
	bool		 offload;
	bool		 promiscuous;	/* PACKET: it had to be */
	uint32_t	 mtu;		/* of the device, bytes of IP */
	uint32_t	 ifindex;
	int		 error;		/* errno, where there is no descriptor: EPERM (refused), ENODEV, EBUSY, ... */
};
/* A descriptor, or -1 with *why (caller frees).  Needs privileges. */
int		 port_device_open(const struct port_want *w, struct port_got *got, char **why);

/* Who opens devices for a process that may not do it itself: same meaning. */
struct port_opener {
	int	(*open)(void *arg, const struct port_want *w, struct port_got *got, char **why);
	void	*arg;
};

/* Called from the loop, never from within a call of the port's owner, where nothing else is said. */
struct port_ops {
	/* Whole Ethernet frames with right checksums; lent as dp_input_lent() wants them: with room, and to be written to. */
	void	(*frames)(void *arg, struct port *p, struct dp_frame *f, size_t n, int64_t now);
	/*
	 * The line came up, or went down, or is down from the beginning, for a reason (lent text).  Told again, as it is, when
	 * port_info.mtu is another.
	 */
	void	(*line)(void *arg, struct port *p, bool up, const char *why);
	/* May be NULL.  Frames that we sent come back, once while the line is up. */
	void	(*looped)(void *arg, struct port *p);
	/* May be NULL.  So many frames that were to leave did not: the wire has no room, is down, or is gone.  Also from within port_tx() and its like. */
	void	(*dropped)(void *arg, struct port *p, size_t n);
};

struct port_env {
	struct loop			*loop;
	const struct port_opener	*opener;	/* NULL: this process opens */
	const struct port_ops		*ops;
	void				*arg;
	uint8_t				 mac[6];	/* of the interface */
	/*
	 * This port is one of so many of its device (struct port_want), 0 or 1 = the only one.  Those after the first do not ask for a device
	 * again: who has the first makes them anew.
	 */
	uint8_t				 queue, queues;
	uint16_t			 group;
};

/* Can a device of this kind have several queues? */
bool		 port_spec_queues(const char *spec);
/* Is KIND:ARGS understood?  *why (caller frees) if not. */
bool		 port_spec_ok(const char *spec, char **why);
/*
 * NULL with *why (caller frees) where the spec is not understood.  The device is asked for at once (port_info() tells how
 * that went) and then again whenever it is lost; the line comes up, or not, from the loop.
 */
struct port	*port_new(const struct port_env *env, const char *spec, char **why);
void		 port_free(struct port *p);
/* Takes a copy; what the device can't take is dropped and counted.  Goes out with port_flush() or at the end of the loop's turn. */
void		 port_tx(struct port *p, const uint8_t *frame, size_t len);
/* Several at once, PORT_BATCH at most, which leave at once if they are many. */
void		 port_tx_batch(struct port *p, const struct dp_frame *f, size_t n);
void		 port_flush(struct port *p);

struct port_info {
	const char	*spec;		/* lent */
	bool		 up;
	const char	*why;		/* down: lent */
	int		 error;		/* errno of the last try to open the device, 0 = it is open */
	bool		 promiscuous;	/* the device had to be */
	uint32_t	 mtu;		/* 0 = not known */
	uint64_t	 in_frames, in_bytes, out_frames, out_bytes;
	uint64_t	 in_short, in_long, in_looped;	/* not frames, longer than a frame may be, sent by ourselves */
	uint64_t	 in_overruns;			/* that the kernel had no room for until we read */
	uint64_t	 out_drops, opens, losses;	/* of the device */
	uint64_t	 refused;	/* udp: answers that nobody is at the far end */
	uint64_t	 calls_in, calls_out;		/* of the system, to see what batches save */
	uint64_t	 in_joined, in_cut;		/* that came as one, and the frames that they were cut into */
	uint64_t	 out_joined, out_cut;		/* that left as one, and the frames that they are */
};
void		 port_info(const struct port *p, struct port_info *out);

#endif
