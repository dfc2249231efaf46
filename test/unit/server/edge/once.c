/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/once.h"

#include "core/base/err.h"
#include "test.h"

static void make_id(uint8_t id[TSR_ONCE_LEN], uint32_t n)
{
	memset(id, 0xa5, TSR_ONCE_LEN);
	n *= 2654435761u;
	memcpy(id, &n, sizeof(n));
}

static void takes_an_id_once(void)
{
	struct tsr_once *once = tsr_once_create();
	uint8_t id[TSR_ONCE_LEN];

	make_id(id, 1);
	CHECK_INT(tsr_once_take(once, id, TSR_SECOND), 0);
	CHECK_INT(tsr_once_take(once, id, TSR_SECOND), TSR_ERR_STALE);
	make_id(id, 2);
	CHECK_INT(tsr_once_take(once, id, TSR_SECOND), 0);
	tsr_once_destroy(once);
}

static void remembers_over_a_turn_of_generations(void)
{
	struct tsr_once *once = tsr_once_create();
	uint8_t id[TSR_ONCE_LEN], other[TSR_ONCE_LEN];
	tsr_time at = TSR_ONCE_PERIOD - TSR_SECOND;

	make_id(id, 1);
	make_id(other, 2);
	CHECK_INT(tsr_once_take(once, id, at), 0);
	CHECK_INT(tsr_once_take(once, other, at + 2 * TSR_SECOND), 0);
	CHECK_INT(tsr_once_take(once, id, at + TSR_ONCE_PERIOD), TSR_ERR_STALE);
	tsr_once_destroy(once);
}

static void forgets_after_two_periods(void)
{
	struct tsr_once *once = tsr_once_create();
	uint8_t id[TSR_ONCE_LEN];

	make_id(id, 1);
	CHECK_INT(tsr_once_take(once, id, TSR_SECOND), 0);
	CHECK_INT(tsr_once_take(once, id, TSR_SECOND + 3 * TSR_ONCE_PERIOD), 0);
	tsr_once_destroy(once);
}

static void is_bounded(void)
{
	struct tsr_once *once = tsr_once_create();
	uint8_t id[TSR_ONCE_LEN];

	for (uint32_t i = 1; i <= TSR_ONCE_CAP; i++) {
		make_id(id, i);
		CHECK_INT(tsr_once_take(once, id, TSR_SECOND), 0);
	}
	make_id(id, TSR_ONCE_CAP + 1);
	CHECK_INT(tsr_once_take(once, id, TSR_SECOND), TSR_ERR_FULL);
	CHECK_INT(tsr_once_take(once, id, TSR_SECOND + TSR_ONCE_PERIOD), 0);
	tsr_once_destroy(once);
}

static void refuses_no_id(void)
{
	struct tsr_once *once = tsr_once_create();
	uint8_t id[TSR_ONCE_LEN] = { 0 };

	CHECK_INT(tsr_once_take(once, id, TSR_SECOND), TSR_ERR_STALE);
	tsr_once_destroy(once);
}

TEST_MAIN(TEST(takes_an_id_once), TEST(remembers_over_a_turn_of_generations),
	TEST(forgets_after_two_periods), TEST(is_bounded), TEST(refuses_no_id))
