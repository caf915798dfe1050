/*
 * Wireshark's key files.  A row of esp_sa has protocol, source, destination, SPI, cipher, its key, HMAC, its
 * key; one of ikev1_decryption_table the initiator's cookie and the encryption key.  Files are replaced whole,
 * so that a reader never sees half a row.
 */

#include "engine/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/router.h"
#include "lib/addr.h"
#include "lib/mem.h"
#include "lib/names.h"
#include "lib/text.h"

#define HEX_MAX	(2 * SA_KEY_MAX + 1)

struct row {
	bool	 ike;
	char	*line;
};

struct keyfile {
	uint32_t	 sums[KEYFILE_ROWS];	/* of the lines: most differ here already */
	struct row	 rows[KEYFILE_ROWS];
	size_t		 n;		/* ever added */
};

/* As Wireshark's tables call them; what is not here it can't decrypt. */
static const struct name ciphers[] = {
	{ SA_CIPHER_NULL, "NULL" },
	{ SA_CIPHER_DES, "DES-CBC [RFC2405]" },
	{ SA_CIPHER_3DES, "TripleDES-CBC [RFC2451]" },
	{ SA_CIPHER_AES_CBC, "AES-CBC [RFC3602]" },
	{ SA_CIPHER_AES_GCM, "AES-GCM with 16 octet ICV [RFC4106]" },
	{ 0, NULL },
};

static const struct name auths[] = {
	{ SA_AUTH_NONE, "NULL" },
	{ SA_AUTH_MD5_96, "HMAC-MD5-96 [RFC2403]" },
	{ SA_AUTH_SHA1_96, "HMAC-SHA-1-96 [RFC2404]" },
	{ SA_AUTH_SHA256_128, "HMAC-SHA-256-128 [RFC4868]" },
	{ SA_AUTH_SHA384_192, "HMAC-SHA-384-192 [RFC4868]" },
	{ SA_AUTH_SHA512_256, "HMAC-SHA-512-256 [RFC4868]" },
	{ 0, NULL },
};

/* "0x..." or nothing. */
static void
add_key(struct text *t, const uint8_t *key, size_t n)
{
	char hex[HEX_MAX];

	if (n > 0) {
		hex_fmt(key, n, hex);
		text_printf(t, "0x%s", hex);
	}
	wipe(hex, sizeof(hex));
}

static char *
esp_row(const struct sa_params *sa)
{
	const char *cipher = name_of(ciphers, sa->cipher, NULL), *auth = name_of(auths, sa->auth, NULL);
	char src[ADDR_STRLEN], dst[ADDR_STRLEN];
	struct text t = {0};

	if (sa->proto != SA_ESP || cipher == NULL || auth == NULL)
		return NULL;
	text_printf(&t, "\"IPv%u\",\"%s\",\"%s\",\"0x%08x\",\"%s\",\"", sa->src.af == ADDR_V6 ? 6u : 4u, addr_fmt(&sa->src, src), addr_fmt(&sa->dst, dst),
	    sa->spi, cipher);
	add_key(&t, sa->enc_key, sa->enc_key_len);
	text_printf(&t, "\",\"%s\",\"", auth);
	add_key(&t, sa->auth_key, sa->auth_key_len);
	text_add(&t, "\"\n");
	return text_take(&t);
}

static char *
ike_row(const struct key_report *r)
{
	char cookie[17], key[HEX_MAX], *line;

	if (r->enc_key_len == 0 || r->enc_key_len > SA_KEY_MAX)
		return NULL;
	hex_fmt(r->icookie, 8, cookie);
	hex_fmt(r->enc_key, r->enc_key_len, key);
	line = xasprintf("%s,%s\n", cookie, key);
	wipe(key, sizeof(key));
	return line;
}

struct keyfile *
keyfile_new(void)
{
	return xcalloc(1, sizeof(struct keyfile));
}

static void
row_clear(struct row *r)
{
	if (r->line != NULL)
		wipe_free(r->line, strlen(r->line));
	r->line = NULL;
}

void
keyfile_free(struct keyfile *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < KEYFILE_ROWS; i++)
		row_clear(&k->rows[i]);
	free(k);
}

/* FNV-1a: keys are random, and nobody chooses them to collide. */
static uint32_t
line_sum(const char *line)
{
	uint32_t h = 2166136261u;

	for (; *line != '\0'; line++)
		h = (h ^ (uint8_t)*line) * 16777619u;
	return h;
}

static bool
is_there(const struct keyfile *k, uint32_t sum, const char *line)
{
	size_t n = k->n < KEYFILE_ROWS ? k->n : KEYFILE_ROWS;

	for (size_t i = 0; i < n; i++)
		if (k->sums[i] == sum && strcmp(k->rows[i].line, line) == 0)
			return true;
	return false;
}

bool
keyfile_add(struct keyfile *k, const struct key_report *r)
{
	char *line = r->icookie != NULL ? ike_row(r) : r->sa != NULL ? esp_row(r->sa) : NULL;
	uint32_t sum = line != NULL ? line_sum(line) : 0;
	size_t at = k->n % KEYFILE_ROWS;

	if (line == NULL)
		return false;
	if (is_there(k, sum, line)) {	/* the other end's report of the same SA */
		wipe_free(line, strlen(line));
		return false;
	}
	k->n++;
	row_clear(&k->rows[at]);
	k->rows[at] = (struct row){ r->icookie != NULL, line };
	k->sums[at] = sum;
	return true;
}

static bool
write_rows(const struct keyfile *k, FILE *f, bool ike)
{
	size_t first = k->n > KEYFILE_ROWS ? k->n - KEYFILE_ROWS : 0;

	for (size_t i = first; i < k->n; i++)
		if (k->rows[i % KEYFILE_ROWS].ike == ike && fputs(k->rows[i % KEYFILE_ROWS].line, f) < 0)
			return false;
	return true;
}

void
keyfile_text(const struct keyfile *k, bool ike, struct text *out)
{
	size_t first = k->n > KEYFILE_ROWS ? k->n - KEYFILE_ROWS : 0;

	for (size_t i = first; i < k->n; i++)
		if (k->rows[i % KEYFILE_ROWS].ike == ike)
			text_add(out, k->rows[i % KEYFILE_ROWS].line);
}

static bool
write_file(const struct keyfile *k, const char *dir, const char *name, bool ike)
{
	char *path = xasprintf("%s/%s", dir, name), *temp = xasprintf("%s/%s.new", dir, name);
	int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), error;
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
	bool ok = f != NULL && write_rows(k, f, ike);

	if (f != NULL && fclose(f) != 0)
		ok = false;
	ok = ok && rename(temp, path) == 0;
	error = errno;
	if (!ok && fd >= 0)
		unlink(temp);
	free(path);
	free(temp);
	errno = error;
	return ok;
}

bool
keyfile_write(const struct keyfile *k, const char *dir)
{
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return false;
	return write_file(k, dir, "esp_sa", false) && write_file(k, dir, "ikev1_decryption_table", true);
}
