/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/headless/jpeg.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "test.h"
#include "test/unit/screen/pictures.h"

enum { WIDTH = 301, HEIGHT = 207 };

static const struct tsr_rect part = { 11, 7, 203, 101 };

static int distance(const uint8_t *a, const uint8_t *b)
{
	int most = 0;

	for (int i = 0; i < 3; i++)
		most = abs(a[i] - b[i]) > most ? abs(a[i] - b[i]) : most;
	return most;
}

static void a_rectangle_comes_back_much_the_same(void)
{
	static uint8_t image[65536], out[203 * 101 * 4];
	struct picture p;
	size_t len;
	uint64_t sum = 0;

	CHECK(picture_init(&p, TSR_FORMAT_BGRA, WIDTH, HEIGHT));
	picture_photo(&p, (struct tsr_rect){ 0, 0, WIDTH, HEIGHT }, 4);
	len = tsr_jpeg_encode(image, sizeof(image), &p.planes, part, 75);
	CHECK(len > 0 && len < 203 * 101);
	CHECK_INT(tsr_jpeg_decode(out, part.width, part.height, tsr_slice(image, len)), 0);
	for (uint32_t y = 0; y < part.height; y++)
		for (uint32_t x = 0; x < part.width; x++) {
			const uint8_t *from = p.bytes + ((part.y + y) * WIDTH + part.x + x) * 4;

			sum += (uint64_t)distance(out + (y * part.width + x) * 4, from);
			CHECK_INT(out[(y * part.width + x) * 4 + 3], 255);
		}
	CHECK(sum / (part.width * part.height) < 20);
	picture_finish(&p);
}

static void quality_is_paid_for(void)
{
	static uint8_t image[65536];
	struct picture p;
	size_t coarse, fine;

	CHECK(picture_init(&p, TSR_FORMAT_BGRA, WIDTH, HEIGHT));
	picture_photo(&p, (struct tsr_rect){ 0, 0, WIDTH, HEIGHT }, 5);
	coarse = tsr_jpeg_encode(image, sizeof(image), &p.planes, part, 25);
	fine = tsr_jpeg_encode(image, sizeof(image), &p.planes, part, 75);
	CHECK(coarse > 0 && coarse < fine);
	CHECK_INT(tsr_jpeg_encode(image, fine - 1, &p.planes, part, 75), 0);
	CHECK_INT(tsr_jpeg_encode(image, fine + 1, &p.planes, part, 75), fine);
	picture_finish(&p);
}

static void nothing_but_what_is_expected_is_read(void)
{
	static uint8_t image[65536], bad[65536], out[256 * 256 * 4];
	struct picture p;
	uint64_t random = 6;
	size_t len;

	CHECK(picture_init(&p, TSR_FORMAT_BGRA, WIDTH, HEIGHT));
	picture_photo(&p, (struct tsr_rect){ 0, 0, WIDTH, HEIGHT }, 6);
	len = tsr_jpeg_encode(image, sizeof(image), &p.planes, part, 50);
	CHECK_INT(tsr_jpeg_decode(out, 202, 101, tsr_slice(image, len)), TSR_ERR_RANGE);
	CHECK_INT(tsr_jpeg_decode(out, 203, 102, tsr_slice(image, len)), TSR_ERR_RANGE);
	for (size_t n = 0; n < len - 2; n += 1 + n / 16) /* without its end or more */
		CHECK(tsr_jpeg_decode(out, 203, 101, tsr_slice(image, n)) != 0);
	for (int i = 0; i < 300; i++) {
		memcpy(bad, image, len);
		bad[random_below(&random, (uint32_t)len)] ^= 1u << random_below(&random, 8);
		(void)!tsr_jpeg_decode(out, 203, 101, tsr_slice(bad, len));
	}
	picture_finish(&p);
}

TEST_MAIN(TEST(a_rectangle_comes_back_much_the_same), TEST(quality_is_paid_for),
	TEST(nothing_but_what_is_expected_is_read))
