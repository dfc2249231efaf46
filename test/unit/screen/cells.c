/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/cells.h"

#include "core/base/err.h"
#include "test/test.h"

static void edge_doubles_above_64_cells(void)
{
	struct tsr_grid grid;

	CHECK(tsr_grid_init(&grid, 1920, 1080) == 0);
	CHECK_INT(grid.edge, 512);
	CHECK_INT(grid.n_cells, 12);
	CHECK(tsr_grid_init(&grid, 4096, 4096) == 0);
	CHECK_INT(grid.n_cells, 64);
	CHECK(tsr_grid_all(&grid) == ~(uint64_t)0);
	CHECK(tsr_grid_init(&grid, 7680, 4320) == 0);
	CHECK_INT(grid.edge, 1024);
	CHECK_INT(grid.n_cells, 40);
}

static void every_size_allowed_keeps_the_edge_at_1024(void)
{
	struct tsr_grid grid;

	for (uint32_t width = 1; width <= TSR_PICTURE_SIDE_MAX; width += 61) {
		uint32_t height = TSR_PICTURE_AREA_MAX / width;

		height = height > TSR_PICTURE_SIDE_MAX ? TSR_PICTURE_SIDE_MAX : height;
		CHECK(tsr_grid_init(&grid, width, height) == 0);
		CHECK(grid.edge <= 1024 && grid.n_cells <= TSR_CELLS_MAX);
	}
}

static void impossible_sizes_are_refused(void)
{
	struct tsr_grid grid;

	CHECK_INT(tsr_grid_init(&grid, 0, 5), TSR_ERR_RANGE);
	CHECK_INT(tsr_grid_init(&grid, 5, 0), TSR_ERR_RANGE);
	CHECK_INT(tsr_grid_init(&grid, 16385, 1), TSR_ERR_RANGE);
	CHECK_INT(tsr_grid_init(&grid, 16384, 16384), TSR_ERR_RANGE);
	CHECK_INT(tsr_grid_init(&grid, UINT32_MAX, UINT32_MAX), TSR_ERR_RANGE);
}

static void cells_tile_the_picture(void)
{
	struct tsr_grid grid;
	uint64_t area = 0;

	CHECK(tsr_grid_init(&grid, 1033, 700) == 0);
	for (uint32_t c = 0; c < grid.n_cells; c++) {
		struct tsr_rect r = tsr_grid_cell(&grid, c);

		CHECK(tsr_grid_cells_of(&grid, r) == (uint64_t)1 << c);
		area += (uint64_t)r.width * r.height;
	}
	CHECK_INT(area, 1033 * 700);
	CHECK_INT(tsr_grid_cells_of(&grid, (struct tsr_rect){ 511, 511, 2, 2 }), 27);
}

static void regions_stay_few_and_lose_nothing(void)
{
	struct tsr_damage region = { 0 };
	struct tsr_rect bounds;

	tsr_damage_add(&region, (struct tsr_rect){ 10, 10, 20, 20 });
	tsr_damage_add(&region, (struct tsr_rect){ 30, 10, 5, 20 });
	tsr_damage_add(&region, (struct tsr_rect){ 0 });
	CHECK_INT(region.n, 1);
	CHECK_INT(region.rects[0].width, 25);
	for (uint32_t i = 0; i < 100; i++)
		tsr_damage_add(&region, (struct tsr_rect){ i * 50, i * 40, 3, 4 });
	CHECK_INT(region.n, TSR_DAMAGE_MAX);
	for (uint32_t i = 0; i < 100; i++) {
		struct tsr_rect r = { i * 50, i * 40, 3, 4 };
		bool is_in = false;

		for (uint32_t k = 0; k < region.n && !is_in; k++) {
			struct tsr_rect common = tsr_rect_common(region.rects[k], r);

			is_in = memcmp(&common, &r, sizeof(r)) == 0;
		}
		CHECK(is_in);
	}
	bounds = tsr_damage_bounds(&region);
	CHECK_INT(bounds.width, 99 * 50 + 3);
	CHECK_INT(bounds.height, 99 * 40 + 4);
}

static void odd_chroma_is_rounded_up(void)
{
	struct tsr_rect r =
		tsr_format_plane_rect(TSR_FORMAT_I420, 1, (struct tsr_rect){ 0, 0, 3, 5 });

	CHECK_INT(r.width, 2);
	CHECK_INT(r.height, 3);
	CHECK_INT(tsr_picture_len(TSR_FORMAT_I420, 3, 5), 15 + 2 * 6);
}

TEST_MAIN(TEST(edge_doubles_above_64_cells), TEST(every_size_allowed_keeps_the_edge_at_1024),
	TEST(impossible_sizes_are_refused), TEST(cells_tile_the_picture),
	TEST(regions_stay_few_and_lose_nothing), TEST(odd_chroma_is_rounded_up))
