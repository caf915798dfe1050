#ifndef INSPIRE_UNIT_ENGINE_PAIR_H
#define INSPIRE_UNIT_ENGINE_PAIR_H

/*
 * Two routers joined by a wire of 0.5 ms on a virtual clock, as in the first note: Router1 14.14.14.14
 * (profile ISAKMP1, keyring KEY), Router2 11.11.11.11 (SHKONO), a static VTI between them.
 */

#include <stdbool.h>
#include <stdint.h>

#include "engine/log.h"
#include "engine/router.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "testsuite/unit/unit.h"

#define R1		0
#define R2		1
#define R1_ADDR		0x0e0e0e0eu	/* 14.14.14.14 */
#define R2_ADDR		0x0b0b0b0bu	/* 11.11.11.11 */
#define R1_LAN		0xc0a80101u	/* 192.168.1.1 */
#define R2_LAN		0xc0a80201u

struct pair_wire;

struct pair_end {
	struct pair_wire	*w;
	struct router		*r;
	unsigned		 n;
	struct text		 log;		/* all that was logged, a line break behind each */
	void			(*tweak)(struct config *c, unsigned n);
	bool			 booted;
	bool			 off;
};

struct pair_wire {
	struct clock		*clock;
	struct chance		*chance;
	struct pair_end		 end[2];
	bool			 up;
	bool			 drop_esp, drop_ike;	/* on the wire */
	uint64_t		 frames, ike_frames;
	struct timer		 stream;
	int64_t			 gap;
	uint64_t		 streamed;
};

/* tweak changes the usual configuration of each before it boots. */
struct pair_wire *wire_new(uint64_t seed, void (*tweak)(struct config *c, unsigned n));
void		 wire_free(struct pair_wire *w);
void		 wire_run(struct pair_wire *w, int64_t ns);
void		 wire_set(struct pair_wire *w, bool up);
/* UDP from Router1's LAN to Router2's, one each gap ns; 0 = no more. */
void		 wire_stream(struct pair_wire *w, int64_t gap);
void		 wire_clear_logs(struct pair_wire *w);
/* A forged ESP packet arrives at router n. */
void		 wire_forge(struct pair_wire *w, unsigned n, uint32_t src, uint32_t dst, uint32_t spi);
bool		 logged(struct pair_wire *w, unsigned n, const char *what);
unsigned	 logged_times(struct pair_wire *w, unsigned n, const char *what);
/* Each of the texts (ended by NULL), in this order. */
void		 logged_in_order(struct pair_wire *w, unsigned n, const char *const *what);
struct flow_sum { size_t flows, sas, ike; uint32_t spi_in, spi_out; uint64_t encaps, decaps, invalid_sa, no_sa; bool line_up; };
struct flow_sum	 flow_sum(struct pair_wire *w, unsigned n);
void		 clear_peer(struct pair_wire *w, unsigned n);

void		 engine_isakmp_tests(TCase *tc);
void		 engine_cryptomap_tests(TCase *tc);
void		 engine_gre_tests(TCase *tc);
void		 engine_eem_tests(TCase *tc);
void		 engine_snmp_tests(TCase *tc);
void		 engine_flash_tests(TCase *tc);
void		 engine_log_tests(TCase *tc);
void		 engine_syslog_tests(TCase *tc);
void		 engine_login_tests(TCase *tc);
void		 engine_router_tests(TCase *tc);
void		 engine_flows_tests(TCase *tc);
void		 engine_tunnel_tests(TCase *tc);
void		 engine_inv_spi_tests(TCase *tc);
void		 engine_flood_tests(TCase *tc);
void		 engine_release_tests(TCase *tc);
void		 engine_rekey_tests(TCase *tc);
void		 engine_trace_tests(TCase *tc);
void		 engine_load_tests(TCase *tc);
void		 engine_pki_tests(TCase *tc);
void		 engine_path_mtu_tests(TCase *tc);
void		 engine_nhrp_wire_tests(TCase *tc);

#endif
