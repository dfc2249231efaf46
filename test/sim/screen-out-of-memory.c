/* SPDX-License-Identifier: Apache-2.0 */
/* One run of a share again and again, with the nth allocation failing: nothing crashes or leaks,
 * and a run that did not notice is as good as any. Linked with --wrap=malloc, calloc and
 * aligned_alloc. */
#include <stdlib.h>

#include "test/sim/screen-world.h"
#include "test/test.h"

void *__real_malloc(size_t len);
void *__real_calloc(size_t n, size_t len);
void *__real_aligned_alloc(size_t alignment, size_t len);
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t n, size_t len);
void *__wrap_aligned_alloc(size_t alignment, size_t len);

static long long until_failure = -1; /* allocations that still succeed; below 0: all */

static bool is_over(void)
{
	return until_failure >= 0 && until_failure-- == 0;
}

void *__wrap_malloc(size_t len)
{
	return is_over() ? NULL : __real_malloc(len);
}

void *__wrap_calloc(size_t n, size_t len)
{
	return is_over() ? NULL : __real_calloc(n, len);
}

void *__wrap_aligned_alloc(size_t alignment, size_t len)
{
	return is_over() ? NULL : __real_aligned_alloc(alignment, len);
}

static void every_allocation_may_fail(void)
{
	struct world_config config = { .seed = 4,
		.width = 600,
		.height = 2,
		.format = TSR_FORMAT_I420,
		.n_viewers = 3,
		.has_faults = true,
		.active = 1500 * TSR_MS };
	struct world_result result = { .is_out_of_memory = true };
	long long n;

	for (n = 0; result.is_out_of_memory && n < 20000; n++) {
		until_failure = n;
		world_run(&config, &result);
		if (until_failure < 0)
			CHECK(result.is_out_of_memory);
		until_failure = -1;
		CHECK(!result.wrong);
	}
	printf("# %lld allocations failed in turn\n", n - 1);
	CHECK(n > 20);
	CHECK_INT(result.n_equal, result.n_viewers);
}

TEST_MAIN(TEST(every_allocation_may_fail))
