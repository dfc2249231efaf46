/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_TEST_SCREEN_PICTURES_H
#define TSR_TEST_SCREEN_PICTURES_H

#include <stdlib.h>
#include <string.h>

#include "core/screen/cells.h"

/*
 * pictures: made-up screens for tests, simulations and benches: text with subpixel colours,
 * gradients, noise, scrolling. The same seed gives the same pixels everywhere.
 */
struct picture {
	enum tsr_pixel_format format;
	uint32_t width, height;
	size_t len;
	uint8_t *bytes;
	struct tsr_planes planes;
};

static inline uint32_t next_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)(z >> 32);
}

static inline uint32_t random_below(uint64_t *state, uint32_t n)
{
	return (uint32_t)((uint64_t)next_random(state) * n >> 32);
}

static inline bool picture_init(
	struct picture *p, enum tsr_pixel_format format, uint32_t width, uint32_t height)
{
	p->format = format;
	p->width = width;
	p->height = height;
	p->len = tsr_picture_len(format, width, height);
	p->bytes = calloc(1, p->len);
	p->planes = tsr_picture_planes(format, width, height, p->bytes);
	return p->bytes != NULL;
}

static inline void picture_finish(struct picture *p)
{
	free(p->bytes);
	p->bytes = NULL;
}

/* Sets a pixel; colour is 0xRRGGBB. Chroma is taken from the pixels at even places. */
static inline void picture_set(struct picture *p, uint32_t x, uint32_t y, uint32_t colour)
{
	int r = (int)(colour >> 16 & 255), g = (int)(colour >> 8 & 255), b = (int)(colour & 255);
	size_t half = (size_t)(y / 2) * ((p->width + 1) / 2) + x / 2;

	if (x >= p->width || y >= p->height)
		return;
	if (p->format == TSR_FORMAT_BGRA) {
		memcpy(p->bytes + ((size_t)y * p->width + x) * 4, &colour, 4);
		return;
	}
	p->planes.plane[0][(size_t)y * p->width + x] =
		(uint8_t)(16 + (66 * r + 129 * g + 25 * b + 128) / 256);
	if (x % 2 != 0 || y % 2 != 0)
		return;
	p->planes.plane[1][half] = (uint8_t)((128 * 256 - 38 * r - 74 * g + 112 * b) / 256);
	p->planes.plane[2][half] = (uint8_t)((128 * 256 + 112 * r - 94 * g - 18 * b) / 256);
}

static inline void picture_fill(struct picture *p, struct tsr_rect rect, uint32_t colour)
{
	for (uint32_t y = rect.y; y < rect.y + rect.height; y++)
		for (uint32_t x = rect.x; x < rect.x + rect.width; x++)
			picture_set(p, x, y, colour);
}

/* One of 64 glyphs of 8 x 14 pixels, whose strokes are smoothed and coloured as on an LCD. */
static inline void draw_glyph(struct picture *p, uint32_t x, uint32_t y, uint32_t glyph)
{
	for (uint32_t dy = 2; dy < 12; dy++) {
		uint64_t shape = (uint64_t)(glyph + 1) * 0x9e3779b97f4a7c15u;
		uint32_t stroke = (uint32_t)(shape >> (dy / 3 * 8)) & 255;

		for (uint32_t dx = 0; dx < 7; dx++) {
			uint32_t here = stroke >> dx & 1,
				 left = dx > 0 ? stroke >> (dx - 1) & 1 : 0;
			uint32_t r = 255 - 110 * left - 120 * here, g = 255 - 230 * here;
			uint32_t b = 255 - 200 * here - 40 * left - (dy % 3) * 3 * here;

			if (here || left)
				picture_set(p, x + dx, y + dy, r << 16 | g << 8 | b);
		}
	}
}

/* A page of text on white, from pixel row `scroll` of an endless page on. */
static inline void picture_text(struct picture *p, uint64_t seed, uint32_t scroll)
{
	picture_fill(p, (struct tsr_rect){ 0, 0, p->width, p->height }, 0xffffff);
	for (uint32_t line = scroll / 16; line * 16 < scroll + p->height; line++) {
		uint64_t state = seed * 1000003 + line;
		uint32_t words = line % 7 == 6 ? 0 : p->width / 60, x = 10;

		for (uint32_t w = 0; w < words; w++, x += 6)
			for (uint32_t n = 2 + random_below(&state, 7); n > 0; n--) {
				uint32_t glyph = random_below(&state, 64);

				if (line * 16 >= scroll)
					draw_glyph(p, x, line * 16 - scroll, glyph);
				x += 5 + glyph % 4;
			}
	}
}

/* Smooth colours with a little noise, as a photograph has. */
static inline void picture_photo(struct picture *p, struct tsr_rect rect, uint64_t seed)
{
	uint64_t state = seed;

	for (uint32_t y = rect.y; y < rect.y + rect.height; y++)
		for (uint32_t x = rect.x; x < rect.x + rect.width; x++) {
			uint32_t noise = next_random(&state);
			uint32_t r = (x * 3 / 8 + y / 4 + (noise & 3)) & 255;
			uint32_t g = (x / 4 + y * 3 / 8 + (noise >> 2 & 3)) & 255;
			uint32_t b = (x / 8 + y / 2 + (noise >> 4 & 3)) & 255;

			picture_set(p, x, y, r << 16 | g << 8 | b);
		}
}

/* What nothing can compress. */
static inline void picture_noise(struct picture *p, struct tsr_rect rect, uint64_t seed)
{
	uint64_t state = seed;

	for (uint32_t y = rect.y; y < rect.y + rect.height; y++)
		for (uint32_t x = rect.x; x < rect.x + rect.width; x++)
			picture_set(p, x, y, next_random(&state) & 0xffffff);
}

/* The beginning of a JPEG image of that size, up to its frame header. */
#define JPEG_HEAD_LEN 11u
static inline void write_jpeg_head(
	uint8_t out[static JPEG_HEAD_LEN], uint32_t width, uint32_t height)
{
	const uint8_t head[JPEG_HEAD_LEN] = { 0xff, 0xd8, 0xff, 0xc0, 0, 17, 8,
		(uint8_t)(height >> 8), (uint8_t)height, (uint8_t)(width >> 8), (uint8_t)width };

	memcpy(out, head, sizeof(head));
}

#endif
