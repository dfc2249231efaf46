/* SPDX-License-Identifier: Apache-2.0 */
/* The nth allocation fails, for every n that a call reaches: something fails in order, nothing
 * leaks, and without a failure there is a call. OpenSSL's own allocations are not among them. */
#include <stdlib.h>

#include "core/base/err.h"
#include "pair.h"
#include "test.h"

static struct pair world;
static long left = -1; /* allocations until the one that fails; -1 = none does */

void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *ptr, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *ptr, size_t size);

static bool fails_now(void)
{
	return left >= 0 && left-- == 0;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *ptr, size_t size)
{
	return fails_now() ? NULL : __real_realloc(ptr, size);
}

enum outcome { NOT_CREATED, NOT_CONNECTED, LOST_ONE, WHOLE };

/* Ten packets each way, of as many SSRCs: their state is allocated as they come. */
static enum outcome call(void)
{
	struct tsr_tuple path = pair_path(5000);
	uint32_t n_sent = 0;

	if (!pair_create(&world, 1))
		return NOT_CREATED;
	pair_check(&world, &path);
	if (!pair_connect(&world, TSR_SECOND))
		return NOT_CONNECTED;
	for (uint32_t i = 0; i < 10; i++) {
		n_sent += pair_send_rtp(&world, true, i, 1) == 0;
		n_sent += pair_send_rtp(&world, false, i, 1) == 0;
	}
	pair_run(&world, TSR_SECOND);
	return n_sent == 20 && world.server.n_rtp + world.client.n_rtp == 20 ? WHOLE : LOST_ONE;
}

static void every_allocation_may_fail_once(void)
{
	enum outcome outcome = NOT_CREATED;
	uint32_t seen[WHOLE + 1] = { 0 };

	for (long nth = 0; outcome != WHOLE; nth++) {
		CHECK(nth < 1000);
		left = nth;
		outcome = call();
		CHECK(outcome == WHOLE || left == -1); /* it was the failure that did it */
		CHECK(outcome != WHOLE || left >= 0);
		seen[outcome]++;
		left = -1;
		pair_destroy(&world);
	}
	CHECK(seen[NOT_CREATED] > 0 && seen[NOT_CONNECTED] > 0 && seen[LOST_ONE] > 0);
}

TEST_MAIN(TEST(every_allocation_may_fail_once))
