/*
 * Host keys as libssh reads them: PEM, but for Ed25519, of which it knows the public half only in OpenSSH's own form
 * ("openssh-key-v1", PROTOCOL.key of OpenSSH).
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "lib/buf.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/gateway_int.h"

#define HALF		32u		/* of an Ed25519 key */
#define FORM_MAX	512u
#define BLOCK		8u

static void
put_string(struct wr *w, const void *p, size_t n)
{
	wr_u32(w, (uint32_t)n);
	wr_bytes(w, p, n);
}

static void
put_public(struct wr *w, const uint8_t public[HALF])
{
	put_string(w, "ssh-ed25519", 11);
	put_string(w, public, HALF);
}

/* Both halves, a check that tells whether it was deciphered (it was not), and padding 1, 2, 3 ... */
static size_t
private_part(uint8_t out[FORM_MAX], const uint8_t private[HALF], const uint8_t public[HALF])
{
	struct wr w;

	wr_init(&w, out, FORM_MAX);
	wr_u32(&w, 0);
	wr_u32(&w, 0);
	put_public(&w, public);
	wr_u32(&w, 2 * HALF);
	wr_bytes(&w, private, HALF);
	wr_bytes(&w, public, HALF);
	put_string(&w, "", 0);
	for (uint8_t i = 1; wr_len(&w) % BLOCK != 0; i++)
		wr_u8(&w, i);
	return wr_len(&w);
}

static size_t
openssh_form(uint8_t out[FORM_MAX], const uint8_t private[HALF], const uint8_t public[HALF])
{
	uint8_t part[FORM_MAX];
	size_t n = private_part(part, private, public);
	struct wr w;

	wr_init(&w, out, FORM_MAX);
	wr_bytes(&w, "openssh-key-v1", 15);	/* with its NUL */
	put_string(&w, "none", 4);
	put_string(&w, "none", 4);
	put_string(&w, "", 0);
	wr_u32(&w, 1);
	wr_u32(&w, 4 + 11 + 4 + HALF);
	put_public(&w, public);
	put_string(&w, part, n);
	wipe(part, sizeof(part));
	return w.bad ? 0 : wr_len(&w);
}

/* NULL: it is no Ed25519 key. Caller wipes and frees. */
static char *
ed25519_text(const char *pem)
{
	BIO *b = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = b == NULL ? NULL : PEM_read_bio_PrivateKey(b, NULL, NULL, NULL);
	uint8_t private[HALF], public[HALF], form[FORM_MAX], text[2 * FORM_MAX];
	size_t n = HALF, k = HALF, len = 0;
	char *out = NULL;

	if (key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 && EVP_PKEY_get_raw_private_key(key, private, &n) == 1 &&
	    EVP_PKEY_get_raw_public_key(key, public, &k) == 1)
		len = openssh_form(form, private, public);
	if (len > 0) {
		EVP_EncodeBlock(text, form, (int)len);
		out = xasprintf("-----BEGIN OPENSSH PRIVATE KEY-----\n%s\n-----END OPENSSH PRIVATE KEY-----\n", (const char *)text);
	}
	wipe(private, sizeof(private));
	wipe(form, sizeof(form));
	wipe(text, sizeof(text));
	EVP_PKEY_free(key);
	BIO_free(b);
	return out;
}

ssh_key
gateway_key(const char *pem)
{
	char *text = ed25519_text(pem);
	ssh_key key = NULL;
	int rc = ssh_pki_import_privkey_base64(text != NULL ? text : pem, NULL, NULL, NULL, &key);

	if (text != NULL)
		wipe_free(text, strlen(text));
	return rc == SSH_OK ? key : NULL;
}
