/*
 * Writes debug lines from say.def, in the router's dialect.  Nothing is formatted when nobody listens.
 */

#include <stdarg.h>
#include <string.h>

#include "ike/impl.h"
#include "lib/text.h"

enum head { H_ID, H_IDS, H_PAR, H_BARE, H_TIGHT, H_COL, H_LEAD, H_ZERO, H_DBL, H_ENGINE, H_XAUTH, X_ID, X_ERR, X_PAK, X_BARE };

/* What stands before and after the connection id; after NULL: no id is shown. */
static const struct { const char *before, *after; } heads[] = {
	[H_ID] = { "ISAKMP:(", "):" },
	[H_IDS] = { "ISAKMP:(", "): " },
	[H_PAR] = { "ISAKMP (", "): " },
	[H_BARE] = { "ISAKMP: ", NULL },
	[H_TIGHT] = { "ISAKMP:", NULL },
	[H_COL] = { "ISAKMP : ", NULL },
	[H_LEAD] = { " ISAKMP: ", NULL },
	[H_ZERO] = { "ISAKMP:(0):: ", NULL },
	[H_DBL] = { "ISAKMP:(", ")::" },
	[H_ENGINE] = { "crypto_engine: ", NULL },
	[H_XAUTH] = { "ISAKMP/xauth: ", NULL },
	[X_ID] = { "ISAKMP: (", "):" },
	[X_ERR] = { "ISAKMP-ERROR: (", "):" },
	[X_PAK] = { "ISAKMP-PAK: (", "):" },
	[X_BARE] = { "ISAKMP:", NULL },
};

static const struct { uint8_t chead, xhead; const char *ctext, *xtext; } rows[] = {
#define SAY(id, chead, ctext, xhead, xtext)	{ chead, xhead, ctext, xtext },
#include "ike/say.def"
#undef SAY
};

/* What differs by release and is no text. */
static const struct { bool xe, signed_msgid, slot; unsigned handle_width; const char *handle_lead; } dialects[] = {
	[IKE_IOS_12] = { false, true, true, 8, "" },
	[IKE_IOS_15] = { false, false, false, 8, "" },
	[IKE_XE_17] = { true, false, false, 12, "8000" },
};

const char *
say_shown(const char *state)
{
	static const char *const padded[] = { "QM_IDLE      ", "CONF_XAUTH   ", "CONF_ADDR    " };
	size_t k;

	for (k = 0; k < sizeof(padded) / sizeof(padded[0]); k++)
		if (strncmp(padded[k], state, strlen(state)) == 0)
			return padded[k];
	return state;
}

static void
directive(struct ike *i, struct text *t, char c, va_list *ap)
{
	char buf[ADDR_STRLEN];

	switch (c) {
	case 's': text_add(t, va_arg(*ap, const char *)); break;
	case 'u': text_printf(t, "%u", va_arg(*ap, unsigned)); break;
	case 'd': text_printf(t, "%d", va_arg(*ap, int)); break;
	case 'X': text_printf(t, "%X", va_arg(*ap, unsigned)); break;
	case 'A': text_add(t, addr_fmt(va_arg(*ap, const struct addr *), buf)); break;
	case 'h':
		text_printf(t, "%s%0*llX", dialects[i->set.dialect].handle_lead, (int)dialects[i->set.dialect].handle_width,
		    (unsigned long long)va_arg(*ap, uint64_t));
		break;
	case 'm':
		if (dialects[i->set.dialect].signed_msgid)
			text_printf(t, "%d", (int32_t)va_arg(*ap, uint32_t));
		else
			text_printf(t, "%u", va_arg(*ap, uint32_t));
		break;
	default: fatal("say: %%%c", c);
	}
}

static void
head(struct ike *i, struct text *t, enum head h, uint32_t conn)
{
	text_add(t, heads[h].before);
	if (heads[h].after != NULL)
		text_printf(t, "%s%u%s", h == H_PAR && dialects[i->set.dialect].slot ? "0:" : "", conn, heads[h].after);
}

static bool
heard(const struct ike *i, enum head h)
{
	if (h == H_ENGINE)
		return i->ops->debug_engine_on != NULL && i->ops->debug_engine_on(i->arg);
	return i->ops->debug_on(i->arg);
}

static void
flush(struct ike *i, const struct sa *sa, enum head h, struct text *t)
{
	const struct addr *peer = sa != NULL ? &sa->path.remote : NULL;

	if (h == H_ENGINE)
		i->ops->debug_engine(i->arg, peer, text_str(t));
	else
		i->ops->debug(i->arg, peer, text_str(t));
	text_clear(t);
}

void
say(struct ike *i, const struct sa *sa, enum say what, ...)
{
	bool xe = dialects[i->set.dialect].xe;
	const char *f = xe && rows[what].xtext != NULL ? rows[what].xtext : rows[what].ctext;
	enum head h = (enum head)(xe ? rows[what].xhead : rows[what].chead);
	uint32_t conn = sa != NULL ? sa->conn_id : 0;
	struct text t = { 0 };
	va_list ap;

	if (!heard(i, h))
		return;
	va_start(ap, what);
	head(i, &t, h, conn);
	for (; *f != '\0'; f++) {
		if (*f == '\v') {
			flush(i, sa, h, &t);
			head(i, &t, h, conn);
		} else if (*f == '%')
			directive(i, &t, *++f, &ap);
		else
			text_addc(&t, *f);
	}
	va_end(ap);
	flush(i, sa, h, &t);
	text_free(&t);
}
