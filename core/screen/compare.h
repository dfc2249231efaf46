/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_COMPARE_H
#define TSR_SCREEN_COMPARE_H

#include <string.h>

#include "core/screen/cells.h"

/*
 * compare: whether samples are the same, many at a time. A mask of eight bytes leaves out alpha.
 */
static inline uint64_t tsr_format_mask(enum tsr_pixel_format format)
{
	return format == TSR_FORMAT_BGRA ? 0x00ffffff00ffffffu : ~(uint64_t)0;
}

static inline uint64_t tsr_load_u64(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, 8);
	return word;
}

/* Where a sample lies. */
static inline const uint8_t *tsr_sample_at(const struct tsr_planes *planes, uint32_t plane,
	uint32_t sample_len, uint32_t x, uint32_t y)
{
	return planes->plane[plane] + planes->stride[plane] * y + (size_t)x * sample_len;
}

/* One where a and b, which start at a sample, differ under the mask; or len. */
static inline size_t tsr_first_difference(
	const uint8_t *a, const uint8_t *b, size_t len, uint64_t mask)
{
	size_t i = 0;

	for (; i + 32 <= len; i += 32) {
		uint64_t any = (tsr_load_u64(a + i) ^ tsr_load_u64(b + i)) |
			       (tsr_load_u64(a + i + 8) ^ tsr_load_u64(b + i + 8)) |
			       (tsr_load_u64(a + i + 16) ^ tsr_load_u64(b + i + 16)) |
			       (tsr_load_u64(a + i + 24) ^ tsr_load_u64(b + i + 24));

		if (any & mask)
			break;
	}
	for (; i + 8 <= len; i += 8)
		if ((tsr_load_u64(a + i) ^ tsr_load_u64(b + i)) & mask)
			break;
	for (; i < len; i++)
		if ((a[i] ^ b[i]) & (uint8_t)(mask >> (i % 8 * 8)))
			break;
	return i;
}

/* memcmp() is several times faster, but goes byte by byte in WebAssembly. */
static inline bool tsr_is_equal(const void *a, const void *b, size_t len)
{
#ifdef __wasm__
	return tsr_first_difference(a, b, len, ~(uint64_t)0) == len;
#else
	return memcmp(a, b, len) == 0;
#endif
}

/* What is the same under the mask mostly is so without. */
static inline bool tsr_is_same(const uint8_t *a, const uint8_t *b, size_t len, uint64_t mask)
{
#ifndef __wasm__
	if (memcmp(a, b, len) == 0)
		return true;
#endif
	return tsr_first_difference(a, b, len, mask) == len;
}

#endif
