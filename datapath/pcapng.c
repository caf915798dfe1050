/*
 * pcapng: a section header, a block for each interface with its name and resolution of time, and an enhanced packet
 * block a frame.  Always little endian, so that one run's file is the same everywhere.
 */

#include "datapath/pcapng.h"

#include <string.h>

#include "lib/text.h"

#define BLOCK_SECTION	0x0a0d0d0a
#define BLOCK_INTERFACE	1
#define BLOCK_PACKET	6
#define BYTE_ORDER_MARK	0x1a2b3c4d
#define OPT_END		0
#define OPT_USERAPPL	4		/* of the section */
#define OPT_IF_NAME	2
#define OPT_IF_TSRESOL	9
#define OPT_EPB_FLAGS	2
#define FLAG_IN		1
#define FLAG_OUT	2
#define IF_NAME_MAX	255

static void
put(struct text *t, const void *p, size_t n)
{
	text_addn(t, p, n);
}

static void
put_u16(struct text *t, unsigned v)
{
	const uint8_t b[2] = { (uint8_t)v, (uint8_t)(v >> 8) };

	put(t, b, sizeof b);
}

static void
put_u32(struct text *t, uint32_t v)
{
	const uint8_t b[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24) };

	put(t, b, sizeof b);
}

static size_t
padded(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

static void
put_padded(struct text *t, const void *p, size_t n)
{
	static const uint8_t zero[3];

	if (n > 0)
		put(t, p, n);
	put(t, zero, padded(n) - n);
}

static void
put_option(struct text *t, unsigned code, const void *p, size_t n)
{
	put_u16(t, code);
	put_u16(t, (unsigned)n);
	put_padded(t, p, n);
}

static size_t
option_len(size_t n)
{
	return 4 + padded(n);
}

void
pcapng_section(struct text *t)
{
	static const char maker[] = "inspire";
	uint32_t len = (uint32_t)(28 + option_len(sizeof maker - 1) + option_len(0));

	put_u32(t, BLOCK_SECTION);
	put_u32(t, len);
	put_u32(t, BYTE_ORDER_MARK);
	put_u16(t, 1);
	put_u16(t, 0);
	put_u32(t, UINT32_MAX);		/* the section's length is not said */
	put_u32(t, UINT32_MAX);
	put_option(t, OPT_USERAPPL, maker, sizeof maker - 1);
	put_option(t, OPT_END, NULL, 0);
	put_u32(t, len);
}

void
pcapng_interface(struct text *t, const char *name, unsigned linktype, uint32_t snaplen)
{
	static const uint8_t nanoseconds = 9;
	size_t n = strnlen(name, IF_NAME_MAX);
	uint32_t len = (uint32_t)(20 + option_len(n) + option_len(1) + option_len(0));

	put_u32(t, BLOCK_INTERFACE);
	put_u32(t, len);
	put_u16(t, linktype);
	put_u16(t, 0);
	put_u32(t, snaplen);
	put_option(t, OPT_IF_NAME, name, n);
	put_option(t, OPT_IF_TSRESOL, &nanoseconds, 1);
	put_option(t, OPT_END, NULL, 0);
	put_u32(t, len);
}

size_t
pcapng_packet_len(size_t len)
{
	return 32 + padded(len) + option_len(4) + option_len(0);
}

void
pcapng_packet(struct text *t, const struct pcapng_packet *p)
{
	const uint8_t flags[4] = { p->outbound ? FLAG_OUT : FLAG_IN };
	uint32_t len = (uint32_t)pcapng_packet_len(p->len);

	put_u32(t, BLOCK_PACKET);
	put_u32(t, len);
	put_u32(t, p->iface);
	put_u32(t, (uint32_t)((uint64_t)p->time_ns >> 32));
	put_u32(t, (uint32_t)p->time_ns);
	put_u32(t, (uint32_t)p->len);
	put_u32(t, (uint32_t)p->orig_len);
	put_padded(t, p->data, p->len);
	put_option(t, OPT_EPB_FLAGS, flags, sizeof flags);
	put_option(t, OPT_END, NULL, 0);
	put_u32(t, len);
}
