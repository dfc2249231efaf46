/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SYS_MAILBOX_H
#define TSR_SYS_MAILBOX_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "sys/loop.h"

/*
 * mailbox: how one thread hands something to another. Bounded, lock-free, many writers, one
 * reader: the thread of the loop it was opened on. Mail of one writer arrives in its order.
 */
struct tsr_mailbox;

/* What is posted: the reader calls run(to, item, number). What item points to belongs to the
 * reader from then on, unless posting failed. */
struct tsr_mail {
	void (*run)(void *to, void *item, uint64_t number);
	void *to;
	void *item;
	uint64_t number;
};

/* cap: most undelivered mail, rounded up to a power of two. */
TSR_CHECKED int tsr_mailbox_open(struct tsr_mailbox **out, struct tsr_loop *loop, size_t cap);

/* From any thread. Returns 0, or TSR_ERR_FULL: nothing was taken. */
TSR_CHECKED int tsr_mailbox_post(struct tsr_mailbox *box, struct tsr_mail mail);

/* Delivers what is there, at most about one mailbox full. The loop calls this by itself; call it
 * once more when all writers have ended, before the close, so that no item is lost. */
void tsr_mailbox_drain(struct tsr_mailbox *box);

/* From the reader's thread, when no writer is left. Undelivered mail is dropped. */
void tsr_mailbox_close(struct tsr_mailbox **box);

#endif
