/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SYS_CLOCK_H
#define TSR_SYS_CLOCK_H

#include <stdint.h>

#include "core/base/time.h"

/* Monotonic, what engines get as now. On a loop prefer tsr_loop_now(); both count alike. */
tsr_time tsr_clock_now(void);

/* Unix time in milliseconds. */
uint64_t tsr_clock_wall_ms(void);

#endif
