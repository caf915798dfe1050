/* tclsh as seen from a script that wants more than it may: each way out is tried, and the lab is there afterwards. */

#include <stdlib.h>
#include <string.h>

#include "engine/flash.h"
#include "engine/tclproc.h"
#include "lib/mem.h"
#include "testsuite/unit/shell_bench.h"
#include "testsuite/unit/shell_test.h"

static const char *
tclsh(struct bench *b, const char *lines)
{
	char *all = xasprintf("tclsh\n%s\n", lines);

	bench_type(b, all);
	free(all);
	return text_str(&b->said);
}

/* What is typed, and how the answer begins. */
static const struct { const char *typed, *says; } rows[] = {
	/* processes */
	{ "exec ls", "Translating \"ls\"" },
	{ "exec /bin/ls -l", "             ^" },
	{ "open \"|ls\"", "couldn't open \"|ls\"" },
	{ "open \"| cat /etc/passwd\" r", "couldn't open" },
	{ "pid", "1\n" },
	/* files of the system */
	{ "open /etc/passwd", "couldn't open \"/etc/passwd\"" },
	{ "open ../../etc/passwd", "couldn't open" },
	{ "open flash:../../../etc/passwd", "couldn't open" },
	{ "open flash:/../etc/passwd r", "couldn't open" },
	{ "open /proc/self/maps", "couldn't open" },
	{ "open tftp:x w", "couldn't open \"tftp:x\": No such device" },
	{ "open nvram:x", "couldn't open" },
	{ "open flash:x {RDONLY CREAT}", "illegal access mode" },
	{ "open flash:none", "couldn't open \"flash:none\": no such file or directory" },
	{ "source /etc/hostname", "couldn't open" },
	{ "source {/dev/zero}", "couldn't open" },
	{ "file exists /etc/passwd", "0\n" },
	{ "file delete -force /tmp", "" },
	{ "file mkdir /tmp/x", "bad option \"mkdir\"" },
	{ "file readlink /proc/self/exe", "bad option" },
	{ "file normalize x", "bad option" },
	{ "file volumes", "bad option" },
	{ "glob /*", "no files matched" },
	{ "glob -nocomplain -directory / *", "" },
	{ "cd /", "%Error changing dir to / (No such device)" },
	{ "pwd", "flash:/\n" },
	{ "fconfigure stdout -blocking 0; fconfigure stdout -encoding", "utf-8\n" },
	{ "load /lib/x86_64-linux-gnu/libc.so.6", "invalid command name" },
	{ "unload x", "invalid command name" },
	{ "package require http", "can't find package http" },
	{ "auto_load x", "invalid command name" },
	{ "encoding dirs", "invalid command name" },
	/* the network */
	{ "socket 127.0.0.1 22", "invalid command name \"socket\"" },
	{ "socket -server x 0", "invalid command name \"socket\"" },
	{ "chan pipe", "invalid command name \"chan\"" },
	{ "fileevent stdin readable x", "invalid command name" },
	/* the process, its time, what it is */
	{ "vwait x", "invalid command name \"vwait\"" },
	{ "update", "invalid command name" },
	{ "after idle x", "bad argument \"idle\"" },
	{ "interp create x", "invalid command name \"interp\"" },
	{ "interp invokehidden {} exec ls", "invalid command name \"interp\"" },
	{ "thread::create", "invalid command name" },
	{ "info nameofexecutable", "unknown or ambiguous subcommand" },
	{ "info library", "unknown or ambiguous subcommand" },
	{ "info loaded", "unknown or ambiguous subcommand" },
	{ "info sharedlibextension", "unknown or ambiguous subcommand" },
	{ "info hostname", "Router1\n" },
	{ "info exists ::env", "0\n" },
	{ "info exists ::tcl_platform(user)", "0\n" },
	{ "info exists ::tcl_platform(os)", "0\n" },
	{ "info exists ::auto_path", "0\n" },
	{ "info exists ::tcl_library", "0\n" },
	{ "tcl::unsupported::representation x", "invalid command name" },
	{ "tcl::file::exists /etc/passwd", "invalid command name" },
	{ "tcl::chan::open x", "invalid command name" },
	{ "tcl::clock::format 1", "invalid command name" },
	{ "::router::call nonsense", "nonsense: only a policy" },
	{ "::router::call flash_read flash:none 0 99999999999999999999", "no such file" },
	{ "::router::call flash_write ../x 0 y", "Invalid file name" },
	{ "clock format 99999999999999", "clock: the time is out of range" },
	{ "clock seconds", "1426252387\n" },
	{ "clock format [clock seconds] -format {%Y-%m-%d %H:%M:%S %Z}", "2015-03-13 13:13:07 UTC\n" },
	{ "clock scan {2015-03-13 13:13:07}", "1426252387\n" },
	{ "clock scan {next week}", "unable to convert" },
	{ "time {set a 1} 3", "0 microseconds per iteration\n" },
	/* the event manager's, which only a policy has */
	{ "::cisco::lib::cli_open", "cli_open: only a policy" },
	{ "::cisco::eem::action_program /bin/ls", "action_program: a policy starts no program" },
	/* too much */
	{ "interp recursionlimit {} 1000000", "invalid command name" },
	{ "string length [string repeat x 1000000000]", "" },
	{ "lrepeat 100000000 x", "% Tcl: the script was ended: it took too much memory" },
	{ "set d x; for {set i 0} {$i < 40} {incr i} {append d $d}", "% Tcl: the script was ended: it took too much memory" },
	{ "set d x; for {set i 0} {$i < 40} {incr i} {set d $d$d}", "% Tcl: the script was ended: it took too much memory" },
	{ "eval [string repeat {[} 2000000]", "% Tcl: the script was ended: " },
	{ "expr [string repeat ( 1000000]1", "" },
	{ "while 1 {incr i}", "interrupted\n" },
	{ "catch {while 1 {incr i}}; puts on", "interrupted\n" },
	{ "after 100000", "" },
	{ "coroutine c apply {{} {while 1 yield}}; while 1 c", "interrupted\n" },
};

START_TEST(no_way_out)
{
	struct bench *b = bench_new(IKE_IOS_15);
	const char *says = rows[_i].says, *said = tclsh(b, rows[_i].typed);

	ck_assert_msg(strncmp(said, says, strlen(says)) == 0, "%s: %s", rows[_i].typed, said);
	ck_assert_str_eq(tclsh(b, "expr {6 * 7}"), "42\n");
	bench_free(b);
}
END_TEST

/* What the commands of the language are; a library that brings more must not give them to scripts. */
START_TEST(commands)
{
	struct bench *b = bench_new(IKE_IOS_15);
	const char *all = tclsh(b, "foreach c {exec open file socket load interp encoding cd fconfigure chan vwait update zlib unload "
	    "memory history testevent tclLog auto_import} { if {[llength [info commands $c]] && [llength [info procs $c]] == 0} {puts $c} }");

	ck_assert_str_eq(all, "open\nfconfigure\n");
	ck_assert_str_eq(tclsh(b, "lsort [namespace children ::]"), "::cisco ::oo ::router ::tcl ::zlib\n");
	bench_free(b);
}
END_TEST

START_TEST(chance)
{
	struct bench *one = bench_new(IKE_IOS_15), *two = bench_new(IKE_IOS_15);
	char *first = xstrdup(tclsh(one, "list [expr rand()] [expr rand()]")), *second = xstrdup(tclsh(one, "list [expr rand()] [expr rand()]"));

	ck_assert_str_eq(tclsh(two, "list [expr rand()] [expr rand()]"), first);
	ck_assert_str_eq(tclsh(two, "list [expr rand()] [expr rand()]"), second);
	ck_assert_str_ne(first, second);
	free(first);
	free(second);
	bench_free(one);
	bench_free(two);
}
END_TEST

/* Bytes as they are, from the end, over what stands there; and a flash that is full. */
START_TEST(files)
{
	struct bench *b = bench_new(IKE_IOS_15);
	const struct flash_file *x;

	tclsh(b, "set f [open flash:a w]; fconfigure $f -translation binary; puts -nonewline $f \"a\\0b\\nc\"; close $f");
	x = flash_find(b->router->flash, "a");
	ck_assert_ptr_nonnull(x);
	ck_assert_uint_eq(x->len, 5);
	ck_assert_int_eq(memcmp(x->data, "a\0b\nc", 5), 0);
	tclsh(b, "set f [open flash:a a]; puts $f d; close $f; set f [open flash:a r+]; seek $f 1; puts -nonewline $f XY; close $f");
	x = flash_find(b->router->flash, "a");
	ck_assert_uint_eq(x->len, 7);
	ck_assert_int_eq(memcmp(x->data, "aXY\ncd\n", 7), 0);
	ck_assert_str_eq(tclsh(b, "set f [open flash:a]; list [gets $f] [read $f 2] [tell $f] [eof $f] [read $f] [eof $f]"), "aXY cd 6 0 {\n} 1\n");
	ck_assert_str_eq(tclsh(b, "list [file size flash:a] [file exists a] [glob *] [file extension flash:x.tcl] [file rootname a.b]"), "7 1 flash:a .tcl a\n");
	ck_assert_str_eq(tclsh(b, "file copy flash:a flash:b; file delete a; glob *"), "flash:b\n");
	ck_assert_ptr_nonnull(strstr(tclsh(b, "set f [open flash:big w]; set s [string repeat x 1000000]; for {set i 0} {$i < 20} {incr i} {puts $f $s}"),
	    "no space left"));
	ck_assert_uint_le(flash_used(b->router->flash), FLASH_SIZE);
	bench_free(b);
}
END_TEST

START_TEST(session)
{
	struct bench *b = bench_new(IKE_IOS_15);

	ck_assert_str_eq(tclsh(b, "ios_config \"interface Loopback1\" \"ip address 1.2.3.4 255.255.255.255\"\nset x [exec \"show running-config interface Loopback1\"]; regexp {1.2.3.4} $x"), "1\n");
	ck_assert_ptr_nonnull(strstr(tclsh(b, "ios_config \"nonsense\""), "Invalid input"));
	ck_assert_str_eq(tclsh(b, "puts [open flash:d w] x\ntypeahead \"\\ny\\n\"\nexec \"delete flash:d\"\nfile exists flash:d"), "0\n");
	ck_assert_str_eq(tclsh(b, "log_user 0\nset x [show clock]; string length $x"), "33\n");
	ck_assert_str_eq(tclsh(b, "show clock"), "13:13:07.000 UTC Fri Mar 13 2015\n");
	ck_assert_str_eq(tclsh(b, "foreach x {1 2} {\nputs $x\n}"), "1\n2\n");
	ck_assert_str_eq(tclsh(b, "set x 1\nconfigure terminal\nhostname R9\nend\nset x"), "1\n");
	bench_free(b);
}
END_TEST

/* Whoever owned a script is gone while it ran: its process sees that. A process that has died is told of once. */
START_TEST(ends)
{
	struct bench *b = bench_new(IKE_IOS_15);
	struct tclproc *p = tclproc_new(b->router, "x"), *q = tclproc_new(b->router, "y");

	ck_assert_ptr_nonnull(p);
	tclproc_eval(p, "set x 1; while 1 {incr x}", 25, 0, NULL);
	ck_assert_int_eq(tclproc_wait(p), TCL_TICK);
	tclprocs_split(b->router);
	tclprocs_splitted(b->router, false);	/* as the frozen one */
	tclproc_go(p, false);
	ck_assert_int_eq(tclproc_wait(p), TCL_DONE);
	ck_assert_str_eq(tclproc_arg(p, 0), "error");
	tclproc_eval(p, "set x", 5, 0, NULL);
	ck_assert_int_eq(tclproc_wait(p), TCL_DONE);
	ck_assert_str_eq(tclproc_arg(p, 0), "ok");
	tclproc_eval(q, "eval [string repeat {[} 4000000]", 32, 0, NULL);
	ck_assert_int_eq(tclproc_wait(q), TCL_DIED);
	ck_assert_int_eq(tclproc_wait(q), TCL_DIED);
	tclproc_free(p);
	tclproc_free(q);
	bench_free(b);
}
END_TEST

void
shell_tcl_tests(TCase *tc)
{
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, no_way_out, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, commands);
	tcase_add_test(tc, chance);
	tcase_add_test(tc, files);
	tcase_add_test(tc, session);
	tcase_add_test(tc, ends);
}
