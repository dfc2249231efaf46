/* SPDX-License-Identifier: Apache-2.0 */
/* Thousands of sessions, each from its seed, with everything going wrong now and then. */
#include <stdlib.h>

#include "session-world.h"
#include "test.h"

#define SEEDS 3000
#define STEPS 400

static bool run(uint64_t seed)
{
	struct world *w = world_create(seed, 2 + (uint32_t)(seed % (WORLD_MEMBERS_MAX - 1)));
	bool is_well = w != NULL;

	for (int i = 0; is_well && i < STEPS && !world_has_ended(w); i++)
		is_well = world_step(w);
	is_well = is_well && world_rest(w);
	world_destroy(w);
	return is_well;
}

static void invariants_hold_over_all_seeds(void)
{
	const char *one = getenv("SIM_SEED");

	if (one) {
		CHECK(run(strtoull(one, NULL, 10)));
		return;
	}
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		CHECK(run(seed));
}

TEST_MAIN(TEST(invariants_hold_over_all_seeds))
