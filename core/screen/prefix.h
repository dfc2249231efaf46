/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_PREFIX_H
#define TSR_SCREEN_PREFIX_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"

/*
 * prefix: prefix codes for the sizes of differences in photographs (0 to 255). A size is a token
 * and some bits behind it: below 16 it is its own token, above that a token holds its three highest
 * bits. The codes of tokens follow from their lengths (RFC 1951, 3.2.2); either no token has
 * one, and then all sizes are 0 and take nothing, or every stretch of bits starts with one.
 */
#define TSR_TOKENS 32u
#define TSR_PREFIX_MAX 9u /* bits of a code */

/* What to read by: for each PREFIX_MAX bits the size (the smallest of the token) << 8 | bits behind
 * the code << 4 | bits of the code. */
struct tsr_prefix_table {
	uint16_t entries[1u << TSR_PREFIX_MAX];
};

static inline uint32_t tsr_token_of(uint32_t size)
{
	uint32_t top = 31 - (uint32_t)__builtin_clz(size | 1);

	return size < 16 ? size : 4 * top + (size >> (top - 2) & 3);
}

/* How many bits follow the token. */
static inline uint32_t tsr_token_extra(uint32_t token)
{
	return token < 16 ? 0 : token / 4 - 2;
}

/* Lengths for tokens seen so often, as short together as they may be; 0 for those not seen. */
void tsr_prefix_choose(
	uint8_t lengths[static TSR_TOKENS], const uint32_t counts[static TSR_TOKENS]);

/* Sets the codes, each in the lowest bits; 0 for tokens that have none. */
void tsr_prefix_codes(uint16_t codes[static TSR_TOKENS], const uint8_t lengths[static TSR_TOKENS]);

/* Returns 0, or TSR_ERR_FORMAT when these are no lengths of a whole code. */
TSR_CHECKED int tsr_prefix_open(
	struct tsr_prefix_table *table, const uint8_t lengths[static TSR_TOKENS]);

#endif
