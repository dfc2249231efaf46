/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BASE_WRITER_H
#define TSR_BASE_WRITER_H

#include "core/base/attr.h"
#include "core/base/slice.h"

/* writer: puts big-endian fields into a buffer of fixed size, with a sticky error. */
struct tsr_writer {
	uint8_t *data;
	size_t cap;
	size_t len; /* bytes written */
	int err;    /* 0 or TSR_ERR_TOO_BIG */
};

/* Borrows the buffer for as long as the writer is used. */
struct tsr_writer tsr_writer(void *data, size_t cap);

void tsr_writer_u8(struct tsr_writer *wr, uint8_t value);
void tsr_writer_u16(struct tsr_writer *wr, uint16_t value);
void tsr_writer_u32(struct tsr_writer *wr, uint32_t value);
void tsr_writer_u64(struct tsr_writer *wr, uint64_t value);
void tsr_writer_bytes(struct tsr_writer *wr, struct tsr_slice bytes);

/* Room for len bytes that the caller fills, or NULL after an error. */
uint8_t *tsr_writer_space(struct tsr_writer *wr, size_t len);

/* 0, or TSR_ERR_TOO_BIG when something did not fit. */
TSR_CHECKED int tsr_writer_end(const struct tsr_writer *wr);

#endif
