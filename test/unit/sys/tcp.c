/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/tcp.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "core/base/err.h"
#include "sys/files.h"
#include "test.h"

static struct tsr_loop *loop;

static void names_networks_not_machines(void)
{
	static const char *const cases[][2] = { { "203.0.113.77", "203.0.113.0/24" },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1::/48" }, { "[::1]", "::/48" },
		{ "::ffff:192.0.2.9", "192.0.2.0/24" } };
	char prefix[TSR_PREFIX_LEN];
	struct tsr_addr addr, other;

	for (size_t i = 0; i < 4; i++) {
		CHECK_INT(tsr_addr_parse(&addr, cases[i][0], 1), 0);
		tsr_addr_prefix(&addr, prefix);
		CHECK_STR(prefix, cases[i][1]);
	}
	CHECK_INT(tsr_addr_parse(&addr, "192.0.2.1", 5), 0);
	CHECK_INT(tsr_addr_parse(&other, "::ffff:192.0.2.200", 6), 0);
	CHECK(tsr_addr_prefix_hash(&addr) == tsr_addr_prefix_hash(&other));
	CHECK_INT(tsr_addr_parse(&other, "192.0.3.1", 5), 0);
	CHECK(tsr_addr_prefix_hash(&addr) != tsr_addr_prefix_hash(&other));
	CHECK_INT(tsr_addr_port(&addr), 5);
	CHECK_INT(tsr_addr_parse(&addr, "example.org", 1), TSR_ERR_FORMAT);
	CHECK_INT(tsr_addr_parse(&addr, "1.2.3", 1), TSR_ERR_FORMAT);
}

static void knows_what_stays_on_this_machine(void)
{
	static const char *const ours[] = { "127.0.0.1", "127.9.9.9", "::1", "[::1]" };
	static const char *const others[] = { "0.0.0.0", "::", "192.0.2.1", "2001:db8::1",
		"::ffff:192.0.2.1" };
	struct tsr_addr addr;

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		CHECK(tsr_addr_parse(&addr, ours[i], 1) == 0 && tsr_addr_is_loopback(&addr));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		CHECK(tsr_addr_parse(&addr, others[i], 1) == 0 && !tsr_addr_is_loopback(&addr));
}

static void notices_a_port_that_is_taken(void)
{
	struct tsr_addr addr;
	int first, second;

	CHECK_INT(tsr_addr_parse(&addr, "127.0.0.1", 0), 0);
	CHECK_INT(tsr_tcp_listen(&first, &addr), 0);
	tsr_addr_set_port(&addr, tsr_tcp_local_port(first));
	CHECK_INT(tsr_tcp_probe(&addr), TSR_ERR_BUSY);
	CHECK_INT(tsr_tcp_listen(&second, &addr), 0); /* the set of one service shares it */
	close(first);
	close(second);
	CHECK_INT(tsr_tcp_probe(&addr), 0);
}

struct meeting {
	int accepted, dialled, err;
	struct tsr_addr peer;
};

static void on_accept(void *user, int fd, const struct tsr_addr *peer)
{
	struct meeting *meeting = user;

	meeting->accepted = fd;
	meeting->peer = *peer;
	if (meeting->dialled >= 0)
		tsr_loop_stop(loop);
}

static void on_dialled(void *user, int fd, int err)
{
	struct meeting *meeting = user;

	meeting->dialled = fd;
	meeting->err = err;
	if (meeting->accepted >= 0 || err)
		tsr_loop_stop(loop);
}

static void dials_and_accepts(void)
{
	struct meeting meeting = { -1, -1, 0, { .len = 0 } };
	struct tsr_listener *listener;
	struct tsr_dial *dial;
	struct tsr_addr addr;
	int fd, value = 0;
	socklen_t len = sizeof(value);

	loop = tsr_loop_create();
	CHECK(loop != NULL);
	CHECK_INT(tsr_addr_parse(&addr, "127.0.0.1", 0), 0);
	CHECK_INT(tsr_tcp_listen(&fd, &addr), 0);
	CHECK_INT(tsr_listener_open(&listener, loop, fd, on_accept, &meeting), 0);
	/* a name with two families, of which the other may be dead */
	CHECK_INT(tsr_dial_open(&dial, loop, "localhost", tsr_tcp_local_port(fd), 10 * TSR_SECOND,
			  on_dialled, &meeting),
		0);
	tsr_loop_run(loop);
	CHECK_INT(meeting.err, 0);
	CHECK(meeting.accepted >= 0 && meeting.dialled >= 0);
	CHECK_INT(meeting.peer.ss.ss_family, AF_INET);
	CHECK_INT(getsockopt(meeting.accepted, IPPROTO_TCP, TCP_NODELAY, &value, &len), 0);
	CHECK_INT(value, 1);
	CHECK_INT(getsockopt(meeting.dialled, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &value, &len), 0);
	CHECK_INT(value, 65536);
	CHECK(tsr_tcp_rtt_ms(meeting.dialled) >= 1 && tsr_tcp_rtt_ms(meeting.dialled) < 1000);
	CHECK_INT(tsr_tcp_rtt_ms(fd), 0); /* it listens: there is nobody at the other end */
	tsr_dial_close(&dial);
	tsr_listener_close(&listener);
	close(meeting.accepted);
	close(meeting.dialled);
	close(fd);
	tsr_loop_destroy(loop);
}

static void says_that_nobody_listens(void)
{
	struct meeting meeting = { -1, -1, 0, { .len = 0 } };
	struct tsr_dial *dial;
	struct tsr_addr addr;
	uint16_t port;
	int fd;

	loop = tsr_loop_create();
	CHECK(loop != NULL);
	CHECK_INT(tsr_addr_parse(&addr, "127.0.0.1", 0), 0);
	CHECK_INT(tsr_tcp_listen(&fd, &addr), 0);
	port = tsr_tcp_local_port(fd);
	close(fd);
	CHECK_INT(tsr_dial_open(
			  &dial, loop, "127.0.0.1", port, 10 * TSR_SECOND, on_dialled, &meeting),
		0);
	tsr_loop_run(loop);
	CHECK_INT(meeting.err, TSR_ERR_CLOSED);
	CHECK_INT(meeting.dialled, -1);
	tsr_dial_close(&dial);
	CHECK_INT(tsr_dial_open(
			  &dial, loop, "127.0.0.1", port, 10 * TSR_SECOND, on_dialled, &meeting),
		0);
	tsr_dial_close(&dial); /* while it resolves */
	tsr_loop_destroy(loop);
}

TEST_MAIN(TEST(names_networks_not_machines), TEST(knows_what_stays_on_this_machine),
	TEST(notices_a_port_that_is_taken), TEST(dials_and_accepts), TEST(says_that_nobody_listens))
