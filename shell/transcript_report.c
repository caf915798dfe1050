/* Verdicts of transcripts for people, for TAP and for JUnit readers. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "shell/transcript.h"

void
result_failure(struct tr_result *r, size_t no, const char *command, const char *diff)
{
	r->failures = xrealloc(r->failures, (r->nfailures + 1) * sizeof(*r->failures));
	r->failures[r->nfailures++] = (struct tr_failure){no, xstrdup(command), xstrdup(diff)};
}

void
result_edit(struct tr_result *r, size_t from, size_t count, const char *text)
{
	r->edits = xrealloc(r->edits, (r->nedits + 1) * sizeof(*r->edits));
	r->edits[r->nedits++] = (struct tr_edit){from, count, xstrdup(text)};
}

void
result_free(struct tr_result *r)
{
	for (size_t i = 0; i < r->nfailures; i++) {
		free(r->failures[i].command);
		free(r->failures[i].diff);
	}
	for (size_t i = 0; i < r->nedits; i++)
		free(r->edits[i].text);
	free(r->failures);
	free(r->edits);
	free(r->unreadable);
	*r = (struct tr_result){0};
}

/* Lines that begin with one of two signs, as the head of a unified diff counts them. */
static void
add_range(struct text *out, char sign, size_t line, char **lines, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += lines[i][0] == sign || lines[i][0] == ' ';
	text_printf(out, "%c%zu,%zu", sign, count > 0 ? line + 1 : line, count);
}

static void
print_failures(const char *path, const struct tr_result *r, const char *indent, struct text *out)
{
	char **lines;
	size_t n;

	for (size_t i = 0; i < r->nfailures; i++) {
		const struct tr_failure *f = &r->failures[i];

		lines = lines_split(f->diff, &n, true);
		text_printf(out, "%s%s:%zu: %s\n%s--- written\n%s+++ came\n%s@@ ", indent, path, f->no, f->command, indent, indent, indent);
		add_range(out, '-', f->no, lines, n);
		text_addc(out, ' ');
		add_range(out, '+', f->no, lines, n);
		text_add(out, " @@\n");
		for (size_t k = 0; k < n; k++)
			text_printf(out, "%s%s\n", indent, lines[k]);
		lines_free(lines, n);
	}
}

/* Length of the character at s that XML may hold, or 0. */
static size_t
xml_char(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t n = *p < 0x80 ? 1 : *p >= 0xc2 && *p < 0xe0 ? 2 : (*p & 0xf0) == 0xe0 ? 3 : *p >= 0xf0 && *p < 0xf5 ? 4 : 0;

	if (n == 1)
		return *p >= ' ' || *p == '\n' || *p == '\t';
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* Neither overlong, nor half of a pair, nor behind the last, nor U+FFFE and U+FFFF. */
	if (n >= 3 && ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] >= 0xa0) || (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] >= 0x90) ||
	    (*p == 0xef && p[1] == 0xbf && p[2] >= 0xbe)))
		return 0;
	return n;
}

static void
add_xml(struct text *out, const char *s)
{
	for (size_t n; *s != '\0'; s += n > 0 ? n : 1) {
		n = xml_char(s);
		switch (*s) {
		case '<':
			text_add(out, "&lt;");
			break;
		case '>':
			text_add(out, "&gt;");
			break;
		case '&':
			text_add(out, "&amp;");
			break;
		case '"':
			text_add(out, "&quot;");
			break;
		default:
			text_addn(out, n > 0 ? s : "?", n > 0 ? n : 1);
		}
	}
}

static void
report_pretty(const char *path, const struct tr_result *r)
{
	struct text t = {0};

	if (r->unreadable != NULL)
		fprintf(stderr, "%s\n", r->unreadable);
	else if (r->nfailures == 0)
		printf("ok      %s (%zu commands, %.3f s of lab time)\n", path, r->commands, (double)r->lab_ns / 1e9);
	else {
		print_failures(path, r, "", &t);
		printf("FAILED  %s (%zu of %zu commands)\n%s", path, r->nfailures, r->commands, text_str(&t));
	}
	text_free(&t);
}

static void
report_tap(const struct report *rep, const char *path, const struct tr_result *r)
{
	struct text t = {0};

	print_failures(path, r, "# ", &t);
	printf("%sok %zu - %s\n%s", r->unreadable != NULL || r->nfailures > 0 ? "not " : "", rep->files, path, text_str(&t));
	if (r->unreadable != NULL)
		printf("# %s\n", r->unreadable);
	text_free(&t);
}

static void
report_junit(struct report *rep, const char *path, const struct tr_result *r)
{
	struct text t = {0}, *j = &rep->junit;

	text_add(j, "  <testcase classname=\"transcript\" name=\"");
	add_xml(j, path);
	text_printf(j, "\" time=\"%.3f\">\n", (double)r->lab_ns / 1e9);
	if (r->unreadable != NULL) {
		text_add(j, "    <error message=\"");
		add_xml(j, r->unreadable);
		text_add(j, "\"/>\n");
	} else if (r->nfailures > 0) {
		print_failures(path, r, "", &t);
		text_printf(j, "    <failure message=\"%zu of %zu commands\">", r->nfailures, r->commands);
		add_xml(j, text_str(&t));
		text_add(j, "</failure>\n");
	}
	text_add(j, "  </testcase>\n");
	text_free(&t);
}

void
report_begin(struct report *rep, size_t nfiles)
{
	if (rep->format == REPORT_TAP)
		printf("TAP version 13\n1..%zu\n", nfiles);
}

void
report_file(struct report *rep, const char *path, const struct tr_result *r)
{
	rep->files++;
	if (r->unreadable != NULL || r->nfailures > 0)
		rep->failed++;
	else
		rep->passed++;
	if (rep->format == REPORT_PRETTY)
		report_pretty(path, r);
	else if (rep->format == REPORT_TAP)
		report_tap(rep, path, r);
	else
		report_junit(rep, path, r);
	fflush(stdout);
}

void
report_end(struct report *rep)
{
	if (rep->format == REPORT_JUNIT)
		printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"inspire\" tests=\"%zu\" failures=\"%zu\">\n%s</testsuite>\n", rep->files, rep->failed, text_str(&rep->junit));
	else if (rep->format == REPORT_PRETTY)
		printf("%zu passed, %zu failed\n", rep->passed, rep->failed);
	text_free(&rep->junit);
}
