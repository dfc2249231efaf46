/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CONTROL_HASHER_H
#define TSR_CONTROL_HASHER_H

#include "core/base/attr.h"
#include "server/control/control.h"
#include "sys/loop.h"

/* hasher: the thread that does Argon2id, one at a time, with a short queue: whoever cannot wait
 * in it is told to come again. 19 MiB are used, however many ask. */
#define TSR_HASHER_QUEUE 8

struct tsr_hasher;
typedef void (*tsr_hasher_fn)(void *user, const struct tsr_hash_job *job);

/* Starts the thread; fn is called on the loop for every job, in order. After the sandbox. */
TSR_CHECKED int tsr_hasher_open(
	struct tsr_hasher **out, struct tsr_loop *loop, tsr_hasher_fn fn, void *user);
/* Waits for the job at hand; the others are dropped. */
void tsr_hasher_close(struct tsr_hasher **hasher);

/* Queues a copy. TSR_ERR_FULL when eight wait already. */
TSR_CHECKED int tsr_hasher_put(struct tsr_hasher *hasher, const struct tsr_hash_job *job);

#endif
