/*
 * Show and clear commands: layouts to the blank where parsers and the notes hold to them, and figures
 * that come from packets that were sent through the router.
 */

#include <stdlib.h>
#include <string.h>

#include "engine/log.h"
#include "lib/addr.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "shell/show.h"
#include "testsuite/unit/shell_bench.h"
#include "testsuite/unit/shell_test.h"

static const char base[] =
    "hostname Router1\n"
    "no ip domain lookup\n"
    "crypto keyring KEY\n"
    "  pre-shared-key address 11.11.11.11 key cisco\n"
    "crypto isakmp policy 10\n"
    " encr aes 256\n"
    " authentication pre-share\n"
    " group 14\n"
    "crypto isakmp policy 20\n"
    " hash md5\n"
    "crypto isakmp key secret address 0.0.0.0\n"
    "crypto isakmp profile ISAKMP1\n"
    "   keyring KEY\n"
    "   match identity address 11.11.11.11 255.255.255.255\n"
    "crypto ipsec transform-set TS esp-aes 256 esp-sha256-hmac\n"
    "crypto ipsec transform-set BOTH esp-gcm 256\n"
    " mode transport\n"
    "crypto ipsec profile IPSEC1\n"
    " set transform-set TS BOTH\n"
    " set pfs group14\n"
    " set isakmp-profile ISAKMP1\n"
    "interface GigabitEthernet0/0\n"
    " ip address 14.14.14.14 255.0.0.0\n"
    "interface GigabitEthernet0/1\n"
    " no ip address\n"
    " shutdown\n"
    "interface Loopback0\n"
    " description home\n"
    " ip address 192.168.1.1 255.255.255.255\n"
    "ip route 0.0.0.0 0.0.0.0 14.0.0.1\n"
    "ip route 10.1.0.0 255.255.0.0 14.0.0.2\n"
    "ip route 10.2.0.0 255.255.255.0 14.0.0.2\n";

static struct bench *
based(enum ike_dialect d)
{
	struct bench *b = bench_new(d);

	ck_assert_msg(bench_load(b, base) == 0, "%s", text_str(&b->faults));
	return b;
}

static void
says(struct bench *b, const char *typed, const char *expected)
{
	ck_assert_msg(bench_type(b, typed), "%s: %s", typed, text_str(&b->said));
	ck_assert_msg(strstr(text_str(&b->said), expected) != NULL, "%s: no\n%s\nin\n%s", typed, expected, text_str(&b->said));
}

static const struct { const char *typed, *expected; } layouts[] = {
	{ "show crypto ipsec transform-set",
	    "Transform set TS: { esp-256-aes esp-sha256-hmac  } \n   will negotiate = { Tunnel,  }, \n\n"
	    "Transform set BOTH: { esp-gcm 256  } \n   will negotiate = { Transport,  }, \n\n" },
	{ "show crypto ipsec profile",
	    "IPSEC profile IPSEC1\n\tISAKMP Profile: ISAKMP1\n\tSecurity association lifetime: 4608000 kilobytes/3600 seconds\n"
	    "\tResponder-Only (Y/N): N\n\tPFS (Y/N): Y\n\t\tDH group: group14\n\tMixed-mode : Disabled\n\tTransform sets={ \n"
	    "\t\tTS:  { esp-256-aes esp-sha256-hmac  } , \n\t\tBOTH:  { esp-gcm 256  } , \n\t}\n" },
	{ "show crypto ipsec security-association", "Security association lifetime: 4608000 kilobytes/3600 seconds\n" },
	{ "show crypto isakmp policy",
	    "\nGlobal IKE policy\nProtection suite of priority 10\n\tencryption algorithm:\tAES - Advanced Encryption Standard (256 bit keys).\n"
	    "\thash algorithm:\t\tSecure Hash Standard\n\tauthentication method:\tPre-Shared Key\n\tDiffie-Hellman group:\t#14 (2048 bit)\n"
	    "\tlifetime:\t\t86400 seconds, no volume limit\nProtection suite of priority 20\n" },
	{ "show crypto isakmp key",
	    "Keyring      Hostname/Address                            Preshared Key\n\n"
	    "default      0.0.0.0        [0.0.0.0]                    secret\nKEY          11.11.11.11                                 cisco\n" },
	{ "show crypto isakmp sa",
	    "IPv4 Crypto ISAKMP SA\ndst             src             state          conn-id status\n\nIPv6 Crypto ISAKMP SA\n" },
	{ "show crypto ipsec spi-lookup", "Active SPI table\n     SPI Prot Local Address            M Type\n" },
	{ "show crypto engine connections active",
	    "Crypto Engine Connections\n\n   ID  Type    Algorithm           Encrypt  Decrypt LastSeqN IP-Address\n" },
	{ "show crypto session brief",
	    "Peer            I/F          Username        Group/Phase1_id          Uptime   Status\n" },
	{ "show ip interface brief",
	    "Interface                  IP-Address      OK? Method Status                Protocol\n"
	    "GigabitEthernet0/0         14.14.14.14     YES manual up                    up      \n"
	    "GigabitEthernet0/1         unassigned      YES unset  administratively down down    \n"
	    "Loopback0                  192.168.1.1     YES manual up                    up      \n" },
	{ "show interfaces Loopback 0",
	    "Loopback0 is up, line protocol is up \n  Hardware is Loopback\n  Description: home\n  Internet address is 192.168.1.1/32\n"
	    "  MTU 1514 bytes, BW 8000000 Kbit/sec, DLY 5000 usec, \n" },
	{ "show ip route",
	    "Gateway of last resort is 14.0.0.1 to network 0.0.0.0\n\n"
	    "S*    0.0.0.0/0 [1/0] via 14.0.0.1\n"
	    "      10.0.0.0/8 is variably subnetted, 2 subnets, 2 masks\n"
	    "S        10.1.0.0/16 [1/0] via 14.0.0.2\n"
	    "S        10.2.0.0/24 [1/0] via 14.0.0.2\n"
	    "      14.0.0.0/8 is variably subnetted, 2 subnets, 2 masks\n"
	    "C        14.0.0.0/8 is directly connected, GigabitEthernet0/0\n"
	    "L        14.14.14.14/32 is directly connected, GigabitEthernet0/0\n"
	    "      192.168.1.0/32 is subnetted, 1 subnets\n"
	    "C        192.168.1.1 is directly connected, Loopback0\n" },
	{ "show version", "Software (C2900-UNIVERSALK9-M), Version 15.4(3)M, RELEASE SOFTWARE (fc1)\n" },
	{ "show version", "\nRouter1 uptime is 0 minutes\n" },
	{ "show version", "\nSystem image file is \"flash0:inspire-15.bin\"\n" },
	{ "show version", "\nConfiguration register is 0x2102\n" },
	{ "show logging", "Syslog logging: enabled (" },
	{ "show logging", "Log Buffer (4096 bytes):\n\n" },
};

START_TEST(layout_holds)
{
	struct bench *b = based(IKE_IOS_15);

	says(b, layouts[_i].typed, layouts[_i].expected);
	bench_free(b);
}
END_TEST

/* An Ethernet frame with an ESP packet for us that no SA fits. */
static void
esp_in(struct bench *b, uint32_t spi)
{
	uint8_t frame[128] = { 0 };
	struct if_info i;
	struct wr w;
	uint32_t sum = 0;

	ck_assert(router_if_info(b->router, "GigabitEthernet0/0", &i));
	wr_init(&w, frame, sizeof(frame));
	wr_bytes(&w, i.dp.mac, 6);
	wr_u16(&w, 0x0200);
	wr_u32(&w, 1);
	wr_u16(&w, 0x0800);
	wr_u32(&w, 0x45000000 | 60);
	wr_u32(&w, 0);
	wr_u32(&w, 0x40320000);		/* TTL 64, ESP */
	wr_u32(&w, 0x0e000001);
	wr_u32(&w, 0x0e0e0e0e);
	wr_u32(&w, spi);
	wr_u32(&w, 1);
	for (size_t k = 14; k < 34; k += 2)
		sum += (uint32_t)(frame[k] << 8 | frame[k + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
	wr_u16_at(&w, 24, (uint16_t)sum);
	router_input(b->router, "GigabitEthernet0/0", frame, 14 + 60);
}

START_TEST(snapshot_counts_packets)
{
	struct bench *b = based(IKE_IOS_15);

	says(b, "show crypto datapath ipv4 snapshot non-zero", "Error Statistics: Snapshot at 13:13:07 UTC Mar 13 2015 \nPunt Statistics:");
	for (uint32_t i = 0; i < 3; i++)
		esp_in(b, 0x42060745);
	says(b, "show crypto datapath ipv4 snapshot non-zero",
	    "Error Statistics: Snapshot at 13:13:07 UTC Mar 13 2015 \n  crypto spi lookup \n    invalid spi:             3 \nPunt Statistics:");
	says(b, "show crypto datapath ipv4 snapshot non-zero | include invalid spi", "    invalid spi:             3 \n");
	says(b, "show interfaces gi0/0", "\n     3 packets input, ");
	says(b, "clear crypto datapath ipv4 snapshot\nshow crypto datapath ipv4 snapshot non-zero", "Mar 13 2015 \nPunt Statistics:");
	says(b, "clear counters\n\nshow interfaces gi0/0", "\n     0 packets input, ");
	says(b, "show interfaces gi0/0", "Last clearing of \"show interface\" counters 00:00:00\n");
	bench_free(b);
}
END_TEST

START_TEST(log_shows_and_clears)
{
	struct bench *b = based(IKE_IOS_15);

	log_syslog(b->router, "TEST", 5, "LINE", "a line of the test");
	says(b, "show logging", "%TEST-5-LINE: a line of the test\n");
	says(b, "clear logging\nn\nshow logging", "%TEST-5-LINE: a line of the test\n");
	says(b, "clear logging\n\nshow logging", "Log Buffer (4096 bytes):\n\n");
	ck_assert_ptr_null(strstr(text_str(&b->said), "%TEST"));
	bench_free(b);
}
END_TEST

START_TEST(clear_of_nothing_is_told)
{
	struct bench *b = based(IKE_IOS_15);

	ck_assert(!bench_type(b, "clear crypto isakmp 1001\n"));
	ck_assert_str_eq(text_str(&b->said), "% No ISAKMP SA has connection id 1001\n");
	ck_assert(!bench_type(b, "clear crypto sa spi 0x42060745\n"));
	ck_assert_str_eq(text_str(&b->said), "% No SA has SPI 0x42060745\n");
	ck_assert(!bench_type(b, "clear counters Gi7/7\n"));
	bench_free(b);
}
END_TEST

static const char sa_plain[] =
    "\ninterface: Tunnel0\n"
    "    Crypto map tag: Tunnel0-head-0, local addr 14.14.14.14\n\n"
    "   protected vrf: (none)\n"
    "   local  ident (addr/mask/prot/port): (0.0.0.0/0.0.0.0/0/0)\n"
    "   remote ident (addr/mask/prot/port): (10.0.0.1/255.255.255.255/47/0)\n"
    "   current_peer 11.11.11.11 port 500\n"
    "     PERMIT, flags={origin_is_acl,}\n"
    "    #pkts encaps: 5, #pkts encrypt: 5, #pkts digest: 5\n"
    "    #pkts decaps: 7, #pkts decrypt: 7, #pkts verify: 7\n"
    "    #pkts compressed: 0, #pkts decompressed: 0\n"
    "    #pkts not compressed: 0, #pkts compr. failed: 0\n"
    "    #pkts not decompressed: 0, #pkts decompress failed: 0\n"
    "    #send errors 1, #recv errors 2\n\n"
    "     local crypto endpt.: 14.14.14.14, remote crypto endpt.: 11.11.11.11\n"
    "     plaintext mtu 1438, path mtu 1500, ip mtu 1500, ip mtu idb GigabitEthernet0/0\n"
    "     current outbound spi: 0xAEE791CF(2934411727)\n"
    "     PFS (Y/N): N, DH group: none\n\n"
    "     inbound esp sas:\n"
    "      spi: 0x17232DF3(388181491)\n"
    "        transform: esp-aes esp-sha-hmac ,\n"
    "        in use settings ={Tunnel, }\n"
    "        conn id: 1, flow_id: SW:1, sibling_flags 80000040, crypto map: Tunnel0-head-0\n"
    "        sa timing: remaining key lifetime (k/sec): (4607999/3599)\n"
    "        IV size: 16 bytes\n"
    "        replay detection support: Y\n"
    "        Status: ACTIVE(ACTIVE)\n\n"
    "     inbound ah sas:\n\n"
    "     inbound pcp sas:\n\n"
    "     outbound esp sas:\n"
    "      spi: 0xAEE791CF(2934411727)\n"
    "        transform: esp-aes esp-sha-hmac ,\n"
    "        in use settings ={Tunnel, }\n"
    "        conn id: 2, flow_id: SW:2, sibling_flags 80000040, crypto map: Tunnel0-head-0\n"
    "        sa timing: remaining key lifetime (k/sec): (4607999/3599)\n"
    "        IV size: 16 bytes\n"
    "        replay detection support: Y\n"
    "        Status: ACTIVE(ACTIVE)\n\n"
    "     outbound ah sas:\n\n"
    "     outbound pcp sas:\n";

static void
flow_fill(struct ipsec_flow_info *f, struct ipsec_sa_info sas[2])
{
	for (int i = 0; i < 2; i++)
		sas[i] = (struct ipsec_sa_info){ .conn_id = (uint32_t)i + 1, .life_s = 3600, .life_kb = CFG_LIFE_KB, .left_s = 3599, .left_kb = 4607999,
			.transform = "esp-aes esp-sha-hmac",
			.sa.p = { .dir = i == 0 ? SA_IN : SA_OUT, .proto = SA_ESP, .spi = i == 0 ? 0x17232DF3 : 0xAEE791CF,
			    .cipher = SA_CIPHER_AES_CBC, .auth = SA_AUTH_SHA1_96, .replay_window = 64 } };
	*f = (struct ipsec_flow_info){ .ifname = "Tunnel0", .map_tag = "Tunnel0-head-0", .local = addr_v4(0x0e0e0e0e), .remote = addr_v4(0x0b0b0b0b),
		.remote_port = 500, .spi_out = 0xAEE791CF, .out_if = "GigabitEthernet0/0", .path_mtu = 1500, .plaintext_mtu = 1438, .encaps = 5,
		.decaps = 7, .send_errors = 1, .recv_errors = 2, .invalid_sa = 3, .replay_failed = 4, .nsas = 2, .sas = sas };
	f->local_id = (struct ike_id){ .type = IKE_ID_IPV4_ADDR_SUBNET, .addr = addr_v4(0) };
	f->remote_id = (struct ike_id){ .type = IKE_ID_IPV4_ADDR, .addr = addr_v4(0x0a000001), .protocol = 47 };
}

START_TEST(sa_is_laid_out_as_ios_does)
{
	struct bench *b = based(IKE_IOS_15);
	struct ipsec_sa_info sas[2];
	struct ipsec_flow_info f;
	struct text out = { 0 };

	flow_fill(&f, sas);
	show_ipsec_flow(&out, b->router, &f, false);
	ck_assert_str_eq(text_str(&out), sa_plain);
	text_clear(&out);
	f.pfs_group = 14;
	sas[0].life_kb = 0;
	show_ipsec_flow(&out, b->router, &f, true);
	ck_assert_ptr_nonnull(strstr(text_str(&out), "    #pkts no sa (send) 0, #pkts invalid sa (rcv) 3\n"));
	ck_assert_ptr_nonnull(strstr(text_str(&out), "    ##pkts replay failed (rcv): 4\n"));
	ck_assert_ptr_nonnull(strstr(text_str(&out), "     PFS (Y/N): Y, DH group: group14\n"));
	ck_assert_ptr_nonnull(strstr(text_str(&out), "        replay detection support: Y  replay window size: 64\n"));
	ck_assert_ptr_nonnull(strstr(text_str(&out), "        sa timing: remaining key lifetime (sec): 3599\n"));
	ck_assert_ptr_null(strstr(text_str(&out), "#send errors"));
	text_free(&out);
	bench_free(b);
}
END_TEST

START_TEST(ages_are_spelled)
{
	static const struct { int64_t s; const char *age, *uptime; } ages[] = {
		{ 0, "00:00:00", "0 minutes" },
		{ 252, "00:04:12", "4 minutes" },
		{ 86399, "23:59:59", "23 hours, 59 minutes" },
		{ 93600, "1d02h", "1 day, 2 hours, 0 minutes" },
		{ 604800 * 3 + 86400 * 2, "3w2d", "3 weeks, 2 days, 0 minutes" },
		{ INT64_C(86400) * 365 * 2 + 604800, "2y1w", "2 years, 1 week, 0 minutes" },
	};
	char age[SHOW_AGE];

	for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++) {
		struct text t = { 0 };

		ck_assert_str_eq(show_age(ages[i].s * NSEC_SEC, age), ages[i].age);
		show_uptime(&t, ages[i].s * NSEC_SEC);
		ck_assert_str_eq(text_str(&t), ages[i].uptime);
		text_free(&t);
	}
	ck_assert_str_eq(show_age(-1, age), "never");
}
END_TEST

void
shell_show_tests(TCase *tc)
{
	tcase_add_loop_test(tc, layout_holds, 0, (int)(sizeof(layouts) / sizeof(layouts[0])));
	tcase_add_test(tc, snapshot_counts_packets);
	tcase_add_test(tc, log_shows_and_clears);
	tcase_add_test(tc, clear_of_nothing_is_told);
	tcase_add_test(tc, sa_is_laid_out_as_ios_does);
	tcase_add_test(tc, ages_are_spelled);
}
