/* The opener's process: what it may open, and its answers.  It believes nothing but what came before the seal. */

#include "shell/opener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"

struct serving_opener {
	int		 link;
	opener_fn	*fn;
	bool		 sealed;
	struct port_want *allowed;
	size_t		 n;
};

static bool
is_allowed(const struct serving_opener *s, const struct port_want *w)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->allowed[i].device == w->device && strcmp(s->allowed[i].name, w->name) == 0)
			return true;
	return false;
}

static void
allow(struct serving_opener *s, const struct port_want *w)
{
	if (s->sealed || s->n == OPENER_ALLOWED_MAX || is_allowed(s, w))
		return;
	s->allowed = xrealloc(s->allowed, (s->n + 1) * sizeof(*s->allowed));
	s->allowed[s->n++] = *w;
}

/* What a library says of a fault may have more in it than belongs into a line of a log. */
static void
refuse(const struct serving_opener *s, uint32_t number, int error, const char *why)
{
	struct opener_msg m = { .type = OPENER_REFUSED, .number = number, .got.error = error };

	for (size_t i = 0; i < OPENER_TEXT_MAX && why[i] != '\0'; i++)
		m.text[i] = why[i] >= ' ' && why[i] <= '~' ? why[i] : '?';
	opener_send(s->link, &m, -1);
}

static void
open_one(const struct serving_opener *s, const struct opener_msg *q)
{
	struct opener_msg m = { .type = OPENER_GOT, .number = q->number };
	char *why = NULL;
	int fd;

	if (!s->sealed || !is_allowed(s, &q->want)) {
		refuse(s, q->number, EPERM, "it is none of the devices that were named at the start");
		return;
	}
	fd = s->fn(&q->want, &m.got, &why);
	if (fd >= 0)
		opener_send(s->link, &m, fd);
	else
		refuse(s, q->number, m.got.error, why != NULL ? why : "it could not be opened");
	if (fd >= 0)
		close(fd);
	free(why);
}

static void
answer(struct serving_opener *s, const struct opener_msg *q)
{
	const struct opener_msg ready = { .type = OPENER_READY, .number = q->number };

	switch (q->type) {
	case OPENER_ALLOW:
		allow(s, &q->want);
		break;
	case OPENER_SEAL:
		s->sealed = true;
		opener_send(s->link, &ready, -1);
		break;
	case OPENER_OPEN:
		open_one(s, q);
		break;
	default:
		break;
	}
}

void
opener_serve(int link, opener_fn *fn)
{
	struct serving_opener s = { .link = link, .fn = fn };
	struct opener_msg q;
	enum opener_io io;
	int fd;

	while ((io = opener_recv(link, &q, &fd)) != OPENER_GONE) {
		if (fd >= 0)
			close(fd);
		if (io == OPENER_OK)
			answer(&s, &q);
	}
	free(s.allowed);
}
