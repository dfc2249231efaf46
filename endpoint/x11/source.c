/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/x11/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "endpoint/x11/family.h"
#include "endpoint/x11/monitor.h"

bool tsr_source_equal(const struct tsr_source *a, const struct tsr_source *b)
{
	return a->kind == b->kind && strcmp(a->monitor, b->monitor) == 0 &&
	       a->n_windows == b->n_windows &&
	       memcmp(a->windows, b->windows, a->n_windows * sizeof(a->windows[0])) == 0;
}

/* ---- windows --------------------------------------------------------------------------------- */

struct cookies {
	xcb_get_window_attributes_cookie_t attributes;
	xcb_get_geometry_cookie_t geometry;
	xcb_get_property_cookie_t class, name, net_name;
};

struct atoms {
	xcb_atom_t net_name, utf8;
};

/* Cut, if it must be, between two characters of UTF-8. */
static void copy_text(char *out, size_t cap, const char *text, size_t len)
{
	size_t n = len < cap - 1 ? len : cap - 1;

	while (n < len && n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	memcpy(out, text, n);
	out[n] = '\0';
}

static bool take_text(char *out, size_t cap, const xcb_get_property_reply_t *reply)
{
	if (!reply || reply->format != 8 || xcb_get_property_value_length(reply) <= 0)
		return false;
	copy_text(out, cap, xcb_get_property_value(reply),
		(size_t)xcb_get_property_value_length(reply));
	return true;
}

/* WM_CLASS: two strings, each with its zero. */
static void take_class(struct tsr_window *w, const xcb_get_property_reply_t *reply)
{
	char text[2 * TSR_SOURCE_NAME_SIZE] = "";
	size_t first;

	if (!reply || reply->format != 8)
		return;
	copy_text(text, sizeof(text), xcb_get_property_value(reply),
		(size_t)xcb_get_property_value_length(reply));
	first = strlen(text);
	copy_text(w->instance, sizeof(w->instance), text, first);
	if (first + 1 < sizeof(text))
		copy_text(w->application, sizeof(w->application), text + first + 1,
			strlen(text + first + 1));
}

static struct cookies ask(
	const struct tsr_display *d, xcb_window_t window, const struct atoms *atoms)
{
	return (struct cookies){
		.attributes = xcb_get_window_attributes(d->x, window),
		.geometry = xcb_get_geometry(d->x, window),
		.class = xcb_get_property(
			d->x, false, window, XCB_ATOM_WM_CLASS, XCB_ATOM_STRING, 0, 64),
		.name = xcb_get_property(
			d->x, false, window, XCB_ATOM_WM_NAME, XCB_GET_PROPERTY_TYPE_ANY, 0, 64),
		.net_name =
			xcb_get_property(d->x, false, window, atoms->net_name, atoms->utf8, 0, 64),
	};
}

/* False when it is no window that an application shows to its user. */
static bool take(const struct tsr_display *d, struct tsr_window *w, const struct cookies *cookies,
	bool is_managed)
{
	xcb_get_window_attributes_reply_t *a =
		xcb_get_window_attributes_reply(d->x, cookies->attributes, NULL);
	xcb_get_geometry_reply_t *g = xcb_get_geometry_reply(d->x, cookies->geometry, NULL);
	xcb_get_property_reply_t *class = xcb_get_property_reply(d->x, cookies->class, NULL);
	xcb_get_property_reply_t *name = xcb_get_property_reply(d->x, cookies->name, NULL);
	xcb_get_property_reply_t *net_name = xcb_get_property_reply(d->x, cookies->net_name, NULL);
	bool ok = a && g && a->_class == XCB_WINDOW_CLASS_INPUT_OUTPUT &&
		  (is_managed || (!a->override_redirect && a->map_state == XCB_MAP_STATE_VIEWABLE));

	if (ok) {
		w->width = g->width;
		w->height = g->height;
		w->is_hidden = a->map_state != XCB_MAP_STATE_VIEWABLE;
		take_class(w, class);
		if (!take_text(w->title, sizeof(w->title), net_name))
			(void)take_text(w->title, sizeof(w->title), name);
	}
	free(a);
	free(g);
	free(class);
	free(name);
	free(net_name);
	return ok;
}

/* Without a window manager that tells: what lies below the root. */
static size_t read_ids(const struct tsr_display *d, xcb_window_t *out, bool *is_managed)
{
	xcb_query_tree_reply_t *tree;
	size_t n = tsr_clients_read(d, out, TSR_WINDOWS_MAX);

	*is_managed = n != 0;
	if (n)
		return n;
	tree = xcb_query_tree_reply(d->x, xcb_query_tree(d->x, d->screen->root), NULL);
	if (!tree)
		return 0;
	n = (size_t)xcb_query_tree_children_length(tree);
	n = n > TSR_WINDOWS_MAX ? TSR_WINDOWS_MAX : n;
	memcpy(out, xcb_query_tree_children(tree), n * sizeof(*out));
	free(tree);
	return n;
}

static void read_windows(const struct tsr_display *d, struct tsr_sources *out)
{
	struct atoms atoms = { tsr_display_atom(d, "_NET_WM_NAME"),
		tsr_display_atom(d, "UTF8_STRING") };
	xcb_window_t ids[TSR_WINDOWS_MAX];
	struct cookies cookies[TSR_WINDOWS_MAX];
	bool is_managed;
	size_t n = read_ids(d, ids, &is_managed);

	for (size_t i = 0; i < n; i++)
		cookies[i] = ask(d, ids[i], &atoms);
	for (size_t i = 0; i < n; i++) {
		struct tsr_window *w = &out->windows[out->n_windows];

		*w = (struct tsr_window){ .id = ids[i] };
		out->n_windows += take(d, w, &cookies[i], is_managed);
	}
}

struct tsr_sources *tsr_sources_read(const char *display, const char **why)
{
	struct tsr_sources *out = calloc(1, sizeof(*out));
	struct tsr_display d;

	*why = "out of memory";
	if (!out)
		return NULL;
	if (tsr_display_open(&d, display, why) != 0) {
		free(out);
		return NULL;
	}
	out->n_monitors = tsr_monitors_read(&d, out->monitors);
	read_windows(&d, out);
	tsr_display_close(&d);
	return out;
}

/* ---- choosing ----------------------------------------------------------------------------------
 */

static bool contains(const char *text, const char *part)
{
	size_t len = strlen(part);

	for (; *text; text++)
		if (strncasecmp(text, part, len) == 0)
			return true;
	return false;
}

static bool is_called(const struct tsr_window *w, const char *name)
{
	char *end;
	unsigned long id = strtoul(name, &end, 0);

	if (end != name && *end == '\0' && id == w->id)
		return true;
	return contains(w->application, name) || contains(w->instance, name) ||
	       contains(w->title, name);
}

/* Keeps the ids in order, each once. */
static bool add_window(struct tsr_source *source, uint32_t id)
{
	uint32_t at = source->n_windows;

	for (uint32_t i = 0; i < source->n_windows; i++)
		if (source->windows[i] == id)
			return true;
	if (at == TSR_SOURCE_WINDOWS_MAX)
		return false;
	for (; at > 0 && source->windows[at - 1] > id; at--)
		source->windows[at] = source->windows[at - 1];
	source->windows[at] = id;
	source->n_windows++;
	return true;
}

static bool choose_window(
	struct tsr_source *source, const struct tsr_sources *sources, const char *name)
{
	bool found = false;

	for (size_t i = 0; i < sources->n_windows; i++) {
		if (!name[0] || !is_called(&sources->windows[i], name))
			continue;
		if (!add_window(source, sources->windows[i].id))
			return false;
		found = true;
	}
	return found;
}

static size_t add_monitor(
	struct tsr_source out[static TSR_SOURCES_MAX], size_t n, const struct tsr_monitor *monitor)
{
	struct tsr_source source = { .kind = TSR_SOURCE_MONITOR };

	memcpy(source.monitor, monitor->name, sizeof(source.monitor));
	for (size_t i = 0; i < n; i++)
		if (tsr_source_equal(&out[i], &source))
			return n;
	if (n < TSR_SOURCES_MAX)
		out[n++] = source;
	return n;
}

static size_t choose_monitor(struct tsr_source out[static TSR_SOURCES_MAX], size_t n,
	const struct tsr_sources *sources, const char *name)
{
	char *end;
	unsigned long number = strtoul(name, &end, 10);
	bool is_number = end != name && *end == '\0';

	for (size_t i = 0; i < sources->n_monitors; i++) {
		if (strcmp(name, "all") == 0 || (is_number && number == i) ||
			strcasecmp(name, sources->monitors[i].name) == 0)
			n = add_monitor(out, n, &sources->monitors[i]);
	}
	return n;
}

size_t tsr_sources_choose(struct tsr_source out[static TSR_SOURCES_MAX],
	const struct tsr_sources *sources, const struct tsr_wish *wish, char *why, size_t cap)
{
	struct tsr_source windows = { .kind = TSR_SOURCE_WINDOWS };
	size_t n = 0, before;

	for (size_t i = 0; i < wish->n_monitors; i++) {
		before = n;
		n = choose_monitor(out, n, sources, wish->monitors[i]);
		if (n == before) {
			snprintf(why, cap,
				"there is no monitor %.60s, or it is one too many; "
				"tessera windows lists them",
				wish->monitors[i]);
			return 0;
		}
	}
	for (size_t i = 0; i < wish->n_windows; i++) {
		if (!choose_window(&windows, sources, wish->windows[i])) {
			snprintf(why, cap,
				"there is no window %.60s, or there are too many; "
				"tessera windows lists them",
				wish->windows[i]);
			return 0;
		}
	}
	if (windows.n_windows && n == TSR_SOURCES_MAX) {
		snprintf(why, cap, "at most %d screens are shared at once", TSR_SOURCES_MAX);
		return 0;
	}
	if (windows.n_windows)
		out[n++] = windows;
	if (n == 0)
		out[n++] = (struct tsr_source){ .kind = TSR_SOURCE_SCREEN };
	return n;
}
