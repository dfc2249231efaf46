/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/pointer.h"

#include "core/base/err.h"
#include "core/wire/frame.h"
#include "test/test.h"

static uint8_t image[4 * TSR_POINTER_AREA_MAX];

static struct tsr_pointer arrow(void)
{
	return (struct tsr_pointer){
		.is_visible = true,
		.stream = 7,
		.x = 640,
		.y = 16383,
		.shape = 0x12345678,
		.width = 63,
		.height = 63,
		.hot_x = 62,
		.hot_y = 1,
		.image = tsr_slice(image, 4 * 63 * 63),
	};
}

static void what_is_written_parses_the_same(void)
{
	struct tsr_pointer in = arrow(), out;
	uint8_t plain[TSR_POINTER_MAX];
	size_t len;

	for (size_t i = 0; i < sizeof(image); i++)
		image[i] = (uint8_t)(i * 7);
	len = tsr_pointer_write(plain, &in);
	CHECK_INT(tsr_pointer_parse(&out, tsr_slice(plain, len)), 0);
	CHECK(out.is_visible && out.stream == 7 && out.x == 640 && out.y == 16383);
	CHECK(out.shape == in.shape && out.hot_x == 62 && out.hot_y == 1);
	CHECK(out.width == 63 && out.height == 63 && tsr_slice_equal(out.image, in.image));
	in = (struct tsr_pointer){ 0 };
	len = tsr_pointer_write(plain, &in);
	CHECK_INT(len, TSR_POINTER_HEAD_LEN);
	CHECK_INT(tsr_pointer_parse(&out, tsr_slice(plain, len)), 0);
	CHECK(!out.is_visible && out.width == 0 && out.image.len == 0);
}

static void the_largest_fits_into_a_small_frame(void)
{
	CHECK(TSR_FRAME_HEADER_LEN + TSR_FRAME_OVERHEAD + TSR_POINTER_MAX <= TSR_FRAME_SMALL_MAX);
}

/* Changes one byte of a good pointer and parses that. */
static int parse_with(size_t at, uint8_t value)
{
	struct tsr_pointer in = arrow(), out;
	uint8_t plain[TSR_POINTER_MAX];
	size_t len = tsr_pointer_write(plain, &in);

	plain[at] = value;
	return tsr_pointer_parse(&out, tsr_slice(plain, len));
}

static void what_breaks_the_format_is_refused(void)
{
	struct tsr_pointer in = arrow(), out;
	uint8_t plain[TSR_POINTER_MAX + 1];
	size_t len = tsr_pointer_write(plain, &in);

	CHECK_INT(parse_with(0, 2), TSR_ERR_VERSION);
	CHECK_INT(parse_with(1, 7), TSR_ERR_FORMAT);
	CHECK_INT(parse_with(1, 2), TSR_ERR_FORMAT); /* on a stream, but not visible */
	CHECK_INT(parse_with(1, 1), TSR_ERR_TRAILING);
	CHECK_INT(parse_with(14, 0), TSR_ERR_RANGE);
	CHECK_INT(parse_with(14, 65), TSR_ERR_RANGE);
	CHECK_INT(parse_with(15, 64), TSR_ERR_RANGE); /* 63 x 64 pixels are too many */
	CHECK_INT(parse_with(16, 63), TSR_ERR_RANGE);
	for (size_t n = 0; n < len; n++)
		CHECK_INT(tsr_pointer_parse(&out, tsr_slice(plain, n)), TSR_ERR_SHORT);
	CHECK_INT(tsr_pointer_parse(&out, tsr_slice(plain, len + 1)), TSR_ERR_TRAILING);
}

/* Whatever bit is wrong: it is refused, or all that is said of the image holds. */
static void a_flipped_bit_is_refused_or_within_bounds(void)
{
	struct tsr_pointer in = arrow(), out;
	uint8_t plain[TSR_POINTER_MAX];
	size_t len = tsr_pointer_write(plain, &in);

	for (size_t bit = 0; bit < 8 * (TSR_POINTER_HEAD_LEN + 4); bit++) {
		plain[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (tsr_pointer_parse(&out, tsr_slice(plain, len)) == 0)
			CHECK(out.image.len == (size_t)out.width * out.height * 4 &&
				out.hot_x < out.width && out.hot_y < out.height);
		plain[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	CHECK_INT(tsr_pointer_parse(&out, tsr_slice(plain, len)), 0);
}

TEST_MAIN(TEST(a_flipped_bit_is_refused_or_within_bounds), TEST(what_is_written_parses_the_same),
	TEST(the_largest_fits_into_a_small_frame), TEST(what_breaks_the_format_is_refused))
