/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/pixels_photo.h"

/* The sizes of one pixel: at most 45 bits. */
TSR_INLINE uint32_t read_sizes(struct tsr_coder *c, const struct tsr_photo *photo, uint32_t first,
	uint32_t around, const uint32_t n_channels)
{
	uint64_t bits = tsr_coder_peek(c);
	uint32_t used = 0, sizes = 0;

	for (uint32_t channel = 0; channel < n_channels; channel++) {
		uint32_t code = photo->code_of[around >> channel * TSR_SIZE_SHIFT & TSR_SIZE_MASK];
		uint32_t entry =
			photo->tables[first + channel][code].entries[bits >> (64 - TSR_PREFIX_MAX)];
		uint32_t length = entry & 15, extra = entry >> 4 & 15;

		sizes |= ((entry >> 8) + (uint32_t)(bits << length >> 1 >> (63 - extra)))
			 << channel * TSR_SIZE_SHIFT;
		bits <<= length + extra;
		used += length + extra;
	}
	c->n_bits += used;
	return sizes;
}

TSR_INLINE void read_photo(struct tsr_pixels *px, const struct tsr_part *part, uint32_t *p,
	uint32_t x, uint32_t n, uint32_t block, enum tsr_block kind, const uint32_t n_channels)
{
	const uint32_t red_share = block >> TSR_BLOCK_RED_SHIFT & 3;
	const uint32_t blue_share = block >> TSR_BLOCK_BLUE_SHIFT;
	const uint32_t *north = p - part->stride;
	uint32_t *sizes = px->sizes + 1 + x, west = sizes[-1], w = p[-1];
	struct tsr_coder c = px->coder;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t around = tsr_sizes_around(west, &sizes[i]);

		west = 0;
		if (around != 0 || !tsr_code_bin(&c, &px->model.is_zero, false, true))
			west = read_sizes(&c, &px->photo, n_channels == 1 ? part->plane : 0, around,
				n_channels);
		sizes[i] = west;
		p[i] = w = tsr_from_sizes(west, w, north[i], north[(int)i - 1], north[i + 1], kind,
			red_share, blue_share, n_channels);
	}
	px->coder = c;
}

/* The pixels from x to end of a row, all in blocks of one kind. */
TSR_INLINE void read_blocks(struct tsr_pixels *px, const struct tsr_part *part, uint32_t *row,
	uint32_t x, uint32_t end, uint32_t block, const uint32_t n_channels)
{
	uint32_t *p = row + x;

	switch ((enum tsr_block)(block & TSR_BLOCK_KIND)) {
	case TSR_BLOCK_TEXT:
		tsr_code_text(px, part, row, x, end, n_channels, true);
		break;
	case TSR_BLOCK_MEDIAN:
		read_photo(px, part, p, x, end - x, block, TSR_BLOCK_MEDIAN, n_channels);
		break;
	case TSR_BLOCK_AVERAGE:
		read_photo(px, part, p, x, end - x, block, TSR_BLOCK_AVERAGE, n_channels);
		break;
	case TSR_BLOCK_STEEP:
		read_photo(px, part, p, x, end - x, block, TSR_BLOCK_STEEP, n_channels);
		break;
	case TSR_BLOCK_SLANT:
		read_photo(px, part, p, x, end - x, block, TSR_BLOCK_SLANT, n_channels);
		break;
	case TSR_BLOCK_WIDE:
		read_photo(px, part, p, x, end - x, block, TSR_BLOCK_WIDE, n_channels);
		break;
	case TSR_BLOCK_AHEAD:
		read_photo(px, part, p, x, end - x, block, TSR_BLOCK_AHEAD, n_channels);
		break;
	case TSR_BLOCK_BENT:
		read_photo(px, part, p, x, end - x, block, TSR_BLOCK_BENT, n_channels);
		break;
	}
}

TSR_INLINE void read_row(struct tsr_pixels *px, const struct tsr_part *part, uint32_t *row,
	uint32_t y, const uint32_t n_channels)
{
	const uint8_t *blocks = tsr_blocks_of_row(px, part, y);

	for (uint32_t x = 0, end; x < part->width; x = end) {
		end = tsr_blocks_end(blocks, part, x);
		read_blocks(px, part, row, x, end, blocks[x / TSR_BLOCK_EDGE], n_channels);
	}
}

TSR_CLONES static void read_row_bgra(
	struct tsr_pixels *px, const struct tsr_part *part, uint32_t *row, uint32_t y)
{
	read_row(px, part, row, y, 3);
}

TSR_CLONES static void read_row_i420(
	struct tsr_pixels *px, const struct tsr_part *part, uint32_t *row, uint32_t y)
{
	read_row(px, part, row, y, 1);
}

/* The codes of a part with photographs that differ from those before. */
static int read_codes(struct tsr_pixels *px, const struct tsr_part *part)
{
	uint32_t first = part->plane, end = px->format == TSR_FORMAT_BGRA ? 3 : first + 1;
	struct tsr_photo *photo = &px->photo;
	int r;

	if (!photo->is_started) {
		memset(photo->tables, 0, sizeof(photo->tables));
		photo->is_started = true;
	}
	for (uint32_t channel = first; channel < end; channel++)
		for (uint32_t code = 0; code < TSR_SIZE_CODES; code++) {
			uint8_t *lengths = photo->lengths[channel][code];

			if (tsr_code_bin(&px->coder, &px->model.is_kept, false, true))
				continue;
			tsr_code_lengths(&px->coder, &px->model, lengths, true);
			if ((r = tsr_prefix_open(&photo->tables[channel][code], lengths)) != 0)
				return r;
		}
	return 0;
}

static int read_part(struct tsr_pixels *px, const struct tsr_part *part)
{
	uint32_t history = 0;
	int r;

	if (tsr_code_blocks(px, part, true) && (r = read_codes(px, part)) != 0)
		return r;
	tsr_part_start_sizes(px, part);
	for (uint32_t y = 0; y < part->height; y++) {
		uint32_t *row = tsr_part_row(px, part, y);
		bool is_same =
			tsr_code_bin(&px->coder, &px->model.same_row[history & 3], false, true);

		history = history << 1 | is_same;
		if (is_same)
			memcpy(row, row - part->stride, part->width * sizeof(*row));
		else if (px->format == TSR_FORMAT_BGRA)
			read_row_bgra(px, part, row, y);
		else
			read_row_i420(px, part, row, y);
		tsr_part_end_row(row, part);
	}
	return 0;
}

int tsr_pixels_read(struct tsr_pixels *px, struct tsr_slice in)
{
	int r;

	px->coder = tsr_coder_decode(in.data, in.len);
	for (size_t i = 0; i < px->n_parts; i++) {
		const struct tsr_part *part = &px->parts[i];
		uint32_t colour = tsr_code_raw(&px->coder, 8, 0, true);

		if (px->format == TSR_FORMAT_BGRA)
			colour |= tsr_code_raw(&px->coder, 16, 0, true) << 8;
		tsr_pixels_border(px, part, colour);
		if ((r = read_part(px, part)) != 0)
			return r;
	}
	return tsr_coder_check(&px->coder);
}
