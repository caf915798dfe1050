/*
 * The attribute payload of transaction exchanges: good vectors written out by hand from the drafts; the same cut at every byte, with
 * each length off by one, and with values that can't be.
 */

#include <stdlib.h>
#include <string.h>

#include "ike/wire/cfg.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "testsuite/unit/ike_test.h"

/* A client's REQUEST as vpnc makes it: empty attributes, a version and a host name. */
static const char request[] =
	"01 00 0014"
	"0001 0000 0002 0000 0003 0000 0004 0000 7002 0000 7007 0000 7000 0000 7001 0000 7004 0000"
	"7008 0003 000100"
	"700a 0002 7231"
	"0007 0004 76706e63";

/* A server's REPLY: every kind that we write, in our order. */
static const char reply[] =
	"02 00 0014"
	"0001 0004 0a010105"
	"0002 0004 ffffff00"
	"0003 0004 0a010101 0003 0004 0a010102"
	"0004 0004 0a010103"
	"0005 0004 00015180"
	"7004 001c c0a80200 ffffff00 0000 0000 0000 c0a80300 ffffff80 0006 0000 0050"
	"7003 0007 612e622c632e64"
	"7002 0003 612e62"
	"f001 0001"
	"f006 0001"
	"f007 0002"
	"7009 0007 312e322e332e34"
	"7000 0002 4869"
	"0007 0002 7631";

/* XAUTH: REQUEST, REPLY, SET. */
static const char xauth_request[] = "01 00 0001 c088 0000 4089 0000 408a 0000";
static const char xauth_reply[] = "02 00 0001 c088 0000 4089 0005 616c696365 408a 0003 70c3a4";
static const char xauth_set[] = "03 00 0002 c08f 0001";

static size_t
bytes(const char *hex, uint8_t *out, size_t max)
{
	long n = hex_parse(hex, out, max);

	ck_assert_int_gt(n, 0);
	return (size_t)n;
}

static void
parse(const char *hex, uint8_t p[512], struct cfg_payload *c)
{
	size_t n = bytes(hex, p, 512);

	ck_assert_int_eq(cfg_parse(p, n, c), IKEC_OK);
}

START_TEST(asked)
{
	struct cfg_payload c;
	struct ike_modecfg m;
	uint8_t p[512];
	size_t n = bytes(request, p, sizeof(p));

	ck_assert_int_eq(cfg_parse(p, n, &c), IKEC_OK);
	ck_assert_uint_eq(c.type, CFG_REQUEST);
	ck_assert_uint_eq(c.id, 20);
	ck_assert_uint_eq(c.n, 12);
	ck_assert_int_eq(modecfg_parse(&c, false, &m), IKEC_OK);
	ck_assert_uint_eq(m.has, IKE_CFG_ADDRESS | IKE_CFG_NETMASK | IKE_CFG_DNS | IKE_CFG_WINS | IKE_CFG_DOMAIN | IKE_CFG_PFS |
	    IKE_CFG_BANNER | IKE_CFG_SAVE_PASSWORD | IKE_CFG_SPLIT_INCLUDE | IKE_CFG_FIREWALL | IKE_CFG_DDNS_HOST | IKE_CFG_VERSION);
	ck_assert_str_eq(m.ddns_host, "r1");
	ck_assert_str_eq(m.version, "vpnc");
}
END_TEST

START_TEST(given)
{
	struct cfg_payload c;
	struct ike_modecfg m, again;
	uint8_t p[512];
	size_t n = bytes(reply, p, sizeof(p));
	struct out o;
	static const uint8_t cookie[8] = { 1 };

	ck_assert_int_eq(cfg_parse(p, n, &c), IKEC_OK);
	ck_assert_int_eq(modecfg_parse(&c, true, &m), IKEC_OK);
	ck_assert_uint_eq(m.address.v4, 0x0a010105);
	ck_assert_uint_eq(m.mask_len, 24);
	ck_assert_uint_eq(m.ndns, 2);
	ck_assert_uint_eq(m.nwins, 1);
	ck_assert_uint_eq(m.expiry_s, 86400);
	ck_assert_uint_eq(m.ninclude, 2);
	ck_assert_uint_eq(m.include[1].net.v4, 0xc0a80300);
	ck_assert_uint_eq(m.include[1].prefix_len, 25);
	ck_assert_uint_eq(m.include[1].protocol, 6);
	ck_assert_uint_eq(m.include[1].dst_port, 80);
	ck_assert_uint_eq(m.nsplit_dns, 2);
	ck_assert_str_eq(m.split_dns[0], "a.b");
	ck_assert_str_eq(m.split_dns[1], "c.d");
	ck_assert_str_eq(m.domain, "a.b");
	ck_assert(m.save_password);
	ck_assert((m.has & IKE_CFG_LOCAL_LAN) != 0);
	ck_assert_uint_eq(m.pfs_group, 2);
	ck_assert_str_eq(m.backup[0], "1.2.3.4");
	ck_assert_str_eq(m.banner, "Hi");
	ck_assert_str_eq(m.version, "v1");
	/* What we write is, byte for byte, what stands above. */
	out_begin(&o, cookie, cookie, EXCH_TRANSACTION, 0, 1);
	out_cfg_open(&o, CFG_REPLY, 20);
	out_cfg_values(&o, &m);
	out_cfg_close(&o);
	ck_assert_uint_eq(out_finish(&o, 1), IKE_HDR_LEN + 4 + n);
	ck_assert_mem_eq(o.buf + IKE_HDR_LEN + 4, p, n);
	/* And of a SET the ACK: the same without values. */
	out_begin(&o, cookie, cookie, EXCH_TRANSACTION, 0, 1);
	out_cfg_open(&o, CFG_ACK, 20);
	out_cfg_empty(&o, &c);
	out_cfg_close(&o);
	n = out_finish(&o, 1);
	ck_assert_int_eq(cfg_parse(o.buf + IKE_HDR_LEN + 4, n - IKE_HDR_LEN - 4, &c), IKEC_OK);
	ck_assert_int_eq(modecfg_parse(&c, false, &again), IKEC_OK);
	ck_assert_uint_eq(again.has, m.has);
}
END_TEST

START_TEST(xauth)
{
	struct cfg_payload c;
	struct xauth_attrs a;
	uint8_t p[512];

	parse(xauth_request, p, &c);
	ck_assert_int_eq(xauth_parse(&c, &a), IKEC_OK);
	ck_assert(a.any && a.has_user && a.has_password && !a.has_status && !a.other && a.kind == 0);
	ck_assert(cfg_has(&c, CFG_A_XAUTH_TYPE));
	parse(xauth_reply, p, &c);
	ck_assert_int_eq(xauth_parse(&c, &a), IKEC_OK);
	ck_assert_str_eq(a.c.user, "alice");
	ck_assert_str_eq(a.c.password, "p\xc3\xa4");
	parse(xauth_set, p, &c);
	ck_assert_int_eq(xauth_parse(&c, &a), IKEC_OK);
	ck_assert(a.has_status && a.status == 1 && !a.has_user);
	parse(reply, p, &c);
	ck_assert_int_eq(xauth_parse(&c, &a), IKEC_OK);
	ck_assert(!a.any);
}
END_TEST

static const char *const vectors[] = { request, reply, xauth_request, xauth_reply, xauth_set };

/* At every byte: an error, or whole attributes that are fewer. */
START_TEST(cut)
{
	struct cfg_payload c, part;
	struct ike_modecfg m;
	struct xauth_attrs a;
	uint8_t p[512], *copy;
	size_t k, j, at, n = bytes(vectors[_i], p, sizeof(p));

	ck_assert_int_eq(cfg_parse(p, n, &c), IKEC_OK);
	for (k = 0; k < n; k++) {
		copy = xmemdup(p, k > 0 ? k : 1);
		for (at = 4, j = 0; at < k && j < c.n; j++)
			at += 4 + c.a[j].n;
		if (at == k) {
			ck_assert_int_eq(cfg_parse(copy, k, &part), IKEC_OK);
			ck_assert_uint_eq(part.n, j);
			modecfg_parse(&part, c.type != CFG_REQUEST, &m);
			xauth_parse(&part, &a);
		} else
			ck_assert_int_ne(cfg_parse(copy, k, &part), IKEC_OK);
		free(copy);
	}
}
END_TEST

/* A length one more or less is wrong, or is another payload, which reaches no further. */
START_TEST(lengths_off_by_one)
{
	struct cfg_payload c, bad;
	struct ike_modecfg m;
	struct xauth_attrs a;
	uint8_t p[512], *copy;
	size_t j, at, n = bytes(vectors[_i], p, sizeof(p)), wrong = 0;
	int d;

	ck_assert_int_eq(cfg_parse(p, n, &c), IKEC_OK);
	for (at = 4, j = 0; j < c.n; at += 4 + c.a[j].n, j++) {
		for (d = -1; d <= 1 && !c.a[j].basic; d += 2) {
			copy = xmemdup(p, n);
			copy[at + 3] = (uint8_t)(copy[at + 3] + d);
			wrong += cfg_parse(copy, n, &bad) != IKEC_OK || modecfg_parse(&bad, c.type != CFG_REQUEST, &m) != IKEC_OK ||
			    xauth_parse(&bad, &a) != IKEC_OK || bad.n != c.n;
			free(copy);
		}
	}
	ck_assert(wrong > 0 || _i == 4);
}
END_TEST

static const struct { const char *hex; bool frame, values; } wrongs[] = {
	{ "00 00 0001", true, false },					/* types 0 and 5 */
	{ "05 00 0001", true, false },
	{ "01 01 0001", true, false },					/* reserved */
	{ "01 00 00", true, false },
	{ "02 00 0001 0001 0003 0a0101", false, true },			/* an address of 3 and of 5 bytes */
	{ "02 00 0001 0001 0005 0a01010100", false, true },
	{ "02 00 0001 8001 0a01", false, true },
	{ "02 00 0001 0001 0004 00000000", false, true },
	{ "02 00 0001 0001 0004 0a010101 0001 0004 0a010102", false, true },	/* two addresses */
	{ "02 00 0001 0002 0004 ff00ff00", false, true },		/* a mask with holes */
	{ "02 00 0001 7004 000d c0a80200ffffff00 0000 0000 00", false, true },	/* networks of 13 and 15 bytes, and with holes */
	{ "02 00 0001 7004 000f c0a80200ffffff00 0000 0000 0000 00", false, true },
	{ "02 00 0001 7004 000e c0a80200ff00ff00 0000 0000 0000", false, true },
	{ "02 00 0001 7004 000e c0a80200ffffff00 0100 0000 0000", false, true },	/* protocol 256 */
	{ "02 00 0001 7002 0003 610a62", false, true },			/* a domain with a newline, a banner with an escape */
	{ "02 00 0001 7000 0003 611b62", false, true },
	{ "02 00 0001 7001 0001 01", false, true },			/* long where it should be basic */
	{ "02 00 0001 7007 0002 0002", false, true },
};

START_TEST(wrong)
{
	struct cfg_payload c;
	struct ike_modecfg m;
	uint8_t p[128];
	size_t n = bytes(wrongs[_i].hex, p, sizeof(p));
	enum ike_counter e = cfg_parse(p, n, &c);

	ck_assert((e != IKEC_OK) == wrongs[_i].frame);
	if (!wrongs[_i].frame)
		ck_assert_int_eq(modecfg_parse(&c, wrongs[_i].values, &m), IKEC_ATTRIBUTE);
}
END_TEST

static const char *const bad_xauth[] = {
	"02 00 0001 4089 0001 61 4089 0001 62",		/* two names */
	"02 00 0001 c089 6161",				/* a basic name */
	"02 00 0001 4089 0002 610a",			/* a newline in it */
	"02 00 0001 408a 0003 610062",			/* a zero in a password */
	"03 00 0001 408f 0002 0001",			/* a long status */
	"01 00 0001 4088 0002 0000",
};

START_TEST(wrong_xauth)
{
	struct cfg_payload c;
	struct xauth_attrs a;
	uint8_t p[128];
	size_t n = bytes(bad_xauth[_i], p, sizeof(p));

	ck_assert_int_eq(cfg_parse(p, n, &c), IKEC_OK);
	ck_assert_int_eq(xauth_parse(&c, &a), IKEC_ATTRIBUTE);
}
END_TEST

/* More than there is room for: attributes are refused, names, networks and servers are cut off. */
START_TEST(too_many)
{
	struct cfg_payload c;
	struct ike_modecfg m;
	uint8_t p[4 + 14 * 100 + 4] = { CFG_REPLY };
	size_t k;

	for (k = 0; k < CFG_ATTRS + 1; k++)
		p[4 + 4 * k + 1] = 3;
	ck_assert_int_eq(cfg_parse(p, 4 + 4 * CFG_ATTRS, &c), IKEC_OK);
	ck_assert_int_eq(cfg_parse(p, 4 + 4 * (CFG_ATTRS + 1), &c), IKEC_TOO_MANY);
	memset(p + 4, 0, sizeof(p) - 4);
	p[4] = 0x70;
	p[5] = 0x04;
	p[6] = (uint8_t)(14 * 100 >> 8);
	p[7] = (uint8_t)(14 * 100 & 0xff);
	ck_assert_int_eq(cfg_parse(p, 8 + 14 * 100, &c), IKEC_OK);
	ck_assert_int_eq(modecfg_parse(&c, true, &m), IKEC_OK);
	ck_assert_uint_eq(m.ninclude, IKE_CFG_NETS_MAX);
	p[5] = 0x03;
	for (k = 0; k < 14 * 100; k++)
		p[8 + k] = k % 2 == 0 ? 'a' : ',';
	ck_assert_int_eq(modecfg_parse(&c, true, &m), IKEC_ATTRIBUTE);	/* as networks */
	ck_assert_int_eq(cfg_parse(p, 8 + 14 * 100, &c), IKEC_OK);
	ck_assert_int_eq(modecfg_parse(&c, true, &m), IKEC_OK);
	ck_assert_uint_eq(m.nsplit_dns, IKE_CFG_DOMAINS_MAX);
	p[5] = 0x02;
	memset(p + 8, 'a', 14 * 100);
	ck_assert_int_eq(cfg_parse(p, 8 + 14 * 100, &c), IKEC_OK);
	ck_assert_int_eq(modecfg_parse(&c, true, &m), IKEC_ATTRIBUTE);	/* a name too long */
}
END_TEST

void
ike_cfg_wire_tests(TCase *tc)
{
	int nvectors = (int)(sizeof(vectors) / sizeof(vectors[0]));

	tcase_add_test(tc, asked);
	tcase_add_test(tc, given);
	tcase_add_test(tc, xauth);
	tcase_add_loop_test(tc, cut, 0, nvectors);
	tcase_add_loop_test(tc, lengths_off_by_one, 0, nvectors);
	tcase_add_loop_test(tc, wrong, 0, sizeof(wrongs) / sizeof(wrongs[0]));
	tcase_add_loop_test(tc, wrong_xauth, 0, sizeof(bad_xauth) / sizeof(bad_xauth[0]));
	tcase_add_test(tc, too_many);
}
