/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/pixels.h"

#include <assert.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/fetch.h"
#include "core/base/large.h"
#include "core/screen/pixels_model.h"

enum { CODING_RAW = 0, CODING_BINS = 1 };

#define ALPHA 0xff000000u
#define CONTEXT_BITS_MIN 6u

/* Samples behind the last row of a part, the first of which are on the left of the next one. A
 * match may go on through them. */
#define PART_SLACK 16u
#define ROWS_AHEAD 2u

static_assert(offsetof(struct tsr_model, high) % sizeof(tsr_bin) == 0, "bins come first");

/* Samples that the parts of any rectangles of such a picture take at most. */
static size_t samples_max(enum tsr_pixel_format format, uint32_t width, uint32_t height)
{
	size_t n = tsr_picture_len(format, width, height) / tsr_format_sample_len(format);
	size_t border = (size_t)width * TSR_PIXELS_ABOVE +
			(size_t)(height + TSR_PIXELS_ABOVE) * TSR_PIXELS_BORDER + PART_SLACK;

	return n + TSR_RECTS_MAX * border * tsr_format_n_planes(format);
}

/* The tables that stay the same. */
static void init_photo(struct tsr_photo *photo)
{
	for (uint32_t sum = 0; sum < TSR_SIZE_SUMS; sum++)
		photo->code_of[sum] = (uint8_t)tsr_log2(sum);
	for (uint32_t size = 0; size < 256; size++) {
		photo->token_of[size] = (uint8_t)tsr_token_of(size);
		photo->extra_of[size] = (uint8_t)tsr_token_extra(tsr_token_of(size));
	}
}

int tsr_pixels_create(
	struct tsr_pixels **out, enum tsr_pixel_format format, uint32_t width, uint32_t height)
{
	size_t n_samples = samples_max(format, width, height);
	struct tsr_pixels *px = tsr_large_alloc(sizeof(*px) + n_samples * sizeof(*px->samples));

	*out = NULL;
	if (!px)
		return TSR_ERR_NOMEM;
	memset(px, 0, sizeof(*px)); /* samples are there when they are needed */
	px->format = format;
	init_photo(&px->photo);
	px->blocks = malloc((size_t)tsr_blocks_of(width) * tsr_blocks_of(height));
	px->sizes = malloc((width + 2) * sizeof(*px->sizes));
	if (!px->blocks || !px->sizes) {
		tsr_pixels_destroy(px);
		return TSR_ERR_NOMEM;
	}
	*out = px;
	return 0;
}

void tsr_pixels_destroy(struct tsr_pixels *px)
{
	if (!px)
		return;
	free(px->blocks);
	free(px->sizes);
	free(px);
}

/* Bytes of an uncoded sample. */
static size_t raw_len(enum tsr_pixel_format format)
{
	return format == TSR_FORMAT_I420 ? 1 : 3;
}

size_t tsr_pixels_bound(enum tsr_pixel_format format, const struct tsr_rect *rects, size_t n_rects)
{
	size_t n = 0;

	for (size_t i = 0; i < n_rects; i++)
		for (uint32_t plane = 0; plane < tsr_format_n_planes(format); plane++) {
			struct tsr_rect r = tsr_format_plane_rect(format, plane, rects[i]);

			n += (size_t)r.width * r.height;
		}
	return 1 + n * raw_len(format);
}

/* Lays out the parts of the rectangles. Returns the number of samples in them. */
static size_t lay_out(struct tsr_pixels *px, const struct tsr_rect *rects, size_t n_rects)
{
	size_t start = 0, n = 0;

	px->n_parts = 0;
	for (size_t i = 0; i < n_rects; i++)
		for (uint32_t plane = 0; plane < tsr_format_n_planes(px->format); plane++) {
			struct tsr_part *part = &px->parts[px->n_parts++];

			part->plane = plane;
			part->rect = tsr_format_plane_rect(px->format, plane, rects[i]);
			part->width = part->rect.width;
			part->height = part->rect.height;
			part->start = start;
			part->stride = part->width + TSR_PIXELS_BORDER;
			start += (part->height + TSR_PIXELS_ABOVE) * part->stride + PART_SLACK;
			n += (size_t)part->width * part->height;
		}
	return n;
}

/* Large tables forget less, small ones are started sooner. */
static void start_model(struct tsr_model *m, size_t n_samples)
{
	tsr_bin *bins = (tsr_bin *)m;

	for (size_t i = 0; i < offsetof(struct tsr_model, high) / sizeof(tsr_bin); i++)
		bins[i] = TSR_BIN_START;
	for (size_t i = 0; i < TSR_NIBBLES_HIGH; i++)
		m->high[i] = tsr_nibble_even;
	for (size_t i = 0; i < TSR_NIBBLES_LOW; i++)
		m->low[i] = tsr_nibble_even;
	m->bits = CONTEXT_BITS_MIN;
	while (m->bits < TSR_CONTEXT_BITS_MAX && n_samples >> (m->bits + 4) > 0)
		m->bits++;
	memset(m->matches, 0, sizeof(m->matches[0]) << m->bits);
	memset(m->contexts, 0, sizeof(m->contexts[0]) << m->bits);
}

void tsr_pixels_border(struct tsr_pixels *px, const struct tsr_part *part, uint32_t colour)
{
	size_t above = TSR_PIXELS_ABOVE * part->stride + TSR_PIXELS_LEFT;
	size_t slack = (TSR_PIXELS_ABOVE + part->height) * part->stride + TSR_PIXELS_LEFT;
	uint32_t *samples = px->samples + part->start;

	for (size_t i = 0; i < above; i++)
		samples[i] = colour;
	for (size_t i = TSR_PIXELS_LEFT; i < PART_SLACK; i++, slack++)
		samples[slack] = colour;
}

static uint8_t *plane_row(
	const struct tsr_planes *planes, const struct tsr_part *part, uint32_t y, size_t sample_len)
{
	return planes->plane[part->plane] + planes->stride[part->plane] * (part->rect.y + y) +
	       part->rect.x * sample_len;
}

/* Copies n pixels with some bits cleared and others set, eight bytes at a time. */
static void copy_pixels(void *out, const void *in, uint32_t n, uint32_t cleared, uint32_t set)
{
	const uint64_t keep = ~(cleared | (uint64_t)cleared << 32);
	const uint64_t add = set | (uint64_t)set << 32;
	uint32_t one, i = 0;

	for (; i + 4 <= n; i += 4) {
		uint64_t two[2];

		memcpy(two, (const uint8_t *)in + 4 * (size_t)i, 16);
		two[0] = (two[0] & keep) | add;
		two[1] = (two[1] & keep) | add;
		memcpy((uint8_t *)out + 4 * (size_t)i, two, 16);
	}
	for (; i < n; i++) {
		memcpy(&one, (const uint8_t *)in + 4 * (size_t)i, 4);
		one = (one & ~cleared) | set;
		memcpy((uint8_t *)out + 4 * (size_t)i, &one, 4);
	}
}

/* Where a row starts. Fetches one that is copied soon: those of a part are pages apart in a
 * picture, which hardware does not foresee. */
static uint8_t *expect_rows(
	const struct tsr_planes *planes, const struct tsr_part *part, uint32_t y, size_t sample_len)
{
	if (y + ROWS_AHEAD < part->height)
		tsr_fetch(plane_row(planes, part, y + ROWS_AHEAD, sample_len),
			part->width * sample_len);
	return plane_row(planes, part, y, sample_len);
}

static void gather(
	struct tsr_pixels *px, const struct tsr_part *part, const struct tsr_planes *planes)
{
	for (uint32_t y = 0; y < part->height; y++) {
		uint32_t *row = tsr_part_row(px, part, y);

		if (px->format == TSR_FORMAT_I420) {
			const uint8_t *in = expect_rows(planes, part, y, 1);

			for (uint32_t x = 0; x < part->width; x++)
				row[x] = in[x];
		} else {
			copy_pixels(row, expect_rows(planes, part, y, 4), part->width, ALPHA, 0);
		}
		tsr_part_end_row(row, part);
	}
	tsr_pixels_border(px, part, tsr_part_row(px, part, 0)[0]);
}

/* The samples as they are: what coding must never be longer than. */
static size_t write_raw(struct tsr_pixels *px, uint8_t *out)
{
	size_t len = 0, sample_len = raw_len(px->format);

	out[len++] = CODING_RAW;
	for (size_t i = 0; i < px->n_parts; i++)
		for (uint32_t y = 0; y < px->parts[i].height; y++) {
			const uint32_t *row = tsr_part_row(px, &px->parts[i], y);

			for (uint32_t x = 0; x < px->parts[i].width; x++, len += sample_len)
				for (size_t byte = 0; byte < sample_len; byte++)
					out[len + byte] = (uint8_t)(row[x] >> 8 * byte);
		}
	return len;
}

size_t tsr_pixels_encode(struct tsr_pixels *px, uint8_t *out, size_t cap,
	const struct tsr_planes *planes, const struct tsr_rect *rects, size_t n_rects)
{
	size_t n_samples, bound, len;

	if (n_rects == 0 || cap == 0)
		return 0;
	n_samples = lay_out(px, rects, n_rects);
	bound = 1 + n_samples * raw_len(px->format);
	start_model(&px->model, n_samples);
	px->photo.is_started = false;
	for (size_t i = 0; i < px->n_parts; i++)
		gather(px, &px->parts[i], planes);
	len = tsr_pixels_write(px, out + 1, (cap < bound ? cap : bound) - 1);
	if (len != 0) {
		out[0] = CODING_BINS;
		return 1 + len;
	}
	return cap < bound ? 0 : write_raw(px, out);
}

static int read_raw(struct tsr_pixels *px, struct tsr_slice in, size_t n_samples)
{
	size_t sample_len = raw_len(px->format);

	if (in.len != n_samples * sample_len)
		return in.len < n_samples * sample_len ? TSR_ERR_SHORT : TSR_ERR_TRAILING;
	for (size_t i = 0; i < px->n_parts; i++)
		for (uint32_t y = 0; y < px->parts[i].height; y++) {
			uint32_t *row = tsr_part_row(px, &px->parts[i], y);

			for (uint32_t x = 0; x < px->parts[i].width; x++, in.data += sample_len) {
				row[x] = in.data[0];
				if (sample_len == 3)
					row[x] |= (uint32_t)in.data[1] << 8 | (uint32_t)in.data[2]
										      << 16;
			}
		}
	return 0;
}

int tsr_pixels_decode(
	struct tsr_pixels *px, struct tsr_slice in, const struct tsr_rect *rects, size_t n_rects)
{
	size_t n_samples = lay_out(px, rects, n_rects);

	if (n_rects == 0)
		return in.len == 0 ? 0 : TSR_ERR_TRAILING;
	if (in.len == 0)
		return TSR_ERR_SHORT;
	if (in.data[0] == CODING_RAW)
		return read_raw(px, tsr_slice(in.data + 1, in.len - 1), n_samples);
	if (in.data[0] != CODING_BINS)
		return TSR_ERR_FORMAT;
	start_model(&px->model, n_samples);
	px->photo.is_started = false;
	return tsr_pixels_read(px, tsr_slice(in.data + 1, in.len - 1));
}

void tsr_pixels_put(struct tsr_pixels *px, const struct tsr_planes *planes)
{
	for (size_t i = 0; i < px->n_parts; i++) {
		const struct tsr_part *part = &px->parts[i];

		for (uint32_t y = 0; y < part->height; y++) {
			const uint32_t *row = tsr_part_row(px, part, y);

			if (px->format == TSR_FORMAT_I420) {
				uint8_t *out = expect_rows(planes, part, y, 1);

				for (uint32_t x = 0; x < part->width; x++)
					out[x] = (uint8_t)row[x];
			} else {
				copy_pixels(expect_rows(planes, part, y, 4), row, part->width, 0,
					ALPHA);
			}
		}
	}
}
