/*
 * Distinguished names: DER to text and back, and whether two are the same (RFC 5280, 7.1).  libcrypto reads and
 * writes the DER; the words of the text are those that routers use.
 */

#include "lib/dn.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/objects.h>
#include <openssl/x509.h>

#define DN_PARTS	64	/* attributes of a name */
#define DN_VALUE	256

/* Words of an attribute, the first as it is printed. */
static const struct attr { int nid; const char *word, *other; int type; } attrs[] = {
	{ NID_commonName, "cn", "commonName", 0 },
	{ NID_organizationalUnitName, "ou", "organizationalUnitName", 0 },
	{ NID_organizationName, "o", "organizationName", 0 },
	{ NID_localityName, "l", "localityName", 0 },
	{ NID_stateOrProvinceName, "st", "stateOrProvinceName", 0 },
	{ NID_countryName, "c", "countryName", V_ASN1_PRINTABLESTRING },
	{ NID_pkcs9_emailAddress, "e", "emailAddress", V_ASN1_IA5STRING },
	{ NID_domainComponent, "dc", "domainComponent", V_ASN1_IA5STRING },
	{ NID_serialNumber, "serialNumber", NULL, V_ASN1_PRINTABLESTRING },
	{ NID_pkcs9_unstructuredName, "hostname", "unstructuredName", V_ASN1_IA5STRING },
	{ NID_pkcs9_unstructuredAddress, "ipaddress", "unstructuredAddress", V_ASN1_PRINTABLESTRING },
	{ NID_title, "title", "t", 0 },
	{ NID_name, "name", NULL, 0 },
	{ NID_givenName, "givenName", "gn", 0 },
	{ NID_surname, "sn", "surname", 0 },
	{ NID_initials, "initials", NULL, 0 },
	{ NID_streetAddress, "street", "streetAddress", 0 },
	{ NID_userId, "uid", "userId", 0 },
	{ NID_dnQualifier, "dnq", "dnQualifier", V_ASN1_PRINTABLESTRING },
};
#define NATTRS	(sizeof(attrs) / sizeof(attrs[0]))

static X509_NAME *
name_of_der(const uint8_t *der, size_t n)
{
	const uint8_t *p = der;
	X509_NAME *name = n == 0 || n > LONG_MAX ? NULL : d2i_X509_NAME(NULL, &p, (long)n);

	if (name != NULL && p != der + n) {
		X509_NAME_free(name);
		name = NULL;
	}
	return name;
}

/* ---- to text ---- */

struct out { char *p, *end; bool full; };

static void
put(struct out *o, const char *s, size_t n)
{
	if ((size_t)(o->end - o->p) <= n) {
		o->full = true;
		return;
	}
	memcpy(o->p, s, n);
	o->p += n;
	*o->p = '\0';
}

static void
put_word(struct out *o, const ASN1_OBJECT *obj)
{
	int nid = OBJ_obj2nid(obj);
	char oid[80];

	for (size_t i = 0; i < NATTRS; i++)
		if (attrs[i].nid == nid) {
			put(o, attrs[i].word, strlen(attrs[i].word));
			return;
		}
	if (OBJ_obj2txt(oid, sizeof(oid), obj, 1) <= 0)
		snprintf(oid, sizeof(oid), "?");
	put(o, oid, strnlen(oid, sizeof(oid) - 1));
}

/* RFC 4514, 2.4: what would be read as something else stands behind a backslash, what cannot be printed in hexadecimal. */
static void
put_value(struct out *o, const ASN1_STRING *v)
{
	unsigned char *utf8 = NULL;
	int n = ASN1_STRING_to_UTF8(&utf8, v);
	char esc[4];

	for (int i = 0; i < n; i++) {
		char c = (char)utf8[i];
		bool edge = c == ' ' && (i == 0 || i + 1 == n);

		if ((unsigned char)c < 0x20 || (unsigned char)c >= 0x7f)
			put(o, esc, (size_t)snprintf(esc, sizeof(esc), "\\%02X", (unsigned char)c));
		else if (edge || strchr(",+\"\\<>;", c) != NULL || (c == '#' && i == 0))
			put(o, esc, (size_t)snprintf(esc, sizeof(esc), "\\%c", c));
		else
			put(o, &c, 1);
	}
	OPENSSL_free(utf8);
	if (n < 0)
		o->full = true;		/* of no kind that is a text */
}

static void
put_entry(struct out *o, const X509_NAME_ENTRY *e, const char *between)
{
	put(o, between, strlen(between));
	put_word(o, X509_NAME_ENTRY_get_object(e));
	put(o, "=", 1);
	put_value(o, X509_NAME_ENTRY_get_data(e));
}

/* Where the set of attributes begins that ends there. */
static int
set_start(const X509_NAME *name, int end)
{
	int set = X509_NAME_ENTRY_set(X509_NAME_get_entry(name, end - 1));

	while (end > 1 && X509_NAME_ENTRY_set(X509_NAME_get_entry(name, end - 2)) == set)
		end--;
	return end - 1;
}

bool
dn_text(const uint8_t *der, size_t n, char *out, size_t cap)
{
	X509_NAME *name = name_of_der(der, n);
	struct out o = { .p = out, .end = out + cap };
	int end = name == NULL ? 0 : X509_NAME_entry_count(name), start;

	if (cap > 0)
		*out = '\0';
	for (; end > 0 && !o.full; end = start) {
		start = set_start(name, end);
		for (int i = start; i < end; i++)
			put_entry(&o, X509_NAME_get_entry(name, i), i > start ? "+" : o.p > out ? "," : "");
	}
	X509_NAME_free(name);
	if (o.full && cap > 0)
		*out = '\0';
	return name != NULL && !o.full && cap > 0;
}

/* ---- from text ---- */

struct part { const struct attr *a; ASN1_OBJECT *obj; char value[DN_VALUE]; size_t len; bool more; /* of one set with the part behind it */ };

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "cn" or "2.5.4.3"; returns what follows the '='. */
static const char *
read_word(const char *p, struct part *out)
{
	size_t n = strcspn(p, "=,+");
	char word[64];

	if (p[n] != '=' || n == 0 || n >= sizeof(word))
		return NULL;
	memcpy(word, p, n);
	word[n] = '\0';
	while (n > 0 && word[n - 1] == ' ')
		word[--n] = '\0';
	for (size_t i = 0; i < NATTRS; i++)
		if (strcasecmp(word, attrs[i].word) == 0 || (attrs[i].other != NULL && strcasecmp(word, attrs[i].other) == 0))
			out->a = &attrs[i];
	if (out->a != NULL)
		out->obj = OBJ_nid2obj(out->a->nid);
	else if (word[strspn(word, "0123456789.")] == '\0')
		out->obj = OBJ_txt2obj(word, 1);
	return out->obj == NULL ? NULL : strchr(p, '=') + 1;
}

/* Up to a comma or a plus sign that is none of the value's; "a, b" within quotes is one too. */
static const char *
read_value(const char *p, struct part *out)
{
	bool quoted = false;
	size_t keep = 0;		/* blanks behind this go */

	p += strspn(p, " ");
	for (; *p != '\0' && (quoted || (*p != ',' && *p != '+')); p++) {
		char c = *p;

		if (c == '"') {
			quoted = !quoted;
			continue;
		}
		if (c == '\\' && hex(p[1]) >= 0 && hex(p[2]) >= 0) {
			c = (char)(hex(p[1]) * 16 + hex(p[2]));
			p += 2;
		} else if (c == '\\' && p[1] != '\0')
			c = *++p;
		else if (c == '\\')
			return NULL;
		if (out->len + 1 >= sizeof(out->value) || c == '\0')
			return NULL;
		out->value[out->len++] = c;
		if (c != ' ' || quoted || p[-1] == '\\')
			keep = out->len;
	}
	out->len = keep;
	if (quoted || keep == 0 || (out->a != NULL && out->a->nid == NID_countryName && keep != 2))
		return NULL;
	return p;
}

/* False: it is no name; v holds *n parts all the same. */
static bool
read_parts(const char *p, struct part *v, size_t *n)
{
	for (*n = 0; *n < DN_PARTS;) {
		struct part *x = &v[(*n)++];

		*x = (struct part){ 0 };
		p += strspn(p, " ");
		if ((p = read_word(p, x)) == NULL || (p = read_value(p, x)) == NULL)
			return false;
		x->more = *p == '+';
		if (*p++ == '\0')
			return true;
	}
	return false;
}

/* The narrowest kind of text that has these letters, unless the attribute has one of its own. */
static int
type_of(const struct part *v)
{
	for (size_t i = 0; i < v->len; i++) {
		unsigned char c = (unsigned char)v->value[i];

		if (c >= 0x80)
			return V_ASN1_UTF8STRING;
		if (v->a != NULL && v->a->type == V_ASN1_IA5STRING)
			continue;
		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr(" '()+,-./:=?", c) != NULL))
			return V_ASN1_UTF8STRING;
	}
	return v->a != NULL && v->a->type != 0 ? v->a->type : V_ASN1_PRINTABLESTRING;
}

/* Sets the other way round, the parts of a set as they were written. */
static bool
build(X509_NAME *name, const struct part *v, size_t n)
{
	size_t end = n, start;

	for (; end > 0; end = start) {
		for (start = end - 1; start > 0 && v[start - 1].more; start--)
			;
		for (size_t i = start; i < end; i++)
			if (X509_NAME_add_entry_by_OBJ(name, v[i].obj, type_of(&v[i]), (const uint8_t *)v[i].value, (int)v[i].len,
			    -1, i == start ? 0 : -1) != 1)
				return false;
	}
	return true;
}

size_t
dn_parse(const char *text, uint8_t *der, size_t cap)
{
	struct part v[DN_PARTS];
	X509_NAME *name = X509_NAME_new();
	uint8_t *p = der;
	size_t n;
	int len = 0;

	if (read_parts(text, v, &n) && name != NULL && build(name, v, n) && (len = i2d_X509_NAME(name, NULL)) > 0 && (size_t)len <= cap)
		i2d_X509_NAME(name, &p);
	else
		len = 0;
	X509_NAME_free(name);
	for (size_t i = 0; i < n; i++)
		ASN1_OBJECT_free(v[i].obj);	/* those of the table are left alone by it */
	return (size_t)len;
}

bool
dn_equal(const uint8_t *a, size_t na, const uint8_t *b, size_t nb)
{
	X509_NAME *x, *y;
	bool equal;

	if (na == nb && na > 0 && memcmp(a, b, na) == 0)
		return true;
	x = name_of_der(a, na);
	y = name_of_der(b, nb);
	equal = x != NULL && y != NULL && X509_NAME_cmp(x, y) == 0;
	X509_NAME_free(x);
	X509_NAME_free(y);
	return equal;
}
