/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/pixels_photo.h"

/* n pixels with the same parameters. At most 54 bits each. */
TSR_INLINE void read_group(struct tsr_coder *c, uint32_t *p, size_t stride, uint32_t n,
	const uint32_t *k, enum tsr_block kind, const uint32_t n_channels)
{
	const uint32_t *north = p - stride;
	uint32_t w = p[-1], nw = north[-1];

	for (uint32_t i = 0; i < n; i++) {
		uint64_t bits = tsr_coder_peek(c);
		uint32_t used = 0;
		int d[3] = { 0 };

		for (uint32_t channel = 0; channel < n_channels; channel++)
			if (k[channel] != TSR_K_ZERO)
				d[channel] = tsr_unfold(tsr_get_rice(&bits, &used, k[channel]));
		c->n_bits += used;
		p[i] = w = tsr_from_differences(d, w, north[i], nw, kind, n_channels);
		nw = north[i];
	}
}

TSR_INLINE void read_photo(struct tsr_pixels *px, uint32_t *p, size_t stride, uint8_t *ks,
	uint32_t n, enum tsr_block kind, const uint32_t n_channels)
{
	struct tsr_coder c = px->coder;

	for (uint32_t i = 0; i < n; i += TSR_GROUP_LEN, ks += 3) {
		uint32_t len = n - i < TSR_GROUP_LEN ? n - i : TSR_GROUP_LEN, k[3];

		for (uint32_t channel = 0; channel < n_channels; channel++)
			k[channel] = tsr_code_k(&c, &px->model, channel, &ks[channel], 0, true);
		read_group(&c, p + i, stride, len, k, kind, n_channels);
	}
	px->coder = c;
}

/* The pixels from x to end of a row, all in blocks of one kind. */
TSR_INLINE void read_blocks(struct tsr_pixels *px, const struct tsr_part *part, uint32_t *row,
	uint32_t x, uint32_t end, enum tsr_block kind, const uint32_t n_channels)
{
	uint8_t *ks = px->ks + x / TSR_GROUP_LEN * 3;

	switch (kind) {
	case TSR_BLOCK_TEXT:
		tsr_code_text(px, part, row, x, end, n_channels, true);
		break;
	case TSR_BLOCK_PLANE:
		read_photo(px, row + x, part->stride, ks, end - x, TSR_BLOCK_PLANE, n_channels);
		break;
	case TSR_BLOCK_MEDIAN:
		read_photo(px, row + x, part->stride, ks, end - x, TSR_BLOCK_MEDIAN, n_channels);
		break;
	case TSR_BLOCK_AVERAGE:
		read_photo(px, row + x, part->stride, ks, end - x, TSR_BLOCK_AVERAGE, n_channels);
		break;
	case TSR_BLOCK_ABOVE:
		read_photo(px, row + x, part->stride, ks, end - x, TSR_BLOCK_ABOVE, n_channels);
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

static void read_row_bgra(
	struct tsr_pixels *px, const struct tsr_part *part, uint32_t *row, uint32_t y)
{
	read_row(px, part, row, y, 3);
}

static void read_row_i420(
	struct tsr_pixels *px, const struct tsr_part *part, uint32_t *row, uint32_t y)
{
	read_row(px, part, row, y, 1);
}

static void read_part(struct tsr_pixels *px, const struct tsr_part *part)
{
	uint32_t history = 0;

	tsr_code_blocks(px, part, true);
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
}

int tsr_pixels_read(struct tsr_pixels *px, struct tsr_slice in)
{
	px->coder = tsr_coder_decode(in.data, in.len);
	for (size_t i = 0; i < px->n_parts; i++) {
		const struct tsr_part *part = &px->parts[i];
		uint32_t colour = tsr_code_raw(&px->coder, 8, 0, true);

		if (px->format == TSR_FORMAT_BGRA)
			colour |= tsr_code_raw(&px->coder, 16, 0, true) << 8;
		tsr_pixels_border(px, part, colour);
		read_part(px, part);
	}
	return tsr_coder_check(&px->coder);
}
