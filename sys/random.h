/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SYS_RANDOM_H
#define TSR_SYS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* random: the kernel's. It cannot fail once the machine is up; if it does, the process ends. */
void tsr_kernel_random(void *out, size_t len);

/* Uniform in 0 .. n-1, n > 0. */
uint32_t tsr_random_below(uint32_t n);

#endif
