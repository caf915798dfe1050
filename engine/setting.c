/*
 * Settings of a node that no router has commands for: `set NODE KEY VALUE` at the lab's console.  One row each.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/bug.h"
#include "engine/lab_impl.h"
#include "lib/mem.h"
#include "lib/names.h"
#include "lib/text.h"

struct setting {
	const char	*key;
	const char	*values;	/* what it takes, for the error */
	const char	*text;
	bool		(*set)(struct router *r, const char *value);
	void		(*get)(const struct router *r, struct text *out);
};

static const struct name notifies[] = { { IKE_NOTIFY_DELETE, "delete" }, { IKE_NOTIFY_INVALID_SPI, "invalid-spi" },
	{ IKE_NOTIFY_BOTH, "both" }, { 0, NULL } };

static bool
set_tunnel_retry(struct router *r, const char *value)
{
	int64_t ns = 0;

	if (strcasecmp(value, "default") != 0 && (!duration_parse(value, &ns) || ns < NSEC_MS))
		return false;
	r->tunnel_retry_ns = ns;
	router_apply(r, CFG_AREA_IPSEC);
	return true;
}

static void
get_tunnel_retry(const struct router *r, struct text *out)
{
	int64_t ns = r->tunnel_retry_ns != 0 ? r->tunnel_retry_ns : TUNNEL_RETRY;

	if (ns % NSEC_SEC == 0)
		text_printf(out, "%llds", (long long)(ns / NSEC_SEC));
	else
		text_printf(out, "%lldms", (long long)(ns / NSEC_MS));
}

static bool
set_notify(struct router *r, const char *value)
{
	int32_t v = name_value(notifies, value);

	if (v < 0)
		return false;
	r->invalid_spi_notify = (enum ike_spi_notify)v;
	router_apply(r, CFG_AREA_ISAKMP);
	return true;
}

static void
get_notify(const struct router *r, struct text *out)
{
	text_add(out, name_of(notifies, (int32_t)r->invalid_spi_notify, "?"));
}

/* "CSCvp16730 on" */
static bool
set_bug(struct router *r, const char *value)
{
	size_t n = strcspn(value, " ");
	char name[32];
	enum bug b;

	snprintf(name, sizeof(name), "%.*s", (int)n, value);
	b = bug_find(name);
	value += n + strspn(value + n, " ");
	if (b == BUG__COUNT || n >= sizeof(name) || (strcasecmp(value, "on") != 0 && strcasecmp(value, "off") != 0))
		return false;
	bug_set(r, b, strcasecmp(value, "on") == 0);
	return true;
}

static void
get_bug(const struct router *r, struct text *out)
{
	bool any = false;

	for (enum bug b = 0; b < BUG__COUNT; b++)
		if (bug_on(r, b)) {
			text_printf(out, "%s%s", any ? ", " : "", bug_info(b)->name);
			any = true;
		}
	if (!any)
		text_add(out, "none");
}

#define SPI_RANGE_LEAST	65536u

/* "0xFF000000 0xFFFFFFFF" */
static bool
set_spi_range(struct router *r, const char *value)
{
	unsigned long lo = 0, hi = UINT32_MAX;
	char *end;

	if (strcasecmp(value, "default") != 0) {
		lo = strtoul(value, &end, 0);
		if (end == value || *end != ' ')
			return false;
		value = end;
		hi = strtoul(value, &end, 0);
		if (end == value || *end != '\0')
			return false;
	}
	if (hi > UINT32_MAX || hi < lo || hi - lo < SPI_RANGE_LEAST - 1 || hi < 256)
		return false;
	r->spi_lo = (uint32_t)lo;
	r->spi_hi = (uint32_t)hi;
	bug_apply(r);
	return true;
}

static void
get_spi_range(const struct router *r, struct text *out)
{
	text_printf(out, "0x%08X 0x%08X", r->spi_lo, r->spi_hi != 0 ? r->spi_hi : UINT32_MAX);
}

static const struct setting settings[] = {
	{ "bug", "a bug that `show bugs` lists, and on or off", "bugs of its software", set_bug, get_bug },

	{ "tunnel-retry", "a time (60s) or default", "period in which a tunnel without an SA asks for one by itself, from its start on",
	    set_tunnel_retry, get_tunnel_retry },
	{ "invalid-spi-notify", "delete, invalid-spi or both", "what the sender of ESP with an unknown SPI is told over an IKE SA",
	    set_notify, get_notify },
	{ "spi-range", "two SPIs, at least 65536 of them, as 0xFF000000 0xFFFFFFFF, or default", "from where the SPIs are drawn that it receives with",
	    set_spi_range, get_spi_range },
};

#define NSETTINGS	(sizeof(settings) / sizeof(settings[0]))

static const struct setting *
find(const char *key, const struct node *n, char **why)
{
	struct text known = {0};

	for (size_t i = 0; i < NSETTINGS; i++)
		if (strcasecmp(settings[i].key, key) == 0)
			return &settings[i];
	for (size_t i = 0; i < NSETTINGS; i++)
		text_printf(&known, "%s%s", i > 0 ? ", " : "", settings[i].key);
	*why = lab_why("%s has no setting '%s' (it has: %s)", n->name, key, text_str(&known));
	text_free(&known);
	return NULL;
}

bool
lab_set(struct lab *lab, const char *node, const char *key, const char *value, char **why)
{
	struct node *n = lab_router(lab, node, why);
	const struct setting *s = n != NULL ? find(key, n, why) : NULL;

	if (s == NULL)
		return false;
	if (s->set(n->router, value))
		return true;
	*why = lab_why("%s takes %s, not '%s'", s->key, s->values, value);
	return false;
}

void
lab_node_settings(struct lab *lab, struct node *n, void (*fn)(void *arg, const char *key, const char *value, const char *text), void *arg)
{
	struct text value = {0};

	(void)lab;
	for (size_t i = 0; n->kind == NODE_ROUTER && i < NSETTINGS; i++) {
		text_clear(&value);
		settings[i].get(n->router, &value);
		fn(arg, settings[i].key, text_str(&value), settings[i].text);
	}
	text_free(&value);
}
