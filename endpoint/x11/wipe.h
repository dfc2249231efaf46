/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_X11_WIPE_H
#define TSR_ENDPOINT_X11_WIPE_H

#include "endpoint/x11/display.h"

/* wipe: the pixmap of a redirected window, with nothing in it but what the window paints from
 * now on. */
struct tsr_wiped {
	xcb_pixmap_t pixmap; /* the caller's to free */
	uint32_t width, height;
};

/*
 * Names the window's pixmap, fills it (24 bits: grey of this value; 32 bits: transparent) and makes
 * the window and all windows inside it paint themselves, while the server is held, so that
 * nothing they paint is lost. False when the window is not on the screen or has another depth.
 */
bool tsr_wipe_window(
	struct tsr_wiped *out, const struct tsr_display *d, xcb_window_t window, uint8_t grey);

#endif
