/* Floor 1, key exchange: key derivation and the wire's codecs. The exchanges themselves are in testsuite/fsm/. */

#include "testsuite/unit/ike_test.h"

int
main(void)
{
	static const struct unit_module modules[] = {
		{ "keys", ike_keys_tests },
		{ "wire", ike_wire_tests },
		{ "attribute payloads", ike_cfg_wire_tests },
		{ "certificates and fragments", ike_cert_wire_tests },
		{ NULL, NULL },
	};

	return unit_run("ike", modules);
}
