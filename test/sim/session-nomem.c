/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nth allocation fails, for every n that a simulated session reaches: whatever was asked for
 * then fails alone, and every invariant goes on to hold.
 */
#include <stdlib.h>

#include "session-world.h"
#include "test.h"

#define STEPS 300
#define SEEDS 40

static long left = -1; /* allocations until the one that fails; -1 = none does */
static long counted;

void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *ptr, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *ptr, size_t size);

static bool fails_now(void)
{
	counted++;
	return left >= 0 && left-- == 0;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *ptr, size_t size)
{
	return fails_now() ? NULL : __real_realloc(ptr, size);
}

/* failed: something noticed the failure. */
static bool run(uint64_t seed, long nth, bool *failed)
{
	struct world *w;
	bool is_well = true;

	left = nth;
	counted = 0;
	w = world_create(seed, 12);
	*failed = !w;
	if (!w)
		return true;
	for (int i = 0; is_well && i < STEPS && !world_has_ended(w); i++)
		is_well = world_step(w);
	is_well = is_well && world_rest(w);
	*failed = world_n_nomem(w) > 0;
	world_destroy(w);
	return is_well;
}

static void every_allocation_may_fail_once(void)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		long n_failed = 0, n;
		bool failed;

		CHECK(run(seed, -1, &failed));
		CHECK(!failed);
		n = counted;
		for (long nth = 0; nth < n; nth++) {
			CHECK(run(seed, nth, &failed));
			n_failed += failed;
		}
		printf("# seed %d: %ld allocations, %ld failures noticed\n", (int)seed, n,
			n_failed);
		CHECK(n_failed > 0);
	}
}

TEST_MAIN(TEST(every_allocation_may_fail_once))
