#ifndef INSPIRE_FUZZ_H
#define INSPIRE_FUZZ_H

/* A fuzz target: libFuzzer's entry, or driver.c's.  Always gives 0. */

#include <stddef.h>
#include <stdint.h>

int	LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#endif
