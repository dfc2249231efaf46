/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CONTROL_NUMBERS_H
#define TSR_CONTROL_NUMBERS_H

#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"
#include "store/store.h"

/*
 * numbers: the nine digits by which a session is called. They are names, not secrets: uniform
 * in 100000000..999999999, one session at a time, and not used again for 90 days after the end;
 * all of it held by one unique key of the database.
 */
#define TSR_NUMBER_FIRST 100000000u
#define TSR_NUMBER_COUNT 900000000u
#define TSR_NUMBER_DRAWS 20
#define TSR_NUMBER_COOL_DOWN_MS (90ull * 24 * 3600 * 1000)

/* Takes a free number, inside the caller's transaction. uniform(n) gives 0..n-1. TSR_ERR_FULL
 * when 20 draws met only numbers in use or retired. */
TSR_CHECKED int tsr_number_draw(
	uint32_t *out, struct tsr_store *store, uint32_t (*uniform)(uint32_t n));

/* Reads exactly nine digits of the range; 0 for anything else. */
uint32_t tsr_number_parse(struct tsr_slice text);

#endif
