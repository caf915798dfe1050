#ifndef INSPIRE_DATAPATH_TEST_H
#define INSPIRE_DATAPATH_TEST_H

/*
 * Two datapaths wired to each other, each with a LAN that the test plays:
 *
 *	A 192.168.1.10 --- .1 [2] dp 0 [1] 10.0.0.1 --- 10.0.0.2 [1] dp 1 [2] .1 --- 192.168.2.10 B
 *
 * Frames between the two are queued and delivered by bench_run(); those that leave by a LAN are kept in out[].
 */

#include "datapath/datapath.h"
#include "datapath/datapath6.h"
#include "lib/clock.h"
#include "testsuite/unit/unit.h"

#define BENCH_FRAMES	2048
#define BENCH_EVENTS	512
#define LINK		1	/* interface indexes */
#define LAN		2
#define VTI		3

#define IP(a, b, c, d)	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))
#define LINK_IP(i)	IP(10, 0, 0, 1 + (i))
#define LAN_IP(i)	IP(192, 168, 1 + (i), 1)
#define HOST_IP(i)	IP(192, 168, 1 + (i), 10)

struct chance;

struct bench_frame {
	int	 dp;		/* out[]: who sent it; wire: who gets it */
	unsigned ifidx;
	size_t	 len;
	uint8_t	*data;
};

struct bench_udp {
	struct dp_udp	u;
	uint8_t		data[64];	/* as much as there is room for */
};

struct bench_policy {
	uint32_t		 policy;
	struct dp_policy_packet	 p;
};

struct bench {
	struct clock		*clock;
	struct chance		*chance;
	struct dp		*dp[2];
	struct bench_end { struct bench *b; int i; } end[2];
	struct bench_frame	 wire[BENCH_FRAMES], out[BENCH_FRAMES];
	size_t			 nwire, nout;
	bool			 hosts;		/* answer ARP for HOST_IP(i); on from the start */
	bool			 echo_udp;	/* the handler sends each datagram back */
	struct bench_udp	 udp[BENCH_EVENTS];
	struct dp_icmp		 icmp[BENCH_EVENTS];
	struct dp6_udp		 udp6[BENCH_EVENTS];	/* data is gone */
	struct dp6_icmp		 icmp6[BENCH_EVENTS];
	size_t			 nudp6, nicmp6, ndup6;
	struct dp_inv_spi	 inv_spi[BENCH_EVENTS];
	struct dp_fault		 fault[BENCH_EVENTS];
	size_t			 nudp, nicmp, ninv_spi, nfault, nno_sa, nnot_ipsec, npolicy_no_sa, ngre, nmiss, nturn;
	struct bench_policy	 policy_no_sa[BENCH_EVENTS];
	struct dp_gre_in	 gre;		/* the last; data is gone */
	uint32_t		 missed;	/* next hop */
	struct dp_gre_turn	 turn;
};

struct bench	*bench_new(void);		/* with addresses and routes as drawn */
void		 bench_free(struct bench *b);
void		 bench_run(struct bench *b);	/* delivers until nothing is on the wire */
void		 bench_clear(struct bench *b);	/* forgets out[] and the events */
void		 bench_wires_empty(struct bench *b);	/* forgets what is under way, and bench_clear() */
void		 bench_wait(struct bench *b, int64_t ns);	/* runs timers, and what they send */
/* A frame with this IPv4 packet from host A or B to its router. */
void		 bench_host_send(struct bench *b, int i, const void *ip, size_t n);
void		 bench_frame_in(struct bench *b, int i, unsigned ifidx, const void *frame, size_t n);
/* IPv4 packets among out[], from LAN i; NULL if there are fewer than nth + 1. */
const uint8_t	*bench_ip_out(const struct bench *b, int i, size_t nth, size_t *len);
/* ESP between LINK_IPs, tunnel mode, AES-CBC and SHA1, for VTI (which is made) of both. */
void		 bench_tunnel(struct bench *b);

/* An IPv4 packet with a sound header; field is flags and offset. Gives its length. */
size_t		 mk_ip(uint8_t *out, uint32_t src, uint32_t dst, uint8_t proto, uint8_t ttl, unsigned field, unsigned id,
		    const void *data, size_t n);
size_t		 mk_udp(uint8_t *out, uint32_t src, uint32_t dst, uint16_t sport, uint16_t dport, unsigned field,
		    const void *data, size_t n);
size_t		 mk_echo(uint8_t *out, uint32_t src, uint32_t dst, uint8_t ttl, unsigned field, size_t n);

#define COUNT(b, i, id)	dp_count((b)->dp[i], DPC_##id)

void	 datapath_acl_tests(TCase *tc);
void	 datapath_arp_tests(TCase *tc);
void	 datapath_wires_tests(TCase *tc);
void	 datapath_capfile_tests(TCase *tc);
void	 datapath_capture_tests(TCase *tc);
void	 datapath_fib_tests(TCase *tc);
void	 datapath_frag_tests(TCase *tc);
void	 datapath_gre_tests(TCase *tc);
void	 datapath_icmp_tests(TCase *tc);
void	 datapath_if_tests(TCase *tc);
void	 datapath_ip_tests(TCase *tc);
void	 datapath_esp6_tests(TCase *tc);
void	 datapath_ip6_tests(TCase *tc);
void	 datapath_lane_tests(TCase *tc);
void	 datapath_nd_tests(TCase *tc);
void	 datapath_nat_tests(TCase *tc);
void	 datapath_natt6_tests(TCase *tc);
void	 datapath_nat6_tests(TCase *tc);
void	 datapath_port_tests(TCase *tc);
void	 datapath_coalesce_tests(TCase *tc);
void	 datapath_udp_tests(TCase *tc);
void	 datapath_vector_tests(TCase *tc);
void	 datapath_vti_tests(TCase *tc);

#endif
