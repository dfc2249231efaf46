/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_X11_CAPTURE_H
#define TSR_ENDPOINT_X11_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/time.h"
#include "core/screen/cells.h"
#include "endpoint/x11/source.h"

/*
 * capture: the pixels of a source, exact, and where they changed. X tells what was drawn on
 * (DAMAGE); only that is fetched, into memory shared with the X server (MIT-SHM) or, on a display
 * that cannot, over the connection. The pointer is not in the picture. Blocking calls are short
 * round trips to the X server; while nothing is drawn there are none.
 *
 * Windows come as one picture of the rectangle around them, everything else in it flat grey; see
 * stage.h.
 */
struct tsr_capture;

struct tsr_capture_picture {
	const uint8_t *pixels; /* B, G, R and one byte of no meaning per pixel; capture's own */
	size_t stride;         /* bytes per row */
	uint32_t width;        /* pixels */
	uint32_t height;
	const struct tsr_rect *rects; /* what may differ from the picture before */
	size_t n_rects;
};

/*
 * Opens a display ("" or NULL: $DISPLAY). On failure *why is one sentence for people that says
 * what to do; it is static. TSR_ERR_CONFIG (no display, or one that lacks what is needed),
 * TSR_ERR_UNKNOWN (no such monitor or window), TSR_ERR_NOMEM.
 */
TSR_CHECKED int tsr_capture_open(struct tsr_capture **out, const char *display,
	const struct tsr_source *source, tsr_time now, const char **why);
void tsr_capture_close(struct tsr_capture *capture); /* NULL is fine */

/* Readable when tsr_capture_handle_readable() has work. */
int tsr_capture_fd(const struct tsr_capture *capture);

/* Takes in what the X server said. TSR_ERR_CLOSED when it is gone. */
TSR_CHECKED int tsr_capture_handle_readable(struct tsr_capture *capture, tsr_time now);

/* Whether a grab would bring something: what was drawn since the last, another size. */
bool tsr_capture_is_damaged(const struct tsr_capture *capture, tsr_time now);

/* When it may become so though the X server says nothing, or TSR_TIME_NEVER. */
tsr_time tsr_capture_next_timeout(const struct tsr_capture *capture);

/*
 * Fetches what changed. The picture stays valid until the next call on this capture; its size
 * changes when the source's does (then everything counts as changed). TSR_ERR_UNKNOWN when the
 * source is gone for good (monitor unplugged, windows closed), TSR_ERR_AGAIN when there is no
 * picture yet, TSR_ERR_CLOSED, TSR_ERR_NOMEM.
 */
TSR_CHECKED int tsr_capture_grab(
	struct tsr_capture *capture, tsr_time now, struct tsr_capture_picture *out);

/* Where a place on the screen is in the picture last grabbed; false when it is not in it. */
bool tsr_capture_locate(
	const struct tsr_capture *capture, int32_t x, int32_t y, uint16_t *to_x, uint16_t *to_y);

#endif
