/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_PIXELS_MODEL_H
#define TSR_SCREEN_PIXELS_MODEL_H

#include "core/base/slice.h"
#include "core/screen/bins.h"
#include "core/screen/cells.h"
#include "core/screen/nibbles.h"
#include "core/screen/prefix.h"
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
enum tsr_block {
	TSR_BLOCK_TEXT,
	TSR_BLOCK_MEDIAN,  /* the median of W, N and W + N - NW */
	TSR_BLOCK_AVERAGE, /* (W + N) / 2 */
	TSR_BLOCK_STEEP,   /* W + (N - NW) / 2 */
	TSR_BLOCK_SLANT,   /* (3 W + 3 N - 2 NW) / 4 */
	TSR_BLOCK_WIDE,    /* (2 W + N + NE) / 4 */
	TSR_BLOCK_AHEAD,   /* W + (NE - NW) / 2 */
	TSR_BLOCK_BENT,    /* (2 W + 2 N + NE - NW) / 4 */
	TSR_BLOCK_LAST = TSR_BLOCK_BENT,
};
/* In BGRA the byte of a block has, above that, how much of green's difference red and blue share:
 * none, half or all of it. */
#define TSR_BLOCK_KIND 7u
#define TSR_BLOCK_RED_SHIFT 3u
#define TSR_BLOCK_BLUE_SHIFT 5u

struct tsr_part {
	uint32_t width, height;
	size_t start;  /* of the border */
	size_t stride; /* samples from one row to the next */
	uint32_t plane;
	struct tsr_rect rect; /* in the plane */
};

#define TSR_CONTEXT_BITS_MAX 16u
#define TSR_NIBBLES_HIGH 1024u
#define TSR_NIBBLES_LOW 768u

struct tsr_model {
	tsr_bin same_row[4];
	tsr_bin flat[16];
	tsr_bin match[16 * 8];
	tsr_bin exponent[32][16]; /* of lengths: 16 of flat runs, 16 of matches */
	tsr_bin mantissa[16][16];
	tsr_bin context[16];
	tsr_bin is_neighbour[256], is_west[256], is_north[256];
	tsr_bin is_grey[4];
	tsr_bin is_photo[4], block[8], share[2][4];
	tsr_bin is_kept, lengths[16][16], is_zero;
	/* to here: bins only */
	/* of colours: upper halves, by five bits of two bytes before; lower ones, by channel, upper
	 * half and four bits before */
	struct tsr_nibble high[TSR_NIBBLES_HIGH];
	struct tsr_nibble low[TSR_NIBBLES_LOW];
	uint32_t bits;                                /* of the tables below: 1 << bits entries */
	uint32_t matches[1u << TSR_CONTEXT_BITS_MAX]; /* where a large context was met last, or 0 */
	uint32_t contexts[1u << TSR_CONTEXT_BITS_MAX]; /* a colour below, confidence above */
};

/* Codes for the sizes of differences, by channel and what the sizes around are. */
#define TSR_SIZE_CODES 10u
#define TSR_SIZE_SUMS 1024u
struct tsr_photo {
	bool is_started;                      /* the lengths are of this unit */
	uint8_t code_of[TSR_SIZE_SUMS];       /* by the sum of four sizes */
	uint8_t token_of[256], extra_of[256]; /* by size */
	uint8_t lengths[3][TSR_SIZE_CODES][TSR_TOKENS];
	uint16_t codes[3][TSR_SIZE_CODES][TSR_TOKENS];     /* when encoding */
	struct tsr_prefix_table tables[3][TSR_SIZE_CODES]; /* when decoding */
};

struct tsr_pixels {
	enum tsr_pixel_format format;
	uint32_t width, height;
	uint8_t *blocks; /* of the part at hand, row after row */
	uint32_t *sizes; /* of the part at hand: those last met in each column, from one on */
	size_t n_parts;
	struct tsr_part parts[TSR_PARTS_MAX];
	struct tsr_coder coder;
	struct tsr_model model;
	struct tsr_photo photo;
	uint32_t samples[]; /* of all parts */
};

TSR_INLINE uint32_t tsr_log2(uint32_t value)
{
	return 31 - (uint32_t)__builtin_clz(value | 1);
}

/* Fills the two rows above a part, and what lies behind its last one, with a colour. */
void tsr_pixels_border(struct tsr_pixels *px, const struct tsr_part *part, uint32_t colour);

TSR_INLINE uint32_t *tsr_part_row(struct tsr_pixels *px, const struct tsr_part *part, uint32_t y)
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

/* Where photographs are, and of which kind. Returns whether there are any. */
TSR_INLINE bool tsr_code_blocks(
	struct tsr_pixels *px, const struct tsr_part *part, const bool is_decoding)
{
	uint32_t n_cols = tsr_blocks_of(part->width), n_rows = tsr_blocks_of(part->height);
	struct tsr_model *m = &px->model;
	bool is_any = false;

	for (uint32_t i = 0; i < n_cols * n_rows; i++) {
		uint8_t *block = px->blocks + i;
		bool west = i % n_cols != 0 && block[-1] != TSR_BLOCK_TEXT;
		bool north = i >= n_cols && block[-(ptrdiff_t)n_cols] != TSR_BLOCK_TEXT;
		tsr_bin *bin = &m->is_photo[(uint32_t)west | (uint32_t)north << 1];
		uint32_t kind = *block & TSR_BLOCK_KIND, red = *block >> TSR_BLOCK_RED_SHIFT & 3;
		uint32_t blue = *block >> TSR_BLOCK_BLUE_SHIFT;

		if (!tsr_code_bin(&px->coder, bin, kind != TSR_BLOCK_TEXT, is_decoding)) {
			*block = TSR_BLOCK_TEXT;
			continue;
		}
		is_any = true;
		kind = tsr_code_tree(&px->coder, m->block, 3, kind, is_decoding);
		if (px->format == TSR_FORMAT_BGRA) {
			red = tsr_code_tree(&px->coder, m->share[0], 2, red, is_decoding);
			blue = tsr_code_tree(&px->coder, m->share[1], 2, blue, is_decoding);
			kind |= red << TSR_BLOCK_RED_SHIFT | blue << TSR_BLOCK_BLUE_SHIFT;
		}
		/* no photograph after all: hostile bytes only */
		*block = (kind & TSR_BLOCK_KIND) == TSR_BLOCK_TEXT ? TSR_BLOCK_TEXT : (uint8_t)kind;
	}
	return is_any;
}

TSR_INLINE void tsr_part_start_sizes(struct tsr_pixels *px, const struct tsr_part *part)
{
	memset(px->sizes, 0, (part->width + 2) * sizeof(*px->sizes));
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
