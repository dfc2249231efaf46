/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_X11_STAGE_H
#define TSR_ENDPOINT_X11_STAGE_H

#include "endpoint/x11/capture.h"
#include "endpoint/x11/display.h"

/*
 * stage: the picture of chosen windows. Each is redirected (COMPOSITE), so that it has a pixmap
 * of its own, and the stage is put together from these pixmaps alone: what other programs show
 * above, between or below cannot get in, whatever they do. The rest is grey.
 *
 * The X server fills a new pixmap with what the screen showed at that place, other programs'
 * windows included, and not everything of it is painted over at once. So before a pixmap is used,
 * it is wiped while the server is held, and the window is made to paint itself.
 *
 * The stage is as large as the rectangle around all windows. Moving them together is no change; a
 * window that outgrows it makes it larger at once, and when much of it has been empty for a
 * while it shrinks. A window being resized keeps its old picture until it rests.
 */
struct tsr_stage;

/* Borrows the display until destroy. TSR_ERR_UNKNOWN, TSR_ERR_CONFIG, TSR_ERR_NOMEM as
 * tsr_capture_open(). */
TSR_CHECKED int tsr_stage_create(struct tsr_stage **out, struct tsr_display *display,
	const struct tsr_source *source, tsr_time now, const char **why);
void tsr_stage_destroy(struct tsr_stage *stage); /* NULL is fine */

void tsr_stage_handle_event(struct tsr_stage *stage, const xcb_generic_event_t *event);

/* As those of capture.h. */
bool tsr_stage_is_damaged(const struct tsr_stage *stage, tsr_time now);
tsr_time tsr_stage_next_timeout(const struct tsr_stage *stage);
TSR_CHECKED int tsr_stage_grab(
	struct tsr_stage *stage, tsr_time now, struct tsr_capture_picture *out);
bool tsr_stage_locate(
	const struct tsr_stage *stage, int32_t x, int32_t y, uint16_t *to_x, uint16_t *to_y);

#endif
