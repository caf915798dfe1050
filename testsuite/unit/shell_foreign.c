/* Lines of real routers that nothing here acts on: kept where they stood, told from wrong ones, and taken away by their `no`. */

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "shell/foreign.h"
#include "testsuite/unit/shell_bench.h"
#include "testsuite/unit/shell_test.h"

/* The running configuration of a router that has read the text; *faults is how many lines it refused. */
static char *
reads(const char *text, size_t *faults)
{
	struct bench *b = bench_new(IKE_IOS_15);
	char *running;

	*faults = bench_load(b, text);
	running = bench_running(b);
	bench_free(b);
	return running;
}

static void
stands(const char *running, const char *part)
{
	ck_assert_msg(strstr(running, part) != NULL, "missing:\n%s\nin:\n%s", part, running);
}

/* What was printed reads back to itself, byte for byte. */
static void
steady(const char *running)
{
	size_t faults;
	char *again = reads(running, &faults);

	ck_assert_uint_eq(faults, 0);
	ck_assert_str_eq(again, running);
	free(again);
}

START_TEST(lines_stay_where_they_stood)
{
	size_t faults;
	char *r = reads("Building configuration...\r\n\r\nCurrent configuration : 9 bytes\r\n!\r\n"
	    "hostname R9\r\nclass-map match-any VOICE\r\n match dscp ef\r\n!\r\n"
	    "interface GigabitEthernet0/0\r\n ip address 192.0.2.1 255.255.255.0\r\n ip nat outside  \r\n duplex auto\r\n service-policy output X\r\n!\r\n"
	    "interface GigabitEthernet0/0.10\r\n encapsulation dot1Q 10\r\n ip address 10.1.1.1 255.255.255.0\r\n!\r\n"
	    "interface GigabitEthernet0/1\r\n no ip address\r\n!\r\n"
	    "router bgp 65000\r\n !\r\n address-family ipv4\r\n  network 10.0.0.0\r\n exit-address-family\r\n!\r\n"
	    "ip http server\r\nntp server 10.1.1.1\r\nend\r\n", &faults);

	ck_assert_uint_eq(faults, 0);
	stands(r, "class-map match-any VOICE\n match dscp ef\n!\ninterface GigabitEthernet0/0\n ip address 192.0.2.1 255.255.255.0\n ip nat outside\n"
	    " duplex auto\n service-policy output X\n!\ninterface GigabitEthernet0/0.10\n encapsulation dot1Q 10\n"
	    " ip address 10.1.1.1 255.255.255.0\n!\ninterface GigabitEthernet0/1\n no ip address\n!\n"
	    "router bgp 65000\n !\n address-family ipv4\n  network 10.0.0.0\n exit-address-family\n!\nip forward-protocol nd\n");
	stands(r, "\nip http server\nno ip http secure-server\n");
	ck_assert_ptr_null(strstr(r, "no ip http server"));
	steady(r);
	free(r);
}
END_TEST

START_TEST(wrong_is_not_foreign)
{
	static const char *const wrong[] = {
		"fubar x", "crypto isakmp polcy 10", "interface GigabitEthernt0/0", "interface Gi0/0\n ip address 1.2.3.999 255.0.0.0", "ntp", "router",
		"ip", "interface Gi0/0\n hash md5", "access-list 101 permit tcp any any eq 99999", "ntp\x01 server 1.1.1.1", "router bgp 1\n network\x02",
		"no fubar", "interface Tunnel99999999999", "crypto keyring K\x1b[2J", "crypto ipsec profile P\xc2\x9b" "2J", "banner slip-ppp ^C",
		"macro name none", "crypto pki trustpoint T\ncrypto pki certificate chain T\n certificate 01\n  3082\nntp server 10.1.1.1",
		"crypto keyring x234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890",
	};
	static const char *const real[] = {
		"ntp server 10.1.1.1 prefer", "snmp-server location here and there", "ip route 10.0.0.0 255.0.0.0 Null0", "interface Vlan 10", "line 0/0/0",
		"ip access-list extended X\n permit tcp any any eq 80 time-range T", "interface Gi0/0\n ip address dhcp", "spanning-tree mode rapid-pvst",
		"interface Tunnel0\n tunnel mode ipip", "ip tcp path-mtu-discovery", "aaa accounting exec default start-stop group tacacs+",
		"banner slip-ppp ^C\nfubar\n^C", "macro name m\nfubar\n@\nmacro name m\nfubar\n@\n", "crypto pki trustpoint T\n enrollment mode ra\n auto-enroll 70\ncrypto pki certificate chain T\n certificate ca 01 nvram:x#1CA.cer\nntp server 10.1.1.1", "    hostname X\n    interface Vlan1\n      no ip address\n",
	};
	size_t faults;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		free(reads(wrong[i], &faults));
		ck_assert_msg(faults == 1, "%s: %zu faults", wrong[i], faults);
	}
	for (size_t i = 0; i < sizeof(real) / sizeof(real[0]); i++) {
		char *r = reads(real[i], &faults);

		ck_assert_msg(faults == 0, "%s: %zu faults", real[i], faults);
		steady(r);
		free(r);
	}
}
END_TEST

START_TEST(typed_lines_are_kept_and_taken_back)
{
	struct bench *b = bench_new(IKE_IOS_15);
	char *before, *r;

	ck_assert(bench_type(b, "configure terminal\nend\n"));
	before = bench_running(b);
	ck_assert(bench_type(b, "configure terminal\nntp server 10.1.1.1\nntp source Loopback0\nntp source GigabitEthernet0/0\n"
	    "router ospf 1\nnetwork 10.0.0.0 0.255.255.255 area 0\ninterface Gi0/1\nip nat inside\ninterface Vlan 7\n"
	    "ip address 10.7.0.1 255.255.255.0\nno cdp run\nend\n"));
	r = bench_running(b);
	stands(r, "\nrouter ospf 1\n network 10.0.0.0 0.255.255.255 area 0\n!\n");
	stands(r, "interface GigabitEthernet0/1\n no ip address\n ip nat inside\n!\n");
	stands(r, "\ninterface Vlan7\n ip address 10.7.0.1 255.255.255.0\n!\n");
	stands(r, "\nntp server 10.1.1.1\nntp source GigabitEthernet0/0\n");
	stands(r, "\nno cdp run\n");
	ck_assert_ptr_null(strstr(r, "ntp source Loopback0"));
	steady(r);
	free(r);
	ck_assert(!bench_type(b, "configure terminal\nntp servr 10.1.1.1\n"));
	ck_assert_ptr_nonnull(strstr(text_str(&b->said), "Invalid input"));
	ck_assert(bench_type(b, "end\nconfigure terminal\nno ntp source\nno ntp server 10.1.1.1\nno router ospf 1\nno interface Vlan7\ncdp run\n"
	    "interface Gi0/1\nno ip nat inside\ndefault interface Gi0/1\nend\n"));
	r = bench_running(b);
	ck_assert_ptr_null(strstr(r, "ntp"));
	ck_assert_ptr_null(strstr(r, "nat inside"));
	ck_assert_ptr_null(strstr(r, "cdp"));
	ck_assert_ptr_null(strstr(r, "Vlan7"));
	free(r);
	free(before);
	bench_free(b);
}
END_TEST

START_TEST(typed_lines_go_into_the_part_that_is_open)
{
	struct bench *b = bench_new(IKE_IOS_15);
	char *r;

	ck_assert_uint_eq(bench_load(b, "router bgp 1\n neighbor 10.0.0.1 remote-as 2\n !\n address-family ipv4\n  network 10.0.0.0\n"
	    " exit-address-family\n !\n address-family ipv6\n  network 2001:db8::/32\n exit-address-family\n"), 0);
	ck_assert(bench_type(b, "configure terminal\nrouter bgp 1\nneighbor 10.0.0.2 remote-as 3\naddress-family ipv4\nnetwork 10.1.0.0\n"
	    "no network 10.0.0.0\nexit\naddress-family ipv6\nnetwork 2001:db9::/32\nexit-address-family\nbgp router-id 10.0.0.9\nend\n"));
	r = bench_running(b);
	stands(r, "router bgp 1\n neighbor 10.0.0.1 remote-as 2\n neighbor 10.0.0.2 remote-as 3\n bgp router-id 10.0.0.9\n !\n address-family ipv4\n"
	    "  network 10.1.0.0\n exit-address-family\n !\n address-family ipv6\n  network 2001:db8::/32\n  network 2001:db9::/32\n exit-address-family\n!\n");
	steady(r);
	free(r);
	bench_free(b);
}
END_TEST

START_TEST(a_section_takes_its_kept_lines_with_it)
{
	struct bench *b = bench_new(IKE_IOS_15);
	char *r;

	ck_assert_uint_eq(bench_load(b, "interface Tunnel0\n ip ospf cost 10\n!\ncrypto map M 10 ipsec-isakmp\n set ip access-group 100 in\nend\n"), 0);
	r = bench_running(b);
	stands(r, " ip ospf cost 10\n");
	stands(r, " set ip access-group 100 in\n");
	free(r);
	ck_assert(bench_type(b, "configure terminal\nno interface Tunnel0\nno crypto map M\ninterface Tunnel0\nexit\nend\n"));
	r = bench_running(b);
	ck_assert_ptr_null(strstr(r, "ospf"));
	ck_assert_ptr_null(strstr(r, "access-group"));
	free(r);
	bench_free(b);
}
END_TEST

START_TEST(a_second_load_changes_nothing)
{
	static const char text[] = "interface GigabitEthernet0/0\n ip nat outside\nrouter bgp 1\n neighbor 10.0.0.1 remote-as 2\n"
	    " address-family ipv4\n  network 10.0.0.0\n exit-address-family\nntp server 10.1.1.1\nno ip source-route\nend\n";
	struct bench *b = bench_new(IKE_IOS_15);
	char *once, *twice;

	ck_assert_uint_eq(bench_load(b, text), 0);
	once = bench_running(b);
	ck_assert_uint_eq(bench_load(b, text), 0);
	twice = bench_running(b);
	ck_assert_str_eq(once, twice);
	ck_assert_uint_eq(bench_load(b, "router bgp 1\n no neighbor 10.0.0.1\n"), 0);
	free(twice);
	twice = bench_running(b);
	ck_assert_ptr_null(strstr(twice, "neighbor"));
	free(once);
	free(twice);
	bench_free(b);
}
END_TEST

/* The words of the table are told in full: each row can be met, and what it names is of a kind. */
START_TEST(kinds_have_names)
{
	for (unsigned k = 0; k < FOREIGN__KINDS; k++)
		ck_assert_ptr_nonnull(foreign_kind_name((enum foreign_kind)k));
}
END_TEST

void
shell_foreign_tests(TCase *tc)
{
	tcase_add_test(tc, lines_stay_where_they_stood);
	tcase_add_test(tc, wrong_is_not_foreign);
	tcase_add_test(tc, typed_lines_are_kept_and_taken_back);
	tcase_add_test(tc, typed_lines_go_into_the_part_that_is_open);
	tcase_add_test(tc, a_section_takes_its_kept_lines_with_it);
	tcase_add_test(tc, a_second_load_changes_nothing);
	tcase_add_test(tc, kinds_have_names);
}
