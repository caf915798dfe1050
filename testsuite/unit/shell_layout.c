/*
 * Layouts of what policy prints, to the tab and the blank at a line's end, as parsers of IOS hold to them:
 * crypto maps in each dialect, templates, access lists.
 */

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "testsuite/unit/shell_bench.h"
#include "testsuite/unit/shell_test.h"

static const char config[] =
    "crypto ipsec transform-set TS esp-aes esp-sha-hmac\n"
    "crypto dynamic-map DM 10\n"
    " set transform-set TS\n"
    " match address 150\n"
    " reverse-route\n"
    "crypto map CM 10 ipsec-isakmp\n"
    " set peer 10.0.0.1 default\n"
    " set peer 10.0.0.2\n"
    " set transform-set TS\n"
    " set pfs group14\n"
    " match address 150\n"
    "crypto map CM 20 ipsec-isakmp dynamic DM\n"
    "interface GigabitEthernet0/1\n"
    " ip address 10.2.1.1 255.255.255.0\n"
    " crypto map CM\n"
    "access-list 150 permit tcp any host 10.5.5.5 eq www established\n"
    "access-list 150 permit ip 10.2.0.0 0.0.255.255 any log\n"
    "ip access-list standard PLAIN\n"
    " permit 10.0.0.1\n"
    " permit 10.2.0.0 0.0.255.255\n"
    "end\n";

/* As release 15 prints it; the others differ by the lines that said_by() knows. */
static const char maps[] =
    "Crypto Map IPv4 \"CM\" 10 ipsec-isakmp\n"
    "\tPeer = 10.0.0.1 (default peer)\n"
    "\tPeer = 10.0.0.2\n"
    "\tAccess-List SS dynamic: False\n"
    "\tExtended IP access list 150\n"
    "\t    access-list 150 permit tcp any host 10.5.5.5 eq www established\n"
    "\t    access-list 150 permit ip 10.2.0.0 0.0.255.255 any log\n"
    "\t    1 line(s) that are no proxy identity of IKE: their packets are dropped\n"
    "\tCurrent peer: 10.0.0.1\n"
    "\tSecurity association lifetime: 4608000 kilobytes/3600 seconds\n"
    "\tResponder-Only (Y/N): N\n"
    "\tPFS (Y/N): Y\n"
    "\tDH group:  group14\n"
    "\tMixed-mode : Disabled\n"
    "\tTransform sets={ \n"
    "\t\tTS:  { esp-aes esp-sha-hmac  } , \n"
    "\t}\n"
    "\tInterfaces using crypto map CM:\n"
    "\t\tGigabitEthernet0/1\n"
    "\n"
    "\n"
    "Crypto Map IPv4 \"CM\" 20 ipsec-isakmp\n"
    "\tDynamic map template tag: DM\n"
    "\tInterfaces using crypto map CM:\n"
    "\t\tGigabitEthernet0/1\n"
    "\n"
    "\n";

static const char templates[] =
    "Crypto Map Template\"DM\" 10\n"
    "\tExtended IP access list 150\n"
    "\t    access-list 150 permit tcp any host 10.5.5.5 eq www established\n"
    "\t    access-list 150 permit ip 10.2.0.0 0.0.255.255 any log\n"
    "\t    1 line(s) that are no proxy identity of IKE: their packets are dropped\n"
    "\tSecurity association lifetime: 4608000 kilobytes/3600 seconds\n"
    "\tResponder-Only (Y/N): N\n"
    "\tPFS (Y/N): N\n"
    "\tMixed-mode : Disabled\n"
    "\tTransform sets={ \n"
    "\t\tTS:  { esp-aes esp-sha-hmac  } , \n"
    "\t}\n"
    "\tReverse Route Injection Enabled\n"
    "\n";

static const char lists[] =
    "Standard IP access list PLAIN\n"
    "    10 permit 10.0.0.1\n"
    "    20 permit 10.2.0.0, wildcard bits 0.0.255.255\n"
    "Extended IP access list 150\n"
    "    10 permit tcp any host 10.5.5.5 eq www established\n"
    "    20 permit ip 10.2.0.0 0.0.255.255 any log\n";

/* What another release has instead of a line, or with it. */
static const struct { const char *line, *ios12, *xe17; } differing[] = {
	{ "Crypto Map IPv4 \"CM\" 10 ipsec-isakmp\n", "Crypto Map \"CM\" 10 ipsec-isakmp\n", NULL },
	{ "Crypto Map IPv4 \"CM\" 20 ipsec-isakmp\n", "Crypto Map \"CM\" 20 ipsec-isakmp\n", NULL },
	{ "\tAccess-List SS dynamic: False\n", "", NULL },
	{ "\tResponder-Only (Y/N): N\n", "", "\tDualstack (Y/N): N\n\n\tResponder-Only (Y/N): N\n" },
	{ "\tMixed-mode : Disabled\n", "", NULL },
};

static const char *
said_by(enum ike_dialect d, const char *line)
{
	const char *other = NULL;

	for (size_t i = 0; i < sizeof(differing) / sizeof(differing[0]); i++)
		if (strcmp(line, differing[i].line) == 0)
			other = d == IKE_IOS_12 ? differing[i].ios12 : d == IKE_XE_17 ? differing[i].xe17 : NULL;
	return other != NULL ? other : line;
}

static void
holds(struct bench *b, enum ike_dialect d, const char *command, const char *want)
{
	struct text t = { 0 };

	for (const char *at = want; *at != '\0'; at += strcspn(at, "\n") + 1) {
		char *line = xstrndup(at, strcspn(at, "\n") + 1);

		text_add(&t, said_by(d, line));
		free(line);
	}
	ck_assert(bench_type(b, command));
	ck_assert_str_eq(text_str(&b->said), text_str(&t));
	text_free(&t);
}

START_TEST(policy_is_laid_out_as_ios_does)
{
	enum ike_dialect d = (enum ike_dialect)_i;
	struct bench *b = bench_new(d);

	ck_assert_msg(bench_load(b, config) == 0, "%s", text_str(&b->faults));
	holds(b, d, "show crypto map\n", maps);
	holds(b, d, "show crypto map tag CM\n", maps);
	holds(b, d, "show crypto map interface Gi0/1\n", maps);
	holds(b, d, "show crypto dynamic-map\n", templates);
	holds(b, d, "show access-lists\n", lists);
	bench_free(b);
}
END_TEST

void
shell_layout_tests(TCase *tc)
{
	tcase_add_loop_test(tc, policy_is_laid_out_as_ios_does, IKE_IOS_12, IKE_XE_17 + 1);
}
