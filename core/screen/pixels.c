/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/pixels.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "core/screen/lz.h"
#include "core/screen/samples.h"
#include "core/screen/unit.h"

enum { CODING_RAW = 0, CODING_LZ = 1 };

struct tsr_pixels {
	enum tsr_pixel_format format;
	uint32_t *samples; /* being coded, or decoded and not yet put into the picture */
	uint32_t *column;
	struct tsr_lz_table table;
};

int tsr_pixels_create(
	struct tsr_pixels **out, enum tsr_pixel_format format, uint32_t width, uint32_t height)
{
	size_t n_samples = tsr_picture_len(format, width, height) / tsr_format_sample_len(format);
	struct tsr_pixels *px = calloc(1, sizeof(*px));

	*out = NULL;
	if (!px)
		return TSR_ERR_NOMEM;
	px->format = format;
	px->samples = malloc((n_samples + TSR_LZ_SLACK) * sizeof(uint32_t));
	px->column = malloc(width * sizeof(uint32_t));
	if (!px->samples || !px->column) {
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
	free(px->samples);
	free(px->column);
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
		n += tsr_samples_count(format, rects[i]);
	return 1 + n * raw_len(format);
}

/* The samples as they are: what coding must never be longer than. */
static size_t write_raw(const struct tsr_pixels *px, size_t n_samples, uint8_t *out)
{
	size_t len = 0;

	out[len++] = CODING_RAW;
	for (size_t i = 0; i < n_samples; i++) {
		out[len++] = (uint8_t)px->samples[i];
		if (px->format == TSR_FORMAT_I420)
			continue;
		out[len++] = (uint8_t)(px->samples[i] >> 8);
		out[len++] = (uint8_t)(px->samples[i] >> 16);
	}
	return len;
}

size_t tsr_pixels_encode(struct tsr_pixels *px, uint8_t *out, size_t cap,
	const struct tsr_planes *planes, const struct tsr_rect *rects, size_t n_rects)
{
	size_t bound = tsr_pixels_bound(px->format, rects, n_rects), n = 0, n_parts, len;
	struct tsr_lz_part parts[TSR_RECTS_MAX * 3];

	if (n_rects == 0 || cap == 0)
		return 0;
	n_parts = tsr_unit_parts(parts, px->format, rects, n_rects);
	for (size_t i = 0; i < n_rects; i++)
		n += tsr_samples_gather(px->samples + n, px->format, planes, rects[i]);
	len = tsr_lz_encode(&px->table, px->column, px->samples, parts, n_parts,
		(uint32_t)raw_len(px->format), out + 1, (cap < bound ? cap : bound) - 1);
	if (len != 0)
		out[0] = CODING_LZ;
	return len != 0 ? 1 + len : cap < bound ? 0 : write_raw(px, n, out);
}

static int read_raw(struct tsr_pixels *px, struct tsr_slice in, size_t n_samples)
{
	size_t sample_len = raw_len(px->format);

	if (in.len != n_samples * sample_len)
		return in.len < n_samples * sample_len ? TSR_ERR_SHORT : TSR_ERR_TRAILING;
	for (size_t i = 0; i < n_samples; i++, in.data += sample_len)
		px->samples[i] = sample_len == 1 ? in.data[0]
						 : in.data[0] | (uint32_t)in.data[1] << 8 |
							   (uint32_t)in.data[2] << 16;
	return 0;
}

int tsr_pixels_decode(
	struct tsr_pixels *px, struct tsr_slice in, const struct tsr_rect *rects, size_t n_rects)
{
	struct tsr_lz_part parts[TSR_RECTS_MAX * 3];
	size_t n = 0, n_parts;

	if (n_rects == 0)
		return in.len == 0 ? 0 : TSR_ERR_TRAILING;
	if (in.len == 0)
		return TSR_ERR_SHORT;
	for (size_t i = 0; i < n_rects; i++)
		n += tsr_samples_count(px->format, rects[i]);
	if (in.data[0] == CODING_RAW)
		return read_raw(px, tsr_slice(in.data + 1, in.len - 1), n);
	if (in.data[0] != CODING_LZ)
		return TSR_ERR_FORMAT;
	n_parts = tsr_unit_parts(parts, px->format, rects, n_rects);
	return tsr_lz_decode(px->samples, px->column, parts, n_parts, (uint32_t)raw_len(px->format),
		tsr_slice(in.data + 1, in.len - 1));
}

void tsr_pixels_put(struct tsr_pixels *px, const struct tsr_planes *planes,
	const struct tsr_rect *rects, size_t n_rects)
{
	size_t n = 0;

	for (size_t i = 0; i < n_rects; i++)
		n += tsr_samples_scatter(px->samples + n, px->format, planes, rects[i]);
}
