/*
 * Captures, read a block at a time: pcap (draft-ietf-opsawg-pcap) and pcapng (draft-ietf-opsawg-pcapng).  What
 * is allocated is bounded by CAPFILE_FRAME_MAX and CAPFILE_IFS_MAX, whatever lengths a file claims; options and blocks
 * that we have no use for are passed over.  The first fault ends it, said with the offset of the block that has it.
 */

#include "datapath/capfile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/names.h"
#include "lib/text.h"

#define PCAP_US		0xa1b2c3d4u
#define PCAP_NS		0xa1b23c4du
#define PCAP_HEAD	24u
#define PCAP_RECORD	16u

#define NG_SECTION	0x0a0d0d0au
#define NG_ORDER	0x1a2b3c4du
#define NG_INTERFACE	1u
#define NG_PACKET_OLD	2u	/* obsolete */
#define NG_SIMPLE	3u
#define NG_PACKET	6u
#define NG_HEAD		8u	/* type and length, of every block */
#define NG_LEAST	12u	/* with the length once more at the end */
#define NG_OPTIONS_MAX	65536u	/* bytes of options that are looked at */

#define OPT_END		0u
#define OPT_IF_NAME	2u
#define OPT_IF_TSRESOL	9u
#define OPT_IF_TSOFFSET	14u
#define OPT_EPB_FLAGS	2u
#define IF_NAME_MAX	255u

#define NS_A_SECOND	UINT64_C(1000000000)
#define SECONDS_MAX	(INT64_MAX / INT64_C(1000000000) - 1)

struct iface {
	char		*name;
	uint64_t	 units;		/* of time, a second */
	int64_t		 offset_s;
	uint32_t	 snaplen;	/* 0 = none */
	unsigned	 linktype;
};

struct capfile {
	FILE		*file;		/* NULL: bytes */
	const uint8_t	*bytes;
	size_t		 nbytes;
	char		*name, *why;
	uint64_t	 at;		/* what is read next */
	uint64_t	 block;		/* where the present block or record began */
	uint64_t	 number;
	int64_t		 last_ns;
	bool		 ng, big, nano, broken, ended;
	struct iface	*ifs;
	size_t		 nifs;
	char		**names;	/* all that were lent, of earlier sections too */
	size_t		 nnames;
	uint8_t		*buf;		/* CAPFILE_FRAME_MAX */
};

static const struct name linktypes[] = {
	{ 0, "BSD loopback" }, { CAPFILE_ETHER, "Ethernet" }, { 9, "PPP" }, { CAPFILE_RAW, "raw IP" }, { 105, "IEEE 802.11" },
	{ CAPFILE_SLL, "Linux cooked" }, { 127, "radiotap" }, { CAPFILE_IPV4, "raw IPv4" }, { CAPFILE_IPV6, "raw IPv6" },
	{ CAPFILE_SLL2, "Linux cooked, version 2" }, { 0, NULL },
};

const char *
capfile_linktype_name(unsigned linktype)
{
	return name_of(linktypes, (int)linktype, NULL);
}

static void __attribute__((format(printf, 2, 3)))
fault(struct capfile *f, const char *fmt, ...)
{
	struct text t = { 0 };
	va_list ap;

	if (f->broken)
		return;
	f->broken = true;
	text_printf(&t, "%s: at byte %" PRIu64 ": ", f->name, f->block);
	va_start(ap, fmt);
	text_vprintf(&t, fmt, ap);
	va_end(ap);
	f->why = text_take(&t);
}

/* How many of n bytes there were. */
static size_t
take(struct capfile *f, void *out, size_t n)
{
	size_t got;

	if (f->file != NULL) {
		got = fread(out, 1, n, f->file);
		if (got < n && ferror(f->file))
			fault(f, "%s", strerror(errno));
	} else {
		got = f->nbytes - f->at < n ? (size_t)(f->nbytes - f->at) : n;
		if (got > 0)
			memcpy(out, f->bytes + f->at, got);
	}
	f->at += got;
	return got;
}

static bool
take_all(struct capfile *f, void *out, size_t n, const char *what)
{
	size_t got = take(f, out, n);

	if (got < n)
		fault(f, "the capture is cut: %s is %zu bytes, of which %zu are there", what, n, got);
	return got == n;
}

static bool
skip(struct capfile *f, uint64_t n, const char *what)
{
	uint8_t hole[4096];
	uint64_t left = n;
	size_t m;

	for (; left > 0; left -= m) {
		m = left < sizeof(hole) ? (size_t)left : sizeof(hole);
		if (take(f, hole, m) < m) {
			fault(f, "the capture is cut: %s is longer than the file", what);
			return false;
		}
	}
	return true;
}

static uint32_t
u32(const struct capfile *f, const uint8_t *p)
{
	uint32_t le = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;

	return f->big ? __builtin_bswap32(le) : le;
}

static unsigned
u16(const struct capfile *f, const uint8_t *p)
{
	return f->big ? (unsigned)p[0] << 8 | p[1] : (unsigned)p[1] << 8 | p[0];
}

static uint64_t
u64(const struct capfile *f, const uint8_t *p)
{
	uint64_t first = u32(f, p), second = u32(f, p + 4);

	return f->big ? first << 32 | second : second << 32 | first;
}

/* A time in units of which a second has so many. */
static bool
time_of(struct capfile *f, uint64_t t, uint64_t units, int64_t offset_s, int64_t *out)
{
	uint64_t s = t / units, part = t % units;

	if (s > (uint64_t)SECONDS_MAX || offset_s > SECONDS_MAX - (int64_t)s || (int64_t)s + offset_s < -SECONDS_MAX) {
		fault(f, "a time that no clock shows");
		return false;
	}
	for (; units > UINT64_C(1) << 33; units >>= 1)
		part >>= 1;
	*out = ((int64_t)s + offset_s) * (int64_t)NS_A_SECOND + (int64_t)(part * NS_A_SECOND / units);
	return true;
}

/* --- pcapng --- */

static void
ifs_clear(struct capfile *f)
{
	free(f->ifs);
	f->ifs = NULL;
	f->nifs = 0;
}

/* 10 or 2 to the power of a number. */
static bool
resolution(uint8_t v, uint64_t *units)
{
	unsigned n = v & 0x7f;

	if (n > (v & 0x80 ? 63u : 19u))
		return false;
	for (*units = 1; n > 0; n--)
		*units *= v & 0x80 ? 2 : 10;
	return true;
}

typedef void	(*option_fn)(struct capfile *f, unsigned code, const uint8_t *p, size_t n, void *arg);

static void
options_each(struct capfile *f, const uint8_t *p, size_t n, option_fn fn, void *arg)
{
	unsigned code, len;

	while (n >= 4 && !f->broken) {
		code = u16(f, p);
		len = u16(f, p + 2);
		if (code == OPT_END)
			return;
		if (len > n - 4) {
			fault(f, "an option of %u bytes, with %zu left in its block", len, n - 4);
			return;
		}
		fn(f, code, p + 4, len, arg);
		p += 4 + (len + 3 < n - 4 ? (len + 3) & ~3u : n - 4);
		n -= 4 + (len + 3 < n - 4 ? (len + 3) & ~3u : n - 4);
	}
}

static void
if_option(struct capfile *f, unsigned code, const uint8_t *p, size_t n, void *arg)
{
	struct iface *i = arg;

	if (code == OPT_IF_NAME && i->name == NULL && n > 0) {
		i->name = xmalloc(n < IF_NAME_MAX ? n + 1 : IF_NAME_MAX + 1);
		memcpy(i->name, p, n < IF_NAME_MAX ? n : IF_NAME_MAX);
		i->name[n < IF_NAME_MAX ? n : IF_NAME_MAX] = '\0';
	} else if (code == OPT_IF_TSRESOL && n == 1) {
		if (!resolution(*p, &i->units))
			fault(f, "a resolution of time that is none (%u)", *p);
	} else if (code == OPT_IF_TSOFFSET && n == 8)
		i->offset_s = (int64_t)u64(f, p);
}

static void
name_keep(struct capfile *f, char *name)
{
	if (name == NULL)
		return;
	f->names = xrealloc(f->names, (f->nnames + 1) * sizeof(*f->names));
	f->names[f->nnames++] = name;
}

static void
ng_interface(struct capfile *f, const uint8_t *p, size_t n)
{
	struct iface i = { .units = 1000000 };

	if (n < 8) {
		fault(f, "an interface of %zu bytes, which needs 8", n);
		return;
	}
	if (f->nifs >= CAPFILE_IFS_MAX || f->nnames >= 4 * CAPFILE_IFS_MAX) {
		fault(f, "more than %u interfaces", CAPFILE_IFS_MAX);
		return;
	}
	i.linktype = u16(f, p);
	i.snaplen = u32(f, p + 4);
	options_each(f, p + 8, n - 8, if_option, &i);
	name_keep(f, i.name);
	f->ifs = xrealloc(f->ifs, (f->nifs + 1) * sizeof(*f->ifs));
	f->ifs[f->nifs++] = i;
}

static void
packet_option(struct capfile *f, unsigned code, const uint8_t *p, size_t n, void *arg)
{
	struct capfile_frame *out = arg;

	if (code == OPT_EPB_FLAGS && n == 4)
		out->dir = (enum capfile_dir)((u32(f, p) & 3) % 3);
}

static bool
ng_frame(struct capfile *f, const struct iface *i, struct capfile_frame *out)
{
	out->number = ++f->number;
	out->offset = f->block;
	out->iface = (unsigned)(i - f->ifs);
	out->ifname = i->name;
	out->linktype = i->linktype;
	out->time_ns = f->last_ns;
	return true;
}

static const struct iface *
ng_iface(struct capfile *f, uint32_t n)
{
	if (n < f->nifs)
		return &f->ifs[n];
	fault(f, "a frame of interface %" PRIu32 ", which the capture does not describe", n);
	return NULL;
}

/* Both packet blocks have 20 bytes before the frame; the old one's interface has 16 bits. */
static bool
ng_packet(struct capfile *f, const uint8_t *p, size_t n, bool old, struct capfile_frame *out)
{
	const struct iface *i;
	uint32_t len, room;

	if (n < 20) {
		fault(f, "a packet block of %zu bytes, which needs 20", n);
		return false;
	}
	if ((i = ng_iface(f, old ? u16(f, p) : u32(f, p))) == NULL)
		return false;
	len = u32(f, p + 12);
	room = (uint32_t)n - 20;
	if (len > room) {
		fault(f, "a frame of %" PRIu32 " bytes, with %" PRIu32 " left in its block", len, room);
		return false;
	}
	if (len > CAPFILE_FRAME_MAX) {
		fault(f, "a frame of %" PRIu32 " bytes, which is more than we take", len);
		return false;
	}
	if (!time_of(f, (uint64_t)u32(f, p + 4) << 32 | u32(f, p + 8), i->units, i->offset_s, &f->last_ns))
		return false;
	*out = (struct capfile_frame){ .data = p + 20, .len = len, .orig_len = u32(f, p + 16) };
	if (room - len >= 4 && len + 3 <= room)
		options_each(f, p + 20 + ((len + 3) & ~3u), room - ((len + 3) & ~3u), packet_option, out);
	return !f->broken && ng_frame(f, i, out);
}

/* Without a time and a length of its own. */
static bool
ng_simple(struct capfile *f, const uint8_t *p, size_t n, struct capfile_frame *out)
{
	const struct iface *i = ng_iface(f, 0);
	uint32_t orig, len;

	if (i == NULL)
		return false;
	if (n < 4) {
		fault(f, "a simple packet block of %zu bytes, which needs 4", n);
		return false;
	}
	orig = len = u32(f, p);
	if (i->snaplen != 0 && len > i->snaplen)
		len = i->snaplen;
	if (len > n - 4) {
		fault(f, "a frame of %" PRIu32 " bytes, with %zu left in its block", len, n - 4);
		return false;
	}
	*out = (struct capfile_frame){ .data = p + 4, .len = len, .orig_len = orig };
	return ng_frame(f, i, out);
}

/* Byte order and version; head has the block's type and length already. */
static bool
ng_section(struct capfile *f, const uint8_t head[NG_HEAD])
{
	uint8_t b[20], end[4];
	uint32_t len;

	if (!take_all(f, b, 4, "a section's byte order"))
		return false;
	f->big = false;
	if (u32(f, b) != NG_ORDER) {
		f->big = true;
		if (u32(f, b) != NG_ORDER) {
			fault(f, "a section whose byte order is neither");
			return false;
		}
	}
	len = u32(f, head + 4);
	if (len < 28 || len % 4 != 0) {
		fault(f, "a section header of %" PRIu32 " bytes", len);
		return false;
	}
	if (!take_all(f, b + 4, 12, "a section header") || !skip(f, len - 28, "a section header") || !take_all(f, end, 4, "a section's end"))
		return false;
	if (u16(f, b + 4) != 1) {
		fault(f, "pcapng version %u.%u, which we don't know", u16(f, b + 4), u16(f, b + 6));
		return false;
	}
	if (u32(f, end) != len)
		fault(f, "a block of %" PRIu32 " bytes ends as one of %" PRIu32, len, u32(f, end));
	ifs_clear(f);
	return !f->broken;
}

/* True if *out has a frame. */
static bool
ng_body(struct capfile *f, uint32_t type, size_t n, struct capfile_frame *out)
{
	uint8_t end[4];

	if (!take_all(f, f->buf, n, "a block") || !take_all(f, end, 4, "a block's end"))
		return false;
	if (u32(f, end) != n + NG_LEAST) {
		fault(f, "a block of %zu bytes ends as one of %" PRIu32, n + NG_LEAST, u32(f, end));
		return false;
	}
	if (type == NG_INTERFACE)
		ng_interface(f, f->buf, n);
	else if (type == NG_SIMPLE)
		return ng_simple(f, f->buf, n, out);
	else
		return ng_packet(f, f->buf, n, type == NG_PACKET_OLD, out);
	return false;
}

/* One block; true if it was a frame. */
static bool
ng_block(struct capfile *f, struct capfile_frame *out)
{
	uint8_t head[NG_HEAD];
	size_t got;
	uint32_t type, len;

	f->block = f->at;
	if ((got = take(f, head, sizeof(head))) == 0) {
		f->ended = true;
		return false;
	}
	if (got < sizeof(head)) {
		fault(f, "the capture is cut: %zu bytes of a block", got);
		return false;
	}
	if ((type = u32(f, head)) == NG_SECTION) {
		ng_section(f, head);
		return false;
	}
	len = u32(f, head + 4);
	if (len < NG_LEAST || len % 4 != 0) {
		fault(f, "a block of %" PRIu32 " bytes", len);
		return false;
	}
	if (type != NG_INTERFACE && type != NG_PACKET && type != NG_SIMPLE && type != NG_PACKET_OLD) {
		skip(f, len - NG_HEAD, "a block");
		return false;
	}
	if (len > CAPFILE_FRAME_MAX + NG_OPTIONS_MAX) {
		fault(f, "a block of %" PRIu32 " bytes, which is more than we take", len);
		return false;
	}
	return ng_body(f, type, len - NG_LEAST, out);
}

static enum capfile_next
ng_next(struct capfile *f, struct capfile_frame *out)
{
	while (!f->broken && !f->ended)
		if (ng_block(f, out))
			return CAPFILE_FRAME;
	return f->broken ? CAPFILE_BROKEN : CAPFILE_END;
}

/* --- pcap --- */

static bool
pcap_head(struct capfile *f, const uint8_t magic[4])
{
	uint8_t b[PCAP_HEAD];
	uint32_t m;

	f->big = magic[0] == 0xa1;
	m = u32(f, magic);
	f->nano = m == PCAP_NS;
	if (!take_all(f, b + 4, PCAP_HEAD - 4, "a capture's header"))
		return false;
	if (u16(f, b + 4) != 2) {
		fault(f, "pcap version %u.%u, which we don't know", u16(f, b + 4), u16(f, b + 6));
		return false;
	}
	f->ifs = xcalloc(1, sizeof(*f->ifs));
	f->nifs = 1;
	f->ifs->units = f->nano ? NS_A_SECOND : 1000000;
	f->ifs->linktype = u32(f, b + 20) & 0xffff;	/* above: length of a checksum behind each frame */
	return true;
}

static enum capfile_next
pcap_next(struct capfile *f, struct capfile_frame *out)
{
	uint8_t head[PCAP_RECORD];
	uint64_t units = f->ifs->units;
	size_t got;
	uint32_t len;

	f->block = f->at;
	if ((got = take(f, head, sizeof(head))) == 0 && !f->broken) {
		f->ended = true;
		return CAPFILE_END;
	}
	if (got < sizeof(head)) {
		fault(f, "the capture is cut: %zu bytes of a record's header", got);
		return CAPFILE_BROKEN;
	}
	len = u32(f, head + 8);
	if (len > CAPFILE_FRAME_MAX)
		fault(f, "a frame of %" PRIu32 " bytes, which is more than we take", len);
	else if (u32(f, head + 4) >= units)
		fault(f, "a time whose part of a second is %" PRIu32, u32(f, head + 4));
	if (f->broken || !take_all(f, f->buf, len, "a frame"))
		return CAPFILE_BROKEN;
	if (!time_of(f, u32(f, head) * units + u32(f, head + 4), units, 0, &f->last_ns))
		return CAPFILE_BROKEN;
	*out = (struct capfile_frame){ .number = ++f->number, .offset = f->block, .time_ns = f->last_ns, .data = f->buf, .len = len,
	    .orig_len = u32(f, head + 12), .linktype = f->ifs->linktype };
	return CAPFILE_FRAME;
}

/* --- Both --- */

enum capfile_next
capfile_next(struct capfile *f, struct capfile_frame *out)
{
	if (f->broken)
		return CAPFILE_BROKEN;
	if (f->ended)
		return CAPFILE_END;
	return f->ng ? ng_next(f, out) : pcap_next(f, out);
}

/* What sort of file it is, and its header. */
static bool
begin(struct capfile *f)
{
	uint8_t head[NG_HEAD] = { 0 };
	uint32_t be;

	if (take(f, head, 4) < 4) {
		fault(f, "too short for a capture");
		return false;
	}
	be = (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | head[3];
	if (be == NG_SECTION) {
		f->ng = true;
		return take_all(f, head + 4, 4, "a section header") && ng_section(f, head);
	}
	if (be == PCAP_US || be == PCAP_NS || be == __builtin_bswap32(PCAP_US) || be == __builtin_bswap32(PCAP_NS))
		return pcap_head(f, head);
	fault(f, "neither pcap nor pcapng");
	return false;
}

static struct capfile *
opened(struct capfile *f, const char *name, char **why)
{
	f->name = xstrdup(name);
	f->buf = xmalloc(CAPFILE_FRAME_MAX + NG_OPTIONS_MAX);
	if (begin(f))
		return f;
	*why = f->why;
	f->why = NULL;
	capfile_close(f);
	return NULL;
}

struct capfile *
capfile_open(const char *path, char **why)
{
	FILE *file = fopen(path, "rbe");
	struct capfile *f;

	if (file == NULL) {
		*why = xasprintf("%s: %s", path, strerror(errno));
		return NULL;
	}
	f = xcalloc(1, sizeof(*f));
	f->file = file;
	return opened(f, path, why);
}

struct capfile *
capfile_open_bytes(const void *p, size_t n, const char *name, char **why)
{
	struct capfile *f = xcalloc(1, sizeof(*f));

	f->bytes = p;
	f->nbytes = n;
	return opened(f, name, why);
}

void
capfile_close(struct capfile *f)
{
	if (f == NULL)
		return;
	if (f->file != NULL)
		fclose(f->file);
	ifs_clear(f);
	for (size_t i = 0; i < f->nnames; i++)
		free(f->names[i]);
	free(f->names);
	free(f->buf);
	free(f->name);
	free(f->why);
	free(f);
}

const char *
capfile_why(const struct capfile *f)
{
	return f->why;
}

bool
capfile_is_pcapng(const struct capfile *f)
{
	return f->ng;
}
