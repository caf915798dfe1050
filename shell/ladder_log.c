/*
 * Lines of %CRYPTO-4-RECVD_PKT_INV_SPI in a log: which SPI a router had not, and since when.  Such a line may have no year:
 * then the captures' is taken.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "shell/ladder_int.h"

#define LINES_MOST	65536u
#define LINE_MOST	2048
#define EARLY		(2 * NSEC_MS)	/* so long a packet may take from the capture to the line about it */

struct log_row {
	uint32_t	 spi;
	unsigned	 proto;
	struct addr	 dst;
	struct civil	 when;		/* year 0 = not said */
};
struct ladder_log {
	struct log_row	*rows;
	size_t		 n;
};

void
ladder_log_free(struct ladder_log *g)
{
	if (g == NULL)
		return;
	free(g->rows);
	free(g);
}

static int
month_of(const char *s)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int m = 0; m < 12; m++)
		if (strncmp(s, names + 3 * m, 3) == 0)
			return m + 1;
	return 0;
}

/* "Mar 13 14:31:30.014", with a year behind the day or without; somewhere before the message. */
static bool
read_time(const char *line, const char *end, struct civil *c)
{
	for (const char *p = line; p + 15 <= end; p++) {
		char frac[4] = "000";
		int n = 0;

		memset(c, 0, sizeof(*c));
		if ((c->month = month_of(p)) == 0)
			continue;
		if (sscanf(p + 3, "%2d %4d %2d:%2d:%2d%n", &c->day, &c->year, &c->hour, &c->minute, &c->second, &n) != 5) {
			c->year = 0;
			if (sscanf(p + 3, "%2d %2d:%2d:%2d%n", &c->day, &c->hour, &c->minute, &c->second, &n) != 4)
				continue;
		}
		if (p[3 + n] == '.')
			for (int i = 0; i < 3 && p[4 + n + i] >= '0' && p[4 + n + i] <= '9'; i++)
				frac[i] = p[4 + n + i];
		c->ms = atoi(frac);
		return c->day >= 1 && c->day <= 31 && c->hour >= 0 && c->hour < 24 && c->minute >= 0 && c->second >= 0;
	}
	return false;
}

static bool
read_addr(const char *line, const char *key, struct addr *out)
{
	const char *p = strstr(line, key);
	char text[ADDR_STRLEN];
	size_t n;

	if (p == NULL)
		return false;
	p += strlen(key);
	n = strspn(p, "0123456789abcdefABCDEF.:");
	if (n == 0 || n >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)n, p);
	return addr_parse(text, out);
}

static void
add_line(struct ladder_log *g, const char *line)
{
	const char *at = strstr(line, "RECVD_PKT_INV_SPI"), *spi, *proto;
	struct log_row r = { .proto = 50 };

	if (at == NULL || g->n == LINES_MOST || !read_time(line, at, &r.when) || !read_addr(at, "destaddr=", &r.dst))
		return;
	if ((spi = strstr(at, "spi=0x")) == NULL)
		return;
	r.spi = (uint32_t)strtoul(spi + 6, NULL, 16);
	if ((proto = strstr(at, "prot=")) != NULL)
		r.proto = (unsigned)strtoul(proto + 5, NULL, 10);
	if ((g->n & (g->n - 1)) == 0)
		g->rows = xrealloc(g->rows, (g->n == 0 ? 1 : 2 * g->n) * sizeof(*g->rows));
	g->rows[g->n++] = r;
}

bool
ladder_log_read(struct ladder *l, const char *path, char **why)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	char line[LINE_MOST];

	if (f == NULL) {
		*why = xasprintf("%s: %s", path, strerror(errno));
		return false;
	}
	if (l->log == NULL)
		l->log = xcalloc(1, sizeof(*l->log));
	while (fgets(line, sizeof(line), f) != NULL)
		add_line(l->log, line);
	if (f != stdin)
		fclose(f);
	if (l->log->n > 0)
		return true;
	*why = xasprintf("%s: no line of RECVD_PKT_INV_SPI with its time", path);
	return false;
}

int64_t
ladder_log_when(struct ladder *l, const struct addr *dst, uint8_t proto, uint32_t spi)
{
	int64_t first = INT64_MAX, ns;
	struct civil now, c;

	civil_from_ns(l->begin, &now);
	for (size_t i = 0; l->log != NULL && i < l->log->n; i++) {
		const struct log_row *r = &l->log->rows[i];

		if (r->spi != spi || r->proto != proto || !addr_eq(&r->dst, dst))
			continue;
		c = r->when;
		if (c.year == 0)
			c.year = now.year + (c.month < now.month);	/* over New Year */
		ns = civil_to_ns(&c) - EARLY;
		if (ns < first)
			first = ns;
	}
	return first;
}
