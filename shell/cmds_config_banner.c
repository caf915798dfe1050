/*
 * Banners typed: the first character behind `banner motd` ends the text, on the same line or on a later one.  `^C`
 * as two characters, as configurations print it, and the control character are the same one.
 */

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "shell/banner.h"
#include "shell/cmds_config.h"

#define BANNER_MAX	16384u

static const char *const kinds[BANNER__COUNT] = {
	[BANNER_MOTD] = "motd", [BANNER_LOGIN] = "login", [BANNER_EXEC] = "exec", [BANNER_INCOMING] = "incoming",
};

static enum banner
kind_of(const struct args *a)
{
	for (unsigned k = 0; k < BANNER__COUNT; k++)
		if (arg_has(a, kinds[k]))
			return (enum banner)k;
	return BANNER_MOTD;
}

/* The delimiter at the head of p; a letter of more than one byte is one. */
static size_t
delimiter(const char *p, char out[8])
{
	size_t n = 1;

	if (strncmp(p, "^C", 2) == 0)
		n = 2;
	while (n < 4 && ((unsigned char)p[0] & 0x80) != 0 && ((unsigned char)p[n] & 0xc0) == 0x80)
		n++;
	memcpy(out, p, n);
	out[n] = '\0';
	return n;
}

/* Where the text ends in a line: at the delimiter as it was typed, or the other way of writing ^C. */
static const char *
end_in(const char *line, const char *delim)
{
	const char *end = strstr(line, delim);

	if (end == NULL && (strcmp(delim, "^C") == 0 || strcmp(delim, "\x03") == 0))
		end = strstr(line, delim[0] == '^' ? "\x03" : "^C");
	return end;
}

/* Lines until one that holds the delimiter; false: the input ended, or it is too much. */
static bool
text_read(struct session *s, const char *first, const char *delim, struct text *out)
{
	char *line = xstrdup(first);
	const char *end;

	while ((end = end_in(line, delim)) == NULL) {
		text_printf(out, "%s\n", line);
		free(line);
		line = session_read_text(s);
		if (line == NULL || (end_in(line, delim) == NULL && (strcmp(line, "\x03") == 0 || strcmp(line, "\x1a") == 0))) {
			free(line);
			return false;
		}
	}
	text_addn(out, line, (size_t)(end - line));
	free(line);
	return true;
}

static void
run_banner(struct session *s, const struct args *a)
{
	char **slot = &conf(s)->access.banner[kind_of(a)], delim[8];
	struct text t = { 0 };
	const char *rest;

	if (args_off(a))
		config_set_str(slot, NULL);
	else {
		rest = arg_str(a, "text");
		rest += delimiter(rest, delim);
		if (end_in(rest, delim) == NULL && !s->loading)
			session_printf(s, "Enter TEXT message.  End with the character '%s'.\n", delim[0] == '\x03' ? "^C" : delim);
		if (!text_read(s, rest, delim, &t))
			session_error(s, "%% The text has no end: it was not taken");
		else if (t.len > BANNER_MAX)
			session_error(s, "%% A banner has at most %u characters", BANNER_MAX);
		else	/* the slot is looked up anew: it may have taken long to type */
			config_set_str(&conf(s)->access.banner[kind_of(a)], text_str(&t));
	}
	text_free(&t);
	conf_changed(s, CFG_AREA_OTHER);
}

void
running_banners(const struct config *c, struct text *out)
{
	static const enum banner order[] = { BANNER_EXEC, BANNER_INCOMING, BANNER_LOGIN, BANNER_MOTD };
	static const char *const delims[] = { "^C", "#", "%", "@", "~", "\x7f" };

	for (size_t i = 0; i < NROWS(order); i++) {
		const char *text = c->access.banner[order[i]];
		size_t d = 0;

		if (text == NULL)
			continue;
		while (d + 1 < NROWS(delims) && end_in(text, delims[d]) != NULL)
			d++;
		text_printf(out, "banner %s %s%s%s\n", kinds[order[i]], delims[d], text, delims[d]);
	}
}

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, "banner { motd | login | exec | incoming } ~ LINE:text",
	    "A text that is shown\nTo whoever comes\nBefore one is asked who he is\nTo whoever has got in\nTo whoever comes by another way in\n"
	    "The character that will end the text, then the text, over several lines", run_banner },
};

const struct cmd_table cmds_config_banner = { rows, NROWS(rows) };
