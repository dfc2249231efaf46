/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/prefix.h"

#include <string.h>

#include "core/base/err.h"

/* The lightest of the nodes that have no parent; 2 * TSR_TOKENS when there is none. */
static uint32_t find_lightest(const uint32_t *weights, const uint8_t *parents, uint32_t n)
{
	uint32_t best = 2 * TSR_TOKENS;

	for (uint32_t i = 0; i < n; i++)
		if (weights[i] != 0 && parents[i] == 0 &&
			(best == 2 * TSR_TOKENS || weights[i] < weights[best]))
			best = i;
	return best;
}

/* Huffman's code, whatever its lengths. Returns the longest. */
static uint32_t build(uint8_t lengths[static TSR_TOKENS], const uint32_t counts[static TSR_TOKENS])
{
	uint32_t weights[2 * TSR_TOKENS] = { 0 }, n = TSR_TOKENS, longest = 0;
	uint8_t parents[2 * TSR_TOKENS] = { 0 };

	memcpy(weights, counts, TSR_TOKENS * sizeof(*counts));
	for (;;) {
		uint32_t a = find_lightest(weights, parents, n), b;

		if (a == 2 * TSR_TOKENS)
			break;
		parents[a] = (uint8_t)n;
		b = find_lightest(weights, parents, n);
		if (b == 2 * TSR_TOKENS) {
			parents[a] = 0;
			break;
		}
		parents[b] = (uint8_t)n;
		weights[n++] = weights[a] + weights[b];
	}
	for (uint32_t i = 0; i < TSR_TOKENS; i++) {
		lengths[i] = 0;
		for (uint32_t node = i; parents[node] != 0; node = parents[node])
			lengths[i]++;
		longest = lengths[i] > longest ? lengths[i] : longest;
	}
	return longest;
}

void tsr_prefix_choose(uint8_t lengths[static TSR_TOKENS], const uint32_t counts[static TSR_TOKENS])
{
	uint32_t left[TSR_TOKENS], n = 0, last = 0;

	for (uint32_t i = 0; i < TSR_TOKENS; i++)
		if ((left[i] = counts[i]) != 0) {
			last = i;
			n++;
		}
	/* a code has two tokens or none */
	if (n == 1 && last != 0)
		left[0] = 1;
	/* with the rare ones less rare no code is too long in the end */
	while (build(lengths, left) > TSR_PREFIX_MAX)
		for (uint32_t i = 0; i < TSR_TOKENS; i++)
			left[i] = (left[i] + 1) / 2;
}

void tsr_prefix_codes(uint16_t codes[static TSR_TOKENS], const uint8_t lengths[static TSR_TOKENS])
{
	uint16_t code = 0;

	memset(codes, 0, TSR_TOKENS * sizeof(*codes));
	for (uint32_t length = 1; length <= TSR_PREFIX_MAX; length++, code = (uint16_t)(code * 2))
		for (uint32_t i = 0; i < TSR_TOKENS; i++)
			if (lengths[i] == length)
				codes[i] = code++;
}

/* The smallest size of a token. */
static uint32_t size_of(uint32_t token)
{
	return token < 16 ? token : (4 + token % 4) << (token / 4 - 2);
}

int tsr_prefix_open(struct tsr_prefix_table *table, const uint8_t lengths[static TSR_TOKENS])
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < TSR_TOKENS; i++)
		if (lengths[i] > TSR_PREFIX_MAX)
			return TSR_ERR_FORMAT;
	for (uint32_t length = 1; length <= TSR_PREFIX_MAX; length++)
		for (uint32_t i = 0; i < TSR_TOKENS; i++) {
			uint32_t n = 1u << (TSR_PREFIX_MAX - length);
			uint32_t entry = size_of(i) << 8 | tsr_token_extra(i) << 4 | length;

			if (lengths[i] != length)
				continue;
			if (at + n > 1u << TSR_PREFIX_MAX)
				return TSR_ERR_FORMAT;
			for (uint32_t k = 0; k < n; k++)
				table->entries[at + k] = (uint16_t)entry;
			at += n;
		}
	if (at == 0)
		memset(table, 0, sizeof(*table));
	return at == 0 || at == 1u << TSR_PREFIX_MAX ? 0 : TSR_ERR_FORMAT;
}
