#ifndef INSPIRE_DATAPATH_WORKER_HOOK_H
#define INSPIRE_DATAPATH_WORKER_HOOK_H

/*
 * Where the stages and the control calls of a datapath that is one of several workers' turn to them: all of these are called only
 * where dp.worker is not NULL.
 */

#include "datapath/internal.h"

struct a6;

/* --- Stages (worker_way.c) --- */
/* Keeps ESP and AH of SAs of this worker; the others are handed over.  Gives how many are left. */
size_t	 worker_esp_keep(struct dp *d, struct pkt **v, size_t n);
/* Worker 0: keeps what is sealed by an SA of its own. */
size_t	 worker_seal_keep(struct dp *d, struct pkt **v, size_t n);
/* IPv4 that came out of ESP or AH; false: worker 0, to whom all of it belongs. */
bool	 worker_inner(struct dp *d, struct pkt **v, size_t n, int64_t now);
/* IPv6 of which worker 0 knows the way; false: this is worker 0. */
bool	 worker_out6(struct dp *d, struct pkt **v, size_t n);
/* For a neighbour who is not known here; false: this is worker 0. */
bool	 worker_link(struct dp *d, struct pkt *p);
/* ESP of this SPI, out or in, is this worker's. */
bool	 worker_has(const struct dp *d, uint32_t spi);
/* Packets in or out by this interface need no look of worker 0. */
bool	 worker_alone(const struct dp *d, unsigned ifidx);
/* What this worker has handed over is told to who takes it. */
void	 worker_told(struct dp *d);
/* This datapath does what another one is told: it announces nothing by itself. */
bool	 worker_is_other(const struct dp *d);

/* --- Control (worker_mirror.c): after worker 0 has done it; nothing happens in others --- */
void	 mirror_if_add(struct dp *d, unsigned ifidx, enum dp_if_kind kind, const uint8_t mac[6]);
void	 mirror_if_del(struct dp *d, unsigned ifidx);
void	 mirror_if_up(struct dp *d, unsigned ifidx, bool up);
void	 mirror_if_mtu(struct dp *d, unsigned ifidx, unsigned mtu);
void	 mirror_if_addr(struct dp *d, unsigned ifidx, const uint32_t *addrs, const unsigned *lens, size_t n);
void	 mirror_tunnel_use(struct dp *d, unsigned ifidx, uint32_t sa);
void	 mirror_route(struct dp *d, uint32_t prefix, unsigned len, uint32_t via, unsigned ifidx);
void	 mirror_route_del(struct dp *d, uint32_t prefix, unsigned len);
void	 mirror_arp(struct dp *d, unsigned ifidx, uint32_t ip, const uint8_t *mac);	/* mac NULL: not known any more */
void	 mirror_udp(struct dp *d, uint16_t port, bool open);
void	 mirror_sa_add(struct dp *d, uint32_t sa, const struct sa_params *p);
void	 mirror_sa_del(struct dp *d, uint32_t sa, uint32_t spi);
void	 mirror_sa_listen(struct dp *d, uint32_t sa, bool on);
void	 mirror_sa_mtu(struct dp *d, uint32_t sa, unsigned mtu);
void	 mirror_sa_peer(struct dp *d, uint32_t sa, const struct addr *peer, uint16_t port);
void	 mirror_sa_clear(struct dp *d, uint32_t sa);
void	 mirror_blind(struct dp *d, uint32_t mask, uint32_t value);
void	 mirror_slow(struct dp *d);	/* access lists, policies or translations are others */
void	 mirror_tap(struct dp *d);
void	 mirror_if_clear(struct dp *d, unsigned ifidx);
void	 mirror_clear(struct dp *d);

/* --- Sums (worker_info.c), on worker 0 --- */
uint64_t worker_count(const struct dp *d, enum dp_counter c);
uint64_t worker_octets(const struct dp *d, enum dp_counter c);
void	 worker_if_info(const struct dp *d, unsigned ifidx, struct dp_if_info *out);	/* added to what is there */
void	 worker_sa_info(const struct dp *d, uint32_t sa, uint32_t spi, struct sa_info *out);
void	 worker_crypto_info(const struct dp *d, struct crypto_info *out);	/* added */

#endif
