/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/speaker.h"

#include "test.h"

static struct tsr_floor floor_;
static struct tsr_meter a, b;
static tsr_time now;

/* level 127: no packets at all, as with DTX. */
static void speak(tsr_time span, uint8_t level_a, uint8_t level_b)
{
	for (tsr_time end = now + span; now < end; now += 20 * TSR_MS) {
		if (level_a < 127)
			tsr_meter_handle_level(&a, level_a, now);
		if (level_b < 127)
			tsr_meter_handle_level(&b, level_b, now);
		if (now % (200 * TSR_MS) == 0)
			(void)tsr_floor_handle_timeout(&floor_, now);
	}
}

static void open_floor(void)
{
	now = TSR_SECOND;
	tsr_floor_init(&floor_);
	tsr_floor_add(&floor_, &a);
	tsr_floor_add(&floor_, &b);
}

static void the_floor_goes_to_who_speaks(void)
{
	open_floor();
	speak(TSR_SECOND, 80, 80);
	CHECK(!floor_.holder && !a.is_speaking);
	speak(TSR_SECOND, 25, 80);
	CHECK(floor_.holder == &a && a.is_speaking && !b.is_speaking);
	speak(2 * TSR_SECOND, 127, 30);
	CHECK(floor_.holder == &b && !a.is_speaking && b.is_speaking);
	speak(2 * TSR_SECOND, 127, 127);
	CHECK(floor_.holder == &b && !b.is_speaking); /* kept in silence */
}

static void a_cough_takes_it_from_nobody(void)
{
	open_floor();
	speak(TSR_SECOND, 30, 90);
	speak(200 * TSR_MS, 30, 10);
	speak(TSR_SECOND, 30, 90);
	CHECK(floor_.holder == &a);
	speak(TSR_SECOND, 30, 29); /* as loud is not louder */
	CHECK(floor_.holder == &a && b.is_speaking);
	CHECK(tsr_floor_remove(&floor_, &a));
	CHECK(!floor_.holder);
}

static void who_ends_while_speaking_is_told(void)
{
	open_floor();
	speak(TSR_SECOND, 30, 90);
	CHECK(!tsr_floor_remove(&floor_, &b)); /* he said nothing */
	CHECK(tsr_floor_remove(&floor_, &a));
}

TEST_MAIN(TEST(the_floor_goes_to_who_speaks), TEST(a_cough_takes_it_from_nobody),
	TEST(who_ends_while_speaking_is_told))
