/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_CHANGE_H
#define TSR_SCREEN_CHANGE_H

#include "core/screen/cells.h"

/*
 * change: what differs between two pictures, as one tight box in every tile of 64 pixels, and
 * that as few tight rectangles. Pictures are compared row by row across the tiles (five times
 * faster than tile by tile: it is the order in which memory is read that costs), and a tile only as
 * far as it takes to know its box, so the more has changed the less it takes.
 */
#define TSR_TILE 64u

#define TSR_SPARED_MAX (2 * TSR_CELLS_MAX)

struct tsr_change {
	struct tsr_grid grid;
	enum tsr_pixel_format format;
	uint32_t n_cols, n_rows; /* tiles */
	struct tsr_rect *boxes;  /* of the tiles, in raster order; empty: nothing differs there */
	uint32_t n_spared;
	struct tsr_rect spared[TSR_SPARED_MAX];
};

/* Returns NULL when out of memory. */
struct tsr_change *tsr_change_create(enum tsr_pixel_format format, const struct tsr_grid *grid);
void tsr_change_destroy(struct tsr_change *change); /* NULL is fine */

/* Empties all boxes; nothing is spared. */
void tsr_change_clear(struct tsr_change *change);

/* Differences inside rect are nobody's business from now on. */
void tsr_change_spare(struct tsr_change *change, struct tsr_rect rect);

/* Sets the boxes of all tiles that rect touches. With I420 they are grown to even coordinates, as
 * far as the picture goes. */
void tsr_change_find(struct tsr_change *change, const struct tsr_planes *before,
	const struct tsr_planes *after, struct tsr_rect rect);

/* Covers the boxes, but for what is spared, with rectangles that do not overlap, from top to
 * bottom. A little that has not changed may lie between, but no other cells of the grid are touched
 * unless cap leaves no choice. Returns how many, at most cap; *rest is around what found no room.
 */
uint32_t tsr_change_cover(const struct tsr_change *change, struct tsr_rect *rects, uint32_t cap,
	struct tsr_rect *rest);

#endif
