/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/pointer.h"

#include <assert.h>

#include "core/base/err.h"
#include "core/base/reader.h"
#include "core/base/writer.h"

#define VERSION 1

enum { VISIBLE = 1, IMAGE = 2 };

static bool is_image_good(const struct tsr_pointer *p)
{
	return p->width >= 1 && p->width <= TSR_POINTER_SIDE_MAX && p->height >= 1 &&
	       p->height <= TSR_POINTER_SIDE_MAX && p->hot_x < p->width && p->hot_y < p->height &&
	       (unsigned)p->width * p->height <= TSR_POINTER_AREA_MAX;
}

static void read_image(struct tsr_pointer *out, struct tsr_reader *rd)
{
	out->width = tsr_reader_u8(rd);
	out->height = tsr_reader_u8(rd);
	out->hot_x = tsr_reader_u8(rd);
	out->hot_y = tsr_reader_u8(rd);
	if (rd->err == 0 && (!is_image_good(out) || out->shape == 0))
		tsr_reader_fail(rd, TSR_ERR_RANGE);
	out->image = tsr_reader_bytes(rd, (size_t)out->width * out->height * 4);
}

int tsr_pointer_parse(struct tsr_pointer *out, struct tsr_slice plain)
{
	struct tsr_reader rd = tsr_reader(plain);
	uint8_t version = tsr_reader_u8(&rd);
	uint8_t flags = tsr_reader_u8(&rd);

	*out = (struct tsr_pointer){ .is_visible = flags & VISIBLE };
	out->stream = tsr_reader_u32(&rd);
	out->x = tsr_reader_u16(&rd);
	out->y = tsr_reader_u16(&rd);
	out->shape = tsr_reader_u32(&rd);
	if (rd.err)
		return rd.err;
	if (version != VERSION)
		return TSR_ERR_VERSION;
	if (flags & ~(VISIBLE | IMAGE) || out->is_visible != (out->stream != 0))
		return TSR_ERR_FORMAT;
	if (flags & IMAGE)
		read_image(out, &rd);
	return tsr_reader_end(&rd);
}

size_t tsr_pointer_write(uint8_t out[static TSR_POINTER_MAX], const struct tsr_pointer *p)
{
	struct tsr_writer wr = tsr_writer(out, TSR_POINTER_MAX);
	bool has_image = p->width != 0;

	assert(p->is_visible == (p->stream != 0));
	tsr_writer_u8(&wr, VERSION);
	tsr_writer_u8(&wr, (uint8_t)((p->is_visible ? VISIBLE : 0) | (has_image ? IMAGE : 0)));
	tsr_writer_u32(&wr, p->stream);
	tsr_writer_u16(&wr, p->x);
	tsr_writer_u16(&wr, p->y);
	tsr_writer_u32(&wr, p->shape);
	if (has_image) {
		assert(is_image_good(p) && p->shape != 0 &&
			p->image.len == (size_t)p->width * p->height * 4);
		tsr_writer_u8(&wr, p->width);
		tsr_writer_u8(&wr, p->height);
		tsr_writer_u8(&wr, p->hot_x);
		tsr_writer_u8(&wr, p->hot_y);
		tsr_writer_bytes(&wr, p->image);
	}
	return wr.len;
}
