/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_PIXELS_PHOTO_H
#define TSR_SCREEN_PIXELS_PHOTO_H

#include "core/screen/pixels_text.h"

/*
 * Photographs: the difference of each channel to what the neighbours suggest, of red and blue less
 * that of green, as a Rice code in raw bits. Its parameter k is chosen for 16 pixels of a row;
 * k = 7 says that all 16 differences are 0.
 */
#define TSR_RICE_MAX 10u /* so many ones say that eight bits follow */
#define TSR_K_ZERO 7u

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

TSR_INLINE int tsr_predict(enum tsr_block kind, int w, int n, int nw)
{
	switch (kind) {
	case TSR_BLOCK_PLANE:
		return w + n - nw;
	case TSR_BLOCK_MEDIAN:
		return tsr_median(w, n, nw);
	case TSR_BLOCK_AVERAGE:
		return (w + n) >> 1;
	default:
		return n;
	}
}

/* How far p is from what its neighbours suggest: green (or the only channel), red, blue; folded. */
TSR_INLINE void tsr_differences(uint32_t out[3], const uint32_t *p, const uint32_t *n,
	enum tsr_block kind, const uint32_t n_channels)
{
	uint32_t c = p[0], w = p[-1], north = n[0], nw = n[-1];
	int green;

	if (n_channels == 1) {
		out[0] = tsr_fold((int)c - tsr_predict(kind, (int)w, (int)north, (int)nw));
		return;
	}
	green = (int)tsr_green(c) -
		tsr_predict(kind, (int)tsr_green(w), (int)tsr_green(north), (int)tsr_green(nw));
	out[0] = tsr_fold(green);
	out[1] =
		tsr_fold((int)tsr_red(c) - green -
			 tsr_predict(kind, (int)tsr_red(w), (int)tsr_red(north), (int)tsr_red(nw)));
	out[2] = tsr_fold(
		(int)tsr_blue(c) - green -
		tsr_predict(kind, (int)tsr_blue(w), (int)tsr_blue(north), (int)tsr_blue(nw)));
}

/* A pixel from its differences and neighbours. */
TSR_INLINE uint32_t tsr_from_differences(const int d[3], uint32_t w, uint32_t n, uint32_t nw,
	enum tsr_block kind, const uint32_t n_channels)
{
	int red, blue;

	if (n_channels == 1)
		return (uint32_t)(d[0] + tsr_predict(kind, (int)w, (int)n, (int)nw)) & 255;
	red = d[0] + d[1] + tsr_predict(kind, (int)tsr_red(w), (int)tsr_red(n), (int)tsr_red(nw));
	blue = d[0] + d[2] +
	       tsr_predict(kind, (int)tsr_blue(w), (int)tsr_blue(n), (int)tsr_blue(nw));
	return ((uint32_t)(d[0] + tsr_predict(kind, (int)tsr_green(w), (int)tsr_green(n),
					  (int)tsr_green(nw))) &
		       255)
		       << 8 |
	       ((uint32_t)red & 255) << 16 | ((uint32_t)blue & 255);
}

TSR_INLINE uint32_t tsr_rice_len(uint32_t folded, uint32_t k)
{
	uint32_t ones = folded >> k;

	return ones < TSR_RICE_MAX ? ones + 1 + k : TSR_RICE_MAX + 8;
}

TSR_INLINE void tsr_put_rice(struct tsr_coder *c, uint32_t folded, uint32_t k)
{
	uint32_t ones = folded >> k;

	if (ones < TSR_RICE_MAX)
		tsr_coder_put(c, ((1u << ones) - 1) << (k + 1) | (folded & ((1u << k) - 1)),
			ones + 1 + k);
	else
		tsr_coder_put(c, ((1u << TSR_RICE_MAX) - 1) << 8 | folded, TSR_RICE_MAX + 8);
}

/* Takes a code off the top of bits; adds its length to used. */
TSR_INLINE uint32_t tsr_get_rice(uint64_t *bits, uint32_t *used, uint32_t k)
{
	uint32_t ones = (uint32_t)__builtin_clzll(~*bits | 1), len, folded;

	if (ones < TSR_RICE_MAX) {
		len = ones + 1 + k;
		folded = ones << k | (uint32_t)(*bits << (ones + 1) >> 1 >> (63 - k));
	} else {
		len = TSR_RICE_MAX + 8;
		folded = (uint32_t)(*bits << TSR_RICE_MAX >> 56);
	}
	*bits <<= len;
	*used += len;
	return folded;
}

/* The k of a channel for a group; above is the one of the group above. */
TSR_INLINE uint32_t tsr_code_k(struct tsr_coder *c, struct tsr_model *m, uint32_t channel,
	uint8_t *above, uint32_t k, const bool is_decoding)
{
	if (tsr_code_bin(c, &m->same_k[channel][*above], k == *above, is_decoding))
		return *above;
	k = tsr_code_tree(c, m->k[channel][*above], 3, k, is_decoding);
	*above = (uint8_t)k;
	return k;
}

#endif
