/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/compare.h"
#include "core/screen/pixels_photo.h"

/* ---- photographs ----------------------------------------------------------------------------- */

#define CHUNK 128u /* pixels whose sizes are worked out together */

TSR_INLINE void find_sizes(uint32_t *out, const uint32_t *p, size_t stride, uint32_t n,
	uint32_t block, enum tsr_block kind, const uint32_t n_channels)
{
	const uint32_t red_share = block >> TSR_BLOCK_RED_SHIFT & 3;
	const uint32_t blue_share = block >> TSR_BLOCK_BLUE_SHIFT;

	for (uint32_t i = 0; i < n; i++)
		out[i] = tsr_sizes_of(
			p + i, p + i - stride, kind, red_share, blue_share, n_channels);
}

/* The sizes of n pixels of one block or several of one kind. */
TSR_INLINE void find_sizes_of(uint32_t *out, const uint32_t *p, size_t stride, uint32_t n,
	uint32_t block, const uint32_t n_channels)
{
	switch ((enum tsr_block)(block & TSR_BLOCK_KIND)) {
	case TSR_BLOCK_MEDIAN:
		find_sizes(out, p, stride, n, block, TSR_BLOCK_MEDIAN, n_channels);
		break;
	case TSR_BLOCK_AVERAGE:
		find_sizes(out, p, stride, n, block, TSR_BLOCK_AVERAGE, n_channels);
		break;
	case TSR_BLOCK_STEEP:
		find_sizes(out, p, stride, n, block, TSR_BLOCK_STEEP, n_channels);
		break;
	case TSR_BLOCK_SLANT:
		find_sizes(out, p, stride, n, block, TSR_BLOCK_SLANT, n_channels);
		break;
	case TSR_BLOCK_WIDE:
		find_sizes(out, p, stride, n, block, TSR_BLOCK_WIDE, n_channels);
		break;
	case TSR_BLOCK_AHEAD:
		find_sizes(out, p, stride, n, block, TSR_BLOCK_AHEAD, n_channels);
		break;
	case TSR_BLOCK_BENT:
		find_sizes(out, p, stride, n, block, TSR_BLOCK_BENT, n_channels);
		break;
	case TSR_BLOCK_TEXT:
		break;
	}
}

typedef uint32_t code_counts[TSR_SIZE_CODES][TSR_TOKENS];

/* Counts the tokens of some pixels. */
TSR_INLINE void count_sizes(const struct tsr_photo *photo, code_counts *counts, uint32_t *above,
	const uint32_t *sizes, uint32_t n, const uint32_t n_channels)
{
	uint32_t west = above[-1];

	for (uint32_t i = 0; i < n; i++) {
		uint32_t around = tsr_sizes_around(west, &above[i]);

		above[i] = west = sizes[i];
		if ((around | west) == 0)
			continue;
		for (uint32_t channel = 0; channel < n_channels; channel++) {
			uint32_t shift = channel * TSR_SIZE_SHIFT;
			uint32_t code = photo->code_of[around >> shift & TSR_SIZE_MASK];

			counts[channel][code][photo->token_of[west >> shift & 255]]++;
		}
	}
}

TSR_INLINE void write_sizes(struct tsr_pixels *px, uint32_t first, uint32_t *above,
	const uint32_t *sizes, uint32_t n, const uint32_t n_channels)
{
	const struct tsr_photo *photo = &px->photo;
	struct tsr_coder c = px->coder;
	uint32_t west = above[-1];

	for (uint32_t i = 0; i < n; i++) {
		uint32_t around = tsr_sizes_around(west, &above[i]), length = 0;
		uint64_t bits = 0;

		above[i] = west = sizes[i];
		if (around == 0 && tsr_code_bin(&c, &px->model.is_zero, west == 0, false))
			continue;
		for (uint32_t channel = 0; channel < n_channels; channel++) {
			uint32_t shift = channel * TSR_SIZE_SHIFT, size = west >> shift & 255;
			uint32_t code = photo->code_of[around >> shift & TSR_SIZE_MASK];
			uint32_t entry = photo->codes[first + channel][code][photo->token_of[size]];
			uint32_t extra = photo->extra_of[size];

			bits = (bits << (entry >> 12) | (entry & 4095)) << extra |
			       (size & ((1u << extra) - 1));
			length += (entry >> 12) + extra;
		}
		if (length > 32) {
			length -= 20;
			tsr_coder_put(&c, (uint32_t)(bits >> 20), length);
			bits &= (1u << 20) - 1;
			length = 20;
		}
		tsr_coder_put(&c, (uint32_t)bits, length);
	}
	px->coder = c;
}

TSR_INLINE void write_photo(struct tsr_pixels *px, const struct tsr_part *part, const uint32_t *row,
	uint32_t x, uint32_t end, uint32_t block, const uint32_t n_channels)
{
	uint32_t sizes[CHUNK];

	for (uint32_t n; x < end; x += n) {
		n = end - x < CHUNK ? end - x : CHUNK;
		find_sizes_of(sizes, row + x, part->stride, n, block, n_channels);
		write_sizes(px, n_channels == 1 ? part->plane : 0, px->sizes + 1 + x, sizes, n,
			n_channels);
	}
}

TSR_INLINE void count_row(struct tsr_pixels *px, const struct tsr_part *part, const uint32_t *row,
	uint32_t y, code_counts *counts, const uint32_t n_channels)
{
	const uint8_t *blocks = tsr_blocks_of_row(px, part, y);
	uint32_t sizes[CHUNK];

	for (uint32_t x = 0, end; x < part->width; x = end) {
		uint32_t block = blocks[x / TSR_BLOCK_EDGE];

		end = tsr_blocks_end(blocks, part, x);
		for (uint32_t n; block != TSR_BLOCK_TEXT && x < end; x += n) {
			n = end - x < CHUNK ? end - x : CHUNK;
			find_sizes_of(sizes, row + x, part->stride, n, block, n_channels);
			count_sizes(&px->photo, counts, px->sizes + 1 + x, sizes, n, n_channels);
		}
	}
}

TSR_CLONES static void count_row_bgra(struct tsr_pixels *px, const struct tsr_part *part,
	const uint32_t *row, uint32_t y, code_counts *counts)
{
	count_row(px, part, row, y, counts, 3);
}

TSR_CLONES static void count_row_i420(struct tsr_pixels *px, const struct tsr_part *part,
	const uint32_t *row, uint32_t y, code_counts *counts)
{
	count_row(px, part, row, y, counts, 1);
}

/* What tokens counted so often take; UINT64_MAX when one of them has no code. */
static uint64_t cost_of(const uint8_t lengths[TSR_TOKENS], const uint32_t counts[TSR_TOKENS])
{
	uint64_t sum = 0;
	bool is_empty = true;

	for (uint32_t i = 0; i < TSR_TOKENS; i++)
		is_empty &= lengths[i] == 0;
	for (uint32_t i = 0; i < TSR_TOKENS; i++) {
		if (counts[i] != 0 && lengths[i] == 0 && (i != 0 || !is_empty))
			return UINT64_MAX;
		sum += (uint64_t)counts[i] * lengths[i];
	}
	return sum;
}

#define LENGTHS_COST 80u /* bits of a new code, about */

/* Chooses a code and writes it down, unless the one there does as well. */
static void write_code(
	struct tsr_pixels *px, uint32_t channel, uint32_t code, const uint32_t counts[TSR_TOKENS])
{
	struct tsr_photo *photo = &px->photo;
	uint8_t *lengths = photo->lengths[channel][code], better[TSR_TOKENS];
	uint16_t *codes = photo->codes[channel][code];
	uint64_t cost = cost_of(lengths, counts);

	tsr_prefix_choose(better, counts);
	if (tsr_code_bin(&px->coder, &px->model.is_kept,
		    cost != UINT64_MAX && cost <= cost_of(better, counts) + LENGTHS_COST, false))
		return;
	memcpy(lengths, better, sizeof(better));
	tsr_code_lengths(&px->coder, &px->model, lengths, false);
	tsr_prefix_codes(codes, lengths);
	for (uint32_t i = 0; i < TSR_TOKENS; i++)
		codes[i] = (uint16_t)(codes[i] | lengths[i] << 12);
}

static void write_codes(struct tsr_pixels *px, const struct tsr_part *part)
{
	bool is_bgra = px->format == TSR_FORMAT_BGRA;
	uint32_t first = part->plane, n = is_bgra ? 3 : 1;
	code_counts counts[3];

	memset(counts, 0, sizeof(counts));
	if (!px->photo.is_started) {
		memset(px->photo.lengths, 0, sizeof(px->photo.lengths));
		memset(px->photo.codes, 0, sizeof(px->photo.codes));
		px->photo.is_started = true;
	}
	tsr_part_start_sizes(px, part);
	for (uint32_t y = 0; y < part->height; y++) {
		const uint32_t *row = tsr_part_row(px, part, y);

		if (tsr_is_equal(row, row - part->stride, part->width * sizeof(*row)))
			continue;
		if (is_bgra)
			count_row_bgra(px, part, row, y, counts);
		else
			count_row_i420(px, part, row, y, counts);
	}
	for (uint32_t channel = 0; channel < n; channel++)
		for (uint32_t code = 0; code < TSR_SIZE_CODES; code++)
			write_code(px, first + channel, code, counts[channel][code]);
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* The pixels from x to end of a row, all in blocks of one kind. */
TSR_INLINE void write_blocks(struct tsr_pixels *px, const struct tsr_part *part, uint32_t *row,
	uint32_t x, uint32_t end, uint32_t block, const uint32_t n_channels)
{
	if (block == TSR_BLOCK_TEXT)
		tsr_code_text(px, part, row, x, end, n_channels, false);
	else
		write_photo(px, part, row, x, end, block, n_channels);
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

TSR_CLONES static void write_row_bgra(
	struct tsr_pixels *px, const struct tsr_part *part, uint32_t *row, uint32_t y)
{
	write_row(px, part, row, y, 3);
}

TSR_CLONES static void write_row_i420(
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

TSR_INLINE bool is_busy(const uint32_t *p, const uint32_t *n, uint32_t width)
{
	uint32_t busy = 0;

	for (uint32_t x = 1; x < width; x++)
		busy += (uint32_t)(p[x] != p[x - 1]) & (uint32_t)(p[x] != n[x]);
	return busy * 4 > width;
}

TSR_INLINE uint32_t distance(uint32_t a, uint32_t b)
{
	return a > b ? a - b : b - a;
}

TSR_INLINE uint32_t slope_at(const uint32_t *p, const uint32_t *n, uint32_t shift)
{
	return distance((p[0] >> shift & 255) + (n[-1] >> shift & 255),
		(p[-1] >> shift & 255) + (n[0] >> shift & 255));
}

/* Looks at every fourth row of a block. */
TSR_INLINE struct look look_at(
	const uint32_t *p, size_t stride, uint32_t width, uint32_t height, uint32_t shift)
{
	uint32_t set[PHOTO_SET / 32] = { 0 };
	struct look look = { 0 };

	for (uint32_t y = 0; y < height; y += 4) {
		const uint32_t *row = p + y * stride, *n = row - stride;

		for (uint32_t x = 1; x < width; x++) {
			uint32_t busy =
				(uint32_t)(row[x] != row[x - 1]) & (uint32_t)(row[x] != n[x]);

			look.n_busy += busy;
			look.n_smooth += busy & (uint32_t)(slope_at(row + x, n + x, shift) <= 24);
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

/* Colours that go on changing slowly, or that seldom come again. */
TSR_INLINE bool is_photo(const struct look *look, const uint32_t n_channels)
{
	if (look->n_smooth * 10 <= look->n * 3)
		return false;
	return look->n_distinct * 100 > look->n_sampled * (n_channels == 1 ? 15u : 40u) ||
	       look->n_smooth * 16 > look->n_busy * 15;
}

/* Hardly any colour comes twice: contexts would learn nothing, sizes are about as long as bytes. */
TSR_INLINE bool is_noise(const struct look *look)
{
	return look->n_busy * 2 > look->n && look->n_distinct * 5 > look->n_sampled * 3;
}

/* The sum of all sizes in every fourth row of a block, by channel; only of the first when there is
 * but one. */
TSR_INLINE void sum_sizes(uint32_t sums[3], const uint32_t *p, size_t stride, uint32_t width,
	uint32_t height, uint32_t block, const uint32_t n_channels)
{
	uint32_t sizes[TSR_BLOCK_EDGE];

	memset(sums, 0, 3 * sizeof(*sums));
	for (uint32_t y = 1; y < height; y += 4) {
		find_sizes_of(sizes, p + y * stride, stride, width, block, n_channels);
		for (uint32_t x = 0; x < width; x++) {
			sums[0] += sizes[x] & TSR_SIZE_MASK;
			sums[1] += sizes[x] >> TSR_SIZE_SHIFT & TSR_SIZE_MASK;
			sums[2] += sizes[x] >> 2 * TSR_SIZE_SHIFT;
		}
	}
}

/* The kind of photograph, and the shares, that make the differences smallest. */
TSR_INLINE uint32_t best_photo(const uint32_t *p, size_t stride, uint32_t width, uint32_t height,
	const uint32_t n_channels)
{
	const uint32_t all = 2u << TSR_BLOCK_RED_SHIFT | 2u << TSR_BLOCK_BLUE_SHIFT;
	uint32_t best = 0, least = UINT32_MAX, sums[3], with[3], red, blue;

	for (uint32_t kind = TSR_BLOCK_MEDIAN; kind <= TSR_BLOCK_LAST; kind++) {
		sum_sizes(sums, p, stride, width, height, kind | all, n_channels);
		sums[0] += sums[1] + sums[2];
		best = sums[0] < least ? kind : best;
		least = sums[0] < least ? sums[0] : least;
	}
	if (n_channels == 1)
		return best;
	red = blue = 2;
	sum_sizes(with, p, stride, width, height, best | all, n_channels);
	for (uint32_t share = 0; share < 2; share++) {
		sum_sizes(sums, p, stride, width, height,
			best | share << TSR_BLOCK_RED_SHIFT | share << TSR_BLOCK_BLUE_SHIFT,
			n_channels);
		red = sums[1] < with[1] ? share : red;
		with[1] = sums[1] < with[1] ? sums[1] : with[1];
		blue = sums[2] < with[2] ? share : blue;
		with[2] = sums[2] < with[2] ? sums[2] : with[2];
	}
	return best | red << TSR_BLOCK_RED_SHIFT | blue << TSR_BLOCK_BLUE_SHIFT;
}

TSR_CLONES static uint32_t classify(
	const uint32_t *p, size_t stride, uint32_t width, uint32_t height, uint32_t n_channels)
{
	struct look look;
	bool any = false;

	for (uint32_t y = 2; y < height && !any; y += 8)
		any = is_busy(p + y * stride, p + (y - 1) * stride, width);
	if (!any)
		return TSR_BLOCK_TEXT;
	look = look_at(p, stride, width, height, n_channels == 1 ? 0 : 8);
	if (!is_noise(&look) && !is_photo(&look, n_channels))
		return TSR_BLOCK_TEXT;
	return n_channels == 1 ? best_photo(p, stride, width, height, 1)
			       : best_photo(p, stride, width, height, 3);
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
	if (tsr_code_blocks(px, part, false))
		write_codes(px, part);
	tsr_part_start_sizes(px, part);
	for (uint32_t y = 0; y < part->height && !px->coder.is_full; y++) {
		uint32_t *row = tsr_part_row(px, part, y);
		bool is_same = tsr_is_equal(row, row - part->stride, part->width * sizeof(*row));

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
