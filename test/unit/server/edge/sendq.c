/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/sendq.h"

#include <stdlib.h>

#include "test.h"

static struct tsr_msg *make(size_t len, uint8_t fill)
{
	struct tsr_msg *msg = tsr_msg_create(len);

	memset(msg->data, fill, len);
	return msg;
}

/* What would go out, taken in bites of at most bite bytes. */
static size_t drain(struct tsr_sendq *queue, uint8_t *out, size_t bite)
{
	struct tsr_slice slices[8];
	size_t len = 0, n;

	while ((n = tsr_sendq_peek(queue, slices, 8, 16384)) > 0) {
		size_t left = bite;

		for (size_t i = 0; i < n && left > 0; i++) {
			size_t take = slices[i].len < left ? slices[i].len : left;

			memcpy(out + len, slices[i].data, take);
			len += take;
			left -= take;
		}
		tsr_sendq_advance(queue, bite - left);
	}
	return len;
}

static void sends_the_same_in_any_bites(void)
{
	static uint8_t whole[4096], again[4096];
	size_t want = 0;

	for (size_t bite = 1; bite <= 700; bite += 13) {
		struct tsr_sendq queue = { 0 };
		size_t len;

		for (unsigned i = 0; i < 9; i++)
			CHECK_INT(tsr_sendq_add(&queue, make(i * 40 + 1, (uint8_t)i),
					  i % 2 ? TSR_SENDQ_FRAMED : 0),
				0);
		CHECK_INT(tsr_sendq_add_static(&queue, tsr_slice_str("static")), 0);
		len = drain(&queue, bite == 1 ? whole : again, bite);
		if (bite == 1)
			want = len;
		CHECK_INT(len, want);
		CHECK(bite == 1 || memcmp(whole, again, want) == 0);
		CHECK_INT(queue.n, 0);
		CHECK_INT(queue.waiting_bytes, 0);
		tsr_sendq_finish(&queue);
	}
}

static void puts_a_header_before_messages(void)
{
	struct tsr_sendq queue = { 0 };
	uint8_t out[512];

	CHECK_INT(tsr_sendq_add(&queue, make(200, 9), TSR_SENDQ_FRAMED), 0);
	CHECK_INT(queue.waiting_bytes, 204);
	CHECK_INT(drain(&queue, out, 512), 204);
	CHECK_INT(out[0], 0x82);
	CHECK_INT(out[1], 126);
	CHECK_INT(out[3], 200);
	CHECK_INT(out[4], 9);
	tsr_sendq_finish(&queue);
}

static void wipes_secrets_and_sends_them_alone(void)
{
	struct tsr_sendq queue = { 0 };
	struct tsr_msg *secret = make(50, 0x55), *seen = tsr_msg_ref(secret);
	struct tsr_slice slices[8];

	CHECK_INT(tsr_sendq_add(&queue, make(10, 1), TSR_SENDQ_FRAMED), 0);
	CHECK_INT(tsr_sendq_add(&queue, secret, TSR_SENDQ_FRAMED | TSR_SENDQ_SECRET), 0);
	CHECK_INT(tsr_sendq_add(&queue, make(10, 1), TSR_SENDQ_FRAMED), 0);
	CHECK_INT(tsr_sendq_peek(&queue, slices, 8, 16384), 2);
	tsr_sendq_advance(&queue, 12);
	CHECK_INT(tsr_sendq_peek(&queue, slices, 8, 16384), 2);
	CHECK_INT(slices[1].len, 50);
	CHECK_INT(seen->data[49], 0x55);
	tsr_sendq_advance(&queue, 52);
	CHECK_INT(seen->data[0], 0);
	CHECK_INT(seen->data[49], 0);
	tsr_msg_unref(&seen);
	tsr_sendq_finish(&queue);
}

static void counts_what_was_asked_for_by_itself(void)
{
	struct tsr_sendq queue = { 0 };

	CHECK_INT(tsr_sendq_add(&queue, make(1000, 1), TSR_SENDQ_FRAMED | TSR_SENDQ_FREE), 0);
	CHECK_INT(queue.waiting_bytes, 0);
	CHECK_INT(queue.free_bytes, 1004);
	CHECK_INT(tsr_sendq_add(&queue, make(100, 1), TSR_SENDQ_FRAMED), 0);
	CHECK_INT(queue.waiting_bytes, 102);
	CHECK_INT(queue.free_bytes, 1004);
	tsr_sendq_advance(&queue, 1004);
	CHECK_INT(queue.free_bytes, 0);
	CHECK_INT(queue.waiting_bytes, 102);
	tsr_sendq_finish(&queue);
	CHECK_INT(queue.n, 0);
}

static void is_bounded(void)
{
	struct tsr_sendq queue = { 0 };
	int r = 0;
	int n = 0;

	while (r == 0 && n < 10000) {
		r = tsr_sendq_add(&queue, make(1, 1), 0);
		n += r == 0;
	}
	CHECK_INT(n, TSR_SENDQ_ENTRIES_MAX);
	tsr_sendq_finish(&queue);
}

TEST_MAIN(TEST(sends_the_same_in_any_bites), TEST(puts_a_header_before_messages),
	TEST(wipes_secrets_and_sends_them_alone), TEST(counts_what_was_asked_for_by_itself),
	TEST(is_bounded))
