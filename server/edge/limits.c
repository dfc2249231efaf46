/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/limits.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { ROW_LEN = 8192 };

struct tsr_sources {
	uint64_t seed;
	_Atomic uint16_t rows[2][ROW_LEN];
};

bool tsr_bucket_take(struct tsr_bucket *bucket, tsr_time now)
{
	int64_t full = (int64_t)bucket->burst * TSR_SECOND;
	tsr_time passed = now - bucket->filled_at;

	if (bucket->filled_at == 0 || passed > full)
		bucket->level_us = full;
	else if (passed > 0)
		bucket->level_us += passed * bucket->rate;
	if (bucket->level_us > full)
		bucket->level_us = full;
	bucket->filled_at = now;
	if (bucket->level_us < TSR_SECOND)
		return false;
	bucket->level_us -= TSR_SECOND;
	return true;
}

/* Mixes in a seed that nobody outside knows (the finish of MurmurHash3). */
static uint64_t source_hash(const struct tsr_sources *sources, uint64_t source)
{
	uint64_t h = source ^ sources->seed;

	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdu;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53u;
	return h ^ (h >> 33);
}

struct tsr_sources *tsr_sources_create(uint64_t seed)
{
	struct tsr_sources *sources = calloc(1, sizeof(*sources));

	if (sources)
		sources->seed = seed;
	return sources;
}

void tsr_sources_destroy(struct tsr_sources *sources)
{
	free(sources);
}

static void add(struct tsr_sources *sources, uint64_t hash, uint16_t n)
{
	atomic_fetch_add(&sources->rows[0][hash % ROW_LEN], n);
	atomic_fetch_add(&sources->rows[1][(hash >> 32) % ROW_LEN], n);
}

bool tsr_sources_take(struct tsr_sources *sources, uint64_t source)
{
	uint64_t hash = source_hash(sources, source);
	uint16_t a = atomic_load(&sources->rows[0][hash % ROW_LEN]);
	uint16_t b = atomic_load(&sources->rows[1][(hash >> 32) % ROW_LEN]);

	if ((a < b ? a : b) >= TSR_SOURCE_MAX)
		return false;
	add(sources, hash, 1);
	return true;
}

void tsr_sources_give(struct tsr_sources *sources, uint64_t source)
{
	add(sources, source_hash(sources, source), (uint16_t)-1);
}
