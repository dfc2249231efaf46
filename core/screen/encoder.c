/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/large.h"
#include "core/screen/change.h"
#include "core/screen/codec.h"
#include "core/screen/motion.h"
#include "core/screen/pixels.h"
#include "core/screen/samples.h"
#include "core/screen/unit.h"

/* A DELTA may always be so long: copies alone take a part of it. */
#define LIMIT_MIN 1024u
/* Squares that are a photograph, or are none. */
#define PHOTO_EDGE 32u

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
	/* holding back: see codec.h */
	struct tsr_rect held[TSR_CELLS_MAX];
	uint32_t n_forced;
	struct tsr_rect forced[TSR_CELLS_MAX];
	size_t limit;
	uint64_t left_cells;
	struct tsr_rect left[TSR_CELLS_MAX];
	struct tsr_change *change;
	struct tsr_motion *motion;
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
	enc->limit = SIZE_MAX;
	enc->bytes = tsr_large_alloc(len);
	enc->out = malloc(enc->out_cap);
	enc->change = tsr_change_create(format, &grid);
	enc->motion = tsr_motion_create(format, &grid);
	if (!enc->bytes || !enc->out || !enc->change || !enc->motion ||
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
	tsr_change_destroy(enc->change);
	tsr_motion_destroy(enc->motion);
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

/* ---- finding what differs ------------------------------------------------------------------ */

struct tsr_rect tsr_encoder_diff(
	const struct tsr_encoder *enc, const struct tsr_planes *src, struct tsr_rect rect)
{
	if (tsr_rect_is_empty(rect))
		return (struct tsr_rect){ 0 };
	return tsr_samples_diff(&enc->grid, enc->format, &enc->last, src, rect);
}

/* Finds what differs, and does the copies that bring the last picture nearer to src. */
static void find_changes(struct tsr_encoder *enc, const struct tsr_planes *src,
	const struct tsr_damage *damage, struct tsr_unit *unit)
{
	tsr_change_clear(enc->change);
	for (uint32_t c = 0; c < enc->grid.n_cells; c++)
		tsr_change_spare(enc->change, enc->held[c]);
	for (uint32_t i = 0; i < enc->n_forced; i++)
		tsr_change_spare(enc->change, enc->forced[i]);
	for (uint32_t i = 0; i < damage->n; i++)
		tsr_change_find(enc->change, &enc->last, src, damage->rects[i]);
	unit->n_copies = tsr_motion_find(enc->motion, &enc->last, src, enc->change, unit->copies);
	for (uint32_t i = 0; i < unit->n_copies; i++) {
		const struct tsr_copy *copy = &unit->copies[i];

		tsr_samples_move(enc->format, &enc->last, copy->to, copy->x, copy->y);
		tsr_change_find(enc->change, &enc->last, src, copy->to);
	}
}

/* ---- coding ---------------------------------------------------------------------------------- */

/* Codes the rectangles behind a head; returns the length of all, 0 when it exceeds cap. */
static size_t code_unit(struct tsr_encoder *enc, const struct tsr_planes *planes,
	struct tsr_unit *unit, const struct tsr_rect *rects, uint32_t n_rects, uint8_t *out,
	size_t cap)
{
	size_t head, len;

	unit->format = (uint8_t)enc->format;
	head = tsr_unit_write(out, cap, unit);
	if (head == 0 || n_rects == 0)
		return head;
	len = tsr_pixels_encode(enc->pixels, out + head, cap - head, planes, rects, n_rects);
	return len == 0 ? 0 : head + len;
}

/* A pixel without alpha, or a byte. */
static uint32_t sample_at(const uint8_t *at, uint32_t len)
{
	uint32_t pixel;

	if (len == 1)
		return *at;
	memcpy(&pixel, at, 4);
	return pixel & 0xffffff;
}

/* About how many bytes a rectangle costs: pixels unlike both neighbours, in every fourth row. Text
 * has few of them for its area, photographs hardly any others. */
static size_t estimate(
	const struct tsr_encoder *enc, const struct tsr_planes *src, struct tsr_rect rect)
{
	uint32_t len = tsr_format_sample_len(enc->format);
	size_t n = 0;

	for (uint32_t y = rect.y + 1; y < rect.y + rect.height; y += 4) {
		const uint8_t *row = src->plane[0] + y * src->stride[0];
		const uint8_t *above = row - src->stride[0];

		for (uint32_t x = rect.x + 1; x < rect.x + rect.width; x++) {
			uint32_t at = x * len, here = sample_at(row + at, len);

			n += here != sample_at(row + at - len, len) &&
			     here != sample_at(above + at, len);
		}
	}
	return n * 4;
}

static void leave(struct tsr_encoder *enc, struct tsr_rect rect)
{
	uint64_t cells = tsr_grid_cells_of(&enc->grid, rect);

	for (uint32_t c = 0; c < enc->grid.n_cells; c++) {
		struct tsr_rect part = tsr_rect_common(rect, tsr_grid_cell(&enc->grid, c));

		if (cells >> c & 1)
			enc->left[c] = enc->left_cells >> c & 1 ? tsr_rect_union(enc->left[c], part)
								: part;
	}
	enc->left_cells |= cells;
}

/* The rectangles of a picture: forced ones first, then, when there is a limit, those that cost
 * least. */
static void list_rects(struct tsr_encoder *enc, const struct tsr_planes *src, struct tsr_unit *unit,
	size_t costs[static TSR_RECTS_MAX])
{
	uint32_t n = enc->n_forced;
	struct tsr_rect rest;

	memcpy(unit->rects, enc->forced, n * sizeof(*unit->rects));
	memset(costs, 0, TSR_RECTS_MAX * sizeof(*costs));
	unit->n_rects =
		n + tsr_change_cover(enc->change, &unit->rects[n], TSR_RECTS_MAX - n, &rest);
	if (!tsr_rect_is_empty(rest))
		leave(enc, rest);
	for (uint32_t k = n; k < unit->n_rects && enc->limit != SIZE_MAX; k++) {
		struct tsr_rect rect = unit->rects[k];
		size_t cost = estimate(enc, src, rect);
		uint32_t i = k;

		for (; i > n && costs[i - 1] > cost; i--) {
			unit->rects[i] = unit->rects[i - 1];
			costs[i] = costs[i - 1];
		}
		unit->rects[i] = rect;
		costs[i] = cost;
	}
}

/* Codes as many of the rectangles as the limit allows and leaves out the others. Returns the
 * length; 0 when all of them have to go as KEYs. */
static size_t code_within_limit(struct tsr_encoder *enc, const struct tsr_planes *src,
	struct tsr_unit *unit, const size_t *costs)
{
	size_t cap = enc->limit < TSR_DELTA_MAX ? enc->limit : TSR_DELTA_MAX, sum = 0, len = 0;
	uint32_t n = unit->n_rects;

	for (uint32_t i = 0; i < n; i++)
		sum += costs[i];
	for (;;) {
		unit->n_rects = n;
		/* estimates may be wrong twice over, but not more is tried in vain */
		if (sum / 2 <= cap || n <= enc->n_forced)
			len = code_unit(enc, src, unit, unit->rects, n, enc->out,
				n > enc->n_forced ? cap : TSR_DELTA_MAX);
		if (len != 0 || n <= enc->n_forced || sum <= enc->limit - cap)
			return len;
		do {
			leave(enc, unit->rects[--n]);
			sum -= costs[n];
		} while (n > enc->n_forced && sum / 2 > cap);
	}
}

/* ---- the first picture ----------------------------------------------------------------------- */

/* The part of a cell that is photographed, not drawn; empty when nothing is. */
static struct tsr_rect find_photo(
	const struct tsr_encoder *enc, const struct tsr_planes *src, struct tsr_rect cell)
{
	struct tsr_rect photo = { 0 };

	for (uint32_t y = 0; y < cell.height; y += PHOTO_EDGE)
		for (uint32_t x = 0; x < cell.width; x += PHOTO_EDGE) {
			struct tsr_rect square = { cell.x + x, cell.y + y, PHOTO_EDGE, PHOTO_EDGE };
			struct tsr_rect part = tsr_rect_common(square, cell);

			if (estimate(enc, src, part) * 2 > (size_t)part.width * part.height)
				photo = tsr_rect_union(photo, part);
		}
	return photo;
}

/* Leaves out the dearest photographs of a picture, so that what is left fits into the limit; they
 * stay black. */
static void leave_photos(struct tsr_encoder *enc, const struct tsr_planes *src)
{
	struct tsr_rect photos[TSR_CELLS_MAX];
	size_t costs[TSR_CELLS_MAX], sum = 0;

	for (uint32_t c = 0; c < enc->grid.n_cells; c++) {
		photos[c] = find_photo(enc, src, tsr_grid_cell(&enc->grid, c));
		costs[c] = tsr_rect_is_empty(photos[c]) ? 0 : 2 * estimate(enc, src, photos[c]);
		sum += costs[c];
	}
	while (sum > enc->limit) {
		uint32_t dearest = 0;

		for (uint32_t c = 1; c < enc->grid.n_cells; c++)
			dearest = costs[c] > costs[dearest] ? c : dearest;
		sum -= costs[dearest];
		costs[dearest] = 0;
		tsr_samples_black(enc->format, &enc->last, photos[dearest]);
		leave(enc, photos[dearest]);
	}
}

static uint64_t take_first(struct tsr_encoder *enc, const struct tsr_planes *src)
{
	struct tsr_rect whole = { 0, 0, enc->grid.width, enc->grid.height };
	uint64_t cells = tsr_grid_all(&enc->grid);

	tsr_samples_copy(enc->format, &enc->last, src, whole);
	if (enc->limit != SIZE_MAX)
		leave_photos(enc, src);
	enc->picture = 1;
	tsr_state_set_all(&enc->state, cells, 1);
	return cells;
}

/* ---- pictures -------------------------------------------------------------------------------- */

static uint64_t cells_of(const struct tsr_encoder *enc, const struct tsr_unit *unit)
{
	uint64_t cells = 0;

	for (uint32_t i = 0; i < unit->n_copies; i++)
		cells |= tsr_grid_cells_of(&enc->grid, unit->copies[i].to);
	for (uint32_t i = 0; i < unit->n_rects; i++)
		cells |= tsr_grid_cells_of(&enc->grid, unit->rects[i]);
	return cells;
}

void tsr_encoder_picture(struct tsr_encoder *enc, const struct tsr_planes *src,
	const struct tsr_damage *damage, uint64_t *cells, struct tsr_slice *unit)
{
	struct tsr_rect whole = { 0, 0, enc->grid.width, enc->grid.height };
	struct tsr_damage all = { 1, { whole } };
	size_t costs[TSR_RECTS_MAX], len;
	struct tsr_unit delta = { .kind = TSR_UNIT_DELTA, .state = enc->state.sum };

	*unit = tsr_slice(NULL, 0);
	enc->left_cells = 0;
	if (enc->picture == 0) {
		*cells = take_first(enc, src);
		return;
	}
	find_changes(enc, src, damage ? damage : &all, &delta);
	list_rects(enc, src, &delta, costs);
	len = code_within_limit(enc, src, &delta, costs);
	enc->n_forced = 0;
	*cells = cells_of(enc, &delta);
	if (*cells == 0)
		return;
	for (uint32_t i = 0; i < delta.n_rects; i++)
		tsr_samples_copy(enc->format, &enc->last, src, delta.rects[i]);
	enc->picture++;
	tsr_state_set_all(&enc->state, *cells, enc->picture);
	*unit = tsr_slice(enc->out, len);
}

/* ---- holding back ---------------------------------------------------------------------------- */

void tsr_encoder_hold(struct tsr_encoder *enc, uint32_t cell, struct tsr_rect rect)
{
	enc->held[cell] = rect;
}

void tsr_encoder_force(struct tsr_encoder *enc, struct tsr_rect rect)
{
	if (enc->n_forced < TSR_CELLS_MAX)
		enc->forced[enc->n_forced++] = rect;
}

void tsr_encoder_set_limit(struct tsr_encoder *enc, size_t bytes)
{
	enc->limit = bytes < LIMIT_MIN ? LIMIT_MIN : bytes;
}

uint64_t tsr_encoder_left(
	const struct tsr_encoder *enc, struct tsr_rect rects[static TSR_CELLS_MAX])
{
	for (uint32_t c = 0; c < enc->grid.n_cells; c++)
		if (enc->left_cells >> c & 1)
			rects[c] = enc->left[c];
	return enc->left_cells;
}

size_t tsr_encoder_cost(
	struct tsr_encoder *enc, const struct tsr_planes *src, struct tsr_rect rect, size_t cap)
{
	struct tsr_unit unit = { .kind = TSR_UNIT_DELTA, .n_rects = 1, .rects = { rect } };
	size_t max = enc->out_cap - TSR_DELTA_MAX;
	/* behind the DELTA that may wait to be sent */
	size_t len = code_unit(
		enc, src, &unit, &rect, 1, enc->out + TSR_DELTA_MAX, cap < max ? cap : max);

	return len == 0 ? cap : len;
}

/* ---- KEYs ------------------------------------------------------------------------------------ */

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

	return tsr_slice(
		enc->out, code_unit(enc, &enc->last, &unit, &rect, 1, enc->out, enc->out_cap));
}
