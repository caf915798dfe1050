/* What may be written down of a line that holds a secret. */

#include <stdlib.h>
#include <string.h>

#include "shell/mask.h"
#include "testsuite/unit/shell_test.h"

static const struct { const char *line, *all, *logins; } lines[] = {
	{ "username admin privilege 15 secret topsecret", "username admin privilege 15 secret *****", NULL },
	{ "user admin priv 15 sec 9 $9$abc two words", "user admin priv 15 sec 9 *****", NULL },
	{ "username secret password 0 x", "username secret password 0 *****", NULL },
	{ "  do username password secret x", "  do username password secret *****", NULL },
	{ "enable secret level 5 word", "enable secret level 5 *****", NULL },
	{ "ena pass word", "ena pass *****", NULL },
	{ "enable algorithm-type scrypt secret word", "enable algorithm-type scrypt secret *****", NULL },
	{ "username a algorithm-type sha256 secret word", "username a algorithm-type sha256 secret *****", NULL },
	{ "password 7 0822", "password 7 *****", NULL },
	{ "password two words", "password *****", NULL },
	{ "crypto isakmp key cisco address 10.0.0.1", "crypto isakmp key ***** address 10.0.0.1", "" },
	{ "no crypto isakmp key 6 \"two words\" hostname a", "no crypto isakmp key 6 ***** hostname a", "" },
	{ "pre-shared-key address 10.0.0.1 key 0 cisco", "pre-shared-key address 10.0.0.1 key 0 *****", "" },
	{ "pre-shared-key local cisco", "pre-shared-key local *****", "" },
	{ "group LOCKED key locked-key", "group LOCKED key *****", "" },
	{ "key cisco", "key *****", "" },
	{ "ip nhrp authentication cisco", "ip nhrp authentication *****", "" },
	{ "snmp-server community public ro", "snmp-server community ***** ro", "" },
	{ "username anna@G password hashcat", "username anna@G password *****", NULL },
	{ "snmp-server host 10.0.0.1 version 2c private udp-port 5", "snmp-server host 10.0.0.1 version 2c ***** udp-port 5", "" },
	{ "snmp-server host 10.0.0.1 public", "snmp-server host 10.0.0.1 *****", "" },
	{ "ntp authentication-key 1 md5 word", "ntp authentication-key 1 md5 *****", "" },
	{ "crypto pki import LAB pem terminal password opensesame", "crypto pki import LAB pem terminal password *****", "" },
	{ "crypto pki import LAB pkcs12 flash:x.p12 opensesame", "crypto pki import LAB pkcs12 flash:x.p12 *****", "" },
	{ "cry key export rsa LAB pem terminal 3des opensesame", "cry key export rsa LAB pem terminal 3des *****", "" },
	/* These hold none. */
	{ "crypto pki import LAB pem terminal", "", "" },
	{ "crypto pki import LAB certificate", "", "" },
	{ "crypto pki export LAB pem terminal", "", "" },
	{ "authentication pre-share", "", "" },
	{ "aaa authentication login default local", "", "" },
	{ "tunnel key 5", "", "" },
	{ "crypto key generate rsa", "", "" },
	{ "enable", "", "" },
	{ "enable secret", "", "" },
	{ "show users", "", "" },
	{ "service password-encryption", "", "" },
	{ "", "", "" },
};

START_TEST(secrets_are_masked)
{
	char *all = secret_mask(lines[_i].line), *logins = secret_mask_logins(lines[_i].line);

	ck_assert_str_eq(all, *lines[_i].all == '\0' ? lines[_i].line : lines[_i].all);
	ck_assert_str_eq(logins, lines[_i].logins == NULL ? lines[_i].all : lines[_i].line);
	free(all);
	free(logins);
}
END_TEST

/* No cut of a line makes it read behind its end. */
START_TEST(cuts_are_taken)
{
	for (size_t n = 0; n <= strlen(lines[_i].line); n++) {
		char *part = strndup(lines[_i].line, n), *all = secret_mask(part);

		ck_assert_uint_le(strlen(all), n + 5);
		free(all);
		free(part);
	}
}
END_TEST

void
shell_mask_tests(TCase *tc)
{
	const int n = (int)(sizeof(lines) / sizeof(lines[0]));

	tcase_add_loop_test(tc, secrets_are_masked, 0, n);
	tcase_add_loop_test(tc, cuts_are_taken, 0, n);
}
