/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_PIXELS_COLOUR_H
#define TSR_SCREEN_PIXELS_COLOUR_H

#include "core/screen/pixels_model.h"

/*
 * A colour that no neighbour and no context suggests: most bytes of text are such colours, at the
 * edges of letters. Red, green and blue come in the order in which most screens show them, since
 * letters drawn for those go through them step by step: each by the two bytes before it.
 */
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

TSR_INLINE bool tsr_is_grey(uint32_t colour)
{
	return colour == (colour & 255) * 0x10101;
}

/* A byte as two nibbles; before are the bytes left of it, the nearest one first. */
TSR_INLINE uint32_t tsr_code_byte(struct tsr_coder *c, struct tsr_model *m, uint32_t channel,
	uint32_t before, uint32_t before_that, uint32_t value, const bool is_decoding)
{
	struct tsr_nibble *high = &m->high[before >> 3 << 5 | before_that >> 3], *low;

	value = tsr_code_nibble(c, high, value >> 4, is_decoding) << 4 | (value & 15);
	low = &m->low[channel << 8 | (value & 0xf0) | before >> 4];
	return (value & 0xf0) | tsr_code_nibble(c, low, value & 15, is_decoding);
}

/* w and n: the pixels left of it and above. */
TSR_INLINE uint32_t tsr_code_colour(struct tsr_coder *c, struct tsr_model *m, uint32_t w,
	uint32_t n, uint32_t colour, const uint32_t n_channels, const bool is_decoding)
{
	tsr_bin *grey = &m->is_grey[(uint32_t)tsr_is_grey(w) | (uint32_t)tsr_is_grey(n) << 1];
	uint32_t red, green, blue;

	if (n_channels == 1)
		return tsr_code_byte(c, m, 0, tsr_blue(w), tsr_blue(n), colour, is_decoding);
	red = tsr_code_byte(c, m, 0, tsr_blue(w), tsr_green(w), tsr_red(colour), is_decoding);
	if (tsr_code_bin(c, grey, tsr_is_grey(colour), is_decoding))
		return red * 0x10101;
	green = tsr_code_byte(c, m, 1, red, tsr_blue(w), tsr_green(colour), is_decoding);
	blue = tsr_code_byte(c, m, 2, green, red, tsr_blue(colour), is_decoding);
	return blue | green << 8 | red << 16;
}

#endif
