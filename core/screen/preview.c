/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/preview.h"

#include "core/base/err.h"
#include "core/base/reader.h"
#include "core/base/writer.h"

#define VERSION 1
#define KIND 3

/* A decoder takes memory and time by what the image says of itself before a pixel is there, so it
 * has to say no more than the picture has room for: sequential (progressive ones may be coded so
 * that they take minutes), 8 bits, and of this size. ITU T.81, B.1.1 and B.2.2. */
static int check_jpeg(struct tsr_slice image, uint32_t width, uint32_t height)
{
	enum {
		SOI = 0xffd8,
		SOF0 = 0xffc0,
		SOF1 = 0xffc1,
		DHT = 0xffc4,
		APP0 = 0xffe0,
		DQT = 0xffdb,
		FILL = 0xffff, /* no marker: bytes before one (B.1.1.2) */
	};
	struct tsr_reader rd = tsr_reader(image);
	uint16_t marker = tsr_reader_u16(&rd), len = 2;

	if (marker != SOI)
		return rd.err ? rd.err : TSR_ERR_FORMAT;
	do {
		tsr_reader_bytes(&rd, len - 2u);
		marker = tsr_reader_u16(&rd);
		len = tsr_reader_u16(&rd);
	} while (rd.err == 0 && len >= 2 &&
		 (marker == DHT || marker == DQT || (marker >= APP0 && marker != FILL)));
	if (rd.err == 0 && marker != SOF0 && marker != SOF1)
		return TSR_ERR_FORMAT;
	if (tsr_reader_u8(&rd) != 8)
		tsr_reader_fail(&rd, TSR_ERR_FORMAT);
	if (tsr_reader_u16(&rd) != height || tsr_reader_u16(&rd) != width)
		tsr_reader_fail(&rd, TSR_ERR_RANGE);
	return rd.err;
}

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
	if (out->image.len > TSR_PREVIEW_IMAGE_MAX)
		return TSR_ERR_TOO_BIG;
	return check_jpeg(out->image, out->rect.width, out->rect.height);
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
