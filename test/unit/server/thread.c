/* SPDX-License-Identifier: Apache-2.0 */
#include "server/thread.h"

#include "test.h"

static struct tsr_thread sender, receiver;
static struct tsr_thread *all[2] = { &sender, &receiver };
static uint64_t n_taken;

static void take(void *to, void *item, uint64_t number)
{
	(void)item;
	CHECK(to == &receiver);
	CHECK_INT(number, n_taken); /* in order, whichever way they went */
	n_taken++;
}

/* A receiver who does not read: the sender notices long before there is no room. */
static void knows_who_does_not_keep_up(void)
{
	uint64_t n = 0;

	CHECK_INT(tsr_thread_init(&sender, 0, 2, &sender), 0);
	CHECK_INT(tsr_thread_init(&receiver, 1, 2, &receiver), 0);
	sender.all = receiver.all = all;
	while (!tsr_thread_is_behind(&sender, 1))
		tsr_thread_post(&sender, 1, take, NULL, n++);
	CHECK_INT(n, TSR_MAILBOX_CAP + TSR_POST_BEHIND);
	CHECK(tsr_thread_is_any_behind(&sender));
	CHECK(!tsr_thread_is_behind(&sender, 0) && !tsr_thread_is_any_behind(&receiver));
	/* What follows from what was taken before still has its place. */
	for (unsigned i = 0; i < 4 * TSR_POST_BEHIND; i++)
		tsr_thread_post(&sender, 1, take, NULL, n++);
	while (n_taken < n) {
		tsr_thread_drain(&receiver);
		if (sender.n_late > 0)
			tsr_loop_turn(sender.loop, false); /* its timer tries again */
	}
	CHECK(!tsr_thread_is_any_behind(&sender));
	CHECK_INT(sender.n_late, 0);
	tsr_thread_post(&sender, 1, take, NULL, n);
	tsr_thread_drain(&receiver);
	CHECK_INT(n_taken, n + 1);
	for (unsigned i = 0; i < 2; i++)
		tsr_thread_finish(all[i]);
	for (unsigned i = 0; i < 2; i++)
		tsr_thread_free(all[i]);
}

TEST_MAIN(TEST(knows_who_does_not_keep_up))
