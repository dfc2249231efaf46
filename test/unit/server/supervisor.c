/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon.h"
#include "test.h"

static char state[] = "/tmp/tsr-supervisor-XXXXXX";
static struct daemon first, second;

static bool make_state(void)
{
	return make_dir(state);
}

static void remove_state(void)
{
	if (!remove_dir(state))
		printf("# %s is left behind\n", state);
}

static bool start(struct daemon *daemon)
{
	const char *const args[] = { "--state", state, "--ports=0,0,0", "--threads=2", NULL };

	return daemon_start(daemon, true, args) && daemon_wait_ready(daemon);
}

static int stop(struct daemon *daemon)
{
	kill(daemon->pid, SIGTERM);
	kill(daemon->pid, SIGTERM); /* as a service manager does that signals the group as well */
	return daemon_wait_end(daemon);
}

static int connect_to(uint16_t port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void comes_up_and_stops(void)
{
	char path[64];
	struct stat st;
	int fd;

	CHECK(make_state());
	CHECK(start(&first));
	CHECK_INT(daemon_number(&first, "supervisor"), first.pid);
	fd = connect_to((uint16_t)daemon_number(&first, "ports"));
	CHECK(fd >= 0);
	close(fd);
	snprintf(path, sizeof(path), "%s/key.pem", state);
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_mode & 0777, 0600);
	CHECK_INT(stop(&first), 0);
	CHECK(strstr(first.log, "too long") == NULL);
	CHECK(strstr(first.log, "Proceed") != NULL); /* people are told what the browser will say */
	CHECK(strstr(first.log, "fingerprint") != NULL);
	remove_state();
}

static void keeps_its_certificate(void)
{
	char fingerprint[128];

	CHECK(make_state());
	CHECK(start(&first));
	CHECK(strlen(first.announced) > 200);
	snprintf(fingerprint, sizeof(fingerprint), "%.110s",
		strstr(first.announced, "\"fingerprint\""));
	CHECK_INT(stop(&first), 0);
	CHECK(start(&first));
	CHECK(strstr(first.announced, fingerprint) != NULL);
	CHECK_INT(stop(&first), 0);
	remove_state();
}

static void starts_the_dead_anew(void)
{
	int fd;

	CHECK(make_state());
	CHECK(start(&first));
	CHECK(daemon_wait_log(&first, "peer greeted", 2));
	CHECK_INT(kill((pid_t)daemon_number(&first, "edge"), SIGKILL), 0);
	/* A connection that comes meanwhile waits. */
	fd = connect_to((uint16_t)daemon_number(&first, "ports"));
	CHECK(fd >= 0);
	close(fd);
	CHECK(daemon_wait_log(&first, "child ready\",\"role\":\"edge\"", 2));
	CHECK(daemon_wait_log(&first, "peer greeted", 4)); /* both ends of the new link */
	CHECK_INT(kill((pid_t)daemon_number(&first, "control"), SIGKILL), 0);
	CHECK(daemon_wait_log(&first, "child ready\",\"role\":\"control\"", 2));
	CHECK(daemon_wait_log(&first, "peer greeted", 6));
	CHECK_INT(stop(&first), 0);
	remove_state();
}

static void reloads_the_certificate(void)
{
	CHECK(make_state());
	CHECK(start(&first));
	CHECK_INT(kill(first.pid, SIGHUP), 0);
	CHECK(daemon_wait_log(&first, "certificate taken", 2));
	CHECK_INT(stop(&first), 0);
	remove_state();
}

static void refuses_a_second_on_the_same_state(void)
{
	const char *const args[] = { "--state", state, "--ports=0", NULL };

	CHECK(make_state());
	CHECK(start(&first));
	CHECK(daemon_start(&second, false, args));
	CHECK_INT(daemon_wait_end(&second), 1);
	CHECK(strstr(second.log, "another tesserad is running on the state directory") != NULL);
	CHECK_INT(stop(&first), 0);
	remove_state();
}

static void says_which_port_is_taken(void)
{
	char other[64], port[32], words[64];
	const char *const args[] = { "--state", other, port, NULL };

	CHECK(make_state());
	CHECK(start(&first));
	snprintf(other, sizeof(other), "%s/other", state);
	snprintf(port, sizeof(port), "--ports=%ld", daemon_number(&first, "ports"));
	snprintf(words, sizeof(words), "port %ld is in use", daemon_number(&first, "ports"));
	CHECK(daemon_start(&second, false, args));
	CHECK_INT(daemon_wait_end(&second), 1);
	CHECK(strstr(second.log, words) != NULL);
	CHECK(strstr(second.log, "--ports") != NULL);
	CHECK_INT(stop(&first), 0);
	remove_state();
}

static void gives_up_when_a_child_cannot_start(void)
{
	const char *const args[] = { "--state", state, "--ports=0", NULL };

	CHECK(make_state());
	setenv("PROBE_FAILS", "1", 1);
	CHECK(daemon_start(&first, false, args));
	unsetenv("PROBE_FAILS");
	CHECK_INT(daemon_wait_end(&first), 1);
	CHECK(strstr(first.log, "process cannot start") != NULL);
	remove_state();
}

static int status_with(const char *a, const char *b)
{
	const char *const args[] = { a, b, NULL };

	if (!daemon_start(&second, false, args))
		return -1;
	return daemon_wait_end(&second);
}

static void explains_wrong_options(void)
{
	CHECK_INT(status_with("--ports", "1,2,3,4"), 2);
	CHECK_INT(status_with("--ports=8443,8443", NULL), 2);
	CHECK_INT(status_with("--ports", "70000"), 2);
	CHECK_INT(status_with("--cert", "x"), 2);
	CHECK(strstr(second.log, "--key is missing") != NULL);
	CHECK_INT(status_with("--base-url", "http://x"), 2);
	CHECK_INT(status_with("--nonsense", NULL), 2);
	CHECK(strstr(second.log, "unknown option --nonsense") != NULL);
	CHECK_INT(status_with("--state", NULL), 2);
	CHECK_INT(status_with("--role=edge", NULL), 2);
	CHECK_INT(status_with("--help", NULL), 0);
	CHECK(strstr(second.log, "--state DIR") != NULL);
	CHECK_INT(status_with("--version", NULL), 0);
	CHECK_INT(status_with("--state", "/dev/null"), 1);
	CHECK(strstr(second.log, "is not a directory") != NULL);
}

static void keeps_metrics_on_this_machine(void)
{
	const char *const args[] = { "--state", state, "--ports=0", "--metrics=0.0.0.0:0", NULL };

	CHECK(make_state());
	CHECK(daemon_start(&second, false, args));
	CHECK_INT(daemon_wait_end(&second), 1);
	CHECK(strstr(second.log, "only to this machine") != NULL);
	remove_state();
}

static void explains_a_bad_certificate(void)
{
	const char *const args[] = { "--state", state, "--cert=/etc/hostname",
		"--key=/etc/hostname", "--ports=0", NULL };
	const char *const missing[] = { "--state", state, "--cert=/no/such", "--key=/no/such",
		"--ports=0", NULL };

	CHECK(make_state());
	CHECK(daemon_start(&second, false, args));
	CHECK_INT(daemon_wait_end(&second), 1);
	CHECK(strstr(second.log, "are not a certificate and its key") != NULL);
	CHECK(daemon_start(&second, false, missing));
	CHECK_INT(daemon_wait_end(&second), 1);
	CHECK(strstr(second.log, "--cert /no/such: there is no such file") != NULL);
	remove_state();
}

TEST_MAIN(TEST(comes_up_and_stops), TEST(keeps_its_certificate), TEST(starts_the_dead_anew),
	TEST(reloads_the_certificate), TEST(refuses_a_second_on_the_same_state),
	TEST(says_which_port_is_taken), TEST(gives_up_when_a_child_cannot_start),
	TEST(explains_wrong_options), TEST(keeps_metrics_on_this_machine),
	TEST(explains_a_bad_certificate))
