#ifndef INSPIRE_DATAPATH_CAPFILE_H
#define INSPIRE_DATAPATH_CAPFILE_H

/*
 * Reader of captures: pcap (microseconds and nanoseconds) and pcapng, either byte order.  A file is somebody else's
 * bytes: lengths are bounded before anything is allocated, and the frames before a fault are all given.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capfile;

#define CAPFILE_ETHER		1	/* link types, as captures number them */
#define CAPFILE_RAW		101	/* IPv4 or IPv6 */
#define CAPFILE_SLL		113	/* Linux "any": 16 bytes, the EtherType in the last two */
#define CAPFILE_IPV4		228
#define CAPFILE_IPV6		229
#define CAPFILE_SLL2		276
#define CAPFILE_FRAME_MAX	262144u	/* bytes of a frame */
#define CAPFILE_IFS_MAX		4096u	/* interfaces of a section */

enum capfile_dir { CAPFILE_DIR_UNKNOWN, CAPFILE_DIR_IN, CAPFILE_DIR_OUT };

struct capfile_frame {
	uint64_t	 number;	/* from 1 */
	uint64_t	 offset;	/* of its block or record in the file */
	int64_t		 time_ns;	/* UTC; the time before, where the format has none */
	const uint8_t	*data;		/* lent until the next call */
	size_t		 len;
	uint32_t	 orig_len;	/* on the wire; more than len where the capture cut it */
	unsigned	 iface;		/* of the section; 0 in pcap */
	const char	*ifname;	/* NULL = not said; lent while the capture is open */
	unsigned	 linktype;
	enum capfile_dir dir;
};

enum capfile_next { CAPFILE_FRAME, CAPFILE_END, CAPFILE_BROKEN };

/* NULL with *why (caller frees) if it can't be opened, or is no capture. */
struct capfile	*capfile_open(const char *path, char **why);
/* The same of n bytes, lent while it is open; name is what complaints call it. */
struct capfile	*capfile_open_bytes(const void *p, size_t n, const char *name, char **why);
void		 capfile_close(struct capfile *f);
/* BROKEN: capfile_why() says what is wrong, with the file and the offset.  Stays so. */
enum capfile_next capfile_next(struct capfile *f, struct capfile_frame *out);
const char	*capfile_why(const struct capfile *f);	/* "x.pcap: at byte 1234: ..."; NULL while nothing is wrong */
bool		 capfile_is_pcapng(const struct capfile *f);
const char	*capfile_linktype_name(unsigned linktype);	/* "Ethernet"; NULL = one that we have no name for */

#endif
