/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/screen/codec.h"
#include "core/screen/pixels.h"
#include "core/screen/samples.h"
#include "core/screen/scroll.h"
#include "core/screen/unit.h"

/* Looking for a scroll costs about as much as comparing the pictures; less change than this many
 * pixels is cheaper to code than to look at. */
#define SCROLL_WORTH (64u * 256)

struct tsr_encoder {
	struct tsr_grid grid;
	enum tsr_pixel_format format;
	uint32_t picture;
	struct tsr_state state;
	struct tsr_planes last; /* inside bytes */
	uint8_t *bytes;
	struct tsr_pixels *pixels;
	uint8_t *out;
	size_t out_cap;
	struct tsr_scroll *scroll;
};

int tsr_encoder_create(
	struct tsr_encoder **out, enum tsr_pixel_format format, uint32_t width, uint32_t height)
{
	struct tsr_encoder *enc = NULL;
	struct tsr_grid grid;
	size_t len;
	int r;

	*out = NULL;
	if ((r = tsr_grid_init(&grid, width, height)) != 0)
		return r;
	if (format != TSR_FORMAT_BGRA && format != TSR_FORMAT_I420)
		return TSR_ERR_RANGE;
	len = tsr_picture_len(format, width, height);
	enc = calloc(1, sizeof(*enc));
	if (!enc)
		return TSR_ERR_NOMEM;
	enc->grid = grid;
	enc->format = format;
	enc->out_cap = TSR_UNIT_MAX;
	enc->bytes = malloc(len);
	enc->out = malloc(enc->out_cap);
	enc->scroll = tsr_scroll_create(&grid);
	if (!enc->bytes || !enc->out || !enc->scroll ||
		tsr_pixels_create(&enc->pixels, format, width, height) != 0) {
		tsr_encoder_destroy(enc);
		return TSR_ERR_NOMEM;
	}
	enc->last = tsr_picture_planes(format, width, height, enc->bytes);
	tsr_samples_black(format, &enc->last, (struct tsr_rect){ 0, 0, width, height });
	*out = enc;
	return 0;
}

void tsr_encoder_destroy(struct tsr_encoder *enc)
{
	if (!enc)
		return;
	free(enc->bytes);
	tsr_pixels_destroy(enc->pixels);
	free(enc->out);
	tsr_scroll_destroy(enc->scroll);
	free(enc);
}

const struct tsr_grid *tsr_encoder_grid(const struct tsr_encoder *enc)
{
	return &enc->grid;
}

uint32_t tsr_encoder_picture_number(const struct tsr_encoder *enc)
{
	return enc->picture;
}

const struct tsr_planes *tsr_encoder_last(const struct tsr_encoder *enc)
{
	return &enc->last;
}

const struct tsr_state *tsr_encoder_state(const struct tsr_encoder *enc)
{
	return &enc->state;
}

/* What differs from the last picture, cell by cell. boxes[c] is set for the cells returned. */
static uint64_t find_changes(const struct tsr_encoder *enc, const struct tsr_planes *src,
	struct tsr_rect damage, struct tsr_rect *boxes)
{
	uint64_t near = tsr_grid_cells_of(&enc->grid, damage), cells = 0;

	for (uint32_t c = 0; c < enc->grid.n_cells; c++) {
		if (!(near >> c & 1))
			continue;
		boxes[c] = tsr_samples_diff(
			&enc->grid, enc->format, &enc->last, src, tsr_grid_cell(&enc->grid, c));
		if (!tsr_rect_is_empty(boxes[c]))
			cells |= (uint64_t)1 << c;
	}
	return cells;
}

/* Copies what has scrolled inside the last picture, which so comes nearer to src. Updates cells
 * (never fewer) and boxes. */
static void apply_scroll(struct tsr_encoder *enc, const struct tsr_planes *src, uint64_t *cells,
	struct tsr_rect *boxes, struct tsr_unit *unit)
{
	struct tsr_rect box = { 0 };
	uint64_t area = 0, touched = 0;

	for (uint32_t c = 0; c < enc->grid.n_cells; c++) {
		if (!(*cells >> c & 1))
			continue;
		area += (uint64_t)boxes[c].width * boxes[c].height;
		box = tsr_rect_union(box, boxes[c]);
	}
	if (area < SCROLL_WORTH)
		return;
	unit->n_copies =
		tsr_scroll_find(enc->scroll, enc->format, &enc->last, src, box, unit->copies);
	for (uint32_t i = 0; i < unit->n_copies; i++) {
		const struct tsr_copy *copy = &unit->copies[i];

		tsr_samples_move(enc->format, &enc->last, copy->to, copy->x, copy->y);
		touched |= tsr_grid_cells_of(&enc->grid, copy->to);
	}
	for (uint32_t c = 0; c < enc->grid.n_cells; c++)
		if (touched >> c & 1)
			boxes[c] = tsr_samples_diff(&enc->grid, enc->format, &enc->last, src,
				tsr_grid_cell(&enc->grid, c));
	*cells |= touched;
}

/* Codes the rectangles behind a head; returns the length of all, 0 when it exceeds cap. */
static size_t code_unit(struct tsr_encoder *enc, struct tsr_unit *unit,
	const struct tsr_rect *rects, uint32_t n_rects, size_t cap)
{
	size_t head, len;

	unit->format = (uint8_t)enc->format;
	head = tsr_unit_write(enc->out, cap, unit);
	if (head == 0 || n_rects == 0)
		return head;
	len = tsr_pixels_encode(
		enc->pixels, enc->out + head, cap - head, &enc->last, rects, n_rects);
	return len == 0 ? 0 : head + len;
}

/* Takes src over into the last picture and the boxes into the unit. */
static void take_over(struct tsr_encoder *enc, const struct tsr_planes *src, uint64_t cells,
	const struct tsr_rect *boxes, struct tsr_unit *unit)
{
	for (uint32_t c = 0; c < enc->grid.n_cells; c++) {
		if (!(cells >> c & 1) || tsr_rect_is_empty(boxes[c]))
			continue;
		tsr_samples_copy(enc->format, &enc->last, src, boxes[c]);
		unit->rects[unit->n_rects++] = boxes[c];
	}
}

void tsr_encoder_picture(struct tsr_encoder *enc, const struct tsr_planes *src,
	const struct tsr_rect *damage, uint64_t *cells, struct tsr_slice *unit)
{
	struct tsr_rect all = { 0, 0, enc->grid.width, enc->grid.height };
	struct tsr_rect boxes[TSR_CELLS_MAX];
	struct tsr_unit delta = { .kind = TSR_UNIT_DELTA, .state = enc->state.sum };

	*unit = tsr_slice(NULL, 0);
	if (enc->picture == 0) {
		tsr_samples_copy(enc->format, &enc->last, src, all);
		*cells = tsr_grid_all(&enc->grid);
		enc->picture = 1;
		tsr_state_set_all(&enc->state, *cells, 1);
		return;
	}
	*cells = find_changes(enc, src, damage ? tsr_grid_clip(&enc->grid, *damage) : all, boxes);
	if (*cells == 0)
		return;
	apply_scroll(enc, src, cells, boxes, &delta);
	take_over(enc, src, *cells, boxes, &delta);
	enc->picture++;
	tsr_state_set_all(&enc->state, *cells, enc->picture);
	*unit = tsr_slice(
		enc->out, code_unit(enc, &delta, delta.rects, delta.n_rects, TSR_DELTA_MAX));
}

void tsr_encoder_restart(struct tsr_encoder *enc)
{
	enc->picture++;
	tsr_state_set_all(&enc->state, tsr_grid_all(&enc->grid), enc->picture);
}

struct tsr_slice tsr_encoder_key(struct tsr_encoder *enc, uint32_t cell)
{
	struct tsr_rect rect = tsr_grid_cell(&enc->grid, cell);
	struct tsr_unit unit = {
		.kind = TSR_UNIT_KEY,
		.changed = enc->state.changed[cell],
		.state = enc->state.sum,
	};

	return tsr_slice(enc->out, code_unit(enc, &unit, &rect, 1, enc->out_cap));
}
