/* SPDX-License-Identifier: Apache-2.0 */
#include "server/supervisor/process.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/base/err.h"
#include "server/child_args.h"
#include "sys/files.h"

#define EXEC_FAILED 127

static int pass_fd(int fd)
{
	return fd < 0 ? 0 : tsr_fd_set_cloexec(fd, false);
}

/* Everything else is close on exec. */
static int pass_fds(const struct tsr_child *child)
{
	int r = pass_fd(child->supervisor_fd) | pass_fd(child->peer_fd) | pass_fd(child->media_fd) |
		pass_fd(child->admin_fd) | pass_fd(child->metrics_fd) |
		pass_fd(child->metrics_tcp_fd);

	for (size_t i = 0; i < child->n_listeners; i++)
		r |= pass_fd(child->listeners[i].fd);
	for (size_t i = 0; i < child->n_udp; i++)
		r |= pass_fd(child->udp[i].fd);
	return r;
}

/* Ends are told by Stop, not by the signals that a terminal or a service manager sends to all. */
static void ignore_signals(void)
{
	sigset_t none;

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child. Returns only when it failed. */
static void become(const struct tsr_child *child, char **argv, pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent)
		return;
	ignore_signals();
	if (pass_fds(child) == 0)
		execv("/proc/self/exe", argv);
}

int tsr_process_start(pid_t *pid, const struct tsr_child *child, bool is_verbose)
{
	struct tsr_child_args *args = malloc(sizeof(*args));
	char *argv[TSR_CHILD_ARGS + 6];
	char role[32], name[] = "tesserad", verbose[] = "--verbose", mark[] = "--child";
	size_t n = 0;
	pid_t parent = getpid();

	*pid = -1;
	if (!args)
		return TSR_ERR_NOMEM;
	tsr_child_args_write(args, child);
	snprintf(role, sizeof(role), "--role=%s", child->role);
	argv[n++] = name;
	argv[n++] = role;
	if (is_verbose)
		argv[n++] = verbose;
	argv[n++] = mark;
	memcpy(argv + n, args->argv, (args->n + 1) * sizeof(args->argv[0]));
	*pid = fork();
	if (*pid == 0) {
		become(child, argv, parent);
		_exit(EXEC_FAILED);
	}
	free(args);
	return *pid > 0 ? 0 : TSR_ERR_IO;
}
