/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/x11/source.h"

#include "endpoint/x11/display.h"
#include "test/test.h"

static const struct tsr_sources there = {
	.monitors = { { .name = "HDMI-1", .width = 1920, .height = 1080 },
		{ .name = "DP-2", .x = 1920, .width = 1280, .height = 1024 } },
	.n_monitors = 2,
	.windows = { { .id = 0x1a00003,
			     .application = "XTerm",
			     .instance = "xterm",
			     .title = "work" },
		{ .id = 0x0c00007,
			.application = "Firefox-esr",
			.instance = "Navigator",
			.title = "Working hours" },
		{ .id = 0x0c00009,
			.application = "Firefox-esr",
			.instance = "Navigator",
			.title = "Mail" } },
	.n_windows = 3,
};

static struct tsr_source chosen[TSR_SOURCES_MAX];
static char why[200];

static size_t choose(const struct tsr_wish *wish)
{
	return tsr_sources_choose(chosen, &there, wish, why, sizeof(why));
}

static void nothing_named_is_the_whole_screen(void)
{
	CHECK_INT(choose(&(struct tsr_wish){ 0 }), 1);
	CHECK(chosen[0].kind == TSR_SOURCE_SCREEN);
}

static void monitors_go_by_name_and_number_each_once(void)
{
	struct tsr_wish wish = { .monitors = { "1", "hdmi-1", "DP-2" }, .n_monitors = 2 };

	CHECK_INT(choose(&wish), 2);
	CHECK_STR(chosen[0].monitor, "DP-2");
	CHECK_STR(chosen[1].monitor, "HDMI-1");
	wish = (struct tsr_wish){ .monitors = { "all" }, .n_monitors = 1 };
	CHECK_INT(choose(&wish), 2);
	CHECK(chosen[0].kind == TSR_SOURCE_MONITOR && chosen[1].kind == TSR_SOURCE_MONITOR);
	wish.monitors[0] = "VGA-1";
	CHECK_INT(choose(&wish), 0);
	CHECK(strstr(why, "VGA-1") != NULL);
}

static void windows_go_by_id_title_and_application_in_one_source(void)
{
	struct tsr_wish wish = { .windows = { "0x1a00003" }, .n_windows = 1 };

	CHECK_INT(choose(&wish), 1);
	CHECK(chosen[0].n_windows == 1 && chosen[0].windows[0] == 0x1a00003);
	wish.windows[0] = "WORK"; /* of two applications */
	CHECK_INT(choose(&wish), 1);
	CHECK(chosen[0].n_windows == 2);
	CHECK(chosen[0].windows[0] == 0x0c00007 && chosen[0].windows[1] == 0x1a00003);
	wish = (struct tsr_wish){ .windows = { "firefox", "mail" }, .n_windows = 2 };
	CHECK_INT(choose(&wish), 1);
	CHECK(chosen[0].n_windows == 2 && chosen[0].windows[1] == 0x0c00009);
	wish.windows[1] = "gimp";
	CHECK_INT(choose(&wish), 0);
	wish.windows[1] = ""; /* would be a part of every name */
	CHECK_INT(choose(&wish), 0);
}

static void monitors_and_windows_are_streams_of_their_own(void)
{
	struct tsr_wish wish = {
		.monitors = { "0" }, .n_monitors = 1, .windows = { "mail" }, .n_windows = 1
	};

	CHECK_INT(choose(&wish), 2);
	CHECK(!tsr_source_equal(&chosen[0], &chosen[1]));
	CHECK(tsr_source_equal(&chosen[1], &chosen[1]));
}

/* However many rectangles there are, what they cover stays covered. */
static void a_region_is_merged_never_cut(void)
{
	struct tsr_rect rects[TSR_REGION_MAX];
	size_t n = 0;

	for (uint32_t i = 0; i < 200; i++)
		n = tsr_region_add(rects, n, (struct tsr_rect){ i * 37 % 900, i * 53 % 600, 5, 5 });
	CHECK_INT(n, TSR_REGION_MAX);
	CHECK_INT(tsr_region_add(rects, n, (struct tsr_rect){ 3, 3, 0, 9 }), TSR_REGION_MAX);
	for (uint32_t i = 0; i < 200; i++) {
		struct tsr_rect r = { i * 37 % 900, i * 53 % 600, 5, 5 };
		bool is_covered = false;

		for (size_t k = 0; k < n; k++)
			is_covered = is_covered || (r.x >= rects[k].x && r.y >= rects[k].y &&
							   r.x + 5 <= rects[k].x + rects[k].width &&
							   r.y + 5 <= rects[k].y + rects[k].height);
		CHECK(is_covered);
	}
}

TEST_MAIN(TEST(nothing_named_is_the_whole_screen), TEST(monitors_go_by_name_and_number_each_once),
	TEST(windows_go_by_id_title_and_application_in_one_source),
	TEST(monitors_and_windows_are_streams_of_their_own), TEST(a_region_is_merged_never_cut))
