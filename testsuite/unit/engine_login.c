/* Logging in: what a line means, whose password counts, failures that block, users that are locked out. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/cfg_line.h"
#include "engine/cfg_ssh.h"
#include "engine/internal.h"
#include "engine/log.h"
#include "engine/login.h"
#include "engine/router.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "testsuite/unit/engine_pair.h"

#define START	(INT64_C(1426252387) * NSEC_SEC)	/* 2015-03-13 13:13:07 UTC */

struct rig {
	struct clock	*clock;
	struct chance	*chance;
	struct router	*r;
	struct text	 said;		/* messages, a line each */
	struct log_tap	*tap;
};

static bool
no_carrier(void *arg, struct router *r, const char *ifname)
{
	(void)arg;
	(void)r;
	(void)ifname;
	return false;
}

static void
said(void *arg, const struct log_entry *e, const char *formatted)
{
	struct rig *g = arg;

	(void)formatted;
	text_printf(&g->said, "%s\n", e->body);
}

static void
rig_up(struct rig *g)
{
	static const struct router_ops ops = { .carrier = no_carrier };
	struct router_env env = { .name = "R1", .ops = &ops, .dialect = IKE_IOS_15, .number = 1 };

	*g = (struct rig){ .clock = clock_new_virtual(START), .chance = chance_new_seeded(1) };
	env.clock = g->clock;
	env.chance = chance_new_child(g->chance, "R1");
	g->r = router_new(&env);
	router_power_on(g->r);
	g->tap = log_tap_add(g->r, LOG_SINK_ALL, said, g);
}

static void
rig_down(struct rig *g)
{
	log_tap_del(g->tap);
	router_free(g->r);
	chance_free(g->chance);
	clock_free(g->clock);
	text_free(&g->said);
}

static void
line(struct rig *g, const char *name, const char *words)
{
	cfg_names_add(&config_line(g->r->cfg, name, true)->words, words);
}

static void
user(struct rig *g, const char *name, unsigned privilege, const char *password)
{
	struct cfg_user *u = config_user(g->r->cfg, name, true);

	u->privilege = privilege;
	cfg_user_set(u, false, PASSWD_CLEAR, password);
}

static void
list(struct rig *g, enum aaa_service s, const char *name, enum aaa_method a, enum aaa_method b)
{
	struct cfg_aaa_list *l = config_aaa_list(g->r->cfg, s, name, true);

	g->r->cfg->aaa_new_model = true;
	l->methods[0] = a;
	l->methods[1] = b;
	l->n = 2;
}

static const struct login_from con = { .kind = LINE_CON };

static struct login_from
from(uint32_t addr)
{
	return (struct login_from){ .kind = LINE_VTY, .remote = addr_v4(addr), .local = addr_v4(0x7f000001), .remote_port = 4000, .local_port = 22 };
}

static bool
right(struct rig *g, const struct login_from *f, const char *name, const char *typed)
{
	struct login_secret s;

	login_secret(g->r, f, name, &s);
	return s.known && (s.none || passwd_check(s.type, s.stored, typed));
}

START_TEST(a_block_means)
{
	struct line_settings s;
	struct rig g;

	rig_up(&g);
	line_settings(g.r->cfg, LINE_VTY, 3, &s);
	ck_assert_int_eq(s.login, LINE_LOGIN_PASSWORD);
	ck_assert(!s.login_set && s.ssh && s.exec_timeout_ns == 600 * NSEC_SEC && s.history == 20);
	ck_assert_uint_eq(line_vtys(g.r->cfg), 5);
	line(&g, "vty 5 7", "login local");
	line(&g, "vty 5 7", "transport input none");
	line(&g, "vty 5 7", "access-class MGMT in");
	line(&g, "vty 5 7", "password 7 0822");
	line(&g, "vty 5 7", "exec-timeout 1 5");
	line(&g, "vty 5 7", "no exec-banner");
	ck_assert_uint_eq(line_vtys(g.r->cfg), 8);
	line_settings(g.r->cfg, LINE_VTY, 6, &s);
	ck_assert(s.login == LINE_LOGIN_LOCAL && s.login_set && !s.ssh && s.no_exec_banner && !s.no_exec);
	ck_assert_str_eq(s.access_class, "MGMT");
	ck_assert_str_eq(s.password, "0822");
	ck_assert_uint_eq(s.password_type, PASSWD_HIDDEN);
	ck_assert_int_eq(s.exec_timeout_ns, 65 * NSEC_SEC);
	line_settings(g.r->cfg, LINE_CON, 0, &s);
	ck_assert_int_eq(s.login, LINE_LOGIN_NONE);
	rig_down(&g);
}
END_TEST

START_TEST(who_is_asked)
{
	struct rig g;
	struct login_from net = from(0x0a000001);

	rig_up(&g);
	ck_assert_int_eq(login_asks(g.r, &con), LOGIN_ASK_NOTHING);
	ck_assert_int_eq(login_asks(g.r, &net), LOGIN_ASK_USER);
	line(&g, "con 0", "login");
	ck_assert_int_eq(login_asks(g.r, &con), LOGIN_ASK_NOTHING);	/* it has no password */
	line(&g, "con 0", "password word");
	ck_assert_int_eq(login_asks(g.r, &con), LOGIN_ASK_PASSWORD);
	ck_assert(right(&g, &con, "", "word") && !right(&g, &con, "", "wor"));
	g.r->cfg->aaa_new_model = true;
	ck_assert_int_eq(login_asks(g.r, &con), LOGIN_ASK_NOTHING);	/* no default list */
	line(&g, "con 0", "login authentication MISSING");
	ck_assert_int_eq(login_asks(g.r, &con), LOGIN_ASK_USER);
	ck_assert(!right(&g, &con, "", "word"));
	rig_down(&g);
}
END_TEST

/* Over a network nobody comes in without a password, whatever the line or a list says. */
START_TEST(networks_need_users)
{
	struct rig g;
	struct login_from net = from(0x0a000001);

	rig_up(&g);
	line(&g, "vty 0 4", "no login");
	ck_assert_int_eq(login_gate(g.r, &net), LOGIN_NO_USERS);
	ck_assert(!right(&g, &net, "any", ""));
	list(&g, AAA_LOGIN, "default", AAA_NONE, AAA_NONE);
	ck_assert_int_eq(login_gate(g.r, &net), LOGIN_NO_USERS);
	ck_assert(!right(&g, &net, "any", ""));
	ck_assert(right(&g, &con, "any", ""));
	user(&g, "admin", 15, "word");
	ck_assert_int_eq(login_gate(g.r, &net), LOGIN_OPEN);
	ck_assert(!right(&g, &net, "admin", "word"));	/* the list asks nobody, so nobody is known */
	config_user(g.r->cfg, "guest", true)->nopassword = true;
	g.r->cfg->aaa_new_model = false;
	ck_assert(right(&g, &net, "admin", "word") && !right(&g, &net, "guest", "") && !right(&g, &net, "nobody", ""));
	rig_down(&g);
}
END_TEST

/* A method that has nothing to go by leaves it to the next; one that refuses does not. */
START_TEST(methods_in_order)
{
	struct rig g;

	rig_up(&g);
	list(&g, AAA_LOGIN, "default", AAA_LOCAL, AAA_ENABLE);
	ck_assert(!right(&g, &con, "admin", "en"));
	cfg_enable_set(&g.r->cfg->access.secret[15], PASSWD_CLEAR, "en");
	ck_assert(right(&g, &con, "admin", "en"));
	ck_assert_int_eq(login_asks(g.r, &con), LOGIN_ASK_PASSWORD);
	user(&g, "Admin", 15, "word");
	ck_assert_int_eq(login_asks(g.r, &con), LOGIN_ASK_USER);
	ck_assert(!right(&g, &con, "admin", "en") && right(&g, &con, "admin", "word") && !right(&g, &con, "clerk", "en"));
	list(&g, AAA_LOGIN, "default", AAA_LOCAL_CASE, AAA_NONE);
	ck_assert(!right(&g, &con, "admin", "word") && right(&g, &con, "Admin", "word"));
	rig_down(&g);
}
END_TEST

START_TEST(rights_of_users)
{
	struct login_from net = from(0x0a000001);
	struct rig g;

	rig_up(&g);
	user(&g, "clerk", 1, "w");
	user(&g, "admin", 15, "w");
	line(&g, "vty 0 4", "privilege level 7");
	ck_assert_uint_eq(login_privilege(g.r, &net, "clerk"), 7);
	ck_assert_uint_eq(login_privilege(g.r, &net, "admin"), 15);
	list(&g, AAA_LOGIN, "default", AAA_LOCAL, AAA_NONE);
	ck_assert_uint_eq(login_privilege(g.r, &net, "admin"), 7);	/* nothing authorizes exec */
	list(&g, AAA_EXEC, "default", AAA_LOCAL, AAA_NONE);
	ck_assert_uint_eq(login_privilege(g.r, &net, "admin"), 15);
	ck_assert(login_exec_ok(g.r, &net, "admin") && !login_exec_ok(g.r, &net, "other"));
	ck_assert_uint_eq(login_privilege(g.r, &con, "admin"), 1);	/* the console only where it is said */
	g.r->cfg->access.console = true;
	ck_assert_uint_eq(login_privilege(g.r, &con, "admin"), 15);
	ck_assert(login_authorizes(g.r, &net, "clerk", 15));
	config_aaa_commands(g.r->cfg, 15, "default", true)->methods[0] = AAA_LOCAL;
	config_aaa_commands(g.r->cfg, 15, "default", true)->n = 1;
	ck_assert(!login_authorizes(g.r, &net, "clerk", 15) && login_authorizes(g.r, &net, "admin", 15) && login_authorizes(g.r, &net, "clerk", 1));
	rig_down(&g);
}
END_TEST

START_TEST(enable_levels)
{
	struct login_from net = from(0x0a000001);
	struct login_secret s;
	struct rig g;

	rig_up(&g);
	ck_assert_int_eq(login_enable_secret(g.r, &con, 15, &s), LOGIN_ENABLE_FREE);
	ck_assert_int_eq(login_enable_secret(g.r, &net, 15, &s), LOGIN_ENABLE_UNSET);
	cfg_enable_set(&g.r->cfg->access.password[7], PASSWD_CLEAR, "seven");
	ck_assert_int_eq(login_enable_secret(g.r, &net, 7, &s), LOGIN_ENABLE_ASK);
	ck_assert_str_eq(s.stored, "seven");
	cfg_enable_set(&g.r->cfg->access.secret[7], PASSWD_CLEAR, "better");
	login_enable_secret(g.r, &net, 7, &s);
	ck_assert_str_eq(s.stored, "better");
	list(&g, AAA_ENABLING, "default", AAA_ENABLE, AAA_NONE);
	ck_assert_int_eq(login_enable_secret(g.r, &net, 15, &s), LOGIN_ENABLE_FREE);
	rig_down(&g);
}
END_TEST

static void
fails(struct rig *g, const struct login_from *f, const char *name, int64_t wait_s)
{
	login_failed(g->r, f, name, "Login Authentication Failed");
	clock_step(g->clock, clock_now(g->clock) + wait_s * NSEC_SEC);
}

START_TEST(failures_block)
{
	struct login_from net = from(0x0a000001), friend = from(0x0a000002);
	struct dp_ace permit = { .permit = true, .src = 0x0a000002, .src_mask = 0xffffffff };
	struct login_info i;
	struct rig g;

	rig_up(&g);
	user(&g, "admin", 15, "w");
	g.r->cfg->access.guard = (struct cfg_login_guard){ .block_s = 60, .tries = 3, .within_s = 30, .failure_every = 1 };
	router_apply(g.r, CFG_AREA_ALL);
	for (int k = 0; k < 5; k++)
		fails(&g, &net, "a", 16);	/* never three within 30 s */
	ck_assert_int_eq(login_gate(g.r, &net), LOGIN_OPEN);
	fails(&g, &net, "a", 1);
	fails(&g, &net, "a", 1);
	login_info(g.r, &i);
	ck_assert_int_eq(login_gate(g.r, &net), LOGIN_BLOCKED);
	ck_assert_int_eq(i.quiet_left_ns, 59 * NSEC_SEC);
	ck_assert_ptr_ne(strstr(text_str(&g.said), "%SEC_LOGIN-1-QUIET_MODE_ON: "), NULL);
	config_set_str(&g.r->cfg->access.guard.quiet_class, "FRIENDS");
	ck_assert_int_eq(login_gate(g.r, &friend), LOGIN_BLOCKED);	/* there is no such list yet */
	permit.hits = dp_hits_new();
	acl_add(config_acl_make(g.r->cfg, "FRIENDS", false), 0, &permit, false, NULL);
	dp_hits_free(permit.hits);
	ck_assert_int_eq(login_gate(g.r, &friend), LOGIN_OPEN);
	ck_assert_int_eq(login_gate(g.r, &net), LOGIN_BLOCKED);
	ck_assert_int_eq(login_gate(g.r, &con), LOGIN_OPEN);
	while (clock_step(g.clock, START + 300 * NSEC_SEC))
		;
	ck_assert_ptr_ne(strstr(text_str(&g.said), "%SEC_LOGIN-5-QUIET_MODE_OFF: "), NULL);
	ck_assert_int_eq(login_gate(g.r, &net), LOGIN_OPEN);
	rig_down(&g);
}
END_TEST

/* What comes from outside is no line of its own in a log, and no longer than a name. */
START_TEST(names_are_harmless)
{
	struct login_from net = from(0x0a000001);
	char name[USER_NAME_MAX + 1], big[300];
	struct rig g;

	rig_up(&g);
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	ck_assert_uint_eq(strlen(login_clean(big, name)), USER_NAME_MAX);
	ck_assert_str_eq(login_clean("a\n%SYS-5-X: \x1b[2J\x7f\xc3\xa9", name), "a?%SYS-5-X:??[2J???");
	g.r->cfg->access.guard.failure_every = 1;
	login_failed(g.r, &net, "a\nb]", "Login Authentication Failed");
	ck_assert_ptr_ne(strstr(text_str(&g.said), "[user: a?b]] [Source: 10.0.0.1] [localport: 22]"), NULL);
	rig_down(&g);
}
END_TEST

struct locked { char who[USER_NAME_MAX + 1]; unsigned n; };

static void
locked(void *arg, const char *name, int64_t since_ns)
{
	struct locked *l = arg;

	(void)since_ns;
	snprintf(l->who, sizeof(l->who), "%s", name);
	l->n++;
}

/* A key of clerk's: its kind, and 32 bytes. */
static const uint8_t blob[] = "\0\0\0\013ssh-ed25519\0\0\0\040" "0123456789abcdef0123456789abcdef";

static bool
key_lets_in(struct rig *g)
{
	return login_key(g->r, "clerk", blob, sizeof(blob) - 1);
}

static void
give_key(struct rig *g)
{
	char kind[SSH_KIND_MAX];
	uint8_t hash[SSH_HASH];

	ck_assert(ssh_blob(blob, sizeof(blob) - 1, kind, hash));
	ck_assert(cfg_ssh_key_add(cfg_ssh_user(&g->r->cfg->ssh, "clerk", true), kind, hash, NULL));
	ck_assert(key_lets_in(g));
}

START_TEST(users_are_locked_out)
{
	struct login_from net = from(0x0a000001);
	struct locked l = { .n = 0 };
	struct rig g;

	rig_up(&g);
	user(&g, "clerk", 1, "w");
	user(&g, "admin", 15, "w");
	list(&g, AAA_LOGIN, "default", AAA_LOCAL, AAA_NONE);
	give_key(&g);
	g.r->cfg->access.max_fail = 2;
	for (int k = 0; k < 3; k++) {
		fails(&g, &net, "CLERK", 1);
		fails(&g, &net, "admin", 1);
		fails(&g, &net, "nobody", 1);
	}
	login_locked_each(g.r, locked, &l);
	ck_assert_uint_eq(l.n, 1);
	ck_assert_str_eq(l.who, "clerk");
	ck_assert(!right(&g, &net, "clerk", "w") && right(&g, &net, "admin", "w") && !key_lets_in(&g));
	ck_assert(login_unlock(g.r, NULL, "console"));
	ck_assert(right(&g, &net, "clerk", "w") && key_lets_in(&g));
	fails(&g, &net, "clerk", 1);
	login_succeeded(g.r, &net, "clerk");
	fails(&g, &net, "clerk", 1);
	ck_assert(right(&g, &net, "clerk", "w"));	/* it begins anew with each success */
	rig_down(&g);
}
END_TEST

START_TEST(lines_have_gates)
{
	struct login_from net = from(0x0a000001), six = { .kind = LINE_VTY, .remote = { .af = ADDR_V6 } };
	struct dp_ace permit = { .permit = true, .src = 0x0a000002, .src_mask = 0xffffffff };
	struct rig g;

	rig_up(&g);
	user(&g, "admin", 15, "w");
	line(&g, "vty 0 4", "access-class 10 in");
	ck_assert_int_eq(login_gate(g.r, &net), LOGIN_OPEN);	/* a list that is not there lets all pass */
	permit.hits = dp_hits_new();
	acl_add(config_acl_make(g.r->cfg, "10", false), 0, &permit, false, NULL);
	dp_hits_free(permit.hits);
	ck_assert_int_eq(login_gate(g.r, &net), LOGIN_ACCESS_CLASS);
	ck_assert_int_eq(login_gate(g.r, &six), LOGIN_ACCESS_CLASS);
	net = from(0x0a000002);
	ck_assert_int_eq(login_gate(g.r, &net), LOGIN_OPEN);
	line(&g, "vty 0 4", "transport input none");
	ck_assert_int_eq(login_gate(g.r, &net), LOGIN_TRANSPORT);
	ck_assert_int_eq(login_line_gate(g.r, &net), LOGIN_TRANSPORT);
	net.number = 5;
	ck_assert_int_eq(login_line_gate(g.r, &net), LOGIN_OPEN);	/* each line for itself */
	rig_down(&g);
}
END_TEST

void
engine_login_tests(TCase *tc)
{
	tcase_add_test(tc, a_block_means);
	tcase_add_test(tc, who_is_asked);
	tcase_add_test(tc, networks_need_users);
	tcase_add_test(tc, methods_in_order);
	tcase_add_test(tc, rights_of_users);
	tcase_add_test(tc, enable_levels);
	tcase_add_test(tc, failures_block);
	tcase_add_test(tc, names_are_harmless);
	tcase_add_test(tc, users_are_locked_out);
	tcase_add_test(tc, lines_have_gates);
}
