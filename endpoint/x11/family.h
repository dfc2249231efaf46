/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_X11_FAMILY_H
#define TSR_ENDPOINT_X11_FAMILY_H

#include "endpoint/x11/display.h"
#include "endpoint/x11/source.h"

/*
 * family: the windows that were chosen, and what belongs to them: menus, tooltips and dialogs.
 * That is what the same X client made and what either bypasses the window manager (menus) or says
 * that it is transient for one of the family (dialogs). Notifications never belong. The X client is
 * read off the id, which nobody can forge, while every hint can be set by anybody: so no
 * window of another program gets in.
 */
#define TSR_FAMILY_MAX 48

struct tsr_relative {
	xcb_window_t window;
	xcb_window_t top; /* its ancestor below the root, or itself */
	bool is_chosen, is_viewable;
	int32_t x, y;                   /* outer corner on the screen, pixels */
	uint32_t width, height, border; /* width and height with the border */
	uint8_t depth;
	uint32_t order; /* stacking: higher ones cover lower ones */
};

/* Finds them, lowest first. Returns how many; chosen windows that do not exist any more are left
 * out. TSR_ERR_CLOSED when the X server is gone. */
int tsr_family_find(const struct tsr_display *d, const struct tsr_source *source,
	struct tsr_relative out[static TSR_FAMILY_MAX]);

/* Whether the client that made a chosen window made this one. */
bool tsr_family_is_kin(
	const struct tsr_display *d, const struct tsr_source *source, xcb_window_t window);

/* ---- reading properties ------------------------------------------------------------------------
 */

/* The windows that the window manager says it manages, oldest first; at most cap. */
size_t tsr_clients_read(const struct tsr_display *d, xcb_window_t *out, size_t cap);

#endif
