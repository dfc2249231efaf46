/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/nibbles.h"

#define SHARE ((1u << TSR_NIBBLE_BITS) / TSR_NIBBLE_VALUES)

/* clang-format off */
const struct tsr_nibble tsr_nibble_even = { {
	0, SHARE, 2 * SHARE, 3 * SHARE, 4 * SHARE, 5 * SHARE, 6 * SHARE, 7 * SHARE, 8 * SHARE,
	9 * SHARE, 10 * SHARE, 11 * SHARE, 12 * SHARE, 13 * SHARE, 14 * SHARE, 15 * SHARE,
} };

/* Where the share of k goes when the value came: all but that of the value to the least. */
#define TARGET(k, value) \
	((int16_t)((k) <= (value) ? (k)*TSR_NIBBLE_LEAST \
				  : (1u << TSR_NIBBLE_BITS) - \
					    (TSR_NIBBLE_VALUES - (k)) * TSR_NIBBLE_LEAST))
#define TARGETS(v) \
	{ TARGET(0, v), TARGET(1, v), TARGET(2, v), TARGET(3, v), TARGET(4, v), TARGET(5, v), \
	  TARGET(6, v), TARGET(7, v), TARGET(8, v), TARGET(9, v), TARGET(10, v), TARGET(11, v), \
	  TARGET(12, v), TARGET(13, v), TARGET(14, v), TARGET(15, v) }

const tsr_nibble_vector tsr_nibble_targets[TSR_NIBBLE_VALUES] = {
	TARGETS(0), TARGETS(1), TARGETS(2), TARGETS(3), TARGETS(4), TARGETS(5), TARGETS(6), TARGETS(7),
	TARGETS(8), TARGETS(9), TARGETS(10), TARGETS(11), TARGETS(12), TARGETS(13), TARGETS(14),
	TARGETS(15),
};

const tsr_nibble_vector tsr_nibble_met[TSR_NIBBLE_MET_MAX + 1] = {
	{ 1 }, { 2 }, { 3 }, { 4 }, { 5 }, { 6 }, { 7 }, { 8 },
	{ 9 }, { 10 }, { 11 }, { 12 }, { 13 }, { 14 }, { 15 }, { 16 },
	{ 17 }, { 18 }, { 19 }, { 20 }, { 21 }, { 22 }, { 23 }, { 24 },
	{ 25 }, { 26 }, { 27 }, { 28 }, { 29 }, { 30 }, { 31 }, { 31 },
};

const uint8_t tsr_nibble_shift[TSR_NIBBLE_MET_MAX + 1] = {
	3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4,
	4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5,
};
/* clang-format on */
