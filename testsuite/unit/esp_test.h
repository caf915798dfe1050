#ifndef INSPIRE_ESP_TEST_H
#define INSPIRE_ESP_TEST_H

/*
 * The rig of the ESP tests: one datapath on a virtual clock whose IP side is cut off (the linker puts
 * ours in its place), so that what the ESP side hands on is seen to the byte.
 */

#include "datapath/sa_run.h"
#include "testsuite/unit/unit.h"

#define RIG_SPI		0x12345678u
#define RIG_SRC		0x0e0e0e0eu	/* 14.14.14.14 */
#define RIG_DST		0x0b0b0b0bu	/* 11.11.11.11 */
#define RIG_MAX		4096

/* For loops: Check's own assertions write to a file each time that they hold. */
#define must(x)		do { if (!(x)) ck_abort_msg("%s", #x); } while (0)

struct rig_pkt {
	uint8_t	 bytes[RIG_MAX];
	size_t	 len;
	unsigned in_if;
	uint8_t	 flags, nest;
	uint32_t sa;
};

struct rig {
	struct clock	*clock;
	struct chance	*chance;
	struct dp	*dp;
	struct rig_pkt	 got;		/* the last that was handed on */
	size_t		 ngot;
	struct dp_inv_spi inv;
	struct dp_fault	 fault;
	size_t		 ninv, nfault;
	unsigned	 events[16];	/* by enum sa_event_kind */
	bool		 delete_on_event;
	uint64_t	 invalid;	/* packets that no SA fits, over all events */
	void		(*each)(void *arg, const struct pkt *p);	/* NULL, or called for each in place of got; any length */
	void		*each_arg;
};

/* One transform; all of them in rig_forms, ended by a NULL name. */
struct form {
	const char	*name;
	enum sa_proto	 proto;
	enum sa_cipher	 cipher;
	uint8_t		 nenc;
	enum sa_auth	 auth;
	uint8_t		 nauth;
};

extern const struct form rig_forms[];

struct rig	*rig_new(uint64_t seed);
void		 rig_free(struct rig *r);
/* Keys are made from the form; the same for both directions. */
struct sa_params rig_params(const struct form *f, enum sa_dir dir, bool transport);
uint32_t	 rig_sa(struct rig *r, const struct sa_params *p);	/* fails the test if refused */
/* An IPv4 packet of 20 + n bytes. */
size_t		 rig_plain(uint8_t *ip, size_t n);
/* NULL where the packet died. */
const struct rig_pkt *rig_out(struct rig *r, uint32_t sa, const uint8_t *ip, size_t len);
const struct rig_pkt *rig_in(struct rig *r, const uint8_t *ip, size_t len);
uint64_t	 rig_drops(const struct rig *r);	/* of the ESP side, all reasons */
struct sa	*rig_run(const struct rig *r, uint32_t sa);
struct sa_info	 rig_info(const struct rig *r, uint32_t sa);

void		 esp_sad_tests(TCase *tc);
void		 esp_replay_tests(TCase *tc);
void		 esp_vector_tests(TCase *tc);
void		 esp_crypto_tests(TCase *tc);
void		 esp_round_tests(TCase *tc);
void		 esp_life_tests(TCase *tc);
void		 esp_table_tests(TCase *tc);
void		 esp_header_tests(TCase *tc);
void		 esp_udp_tests(TCase *tc);
void		 esp_burst_tests(TCase *tc);

#endif
