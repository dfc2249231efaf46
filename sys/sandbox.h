/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SYS_SANDBOX_H
#define TSR_SYS_SANDBOX_H

#include "core/base/attr.h"

/*
 * sandbox: what a process gives up before it looks at anything from outside. Applied once, in the
 * main thread, before any other thread starts. Any layer that fails: the process must not go on.
 */
enum tsr_sandbox_role {
	TSR_SANDBOX_EDGE,       /* no file, no new socket, no new process; threads */
	TSR_SANDBOX_MEDIA,      /* the same */
	TSR_SANDBOX_CONTROL,    /* as the edge, plus files inside the state directory */
	TSR_SANDBOX_SUPERVISOR, /* only no_new_privs, no core, not dumpable: it must exec and signal
				 */
};
struct tsr_sandbox {
	enum tsr_sandbox_role role;
	const char *state_dir; /* control: the only place with files; NULL for the edge */
	unsigned n_files;      /* RLIMIT_NOFILE is raised to at most this; 0: as it is */
};
TSR_CHECKED int tsr_sandbox_apply(const struct tsr_sandbox *sandbox);

/* Which step of the last tsr_sandbox_apply() failed ("landlock"), for the error message. */
const char *tsr_sandbox_failed_step(void);

/* After tsr_sandbox_apply(): does the named forbidden thing (open socket execve fork ptrace
 * mprotect_exec) and so dies of SIGSYS; "write_ok" and "thread_ok" return 0. TSR_ERR_DENIED when it
 * was refused without a death (control's open), TSR_ERR_STATE when it was done, TSR_ERR_UNKNOWN
 * for another name. */
TSR_CHECKED int tsr_sandbox_selftest(const char *what);

#endif
