/* SPDX-License-Identifier: Apache-2.0 */
#include "core/session/idmap.h"

#include "test.h"

#define IDS 3000

static void it_finds_what_was_put_and_not_removed(void)
{
	static int values[IDS + 1];
	struct tsr_idmap map = { 0 };
	uint32_t id = 1;

	CHECK(!tsr_idmap_find(&map, 1));
	tsr_idmap_remove(&map, 1);
	/* Puts and removes in an order that makes long runs with holes in them. */
	for (int round = 0; round < 4 * IDS; round++) {
		id = (id * 1103515245u + 12345u) % IDS + 1;
		if (values[id]) {
			tsr_idmap_remove(&map, id);
			values[id] = 0;
		} else {
			CHECK_INT(tsr_idmap_reserve(&map), 0);
			tsr_idmap_put(&map, id, &values[id]);
			values[id] = 1;
		}
		if (round % 500 == 0) {
			for (uint32_t i = 1; i <= IDS; i++)
				CHECK(tsr_idmap_find(&map, i) == (values[i] ? &values[i] : NULL));
		}
	}
	CHECK(!tsr_idmap_find(&map, 0));
	CHECK(2 * map.n <= map.cap);
	tsr_idmap_finish(&map);
	CHECK(!tsr_idmap_find(&map, id));
}

TEST_MAIN(TEST(it_finds_what_was_put_and_not_removed))
