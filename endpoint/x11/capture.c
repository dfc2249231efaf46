/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/x11/capture.h"

#include <stdlib.h>
#include <string.h>
#include <xcb/damage.h>
#include <xcb/randr.h>

#include "core/base/err.h"
#include "endpoint/x11/display.h"
#include "endpoint/x11/monitor.h"
#include "endpoint/x11/stage.h"

struct tsr_capture {
	struct tsr_display display;
	struct tsr_source source;
	struct tsr_stage *stage; /* windows; all that follows is for the screen or a part of it */

	int32_t x, y; /* of the area, on the screen */
	uint32_t width, height;
	size_t stride;
	/* The picture, and behind it as much again: rectangles that do not reach over the whole
	 * width are fetched there first. */
	struct tsr_pixels pixels;
	xcb_damage_damage_t damage;
	xcb_xfixes_region_t region;
	bool is_damaged, is_area_due, is_everything_new;
	struct tsr_rect rects[TSR_REGION_MAX];
};

/* ---- the area ---------------------------------------------------------------------------- */

/* Where it is now. TSR_ERR_UNKNOWN when the monitor is gone. */
static int find_area(const struct tsr_capture *c, struct tsr_monitor *out)
{
	struct tsr_monitor monitors[TSR_MONITORS_MAX];
	xcb_get_geometry_reply_t *screen = xcb_get_geometry_reply(
		c->display.x, xcb_get_geometry(c->display.x, c->display.screen->root), NULL);
	size_t n;

	if (!screen)
		return TSR_ERR_CLOSED;
	*out = (struct tsr_monitor){ .width = screen->width, .height = screen->height };
	free(screen);
	if (c->source.kind == TSR_SOURCE_SCREEN)
		return 0;
	n = tsr_monitors_read(&c->display, monitors);
	for (size_t i = 0; i < n; i++) {
		struct tsr_monitor *m = &monitors[i];

		/* the part of it that the screen has: RandR changes the two one after the other */
		if (strcmp(m->name, c->source.monitor) != 0 || m->x < 0 || m->y < 0 ||
			m->x >= (int32_t)out->width || m->y >= (int32_t)out->height)
			continue;
		if (m->width > out->width - (uint32_t)m->x)
			m->width = out->width - (uint32_t)m->x;
		if (m->height > out->height - (uint32_t)m->y)
			m->height = out->height - (uint32_t)m->y;
		*out = *m;
		return 0;
	}
	return TSR_ERR_UNKNOWN;
}

/* Asks where the area is now and, when it is of another size, makes memory for it. */
static int look_at_area(struct tsr_capture *c)
{
	struct tsr_monitor area;
	int r = find_area(c, &area);

	if (r != 0)
		return r;
	c->is_area_due = false;
	if (c->pixels.data && c->x == area.x && c->y == area.y && c->width == area.width &&
		c->height == area.height)
		return 0;
	c->x = area.x;
	c->y = area.y;
	c->is_everything_new = true;
	if (c->pixels.data && c->width == area.width && c->height == area.height)
		return 0;
	c->width = area.width;
	c->height = area.height;
	c->stride = (size_t)c->width * 4;
	tsr_pixels_finish(&c->pixels, &c->display);
	return tsr_pixels_init(&c->pixels, &c->display, 2 * c->stride * c->height);
}

/* ---- opening ----------------------------------------------------------------------------- */

static void watch_screen(struct tsr_capture *c)
{
	const struct tsr_display *d = &c->display;
	uint32_t mask = XCB_EVENT_MASK_STRUCTURE_NOTIFY;

	c->damage = xcb_generate_id(d->x);
	xcb_damage_create(d->x, c->damage, d->screen->root, XCB_DAMAGE_REPORT_LEVEL_NON_EMPTY);
	c->region = xcb_generate_id(d->x);
	xcb_xfixes_create_region(d->x, c->region, 0, NULL);
	/* A virtual monitor that is defined anew changes the root's configuration only. */
	xcb_change_window_attributes(d->x, d->screen->root, XCB_CW_EVENT_MASK, &mask);
	if (d->randr_event)
		xcb_randr_select_input(d->x, d->screen->root,
			XCB_RANDR_NOTIFY_MASK_SCREEN_CHANGE | XCB_RANDR_NOTIFY_MASK_CRTC_CHANGE |
				XCB_RANDR_NOTIFY_MASK_OUTPUT_CHANGE |
				XCB_RANDR_NOTIFY_MASK_RESOURCE_CHANGE);
}

static int open_area(struct tsr_capture *c, const char **why)
{
	int r = look_at_area(c);

	if (r == TSR_ERR_UNKNOWN)
		*why = "there is no such monitor; tessera windows lists them";
	if (r == 0)
		watch_screen(c);
	return r;
}

int tsr_capture_open(struct tsr_capture **out, const char *display, const struct tsr_source *source,
	tsr_time now, const char **why)
{
	struct tsr_capture *c = calloc(1, sizeof(*c));
	int r;

	*out = NULL;
	*why = "out of memory";
	if (!c)
		return TSR_ERR_NOMEM;
	c->source = *source;
	if ((r = tsr_display_open(&c->display, display, why)) != 0)
		goto out;
	*why = "out of memory";
	r = source->kind == TSR_SOURCE_WINDOWS
		    ? tsr_stage_create(&c->stage, &c->display, source, now, why)
		    : open_area(c, why);
	if (r != 0)
		goto out;
	xcb_flush(c->display.x);
	*out = c;
	c = NULL;
	*why = NULL;
out:
	tsr_capture_close(c);
	return r;
}

void tsr_capture_close(struct tsr_capture *c)
{
	if (!c)
		return;
	tsr_stage_destroy(c->stage);
	if (c->pixels.data)
		tsr_pixels_finish(&c->pixels, &c->display);
	tsr_display_close(&c->display);
	free(c);
}

/* ---- running ----------------------------------------------------------------------------- */

int tsr_capture_fd(const struct tsr_capture *c)
{
	return xcb_get_file_descriptor(c->display.x);
}

static void take_event(struct tsr_capture *c, const xcb_generic_event_t *event)
{
	uint8_t type = event->response_type & 0x7f, randr = c->display.randr_event;

	if (type == c->display.damage_event + XCB_DAMAGE_NOTIFY)
		c->is_damaged = true;
	else if (type == XCB_CONFIGURE_NOTIFY ||
		 (randr && (type == randr + XCB_RANDR_SCREEN_CHANGE_NOTIFY ||
				   type == randr + XCB_RANDR_NOTIFY)))
		c->is_area_due = true;
}

int tsr_capture_handle_readable(struct tsr_capture *c, tsr_time now)
{
	xcb_generic_event_t *event;

	(void)now;
	while ((event = xcb_poll_for_event(c->display.x))) {
		if (event->response_type == 0) /* an error: what it is about is gone */
			;
		else if (c->stage)
			tsr_stage_handle_event(c->stage, event);
		else
			take_event(c, event);
		free(event);
	}
	return xcb_connection_has_error(c->display.x) ? TSR_ERR_CLOSED : 0;
}

bool tsr_capture_is_damaged(const struct tsr_capture *c, tsr_time now)
{
	if (c->stage)
		return tsr_stage_is_damaged(c->stage, now);
	return c->is_damaged || c->is_area_due || c->is_everything_new;
}

tsr_time tsr_capture_next_timeout(const struct tsr_capture *c)
{
	return c->stage ? tsr_stage_next_timeout(c->stage) : TSR_TIME_NEVER;
}

/* Takes the damage out of the X server: what is drawn from here on is reported anew. Returns how
 * many rectangles it is, or TSR_ERR_CLOSED. */
static int take_damage(struct tsr_capture *c)
{
	xcb_connection_t *x = c->display.x;
	int n;

	xcb_damage_subtract(x, c->damage, XCB_NONE, c->region);
	n = tsr_display_region(&c->display, xcb_xfixes_fetch_region(x, c->region), c->rects, -c->x,
		-c->y, c->width, c->height);
	if (n < 0)
		return n;
	if (c->is_everything_new) {
		c->rects[0] = (struct tsr_rect){ 0, 0, c->width, c->height };
		n = 1;
	}
	c->is_damaged = false;
	c->is_everything_new = false;
	return n;
}

/* What to fetch for a rectangle: it alone, behind the picture, or, when it is wide or there is no
 * room any more, whole rows in their place. */
static struct tsr_fetch fetch_of(
	const struct tsr_capture *c, const struct tsr_rect *r, size_t *behind)
{
	struct tsr_fetch fetch = {
		.drawable = c->display.screen->root,
		.rect = { (uint32_t)c->x + r->x, (uint32_t)c->y + r->y, r->width, r->height },
		.offset = *behind,
	};
	size_t size = (size_t)r->width * r->height * 4;

	if (r->width <= c->width / 2 && size <= c->pixels.size - *behind) {
		*behind += size;
		return fetch;
	}
	fetch.rect.x = (uint32_t)c->x;
	fetch.rect.width = c->width;
	fetch.offset = r->y * c->stride;
	return fetch;
}

static bool fetch(struct tsr_capture *c, size_t n)
{
	struct tsr_fetch fetches[TSR_REGION_MAX];
	size_t picture = c->stride * c->height, behind = picture;

	for (size_t i = 0; i < n; i++)
		fetches[i] = fetch_of(c, &c->rects[i], &behind);
	if (!tsr_pixels_fetch(&c->pixels, &c->display, fetches, n))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct tsr_rect *r = &c->rects[i];
		size_t row = (size_t)r->width * 4;

		for (uint32_t y = 0; y < r->height && fetches[i].offset >= picture; y++)
			memcpy(c->pixels.data + (r->y + y) * c->stride + r->x * 4,
				c->pixels.data + fetches[i].offset + y * row, row);
	}
	return true;
}

static int grab_area(struct tsr_capture *c, struct tsr_capture_picture *out)
{
	int r, n;

	if (c->is_area_due && (r = look_at_area(c)) != 0)
		return r;
	if ((n = take_damage(c)) < 0)
		return n;
	if (n > 0 && !fetch(c, (size_t)n)) {
		if (xcb_connection_has_error(c->display.x))
			return TSR_ERR_CLOSED;
		/* the screen shrank in between: RandR will say so, or has */
		c->is_everything_new = true;
		n = 0;
	}
	*out = (struct tsr_capture_picture){
		.pixels = c->pixels.data,
		.stride = c->stride,
		.width = c->width,
		.height = c->height,
		.rects = c->rects,
		.n_rects = (size_t)n,
	};
	return 0;
}

int tsr_capture_grab(struct tsr_capture *c, tsr_time now, struct tsr_capture_picture *out)
{
	return c->stage ? tsr_stage_grab(c->stage, now, out) : grab_area(c, out);
}

bool tsr_capture_locate(
	const struct tsr_capture *c, int32_t x, int32_t y, uint16_t *to_x, uint16_t *to_y)
{
	if (c->stage)
		return tsr_stage_locate(c->stage, x, y, to_x, to_y);
	if (x < c->x || y < c->y || x >= c->x + (int32_t)c->width || y >= c->y + (int32_t)c->height)
		return false;
	*to_x = (uint16_t)(x - c->x);
	*to_y = (uint16_t)(y - c->y);
	return true;
}
