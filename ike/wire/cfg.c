/*
 * The attribute payload (draft-dukes-ike-mode-cfg-02 3.2): its frame, and what is in the attributes of mode configuration, Unity and
 * XAUTH.  A table has a reader and the bit of struct ike_modecfg for each.
 */

#include <string.h>

#include "ike/wire/cfg.h"
#include "lib/mem.h"

#define NET_LEN	14	/* of a network in a split list: address, mask, protocol, two ports */

const char *
cfg_attr_name(unsigned type)
{
	switch (type) {
#define CFG_ATTR(id, number, name, debug)	case number: return debug;
#include "ike/wire/cfg.def"
#undef CFG_ATTR
	default: return NULL;
	}
}

enum ike_counter
cfg_parse(const uint8_t *p, size_t n, struct cfg_payload *out)
{
	struct cfg_attr *a;
	uint16_t af, v;
	struct rd r;

	out->n = 0;
	rd_init(&r, p, n);
	out->type = rd_u8(&r);
	if (rd_u8(&r) != 0)
		return IKEC_RESERVED;
	out->id = rd_u16(&r);
	if (r.bad || out->type < CFG_REQUEST || out->type > CFG_ACK)
		return IKEC_ATTRIBUTE;
	while (rd_left(&r) > 0) {
		if (out->n == CFG_ATTRS)
			return IKEC_TOO_MANY;
		a = &out->a[out->n++];
		af = rd_u16(&r);
		v = rd_u16(&r);
		*a = (struct cfg_attr){ .type = af & 0x7fff, .basic = (af & 0x8000) != 0, .value = v };
		if (!a->basic) {
			a->n = v;
			a->p = rd_bytes(&r, v);
			a->value = 0;
		}
		if (r.bad)
			return IKEC_ATTRIBUTE;
	}
	return IKEC_OK;
}

bool
cfg_has(const struct cfg_payload *c, uint16_t type)
{
	size_t k;

	for (k = 0; k < c->n; k++)
		if (c->a[k].type == type)
			return true;
	return false;
}

/* A text of printable bytes; breaks: newlines as well. */
static bool
text_read(const struct cfg_attr *a, bool breaks, char *out, size_t max)
{
	size_t k, n = a->n;

	if (a->basic)
		return false;
	if (n > 0 && a->p[n - 1] == '\0')	/* some peers send the end of the string */
		n--;
	if (n >= max)
		return false;
	for (k = 0; k < n; k++) {
		if ((a->p[k] < ' ' || a->p[k] > '~') && !(breaks && (a->p[k] == '\n' || a->p[k] == '\r' || a->p[k] == '\t')))
			return false;
		out[k] = (char)a->p[k];
	}
	out[n] = '\0';
	return true;
}

/* Any bytes but zero: a password need not be ASCII. */
static bool
secret_read(const struct cfg_attr *a, char *out, size_t max)
{
	if (a->basic || a->n >= max || (a->n > 0 && memchr(a->p, '\0', a->n) != NULL))
		return false;
	if (a->n > 0)
		memcpy(out, a->p, a->n);
	out[a->n] = '\0';
	return true;
}

static bool
xauth_attr(const struct cfg_attr *a, struct xauth_attrs *out)
{
	switch (a->type) {
	case CFG_A_XAUTH_TYPE:
		out->kind = a->value;
		return a->basic;
	case CFG_A_XAUTH_USER:
		out->has_user = true;
		return text_read(a, false, out->c.user, sizeof(out->c.user));
	case CFG_A_XAUTH_PASSWORD:
		out->has_password = true;
		return secret_read(a, out->c.password, sizeof(out->c.password));
	case CFG_A_XAUTH_MESSAGE:
		return text_read(a, true, out->message, sizeof(out->message));
	case CFG_A_XAUTH_STATUS:
		out->has_status = true;
		out->status = a->value;
		return a->basic;
	default:
		out->other = true;
		return true;
	}
}

enum ike_counter
xauth_parse(const struct cfg_payload *c, struct xauth_attrs *out)
{
	uint32_t seen = 0, bit;
	size_t k;

	memset(out, 0, sizeof(*out));
	for (k = 0; k < c->n; k++) {
		if (c->a[k].type < CFG_A_XAUTH_TYPE || c->a[k].type > CFG_A_XAUTH_ANSWER)
			continue;
		out->any = true;
		bit = UINT32_C(1) << (c->a[k].type - CFG_A_XAUTH_TYPE);
		if ((seen & bit) != 0 || !xauth_attr(&c->a[k], out))
			return IKEC_ATTRIBUTE;
		seen |= bit;
	}
	return IKEC_OK;
}

static bool
read32(const struct cfg_attr *a, uint32_t *out)
{
	struct rd r;

	if (a->basic || a->n != 4)
		return false;
	rd_init(&r, a->p, a->n);
	*out = rd_u32(&r);
	return true;
}

static bool
addr_read(const struct cfg_attr *a, struct addr *out)
{
	uint32_t v;

	if (!read32(a, &v))
		return false;
	*out = addr_v4(v);
	return true;
}

static bool
read_address(const struct cfg_attr *a, struct ike_modecfg *m)
{
	return addr_read(a, &m->address) && m->address.v4 != 0;
}

static bool
read_netmask(const struct cfg_attr *a, struct ike_modecfg *m)
{
	uint32_t v;
	int len;

	if (!read32(a, &v) || (len = ip4_mask_len(v)) < 0)
		return false;
	m->mask_len = (uint8_t)len;
	return true;
}

static bool
server_read(const struct cfg_attr *a, struct addr *to, size_t *n)
{
	struct addr at;

	if (!addr_read(a, &at))
		return false;
	if (*n < IKE_CFG_DNS_MAX)
		to[(*n)++] = at;
	return true;
}

static bool
read_dns(const struct cfg_attr *a, struct ike_modecfg *m)
{
	return server_read(a, m->dns, &m->ndns);
}

static bool
read_wins(const struct cfg_attr *a, struct ike_modecfg *m)
{
	return server_read(a, m->wins, &m->nwins);
}

static bool
read_expiry(const struct cfg_attr *a, struct ike_modecfg *m)
{
	return read32(a, &m->expiry_s);
}

static bool
read_version(const struct cfg_attr *a, struct ike_modecfg *m)
{
	struct cfg_attr cut = *a;

	if (!cut.basic && cut.n >= sizeof(m->version))	/* a long one says no more */
		cut.n = sizeof(m->version) - 1;
	return text_read(&cut, true, m->version, sizeof(m->version));
}

static bool
read_banner(const struct cfg_attr *a, struct ike_modecfg *m)
{
	return text_read(a, true, m->banner, sizeof(m->banner));
}

static bool
read_save(const struct cfg_attr *a, struct ike_modecfg *m)
{
	m->save_password = a->value != 0;
	return a->basic;
}

static bool
read_domain(const struct cfg_attr *a, struct ike_modecfg *m)
{
	return text_read(a, false, m->domain, sizeof(m->domain));
}

/* Names in one text, separated by commas or blanks; those beyond max are left out. */
static bool
names_read(const struct cfg_attr *a, char (*out)[IKE_CFG_NAME_MAX], size_t max, size_t *n)
{
	size_t k, from = 0;
	struct cfg_attr one = *a;

	if (a->basic)
		return false;
	for (k = 0; k <= a->n; k++) {
		if (k < a->n && a->p[k] != ',' && a->p[k] != ' ')
			continue;
		if (a->n > 0)
			one.p = a->p + from;
		one.n = k - from;
		from = k + 1;
		if (one.n == 0 || *n == max)
			continue;
		if (!text_read(&one, false, out[*n], IKE_CFG_NAME_MAX))
			return false;
		*n += out[*n][0] != '\0';
	}
	return true;
}

static bool
read_split_dns(const struct cfg_attr *a, struct ike_modecfg *m)
{
	return names_read(a, m->split_dns, IKE_CFG_DOMAINS_MAX, &m->nsplit_dns);
}

static bool
read_backup(const struct cfg_attr *a, struct ike_modecfg *m)
{
	return names_read(a, m->backup, IKE_CFG_BACKUPS_MAX, &m->nbackup);
}

static bool
nets_read(const struct cfg_attr *a, struct ike_cfg_net *out, size_t *n)
{
	struct ike_cfg_net net;
	uint32_t mask, addr;
	uint16_t proto;
	struct rd r;
	int len;

	if (a->basic || a->n % NET_LEN != 0)
		return false;
	rd_init(&r, a->p, a->n);
	while (rd_left(&r) > 0) {
		addr = rd_u32(&r);
		mask = rd_u32(&r);
		proto = rd_u16(&r);
		if ((len = ip4_mask_len(mask)) < 0 || proto > 255)
			return false;
		net = (struct ike_cfg_net){ .net = addr_v4(addr & mask), .prefix_len = (uint8_t)len, .protocol = (uint8_t)proto };
		net.src_port = rd_u16(&r);
		net.dst_port = rd_u16(&r);
		if (*n < IKE_CFG_NETS_MAX)
			out[(*n)++] = net;
	}
	return !r.bad;
}

static bool
read_include(const struct cfg_attr *a, struct ike_modecfg *m)
{
	return a->n > 0 && nets_read(a, m->include, &m->ninclude);
}

static bool
read_local_lan(const struct cfg_attr *a, struct ike_modecfg *m)
{
	return a->basic || nets_read(a, m->exclude, &m->nexclude);
}

static bool
read_natt_port(const struct cfg_attr *a, struct ike_modecfg *m)
{
	m->natt_port = a->value;
	return a->basic;
}

static bool
read_pfs(const struct cfg_attr *a, struct ike_modecfg *m)
{
	m->pfs_group = a->value;
	return a->basic;
}

static bool
read_firewall(const struct cfg_attr *a, struct ike_modecfg *m)
{
	(void)a;
	(void)m;
	return true;
}

static bool
read_ddns(const struct cfg_attr *a, struct ike_modecfg *m)
{
	return text_read(a, false, m->ddns_host, sizeof(m->ddns_host));
}

/* In the order in which they are written. many: may come several times. told: has a text in a request, too. */
static const struct kind {
	uint16_t	 type;
	uint32_t	 bit;
	bool		 many, told;
	bool		(*read)(const struct cfg_attr *a, struct ike_modecfg *m);
} kinds[] = {
	{ CFG_A_ADDRESS, IKE_CFG_ADDRESS, false, false, read_address },
	{ CFG_A_NETMASK, IKE_CFG_NETMASK, false, false, read_netmask },
	{ CFG_A_DNS, IKE_CFG_DNS, true, false, read_dns },
	{ CFG_A_NBNS, IKE_CFG_WINS, true, false, read_wins },
	{ CFG_A_EXPIRY, IKE_CFG_EXPIRY, false, false, read_expiry },
	{ CFG_A_SPLIT_INCLUDE, IKE_CFG_SPLIT_INCLUDE, true, false, read_include },
	{ CFG_A_SPLIT_DNS, IKE_CFG_SPLIT_DNS, true, false, read_split_dns },
	{ CFG_A_DOMAIN, IKE_CFG_DOMAIN, false, false, read_domain },
	{ CFG_A_SAVE_PASSWORD, IKE_CFG_SAVE_PASSWORD, false, false, read_save },
	{ CFG_A_LOCAL_LAN, IKE_CFG_LOCAL_LAN, true, false, read_local_lan },
	{ CFG_A_PFS, IKE_CFG_PFS, false, false, read_pfs },
	{ CFG_A_NATT_PORT, IKE_CFG_NATT_PORT, false, false, read_natt_port },
	{ CFG_A_BACKUP, IKE_CFG_BACKUP, true, false, read_backup },
	{ CFG_A_BANNER, IKE_CFG_BANNER, false, false, read_banner },
	{ CFG_A_FIREWALL, IKE_CFG_FIREWALL, true, false, read_firewall },
	{ CFG_A_DDNS_HOST, IKE_CFG_DDNS_HOST, false, true, read_ddns },
	{ CFG_A_VERSION, IKE_CFG_VERSION, false, true, read_version },
};

#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

static const struct kind *
kind_of(uint16_t type)
{
	size_t k;

	for (k = 0; k < KINDS; k++)
		if (kinds[k].type == type)
			return &kinds[k];
	return NULL;
}

enum ike_counter
modecfg_parse(const struct cfg_payload *c, bool values, struct ike_modecfg *out)
{
	const struct kind *kind;
	const struct cfg_attr *a;
	size_t k;

	memset(out, 0, sizeof(*out));
	for (k = 0; k < c->n; k++) {
		a = &c->a[k];
		if ((kind = kind_of(a->type)) == NULL)
			continue;
		if ((out->has & kind->bit) != 0 && !kind->many)
			return IKEC_ATTRIBUTE;
		/* An empty answer says that there is none. */
		if (values && !a->basic && a->n == 0)
			continue;
		if ((values || kind->told) && !kind->read(a, out))
			return IKEC_ATTRIBUTE;
		out->has |= kind->bit;
	}
	return IKEC_OK;
}

void
out_cfg_open(struct out *o, enum cfg_type type, uint16_t id)
{
	out_open(o, PL_ATTR);
	wr_u8(&o->w, (uint8_t)type);
	wr_u8(&o->w, 0);
	wr_u16(&o->w, id);
}

void
out_cfg_close(struct out *o)
{
	out_close(o);
}

void
out_cfg_basic(struct out *o, uint16_t type, uint16_t value)
{
	wr_u16(&o->w, 0x8000 | type);
	wr_u16(&o->w, value);
}

void
out_cfg_bytes(struct out *o, uint16_t type, const void *p, size_t n)
{
	wr_u16(&o->w, type);
	wr_u16(&o->w, (uint16_t)n);
	if (n > 0)
		wr_bytes(&o->w, p, n);
}

static void
text_write(struct out *o, uint16_t type, const char *s)
{
	out_cfg_bytes(o, type, s, strlen(s));
}

static void
addr_write(struct out *o, uint16_t type, uint32_t v)
{
	wr_u16(&o->w, type);
	wr_u16(&o->w, 4);
	wr_u32(&o->w, v);
}

static void
addrs_write(struct out *o, uint16_t type, const struct addr *a, size_t n)
{
	size_t k;

	for (k = 0; k < n && k < IKE_CFG_DNS_MAX; k++)
		addr_write(o, type, a[k].v4);
}

static void
nets_write(struct out *o, uint16_t type, const struct ike_cfg_net *nets, size_t n)
{
	size_t k;

	wr_u16(&o->w, type);
	wr_u16(&o->w, (uint16_t)(n * NET_LEN));
	for (k = 0; k < n; k++) {
		wr_u32(&o->w, nets[k].net.v4);
		wr_u32(&o->w, ip4_mask(nets[k].prefix_len));
		wr_u16(&o->w, nets[k].protocol);
		wr_u16(&o->w, nets[k].src_port);
		wr_u16(&o->w, nets[k].dst_port);
	}
}

static void
names_write(struct out *o, uint16_t type, const char (*names)[IKE_CFG_NAME_MAX], size_t n)
{
	size_t k, at;

	wr_u16(&o->w, type);
	at = wr_len(&o->w);
	wr_u16(&o->w, 0);
	for (k = 0; k < n; k++) {
		if (k > 0)
			wr_u8(&o->w, ',');
		wr_bytes(&o->w, names[k], strnlen(names[k], IKE_CFG_NAME_MAX));
	}
	wr_u16_at(&o->w, at, (uint16_t)(wr_len(&o->w) - at - 2));
}

static size_t
at_most(size_t n, size_t max)
{
	return n < max ? n : max;
}

static void
value_write(struct out *o, uint16_t type, const struct ike_modecfg *m)
{
	switch (type) {
	case CFG_A_ADDRESS: addr_write(o, type, m->address.v4); break;
	case CFG_A_NETMASK: addr_write(o, type, ip4_mask(m->mask_len)); break;
	case CFG_A_DNS: addrs_write(o, type, m->dns, m->ndns); break;
	case CFG_A_NBNS: addrs_write(o, type, m->wins, m->nwins); break;
	case CFG_A_EXPIRY: addr_write(o, type, m->expiry_s); break;
	case CFG_A_SPLIT_INCLUDE: nets_write(o, type, m->include, at_most(m->ninclude, IKE_CFG_NETS_MAX)); break;
	case CFG_A_SPLIT_DNS: names_write(o, type, m->split_dns, at_most(m->nsplit_dns, IKE_CFG_DOMAINS_MAX)); break;
	case CFG_A_DOMAIN: text_write(o, type, m->domain); break;
	case CFG_A_SAVE_PASSWORD: out_cfg_basic(o, type, m->save_password); break;
	case CFG_A_LOCAL_LAN:
		if (m->nexclude > 0)
			nets_write(o, type, m->exclude, at_most(m->nexclude, IKE_CFG_NETS_MAX));
		else
			out_cfg_basic(o, type, 1);
		break;
	case CFG_A_PFS: out_cfg_basic(o, type, (uint16_t)m->pfs_group); break;
	case CFG_A_NATT_PORT: out_cfg_basic(o, type, m->natt_port); break;
	case CFG_A_BACKUP: names_write(o, type, m->backup, at_most(m->nbackup, IKE_CFG_BACKUPS_MAX)); break;
	case CFG_A_BANNER: text_write(o, type, m->banner); break;
	case CFG_A_DDNS_HOST: text_write(o, type, m->ddns_host); break;
	case CFG_A_VERSION: text_write(o, type, m->version); break;
	}
}

void
out_cfg_values(struct out *o, const struct ike_modecfg *m)
{
	size_t k;

	for (k = 0; k < KINDS; k++)
		if ((m->has & kinds[k].bit) != 0)
			value_write(o, kinds[k].type, m);
}

void
out_cfg_asks(struct out *o, const struct ike_modecfg *want)
{
	size_t k;

	for (k = 0; k < KINDS; k++) {
		if ((want->has & kinds[k].bit) == 0)
			continue;
		if (kinds[k].told)
			value_write(o, kinds[k].type, want);
		else
			out_cfg_bytes(o, kinds[k].type, NULL, 0);
	}
}

void
out_cfg_empty(struct out *o, const struct cfg_payload *of)
{
	size_t k;

	for (k = 0; k < of->n; k++)
		out_cfg_bytes(o, of->a[k].type, NULL, 0);
}
