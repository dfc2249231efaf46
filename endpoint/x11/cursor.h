/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_X11_CURSOR_H
#define TSR_ENDPOINT_X11_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/screen/pointer.h"

/*
 * cursor: where the pointer of a display is and what it looks like. It is asked for only after the
 * X server said that it moved (XInput 2 raw motion) or changed (XFIXES): a still pointer costs
 * nothing.
 */
struct tsr_cursor;

struct tsr_cursor_state {
	int32_t x, y;   /* hot spot on the screen, pixels */
	uint32_t shape; /* names the image; 0: it is too large to be sent */
	uint8_t width, height, hot_x, hot_y;
	const uint8_t *image; /* RGBA, not premultiplied; until the next call */
};

/* *why as tsr_capture_open(). TSR_ERR_CONFIG, TSR_ERR_NOMEM. */
TSR_CHECKED int tsr_cursor_open(struct tsr_cursor **out, const char *display, const char **why);
void tsr_cursor_close(struct tsr_cursor *cursor); /* NULL is fine */

int tsr_cursor_fd(const struct tsr_cursor *cursor);

/* Takes in what the X server said. TSR_ERR_CLOSED when it is gone. */
TSR_CHECKED int tsr_cursor_handle_readable(struct tsr_cursor *cursor);

/* Whether it moved or changed since the last look. */
bool tsr_cursor_has_changed(const struct tsr_cursor *cursor);

/* TSR_ERR_CLOSED. */
TSR_CHECKED int tsr_cursor_look(struct tsr_cursor *cursor, struct tsr_cursor_state *out);

#endif
