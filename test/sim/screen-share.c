/* SPDX-License-Identifier: Apache-2.0 */
/* Seeded runs of a share with everything that goes wrong on the way. TSR_SIM_RUNS says how many;
 * with fewer than 1000 the runs of a minute on a thin line are two instead of eight. TSR_SIM_FIRST
 * is the first seed, 1 if not said. */
#include <stdlib.h>

#include "core/screen/codec.h"
#include "core/screen/relay.h"
#include "test/sim/screen-world.h"
#include "test/test.h"
#include "test/unit/screen/pictures.h"

static uint32_t n_runs(void)
{
	const char *text = getenv("TSR_SIM_RUNS");

	return text ? (uint32_t)strtoul(text, NULL, 10) : 300;
}

static uint64_t first_run(void)
{
	const char *text = getenv("TSR_SIM_FIRST");

	return text ? strtoull(text, NULL, 10) : 1;
}

/* Every fourth run is paced, on a line that does not carry what it shows; these, and one in eight
 * beside them, have pictures of some height: things move in them, and some have rows of cells. The
 * rest are strips, which cost little. */
static void make_page(struct world_config *config, uint64_t *random)
{
	config->is_paced = config->seed % 4 == 1;
	config->format = random_below(random, 2) ? TSR_FORMAT_BGRA : TSR_FORMAT_I420;
	config->width = 515 + random_below(random, 200);
	config->height = config->seed % 8 == 1 ? 180 + random_below(random, 220)
					       : 514 + random_below(random, 60);
	if (!config->is_paced)
		return;
	config->rate = 250 + random_below(random, 500);
	config->slow_rate = config->rate / 2;
	config->active += TSR_SECOND;
}

static struct world_config config_of(uint64_t seed)
{
	uint64_t random = seed * 77;
	struct world_config config = {
		.seed = seed,
		.width = 515 + random_below(&random, 700),
		.height = 1 + random_below(&random, 3),
		.format = seed % 2 ? TSR_FORMAT_BGRA : TSR_FORMAT_I420,
		.n_viewers = 1 + random_below(&random, 4),
		.has_faults = true,
		.active = 1500 * TSR_MS + (tsr_time)random_below(&random, 100) * 10 * TSR_MS,
	};

	if (random_below(&random, 2)) {
		uint32_t width = config.width;

		config.width = config.height;
		config.height = width;
	}
	config.n_slow = random_below(&random, 3) == 0;
	if (seed % 8 == 1 || seed % 8 == 3 || seed % 8 == 5)
		make_page(&config, &random);
	return config;
}

/* What became of all runs. */
struct sum {
	uint64_t digest;
	uint32_t n_late, n_held, n_previews, n_copies;
};

static void add(struct sum *sum, uint64_t seed, const struct world_config *config,
	const struct world_result *result)
{
	if (result->wrong || result->n_equal != result->n_viewers)
		printf("# seed %llu: %s, %u of %u equal\n", (unsigned long long)seed,
			result->wrong ? result->wrong : "no", result->n_equal, result->n_viewers);
	CHECK(!result->wrong);
	CHECK_INT(result->n_equal, result->n_viewers);
	sum->digest = (sum->digest ^ result->digest) * 0x100000001b3u;
	sum->n_held += result->n_held > 0;
	sum->n_previews += result->n_previews;
	sum->n_copies += result->n_copies;
	if (config->is_paced || result->n_equal_soon == result->n_ordinary)
		return;
	printf("# seed %llu: %u of %u equal after 300 ms\n", (unsigned long long)seed,
		result->n_equal_soon, result->n_ordinary);
	sum->n_late++;
}

static void every_run_ends_equal(void)
{
	struct sum sum = { 0 };

	for (uint64_t seed = first_run(); seed < first_run() + n_runs(); seed++) {
		struct world_config config = config_of(seed);
		struct world_result result;

		world_run(&config, &result);
		add(&sum, seed, &config, &result);
	}
	printf("# %u runs held something; %u previews, %u copies\n", sum.n_held, sum.n_previews,
		sum.n_copies);
	printf("# digest of %u runs: %016llx\n", n_runs(), (unsigned long long)sum.digest);
	CHECK_INT(sum.n_late, 0);
	CHECK(sum.n_held > 0 && sum.n_previews > 0 && sum.n_copies > 0);
}

static void uplink_does_not_depend_on_the_number_of_viewers(void)
{
	struct world_config config = { .seed = 5,
		.width = 1200,
		.height = 12,
		.format = TSR_FORMAT_BGRA,
		.n_viewers = 2,
		.active = 4 * TSR_SECOND };
	struct world_result few, many;

	world_run(&config, &few);
	config.n_viewers = 100;
	world_run(&config, &many);
	CHECK(!few.wrong && !many.wrong);
	CHECK_INT(many.n_equal, 100);
	printf("# uplink: %llu bytes for 2 viewers, %llu for 100\n", (unsigned long long)few.uplink,
		(unsigned long long)many.uplink);
	CHECK(many.uplink <= few.uplink + few.uplink / 20);
}

/* People who come one after the other are let in by the run; what they cost the presenter is a part
 * of what the pictures cost anyway. */
static void a_hundred_joins_cost_the_presenter_little(void)
{
	struct world_config config = { .seed = 5,
		.width = 1200,
		.height = 60,
		.format = TSR_FORMAT_BGRA,
		.n_viewers = 2,
		.active = 12 * TSR_SECOND };
	struct world_result calm, storm;

	world_run(&config, &calm);
	config.n_viewers = 100;
	config.joins_over = 10 * TSR_SECOND;
	world_run(&config, &storm);
	if (storm.wrong)
		printf("# %s\n", storm.wrong);
	CHECK(!calm.wrong && !storm.wrong);
	CHECK_INT(storm.n_equal, 100);
	printf("# uplink: %llu bytes, with 98 joins %llu; all KEYs %llu\n",
		(unsigned long long)calm.uplink, (unsigned long long)storm.uplink,
		(unsigned long long)storm.key_bytes);
	CHECK(storm.uplink <= calm.uplink + calm.uplink / 5);
}

static void a_slow_viewer_slows_nobody(void)
{
	struct world_config config = { .seed = 9,
		.width = 1200,
		.height = 60,
		.format = TSR_FORMAT_BGRA,
		.n_viewers = 4,
		.active = 8 * TSR_SECOND,
		.rate = 1250 };
	struct world_result alone, with_slow;
	tsr_time bound;

	world_run(&config, &alone);
	config.n_slow = 1;
	world_run(&config, &with_slow);
	CHECK(!alone.wrong && !with_slow.wrong);
	CHECK_INT(with_slow.n_equal, 4);
	bound = TSR_SECOND + (tsr_time)(with_slow.key_bytes * 1000 / (config.rate / 10));
	printf("# age: %lld ms; with a slow viewer %lld ms, the slow one %lld ms, at most %lld ms; "
	       "keys %llu\n",
		(long long)(alone.max_age / TSR_MS), (long long)(with_slow.max_age / TSR_MS),
		(long long)(with_slow.max_age_slow / TSR_MS), (long long)(bound / TSR_MS),
		(unsigned long long)with_slow.key_bytes);
	CHECK(with_slow.max_age_slow > with_slow.max_age);
	CHECK(with_slow.max_age_slow <= bound);
	CHECK(with_slow.max_age <= alone.max_age + 250 * TSR_MS);
}

/* Everything changes ten times a second, and a line carries a tenth of that. */
static void what_a_slow_viewer_shows_is_not_old(void)
{
	for (uint64_t seed = 1; seed <= (n_runs() < 1000 ? 2 : 8); seed++) {
		struct world_config config = { .seed = seed,
			.width = 6 * 512,
			.height = 48,
			.format = TSR_FORMAT_BGRA,
			.n_viewers = 1 + (uint32_t)seed % 4,
			.n_slow = 1,
			.active = 60 * TSR_SECOND,
			.rate = 2000,
			.has_noise = true,
			.slow_rate = 41 };
		struct world_result result;
		tsr_time bound;

		world_run(&config, &result);
		bound = TSR_SECOND + (tsr_time)(result.key_bytes * 1000 / config.slow_rate);
		printf("# age of the oldest cell: %lld ms, 95 %% %lld ms, worst %lld ms; bound "
		       "%lld ms; "
		       "%llu of %u bytes\n",
			(long long)(result.cell_age_p50 / TSR_MS),
			(long long)(result.cell_age_p95 / TSR_MS),
			(long long)(result.cell_age_max / TSR_MS), (long long)(bound / TSR_MS),
			(unsigned long long)(result.slow_bytes / config.n_slow),
			config.slow_rate * 30000);
		if (result.wrong)
			printf("# seed %llu: %s\n", (unsigned long long)seed, result.wrong);
		CHECK(!result.wrong);
		CHECK_INT(result.n_equal, result.n_viewers);
		CHECK(result.cell_age_p95 <= bound);
	}
}

TEST_MAIN(TEST(every_run_ends_equal), TEST(uplink_does_not_depend_on_the_number_of_viewers),
	TEST(a_hundred_joins_cost_the_presenter_little), TEST(a_slow_viewer_slows_nobody),
	TEST(what_a_slow_viewer_shows_is_not_old))
