/*
 * show crypto engine connections active, and show crypto datapath ipv4 snapshot: what the packet path
 * counted, in two columns under the function that counted it.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/router.h"
#include "lib/addr.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

/* --- connections --- */

#define ALG_MAX		24

struct conn {
	uint32_t	 id;
	const char	*type;
	char		 alg[ALG_MAX];
	uint64_t	 encrypt, decrypt, last_seq;
	struct addr	 local;
};
struct conns { struct conn *v; size_t n; bool seq_known; };

static struct conn *
conn_add(struct conns *c)
{
	c->v = xrealloc(c->v, (c->n + 1) * sizeof(*c->v));
	c->v[c->n] = (struct conn){ 0 };
	return &c->v[c->n++];
}

static const char *
aes_word(size_t key_len)
{
	return key_len == 32 ? "AES256" : key_len == 24 ? "AES192" : "AES";
}

static const char *
sa_cipher_word(const struct sa_params *p)
{
	switch (p->cipher) {
	case SA_CIPHER_DES:
		return "DES";
	case SA_CIPHER_3DES:
		return "3DES";
	case SA_CIPHER_AES_CBC:
		return aes_word(p->enc_key_len);
	case SA_CIPHER_AES_GCM:
		return "AES-GCM";
	case SA_CIPHER_AES_GMAC:
		return "AES-GMAC";
	default:
		return "NULL";
	}
}

static const char *
sa_auth_word(enum sa_auth a)
{
	static const char *const words[] = {
		[SA_AUTH_NONE] = "", [SA_AUTH_MD5_96] = "MD5", [SA_AUTH_SHA1_96] = "SHA", [SA_AUTH_SHA256_128] = "SHA256",
		[SA_AUTH_SHA384_192] = "SHA384", [SA_AUTH_SHA512_256] = "SHA512",
	};

	return words[a];
}

static void
add_flow(void *arg, const struct ipsec_flow_info *f)
{
	struct conns *c = arg;

	for (size_t i = 0; i < f->nsas; i++) {
		const struct sa_info *s = &f->sas[i].sa;
		struct conn *n = conn_add(c);

		n->id = f->sas[i].conn_id;
		n->type = "IPsec";
		if (s->p.proto == SA_AH)
			snprintf(n->alg, sizeof(n->alg), "%s", sa_auth_word(s->p.auth));
		else
			snprintf(n->alg, sizeof(n->alg), "%s%s%s", sa_cipher_word(&s->p), s->p.auth != SA_AUTH_NONE ? "+" : "", sa_auth_word(s->p.auth));
		n->encrypt = s->p.dir == SA_OUT ? s->packets : 0;
		n->decrypt = s->p.dir == SA_IN ? s->packets : 0;
		n->last_seq = s->p.dir == SA_IN && c->seq_known ? s->seq : 0;
		n->local = f->local;
	}
}

static const char *
hash_word(enum hash_alg h)
{
	static const char *const words[] = {
		[HASH_NONE] = "", [HASH_MD5] = "MD5", [HASH_SHA1] = "SHA", [HASH_SHA256] = "SHA256", [HASH_SHA384] = "SHA384", [HASH_SHA512] = "SHA512",
	};

	return words[h];
}

static void
add_ike(void *arg, const struct ike_sa_info *sa)
{
	static const char *const ciphers[] = {
		[CIPHER_NONE] = "", [CIPHER_DES] = "DES", [CIPHER_3DES] = "3DES", [CIPHER_AES128] = "AES", [CIPHER_AES192] = "AES192", [CIPHER_AES256] = "AES256",
	};
	struct conn *n;

	if (sa->deleted || sa->conn_id == 0)
		return;
	n = conn_add(arg);
	n->id = sa->conn_id;
	n->type = "IKE";
	snprintf(n->alg, sizeof(n->alg), "%s+%s", hash_word(sa->policy.hash), ciphers[sa->policy.cipher]);
	n->local = sa->path.local;
}

static int
conn_cmp(const void *x, const void *y)
{
	const struct conn *a = x, *b = y;

	return (a->id > b->id) - (a->id < b->id);
}

static void
run_connections(struct session *s, const struct args *a)
{
	/* The onboard engine keeps sequence numbers to itself. */
	struct conns c = { .seq_known = s->router->engine == IKE_ENGINE_SOFTWARE };
	struct text out = { 0 };
	char addr[ADDR_STRLEN];

	(void)a;
	router_flow_each(s->router, add_flow, &c);
	ike_sa_each(s->router->ike, add_ike, &c);
	if (c.n > 0)
		qsort(c.v, c.n, sizeof(*c.v), conn_cmp);
	text_add(&out, "Crypto Engine Connections\n\n   ID  Type    Algorithm           Encrypt  Decrypt LastSeqN IP-Address\n");
	for (size_t i = 0; i < c.n; i++)
		text_printf(&out, "%5u  %-7s %-18s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %s\n", c.v[i].id, c.v[i].type, c.v[i].alg,
		    c.v[i].encrypt, c.v[i].decrypt, c.v[i].last_seq, addr_fmt(&c.v[i].local, addr));
	text_addc(&out, '\n');
	free(c.v);
	show_flush(s, &out);
}

/* --- counters --- */

enum section { SUCCESS, ERROR, PUNT, INTERNAL, IPSEC6, IP };

static const struct { enum dp_counter id; enum section section; const char *name, *group; } counters[] = {
#define DP_COUNTER(id, name, text, section, group)	{ DPC_##id, section, name, group },
#include "datapath/drop.def"
#undef DP_COUNTER
};

#define NAME_WIDTH	24	/* with the colon; what is longer is cut and loses it */

#define FIRST_CELL	4
#define SECOND_CELL	38

/* The cell in that column of the two; the second ends the line. */
static void
put_cell(struct text *out, unsigned column, const char *name, uint64_t v)
{
	char label[64];

	text_pad(out, column == 0 ? FIRST_CELL : SECOND_CELL);
	snprintf(label, sizeof(label), "%s:", name);
	text_printf(out, "%-*.*s %" PRIu64 " %s", NAME_WIDTH, NAME_WIDTH, label, v, column == 0 ? "" : "\n");
}

static void
put_section(struct text *out, const struct dp *dp, enum section section, bool non_zero)
{
	const char *group = NULL;
	unsigned column = 0;

	for (size_t i = 0; i < NROWS(counters); i++) {
		uint64_t v = dp_count(dp, counters[i].id);

		if (counters[i].section != section || (non_zero && v == 0))
			continue;
		if (group == NULL || strcmp(group, counters[i].group) != 0) {
			text_printf(out, "%s  %s \n", column == 1 ? "\n" : "", counters[i].group);
			group = counters[i].group;
			column = 0;
		}
		put_cell(out, column, counters[i].name, v);
		column ^= 1;
	}
	if (column == 1)
		text_addc(out, '\n');
}

/* "21:34:30 PST Mar 4 2006" */
static void
put_when(struct text *out, const struct router *r)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	const struct config *c = r->cfg;
	struct civil t;

	civil_from_ns(router_now(r) + (c->timezone == NULL ? 0 : c->timezone_minutes * INT64_C(60) * NSEC_SEC), &t);
	text_printf(out, "%02d:%02d:%02d %s %s %d %d", t.hour, t.minute, t.second, c->timezone == NULL ? "UTC" : c->timezone,
	    months[t.month - 1], t.day, t.year);
}

/* Of IPv6 only what died has counters of its own. */
static void
run_snapshot(struct session *s, const struct args *a)
{
	static const struct { enum section section; const char *name; } sections[] = {
		{ SUCCESS, "Success" }, { ERROR, "Error" }, { PUNT, "Punt" }, { INTERNAL, "Internal" }, { IPSEC6, "Error" },
	};
	struct text out = { 0 };

	for (size_t i = 0; i < NROWS(sections); i++) {
		if ((sections[i].section == IPSEC6) != arg_has(a, "ipv6"))
			continue;
		text_printf(&out, "%s Statistics: Snapshot at ", sections[i].name);
		put_when(&out, s->router);
		text_add(&out, " \n");
		put_section(&out, s->router->dp, sections[i].section, arg_has(a, "non-zero"));
	}
	show_flush(s, &out);
}

#define SC_HELP	"Show what is going on\nEncryption\n"

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show crypto engine connections active", SC_HELP "Crypto engine\nIts connections\nThose in use", run_connections },
	{ M(PRIV), 15, CMD_SHOW, "show crypto datapath { ipv4 | ipv6 } snapshot [ non-zero ]",
	    SC_HELP "Counters of the packet path\nOver IPv4\nOver IPv6\nAs they are now\nOnly those that counted something", run_snapshot },
};

const struct cmd_table cmds_show_datapath = { rows, NROWS(rows) };
