/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_HEADLESS_WATCH_H
#define TSR_ENDPOINT_HEADLESS_WATCH_H

#include <jansson.h>

#include "core/base/attr.h"
#include "endpoint/client/client.h"

/*
 * watch: views every screen that others share, reports each whole picture with its digest, and
 * records it when asked: DIR/stream-N.ppm is always the newest whole picture of a BGRA share
 * (replaced whole), DIR/stream-N.i420 that of a browser's (planes one after the other).
 */
struct tsr_headless_watch;

/* record_dir may be NULL; it is made when missing. TSR_ERR_NOMEM, TSR_ERR_IO. */
TSR_CHECKED int tsr_headless_watch_create(
	struct tsr_headless_watch **out, struct tsr_loop *loop, const char *record_dir);
void tsr_headless_watch_destroy(struct tsr_headless_watch *watch); /* NULL is fine */

/* Once, before events come: the return picture too, of each own screen what its viewers have.
 * record_dir, which may be NULL, then has return-N.ppm, until the share ends. on_return() hears of
 * each picture that came back, and may add to its event. TSR_ERR_IO. */
typedef void tsr_headless_on_return(
	void *user, struct tsr_stream_id stream, uint32_t picture, json_t *event);
TSR_CHECKED int tsr_headless_watch_set_return(struct tsr_headless_watch *watch,
	const char *record_dir, tsr_headless_on_return *on_return, void *user);
void tsr_headless_watch_set_client(struct tsr_headless_watch *watch, struct tsr_client *client);

void tsr_headless_watch_handle_change(struct tsr_headless_watch *watch); /* roster, bulk, status */
void tsr_headless_watch_handle_bulk(struct tsr_headless_watch *watch);   /* it is gone */
void tsr_headless_watch_handle_epoch(struct tsr_headless_watch *watch);  /* a seed arrived */
void tsr_headless_watch_handle_frame(
	struct tsr_headless_watch *watch, const struct tsr_client_frame *frame);

/* From here on pictures are neither acknowledged nor decoded (true), or again (false): a reader
 * who does not keep up, for tests. */
void tsr_headless_watch_stall(struct tsr_headless_watch *watch, bool on);

/* Looks at everything that is decoded from here on for pixels of exactly this colour (0xrrggbb)
 * and reports each find, for tests of what must not be seen; turned off, it says how often it
 * looked. */
void tsr_headless_watch_look_for(struct tsr_headless_watch *watch, bool on, uint32_t colour);

#endif
