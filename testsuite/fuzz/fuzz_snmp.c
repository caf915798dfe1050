/* SNMP messages as bytes: what is taken of version 2c, which is what we send, can be written, and reads the same again. */

#include <string.h>

#include "engine/snmp_pdu.h"
#include "lib/mem.h"
#include "testsuite/fuzz/fuzz.h"

#define INPUT_MAX	2048

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct snmp_trap one, two;
	char text[SNMP_OID_TEXT];
	uint8_t out[4 * INPUT_MAX];
	size_t len;

	if (n > INPUT_MAX || snmp_decode(p, n, &one) != SNMP_OK || one.version == 0)
		return 0;
	len = snmp_encode(&one, out, sizeof(out));
	if (len == 0 || snmp_decode(out, len, &two) != SNMP_OK || two.n != one.n || two.version != one.version)
		fatal("what was taken cannot be written");
	for (size_t i = 0; i < one.n; i++) {
		struct snmp_oid back;

		snmp_oid_fmt(&one.v[i].oid, text);
		if (one.v[i].number != two.v[i].number || one.v[i].len != two.v[i].len || one.v[i].oid.n != two.v[i].oid.n)
			fatal("it reads otherwise");
		if (one.v[i].oid.v[0] <= 2 && !snmp_oid_parse(text, &back))
			fatal("no identifier: %s", text);
	}
	return 0;
}
