/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/rtp.h"

#include "core/base/err.h"
#include "test.h"

static const struct tsr_rtp_ids ids = { .mid = 1, .rid = 2, .audio_level = 4, .transport_cc = 5 };

static void reads_a_header(void)
{
	/* V 2, padding, extension, one CSRC, marker, type 96 */
	static const uint8_t packet[] = { 0xb1, 0xe0, 0x12, 0x34, 0, 0, 0, 9, 1, 2, 3, 4, 7, 7, 7,
		7, 0xbe, 0xde, 0, 3, 0x10, 'a', 0, 0x20, 'h', 0x40, 0x93, 0x51, 0xab, 0xcd, 0, 0,
		'x', 'y', 0, 0, 3 };
	struct tsr_rtp_extensions ext;
	struct tsr_rtp rtp;

	CHECK_INT(tsr_rtp_parse(&rtp, tsr_slice(packet, sizeof(packet))), 0);
	CHECK(rtp.marker);
	CHECK_INT(rtp.pt, 96);
	CHECK_INT(rtp.seq, 0x1234);
	CHECK_INT(rtp.ts, 9);
	CHECK_INT(rtp.ssrc, 0x01020304);
	CHECK(tsr_slice_equal(rtp.payload, tsr_slice_str("xy")));
	tsr_rtp_read_extensions(&ext, &rtp, &ids);
	CHECK(tsr_slice_equal(ext.mid, tsr_slice_str("a")));
	CHECK(tsr_slice_equal(ext.rid, tsr_slice_str("h")));
	CHECK(ext.has_level && ext.has_voice);
	CHECK_INT(ext.level, 0x13);
	CHECK(ext.has_transport_seq);
	CHECK_INT(ext.transport_seq, 0xabcd);
	for (size_t len = 0; len < 32; len++)
		CHECK(tsr_rtp_parse(&rtp, tsr_slice(packet, len)) != 0);
}

static void reads_two_byte_elements(void)
{
	static const uint8_t packet[] = { 0x90, 111, 0, 1, 0, 0, 0, 9, 1, 2, 3, 4, 0x10, 0x00, 0, 2,
		1, 1, 'a', 0, 4, 1, 0x05, 0, 'x' };
	struct tsr_rtp_extensions ext;
	struct tsr_rtp rtp;

	CHECK_INT(tsr_rtp_parse(&rtp, tsr_slice(packet, sizeof(packet))), 0);
	tsr_rtp_read_extensions(&ext, &rtp, &ids);
	CHECK(tsr_slice_equal(ext.mid, tsr_slice_str("a")));
	CHECK(ext.has_level && !ext.has_voice);
	CHECK_INT(ext.level, 5);
}

/* What runs over the end is left out, what came before it counts. */
static void an_element_stays_in_its_block(void)
{
	static const uint8_t packet[] = { 0x90, 111, 0, 1, 0, 0, 0, 9, 1, 2, 3, 4, 0xbe, 0xde, 0, 1,
		0x10, 'a', 0x2f, 'h', 'x', 'x' };
	struct tsr_rtp_extensions ext;
	struct tsr_rtp rtp;

	CHECK_INT(tsr_rtp_parse(&rtp, tsr_slice(packet, sizeof(packet))), 0);
	tsr_rtp_read_extensions(&ext, &rtp, &ids);
	CHECK_INT(ext.mid.len, 1);
	CHECK_INT(ext.rid.len, 0);
}

static void refuses_what_is_no_rtp(void)
{
	uint8_t packet[16] = { 0x40 };
	struct tsr_rtp rtp;

	CHECK_INT(tsr_rtp_parse(&rtp, tsr_slice(packet, 16)), TSR_ERR_VERSION);
	packet[0] = 0xa0; /* padding of no bytes, and of more than there are */
	CHECK_INT(tsr_rtp_parse(&rtp, tsr_slice(packet, 16)), TSR_ERR_FORMAT);
	packet[15] = 5;
	CHECK_INT(tsr_rtp_parse(&rtp, tsr_slice(packet, 16)), TSR_ERR_FORMAT);
	packet[15] = 4;
	CHECK_INT(tsr_rtp_parse(&rtp, tsr_slice(packet, 16)), 0);
	CHECK_INT(rtp.payload.len, 0);
}

static void unwraps(void)
{
	CHECK_INT(tsr_unwrap_u16(0x1fffe, 3), 0x20003);
	CHECK_INT(tsr_unwrap_u16(0x20003, 0xfffe), 0x1fffe);
	CHECK(tsr_is_after(2, 0xfffffff0u));
	CHECK(!tsr_is_after(7, 7));
}

TEST_MAIN(TEST(reads_a_header), TEST(reads_two_byte_elements), TEST(an_element_stays_in_its_block),
	TEST(refuses_what_is_no_rtp), TEST(unwraps))
