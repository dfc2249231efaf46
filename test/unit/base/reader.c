/* SPDX-License-Identifier: Apache-2.0 */
#include "core/base/reader.h"

#include "core/base/err.h"
#include "core/base/writer.h"
#include "test.h"

static void reads_what_was_written(void)
{
	uint8_t buf[32];
	struct tsr_writer wr = tsr_writer(buf, sizeof(buf));
	struct tsr_reader rd;
	struct tsr_slice tail;

	tsr_writer_u8(&wr, 0x12);
	tsr_writer_u16(&wr, 0x3456);
	tsr_writer_u32(&wr, 0x789abcde);
	tsr_writer_u64(&wr, 0xf011223344556677u);
	tsr_writer_bytes(&wr, tsr_slice_str("end"));
	CHECK_INT(tsr_writer_end(&wr), 0);
	CHECK_INT(wr.len, 18);
	CHECK_MEM(buf, "\x12\x34\x56\x78\x9a\xbc\xde\xf0\x11", 9);

	rd = tsr_reader(tsr_slice(buf, wr.len));
	CHECK_INT(tsr_reader_u8(&rd), 0x12);
	CHECK_INT(tsr_reader_u16(&rd), 0x3456);
	CHECK_INT(tsr_reader_u32(&rd), 0x789abcde);
	CHECK(tsr_reader_u64(&rd) == 0xf011223344556677u);
	tail = tsr_reader_bytes(&rd, 3);
	CHECK(tsr_slice_equal(tail, tsr_slice_str("end")));
	CHECK_INT(tsr_reader_end(&rd), 0);
}

static void an_error_sticks(void)
{
	struct tsr_reader rd = tsr_reader(tsr_slice("\1\2\3", 3));

	CHECK_INT(tsr_reader_u32(&rd), 0);
	CHECK_INT(tsr_reader_u8(&rd), 0);
	CHECK_INT(tsr_reader_end(&rd), TSR_ERR_SHORT);
	tsr_reader_fail(&rd, TSR_ERR_FORMAT);
	CHECK_INT(tsr_reader_end(&rd), TSR_ERR_SHORT);
}

static void reports_what_is_left_over(void)
{
	struct tsr_reader rd = tsr_reader(tsr_slice("\1\2", 2));

	CHECK_INT(tsr_reader_u8(&rd), 1);
	CHECK_INT(tsr_reader_end(&rd), TSR_ERR_TRAILING);
}

static void a_full_writer_stays_as_it_is(void)
{
	uint8_t buf[3] = { 0 };
	struct tsr_writer wr = tsr_writer(buf, sizeof(buf));

	tsr_writer_u16(&wr, 0x0102);
	tsr_writer_u32(&wr, 0xffffffff);
	tsr_writer_u8(&wr, 9);
	CHECK_INT(tsr_writer_end(&wr), TSR_ERR_TOO_BIG);
	CHECK_MEM(buf, "\1\2\0", 3);
}

TEST_MAIN(TEST(reads_what_was_written), TEST(an_error_sticks), TEST(reports_what_is_left_over),
	TEST(a_full_writer_stays_as_it_is))
