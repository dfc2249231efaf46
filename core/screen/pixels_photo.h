/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_PIXELS_PHOTO_H
#define TSR_SCREEN_PIXELS_PHOTO_H

#include "core/screen/pixels_text.h"

/*
 * Photographs: the difference of each channel to what the neighbours suggest, of red and blue less
 * a share of that of green. The size of a difference (0, -1, 1, -2, ... as 0, 1, 2, 3, ...) is
 * written by one of several prefix codes: which one the sizes around it say. The codes stand before
 * a part.
 *
 * The sizes of a pixel are kept in one number, ten bits for each channel, green lowest, so that
 * four of them can be added up for all channels at once.
 */
#define TSR_SIZE_SHIFT 10u
#define TSR_SIZE_MASK 1023u

/* 0, -1, 1, -2, ... as 0, 1, 2, 3, ... */
TSR_INLINE uint32_t tsr_fold(int difference)
{
	int8_t d = (int8_t)difference;

	return (uint32_t)(uint8_t)((uint32_t)d << 1 ^ (uint32_t)(d >> 7));
}

TSR_INLINE int tsr_unfold(uint32_t folded)
{
	return (int)(folded >> 1) ^ -(int)(folded & 1);
}

/* The middle one of a, b and a + b - c. */
TSR_INLINE int tsr_median(int a, int b, int c)
{
	int most = a > b ? a : b, least = a > b ? b : a;

	return c >= most ? least : c <= least ? most : a + b - c;
}

/* What W, N, NW and NE suggest. */
TSR_INLINE int tsr_predict(enum tsr_block kind, int w, int n, int nw, int ne)
{
	switch (kind) {
	case TSR_BLOCK_MEDIAN:
		return tsr_median(w, n, nw);
	case TSR_BLOCK_AVERAGE:
		return (w + n) >> 1;
	case TSR_BLOCK_STEEP:
		return w + ((n - nw) >> 1);
	case TSR_BLOCK_SLANT:
		return (3 * (w + n) - 2 * nw + 2) >> 2;
	case TSR_BLOCK_WIDE:
		return (2 * w + n + ne + 2) >> 2;
	case TSR_BLOCK_AHEAD:
		return w + ((ne - nw) >> 1);
	case TSR_BLOCK_BENT:
		return (2 * (w + n) + ne - nw + 2) >> 2;
	default:
		return 0;
	}
}

/* The part of green's difference that red and blue are expected to share. */
TSR_INLINE int tsr_share(int green, uint32_t share)
{
	return (green * (int)share) >> 1;
}

/* The sizes of a pixel. */
TSR_INLINE uint32_t tsr_sizes_of(const uint32_t *p, const uint32_t *n, enum tsr_block kind,
	uint32_t red_share, uint32_t blue_share, const uint32_t n_channels)
{
	uint32_t c = p[0], w = p[-1], north = n[0], nw = n[-1], ne = n[1];
	int green, red, blue;

	if (n_channels == 1)
		return tsr_fold((int)c - tsr_predict(kind, (int)w, (int)north, (int)nw, (int)ne));
	green = (int8_t)((int)tsr_green(c) - tsr_predict(kind, (int)tsr_green(w),
						     (int)tsr_green(north), (int)tsr_green(nw),
						     (int)tsr_green(ne)));
	red = (int)tsr_red(c) - tsr_share(green, red_share) -
	      tsr_predict(kind, (int)tsr_red(w), (int)tsr_red(north), (int)tsr_red(nw),
		      (int)tsr_red(ne));
	blue = (int)tsr_blue(c) - tsr_share(green, blue_share) -
	       tsr_predict(kind, (int)tsr_blue(w), (int)tsr_blue(north), (int)tsr_blue(nw),
		       (int)tsr_blue(ne));
	return tsr_fold(green) | tsr_fold(red) << TSR_SIZE_SHIFT |
	       tsr_fold(blue) << 2 * TSR_SIZE_SHIFT;
}

/* A pixel from its sizes and neighbours. */
TSR_INLINE uint32_t tsr_from_sizes(uint32_t sizes, uint32_t w, uint32_t north, uint32_t nw,
	uint32_t ne, enum tsr_block kind, uint32_t red_share, uint32_t blue_share,
	const uint32_t n_channels)
{
	int green = tsr_unfold(sizes & TSR_SIZE_MASK), red, blue;

	if (n_channels == 1)
		return (uint32_t)(green + tsr_predict(kind, (int)w, (int)north, (int)nw, (int)ne)) &
		       255;
	red = tsr_unfold(sizes >> TSR_SIZE_SHIFT & TSR_SIZE_MASK) + tsr_share(green, red_share) +
	      tsr_predict(kind, (int)tsr_red(w), (int)tsr_red(north), (int)tsr_red(nw),
		      (int)tsr_red(ne));
	blue = tsr_unfold(sizes >> 2 * TSR_SIZE_SHIFT) + tsr_share(green, blue_share) +
	       tsr_predict(kind, (int)tsr_blue(w), (int)tsr_blue(north), (int)tsr_blue(nw),
		       (int)tsr_blue(ne));
	green += tsr_predict(kind, (int)tsr_green(w), (int)tsr_green(north), (int)tsr_green(nw),
		(int)tsr_green(ne));
	return ((uint32_t)blue & 255) | ((uint32_t)green & 255) << 8 | ((uint32_t)red & 255) << 16;
}

/* What the sizes around a pixel say: the one to the left twice, those above it and above to the
 * right. */
TSR_INLINE uint32_t tsr_sizes_around(uint32_t w, const uint32_t *above)
{
	return 2 * w + above[0] + above[1];
}

/* The lengths of a code's tokens. */
TSR_INLINE void tsr_code_lengths(struct tsr_coder *c, struct tsr_model *m,
	uint8_t lengths[TSR_TOKENS], const bool is_decoding)
{
	uint32_t last = 0;

	for (uint32_t i = 0; i < TSR_TOKENS; i++) {
		last = tsr_code_tree(c, m->lengths[last], 4, lengths[i], is_decoding);
		lengths[i] = (uint8_t)last;
	}
}

#endif
