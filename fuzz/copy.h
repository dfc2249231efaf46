/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_FUZZ_COPY_H
#define TSR_FUZZ_COPY_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Exactly these bytes in a block of their own, to be freed: a part of a larger buffer hides from
 * the sanitizers that its end was passed. */
static inline uint8_t *fuzz_copy(const uint8_t *data, size_t len)
{
	uint8_t *bytes = malloc(len ? len : 1);

	if (!bytes)
		abort();
	if (len)
		memcpy(bytes, data, len);
	return bytes;
}

#endif
