/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_LZ_H
#define TSR_SCREEN_LZ_H

#include "core/base/attr.h"
#include "core/base/slice.h"

/*
 * lz: the entropy stage of codec 1, over samples in a row (samples.h). Byte-oriented, one pass,
 * no tables in the stream. A sample is one of:
 *
 *	00iiiiii  CACHE    one sample: entry i of the 64 colours coded last, by hash
 *	01llllll  ABOVE    l+1 samples as those one row above       (63: more follow, varint)
 *	10llllll  LEFT     l+1 samples as the one before            (63: more follow)
 *	110lllll  MATCH    l+3 samples from varint+1 samples back   (31: more follow)
 *	1110llll  COLUMN   l+1 samples from as far back as the last MATCH that covered this
 *	                   column reached                           (15: more follow)
 *	11110lll  LITERAL  l+1 samples as they are, 3 bytes or 1    (7: more follow)
 *	11111lll  RESIDUAL l+1 times: BGRA one pixel in two bytes, I420 two samples in one byte, as
 *	                   the difference to W + N - NW             (7: more follow)
 *
 * COLUMN is what makes text cheap: the first row of a repeated glyph costs a MATCH, each further
 *row one byte. The samples come in parts (one per rectangle and plane), whose width says what
 * "above" and "column" are; history reaches over all parts, a token never does.
 */
struct tsr_lz_part {
	uint32_t width, height;
};

#define TSR_LZ_SLACK 8u /* samples behind the last that may be overwritten */
#define TSR_LZ_TABLE_BITS 15
struct tsr_lz_table {
	uint32_t seen[1u << TSR_LZ_TABLE_BITS]; /* position + 1 by hash of the four samples there */
};

/* Both work on parts in order; column is scratch for the widest of them. sample_len: 3 or 1. */

/* Returns the number of bytes written to out, or 0 when cap was not enough. */
size_t tsr_lz_encode(struct tsr_lz_table *table, uint32_t *column, const uint32_t *samples,
	const struct tsr_lz_part *parts, size_t n_parts, uint32_t sample_len, uint8_t *out,
	size_t cap);

/* Fills samples, which has room for all parts and TSR_LZ_SLACK. Returns 0, TSR_ERR_SHORT,
 * TSR_ERR_TRAILING or TSR_ERR_FORMAT. Never reads or writes elsewhere whatever the bytes are. */
TSR_CHECKED int tsr_lz_decode(uint32_t *samples, uint32_t *column, const struct tsr_lz_part *parts,
	size_t n_parts, uint32_t sample_len, struct tsr_slice in);

#endif
