/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seccomp allow-lists: what a role may ask of the kernel; anything else kills the process.
 * The network limit comes from here too: no socket, connect or bind, only what was inherited.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/base/err.h"
#include "sys/sandbox_rules.h"
#include "sys/sanitizer.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define CALL(name) SCMP_SYS(name)

/* Descriptors that exist, memory without execution, threads, time. */
static const int common_calls[] = { CALL(read), CALL(write), CALL(readv), CALL(writev),
	CALL(pread64), CALL(recvfrom), CALL(recvmsg), CALL(recvmmsg), CALL(sendto), CALL(sendmsg),
	CALL(sendmmsg), CALL(sendfile), CALL(accept), CALL(accept4), CALL(close), CALL(shutdown),
	CALL(getsockopt), CALL(setsockopt), CALL(getsockname), CALL(getpeername), CALL(lseek),
	CALL(fstat), CALL(epoll_create1), CALL(epoll_ctl), CALL(epoll_wait), CALL(epoll_pwait),
	CALL(epoll_pwait2), CALL(eventfd2), CALL(pipe2), CALL(poll), CALL(ppoll), CALL(futex),
	CALL(munmap), CALL(mremap), CALL(madvise), CALL(brk), CALL(mlock), CALL(mlock2),
	CALL(munlock), CALL(set_robust_list), CALL(get_robust_list), CALL(rseq), CALL(rt_sigaction),
	CALL(rt_sigprocmask), CALL(rt_sigreturn), CALL(sigaltstack), CALL(sched_yield),
	CALL(sched_getaffinity), CALL(getpid), CALL(gettid), CALL(getppid), CALL(getuid),
	CALL(geteuid), CALL(getgid), CALL(getegid), CALL(getrandom), CALL(clock_gettime),
	CALL(clock_getres), CALL(clock_nanosleep), CALL(nanosleep), CALL(gettimeofday), CALL(time),
	CALL(exit), CALL(exit_group), CALL(restart_syscall), CALL(getrusage), CALL(sysinfo),
	CALL(uname), CALL(membarrier), CALL(getcpu), CALL(arch_prctl) };

/* Files; which of them, Landlock says. */
static const int file_calls[] = { CALL(openat), CALL(open), CALL(stat), CALL(lstat),
	CALL(newfstatat), CALL(statx), CALL(access), CALL(faccessat), CALL(faccessat2),
	CALL(unlink), CALL(unlinkat), CALL(rename), CALL(renameat), CALL(renameat2), CALL(mkdir),
	CALL(mkdirat), CALL(rmdir), CALL(fsync), CALL(fdatasync), CALL(ftruncate), CALL(fallocate),
	CALL(pwrite64), CALL(pwritev), CALL(preadv), CALL(fchmod), CALL(fchown), CALL(getcwd),
	CALL(readlink), CALL(readlinkat), CALL(getdents64), CALL(umask), CALL(utimensat),
	CALL(fstatfs), CALL(statfs), CALL(fcntl), CALL(flock), CALL(memfd_create) };

static const int descriptor_commands[] = { F_GETFL, F_SETFL, F_GETFD, F_SETFD, F_DUPFD_CLOEXEC };

static int allow(scmp_filter_ctx ctx, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (calls[i] >= 0 && seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0) != 0)
			return TSR_ERR_IO; /* below 0: this architecture has no such call */
	return 0;
}

static int allow_threads(scmp_filter_ctx ctx)
{
	/* glibc asks for clone3 first, whose flags a filter cannot see; ENOSYS makes it use clone.
	 */
	if (seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) != 0 ||
		seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
			SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) != 0)
		return TSR_ERR_IO;
	/* raise() and abort(): signals to itself only */
	if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
		    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0)) != 0)
		return TSR_ERR_IO;
	if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
		    SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0)) != 0)
		return TSR_ERR_IO;
	/* names of memory regions: glibc and sanitizers try, and do without */
	if (seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
		    SCMP_A0(SCMP_CMP_EQ, 0x53564d41, 0)) != 0)
		return TSR_ERR_IO;
	/* reading limits, never setting them */
	return seccomp_rule_add(
		       ctx, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, SCMP_A2(SCMP_CMP_EQ, 0, 0)) == 0
		       ? 0
		       : TSR_ERR_IO;
}

static int allow_memory(scmp_filter_ctx ctx)
{
	if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) != 0 ||
		seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
			SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) != 0)
		return TSR_ERR_IO;
	return 0;
}

static int allow_descriptors(scmp_filter_ctx ctx)
{
	for (size_t i = 0; i < COUNT(descriptor_commands); i++)
		if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
			    SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)descriptor_commands[i], 0)) != 0)
			return TSR_ERR_IO;
	if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
		    SCMP_A1(SCMP_CMP_EQ, FIONBIO, 0)) != 0 ||
		seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
			SCMP_A1(SCMP_CMP_EQ, FIOCLEX, 0)) != 0 ||
		seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
			SCMP_A1(SCMP_CMP_EQ, FIONREAD, 0)) != 0)
		return TSR_ERR_IO;
	/* isatty() on the log: not a terminal, whatever it is */
	if (seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 1,
		    SCMP_A1(SCMP_CMP_EQ, TCGETS, 0)) != 0)
		return TSR_ERR_IO;
	/* newer libuv asks, and does without */
	return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(io_uring_setup), 0) == 0
		       ? 0
		       : TSR_ERR_IO;
}

/* glibc's fstat() is newfstatat() with an empty path; libuv may ask by statx(). No path at all
 * can be reached by either: Landlock does not hide names, so paths stay forbidden here. */
static int allow_fstat(scmp_filter_ctx ctx)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1,
		       SCMP_A3(SCMP_CMP_MASKED_EQ, 0x1000, 0x1000)) == 0
		       ? 0
		       : TSR_ERR_IO;
}

static int allow_sanitizer(scmp_filter_ctx ctx)
{
#if TSR_WITH_SANITIZER
	/* Their runtimes look around when they report; they get an error instead of a death. */
	static const int calls[] = { CALL(readlink), CALL(readlinkat), CALL(stat), CALL(lstat),
		CALL(access), CALL(getcwd), CALL(personality), CALL(getdents64) };

	for (size_t i = 0; i < COUNT(calls); i++)
		if (calls[i] >= 0 &&
			seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), calls[i], 0) != 0)
			return TSR_ERR_IO;
#else
	(void)ctx;
#endif
	return 0;
}

int tsr_sandbox_load_filter(enum tsr_sandbox_role role)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r;

	if (!ctx)
		return TSR_ERR_NOMEM;
	if (seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1) != 0 ||
		seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0 ||
		seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) != 0) {
		r = TSR_ERR_IO;
		goto out;
	}
	if ((r = allow(ctx, common_calls, COUNT(common_calls))) != 0 ||
		(r = allow_threads(ctx)) != 0 || (r = allow_memory(ctx)) != 0)
		goto out;
	if (role == TSR_SANDBOX_CONTROL)
		r = allow(ctx, file_calls, COUNT(file_calls));
	else if ((r = allow_fstat(ctx)) == 0)
		r = allow_sanitizer(ctx);
	if (r == 0)
		r = allow_descriptors(ctx);
	if (r == 0 && seccomp_load(ctx) != 0)
		r = TSR_ERR_IO;
out:
	seccomp_release(ctx);
	return r;
}
