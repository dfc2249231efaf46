/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SIM_SCREEN_ART_H
#define TSR_SIM_SCREEN_ART_H

#include "test/unit/screen/pictures.h"

/*
 * screen-art: what happens on a made-up screen: things are drawn, text comes, a page scrolls, a
 * window is moved about, a film plays.
 */
struct art {
	struct picture screen;
	uint64_t seed, random;
	struct tsr_rect window; /* where it lies; empty: not there yet */
	uint32_t scroll;
	bool has_film;
};

/* False when out of memory. */
bool art_init(struct art *art, enum tsr_pixel_format format, uint32_t width, uint32_t height,
	uint64_t seed);
void art_finish(struct art *art);

/* Changes the screen; returns where. */
struct tsr_rect art_change(struct art *art);

#endif
