/* Key files in Wireshark's form, and the NVRAM in memory and in a folder. */

#include "testsuite/unit/engine_lab_test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/keyfile.h"
#include "engine/topology.h"
#include "lib/mem.h"

static char *
temp_dir(void)
{
	char name[] = "/tmp/inspire-test-XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(name));
	return xstrdup(name);
}

static void
remove_dir(char *dir, const char *const *files)
{
	for (; *files != NULL; files++) {
		char *path = xasprintf("%s/%s", dir, *files);

		unlink(path);
		free(path);
	}
	ck_assert_int_eq(rmdir(dir), 0);	/* nothing else was left behind */
	free(dir);
}

static void
expect_file(const char *dir, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", dir, name), *s;
	size_t n;

	s = topology_slurp(path, 65536, &n);
	ck_assert_ptr_nonnull(s);
	ck_assert_str_eq(s, text);
	free(path);
	free(s);
}

START_TEST(key_rows)
{
	static const char *const files[] = { "esp_sa", "ikev1_decryption_table", NULL };
	static const uint8_t cookie[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, key[16] = { 0xaa, 0xbb };
	struct sa_params sa = { .proto = SA_ESP, .spi = 0x0c, .src = addr_v4(0x0a000001), .dst = addr_v4(0x0a000002),
	    .cipher = SA_CIPHER_AES_CBC, .auth = SA_AUTH_SHA1_96, .enc_key = { 1 }, .enc_key_len = 16,
	    .auth_key = { 2 }, .auth_key_len = 20 };
	struct key_report r = { .sa = &sa }, ike = { .icookie = cookie, .enc_key = key, .enc_key_len = 16 };
	struct keyfile *k = keyfile_new();
	char *dir = temp_dir();

	ck_assert(keyfile_add(k, &r));
	ck_assert(!keyfile_add(k, &r));		/* both ends report it */
	ck_assert(keyfile_add(k, &ike));
	sa = (struct sa_params){ .proto = SA_ESP, .spi = 0x0d, .src = addr_v4(0), .dst = addr_v4(0), .cipher = SA_CIPHER_AES_GCM, .enc_key_len = 20 };
	ck_assert(keyfile_add(k, &r));
	sa.cipher = SA_CIPHER_AES_GMAC;		/* Wireshark has no such row */
	ck_assert(!keyfile_add(k, &r));
	sa.proto = SA_AH;
	ck_assert(!keyfile_add(k, &r));
	ck_assert(keyfile_write(k, dir));
	expect_file(dir, "esp_sa", "\"IPv4\",\"10.0.0.1\",\"10.0.0.2\",\"0x0000000c\",\"AES-CBC [RFC3602]\","
	    "\"0x01000000000000000000000000000000\",\"HMAC-SHA-1-96 [RFC2404]\","
	    "\"0x0200000000000000000000000000000000000000\"\n"
	    "\"IPv4\",\"0.0.0.0\",\"0.0.0.0\",\"0x0000000d\",\"AES-GCM with 16 octet ICV [RFC4106]\","
	    "\"0x0000000000000000000000000000000000000000\",\"NULL\",\"\"\n");
	expect_file(dir, "ikev1_decryption_table", "0102030405060708,aabb0000000000000000000000000000\n");
	keyfile_free(k);
	remove_dir(dir, files);
}
END_TEST

START_TEST(key_rows_bounded)
{
	struct sa_params sa = { .proto = SA_ESP };
	struct key_report r = { .sa = &sa };
	struct keyfile *k = keyfile_new();
	char *dir = temp_dir(), *path, *text;
	static const char *const files[] = { "esp_sa", "ikev1_decryption_table", NULL };
	size_t n, lines = 0;

	for (sa.spi = 0; sa.spi < KEYFILE_ROWS + 10; sa.spi++)
		ck_assert(keyfile_add(k, &r));
	ck_assert(keyfile_write(k, dir));
	path = xasprintf("%s/esp_sa", dir);
	text = topology_slurp(path, 4u << 20, &n);
	for (size_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	ck_assert_uint_eq(lines, KEYFILE_ROWS);
	ck_assert_ptr_nonnull(strstr(text, "0x0000000a"));	/* the ten oldest gave way */
	ck_assert_ptr_null(strstr(text, "0x00000009"));
	free(text);
	free(path);
	keyfile_free(k);
	remove_dir(dir, files);
}
END_TEST

START_TEST(key_folder_refused)
{
	struct keyfile *k = keyfile_new();

	ck_assert(!keyfile_write(k, "/nonexistent/keys"));
	ck_assert(!keyfile_write(k, "/dev/null"));
	keyfile_free(k);
}
END_TEST

/* A node as nvram.c sees it. */
struct rig { struct lab lab; struct node node; };

static void
rig(struct rig *r, char *dir, const char *startup)
{
	char *why = NULL;
	char name[] = "R1", *text = startup != NULL ? xstrdup(startup) : NULL;

	memset(r, 0, sizeof(*r));
	r->lab.nvram_dir = dir;
	r->lab.nodes = &r->node;
	r->node = (struct node){ .lab = &r->lab, .name = xstrdup(name), .kind = NODE_ROUTER, .startup = text };
	ck_assert_msg(nvram_open(&r->node, &why), "%s", why);
}

static void
unrig(struct rig *r)
{
	free(r->node.name);
	free(r->node.startup);
	free(r->node.nvram);
}

static void
expect_load(struct rig *r, const char *text)
{
	char *s = nvram_load(&r->node);

	if (text == NULL)
		ck_assert_ptr_null(s);
	else
		ck_assert_str_eq(s, text);
	free(s);
}

START_TEST(nvram_in_memory)
{
	const char *why;
	struct rig r;

	rig(&r, NULL, "hostname A\n");
	expect_load(&r, "hostname A\n");
	ck_assert(nvram_store(&r.node, "hostname B\n", &why));
	expect_load(&r, "hostname B\n");
	ck_assert(nvram_store(&r.node, NULL, &why));
	expect_load(&r, NULL);
	unrig(&r);
}
END_TEST

START_TEST(nvram_in_files)
{
	static const char *const files[] = { "R1.cfg", NULL };
	char *dir = temp_dir();
	const char *why;
	struct rig r;

	rig(&r, dir, "hostname A\n");
	expect_load(&r, "hostname A\n");
	ck_assert(nvram_store(&r.node, "hostname B\n", &why));
	expect_file(dir, "R1.cfg", "hostname B\n");
	unrig(&r);
	rig(&r, dir, "hostname A\n");		/* the next lab boots from what was saved */
	expect_load(&r, "hostname B\n");
	ck_assert(nvram_store(&r.node, NULL, &why));
	unrig(&r);
	rig(&r, dir, "hostname A\n");		/* and from nothing after an erase */
	expect_load(&r, NULL);
	unrig(&r);
	remove_dir(dir, files);
}
END_TEST

START_TEST(nvram_rewound)
{
	static const char *const files[] = { NULL };
	char *dir = temp_dir();
	const char *why;
	struct rig r;

	rig(&r, dir, NULL);
	ck_assert(nvram_store(&r.node, "hostname B\n", &why));
	r.node.nvram_kept = false;		/* as a snapshot from before the save has it */
	ck_assert(nvram_rewind(&r.lab));
	unrig(&r);
	remove_dir(dir, files);
}
END_TEST

START_TEST(nvram_not_writable)
{
	const char *why = NULL;
	char gone[] = "/nonexistent";
	struct rig r;

	rig(&r, gone, "hostname A\n");
	ck_assert(!nvram_store(&r.node, "hostname B\n", &why));
	ck_assert_str_eq(why, "No such file or directory");
	expect_load(&r, "hostname A\n");	/* the old one stands */
	unrig(&r);
}
END_TEST

void
lab_keyfile_tests(TCase *tc)
{
	tcase_add_test(tc, key_rows);
	tcase_add_test(tc, key_rows_bounded);
	tcase_add_test(tc, key_folder_refused);
}

void
lab_nvram_tests(TCase *tc)
{
	tcase_add_test(tc, nvram_in_memory);
	tcase_add_test(tc, nvram_in_files);
	tcase_add_test(tc, nvram_rewound);
	tcase_add_test(tc, nvram_not_writable);
}
