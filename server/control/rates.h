/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CONTROL_RATES_H
#define TSR_CONTROL_RATES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/time.h"

/*
 * rates: how often somebody may try. Kept per network source and per session number, whether
 * the number exists or not: a limit must not tell either. The tables are bounded; who was not
 * seen for longest is forgotten first.
 *
 *	look-ups         10/min per source, burst 20
 *	wrong passwords  5 per source, 25 per number in 10 minutes; after that only the lobby
 *	knocks           3/min per source, 30/min per number
 */
#define TSR_LIMITS_ENTRIES 4096 /* sources, and as many numbers */

enum tsr_limit { TSR_LIMIT_LOOKUP, TSR_LIMIT_WRONG, TSR_LIMIT_KNOCK, TSR_LIMIT_N };

struct tsr_limits;

/* Returns new tables, about 700 KiB, or NULL. */
struct tsr_limits *tsr_limits_create(void);
void tsr_limits_destroy(struct tsr_limits *limits); /* NULL is fine */

/* Whether one more is allowed, without counting it. *retry_s (may be NULL) becomes the seconds
 * after which it would be, at least 1. */
bool tsr_limits_allow(struct tsr_limits *limits, enum tsr_limit what, const char *source,
	uint32_t number, tsr_time now, uint32_t *retry_s);

/* Counts one, whether it was allowed or not. */
void tsr_limits_note(struct tsr_limits *limits, enum tsr_limit what, const char *source,
	uint32_t number, tsr_time now);

#endif
