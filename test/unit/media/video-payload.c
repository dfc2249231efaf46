/* SPDX-License-Identifier: Apache-2.0 */
#include "core/base/err.h"
#include "core/media/vp8.h"
#include "core/media/vp9.h"
#include "test.h"

#define BYTES(...) \
	tsr_slice(((const uint8_t[]){ __VA_ARGS__ }), sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void reads_vp8(void)
{
	struct tsr_vp8 v;

	CHECK_INT(tsr_vp8_parse(&v, BYTES(0x90, 0xe0, 0x85, 0x39, 0x11, 0xa0, 0x00)), 0);
	CHECK(v.is_start && v.is_key && v.is_sync);
	CHECK_INT(v.picture, 0x539);
	CHECK(v.picture_at == 2 && v.picture_len == 2 && v.tl0_at == 4 && v.tl0 == 0x11);
	CHECK_INT(v.temporal, 2);
	CHECK_INT(tsr_vp8_parse(&v, BYTES(0x90, 0x80, 0x35, 0x01)), 0);
	CHECK(v.is_start && !v.is_key && v.picture == 0x35 && v.picture_len == 1 && v.tl0_at == 0);
	CHECK_INT(tsr_vp8_parse(&v, BYTES(0x11, 0x00)), 0); /* another partition */
	CHECK(!v.is_start && !v.is_key);
	CHECK_INT(tsr_vp8_parse(&v, BYTES(0x90, 0x80, 0x85)), TSR_ERR_SHORT);
	CHECK_INT(tsr_vp8_parse(&v, BYTES(0x10)), TSR_ERR_SHORT);
}

static void reads_vp9(void)
{
	struct tsr_vp9 v;

	/* I L B: key frame, lowest layer */
	CHECK_INT(tsr_vp9_parse(&v, BYTES(0xa8, 0x85, 0x39, 0x10, 0x07, 'x')), 0);
	CHECK(v.is_start && !v.is_end && v.is_key && v.is_sync && v.picture == 0x539);
	/* I P L E, layer 1 of temporal layer 2 */
	CHECK_INT(tsr_vp9_parse(&v, BYTES(0xe4, 0x85, 0x3a, 0x43, 0x08, 'x')), 0);
	CHECK(v.is_end && v.is_predicted && !v.is_key && v.spatial == 1 && v.temporal == 2);
	/* flexible: up to three references */
	CHECK_INT(tsr_vp9_parse(&v, BYTES(0xd8, 0x05, 0x03, 0x04, 'x')), 0);
	CHECK_INT(tsr_vp9_parse(&v, BYTES(0xd8, 0x05, 0x03, 0x05, 0x07, 'x')), TSR_ERR_FORMAT);
	/* structure: two layers with sizes, two pictures */
	CHECK_INT(tsr_vp9_parse(&v,
			  BYTES(0x8a, 0x05, 0x38, 0, 1, 0, 2, 0, 3, 0, 4, 2, 0x04, 1, 0x08, 1, 2)),
		0);
	CHECK_INT(v.n_spatial, 2);
	CHECK_INT(tsr_vp9_parse(&v, BYTES(0x8a, 0x05, 0x38, 0, 1, 0)), TSR_ERR_SHORT);
}

TEST_MAIN(TEST(reads_vp8), TEST(reads_vp9))
