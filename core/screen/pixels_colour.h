/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_PIXELS_COLOUR_H
#define TSR_SCREEN_PIXELS_COLOUR_H

#include "core/screen/pixels_model.h"

/*
 * A colour that no neighbour and no context suggests: near to what W, N and NW suggest, channel by
 * channel, or with a green that was seen with the same red and blue, or new.
 */
#define TSR_NEAR_MAX 4

TSR_INLINE uint32_t tsr_blue(uint32_t colour)
{
	return colour & 255;
}

TSR_INLINE uint32_t tsr_green(uint32_t colour)
{
	return colour >> 8 & 255;
}

TSR_INLINE uint32_t tsr_red(uint32_t colour)
{
	return colour >> 16 & 255;
}

/* The middle one of a, b and a + b - c. */
TSR_INLINE int tsr_median(int a, int b, int c)
{
	int most = a > b ? a : b, least = a > b ? b : a;

	return c >= most ? least : c <= least ? most : a + b - c;
}

/* -TSR_NEAR_MAX .. TSR_NEAR_MAX */
TSR_INLINE int tsr_code_small(
	struct tsr_coder *c, tsr_bin bins[8], int value, const bool is_decoding)
{
	int size = value < 0 ? -value : value, n = 1;
	bool is_negative;

	if (tsr_code_bin(c, &bins[0], value == 0, is_decoding))
		return 0;
	is_negative = tsr_code_bin(c, &bins[1], value < 0, is_decoding);
	while (n < TSR_NEAR_MAX && tsr_code_bin(c, &bins[1 + n], size > n, is_decoding))
		n++;
	return is_negative ? -n : n;
}

struct tsr_near {
	int blue, green, red;       /* what the neighbours suggest */
	int d_blue, d_green, d_red; /* how far the colour is from it */
};

TSR_INLINE struct tsr_near tsr_suggest(
	uint32_t w, uint32_t n, uint32_t nw, const uint32_t n_channels)
{
	struct tsr_near near = { 0 };

	if (n_channels == 1) {
		near.green = tsr_median((int)w, (int)n, (int)nw);
		return near;
	}
	near.green = tsr_median((int)tsr_green(w), (int)tsr_green(n), (int)tsr_green(nw));
	near.red = tsr_median((int)tsr_red(w), (int)tsr_red(n), (int)tsr_red(nw));
	near.blue = tsr_median((int)tsr_blue(w), (int)tsr_blue(n), (int)tsr_blue(nw));
	return near;
}

/* Whether a colour is near to what is suggested; sets how far. */
TSR_INLINE bool tsr_is_near(struct tsr_near *near, uint32_t colour, const uint32_t n_channels)
{
	int green = (int)(n_channels == 1 ? colour : tsr_green(colour));

	near->d_green = green - near->green;
	if (near->d_green < -TSR_NEAR_MAX || near->d_green > TSR_NEAR_MAX)
		return false;
	if (n_channels == 1)
		return true;
	near->d_red = (int)tsr_red(colour) - near->red - near->d_green;
	near->d_blue = (int)tsr_blue(colour) - near->blue - near->d_green;
	return near->d_red >= -TSR_NEAR_MAX && near->d_red <= TSR_NEAR_MAX &&
	       near->d_blue >= -TSR_NEAR_MAX && near->d_blue <= TSR_NEAR_MAX;
}

TSR_INLINE uint32_t tsr_code_near(struct tsr_coder *c, struct tsr_model *m, uint32_t context,
	struct tsr_near near, const uint32_t n_channels, const bool is_decoding)
{
	int green, red, blue;

	green = tsr_code_small(c, m->near[0][context], near.d_green, is_decoding);
	if (n_channels == 1)
		return (uint32_t)(near.green + green) & 255;
	red = tsr_code_small(c, m->near[1][context], near.d_red, is_decoding) + green;
	blue = tsr_code_small(c, m->near[2][context], near.d_blue, is_decoding) + green;
	return ((uint32_t)(near.blue + blue) & 255) | ((uint32_t)(near.green + green) & 255) << 8 |
	       ((uint32_t)(near.red + red) & 255) << 16;
}

/* A byte of which the upper half can be guessed. */
TSR_INLINE uint32_t tsr_code_half(
	struct tsr_coder *c, tsr_bin bins[16], uint32_t value, const bool is_decoding)
{
	uint32_t high = tsr_code_tree(c, bins, 4, value >> 4, is_decoding);

	return high << 4 | tsr_code_raw(c, 4, value & 15, is_decoding);
}

/* A colour that nothing suggests. */
TSR_INLINE uint32_t tsr_code_new(struct tsr_coder *c, struct tsr_model *m, uint32_t w,
	uint32_t colour, const uint32_t n_channels, const bool is_decoding)
{
	uint32_t green, red, blue, *seen;

	if (n_channels == 1)
		return tsr_code_raw(c, 8, colour, is_decoding);
	green = tsr_code_raw(c, 8, tsr_green(colour), is_decoding);
	seen = m->of_green[green];
	if (tsr_code_bin(c, &m->is_seen[0][m->seen_history & 7], colour == seen[0], is_decoding)) {
		m->seen_history = m->seen_history << 1 | 1;
		return seen[0];
	}
	m->seen_history <<= 1;
	if (tsr_code_bin(c, &m->is_seen[1][m->seen_history & 7], colour == seen[1], is_decoding)) {
		colour = seen[1];
	} else {
		red = tsr_code_half(c, m->red[green >> 5 | tsr_blue(w) >> 5 << 3],
			(tsr_red(colour) - green) & 255, is_decoding);
		red = (red + green) & 255;
		blue = tsr_code_half(c, m->blue[green >> 5 | red >> 5 << 3],
			(tsr_blue(colour) - green) & 255, is_decoding);
		colour = ((blue + green) & 255) | green << 8 | red << 16;
	}
	seen[1] = seen[0];
	return seen[0] = colour;
}

TSR_INLINE uint32_t tsr_distance(uint32_t a, uint32_t b)
{
	return a > b ? a - b : b - a;
}

TSR_INLINE uint32_t tsr_code_colour(struct tsr_coder *c, struct tsr_model *m, uint32_t w,
	uint32_t n, uint32_t nw, uint32_t colour, const uint32_t n_channels, const bool is_decoding)
{
	const uint32_t shift = n_channels == 1 ? 0 : 8;
	uint32_t slope = tsr_distance(w >> shift & 255, n >> shift & 255) +
			 tsr_distance(n >> shift & 255, nw >> shift & 255);
	uint32_t context = slope < 2 ? 0 : slope < 6 ? 1 : slope < 24 ? 2 : 3;
	struct tsr_near near = { 0 };
	bool is_near = false;

	if (!is_decoding) {
		near = tsr_suggest(w, n, nw, n_channels);
		is_near = tsr_is_near(&near, colour, n_channels);
	}
	is_near = tsr_code_bin(
		c, &m->is_near[context << 2 | (m->near_history & 3)], is_near, is_decoding);
	m->near_history = m->near_history << 1 | is_near;
	if (!is_near)
		return tsr_code_new(c, m, w, colour, n_channels, is_decoding);
	if (is_decoding)
		near = tsr_suggest(w, n, nw, n_channels);
	return tsr_code_near(c, m, context, near, n_channels, is_decoding);
}

#endif
