/* A little network around a datapath: see plain_net.h. */

#include "testsuite/plain_net.h"

#include <string.h>

#include "datapath/wire.h"

const uint8_t plain_station[6] = { 2, 0, 0, 0, 0, 9 };

unsigned
plain_port(struct dp *d, enum dp_if_kind kind, const uint8_t *mac, uint32_t addr)
{
	unsigned	ifidx = dp_if_add(d, kind, mac), len = 24;

	dp_if_set_addr(d, ifidx, &addr, &len, 1);
	dp_if_set_mtu(d, ifidx, 1500);
	dp_if_set_up(d, ifidx, true);
	dp_route_set(d, addr & 0xffffff00, 24, 0, ifidx);
	return ifidx;
}

bool
plain_arp(struct dp *d, unsigned ifidx, const uint8_t *frame, int64_t now)
{
	uint8_t		reply[ETH_MIN] = { 0 };
	struct dp_frame	f = { reply, sizeof(reply) };

	if (get16(frame + 12) != ETHERTYPE_ARP4)
		return false;
	if (get16(frame + 20) != 1 || memcmp(frame + 28, frame + 38, 4) == 0)
		return true;
	memcpy(reply, frame + 6, 6);
	memcpy(reply + 6, plain_station, 6);
	memcpy(reply + 12, frame + 12, 8);
	put16(reply + 20, 2);
	memcpy(reply + 22, plain_station, 6);
	memcpy(reply + 28, frame + 38, 4);
	memcpy(reply + 32, frame + 22, 10);
	dp_input(d, ifidx, &f, 1, now);
	return true;
}

void
plain_ip(uint8_t *ip, unsigned len, uint8_t proto, uint32_t src, uint32_t dst)
{
	memset(ip, 0, IP4_LEN);
	ip[0] = 0x45;
	put16(ip + IP4_TOTAL, len);
	ip[IP4_TTL] = 64;
	ip[IP4_PROTO] = proto;
	put32(ip + IP4_SRC, src);
	put32(ip + IP4_DST, dst);
	ip4_seal(ip, IP4_LEN);
}

void
plain_frame(uint8_t *frame, const uint8_t to[6], unsigned len, uint8_t proto, uint32_t src, uint32_t dst)
{
	memcpy(frame, to, 6);
	memcpy(frame + 6, plain_station, 6);
	put16(frame + 12, ETHERTYPE_IP4);
	plain_ip(frame + ETH_LEN, len, proto, src, dst);
}
