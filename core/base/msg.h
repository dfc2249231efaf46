/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BASE_MSG_H
#define TSR_BASE_MSG_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"

/*
 * msg: bytes with one writer and many readers, shared by counting references.
 * The maker fills data and then never changes it; afterwards any thread may read it and
 * take or drop references.
 */
struct tsr_msg {
	_Atomic uint32_t refs;
	uint32_t len;         /* bytes of data; may be lowered by the maker before sharing */
	_Atomic size_t *held; /* NULL, or the sum of len of all messages that count there */
	uint8_t data[];
};

/* Returns a message of len bytes, not initialised, with one reference, or NULL. */
struct tsr_msg *tsr_msg_create(size_t len);

/* Returns a message that holds a copy of bytes, or NULL. */
struct tsr_msg *tsr_msg_copy(struct tsr_slice bytes);

/* Adds len to *held, which must stay, until the last reference is dropped. Once, by the maker, when
 * len is what it will be. */
void tsr_msg_charge(struct tsr_msg *msg, _Atomic size_t *held);

/* Returns msg with one reference more. */
struct tsr_msg *tsr_msg_ref(struct tsr_msg *msg);

/* Drops the reference and clears the caller's pointer; NULL inside is fine. The last one wipes
 * the bytes. */
void tsr_msg_unref(struct tsr_msg **msg);

static inline struct tsr_slice tsr_msg_slice(const struct tsr_msg *msg)
{
	return tsr_slice(msg->data, msg->len);
}

#endif
