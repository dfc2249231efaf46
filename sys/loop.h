/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SYS_LOOP_H
#define TSR_SYS_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/time.h"

/*
 * loop: one thread's event loop, thin over libuv. Everything opened on a loop is used by the
 * loop's thread only; other threads come in through a mailbox (sys/mailbox.h).
 *
 * Handles may be closed inside any callback, their own too: after close returns, the callback
 * is never called again. The memory goes when the loop turns.
 */
struct tsr_loop;

/* Returns a loop, or NULL when the kernel gives none. Destroy it after everything on it was closed.
 */
struct tsr_loop *tsr_loop_create(void);
void tsr_loop_destroy(struct tsr_loop *loop); /* NULL is fine */

/* Runs until tsr_loop_stop(), or until nothing is left that could ever happen. */
void tsr_loop_run(struct tsr_loop *loop);

/* Handles what is ready now and returns; waits for the first event when wait is true. */
void tsr_loop_turn(struct tsr_loop *loop, bool wait);

/* Makes tsr_loop_run() return. Only from the loop's own thread. */
void tsr_loop_stop(struct tsr_loop *loop);

/* The time at the start of this turn; the same for every callback of one turn. */
tsr_time tsr_loop_now(const struct tsr_loop *loop);

/* Calls fn once per turn, right before the loop waits for what comes next: the place for what many
 * callbacks of a turn ask for together. One per loop; NULL takes it off. */
typedef void (*tsr_tail_fn)(void *user);
void tsr_loop_set_tail(struct tsr_loop *loop, tsr_tail_fn fn, void *user);

/* ---- descriptors ---- */

enum { TSR_POLL_READ = 1, TSR_POLL_WRITE = 2, TSR_POLL_ERROR = 4 };

struct tsr_poll;

/* events is what is ready; TSR_POLL_ERROR comes with both others, so that they find the error. */
typedef void (*tsr_poll_fn)(void *user, unsigned events);

/* Watches fd, which stays the caller's and is closed after the poll. Starts with no events. */
TSR_CHECKED int tsr_poll_open(
	struct tsr_poll **out, struct tsr_loop *loop, int fd, tsr_poll_fn fn, void *user);

/* Sets what to wait for: any of READ and WRITE, or 0. Cheap when nothing changes. */
void tsr_poll_set(struct tsr_poll *poll, unsigned events);

void tsr_poll_close(struct tsr_poll **poll); /* clears the pointer; NULL inside is fine */

/* ---- timers ---- */

struct tsr_timer;
typedef void (*tsr_timer_fn)(void *user);

TSR_CHECKED int tsr_timer_open(
	struct tsr_timer **out, struct tsr_loop *loop, tsr_timer_fn fn, void *user);

/* Fires once at the given time, or as soon as possible when that has passed; replaces what was
 * set before. TSR_TIME_NEVER disarms. Resolution is a millisecond, never early. */
void tsr_timer_set(struct tsr_timer *timer, tsr_time at);

void tsr_timer_close(struct tsr_timer **timer); /* clears the pointer; NULL inside is fine */

/* ---- signals ---- */

struct tsr_signal;
typedef void (*tsr_signal_fn)(void *user, int signal);

TSR_CHECKED int tsr_signal_open(
	struct tsr_signal **out, struct tsr_loop *loop, int signal, tsr_signal_fn fn, void *user);
void tsr_signal_close(struct tsr_signal **signal);

#endif
