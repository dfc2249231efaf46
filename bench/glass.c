/* SPDX-License-Identifier: Apache-2.0 */
/*
 * glass: says when a mark appears on an X display. The mark is one pixel of the colour
 * 0xNNNN5a, N being its number; X tells of the drawing (DAMAGE), and the pixel is looked at at
 * once. usage: bench-glass DISPLAY X Y; a line per mark: number, microseconds since 1970.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <xcb/damage.h>
#include <xcb/xcb.h>

#define MARK 0x5a

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static uint32_t read_pixel(xcb_connection_t *x, xcb_window_t root, int at_x, int at_y)
{
	xcb_get_image_reply_t *reply = xcb_get_image_reply(x,
		xcb_get_image(x, XCB_IMAGE_FORMAT_Z_PIXMAP, root, (int16_t)at_x, (int16_t)at_y, 1,
			1, ~0u),
		NULL);
	uint32_t pixel = 0;

	if (reply && xcb_get_image_data_length(reply) >= 3) {
		const uint8_t *p = xcb_get_image_data(reply);

		pixel = (uint32_t)(p[2] << 16 | p[1] << 8 | p[0]);
	}
	free(reply);
	return pixel;
}

int main(int argc, char **argv)
{
	xcb_connection_t *x = xcb_connect(argc == 4 ? argv[1] : NULL, NULL);
	xcb_generic_event_t *event;
	xcb_damage_damage_t damage;
	xcb_window_t root;
	uint32_t last = 0;

	if (argc != 4 || xcb_connection_has_error(x))
		return EXIT_FAILURE;
	setvbuf(stdout, NULL, _IOLBF, 0);
	root = xcb_setup_roots_iterator(xcb_get_setup(x)).data->root;
	free(xcb_damage_query_version_reply(x, xcb_damage_query_version(x, 1, 1), NULL));
	damage = xcb_generate_id(x);
	xcb_damage_create(x, damage, root, XCB_DAMAGE_REPORT_LEVEL_NON_EMPTY);
	xcb_flush(x);
	while ((event = xcb_wait_for_event(x))) {
		uint32_t pixel;

		free(event);
		xcb_damage_subtract(x, damage, XCB_NONE, XCB_NONE);
		pixel = read_pixel(
			x, root, (int)strtol(argv[2], NULL, 10), (int)strtol(argv[3], NULL, 10));
		if ((pixel & 0xff) != MARK || pixel >> 8 == last)
			continue;
		last = pixel >> 8;
		printf("%u %lld\n", last, (long long)now_us());
	}
	return EXIT_SUCCESS;
}
