/* SPDX-License-Identifier: Apache-2.0 */
#include "core/base/writer.h"

#include "core/base/err.h"

struct tsr_writer tsr_writer(void *data, size_t cap)
{
	return (struct tsr_writer){ .data = data, .cap = cap };
}

uint8_t *tsr_writer_space(struct tsr_writer *wr, size_t len)
{
	uint8_t *at;

	if (!wr->err && len > wr->cap - wr->len)
		wr->err = TSR_ERR_TOO_BIG;
	if (wr->err)
		return NULL;
	at = wr->data + wr->len;
	wr->len += len;
	return at;
}

static void write_uint(struct tsr_writer *wr, uint64_t value, size_t len)
{
	uint8_t *at = tsr_writer_space(wr, len);

	for (size_t i = 0; at && i < len; i++)
		at[i] = (uint8_t)(value >> 8 * (len - 1 - i));
}

void tsr_writer_u8(struct tsr_writer *wr, uint8_t value)
{
	write_uint(wr, value, 1);
}

void tsr_writer_u16(struct tsr_writer *wr, uint16_t value)
{
	write_uint(wr, value, 2);
}

void tsr_writer_u32(struct tsr_writer *wr, uint32_t value)
{
	write_uint(wr, value, 4);
}

void tsr_writer_u64(struct tsr_writer *wr, uint64_t value)
{
	write_uint(wr, value, 8);
}

void tsr_writer_bytes(struct tsr_writer *wr, struct tsr_slice bytes)
{
	uint8_t *at = tsr_writer_space(wr, bytes.len);

	if (at && bytes.len)
		memcpy(at, bytes.data, bytes.len);
}

int tsr_writer_end(const struct tsr_writer *wr)
{
	return wr->err;
}
