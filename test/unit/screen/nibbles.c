/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/nibbles.h"

#include "test/test.h"
#include "test/unit/screen/pictures.h"

#define N_NUMBERS 20000u
#define N_CONTEXTS 8u

/* Mostly one value for each context, so that shares become as large and as small as they get. */
static uint32_t number(uint64_t *random, uint32_t context)
{
	return random_below(random, 64) == 0 ? random_below(random, 16) : context * 5 % 16;
}

static void shares_never_fall_below_the_least(void)
{
	struct tsr_nibble nibble = tsr_nibble_even;
	uint64_t random = 7;

	for (uint32_t i = 0; i < N_NUMBERS; i++) {
		uint32_t start = 0;

		/* long runs of one value, then others */
		tsr_nibble_learn(&nibble, i % 200 < 100 ? i / 200 % 16 : random_below(&random, 16));
		for (uint32_t k = 1; k < 16; k++) {
			CHECK(nibble.starts[k] >= start + TSR_NIBBLE_LEAST);
			start = nibble.starts[k];
		}
		CHECK((1u << TSR_NIBBLE_BITS) - start >= TSR_NIBBLE_LEAST);
		CHECK_INT(nibble.starts[0], i < TSR_NIBBLE_MET_MAX ? i + 1 : TSR_NIBBLE_MET_MAX);
	}
}

/* Codes numbers, bins and raw bits between each other. */
static bool code_all(struct tsr_coder *c, uint64_t random, const bool is_decoding)
{
	struct tsr_nibble nibbles[N_CONTEXTS];
	tsr_bin bin = TSR_BIN_START;
	bool is_good = true;

	for (uint32_t i = 0; i < N_CONTEXTS; i++)
		nibbles[i] = tsr_nibble_even;
	for (uint32_t i = 0; i < N_NUMBERS; i++) {
		uint32_t context = random_below(&random, N_CONTEXTS);
		uint32_t value = number(&random, context), raw = random_below(&random, 32);
		bool bit = random_below(&random, 9) == 0;

		is_good &= tsr_code_nibble(c, &nibbles[context], is_decoding ? 0 : value,
				   is_decoding) == value;
		is_good &= tsr_code_bin(c, &bin, is_decoding ? false : bit, is_decoding) == bit;
		is_good &= tsr_code_raw(c, 5, is_decoding ? 0 : raw, is_decoding) == raw;
	}
	return is_good;
}

static void numbers_come_back_among_bins_and_raw_bits(void)
{
	static uint8_t out[4 * N_NUMBERS];

	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct tsr_coder c = tsr_coder_encode(out, sizeof(out));
		size_t len;

		CHECK(code_all(&c, seed, false));
		len = tsr_coder_end(&c);
		CHECK(len != 0);
		c = tsr_coder_decode(out, len);
		CHECK(code_all(&c, seed, true));
		CHECK_INT(tsr_coder_check(&c), 0);
	}
}

TEST_MAIN(TEST(shares_never_fall_below_the_least), TEST(numbers_come_back_among_bins_and_raw_bits))
