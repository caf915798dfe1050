/*
 * A program that runs for real: the opener's packets, cut at every byte, and its refusals; what a supervisor is told; PID
 * files; the machine's log; filters of system calls; rights.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/hostlog.h"
#include "shell/notify.h"
#include "shell/opener.h"
#include "shell/pidfile.h"
#include "shell/privs.h"
#include "shell/sandbox.h"
#include "testsuite/unit/shell_test.h"

/* ---- packets ---- */

static struct opener_msg
sample(enum opener_type t)
{
	struct opener_msg m = { .type = t, .number = 0x01020304 };

	if (t == OPENER_ALLOW || t == OPENER_OPEN)
		m.want = (struct port_want){ .device = PORT_DEV_TUN, .name = "tun-of-15-bytes", .mac = { 2, 3, 4, 5, 6, 7 }, .offload = true, .create = true };
	if (t == OPENER_GOT || t == OPENER_REFUSED)
		m.got = (struct port_got){ .offload = true, .promiscuous = true, .mtu = 1500, .ifindex = 7, .error = ENODEV };
	if (t == OPENER_REFUSED)
		strcpy(m.text, "no such device");
	return m;
}

static void
same(const struct opener_msg *a, const struct opener_msg *b)
{
	ck_assert_uint_eq(a->type, b->type);
	ck_assert_uint_eq(a->number, b->number);
	ck_assert_uint_eq(a->want.device, b->want.device);
	ck_assert_str_eq(a->want.name, b->want.name);
	ck_assert_mem_eq(a->want.mac, b->want.mac, 6);
	ck_assert_int_eq(a->want.offload, b->want.offload);
	ck_assert_int_eq(a->want.create, b->want.create);
	ck_assert_int_eq(a->got.offload, b->got.offload);
	ck_assert_int_eq(a->got.promiscuous, b->got.promiscuous);
	ck_assert_uint_eq(a->got.mtu, b->got.mtu);
	ck_assert_uint_eq(a->got.ifindex, b->got.ifindex);
	ck_assert_int_eq(a->got.error, b->got.error);
	ck_assert_str_eq(a->text, b->text);
}

START_TEST(there_and_back)
{
	struct opener_msg m = sample((enum opener_type)_i), back;
	uint8_t b[OPENER_MAX + 1] = { 0 };
	size_t n = opener_encode(&m, b), least = m.type == OPENER_REFUSED ? n - strlen(m.text) : n;

	ck_assert(opener_decode(b, n, &back));
	same(&m, &back);
	for (size_t cut = 0; cut < least; cut++)
		ck_assert_msg(!opener_decode(b, cut, &back), "cut at %zu", cut);
	b[n] = 0;
	ck_assert(!opener_decode(b, n + 1, &back));
	for (unsigned t = 0; t < 256; t++) {
		b[0] = (uint8_t)t;
		if (t == 0 || t >= OPENER_TYPES)
			ck_assert(!opener_decode(b, n, &back));
		else
			opener_decode(b, n, &back);
	}
}
END_TEST

/* type 1, number 4, device 1, flags 1, name 16, mac 6 */
START_TEST(wants_that_are_none)
{
	static const struct { size_t at; uint8_t v; } bad[] = {
		{ 5, PORT_DEV_TUN + 1 }, { 5, 255 }, { 6, 4 }, { 6, 255 }, { 7, '\0' }, { 7, '/' }, { 8, ' ' }, { 8, '\n' }, { 9, 0x80 }, { 22, 'x' },
	};
	struct opener_msg m = sample(OPENER_OPEN), back;
	uint8_t b[OPENER_MAX];
	size_t n = opener_encode(&m, b);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint8_t was = b[bad[i].at];

		b[bad[i].at] = bad[i].v;
		ck_assert_msg(!opener_decode(b, n, &back), "%zu", i);
		b[bad[i].at] = was;
	}
	memset(m.want.name, 0, sizeof(m.want.name));
	strcpy(m.want.name, "..");
	ck_assert(!opener_decode(b, opener_encode(&m, b), &back));
	strcpy(m.want.name, "t0");
	n = opener_encode(&m, b);
	ck_assert(opener_decode(b, n, &back));
	b[12] = 'x';		/* behind the name's end */
	ck_assert(!opener_decode(b, n, &back));
}
END_TEST

START_TEST(words_of_ports)
{
	struct port_want w;

	ck_assert(opener_want("tap:x0", &w) && w.device == PORT_DEV_TAP && strcmp(w.name, "x0") == 0);
	ck_assert(opener_want("tun:x0", &w) && w.device == PORT_DEV_TUN);
	ck_assert(opener_want("pcap:eth0", &w) && w.device == PORT_DEV_PACKET);
	ck_assert(!opener_want("udp:127.0.0.1:1:127.0.0.1:2", &w));
	ck_assert(!opener_want("pcapfile:x", &w));
	ck_assert(!opener_want("tap:", &w));
	ck_assert(!opener_want("tap:sixteen-bytes-xx", &w));
}
END_TEST

/* ---- the process, with devices that are pipes ---- */

static int
fake_open(const struct port_want *w, struct port_got *got, char **why)
{
	int fd[2];

	if (strcmp(w->name, "gone") == 0) {
		got->error = ENODEV;
		*why = xstrdup("no such\ndevice");
		return -1;
	}
	if (pipe(fd) != 0)
		return -1;
	if (write(fd[1], w->name, strlen(w->name)) < 0)
		return -1;
	close(fd[1]);
	*got = (struct port_got){ .mtu = 1400, .ifindex = 3, .offload = w->offload };
	return fd[0];
}

/* Its link; *pid its process. */
static int
begin(pid_t *pid)
{
	int fd[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
	if ((*pid = fork()) == 0) {
		close(fd[0]);
		opener_serve(fd[1], fake_open);
		_exit(0);
	}
	close(fd[1]);
	return fd[0];
}

static struct port_want
named(const char *spec)
{
	struct port_want w;

	ck_assert(opener_want(spec, &w));
	return w;
}

static void
reads(int fd, const char *text)
{
	char b[32] = "";

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(read(fd, b, sizeof(b) - 1), (ssize_t)strlen(text));
	ck_assert_str_eq(b, text);
	close(fd);
}

START_TEST(only_what_was_named)
{
	struct port_want tap = named("tap:one"), gone = named("tap:gone"), tun = named("tun:one"), other = named("tap:two");
	const struct port_opener *p;
	struct port_got got;
	struct opener *o;
	char *why = NULL;
	pid_t pid;

	o = opener_at(begin(&pid));
	opener_allow(o, &tap);
	opener_allow(o, &gone);
	ck_assert(opener_seal(o));
	opener_allow(o, &other);	/* too late */
	p = opener_port(o);
	tap.offload = true;
	reads(p->open(p->arg, &tap, &got, &why), "one");
	ck_assert_uint_eq(got.mtu, 1400);
	ck_assert_uint_eq(got.ifindex, 3);
	ck_assert(got.offload);
	reads(p->open(p->arg, &tap, &got, &why), "one");	/* as often as one likes */
	ck_assert_int_eq(p->open(p->arg, &tun, &got, &why), -1);
	ck_assert_ptr_nonnull(strstr(why, "none of the devices"));
	ck_assert_int_eq(got.error, EPERM);
	free(why);
	ck_assert_int_eq(p->open(p->arg, &other, &got, &why), -1);
	ck_assert_int_eq(got.error, EPERM);
	free(why);
	ck_assert_int_eq(p->open(p->arg, &gone, &got, &why), -1);
	ck_assert_str_eq(why, "no such?device");
	ck_assert_int_eq(got.error, ENODEV);
	free(why);
	opener_free(o);			/* its other end is closed: it ends */
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

static void
junk(int link)
{
	struct opener_msg m = sample(OPENER_OPEN);
	uint8_t b[OPENER_MAX], big[4 * OPENER_MAX] = { OPENER_OPEN };
	size_t n = opener_encode(&m, b);

	for (size_t cut = 1; cut < n; cut++)
		ck_assert_int_eq(send(link, b, cut, 0), (ssize_t)cut);
	ck_assert_int_eq(send(link, big, sizeof(big), 0), (ssize_t)sizeof(big));
	b[0] = OPENER_GOT;
	send(link, b, n, 0);
	b[0] = 0xff;
	send(link, b, n, 0);
	m.type = OPENER_READY;
	ck_assert(opener_send(link, &m, STDERR_FILENO));	/* a descriptor that nobody asked for */
}

START_TEST(nonsense_is_passed_over)
{
	struct opener_msg q = { .type = OPENER_OPEN, .number = 9 }, a;
	pid_t pid;
	int link = begin(&pid), fd;

	q.want = named("tap:one");
	ck_assert(opener_send(link, &q, -1));	/* before the seal */
	ck_assert_int_eq(opener_recv(link, &a, &fd), OPENER_OK);
	ck_assert_uint_eq(a.type, OPENER_REFUSED);
	q.type = OPENER_ALLOW;
	ck_assert(opener_send(link, &q, -1));
	junk(link);
	q.type = OPENER_SEAL;
	ck_assert(opener_send(link, &q, -1));
	ck_assert_int_eq(opener_recv(link, &a, &fd), OPENER_OK);
	ck_assert_uint_eq(a.type, OPENER_READY);
	ck_assert_uint_eq(a.number, 9);
	junk(link);
	q.type = OPENER_OPEN;
	q.number = 10;
	ck_assert(opener_send(link, &q, -1));
	ck_assert_int_eq(opener_recv(link, &a, &fd), OPENER_OK);	/* of all that, one question */
	ck_assert_uint_eq(a.type, OPENER_GOT);
	ck_assert_uint_eq(a.number, 10);
	reads(fd, "one");
	close(link);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

/* One that sleeps costs its time-out; what it says late is no answer to the next question. */
START_TEST(late_answers)
{
	struct opener_msg late = { .type = OPENER_GOT, .number = 0 };
	struct port_want tap = named("tap:one");
	struct port_got got;
	struct clock *real = clock_new_real();
	int64_t began = clock_now(real);
	struct opener *o;
	char *why = NULL;
	int fd[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	o = opener_at(fd[0]);
	ck_assert(opener_send(fd[1], &late, STDERR_FILENO));
	ck_assert(!opener_seal(o));
	ck_assert_int_lt(clock_now(real) - began, 5 * NSEC_SEC);
	close(fd[1]);
	ck_assert_int_eq(opener_port(o)->open(o, &tap, &got, &why), -1);
	ck_assert_ptr_nonnull(why);
	ck_assert_int_ne(got.error, 0);
	free(why);
	opener_free(o);
	clock_free(real);
}
END_TEST

/* ---- a supervisor ---- */

START_TEST(supervisor)
{
	char path[64], b[256] = "";
	struct sockaddr_un a;
	socklen_t n;
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct notify *o;

	snprintf(path, sizeof(path), "@inspire-unit-%ld", (long)getpid());
	n = notify_address(path, &a);
	ck_assert_uint_eq(n, sizeof(sa_family_t) + strlen(path));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, n), 0);
	setenv("NOTIFY_SOCKET", path, 1);
	o = notify_new();
	ck_assert_ptr_nonnull(o);
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	notify_ready(o, "R1 runs\nMAINPID=1");
	ck_assert_int_gt(recv(fd, b, sizeof(b) - 1, 0), 0);
	ck_assert_str_eq(b, "READY=1\nSTATUS=R1 runs");
	memset(b, 0, sizeof(b));
	notify_status(o, "x");
	ck_assert_int_gt(recv(fd, b, sizeof(b) - 1, 0), 0);
	ck_assert_str_eq(b, "STATUS=x");
	memset(b, 0, sizeof(b));
	notify_stopping(o, NULL);
	ck_assert_int_gt(recv(fd, b, sizeof(b) - 1, 0), 0);
	ck_assert_str_eq(b, "STOPPING=1");
	close(fd);
	notify_status(o, "nobody listens");
	notify_free(o);
	notify_ready(NULL, "nobody asked");
	ck_assert_ptr_null(notify_new());
}
END_TEST

START_TEST(supervisors_addresses)
{
	struct sockaddr_un a;
	char path[256] = "/";

	ck_assert_uint_eq(notify_address("", &a), 0);
	ck_assert_uint_eq(notify_address("relative", &a), 0);
	ck_assert_uint_eq(notify_address("@", &a), 0);
	ck_assert_uint_gt(notify_address("/run/x", &a), 0);
	ck_assert_str_eq(a.sun_path, "/run/x");
	ck_assert_uint_gt(notify_address("@x", &a), 0);
	ck_assert(a.sun_path[0] == '\0' && a.sun_path[1] == 'x');
	memset(path + 1, 'x', 107);
	ck_assert_uint_eq(notify_address(path, &a), 0);
	path[107] = '\0';
	ck_assert_uint_gt(notify_address(path, &a), 0);
}
END_TEST

START_TEST(watchdogs)
{
	ck_assert_int_eq(notify_period("2000000", NULL, 5), NSEC_SEC);
	ck_assert_int_eq(notify_period("2000000", "5", 5), NSEC_SEC);
	ck_assert_int_eq(notify_period("2000000", "6", 5), 0);
	ck_assert_int_eq(notify_period("2000000", "5x", 5), 0);
	ck_assert_int_eq(notify_period(NULL, "5", 5), 0);
	ck_assert_int_eq(notify_period("", NULL, 5), 0);
	ck_assert_int_eq(notify_period("0", NULL, 5), 0);
	ck_assert_int_eq(notify_period("-1", NULL, 5), 0);
	ck_assert_int_eq(notify_period("99999999999999999999", NULL, 5), 0);
}
END_TEST

/* ---- PID files ---- */

static int
elsewhere(const char *path)
{
	char *why = NULL;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(pidfile_take(path, &why) != NULL ? 0 : strstr(why, "runs already, as process") != NULL ? 1 : 2);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(pid_files)
{
	char dir[] = "/tmp/inspire-unit-XXXXXX", path[64], link[64], b[32] = "", *why = NULL;
	struct pidfile *p;
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/pid", dir);
	snprintf(link, sizeof(link), "%s/link", dir);
	f = fopen(path, "w");
	fputs("1\nwhat a dead one left behind\n", f);
	fclose(f);
	p = pidfile_take(path, &why);
	ck_assert_ptr_nonnull(p);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(fgets(b, sizeof(b), f));
	ck_assert_int_eq(atol(b), (long)getpid());
	ck_assert_ptr_null(fgets(b, sizeof(b), f));
	ck_assert_int_eq(elsewhere(dir), 2);
	ck_assert_int_eq(symlink(path, link), 0);
	ck_assert_int_eq(elsewhere(link), 2);
	pidfile_free(p);
	ck_assert_int_ne(access(path, F_OK), 0);
	p = pidfile_take(path, &why);
	ck_assert_int_eq(elsewhere(path), 1);
	pidfile_free(p);
	ck_assert_int_eq(elsewhere(path), 0);	/* it has ended, and left it behind */
	p = pidfile_take(path, &why);
	ck_assert_ptr_nonnull(p);
	pidfile_free(p);
	fclose(f);
	unlink(link);
	rmdir(dir);
}
END_TEST

/* ---- the machine's log ---- */

START_TEST(datagrams)
{
	struct text t = { 0 };

	setenv("TZ", "UTC", 1);
	hostlog_datagram(3, 1426253623 * 1000000000LL, 42, "R1", "%SYS-3-X: text", &t);
	ck_assert_str_eq(t.s, "<27>Mar 13 13:33:43 inspire[42]: R1: %SYS-3-X: text");
	text_free(&t);
}
END_TEST

/* ---- filters ---- */

static int
filtered(bool (*load)(void), int (*what)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		privs_lock();
		_exit(!load() ? 99 : what());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int
does_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : errno;
}

static int
does_mount(void)
{
	return mount("none", "/nowhere", "tmpfs", 0, NULL) == 0 ? 0 : errno;
}

static int
does_packets(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0) >= 0 ? 0 : errno;
}

static int
does_files(void)
{
	int fd = open("/dev/null", O_RDWR), s = socket(AF_INET6, SOCK_DGRAM, 0);

	return fd >= 0 && s >= 0 ? 0 : errno;
}

static int
does_run(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static int
does_types(void)
{
	return ioctl(STDIN_FILENO, TIOCSTI, "x") == 0 ? 0 : errno;
}

START_TEST(filters)
{
	if (sandbox_missing() != NULL) {
		ck_assert(!sandbox_router() && sandbox_opener() && sandbox_gateway());
		return;
	}
	ck_assert_int_eq(filtered(sandbox_router, does_files), 0);
	ck_assert_int_eq(filtered(sandbox_router, does_ptrace), -SIGSYS);
	ck_assert_int_eq(filtered(sandbox_router, does_mount), -SIGSYS);
	ck_assert_int_eq(filtered(sandbox_router, does_packets), EPERM);
	ck_assert_int_eq(filtered(sandbox_router, does_types), EPERM);
	ck_assert_int_eq(filtered(sandbox_opener, does_mount), -SIGSYS);
	ck_assert_int_eq(filtered(sandbox_opener, does_run), EPERM);
	ck_assert_int_eq(filtered(sandbox_gateway, does_files), EPERM);
	ck_assert_int_eq(filtered(sandbox_gateway, does_run), EPERM);
}
END_TEST

/* ---- who ---- */

START_TEST(users)
{
	struct privs_user u;
	char *why = NULL;

	ck_assert(privs_find("root", &u, &why));
	ck_assert(u.uid == 0 && u.gid == 0);
	ck_assert(privs_find("root:65534", &u, &why));
	ck_assert(u.uid == 0 && u.gid == 65534);
	ck_assert(privs_find("4000000:4000001", &u, &why));
	ck_assert(u.uid == 4000000 && u.gid == 4000001);
	ck_assert(!privs_find("nobody-of-this-name", &u, &why));
	ck_assert_str_eq(why, "--user nobody-of-this-name: there is no user nobody-of-this-name");
	free(why);
	ck_assert(!privs_find("root:no-such-group", &u, &why));
	free(why);
	ck_assert(!privs_find("4294967295", &u, &why));	/* (uid_t)-1 */
	free(why);
	ck_assert(!privs_find("", &u, &why));
	free(why);
}
END_TEST

void
shell_service_tests(TCase *tc)
{
	tcase_add_loop_test(tc, there_and_back, OPENER_ALLOW, OPENER_TYPES);
	tcase_add_test(tc, wants_that_are_none);
	tcase_add_test(tc, words_of_ports);
	tcase_add_test(tc, only_what_was_named);
	tcase_add_test(tc, nonsense_is_passed_over);
	tcase_add_test(tc, late_answers);
	tcase_add_test(tc, supervisor);
	tcase_add_test(tc, supervisors_addresses);
	tcase_add_test(tc, watchdogs);
	tcase_add_test(tc, pid_files);
	tcase_add_test(tc, datagrams);
	tcase_add_test(tc, filters);
	tcase_add_test(tc, users);
}
