/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_THREAD_H
#define TSR_EDGE_THREAD_H

#include <stdint.h>

#include "core/base/attr.h"
#include "sys/loop.h"
#include "sys/mailbox.h"

/*
 * thread: one thread of the edge and its way to the others: the workers 0 .. n-1, which carry
 * connections and sessions, and the hub, n, which speaks with control and the supervisor.
 *
 * Posting always succeeds for the caller: what a full mailbox does not take waits at the sender, in
 * order, and is tried again each millisecond. The senders' own bounds (rates, credits) keep
 * that short; a receiver who leaves a quarter of a million mails lying is dead, and then the
 * process ends, to be started anew.
 */
#define TSR_THREADS_MAX 65 /* 64 workers and the hub */
#define TSR_MAILBOX_CAP 65536
#define TSR_POST_WAITING_MAX (256u * 1024)

struct tsr_thread;
typedef void (*tsr_mail_fn)(void *to, void *item, uint64_t number);

/* What waits for one receiver; a ring. */
struct tsr_post {
	struct tsr_mail *waiting;
	uint32_t first;
	uint32_t n;
	uint32_t cap;
};

struct tsr_thread {
	unsigned index;
	unsigned n_threads;
	struct tsr_loop *loop;
	struct tsr_mailbox *box;
	struct tsr_thread **all; /* by index; set before any of them runs */
	void *self;              /* what mail is addressed to: struct tsr_worker or tsr_hub */
	struct tsr_post posts[TSR_THREADS_MAX];
	struct tsr_timer *retry;
};

TSR_CHECKED int tsr_thread_init(
	struct tsr_thread *thread, unsigned index, unsigned n_threads, void *self);

/* In two steps, since mail may come until the last thread ended: finish stops timers, in the
 * thread itself; free, in the main thread when all have ended, delivers what is left and frees. */
void tsr_thread_finish(struct tsr_thread *thread);
void tsr_thread_drain(struct tsr_thread *thread);
void tsr_thread_free(struct tsr_thread *thread);

/* Calls run(self of the receiver, item, number) in the receiver's thread, later. The item is
 * the receiver's from now on. */
void tsr_thread_post(
	struct tsr_thread *from, unsigned to, tsr_mail_fn run, void *item, uint64_t number);

#endif
