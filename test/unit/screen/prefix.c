/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/prefix.h"

#include <string.h>

#include "core/base/err.h"
#include "test/test.h"
#include "test/unit/screen/pictures.h"

/* Chooses a code and reads each of its tokens by the table. */
static bool reads_back(const uint32_t counts[TSR_TOKENS])
{
	static struct tsr_prefix_table table;
	uint8_t lengths[TSR_TOKENS];
	uint16_t codes[TSR_TOKENS];

	tsr_prefix_choose(lengths, counts);
	tsr_prefix_codes(codes, lengths);
	if (tsr_prefix_open(&table, lengths) != 0)
		return false;
	for (uint32_t size = 0; size < 256; size++) {
		uint32_t token = tsr_token_of(size), extra = tsr_token_extra(token), entry;

		if (counts[token] == 0)
			continue;
		if (lengths[token] == 0) /* alone: nothing is written */
			return token == 0 && table.entries[0] == 0;
		entry = table.entries[codes[token] << (TSR_PREFIX_MAX - lengths[token])];
		if ((entry & 15) != lengths[token] || (entry >> 4 & 15) != extra ||
			(entry >> 8) != (size >> extra << extra))
			return false;
	}
	return true;
}

static void any_counts_make_a_code(void)
{
	uint64_t random = 1;

	for (uint32_t i = 0; i < 2000; i++) {
		uint32_t counts[TSR_TOKENS] = { 0 }, n = 1 + random_below(&random, TSR_TOKENS);

		for (uint32_t k = 0; k < n; k++)
			counts[random_below(&random, TSR_TOKENS)] = 1u << random_below(&random, 24);
		CHECK(reads_back(counts));
	}
}

/* A later part of a unit may have a code of nothing; it was written by the code before it. */
static void a_code_of_nothing_keeps_nothing_of_the_one_before(void)
{
	uint32_t counts[TSR_TOKENS] = { [0] = 9 };
	uint8_t lengths[TSR_TOKENS];
	uint16_t codes[TSR_TOKENS];

	memset(codes, 0xff, sizeof(codes));
	tsr_prefix_choose(lengths, counts);
	tsr_prefix_codes(codes, lengths);
	for (uint32_t i = 0; i < TSR_TOKENS; i++) {
		CHECK_INT(lengths[i], 0);
		CHECK_INT(codes[i], 0);
	}
}

static void no_whole_code_is_refused(void)
{
	static struct tsr_prefix_table table;
	uint8_t lengths[TSR_TOKENS] = { 0 };

	CHECK_INT(tsr_prefix_open(&table, lengths), 0);
	lengths[0] = 1;
	CHECK_INT(tsr_prefix_open(&table, lengths), TSR_ERR_FORMAT);
	lengths[5] = 1;
	CHECK_INT(tsr_prefix_open(&table, lengths), 0);
	lengths[6] = 1;
	CHECK_INT(tsr_prefix_open(&table, lengths), TSR_ERR_FORMAT);
	lengths[6] = TSR_PREFIX_MAX + 1;
	CHECK_INT(tsr_prefix_open(&table, lengths), TSR_ERR_FORMAT);
}

TEST_MAIN(TEST(any_counts_make_a_code), TEST(a_code_of_nothing_keeps_nothing_of_the_one_before),
	TEST(no_whole_code_is_refused))
