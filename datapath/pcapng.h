#ifndef INSPIRE_DATAPATH_PCAPNG_H
#define INSPIRE_DATAPATH_PCAPNG_H

/* Blocks of pcapng (draft-ietf-opsawg-pcapng), little endian, times in nanoseconds, added to a text of bytes. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text;

#define PCAPNG_ETHER	1	/* link types */
#define PCAPNG_RAW	101	/* IPv4 or IPv6 */

struct pcapng_packet {
	unsigned	 iface;		/* in the order of their blocks */
	int64_t		 time_ns;
	const uint8_t	*data;
	size_t		 len;
	size_t		 orig_len;	/* on the wire */
	bool		 outbound;
};

void	 pcapng_section(struct text *t);
void	 pcapng_interface(struct text *t, const char *name, unsigned linktype, uint32_t snaplen);	/* 0: frames are not cut */
void	 pcapng_packet(struct text *t, const struct pcapng_packet *p);
size_t	 pcapng_packet_len(size_t len);		/* of its block */

#endif
