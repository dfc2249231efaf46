/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_STARTS_H
#define TSR_SCREEN_STARTS_H

#include <stdint.h>

/*
 * starts: the places in a row of pixels where a probe may begin. Which they are follows from the
 * pixels alone, so that what has moved still begins at the same ones: a place followed by another
 * colour, and one in four of those by a hash of the eight pixels from it on. Many are looked at
 * together, without branches: it is the guessing at edges that takes time.
 */
#define TSR_STARTS 64u       /* places looked at together */
#define TSR_STARTS_HASHED 8u /* pixels that a hash is of */

struct tsr_starts {
	uint8_t is_start[TSR_STARTS];
	uint32_t hashes[TSR_STARTS];
	/* while they are made */
	uint32_t pixels[TSR_STARTS + 2 * TSR_STARTS_HASHED];
	uint32_t twos[TSR_STARTS + TSR_STARTS_HASHED], fours[TSR_STARTS + TSR_STARTS_HASHED];
};

/* Looks at the first places of a row of n samples (luma, or pixels of four bytes whose last does
 * not count). Behind its end everything is as if it were 0. */
void tsr_starts_find(
	struct tsr_starts *starts, const uint8_t *row, uint32_t sample_len, uint32_t n);

#endif
