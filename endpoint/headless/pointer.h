/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_HEADLESS_POINTER_H
#define TSR_ENDPOINT_HEADLESS_POINTER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "endpoint/client/client.h"

/*
 * pointer: sends where the pointer is on what is shared, in a stream of its own: when it moved, at
 * most 30 times a second. Not while nothing is shared or everything is paused.
 */
struct tsr_headless_pointer;

/* Which stream a place of the display is on, and where in its picture; false: on none. */
typedef bool (*tsr_locate_fn)(void *user, int32_t x, int32_t y, struct tsr_stream_id *stream,
	uint16_t *to_x, uint16_t *to_y);

/* TSR_ERR_CONFIG, TSR_ERR_NOMEM. */
TSR_CHECKED int tsr_headless_pointer_create(struct tsr_headless_pointer **out,
	struct tsr_loop *loop, const char *display, tsr_locate_fn locate, void *user);
void tsr_headless_pointer_destroy(struct tsr_headless_pointer *pointer); /* NULL is fine */

/* After each change of roster, bulk connection or share. NULL: nothing is shown now. */
void tsr_headless_pointer_handle_change(
	struct tsr_headless_pointer *pointer, struct tsr_client *client);
void tsr_headless_pointer_handle_result(
	struct tsr_headless_pointer *pointer, uint32_t request, uint32_t refusal);

#endif
