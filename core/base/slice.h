/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BASE_SLICE_H
#define TSR_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes that somebody else owns; valid as long as the function that got or gave it says. */
struct tsr_slice {
	const uint8_t *data; /* may be NULL when len is 0 */
	size_t len;
};

static inline struct tsr_slice tsr_slice(const void *data, size_t len)
{
	return (struct tsr_slice){ .data = data, .len = len };
}
static inline struct tsr_slice tsr_slice_str(const char *text)
{
	return tsr_slice(text, strlen(text));
}
/* Not for secrets: see core/crypto/secret.h. */
static inline bool tsr_slice_equal(struct tsr_slice a, struct tsr_slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

#endif
