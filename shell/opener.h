#ifndef INSPIRE_SHELL_OPENER_H
#define INSPIRE_SHELL_OPENER_H

/*
 * The opener: a small process that keeps the right to open devices after the routers' process has given it up.  It is
 * told what may be asked for while everything is still trusted; once that is sealed, it opens those devices and no
 * others, as often as one goes away and comes back, and hands the descriptors over.
 *
 * Between the two are packets of a socket pair (SOCK_SEQPACKET):
 *
 *	ALLOW want	->	one more device may be asked for
 *	SEAL		->	... and that was the last; answered by READY
 *	OPEN n want	->	answered by GOT n got with a descriptor, or by REFUSED n got text
 *
 * What is no such packet is passed over.
 */

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "datapath/port.h"

struct loop;
struct opener;
struct privs_user;

#define OPENER_MAX		256u	/* bytes of a packet */
#define OPENER_TEXT_MAX		200u
#define OPENER_ALLOWED_MAX	256u	/* devices */

enum opener_type { OPENER_ALLOW = 1, OPENER_SEAL, OPENER_READY, OPENER_OPEN, OPENER_GOT, OPENER_REFUSED, OPENER_TYPES };

struct opener_msg {
	enum opener_type type;
	uint32_t	 number;		/* of the question */
	struct port_want want;			/* ALLOW, OPEN */
	struct port_got	 got;			/* GOT, REFUSED (its error) */
	char		 text[OPENER_TEXT_MAX + 1];	/* REFUSED */
};

/* The length. */
size_t		 opener_encode(const struct opener_msg *m, uint8_t out[OPENER_MAX]);
bool		 opener_decode(const uint8_t *p, size_t n, struct opener_msg *out);
/* fd -1: none goes along. False: the other end has gone, or does not read. */
bool		 opener_send(int link, const struct opener_msg *m, int fd);
enum opener_io { OPENER_OK, OPENER_NONE /* nothing has come */, OPENER_GONE, OPENER_BAD /* no packet of ours came */ };
/* *fd: what came along, or -1. */
enum opener_io	 opener_recv(int link, struct opener_msg *out, int *fd);

typedef int	 opener_fn(const struct port_want *w, struct port_got *got, char **why);	/* as port_device_open() */

/* opener_serve.c: the process itself, until its other end closes the link. */
void		 opener_serve(int link, opener_fn *fn);

/* A process that opens with fn, as user (NULL: as whoever we are). NULL with *why (caller frees). */
struct opener	*opener_start(opener_fn *fn, const struct privs_user *user, char **why);
/* Over a link that somebody serves already: for tests. */
struct opener	*opener_at(int link);
/* The words of a port, "tap:NAME": true if they name a device, which may then be asked for. */
bool		 opener_want(const char *spec, struct port_want *out);
void		 opener_allow(struct opener *o, const struct port_want *w);
/* It opens nothing before, and learns of no other device behind. False: it does not answer. */
bool		 opener_seal(struct opener *o);
/* For the routers' ports; lives as long as o. */
const struct port_opener *opener_port(const struct opener *o);
/* gone() is told once that it has ended (status as of waitpid()). */
void		 opener_watch(struct opener *o, struct loop *loop, void (*gone)(void *arg, int status), void *arg);
void		 opener_free(struct opener *o);	/* ends it */
pid_t		 opener_pid(const struct opener *o);

#endif
