/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "sys/sandbox_rules.h"
#include "sys/sanitizer.h"

#define NOBODY 65534
#define LAST_CAP 63 /* beyond what any kernel has */

static const char *failed_step = "";

const char *tsr_sandbox_failed_step(void)
{
	return failed_step;
}

/* Whatever opens files at its first use does so now. */
static int warm_up(void)
{
	unsigned char byte;
	time_t now = time(NULL);
	struct tm tm;

	tzset();
	localtime_r(&now, &tm);
	if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_LOAD_SSL_STRINGS |
				     OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
		    NULL) != 1 ||
		RAND_bytes(&byte, 1) != 1)
		return TSR_ERR_CRYPTO;
	return 0;
}

static int set_limits(const struct tsr_sandbox *sandbox)
{
	const struct rlimit none = { 0, 0 };
	struct rlimit files;

	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return TSR_ERR_IO;
	/* Not RLIMIT_NPROC: it counts threads of everything the user runs. The filter says no to
	 * processes. */
	if (sandbox->n_files == 0)
		return 0;
	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return TSR_ERR_IO;
	if (files.rlim_max == RLIM_INFINITY || files.rlim_max > sandbox->n_files)
		files.rlim_max = sandbox->n_files;
	files.rlim_cur = files.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &files) == 0 ? 0 : TSR_ERR_IO;
}

/* A child started by root gets a user who owns nothing, unless it needs root's state directory. */
static int drop_user(const struct tsr_sandbox *sandbox)
{
	int death_signal = 0;

	if (geteuid() != 0 ||
		(sandbox->role != TSR_SANDBOX_EDGE && sandbox->role != TSR_SANDBOX_MEDIA))
		return 0;
	if (prctl(PR_GET_PDEATHSIG, &death_signal, 0, 0, 0) != 0)
		return TSR_ERR_IO;
	if (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
		setresuid(NOBODY, NOBODY, NOBODY) != 0)
		return TSR_ERR_IO;
	/* The change of user forgot it. */
	return prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) == 0 ? 0 : TSR_ERR_IO;
}

/* What the supervisor of root's service still needs: to signal its children, and that these may
 * give up their user. */
static uint64_t kept_caps(enum tsr_sandbox_role role)
{
	if (role != TSR_SANDBOX_SUPERVISOR)
		return 0;
	return 1ull << CAP_KILL | 1ull << CAP_SETUID | 1ull << CAP_SETGID | 1ull << CAP_SETPCAP;
}

static int drop_caps(enum tsr_sandbox_role role)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct now[2], data[2];
	uint64_t keep = kept_caps(role);

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL)
		return TSR_ERR_IO;
	for (unsigned long cap = 0; cap <= LAST_CAP; cap++)
		if (!(keep >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0 &&
			errno != EINVAL &&
			errno != EPERM) /* EPERM: there is nothing to give away */
			return TSR_ERR_IO;
	if (syscall(SYS_capget, &head, now) != 0)
		return TSR_ERR_IO;
	memset(data, 0, sizeof(data));
	for (int i = 0; i < 2; i++) {
		data[i].permitted = now[i].permitted & (uint32_t)(keep >> (32 * i));
		data[i].effective = data[i].permitted;
	}
	return syscall(SYS_capset, &head, data) == 0 ? 0 : TSR_ERR_IO;
}

static int set_flags(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return TSR_ERR_IO;
	return 0;
}

static int step(const char *name, int r)
{
	if (r != 0)
		failed_step = name;
	return r;
}

int tsr_sandbox_apply(const struct tsr_sandbox *sandbox)
{
	int r;

	signal(SIGPIPE, SIG_IGN);
	if (sandbox->role != TSR_SANDBOX_SUPERVISOR && tsr_leaks_are_sought())
		return 0;
	if ((r = step("libraries", warm_up())) != 0 ||
		(r = step("limits", set_limits(sandbox))) != 0 ||
		(r = step("user", drop_user(sandbox))) != 0 ||
		(r = step("capabilities", drop_caps(sandbox->role))) != 0 ||
		(r = step("flags", set_flags())) != 0)
		return r;
	if (sandbox->role == TSR_SANDBOX_SUPERVISOR)
		return 0;
	if ((r = step("landlock", tsr_sandbox_restrict_files(sandbox->state_dir))) != 0)
		return r;
	return step("seccomp", tsr_sandbox_load_filter(sandbox->role));
}

/* ---- self-test ---- */

static void *do_nothing(void *arg)
{
	return arg;
}

static int try_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, do_nothing, NULL) != 0)
		return TSR_ERR_DENIED;
	return pthread_join(thread, NULL) == 0 ? 0 : TSR_ERR_IO;
}

static int survived(long result)
{
	return result < 0 ? TSR_ERR_DENIED : TSR_ERR_STATE;
}

static int try_mprotect_exec(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return TSR_ERR_IO;
	return survived(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

int tsr_sandbox_selftest(const char *what)
{
	static char *const argv[] = { (char *)(uintptr_t) "true", NULL };

	if (strcmp(what, "write_ok") == 0)
		return write(STDOUT_FILENO, "alive\n", 6) == 6 ? 0 : TSR_ERR_IO;
	if (strcmp(what, "thread_ok") == 0)
		return try_thread();
	if (strcmp(what, "open") == 0)
		return survived(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
	if (strcmp(what, "socket") == 0)
		return survived(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	if (strcmp(what, "execve") == 0)
		return survived(execv("/bin/true", argv));
	if (strcmp(what, "fork") == 0)
		return survived(fork());
	if (strcmp(what, "ptrace") == 0)
		return survived(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	if (strcmp(what, "mprotect_exec") == 0)
		return try_mprotect_exec();
	return TSR_ERR_UNKNOWN;
}
