/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon.h"

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 20000
#define ARGS 12

bool make_dir(char *path)
{
	memcpy(path + strlen(path) - 6, "XXXXXX", 6);
	return mkdtemp(path) != NULL;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

bool remove_dir(const char *path)
{
	return nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0;
}

static void become(const char *const *args, int announce_fd, int log_fd)
{
	char *argv[ARGS + 3];
	char number[32];
	size_t n = 0;

	argv[n++] = getenv("TESSERAD");
	if (announce_fd >= 0) {
		snprintf(number, sizeof(number), "--announce-fd=%d", announce_fd);
		argv[n++] = number;
		fcntl(announce_fd, F_SETFD, 0);
	}
	while (*args && n < ARGS)
		argv[n++] = strdup(*args++);
	argv[n] = NULL;
	dup2(log_fd, 1);
	dup2(log_fd, 2);
	execv(argv[0], argv);
	_exit(127);
}

bool daemon_start(struct daemon *daemon, bool announces, const char *const *args)
{
	int announce[2] = { -1, -1 }, log[2];

	memset(daemon, 0, sizeof(*daemon));
	if (!getenv("TESSERAD") || pipe2(log, O_CLOEXEC) != 0 ||
		(announces && pipe2(announce, O_CLOEXEC) != 0))
		return false;
	daemon->pid = fork();
	if (daemon->pid == 0)
		become(args, announce[1], log[1]);
	if (announces)
		close(announce[1]);
	close(log[1]);
	daemon->announce_fd = announce[0];
	daemon->log_fd = log[0];
	return daemon->pid > 0;
}

/* Appends what is there to a text of cap bytes; false at the end or after too long a wait. */
static bool read_more(int fd, char *text, size_t *len, size_t cap)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	ssize_t n;

	if (*len + 1 >= cap || poll(&poll_fd, 1, PATIENCE_MS) != 1)
		return false;
	n = read(fd, text + *len, cap - 1 - *len);
	if (n <= 0)
		return false;
	*len += (size_t)n;
	text[*len] = 0;
	return true;
}

bool daemon_wait_ready(struct daemon *daemon)
{
	size_t len = 0;

	while (!strchr(daemon->announced, '\n'))
		if (!read_more(daemon->announce_fd, daemon->announced, &len,
			    sizeof(daemon->announced)))
			return false;
	return true;
}

static int count(const char *text, const char *words)
{
	int n = 0;

	for (; (text = strstr(text, words)) != NULL; text++)
		n++;
	return n;
}

bool daemon_wait_log(struct daemon *daemon, const char *words, int n)
{
	while (count(daemon->log, words) < n) {
		if (!read_more(
			    daemon->log_fd, daemon->log, &daemon->log_len, sizeof(daemon->log))) {
			printf("# \"%s\" did not come %d times in:\n%s\n", words, n, daemon->log);
			return false;
		}
	}
	return true;
}

long daemon_number(const struct daemon *daemon, const char *key)
{
	char quoted[64];
	const char *at;

	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	at = strstr(daemon->announced, quoted);
	if (!at)
		return 0;
	at += strlen(quoted);
	return strtol(*at == '[' ? at + 1 : at, NULL, 10);
}

int daemon_wait_end(struct daemon *daemon)
{
	int status = 0;

	while (read_more(daemon->log_fd, daemon->log, &daemon->log_len, sizeof(daemon->log))) {}
	if (daemon->log_len + 1 < sizeof(daemon->log) &&
		waitpid(daemon->pid, &status, WNOHANG) == 0) {
		/* its last descriptor is closed: it is on its way, or hangs */
		for (int i = 0; i < PATIENCE_MS && waitpid(daemon->pid, &status, WNOHANG) == 0; i++)
			poll(NULL, 0, 1);
	}
	kill(daemon->pid, SIGKILL);
	waitpid(daemon->pid, NULL, 0);
	close(daemon->log_fd);
	if (daemon->announce_fd >= 0)
		close(daemon->announce_fd);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
