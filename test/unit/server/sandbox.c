/* SPDX-License-Identifier: Apache-2.0 */
/* In each role the forbidden things are tried: they must end in SIGSYS. */
#include <signal.h>
#include <stdio.h>

#include "daemon.h"
#include "test.h"

#define KILLED (128 + SIGSYS)
#define REFUSED 3

static struct daemon tried;

static int try(const char *role, const char *what)
{
	char role_arg[32], what_arg[32];
	const char *const args[] = { role_arg, what_arg, "--state=/tmp", NULL };
	int status;

	snprintf(role_arg, sizeof(role_arg), "--role=%s", role);
	snprintf(what_arg, sizeof(what_arg), "--selftest=%s", what);
	if (!daemon_start(&tried, false, args))
		return -1;
	status = daemon_wait_end(&tried);
	if (status != KILLED && tried.log_len > 0)
		printf("# %s %s: %s\n", role, what, tried.log);
	return status;
}

static void kills_an_edge_that_asks_for_more(void)
{
	CHECK_INT(try("edge", "open"), KILLED);
	CHECK_INT(try("edge", "socket"), KILLED);
	CHECK_INT(try("edge", "execve"), KILLED);
	CHECK_INT(try("edge", "fork"), KILLED);
	CHECK_INT(try("edge", "ptrace"), KILLED);
	CHECK_INT(try("edge", "mprotect_exec"), KILLED);
}

static void kills_a_media_that_asks_for_more(void)
{
	CHECK_INT(try("media", "open"), KILLED);
	CHECK_INT(try("media", "socket"), KILLED);
	CHECK_INT(try("media", "execve"), KILLED);
	CHECK_INT(try("media", "fork"), KILLED);
	CHECK_INT(try("media", "ptrace"), KILLED);
	CHECK_INT(try("media", "mprotect_exec"), KILLED);
}

static void kills_a_control_that_asks_for_more(void)
{
	CHECK_INT(try("control", "open"), REFUSED); /* it has files, but not this one */
	CHECK_INT(try("control", "socket"), KILLED);
	CHECK_INT(try("control", "execve"), KILLED);
	CHECK_INT(try("control", "fork"), KILLED);
	CHECK_INT(try("control", "ptrace"), KILLED);
	CHECK_INT(try("control", "mprotect_exec"), KILLED);
}

static void lets_all_do_their_work(void)
{
	CHECK_INT(try("edge", "write_ok"), 0);
	CHECK_INT(try("edge", "thread_ok"), 0);
	CHECK_INT(try("media", "write_ok"), 0);
	CHECK_INT(try("media", "thread_ok"), 0);
	CHECK_INT(try("control", "write_ok"), 0);
	CHECK_INT(try("control", "thread_ok"), 0);
}

TEST_MAIN(TEST(kills_an_edge_that_asks_for_more), TEST(kills_a_control_that_asks_for_more),
	TEST(kills_a_media_that_asks_for_more), TEST(lets_all_do_their_work))
