/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SERVER_THREAD_H
#define TSR_SERVER_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "sys/loop.h"
#include "sys/mailbox.h"

/*
 * thread: one thread of edge or media and its way to the others: the workers 0 .. n-1, which do the
 * work, and n, which speaks with the other processes.
 *
 * Posting always succeeds for the caller: what a full mailbox does not take waits at the sender, in
 * order, and is tried again each millisecond. The senders' own bounds (rates, credits) keep
 * that short. When TSR_POST_BEHIND wait for a receiver, it is behind: who would cause more mail for
 * it is refused (TSR_ERR_RATE) until it has caught up, so that what follows from what was taken
 * before still finds room. A receiver who leaves TSR_POST_WAITING_MAX lying all the same is dead,
 * and then the process ends, to be started anew.
 */
#define TSR_THREADS_MAX 65 /* 64 workers and one more */
#define TSR_MAILBOX_CAP 65536
#define TSR_POST_BEHIND (16u * 1024)
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
	void *self;              /* what mail is addressed to: whose thread it is */
	struct tsr_post posts[TSR_THREADS_MAX];
	unsigned n_late; /* of them with mail that waits */
	struct tsr_timer *retry;
};

/* Before threads start. */
void tsr_thread_add_metrics(void);

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

/* Whether the receiver does not keep up with this thread's mail; whether any of them does not. */
bool tsr_thread_is_behind(const struct tsr_thread *from, unsigned to);
bool tsr_thread_is_any_behind(const struct tsr_thread *from);

/*
 * When glibc first gives memory of a thread's heap back to the kernel, it opens
 * /proc/sys/vm/overcommit_memory and remembers the answer. In the sandbox that would be death,
 * at some moment under load; so it happens here.
 */
TSR_CHECKED int tsr_thread_settle_malloc(void);

#endif
