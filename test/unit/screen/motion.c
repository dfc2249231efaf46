/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/motion.h"

#include "core/screen/codec.h"
#include "core/screen/samples.h"
#include "test/test.h"
#include "test/unit/screen/pictures.h"

enum { WIDTH = 900, HEIGHT = 640 };

/* A picture, the one before it, and what is found between them. */
struct scene {
	struct picture before, after;
	struct tsr_grid grid;
	struct tsr_change *change;
	struct tsr_motion *motion;
	uint32_t n;
	struct tsr_copy copies[TSR_COPIES_MAX];
};

static bool scene_init(struct scene *s, enum tsr_pixel_format format)
{
	*s = (struct scene){ 0 };
	if (tsr_grid_init(&s->grid, WIDTH, HEIGHT) != 0)
		return false;
	s->change = tsr_change_create(format, &s->grid);
	s->motion = tsr_motion_create(format, &s->grid);
	return picture_init(&s->before, format, WIDTH, HEIGHT) &&
	       picture_init(&s->after, format, WIDTH, HEIGHT) && s->change && s->motion;
}

static void scene_finish(struct scene *s)
{
	picture_finish(&s->before);
	picture_finish(&s->after);
	tsr_change_destroy(s->change);
	tsr_motion_destroy(s->motion);
}

static struct tsr_rect all_of(const struct picture *p)
{
	return (struct tsr_rect){ 0, 0, p->width, p->height };
}

/* Both show the same from here on. */
static void settle(struct scene *s)
{
	memcpy(s->before.bytes, s->after.bytes, s->after.len);
}

/* Paper with a fine pattern all over, so that nothing looks like anything else. */
static void draw_paper(struct picture *p, struct tsr_rect rect, uint64_t seed)
{
	for (uint32_t y = rect.y; y < rect.y + rect.height; y++)
		for (uint32_t x = rect.x; x < rect.x + rect.width; x++) {
			uint64_t state = seed + (uint64_t)(y / 2) * 7919 + x / 2;

			picture_set(p, x, y, 0xe0e0e0 + random_below(&state, 16) * 0x010101);
		}
}

/* What was in `from` in the picture before is at (x, y) now. */
static void move(struct scene *s, struct tsr_rect from, uint32_t x, uint32_t y)
{
	for (uint32_t plane = 0; plane < tsr_format_n_planes(s->after.format); plane++) {
		uint32_t len = tsr_format_sample_len(s->after.format), half = plane > 0;
		size_t stride = s->after.planes.stride[plane];

		for (uint32_t row = 0; row < from.height >> half; row++)
			memcpy(s->after.planes.plane[plane] + stride * ((y >> half) + row) +
					(size_t)(x >> half) * len,
				s->before.planes.plane[plane] + stride * ((from.y >> half) + row) +
					(size_t)(from.x >> half) * len,
				(size_t)(from.width >> half) * len);
	}
}

static uint64_t changed_pixels(const struct scene *s)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < s->change->n_cols * s->change->n_rows; i++)
		n += (uint64_t)s->change->boxes[i].width * s->change->boxes[i].height;
	return n;
}

static bool overlap(struct tsr_rect a, struct tsr_rect b)
{
	return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height &&
	       b.y < a.y + a.height;
}

/* Whether the copies are such as motion.h promises. */
static bool is_proper(const struct scene *s)
{
	for (uint32_t i = 0; i < s->n; i++) {
		const struct tsr_copy *a = &s->copies[i];

		if (tsr_rect_is_empty(a->to) || a->to.x + a->to.width > WIDTH ||
			a->to.y + a->to.height > HEIGHT || a->x + a->to.width > WIDTH ||
			a->y + a->to.height > HEIGHT)
			return false;
		if (s->after.format == TSR_FORMAT_I420 && (a->to.x % 2 != 0 || a->to.y % 2 != 0))
			return false;
		for (uint32_t k = i + 1; k < s->n; k++) {
			const struct tsr_copy *b = &s->copies[k];
			struct tsr_rect from = { b->x, b->y, b->to.width, b->to.height };

			if (overlap(a->to, b->to) || overlap(a->to, from))
				return false;
		}
	}
	return true;
}

/* Finds the copies and does them; returns how many pixels, in tight boxes, still differ. */
static uint64_t solve(struct scene *s)
{
	tsr_change_clear(s->change);
	tsr_change_find(s->change, &s->before.planes, &s->after.planes, all_of(&s->after));
	s->n = tsr_motion_find(
		s->motion, &s->before.planes, &s->after.planes, s->change, s->copies);
	if (!is_proper(s))
		return UINT64_MAX;
	for (uint32_t i = 0; i < s->n; i++)
		tsr_samples_move(s->after.format, &s->before.planes, s->copies[i].to,
			s->copies[i].x, s->copies[i].y);
	tsr_change_find(s->change, &s->before.planes, &s->after.planes, all_of(&s->after));
	return changed_pixels(s);
}

/* Moves a pane inside itself, as scrolling does: what comes in is new. */
static uint64_t scroll_pane(struct scene *s, struct tsr_rect pane, int32_t dx, int32_t dy)
{
	uint32_t w = pane.width - (uint32_t)abs(dx), h = pane.height - (uint32_t)abs(dy);
	struct tsr_rect from = { pane.x + (dx < 0 ? (uint32_t)-dx : 0),
		pane.y + (dy < 0 ? (uint32_t)-dy : 0), w, h };

	picture_noise(&s->after, pane, (uint64_t)(dx * 1000 + dy));
	move(s, from, (uint32_t)((int32_t)from.x + dx), (uint32_t)((int32_t)from.y + dy));
	return (uint64_t)pane.width * pane.height - (uint64_t)w * h;
}

static void scrolling_is_found_to_the_pixel(void)
{
	static const int32_t ways[][2] = { { 0, 1 }, { 0, -1 }, { 0, -19 }, { 0, 150 }, { 1, 0 },
		{ -1, 0 }, { 70, 0 }, { -333, 0 }, { 0, -400 }, { 40, 30 }, { -7, -11 } };
	struct tsr_rect pane = { 37, 51, 777, 533 };
	struct scene s;

	CHECK(scene_init(&s, TSR_FORMAT_BGRA));
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		uint64_t revealed, left;

		picture_text(&s.after, i, 5);
		settle(&s);
		revealed = scroll_pane(&s, pane, ways[i][0], ways[i][1]);
		left = solve(&s);
		CHECK(s.n >= 1);
		CHECK(left <= revealed + revealed / 50 + 4000);
	}
	scene_finish(&s);
}

/* Each row of a picture that was made twice as large is at home in two places. */
static void doubled_rows_mislead_nobody(void)
{
	static const int32_t ways[][2] = { { 0, 1 }, { 0, -5 }, { 0, 27 }, { -9, 5 }, { 3, 0 } };
	struct tsr_rect pane = { 40, 40, 800, 560 };
	struct scene s;

	CHECK(scene_init(&s, TSR_FORMAT_BGRA));
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		draw_paper(&s.after, all_of(&s.after), i * 1000);
		settle(&s);
		scroll_pane(&s, pane, ways[i][0], ways[i][1]);
		CHECK(solve(&s) != UINT64_MAX);
		CHECK(s.n >= 1);
		CHECK_INT((int)(s.copies[0].to.x - s.copies[0].x), ways[i][0]);
		CHECK_INT((int)(s.copies[0].to.y - s.copies[0].y), ways[i][1]);
	}
	scene_finish(&s);
}

static void a_dragged_window_is_found(void)
{
	static const uint32_t places[][2] = { { 300, 201 }, { 303, 180 }, { 11, 9 }, { 560, 330 } };
	struct tsr_rect window = { 300, 200, 310, 251 };
	struct scene s;

	CHECK(scene_init(&s, TSR_FORMAT_BGRA));
	picture_text(&s.after, 7, 3);
	draw_paper(&s.after, window, 1);
	picture_fill(&s.after, (struct tsr_rect){ 310, 230, 250, 100 }, 0xffffff);
	for (uint32_t i = 0; i < 12; i++)
		draw_glyph(&s.after, 312 + i * 20, 260, i);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct tsr_rect to = { places[i][0], places[i][1], window.width, window.height };
		uint32_t uncovered, dx, dy;

		settle(&s);
		picture_text(&s.after, 7, 3);
		move(&s, window, to.x, to.y);
		dx = to.x > window.x ? to.x - window.x : window.x - to.x;
		dy = to.y > window.y ? to.y - window.y : window.y - to.y;
		uncovered = window.width * window.height;
		if (dx < window.width && dy < window.height)
			uncovered -= (window.width - dx) * (window.height - dy);
		CHECK(solve(&s) <= uncovered + 64u * 64u);
		CHECK(s.n >= 1);
		CHECK_INT((int)(s.copies[0].to.x - s.copies[0].x), (int)(to.x - window.x));
		CHECK_INT((int)(s.copies[0].to.y - s.copies[0].y), (int)(to.y - window.y));
		window = to;
	}
	scene_finish(&s);
}

static void panes_move_each_in_its_way(void)
{
	struct tsr_rect left = { 8, 40, 430, 590 }, right = { 444, 40, 300, 590 };
	struct tsr_rect column = { 750, 40, 140, 590 };
	struct scene s;
	uint64_t revealed;

	CHECK(scene_init(&s, TSR_FORMAT_BGRA));
	picture_text(&s.after, 5, 0);
	draw_paper(&s.after, column, 3);
	settle(&s);
	revealed = scroll_pane(&s, left, 0, -57);
	revealed += scroll_pane(&s, right, 0, 24);
	revealed += scroll_pane(&s, column, -9, 5);
	CHECK(solve(&s) <= revealed + revealed / 20 + 4000);
	CHECK(s.n >= 3);
	scene_finish(&s);
}

/* Copies are done one after the other: of two that wait for each other one is given up. */
static void windows_that_change_places_are_half_a_move(void)
{
	struct tsr_rect a = { 20, 30, 300, 300 }, b = { 500, 200, 300, 300 };
	struct scene s;

	CHECK(scene_init(&s, TSR_FORMAT_BGRA));
	draw_paper(&s.after, all_of(&s.after), 1);
	draw_paper(&s.after, a, 555555);
	draw_paper(&s.after, b, 777777777);
	settle(&s);
	move(&s, a, b.x, b.y);
	move(&s, b, a.x, a.y);
	CHECK(solve(&s) <= 300 * 300 + 8000);
	CHECK_INT(s.n, 1);
	scene_finish(&s);
}

static void i420_moves_by_odd_distances_too(void)
{
	static const int32_t ways[][2] = { { 0, 2 }, { 0, -19 }, { 13, 0 }, { 0, 53 }, { -3, 7 } };
	struct scene s;

	CHECK(scene_init(&s, TSR_FORMAT_I420));
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct tsr_rect pane = { 30, 50, 770, 530 };
		uint64_t revealed;

		picture_text(&s.after, i, 9);
		/* black on white: chroma is the same everywhere */
		memset(s.after.planes.plane[1], 128, 2 * (s.after.len - WIDTH * HEIGHT) / 2);
		settle(&s);
		revealed = scroll_pane(&s, pane, ways[i][0], ways[i][1]);
		memset(s.after.planes.plane[1], 128, 2 * (s.after.len - WIDTH * HEIGHT) / 2);
		CHECK(solve(&s) <= revealed + revealed / 20 + 8000);
		CHECK(s.n >= 1);
	}
	scene_finish(&s);
}

static void nothing_goes_into_what_is_spared(void)
{
	struct tsr_rect pane = { 0, 0, WIDTH, HEIGHT }, spared = { 400, 300, 200, 100 };
	struct scene s;

	CHECK(scene_init(&s, TSR_FORMAT_BGRA));
	picture_text(&s.after, 5, 0);
	settle(&s);
	scroll_pane(&s, pane, 0, -30);
	tsr_change_clear(s.change);
	tsr_change_spare(s.change, spared);
	tsr_change_find(s.change, &s.before.planes, &s.after.planes, pane);
	s.n = tsr_motion_find(s.motion, &s.before.planes, &s.after.planes, s.change, s.copies);
	CHECK(s.n >= 2);
	for (uint32_t i = 0; i < s.n; i++)
		CHECK(!overlap(s.copies[i].to, spared));
	scene_finish(&s);
}

/* Stripes, chequers and dots, with a period of some pixels. */
static void draw_periodic(struct picture *p, uint32_t period, uint32_t shift)
{
	for (uint32_t y = 0; y < p->height; y++)
		for (uint32_t x = 0; x < p->width; x++) {
			uint32_t u = (x + shift) % period, v = (y + shift / 3) % period;

			picture_set(p, x, y, u * v % 5 * 0x332211 + u * 0x010203);
		}
}

static void hostile_pictures_cost_no_more_than_honest_ones(void)
{
	static const uint32_t periods[] = { 2, 3, 5, 8, 16, 31, 32, 33, 64 };
	uint64_t most = 16ull * WIDTH * HEIGHT;
	struct scene s;

	for (int format = TSR_FORMAT_BGRA; format <= TSR_FORMAT_I420; format++) {
		CHECK(scene_init(&s, format));
		for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
			draw_periodic(&s.after, periods[i], 0);
			settle(&s);
			draw_periodic(&s.after, periods[i] + i % 2, 1);
			CHECK(solve(&s) != UINT64_MAX);
			CHECK(tsr_motion_work(s.motion) <= most);
		}
		for (uint32_t i = 0; i < 4; i++) {
			settle(&s);
			if (i % 2 == 0)
				picture_noise(&s.after, all_of(&s.after), i);
			else
				picture_photo(&s.after, all_of(&s.after), i);
			CHECK(solve(&s) != UINT64_MAX);
			CHECK_INT(s.n, 0);
			CHECK(tsr_motion_work(s.motion) <= 2 * WIDTH * HEIGHT);
		}
		scene_finish(&s);
	}
}

/* Whatever moves, blinks and is drawn anew, the viewer's picture is the presenter's. */
static bool survives(enum tsr_pixel_format format, uint64_t seed)
{
	uint32_t width = 60 + random_below(&seed, 700), height = 60 + random_below(&seed, 500);
	struct picture p, old;
	struct tsr_encoder *enc = NULL;
	struct tsr_decoder *dec = NULL;
	bool is_good = picture_init(&p, format, width, height) &&
		       picture_init(&old, format, width, height) &&
		       tsr_encoder_create(&enc, format, width, height) == 0 &&
		       tsr_decoder_create(&dec, format, width, height) == 0;

	picture_text(&p, seed, 0);
	for (uint32_t i = 0; is_good && i < 12; i++) {
		struct tsr_slice unit;
		uint64_t cells, state;

		tsr_encoder_picture(enc, &p.planes, NULL, &cells, &unit);
		if (unit.len != 0)
			is_good = tsr_decoder_delta(
					  dec, tsr_encoder_picture_number(enc), cells, unit) == 0;
		for (uint32_t c = 0; unit.len == 0 && c < tsr_encoder_grid(enc)->n_cells; c++)
			if (cells >> c & 1 &&
				tsr_decoder_key(dec, c, tsr_encoder_key(enc, c), &state) != 0)
				is_good = false;
		is_good = is_good && tsr_decoder_digest(dec) ==
					     tsr_picture_digest(format, width, height, &p.planes);
		memcpy(old.bytes, p.bytes, p.len);
		for (uint32_t n = random_below(&seed, 5); n > 0; n--) {
			struct scene s = { .before = old, .after = p };
			struct tsr_rect r = { random_below(&seed, width - 40) & ~1u,
				random_below(&seed, height - 40) & ~1u, 0, 0 };
			uint32_t x, y;

			r.width = 40 + random_below(&seed, width - 39 - r.x);
			r.height = 40 + random_below(&seed, height - 39 - r.y);
			x = random_below(&seed, width - r.width + 1);
			y = random_below(&seed, height - r.height + 1);
			if (random_below(&seed, 8) == 0)
				picture_noise(&p, r, seed);
			else
				move(&s, r, x, y);
		}
	}
	picture_finish(&p);
	picture_finish(&old);
	tsr_encoder_destroy(enc);
	tsr_decoder_destroy(dec);
	return is_good;
}

static void random_moves_stay_exact(void)
{
	for (uint64_t seed = 1; seed <= 24; seed++) {
		CHECK(survives(TSR_FORMAT_BGRA, seed));
		CHECK(survives(TSR_FORMAT_I420, seed));
	}
}

TEST_MAIN(TEST(scrolling_is_found_to_the_pixel), TEST(doubled_rows_mislead_nobody),
	TEST(a_dragged_window_is_found), TEST(panes_move_each_in_its_way),
	TEST(windows_that_change_places_are_half_a_move), TEST(i420_moves_by_odd_distances_too),
	TEST(nothing_goes_into_what_is_spared),
	TEST(hostile_pictures_cost_no_more_than_honest_ones), TEST(random_moves_stay_exact))
