/* SPDX-License-Identifier: Apache-2.0 */
/* Previews: their plaintext, and what a viewer makes of them. */
#include "core/screen/preview.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "core/screen/codec.h"
#include "core/screen/view.h"
#include "test/test.h"
#include "test/unit/screen/pictures.h"

enum { WIDTH = 1030, HEIGHT = 300 };

static const struct tsr_rect place = { 520, 40, 200, 100 };

struct stand {
	struct picture source;
	struct tsr_encoder *enc;
	struct tsr_view *view;
};

static bool give(struct stand *s, uint8_t flags, uint64_t cells, struct tsr_slice unit)
{
	uint32_t picture = tsr_encoder_picture_number(s->enc);
	struct tsr_frame frame = { .class = TSR_FRAME_SCREEN,
		.flags = flags,
		.picture = picture,
		.base = flags == TSR_FRAME_LAST ? picture - 1 : picture,
		.cells = cells };
	struct tsr_rect rect;
	bool ok = tsr_view_handle_frame(s->view, &frame, unit, unit.len) == 0;

	while (tsr_view_poll_dirty(s->view, &rect))
		;
	return ok;
}

/* The next picture: changes with this rectangle in another colour. */
static bool change(struct stand *s, struct tsr_rect rect)
{
	static uint32_t colour;
	struct tsr_slice unit;
	uint64_t cells;

	picture_fill(&s->source, rect, colour += 77);
	tsr_encoder_picture(s->enc, &s->source.planes, NULL, &cells, &unit);
	return unit.len != 0 && give(s, TSR_FRAME_LAST, cells, unit);
}

static bool stand_init(struct stand *s)
{
	struct tsr_slice unit;
	uint64_t cells;

	if (!picture_init(&s->source, TSR_FORMAT_BGRA, WIDTH, HEIGHT) ||
		tsr_encoder_create(&s->enc, TSR_FORMAT_BGRA, WIDTH, HEIGHT) != 0 ||
		tsr_view_create(&s->view, TSR_FORMAT_BGRA, WIDTH, HEIGHT) != 0)
		return false;
	picture_text(&s->source, 1, 0);
	tsr_encoder_picture(s->enc, &s->source.planes, NULL, &cells, &unit);
	for (uint32_t c = 0; c < 3; c++)
		if (!give(s, c == 2 ? TSR_FRAME_KEY | TSR_FRAME_LAST : TSR_FRAME_KEY,
			    (uint64_t)1 << c, tsr_encoder_key(s->enc, c)))
			return false;
	return tsr_view_is_in_sync(s->view);
}

static void stand_finish(struct stand *s)
{
	tsr_encoder_destroy(s->enc);
	tsr_view_destroy(s->view);
	picture_finish(&s->source);
}

/* A preview whose image ends where it begins to be one, and in another byte. */
enum { UNIT_LEN = TSR_PREVIEW_HEAD_LEN + JPEG_HEAD_LEN + 1 };

static void write_unit(uint8_t unit[static UNIT_LEN], struct tsr_rect rect, uint8_t seed)
{
	tsr_preview_write_head(unit, rect);
	write_jpeg_head(unit + TSR_PREVIEW_HEAD_LEN, rect.width, rect.height);
	unit[UNIT_LEN - 1] = seed;
}

static bool preview(struct stand *s, struct tsr_rect rect, uint8_t seed)
{
	uint8_t unit[UNIT_LEN];

	write_unit(unit, rect, seed);
	return give(s, TSR_FRAME_PREVIEW, 2, tsr_slice(unit, sizeof(unit)));
}

static uint8_t seed_of(const struct tsr_view_preview *preview)
{
	return preview->image.data[preview->image.len - 1];
}

static void what_is_written_is_read(void)
{
	static uint8_t
		unit[TSR_PREVIEW_HEAD_LEN + TSR_PREVIEW_IMAGE_MAX + 1]; /* WASM: a small stack */
	struct tsr_preview out;
	struct tsr_grid grid;

	CHECK_INT(tsr_grid_init(&grid, WIDTH, HEIGHT), 0);
	write_unit(unit, place, 1);
	CHECK_MEM(unit, "\1\3\1\0\2\10\0\50\0\310\0\144", 12);
	CHECK_INT(tsr_preview_parse(&out, &grid, 1, tsr_slice(unit, UNIT_LEN)), 0);
	CHECK_MEM(&out.rect, &place, sizeof(place));
	CHECK_INT(out.image.len, JPEG_HEAD_LEN + 1);
	for (size_t n = 0; n < UNIT_LEN - 1; n++)
		CHECK_INT(tsr_preview_parse(&out, &grid, 1, tsr_slice(unit, n)), TSR_ERR_SHORT);
	CHECK_INT(tsr_preview_parse(&out, &grid, 0, tsr_slice(unit, UNIT_LEN)), TSR_ERR_RANGE);
	CHECK_INT(tsr_preview_parse(&out, &grid, 3, tsr_slice(unit, UNIT_LEN)), TSR_ERR_RANGE);
	CHECK_INT(tsr_preview_parse(&out, &grid, 1, tsr_slice(unit, sizeof(unit) - 1)), 0);
	CHECK_INT(
		tsr_preview_parse(&out, &grid, 1, tsr_slice(unit, sizeof(unit))), TSR_ERR_TOO_BIG);
	for (size_t i = 1; i < 4; i++) {
		unit[i] ^= 8;
		CHECK_INT(tsr_preview_parse(&out, &grid, 1, tsr_slice(unit, UNIT_LEN)),
			TSR_ERR_FORMAT);
		unit[i] ^= 8;
	}
	unit[9] = unit[8] = 0;
	CHECK_INT(tsr_preview_parse(&out, &grid, 1, tsr_slice(unit, UNIT_LEN)), TSR_ERR_RANGE);
}

static int parse(const uint8_t *image, size_t len)
{
	uint8_t unit[TSR_PREVIEW_HEAD_LEN + 40];
	struct tsr_preview out;
	struct tsr_grid grid;

	if (tsr_grid_init(&grid, WIDTH, HEIGHT) != 0)
		abort();
	tsr_preview_write_head(unit, place);
	memcpy(unit + TSR_PREVIEW_HEAD_LEN, image, len);
	return tsr_preview_parse(&out, &grid, 1, tsr_slice(unit, TSR_PREVIEW_HEAD_LEN + len));
}

/* What would make a viewer's decoder take gigabytes, or minutes, is not handed to it. */
static void an_image_that_says_it_is_huge_is_refused(void)
{
	uint8_t image[40], head[JPEG_HEAD_LEN];

	write_jpeg_head(image, 200, 100);
	CHECK_INT(parse(image, JPEG_HEAD_LEN), 0);
	image[3] = 0xc1; /* extended sequential */
	CHECK_INT(parse(image, JPEG_HEAD_LEN), 0);
	image[6] = 12;
	CHECK_INT(parse(image, JPEG_HEAD_LEN), TSR_ERR_FORMAT);
	write_jpeg_head(image, 65535, 65535);
	CHECK_INT(parse(image, JPEG_HEAD_LEN), TSR_ERR_RANGE);
	write_jpeg_head(image, 100, 200);
	CHECK_INT(parse(image, JPEG_HEAD_LEN), TSR_ERR_RANGE);
	write_jpeg_head(image, 200, 0); /* its height comes behind it */
	CHECK_INT(parse(image, JPEG_HEAD_LEN), TSR_ERR_RANGE);
	for (uint8_t kind = 0xc2; kind < 0xe0; kind++) { /* progressive, arithmetic, a scan ... */
		write_jpeg_head(image, 200, 100);
		image[3] = kind;
		CHECK(parse(image, JPEG_HEAD_LEN) != 0);
	}
	CHECK_INT(parse((const uint8_t *)"\211PNG\r\n\032\n\0\0\0\rIHDR", 16), TSR_ERR_FORMAT);
	/* tables and application data come before it, and cannot hide another */
	write_jpeg_head(head, 200, 100);
	memcpy(image, "\xff\xd8\xff\xe0\0\4ab\xff\xdb\0\3c", 13);
	memcpy(image + 13, head + 2, JPEG_HEAD_LEN - 2);
	CHECK_INT(parse(image, 13 + JPEG_HEAD_LEN - 2), 0);
	/* nor can a fill byte, which a reader of lengths takes for a marker */
	memcpy(image, "\xff\xd8\xff\xff\xc2\0\21\x8", 8);
	CHECK_INT(parse(image, sizeof(image)), TSR_ERR_FORMAT);
	memcpy(image, "\xff\xd8\xff\xe0\0\4ab\xff\xdb\0\3c", 13);
	image[5] = 1;
	CHECK_INT(parse(image, 13 + JPEG_HEAD_LEN - 2), TSR_ERR_FORMAT);
	image[5] = 3;
	CHECK_INT(parse(image, 13 + JPEG_HEAD_LEN - 2), TSR_ERR_FORMAT);
}

static void a_preview_changes_no_picture(void)
{
	struct tsr_view_preview out;
	struct tsr_view_stats stats;
	struct stand s;
	uint64_t digest;
	uint32_t serial, number;
	uint64_t bytes;

	CHECK(stand_init(&s));
	digest = tsr_view_digest(s.view);
	CHECK(preview(&s, place, 1));
	CHECK(tsr_view_is_in_sync(s.view));
	CHECK(tsr_view_digest(s.view) == digest);
	CHECK(tsr_view_poll_ack(s.view, &number, &bytes));
	CHECK(tsr_view_poll_preview(s.view, &out));
	CHECK_INT(seed_of(&out), 1);
	CHECK_MEM(&out.shown, &place, sizeof(place));
	CHECK(!tsr_view_poll_preview(s.view, &out));
	serial = out.serial;
	/* a newer one replaces it, also for who is still decoding the first */
	CHECK(preview(&s, place, 2));
	CHECK(tsr_rect_is_empty(tsr_view_preview_shown(s.view, 1, serial)));
	CHECK(tsr_view_preview(s.view, 1, &out) && seed_of(&out) == 2);
	CHECK(!tsr_view_preview(s.view, 0, &out));
	/* one that is damaged is dropped; nothing is asked for */
	CHECK(!preview(&s, (struct tsr_rect){ 1, 1, 1, 1 }, 3));
	tsr_view_stats(s.view, &stats);
	CHECK_INT(stats.malformed, 1);
	CHECK(tsr_view_is_in_sync(s.view));
	tsr_view_erase(s.view);
	CHECK(!tsr_view_preview(s.view, 1, &out));
	stand_finish(&s);
}

static void exact_updates_replace_it(void)
{
	struct tsr_view_preview out;
	struct stand s;

	CHECK(stand_init(&s));
	CHECK(preview(&s, place, 1));
	/* beside it, in the same cell and in others */
	CHECK(change(&s, (struct tsr_rect){ 740, 60, 20, 20 }));
	CHECK(change(&s, (struct tsr_rect){ 20, 60, 20, 20 }));
	CHECK(tsr_view_preview(s.view, 1, &out));
	CHECK_MEM(&out.shown, &place, sizeof(place));
	/* from the top, piece by piece */
	tsr_encoder_force(s.enc, (struct tsr_rect){ place.x, place.y, place.width, 30 });
	CHECK(change(&s, (struct tsr_rect){ place.x, place.y, 5, 5 }));
	CHECK(tsr_view_preview(s.view, 1, &out));
	CHECK_INT(out.shown.y, place.y + 30);
	CHECK_INT(out.shown.height, place.height - 30);
	CHECK_INT(out.rect.height, place.height);
	/* and anywhere else: it is over */
	CHECK(change(&s, (struct tsr_rect){ place.x + 50, place.y + 50, 4, 4 }));
	CHECK(!tsr_view_preview(s.view, 1, &out));
	CHECK(tsr_view_is_in_sync(s.view));
	stand_finish(&s);
}

static void an_old_preview_is_not_shown(void)
{
	uint8_t unit[UNIT_LEN];
	struct tsr_frame frame = { .class = TSR_FRAME_SCREEN,
		.flags = TSR_FRAME_PREVIEW,
		.picture = 1,
		.base = 1,
		.cells = 2 };
	struct tsr_view_preview out;
	struct stand s;

	CHECK(stand_init(&s));
	CHECK(change(&s, (struct tsr_rect){ 740, 60, 20, 20 }));
	write_unit(unit, place, 1);
	CHECK_INT(tsr_view_handle_frame(s.view, &frame, tsr_slice(unit, sizeof(unit)), 100), 0);
	CHECK(!tsr_view_preview(s.view, 1, &out));
	stand_finish(&s);
}

static void what_is_held_stays_as_it_was(void)
{
	struct stand s;
	struct tsr_slice unit;
	uint64_t cells;

	CHECK(stand_init(&s));
	tsr_encoder_hold(s.enc, 1, place);
	picture_noise(&s.source, place, 4);
	tsr_encoder_picture(s.enc, &s.source.planes, NULL, &cells, &unit);
	CHECK_INT(cells, 0);
	/* the rest of the cell goes on */
	CHECK(change(&s, (struct tsr_rect){ 740, 60, 20, 20 }));
	CHECK(tsr_view_is_in_sync(s.view));
	CHECK(tsr_view_digest(s.view) !=
		tsr_picture_digest(TSR_FORMAT_BGRA, WIDTH, HEIGHT, &s.source.planes));
	CHECK(!tsr_rect_is_empty(tsr_encoder_diff(s.enc, &s.source.planes, place)));
	tsr_encoder_hold(s.enc, 1, (struct tsr_rect){ 0 });
	tsr_encoder_picture(s.enc, &s.source.planes, NULL, &cells, &unit);
	CHECK_INT(cells, 2);
	CHECK(give(&s, TSR_FRAME_LAST, cells, unit));
	CHECK(tsr_view_digest(s.view) ==
		tsr_picture_digest(TSR_FORMAT_BGRA, WIDTH, HEIGHT, &s.source.planes));
	stand_finish(&s);
}

static void what_is_too_dear_is_left_out(void)
{
	struct tsr_rect left[TSR_CELLS_MAX], cheap = { 20, 60, 20, 20 };
	struct stand s;
	struct tsr_slice unit;
	uint64_t cells;

	CHECK(stand_init(&s));
	tsr_encoder_set_limit(s.enc, 4096);
	picture_noise(&s.source, place, 4);
	picture_fill(&s.source, cheap, 0x123456);
	tsr_encoder_picture(s.enc, &s.source.planes, NULL, &cells, &unit);
	CHECK_INT(cells, 1);
	CHECK(unit.len > 0 && unit.len <= 4096);
	CHECK_INT(tsr_encoder_left(s.enc, left), 2);
	CHECK_MEM(&left[1], &place, sizeof(place));
	CHECK(give(&s, TSR_FRAME_LAST, cells, unit));
	CHECK(tsr_view_is_in_sync(s.view));
	CHECK(tsr_encoder_cost(s.enc, &s.source.planes, place, 1u << 20) > 50000);
	stand_finish(&s);
}

TEST_MAIN(TEST(what_is_written_is_read), TEST(an_image_that_says_it_is_huge_is_refused),
	TEST(a_preview_changes_no_picture), TEST(exact_updates_replace_it),
	TEST(an_old_preview_is_not_shown), TEST(what_is_held_stays_as_it_was),
	TEST(what_is_too_dear_is_left_out))
