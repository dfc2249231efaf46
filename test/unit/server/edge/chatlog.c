/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/chatlog.h"

#include "test.h"

static void add(struct tsr_chatlog *log, size_t len, uint8_t fill)
{
	struct tsr_msg *msg = tsr_msg_create(len);

	memset(msg->data, fill, len);
	tsr_chatlog_add(log, msg);
	tsr_msg_unref(&msg);
}

static void keeps_the_newest_in_order(void)
{
	static struct tsr_chatlog log;

	for (unsigned i = 0; i < 1000; i++)
		add(&log, 10, (uint8_t)i);
	CHECK_INT(log.n, TSR_CHATLOG_FRAMES);
	for (uint32_t i = 0; i < log.n; i++)
		CHECK_INT(tsr_chatlog_get(&log, i)->data[0],
			(uint8_t)(1000 - TSR_CHATLOG_FRAMES + i));
	tsr_chatlog_finish(&log);
	CHECK_INT(log.n, 0);
	CHECK_INT(log.bytes, 0);
}

static void keeps_to_its_bytes(void)
{
	static struct tsr_chatlog log;

	for (unsigned i = 0; i < 20; i++)
		add(&log, 16000, (uint8_t)i);
	CHECK_INT(log.n, TSR_CHATLOG_BYTES / 16000);
	CHECK(log.bytes <= TSR_CHATLOG_BYTES);
	CHECK_INT(tsr_chatlog_get(&log, log.n - 1)->data[0], 19);
	add(&log, TSR_CHATLOG_BYTES + 1, 1);
	CHECK_INT(tsr_chatlog_get(&log, log.n - 1)->data[0], 19);
	tsr_chatlog_finish(&log);
}

TEST_MAIN(TEST(keeps_the_newest_in_order), TEST(keeps_to_its_bytes))
