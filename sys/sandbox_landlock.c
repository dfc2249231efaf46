/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock: no file of the machine but what a role is given. The numbers stand here because the
 * kernel's headers of Debian 12 know ABI 2 only; a kernel is asked for no more than it has.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/err.h"
#include "sys/files.h"
#include "sys/sandbox_rules.h"

#define CREATE_RULESET 444
#define ADD_RULE 445
#define RESTRICT_SELF 446
#define ASK_VERSION 1u
#define RULE_PATH_BENEATH 1

/* Read and write files and directories, make and remove them: no programs, devices, sockets. */
#define FS_DATA (0x01beull | FS_REFER | FS_TRUNCATE)
#define FS_ABI1 ((1ull << 13) - 1)
#define FS_REFER (1ull << 13)     /* ABI 2 */
#define FS_TRUNCATE (1ull << 14)  /* ABI 3 */
#define FS_IOCTL_DEV (1ull << 15) /* ABI 5 */
#define NET_BIND_CONNECT 3ull     /* ABI 4 */
#define SCOPE_ALL 3ull            /* ABI 6: abstract sockets and signals */

struct ruleset {
	uint64_t fs, net, scoped;
};
struct path_rule {
	uint64_t access;
	int32_t fd;
}; /* the kernel reads the first 12 bytes */

static struct ruleset best_ruleset(long abi)
{
	struct ruleset set = { .fs = FS_ABI1 };

	if (abi >= 2)
		set.fs |= FS_REFER;
	if (abi >= 3)
		set.fs |= FS_TRUNCATE;
	if (abi >= 4)
		set.net = NET_BIND_CONNECT;
	if (abi >= 5)
		set.fs |= FS_IOCTL_DEV;
	if (abi >= 6)
		set.scoped = SCOPE_ALL;
	return set;
}

static size_t ruleset_len(long abi)
{
	return abi >= 6   ? 24
	       : abi >= 4 ? 16
			  : 8; /* an older kernel refuses what it does not know */
}

static int allow_dir(int ruleset, const char *dir, uint64_t access)
{
	struct path_rule rule = { .access = access & FS_DATA, .fd = -1 };
	int r = 0;

	rule.fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (rule.fd < 0)
		return TSR_ERR_DENIED;
	if (syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0) != 0)
		r = TSR_ERR_IO;
	close(rule.fd);
	return r;
}

int tsr_sandbox_restrict_files(const char *dir)
{
	long abi = syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);
	struct ruleset set = best_ruleset(abi);
	int fd, r = 0;

	if (abi < 1)
		return TSR_ERR_STATE;
	fd = (int)syscall(CREATE_RULESET, &set, ruleset_len(abi), 0);
	if (fd < 0)
		return TSR_ERR_IO;
	if (dir)
		r = allow_dir(fd, dir, set.fs);
	if (r == 0 && syscall(RESTRICT_SELF, fd, 0) != 0)
		r = TSR_ERR_IO;
	tsr_fd_close(&fd);
	return r;
}
