/* Names of payloads and notifies, and the bytes of vendor ids. */

#include <string.h>

#include "ike/wire/wire.h"
#include "lib/names.h"

static const struct name payloads[] = {
#define IKE_PAYLOAD(id, number, text)	{ number, text },
#include "ike/wire/payload.def"
#undef IKE_PAYLOAD
	{ 0, NULL }
};

static const struct name notifies[] = {
#define IKE_NOTIFY(id, number, text)	{ number, text },
#include "ike/wire/notify.def"
#undef IKE_NOTIFY
	{ 0, NULL }
};

const char *
payload_name(unsigned type)
{
	return name_of(payloads, (int32_t)type, "unknown");
}

const char *
notify_name(unsigned type)
{
	return name_of(notifies, (int32_t)type, "Unknown");
}

/* MD5 of a phrase, where no other source is given. */
static const struct {
	enum vid	 vid;
	size_t		 n;
	uint8_t		 p[20];
} vids[] = {
	/* "RFC 3947" */
	{ VID_NATT_RFC3947, 16, { 0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03, 0x58, 0x45, 0x5c, 0x57, 0x28, 0xf2, 0x0e, 0x95, 0x45, 0x2f } },
	/* "draft-ietf-ipsec-nat-t-ike-07" */
	{ VID_NATT_07, 16, { 0x43, 0x9b, 0x59, 0xf8, 0xba, 0x67, 0x6c, 0x4c, 0x77, 0x37, 0xae, 0x22, 0xea, 0xb8, 0xf5, 0x82 } },
	/* "draft-ietf-ipsec-nat-t-ike-03" */
	{ VID_NATT_03, 16, { 0x7d, 0x94, 0x19, 0xa6, 0x53, 0x10, 0xca, 0x6f, 0x2c, 0x17, 0x9d, 0x92, 0x15, 0x52, 0x9d, 0x56 } },
	/* "draft-ietf-ipsec-nat-t-ike-02\n" */
	{ VID_NATT_02, 16, { 0x90, 0xcb, 0x80, 0x91, 0x3e, 0xbb, 0x69, 0x6e, 0x08, 0x63, 0x81, 0xb5, 0xec, 0x42, 0x7b, 0x1f } },
	/* "draft-ietf-ipsec-nat-t-ike-02" */
	{ VID_NATT_02_PLAIN, 16, { 0xcd, 0x60, 0x46, 0x43, 0x35, 0xdf, 0x21, 0xf8, 0x7c, 0xfd, 0xb2, 0xfc, 0x68, 0xb6, 0xa4, 0x48 } },
	/* RFC 3706 5.1, version 1.0 */
	{ VID_DPD, 16, { 0xaf, 0xca, 0xd7, 0x13, 0x68, 0xa1, 0xf1, 0xc9, 0x6b, 0x86, 0x96, 0xfc, 0x77, 0x57, 0x01, 0x00 } },
	/* Unity, version 1.0 */
	{ VID_UNITY, 16, { 0x12, 0xf5, 0xf2, 0x8c, 0x45, 0x71, 0x68, 0xa9, 0x70, 0x2d, 0x9f, 0xe2, 0x74, 0xcc, 0x01, 0x00 } },
	/* draft-ietf-ipsec-isakmp-xauth-06 */
	{ VID_XAUTH, 8, { 0x09, 0x00, 0x26, 0x89, 0xdf, 0xd6, 0xb7, 0x12 } },
	/* "FRAGMENTATION", and what may come so: the four bytes after it, of which the first bit stands for messages of main mode and all
	 * that follow it */
	{ VID_FRAGMENTATION, 20, { 0x40, 0x48, 0xb7, 0xd5, 0x6e, 0xbc, 0xe8, 0x85, 0x25, 0xe7, 0xde, 0x7f, 0x00, 0xd6, 0xc2, 0xd3, 0x80 } },
	/* Ours: "inspire IKEv1" */
	{ VID_SELF, 16, { 0xe4, 0x5f, 0x2b, 0x34, 0x65, 0x37, 0x0a, 0x0f, 0x1e, 0xf5, 0xc5, 0x5c, 0x74, 0xe7, 0xc8, 0x82 } },
};

/* With its flags, or the 16 bytes alone. */
static bool
is_fragmentation(const uint8_t *p, size_t n)
{
	size_t len;

	if (n < 16 || memcmp(p, vid_bytes(VID_FRAGMENTATION, &len), 16) != 0)
		return false;
	return n == 16 || (p[16] & 0x80) != 0;
}

enum vid
vid_of(const uint8_t *p, size_t n)
{
	size_t i;

	if (is_fragmentation(p, n))
		return VID_FRAGMENTATION;
	for (i = 0; i < sizeof(vids) / sizeof(vids[0]); i++)
		if (n >= vids[i].n && memcmp(p, vids[i].p, vids[i].n) == 0)
			return vids[i].vid;
	return VID_UNKNOWN;
}

const uint8_t *
vid_bytes(enum vid v, size_t *n)
{
	size_t i;

	for (i = 0; i < sizeof(vids) / sizeof(vids[0]); i++) {
		if (vids[i].vid == v) {
			*n = vids[i].n;
			return vids[i].p;
		}
	}
	*n = 0;
	return NULL;
}
