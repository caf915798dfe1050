/*
 * The filters, as tables of calls.  What the tables hold was found by tracing the program over everything that it does, and is told in
 * doc/security.md.  A filter cannot look at what an argument points to, so paths are not its business, and a program
 * that is run keeps the filter.
 */

#include <config.h>

#include "shell/sandbox.h"

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED	1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED	1
#endif

#if defined(SANITIZED)

const char *
sandbox_missing(void)
{
	return "a sanitizer is built in, which needs calls of its own";
}

#elif !defined(HAVE_LIBSECCOMP)

const char *
sandbox_missing(void)
{
	return "this program was built without libseccomp";
}

#else

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>

#define END	(-1000000)	/* no call's number */

/* Each process: memory, waiting, clocks, descriptors that are there already, its end. */
static const int common[] = {
	SCMP_SYS(arch_prctl), SCMP_SYS(brk), SCMP_SYS(clock_getres), SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(close),
	SCMP_SYS(close_range), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(fcntl),
	SCMP_SYS(fcntl64), SCMP_SYS(fstat), SCMP_SYS(fstat64), SCMP_SYS(futex), SCMP_SYS(futex_time64), SCMP_SYS(getcpu), SCMP_SYS(getegid),
	SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getpgid), SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(getrandom), SCMP_SYS(getsid),
	SCMP_SYS(getrlimit), SCMP_SYS(getrusage), SCMP_SYS(getsockname), SCMP_SYS(getsockopt), SCMP_SYS(gettid), SCMP_SYS(gettimeofday),
	SCMP_SYS(getuid), SCMP_SYS(_llseek), SCMP_SYS(lseek), SCMP_SYS(madvise), SCMP_SYS(membarrier), SCMP_SYS(mmap), SCMP_SYS(mmap2),
	SCMP_SYS(mprotect), SCMP_SYS(mremap), SCMP_SYS(munmap), SCMP_SYS(nanosleep), SCMP_SYS(newfstatat), SCMP_SYS(fstatat64), SCMP_SYS(poll),
	SCMP_SYS(ppoll), SCMP_SYS(ppoll_time64), SCMP_SYS(pread64), SCMP_SYS(prlimit64), SCMP_SYS(pwrite64), SCMP_SYS(read), SCMP_SYS(readv),
	SCMP_SYS(recv), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(recvmmsg), SCMP_SYS(recvmmsg_time64), SCMP_SYS(restart_syscall),
	SCMP_SYS(rseq), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigpending), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigsuspend), SCMP_SYS(rt_sigtimedwait), SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_yield), SCMP_SYS(send),
	SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg), SCMP_SYS(sendto), SCMP_SYS(set_robust_list), SCMP_SYS(set_tid_address), SCMP_SYS(setsockopt),
	SCMP_SYS(shutdown), SCMP_SYS(sigaltstack), SCMP_SYS(sigreturn), SCMP_SYS(statx), SCMP_SYS(sysinfo), SCMP_SYS(tgkill), SCMP_SYS(time),
	SCMP_SYS(uname), SCMP_SYS(wait4), SCMP_SYS(waitid), SCMP_SYS(write), SCMP_SYS(writev), END,
};

/* The routers' process, and what it starts: files, sockets of its own, children, the program run anew. */
static const int routers[] = {
	SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(access), SCMP_SYS(alarm), SCMP_SYS(bind), SCMP_SYS(capget), SCMP_SYS(capset),
	SCMP_SYS(chdir), SCMP_SYS(chmod), SCMP_SYS(connect), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2), SCMP_SYS(epoll_wait), SCMP_SYS(eventfd2), SCMP_SYS(execve), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
	SCMP_SYS(fadvise64), SCMP_SYS(fallocate), SCMP_SYS(fchdir), SCMP_SYS(fchmod), SCMP_SYS(fchmodat), SCMP_SYS(fdatasync),
	SCMP_SYS(flock), SCMP_SYS(fork), SCMP_SYS(fstatfs), SCMP_SYS(fstatfs64), SCMP_SYS(fsync), SCMP_SYS(ftruncate), SCMP_SYS(ftruncate64),
	SCMP_SYS(getcwd), SCMP_SYS(getdents64), SCMP_SYS(getgroups), SCMP_SYS(getitimer), SCMP_SYS(getpeername), SCMP_SYS(getpgrp),
	SCMP_SYS(getpriority), SCMP_SYS(getresgid), SCMP_SYS(getresuid), SCMP_SYS(inotify_add_watch), SCMP_SYS(inotify_init1),
	SCMP_SYS(inotify_rm_watch), SCMP_SYS(kill), SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(listen), SCMP_SYS(lstat), SCMP_SYS(lstat64),
	SCMP_SYS(memfd_create), SCMP_SYS(mincore), SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(mlock), SCMP_SYS(mlock2), SCMP_SYS(msync),
	SCMP_SYS(munlock), SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(pause), SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(preadv),
	SCMP_SYS(pselect6), SCMP_SYS(pselect6_time64), SCMP_SYS(pwritev), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(rename),
	SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(rmdir), SCMP_SYS(seccomp), SCMP_SYS(select), SCMP_SYS(setitimer),
	SCMP_SYS(setpgid), SCMP_SYS(setrlimit), SCMP_SYS(setsid), SCMP_SYS(signalfd4), SCMP_SYS(socketpair), SCMP_SYS(stat),
	SCMP_SYS(stat64), SCMP_SYS(statfs), SCMP_SYS(statfs64), SCMP_SYS(symlinkat), SCMP_SYS(timer_create), SCMP_SYS(timer_delete),
	SCMP_SYS(timer_settime), SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_gettime), SCMP_SYS(timerfd_settime), SCMP_SYS(times),
	SCMP_SYS(tkill), SCMP_SYS(truncate), SCMP_SYS(umask), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(utimensat),
	SCMP_SYS(vfork), END,
};

/* The gateway: threads, connections, and none of the files but to read. */
static const int gateways[] = {
	SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(access), SCMP_SYS(eventfd2), SCMP_SYS(getpeername), SCMP_SYS(kill),
	SCMP_SYS(pselect6), SCMP_SYS(readlink), SCMP_SYS(select), SCMP_SYS(setrlimit), SCMP_SYS(socketpair), SCMP_SYS(tkill), END,
};

/* The opener: devices, and what is asked about them. */
static const int openers[] = {
	SCMP_SYS(access), SCMP_SYS(bind), SCMP_SYS(connect), SCMP_SYS(eventfd2), SCMP_SYS(getdents64), SCMP_SYS(ioctl), SCMP_SYS(kill),
	SCMP_SYS(lstat), SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(socket), SCMP_SYS(stat), END,
};

/* Nothing here has a reason to do this: whoever does has taken the process over. */
static const int deadly[] = {
	SCMP_SYS(acct), SCMP_SYS(add_key), SCMP_SYS(bpf), SCMP_SYS(chroot), SCMP_SYS(clock_settime), SCMP_SYS(delete_module),
	SCMP_SYS(finit_module), SCMP_SYS(fsconfig), SCMP_SYS(fsmount), SCMP_SYS(fsopen), SCMP_SYS(init_module), SCMP_SYS(io_uring_setup),
	SCMP_SYS(ioperm), SCMP_SYS(iopl), SCMP_SYS(kcmp), SCMP_SYS(kexec_file_load), SCMP_SYS(kexec_load), SCMP_SYS(keyctl),
	SCMP_SYS(mount), SCMP_SYS(mount_setattr), SCMP_SYS(move_mount), SCMP_SYS(name_to_handle_at), SCMP_SYS(open_by_handle_at),
	SCMP_SYS(open_tree), SCMP_SYS(perf_event_open), SCMP_SYS(personality), SCMP_SYS(pidfd_getfd), SCMP_SYS(pivot_root),
	SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(ptrace), SCMP_SYS(quotactl), SCMP_SYS(reboot),
	SCMP_SYS(request_key), SCMP_SYS(setdomainname), SCMP_SYS(sethostname), SCMP_SYS(setns), SCMP_SYS(settimeofday), SCMP_SYS(swapoff),
	SCMP_SYS(swapon), SCMP_SYS(umount2), SCMP_SYS(unshare), SCMP_SYS(uselib), SCMP_SYS(userfaultfd), SCMP_SYS(vhangup), END,
};

static const unsigned device_requests[] = {
	TCGETS, TCSETS, TCSETSW, TCSETSF, TIOCGWINSZ, TIOCSWINSZ, TIOCGPTN, TIOCGPTPEER, TIOCSPTLCK, TIOCGPGRP, TIOCOUTQ, FIONREAD, FIONBIO, FIOCLEX, SIOCGIFMTU, SIOCGIFFLAGS,
	SIOCGIFINDEX, SIOCGIFNAME, SIOCGIFHWADDR, SIOCGIFCONF, SIOCGSTAMP, SIOCETHTOOL, TUNSETOFFLOAD, TUNGETFEATURES, TUNSETVNETHDRSZ, TUNGETIFF,
};
static const unsigned process_requests[] = {
	PR_SET_NO_NEW_PRIVS, PR_SET_DUMPABLE, PR_GET_DUMPABLE, PR_SET_PDEATHSIG, PR_SET_NAME, PR_GET_NAME, PR_CAPBSET_READ, PR_CAPBSET_DROP,
	PR_CAP_AMBIENT, PR_SET_SECCOMP, PR_GET_SECCOMP,
};
static const unsigned families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK /* how addresses are looked up */ };

#define N(v)	(sizeof(v) / sizeof((v)[0]))

const char *
sandbox_missing(void)
{
	return NULL;
}

/* A call that this machine's kind of processor lacks is none to allow. */
static bool
calls(scmp_filter_ctx f, uint32_t action, const int *v)
{
	for (; *v != END; v++) {
		int rc = seccomp_rule_add(f, action, *v, 0);

		if (rc != 0 && rc != -EDOM && rc != -EINVAL)
			return false;
	}
	return true;
}

/* Only with one of these as its n-th argument (from 0), of which the kernel looks at 32 bits. */
static bool
only(scmp_filter_ctx f, int call, unsigned nth, const unsigned *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 1, SCMP_CMP(nth, SCMP_CMP_MASKED_EQ, 0xffffffffu, v[i])) != 0)
			return false;
	return true;
}

/* Threads and children, but in no namespaces of their own.  Of clone3() a filter cannot see the flags: libc does without. */
static bool
children(scmp_filter_ctx f)
{
	const scmp_datum_t spaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

	return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, spaces, 0)) == 0 &&
	    seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
}

static scmp_filter_ctx
filter_new(const int *v)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));

	if (f == NULL)
		return NULL;
	seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);	/* a tree: the order of the table costs nothing */
	if (calls(f, SCMP_ACT_ALLOW, common) && calls(f, SCMP_ACT_ALLOW, v) && calls(f, SCMP_ACT_KILL_PROCESS, deadly) &&
	    only(f, SCMP_SYS(prctl), 0, process_requests, N(process_requests)))
		return f;
	seccomp_release(f);
	return NULL;
}

static bool
filter_load(scmp_filter_ctx f)
{
	bool ok = seccomp_load(f) == 0;

	seccomp_release(f);
	return ok;
}

/* Files may be read: libcrypto's modules, the system's resolver. */
static bool
reading(scmp_filter_ctx f)
{
	const scmp_datum_t writing = O_ACCMODE | O_CREAT | O_TRUNC;

	return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, writing, O_RDONLY)) == 0;
}

bool
sandbox_router(void)
{
	scmp_filter_ctx f = filter_new(routers);

	return f != NULL && children(f) && only(f, SCMP_SYS(socket), 0, families, N(families)) &&
	    only(f, SCMP_SYS(ioctl), 1, device_requests, N(device_requests)) && filter_load(f);
}

bool
sandbox_opener(void)
{
	scmp_filter_ctx f = filter_new(openers);

	return f != NULL && filter_load(f);
}

bool
sandbox_gateway(void)
{
	scmp_filter_ctx f = filter_new(gateways);

	return f != NULL && children(f) && reading(f) && only(f, SCMP_SYS(ioctl), 1, device_requests, N(device_requests)) &&
	    filter_load(f);
}

#endif

#if defined(SANITIZED) || !defined(HAVE_LIBSECCOMP)

bool
sandbox_router(void)
{
	return false;
}

bool
sandbox_opener(void)
{
	return true;
}

bool
sandbox_gateway(void)
{
	return true;
}

#endif
