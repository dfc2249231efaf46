/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/x11/display.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <xcb/composite.h>
#include <xcb/damage.h>
#include <xcb/randr.h>

#include "core/base/err.h"

/* Rows fetched by one request where there is no shared memory: below every server's limit. */
#define STRIP_BYTES (1u << 20)

/* ---- opening ----------------------------------------------------------------------------- */

/* 0: the extension is not there. */
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
static bool start_needed(struct tsr_display *d)
{
	xcb_xfixes_query_version_reply_t *fixes;
	xcb_damage_query_version_reply_t *damage;
	bool ok;

	if (!is_present(d->x, &xcb_xfixes_id) || !is_present(d->x, &xcb_damage_id))
		return false;
	fixes = xcb_xfixes_query_version_reply(d->x, xcb_xfixes_query_version(d->x, 5, 0), NULL);
	damage = xcb_damage_query_version_reply(d->x, xcb_damage_query_version(d->x, 1, 1), NULL);
	ok = fixes && damage;
	d->fixes_event = first_event(d->x, &xcb_xfixes_id);
	d->damage_event = first_event(d->x, &xcb_damage_id);
	free(fixes);
	free(damage);
	return ok;
}

static void start_optional(struct tsr_display *d)
{
	xcb_shm_query_version_reply_t *shm = NULL;
	xcb_composite_query_version_reply_t *composite = NULL;
	xcb_randr_query_version_reply_t *randr = NULL;

	if (is_present(d->x, &xcb_shm_id))
		shm = xcb_shm_query_version_reply(d->x, xcb_shm_query_version(d->x), NULL);
	if (is_present(d->x, &xcb_composite_id))
		composite = xcb_composite_query_version_reply(
			d->x, xcb_composite_query_version(d->x, 0, 4), NULL);
	if (is_present(d->x, &xcb_randr_id))
		randr = xcb_randr_query_version_reply(
			d->x, xcb_randr_query_version(d->x, 1, 5), NULL);
	d->has_shm = shm != NULL;
	d->has_composite =
		composite && (composite->major_version > 0 || composite->minor_version >= 2);
	d->has_monitors = randr && (randr->major_version > 1 || randr->minor_version >= 5);
	d->randr_event = randr ? first_event(d->x, &xcb_randr_id) : 0;
	free(shm);
	free(composite);
	free(randr);
}

int tsr_display_open(struct tsr_display *d, const char *name, const char **why)
{
	int number = 0;

	*d = (struct tsr_display){ 0 };
	d->x = xcb_connect(name && name[0] ? name : NULL, &number);
	d->screen = xcb_connection_has_error(d->x) ? NULL : find_screen(d->x, number);
	if (!d->screen)
		*why = "no X display can be opened; name one that runs (--share :0) and, over ssh, "
		       "mind XAUTHORITY";
	else if (!has_usable_pixels(d->x, d->screen))
		*why = "this X display has another colour depth than 24; start it with depth 24";
	else if (!start_needed(d))
		*why = "this X display lacks the DAMAGE and XFIXES extensions, which sharing needs";
	else {
		start_optional(d);
		*why = NULL;
		return 0;
	}
	tsr_display_close(d);
	return TSR_ERR_CONFIG;
}

void tsr_display_close(struct tsr_display *d)
{
	if (d->x)
		xcb_disconnect(d->x);
	*d = (struct tsr_display){ 0 };
}

xcb_atom_t tsr_display_atom(const struct tsr_display *d, const char *name)
{
	xcb_intern_atom_reply_t *reply = xcb_intern_atom_reply(
		d->x, xcb_intern_atom(d->x, true, (uint16_t)strlen(name), name), NULL);
	xcb_atom_t atom = reply ? reply->atom : XCB_ATOM_NONE;

	free(reply);
	return atom;
}

/* ---- regions ----------------------------------------------------------------------------- */

static uint32_t within(int32_t value, uint32_t max)
{
	return value < 0 ? 0 : (uint32_t)value > max ? max : (uint32_t)value;
}

static struct tsr_rect clip(
	int32_t x, int32_t y, uint32_t w, uint32_t h, uint32_t width, uint32_t height)
{
	uint32_t left = within(x, width), right = within(x + (int32_t)w, width);
	uint32_t top = within(y, height), bottom = within(y + (int32_t)h, height);

	return (struct tsr_rect){ left, top, right - left, bottom - top };
}

/* The rectangle that grows least by taking r in. */
static size_t nearest(const struct tsr_rect *rects, size_t n, struct tsr_rect r)
{
	uint64_t least = UINT64_MAX;
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		struct tsr_rect both = tsr_rect_union(rects[i], r);
		uint64_t more = (uint64_t)both.width * both.height -
				(uint64_t)rects[i].width * rects[i].height;

		if (more < least) {
			least = more;
			at = i;
		}
	}
	return at;
}

size_t tsr_region_add(struct tsr_rect rects[static TSR_REGION_MAX], size_t n, struct tsr_rect rect)
{
	size_t at;

	if (tsr_rect_is_empty(rect))
		return n;
	if (n < TSR_REGION_MAX) {
		rects[n] = rect;
		return n + 1;
	}
	at = nearest(rects, n, rect);
	rects[at] = tsr_rect_union(rects[at], rect);
	return n;
}

int tsr_display_region(const struct tsr_display *d, xcb_xfixes_fetch_region_cookie_t cookie,
	struct tsr_rect out[static TSR_REGION_MAX], int32_t dx, int32_t dy, uint32_t width,
	uint32_t height)
{
	xcb_xfixes_fetch_region_reply_t *reply = xcb_xfixes_fetch_region_reply(d->x, cookie, NULL);
	const xcb_rectangle_t *rects;
	int n_rects;
	size_t n = 0;

	if (!reply)
		return TSR_ERR_CLOSED;
	rects = xcb_xfixes_fetch_region_rectangles(reply);
	n_rects = xcb_xfixes_fetch_region_rectangles_length(reply);
	for (int i = 0; i < n_rects; i++)
		n = tsr_region_add(out, n,
			clip(rects[i].x + dx, rects[i].y + dy, rects[i].width, rects[i].height,
				width, height));
	free(reply);
	return (int)n;
}

/* ---- pixels ------------------------------------------------------------------------------ */

/* Memory that the X server writes into; false when it cannot (another machine, no room). */
static bool share_memory(struct tsr_pixels *p, const struct tsr_display *d, size_t size)
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
	p->segment = xcb_generate_id(d->x);
	error = xcb_request_check(
		d->x, xcb_shm_attach_checked(d->x, p->segment, (uint32_t)id, false));
	shmctl(id, IPC_RMID, NULL); /* goes with its last user */
	if (error) {
		free(error);
		shmdt(memory);
		return false;
	}
	p->data = memory;
	p->is_shared = true;
	return true;
}

int tsr_pixels_init(struct tsr_pixels *p, const struct tsr_display *d, size_t size)
{
	*p = (struct tsr_pixels){ .size = size };
	if (!d->has_shm || !share_memory(p, d, size))
		p->data = calloc(1, size);
	return p->data ? 0 : TSR_ERR_NOMEM;
}

void tsr_pixels_finish(struct tsr_pixels *p, const struct tsr_display *d)
{
	if (p->is_shared) {
		xcb_shm_detach(d->x, p->segment);
		shmdt(p->data);
	} else {
		free(p->data);
	}
	*p = (struct tsr_pixels){ 0 };
}

static bool fetch_shared(struct tsr_pixels *p, const struct tsr_display *d,
	const struct tsr_fetch *fetches, size_t n)
{
	xcb_shm_get_image_cookie_t cookies[TSR_FETCH_MAX];
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		const struct tsr_rect *r = &fetches[i].rect;

		cookies[i] = xcb_shm_get_image(d->x, fetches[i].drawable, (int16_t)r->x,
			(int16_t)r->y, (uint16_t)r->width, (uint16_t)r->height, ~0u,
			XCB_IMAGE_FORMAT_Z_PIXMAP, p->segment, (uint32_t)fetches[i].offset);
	}
	for (size_t i = 0; i < n; i++) {
		xcb_shm_get_image_reply_t *reply = xcb_shm_get_image_reply(d->x, cookies[i], NULL);

		ok = ok && reply;
		free(reply);
	}
	return ok;
}

static bool fetch_copied(
	struct tsr_pixels *p, const struct tsr_display *d, const struct tsr_fetch *fetch)
{
	const struct tsr_rect *r = &fetch->rect;
	size_t row = (size_t)r->width * 4;
	uint32_t rows = (uint32_t)(STRIP_BYTES / row) + 1;

	for (uint32_t y = 0; y < r->height; y += rows) {
		uint32_t n = r->height - y < rows ? r->height - y : rows;
		xcb_get_image_reply_t *reply = xcb_get_image_reply(d->x,
			xcb_get_image(d->x, XCB_IMAGE_FORMAT_Z_PIXMAP, fetch->drawable,
				(int16_t)r->x, (int16_t)(r->y + y), (uint16_t)r->width, (uint16_t)n,
				~0u),
			NULL);

		if (!reply)
			return false;
		if ((size_t)xcb_get_image_data_length(reply) >= n * row)
			memcpy(p->data + fetch->offset + y * row, xcb_get_image_data(reply),
				n * row);
		free(reply);
	}
	return true;
}

bool tsr_pixels_fetch(struct tsr_pixels *p, const struct tsr_display *d,
	const struct tsr_fetch *fetches, size_t n)
{
	bool ok = true;

	if (p->is_shared)
		return fetch_shared(p, d, fetches, n);
	for (size_t i = 0; i < n; i++)
		ok = ok && fetch_copied(p, d, &fetches[i]);
	return ok;
}
