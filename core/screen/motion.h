/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_MOTION_H
#define TSR_SCREEN_MOTION_H

#include "core/screen/change.h"
#include "core/screen/unit.h"

/*
 * motion: finds what only moved between two pictures: pages and panes that scroll up, down or
 * sideways, windows that are dragged, several at once.
 *
 * probes.h says which displacements are worth trying. One is tried on all blocks (64 x 8
 * pixels) where the picture has changed. Then that rectangle of blocks becomes a copy in
 * which most rows that have changed come right, less those that were right and would go wrong; its
 * edges are moved to the pixel, and the next rectangle is looked for.
 *
 * What is found is worth its bytes and nearly right: whoever applies it compares afterwards. Time
 * is bounded by the changed area times a constant, whatever the pictures show.
 */
struct tsr_motion;

/* Returns NULL when out of memory. */
struct tsr_motion *tsr_motion_create(enum tsr_pixel_format format, const struct tsr_grid *grid);
void tsr_motion_destroy(struct tsr_motion *motion); /* NULL is fine */

/* Finds copies to be applied to `before` one after the other; where `after` differs from it is in
 * change. Their targets do not overlap each other, nor anything spared, and no copy reads what
 * an earlier one has written. With I420 the targets are even (but for ends at the border), the
 * distances need not be: chroma then moves by half of it, rounded. Returns how many. */
uint32_t tsr_motion_find(struct tsr_motion *motion, const struct tsr_planes *before,
	const struct tsr_planes *after, const struct tsr_change *change,
	struct tsr_copy copies[static TSR_COPIES_MAX]);

/* Pixels that the last call has compared: what "bounded" means, and what tests hold it to. */
uint64_t tsr_motion_work(const struct tsr_motion *motion);

#endif
