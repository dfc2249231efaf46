/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/inbox.h"

#include "core/base/err.h"
#include "core/wire/websocket.h"
#include "test.h"

static int verdict;
static int n_asked;

static int want_frame(void *user, const struct tsr_frame *frame)
{
	(void)user;
	(void)frame;
	n_asked++;
	return verdict;
}

static const struct tsr_inbox_events events = { .want_frame = want_frame };

static struct tsr_inbox inbox_of(size_t control_max)
{
	verdict = 0;
	n_asked = 0;
	return (struct tsr_inbox){
		.control_max = control_max,
		.takes_frames = true,
		.events = &events,
	};
}

static size_t make_frame(uint8_t *out, uint32_t body)
{
	struct tsr_frame frame = {
		.class = TSR_FRAME_CHAT,
		.from = 1,
		.stream = 2,
		.picture = 3,
		.length = body,
	};

	out[0] = TSR_KIND_FRAME;
	tsr_frame_write(out + 1, &frame);
	memset(out + 1 + TSR_FRAME_HEADER_LEN, 0x77, body);
	return 1 + TSR_FRAME_HEADER_LEN + (size_t)body;
}

static void gathers_a_message_from_pieces(void)
{
	uint8_t bytes[1000] = { TSR_KIND_PROTO };

	for (size_t i = 1; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	for (size_t piece = 1; piece <= 1000; piece += 37) {
		struct tsr_inbox inbox = inbox_of(999);
		struct tsr_msg *msg;

		for (size_t at = 0; at < sizeof(bytes); at += piece) {
			size_t n = sizeof(bytes) - at < piece ? sizeof(bytes) - at : piece;

			CHECK_INT(tsr_inbox_feed(&inbox, tsr_slice(bytes + at, n), 1000 - at), 0);
		}
		CHECK_INT(tsr_inbox_end(&inbox, &msg), 0);
		CHECK_INT(msg->len, 1000);
		CHECK_MEM(msg->data, bytes, 1000);
		tsr_msg_unref(&msg);
	}
}

static void refuses_what_is_too_long_before_it_is_there(void)
{
	struct tsr_inbox inbox = inbox_of(100);
	uint8_t byte = TSR_KIND_PROTO;

	CHECK_INT(tsr_inbox_feed(&inbox, tsr_slice(&byte, 1), 102), TSR_ERR_TOO_BIG);
	tsr_inbox_reset(&inbox);
	CHECK_INT(tsr_inbox_feed(&inbox, tsr_slice(&byte, 1), UINT64_MAX), TSR_ERR_TOO_BIG);
	tsr_inbox_reset(&inbox);
	/* In fragments too: each announces little. */
	CHECK_INT(tsr_inbox_feed(&inbox, tsr_slice(&byte, 1), 1), 0);
	CHECK_INT(tsr_inbox_feed(&inbox, tsr_slice(&byte, 1), 101), TSR_ERR_TOO_BIG);
	tsr_inbox_reset(&inbox);
}

static void asks_about_a_frame_once_its_header_is_there(void)
{
	struct tsr_inbox inbox = inbox_of(100);
	uint8_t bytes[200];
	size_t len = make_frame(bytes, 100);
	struct tsr_msg *msg;

	for (size_t i = 0; i < len; i++) {
		CHECK_INT(tsr_inbox_feed(&inbox, tsr_slice(bytes + i, 1), len - i), 0);
		CHECK_INT(n_asked, i >= TSR_FRAME_HEADER_LEN);
		CHECK((inbox.msg != NULL) == (i >= TSR_FRAME_HEADER_LEN));
	}
	CHECK_INT(tsr_inbox_end(&inbox, &msg), 0);
	CHECK_INT(msg->len, len);
	CHECK_MEM(msg->data, bytes, len);
	CHECK_INT(inbox.frame.stream, 2);
	tsr_msg_unref(&msg);
}

/* A picture goes out as it is kept: behind the WebSocket header that each viewer is sent. */
static void puts_the_header_in_front_of_a_picture(void)
{
	static const uint32_t bodies[] = { 0, 60, 88, 89, 65535 - 37, 65536 - 37, 200000 };
	static uint8_t bytes[200100];

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct tsr_inbox inbox = inbox_of(100);
		struct tsr_frame frame = { .class = TSR_FRAME_SCREEN,
			.flags = TSR_FRAME_LAST,
			.picture = 2,
			.base = 1,
			.length = bodies[i] };
		size_t len = 1 + TSR_FRAME_HEADER_LEN + (size_t)bodies[i], front;
		uint8_t header[TSR_WEBSOCKET_HEADER_MAX];
		struct tsr_msg *msg;

		bytes[0] = TSR_KIND_FRAME;
		tsr_frame_write(bytes + 1, &frame);
		memset(bytes + 1 + TSR_FRAME_HEADER_LEN, 0x77, bodies[i]);
		for (size_t at = 0; at < len; at += 30000)
			CHECK_INT(
				tsr_inbox_feed(&inbox,
					tsr_slice(bytes + at, len - at < 30000 ? len - at : 30000),
					len - at),
				0);
		CHECK_INT(tsr_inbox_end(&inbox, &msg), 0);
		front = tsr_websocket_header_write(header, TSR_WEBSOCKET_BINARY, len);
		CHECK_INT(msg->len, front + len);
		CHECK_MEM(msg->data, header, front);
		CHECK_MEM(msg->data + front, bytes, len);
		CHECK_INT(tsr_inbox_frame_len(msg), TSR_FRAME_HEADER_LEN + bodies[i]);
		tsr_msg_unref(&msg);
	}
}

static void reads_an_unwanted_frame_away(void)
{
	struct tsr_inbox inbox = inbox_of(100);
	uint8_t bytes[200];
	size_t len = make_frame(bytes, 100);
	struct tsr_msg *msg;

	verdict = 1;
	CHECK_INT(tsr_inbox_feed(&inbox, tsr_slice(bytes, len), len), 0);
	CHECK(!inbox.msg);
	CHECK_INT(tsr_inbox_end(&inbox, &msg), 0);
	CHECK(!msg);
	verdict = 0;
	CHECK_INT(tsr_inbox_feed(&inbox, tsr_slice(bytes, len), len), 0);
	CHECK_INT(tsr_inbox_end(&inbox, &msg), 0);
	CHECK(msg);
	tsr_msg_unref(&msg);
}

static void refuses_wrong_lengths(void)
{
	struct tsr_inbox inbox = inbox_of(100);
	uint8_t bytes[300];
	size_t len = make_frame(bytes, 100);
	struct tsr_msg *msg;

	CHECK_INT(tsr_inbox_feed(&inbox, tsr_slice(bytes, len + 1), len + 1), TSR_ERR_TRAILING);
	tsr_inbox_reset(&inbox);
	CHECK_INT(tsr_inbox_feed(&inbox, tsr_slice(bytes, len - 1), len - 1), 0);
	CHECK_INT(tsr_inbox_end(&inbox, &msg), TSR_ERR_SHORT);
	tsr_inbox_reset(&inbox);
	CHECK_INT(tsr_inbox_feed(&inbox, tsr_slice(bytes, 20), 20), 0);
	CHECK_INT(tsr_inbox_end(&inbox, &msg), TSR_ERR_SHORT);
	tsr_inbox_reset(&inbox);
	CHECK_INT(tsr_inbox_end(&inbox, &msg), TSR_ERR_SHORT);
}

static void refuses_other_kinds_and_frames_before_their_time(void)
{
	struct tsr_inbox inbox = inbox_of(100);
	uint8_t bytes[100] = { 2 };

	CHECK_INT(tsr_inbox_feed(&inbox, tsr_slice(bytes, 1), 1), TSR_ERR_FORMAT);
	tsr_inbox_reset(&inbox);
	inbox.takes_frames = false;
	bytes[0] = TSR_KIND_FRAME;
	CHECK_INT(tsr_inbox_feed(&inbox, tsr_slice(bytes, 1), 1), TSR_ERR_STATE);
}

TEST_MAIN(TEST(gathers_a_message_from_pieces), TEST(refuses_what_is_too_long_before_it_is_there),
	TEST(asks_about_a_frame_once_its_header_is_there),
	TEST(puts_the_header_in_front_of_a_picture), TEST(reads_an_unwanted_frame_away),
	TEST(refuses_wrong_lengths), TEST(refuses_other_kinds_and_frames_before_their_time))
