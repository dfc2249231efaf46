/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_PROBES_H
#define TSR_SCREEN_PROBES_H

#include "core/screen/change.h"

/*
 * probes: how far things may have moved between two pictures. A probe is a short row of pixels of
 * the new picture, one in each changed tile, where there is most to see. Probes are looked for
 * where the old picture has changed, by a table of their first pixels; the more there are, the
 * fewer rows are searched. Each place found is a vote for a displacement; a probe found in many
 * places has little to say.
 *
 * Time is bounded by the changed area times a constant, whatever the pictures show: a probe is
 * given up after a number of comparisons.
 */
struct tsr_probes;

/* Returns NULL when out of memory. */
struct tsr_probes *tsr_probes_create(enum tsr_pixel_format format, const struct tsr_grid *grid);
void tsr_probes_destroy(struct tsr_probes *probes); /* NULL is fine */

/* Chooses new probes; keeps the three until the next call. Returns how many. */
uint32_t tsr_probes_pick(struct tsr_probes *probes, const struct tsr_planes *before,
	const struct tsr_planes *after, const struct tsr_change *change);

/* Looks for the probes that are not explained. Each search goes through other rows. */
void tsr_probes_search(struct tsr_probes *probes);

/* Of the displacements found and not elected before, the one with most votes: what is at (x, y) now
 * was at (x - *dx, y - *dy), inside *where. False when there is none with enough votes. */
bool tsr_probes_elect(struct tsr_probes *probes, int32_t *dx, int32_t *dy, struct tsr_rect *where);

/* Pixels compared since tsr_probes_pick(). */
uint64_t tsr_probes_work(const struct tsr_probes *probes);

/* Those inside rect are explained. Returns how many are not yet. */
uint32_t tsr_probes_explain(struct tsr_probes *probes, struct tsr_rect rect);

#endif
