/*
 * The syslog lines for packets that an SA or the policy refused, at most one in so long.  IOS-XE's come from the
 * forwarding engine, in words of its own: its thread and time stamp (ns since the start) stand before them.
 */

#include <inttypes.h>
#include <stdarg.h>

#include "engine/flow.h"
#include "engine/log.h"
#include "lib/text.h"

#define MAC_ERR_EVERY	(30 * NSEC_SEC)
#define REPLAY_EVERY	(60 * NSEC_SEC)
#define NOT_IPSEC_EVERY	(60 * NSEC_SEC)

static bool
due(int64_t *last, int64_t now, int64_t every)
{
	if (*last != 0 && now - *last < every)
		return false;
	*last = now;
	return true;
}

static void qfp_log(struct router *r, const char *mnemonic, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void
qfp_log(struct router *r, const char *mnemonic, const char *fmt, ...)
{
	struct text t = { 0 };
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(&t, fmt, ap);
	va_end(ap);
	log_syslog(r, "IOSXE", 3, "PLATFORM", "R0/0: cpp_cp: QFP:0.0 Thread:000 TS:%020" PRId64 " %%IPSEC-3-%s: %s",
	    clock_now(r->clock) - r->boot_ns, mnemonic, text_str(&t));
	text_free(&t);
}

static void
mac_error(struct router *r, const struct pair *p, const struct dp_fault *e)
{
	char local[ADDR_STRLEN], remote[ADDR_STRLEN];

	if (r->dialect == IKE_XE_17)
		qfp_log(r, "HMAC_ERROR", "IPSec SA receives HMAC error, DP Handle %u, src_addr %s, dest_addr %s, SPI 0x%x", p->sa_in,
		    addr_fmt(&e->src, remote), addr_fmt(&e->dst, local), e->spi);
	else
		log_syslog(r, "CRYPTO", 4, "RECVD_PKT_MAC_ERR",
		    "decrypt: mac verify failed for connection id=%u local=%s remote=%s spi=%08X "
		    "seqno=%08X",
		    p->conn_in, addr_fmt(&e->dst, local), addr_fmt(&e->src, remote), e->spi,
		    (unsigned)e->seq);
}

static void
replay_error(struct router *r, const struct pair *p, const struct dp_fault *e)
{
	char local[ADDR_STRLEN], remote[ADDR_STRLEN];

	if (r->dialect == IKE_XE_17)
		qfp_log(r, "REPLAY_ERROR", "IPSec SA receives anti-replay error, DP Handle %u, src_addr %s, dest_addr %s, SPI 0x%x", p->sa_in,
		    addr_fmt(&e->src, remote), addr_fmt(&e->dst, local), e->spi);
	else
		log_syslog(r, "CRYPTO", 4, "PKT_REPLAY_ERR",
		    "decrypt: replay check failed\n        connection id=%u, sequence number=%llu",
		    p->conn_in, (unsigned long long)e->seq);
}

void
key_engine_fault(struct router *r, const struct dp_fault *e)
{
	struct pair *p = pair_by_id(r, e->cookie);
	int64_t now = clock_now(r->clock);

	if (p == NULL)
		return;
	if (e->kind == DP_FAULT_AUTH && due(&p->mac_err_ns, now, MAC_ERR_EVERY))
		mac_error(r, p, e);
	if (e->kind == DP_FAULT_REPLAY && due(&p->replay_err_ns, now, REPLAY_EVERY))
		replay_error(r, p, e);
}

void
key_engine_not_ipsec(struct router *r, uint32_t src, uint32_t dst, uint8_t proto)
{
	char s[ADDR_STRLEN], d[ADDR_STRLEN];

	if (!due(&r->ke->not_ipsec_ns, clock_now(r->clock), NOT_IPSEC_EVERY))
		return;
	if (r->dialect == IKE_XE_17)
		qfp_log(r, "RECVD_PKT_NOT_IPSEC", "Rec'd packet not an IPSEC packet, dest_addr= %s, src_addr= %s, prot= %u",
		    ip4_fmt(dst, d), ip4_fmt(src, s), proto);
	else
		log_syslog(r, "CRYPTO", 4, "RECVD_PKT_NOT_IPSEC",
		    "Rec'd packet not an IPSEC packet. (ip) vrf/dest_addr= /%s, src_addr= %s, "
		    "prot= %u",
		    ip4_fmt(dst, d), ip4_fmt(src, s), proto);
}
