/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_HEADLESS_SHOW_H
#define TSR_ENDPOINT_HEADLESS_SHOW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/screen/share.h"
#include "endpoint/client/client.h"
#include "endpoint/x11/capture.h"

/*
 * show: one source of an X display as one SCREEN stream. Captures when the X server reports damage
 * and the relay has room. A source that changes its size goes on in another stream instance; one
 * that is gone ends the show, which says so once.
 */
struct tsr_show;

struct tsr_show_config {
	struct tsr_loop *loop;
	const char *display; /* kept */
	struct tsr_source source;
	unsigned max_fps; /* pictures a second, on average */
	enum tsr_share_prefer prefer;
	void (*on_gone)(void *user, const char *why); /* may not destroy the show */
	void *user;
};

/* *why as in tsr_capture_open(). */
TSR_CHECKED int tsr_show_create(
	struct tsr_show **out, const struct tsr_show_config *config, const char **why);
/* Closes its stream. NULL is fine. */
void tsr_show_destroy(struct tsr_show *show);

const struct tsr_source *tsr_show_source(const struct tsr_show *show);
bool tsr_show_is_gone(const struct tsr_show *show); /* its source is, for good */
bool tsr_show_is_live(const struct tsr_show *show); /* its pictures go out */
bool tsr_show_is_open(const struct tsr_show *show); /* or are about to */

/* Where a place on the screen is in its picture; false when it is not in it. */
bool tsr_show_locate(const struct tsr_show *show, int32_t x, int32_t y,
	struct tsr_stream_id *stream, uint16_t *to_x, uint16_t *to_y);

/* The client's state has changed: may it be shown just now? NULL: no. */
void tsr_show_handle_change(struct tsr_show *show, struct tsr_client *client);
void tsr_show_handle_result(
	struct tsr_show *show, uint32_t request, uint32_t refusal, uint32_t stream);
void tsr_show_handle_epoch(struct tsr_show *show, uint32_t epoch);
void tsr_show_handle_credit(struct tsr_show *show, struct tsr_stream_id stream, uint64_t bytes);
void tsr_show_handle_need(struct tsr_show *show, struct tsr_stream_id stream, uint64_t cells);

/* Says how its viewers get on, when that changed, and adds to the event what only this side knows
 * of the stream; false when it is not this one's. */
bool tsr_show_handle_stats(
	struct tsr_show *show, const Tessera__V1__StreamStats *told, json_t *event);

/* This picture has come back as the viewers have it: adds to the event how old it is; false when
 * it is not of this one's stream. */
bool tsr_show_handle_returned(
	struct tsr_show *show, struct tsr_stream_id stream, uint32_t picture, json_t *event);

/* mode: tessera.v1.PauseMode, PAUSE_NONE to go on. */
void tsr_show_pause(struct tsr_show *show, uint32_t mode);
void tsr_show_prefer(struct tsr_show *show, enum tsr_share_prefer prefer);

#endif
