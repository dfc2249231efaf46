/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/pixels.h"

#include "core/base/err.h"
#include "core/screen/codec.h"
#include "test/test.h"
#include "test/unit/screen/coded.h"
#include "test/unit/screen/pictures.h"

#define RECTS_MAX 64u

/* What was coded once is read for ever, and is written so again. */
static bool is_kept(const struct coded *kept)
{
	enum tsr_pixel_format format = (enum tsr_pixel_format)kept->format;
	struct tsr_rect all = { 0, 0, kept->width, kept->height };
	struct tsr_pixels *px = NULL;
	struct picture p;
	size_t len;
	uint8_t *bytes;
	bool is_same;

	if (!picture_init(&p, format, kept->width, kept->height) ||
		tsr_pixels_create(&px, format, kept->width, kept->height) != 0 ||
		tsr_pixels_decode(px, tsr_slice(kept->bytes, kept->len), &all, 1) != 0)
		return false;
	tsr_pixels_put(px, &p.planes);
	is_same = tsr_picture_digest(format, p.width, p.height, &p.planes) == kept->digest;
	len = tsr_pixels_bound(format, &all, 1);
	bytes = malloc(len);
	len = bytes ? tsr_pixels_encode(px, bytes, len, &p.planes, &all, 1) : 0;
	is_same = is_same && len == kept->len && memcmp(bytes, kept->bytes, len) == 0;
	free(bytes);
	tsr_pixels_destroy(px);
	picture_finish(&p);
	return is_same;
}

static void coded_pictures_stay_what_they_are(void)
{
	for (size_t i = 0; i < sizeof(coded) / sizeof(coded[0]); i++) {
		printf("# %s\n", coded[i].name);
		CHECK(is_kept(&coded[i]));
	}
}

/* Some of everything, drawn over each other. */
static void draw(struct picture *p, uint64_t *random)
{
	picture_text(p, *random, random_below(random, 30));
	for (uint32_t i = random_below(random, 4); i > 0; i--) {
		uint32_t x = random_below(random, p->width), y = random_below(random, p->height);
		struct tsr_rect rect = { x, y, 1 + random_below(random, p->width - x),
			1 + random_below(random, p->height - y) };

		if (random_below(random, 3) == 0)
			picture_fill(p, rect, next_random(random) & 0xffffff);
		else if (random_below(random, 2) == 0)
			picture_photo(p, rect, *random);
		else
			picture_noise(p, rect, *random);
	}
}

/* Rectangles, even where they must be, together no larger than the picture. */
static size_t choose_rects(const struct picture *p, struct tsr_rect *out, uint64_t *random)
{
	uint32_t n = 1 + random_below(random, RECTS_MAX), area = p->width * p->height;
	size_t n_rects = 0;

	out[n_rects++] = (struct tsr_rect){ 0, 0, p->width, p->height };
	if (random_below(random, 2) == 0)
		return n_rects;
	n_rects = 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t x = random_below(random, p->width) & ~1u;
		uint32_t y = random_below(random, p->height) & ~1u;
		uint32_t width = (1 + random_below(random, p->width - x) + 1) & ~1u;
		uint32_t height = (1 + random_below(random, p->height - y) + 1) & ~1u;

		width = width < p->width - x ? width : p->width - x;
		height = height < p->height - y ? height : p->height - y;
		if (width * height > area)
			break;
		area -= width * height;
		out[n_rects++] = (struct tsr_rect){ x, y, width, height };
	}
	return n_rects;
}

/* Both have coded something before, and not the same: noise has reached the reader, what came after
 * it, a blank page, has not. */
static bool give_pasts(struct tsr_pixels *to, struct tsr_pixels *from, const struct picture *like,
	uint64_t *random)
{
	struct tsr_rect all = { 0, 0, like->width, like->height };
	size_t cap = tsr_pixels_bound(like->format, &all, 1), len = 0;
	uint8_t *bytes = malloc(cap);
	struct picture p;
	int r = TSR_ERR_NOMEM;

	if (bytes && picture_init(&p, like->format, like->width, like->height)) {
		picture_noise(&p, all, next_random(random));
		len = tsr_pixels_encode(to, bytes, cap, &p.planes, &all, 1);
		r = tsr_pixels_decode(from, tsr_slice(bytes, len), &all, 1);
		picture_fill(&p, all, 0xffffff);
		len = tsr_pixels_encode(to, bytes, cap, &p.planes, &all, 1);
		picture_finish(&p);
	}
	free(bytes);
	return r == 0 && len != 0;
}

/* Codes some rectangles of a picture onto another one, which must then be the same there. */
static bool survives(uint64_t seed)
{
	uint64_t random = seed;
	enum tsr_pixel_format format = random_below(&random, 2) ? TSR_FORMAT_BGRA : TSR_FORMAT_I420;
	uint32_t most = random_below(&random, 8) == 0 ? 600 : 90;
	uint32_t width = 1 + random_below(&random, most), height = 1 + random_below(&random, most);
	struct tsr_rect rects[RECTS_MAX];
	struct tsr_pixels *to = NULL, *from = NULL;
	struct picture p, q;
	size_t n_rects, len;
	uint8_t *bytes;
	bool is_same;

	if (!picture_init(&p, format, width, height) || !picture_init(&q, format, width, height) ||
		tsr_pixels_create(&to, format, width, height) != 0 ||
		tsr_pixels_create(&from, format, width, height) != 0 ||
		!give_pasts(to, from, &p, &random))
		return false;
	draw(&p, &random);
	memcpy(q.bytes, p.bytes, p.len);
	n_rects = choose_rects(&p, rects, &random);
	for (size_t i = 0; i < n_rects; i++)
		picture_fill(&q, rects[i], 0x808080);
	bytes = malloc(tsr_pixels_bound(format, rects, n_rects));
	len = tsr_pixels_encode(
		to, bytes, tsr_pixels_bound(format, rects, n_rects), &p.planes, rects, n_rects);
	is_same = n_rects == 0 ||
		  (len != 0 && tsr_pixels_decode(from, tsr_slice(bytes, len), rects, n_rects) == 0);
	if (is_same && n_rects != 0)
		tsr_pixels_put(from, &q.planes);
	is_same = is_same && tsr_picture_digest(format, width, height, &p.planes) ==
				     tsr_picture_digest(format, width, height, &q.planes);
	free(bytes);
	tsr_pixels_destroy(to);
	tsr_pixels_destroy(from);
	picture_finish(&p);
	picture_finish(&q);
	return is_same;
}

static void any_rectangles_come_back(void)
{
	for (uint64_t seed = 1; seed <= 300; seed++) {
		if (!survives(seed))
			printf("# seed %llu\n", (unsigned long long)seed);
		CHECK(survives(seed));
	}
}

/* Patches across blocks. */
static void noise_is_hardly_longer_than_its_bytes(void)
{
	for (int format = TSR_FORMAT_BGRA; format <= TSR_FORMAT_I420; format++) {
		struct tsr_rect all = { 0, 0, 512, 512 };
		size_t cap = tsr_pixels_bound(format, &all, 1);
		size_t n_bytes = (size_t)4 * 48 * 48 * (format == TSR_FORMAT_BGRA ? 6 : 3) / 2;
		uint8_t *bytes = malloc(cap);
		struct tsr_pixels *px = NULL;
		struct picture p;

		CHECK(bytes && picture_init(&p, format, 512, 512));
		CHECK_INT(tsr_pixels_create(&px, format, 512, 512), 0);
		picture_fill(&p, all, 0xffffff);
		for (uint32_t i = 0; i < 4; i++)
			picture_noise(&p, (struct tsr_rect){ 16 + i * 56, 16, 48, 48 }, i);
		CHECK(tsr_pixels_encode(px, bytes, cap, &p.planes, &all, 1) <= n_bytes * 11 / 10);
		tsr_pixels_destroy(px);
		picture_finish(&p);
		free(bytes);
	}
}

static void too_little_room_is_no_result(void)
{
	struct tsr_rect all = { 0, 0, 60, 40 };
	struct tsr_pixels *px = NULL;
	struct picture p;
	uint8_t bytes[60 * 40 * 3 + 1];
	size_t len;

	CHECK(picture_init(&p, TSR_FORMAT_BGRA, 60, 40));
	CHECK_INT(tsr_pixels_create(&px, TSR_FORMAT_BGRA, 60, 40), 0);
	picture_text(&p, 1, 0);
	len = tsr_pixels_encode(px, bytes, sizeof(bytes), &p.planes, &all, 1);
	CHECK(len > 16);
	for (size_t cap = 0; cap < len; cap++)
		CHECK_INT(tsr_pixels_encode(px, bytes, cap, &p.planes, &all, 1), 0);
	picture_noise(&p, all, 1);
	len = tsr_pixels_encode(px, bytes, sizeof(bytes), &p.planes, &all, 1);
	CHECK(len == sizeof(bytes));
	tsr_pixels_destroy(px);
	picture_finish(&p);
}

TEST_MAIN(TEST(coded_pictures_stay_what_they_are), TEST(any_rectangles_come_back),
	TEST(noise_is_hardly_longer_than_its_bytes), TEST(too_little_room_is_no_result))
