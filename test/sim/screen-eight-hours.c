/* SPDX-License-Identifier: Apache-2.0 */
/* A share of a working day in virtual time, with viewers that come and go, one on a thin line, and
 * a new epoch each half hour: what encoder, relay and views hold does not grow. Linked with
 * --wrap=malloc, calloc, aligned_alloc and free. */
#include <malloc.h>
#include <stdlib.h>

#include "test/sim/screen-world.h"
#include "test/test.h"

#define HOURS 8

void *__real_malloc(size_t len);
void *__real_calloc(size_t n, size_t len);
void *__real_aligned_alloc(size_t alignment, size_t len);
void __real_free(void *p);
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t n, size_t len);
void *__wrap_aligned_alloc(size_t alignment, size_t len);
void __wrap_free(void *p);

static size_t live, peak, peaks[HOURS];

static void *count(void *p)
{
	live += p ? malloc_usable_size(p) : 0;
	peak = live > peak ? live : peak;
	return p;
}

void *__wrap_malloc(size_t len)
{
	return count(__real_malloc(len));
}

void *__wrap_calloc(size_t n, size_t len)
{
	return count(__real_calloc(n, len));
}

void *__wrap_aligned_alloc(size_t alignment, size_t len)
{
	return count(__real_aligned_alloc(alignment, len));
}

void __wrap_free(void *p)
{
	live -= p ? malloc_usable_size(p) : 0;
	__real_free(p);
}

static void note_hour(unsigned hour)
{
	if (hour > 0 && hour <= HOURS)
		peaks[hour - 1] = peak;
	peak = live;
}

static void nothing_grows_in_eight_hours(void)
{
	struct world_config config = { .seed = 8,
		.width = 1030,
		.height = 4,
		.format = TSR_FORMAT_BGRA,
		.n_viewers = 3,
		.n_slow = 1,
		.slow_rate = 2,
		.active = HOURS * 3600 * TSR_SECOND,
		.is_a_day = true,
		.on_hour = note_hour };
	struct world_result result;
	size_t early = 0, late = 0;

	world_run(&config, &result);
	if (result.wrong)
		printf("# %s\n", result.wrong);
	CHECK(!result.wrong && !result.is_out_of_memory);
	CHECK_INT(result.n_equal, config.n_viewers);
	for (unsigned h = 0; h < HOURS; h++) {
		printf("# hour %u: at most %zu KiB\n", h + 1, peaks[h] / 1024);
		if (h < HOURS / 2)
			early = peaks[h] > early ? peaks[h] : early;
		else
			late = peaks[h] > late ? peaks[h] : late;
	}
	printf("# %u pictures, %llu KiB sent\n", result.pictures,
		(unsigned long long)result.uplink / 1024);
	CHECK(result.pictures > 20000);
	CHECK(late <= early + early / 50);
}

TEST_MAIN(TEST(nothing_grows_in_eight_hours))
