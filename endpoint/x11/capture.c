/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/x11/capture.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <xcb/damage.h>
#include <xcb/randr.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>
#include <xcb/xfixes.h>

#include "core/base/err.h"

/* Rows fetched by one request where there is no shared memory: below every server's limit. */
#define STRIP_BYTES (1u << 20)

struct tsr_capture {
	xcb_connection_t *x;
	xcb_window_t root;
	uint32_t width, height;
	size_t stride;

	uint8_t *pixels; /* the whole screen; shared with the X server when is_shared */
	xcb_shm_seg_t segment;
	bool has_shm, is_shared;

	xcb_damage_damage_t damage;
	xcb_xfixes_region_t region;
	uint8_t damage_event, randr_event; /* 0: the extension is not there */
	bool is_damaged, is_resized, is_everything_new;
};

/* ---- the screen's buffer ----------------------------------------------------------------- */

static void free_buffer(struct tsr_capture *c)
{
	if (c->is_shared) {
		xcb_shm_detach(c->x, c->segment);
		shmdt(c->pixels);
	} else {
		free(c->pixels);
	}
	c->pixels = NULL;
	c->is_shared = false;
}

/* Memory that the X server writes into; false when it cannot (another machine, no room). */
static bool share_buffer(struct tsr_capture *c, size_t size)
{
	xcb_generic_error_t *error;
	void *memory;
	int id = shmget(IPC_PRIVATE, size, IPC_CREAT | 0600);

	if (id < 0)
		return false;
	memory = shmat(id, NULL, 0);
	if (memory == (void *)-1) {
		shmctl(id, IPC_RMID, NULL);
		return false;
	}
	c->segment = xcb_generate_id(c->x);
	error = xcb_request_check(
		c->x, xcb_shm_attach_checked(c->x, c->segment, (uint32_t)id, false));
	shmctl(id, IPC_RMID, NULL); /* goes with its last user */
	if (error) {
		free(error);
		shmdt(memory);
		return false;
	}
	c->pixels = memory;
	c->is_shared = true;
	return true;
}

/* Asks how large the screen is now and makes a buffer for it. */
static int make_buffer(struct tsr_capture *c)
{
	xcb_get_geometry_reply_t *geometry =
		xcb_get_geometry_reply(c->x, xcb_get_geometry(c->x, c->root), NULL);
	size_t size;

	if (!geometry)
		return TSR_ERR_CLOSED;
	free_buffer(c);
	c->width = geometry->width;
	c->height = geometry->height;
	free(geometry);
	c->stride = (size_t)c->width * 4;
	size = c->stride * c->height;
	if (!c->has_shm || !share_buffer(c, size))
		c->pixels = calloc(1, size);
	c->is_everything_new = true;
	c->is_resized = false;
	return c->pixels ? 0 : TSR_ERR_NOMEM;
}

/* ---- opening ----------------------------------------------------------------------------- */

static uint8_t first_event(xcb_connection_t *x, xcb_extension_t *extension)
{
	const xcb_query_extension_reply_t *reply = xcb_get_extension_data(x, extension);

	return reply && reply->present ? reply->first_event : 0;
}

static bool is_present(xcb_connection_t *x, xcb_extension_t *extension)
{
	const xcb_query_extension_reply_t *reply = xcb_get_extension_data(x, extension);

	return reply && reply->present;
}

static const xcb_screen_t *find_screen(xcb_connection_t *x, int number)
{
	xcb_screen_iterator_t it = xcb_setup_roots_iterator(xcb_get_setup(x));

	for (; it.rem && number > 0; number--)
		xcb_screen_next(&it);
	return it.rem ? it.data : NULL;
}

/* 32 bits per pixel with blue first is what every X server of the last twenty years has. */
static bool has_usable_pixels(xcb_connection_t *x, const xcb_screen_t *screen)
{
	const xcb_setup_t *setup = xcb_get_setup(x);
	xcb_format_iterator_t it = xcb_setup_pixmap_formats_iterator(setup);

	if (setup->image_byte_order != XCB_IMAGE_ORDER_LSB_FIRST)
		return false;
	for (; it.rem; xcb_format_next(&it)) {
		if (it.data->depth == screen->root_depth)
			return screen->root_depth == 24 && it.data->bits_per_pixel == 32;
	}
	return false;
}

/* Extensions answer only after a version was asked for. */
static bool start_extensions(struct tsr_capture *c)
{
	xcb_xfixes_query_version_reply_t *fixes;
	xcb_damage_query_version_reply_t *damage;
	xcb_shm_query_version_reply_t *shm = NULL;
	bool ok;

	if (!is_present(c->x, &xcb_xfixes_id) || !is_present(c->x, &xcb_damage_id))
		return false;
	fixes = xcb_xfixes_query_version_reply(c->x, xcb_xfixes_query_version(c->x, 5, 0), NULL);
	damage = xcb_damage_query_version_reply(c->x, xcb_damage_query_version(c->x, 1, 1), NULL);
	if (is_present(c->x, &xcb_shm_id))
		shm = xcb_shm_query_version_reply(c->x, xcb_shm_query_version(c->x), NULL);
	c->has_shm = shm != NULL;
	ok = fixes && damage;
	free(fixes);
	free(damage);
	free(shm);
	return ok;
}

static void watch_screen(struct tsr_capture *c)
{
	c->damage_event = first_event(c->x, &xcb_damage_id);
	c->damage = xcb_generate_id(c->x);
	xcb_damage_create(c->x, c->damage, c->root, XCB_DAMAGE_REPORT_LEVEL_NON_EMPTY);
	c->region = xcb_generate_id(c->x);
	xcb_xfixes_create_region(c->x, c->region, 0, NULL);
	c->randr_event = first_event(c->x, &xcb_randr_id);
	if (c->randr_event)
		xcb_randr_select_input(c->x, c->root, XCB_RANDR_NOTIFY_MASK_SCREEN_CHANGE);
}

int tsr_capture_open(struct tsr_capture **out, const char *display, const char **why)
{
	struct tsr_capture *c = calloc(1, sizeof(*c));
	const xcb_screen_t *screen;
	int number = 0;
	int r = TSR_ERR_CONFIG;

	*out = NULL;
	*why = "out of memory";
	if (!c)
		return TSR_ERR_NOMEM;
	c->x = xcb_connect(display && display[0] ? display : NULL, &number);
	screen = xcb_connection_has_error(c->x) ? NULL : find_screen(c->x, number);
	*why = "no X display can be opened; name one that runs (--share :0) and, over ssh, mind "
	       "XAUTHORITY";
	if (!screen)
		goto out;
	c->root = screen->root;
	*why = "this X display has another colour depth than 24; start it with depth 24";
	if (!has_usable_pixels(c->x, screen))
		goto out;
	*why = "this X display lacks the DAMAGE and XFIXES extensions, which sharing needs";
	if (!start_extensions(c))
		goto out;
	*why = "out of memory";
	if ((r = make_buffer(c)) != 0)
		goto out;
	watch_screen(c);
	xcb_flush(c->x);
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
	if (c->pixels)
		free_buffer(c);
	if (c->x)
		xcb_disconnect(c->x);
	free(c);
}

/* ---- running ----------------------------------------------------------------------------- */

int tsr_capture_fd(const struct tsr_capture *c)
{
	return xcb_get_file_descriptor(c->x);
}

static void take_event(struct tsr_capture *c, const xcb_generic_event_t *event)
{
	uint8_t type = event->response_type & 0x7f;

	if (type == c->damage_event + XCB_DAMAGE_NOTIFY)
		c->is_damaged = true;
	else if (c->randr_event && type == c->randr_event + XCB_RANDR_SCREEN_CHANGE_NOTIFY)
		c->is_resized = true;
}

int tsr_capture_handle_readable(struct tsr_capture *c)
{
	xcb_generic_event_t *event;

	while ((event = xcb_poll_for_event(c->x))) {
		take_event(c, event);
		free(event);
	}
	return xcb_connection_has_error(c->x) ? TSR_ERR_CLOSED : 0;
}

bool tsr_capture_is_damaged(const struct tsr_capture *c)
{
	return c->is_damaged || c->is_resized || c->is_everything_new;
}

/* Takes the damage out of the X server: what is drawn from here on is reported anew. */
static int take_damage(struct tsr_capture *c, uint32_t *top, uint32_t *bottom)
{
	xcb_xfixes_fetch_region_reply_t *reply;
	int32_t y0, y1;

	xcb_damage_subtract(c->x, c->damage, XCB_NONE, c->region);
	reply = xcb_xfixes_fetch_region_reply(c->x, xcb_xfixes_fetch_region(c->x, c->region), NULL);
	if (!reply)
		return TSR_ERR_CLOSED;
	y0 = reply->extents.y;
	y1 = y0 + reply->extents.height;
	free(reply);
	*top = y0 < 0 ? 0 : (uint32_t)y0;
	*bottom = y1 < 0 ? 0 : (uint32_t)y1;
	if (c->is_everything_new) {
		*top = 0;
		*bottom = c->height;
	}
	if (*bottom > c->height)
		*bottom = c->height;
	if (*top > *bottom)
		*top = *bottom;
	c->is_damaged = false;
	c->is_everything_new = false;
	return 0;
}

static bool fetch_shared(struct tsr_capture *c, uint32_t top, uint32_t bottom)
{
	xcb_shm_get_image_reply_t *reply = xcb_shm_get_image_reply(c->x,
		xcb_shm_get_image(c->x, c->root, 0, (int16_t)top, (uint16_t)c->width,
			(uint16_t)(bottom - top), ~0u, XCB_IMAGE_FORMAT_Z_PIXMAP, c->segment,
			(uint32_t)(top * c->stride)),
		NULL);
	bool ok = reply != NULL;

	free(reply);
	return ok;
}

static bool fetch_copied(struct tsr_capture *c, uint32_t top, uint32_t bottom)
{
	uint32_t rows = (uint32_t)(STRIP_BYTES / c->stride) + 1;

	for (uint32_t y = top; y < bottom; y += rows) {
		uint32_t n = bottom - y < rows ? bottom - y : rows;
		xcb_get_image_reply_t *reply = xcb_get_image_reply(c->x,
			xcb_get_image(c->x, XCB_IMAGE_FORMAT_Z_PIXMAP, c->root, 0, (int16_t)y,
				(uint16_t)c->width, (uint16_t)n, ~0u),
			NULL);

		if (!reply)
			return false;
		if ((size_t)xcb_get_image_data_length(reply) >= n * c->stride)
			memcpy(c->pixels + y * c->stride, xcb_get_image_data(reply), n * c->stride);
		free(reply);
	}
	return true;
}

int tsr_capture_grab(struct tsr_capture *c, struct tsr_capture_picture *out)
{
	uint32_t top, bottom;
	bool ok;
	int r;

	if (c->is_resized && (r = make_buffer(c)) != 0)
		return r;
	if ((r = take_damage(c, &top, &bottom)) != 0)
		return r;
	if (top < bottom) {
		ok = c->is_shared ? fetch_shared(c, top, bottom) : fetch_copied(c, top, bottom);
		if (!ok && xcb_connection_has_error(c->x))
			return TSR_ERR_CLOSED;
		if (!ok) { /* the screen shrank in between: RandR will say so, or has */
			c->is_everything_new = true;
			bottom = top;
		}
	}
	*out = (struct tsr_capture_picture){
		.pixels = c->pixels,
		.stride = c->stride,
		.width = c->width,
		.height = c->height,
		.top = top,
		.bottom = bottom,
	};
	return 0;
}
