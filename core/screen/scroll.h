/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_SCROLL_H
#define TSR_SCREEN_SCROLL_H

#include "core/screen/unit.h"

/*
 * scroll: finds by how many rows the content moved up or down, and where. Hashes of the rows of
 * 64-pixel strips of the old and the new picture are matched; the distance that most rows agree on
 * wins, and every strip's longest stretch of rows that moved by it becomes a copy, merged with
 * its neighbours'. Hashes may lie: whoever applies the copies compares afterwards.
 */
struct tsr_scroll;

/* Returns NULL when out of memory. */
struct tsr_scroll *tsr_scroll_create(const struct tsr_grid *grid);
void tsr_scroll_destroy(struct tsr_scroll *scroll); /* NULL is fine */

/* Looks inside box only. Returns the number of copies, at most TSR_COPIES_MAX. */
uint32_t tsr_scroll_find(struct tsr_scroll *scroll, enum tsr_pixel_format format,
	const struct tsr_planes *before, const struct tsr_planes *after, struct tsr_rect box,
	struct tsr_copy *copies);

#endif
