/* The ESP side of the datapath: SPI table, windows, vectors, round trips, lifetimes, headers. */

#include "testsuite/unit/esp_test.h"

int
main(void)
{
	static const struct unit_module modules[] = {
		{ "sad", esp_sad_tests },
		{ "replay", esp_replay_tests },
		{ "vectors", esp_vector_tests },
		{ "crypto", esp_crypto_tests },
		{ "round", esp_round_tests },
		{ "life", esp_life_tests },
		{ "table", esp_table_tests },
		{ "header", esp_header_tests },
		{ "udp", esp_udp_tests },
		{ "bursts", esp_burst_tests },
		{ NULL, NULL },
	};

	return unit_run("esp", modules);
}
