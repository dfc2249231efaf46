/* SPDX-License-Identifier: Apache-2.0 */
#include "core/base/reader.h"

#include "core/base/err.h"

struct tsr_reader tsr_reader(struct tsr_slice bytes)
{
	return (struct tsr_reader){ .left = bytes };
}

struct tsr_slice tsr_reader_bytes(struct tsr_reader *rd, size_t len)
{
	struct tsr_slice bytes = { 0 };

	if (!rd->err && len > rd->left.len)
		rd->err = TSR_ERR_SHORT;
	if (rd->err || len == 0)
		return bytes;
	bytes = tsr_slice(rd->left.data, len);
	rd->left = tsr_slice(rd->left.data + len, rd->left.len - len);
	return bytes;
}

static uint64_t read_uint(struct tsr_reader *rd, size_t len)
{
	struct tsr_slice bytes = tsr_reader_bytes(rd, len);
	uint64_t value = 0;

	for (size_t i = 0; i < bytes.len; i++)
		value = value << 8 | bytes.data[i];
	return value;
}

uint8_t tsr_reader_u8(struct tsr_reader *rd)
{
	return (uint8_t)read_uint(rd, 1);
}

uint16_t tsr_reader_u16(struct tsr_reader *rd)
{
	return (uint16_t)read_uint(rd, 2);
}

uint32_t tsr_reader_u32(struct tsr_reader *rd)
{
	return (uint32_t)read_uint(rd, 4);
}

uint64_t tsr_reader_u64(struct tsr_reader *rd)
{
	return read_uint(rd, 8);
}

void tsr_reader_fail(struct tsr_reader *rd, int err)
{
	if (!rd->err)
		rd->err = err;
}

int tsr_reader_end(const struct tsr_reader *rd)
{
	if (rd->err)
		return rd->err;
	return rd->left.len ? TSR_ERR_TRAILING : 0;
}
