/* Key pairs of a router: drawn by libcrypto from the router's own chance, kept in files, looked up. */

#include "engine/keypair.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "lib/buf.h"
#include "lib/chance.h"
#include "lib/mem.h"
#include "lib/text.h"

struct keypairs {
	TAILQ_HEAD(keypair_list, keypair) v;
	char			*dir;		/* NULL = in memory alone */
	bool			 looked;	/* what is there was taken in */
	struct keypair_maker	 maker;
	unsigned		 drawn;		/* keys of this router so far */
	uint64_t		 changes;
};

struct keypairs *
keypairs_new(void)
{
	struct keypairs *k = xcalloc(1, sizeof(*k));

	TAILQ_INIT(&k->v);
	return k;
}

static void
pair_free(struct keypair *p)
{
	free(p->label);
	if (p->pem != NULL)
		wipe_free(p->pem, strlen(p->pem));
	free(p->public);
	free(p);
}

void
keypairs_free(struct keypairs *k)
{
	struct keypair *p;

	if (k == NULL)
		return;
	while ((p = TAILQ_FIRST(&k->v)) != NULL) {
		TAILQ_REMOVE(&k->v, p, next);
		pair_free(p);
	}
	free(k->dir);
	free(k);
}

struct keypair *
keypairs_first(struct keypairs *k)
{
	return TAILQ_FIRST(&k->v);
}

struct keypair *
keypairs_last(struct keypairs *k)
{
	return TAILQ_LAST(&k->v, keypair_list);
}

struct keypair *
keypair_find(struct keypairs *k, enum keypair_kind kind, const char *label)
{
	struct keypair *p;

	TAILQ_FOREACH(p, &k->v, next)
		if (p->kind == kind && (label == NULL || strcmp(p->label, label) == 0))
			return p;
	return NULL;
}

void
keypairs_set_maker(struct keypairs *k, const struct keypair_maker *m)
{
	k->maker = m != NULL ? *m : (struct keypair_maker){ NULL, NULL };
}

const struct keypair_maker *
keypairs_maker(const struct keypairs *k)
{
	return &k->maker;
}

/* ---- made and read ---- */

static EVP_PKEY *
draw(struct chance *c, enum keypair_kind kind, unsigned bits)
{
	OSSL_LIB_CTX *ctx = chance_libctx(c);

	switch (kind) {
	case KEYPAIR_RSA:
		return EVP_PKEY_Q_keygen(ctx, NULL, "RSA", (size_t)bits);
	case KEYPAIR_EC:
		return EVP_PKEY_Q_keygen(ctx, NULL, "EC", bits == 384 ? "P-384" : "P-256");
	case KEYPAIR_ED25519:
		return EVP_PKEY_Q_keygen(ctx, NULL, "ED25519");
	}
	return NULL;
}

char *
keypair_make(struct chance *c, enum keypair_kind kind, unsigned bits)
{
	EVP_PKEY *key = draw(c, kind, bits);
	BIO *b = BIO_new(BIO_s_secmem());
	char *p, *pem = NULL;
	long n;

	if (key != NULL && b != NULL && PEM_write_bio_PKCS8PrivateKey(b, key, NULL, NULL, 0, NULL, NULL) == 1 &&
	    (n = BIO_get_mem_data(b, &p)) > 0)
		pem = xstrndup(p, (size_t)n);
	BIO_free(b);
	EVP_PKEY_free(key);
	return pem;
}

char *
keypairs_make(struct keypairs *k, struct chance *parent, enum keypair_kind kind, unsigned bits)
{
	char *stream = xasprintf("keypair-%u", ++k->drawn), *pem;
	struct chance *c = chance_new_child(parent, stream);

	pem = keypair_make(c, kind, bits);
	chance_free(c);
	free(stream);
	return pem;
}

/* What kind it is, and its public half. */
static bool
look_into(struct keypair *p)
{
	BIO *b = BIO_new_mem_buf(p->pem, -1);
	EVP_PKEY *key = b == NULL ? NULL : PEM_read_bio_PrivateKey(b, NULL, NULL, NULL);
	unsigned char *der = NULL;
	int n, id = key == NULL ? 0 : EVP_PKEY_get_base_id(key);

	BIO_free(b);
	p->kind = id == EVP_PKEY_RSA ? KEYPAIR_RSA : id == EVP_PKEY_EC ? KEYPAIR_EC : KEYPAIR_ED25519;
	if ((id != EVP_PKEY_RSA && id != EVP_PKEY_EC && id != EVP_PKEY_ED25519) || (n = i2d_PUBKEY(key, &der)) <= 0) {
		EVP_PKEY_free(key);
		return false;
	}
	p->bits = (unsigned)EVP_PKEY_get_bits(key);
	p->public = xmemdup(der, (size_t)n);
	p->npublic = (size_t)n;
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	return true;
}

/* ---- files: "KIND LABEL.pem" ---- */

static const char *const kind_names[] = { [KEYPAIR_RSA] = "rsa", [KEYPAIR_EC] = "ec", [KEYPAIR_ED25519] = "ed25519" };

static bool
label_ok(const char *label)
{
	size_t n = strlen(label);

	if (n == 0 || n > KEYPAIR_LABEL_MAX || label[0] == '.')
		return false;
	for (; *label != '\0'; label++)
		if (*label == '/' || (unsigned char)*label <= ' ' || *label == 0x7f)
			return false;
	return true;
}

static char *
path_of(const struct keypairs *k, const struct keypair *p)
{
	return xasprintf("%s/%s%s %s.pem", k->dir, kind_names[p->kind], p->encryption ? "-encryption" : p->usage ? "-signature" : "", p->label);
}

static bool
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return false;
		p += w;
		n -= (size_t)w;
	}
	return fsync(fd) == 0;
}

/* The folder and those above it. */
static bool
make_folders(const char *dir)
{
	char *path = xstrdup(dir);
	bool ok = true;

	for (char *p = path + 1; ok && *p != '\0'; p++)
		if (*p == '/') {
			*p = '\0';
			ok = mkdir(path, 0700) == 0 || errno == EEXIST;
			*p = '/';
		}
	ok = ok && (mkdir(path, 0700) == 0 || errno == EEXIST);
	free(path);
	return ok;
}

/* Written beside and renamed; the time when it was made stands before the key, where readers of PEM pass over it. */
static bool
store(const struct keypairs *k, const struct keypair *p, char **why)
{
	char *path = path_of(k, p), *temp = xasprintf("%s.new", path), *head = xasprintf("made %lld%s\n", (long long)p->made_ns, p->exportable ? " exportable" : "");
	int fd = make_folders(k->dir) ? open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
	bool ok = fd >= 0 && write_all(fd, head, strlen(head)) && write_all(fd, p->pem, strlen(p->pem));

	if (fd >= 0 && close(fd) != 0)
		ok = false;
	ok = ok && rename(temp, path) == 0;
	if (!ok) {
		*why = xasprintf("%s: %s", path, strerror(errno));
		unlink(temp);
	}
	free(head);
	free(temp);
	free(path);
	return ok;
}

static char *
slurp(int fd)
{
	char *text = xcalloc(1, KEYPAIR_PEM_MAX + 1);
	size_t n = 0;
	ssize_t r;

	while (n < KEYPAIR_PEM_MAX && (r = read(fd, text + n, KEYPAIR_PEM_MAX - n)) > 0)
		n += (size_t)r;
	return text;
}

/* A key that others can read is none any more. */
static char *
read_private(const char *path, char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	char *text = NULL;

	if (fd < 0 || fstat(fd, &st) != 0)
		*why = xasprintf("%s: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0 || (st.st_uid != geteuid() && st.st_uid != 0))
		*why = xasprintf("%s: a private key that others than its owner may read or write is not used: "
		    "make its mode 0600, or delete it", path);
	else
		text = slurp(fd);
	if (fd >= 0)
		close(fd);
	return text;
}

/* "rsa-signature R1.pem" */
static bool
name_parse(const char *name, struct keypair *p)
{
	const char *blank = strchr(name, ' '), *end = blank == NULL ? NULL : strstr(blank, ".pem");
	size_t n = blank == NULL ? 0 : (size_t)(blank - name);

	if (end == NULL || end[4] != '\0')
		return false;
	p->encryption = n > 11 && memcmp(blank - 11, "-encryption", 11) == 0;
	p->usage = p->encryption || (n > 10 && memcmp(blank - 10, "-signature", 10) == 0);
	p->label = xstrndup(blank + 1, (size_t)(end - blank - 1));
	return label_ok(p->label);
}

static bool
load(struct keypairs *k, const char *name, char **why)
{
	struct keypair *p = xcalloc(1, sizeof(*p));
	char *path = xasprintf("%s/%s", k->dir, name), *text = NULL;
	const char *pem;
	long long made = 0;
	bool ok = true;

	if (name_parse(name, p)) {
		text = read_private(path, why);
		ok = text != NULL;
		pem = ok ? strstr(text, "-----BEGIN") : NULL;
		if (ok && (pem == NULL || sscanf(text, "made %lld", &made) != 1)) {
			*why = xasprintf("%s: it holds no private key", path);
			ok = false;
		} else if (ok) {
			p->pem = xstrdup(pem);
			p->made_ns = made;
			p->exportable = strstr(text, " exportable\n") != NULL;	/* no line of PEM ends so */
			if (!(ok = look_into(p)))
				*why = xasprintf("%s: it holds no private key of a kind that is known", path);
		}
	}
	if (text != NULL)
		wipe_free(text, KEYPAIR_PEM_MAX);
	free(path);
	if (p->pem != NULL && ok) {
		TAILQ_INSERT_TAIL(&k->v, p, next);
		k->changes++;
	} else
		pair_free(p);
	return ok;
}

static int
not_hidden(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void
set_dir(struct keypairs *k, const char *dir)
{
	char *copy = xstrdup(dir);

	free(k->dir);
	k->dir = copy;
}

bool
keypairs_keep_later(struct keypairs *k, const char *dir, char **why)
{
	struct stat st;

	if (stat(dir, &st) == 0)
		return keypairs_keep(k, dir, why);
	set_dir(k, dir);
	return true;
}

bool
keypairs_keep(struct keypairs *k, const char *dir, char **why)
{
	struct dirent **v = NULL;
	int n;
	bool ok = true;

	if (!make_folders(dir) || (n = k->looked && strcmp(k->dir, dir) == 0 ? 0 : scandir(dir, &v, not_hidden, alphasort)) < 0) {
		*why = xasprintf("%s: %s", dir, strerror(errno));
		return false;
	}
	set_dir(k, dir);
	for (int i = 0; i < n; i++) {
		ok = ok && load(k, v[i]->d_name, why);
		free(v[i]);
	}
	free(v);
	k->looked = ok;		/* what was refused is refused again, and not replaced by a new one */
	return ok;
}

/* ---- taken in, given up ---- */

static struct keypair *
same(struct keypairs *k, const struct keypair *like)
{
	struct keypair *p;

	TAILQ_FOREACH(p, &k->v, next)
		if (p->kind == like->kind && p->encryption == like->encryption && strcmp(p->label, like->label) == 0)
			return p;
	return NULL;
}

bool
keypair_add(struct keypairs *k, const char *label, const char *pem, int64_t made_ns, bool usage, bool encryption, char **why)
{
	struct keypair *p = xcalloc(1, sizeof(*p)), *old;

	p->label = xstrdup(label);
	p->pem = xstrdup(pem);
	p->made_ns = made_ns;
	p->usage = usage || encryption;
	p->encryption = encryption;
	if (!label_ok(label) || !look_into(p)) {
		*why = xstrdup("it is no key, or its name cannot be kept");
		pair_free(p);
		return false;
	}
	if ((old = same(k, p)) != NULL)
		keypair_del(k, old);
	if (k->dir != NULL && !store(k, p, why)) {
		pair_free(p);
		return false;
	}
	TAILQ_INSERT_TAIL(&k->v, p, next);
	k->changes++;
	return true;
}

uint64_t
keypairs_changes(const struct keypairs *k)
{
	return k->changes;
}

void
keypair_del(struct keypairs *k, struct keypair *p)
{
	char *path = k->dir == NULL ? NULL : path_of(k, p);

	if (path != NULL)
		unlink(path);
	free(path);
	TAILQ_REMOVE(&k->v, p, next);
	k->changes++;
	pair_free(p);
}

bool
keypair_export(struct keypairs *k, struct keypair *p, char **why)
{
	p->exportable = true;
	return k->dir == NULL || store(k, p, why);
}

/* ---- as SSH writes it ---- */

#define MODULUS_MAX	(KEYPAIR_BITS_MAX / 8)

/* RFC 4251, section 5: mpint. */
static void
put_mpint(struct wr *w, EVP_PKEY *key, const char *name)
{
	BIGNUM *v = NULL;
	uint8_t b[MODULUS_MAX];
	int n;

	if (EVP_PKEY_get_bn_param(key, name, &v) != 1 || (n = BN_num_bytes(v)) > (int)sizeof(b))
		w->bad = true;
	else {
		BN_bn2bin(v, b);
		wr_u32(w, (uint32_t)n + (b[0] >> 7));
		wr_zero(w, b[0] >> 7);
		wr_bytes(w, b, (size_t)n);
	}
	BN_free(v);
}

char *
keypair_secsh(const struct keypair *p)
{
	const unsigned char *der = p->public;
	EVP_PKEY *key = p->kind != KEYPAIR_RSA ? NULL : d2i_PUBKEY(NULL, &der, (long)p->npublic);
	uint8_t blob[MODULUS_MAX + 64], text[2 * sizeof(blob)];
	struct wr w;

	if (key == NULL)
		return NULL;
	wr_init(&w, blob, sizeof(blob));
	wr_u32(&w, 7);
	wr_bytes(&w, "ssh-rsa", 7);
	put_mpint(&w, key, "e");
	put_mpint(&w, key, "n");
	EVP_PKEY_free(key);
	if (w.bad)
		return NULL;
	EVP_EncodeBlock(text, blob, (int)wr_len(&w));
	return xstrdup((const char *)text);
}
