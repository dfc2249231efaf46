/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_ONCE_H
#define TSR_EDGE_ONCE_H

#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/time.h"

/*
 * once: remembers the jti of role tokens until they have expired, so that each opens one
 * connection only. Two generations of a fixed size; one lasts TSR_ONCE_PERIOD, so an id is
 * remembered for at least that long: no token may live longer.
 */
#define TSR_ONCE_LEN 16
#define TSR_ONCE_PERIOD (120 * TSR_SECOND)
#define TSR_ONCE_CAP 8192 /* ids per generation */

struct tsr_once;

struct tsr_once *tsr_once_create(void);       /* NULL when out of memory */
void tsr_once_destroy(struct tsr_once *once); /* NULL is fine */

/* Notes the id. Returns 0, TSR_ERR_STALE when it was noted before, or TSR_ERR_FULL: then no
 * token can be taken until older ones are forgotten. */
TSR_CHECKED int tsr_once_take(
	struct tsr_once *once, const uint8_t id[static TSR_ONCE_LEN], tsr_time now);

#endif
