/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BASE_LARGE_H
#define TSR_BASE_LARGE_H

#include <stddef.h>

/*
 * large: memory that is read and written here and there, all of it again and again, such as a
 * picture by its cells. In pages of 4 KiB most such accesses miss the TLB: the screen codec takes
 * a fifth longer. On Linux what is large enough lies in huge pages, where the kernel has any
 * (madvise(2), MADV_HUGEPAGE).
 */

/* len bytes of whatever they hold, freed with free(); NULL when there is no memory. */
void *tsr_large_alloc(size_t len);

#endif
