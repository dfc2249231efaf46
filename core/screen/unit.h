/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_UNIT_H
#define TSR_SCREEN_UNIT_H

#include "core/screen/codec.h"

/*
 * unit: the head of a unit, big-endian.
 *
 *	KEY    0 u8 codec (4)  1 u8 kind (1)  2 u8 format  3 u8 zero
 *	       4 u32 changed: the picture that changed this cell last
 *	       8 u64 state of the picture that the cell is cut from
 *	      16 pixels of the cell, pixels.h
 *	DELTA  0 u8 codec (4)  1 u8 kind (2)  2 u8 format  3 u8 zero
 *	       4 u64 state of the picture it applies to
 *	      12 u8 number of copies  13 u8 number of rectangles
 *	      14 copies: u16 x, y, width, height, from x, from y
 *	         rectangles: u16 x, y, width, height
 *	         pixels of the rectangles, pixels.h
 */
#define TSR_CODEC 4
#define TSR_COPIES_MAX 16u
#define TSR_RECTS_MAX TSR_CELLS_MAX
#define TSR_KEY_HEAD_LEN 16u

enum { TSR_UNIT_KEY = 1, TSR_UNIT_DELTA = 2 };

struct tsr_copy {
	struct tsr_rect to;
	uint32_t x, y; /* where it comes from */
};

struct tsr_unit {
	uint8_t kind, format;
	uint32_t changed; /* KEY */
	uint64_t state;
	uint32_t n_copies, n_rects; /* DELTA */
	struct tsr_copy copies[TSR_COPIES_MAX];
	struct tsr_rect rects[TSR_RECTS_MAX];
	struct tsr_slice pixels;
};

/* Reads and checks a head against a picture: copies and rectangles are not empty, lie inside it,
 * are even with I420 (but for ends at the border), copies and rectangles are each together no
 * larger than the picture. */
TSR_CHECKED int tsr_unit_parse(struct tsr_unit *unit, const struct tsr_grid *grid,
	enum tsr_pixel_format format, struct tsr_slice bytes);

/* Writes the head; returns its length, 0 when cap is too small. */
size_t tsr_unit_write(uint8_t *out, size_t cap, const struct tsr_unit *unit);

#endif
