/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BASE_TIME_H
#define TSR_BASE_TIME_H

#include <stdint.h>

/* Monotonic time in microseconds from an arbitrary start. The core never reads a clock:
 * whoever calls it says what time it is. */
typedef int64_t tsr_time;

#define TSR_TIME_NEVER INT64_MAX
#define TSR_MS ((tsr_time)1000)
#define TSR_SECOND (1000 * TSR_MS)
#define TSR_MINUTE (60 * TSR_SECOND)

static inline tsr_time tsr_time_min(tsr_time a, tsr_time b)
{
	return a < b ? a : b;
}

#endif
