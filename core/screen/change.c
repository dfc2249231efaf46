/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/change.h"

#include <stdlib.h>

#include "core/screen/compare.h"

/* Another rectangle costs about as much as coding this many pixels that have not changed, and what
 * is cut into pieces costs more than they. */
enum { WASTE = 256 };

/* One plane of the two pictures, and what a tile is in it. */
struct view {
	const struct tsr_planes *before, *after;
	uint32_t plane, sample_len, scale; /* scale: luma pixels per sample */
	uint32_t width, height, tile;      /* of the plane, of a tile, samples */
	uint64_t mask;
};

struct tsr_change *tsr_change_create(enum tsr_pixel_format format, const struct tsr_grid *grid)
{
	struct tsr_change *change = calloc(1, sizeof(*change));

	if (!change)
		return NULL;
	change->grid = *grid;
	change->format = format;
	change->n_cols = (grid->width + TSR_TILE - 1) / TSR_TILE;
	change->n_rows = (grid->height + TSR_TILE - 1) / TSR_TILE;
	change->boxes = calloc((size_t)change->n_cols * change->n_rows, sizeof(*change->boxes));
	if (change->boxes)
		return change;
	free(change);
	return NULL;
}

void tsr_change_destroy(struct tsr_change *change)
{
	if (!change)
		return;
	free(change->boxes);
	free(change);
}

void tsr_change_clear(struct tsr_change *change)
{
	memset(change->boxes, 0, (size_t)change->n_cols * change->n_rows * sizeof(*change->boxes));
	change->n_spared = 0;
}

void tsr_change_spare(struct tsr_change *change, struct tsr_rect rect)
{
	if (!tsr_rect_is_empty(rect) && change->n_spared < TSR_SPARED_MAX)
		change->spared[change->n_spared++] = rect;
}

/* ---- boxes ------------------------------------------------------------------------------ */

/* Whether some samples of a row are the same in both pictures. */
static bool is_same(const struct view *v, uint32_t x, uint32_t y, uint32_t width)
{
	return tsr_is_same(tsr_sample_at(v->before, v->plane, v->sample_len, x, y),
		tsr_sample_at(v->after, v->plane, v->sample_len, x, y),
		(size_t)width * v->sample_len, v->mask);
}

/* The first byte where a and b differ, or len. */
static size_t skip_same(const struct view *v, uint32_t x, uint32_t y, size_t len)
{
	return tsr_first_difference(tsr_sample_at(v->before, v->plane, v->sample_len, x, y),
		tsr_sample_at(v->after, v->plane, v->sample_len, x, y), len, v->mask);
}

/* One behind the last byte after `from` where a and b differ, or from. */
static size_t skip_same_back(const struct view *v, uint32_t x, uint32_t y, size_t from, size_t len)
{
	const uint8_t *a = tsr_sample_at(v->before, v->plane, v->sample_len, x, y);
	const uint8_t *b = tsr_sample_at(v->after, v->plane, v->sample_len, x, y);

	while (len >= from + 8 &&
		!((tsr_load_u64(a + len - 8) ^ tsr_load_u64(b + len - 8)) & v->mask))
		len -= 8;
	while (len > from &&
		!((a[len - 1] ^ b[len - 1]) & (uint8_t)(v->mask >> ((len - 1) % 4 * 8))))
		len--;
	return len;
}

/* The box of a tile whose first row that differs is known, in samples of the plane. */
static struct tsr_rect tighten(const struct view *v, struct tsr_rect tile, uint32_t top)
{
	size_t len = (size_t)tile.width * v->sample_len, left = len, right = 0;
	uint32_t bottom = tile.y + tile.height;

	while (bottom > top + 1 && is_same(v, tile.x, bottom - 1, tile.width))
		bottom--;
	for (uint32_t y = top; y < bottom && (left > 0 || right < len); y++) {
		left = skip_same(v, tile.x, y, left);
		right = skip_same_back(v, tile.x, y, right, len);
	}
	left /= v->sample_len;
	right = (right + v->sample_len - 1) / v->sample_len;
	return (struct tsr_rect){ tile.x + (uint32_t)left, top, (uint32_t)(right - left),
		bottom - top };
}

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Finds the first row that differs in each tile of one row of tiles, from column `from` to `to`. */
static void find_tops(
	const struct view *v, uint32_t row, uint32_t from, uint32_t to, uint32_t *tops)
{
	uint32_t end = min_u32((row + 1) * v->tile, v->height), n_found = 0;
	uint32_t left = from * v->tile, right = min_u32(to * v->tile, v->width);

	for (uint32_t c = from; c < to; c++)
		tops[c] = end;
	for (uint32_t y = row * v->tile; y < end && n_found < to - from; y++) {
		if (n_found == 0 && is_same(v, left, y, right - left))
			continue;
		for (uint32_t c = from; c < to; c++) {
			uint32_t x = c * v->tile;

			if (tops[c] != end || is_same(v, x, y, min_u32(v->tile, v->width - x)))
				continue;
			tops[c] = y;
			n_found++;
		}
	}
}

/* Adds what differs in a plane to the boxes of a row of tiles. */
static void find_in_row(
	struct tsr_change *change, const struct view *v, uint32_t row, uint32_t from, uint32_t to)
{
	uint32_t tops[TSR_PICTURE_SIDE_MAX / TSR_TILE];
	uint32_t end = min_u32((row + 1) * v->tile, v->height);

	find_tops(v, row, from, to, tops);
	for (uint32_t c = from; c < to; c++) {
		struct tsr_rect *box = &change->boxes[(size_t)row * change->n_cols + c];
		struct tsr_rect here = { .x = c * v->tile, .y = row * v->tile };

		if (tops[c] == end)
			continue;
		here.width = min_u32(v->tile, v->width - here.x);
		here.height = end - here.y;
		here = tighten(v, here, tops[c]);
		here = (struct tsr_rect){ here.x * v->scale, here.y * v->scale,
			here.width * v->scale, here.height * v->scale };
		*box = tsr_rect_union(*box, here);
		if (change->format == TSR_FORMAT_I420)
			*box = tsr_grid_even(&change->grid, *box);
	}
}

static bool contains(struct tsr_rect a, struct tsr_rect b)
{
	return a.x <= b.x && a.y <= b.y && b.x + b.width <= a.x + a.width &&
	       b.y + b.height <= a.y + a.height;
}

/* Empties the boxes that show nothing but what is spared. */
static void spare(struct tsr_change *change)
{
	for (uint32_t i = 0; i < change->n_spared; i++) {
		struct tsr_rect r = change->spared[i];

		for (uint32_t row = r.y / TSR_TILE; row * TSR_TILE < r.y + r.height; row++)
			for (uint32_t c = r.x / TSR_TILE; c * TSR_TILE < r.x + r.width; c++) {
				struct tsr_rect *box =
					&change->boxes[(size_t)row * change->n_cols + c];

				if (contains(r, *box))
					*box = (struct tsr_rect){ 0 };
			}
	}
}

void tsr_change_find(struct tsr_change *change, const struct tsr_planes *before,
	const struct tsr_planes *after, struct tsr_rect rect)
{
	struct tsr_rect all = { 0, 0, change->grid.width, change->grid.height };
	uint32_t from, to;

	rect = tsr_grid_clip(&change->grid, rect);
	if (tsr_rect_is_empty(rect))
		return;
	from = rect.x / TSR_TILE;
	to = (rect.x + rect.width - 1) / TSR_TILE + 1;
	for (uint32_t row = rect.y / TSR_TILE; row <= (rect.y + rect.height - 1) / TSR_TILE;
		row++) {
		memset(&change->boxes[(size_t)row * change->n_cols + from], 0,
			(to - from) * sizeof(*change->boxes));
		for (uint32_t plane = 0; plane < tsr_format_n_planes(change->format); plane++) {
			struct tsr_rect size = tsr_format_plane_rect(change->format, plane, all);
			struct view v = { before, after, plane,
				tsr_format_sample_len(change->format), plane == 0 ? 1 : 2,
				size.width, size.height, TSR_TILE / (plane == 0 ? 1 : 2),
				tsr_format_mask(change->format) };

			find_in_row(change, &v, row, from, to);
		}
	}
	spare(change);
}

/* ---- rectangles ------------------------------------------------------------------------- */

static uint64_t area(struct tsr_rect rect)
{
	return (uint64_t)rect.width * rect.height;
}

static bool overlap(struct tsr_rect a, struct tsr_rect b)
{
	return !tsr_rect_is_empty(tsr_rect_common(a, b));
}

/* Pixels of the rectangle around both that are in neither; they do not overlap. */
static uint64_t waste(struct tsr_rect a, struct tsr_rect b)
{
	return area(tsr_rect_union(a, b)) - area(a) - area(b);
}

static bool is_spared(const struct tsr_change *change, struct tsr_rect rect)
{
	for (uint32_t i = 0; i < change->n_spared; i++)
		if (overlap(change->spared[i], rect))
			return true;
	return false;
}

/* Whether one rectangle is better than two. */
static bool belong_together(const struct tsr_change *change, struct tsr_rect a, struct tsr_rect b)
{
	struct tsr_rect both = tsr_rect_union(a, b);

	if (is_spared(change, both))
		return false;
	return overlap(a, b) || (waste(a, b) <= WASTE + (area(a) < area(b) ? area(a) : area(b)) &&
					tsr_grid_cells_of(&change->grid, both) ==
						(tsr_grid_cells_of(&change->grid, a) |
							tsr_grid_cells_of(&change->grid, b)));
}

/* A list of rectangles without overlaps. */
struct cover {
	const struct tsr_change *change;
	struct tsr_rect *rects;
	uint32_t n, cap;
	struct tsr_rect rest;
};

/* The rectangle that goes together with rect at the least cost; n when there is none. */
static uint32_t find_nearest(const struct cover *cover, struct tsr_rect rect)
{
	uint32_t best = cover->n;
	uint64_t least = UINT64_MAX;

	for (uint32_t i = 0; i < cover->n; i++) {
		uint64_t cost = waste(cover->rects[i], rect);

		if (cost >= least ||
			is_spared(cover->change, tsr_rect_union(cover->rects[i], rect)))
			continue;
		least = cost;
		best = i;
	}
	return best;
}

/* Cuts rect into what lies above, below, left and right of a hole in it; some may be empty. */
static void cut_out(struct tsr_rect r, struct tsr_rect hole, struct tsr_rect pieces[static 4])
{
	uint32_t left = hole.x > r.x ? hole.x : r.x, top = hole.y > r.y ? hole.y : r.y;
	uint32_t right = min_u32(hole.x + hole.width, r.x + r.width);
	uint32_t bottom = min_u32(hole.y + hole.height, r.y + r.height);

	pieces[0] = (struct tsr_rect){ r.x, r.y, r.width, top - r.y };
	pieces[1] = (struct tsr_rect){ r.x, bottom, r.width, r.y + r.height - bottom };
	pieces[2] = (struct tsr_rect){ r.x, top, left - r.x, bottom - top };
	pieces[3] = (struct tsr_rect){ right, top, r.x + r.width - right, bottom - top };
}

/* Adds rect, which overlaps nothing that is spared. What is left of one that was cut is not joined
 * again: so it comes to an end. */
static void add(struct cover *cover, struct tsr_rect rect, bool may_join)
{
	struct tsr_rect pieces[4];

	for (uint32_t i = 0;;) {
		if (may_join && i < cover->n &&
			belong_together(cover->change, cover->rects[i], rect)) {
			rect = tsr_rect_union(rect, cover->rects[i]);
			cover->rects[i] = cover->rects[--cover->n];
			i = 0; /* it has grown: look at all others again */
		} else if (i < cover->n && overlap(cover->rects[i], rect)) {
			cut_out(rect, cover->rects[i], pieces);
			break;
		} else if (i < cover->n) {
			i++;
		} else if (cover->n < cover->cap) {
			cover->rects[cover->n++] = rect;
			return;
		} else if (may_join && (i = find_nearest(cover, rect)) < cover->n) {
			rect = tsr_rect_union(rect, cover->rects[i]);
			cover->rects[i] = cover->rects[--cover->n];
			i = 0;
		} else {
			cover->rest = tsr_rect_union(cover->rest, rect);
			return;
		}
	}
	for (uint32_t k = 0; k < 4; k++)
		if (!tsr_rect_is_empty(pieces[k]))
			add(cover, pieces[k], false);
}

/* Adds what of rect is not spared. */
static void add_but_spared(struct cover *cover, struct tsr_rect rect)
{
	const struct tsr_change *change = cover->change;
	struct tsr_rect pieces[4];
	uint32_t i = 0;

	while (i < change->n_spared && !overlap(change->spared[i], rect))
		i++;
	if (i == change->n_spared) {
		add(cover, rect, true);
		return;
	}
	cut_out(rect, change->spared[i], pieces);
	for (uint32_t k = 0; k < 4; k++)
		if (!tsr_rect_is_empty(pieces[k]))
			add_but_spared(cover, pieces[k]);
}

static bool is_before(struct tsr_rect a, struct tsr_rect b)
{
	return a.y != b.y ? a.y < b.y : a.x < b.x;
}

static void sort(struct tsr_rect *rects, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		struct tsr_rect rect = rects[i];
		uint32_t k = i;

		for (; k > 0 && is_before(rect, rects[k - 1]); k--)
			rects[k] = rects[k - 1];
		rects[k] = rect;
	}
}

uint32_t tsr_change_cover(const struct tsr_change *change, struct tsr_rect *rects, uint32_t cap,
	struct tsr_rect *rest)
{
	struct cover cover = { .change = change, .rects = rects, .cap = cap };

	for (size_t i = 0; i < (size_t)change->n_cols * change->n_rows; i++)
		if (!tsr_rect_is_empty(change->boxes[i]))
			add_but_spared(&cover, change->boxes[i]);
	sort(rects, cover.n);
	*rest = cover.rest;
	return cover.n;
}
