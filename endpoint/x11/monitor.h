/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_X11_MONITOR_H
#define TSR_ENDPOINT_X11_MONITOR_H

#include "endpoint/x11/display.h"
#include "endpoint/x11/source.h"

/* monitor: the monitors of a display by RandR 1.5, in its order; without it the whole screen is
 * one called "screen". Returns how many. */
size_t tsr_monitors_read(
	const struct tsr_display *d, struct tsr_monitor out[static TSR_MONITORS_MAX]);

#endif
