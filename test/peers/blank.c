/* SPDX-License-Identifier: Apache-2.0 */
/* blank: a window named "blank" that neither the X server nor its program ever paints: it shows
 * whatever its pixmap held before, which is what the worst application could show of others. */
#include <unistd.h>
#include <xcb/xcb.h>

int main(void)
{
	xcb_connection_t *x = xcb_connect(NULL, NULL);
	const uint32_t background[] = { XCB_BACK_PIXMAP_NONE };
	const xcb_screen_t *screen;
	xcb_window_t window;

	if (xcb_connection_has_error(x))
		return 1;
	screen = xcb_setup_roots_iterator(xcb_get_setup(x)).data;
	window = xcb_generate_id(x);
	xcb_create_window(x, XCB_COPY_FROM_PARENT, window, screen->root, 30, 40, 300, 200, 0,
		XCB_WINDOW_CLASS_INPUT_OUTPUT, screen->root_visual, XCB_CW_BACK_PIXMAP, background);
	xcb_change_property(
		x, XCB_PROP_MODE_REPLACE, window, XCB_ATOM_WM_NAME, XCB_ATOM_STRING, 8, 5, "blank");
	xcb_map_window(x, window);
	xcb_flush(x);
	while (!xcb_connection_has_error(x))
		pause();
	return 0;
}
