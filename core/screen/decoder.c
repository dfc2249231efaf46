/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/large.h"
#include "core/screen/codec.h"
#include "core/screen/pixels.h"
#include "core/screen/samples.h"
#include "core/screen/unit.h"

struct tsr_decoder {
	struct tsr_grid grid;
	enum tsr_pixel_format format;
	struct tsr_state state;
	struct tsr_planes planes; /* inside bytes */
	uint8_t *bytes;
	struct tsr_pixels *pixels;
	uint32_t n_dirty;
	struct tsr_rect dirty[TSR_DIRTY_MAX];
	struct tsr_unit unit; /* the one at hand */
};

static_assert(TSR_DIRTY_MAX >= TSR_COPIES_MAX + TSR_RECTS_MAX, "every change has its rectangle");

int tsr_decoder_create(
	struct tsr_decoder **out, enum tsr_pixel_format format, uint32_t width, uint32_t height)
{
	struct tsr_decoder *dec = NULL;
	struct tsr_grid grid;
	size_t len;
	int r;

	*out = NULL;
	if ((r = tsr_grid_init(&grid, width, height)) != 0)
		return r;
	if (format != TSR_FORMAT_BGRA && format != TSR_FORMAT_I420)
		return TSR_ERR_RANGE;
	len = tsr_picture_len(format, width, height);
	dec = calloc(1, sizeof(*dec));
	if (!dec)
		return TSR_ERR_NOMEM;
	dec->grid = grid;
	dec->format = format;
	dec->bytes = tsr_large_alloc(len);
	if (!dec->bytes || tsr_pixels_create(&dec->pixels, format, width, height) != 0) {
		tsr_decoder_destroy(dec);
		return TSR_ERR_NOMEM;
	}
	dec->planes = tsr_picture_planes(format, width, height, dec->bytes);
	tsr_decoder_erase(dec);
	*out = dec;
	return 0;
}

void tsr_decoder_destroy(struct tsr_decoder *dec)
{
	if (!dec)
		return;
	free(dec->bytes);
	tsr_pixels_destroy(dec->pixels);
	free(dec);
}

const struct tsr_grid *tsr_decoder_grid(const struct tsr_decoder *dec)
{
	return &dec->grid;
}

const struct tsr_planes *tsr_decoder_planes(const struct tsr_decoder *dec)
{
	return &dec->planes;
}

const struct tsr_state *tsr_decoder_state(const struct tsr_decoder *dec)
{
	return &dec->state;
}

uint64_t tsr_decoder_digest(const struct tsr_decoder *dec)
{
	return tsr_picture_digest(dec->format, dec->grid.width, dec->grid.height, &dec->planes);
}

size_t tsr_decoder_dirty(const struct tsr_decoder *dec, const struct tsr_rect **rects)
{
	*rects = dec->dirty;
	return dec->n_dirty;
}

void tsr_decoder_erase(struct tsr_decoder *dec)
{
	struct tsr_rect all = { 0, 0, dec->grid.width, dec->grid.height };

	tsr_samples_black(dec->format, &dec->planes, all);
	dec->state = (struct tsr_state){ 0 };
	dec->dirty[0] = all;
	dec->n_dirty = 1;
}

int tsr_decoder_key(struct tsr_decoder *dec, uint32_t cell, struct tsr_slice unit, uint64_t *state)
{
	struct tsr_rect rect;
	int r;

	dec->n_dirty = 0;
	*state = 0;
	if (cell >= dec->grid.n_cells)
		return TSR_ERR_RANGE;
	if ((r = tsr_unit_parse(&dec->unit, &dec->grid, dec->format, unit)) != 0)
		return r;
	if (dec->unit.kind != TSR_UNIT_KEY || dec->unit.changed == 0)
		return TSR_ERR_FORMAT;
	if (dec->unit.changed > dec->state.changed[cell]) {
		rect = tsr_grid_cell(&dec->grid, cell);
		if ((r = tsr_pixels_decode(dec->pixels, dec->unit.pixels, &rect, 1)) != 0)
			return r;
		tsr_pixels_put(dec->pixels, &dec->planes);
		tsr_state_set(&dec->state, cell, dec->unit.changed);
		dec->dirty[dec->n_dirty++] = rect;
	}
	*state = dec->unit.state;
	return 0;
}

/* Whether the unit touches only what the frame's header admits to. */
static bool stays_within(const struct tsr_decoder *dec, uint64_t cells)
{
	uint64_t touched = 0;

	for (uint32_t i = 0; i < dec->unit.n_copies; i++)
		touched |= tsr_grid_cells_of(&dec->grid, dec->unit.copies[i].to);
	for (uint32_t i = 0; i < dec->unit.n_rects; i++)
		touched |= tsr_grid_cells_of(&dec->grid, dec->unit.rects[i]);
	return (touched & ~cells) == 0;
}

int tsr_decoder_delta(
	struct tsr_decoder *dec, uint32_t picture, uint64_t cells, struct tsr_slice unit)
{
	const struct tsr_unit *u = &dec->unit;
	int r;

	dec->n_dirty = 0;
	if (cells & ~tsr_grid_all(&dec->grid))
		return TSR_ERR_RANGE;
	if ((r = tsr_unit_parse(&dec->unit, &dec->grid, dec->format, unit)) != 0)
		return r;
	if (u->kind != TSR_UNIT_DELTA || picture == 0 || !stays_within(dec, cells))
		return TSR_ERR_FORMAT;
	if (u->state != dec->state.sum)
		return TSR_ERR_STALE;
	if ((r = tsr_pixels_decode(dec->pixels, u->pixels, u->rects, u->n_rects)) != 0)
		return r;
	for (uint32_t i = 0; i < u->n_copies; i++) {
		const struct tsr_copy *copy = &u->copies[i];

		tsr_samples_move(dec->format, &dec->planes, copy->to, copy->x, copy->y);
		dec->dirty[dec->n_dirty++] = copy->to;
	}
	tsr_pixels_put(dec->pixels, &dec->planes);
	for (uint32_t i = 0; i < u->n_rects; i++)
		dec->dirty[dec->n_dirty++] = u->rects[i];
	tsr_state_set_all(&dec->state, cells, picture);
	return 0;
}
