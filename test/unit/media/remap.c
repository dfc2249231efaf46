/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/remap.h"

#include "test.h"

#define WINDOW 512

static struct tsr_remap map;
static struct tsr_remap_slot slots[WINDOW];
static uint16_t out;

static void what_is_dropped_leaves_no_gap(void)
{
	tsr_remap_init(&map, slots, WINDOW, 65534);
	tsr_remap_restart(&map, 1000);
	for (uint32_t i = 0; i < 300; i++) {
		if (i % 3 == 2) {
			CHECK(!tsr_remap_drop(&map, 1000 + i, &out));
			continue;
		}
		CHECK_INT(tsr_remap_pass(&map, 1000 + i, &out), TSR_REMAP_NEW);
		CHECK_INT(out, (uint16_t)(65534 + i - i / 3));
	}
	CHECK(tsr_remap_is_dropped(&map, 1002) && !tsr_remap_is_dropped(&map, 1003));
	CHECK_INT(tsr_remap_pass(&map, 1002, &out), TSR_REMAP_GONE);
	CHECK_INT(tsr_remap_pass(&map, 1003, &out), TSR_REMAP_AGAIN);
}

static void what_is_late_finds_its_place(void)
{
	uint16_t released;

	tsr_remap_init(&map, slots, WINDOW, 10);
	tsr_remap_restart(&map, 0);
	CHECK_INT(tsr_remap_pass(&map, 0, &out), TSR_REMAP_NEW);
	CHECK_INT(tsr_remap_pass(&map, 4, &out), TSR_REMAP_NEW);
	CHECK_INT(out, 14);
	CHECK_INT(tsr_remap_pass(&map, 2, &out), TSR_REMAP_NEW);
	CHECK_INT(out, 12);
	CHECK(tsr_remap_drop(&map, 1, &out)); /* its number is spent on something empty */
	CHECK_INT(out, 11);
	CHECK_INT(tsr_remap_release(&map, &released, 1), 1);
	CHECK_INT(released, 13);
	CHECK_INT(tsr_remap_release(&map, &released, 1), 0);
	CHECK_INT(tsr_remap_pass(&map, 5, &out), TSR_REMAP_NEW);
	CHECK_INT(out, 15);
}

static void numbers_are_given_once_over_restarts(void)
{
	tsr_remap_init(&map, slots, WINDOW, 0);
	tsr_remap_restart(&map, 7000);
	CHECK_INT(tsr_remap_pass(&map, 7000, &out), TSR_REMAP_NEW);
	tsr_remap_restart(&map, 100);
	CHECK_INT(tsr_remap_pass(&map, 99, &out), TSR_REMAP_GONE);
	CHECK_INT(tsr_remap_pass(&map, 100, &out), TSR_REMAP_NEW);
	CHECK_INT(out, 1);
	CHECK_INT(tsr_remap_pass(&map, 100 + WINDOW / 2 + 1, &out), TSR_REMAP_BROKEN);
	CHECK_INT(tsr_remap_pass(&map, 101, &out), TSR_REMAP_NEW);
	CHECK_INT(out, 2);
}

TEST_MAIN(TEST(what_is_dropped_leaves_no_gap), TEST(what_is_late_finds_its_place),
	TEST(numbers_are_given_once_over_restarts))
