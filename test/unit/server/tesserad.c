/* SPDX-License-Identifier: Apache-2.0 */
/* The real server: all three processes come up in their sandboxes and come back when killed. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon.h"
#include "test.h"

static char state[] = "/tmp/tsr-tesserad-XXXXXX";
static struct daemon server;

static bool start(void)
{
	const char *const args[] = { "--state", state, "--ports=0,0,0", "--threads=2", NULL };

	return make_dir(state) && daemon_start(&server, true, args) && daemon_wait_ready(&server);
}

static int stop(void)
{
	int status;

	kill(server.pid, SIGTERM);
	status = daemon_wait_end(&server);
	if (status != 0)
		printf("# %s\n", server.log);
	return remove_dir(state) ? status : -1;
}

/* Asks metrics.sock; true when the answer begins with 200. */
static bool is_ok(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char request[128], answer[64] = "";
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), len;
	bool ok;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/metrics.sock", state);
	len = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
	ok = connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0 &&
	     write(fd, request, (size_t)len) == len &&
	     recv(fd, answer, sizeof(answer) - 1, 0) > 12 && strncmp(answer + 8, " 200", 4) == 0;
	close(fd);
	return ok;
}

static void comes_up_and_answers(void)
{
	CHECK(start());
	CHECK(is_ok("/livez"));
	CHECK(is_ok("/metrics"));
	CHECK_INT(stop(), 0);
	CHECK(strstr(server.log, "sandbox") == NULL);
	CHECK(strstr(server.log, "too long") == NULL);
}

static void comes_back_when_killed(void)
{
	CHECK(start());
	CHECK_INT(kill((pid_t)daemon_number(&server, "edge"), SIGKILL), 0);
	CHECK(daemon_wait_log(&server, "child ready\",\"role\":\"edge\"", 2));
	CHECK_INT(kill((pid_t)daemon_number(&server, "control"), SIGKILL), 0);
	CHECK(daemon_wait_log(&server, "child ready\",\"role\":\"control\"", 2));
	CHECK(is_ok("/livez"));
	CHECK_INT(stop(), 0);
	CHECK(strstr(server.log, "sandbox") == NULL);
}

/* Nobody holds the ports when the supervisor is gone: the next start works at once. */
static void leaves_nothing_behind_when_the_supervisor_is_killed(void)
{
	char ports[32];
	const char *const args[] = { "--state", state, ports, NULL };

	CHECK(start());
	snprintf(ports, sizeof(ports), "--ports=%ld", daemon_number(&server, "ports"));
	CHECK_INT(kill(server.pid, SIGKILL), 0);
	CHECK_INT(daemon_wait_end(&server), 128 + SIGKILL); /* the log closes with the last child */
	CHECK(daemon_start(&server, true, args));
	CHECK(daemon_wait_ready(&server));
	CHECK_INT(stop(), 0);
}

TEST_MAIN(TEST(comes_up_and_answers), TEST(comes_back_when_killed),
	TEST(leaves_nothing_behind_when_the_supervisor_is_killed))
