/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/packet.h"

#include "test.h"

static enum tsr_packet_kind kind(uint8_t first, uint8_t second, size_t len)
{
	static uint8_t bytes[TSR_DATAGRAM_MAX + 1];

	bytes[0] = first;
	bytes[1] = second;
	return tsr_packet_kind(tsr_slice(bytes, len));
}

/* RFC 7983 7 and RFC 5761 4: every first byte, every second. */
static void tells_all_first_bytes(void)
{
	for (int first = 0; first < 256; first++)
		for (int second = 0; second < 256; second++) {
			enum tsr_packet_kind want = TSR_PACKET_UNKNOWN;

			if (first <= 3)
				want = TSR_PACKET_STUN;
			else if (first >= 20 && first <= 63)
				want = TSR_PACKET_DTLS;
			else if (first >= 128 && first <= 191)
				want = second >= 192 && second <= 223 ? TSR_PACKET_RTCP
								      : TSR_PACKET_RTP;
			CHECK_INT(kind((uint8_t)first, (uint8_t)second, 100), want);
		}
}

static void refuses_what_is_too_short_or_too_long(void)
{
	CHECK_INT(kind(0, 1, 19), TSR_PACKET_UNKNOWN);
	CHECK_INT(kind(0, 1, 20), TSR_PACKET_STUN);
	CHECK_INT(kind(22, 254, 12), TSR_PACKET_UNKNOWN);
	CHECK_INT(kind(22, 254, 13), TSR_PACKET_DTLS);
	CHECK_INT(kind(128, 96, 11), TSR_PACKET_UNKNOWN);
	CHECK_INT(kind(128, 96, 12), TSR_PACKET_RTP);
	CHECK_INT(kind(128, 200, 7), TSR_PACKET_UNKNOWN);
	CHECK_INT(kind(128, 200, 8), TSR_PACKET_RTCP);
	CHECK_INT(kind(128, 96, 0), TSR_PACKET_UNKNOWN);
	CHECK_INT(kind(128, 96, TSR_DATAGRAM_MAX), TSR_PACKET_RTP);
	CHECK_INT(kind(128, 96, TSR_DATAGRAM_MAX + 1), TSR_PACKET_UNKNOWN);
}

static void outbox_loses_what_does_not_fit(void)
{
	static struct tsr_outbox outbox;
	struct tsr_tuple tuple = { .remote_port = 1 };
	uint8_t *out;
	size_t n = 0;

	while ((out = tsr_outbox_space(&outbox, 1000))) {
		memset(out, (int)n++, 1000);
		tsr_outbox_commit(&outbox, &tuple, 1000);
	}
	CHECK_INT(n, TSR_OUTBOX_BYTES / 1000);
	CHECK_INT(tsr_outbox_slice(&outbox, 3).data[999], 3);
	outbox.n = outbox.used = 0;
	for (n = 0; tsr_outbox_space(&outbox, 1); n++)
		tsr_outbox_commit(&outbox, &tuple, 1);
	CHECK_INT(n, TSR_OUTBOX_N);
}

TEST_MAIN(TEST(tells_all_first_bytes), TEST(refuses_what_is_too_short_or_too_long),
	TEST(outbox_loses_what_does_not_fit))
