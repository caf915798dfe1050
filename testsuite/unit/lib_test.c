/* Floor 0: bytes, time, text, coroutines, chance and the primitives of cryptography. */

#include "testsuite/unit/lib_test.h"

int
main(void)
{
	static const struct unit_module modules[] = {
		{ "addr", lib_addr_tests },
		{ "buf", lib_buf_tests },
		{ "chance", lib_chance_tests },
		{ "cipher", lib_cipher_tests },
		{ "clock", lib_clock_tests },
		{ "coro", lib_coro_tests },
		{ "dh", lib_dh_tests },
		{ "dn", lib_dn_tests },
		{ "loop", lib_loop_tests },
		{ "passwd", lib_passwd_tests },
		{ "prf", lib_prf_tests },
		{ "procinfo", lib_procinfo_tests },
		{ "text", lib_text_tests },
		{ NULL, NULL },
	};

	return unit_run("lib", modules);
}
