/*
 * Transcripts as bytes: front matter, fences, prompts, holes.  What is read is also held against itself as if it had
 * come from a router, so that the matcher sees hostile patterns and lines alike.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "shell/transcript.h"
#include "testsuite/fuzz/fuzz.h"

static bool
known(void *arg, const char *name)
{
	(void)arg;
	return *name == 'R';
}

static void
hold(struct transcript *t)
{
	struct tr_want *want = xcalloc(t->n + 1, sizeof(*want));
	struct tr_prompt prompt = {0};
	char **came = xcalloc(t->n + 1, sizeof(*came));
	size_t n = 0;

	for (size_t i = 0; i < t->n && n < 12; i++)
		if (t->lines[i].kind != TR_COMMAND && t->lines[i].kind != TR_BARE) {
			want[n] = (struct tr_want){&t->lines[i], true};
			came[n++] = t->file[t->lines[i].no - 1];
		}
	output_match(t, want, n, came, n, &prompt, &t->kept);
	for (size_t i = 0; i < n; i++)
		if (want[i].line->kind == TR_LOG)
			message_match(t, &want[i], n - i, came[i], &t->kept);
	free(came);
	free(want);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct transcript *t;
	char *text, *why = NULL;

	if (size < 1 || size > 4096)
		return 0;
	text = xstrndup((const char *)data + 1, size - 1);
	t = transcript_read(data[0] % 2 ? "fuzz.md" : "fuzz.txt", text, &why);
	if (t != NULL && transcript_parse(t, known, NULL, &why))
		hold(t);
	transcript_free(t);
	free(why);
	free(text);
	return 0;
}
