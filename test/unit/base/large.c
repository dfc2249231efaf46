/* SPDX-License-Identifier: Apache-2.0 */
#include "core/base/large.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "test/test.h"

/* Below, at and above the size of a huge page. */
static void all_of_it_is_there(void)
{
	static const size_t lens[] = { 1, 4097, ((size_t)2 << 20) - 1, (size_t)2 << 20,
		((size_t)2 << 20) + 1, ((size_t)9 << 20) + 77 };

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		uint8_t *memory = tsr_large_alloc(lens[i]);

		CHECK(memory != NULL);
		memset(memory, 0xa5, lens[i]);
		CHECK_INT(memory[lens[i] - 1], 0xa5);
		free(memory);
	}
}

TEST_MAIN(TEST(all_of_it_is_there))
