/* Floor 1, packets: links, IP and what is above it, the tunnels' side of forwarding, captures. */

#include "testsuite/unit/datapath_test.h"

int
main(void)
{
	static const struct unit_module modules[] = {
		{ "acl", datapath_acl_tests },
		{ "arp", datapath_arp_tests },
		{ "capfile", datapath_capfile_tests },
		{ "capture", datapath_capture_tests },
		{ "fib", datapath_fib_tests },
		{ "frag", datapath_frag_tests },
		{ "gre", datapath_gre_tests },
		{ "icmp", datapath_icmp_tests },
		{ "if", datapath_if_tests },
		{ "ip", datapath_ip_tests },
		{ "esp6", datapath_esp6_tests },
		{ "ip6", datapath_ip6_tests },
		{ "lane", datapath_lane_tests },
		{ "nd", datapath_nd_tests },
		{ "nat", datapath_nat_tests },
		{ "natt6", datapath_natt6_tests },
		{ "nat6", datapath_nat6_tests },
		{ "port", datapath_port_tests },
		{ "coalesce", datapath_coalesce_tests },
		{ "udp", datapath_udp_tests },
		{ "wires", datapath_wires_tests },
		{ "vector", datapath_vector_tests },
		{ "vti", datapath_vti_tests },
		{ NULL, NULL },
	};

	return unit_run("datapath", modules);
}
