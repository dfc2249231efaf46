/* SPDX-License-Identifier: Apache-2.0 */
#include "core/wire/frame.h"

#include "core/base/err.h"
#include "core/base/reader.h"
#include "core/base/writer.h"

/* What base and cells may be, by class and kind. */
static bool is_consistent(const struct tsr_frame *frame)
{
	if (frame->class != TSR_FRAME_SCREEN)
		return !(frame->flags & (TSR_FRAME_KEY | TSR_FRAME_PREVIEW)) && frame->base == 0 &&
		       frame->cells == 0;
	if ((frame->flags & TSR_FRAME_PREVIEW) && frame->flags != TSR_FRAME_PREVIEW)
		return false;
	if (frame->picture == 0)
		return false;
	if (frame->flags & (TSR_FRAME_KEY | TSR_FRAME_PREVIEW))
		return frame->base == frame->picture && frame->cells != 0 &&
		       (frame->cells & (frame->cells - 1)) == 0;
	return frame->base == frame->picture - 1;
}

int tsr_frame_parse(struct tsr_frame *out, struct tsr_slice bytes)
{
	struct tsr_reader rd = tsr_reader(bytes);
	uint8_t version = tsr_reader_u8(&rd);
	uint32_t max;

	out->class = tsr_reader_u8(&rd);
	out->flags = tsr_reader_u8(&rd);
	out->epoch = tsr_reader_u8(&rd);
	out->from = tsr_reader_u32(&rd);
	out->to = tsr_reader_u32(&rd);
	out->stream = tsr_reader_u32(&rd);
	out->picture = tsr_reader_u32(&rd);
	out->base = tsr_reader_u32(&rd);
	out->cells = tsr_reader_u64(&rd);
	out->length = tsr_reader_u32(&rd);
	if (rd.err)
		return rd.err;
	if (version != TSR_FRAME_VERSION)
		return TSR_ERR_VERSION;
	if (out->class < TSR_FRAME_SCREEN || out->class > TSR_FRAME_POINTER ||
		(out->flags & ~(TSR_FRAME_KEY | TSR_FRAME_LAST | TSR_FRAME_PREVIEW)) ||
		!is_consistent(out))
		return TSR_ERR_FORMAT;
	max = out->class != TSR_FRAME_SCREEN   ? TSR_FRAME_SMALL_MAX
	      : out->flags & TSR_FRAME_PREVIEW ? TSR_FRAME_PREVIEW_MAX
					       : TSR_FRAME_MAX;
	return out->length > max - TSR_FRAME_HEADER_LEN ? TSR_ERR_TOO_BIG : 0;
}

void tsr_frame_write(uint8_t out[static TSR_FRAME_HEADER_LEN], const struct tsr_frame *frame)
{
	struct tsr_writer wr = tsr_writer(out, TSR_FRAME_HEADER_LEN);

	tsr_writer_u8(&wr, TSR_FRAME_VERSION);
	tsr_writer_u8(&wr, frame->class);
	tsr_writer_u8(&wr, frame->flags);
	tsr_writer_u8(&wr, frame->epoch);
	tsr_writer_u32(&wr, frame->from);
	tsr_writer_u32(&wr, frame->to);
	tsr_writer_u32(&wr, frame->stream);
	tsr_writer_u32(&wr, frame->picture);
	tsr_writer_u32(&wr, frame->base);
	tsr_writer_u64(&wr, frame->cells);
	tsr_writer_u32(&wr, frame->length);
}
