/* SPDX-License-Identifier: Apache-2.0 */
#include "server/media/stray.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "test.h"

static struct tsr_strays pool;
static const uint8_t bytes[TSR_UDP_LEN + 1] = { 1, 2, 3 };

static void is_bounded_and_used_again(void)
{
	static struct tsr_stray *all[TSR_STRAYS_MAX];

	for (size_t i = 0; i < TSR_STRAYS_MAX; i++) {
		all[i] = tsr_stray_take(&pool, tsr_slice(bytes, TSR_UDP_LEN));
		CHECK(all[i] != NULL);
	}
	CHECK(!tsr_stray_take(&pool, tsr_slice(bytes, 1)));
	tsr_stray_return(all[7]);
	CHECK(tsr_stray_take(&pool, tsr_slice(bytes, 3)) == all[7]);
	CHECK_INT(all[7]->len, 3);
	CHECK_MEM(all[7]->data, bytes, 3);
	for (size_t i = 0; i < TSR_STRAYS_MAX; i++)
		tsr_stray_return(all[i]);
	tsr_strays_finish(&pool);
}

static void refuses_what_no_socket_takes_in(void)
{
	CHECK(!tsr_stray_take(&pool, tsr_slice(bytes, sizeof(bytes))));
	tsr_strays_finish(&pool);
}

/* One after the other: no more memory is touched than one of them needs. */
static void one_at_a_time_is_one(void)
{
	for (int i = 0; i < 100; i++) {
		struct tsr_stray *stray = tsr_stray_take(&pool, tsr_slice(bytes, 10));

		CHECK(stray == pool.all);
		tsr_stray_return(stray);
	}
	CHECK_INT(pool.n_made, 1);
	tsr_strays_finish(&pool);
}

enum { ROUNDS = 2000, UNDER_WAY = 16 };
static _Atomic(struct tsr_stray *) under_way[UNDER_WAY];

static void *give_back(void *unused)
{
	for (int n = 0; n < ROUNDS; sched_yield())
		for (int i = 0; i < UNDER_WAY; i++) {
			struct tsr_stray *stray = atomic_exchange(&under_way[i], NULL);

			if (!stray)
				continue;
			n++;
			if (stray->len != stray->data[0])
				test_failed = true;
			tsr_stray_return(stray);
		}
	return unused;
}

static void comes_back_from_another_thread(void)
{
	pthread_t reader;

	CHECK_INT(pthread_create(&reader, NULL, give_back, NULL), 0);
	for (int n = 0; n < ROUNDS; sched_yield())
		for (int i = 0; i < UNDER_WAY; i++) {
			uint8_t data[UNDER_WAY + 1] = { (uint8_t)(i + 1) };
			struct tsr_stray *stray;

			if (n == ROUNDS || atomic_load(&under_way[i]))
				continue;
			stray = tsr_stray_take(&pool, tsr_slice(data, (size_t)i + 1));
			CHECK(stray != NULL);
			atomic_store(&under_way[i], stray);
			n++;
		}
	pthread_join(reader, NULL);
	CHECK(pool.n_made <= UNDER_WAY + 1);
	tsr_strays_finish(&pool);
}

TEST_MAIN(TEST(is_bounded_and_used_again), TEST(refuses_what_no_socket_takes_in),
	TEST(one_at_a_time_is_one), TEST(comes_back_from_another_thread))
