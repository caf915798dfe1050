/* The table of IOS's words that nothing here acts on, and what it says of a line. */

#include "shell/foreign.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "engine/config.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/syntax.h"

#define FLAG_0	0x00u
#define FLAG_O	0x01u
#define FLAG_1	0x02u
#define FLAG_D	0x04u
#define FLAG_N	0x08u
#define FLAG_E	0x10u
#define FLAG_T	0x20u

struct row {
	uint8_t		 where, kind, flags;
	const char	*head, *next;
};

static const struct row rows[] = {
#define F(where, kind, flags, head, next)	{ FOREIGN_##where, FOREIGN_##kind, FLAG_##flags, head, next },
#define X(where, kind, head, words)
#include "shell/foreign.def"
#undef F
#undef X
};

static const struct row options[] = {
#define F(where, kind, flags, head, next)
#define X(where, kind, head, words)	{ FOREIGN_##where, FOREIGN_##kind, 0, head, words },
#include "shell/foreign.def"
#undef F
#undef X
};

#define NELEMS(v)	(sizeof(v) / sizeof((v)[0]))

const char *
foreign_kind_name(enum foreign_kind k)
{
	static const char *const names[FOREIGN__KINDS] = {
		[FOREIGN_ROUTING] = "routing", [FOREIGN_VRF] = "VRF", [FOREIGN_MULTICAST] = "multicast", [FOREIGN_QOS] = "QoS",
		[FOREIGN_SWITCHING] = "switching", [FOREIGN_VOICE] = "voice", [FOREIGN_WAN] = "WAN", [FOREIGN_INTERFACES] = "interfaces",
		[FOREIGN_ADDRESSING] = "addressing", [FOREIGN_IPV6] = "IPv6", [FOREIGN_MANAGEMENT] = "management",
		[FOREIGN_PLATFORM] = "platform", [FOREIGN_SECURITY] = "security", [FOREIGN_CRYPTO] = "crypto", [FOREIGN_LINES] = "lines",
	};

	return names[k];
}

/* The next word of a list divided by blanks; false at its end. */
static bool
list_next(const char **list, const char **word, size_t *len)
{
	*list += strspn(*list, " ");
	*word = *list;
	*len = strcspn(*list, " ");
	*list += *len;
	return *len > 0;
}

static bool
token_is(const struct token *t, const char *word, size_t len)
{
	return t->len == len && strncasecmp(t->p, word, len) == 0;
}

static bool
is_number(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && (isdigit((unsigned char)p[i]) || strchr("/.:", p[i]) != NULL); i++)
		;
	return n > 0 && n < 24 && i == n && isdigit((unsigned char)p[0]) && isdigit((unsigned char)p[n - 1]);
}

static bool
list_has(const char *list, const struct token *t)
{
	const char *word;
	size_t len;

	while (list_next(&list, &word, &len))
		if (token_is(t, word, len) || (len == 3 && memcmp(word, "<n>", 3) == 0 && is_number(t->p, t->len)))
			return true;
	return false;
}

/* Does the line begin with these words?  Then *p stands behind them. */
static bool
head_fits(const char *head, const char **p, const char *end, size_t *words)
{
	const char *word;
	struct token t;
	size_t len;

	while (list_next(&head, &word, &len)) {
		if (!token_next(p, end, false, &t) || !token_is(&t, word, len))
			return false;
		++*words;
	}
	return true;
}

static bool
row_fits(const struct row *r, const char *line, struct foreign_hit *out)
{
	const char *p = line, *end = line + strlen(line), *ahead;
	size_t words = 0;
	struct token t;

	if (!head_fits(r->head, &p, end, &words))
		return false;
	if (r->next[0] != '\0') {
		if (!token_next(&p, end, false, &t) || !list_has(r->next, &t))
			return false;
		words++;
	}
	ahead = p;
	if (words == 0 || ((r->flags & FLAG_E) && token_next(&ahead, end, false, &t)))
		return false;
	*out = (struct foreign_hit){ .kind = (enum foreign_kind)r->kind, .words = words, .section = r->flags & FLAG_O, .single = r->flags & FLAG_1,
	    .deep = r->flags & FLAG_D, .on = r->flags & FLAG_N, .text = r->flags & FLAG_T, .key = (size_t)(p - line) };
	return true;
}

bool
foreign_find(unsigned where, const char *line, struct foreign_hit *out)
{
	struct foreign_hit hit;
	bool found = false;

	for (size_t i = 0; i < NELEMS(rows); i++)
		if ((rows[i].where & where) != 0 && row_fits(&rows[i], line, &hit) && (!found || hit.words > out->words)) {
			*out = hit;
			found = true;
		}
	return found;
}

/* ---- interfaces ---- */

static const char *const if_kinds[] = {
	"Analysis-Module", "AppGigabitEthernet", "Async", "ATM", "BDI", "BRI", "BVI", "CDMA-Ix", "Cellular", "Content-Engine", "CTunnel", "Dialer", "Dot11Radio",
	"Embedded-Service-Engine", "FastEthernet", "Fddi", "FiveGigabitEthernet", "FortyGigabitEthernet", "FortyGigE", "FourHundredGigE",
	"GigabitEthernet", "Group-Async", "GMPLS", "Hssi", "HundredGigE", "IDS-Sensor", "IMA", "In1", "Integrated-Service-Engine", "ISM", "Lex", "LISP",
	"MFR", "Multilink", "NVI", "Null", "nve", "Overlay", "Port-channel", "POS", "Pseudowire", "Serial", "Service-Engine", "SM", "SSLVPN-VIF", "SSL",
	"TenGigabitEthernet", "TenGigE", "TokenRing", "TwentyFiveGigE", "TwentyFiveGigabitEthernet", "TwoGigabitEthernet", "TwoHundredGigE",
	"ucse", "Video", "Vif", "Virtual-Access", "Virtual-PPP", "Virtual-Template", "Virtual-TokenRing", "VirtualPortGroup", "Vlan", "vasileft", "vasiright",
	"voice", "Wlan-GigabitEthernet", "wlan-ap", "wlan-controller", "Ethernet",
};

/* The kind that the letters name in full, or alone begin. */
static const char *
if_kind(const char *p, size_t n)
{
	const char *found = NULL;

	for (size_t i = 0; i < NELEMS(if_kinds); i++) {
		if (n > strlen(if_kinds[i]) || strncasecmp(p, if_kinds[i], n) != 0)
			continue;
		if (n == strlen(if_kinds[i]))
			return if_kinds[i];
		if (found != NULL)
			return NULL;
		found = if_kinds[i];
	}
	return n >= 2 ? found : NULL;
}

/* A kind that the router has itself is another's only as a sub-interface. */
static bool
is_own(const char *kind, const char *number, size_t n)
{
	return strlen(kind) >= 8 && strcmp(kind + strlen(kind) - 8, "Ethernet") == 0 && strchr("EFG", kind[0]) != NULL &&
	    strncmp(kind, "Fi", 2) != 0 && strncmp(kind, "Fo", 2) != 0 && memchr(number, '.', n) == NULL;
}

/* The name of an interface at p, of one word or two; *out is what it is in full. */
static bool
if_name(const char **p, const char *end, struct text *out)
{
	const char *kind;
	struct token t, number;
	size_t n = 0;

	if (!token_next(p, end, false, &t))
		return false;
	while (n < t.len && !isdigit((unsigned char)t.p[n]))
		n++;
	number = (struct token){ .p = t.p + n, .len = t.len - n };
	if ((kind = if_kind(t.p, n)) == NULL || (n == t.len && !token_next(p, end, false, &number)) || !is_number(number.p, number.len) ||
	    is_own(kind, number.p, number.len))
		return false;
	text_printf(out, "%s%.*s", kind, (int)number.len, number.p);
	return true;
}

bool
foreign_interface(const char *line, char **out)
{
	const char *p = line, *end = line + strlen(line), *word;
	struct text t = { 0 };
	struct token first;

	if (!token_next(&p, end, false, &first) || first.len < 3 || !word_prefix(&first, "interface", 9))
		return false;
	text_add(&t, "interface ");
	if (!if_name(&p, end, &t)) {
		text_free(&t);
		return false;
	}
	/* "point-to-point", "multipoint", "type tunnel": what a sub-interface is */
	while (token_next(&p, end, false, &first)) {
		word = first.p;
		text_printf(&t, " %.*s", (int)first.len, word);
	}
	*out = text_take(&t);
	return true;
}

/* ---- options ---- */

static bool
option_fits(const struct row *r, const char *line, const struct token *bad)
{
	const char *p = line, *end = line + strlen(line);
	size_t words = 0;

	return head_fits(r->head, &p, end, &words) && p <= bad->p && list_has(r->next, bad);
}

bool
foreign_option(unsigned where, const char *line, const char *bad, struct foreign_hit *out)
{
	const char *p = bad, *end = line + strlen(line);
	struct text name = { 0 };
	struct token t;
	bool interface;

	if (!token_next(&p, end, false, &t))
		return false;
	for (size_t i = 0; i < NELEMS(options); i++)
		if ((options[i].where & where) != 0 && option_fits(&options[i], line, &t)) {
			*out = (struct foreign_hit){ .kind = (enum foreign_kind)options[i].kind, .key = strlen(line) };
			return true;
		}
	interface = t.p > line && if_name(&bad, end, &name);
	text_free(&name);
	*out = (struct foreign_hit){ .kind = FOREIGN_INTERFACES, .key = strlen(line) };
	return interface;
}
