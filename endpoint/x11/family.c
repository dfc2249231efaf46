/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/x11/family.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

#define CANDIDATES_MAX 192
#define ANCESTORS_MAX 8 /* between a window and the root: one or two with any window manager */

struct candidate {
	struct tsr_relative self;
	bool exists, is_menu; /* is_menu: bypasses the window manager */
	bool is_notice;
	bool is_transient; /* says whom it belongs to: */
	xcb_window_t transient_for;
	bool belongs;
};

struct cookies {
	xcb_get_window_attributes_cookie_t attributes;
	xcb_get_geometry_cookie_t geometry;
	xcb_translate_coordinates_cookie_t place;
	xcb_get_property_cookie_t transient_for, type;
};

static xcb_window_t client_of(const struct tsr_display *d, xcb_window_t window)
{
	return window & ~xcb_get_setup(d->x)->resource_id_mask;
}

bool tsr_family_is_kin(
	const struct tsr_display *d, const struct tsr_source *source, xcb_window_t window)
{
	for (uint32_t i = 0; i < source->n_windows; i++)
		if (client_of(d, source->windows[i]) == client_of(d, window))
			return true;
	return false;
}

static bool is_chosen(const struct tsr_source *source, xcb_window_t window)
{
	for (uint32_t i = 0; i < source->n_windows; i++)
		if (source->windows[i] == window)
			return true;
	return false;
}

size_t tsr_clients_read(const struct tsr_display *d, xcb_window_t *out, size_t cap)
{
	xcb_atom_t list = tsr_display_atom(d, "_NET_CLIENT_LIST");
	xcb_get_property_reply_t *reply = xcb_get_property_reply(d->x,
		xcb_get_property(
			d->x, false, d->screen->root, list, XCB_ATOM_WINDOW, 0, (uint32_t)cap),
		NULL);
	size_t n = 0;

	if (reply && reply->format == 32) {
		n = (size_t)xcb_get_property_value_length(reply) / 4;
		memcpy(out, xcb_get_property_value(reply), n * 4);
	}
	free(reply);
	return n;
}

/* ---- who may belong ----------------------------------------------------------------------------
 */

static size_t add(struct candidate *v, size_t n, xcb_window_t window)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].self.window == window)
			return n;
	if (n == CANDIDATES_MAX)
		return n;
	v[n] = (struct candidate){ .self = { .window = window } };
	return n + 1;
}

static size_t gather(struct candidate *v, const struct tsr_display *d,
	const struct tsr_source *source, const xcb_window_t *children, int n_children)
{
	xcb_window_t managed[TSR_WINDOWS_MAX];
	size_t n_managed = tsr_clients_read(d, managed, TSR_WINDOWS_MAX), n = 0;

	for (uint32_t i = 0; i < source->n_windows; i++)
		n = add(v, n, source->windows[i]);
	for (int i = 0; i < n_children; i++)
		if (tsr_family_is_kin(d, source, children[i]))
			n = add(v, n, children[i]);
	for (size_t i = 0; i < n_managed; i++)
		if (tsr_family_is_kin(d, source, managed[i]))
			n = add(v, n, managed[i]);
	return n;
}

static struct cookies ask(const struct tsr_display *d, xcb_window_t window, xcb_atom_t type)
{
	return (struct cookies){
		.attributes = xcb_get_window_attributes(d->x, window),
		.geometry = xcb_get_geometry(d->x, window),
		.place = xcb_translate_coordinates(d->x, window, d->screen->root, 0, 0),
		.transient_for = xcb_get_property(
			d->x, false, window, XCB_ATOM_WM_TRANSIENT_FOR, XCB_ATOM_WINDOW, 0, 1),
		.type = xcb_get_property(d->x, false, window, type, XCB_ATOM_ATOM, 0, 8),
	};
}

static bool holds_atom(xcb_get_property_reply_t *reply, xcb_atom_t atom)
{
	const xcb_atom_t *atoms = reply ? xcb_get_property_value(reply) : NULL;
	int n = reply && reply->format == 32 ? xcb_get_property_value_length(reply) / 4 : 0;

	for (int i = 0; i < n; i++)
		if (atoms[i] == atom && atom != XCB_ATOM_NONE)
			return true;
	return false;
}

static void take(const struct tsr_display *d, struct candidate *c, const struct cookies *cookies,
	xcb_atom_t notification)
{
	xcb_get_window_attributes_reply_t *a =
		xcb_get_window_attributes_reply(d->x, cookies->attributes, NULL);
	xcb_get_geometry_reply_t *g = xcb_get_geometry_reply(d->x, cookies->geometry, NULL);
	xcb_translate_coordinates_reply_t *t =
		xcb_translate_coordinates_reply(d->x, cookies->place, NULL);
	xcb_get_property_reply_t *owner =
		xcb_get_property_reply(d->x, cookies->transient_for, NULL);
	xcb_get_property_reply_t *type = xcb_get_property_reply(d->x, cookies->type, NULL);

	if (a && g && t && a->_class == XCB_WINDOW_CLASS_INPUT_OUTPUT) {
		c->exists = true;
		c->is_menu = a->override_redirect;
		c->self.is_viewable = a->map_state == XCB_MAP_STATE_VIEWABLE;
		c->self.border = g->border_width;
		c->self.x = t->dst_x - g->border_width;
		c->self.y = t->dst_y - g->border_width;
		c->self.width = g->width + 2u * g->border_width;
		c->self.height = g->height + 2u * g->border_width;
		c->self.depth = g->depth;
	}
	if (owner && owner->format == 32 && xcb_get_property_value_length(owner) == 4) {
		c->is_transient = true;
		memcpy(&c->transient_for, xcb_get_property_value(owner), 4);
	}
	c->is_notice = holds_atom(type, notification);
	free(a);
	free(g);
	free(t);
	free(owner);
	free(type);
}

/* ---- who belongs -------------------------------------------------------------------------------
 */

static bool is_in(const struct candidate *v, size_t n, xcb_window_t window)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].self.window == window)
			return v[i].belongs;
	return false;
}

/* Toolkits keep helpers of a pixel or so beyond the corner. */
static bool is_on_screen(const struct tsr_display *d, const struct tsr_relative *r)
{
	return r->x < d->screen->width_in_pixels && r->y < d->screen->height_in_pixels &&
	       r->x + (int32_t)r->width > 0 && r->y + (int32_t)r->height > 0;
}

static bool may_join(
	const struct tsr_display *d, const struct candidate *v, size_t n, const struct candidate *c)
{
	if (!c->exists || !c->self.is_viewable || c->is_notice || !is_on_screen(d, &c->self))
		return false;
	if (c->is_transient && c->transient_for != d->screen->root &&
		c->transient_for != XCB_WINDOW_NONE)
		return is_in(v, n, c->transient_for);
	/* for the whole group, or a menu that does not say */
	return c->is_menu || c->is_transient;
}

static void choose(
	const struct tsr_display *d, const struct tsr_source *source, struct candidate *v, size_t n)
{
	bool is_growing = true;

	for (size_t i = 0; i < n; i++)
		v[i].belongs = v[i].self.is_chosen =
			v[i].exists && is_chosen(source, v[i].self.window);
	while (is_growing) { /* a menu of a dialog of a window */
		is_growing = false;
		for (size_t i = 0; i < n; i++) {
			if (v[i].belongs || !may_join(d, v, n, &v[i]))
				continue;
			v[i].belongs = is_growing = true;
		}
	}
}

/* ---- stacking
 * ------------------------------------------------------------------------------------ */

static xcb_window_t top_of(const struct tsr_display *d, xcb_window_t window)
{
	for (int i = 0; i < ANCESTORS_MAX; i++) {
		xcb_query_tree_reply_t *reply =
			xcb_query_tree_reply(d->x, xcb_query_tree(d->x, window), NULL);
		xcb_window_t parent = reply ? reply->parent : XCB_WINDOW_NONE;

		free(reply);
		if (parent == d->screen->root || parent == XCB_WINDOW_NONE)
			break;
		window = parent;
	}
	return window;
}

static void stack(const struct tsr_display *d, struct tsr_relative *r, const xcb_window_t *children,
	int n_children)
{
	for (int pass = 0; pass < 2; pass++) {
		r->top = pass ? top_of(d, r->window) : r->window;
		for (int i = 0; i < n_children; i++) {
			if (children[i] != r->top)
				continue;
			r->order = (uint32_t)i;
			return;
		}
	}
}

static int compare(const void *a, const void *b)
{
	const struct tsr_relative *left = a, *right = b;

	if (left->order != right->order)
		return left->order < right->order ? -1 : 1;
	return left->window < right->window ? -1 : left->window > right->window;
}

int tsr_family_find(const struct tsr_display *d, const struct tsr_source *source,
	struct tsr_relative out[static TSR_FAMILY_MAX])
{
	static const char type_name[] = "_NET_WM_WINDOW_TYPE";
	xcb_atom_t type = tsr_display_atom(d, type_name);
	xcb_atom_t notification = tsr_display_atom(d, "_NET_WM_WINDOW_TYPE_NOTIFICATION");
	xcb_query_tree_reply_t *tree =
		xcb_query_tree_reply(d->x, xcb_query_tree(d->x, d->screen->root), NULL);
	struct candidate v[CANDIDATES_MAX];
	struct cookies cookies[CANDIDATES_MAX];
	const xcb_window_t *children;
	size_t n;
	int n_children, found = 0;

	if (!tree)
		return TSR_ERR_CLOSED;
	children = xcb_query_tree_children(tree);
	n_children = xcb_query_tree_children_length(tree);
	n = gather(v, d, source, children, n_children);
	for (size_t i = 0; i < n; i++)
		cookies[i] = ask(d, v[i].self.window, type);
	for (size_t i = 0; i < n; i++)
		take(d, &v[i], &cookies[i], notification);
	choose(d, source, v, n);
	for (size_t i = 0; i < n && found < TSR_FAMILY_MAX; i++) {
		if (!v[i].belongs)
			continue;
		stack(d, &v[i].self, children, n_children);
		out[found++] = v[i].self;
	}
	free(tree);
	qsort(out, (size_t)found, sizeof(*out), compare);
	return xcb_connection_has_error(d->x) ? TSR_ERR_CLOSED : found;
}
