/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_HEADLESS_SHARE_H
#define TSR_ENDPOINT_HEADLESS_SHARE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/screen/share.h"
#include "endpoint/client/client.h"
#include "endpoint/x11/source.h"

/*
 * share: what this machine shows while this member is the presenter: the screen, monitors,
 * windows, each a stream of its own (show.h), and the pointer on them. Whoever made this member
 * the presenter: nothing is shown unless the user of this machine asked for the share.
 */
struct tsr_headless_share;

/* Opens the display. On failure why says what to do. */
TSR_CHECKED int tsr_headless_share_create(struct tsr_headless_share **out, struct tsr_loop *loop,
	const char *display, const struct tsr_wish *wish, unsigned max_fps, char *why, size_t cap);
void tsr_headless_share_destroy(struct tsr_headless_share *share); /* NULL is fine */

/* Once, before events come. Borrows the client. */
void tsr_headless_share_set_client(struct tsr_headless_share *share, struct tsr_client *client);

/* The client's events; each looks whether sharing should start, go on or stop. */
void tsr_headless_share_handle_change(struct tsr_headless_share *share); /* roster, bulk, status */
void tsr_headless_share_handle_result(
	struct tsr_headless_share *share, uint32_t request, uint32_t refusal, uint32_t stream);
void tsr_headless_share_handle_epoch(struct tsr_headless_share *share, uint32_t epoch);
void tsr_headless_share_handle_credit(
	struct tsr_headless_share *share, struct tsr_stream_id stream, uint64_t bytes);
void tsr_headless_share_handle_need(
	struct tsr_headless_share *share, struct tsr_stream_id stream, uint64_t cells);

/* Adds to a stats event about one of its streams what only this side knows. */
void tsr_headless_share_handle_stats(
	struct tsr_headless_share *share, const Tessera__V1__StreamStats *told, json_t *event);

/* A picture of one of its streams came back; adds its age to the event. */
void tsr_headless_share_handle_returned(struct tsr_headless_share *share,
	struct tsr_stream_id stream, uint32_t picture, json_t *event);

/* The user's wishes. mode: tessera.v1.PauseMode, PAUSE_NONE to go on. */
void tsr_headless_share_pause(struct tsr_headless_share *share, uint32_t mode);
/* "text", "motion" or "auto"; else TSR_ERR_RANGE. */
TSR_CHECKED int tsr_headless_parse_preference(enum tsr_share_prefer *out, const char *text);
void tsr_headless_share_prefer(struct tsr_headless_share *share, enum tsr_share_prefer prefer);
void tsr_headless_share_stop(struct tsr_headless_share *share); /* until start */
/* With wish NULL: again what was shared before. Otherwise that instead, what is in both without
 * a break; on failure everything stays as it was, and why says what is missing. */
TSR_CHECKED int tsr_headless_share_start(
	struct tsr_headless_share *share, const struct tsr_wish *wish, char *why, size_t cap);

#endif
