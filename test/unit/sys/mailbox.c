/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/mailbox.h"

#include <pthread.h>
#include <sched.h>

#include "core/base/err.h"
#include "test.h"

#define WRITERS 4
#define EACH 20000

static struct tsr_loop *loop;
static struct tsr_mailbox *box;
static uint64_t next_of[WRITERS];
static uint64_t n_received;
static bool is_out_of_order;

static void receive(void *to, void *item, uint64_t number)
{
	uint64_t *next = item;

	(void)to;
	is_out_of_order |= *next != number;
	*next = number + 1;
	if (++n_received == (uint64_t)WRITERS * EACH)
		tsr_loop_stop(loop);
}

static void *write_mail(void *arg)
{
	for (uint64_t i = 0; i < EACH; i++) {
		const struct tsr_mail mail = { receive, NULL, arg, i };

		while (tsr_mailbox_post(box, mail) != 0)
			sched_yield();
	}
	return NULL;
}

static void keeps_the_order_of_each_writer(void)
{
	pthread_t threads[WRITERS];

	loop = tsr_loop_create();
	CHECK(loop != NULL);
	CHECK_INT(tsr_mailbox_open(&box, loop, 100), 0);
	for (int i = 0; i < WRITERS; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, write_mail, &next_of[i]), 0);
	tsr_loop_run(loop);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	CHECK(!is_out_of_order);
	CHECK_INT(n_received, WRITERS * EACH);
	tsr_mailbox_close(&box);
	tsr_loop_destroy(loop);
}

static void count(void *to, void *item, uint64_t number)
{
	(void)item;
	*(uint64_t *)to += number;
}

static void refuses_what_does_not_fit(void)
{
	uint64_t total = 0;
	const struct tsr_mail mail = { count, &total, NULL, 1 };

	loop = tsr_loop_create();
	CHECK(loop != NULL);
	CHECK_INT(tsr_mailbox_open(&box, loop, 8), 0);
	for (int i = 0; i < 8; i++)
		CHECK_INT(tsr_mailbox_post(box, mail), 0);
	CHECK_INT(tsr_mailbox_post(box, mail), TSR_ERR_FULL);
	tsr_mailbox_drain(box);
	CHECK_INT(total, 8);
	CHECK_INT(tsr_mailbox_post(box, mail), 0);
	tsr_mailbox_drain(box);
	CHECK_INT(total, 9);
	tsr_mailbox_close(&box);
	tsr_loop_destroy(loop);
}

static void close_it(void *to, void *item, uint64_t number)
{
	(void)item;
	(void)number;
	tsr_mailbox_close(to);
}

static void may_be_closed_by_its_own_mail(void)
{
	uint64_t total = 0;

	loop = tsr_loop_create();
	CHECK(loop != NULL);
	CHECK_INT(tsr_mailbox_open(&box, loop, 8), 0);
	CHECK_INT(tsr_mailbox_post(box, (struct tsr_mail){ close_it, &box, NULL, 0 }), 0);
	CHECK_INT(tsr_mailbox_post(box, (struct tsr_mail){ count, &total, NULL, 1 }), 0);
	tsr_loop_turn(loop, true);
	CHECK(box == NULL);
	CHECK_INT(total, 0);
	tsr_loop_destroy(loop);
}

TEST_MAIN(TEST(keeps_the_order_of_each_writer), TEST(refuses_what_does_not_fit),
	TEST(may_be_closed_by_its_own_mail))
