/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/loop.h"

#include <assert.h>
#include <stdlib.h>
#include <uv.h>

#include "core/base/err.h"
#include "sys/loop_uv.h"

struct tsr_loop {
	uv_loop_t uv;
	uv_prepare_t prepare; /* runs the tail */
	tsr_tail_fn tail;
	void *tail_user;
};
struct tsr_poll {
	uv_poll_t uv; /* first: libuv hands its address back */
	tsr_poll_fn fn;
	void *user;
	unsigned events;
};
struct tsr_timer {
	uv_timer_t uv;
	tsr_timer_fn fn;
	void *user;
};
struct tsr_signal {
	uv_signal_t uv;
	tsr_signal_fn fn;
	void *user;
};

static int err_from_uv(int status)
{
	if (status == 0)
		return 0;
	return status == UV_ENOMEM ? TSR_ERR_NOMEM : TSR_ERR_IO;
}

static void free_handle(uv_handle_t *handle)
{
	free(handle); /* every handle is the first member of its struct */
}

/* ---- loop ---- */

struct tsr_loop *tsr_loop_create(void)
{
	struct tsr_loop *loop = calloc(1, sizeof(*loop));

	if (loop && uv_loop_init(&loop->uv) != 0) {
		free(loop);
		loop = NULL;
	}
	if (loop)
		uv_prepare_init(&loop->uv, &loop->prepare);
	return loop;
}

static void check_is_closing(uv_handle_t *handle, void *user)
{
	(void)user;
	assert(uv_is_closing(handle)); /* else somebody did not close it before the loop */
	(void)handle;
}

void tsr_loop_destroy(struct tsr_loop *loop)
{
	if (!loop)
		return;
	uv_close((uv_handle_t *)&loop->prepare, NULL);
	uv_walk(&loop->uv, check_is_closing, NULL);
	while (uv_loop_close(&loop->uv) == UV_EBUSY)
		uv_run(&loop->uv,
			UV_RUN_ONCE); /* lets closed handles go, and a name that is looked up */
	free(loop);
}

void tsr_loop_run(struct tsr_loop *loop)
{
	uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void tsr_loop_turn(struct tsr_loop *loop, bool wait)
{
	uv_run(&loop->uv, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
}

void tsr_loop_stop(struct tsr_loop *loop)
{
	uv_stop(&loop->uv);
}

tsr_time tsr_loop_now(const struct tsr_loop *loop)
{
	return (tsr_time)uv_now(&loop->uv) * TSR_MS;
}

static void on_prepare(uv_prepare_t *uv)
{
	struct tsr_loop *loop = (struct tsr_loop *)uv->loop; /* its first member */

	loop->tail(loop->tail_user);
}

void tsr_loop_set_tail(struct tsr_loop *loop, tsr_tail_fn fn, void *user)
{
	loop->tail = fn;
	loop->tail_user = user;
	if (!fn) {
		uv_prepare_stop(&loop->prepare);
		return;
	}
	uv_prepare_start(&loop->prepare, on_prepare);
	uv_unref((uv_handle_t *)&loop->prepare); /* alone it is no reason to go on */
}

uv_loop_t *tsr_loop_uv(struct tsr_loop *loop)
{
	return &loop->uv;
}

/* ---- descriptors ---- */

static void on_poll(uv_poll_t *uv, int status, int uv_events)
{
	struct tsr_poll *poll = (struct tsr_poll *)uv;
	unsigned events = 0;

	if (status < 0)
		events = TSR_POLL_READ | TSR_POLL_WRITE | TSR_POLL_ERROR;
	if (uv_events & UV_READABLE)
		events |= TSR_POLL_READ;
	if (uv_events & UV_WRITABLE)
		events |= TSR_POLL_WRITE;
	if (status < 0)
		poll->events = 0; /* libuv stops watching by itself */
	poll->fn(poll->user, events);
}

int tsr_poll_open(struct tsr_poll **out, struct tsr_loop *loop, int fd, tsr_poll_fn fn, void *user)
{
	struct tsr_poll *poll = calloc(1, sizeof(*poll));
	int status;

	*out = NULL;
	if (!poll)
		return TSR_ERR_NOMEM;
	poll->fn = fn;
	poll->user = user;
	status = uv_poll_init(&loop->uv, &poll->uv, fd);
	if (status != 0) {
		free(poll);
		return err_from_uv(status);
	}
	*out = poll;
	return 0;
}

void tsr_poll_set(struct tsr_poll *poll, unsigned events)
{
	int uv_events = 0;

	if (events == poll->events)
		return;
	poll->events = events;
	if (events & TSR_POLL_READ)
		uv_events |= UV_READABLE;
	if (events & TSR_POLL_WRITE)
		uv_events |= UV_WRITABLE;
	if (uv_events)
		uv_poll_start(&poll->uv, uv_events, on_poll);
	else
		uv_poll_stop(&poll->uv);
}

void tsr_poll_close(struct tsr_poll **poll)
{
	if (*poll)
		uv_close((uv_handle_t *)&(*poll)->uv, free_handle);
	*poll = NULL;
}

/* ---- timers ---- */

static void on_timer(uv_timer_t *uv)
{
	struct tsr_timer *timer = (struct tsr_timer *)uv;

	timer->fn(timer->user);
}

int tsr_timer_open(struct tsr_timer **out, struct tsr_loop *loop, tsr_timer_fn fn, void *user)
{
	struct tsr_timer *timer = calloc(1, sizeof(*timer));

	*out = NULL;
	if (!timer)
		return TSR_ERR_NOMEM;
	timer->fn = fn;
	timer->user = user;
	uv_timer_init(&loop->uv, &timer->uv);
	*out = timer;
	return 0;
}

void tsr_timer_set(struct tsr_timer *timer, tsr_time at)
{
	uint64_t now_ms, at_ms;

	if (at == TSR_TIME_NEVER) {
		uv_timer_stop(&timer->uv);
		return;
	}
	now_ms = uv_now(timer->uv.loop);
	at_ms = at <= 0 ? 0 : ((uint64_t)at + 999) / 1000;
	uv_timer_start(&timer->uv, on_timer, at_ms > now_ms ? at_ms - now_ms : 0, 0);
}

void tsr_timer_close(struct tsr_timer **timer)
{
	if (*timer)
		uv_close((uv_handle_t *)&(*timer)->uv, free_handle);
	*timer = NULL;
}

/* ---- signals ---- */

static void on_signal(uv_signal_t *uv, int number)
{
	struct tsr_signal *sig = (struct tsr_signal *)uv;

	sig->fn(sig->user, number);
}

int tsr_signal_open(
	struct tsr_signal **out, struct tsr_loop *loop, int number, tsr_signal_fn fn, void *user)
{
	struct tsr_signal *sig = calloc(1, sizeof(*sig));
	int status;

	*out = NULL;
	if (!sig)
		return TSR_ERR_NOMEM;
	sig->fn = fn;
	sig->user = user;
	status = uv_signal_init(&loop->uv, &sig->uv);
	if (status != 0) {
		free(sig);
		return err_from_uv(status);
	}
	status = uv_signal_start(&sig->uv, on_signal, number);
	if (status != 0) {
		uv_close((uv_handle_t *)&sig->uv, free_handle);
		return err_from_uv(status);
	}
	*out = sig;
	return 0;
}

void tsr_signal_close(struct tsr_signal **sig)
{
	if (*sig)
		uv_close((uv_handle_t *)&(*sig)->uv, free_handle);
	*sig = NULL;
}
