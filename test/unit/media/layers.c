/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/layers.h"

#include "test.h"

static const struct tsr_layer_option simulcast[] = { { 0, 0, 50000 }, { 0, 1, 100000 },
	{ 0, 2, 150000 }, { 1, 0, 200000 }, { 1, 1, 350000 }, { 1, 2, 500000 }, { 2, 0, 600000 },
	{ 2, 1, 1100000 }, { 2, 2, 1600000 } };

static struct tsr_layers_ask ask(uint8_t priority, int8_t current)
{
	return (struct tsr_layers_ask){ .options = simulcast,
		.n_options = 9,
		.max_spatial = 2,
		.max_temporal = 2,
		.priority = priority,
		.current = current };
}

static void everybody_gets_something_first(void)
{
	struct tsr_layers_ask v[3] = { ask(1, -1), ask(9, -1), ask(1, -1) };

	(void)tsr_layers_allocate(v, 3, 170000, 170000 * 3 / 2, true);
	CHECK_INT(v[0].priority, 9);
	CHECK(v[0].choice == 0 && v[1].choice == 0 && v[2].choice == 0);
	(void)tsr_layers_allocate(v, 3, 70000, 70000 * 3 / 2, true);
	CHECK(v[0].choice == 0 && v[1].choice == -1 && v[2].choice == -1);
}

static void the_important_rises_first_the_equal_in_turn(void)
{
	struct tsr_layers_ask v[3] = { ask(1, -1), ask(9, -1), ask(1, -1) };
	uint64_t wanted = tsr_layers_allocate(v, 3, 2000000, 2000000 * 3 / 2, true);

	CHECK_INT(wanted, 3 * 1600000);
	CHECK_INT(v[0].choice, 8);
	CHECK(v[1].choice == v[2].choice || v[1].choice == v[2].choice + 1);
	CHECK(v[1].choice >= 1);
}

static void a_rise_needs_more_than_it_costs(void)
{
	struct tsr_layers_ask low = ask(1, 5), high = ask(1, 8);

	(void)tsr_layers_allocate(&low, 1, 1700000, 1700000 * 3 / 2, true);
	CHECK_INT(low.choice, 7);
	(void)tsr_layers_allocate(&high, 1, 1700000, 1700000 * 3 / 2, true);
	CHECK_INT(high.choice, 8);
	low = ask(1, 5);
	(void)tsr_layers_allocate(&low, 1, 5000000, 5000000 * 3 / 2, false);
	CHECK_INT(low.choice, 5);
}

static void no_more_than_the_tile_shows(void)
{
	struct tsr_layers_ask small = ask(1, -1), still = ask(1, -1);

	small.max_spatial = 0;
	CHECK_INT(tsr_layers_allocate(&small, 1, 9000000, 9000000 * 3 / 2, true), 150000);
	CHECK_INT(small.choice, 2);
	still.max_temporal = 0;
	(void)tsr_layers_allocate(&still, 1, 9000000, 9000000 * 3 / 2, true);
	CHECK_INT(still.choice, 6);
}

/* Nothing smaller can be had of it: it goes on a little above what there is, not begins there. */
static void the_only_layer_goes_on(void)
{
	static const struct tsr_layer_option flat[] = { { 0, 0, 1700000 } };
	struct tsr_layers_ask v[2] = { { .options = flat, .n_options = 1, .current = -1 },
		{ .options = flat, .n_options = 1, .current = -1 } };

	(void)tsr_layers_allocate(v, 2, 1000000, 1500000, true);
	CHECK(v[0].choice == -1 && v[1].choice == -1);
	(void)tsr_layers_allocate(v, 2, 1000000, 4000000, true);
	CHECK(v[0].choice == 0 && v[1].choice == -1);
	v[0].current = 0;
	(void)tsr_layers_allocate(v, 2, 1000000, 1500000, true);
	CHECK(v[0].choice == 0 && v[1].choice == -1);
	(void)tsr_layers_allocate(v, 2, 700000, 1050000, true);
	CHECK(v[0].choice == -1 && v[1].choice == -1);
}

TEST_MAIN(TEST(everybody_gets_something_first), TEST(the_important_rises_first_the_equal_in_turn),
	TEST(a_rise_needs_more_than_it_costs), TEST(no_more_than_the_tile_shows),
	TEST(the_only_layer_goes_on))
