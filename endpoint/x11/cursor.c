/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/x11/cursor.h"

#include <stdlib.h>
#include <xcb/xinput.h>

#include "core/base/err.h"
#include "endpoint/x11/display.h"

struct tsr_cursor {
	struct tsr_display display;
	uint8_t xinput; /* major opcode; 0: not there, then moves are seen with the next change only
			 */
	bool has_moved, has_other_image;
	struct tsr_cursor_state state;
	uint8_t image[4 * TSR_POINTER_AREA_MAX];
};

/* ---- opening -----------------------------------------------------------------------------------
 */

static void watch_motion(struct tsr_cursor *c)
{
	const xcb_query_extension_reply_t *extension =
		xcb_get_extension_data(c->display.x, &xcb_input_id);
	xcb_input_xi_query_version_reply_t *version;
	struct {
		xcb_input_event_mask_t head;
		uint32_t mask;
	} select = {
		.head = { .deviceid = XCB_INPUT_DEVICE_ALL_MASTER, .mask_len = 1 },
		.mask = XCB_INPUT_XI_EVENT_MASK_RAW_MOTION,
	};

	if (!extension || !extension->present)
		return;
	version = xcb_input_xi_query_version_reply(
		c->display.x, xcb_input_xi_query_version(c->display.x, 2, 2), NULL);
	if (!version)
		return;
	free(version);
	c->xinput = extension->major_opcode;
	xcb_input_xi_select_events(c->display.x, c->display.screen->root, 1, &select.head);
}

int tsr_cursor_open(struct tsr_cursor **out, const char *display, const char **why)
{
	struct tsr_cursor *c = calloc(1, sizeof(*c));
	int r;

	*out = NULL;
	*why = "out of memory";
	if (!c)
		return TSR_ERR_NOMEM;
	if ((r = tsr_display_open(&c->display, display, why)) != 0) {
		free(c);
		return r;
	}
	watch_motion(c);
	xcb_xfixes_select_cursor_input(c->display.x, c->display.screen->root,
		XCB_XFIXES_CURSOR_NOTIFY_MASK_DISPLAY_CURSOR);
	xcb_flush(c->display.x);
	c->has_moved = c->has_other_image = true;
	*out = c;
	return 0;
}

void tsr_cursor_close(struct tsr_cursor *c)
{
	if (!c)
		return;
	tsr_display_close(&c->display);
	free(c);
}

/* ---- running -----------------------------------------------------------------------------------
 */

int tsr_cursor_fd(const struct tsr_cursor *c)
{
	return xcb_get_file_descriptor(c->display.x);
}

int tsr_cursor_handle_readable(struct tsr_cursor *c)
{
	xcb_generic_event_t *event;

	while ((event = xcb_poll_for_event(c->display.x))) {
		uint8_t type = event->response_type & 0x7f;

		if (type == XCB_GE_GENERIC &&
			((xcb_ge_generic_event_t *)event)->extension == c->xinput)
			c->has_moved = true;
		else if (type == c->display.fixes_event + XCB_XFIXES_CURSOR_NOTIFY)
			c->has_moved = c->has_other_image = true;
		free(event);
	}
	return xcb_connection_has_error(c->display.x) ? TSR_ERR_CLOSED : 0;
}

bool tsr_cursor_has_changed(const struct tsr_cursor *c)
{
	return c->has_moved;
}

struct margins {
	uint32_t left, top, right, bottom; /* of what is not wholly transparent */
};

static bool find_margins(
	const uint32_t *pixels, uint32_t width, uint32_t height, struct margins *out)
{
	*out = (struct margins){ width, height, 0, 0 };
	for (uint32_t y = 0; y < height; y++) {
		for (uint32_t x = 0; x < width; x++) {
			if (pixels[y * width + x] >> 24 == 0)
				continue;
			out->left = x < out->left ? x : out->left;
			out->top = y < out->top ? y : out->top;
			out->right = x + 1 > out->right ? x + 1 : out->right;
			out->bottom = y + 1;
		}
	}
	return out->right != 0;
}

/* Keeps the hot spot inside, so that every image has one. */
static void include(struct margins *m, uint32_t x, uint32_t y)
{
	m->left = x < m->left ? x : m->left;
	m->top = y < m->top ? y : m->top;
	m->right = x + 1 > m->right ? x + 1 : m->right;
	m->bottom = y + 1 > m->bottom ? y + 1 : m->bottom;
}

static uint8_t divided(uint32_t colour, uint32_t alpha)
{
	uint32_t value = alpha ? (colour * 255 + alpha / 2) / alpha : 0;

	return (uint8_t)(value > 255 ? 255 : value);
}

static void convert(uint8_t *out, const uint32_t *pixels, uint32_t width, const struct margins *m)
{
	for (uint32_t y = m->top; y < m->bottom; y++) {
		for (uint32_t x = m->left; x < m->right; x++) {
			uint32_t p = pixels[y * width + x], alpha = p >> 24;

			*out++ = divided(p >> 16 & 255, alpha);
			*out++ = divided(p >> 8 & 255, alpha);
			*out++ = divided(p & 255, alpha);
			*out++ = (uint8_t)alpha;
		}
	}
}

/* FNV-1a: the same image gets the same name in every session. Never 0. */
static uint32_t name_of(const struct tsr_cursor_state *s, const uint8_t *image)
{
	uint8_t head[4] = { s->width, s->height, s->hot_x, s->hot_y };
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < sizeof(head); i++)
		hash = (hash ^ head[i]) * 16777619u;
	for (size_t i = 0; i < (size_t)s->width * s->height * 4; i++)
		hash = (hash ^ image[i]) * 16777619u;
	return hash ? hash : 1;
}

static void take_image(struct tsr_cursor *c, const xcb_xfixes_get_cursor_image_reply_t *reply)
{
	const uint32_t *pixels = xcb_xfixes_get_cursor_image_cursor_image(reply);
	struct tsr_cursor_state *s = &c->state;
	struct margins m;

	s->shape = s->width = s->height = 0;
	s->image = c->image;
	if (reply->xhot >= reply->width || reply->yhot >= reply->height ||
		!find_margins(pixels, reply->width, reply->height, &m))
		return;
	include(&m, reply->xhot, reply->yhot);
	if (m.right - m.left > TSR_POINTER_SIDE_MAX || m.bottom - m.top > TSR_POINTER_SIDE_MAX ||
		(m.right - m.left) * (m.bottom - m.top) > TSR_POINTER_AREA_MAX)
		return;
	s->width = (uint8_t)(m.right - m.left);
	s->height = (uint8_t)(m.bottom - m.top);
	s->hot_x = (uint8_t)(reply->xhot - m.left);
	s->hot_y = (uint8_t)(reply->yhot - m.top);
	convert(c->image, pixels, reply->width, &m);
	s->shape = name_of(s, c->image);
}

static int look_at_image(struct tsr_cursor *c)
{
	xcb_xfixes_get_cursor_image_reply_t *reply = xcb_xfixes_get_cursor_image_reply(
		c->display.x, xcb_xfixes_get_cursor_image(c->display.x), NULL);

	if (!reply)
		return xcb_connection_has_error(c->display.x) ? TSR_ERR_CLOSED : 0;
	c->state.x = reply->x;
	c->state.y = reply->y;
	take_image(c, reply);
	free(reply);
	return 0;
}

static int look_at_place(struct tsr_cursor *c)
{
	xcb_query_pointer_reply_t *reply = xcb_query_pointer_reply(
		c->display.x, xcb_query_pointer(c->display.x, c->display.screen->root), NULL);

	if (!reply)
		return TSR_ERR_CLOSED;
	c->state.x = reply->root_x;
	c->state.y = reply->root_y;
	free(reply);
	return 0;
}

int tsr_cursor_look(struct tsr_cursor *c, struct tsr_cursor_state *out)
{
	int r = c->has_other_image ? look_at_image(c) : look_at_place(c);

	c->has_moved = c->has_other_image = false;
	*out = c->state;
	return r;
}
