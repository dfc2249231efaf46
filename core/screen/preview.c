/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/preview.h"

#include "core/base/err.h"
#include "core/base/reader.h"
#include "core/base/writer.h"

#define VERSION 1
#define KIND 3

int tsr_preview_parse(
	struct tsr_preview *out, const struct tsr_grid *grid, uint32_t cell, struct tsr_slice unit)
{
	struct tsr_reader rd = tsr_reader(unit);
	uint8_t version = tsr_reader_u8(&rd), kind = tsr_reader_u8(&rd), image = tsr_reader_u8(&rd),
		zero = tsr_reader_u8(&rd);
	struct tsr_rect within;

	out->rect.x = tsr_reader_u16(&rd);
	out->rect.y = tsr_reader_u16(&rd);
	out->rect.width = tsr_reader_u16(&rd);
	out->rect.height = tsr_reader_u16(&rd);
	out->image = tsr_reader_bytes(&rd, rd.left.len);
	if (rd.err)
		return rd.err;
	if (version != VERSION)
		return TSR_ERR_VERSION;
	if (kind != KIND || image != TSR_PREVIEW_JPEG || zero != 0)
		return TSR_ERR_FORMAT;
	if (cell >= grid->n_cells || tsr_rect_is_empty(out->rect))
		return TSR_ERR_RANGE;
	within = tsr_grid_cell(grid, cell);
	if (out->rect.x < within.x || out->rect.y < within.y ||
		out->rect.x + out->rect.width > within.x + within.width ||
		out->rect.y + out->rect.height > within.y + within.height)
		return TSR_ERR_RANGE;
	if (out->image.len == 0)
		return TSR_ERR_SHORT;
	return out->image.len > TSR_PREVIEW_IMAGE_MAX ? TSR_ERR_TOO_BIG : 0;
}

void tsr_preview_write_head(uint8_t out[static TSR_PREVIEW_HEAD_LEN], struct tsr_rect rect)
{
	struct tsr_writer wr = tsr_writer(out, TSR_PREVIEW_HEAD_LEN);

	tsr_writer_u8(&wr, VERSION);
	tsr_writer_u8(&wr, KIND);
	tsr_writer_u8(&wr, TSR_PREVIEW_JPEG);
	tsr_writer_u8(&wr, 0);
	tsr_writer_u16(&wr, (uint16_t)rect.x);
	tsr_writer_u16(&wr, (uint16_t)rect.y);
	tsr_writer_u16(&wr, (uint16_t)rect.width);
	tsr_writer_u16(&wr, (uint16_t)rect.height);
}
