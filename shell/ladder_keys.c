/*
 * Wireshark's key files, read: of `ikev1_decryption_table` the initiator's cookie and the cipher's key, of `esp_sa` what it
 * tells of an SPI (its keys stay where they are: a ladder looks at nothing inside ESP).
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/chance.h"
#include "lib/mem.h"
#include "shell/ladder_int.h"

#define ROWS_MOST	16384u
#define LINE_MOST	1024
#define FIELDS		8

struct ike_row { uint8_t cookie[8], key[64]; size_t n; };
struct esp_row { uint32_t spi; struct addr dst; char says[64]; };

struct ladder_keys {
	struct chance	*chance;
	struct ike_row	*ike;
	struct esp_row	*esp;
	size_t		 nike, nesp;
};

static struct ladder_keys *
keys_new(void)
{
	struct ladder_keys *k = xcalloc(1, sizeof(*k));

	k->chance = chance_new_seeded(0);	/* decrypting draws nothing */
	return k;
}

void
ladder_keys_free(struct ladder_keys *k)
{
	if (k == NULL)
		return;
	if (k->ike != NULL)
		wipe_free(k->ike, k->nike * sizeof(*k->ike));
	free(k->esp);
	chance_free(k->chance);
	free(k);
}

/* Takes a row apart in place; quotes go. */
static unsigned
fields(char *line, char *out[FIELDS])
{
	unsigned n = 0;
	char *p = line;

	while (n < FIELDS) {
		bool quoted = *p == '"';

		out[n++] = p += quoted;
		p += strcspn(p, quoted ? "\"" : ",\r\n");
		if (*p == '"')
			*p++ = '\0';
		if (*p != ',')
			break;
		*p++ = '\0';
	}
	p[strcspn(p, "\r\n")] = '\0';
	return n;
}

static void
ike_add(struct ladder_keys *k, const uint8_t cookie[8], const uint8_t *key, size_t n)
{
	struct ike_row r = { .n = n };

	if (k->nike == ROWS_MOST || n > sizeof(r.key))
		return;
	memcpy(r.cookie, cookie, sizeof(r.cookie));
	memcpy(r.key, key, n);
	if ((k->nike & (k->nike - 1)) == 0)
		k->ike = xrealloc(k->ike, (k->nike == 0 ? 1 : 2 * k->nike) * sizeof(*k->ike));
	k->ike[k->nike++] = r;
	wipe(&r, sizeof(r));
}

static void
ike_row(struct ladder_keys *k, char **f, unsigned n)
{
	uint8_t cookie[8], key[64];
	long len;

	if (n < 2 || hex_parse(f[0], cookie, sizeof(cookie)) != 8)
		return;
	len = hex_parse(str_prefix(f[1], "0x") ? f[1] + 2 : f[1], key, sizeof(key));
	if (len > 0)
		ike_add(k, cookie, key, (size_t)len);
	wipe(key, sizeof(key));
}

void
ladder_keys_add(struct ladder *l, const uint8_t icookie[8], const uint8_t *key, size_t n)
{
	if (l->keys == NULL)
		l->keys = keys_new();
	l->have_keys = true;
	ike_add(l->keys, icookie, key, n);
}

/* "AES-CBC [RFC3602]": what is in brackets is for a menu. */
static int
algorithm_len(const char *s)
{
	const char *b = strstr(s, " [");
	size_t n = b != NULL ? (size_t)(b - s) : strlen(s);

	if (strstr(s, " with ") != NULL && strstr(s, " with ") < s + n)
		n = (size_t)(strstr(s, " with ") - s);
	return n < 28 ? (int)n : 28;
}

static void
esp_row(struct ladder_keys *k, char **f, unsigned n)
{
	struct esp_row r = { .spi = 0 };
	char says[64], *end;

	if (n < 7 || k->nesp == ROWS_MOST || !addr_parse(f[2], &r.dst))
		return;
	r.spi = (uint32_t)strtoul(f[3], &end, 16);
	if (end == f[3] || *end != '\0')
		return;
	snprintf(says, sizeof(says), "%.*s%s%.*s", algorithm_len(f[4]), f[4], strcmp(f[6], "NULL") == 0 ? "" : ", ",
	    strcmp(f[6], "NULL") == 0 ? 0 : algorithm_len(f[6]), f[6]);
	ladder_clean(r.says, sizeof(r.says), says, strlen(says));
	if ((k->nesp & (k->nesp - 1)) == 0)
		k->esp = xrealloc(k->esp, (k->nesp == 0 ? 1 : 2 * k->nesp) * sizeof(*k->esp));
	k->esp[k->nesp++] = r;
}

static bool
read_file(struct ladder_keys *k, const char *dir, const char *name, void (*row)(struct ladder_keys *, char **, unsigned))
{
	char *path = xasprintf("%s/%s", dir, name), line[LINE_MOST], *f[FIELDS];
	FILE *file = fopen(path, "r");

	free(path);
	if (file == NULL)
		return false;
	while (fgets(line, sizeof(line), file) != NULL)
		if (line[0] != '#' && line[0] != '\n')
			row(k, f, fields(line, f));
	wipe(line, sizeof(line));
	fclose(file);
	return true;
}

bool
ladder_keys_read(struct ladder *l, const char *dir, char **why)
{
	struct ladder_keys *k = l->keys != NULL ? l->keys : keys_new();
	bool ike = read_file(k, dir, "ikev1_decryption_table", ike_row), esp = read_file(k, dir, "esp_sa", esp_row);

	if (!ike && !esp) {
		*why = xasprintf("%s: neither ikev1_decryption_table nor esp_sa can be read there: %s", dir, strerror(errno));
		if (l->keys == NULL)
			ladder_keys_free(k);
		return false;
	}
	l->keys = k;
	l->have_keys = true;
	return true;
}

const uint8_t *
ladder_ike_key(const struct ladder *l, const uint8_t icookie[8], size_t *n)
{
	for (size_t i = l->keys != NULL ? l->keys->nike : 0; i-- > 0;)
		if (memcmp(l->keys->ike[i].cookie, icookie, 8) == 0) {
			*n = l->keys->ike[i].n;
			return l->keys->ike[i].key;
		}
	return NULL;
}

const char *
ladder_esp_key(const struct ladder *l, uint32_t spi, const struct addr *dst)
{
	for (size_t i = l->keys != NULL ? l->keys->nesp : 0; i-- > 0;)
		if (l->keys->esp[i].spi == spi && addr_eq(&l->keys->esp[i].dst, dst))
			return l->keys->esp[i].says;
	return NULL;
}

bool
ladder_decrypt(const struct ladder *l, enum cipher_alg alg, const uint8_t *key, const uint8_t *iv, uint8_t *p, size_t n)
{
	return l->keys != NULL && cipher_cbc(l->keys->chance, alg, false, key, iv, p, n);
}
