/* Floor 2: routers. */

#include "testsuite/unit/engine_pair.h"

int
main(void)
{
	static const struct unit_module modules[] = {
		{ "isakmp", engine_isakmp_tests },
		{ "cryptomap", engine_cryptomap_tests },
		{ "gre", engine_gre_tests },
		{ "flash", engine_flash_tests },
		{ "log", engine_log_tests },
		{ "syslog", engine_syslog_tests },
		{ "login", engine_login_tests },
		{ "router", engine_router_tests },
		{ "flows", engine_flows_tests },
		{ "tunnel", engine_tunnel_tests },
		{ "inv_spi", engine_inv_spi_tests },
		{ "flood", engine_flood_tests },
		{ "release", engine_release_tests },
		{ "rekey", engine_rekey_tests },
		{ "trace", engine_trace_tests },
		{ "load", engine_load_tests },
		{ "pki", engine_pki_tests },
		{ "path_mtu", engine_path_mtu_tests },
		{ "nhrp_wire", engine_nhrp_wire_tests },
		{ "eem", engine_eem_tests },
		{ "snmp", engine_snmp_tests },
		{ NULL, NULL },
	};

	return unit_run("engine", modules);
}
