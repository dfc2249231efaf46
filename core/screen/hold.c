/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/hold.h"

#include <string.h>

/* A preview should save so much. */
#define WORTH 3u
/* Costs above this are not told apart. */
#define COST_MAX (2u * 1024 * 1024)
/* The least that is released at a time, rows; even, for I420. */
#define ROWS_MIN 16u

static uint64_t bit(uint32_t cell)
{
	return (uint64_t)1 << cell;
}

/* ---- looking at captures ---------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

/* Of the pixels of a rectangle. Equal hashes of different pixels would only make it seem still. */
static uint64_t hash_rect(
	enum tsr_pixel_format format, const struct tsr_planes *src, struct tsr_rect rect)
{
	uint32_t len = tsr_format_sample_len(format);
	uint64_t mask = len == 4 ? 0x00ffffff00ffffffu : UINT64_MAX; /* alpha is nothing */
	uint64_t hash = 0, word;

	for (uint32_t p = 0; p < tsr_format_n_planes(format); p++) {
		struct tsr_rect part = tsr_format_plane_rect(format, p, rect);

		for (uint32_t y = part.y; y < part.y + part.height; y++) {
			const uint8_t *row = src->plane[p] + y * src->stride[p] + part.x * len;
			size_t left = (size_t)part.width * len;

			for (; left >= sizeof(word); left -= sizeof(word), row += sizeof(word)) {
				memcpy(&word, row, sizeof(word));
				hash = mix(hash, word & mask);
			}
			word = 0;
			memcpy(&word, row, left);
			hash = mix(hash, word & mask);
		}
	}
	return hash;
}

static void note_change(struct tsr_held *held, tsr_time now)
{
	held->changed = now;
	held->is_new = true;
	held->is_tried = false;
}

static size_t cost_of(struct tsr_encoder *enc, struct tsr_held *held, const struct tsr_planes *src)
{
	if (!held->is_tried)
		held->cost = tsr_encoder_cost(enc, src, held->rect, COST_MAX);
	held->is_tried = true;
	return held->cost;
}

void tsr_holds_add(struct tsr_holds *holds, struct tsr_encoder *enc, uint32_t cell,
	struct tsr_rect rect, const struct tsr_planes *src, tsr_time now)
{
	struct tsr_held *held = &holds->held[cell];

	held->rect = tsr_rect_union(held->rect, rect);
	held->hash = hash_rect(holds->format, src, held->rect);
	held->is_text = false;
	note_change(held, now);
	cost_of(enc, held, src);
	holds->cells |= bit(cell);
	tsr_encoder_hold(enc, cell, held->rect);
}

static bool is_apart(struct tsr_rect a, struct tsr_rect b)
{
	return a.x >= b.x + b.width || b.x >= a.x + a.width || a.y >= b.y + b.height ||
	       b.y >= a.y + a.height;
}

bool tsr_holds_observe(struct tsr_holds *holds, const struct tsr_planes *src,
	const struct tsr_rect *damage, tsr_time now)
{
	bool has_changed = false;
	uint64_t hash;

	for (uint32_t c = 0; c < holds->grid.n_cells; c++) {
		struct tsr_held *held = &holds->held[c];

		if (!(holds->cells & bit(c)) || (damage && is_apart(held->rect, *damage)))
			continue;
		hash = hash_rect(holds->format, src, held->rect);
		if (hash == held->hash)
			continue;
		held->hash = hash;
		note_change(held, now);
		has_changed = true;
	}
	return has_changed;
}

/* ---- release ------------------------------------------------------------------------------ */

static bool is_due(const struct tsr_held *held, tsr_time now, tsr_time rest)
{
	if (held->is_text || rest == 0)
		return true;
	return held->previewed != 0 && now - held->changed >= rest;
}

uint64_t tsr_holds_due(const struct tsr_holds *holds, tsr_time now, tsr_time rest)
{
	uint64_t cells = 0;

	for (uint32_t c = 0; c < holds->grid.n_cells; c++)
		if (holds->cells & bit(c) && is_due(&holds->held[c], now, rest))
			cells |= bit(c);
	return cells;
}

tsr_time tsr_holds_next(const struct tsr_holds *holds, tsr_time now, tsr_time rest)
{
	tsr_time next = TSR_TIME_NEVER;

	for (uint32_t c = 0; c < holds->grid.n_cells; c++)
		if (holds->cells & bit(c) && holds->held[c].changed + rest > now)
			next = tsr_time_min(next, holds->held[c].changed + rest);
	return next;
}

/* Gives the exact form of the upper rows; all of them, and nothing is held here any more. */
static void release_rows(struct tsr_holds *holds, struct tsr_encoder *enc,
	const struct tsr_planes *src, uint32_t cell, uint32_t rows)
{
	struct tsr_held *held = &holds->held[cell];
	struct tsr_rect part = held->rect;

	if (rows < part.height) {
		held->cost -= (size_t)((uint64_t)held->cost * rows / part.height);
		part.height = rows;
		held->rect.y += rows;
		held->rect.height -= rows;
		held->hash = hash_rect(holds->format, src, held->rect);
		tsr_encoder_hold(enc, cell, held->rect);
	} else {
		/* As before behind the preview: the last pixels tell that it is over. */
		if (tsr_rect_is_empty(tsr_encoder_diff(enc, src, part))) {
			uint32_t right = part.x + part.width, bottom = part.y + part.height;

			part.x = (right - 1) & ~1u;
			part.y = (bottom - 1) & ~1u;
			part.x = part.x < held->rect.x ? held->rect.x : part.x;
			part.y = part.y < held->rect.y ? held->rect.y : part.y;
			part.width = right - part.x;
			part.height = bottom - part.y;
		}
		*held = (struct tsr_held){ 0 };
		holds->cells &= ~bit(cell);
		tsr_encoder_hold(enc, cell, (struct tsr_rect){ 0 });
	}
	tsr_encoder_force(enc, part);
}

static uint32_t longest_still(const struct tsr_holds *holds, uint64_t cells)
{
	uint32_t oldest = TSR_CELLS_MAX;

	for (uint32_t c = 0; c < holds->grid.n_cells; c++)
		if (cells & bit(c) && (oldest == TSR_CELLS_MAX ||
					      holds->held[c].changed < holds->held[oldest].changed))
			oldest = c;
	return oldest;
}

void tsr_holds_release(struct tsr_holds *holds, struct tsr_encoder *enc,
	const struct tsr_planes *src, uint64_t cells, size_t bytes)
{
	bool is_all = bytes == SIZE_MAX;

	for (cells &= holds->cells; cells != 0;) {
		uint32_t cell = longest_still(holds, cells), height, rows;
		struct tsr_held *held = &holds->held[cell];
		size_t cost = is_all ? 0 : cost_of(enc, held, src);

		cells &= ~bit(cell);
		height = held->rect.height;
		rows = cost <= bytes ? height : (uint32_t)((uint64_t)height * bytes / cost) & ~1u;
		rows = rows < ROWS_MIN ? ROWS_MIN : rows;
		release_rows(holds, enc, src, cell, rows);
		if (cost >= bytes)
			return;
		bytes -= cost;
	}
}

/* ---- previews ----------------------------------------------------------------------------- */

uint32_t tsr_holds_preview(const struct tsr_holds *holds, tsr_time since)
{
	uint32_t oldest = TSR_CELLS_MAX;

	for (uint32_t c = 0; c < holds->grid.n_cells; c++) {
		const struct tsr_held *held = &holds->held[c];

		if (!(holds->cells & bit(c)) || !held->is_new || held->is_text ||
			held->previewed > since)
			continue;
		if (oldest == TSR_CELLS_MAX || held->previewed < holds->held[oldest].previewed)
			oldest = c;
	}
	return oldest;
}

bool tsr_holds_handle_preview(struct tsr_holds *holds, uint32_t cell, size_t len)
{
	struct tsr_held *held = &holds->held[cell];

	held->preview_len = (uint32_t)len;
	held->is_text = len * WORTH > held->cost;
	return !held->is_text;
}

void tsr_holds_renew(struct tsr_holds *holds)
{
	for (uint32_t c = 0; c < holds->grid.n_cells; c++) {
		holds->held[c].is_new = true;
		holds->held[c].previewed = 0;
	}
}
