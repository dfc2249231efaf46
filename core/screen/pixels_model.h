/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_PIXELS_MODEL_H
#define TSR_SCREEN_PIXELS_MODEL_H

#include "core/base/slice.h"
#include "core/screen/bins.h"
#include "core/screen/cells.h"
#include "core/screen/unit.h"

/*
 * The inside of pixels.h: what encoder and decoder have in common.
 *
 * Samples are uint32_t (BGRA: blue + 256 green + 65536 red; I420: one byte). The samples of one
 * plane of one rectangle are a part. Parts lie one behind the other, each with a border: two rows
 * above, two columns to the left and six to the right, so that every neighbour can be read:
 *
 *	      NN NNE          of the pixel ?, in the names used everywhere here
 *	   NW N  NE NEE
 *	WW W  ?
 */
#define TSR_PIXELS_LEFT 2u
#define TSR_PIXELS_RIGHT 6u
#define TSR_PIXELS_ABOVE 2u
#define TSR_PIXELS_BORDER (TSR_PIXELS_LEFT + TSR_PIXELS_RIGHT)
#define TSR_PARTS_MAX (TSR_RECTS_MAX * 3)
#define TSR_NO_COLOUR 0xffffffffu

/* Blocks of a part are coded as text or as one of the kinds of photograph. */
#define TSR_BLOCK_EDGE 32u
#define TSR_GROUP_LEN 16u
enum tsr_block {
	TSR_BLOCK_TEXT,
	TSR_BLOCK_PLANE,   /* W + N - NW */
	TSR_BLOCK_MEDIAN,  /* the median of W, N and W + N - NW */
	TSR_BLOCK_AVERAGE, /* (W + N) / 2 */
	TSR_BLOCK_ABOVE,   /* N */
};

struct tsr_part {
	uint32_t width, height;
	size_t start;  /* of the border */
	size_t stride; /* samples from one row to the next */
	uint32_t plane;
	struct tsr_rect rect; /* in the plane */
};

#define TSR_CONTEXT_BITS_MAX 16u

struct tsr_model {
	tsr_bin same_row[4];
	tsr_bin flat[16];
	tsr_bin match[16 * 8];
	tsr_bin exponent[32][16]; /* of lengths: 16 of flat runs, 16 of matches */
	tsr_bin mantissa[16][16];
	tsr_bin context[16];
	tsr_bin is_neighbour[256], is_west[256], is_north[256];
	tsr_bin is_near[16], near[3][4][8];
	tsr_bin is_seen[2][8];
	tsr_bin red[64][16], blue[64][16];
	tsr_bin is_photo[4], block[4];
	tsr_bin same_k[3][8], k[3][8][8];
	/* to here: bins only */
	uint32_t near_history, seen_history;
	uint32_t of_green[256][2];                    /* the last two colours with this green */
	uint32_t bits;                                /* of the tables below: 1 << bits entries */
	uint32_t matches[1u << TSR_CONTEXT_BITS_MAX]; /* where a large context was met last, or 0 */
	uint32_t contexts[1u << TSR_CONTEXT_BITS_MAX]; /* a colour below, confidence above */
};

struct tsr_pixels {
	enum tsr_pixel_format format;
	uint32_t width, height;
	uint32_t *samples; /* of all parts */
	uint8_t *blocks;   /* of the part at hand, row after row: enum tsr_block */
	uint8_t *ks;       /* of the part at hand: three for each group of a row */
	size_t n_parts;
	struct tsr_part parts[TSR_PARTS_MAX];
	struct tsr_coder coder;
	struct tsr_model model;
};

/* Fills the two rows above a part with a colour. */
void tsr_pixels_border(const struct tsr_pixels *px, const struct tsr_part *part, uint32_t colour);

TSR_INLINE uint32_t *tsr_part_row(
	const struct tsr_pixels *px, const struct tsr_part *part, uint32_t y)
{
	return px->samples + part->start + (y + TSR_PIXELS_ABOVE) * part->stride + TSR_PIXELS_LEFT;
}

/* The columns beside a row whose samples are there; the left ones are those of the next row. */
TSR_INLINE void tsr_part_end_row(uint32_t *row, const struct tsr_part *part)
{
	for (uint32_t i = 0; i < TSR_PIXELS_RIGHT; i++)
		row[part->width + i] = row[part->width - 1];
	for (uint32_t i = 0; i < TSR_PIXELS_LEFT; i++)
		row[part->width + TSR_PIXELS_RIGHT + i] = row[0];
}

TSR_INLINE uint32_t tsr_blocks_of(uint32_t len)
{
	return (len + TSR_BLOCK_EDGE - 1) / TSR_BLOCK_EDGE;
}

TSR_INLINE const uint8_t *tsr_blocks_of_row(
	const struct tsr_pixels *px, const struct tsr_part *part, uint32_t y)
{
	return px->blocks + (size_t)(y / TSR_BLOCK_EDGE) * tsr_blocks_of(part->width);
}

/* Where photographs are, and of which kind. */
TSR_INLINE void tsr_code_blocks(
	struct tsr_pixels *px, const struct tsr_part *part, const bool is_decoding)
{
	uint32_t n_cols = tsr_blocks_of(part->width), n_rows = tsr_blocks_of(part->height);
	struct tsr_model *m = &px->model;

	for (uint32_t i = 0; i < n_cols * n_rows; i++) {
		uint8_t *block = px->blocks + i;
		bool west = i % n_cols != 0 && block[-1] != TSR_BLOCK_TEXT;
		bool north = i >= n_cols && block[-(ptrdiff_t)n_cols] != TSR_BLOCK_TEXT;
		tsr_bin *bin = &m->is_photo[(uint32_t)west | (uint32_t)north << 1];

		if (tsr_code_bin(&px->coder, bin, *block != TSR_BLOCK_TEXT, is_decoding))
			*block = (uint8_t)(1 + tsr_code_tree(&px->coder, m->block, 2,
						       is_decoding ? 0 : *block - 1u, is_decoding));
		else
			*block = TSR_BLOCK_TEXT;
	}
	memset(px->ks, 3, (part->width + TSR_GROUP_LEN - 1) / TSR_GROUP_LEN * 3);
}

/* The end of the run of blocks of one kind that starts at x. */
TSR_INLINE uint32_t tsr_blocks_end(const uint8_t *blocks, const struct tsr_part *part, uint32_t x)
{
	uint32_t end = x + TSR_BLOCK_EDGE;

	while (end < part->width && blocks[end / TSR_BLOCK_EDGE] == blocks[x / TSR_BLOCK_EDGE])
		end += TSR_BLOCK_EDGE;
	return end < part->width ? end : part->width;
}

/* Codes all parts. */
TSR_CHECKED int tsr_pixels_read(struct tsr_pixels *px, struct tsr_slice in);
/* Returns the length, 0 when there was no room. */
size_t tsr_pixels_write(struct tsr_pixels *px, uint8_t *out, size_t cap);

#endif
