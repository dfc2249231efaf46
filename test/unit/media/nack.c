/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/nack.h"

#include "test.h"

static struct tsr_nack nack;
static uint32_t index_;

static enum tsr_nack_result take(uint16_t seq, tsr_time now)
{
	return tsr_nack_handle_packet(&nack, seq, now, &index_);
}

static void asks_for_what_is_missing_once_per_round_trip(void)
{
	uint16_t seqs[8];
	tsr_time now = TSR_SECOND;

	tsr_nack_init(&nack);
	CHECK_INT(take(65534, now), TSR_NACK_NEXT);
	CHECK_INT(take(2, now), TSR_NACK_NEXT);
	CHECK_INT(nack.n_missing, 3);
	CHECK_INT(tsr_nack_poll(&nack, now, seqs, 8), 0); /* it may only be late */
	CHECK(tsr_nack_next_timeout(&nack) <= now + 10 * TSR_MS);
	now += 10 * TSR_MS;
	CHECK_INT(tsr_nack_poll(&nack, now, seqs, 8), 3);
	CHECK(seqs[0] == 65535 && seqs[1] == 0 && seqs[2] == 1);
	CHECK_INT(tsr_nack_poll(&nack, now + 20 * TSR_MS, seqs, 8), 0);
	CHECK_INT(take(0, now + 30 * TSR_MS), TSR_NACK_RECOVERED);
	CHECK_INT(take(0, now + 31 * TSR_MS), TSR_NACK_REPEATED);
	CHECK_INT(tsr_nack_poll(&nack, now + 200 * TSR_MS, seqs, 8), 2);
	CHECK(nack.round_trip < 100 * TSR_MS);
}

static void gives_up(void)
{
	uint16_t seqs[8];
	tsr_time now = TSR_SECOND;
	size_t n = 0;

	tsr_nack_init(&nack);
	(void)take(1, now);
	(void)take(3, now);
	for (int i = 0; i < 100; i++, now += 50 * TSR_MS)
		n += tsr_nack_poll(&nack, now, seqs, 8);
	CHECK(n > 3 && n <= 8);
	CHECK_INT(nack.n_missing, 0);
	CHECK(tsr_nack_next_timeout(&nack) == TSR_TIME_NEVER);
}

static void a_stray_number_is_no_restart(void)
{
	tsr_nack_init(&nack);
	(void)take(100, 0);
	CHECK_INT(take(40000, 0), TSR_NACK_REPEATED);
	CHECK_INT(take(101, 0), TSR_NACK_NEXT);
	CHECK_INT(take(50000, 0), TSR_NACK_REPEATED);
	CHECK_INT(take(50001, 0), TSR_NACK_RESTART);
	CHECK_INT(take(50002, 0), TSR_NACK_NEXT);
	CHECK_INT(nack.n_missing, 0);
}

static void memory_is_bounded(void)
{
	uint16_t seqs[300];

	tsr_nack_init(&nack);
	(void)take(0, 0);
	(void)take(2500, 0);
	CHECK(nack.n_missing <= TSR_NACK_MISSING_MAX);
	CHECK(tsr_nack_poll(&nack, TSR_SECOND / 2, seqs, 300) <= TSR_NACK_MISSING_MAX);
	CHECK_INT(take(1000, 0), TSR_NACK_REPEATED); /* out of the window */
	CHECK_INT(nack.missing[0].seq, nack.newest - TSR_NACK_MISSING_MAX);
	(void)take(2503, 0);
	CHECK_INT(nack.n_missing, TSR_NACK_MISSING_MAX);
	CHECK_INT(nack.missing[TSR_NACK_MISSING_MAX - 1].seq, nack.newest - 1);
	CHECK_INT(nack.missing[TSR_NACK_MISSING_MAX - 3].seq, nack.newest - 4);
}

/* A sender that leaves out thousands each time makes no more work than one that does not. */
static void gaps_are_cheap(void)
{
	uint16_t seq = 0;

	tsr_nack_init(&nack);
	for (int i = 0; i < 100000; i++, seq = (uint16_t)(seq + 2999))
		CHECK_INT(take(seq, i), TSR_NACK_NEXT);
	CHECK_INT(nack.n_missing, TSR_NACK_MISSING_MAX);
	CHECK_INT(take((uint16_t)(seq - 2999 - 1000), 100000), TSR_NACK_RECOVERED);
}

TEST_MAIN(TEST(asks_for_what_is_missing_once_per_round_trip), TEST(gives_up),
	TEST(a_stray_number_is_no_restart), TEST(memory_is_bounded), TEST(gaps_are_cheap))
