/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_PIXELS_TEXT_H
#define TSR_SCREEN_PIXELS_TEXT_H

#include "core/screen/pixels_colour.h"

/*
 * Text and everything else that was drawn, not photographed. From a pixel on a row goes on as
 *
 *	FLAT	when W, WW, NW, N and NE are one colour: a run of it, at most as long as that of the
 *		row above; or
 *	MATCH	when these eight neighbours were met before: the pixels that came there, at most for
 *		as long as the row above is the same there and here.
 *
 * Where a run is shorter than it might be, or there is none, comes one pixel: what followed the
 * four nearest neighbours last, or one of W, N and NE, or a colour (pixels_colour.h).
 */
#define TSR_MATCH_MAX 64u

TSR_INLINE uint64_t tsr_load_two(const uint32_t *samples)
{
	uint64_t two;

	memcpy(&two, samples, 8);
	return two;
}

/* How many of n samples are the colour, from the first on. */
TSR_INLINE uint32_t tsr_run_of(const uint32_t *a, uint32_t colour, uint32_t n)
{
	uint64_t two = colour | (uint64_t)colour << 32;
	uint32_t i = 0;

	while (i + 4 <= n && ((tsr_load_two(a + i) ^ two) | (tsr_load_two(a + i + 2) ^ two)) == 0)
		i += 4;
	while (i < n && a[i] == colour)
		i++;
	return i;
}

/* How many of n samples are the same in a and b, from the first on. */
TSR_INLINE uint32_t tsr_run_same(const uint32_t *a, const uint32_t *b, uint32_t n)
{
	uint32_t i = 0;

	while (i + 4 <= n && ((tsr_load_two(a + i) ^ tsr_load_two(b + i)) |
				     (tsr_load_two(a + i + 2) ^ tsr_load_two(b + i + 2))) == 0)
		i += 4;
	while (i < n && a[i] == b[i])
		i++;
	return i;
}

/* What the rows above add to the hash of a large context: known long before the row at hand is. */
TSR_INLINE uint64_t tsr_hash_above(const uint32_t *n, const uint32_t *nn)
{
	uint64_t h = tsr_load_two(n - 1) * 0xbf58476d1ce4e5b9u +
		     tsr_load_two(n + 1) * 0x94d049bb133111ebu +
		     tsr_load_two(nn) * 0xd6e8feb86659fd93u;
	return h ^ h >> 32;
}

TSR_INLINE uint64_t tsr_hash_small(uint32_t w, const uint32_t *n)
{
	return w * 0x9e3779b97f4a7c15u + tsr_load_two(n - 1) * 0xbf58476d1ce4e5b9u +
	       n[1] * 0x94d049bb133111ebu;
}

/* 0 <= value < 1 << 14: its length in unary, then its bits. */
TSR_INLINE uint32_t tsr_code_length(struct tsr_coder *c, struct tsr_model *m, uint32_t context,
	uint32_t value, const bool is_decoding)
{
	uint32_t top = is_decoding ? 0 : tsr_log2(value + 1), e = 0, bits = 1;

	while (e < 14 && tsr_code_bin(c, &m->exponent[context][e], e < top, is_decoding))
		e++;
	for (uint32_t i = e; i-- > 0;)
		bits = bits * 2 +
		       tsr_code_bin(c, &m->mantissa[e][i], (value + 1) >> i & 1, is_decoding);
	return bits - 1;
}

/* What p is known not to be. */
struct tsr_known {
	uint32_t not_run;     /* how a run would have gone on */
	uint32_t not_context; /* what the small context suggested; or the same as above */
};

/* One of W, N and NE? Returns it, or TSR_NO_COLOUR. */
TSR_INLINE uint32_t tsr_code_neighbour(struct tsr_coder *c, struct tsr_model *m, const uint32_t *p,
	const uint32_t *north, const uint32_t *nn, struct tsr_known known, uint32_t colour,
	const bool is_decoding)
{
	uint32_t w = p[-1], n = north[0], ne = north[1], nw = north[-1];
	bool may_w = w != known.not_run && w != known.not_context;
	bool may_n = n != w && n != known.not_run && n != known.not_context;
	bool may_ne = ne != n && ne != w && ne != known.not_run && ne != known.not_context;
	bool is_one = (may_w && colour == w) || (may_n && colour == n) || (may_ne && colour == ne);
	uint32_t context;

	if (!may_w && !may_n && !may_ne)
		return TSR_NO_COLOUR;
	context = (uint32_t)(w == n) | (uint32_t)(w == nw) << 1 | (uint32_t)(n == ne) << 2 |
		  (uint32_t)(n == nw) << 3 | (uint32_t)(w == p[-2]) << 4 |
		  (uint32_t)(n == nn[0]) << 5 | (uint32_t)(ne == north[2]) << 6 |
		  (uint32_t)(known.not_run != known.not_context) << 7;
	if (!tsr_code_bin(c, &m->is_neighbour[context], is_one, is_decoding))
		return TSR_NO_COLOUR;
	if (may_w && ((!may_n && !may_ne) ||
			     tsr_code_bin(c, &m->is_west[context], colour == w, is_decoding)))
		return w;
	if (may_n && (!may_ne || tsr_code_bin(c, &m->is_north[context], colour == n, is_decoding)))
		return n;
	return ne;
}

/* One pixel that is not not_run. */
TSR_INLINE uint32_t tsr_code_pixel(struct tsr_coder *c, struct tsr_model *m, const uint32_t *p,
	size_t stride, uint32_t not_run, uint32_t w, const uint32_t n_channels,
	const bool is_decoding)
{
	const uint32_t *n = p - stride;
	uint32_t *entry = &m->contexts[tsr_hash_small(w, n) >> (64 - m->bits)];
	uint32_t guess = *entry & 0xffffff, sure = *entry >> 24, colour = is_decoding ? 0 : *p;
	struct tsr_known known = { not_run, not_run };
	uint32_t neighbour;

	if (sure != 0 && guess != not_run) {
		uint32_t context = (sure < 8 ? sure : 7) | (uint32_t)(not_run != TSR_NO_COLOUR)
								   << 3;

		if (tsr_code_bin(c, &m->context[context], colour == guess, is_decoding)) {
			*entry += (uint32_t)(sure < 255) << 24;
			return guess;
		}
		known.not_context = guess;
	}
	neighbour = tsr_code_neighbour(c, m, p, n, n - stride, known, colour, is_decoding);
	if (neighbour != TSR_NO_COLOUR)
		colour = neighbour;
	else
		colour = tsr_code_colour(c, m, w, n[0], colour, n_channels, is_decoding);
	*entry = sure >= 4 ? guess | sure / 4 << 24 : colour | 1u << 24;
	return colour;
}

TSR_INLINE void tsr_copy_on(uint32_t *p, const uint32_t *from, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		p[i] = from[i];
}

/* A run of at most max pixels, n of them when encoding; whole and length are its bins. */
TSR_INLINE uint32_t tsr_code_run(struct tsr_coder *c, struct tsr_model *m, tsr_bin *whole,
	uint32_t length, uint32_t n, uint32_t max, const bool is_decoding)
{
	if (tsr_code_bin(c, whole, n == max, is_decoding))
		return max;
	n = tsr_code_length(c, m, length, n, is_decoding);
	return n < max ? n : max - 1; /* the latter from hostile bytes only */
}

/* Where the neighbours of p were met last, or NULL. Notes that they are met here. */
TSR_INLINE const uint32_t *tsr_find_match(const struct tsr_pixels *px, struct tsr_model *m,
	const uint32_t *p, uint64_t above, uint64_t west)
{
	uint32_t *entry = &m->matches[(above + west * 0x9e3779b97f4a7c15u) >> (64 - m->bits)];
	const uint32_t *match = *entry == 0 ? NULL : px->samples + *entry;

	*entry = (uint32_t)(p - px->samples);
	return match;
}

/* How long a match may be, at most max: as long as the pixels above are the same. */
TSR_INLINE uint32_t tsr_match_max(
	const uint32_t *p, size_t stride, const uint32_t *match, size_t match_stride, uint32_t max)
{
	const uint32_t *n = p - stride, *there = match - match_stride;
	size_t known = (size_t)(p - match) + match_stride;

	if (match[-1] != p[-1] || there[0] != n[0] || there[1] != n[1] || there[2] != n[2])
		return 0;
	max = max < TSR_MATCH_MAX ? max : TSR_MATCH_MAX;
	max = max + 4 <= known ? max
			       : (uint32_t)known - 4; /* what is above the match must be there */
	return max == 0 ? 0 : 1 + tsr_run_same(there + 3, n + 3, max - 1);
}

/* Which stride the part has that holds a sample; part is the one at hand. */
TSR_INLINE size_t tsr_stride_at(
	const struct tsr_pixels *px, const struct tsr_part *part, const uint32_t *sample)
{
	size_t at = (size_t)(sample - px->samples);

	while (at < part->start)
		part--;
	return part->stride;
}

/* Codes the pixels from x to end of a row. */
TSR_INLINE void tsr_code_text(struct tsr_pixels *px, const struct tsr_part *part, uint32_t *row,
	uint32_t x, uint32_t end, const uint32_t n_channels, const bool is_decoding)
{
	struct tsr_coder coder = px->coder, *c = &coder; /* in registers */
	struct tsr_model *m = &px->model;
	const size_t stride = part->stride;
	uint32_t w = row[(int)x - 1], ww = row[(int)x - 2]; /* not read again: that would wait */

	while (x < end) {
		uint32_t *p = row + x, not_run = TSR_NO_COLOUR, max = 0, run = 0, colour;
		const uint32_t *n = p - stride, *match = NULL;

		colour = n[0];
		if (w == colour && ww == colour && n[-1] == colour && n[1] == colour) {
			max = 1 + tsr_run_of(n + 2, colour, end - x - 1);
			if (!is_decoding)
				run = tsr_run_of(p, colour, max);
			run = tsr_code_run(c, m, &m->flat[tsr_log2(max)], tsr_log2(max), run, max,
				is_decoding);
			if (is_decoding)
				for (uint32_t i = 0; i < run; i++)
					p[i] = colour;
			not_run = colour;
		} else if ((match = tsr_find_match(px, m, p, tsr_hash_above(n, n - stride),
				    w | (uint64_t)ww << 32)) != NULL) {
			size_t match_stride = tsr_stride_at(px, part, match);

			max = tsr_match_max(p, stride, match, match_stride, end - x);
			if (max != 0) {
				const uint32_t *nn = match - 2 * match_stride;
				bool is_busy = colour != n[1] || colour != n[2] || colour != n[-1];
				uint32_t context =
					tsr_log2(max) |
					(uint32_t)(max == end - x || max == TSR_MATCH_MAX) << 3 |
					(uint32_t)is_busy << 4 |
					(uint32_t)(match[-3] == p[-3]) << 5 |
					(uint32_t)(nn[0] == (n - stride)[0] &&
						   nn[-1] == (n - stride)[-1])
						<< 6;

				if (!is_decoding)
					run = tsr_run_same(p, match, max);
				run = tsr_code_run(c, m, &m->match[context],
					16 + tsr_log2(max) + 8 * is_busy, run, max, is_decoding);
				if (is_decoding)
					tsr_copy_on(p, match, run);
				not_run = match[run];
			}
		}
		x += run;
		if (run != 0) {
			ww = p[(int)run - 2];
			w = p[run - 1];
		}
		if (max != 0 && run == max)
			continue;
		ww = w;
		p[run] = w =
			tsr_code_pixel(c, m, p + run, stride, not_run, w, n_channels, is_decoding);
		x++;
	}
	px->coder = coder;
}

#endif
