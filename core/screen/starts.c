/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/starts.h"

#include <string.h>

#include "core/base/attr.h"

enum { N_READ = TSR_STARTS + 2 * TSR_STARTS_HASHED, CHOSEN_BITS = 2 };

/* All samples as words. */
static void load(uint32_t *pixels, const uint8_t *row, uint32_t sample_len, uint32_t n)
{
	if (n < N_READ)
		memset(pixels, 0, N_READ * sizeof(*pixels));
	else
		n = N_READ;
	if (sample_len == 4)
		memcpy(pixels, row, n * sizeof(*pixels));
	else
		for (uint32_t i = 0; i < n; i++)
			pixels[i] = row[i];
}

/* A hash of eight is made of two of four, and so on. */
TSR_CLONES static void hash(struct tsr_starts *s)
{
	uint32_t *pixels = s->pixels, *twos = s->twos, *fours = s->fours;

	for (uint32_t i = 0; i < N_READ; i++)
		pixels[i] &= 0xffffffu;
	for (uint32_t i = 0; i < TSR_STARTS + TSR_STARTS_HASHED; i++)
		twos[i] = pixels[i] + pixels[i + 1] * 0x9e3779b1u;
	for (uint32_t i = 0; i < TSR_STARTS + TSR_STARTS_HASHED - 2; i++)
		fours[i] = twos[i] + twos[i + 2] * 0x85ebca77u;
	for (uint32_t i = 0; i < TSR_STARTS; i++) {
		uint32_t h = (fours[i] + fours[i + 4] * 0xc2b2ae3du) * 0x27d4eb2fu;

		s->hashes[i] = h;
		s->is_start[i] =
			(uint8_t)((pixels[i] != pixels[i + 1]) & (h >> (32 - CHOSEN_BITS) == 0));
	}
}

void tsr_starts_find(struct tsr_starts *s, const uint8_t *row, uint32_t sample_len, uint32_t n)
{
	load(s->pixels, row, sample_len, n);
	hash(s);
}
