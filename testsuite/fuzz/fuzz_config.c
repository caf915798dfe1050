/*
 * Configurations as bytes.  What a router takes of one it prints, and what it prints it must take again without a
 * complaint and print the same.
 */

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "testsuite/fuzz/fuzz.h"
#include "testsuite/unit/shell_bench.h"

#define INPUT_MAX	16384

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bench *one, *two;
	char *text, *first, *again;

	if (n > INPUT_MAX)
		return 0;
	text = xstrndup((const char *)p, n);
	one = bench_new(IKE_IOS_15);
	bench_load(one, text);
	first = bench_running(one);
	two = bench_new(IKE_IOS_15);
	if (bench_load(two, first) != 0)
		fatal("a running configuration is refused:\n%s\n%s", text_str(&two->faults), first);
	again = bench_running(two);
	if (strcmp(first, again) != 0)
		fatal("a running configuration comes back changed:\n%s\n%s", first, again);
	bench_free(one);
	bench_free(two);
	free(again);
	free(first);
	free(text);
	return 0;
}
