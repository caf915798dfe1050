#ifndef INSPIRE_ENGINE_WIRES_H
#define INSPIRE_ENGINE_WIRES_H

/* What plugs interfaces of routers into real wires (datapath/port.h): `inspire router --port`, and a lab's `host:` ends. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct port_info;
struct port_opener;
struct router;
struct wires;
struct workers;

struct wires	*wires_new(struct loop *loop);
void		 wires_free(struct wires *w);		/* before the routers */
/* Who opens devices, lent; NULL (as made): this process. */
void		 wires_opener(struct wires *w, const struct port_opener *o);
/* The router's datapath is that of several workers: each gets a queue of its own of devices that have them.  Before wires_start(). */
void		 wires_workers(struct wires *w, struct workers *all);
/* "Gi0/0=pcap:veth0".  False with *why (caller frees): not understood, no such interface, or there is a wire already. */
bool		 wires_plug(struct wires *w, struct router *r, const char *text, char **why);
/* The same in two; the interface's name as a person writes it. */
bool		 wires_plug_if(struct wires *w, struct router *r, const char *ifname, const char *spec, char **why);
/* Routers have power: devices are asked for.  False with *why if one may not be opened; one that is not there comes later. */
bool		 wires_start(struct wires *w, char **why);
/* Each wire is captured into DIR/ROUTER-IF.pcapng from now on.  False with *why if a file can't be written. */
bool		 wires_pcap(struct wires *w, const char *dir, char **why);
size_t		 wires_count(const struct wires *w);
void		 wires_each(const struct wires *w, void (*fn)(void *arg, const struct router *r, const char *ifname, const struct port_info *i), void *arg);

/* For router_ops. */
bool		 wires_has(const struct wires *w, const struct router *r, const char *ifname);
void		 wires_tx(struct wires *w, const struct router *r, const char *ifname, const uint8_t *frame, size_t len);
void		 wires_tx_batch(struct wires *w, const struct router *r, const char *ifname, const struct dp_frame *f, size_t n);
bool		 wires_carrier(const struct wires *w, const struct router *r, const char *ifname);
bool		 wires_port(const struct wires *w, const struct router *r, const char *ifname, struct port_info *out);
void		 wires_rebooted(struct wires *w, struct router *r);

/*
 * The first five bytes of a router's MAC addresses on real wires: the same each time for the same host's name and path
 * (of its configuration, or of its lab) and node, and others than any other router's, as far as 38 bits tell them apart.
 */
void		 wires_mac(const char *path, const char *node, uint8_t out[5]);

#endif
