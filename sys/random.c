/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void tsr_kernel_random(void *out, size_t len)
{
	unsigned char *at = out;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);

		if (n < 0 && errno != EINTR)
			abort(); /* going on with predictable keys would be worse */
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
}

uint32_t tsr_random_below(uint32_t n)
{
	uint32_t limit = UINT32_MAX - UINT32_MAX % n; /* a multiple of n: no bias */
	uint32_t value;

	do
		tsr_kernel_random(&value, sizeof(value));
	while (value >= limit);
	return value % n;
}
