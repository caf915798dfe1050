/* The key exchange as a state machine: two engines played against each other. */

#include "testsuite/fsm/fsm_test.h"

int
main(void)
{
	static const struct unit_module modules[] = {
		{ "main mode", fsm_main_mode_tests },
		{ "quick mode", fsm_quick_mode_tests },
		{ "loss", fsm_loss_tests },
		{ "life", fsm_life_tests },
		{ "invalid spi", fsm_inv_spi_tests },
		{ "hostile", fsm_hostile_tests },
		{ "aggressive mode", fsm_aggressive_tests },
		{ "xauth", fsm_xauth_tests },
		{ "nat traversal", fsm_natt_tests },
		{ "signatures", fsm_signature_tests },
		{ "fragments", fsm_fragment_tests },
		{ "foreigners", fsm_foreign_tests },
		{ "two addresses", fsm_addresses_tests },
		{ NULL, NULL },
	};

	return unit_run("fsm", modules);
}
