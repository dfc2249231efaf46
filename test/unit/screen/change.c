/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/change.h"

#include "test/test.h"
#include "test/unit/screen/pictures.h"

enum { WIDTH = 700, HEIGHT = 410 };

struct pair {
	struct picture before, after;
	struct tsr_grid grid;
	struct tsr_change *change;
	uint32_t n;
	struct tsr_rect rects[TSR_CELLS_MAX], rest;
};

static bool pair_init(struct pair *p, enum tsr_pixel_format format)
{
	*p = (struct pair){ 0 };
	if (tsr_grid_init(&p->grid, WIDTH, HEIGHT) != 0)
		return false;
	p->change = tsr_change_create(format, &p->grid);
	return picture_init(&p->before, format, WIDTH, HEIGHT) &&
	       picture_init(&p->after, format, WIDTH, HEIGHT) && p->change;
}

static void pair_finish(struct pair *p)
{
	picture_finish(&p->before);
	picture_finish(&p->after);
	tsr_change_destroy(p->change);
}

static void look(struct pair *p, uint32_t cap)
{
	tsr_change_find(p->change, &p->before.planes, &p->after.planes,
		(struct tsr_rect){ 0, 0, WIDTH, HEIGHT });
	p->n = tsr_change_cover(p->change, p->rects, cap, &p->rest);
}

static bool contains(struct tsr_rect r, uint32_t x, uint32_t y)
{
	return x - r.x < r.width && y - r.y < r.height;
}

static bool differs(const struct pair *p, uint32_t x, uint32_t y)
{
	uint32_t len = tsr_format_sample_len(p->after.format);
	size_t at = ((size_t)y * WIDTH + x) * len;

	return memcmp(p->before.bytes + at, p->after.bytes + at, len == 4 ? 3 : 1) != 0;
}

/* Whether each pixel that differs, and is not in `but`, is in exactly one rectangle, and none of
 * `but` is in any. */
static bool is_covered(const struct pair *p, struct tsr_rect but)
{
	for (uint32_t y = 0; y < HEIGHT; y++)
		for (uint32_t x = 0; x < WIDTH; x++) {
			uint32_t n = 0;

			for (uint32_t i = 0; i < p->n; i++)
				n += contains(p->rects[i], x, y);
			if (n > 1 || (contains(but, x, y) && n > 0) ||
				(differs(p, x, y) && !contains(but, x, y) && n != 1))
				return false;
		}
	return true;
}

static void boxes_are_tight(void)
{
	struct tsr_rect want = { 70, 64, 41, 9 };
	struct pair p;

	CHECK(pair_init(&p, TSR_FORMAT_BGRA));
	look(&p, TSR_CELLS_MAX);
	CHECK_INT(p.n, 0);
	picture_set(&p.after, 70, 70, 1);
	picture_set(&p.after, 110, 64, 1);
	picture_set(&p.after, 90, 72, 0x10000);
	for (size_t i = 3; i < p.after.len; i += 4)
		p.after.bytes[i] = 9; /* alpha does not count */
	look(&p, TSR_CELLS_MAX);
	CHECK_INT(p.n, 1);
	CHECK_MEM(&p.rects[0], &want, sizeof(want));
	pair_finish(&p);
}

static void i420_boxes_are_even(void)
{
	struct tsr_rect want = { 10, 20, 6, 2 }, border = { 698, 408, 2, 2 };
	struct pair p;

	CHECK(pair_init(&p, TSR_FORMAT_I420));
	p.after.planes.plane[0][21 * WIDTH + 11] = 77;
	p.after.planes.plane[2][10 * (WIDTH / 2) + 7] = 77; /* of the pixels at (14, 20) */
	p.after.planes.plane[0][409 * WIDTH + 699] = 77;
	look(&p, TSR_CELLS_MAX);
	CHECK_INT(p.n, 2);
	CHECK_MEM(&p.rects[0], &want, sizeof(want));
	CHECK_MEM(&p.rects[1], &border, sizeof(border));
	pair_finish(&p);
}

static void random_changes_are_covered_once(void)
{
	uint64_t state = 5;

	for (uint32_t i = 0; i < 40; i++) {
		struct pair p;
		struct tsr_rect spared = { 2 * random_below(&state, 300),
			2 * random_below(&state, 150), 60, 80 };

		CHECK(pair_init(&p, i % 2 == 0 ? TSR_FORMAT_BGRA : TSR_FORMAT_I420));
		if (i % 3 == 0)
			tsr_change_spare(p.change, spared);
		else
			spared = (struct tsr_rect){ 0 };
		for (uint32_t n = random_below(&state, 12); n > 0; n--) {
			struct tsr_rect r = { random_below(&state, WIDTH - 90),
				random_below(&state, HEIGHT - 90), 1 + random_below(&state, 90),
				1 + random_below(&state, 90) };

			picture_noise(&p.after, r, next_random(&state));
		}
		look(&p, TSR_CELLS_MAX);
		CHECK(tsr_rect_is_empty(p.rest));
		CHECK(is_covered(&p, spared));
		pair_finish(&p);
	}
}

static void too_many_for_the_list_are_joined(void)
{
	struct pair p;

	CHECK(pair_init(&p, TSR_FORMAT_BGRA));
	for (uint32_t y = 5; y < HEIGHT; y += 64)
		for (uint32_t x = 3; x < WIDTH; x += 64)
			picture_set(&p.after, x, y, 0xffffff);
	look(&p, 10);
	CHECK(p.n >= 1 && p.n <= 10);
	CHECK(tsr_rect_is_empty(p.rest));
	CHECK(is_covered(&p, (struct tsr_rect){ 0 }));
	pair_finish(&p);
}

TEST_MAIN(TEST(boxes_are_tight), TEST(i420_boxes_are_even), TEST(random_changes_are_covered_once),
	TEST(too_many_for_the_list_are_joined))
