/* Names end up in messages, tables and on other people's terminals: what could be mistaken for something else there is refused here. */

#include "shell/sound.h"

#include <string.h>

#include "shell/session.h"

/* The first control character (also those of ISO 6429 beyond ASCII, as UTF-8 has them); NULL if there is none. */
static const char *
control_in(const char *p)
{
	for (; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if ((c < 0x20 && c != '\t') || c == 0x7f || (c == 0xc2 && (unsigned char)p[1] >= 0x80 && (unsigned char)p[1] < 0xa0))
			return p;
	}
	return NULL;
}

static const char *
long_name(const struct args *a)
{
	static const char *const names[] = { "name", "map", "dyn", "list", "acl", "pool", "policy", "id", "server", "isakmp", "ipsec" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = arg_has(a, names[i]) ? arg_str(a, names[i]) : NULL;

		if (value != NULL && strlen(value) > NAME_BYTES_MAX)
			return value;
	}
	return NULL;
}

bool
line_sound(struct session *s, const struct match *m, const char *line)
{
	const char *bad;

	if (!mode_is_config(s->mode) || m->via_do || strncmp(m->cmd->syntax, "banner ", 7) == 0)
		return true;
	if ((bad = control_in(line)) != NULL) {
		session_usage_caret(s, line, (size_t)(bad - line));
		return false;
	}
	if (long_name(m->args) != NULL) {
		session_error(s, "%% A name has at most %u characters", NAME_BYTES_MAX);
		return false;
	}
	return true;
}
