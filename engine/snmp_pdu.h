#ifndef INSPIRE_ENGINE_SNMP_PDU_H
#define INSPIRE_ENGINE_SNMP_PDU_H

/*
 * SNMP traps on the wire: Trap-PDUs of version 1 (RFC 1157, 4.1.6) and SNMPv2-Trap-PDUs in messages of version 2c
 * (RFC 1901; RFC 3416, 4.2.6), in BER.  Pure: bytes to a struct and back.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SNMP_OID_MAX	64u		/* arcs */
#define SNMP_VARBINDS	24u
#define SNMP_MAX	1472u		/* bytes of a message that is sent */

struct snmp_oid { uint32_t v[SNMP_OID_MAX]; unsigned n; };

enum snmp_type {		/* BER tags */
	SNMP_INTEGER = 0x02, SNMP_OCTETS = 0x04, SNMP_NULL = 0x05, SNMP_OID = 0x06, SNMP_IPADDRESS = 0x40, SNMP_COUNTER32 = 0x41,
	SNMP_GAUGE32 = 0x42, SNMP_TIMETICKS = 0x43, SNMP_OPAQUE = 0x44, SNMP_COUNTER64 = 0x46
};

struct snmp_varbind {
	struct snmp_oid	 oid;
	enum snmp_type	 type;
	uint64_t	 number;		/* two's complement for INTEGER; IpAddress in host order */
	const uint8_t	*data;			/* OCTETS, OPAQUE: lent from the message */
	size_t		 len;
	struct snmp_oid	 value;			/* OID */
};

struct snmp_trap {
	unsigned	 version;		/* 0 = version 1, 1 = version 2c */
	const uint8_t	*community;		/* lent */
	size_t		 community_len;
	uint32_t	 request_id;		/* 2c */
	struct snmp_oid	 enterprise;		/* version 1, with the next four */
	uint32_t	 agent, generic, specific, uptime;
	struct snmp_varbind v[SNMP_VARBINDS];
	size_t		 n;
};

enum snmp_error { SNMP_OK, SNMP_BAD_BER, SNMP_BAD_VERSION, SNMP_NO_TRAP, SNMP_TOO_MUCH };

enum snmp_error	 snmp_decode(const uint8_t *p, size_t n, struct snmp_trap *out);
size_t		 snmp_encode(const struct snmp_trap *t, uint8_t *out, size_t max);	/* 0: it does not fit */
bool		 snmp_oid_parse(const char *s, struct snmp_oid *out);	/* "1.3.6.1", also with a dot in front */
#define SNMP_OID_TEXT	(SNMP_OID_MAX * 11u)
const char	*snmp_oid_fmt(const struct snmp_oid *o, char out[SNMP_OID_TEXT]);

#endif
