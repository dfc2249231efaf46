/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/loop.h"

#include <signal.h>
#include <unistd.h>

#include "sys/clock.h"
#include "test.h"

static struct tsr_loop *loop;
static struct tsr_timer *timers[3];
static int order[3], n_fired;

static void fire(void *user)
{
	order[n_fired++] = *(int *)user;
	if (n_fired == 2)
		tsr_loop_stop(loop);
}

static void fires_timers_in_order_and_never_early(void)
{
	static int numbers[] = { 0, 1, 2 };
	tsr_time start;

	loop = tsr_loop_create();
	CHECK(loop != NULL);
	for (int i = 0; i < 3; i++)
		CHECK_INT(tsr_timer_open(&timers[i], loop, fire, &numbers[i]), 0);
	start = tsr_loop_now(loop);
	tsr_timer_set(timers[0], start + 20 * TSR_MS);
	tsr_timer_set(timers[1], start + 10 * TSR_MS + 1);
	tsr_timer_set(timers[2], start);
	tsr_timer_set(timers[2], TSR_TIME_NEVER);
	tsr_loop_run(loop);
	CHECK_INT(n_fired, 2);
	CHECK_INT(order[0], 1);
	CHECK_INT(order[1], 0);
	CHECK(tsr_loop_now(loop) - start >= 20 * TSR_MS);
	CHECK(tsr_clock_now() - tsr_loop_now(loop) < TSR_SECOND * 60);
	for (int i = 0; i < 3; i++)
		tsr_timer_close(&timers[i]);
	tsr_loop_destroy(loop);
}

struct watch {
	struct tsr_poll *poll;
	int n_calls;
	unsigned events;
};

static void on_ready(void *user, unsigned events)
{
	struct watch *watch = user;

	watch->n_calls++;
	watch->events = events;
	tsr_poll_close(&watch->poll); /* inside its own callback */
	tsr_loop_stop(loop);
}

static void watches_a_descriptor_until_closed(void)
{
	struct watch watch = { 0 };
	int fds[2];

	CHECK_INT(pipe(fds), 0);
	loop = tsr_loop_create();
	CHECK(loop != NULL);
	CHECK_INT(tsr_poll_open(&watch.poll, loop, fds[0], on_ready, &watch), 0);
	tsr_poll_set(watch.poll, TSR_POLL_READ);
	CHECK_INT(write(fds[1], "x", 1), 1);
	tsr_loop_run(loop);
	tsr_loop_turn(loop, false);
	CHECK_INT(watch.n_calls, 1);
	CHECK_INT(watch.events, TSR_POLL_READ);
	close(fds[0]);
	close(fds[1]);
	tsr_loop_destroy(loop);
}

static void on_signal(void *user, int number)
{
	*(int *)user = number;
	tsr_loop_stop(loop);
}

static void hears_signals(void)
{
	struct tsr_signal *sig;
	int number = 0;

	loop = tsr_loop_create();
	CHECK(loop != NULL);
	CHECK_INT(tsr_signal_open(&sig, loop, SIGUSR1, on_signal, &number), 0);
	CHECK_INT(kill(getpid(), SIGUSR1), 0);
	tsr_loop_run(loop);
	CHECK_INT(number, SIGUSR1);
	tsr_signal_close(&sig);
	tsr_loop_destroy(loop);
}

static void on_tail(void *user)
{
	++*(int *)user;
}

static void stop_loop(void *user)
{
	(void)user;
	tsr_loop_stop(loop);
}

/* The tail runs between what happened and waiting for the next, and alone keeps no loop alive. */
static void ends_each_turn_with_the_tail(void)
{
	struct tsr_timer *timer;
	int n_tails = 0;

	loop = tsr_loop_create();
	CHECK(loop != NULL);
	tsr_loop_set_tail(loop, on_tail, &n_tails);
	tsr_loop_run(loop); /* nothing is there to wait for */
	CHECK_INT(tsr_timer_open(&timer, loop, stop_loop, NULL), 0);
	tsr_timer_set(timer, tsr_loop_now(loop) + 2 * TSR_MS);
	n_tails = 0;
	tsr_loop_run(loop);
	CHECK(n_tails >= 1);
	tsr_loop_set_tail(loop, NULL, NULL);
	n_tails = 0;
	tsr_loop_turn(loop, false);
	CHECK_INT(n_tails, 0);
	tsr_timer_close(&timer);
	tsr_loop_destroy(loop);
}

TEST_MAIN(TEST(fires_timers_in_order_and_never_early), TEST(watches_a_descriptor_until_closed),
	TEST(hears_signals), TEST(ends_each_turn_with_the_tail))
