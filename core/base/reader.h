/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BASE_READER_H
#define TSR_BASE_READER_H

#include "core/base/attr.h"
#include "core/base/slice.h"

/*
 * reader: takes big-endian fields off a byte string, with a sticky error.
 * Read field after field, then ask tsr_reader_end() once. After an error every read gives 0.
 */
struct tsr_reader {
	struct tsr_slice left; /* what is not read yet */
	int err;               /* 0 or the first TSR_ERR_* */
};

/* Borrows bytes for as long as the reader is used. */
struct tsr_reader tsr_reader(struct tsr_slice bytes);

uint8_t tsr_reader_u8(struct tsr_reader *rd);
uint16_t tsr_reader_u16(struct tsr_reader *rd);
uint32_t tsr_reader_u32(struct tsr_reader *rd);
uint64_t tsr_reader_u64(struct tsr_reader *rd);

/* The next len bytes, inside the bytes being read; an empty slice after an error. */
struct tsr_slice tsr_reader_bytes(struct tsr_reader *rd, size_t len);

/* Marks the message as bad, unless it is already. */
void tsr_reader_fail(struct tsr_reader *rd, int err);

/* 0 when everything was there and nothing is left; TSR_ERR_SHORT, TSR_ERR_TRAILING or what
 * tsr_reader_fail() was given. */
TSR_CHECKED int tsr_reader_end(const struct tsr_reader *rd);

#endif
