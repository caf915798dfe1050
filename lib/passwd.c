/* Stored passwords: made, looked at, and held against what was typed. */

#include "lib/passwd.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "lib/chance.h"
#include "lib/mem.h"
#include "lib/prf.h"

#define SALT_LEN	14
#define HASH_LEN	32
#define HASH_TEXT	43		/* of 32 bytes, without padding */
#define PBKDF2_ROUNDS	20000
#define SCRYPT_N	16384
#define MD5_ROUNDS	1000
#define MD5_SALT_MAX	8
#define MD5_TEXT	22
#define HIDE_SALTS	16

static const char alphabet[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* --- Type 7 --- */

static const char hide_key[] = "dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87";

void
passwd_hide(const char *clear, unsigned salt, char out[PASSWD_STORED_MAX])
{
	size_t n = strnlen(clear, PASSWD_CLEAR_MAX);

	snprintf(out, PASSWD_STORED_MAX, "%02u", salt % HIDE_SALTS);
	for (size_t i = 0; i < n; i++)
		snprintf(out + 2 + 2 * i, 3, "%02X",
		    (unsigned char)clear[i] ^ (unsigned char)hide_key[(salt % HIDE_SALTS + i) % (sizeof(hide_key) - 1)]);
}

static int
hex_value(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : toupper((unsigned char)c) - 'A' + 10;
}

bool
passwd_unhide(const char *stored, char out[PASSWD_CLEAR_MAX + 1])
{
	size_t n = strlen(stored), at = 0;
	unsigned salt;

	if (n < 4 || n % 2 != 0 || n >= PASSWD_STORED_MAX || !isdigit((unsigned char)stored[0]) ||
	    !isdigit((unsigned char)stored[1]))
		return false;
	salt = (unsigned)(stored[0] - '0') * 10 + (unsigned)(stored[1] - '0');
	if (salt >= sizeof(hide_key) - 1 || strspn(stored + 2, "0123456789abcdefABCDEF") != n - 2)
		return false;
	for (size_t i = 2; i < n; i += 2)
		out[at++] = (char)((hex_value(stored[i]) << 4 | hex_value(stored[i + 1])) ^
		    hide_key[(salt + i / 2 - 1) % (sizeof(hide_key) - 1)]);
	out[at] = '\0';
	return strlen(out) == at;
}

/* --- Types 8 and 9 --- */

/* Base64, the highest bits first, without padding. */
static void
encode(const uint8_t *p, size_t n, char *out)
{
	uint32_t bits = 0;
	unsigned have = 0;

	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | p[i];
		for (have += 8; have >= 6; have -= 6)
			*out++ = alphabet[bits >> (have - 6) & 63];
	}
	if (have > 0)
		*out++ = alphabet[bits << (6 - have) & 63];
	*out = '\0';
}

static bool
derive(enum passwd_type t, const char *clear, const char *salt, char out[HASH_TEXT + 1])
{
	uint8_t hash[HASH_LEN];
	bool ok;

	if (t == PASSWD_PBKDF2)
		ok = PKCS5_PBKDF2_HMAC(clear, (int)strlen(clear), (const uint8_t *)salt, SALT_LEN, PBKDF2_ROUNDS, EVP_sha256(),
		    sizeof(hash), hash) == 1;
	else
		ok = EVP_PBE_scrypt(clear, strlen(clear), (const uint8_t *)salt, SALT_LEN, SCRYPT_N, 1, 1, 0, hash, sizeof(hash)) == 1;
	if (ok)
		encode(hash, sizeof(hash), out);
	wipe(hash, sizeof(hash));
	return ok;
}

bool
passwd_make(enum passwd_type t, const char *clear, struct chance *c, char out[PASSWD_STORED_MAX])
{
	char salt[SALT_LEN + 1] = "", text[HASH_TEXT + 1];

	if (strlen(clear) > PASSWD_CLEAR_MAX)
		return false;
	if (t == PASSWD_HIDDEN) {
		passwd_hide(clear, chance_below(c, HIDE_SALTS), out);
		return true;
	}
	for (size_t i = 0; i < SALT_LEN; i++)
		salt[i] = alphabet[chance_below(c, 64)];
	if ((t != PASSWD_PBKDF2 && t != PASSWD_SCRYPT) || !derive(t, clear, salt, text))
		return false;
	snprintf(out, PASSWD_STORED_MAX, "$%d$%s$%s", (int)t, salt, text);
	return true;
}

/* --- Type 5: MD5 crypt, as FreeBSD's libcrypt made it --- */

static void
md5_sum(const struct iov *v, size_t n, uint8_t out[HASH_MAX])
{
	hash_iov(HASH_MD5, v, n, out);
}

/* The first sum: password, magic, salt, and bytes that depend on the password's length. */
static void
md5_first(const char *pw, const char *salt, size_t nsalt, uint8_t out[HASH_MAX])
{
	struct iov v[3 + PASSWD_CLEAR_MAX / 16 + 1 + 8] = { { pw, strlen(pw) }, { "$1$", 3 }, { salt, nsalt } };
	const struct iov alt[] = { { pw, strlen(pw) }, { salt, nsalt }, { pw, strlen(pw) } };
	uint8_t other[HASH_MAX];
	size_t n = 3, left = strlen(pw);

	md5_sum(alt, 3, other);
	for (; left > 0; left -= left < 16 ? left : 16)
		v[n++] = (struct iov){ other, left < 16 ? left : 16 };
	for (left = strlen(pw); left > 0; left >>= 1)
		v[n++] = left & 1 ? (struct iov){ "", 1 } : (struct iov){ pw, 1 };
	md5_sum(v, n, out);
}

static void
md5_round(unsigned i, const char *pw, const char *salt, size_t nsalt, uint8_t sum[HASH_MAX])
{
	const struct iov p = { pw, strlen(pw) }, s = { sum, 16 };
	struct iov v[4];
	size_t n = 0;

	v[n++] = i & 1 ? p : s;
	if (i % 3 != 0)
		v[n++] = (struct iov){ salt, nsalt };
	if (i % 7 != 0)
		v[n++] = p;
	v[n++] = i & 1 ? s : p;
	md5_sum(v, n, sum);
}

/* The lowest bits first, and the bytes in an order of their own. */
static void
md5_encode(const uint8_t sum[16], char out[MD5_TEXT + 1])
{
	static const uint8_t order[5][3] = { { 0, 6, 12 }, { 1, 7, 13 }, { 2, 8, 14 }, { 3, 9, 15 }, { 4, 10, 5 } };
	uint32_t v;

	for (size_t i = 0; i < 5; i++) {
		v = (uint32_t)sum[order[i][0]] << 16 | (uint32_t)sum[order[i][1]] << 8 | sum[order[i][2]];
		for (size_t k = 0; k < 4; k++, v >>= 6)
			*out++ = alphabet[v & 63];
	}
	*out++ = alphabet[sum[11] & 63];
	*out++ = alphabet[sum[11] >> 6];
	*out = '\0';
}

static void
md5_derive(const char *pw, const char *salt, size_t nsalt, char out[MD5_TEXT + 1])
{
	uint8_t sum[HASH_MAX];

	md5_first(pw, salt, nsalt, sum);
	for (unsigned i = 0; i < MD5_ROUNDS; i++)
		md5_round(i, pw, salt, nsalt, sum);
	md5_encode(sum, out);
	wipe(sum, sizeof(sum));
}

/* --- Any type --- */

/* How long the salt is in "$N$salt$hash"; 0: it is no such text. */
static size_t
salt_len(enum passwd_type t, const char *stored)
{
	size_t n, max = t == PASSWD_MD5 ? MD5_SALT_MAX : SALT_LEN, hash = t == PASSWD_MD5 ? MD5_TEXT : HASH_TEXT;
	char head[4] = { '$', (char)('0' + (t == PASSWD_MD5 ? 1 : (int)t)), '$', '\0' };

	if (strncmp(stored, head, 3) != 0)
		return 0;
	n = strspn(stored + 3, alphabet);
	if (n == 0 || n > max || (t != PASSWD_MD5 && n != SALT_LEN) || stored[3 + n] != '$')
		return 0;
	return strlen(stored + 4 + n) == hash && strspn(stored + 4 + n, alphabet) == hash ? n : 0;
}

bool
passwd_valid(enum passwd_type t, const char *stored)
{
	char clear[PASSWD_CLEAR_MAX + 1];
	bool ok;

	switch (t) {
	case PASSWD_CLEAR:
		return stored[0] != '\0' && strlen(stored) <= PASSWD_CLEAR_MAX;
	case PASSWD_HIDDEN:
		ok = passwd_unhide(stored, clear);
		wipe(clear, sizeof(clear));
		return ok;
	case PASSWD_MD5:
	case PASSWD_PBKDF2:
	case PASSWD_SCRYPT:
		return salt_len(t, stored) > 0;
	}
	return false;
}

/* By their hashes, so that time does not tell how much of it was right. */
static bool
same_text(const char *a, const char *b)
{
	const struct iov va = { a, strlen(a) }, vb = { b, strlen(b) };
	uint8_t ha[HASH_MAX], hb[HASH_MAX];
	bool same;

	hash_iov(HASH_SHA256, &va, 1, ha);
	hash_iov(HASH_SHA256, &vb, 1, hb);
	same = mem_equal(ha, hb, hash_len(HASH_SHA256)) != 0;
	wipe(ha, sizeof(ha));
	wipe(hb, sizeof(hb));
	return same;
}

bool
passwd_check(enum passwd_type t, const char *stored, const char *typed)
{
	char clear[PASSWD_CLEAR_MAX + 1], text[HASH_TEXT + 1];
	bool ok;

	if (strlen(typed) > PASSWD_CLEAR_MAX || !passwd_valid(t, stored))
		return false;
	switch (t) {
	case PASSWD_CLEAR:
		return same_text(stored, typed);
	case PASSWD_HIDDEN:
		ok = passwd_unhide(stored, clear) && same_text(clear, typed);
		wipe(clear, sizeof(clear));
		return ok;
	case PASSWD_MD5:
		md5_derive(typed, stored + 3, salt_len(t, stored), text);
		return same_text(text, stored + 4 + salt_len(t, stored));
	case PASSWD_PBKDF2:
	case PASSWD_SCRYPT:
		return derive(t, typed, stored + 3, text) && same_text(text, stored + 4 + SALT_LEN);
	}
	return false;
}

/* --- Proofs: the password is typed in one process, the stored one is kept in another --- */

bool
passwd_setting(enum passwd_type t, const char *stored, char out[PASSWD_STORED_MAX])
{
	size_t salt;

	out[0] = '\0';
	if (t == PASSWD_CLEAR || t == PASSWD_HIDDEN)
		return true;
	if ((salt = salt_len(t, stored)) == 0)
		return false;
	snprintf(out, PASSWD_STORED_MAX, "%.*s", (int)(3 + salt + 1), stored);
	return true;
}

/* "$N$salt$" of that type? */
static bool
setting_ok(enum passwd_type t, const char *setting)
{
	size_t n = strlen(setting), max = t == PASSWD_MD5 ? MD5_SALT_MAX : SALT_LEN;
	char number = (char)('0' + (t == PASSWD_MD5 ? 1 : (int)t));

	if (n < 5 || n > 4 + max || (t != PASSWD_MD5 && n != 4 + max))
		return false;
	return setting[0] == '$' && setting[1] == number && setting[2] == '$' && setting[n - 1] == '$' &&
	    strspn(setting + 3, alphabet) == n - 4;
}

bool
passwd_proof(enum passwd_type t, const char *setting, const char *typed, char out[PASSWD_STORED_MAX])
{
	char text[HASH_TEXT + 1];
	bool ok = true;

	out[0] = '\0';
	if (strlen(typed) > PASSWD_CLEAR_MAX)
		return false;
	if (t == PASSWD_CLEAR || t == PASSWD_HIDDEN) {
		snprintf(out, PASSWD_STORED_MAX, "%s", typed);
		return true;
	}
	if ((t != PASSWD_MD5 && t != PASSWD_PBKDF2 && t != PASSWD_SCRYPT) || !setting_ok(t, setting))
		return false;
	if (t == PASSWD_MD5)
		md5_derive(typed, setting + 3, strlen(setting) - 4, text);
	else
		ok = derive(t, typed, setting + 3, text);
	if (ok)
		snprintf(out, PASSWD_STORED_MAX, "%s%s", setting, text);
	wipe(text, sizeof(text));
	return ok;
}

bool
passwd_proved(enum passwd_type t, const char *stored, const char *proof)
{
	if (!passwd_valid(t, stored))
		return false;
	if (t == PASSWD_CLEAR || t == PASSWD_HIDDEN)
		return passwd_check(t, stored, proof);
	return same_text(stored, proof);
}
