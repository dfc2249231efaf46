/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_TEST_UNIT_MEDIA_HEX_H
#define TSR_TEST_UNIT_MEDIA_HEX_H

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/base/slice.h"

/* hex: the numbers of an RFC as they are printed there; spaces count for nothing. */
struct hex {
	uint8_t data[512];
	size_t len;
};

static inline struct hex hex(const char *text)
{
	struct hex out = { .len = 0 };
	char digits[3] = "";

	for (size_t n = 0; *text; text++) {
		if (*text == ' ')
			continue;
		digits[n++ % 2] = *text;
		if (n % 2 == 0) {
			assert(out.len < sizeof(out.data));
			out.data[out.len++] = (uint8_t)strtoul(digits, NULL, 16);
		}
	}
	return out;
}

static inline struct tsr_slice hex_slice(const struct hex *bytes)
{
	return tsr_slice(bytes->data, bytes->len);
}

#endif
