/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/limits.h"

#include "test.h"

static void gives_the_burst_and_then_the_rate(void)
{
	struct tsr_bucket bucket = { .rate = 5, .burst = 10 };
	tsr_time now = 100 * TSR_SECOND;

	for (int i = 0; i < 10; i++)
		CHECK(tsr_bucket_take(&bucket, now));
	CHECK(!tsr_bucket_take(&bucket, now));
	CHECK(!tsr_bucket_take(&bucket, now + 199 * TSR_MS));
	CHECK(tsr_bucket_take(&bucket, now + 200 * TSR_MS));
	CHECK(!tsr_bucket_take(&bucket, now + 201 * TSR_MS));
}

static void never_holds_more_than_the_burst(void)
{
	struct tsr_bucket bucket = { .rate = 50, .burst = 3 };
	tsr_time now = TSR_SECOND;
	int n = 0;

	CHECK(tsr_bucket_take(&bucket, now));
	now += 100 * TSR_MINUTE;
	while (tsr_bucket_take(&bucket, now))
		n++;
	CHECK_INT(n, 3);
}

static void stands_a_clock_that_rests(void)
{
	struct tsr_bucket bucket = { .rate = 1, .burst = 1 };

	CHECK(tsr_bucket_take(&bucket, 5 * TSR_SECOND));
	CHECK(!tsr_bucket_take(&bucket, 5 * TSR_SECOND));
	CHECK(!tsr_bucket_take(&bucket, 4 * TSR_SECOND));
}

static void counts_connections_of_a_source(void)
{
	struct tsr_sources *sources = tsr_sources_create(0x1234567890abcdef);

	CHECK(sources);
	for (int i = 0; i < TSR_SOURCE_MAX; i++)
		CHECK(tsr_sources_take(sources, 7));
	CHECK(!tsr_sources_take(sources, 7));
	CHECK(tsr_sources_take(sources, 8));
	tsr_sources_give(sources, 7);
	CHECK(tsr_sources_take(sources, 7));
	CHECK(!tsr_sources_take(sources, 7));
	tsr_sources_destroy(sources);
}

TEST_MAIN(TEST(gives_the_burst_and_then_the_rate), TEST(never_holds_more_than_the_burst),
	TEST(stands_a_clock_that_rests), TEST(counts_connections_of_a_source))
