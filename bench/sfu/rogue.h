/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BENCH_SFU_ROGUE_H
#define TSR_BENCH_SFU_ROGUE_H

#include <jansson.h>

#include "bench/sfu/leg.h"

/* rogue: what a peer may send that does not mean well. Stamps of what it makes up name this source,
 * so that a receiver who gets any of it can tell. */
#define BENCH_ROGUE_SOURCE 57005u

/* Carries out {"kind":..., "count":...} on a leg and prints {"sent":N}: bench/sfu/README.md lists
 * the kinds. */
void bench_rogue(const json_t *command, struct bench_leg *leg);

#endif
