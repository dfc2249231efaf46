/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_X11_SOURCE_H
#define TSR_ENDPOINT_X11_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"

/*
 * source: what of an X display can be shared, and what of it somebody chose. A source is one
 * stream: the whole screen, one monitor, or some windows together.
 */
#define TSR_SOURCES_MAX 4 /* as many screens as a presenter may show at once */
#define TSR_SOURCE_NAME_SIZE 64
#define TSR_SOURCE_WINDOWS_MAX 16

enum tsr_source_kind { TSR_SOURCE_SCREEN, TSR_SOURCE_MONITOR, TSR_SOURCE_WINDOWS };

struct tsr_source {
	enum tsr_source_kind kind;
	char monitor[TSR_SOURCE_NAME_SIZE];
	uint32_t windows[TSR_SOURCE_WINDOWS_MAX]; /* X ids, ascending */
	uint32_t n_windows;
};

bool tsr_source_equal(const struct tsr_source *a, const struct tsr_source *b);

/* ---- what there is --------------------------------------------------------------------------- */

#define TSR_MONITORS_MAX 16
#define TSR_WINDOWS_MAX 256
#define TSR_TITLE_SIZE 160

struct tsr_monitor {
	char name[TSR_SOURCE_NAME_SIZE];
	int32_t x, y;
	uint32_t width, height;
	bool is_primary;
};

/* A window of an application, as its user knows it. */
struct tsr_window {
	uint32_t id;
	char application[TSR_SOURCE_NAME_SIZE]; /* class of WM_CLASS */
	char instance[TSR_SOURCE_NAME_SIZE];    /* instance of WM_CLASS */
	char title[TSR_TITLE_SIZE];
	uint32_t width, height;
	bool is_hidden; /* minimised, or on another desktop */
};

struct tsr_sources {
	struct tsr_monitor monitors[TSR_MONITORS_MAX];
	size_t n_monitors;
	struct tsr_window windows[TSR_WINDOWS_MAX];
	size_t n_windows;
};

/* Looks at a display. Returns NULL and a sentence for people; free() the result. */
struct tsr_sources *tsr_sources_read(const char *display, const char **why);

/* What a user may ask for: nothing at all is the whole screen. A monitor goes by its name or its
 * number, counted from 0 as xrandr does, or "all"; a window by its id (0x2a00003), or by a part of
 * its title or of its application's name. */
struct tsr_wish {
	const char *monitors[TSR_SOURCES_MAX];
	const char *windows[TSR_SOURCE_WINDOWS_MAX];
	size_t n_monitors, n_windows;
};

/* What the wish means now: one source for each monitor, one for all windows. Returns how many,
 * or 0 and a sentence for people in why. */
size_t tsr_sources_choose(struct tsr_source out[static TSR_SOURCES_MAX],
	const struct tsr_sources *sources, const struct tsr_wish *wish, char *why, size_t cap);

#endif
