/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/x11/monitor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/randr.h>

static void take(const struct tsr_display *d, struct tsr_monitor *out,
	const xcb_randr_monitor_info_t *info, size_t number)
{
	xcb_get_atom_name_reply_t *name =
		xcb_get_atom_name_reply(d->x, xcb_get_atom_name(d->x, info->name), NULL);
	int len = name ? xcb_get_atom_name_name_length(name) : 0;

	*out = (struct tsr_monitor){
		.x = info->x,
		.y = info->y,
		.width = info->width,
		.height = info->height,
		.is_primary = info->primary,
	};
	if (len > 0 && len < (int)sizeof(out->name))
		memcpy(out->name, xcb_get_atom_name_name(name), (size_t)len);
	else
		snprintf(out->name, sizeof(out->name), "monitor-%zu", number);
	free(name);
}

static size_t whole_screen(const struct tsr_display *d, struct tsr_monitor *out)
{
	xcb_get_geometry_reply_t *g =
		xcb_get_geometry_reply(d->x, xcb_get_geometry(d->x, d->screen->root), NULL);

	if (!g)
		return 0;
	*out = (struct tsr_monitor){
		.name = "screen", .width = g->width, .height = g->height, .is_primary = true
	};
	free(g);
	return 1;
}

size_t tsr_monitors_read(
	const struct tsr_display *d, struct tsr_monitor out[static TSR_MONITORS_MAX])
{
	xcb_randr_get_monitors_reply_t *reply = NULL;
	xcb_randr_monitor_info_iterator_t it;
	size_t n = 0;

	if (d->has_monitors)
		reply = xcb_randr_get_monitors_reply(
			d->x, xcb_randr_get_monitors(d->x, d->screen->root, true), NULL);
	if (!reply)
		return whole_screen(d, out);
	it = xcb_randr_get_monitors_monitors_iterator(reply);
	for (; it.rem && n < TSR_MONITORS_MAX; xcb_randr_monitor_info_next(&it)) {
		if (it.data->width && it.data->height) {
			take(d, &out[n], it.data, n);
			n++;
		}
	}
	free(reply);
	return n ? n : whole_screen(d, out);
}
