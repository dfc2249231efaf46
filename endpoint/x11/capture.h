/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_X11_CAPTURE_H
#define TSR_ENDPOINT_X11_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"

/*
 * capture: the pixels of an X screen, exact, and where they changed.
 * X tells what was drawn on (DAMAGE); only those rows are fetched, into memory shared with the
 * X server (MIT-SHM) or, on a display that cannot, over the connection. The pointer is not in
 * the picture. Blocking calls are short round trips to the X server.
 */
struct tsr_capture;

struct tsr_capture_picture {
	const uint8_t *pixels; /* B, G, R and one byte of no meaning per pixel; capture's own */
	size_t stride;         /* bytes per row */
	uint32_t width;        /* pixels */
	uint32_t height;
	uint32_t top; /* rows [top, bottom) may differ from the picture before */
	uint32_t bottom;
};

/*
 * Opens a display ("" or NULL: $DISPLAY). On failure *why is one sentence for people that says
 * what to do; it is static. TSR_ERR_CONFIG (no display, or one without DAMAGE or with another
 * colour depth than 24), TSR_ERR_NOMEM.
 */
TSR_CHECKED int tsr_capture_open(struct tsr_capture **out, const char *display, const char **why);
void tsr_capture_close(struct tsr_capture *capture); /* NULL is fine */

/* Readable when tsr_capture_handle_readable() has work. */
int tsr_capture_fd(const struct tsr_capture *capture);

/* Takes in what the X server said. TSR_ERR_CLOSED when it is gone. */
TSR_CHECKED int tsr_capture_handle_readable(struct tsr_capture *capture);

/* Whether something was drawn since the last grab, or the screen changed its size. */
bool tsr_capture_is_damaged(const struct tsr_capture *capture);

/*
 * Fetches what changed. The picture stays valid until the next call on this capture; its size
 * changes when the screen's does (then everything counts as changed).
 * TSR_ERR_CLOSED, TSR_ERR_NOMEM.
 */
TSR_CHECKED int tsr_capture_grab(struct tsr_capture *capture, struct tsr_capture_picture *out);

#endif
