/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/x11/stage.h"

#include <stdlib.h>
#include <string.h>
#include <xcb/composite.h>
#include <xcb/damage.h>

#include "core/base/err.h"
#include "endpoint/x11/family.h"
#include "endpoint/x11/wipe.h"

#define GREY 0x80
/* A window that is being resized is looked at again when it has rested for so long; a window
 * that was wiped has so long to paint itself before it is shown. */
#define REST_TIME (120 * TSR_MS)
#define PAINT_TIME (80 * TSR_MS)
/* Menus come and go: the stage does not shrink for a while. */
#define SHRINK_TIME (3 * TSR_SECOND)

enum part_state {
	PART_HIDDEN, /* nothing to show */
	PART_SIZING, /* is being resized: what is shown is the old pixmap */
	PART_WIPED,  /* paints itself into `next` */
	PART_SHOWN,
};

struct part {
	struct tsr_relative self; /* as last found */
	enum part_state state;
	tsr_time until;            /* SIZING, WIPED */
	xcb_pixmap_t pixmap, next; /* 0: none */
	int32_t x, y;              /* where pixmap is, on the screen */
	uint32_t width, height;    /* of pixmap */
	uint32_t next_width, next_height;
	xcb_damage_damage_t damage;
	bool is_damaged, is_found;
};

/* A piece of a part that is to be painted into the picture. */
struct piece {
	struct tsr_rect to;
	uint8_t depth;
};

struct tsr_stage {
	struct tsr_display *display;
	struct tsr_source source;
	struct part parts[TSR_FAMILY_MAX]; /* lowest first */
	size_t n_parts;
	bool is_family_due, is_everything_new;

	int32_t x, y; /* of the picture, on the screen */
	uint32_t width, height;
	tsr_time shrink_at;
	size_t stride;
	uint8_t *picture;
	struct tsr_pixels pixels; /* pieces on their way into the picture */
	size_t n_pieces, pieces_len;
	struct piece pieces[TSR_FETCH_MAX];
	struct tsr_fetch fetches[TSR_FETCH_MAX];
	xcb_xfixes_region_t region;
	struct tsr_rect rects[TSR_REGION_MAX];
	size_t n_rects;
};

/* ---- parts ----------------------------------------------------------------------------------- */

static struct part *find_part(struct tsr_stage *s, xcb_window_t window)
{
	for (size_t i = 0; i < s->n_parts; i++)
		if (s->parts[i].self.window == window)
			return &s->parts[i];
	return NULL;
}

static void free_pixmap(const struct tsr_stage *s, xcb_pixmap_t *pixmap)
{
	if (*pixmap)
		xcb_free_pixmap(s->display->x, *pixmap);
	*pixmap = 0;
}

static void hide_part(struct tsr_stage *s, struct part *part)
{
	if (part->pixmap)
		s->is_everything_new = true;
	free_pixmap(s, &part->pixmap);
	free_pixmap(s, &part->next);
	part->state = PART_HIDDEN;
}

/* Errors of a window that is gone already come as events, which are passed over. */
static void drop_part(struct tsr_stage *s, struct part *part)
{
	xcb_connection_t *x = s->display->x;
	uint32_t nothing = 0;

	hide_part(s, part);
	xcb_damage_destroy(x, part->damage);
	xcb_change_window_attributes(x, part->self.window, XCB_CW_EVENT_MASK, &nothing);
	xcb_composite_unredirect_window(x, part->self.window, XCB_COMPOSITE_REDIRECT_AUTOMATIC);
	*part = s->parts[--s->n_parts];
}

static struct part *add_part(struct tsr_stage *s, const struct tsr_relative *self)
{
	struct part *part = &s->parts[s->n_parts++];
	xcb_connection_t *x = s->display->x;
	uint32_t mask = XCB_EVENT_MASK_STRUCTURE_NOTIFY;

	*part = (struct part){ .self = *self };
	xcb_change_window_attributes(x, self->window, XCB_CW_EVENT_MASK, &mask);
	xcb_composite_redirect_window(x, self->window, XCB_COMPOSITE_REDIRECT_AUTOMATIC);
	part->damage = xcb_generate_id(x);
	xcb_damage_create(x, part->damage, self->window, XCB_DAMAGE_REPORT_LEVEL_NON_EMPTY);
	return part;
}

/* Takes over what was found about a window. */
static void update_part(
	struct tsr_stage *s, struct part *part, const struct tsr_relative *self, tsr_time now)
{
	bool is_resized = self->width != part->self.width || self->height != part->self.height;

	if (self->order != part->self.order)
		s->is_everything_new = true;
	part->self = *self;
	part->is_found = true;
	if (!self->is_viewable) {
		hide_part(s, part);
	} else if (part->state == PART_HIDDEN) {
		part->state = PART_SIZING; /* wiped at once */
		part->until = now;
	} else if (is_resized) {
		free_pixmap(s, &part->next);
		part->state = PART_SIZING;
		part->until = now + REST_TIME;
	} else if (part->state == PART_SHOWN && (part->x != self->x || part->y != self->y)) {
		part->x = self->x;
		part->y = self->y;
		s->is_everything_new = true;
	}
}

static int compare(const void *a, const void *b)
{
	const struct part *left = a, *right = b;

	if (left->self.order != right->self.order)
		return left->self.order < right->self.order ? -1 : 1;
	return left->self.window < right->self.window ? -1 : 1;
}

/* Looks for the windows again. */
static int update_family(struct tsr_stage *s, tsr_time now)
{
	struct tsr_relative found[TSR_FAMILY_MAX];
	int n = tsr_family_find(s->display, &s->source, found);
	bool is_chosen_left = false;

	if (n < 0)
		return n;
	s->is_family_due = false;
	for (size_t i = 0; i < s->n_parts; i++)
		s->parts[i].is_found = false;
	for (int i = 0; i < n; i++) {
		struct part *part = find_part(s, found[i].window);

		if (part)
			update_part(s, part, &found[i], now);
		is_chosen_left = is_chosen_left || found[i].is_chosen;
	}
	for (size_t i = s->n_parts; i-- > 0;)
		if (!s->parts[i].is_found)
			drop_part(s, &s->parts[i]);
	for (int i = 0; i < n && s->n_parts < TSR_FAMILY_MAX; i++)
		if (!find_part(s, found[i].window))
			update_part(s, add_part(s, &found[i]), &found[i], now);
	qsort(s->parts, s->n_parts, sizeof(s->parts[0]), compare);
	return is_chosen_left ? 0 : TSR_ERR_UNKNOWN;
}

static void wipe_part(struct tsr_stage *s, struct part *part, tsr_time now)
{
	struct tsr_wiped wiped;

	if (!tsr_wipe_window(&wiped, s->display, part->self.window, GREY)) {
		hide_part(s, part); /* not there any more: an event says so */
		s->is_family_due = true;
		return;
	}
	part->next = wiped.pixmap;
	part->next_width = wiped.width;
	part->next_height = wiped.height;
	part->state = PART_WIPED;
	part->until = now + PAINT_TIME;
}

static void show_part(struct tsr_stage *s, struct part *part)
{
	free_pixmap(s, &part->pixmap);
	part->pixmap = part->next;
	part->next = 0;
	part->x = part->self.x;
	part->y = part->self.y;
	part->width = part->next_width;
	part->height = part->next_height;
	part->state = PART_SHOWN;
	s->is_everything_new = true;
}

/* What is due by now. */
static void advance(struct tsr_stage *s, tsr_time now)
{
	for (size_t i = 0; i < s->n_parts; i++) {
		struct part *part = &s->parts[i];

		if (part->state == PART_SIZING && now >= part->until)
			wipe_part(s, part, now);
		else if (part->state == PART_WIPED && now >= part->until)
			show_part(s, part);
	}
}

/* ---- the picture's place ------------------------------------------------------------------------
 */

struct box {
	int32_t left, top, right, bottom;
};

/* Around everything that is shown; false when nothing is. */
static bool find_box(const struct tsr_stage *s, struct box *out)
{
	bool found = false;

	for (size_t i = 0; i < s->n_parts; i++) {
		const struct part *p = &s->parts[i];
		struct box b = { p->x, p->y, p->x + (int32_t)p->width, p->y + (int32_t)p->height };

		if (!p->pixmap)
			continue;
		if (!found)
			*out = b;
		out->left = b.left < out->left ? b.left : out->left;
		out->top = b.top < out->top ? b.top : out->top;
		out->right = b.right > out->right ? b.right : out->right;
		out->bottom = b.bottom > out->bottom ? b.bottom : out->bottom;
		found = true;
	}
	return found;
}

static int resize(struct tsr_stage *s, const struct box *b)
{
	uint32_t width = (uint32_t)(b->right - b->left), height = (uint32_t)(b->bottom - b->top);
	size_t size = (size_t)width * height * 4;
	int r;

	s->shrink_at = TSR_TIME_NEVER;
	s->x = b->left;
	s->y = b->top;
	s->is_everything_new = true;
	if (s->picture && width == s->width && height == s->height)
		return 0;
	free(s->picture);
	if (s->pixels.data)
		tsr_pixels_finish(&s->pixels, s->display);
	s->width = width;
	s->height = height;
	s->stride = (size_t)width * 4;
	s->picture = malloc(size);
	r = tsr_pixels_init(&s->pixels, s->display, size);
	return s->picture ? r : TSR_ERR_NOMEM;
}

/* Moves a place of a certain length as little as it takes to hold [low, high). */
static int32_t slide(int32_t at, uint32_t len, int32_t low, int32_t high)
{
	if (low < at)
		return low;
	return high > at + (int32_t)len ? high - (int32_t)len : at;
}

/* Puts the picture around what is shown. TSR_ERR_AGAIN while there has been nothing to show. */
static int fit(struct tsr_stage *s, tsr_time now)
{
	const xcb_screen_t *screen = s->display->screen;
	struct tsr_grid grid;
	struct box b;
	uint32_t width, height;
	int32_t x, y;

	if (!find_box(s, &b))
		return s->picture ? 0 : TSR_ERR_AGAIN;
	if (tsr_grid_init(&grid, (uint32_t)(b.right - b.left), (uint32_t)(b.bottom - b.top)) != 0)
		b = (struct box){ 0, 0, screen->width_in_pixels, screen->height_in_pixels };
	width = (uint32_t)(b.right - b.left);
	height = (uint32_t)(b.bottom - b.top);
	if (!s->picture || width > s->width || height > s->height || now >= s->shrink_at)
		return resize(s, &b);
	if (width == s->width && height == s->height)
		s->shrink_at = TSR_TIME_NEVER;
	else if (s->shrink_at == TSR_TIME_NEVER)
		s->shrink_at = now + SHRINK_TIME;
	x = slide(s->x, s->width, b.left, b.right);
	y = slide(s->y, s->height, b.top, b.bottom);
	if (x != s->x || y != s->y)
		s->is_everything_new = true;
	s->x = x;
	s->y = y;
	return 0;
}

/* ---- painting
 * ------------------------------------------------------------------------------------ */

static void fill_grey(struct tsr_stage *s, struct tsr_rect r)
{
	for (uint32_t y = r.y; y < r.y + r.height; y++)
		memset(s->picture + y * s->stride + r.x * 4, GREY, (size_t)r.width * 4);
}

/* A row with alpha, whose colours are multiplied by it, over what is there. */
static void blend(uint8_t *to, const uint8_t *from, uint32_t n)
{
	for (uint32_t i = 0; i < 4 * n; i += 4) {
		unsigned through = 255u - from[i + 3];

		for (uint32_t c = 0; c < 3; c++)
			to[i + c] = (uint8_t)(from[i + c] + (to[i + c] * through + 127) / 255);
	}
}

/* Gets the pieces that were asked for and puts them into the picture. */
static bool flush(struct tsr_stage *s)
{
	bool ok = tsr_pixels_fetch(&s->pixels, s->display, s->fetches, s->n_pieces);

	for (size_t i = 0; ok && i < s->n_pieces; i++) {
		const struct piece *piece = &s->pieces[i];
		const uint8_t *from = s->pixels.data + s->fetches[i].offset;
		size_t row = (size_t)piece->to.width * 4;

		for (uint32_t y = 0; y < piece->to.height; y++, from += row) {
			uint8_t *to = s->picture + (piece->to.y + y) * s->stride + piece->to.x * 4;

			if (piece->depth == 32)
				blend(to, from, piece->to.width);
			else
				memcpy(to, from, row);
		}
	}
	s->n_pieces = s->pieces_len = 0;
	return ok;
}

static int32_t max(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

static int32_t min(int32_t a, int32_t b)
{
	return a < b ? a : b;
}

/* What of a part lies in a rectangle of the picture; false when nothing does. */
static bool cut(
	const struct tsr_stage *s, const struct part *part, struct tsr_rect r, struct tsr_rect *out)
{
	int32_t px = part->x - s->x, py = part->y - s->y;
	int32_t left = max(px, (int32_t)r.x), top = max(py, (int32_t)r.y);
	int32_t right = min(px + (int32_t)part->width, (int32_t)(r.x + r.width));
	int32_t bottom = min(py + (int32_t)part->height, (int32_t)(r.y + r.height));

	if (!part->pixmap || left >= right || top >= bottom)
		return false;
	*out = (struct tsr_rect){ (uint32_t)left, (uint32_t)top, (uint32_t)(right - left),
		(uint32_t)(bottom - top) };
	return true;
}

static bool paint_part(struct tsr_stage *s, const struct part *part, struct tsr_rect to)
{
	size_t len = (size_t)to.width * to.height * 4;

	if ((s->n_pieces == TSR_FETCH_MAX || s->pieces_len + len > s->pixels.size) && !flush(s))
		return false;
	s->pieces[s->n_pieces] = (struct piece){ .to = to, .depth = part->self.depth };
	s->fetches[s->n_pieces] = (struct tsr_fetch){
		.drawable = part->pixmap,
		.rect = { (uint32_t)((int32_t)to.x + s->x - part->x),
			(uint32_t)((int32_t)to.y + s->y - part->y), to.width, to.height },
		.offset = s->pieces_len,
	};
	s->n_pieces++;
	s->pieces_len += len;
	return true;
}

static bool paint(struct tsr_stage *s)
{
	bool ok = true;

	for (size_t i = 0; i < s->n_rects; i++)
		fill_grey(s, s->rects[i]);
	for (size_t i = 0; i < s->n_rects && ok; i++) {
		for (size_t k = 0; k < s->n_parts && ok; k++) {
			struct tsr_rect to;

			if (cut(s, &s->parts[k], s->rects[i], &to))
				ok = paint_part(s, &s->parts[k], to);
		}
	}
	return flush(s) && ok;
}

/* ---- damage
 * -------------------------------------------------------------------------------------- */

/* Takes the damage of the parts out of the X server, into rects. */
static int take_damage(struct tsr_stage *s)
{
	xcb_connection_t *x = s->display->x;
	xcb_xfixes_fetch_region_cookie_t cookies[TSR_FAMILY_MAX];
	struct tsr_rect rects[TSR_REGION_MAX];

	s->n_rects = 0;
	for (size_t i = 0; i < s->n_parts; i++) {
		if (!s->parts[i].is_damaged || s->parts[i].state != PART_SHOWN)
			continue;
		xcb_damage_subtract(x, s->parts[i].damage, XCB_NONE, s->region);
		cookies[i] = xcb_xfixes_fetch_region(x, s->region);
	}
	for (size_t i = 0; i < s->n_parts; i++) {
		struct part *part = &s->parts[i];
		int n, border = (int)part->self.border;

		if (!part->is_damaged || part->state != PART_SHOWN)
			continue;
		part->is_damaged = false;
		n = tsr_display_region(s->display, cookies[i], rects, part->x + border - s->x,
			part->y + border - s->y, s->width, s->height);
		if (n < 0)
			return n;
		for (int k = 0; k < n; k++)
			s->n_rects = tsr_region_add(s->rects, s->n_rects, rects[k]);
	}
	if (s->is_everything_new) {
		s->rects[0] = (struct tsr_rect){ 0, 0, s->width, s->height };
		s->n_rects = 1;
	}
	s->is_everything_new = false;
	return 0;
}

int tsr_stage_grab(struct tsr_stage *s, tsr_time now, struct tsr_capture_picture *out)
{
	int r;

	if (s->is_family_due && (r = update_family(s, now)) != 0)
		return r;
	advance(s, now);
	if ((r = fit(s, now)) != 0 || (r = take_damage(s)) != 0)
		return r;
	if (!paint(s)) { /* something went away in between */
		if (xcb_connection_has_error(s->display->x))
			return TSR_ERR_CLOSED;
		s->is_family_due = s->is_everything_new = true;
	}
	*out = (struct tsr_capture_picture){
		.pixels = s->picture,
		.stride = s->stride,
		.width = s->width,
		.height = s->height,
		.rects = s->rects,
		.n_rects = s->n_rects,
	};
	return 0;
}

/* ---- events and time
 * ----------------------------------------------------------------------------- */

/* Whether a change of this window is one of the family. */
static bool concerns(const struct tsr_stage *s, xcb_window_t window)
{
	for (size_t i = 0; i < s->n_parts; i++)
		if (s->parts[i].self.window == window || s->parts[i].self.top == window)
			return true;
	return tsr_family_is_kin(s->display, &s->source, window);
}

static void handle_damage(struct tsr_stage *s, const xcb_damage_notify_event_t *event)
{
	for (size_t i = 0; i < s->n_parts; i++)
		if (s->parts[i].damage == event->damage)
			s->parts[i].is_damaged = true;
}

void tsr_stage_handle_event(struct tsr_stage *s, const xcb_generic_event_t *event)
{
	uint8_t type = event->response_type & 0x7f;

	if (type == s->display->damage_event + XCB_DAMAGE_NOTIFY) {
		handle_damage(s, (const void *)event);
		return;
	}
	switch (type) {
	case XCB_MAP_NOTIFY: /* of anything: a dialog's frame is not known yet */
		s->is_family_due = true;
		break;
	case XCB_DESTROY_NOTIFY:
	case XCB_UNMAP_NOTIFY:
	case XCB_REPARENT_NOTIFY:
	case XCB_CONFIGURE_NOTIFY:
	case XCB_CIRCULATE_NOTIFY: /* all have the window in the same place */
		if (concerns(s, ((const xcb_configure_notify_event_t *)event)->window))
			s->is_family_due = true;
		break;
	default:
		break;
	}
}

bool tsr_stage_is_damaged(const struct tsr_stage *s, tsr_time now)
{
	bool is_damaged = s->is_family_due || s->is_everything_new;

	for (size_t i = 0; i < s->n_parts; i++)
		is_damaged =
			is_damaged || (s->parts[i].is_damaged && s->parts[i].state == PART_SHOWN);
	return is_damaged || now >= tsr_stage_next_timeout(s);
}

tsr_time tsr_stage_next_timeout(const struct tsr_stage *s)
{
	tsr_time at = s->shrink_at;

	for (size_t i = 0; i < s->n_parts; i++)
		if (s->parts[i].state == PART_SIZING || s->parts[i].state == PART_WIPED)
			at = tsr_time_min(at, s->parts[i].until);
	return at;
}

bool tsr_stage_locate(
	const struct tsr_stage *s, int32_t x, int32_t y, uint16_t *to_x, uint16_t *to_y)
{
	struct tsr_rect spot, ignored;

	if (!s->picture || x < s->x || y < s->y || x >= s->x + (int32_t)s->width ||
		y >= s->y + (int32_t)s->height)
		return false;
	spot = (struct tsr_rect){ (uint32_t)(x - s->x), (uint32_t)(y - s->y), 1, 1 };
	*to_x = (uint16_t)spot.x;
	*to_y = (uint16_t)spot.y;
	for (size_t i = 0; i < s->n_parts; i++)
		if (cut(s, &s->parts[i], spot, &ignored))
			return true;
	return false;
}

/* ---- making and ending it
 * ------------------------------------------------------------------------ */

int tsr_stage_create(struct tsr_stage **out, struct tsr_display *display,
	const struct tsr_source *source, tsr_time now, const char **why)
{
	struct tsr_stage *s;
	uint32_t mask = XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY;
	int r;

	*out = NULL;
	*why = "this X display lacks the COMPOSITE extension, which sharing windows needs; share "
	       "the screen or a monitor";
	if (!display->has_composite)
		return TSR_ERR_CONFIG;
	*why = "out of memory";
	s = calloc(1, sizeof(*s));
	if (!s)
		return TSR_ERR_NOMEM;
	s->display = display;
	s->source = *source;
	s->shrink_at = TSR_TIME_NEVER;
	s->region = xcb_generate_id(display->x);
	xcb_xfixes_create_region(display->x, s->region, 0, NULL);
	xcb_change_window_attributes(display->x, display->screen->root, XCB_CW_EVENT_MASK, &mask);
	if ((r = update_family(s, now)) != 0) {
		*why = "there is no such window; tessera windows lists them";
		tsr_stage_destroy(s);
		return r;
	}
	advance(s, now);
	*out = s;
	return 0;
}

void tsr_stage_destroy(struct tsr_stage *s)
{
	if (!s)
		return;
	while (s->n_parts)
		drop_part(s, &s->parts[s->n_parts - 1]);
	if (s->pixels.data)
		tsr_pixels_finish(&s->pixels, s->display);
	free(s->picture);
	free(s);
}
