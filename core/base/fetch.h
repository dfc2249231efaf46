/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BASE_FETCH_H
#define TSR_BASE_FETCH_H

#include <stddef.h>

#include "core/base/attr.h"

/*
 * fetch: brings memory into the cache that will be used soon. What is kept for each of many
 * receivers has left it since the last packet; waiting for it costs more than all the rest, unless
 * the next receiver's is under way while one is at work. Any address is fine.
 */
#define TSR_FETCH_LINE 64

static inline void tsr_fetch(const void *at, size_t len)
{
	for (size_t i = 0; i < len; i += TSR_FETCH_LINE)
		TSR_PREFETCH((const char *)at + i);
}

#endif
