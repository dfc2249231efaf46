/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_SERVER_DAEMON_H
#define TEST_SERVER_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* daemon: runs the program that TESSERAD names, for tests of the supervisor. */
struct daemon {
	pid_t pid;
	int announce_fd;
	int log_fd; /* stdout and stderr */
	char log[65536];
	size_t log_len;
	char announced[4096];
};

/* Makes a fresh directory; path ends in 6 letters that are replaced. */
bool make_dir(char *path);

/* Removes a directory and all in it. */
bool remove_dir(const char *path);

/* Starts it with up to 8 arguments, NULL-ended. A "--announce-fd" is added when announced. */
bool daemon_start(struct daemon *daemon, bool announces, const char *const *args);

/* Reads the announcement; false when it ended or took 20 s. */
bool daemon_wait_ready(struct daemon *daemon);

/* Reads the log until words occur n times; false when it ended or took 20 s. */
bool daemon_wait_log(struct daemon *daemon, const char *words, int n);

/* The number after "key": in the announcement, 0 when there is none. */
long daemon_number(const struct daemon *daemon, const char *key);

/* Its exit status, 128 + signal when killed; kills it after 20 s. All its words are in log. */
int daemon_wait_end(struct daemon *daemon);

#endif
