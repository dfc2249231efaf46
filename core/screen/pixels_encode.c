/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/pixels_photo.h"

static uint32_t rice_len_of(const uint32_t *folded, uint32_t n, uint32_t k)
{
	uint32_t len = 0;

	for (uint32_t i = 0; i < n; i++)
		len += tsr_rice_len(folded[i], k);
	return len;
}

/* The k that makes n differences shortest. */
static uint32_t choose_k(const uint32_t *folded, uint32_t n)
{
	uint32_t sum = 0, guess = 0, best, best_len = UINT32_MAX;

	for (uint32_t i = 0; i < n; i++)
		sum += folded[i];
	if (sum == 0)
		return TSR_K_ZERO;
	while (guess < 5 && sum >> guess > n * 3 / 2)
		guess++;
	best = guess;
	for (uint32_t k = guess > 0 ? guess - 1 : 0; k <= guess + 1; k++) {
		uint32_t len = rice_len_of(folded, n, k);

		if (len < best_len) {
			best_len = len;
			best = k;
		}
	}
	return best;
}

TSR_INLINE void write_group(struct tsr_pixels *px, struct tsr_coder *c, const uint32_t *p,
	size_t stride, uint8_t *ks, uint32_t n, enum tsr_block kind, const uint32_t n_channels)
{
	uint32_t folded[3][TSR_GROUP_LEN], k[3];

	for (uint32_t i = 0; i < n; i++) {
		uint32_t d[3];

		tsr_differences(d, p + i, p + i - stride, kind, n_channels);
		for (uint32_t channel = 0; channel < n_channels; channel++)
			folded[channel][i] = d[channel];
	}
	for (uint32_t channel = 0; channel < n_channels; channel++) {
		k[channel] = choose_k(folded[channel], n);
		(void)tsr_code_k(c, &px->model, channel, &ks[channel], k[channel], false);
	}
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t channel = 0; channel < n_channels; channel++)
			if (k[channel] != TSR_K_ZERO)
				tsr_put_rice(c, folded[channel][i], k[channel]);
}

TSR_INLINE void write_photo(struct tsr_pixels *px, const uint32_t *p, size_t stride, uint8_t *ks,
	uint32_t n, enum tsr_block kind, const uint32_t n_channels)
{
	struct tsr_coder c = px->coder;

	for (uint32_t i = 0; i < n; i += TSR_GROUP_LEN, ks += 3)
		write_group(px, &c, p + i, stride, ks,
			n - i < TSR_GROUP_LEN ? n - i : TSR_GROUP_LEN, kind, n_channels);
	px->coder = c;
}

/* The pixels from x to end of a row, all in blocks of one kind. */
TSR_INLINE void write_blocks(struct tsr_pixels *px, const struct tsr_part *part, uint32_t *row,
	uint32_t x, uint32_t end, enum tsr_block kind, const uint32_t n_channels)
{
	uint8_t *ks = px->ks + x / TSR_GROUP_LEN * 3;

	switch (kind) {
	case TSR_BLOCK_TEXT:
		tsr_code_text(px, part, row, x, end, n_channels, false);
		break;
	case TSR_BLOCK_PLANE:
		write_photo(px, row + x, part->stride, ks, end - x, TSR_BLOCK_PLANE, n_channels);
		break;
	case TSR_BLOCK_MEDIAN:
		write_photo(px, row + x, part->stride, ks, end - x, TSR_BLOCK_MEDIAN, n_channels);
		break;
	case TSR_BLOCK_AVERAGE:
		write_photo(px, row + x, part->stride, ks, end - x, TSR_BLOCK_AVERAGE, n_channels);
		break;
	case TSR_BLOCK_ABOVE:
		write_photo(px, row + x, part->stride, ks, end - x, TSR_BLOCK_ABOVE, n_channels);
		break;
	}
}

TSR_INLINE void write_row(struct tsr_pixels *px, const struct tsr_part *part, uint32_t *row,
	uint32_t y, const uint32_t n_channels)
{
	const uint8_t *blocks = tsr_blocks_of_row(px, part, y);

	for (uint32_t x = 0, end; x < part->width; x = end) {
		end = tsr_blocks_end(blocks, part, x);
		write_blocks(px, part, row, x, end, blocks[x / TSR_BLOCK_EDGE], n_channels);
	}
}

static void write_row_bgra(
	struct tsr_pixels *px, const struct tsr_part *part, uint32_t *row, uint32_t y)
{
	write_row(px, part, row, y, 3);
}

static void write_row_i420(
	struct tsr_pixels *px, const struct tsr_part *part, uint32_t *row, uint32_t y)
{
	write_row(px, part, row, y, 1);
}

/* ---- text or photograph ---------------------------------------------------------------------- */

#define PHOTO_SET 1024u /* bits of a set of colours, by hash */

struct look {
	uint32_t n, n_busy;             /* pixels; those unlike both W and N */
	uint32_t n_smooth;              /* busy and not far from W + N - NW */
	uint32_t n_sampled, n_distinct; /* colours */
};

static bool is_busy(const uint32_t *p, const uint32_t *n, uint32_t width)
{
	uint32_t busy = 0;

	for (uint32_t x = 1; x < width; x++)
		busy += (uint32_t)(p[x] != p[x - 1]) & (uint32_t)(p[x] != n[x]);
	return busy * 4 > width;
}

static uint32_t slope_at(const uint32_t *p, const uint32_t *n, uint32_t shift)
{
	return tsr_distance((p[0] >> shift & 255) + (n[-1] >> shift & 255),
		(p[-1] >> shift & 255) + (n[0] >> shift & 255));
}

/* Looks at every fourth row of a block. */
static struct look look_at(
	const uint32_t *p, size_t stride, uint32_t width, uint32_t height, uint32_t shift)
{
	uint32_t set[PHOTO_SET / 32] = { 0 };
	struct look look = { 0 };

	for (uint32_t y = 0; y < height; y += 4) {
		const uint32_t *row = p + y * stride, *n = row - stride;

		for (uint32_t x = 1; x < width; x++) {
			bool busy = row[x] != row[x - 1] && row[x] != n[x];

			look.n_busy += busy;
			look.n_smooth += busy && slope_at(row + x, n + x, shift) <= 24;
		}
		for (uint32_t x = 0; x < width; x += 2) {
			uint32_t hash = row[x] * 0x9e3779b1u >> 22;

			look.n_distinct += ~set[hash / 32] >> hash % 32 & 1;
			set[hash / 32] |= 1u << hash % 32;
		}
		look.n += width - 1;
		look.n_sampled += (width + 1) / 2;
	}
	return look;
}

/* The kind whose differences are smallest. */
static enum tsr_block best_kind(
	const uint32_t *p, size_t stride, uint32_t width, uint32_t height, uint32_t n_channels)
{
	uint32_t sum[TSR_BLOCK_ABOVE + 1] = { 0 };
	enum tsr_block best = TSR_BLOCK_PLANE;

	for (enum tsr_block kind = TSR_BLOCK_PLANE; kind <= TSR_BLOCK_ABOVE; kind++)
		for (uint32_t y = 0; y < height; y += 4)
			for (uint32_t x = 0; x < width; x++) {
				const uint32_t *at = p + y * stride + x;
				uint32_t d[3] = { 0 };

				tsr_differences(d, at, at - stride, kind, n_channels);
				sum[kind] += d[0] + d[1] + d[2];
			}
	for (enum tsr_block kind = TSR_BLOCK_MEDIAN; kind <= TSR_BLOCK_ABOVE; kind++)
		if (sum[kind] < sum[best])
			best = kind;
	return best;
}

static enum tsr_block classify(
	const uint32_t *p, size_t stride, uint32_t width, uint32_t height, uint32_t n_channels)
{
	struct look look;
	bool any = false;

	for (uint32_t y = 2; y < height && !any; y += 8)
		any = is_busy(p + y * stride, p + (y - 1) * stride, width);
	if (!any)
		return TSR_BLOCK_TEXT;
	look = look_at(p, stride, width, height, n_channels == 1 ? 0 : 8);
	if (look.n_smooth * 10 <= look.n * 3 ||
		look.n_distinct * 100 <= look.n_sampled * (n_channels == 1 ? 15u : 40u))
		return TSR_BLOCK_TEXT;
	return best_kind(p, stride, width, height, n_channels);
}

static void classify_blocks(struct tsr_pixels *px, const struct tsr_part *part)
{
	uint8_t *block = px->blocks;

	for (uint32_t y = 0; y < part->height; y += TSR_BLOCK_EDGE)
		for (uint32_t x = 0; x < part->width; x += TSR_BLOCK_EDGE) {
			uint32_t width = part->width - x, height = part->height - y;

			*block++ = (uint8_t)classify(tsr_part_row(px, part, y) + x, part->stride,
				width < TSR_BLOCK_EDGE ? width : TSR_BLOCK_EDGE,
				height < TSR_BLOCK_EDGE ? height : TSR_BLOCK_EDGE,
				px->format == TSR_FORMAT_BGRA ? 3 : 1);
		}
}

/* ---- parts ----------------------------------------------------------------------------------- */

static void write_part(struct tsr_pixels *px, const struct tsr_part *part)
{
	uint32_t history = 0;

	classify_blocks(px, part);
	tsr_code_blocks(px, part, false);
	for (uint32_t y = 0; y < part->height && !px->coder.is_full; y++) {
		uint32_t *row = tsr_part_row(px, part, y);
		bool is_same = memcmp(row, row - part->stride, part->width * sizeof(*row)) == 0;

		tsr_code_bin(&px->coder, &px->model.same_row[history & 3], is_same, false);
		history = history << 1 | is_same;
		if (is_same)
			continue;
		if (px->format == TSR_FORMAT_BGRA)
			write_row_bgra(px, part, row, y);
		else
			write_row_i420(px, part, row, y);
	}
}

size_t tsr_pixels_write(struct tsr_pixels *px, uint8_t *out, size_t cap)
{
	px->coder = tsr_coder_encode(out, cap);
	for (size_t i = 0; i < px->n_parts && !px->coder.is_full; i++) {
		const struct tsr_part *part = &px->parts[i];
		uint32_t colour = tsr_part_row(px, part, 0)[0];

		tsr_code_raw(&px->coder, 8, colour & 255, false);
		if (px->format == TSR_FORMAT_BGRA)
			tsr_code_raw(&px->coder, 16, colour >> 8, false);
		write_part(px, part);
	}
	return tsr_coder_end(&px->coder);
}
