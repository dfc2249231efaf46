/* SPDX-License-Identifier: Apache-2.0 */
#include "core/base/large.h"

#include <stdint.h>
#include <stdlib.h>

#ifdef __linux__
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

static void *alloc_huge(size_t len)
{
	size_t whole = (len + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	void *memory = aligned_alloc(HUGE_PAGE, whole);

	if (!memory)
		return NULL;
	(void)madvise(memory, whole, MADV_HUGEPAGE); /* small pages do as well, slower */
	return memory;
}
#endif

void *tsr_large_alloc(size_t len)
{
#ifdef __linux__
	if (len >= HUGE_PAGE && len <= SIZE_MAX - HUGE_PAGE)
		return alloc_huge(len);
#endif
	return malloc(len);
}
