/* SPDX-License-Identifier: Apache-2.0 */
#include "core/base/msg.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct tsr_msg *tsr_msg_create(size_t len)
{
	struct tsr_msg *msg;

	if (len > UINT32_MAX)
		return NULL;
	msg = malloc(sizeof(*msg) + len);
	if (!msg)
		return NULL;
	atomic_init(&msg->refs, 1);
	msg->len = (uint32_t)len;
	msg->held = NULL;
	return msg;
}

struct tsr_msg *tsr_msg_copy(struct tsr_slice bytes)
{
	struct tsr_msg *msg = tsr_msg_create(bytes.len);

	if (msg && bytes.len)
		memcpy(msg->data, bytes.data, bytes.len);
	return msg;
}

void tsr_msg_charge(struct tsr_msg *msg, _Atomic size_t *held)
{
	msg->held = held;
	atomic_fetch_add_explicit(held, msg->len, memory_order_relaxed);
}

struct tsr_msg *tsr_msg_ref(struct tsr_msg *msg)
{
	atomic_fetch_add_explicit(&msg->refs, 1, memory_order_relaxed);
	return msg;
}

/* Pictures, chat and seeds end here: what is dropped is gone, not left for who gets the memory
 * next. The empty statement keeps the compiler from leaving the memset out. */
static void wipe(uint8_t *data, size_t len)
{
	memset(data, 0, len);
	__asm__ __volatile__("" : : "r"(data) : "memory");
}

void tsr_msg_unref(struct tsr_msg **msg)
{
	struct tsr_msg *m = *msg;

	*msg = NULL;
	/* No release and a later fence: ThreadSanitizer does not understand fences. */
	if (!m || atomic_fetch_sub_explicit(&m->refs, 1, memory_order_acq_rel) != 1)
		return;
	if (m->held)
		atomic_fetch_sub_explicit(m->held, m->len, memory_order_relaxed);
	wipe(m->data, m->len);
	free(m);
}
