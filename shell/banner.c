/* Banners as they are shown: $(hostname), $(domain), $(line) and $(line-desc) stand for what they name. */

#include "shell/banner.h"

#include <stdio.h>
#include <string.h>

#include "engine/router.h"
#include "lib/text.h"
#include "shell/session.h"
#include "shell/tty.h"

static const char *
token_value(const struct session *s, const char *name, size_t n, char number[16])
{
	const struct config *c = s->router->cfg;

	if (n == 8 && strncmp(name, "hostname", n) == 0)
		return router_hostname(s->router);
	if (n == 6 && strncmp(name, "domain", n) == 0)
		return c->domain_name != NULL ? c->domain_name : "";
	if (n == 4 && strncmp(name, "line", n) == 0) {
		snprintf(number, 16, "%u", s->line);
		return number;
	}
	return NULL;
}

/* A token that is none stays as it was written. */
static size_t
token(const struct session *s, const char *p, struct text *out)
{
	size_t n = strcspn(p + 2, ")");
	const char *value;
	char number[16];

	if (p[2 + n] != ')' || (value = token_value(s, p + 2, n, number)) == NULL) {
		text_addc(out, *p);
		return 1;
	}
	text_add(out, value);
	return n + 3;
}

void
banner_show(struct session *s, enum banner b)
{
	const char *p = s->router->cfg->access.banner[b];
	struct text t = { 0 };

	if (p == NULL || s->loading)
		return;
	while (*p != '\0') {
		if (p[0] == '$' && p[1] == '(')
			p += token(s, p, &t);
		else
			text_addc(&t, *p++);
	}
	text_addc(&t, '\n');
	session_write(s, text_str(&t), t.len);
	text_free(&t);
}
