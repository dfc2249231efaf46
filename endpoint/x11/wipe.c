/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/x11/wipe.h"

#include <stdlib.h>
#include <xcb/composite.h>

#define TREE_MAX 512

static void fill(const struct tsr_display *d, xcb_pixmap_t pixmap, uint8_t depth, uint32_t width,
	uint32_t height, uint8_t grey)
{
	uint32_t colour = depth == 32 ? 0 : grey * 0x010101u;
	xcb_rectangle_t all = { 0, 0, (uint16_t)width, (uint16_t)height };
	xcb_gcontext_t gc = xcb_generate_id(d->x);

	xcb_create_gc(d->x, gc, pixmap, XCB_GC_FOREGROUND, &colour);
	xcb_poly_fill_rectangle(d->x, pixmap, gc, 1, &all);
	xcb_free_gc(d->x, gc);
}

/* The window and everything inside it. */
static size_t read_tree(const struct tsr_display *d, xcb_window_t *out, xcb_window_t window)
{
	size_t n = 1;

	out[0] = window;
	for (size_t i = 0; i < n; i++) {
		xcb_query_tree_reply_t *reply =
			xcb_query_tree_reply(d->x, xcb_query_tree(d->x, out[i]), NULL);
		int n_children = reply ? xcb_query_tree_children_length(reply) : 0;

		for (int k = 0; k < n_children && n < TREE_MAX; k++)
			out[n++] = xcb_query_tree_children(reply)[k];
		free(reply);
	}
	return n;
}

/* Backgrounds are painted by the server at once, the rest by whoever hears of the exposure. */
static void expose(const struct tsr_display *d, xcb_window_t window)
{
	xcb_window_t tree[TREE_MAX];
	size_t n = read_tree(d, tree, window);

	for (size_t i = 0; i < n; i++)
		xcb_clear_area(d->x, true, tree[i], 0, 0, 0, 0);
}

bool tsr_wipe_window(
	struct tsr_wiped *out, const struct tsr_display *d, xcb_window_t window, uint8_t grey)
{
	xcb_get_geometry_reply_t *g;
	bool ok;

	out->pixmap = xcb_generate_id(d->x);
	xcb_grab_server(d->x);
	xcb_composite_name_window_pixmap(d->x, window, out->pixmap);
	g = xcb_get_geometry_reply(d->x, xcb_get_geometry(d->x, out->pixmap), NULL);
	ok = g && (g->depth == 24 || g->depth == 32);
	if (ok) {
		out->width = g->width;
		out->height = g->height;
		fill(d, out->pixmap, g->depth, g->width, g->height, grey);
		expose(d, window);
	}
	xcb_ungrab_server(d->x);
	if (g && !ok)
		xcb_free_pixmap(d->x, out->pixmap);
	xcb_flush(d->x);
	free(g);
	return ok;
}
