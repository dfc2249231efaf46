/* SPDX-License-Identifier: Apache-2.0 */
#include "core/wire/frame.h"

#include "core/base/err.h"
#include "test.h"

static const struct tsr_frame delta = { .class = TSR_FRAME_SCREEN,
	.flags = TSR_FRAME_LAST,
	.epoch = 9,
	.from = 1,
	.to = 2,
	.stream = 3,
	.picture = 5,
	.base = 4,
	.cells = 0x8000000000000003,
	.length = 77 };

static int parse(const struct tsr_frame *frame)
{
	uint8_t bytes[TSR_FRAME_HEADER_LEN];
	struct tsr_frame out;

	tsr_frame_write(bytes, frame);
	return tsr_frame_parse(&out, tsr_slice(bytes, sizeof(bytes)));
}

static void returns_what_was_written(void)
{
	uint8_t bytes[TSR_FRAME_HEADER_LEN], again[TSR_FRAME_HEADER_LEN];
	struct tsr_frame out;

	tsr_frame_write(bytes, &delta);
	CHECK_MEM(bytes,
		"\1\1\2\11\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\5\0\0\0\4\200\0\0\0\0\0\0\3\0\0\0M", 36);
	CHECK_INT(tsr_frame_parse(&out, tsr_slice(bytes, sizeof(bytes))), 0);
	tsr_frame_write(again, &out);
	CHECK_MEM(again, bytes, sizeof(bytes));
	for (size_t n = 0; n < sizeof(bytes); n++)
		CHECK_INT(tsr_frame_parse(&out, tsr_slice(bytes, n)), TSR_ERR_SHORT);
}

static void refuses_what_is_unknown(void)
{
	uint8_t bytes[TSR_FRAME_HEADER_LEN];
	struct tsr_frame frame = delta, out;

	tsr_frame_write(bytes, &delta);
	bytes[0] = 2;
	CHECK_INT(tsr_frame_parse(&out, tsr_slice(bytes, sizeof(bytes))), TSR_ERR_VERSION);
	frame.class = 0;
	CHECK_INT(parse(&frame), TSR_ERR_FORMAT);
	frame.class = 5;
	CHECK_INT(parse(&frame), TSR_ERR_FORMAT);
	frame = delta;
	frame.flags = 8;
	CHECK_INT(parse(&frame), TSR_ERR_FORMAT);
}

static void screen_frames_make_sense(void)
{
	struct tsr_frame frame = delta;

	frame.base = 3;
	CHECK_INT(parse(&frame), TSR_ERR_FORMAT);
	frame.base = UINT32_MAX;
	frame.picture = 0;
	CHECK_INT(parse(&frame), TSR_ERR_FORMAT);
	frame = delta;
	frame.flags = TSR_FRAME_KEY;
	CHECK_INT(parse(&frame), TSR_ERR_FORMAT);
	frame.base = frame.picture;
	CHECK_INT(parse(&frame), TSR_ERR_FORMAT); /* three cells */
	frame.cells = 0;
	CHECK_INT(parse(&frame), TSR_ERR_FORMAT);
	frame.cells = UINT64_C(1) << 63;
	CHECK_INT(parse(&frame), 0);
}

static void previews_are_of_one_cell(void)
{
	struct tsr_frame frame = delta;

	frame.flags = TSR_FRAME_PREVIEW;
	frame.base = frame.picture;
	frame.cells = 2;
	CHECK_INT(parse(&frame), 0);
	frame.cells = 3;
	CHECK_INT(parse(&frame), TSR_ERR_FORMAT);
	frame.cells = 0;
	CHECK_INT(parse(&frame), TSR_ERR_FORMAT);
	frame.cells = 2;
	frame.base--;
	CHECK_INT(parse(&frame), TSR_ERR_FORMAT);
	frame.base++;
	frame.flags |= TSR_FRAME_LAST;
	CHECK_INT(parse(&frame), TSR_ERR_FORMAT);
	frame.flags = TSR_FRAME_PREVIEW | TSR_FRAME_KEY;
	CHECK_INT(parse(&frame), TSR_ERR_FORMAT);
	frame = (struct tsr_frame){ .class = TSR_FRAME_CHAT, .flags = TSR_FRAME_PREVIEW };
	CHECK_INT(parse(&frame), TSR_ERR_FORMAT);
}

static void sizes_depend_on_the_class(void)
{
	struct tsr_frame frame = delta;

	frame.length = TSR_FRAME_MAX - TSR_FRAME_HEADER_LEN;
	CHECK_INT(parse(&frame), 0);
	frame.length++;
	CHECK_INT(parse(&frame), TSR_ERR_TOO_BIG);
	frame = delta;
	frame.flags = TSR_FRAME_PREVIEW;
	frame.base = frame.picture;
	frame.cells = 1;
	frame.length = TSR_FRAME_PREVIEW_MAX - TSR_FRAME_HEADER_LEN;
	CHECK_INT(parse(&frame), 0);
	frame.length++;
	CHECK_INT(parse(&frame), TSR_ERR_TOO_BIG);
	frame = (struct tsr_frame){ .class = TSR_FRAME_CHAT,
		.length = TSR_FRAME_SMALL_MAX - TSR_FRAME_HEADER_LEN };
	CHECK_INT(parse(&frame), 0);
	frame.length++;
	CHECK_INT(parse(&frame), TSR_ERR_TOO_BIG);
	frame.length = 1;
	frame.cells = 1;
	CHECK_INT(parse(&frame), TSR_ERR_FORMAT);
}

TEST_MAIN(TEST(returns_what_was_written), TEST(refuses_what_is_unknown),
	TEST(screen_frames_make_sense), TEST(previews_are_of_one_cell),
	TEST(sizes_depend_on_the_class))
