/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/cells.h"

#include "core/base/err.h"

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

int tsr_grid_init(struct tsr_grid *grid, uint32_t width, uint32_t height)
{
	uint32_t edge = TSR_CELL_EDGE;

	*grid = (struct tsr_grid){ 0 };
	if (width == 0 || height == 0 || width > TSR_PICTURE_SIDE_MAX ||
		height > TSR_PICTURE_SIDE_MAX || width * height > TSR_PICTURE_AREA_MAX)
		return TSR_ERR_RANGE;
	while (((width + edge - 1) / edge) * ((height + edge - 1) / edge) > TSR_CELLS_MAX)
		edge *= 2;
	grid->width = width;
	grid->height = height;
	grid->edge = edge;
	grid->n_cols = (width + edge - 1) / edge;
	grid->n_rows = (height + edge - 1) / edge;
	grid->n_cells = grid->n_cols * grid->n_rows;
	return 0;
}

struct tsr_rect tsr_grid_cell(const struct tsr_grid *grid, uint32_t cell)
{
	struct tsr_rect rect = {
		.x = cell % grid->n_cols * grid->edge,
		.y = cell / grid->n_cols * grid->edge,
	};

	rect.width = min_u32(grid->edge, grid->width - rect.x);
	rect.height = min_u32(grid->edge, grid->height - rect.y);
	return rect;
}

uint64_t tsr_grid_all(const struct tsr_grid *grid)
{
	return ~(uint64_t)0 >> (TSR_CELLS_MAX - grid->n_cells);
}

uint64_t tsr_grid_cells_of(const struct tsr_grid *grid, struct tsr_rect rect)
{
	uint64_t cells = 0;

	if (tsr_rect_is_empty(rect))
		return 0;
	for (uint32_t row = rect.y / grid->edge; row <= (rect.y + rect.height - 1) / grid->edge;
		row++)
		for (uint32_t col = rect.x / grid->edge;
			col <= (rect.x + rect.width - 1) / grid->edge; col++)
			cells |= (uint64_t)1 << (row * grid->n_cols + col);
	return cells;
}

bool tsr_rect_is_empty(struct tsr_rect rect)
{
	return rect.width == 0 || rect.height == 0;
}

struct tsr_rect tsr_grid_clip(const struct tsr_grid *grid, struct tsr_rect rect)
{
	if (rect.x >= grid->width || rect.y >= grid->height || tsr_rect_is_empty(rect))
		return (struct tsr_rect){ 0 };
	rect.width = min_u32(rect.width, grid->width - rect.x);
	rect.height = min_u32(rect.height, grid->height - rect.y);
	return rect;
}

static uint32_t max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

struct tsr_rect tsr_rect_common(struct tsr_rect a, struct tsr_rect b)
{
	uint32_t x = max_u32(a.x, b.x), right = min_u32(a.x + a.width, b.x + b.width);
	uint32_t y = max_u32(a.y, b.y), bottom = min_u32(a.y + a.height, b.y + b.height);

	if (x >= right || y >= bottom)
		return (struct tsr_rect){ 0 };
	return (struct tsr_rect){ x, y, right - x, bottom - y };
}

struct tsr_rect tsr_rect_union(struct tsr_rect a, struct tsr_rect b)
{
	struct tsr_rect all;

	if (tsr_rect_is_empty(a))
		return b;
	if (tsr_rect_is_empty(b))
		return a;
	all.x = min_u32(a.x, b.x);
	all.y = min_u32(a.y, b.y);
	all.width = max_u32(a.x + a.width, b.x + b.width) - all.x;
	all.height = max_u32(a.y + a.height, b.y + b.height) - all.y;
	return all;
}

/* Pixels that a rectangle around both has more than the two. */
static int64_t waste(struct tsr_rect a, struct tsr_rect b)
{
	struct tsr_rect both = tsr_rect_union(a, b);

	return (int64_t)both.width * both.height - (int64_t)a.width * a.height -
	       (int64_t)b.width * b.height;
}

void tsr_damage_add(struct tsr_damage *region, struct tsr_rect rect)
{
	uint32_t best = 0;

	if (tsr_rect_is_empty(rect))
		return;
	for (uint32_t i = 1; i < region->n; i++)
		if (waste(region->rects[i], rect) < waste(region->rects[best], rect))
			best = i;
	if (region->n > 0 && (region->n == TSR_DAMAGE_MAX || waste(region->rects[best], rect) <= 0))
		region->rects[best] = tsr_rect_union(region->rects[best], rect);
	else
		region->rects[region->n++] = rect;
}

struct tsr_rect tsr_damage_bounds(const struct tsr_damage *region)
{
	struct tsr_rect bounds = { 0 };

	for (uint32_t i = 0; i < region->n; i++)
		bounds = tsr_rect_union(bounds, region->rects[i]);
	return bounds;
}

uint32_t tsr_format_n_planes(enum tsr_pixel_format format)
{
	return format == TSR_FORMAT_I420 ? 3 : 1;
}

uint32_t tsr_format_sample_len(enum tsr_pixel_format format)
{
	return format == TSR_FORMAT_I420 ? 1 : 4;
}

struct tsr_rect tsr_format_plane_rect(
	enum tsr_pixel_format format, uint32_t plane, struct tsr_rect rect)
{
	struct tsr_rect half;

	if (format != TSR_FORMAT_I420 || plane == 0)
		return rect;
	half.x = rect.x / 2;
	half.y = rect.y / 2;
	half.width = (rect.x + rect.width + 1) / 2 - half.x;
	half.height = (rect.y + rect.height + 1) / 2 - half.y;
	return half;
}

size_t tsr_picture_len(enum tsr_pixel_format format, uint32_t width, uint32_t height)
{
	size_t half = (size_t)((width + 1) / 2) * ((height + 1) / 2);

	if (format == TSR_FORMAT_I420)
		return (size_t)width * height + 2 * half;
	return (size_t)width * height * 4;
}

struct tsr_planes tsr_picture_planes(
	enum tsr_pixel_format format, uint32_t width, uint32_t height, uint8_t *bytes)
{
	struct tsr_planes planes = { 0 };
	size_t luma = (size_t)width * height;
	size_t half_width = (width + 1) / 2;

	planes.plane[0] = bytes;
	if (format != TSR_FORMAT_I420) {
		planes.stride[0] = (size_t)width * 4;
		return planes;
	}
	planes.stride[0] = width;
	planes.plane[1] = bytes + luma;
	planes.plane[2] = bytes + luma + half_width * ((height + 1) / 2);
	planes.stride[1] = planes.stride[2] = half_width;
	return planes;
}

struct tsr_rect tsr_grid_even(const struct tsr_grid *grid, struct tsr_rect rect)
{
	uint32_t right = (rect.x + rect.width + 1) & ~1u, bottom = (rect.y + rect.height + 1) & ~1u;

	rect.x &= ~1u;
	rect.y &= ~1u;
	rect.width = right - rect.x;
	rect.height = bottom - rect.y;
	return tsr_grid_clip(grid, rect);
}
