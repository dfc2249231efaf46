/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/base/err.h"
#include "endpoint/client/internal.h"
#include "test.h"

/* A member with an open chat stream and no connection. */
static bool make(struct tsr_client *c)
{
	static const struct tsr_session_uid session;
	static const uint8_t seed[TSR_SEED_LEN] = { 1 };

	memset(c, 0, sizeof(*c));
	c->status = TSR_CLIENT_IN;
	c->me.v = 5;
	c->streams[0] = (struct tsr_own_stream){ .in_use = true,
		.stream_class = TESSERA__V1__STREAM_CLASS__STREAM_CHAT,
		.instance = { .from = { 5 }, .stream = { 7 } } };
	return tsr_keyring_create(&c->keyring, &session) == 0 &&
	       tsr_keyring_handle_epoch(c->keyring, 1, seed) == 0;
}

/* Its key is gone with the counter; going on would use the same nonces again. */
static void a_stream_said_to_be_gone_sends_no_more(void)
{
	struct tsr_client c;
	struct tsr_frame frame = { .class = TSR_FRAME_CHAT, .from = 5, .stream = 7 };
	uint8_t first[256], second[256];
	size_t len;

	CHECK(make(&c));
	CHECK_INT(tsr_keyring_seal(c.keyring, &c.streams[0].instance, &frame, tsr_slice_str("a"),
			  first, sizeof(first), &len),
		0);
	CHECK_INT(tsr_keyring_seal(c.keyring, &c.streams[0].instance, &frame, tsr_slice_str("a"),
			  second, sizeof(second), &len),
		0);
	CHECK(memcmp(first, second, len) != 0);
	tsr_client_forget_stream(&c, (struct tsr_stream_id){ 7 });
	CHECK_INT(tsr_client_chat(&c, (struct tsr_member_id){ 0 }, "a"), TSR_ERR_STATE);
	tsr_keyring_destroy(c.keyring);
}

TEST_MAIN(TEST(a_stream_said_to_be_gone_sends_no_more))
