/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_LIMITS_H
#define TSR_EDGE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/time.h"

/* limits: how often one member may do a thing, and how many connections one source may hold. */

/* A bucket of burst tokens that fills at rate tokens per second. Zeroed except for rate and
 * burst it is full. */
struct tsr_bucket {
	uint32_t rate;
	uint32_t burst;
	tsr_time filled_at; /* 0 = never used */
	int64_t level_us;   /* tokens x 1,000,000 */
};

/* Takes one token; false when there is none. */
bool tsr_bucket_take(struct tsr_bucket *bucket, tsr_time now);

/*
 * Connections per source, counted by all threads without a lock: two rows of counters picked
 * by two keyed hashes. The true count is never above the smaller of the two, and above it only by
 * those that collide in both rows; the key keeps outsiders from choosing collisions.
 */
#define TSR_SOURCE_MAX 512
struct tsr_sources;

/* Returns an empty table keyed by seed, or NULL when out of memory. */
struct tsr_sources *tsr_sources_create(uint64_t seed);
void tsr_sources_destroy(struct tsr_sources *sources); /* NULL is fine */

/* Counts one more connection of the source (tsr_addr_prefix_hash()); false, and not counted,
 * when it holds TSR_SOURCE_MAX already. */
bool tsr_sources_take(struct tsr_sources *sources, uint64_t source);
void tsr_sources_give(struct tsr_sources *sources, uint64_t source);

#endif
