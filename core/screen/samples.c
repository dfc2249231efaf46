/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/samples.h"

#include <string.h>

static uint8_t *row_at(const struct tsr_planes *planes, uint32_t plane, uint32_t y)
{
	return planes->plane[plane] + planes->stride[plane] * y;
}

void tsr_samples_copy(enum tsr_pixel_format format, const struct tsr_planes *to,
	const struct tsr_planes *from, struct tsr_rect rect)
{
	uint32_t sample_len = tsr_format_sample_len(format);

	for (uint32_t plane = 0; plane < tsr_format_n_planes(format); plane++) {
		struct tsr_rect r = tsr_format_plane_rect(format, plane, rect);

		for (uint32_t y = r.y; y < r.y + r.height; y++) {
			memcpy(row_at(to, plane, y) + (size_t)r.x * sample_len,
				row_at(from, plane, y) + (size_t)r.x * sample_len,
				(size_t)r.width * sample_len);
		}
	}
}

void tsr_samples_move(enum tsr_pixel_format format, const struct tsr_planes *planes,
	struct tsr_rect to, uint32_t x, uint32_t y)
{
	struct tsr_rect from = { x, y, to.width, to.height };
	uint32_t sample_len = tsr_format_sample_len(format);

	for (uint32_t plane = 0; plane < tsr_format_n_planes(format); plane++) {
		struct tsr_rect d = tsr_format_plane_rect(format, plane, to);
		struct tsr_rect s = tsr_format_plane_rect(format, plane, from);

		for (uint32_t i = 0; i < d.height; i++) {
			/* away from what is still to be read */
			uint32_t row = s.y < d.y ? d.height - 1 - i : i;

			memmove(row_at(planes, plane, d.y + row) + (size_t)d.x * sample_len,
				row_at(planes, plane, s.y + row) + (size_t)s.x * sample_len,
				(size_t)d.width * sample_len);
		}
	}
}

void tsr_samples_black(
	enum tsr_pixel_format format, const struct tsr_planes *planes, struct tsr_rect rect)
{
	for (uint32_t plane = 0; plane < tsr_format_n_planes(format); plane++) {
		struct tsr_rect r = tsr_format_plane_rect(format, plane, rect);

		for (uint32_t y = r.y; y < r.y + r.height; y++) {
			uint8_t *row = row_at(planes, plane, y);

			if (format == TSR_FORMAT_I420)
				memset(row + r.x, plane == 0 ? 16 : 128, r.width);
			else
				for (uint32_t i = 0; i < r.width; i++)
					memcpy(row + ((size_t)r.x + i) * 4, "\0\0\0\377", 4);
		}
	}
}

static uint64_t load_u64(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, 8);
	return word;
}

/* The first byte where a and b differ under the mask, or len. */
static size_t first_diff(const uint8_t *a, const uint8_t *b, size_t len, uint64_t mask)
{
	size_t i = 0;

	for (; i + 32 <= len; i += 32) {
		uint64_t any = (load_u64(a + i) ^ load_u64(b + i)) |
			       (load_u64(a + i + 8) ^ load_u64(b + i + 8)) |
			       (load_u64(a + i + 16) ^ load_u64(b + i + 16)) |
			       (load_u64(a + i + 24) ^ load_u64(b + i + 24));

		if (any & mask)
			break;
	}
	for (; i < len; i++)
		if ((a[i] ^ b[i]) & (uint8_t)(mask >> (i % 8 * 8)))
			break;
	return i;
}

/* One behind the last byte where a and b differ under the mask; they do differ. */
static size_t last_diff(const uint8_t *a, const uint8_t *b, size_t len, uint64_t mask)
{
	while (len > 0 && !((a[len - 1] ^ b[len - 1]) & (uint8_t)(mask >> ((len - 1) % 8 * 8))))
		len--;
	return len;
}

/* tsr_samples_diff() in one plane, in its own coordinates. */
static struct tsr_rect diff_plane(uint32_t plane, uint32_t sample_len, const struct tsr_planes *a,
	const struct tsr_planes *b, struct tsr_rect r)
{
	uint64_t mask = sample_len == 4 ? 0x00ffffff00ffffffu : ~(uint64_t)0;
	size_t len = (size_t)r.width * sample_len, left = len, right = 0;
	uint32_t top = 0, bottom = 0;

	for (uint32_t i = 0; i < r.height; i++) {
		const uint8_t *pa = row_at(a, plane, r.y + i) + (size_t)r.x * sample_len;
		const uint8_t *pb = row_at(b, plane, r.y + i) + (size_t)r.x * sample_len;
		size_t first = first_diff(pa, pb, len, mask);
		size_t last;

		if (first == len)
			continue;
		last = last_diff(pa, pb, len, mask);
		if (bottom == 0)
			top = i;
		bottom = i + 1;
		left = first < left ? first : left;
		right = last > right ? last : right;
	}
	if (bottom == 0)
		return (struct tsr_rect){ 0 };
	left /= sample_len;
	right = (right + sample_len - 1) / sample_len;
	return (struct tsr_rect){ r.x + (uint32_t)left, r.y + top, (uint32_t)(right - left),
		bottom - top };
}

struct tsr_rect tsr_samples_diff(const struct tsr_grid *grid, enum tsr_pixel_format format,
	const struct tsr_planes *a, const struct tsr_planes *b, struct tsr_rect rect)
{
	struct tsr_rect all = { 0 };

	for (uint32_t plane = 0; plane < tsr_format_n_planes(format); plane++) {
		struct tsr_rect box = diff_plane(plane, tsr_format_sample_len(format), a, b,
			tsr_format_plane_rect(format, plane, rect));

		if (plane > 0)
			box = (struct tsr_rect){ box.x * 2, box.y * 2, box.width * 2,
				box.height * 2 };
		all = tsr_rect_union(all, box);
	}
	if (format != TSR_FORMAT_I420 || tsr_rect_is_empty(all))
		return all;
	return tsr_grid_even(grid, all);
}
