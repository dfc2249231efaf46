/* SPDX-License-Identifier: Apache-2.0 */
#include "wasm/rgba.h"

#include <string.h>

static void convert_bgra(uint8_t *out, const uint8_t *in, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t p, q;

		memcpy(&p, in + (size_t)i * 4, 4);
		q = 0xff000000u | (p & 0xff00) | (p >> 16 & 0xff) | (p & 0xff) << 16;
		memcpy(out + (size_t)i * 4, &q, 4);
	}
}

static uint8_t clamp(int v)
{
	return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* BT.601 limited range, in 1/65536: 255/219 for luma, 255/224 times the matrix for chroma. */
static void convert_i420(
	uint8_t *out, const uint8_t *y, const uint8_t *u, const uint8_t *v, uint32_t x, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		int luma = (y[x + i] - 16) * 76309 + 32768;
		int cb = u[(x + i) / 2] - 128, cr = v[(x + i) / 2] - 128;

		out[i * 4 + 0] = clamp((luma + 104597 * cr) >> 16);
		out[i * 4 + 1] = clamp((luma - 25675 * cb - 53279 * cr) >> 16);
		out[i * 4 + 2] = clamp((luma + 132201 * cb) >> 16);
		out[i * 4 + 3] = 255;
	}
}

void tsr_rgba_convert(uint8_t *out, enum tsr_pixel_format format, const struct tsr_planes *planes,
	struct tsr_rect rect)
{
	for (uint32_t row = rect.y; row < rect.y + rect.height;
		row++, out += (size_t)rect.width * 4) {
		if (format == TSR_FORMAT_BGRA)
			convert_bgra(out,
				planes->plane[0] + planes->stride[0] * row + (size_t)rect.x * 4,
				rect.width);
		else
			convert_i420(out, planes->plane[0] + planes->stride[0] * row,
				planes->plane[1] + planes->stride[1] * (row / 2),
				planes->plane[2] + planes->stride[2] * (row / 2), rect.x,
				rect.width);
	}
}
