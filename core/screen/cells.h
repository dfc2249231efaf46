/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_CELLS_H
#define TSR_SCREEN_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"

/*
 * cells: the geometry of a shared picture. A picture is cut into square cells, numbered in
 * raster order; the edge is 512 pixels and doubles until there are at most 64 cells, so that
 * a set of cells is one 64-bit word. Cells at the right and lower border are cut off.
 */
#define TSR_CELL_EDGE 512u
#define TSR_CELLS_MAX 64u
#define TSR_PICTURE_SIDE_MAX 16384u
/* With no more pixels than this an edge never exceeds 1024, so that one incompressible cell
 * (3 MiB) still fits into a frame. 7680x4320 is 33 million. */
#define TSR_PICTURE_AREA_MAX 40000000u

/* Same numbers as PixelFormat in proto/session.proto. */
enum tsr_pixel_format {
	TSR_FORMAT_BGRA = 1, /* one plane; the fourth byte is ignored on input and 255 on output */
	TSR_FORMAT_I420 = 2, /* Y, then U and V of half size, rounded up */
};

struct tsr_rect {
	uint32_t x, y, width, height; /* pixels; empty when width or height is 0 */
};

struct tsr_grid {
	uint32_t width, height; /* of the picture, pixels */
	uint32_t edge;          /* of a cell, pixels */
	uint32_t n_cols, n_rows;
	uint32_t n_cells;
};

/* Pixels that somebody else owns. Only plane[0] is used with BGRA. */
struct tsr_planes {
	uint8_t *plane[3];
	size_t stride[3]; /* bytes from one row to the next */
};

/* Returns 0 or TSR_ERR_RANGE: sides are 1..TSR_PICTURE_SIDE_MAX, area at most TSR_PICTURE_AREA_MAX.
 */
TSR_CHECKED int tsr_grid_init(struct tsr_grid *grid, uint32_t width, uint32_t height);

/* Where the cell lies; cell < n_cells. */
struct tsr_rect tsr_grid_cell(const struct tsr_grid *grid, uint32_t cell);

/* The set of all cells. */
uint64_t tsr_grid_all(const struct tsr_grid *grid);

/* The set of cells that rect touches; rect lies inside the picture. */
uint64_t tsr_grid_cells_of(const struct tsr_grid *grid, struct tsr_rect rect);

bool tsr_rect_is_empty(struct tsr_rect rect);
/* rect cut to the picture. */
struct tsr_rect tsr_grid_clip(const struct tsr_grid *grid, struct tsr_rect rect);

/* Grows rect to even coordinates and sizes, as far as the picture goes. */
struct tsr_rect tsr_grid_even(const struct tsr_grid *grid, struct tsr_rect rect);
/* What lies in both; { 0 } when nothing does. */
struct tsr_rect tsr_rect_common(struct tsr_rect a, struct tsr_rect b);
/* The smallest rect around both; an empty one counts for nothing. */
struct tsr_rect tsr_rect_union(struct tsr_rect a, struct tsr_rect b);

/* A few rectangles: where pictures may differ. Zero is an empty one. */
#define TSR_DAMAGE_MAX 16u
struct tsr_damage {
	uint32_t n;
	struct tsr_rect rects[TSR_DAMAGE_MAX];
};

/* Adds a rectangle; one that is better joined to another, or finds no room, is. */
void tsr_damage_add(struct tsr_damage *damage, struct tsr_rect rect);
/* The smallest rectangle around all of it. */
struct tsr_rect tsr_damage_bounds(const struct tsr_damage *damage);

/* Number of planes, and the size of a plane in samples (a BGRA pixel is one sample). */
uint32_t tsr_format_n_planes(enum tsr_pixel_format format);
uint32_t tsr_format_sample_len(enum tsr_pixel_format format); /* bytes: 4 or 1 */
/* rect in the coordinates of a plane: chroma is halved outwards. */
struct tsr_rect tsr_format_plane_rect(
	enum tsr_pixel_format format, uint32_t plane, struct tsr_rect rect);

/* Bytes of a picture with tight rows, plane after plane; and its planes inside such bytes. */
size_t tsr_picture_len(enum tsr_pixel_format format, uint32_t width, uint32_t height);
struct tsr_planes tsr_picture_planes(
	enum tsr_pixel_format format, uint32_t width, uint32_t height, uint8_t *bytes);

#endif
