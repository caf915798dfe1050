/*
 * show monitor event-trace crypto ..., and the commands that steer the traces: monitor event-trace in exec (clear, disable, enable,
 * one-shot, dump) and in configuration (size, dump-file).  The lines have the form of the vendor's traces for IPsec, and for
 * ISAKMP that of those for IKEv2.  What made an SA go, or who asked for it, stands at the end of its second line.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flash.h"
#include "engine/trace.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/running_config.h"
#include "shell/show.h"

#define PROTO_ANY	256u
#define DOI_OF(proto)	((proto) == 51 ? 2u : (proto) == 50 ? 3u : 0u)
#define STAMP		32

static const char *const ring_names[] = {
	[TRACE_ISAKMP_EVENT] = "isakmp_event", [TRACE_ISAKMP_ERROR] = "isakmp_error", [TRACE_IPSEC_EVENT] = "ipsec_event", [TRACE_IPSEC_ERROR] = "ipsec_error",
};

static const char *const causes[] = {
	[TRACE_NO_CAUSE] = "", [TRACE_BY_US] = "asked for by this router", [TRACE_BY_PEER] = "asked for by the peer",
	[TRACE_CLEAR] = "clear command", [TRACE_UNWANTED] = "not wanted any more", [TRACE_LIFETIME] = "lifetime is over",
	[TRACE_REKEY] = "replaced by a rekey", [TRACE_IDLE] = "idle time is over", [TRACE_DEAD] = "dead peer detection",
	[TRACE_LAPSED] = "third message of quick mode never came", [TRACE_GOT_DELETE] = "DELETE from the peer",
	[TRACE_GOT_CONTACT] = "INITIAL-CONTACT from the peer", [TRACE_GOT_INVALID_SPI] = "INVALID-SPI from the peer",
};

static const char *const fails[] = {
	[IKE_FAIL_NO_KEY] = "no pre-shared key", [IKE_FAIL_TIMEOUT] = "no answer", [IKE_FAIL_NO_PROPOSAL] = "no proposal chosen",
	[IKE_FAIL_REFUSED] = "refused by the peer", [IKE_FAIL_DELETED] = "the SA was deleted", [IKE_FAIL_AUTH] = "authentication failed",
	[IKE_FAIL_LIMIT] = "too many at once", [IKE_FAIL_XAUTH] = "the user was not let in", [IKE_FAIL_AGGRESSIVE] = "aggressive mode is disabled",
};

/* What is shown: from when on, and before each line. */
struct view {
	struct text	 out;
	struct router	*router;
	int64_t		 since_ns;
	const char	*ring;		/* `merged`: its name in each line; NULL = not */
	char		 stamp[STAMP];
};

static void
stamp(struct view *v, int64_t ns)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct civil t;

	civil_from_ns(ns + v->router->clock_offset_ns, &t);
	snprintf(v->stamp, sizeof(v->stamp), "%s %2d %02d:%02d:%02d.%03d: ", months[t.month - 1], t.day, t.hour, t.minute, t.second, t.ms);
}

static void
begin(struct view *v)
{
	text_printf(&v->out, "%s%s%s", v->stamp, v->ring == NULL ? "" : v->ring, v->ring == NULL ? "" : ": ");
}

static void
put_proxies(struct text *out, const struct trace_entry *e)
{
	char l[ADDR_STRLEN], r[ADDR_STRLEN];

	text_printf(out, ", l_proxy: %s/%u/%u, r_proxy: %s/%u/%u", addr_fmt(&e->l_proxy.addr, l), e->l_proxy.port,
	    e->l_proxy.protocol == 0 ? PROTO_ANY : e->l_proxy.protocol, addr_fmt(&e->r_proxy.addr, r), e->r_proxy.port,
	    e->r_proxy.protocol == 0 ? PROTO_ANY : e->r_proxy.protocol);
}

static void
put_ends(struct text *out, const struct trace_entry *e)
{
	char l[ADDR_STRLEN], r[ADDR_STRLEN];

	text_printf(out, " loc: %s, rem: %s", addr_fmt(&e->local, l), addr_fmt(&e->remote, r));
}

/* An SA comes or goes: two lines, of which the first has a blank less where it comes. */
static void
put_sa(struct view *v, const struct trace_entry *e)
{
	bool made = e->what == TRACE_SA_CREATE;
	const char *head = made ? "IPSEC-EVENT:IPSEC-CREATE-SA:  SESSION ID:0, sa create : (sa)" : "IPSEC-EVENT:IPSEC-DELETE-SA:  SESSION ID:0, sa delete : (sa)";
	const char *is = made ? "=" : " =";
	char dest[ADDR_STRLEN];

	begin(v);
	text_printf(&v->out, "%s sa_dest%s %s, sa_proto%s %u, sa_spi%s 0x%X(%u), sa_trans%s %s , sa_conn_id%s %u, sa_lifetime(k/sec)%s (%u/%u)\n", head,
	    is, addr_fmt(e->in ? &e->local : &e->remote, dest), is, e->proto, is, e->spi, e->spi, is, e->transform, is, e->conn, is, e->life_kb, e->life_s);
	begin(v);
	text_printf(&v->out, "%s, ", head);
	put_ends(&v->out, e);
	put_proxies(&v->out, e);
	text_printf(&v->out, "  why: %s\n", causes[e->cause]);
}

/* What the key engine and IKE tell each other. */
static void
put_kmi(struct view *v, const struct trace_entry *e)
{
	static const struct { const char *name; bool sent, proxies, ports, number; } messages[] = {
		[TRACE_KMI_REQUEST] = { "KEY_ENG_REQUEST_SAS", true, true, false, false },
		[TRACE_KMI_DELETE] = { "KEY_ENG_DELETE_SAS", true, false, true, false },
		[TRACE_KMI_CREATE] = { "KEY_MGR_CREATE_IPSEC_SAS", false, true, false, false },
		[TRACE_KMI_ENABLE] = { "KEY_MGR_SA_ENABLE_OUTBOUND", false, false, false, true },
		[TRACE_KMI_DELETED] = { "KEY_MGR_DELETE_SAS", false, false, true, false },
		[TRACE_KMI_CLEAR_PEER] = { "KEY_MGR_CLEAR_ENDPT_SAS", false, false, true, false },
	};
	struct text *out = &v->out;

	begin(v);
	text_printf(out, "IPSEC-EVENT:IPSEC-%s-KMI:  SESSION ID:0, KMI %s:%s,", messages[e->what].sent ? "SEND" : "RECV",
	    messages[e->what].sent ? "Sent: IPSEC key engine->Crypto IKMP" : "Received: Crypto IKMP->IPSEC key engine", messages[e->what].name);
	put_ends(out, e);
	if (messages[e->what].proxies)
		put_proxies(out, e);
	if (messages[e->what].ports)
		text_printf(out, ", port loc/rem: %u/%u, prot: DOI-%u", e->local_port, e->remote_port, DOI_OF(e->proto));
	if (messages[e->what].number)
		text_printf(out, ", prot: %u", DOI_OF(e->proto));
	text_addc(out, '\n');
}

static void
put_ipsec_error(struct view *v, const struct trace_entry *e)
{
	struct text *out = &v->out;

	begin(v);
	if (e->what == TRACE_INVALID_SPI) {
		text_printf(out, "IPSEC-ERROR:IPSEC-INVALID-SPI:  SESSION ID:0, no SA has sa_proto = %u, sa_spi = 0x%X(%u),", e->proto, e->spi, e->spi);
		put_ends(out, e);
	} else {
		text_add(out, "IPSEC-ERROR:IPSEC-CREATE-SA:  SESSION ID:0, sa create refused by the packet path,");
		put_ends(out, e);
		put_proxies(out, e);
	}
	text_addc(out, '\n');
}

/* How an IKE SA is named in each line: the number is its connection's, 0 where none is known. */
static void
put_ike_head(struct view *v, const struct trace_entry *e)
{
	char l[ADDR_STRLEN], r[ADDR_STRLEN];

	begin(v);
	text_printf(&v->out, "SA ID:%u SESSION ID:0 Remote: %s/%u Local: %s/%u  ", e->conn, addr_fmt(&e->remote, r), e->remote_port, addr_fmt(&e->local, l),
	    e->local_port);
}

static void
put_ike(struct view *v, const struct trace_entry *e)
{
	const char *role = e->initiator ? "(I)" : "(R)";
	struct text *out = &v->out;
	char l[ADDR_STRLEN], r[ADDR_STRLEN];

	put_ike_head(v, e);
	switch (e->what) {
	case TRACE_UP:
		text_printf(out, "%s Session with IKE ID PAIR(%s , %s) is UP", role, e->name[0] != '\0' ? e->name : addr_fmt(&e->r_proxy.addr, r),
		    addr_fmt(&e->l_proxy.addr, l));
		break;
	case TRACE_DOWN:
		text_printf(out, "%s IKE SA is DOWN%s%s", role, e->cause == TRACE_NO_CAUSE ? "" : ": ", causes[e->cause]);
		break;
	case TRACE_DELETE_SENT:
		text_printf(out, "Sending DELETE INFO message for IPsec SA [SPI: 0x%X]", e->spi);
		break;
	case TRACE_DELETE_GOT:
		text_printf(out, "Received DELETE INFO message for IPsec SA [SPI: 0x%X]", e->spi);
		break;
	case TRACE_CONTACT_GOT:
		text_add(out, "Received INITIAL-CONTACT notify");
		break;
	case TRACE_INVALID_SPI_GOT:
		text_printf(out, "Received INVALID-SPI notify [SPI: 0x%X]", e->spi);
		break;
	case TRACE_NOTIFIED:
		text_printf(out, "Telling the peer of the invalid SPI [SPI: 0x%X]", e->spi);
		break;
	case TRACE_RECOVERY:
		text_printf(out, "(I) Main mode for invalid SPI recovery [SPI: 0x%X]", e->spi);
		break;
	case TRACE_FAILED:
		text_printf(out, "Negotiation aborted due to ERROR: %s", fails[e->fail]);
		break;
	default:
		text_printf(out, "No IKE SA to send DELETE by [SPI: 0x%X]", e->spi);
		break;
	}
	text_addc(out, '\n');
}

static void
put_entry(void *arg, const struct trace_entry *e)
{
	struct view *v = arg;

	if (e->when_ns < v->since_ns)
		return;
	stamp(v, e->when_ns);
	if (e->what == TRACE_SA_CREATE || e->what == TRACE_SA_DELETE)
		put_sa(v, e);
	else if (e->what <= TRACE_KMI_CLEAR_PEER)
		put_kmi(v, e);
	else if (e->what <= TRACE_SA_REFUSED)
		put_ipsec_error(v, e);
	else
		put_ike(v, e);
}

/* --- which entries --- */

/* hh:mm of the last day; with a date of this year. */
static int64_t
clock_ns(const struct router *r, const struct args *a)
{
	int64_t now = router_now(r), at;
	unsigned h, m;
	struct civil t;

	civil_from_ns(now, &t);
	if (sscanf(arg_str(a, "time"), "%u:%u", &h, &m) != 2)
		return 0;
	t.hour = (int)h;
	t.minute = (int)m;
	t.second = t.ms = 0;
	if (arg_has(a, "month")) {
		t.month = (int)arg_u32(a, "month");
		t.day = (int)arg_u32(a, "day");
	}
	at = civil_to_ns(&t);
	return (at > now && !arg_has(a, "month") ? at - 24 * 3600 * NSEC_SEC : at) - r->clock_offset_ns;
}

/* "20" minutes, "1:10" hours and minutes; false: neither. */
static bool
back_ns(const struct router *r, const char *s, int64_t *out)
{
	unsigned h = 0, m;
	char end;

	if (sscanf(s, "%u:%2u%c", &h, &m, &end) != 2) {
		h = 0;
		if (sscanf(s, "%u%c", &m, &end) != 1)
			return false;
	}
	*out = clock_now(r->clock) - (h * INT64_C(60) + m) * 60 * NSEC_SEC;
	return true;
}

static bool
view_of(struct session *s, const struct args *a, struct view *v)
{
	struct router *r = s->router;

	*v = (struct view){ .router = r, .since_ns = INT64_MIN };
	if (arg_has(a, "back") && !back_ns(r, arg_str(a, "span"), &v->since_ns)) {
		session_error(s, "%% A time is minutes or hh:mm");
		return false;
	}
	if (arg_has(a, "clock"))
		v->since_ns = clock_ns(r, a);
	if (arg_has(a, "from-boot"))
		v->since_ns = r->boot_ns + (int64_t)arg_u32(a, "seconds") * NSEC_SEC;
	return true;
}

static void
put_ring(struct view *v, const struct args *a, enum trace_ring ring)
{
	struct trace_info i;

	trace_info(v->router, ring, &i);
	trace_each(v->router, ring, arg_has(a, "latest") ? i.shown : 0, put_entry, v);
	trace_shown(v->router, ring);
	if (!i.enabled && v->ring == NULL)
		text_printf(&v->out, "Tracing currently disabled, from %s\n", i.one_shot ? "one-shot" : "exec command");
}

static enum trace_ring
ring_of(const struct args *a)
{
	if (arg_has(a, "ipsec"))
		return arg_has(a, "error") ? TRACE_IPSEC_ERROR : TRACE_IPSEC_EVENT;
	return arg_has(a, "error") ? TRACE_ISAKMP_ERROR : TRACE_ISAKMP_EVENT;
}

static void
run_ring(struct session *s, const struct args *a)
{
	struct view v;

	if (!view_of(s, a, &v))
		return;
	put_ring(&v, a, ring_of(a));
	show_flush(s, &v.out);
}

static void
run_all(struct session *s, const struct args *a)
{
	struct view v;

	if (!view_of(s, a, &v))
		return;
	for (enum trace_ring i = 0; i < TRACE__COUNT; i++) {
		text_printf(&v.out, "\n%s:\n\n", ring_names[i]);
		put_ring(&v, a, i);
	}
	text_addc(&v.out, '\n');
	show_flush(s, &v.out);
}

/* All rings' lines by time. */
struct merge_line { int64_t when_ns; enum trace_ring ring; size_t number; struct trace_entry e; };
struct merge { struct merge_line *v; size_t n, room; enum trace_ring ring; };

static void
merge_add(void *arg, const struct trace_entry *e)
{
	struct merge *m = arg;

	if (m->n == m->room) {
		m->room = m->room == 0 ? 64 : 2 * m->room;
		m->v = xrealloc(m->v, m->room * sizeof(*m->v));
	}
	m->v[m->n] = (struct merge_line){ e->when_ns, m->ring, m->n, *e };
	m->n++;
}

static int
merge_cmp(const void *x, const void *y)
{
	const struct merge_line *a = x, *b = y;

	if (a->when_ns != b->when_ns)
		return a->when_ns < b->when_ns ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

static void
run_merged(struct session *s, const struct args *a)
{
	struct merge m = { 0 };
	struct trace_info i;
	struct view v;

	if (!view_of(s, a, &v))
		return;
	for (m.ring = 0; m.ring < TRACE__COUNT; m.ring++) {
		trace_info(s->router, m.ring, &i);
		trace_each(s->router, m.ring, arg_has(a, "latest") ? i.shown : 0, merge_add, &m);
		trace_shown(s->router, m.ring);
	}
	if (m.n > 0)
		qsort(m.v, m.n, sizeof(*m.v), merge_cmp);
	for (size_t k = 0; k < m.n; k++) {
		v.ring = ring_names[m.v[k].ring];
		put_entry(&v, &m.v[k].e);
	}
	free(m.v);
	show_flush(s, &v.out);
}

static void
run_parameters(struct session *s, const struct args *a)
{
	struct trace_info i;

	trace_info(s->router, ring_of(a), &i);
	session_printf(s, "Trace has %zu entries\nTracing currently %s, from exec command\n", i.size, i.enabled ? "enabled" : "disabled");
}

/* --- steering --- */

static void
dump(struct session *s, enum trace_ring ring)
{
	const char *url = s->router->cfg->trace.dump_file[ring], *name = NULL;
	struct view v = { .router = s->router, .since_ns = INT64_MIN };
	enum flash_status st;

	if (url == NULL) {
		session_error(s, "%% No dump-file is configured for this trace");
		return;
	}
	trace_each(s->router, ring, 0, put_entry, &v);
	if ((st = flash_url(url, &name)) == FLASH_OK)
		st = flash_write(s->router->flash, name, text_str(&v.out), v.out.len, false, router_now(s->router));
	if (st != FLASH_OK)
		session_error(s, "%%Error writing %s (%s)", url, flash_why(st));
	text_free(&v.out);
}

static void
run_monitor(struct session *s, const struct args *a)
{
	enum trace_ring ring = ring_of(a);

	if (arg_has(a, "clear"))
		trace_clear(s->router, ring);
	else if (arg_has(a, "dump"))
		dump(s, ring);
	else
		trace_switch(s->router, ring, arg_has(a, "disable") ? TRACE_OFF : arg_has(a, "enable") ? TRACE_ON : TRACE_ONE_SHOT);
}

static void
run_size(struct session *s, const struct args *a)
{
	conf(s)->trace.size[ring_of(a)] = args_off(a) ? 0 : arg_u32(a, "entries");
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_dump_file(struct session *s, const struct args *a)
{
	const char *name;

	if (!args_off(a) && flash_url(arg_str(a, "url"), &name) != FLASH_OK) {
		session_error(s, "%% %s is no file of this router", arg_str(a, "url"));
		return;
	}
	conf_str(&conf(s)->trace.dump_file[ring_of(a)], a, "url");
	conf_changed(s, CFG_AREA_OTHER);
}

void
running_trace(const struct config *c, struct text *out)
{
	static const char *const words[] = {
		[TRACE_ISAKMP_EVENT] = "isakmp event", [TRACE_ISAKMP_ERROR] = "isakmp error", [TRACE_IPSEC_EVENT] = "ipsec event", [TRACE_IPSEC_ERROR] = "ipsec error",
	};

	for (size_t i = 0; i < TRACE__COUNT; i++) {
		const struct cfg_trace *t = &c->trace;

		if (t->dump_file[i] != NULL)
			text_printf(out, "monitor event-trace crypto %s dump-file %s\n", words[i], t->dump_file[i]);
		if (t->size[i] != 0)
			text_printf(out, "monitor event-trace crypto %s size %u\n", words[i], t->size[i]);
	}
}

#define WHICH		"{ ipsec | isakmp | ikev1 } { event | error }"
#define WHICH_HELP	"IPsec security associations\nKey exchange\nKey exchange\nWhat happened\nWhat went wrong"
#define SPAN		"{ all | latest | back WORD:span | clock hh:mm:ss:time [ MONTH:month <1-31>:day ] | from-boot [ <0-4294967295>:seconds ] } [ detail ]"
#define SPAN_HELP	"All that is kept\nWhat came since it was last shown\nFrom some time ago on\nMinutes, or hh:mm\nFrom a time on\nThe time, hh:mm\nThe month\nThe day\nSince the start\nSeconds after it\nAll that is known"
#define SHOW		"show monitor event-trace crypto "
#define SHOW_HELP	"Show what is going on\nWhat is watched\nTraces of events\nEncryption\n"

static const struct cmd rows[] = {
	{ M(PRIV), 15, CMD_SHOW, SHOW WHICH " " SPAN, SHOW_HELP WHICH_HELP "\n" SPAN_HELP, run_ring },
	{ M(PRIV), 15, CMD_SHOW, SHOW WHICH " parameters", SHOW_HELP WHICH_HELP "\nHow it is set", run_parameters },
	{ M(PRIV), 15, CMD_SHOW, SHOW SPAN, SHOW_HELP SPAN_HELP, run_all },
	{ M(PRIV), 15, CMD_SHOW, SHOW "merged " SPAN, SHOW_HELP "All traces in one, by time\n" SPAN_HELP, run_merged },
	{ M(PRIV), 15, 0, "monitor event-trace crypto " WHICH " { clear | disable | dump | enable | one-shot }",
	    "Watch things\nTraces of events\nEncryption\n" WHICH_HELP "\nForget what is kept\nStop tracing\nWrite it to its file\nTrace\nForget, and trace until it is full", run_monitor },
	{ M(CONFIG), 15, CMD_NO, "monitor event-trace crypto " WHICH " size ~ <1-100000>:entries",
	    "Watch things\nTraces of events\nEncryption\n" WHICH_HELP "\nHow much is kept\nEntries", run_size },
	{ M(CONFIG), 15, CMD_NO, "monitor event-trace crypto " WHICH " dump-file ~ WORD:url",
	    "Watch things\nTraces of events\nEncryption\n" WHICH_HELP "\nWhere it is written to\nA file of the flash", run_dump_file },
};

const struct cmd_table cmds_show_trace = { rows, NROWS(rows) };
