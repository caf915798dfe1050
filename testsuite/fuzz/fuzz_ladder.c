/*
 * Captures drawn: whatever the bytes, a ladder comes of them in all three forms, with what the keys of the seeds open.
 * No byte that could steer a terminal may be in it, and no markup but our own.
 */

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "shell/ladder_int.h"
#include "shell/ladder_read.h"
#include "testsuite/fuzz/fuzz.h"

static const struct { const char *cookie, *key; } keys[] = {
	{ "a1fe271a84a1d0c8", "fcae5572c2354fd2c8bc0d6f36703b196abd150e8a5b14f4fa2d715fcc561a81" },
	{ "dc799a57f9248c00", "692bbe8fd21007c38d8507af3c718036a592509bed4f3456cc7bdf7257c433df" },
};

static void
draw(const struct ladder *l, void (*render)(const struct ladder *, const struct ladder_style *, struct text *))
{
	const struct ladder_style s = { .ascii = true, .details = true };
	struct text t = { 0 };

	render(l, &s, &t);
	for (size_t i = 0; i < t.len; i++)
		if (t.s[i] != '\n' && (t.s[i] < ' ' || t.s[i] > '~'))
			fatal("byte %02x at %zu", (uint8_t)t.s[i], i);
	text_free(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct ladder *l = ladder_new();
	uint8_t cookie[8], key[32];
	char *why = NULL;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		hex_parse(keys[i].cookie, cookie, sizeof(cookie));
		hex_parse(keys[i].key, key, sizeof(key));
		ladder_keys_add(l, cookie, key, sizeof(key));
	}
	l->max_rows = 64;
	if (ladder_read_bytes(l, p, n, "x", &why)) {
		draw(l, ladder_text);
		draw(l, ladder_svg);
		draw(l, ladder_html);
	}
	free(why);
	ladder_free(l);
	return 0;
}
