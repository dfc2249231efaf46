/* SPDX-License-Identifier: Apache-2.0 */
#include "core/crypto/replay.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "test.h"

static void ordered_takes_only_more(void)
{
	struct tsr_replay replay;

	tsr_replay_init(&replay, TSR_REPLAY_ORDERED);
	CHECK_INT(tsr_replay_check(&replay, 0), 0);
	tsr_replay_note(&replay, 0);
	CHECK_INT(tsr_replay_check(&replay, 0), TSR_ERR_STALE);
	CHECK_INT(tsr_replay_check(&replay, 5), 0);
	tsr_replay_note(&replay, 5);
	CHECK_INT(tsr_replay_check(&replay, 4), TSR_ERR_STALE);
	CHECK_INT(tsr_replay_check(&replay, UINT64_MAX), 0);
	tsr_replay_note(&replay, UINT64_MAX);
	CHECK_INT(tsr_replay_check(&replay, UINT64_MAX), TSR_ERR_STALE);
}

static void windowed_takes_each_once(void)
{
	struct tsr_replay replay;

	tsr_replay_init(&replay, TSR_REPLAY_WINDOWED);
	tsr_replay_note(&replay, 2000);
	CHECK_INT(tsr_replay_check(&replay, 2000), TSR_ERR_STALE);
	CHECK_INT(tsr_replay_check(&replay, 2000 - 1023), 0);
	CHECK_INT(tsr_replay_check(&replay, 2000 - 1024), TSR_ERR_STALE);
	tsr_replay_note(&replay, 1999);
	CHECK_INT(tsr_replay_check(&replay, 1999), TSR_ERR_STALE);
	CHECK_INT(tsr_replay_check(&replay, 1998), 0);
}

/* Against the plainest thing that is right: a table of everything. */
static void windowed_equals_a_table(void)
{
	static bool seen[20000];
	struct tsr_replay replay;
	uint64_t newest = 0;
	uint32_t seed = 1;
	bool any = false;

	memset(seen, 0, sizeof(seen));
	tsr_replay_init(&replay, TSR_REPLAY_WINDOWED);
	for (int i = 0; i < 200000; i++) {
		uint64_t ctr;
		bool fresh;

		seed = seed * 1664525 + 1013904223;
		ctr = newest + (seed >> 8) % ((seed & 0xff) ? 40 : 3000);
		ctr = ctr > 1500 ? ctr - (seed >> 16) % 1500 : ctr;
		if (ctr >= sizeof(seen))
			break;
		fresh = !any || ctr > newest || (newest - ctr < TSR_REPLAY_WINDOW && !seen[ctr]);
		CHECK_INT(tsr_replay_check(&replay, ctr), fresh ? 0 : TSR_ERR_STALE);
		if (!fresh)
			continue;
		tsr_replay_note(&replay, ctr);
		seen[ctr] = true;
		newest = !any || ctr > newest ? ctr : newest;
		any = true;
	}
	CHECK(newest > 15000);
}

TEST_MAIN(TEST(ordered_takes_only_more), TEST(windowed_takes_each_once),
	TEST(windowed_equals_a_table))
