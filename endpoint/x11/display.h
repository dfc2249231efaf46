/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_X11_DISPLAY_H
#define TSR_ENDPOINT_X11_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>
#include <xcb/xfixes.h>

#include "core/base/attr.h"
#include "core/screen/cells.h"

/*
 * display: a connection to an X server with the extensions that sharing needs, and memory that
 * the server writes pixels into (MIT-SHM), or that they are copied to where it cannot.
 */
struct tsr_display {
	xcb_connection_t *x;
	const xcb_screen_t *screen;
	bool has_shm, has_composite, has_monitors;      /* monitors: RandR 1.5 */
	uint8_t damage_event, randr_event, fixes_event; /* first of each; 0: not there */
};

/* name as in $DISPLAY; "" or NULL: that. On failure *why is one static sentence for people.
 * TSR_ERR_CONFIG. Zeroed memory may be closed. */
TSR_CHECKED int tsr_display_open(struct tsr_display *d, const char *name, const char **why);
void tsr_display_close(struct tsr_display *d);

/* 0 when the server does not know it. */
xcb_atom_t tsr_display_atom(const struct tsr_display *d, const char *name);

/* The answer to xcb_xfixes_fetch_region: rectangles, moved by (dx, dy) and cut to width x height,
 * that together cover the region; no more than TSR_REGION_MAX, merged when there are more.
 * Returns how many, or TSR_ERR_CLOSED. */
#define TSR_REGION_MAX 32
int tsr_display_region(const struct tsr_display *d, xcb_xfixes_fetch_region_cookie_t cookie,
	struct tsr_rect out[static TSR_REGION_MAX], int32_t dx, int32_t dy, uint32_t width,
	uint32_t height);

/* Adds a rectangle to such a list; returns how many there are then. */
size_t tsr_region_add(struct tsr_rect rects[static TSR_REGION_MAX], size_t n, struct tsr_rect rect);

/* ---- pixels --------------------------------------------------------------------------------- */

struct tsr_pixels {
	uint8_t *data;
	size_t size;
	xcb_shm_seg_t segment;
	bool is_shared;
};

/* Zeroed memory may be finished. TSR_ERR_NOMEM. */
TSR_CHECKED int tsr_pixels_init(struct tsr_pixels *p, const struct tsr_display *d, size_t size);
void tsr_pixels_finish(struct tsr_pixels *p, const struct tsr_display *d);

/* One rectangle of a drawable, to be put at an offset, row after row without gaps, 4 bytes each. */
struct tsr_fetch {
	xcb_drawable_t drawable;
	struct tsr_rect rect;
	size_t offset;
};
#define TSR_FETCH_MAX 64

/* Gets them all at once. False when one could not be had: what it is of is gone or has become
 * smaller. */
bool tsr_pixels_fetch(struct tsr_pixels *p, const struct tsr_display *d,
	const struct tsr_fetch *fetches, size_t n);

#endif
