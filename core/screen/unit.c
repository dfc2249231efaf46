/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/unit.h"

#include "core/base/err.h"
#include "core/base/reader.h"
#include "core/base/writer.h"

static uint64_t mix(uint32_t cell, uint32_t picture)
{
	/* the finalizer of splitmix64 */
	uint64_t z = ((uint64_t)cell << 32 | picture) + 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

void tsr_state_set(struct tsr_state *state, uint32_t cell, uint32_t picture)
{
	if (state->changed[cell] != 0)
		state->sum -= mix(cell, state->changed[cell]);
	if (picture != 0)
		state->sum += mix(cell, picture);
	state->changed[cell] = picture;
}

void tsr_state_set_all(struct tsr_state *state, uint64_t cells, uint32_t picture)
{
	for (uint32_t cell = 0; cell < TSR_CELLS_MAX; cell++)
		if (cells >> cell & 1)
			tsr_state_set(state, cell, picture);
}

uint64_t tsr_picture_digest(enum tsr_pixel_format format, uint32_t width, uint32_t height,
	const struct tsr_planes *planes)
{
	struct tsr_rect all = { 0, 0, width, height };
	uint64_t h = 0xcbf29ce484222325u;
	uint32_t sample_len = tsr_format_sample_len(format);

	for (uint32_t plane = 0; plane < tsr_format_n_planes(format); plane++) {
		struct tsr_rect r = tsr_format_plane_rect(format, plane, all);

		for (uint32_t y = 0; y < r.height; y++) {
			const uint8_t *row = planes->plane[plane] + planes->stride[plane] * y;

			for (size_t i = 0; i < (size_t)r.width * sample_len; i++)
				if (sample_len == 1 || i % 4 != 3)
					h = (h ^ row[i]) * 0x100000001b3u;
		}
	}
	return h;
}

static bool fits(const struct tsr_grid *grid, enum tsr_pixel_format format, struct tsr_rect rect)
{
	if (tsr_rect_is_empty(rect) || rect.x + rect.width > grid->width ||
		rect.y + rect.height > grid->height)
		return false;
	if (format != TSR_FORMAT_I420)
		return true;
	return rect.x % 2 == 0 && rect.y % 2 == 0 &&
	       (rect.width % 2 == 0 || rect.x + rect.width == grid->width) &&
	       (rect.height % 2 == 0 || rect.y + rect.height == grid->height);
}

static struct tsr_rect read_rect(struct tsr_reader *rd)
{
	struct tsr_rect rect;

	rect.x = tsr_reader_u16(rd);
	rect.y = tsr_reader_u16(rd);
	rect.width = tsr_reader_u16(rd);
	rect.height = tsr_reader_u16(rd);
	return rect;
}

static bool copy_fits(
	const struct tsr_grid *grid, enum tsr_pixel_format format, const struct tsr_copy *copy)
{
	struct tsr_rect from = { copy->x, copy->y, copy->to.width, copy->to.height };

	/* the source may be odd with I420: chroma then comes from the half rounded down */
	return fits(grid, format, copy->to) && fits(grid, TSR_FORMAT_BGRA, from);
}

static void read_geometry(struct tsr_unit *unit, const struct tsr_grid *grid,
	enum tsr_pixel_format format, struct tsr_reader *rd)
{
	uint64_t copied = 0, coded = 0, area = (uint64_t)grid->width * grid->height;

	unit->n_copies = tsr_reader_u8(rd);
	unit->n_rects = tsr_reader_u8(rd);
	if (unit->n_copies > TSR_COPIES_MAX || unit->n_rects > TSR_RECTS_MAX) {
		tsr_reader_fail(rd, TSR_ERR_RANGE);
		return;
	}
	for (uint32_t i = 0; i < unit->n_copies && rd->err == 0; i++) {
		struct tsr_copy *copy = &unit->copies[i];

		copy->to = read_rect(rd);
		copy->x = tsr_reader_u16(rd);
		copy->y = tsr_reader_u16(rd);
		copied += (uint64_t)copy->to.width * copy->to.height;
		if (!copy_fits(grid, format, copy) || copied > area)
			tsr_reader_fail(rd, TSR_ERR_RANGE);
	}
	for (uint32_t i = 0; i < unit->n_rects && rd->err == 0; i++) {
		unit->rects[i] = read_rect(rd);
		coded += (uint64_t)unit->rects[i].width * unit->rects[i].height;
		if (!fits(grid, format, unit->rects[i]) || coded > area)
			tsr_reader_fail(rd, TSR_ERR_RANGE);
	}
}

int tsr_unit_parse(struct tsr_unit *unit, const struct tsr_grid *grid, enum tsr_pixel_format format,
	struct tsr_slice bytes)
{
	struct tsr_reader rd = tsr_reader(bytes);
	uint8_t codec = tsr_reader_u8(&rd), zero;

	unit->kind = tsr_reader_u8(&rd);
	unit->format = tsr_reader_u8(&rd);
	zero = tsr_reader_u8(&rd);
	unit->n_copies = unit->n_rects = unit->changed = 0;
	if (rd.err == 0 && codec != TSR_CODEC)
		return TSR_ERR_VERSION;
	if (unit->format != format || zero != 0)
		tsr_reader_fail(&rd, TSR_ERR_FORMAT);
	if (unit->kind == TSR_UNIT_KEY)
		unit->changed = tsr_reader_u32(&rd);
	else if (unit->kind != TSR_UNIT_DELTA)
		tsr_reader_fail(&rd, TSR_ERR_FORMAT);
	unit->state = tsr_reader_u64(&rd);
	if (unit->kind == TSR_UNIT_DELTA)
		read_geometry(unit, grid, format, &rd);
	unit->pixels = tsr_reader_bytes(&rd, rd.left.len);
	return tsr_reader_end(&rd);
}

static void write_rect(struct tsr_writer *wr, struct tsr_rect rect)
{
	tsr_writer_u16(wr, (uint16_t)rect.x);
	tsr_writer_u16(wr, (uint16_t)rect.y);
	tsr_writer_u16(wr, (uint16_t)rect.width);
	tsr_writer_u16(wr, (uint16_t)rect.height);
}

size_t tsr_unit_write(uint8_t *out, size_t cap, const struct tsr_unit *unit)
{
	struct tsr_writer wr = tsr_writer(out, cap);

	tsr_writer_u8(&wr, TSR_CODEC);
	tsr_writer_u8(&wr, unit->kind);
	tsr_writer_u8(&wr, unit->format);
	tsr_writer_u8(&wr, 0);
	if (unit->kind == TSR_UNIT_KEY)
		tsr_writer_u32(&wr, unit->changed);
	tsr_writer_u64(&wr, unit->state);
	if (unit->kind == TSR_UNIT_DELTA) {
		tsr_writer_u8(&wr, (uint8_t)unit->n_copies);
		tsr_writer_u8(&wr, (uint8_t)unit->n_rects);
	}
	for (uint32_t i = 0; i < unit->n_copies; i++) {
		write_rect(&wr, unit->copies[i].to);
		tsr_writer_u16(&wr, (uint16_t)unit->copies[i].x);
		tsr_writer_u16(&wr, (uint16_t)unit->copies[i].y);
	}
	for (uint32_t i = 0; i < unit->n_rects; i++)
		write_rect(&wr, unit->rects[i]);
	return tsr_writer_end(&wr) == 0 ? wr.len : 0;
}
