/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/udp.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

#include "core/base/err.h"
#include "test.h"

static struct tsr_udp_in in[TSR_UDP_BATCH];
static uint8_t bytes[3 * 1200];

static bool bind_local(int *fd, uint16_t *port, const char *address)
{
	struct tsr_addr addr;

	if (tsr_addr_parse(&addr, address, *port) != 0 || tsr_udp_bind(fd, &addr) != 0)
		return false;
	*port = tsr_tcp_local_port(*fd);
	return *port != 0;
}

static size_t receive(struct tsr_udp_batch *batch, int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	return poll(&ready, 1, 5000) == 1 ? tsr_udp_receive(batch, fd, in) : 0;
}

/* One message of three datagrams, two of one length and a shorter one. */
static struct tsr_udp_out three_to(uint16_t port)
{
	struct tsr_udp_out out = { .data = bytes,
		.len = 2 * 1200 + 700,
		.segment = 1200,
		.from = { .bytes = { 127, 0, 0, 2 } },
		.to = { .bytes = { 127, 0, 0, 1 } },
		.to_port = port };

	for (size_t i = 0; i < 3; i++)
		memset(bytes + i * 1200, (int)i + 1, 1200);
	return out;
}

static void splits_a_message_and_says_where_it_went(void)
{
	struct tsr_udp_batch *batch = tsr_udp_batch_create();
	uint16_t here = 0, there = 0;
	struct tsr_udp_out out;
	int receiver, sender;
	size_t n = 0;

	CHECK(batch != NULL);
	CHECK(bind_local(&receiver, &here, "0.0.0.0"));
	CHECK(bind_local(&sender, &there, "0.0.0.0"));
	out = three_to(here);
	CHECK_INT(tsr_udp_send(sender, &out, 1).lost, 0);
	while (n < 3) {
		size_t more = receive(batch, receiver);

		CHECK(more > 0);
		for (size_t i = 0; i < more; i++, n++) {
			CHECK_INT(in[i].len, n == 2 ? 700 : 1200);
			CHECK_INT(in[i].data[0], n + 1);
			CHECK_INT(in[i].from_port, there);
			CHECK_INT(in[i].from.bytes[3], 2); /* it left by the address it was to */
			CHECK_INT(in[i].to.bytes[3], 1);
			CHECK(!in[i].to.is_v6);
		}
	}
	close(receiver);
	close(sender);
	tsr_udp_batch_destroy(batch);
}

static void hands_the_kernel_one_message(void)
{
	uint16_t here = 0, there = 0;
	struct tsr_udp_out out;
	int receiver, sender, none = 0;

	CHECK(bind_local(&receiver, &here, "127.0.0.1"));
	CHECK(bind_local(&sender, &there, "127.0.0.1"));
	if (setsockopt(sender, IPPROTO_UDP, UDP_SEGMENT, &none, sizeof(none)) != 0)
		SKIP("this kernel splits no messages (UDP_SEGMENT, Linux 4.18)");
	out = three_to(here);
	out.from.bytes[3] = 1;
	CHECK_INT(tsr_udp_send(sender, &out, 1).messages, 1);
	close(receiver);
	close(sender);
}

/* No kernel splits a message in so many. */
static void goes_one_by_one_where_the_kernel_does_not_split(void)
{
	enum { N = 200 };
	struct tsr_udp_batch *batch = tsr_udp_batch_create();
	uint16_t here = 0, there = 0;
	struct tsr_udp_sent sent;
	struct tsr_udp_out out;
	int receiver, sender;

	CHECK(bind_local(&receiver, &here, "127.0.0.1"));
	CHECK(bind_local(&sender, &there, "127.0.0.1"));
	out = three_to(here);
	out.segment = 10;
	out.len = N * 10;
	out.from.bytes[3] = 1;
	sent = tsr_udp_send(sender, &out, 1);
	CHECK_INT(sent.lost, 0);
	CHECK_INT(sent.messages, N);
	for (size_t n = 0, more; n < N; n += more) {
		more = receive(batch, receiver);
		CHECK(more > 0);
		for (size_t i = 0; i < more; i++)
			CHECK_INT(in[i].len, 10);
	}
	close(receiver);
	close(sender);
	tsr_udp_batch_destroy(batch);
}

static void cuts_nothing_in_silence(void)
{
	struct tsr_udp_batch *batch = tsr_udp_batch_create();
	uint8_t giant[TSR_UDP_LEN + 1] = { 0 };
	struct tsr_udp_out out = { .data = giant, .len = sizeof(giant) };
	uint16_t port = 0;
	int fd;

	CHECK(bind_local(&fd, &port, "127.0.0.1"));
	out.segment = sizeof(giant);
	out.from.bytes[0] = out.to.bytes[0] = 127;
	out.from.bytes[3] = out.to.bytes[3] = 1;
	out.to_port = port;
	CHECK_INT(tsr_udp_send(fd, &out, 1).lost, 0);
	CHECK_INT(receive(batch, fd), 1);
	CHECK_INT(in[0].len, 0);
	close(fd);
	tsr_udp_batch_destroy(batch);
}

static void shares_a_port_with_its_own_only(void)
{
	uint16_t port = 0;
	struct tsr_addr addr;
	int first, second;

	CHECK(bind_local(&first, &port, "127.0.0.1"));
	CHECK(bind_local(&second, &port, "127.0.0.1"));
	CHECK_INT(tsr_addr_parse(&addr, "127.0.0.1", port), 0);
	CHECK_INT(tsr_udp_probe(&addr), TSR_ERR_BUSY);
	close(first);
	close(second);
	CHECK_INT(tsr_udp_probe(&addr), 0);
}

static void lists_interfaces(void)
{
	struct tsr_addr all[16];
	size_t n = tsr_interfaces_list(all, 16, true);
	bool has_loopback = false;

	CHECK(n > 0);
	for (size_t i = 0; i < n; i++)
		has_loopback |= tsr_addr_is_loopback(&all[i]);
	CHECK(has_loopback);
	n = tsr_interfaces_list(all, 16, false);
	for (size_t i = 0; i < n; i++)
		CHECK(!tsr_addr_is_loopback(&all[i]));
}

TEST_MAIN(TEST(splits_a_message_and_says_where_it_went), TEST(hands_the_kernel_one_message),
	TEST(goes_one_by_one_where_the_kernel_does_not_split), TEST(cuts_nothing_in_silence),
	TEST(shares_a_port_with_its_own_only), TEST(lists_interfaces))
