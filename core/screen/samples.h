/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_SAMPLES_H
#define TSR_SCREEN_SAMPLES_H

#include "core/screen/cells.h"

/*
 * samples: moves and compares pixels in planes. Little-endian machines only, like all that this
 * product runs on.
 */

/* Copies rect from one picture to another of the same format. */
void tsr_samples_copy(enum tsr_pixel_format format, const struct tsr_planes *to,
	const struct tsr_planes *from, struct tsr_rect rect);

/* Moves pixels inside a picture: to gets what lay at (x, y), also when the two overlap. With I420
 * the target is even, but for a width or height that ends at the border; where the source is odd,
 * chroma comes from the half rounded down. */
void tsr_samples_move(enum tsr_pixel_format format, const struct tsr_planes *planes,
	struct tsr_rect to, uint32_t x, uint32_t y);

/* Fills rect with black. */
void tsr_samples_black(
	enum tsr_pixel_format format, const struct tsr_planes *planes, struct tsr_rect rect);

/* The smallest rectangle that holds every difference between two pictures inside rect. With I420 it
 * is grown to even coordinates (or to the border of the grid). */
struct tsr_rect tsr_samples_diff(const struct tsr_grid *grid, enum tsr_pixel_format format,
	const struct tsr_planes *a, const struct tsr_planes *b, struct tsr_rect rect);

#endif
