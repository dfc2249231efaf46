/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_NIBBLES_H
#define TSR_SCREEN_NIBBLES_H

#include "core/screen/bins.h"

/*
 * nibbles: numbers of four bits through the coder of bins.h, each in one step by adaptive shares of
 * its sixteen values. What is done to all sixteen at once is a vector of 16 bits each, without a
 * branch; what the next number waits for is three multiplications.
 */
#define TSR_NIBBLE_VALUES 16u
/* Of 1 << TSR_NIBBLE_BITS, each value has so much at least. */
#define TSR_NIBBLE_BITS 15u
#define TSR_NIBBLE_LEAST 16u

typedef int16_t tsr_nibble_vector __attribute__((vector_size(TSR_NIBBLE_VALUES * 2)));

/* What a context expects: where the share of each value starts. That of 0 starts at 0, so there
 * stands how often the context was met instead. */
struct tsr_nibble {
	uint16_t starts[TSR_NIBBLE_VALUES];
};

#define TSR_NIBBLE_MET_MAX 31u
extern const struct tsr_nibble tsr_nibble_even;                       /* all values alike */
extern const tsr_nibble_vector tsr_nibble_targets[TSR_NIBBLE_VALUES]; /* where starts go */
extern const uint8_t tsr_nibble_shift[TSR_NIBBLE_MET_MAX + 1]; /* how slowly, by how often met */
extern const tsr_nibble_vector tsr_nibble_met[TSR_NIBBLE_MET_MAX + 1]; /* once more than that */

/* Learns a value. Shares never fall below the least: all round towards the same side. */
TSR_INLINE void tsr_nibble_learn(struct tsr_nibble *nibble, uint32_t value)
{
	const tsr_nibble_vector all_but_first = { 0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
		-1, -1, -1 };
	uint32_t met = nibble->starts[0];
	tsr_nibble_vector v;

	memcpy(&v, nibble->starts, sizeof(v));
	v += (tsr_nibble_targets[value] - v) >> tsr_nibble_shift[met];
	v = (v & all_but_first) | tsr_nibble_met[met];
	memcpy(nibble->starts, &v, sizeof(v));
}

/* The value whose share holds the code. */
TSR_INLINE uint32_t tsr_nibble_find(const uint16_t *starts, uint64_t unit, uint64_t code)
{
	uint32_t four =
		4u * ((uint32_t)(code >= unit * starts[4]) + (uint32_t)(code >= unit * starts[8]) +
			     (uint32_t)(code >= unit * starts[12]));

	return four + (uint32_t)(code >= unit * starts[four + 1]) +
	       (uint32_t)(code >= unit * starts[four + 2]) +
	       (uint32_t)(code >= unit * starts[four + 3]);
}

TSR_INLINE uint32_t tsr_code_nibble(
	struct tsr_coder *c, struct tsr_nibble *nibble, uint32_t value, const bool is_decoding)
{
	uint64_t unit = c->range >> TSR_NIBBLE_BITS, start, end;

	if (is_decoding)
		value = tsr_nibble_find(nibble->starts, unit, c->low);
	start = value == 0 ? 0 : unit * nibble->starts[value];
	end = value == 15 ? unit << TSR_NIBBLE_BITS : unit * nibble->starts[value + 1];
	tsr_nibble_learn(nibble, value);
	c->range = end - start;
	if (is_decoding)
		c->low -= start;
	else if ((c->low += start) < start)
		tsr_coder_carry(c->out, c->head);
	tsr_coder_renormalise(c, is_decoding);
	return value;
}

#endif
