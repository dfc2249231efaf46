/* SPDX-License-Identifier: Apache-2.0 */
#include "core/base/large.h"

#include <stdint.h>
#include <stdlib.h>

#include "test/test.h"

/* Below, at and above the size of a huge page, also where one was freed before. */
static void it_is_all_zero(void)
{
	static const size_t lens[] = { 0, 1, 4097, ((size_t)2 << 20) - 1, (size_t)2 << 20,
		((size_t)2 << 20) + 1, ((size_t)9 << 20) + 77 };

	for (size_t i = 0; i < 2 * sizeof(lens) / sizeof(lens[0]); i++) {
		size_t len = lens[i / 2];
		uint8_t *memory = tsr_large_alloc(len), any = 0;

		CHECK(memory != NULL || len == 0);
		for (size_t k = 0; k < len; k++) {
			any |= memory[k];
			memory[k] = 0xff;
		}
		CHECK_INT(any, 0);
		free(memory);
	}
}

TEST_MAIN(TEST(it_is_all_zero))
