/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_RELAY_H
#define TSR_SCREEN_RELAY_H

#include "core/base/msg.h"
#include "core/base/time.h"
#include "core/screen/cells.h"
#include "core/wire/frame.h"

/*
 * relay: the pictures of ONE stream on ONE edge thread, and how fast each viewer gets them.
 * It sees headers only. docs/screen.md explains the rules.
 *
 * Memory: the newest KEY of each cell, none longer than its pixels uncoded; since then a run of at
 * most TSR_RELAY_RUN_PICTURES DELTA pictures or TSR_RELAY_RUN_MAX bytes; the newest PREVIEW of each
 * cell, TSR_RELAY_PREVIEWS_MAX bytes of these at most; less than 0.5 KiB per viewer. Cost: one
 * frame in is O(1); one poll of a viewer in sync is O(1), of one that catches up or has previews to
 * come O(cells).
 *
 *	frame from the presenter:  tsr_relay_handle_frame(), then poll_credit(), then every viewer
 *	ack of a viewer:           tsr_relay_handle_ack(), then that viewer
 *	"that viewer":             while (tsr_relay_poll_send(relay, viewer, now, &msg)) send it;
 *	after all:                 if (tsr_relay_poll_need(...)) send StreamNeed; arm next_timeout
 */
#define TSR_RELAY_RUN_MAX (1024u * 1024)
#define TSR_RELAY_RUN_PICTURES 512u
#define TSR_RELAY_PREVIEWS_MAX (2u * 1024 * 1024)
#define TSR_RELAY_WINDOW_START (128u * 1024)
#define TSR_RELAY_WINDOW_MIN (32u * 1024)
#define TSR_RELAY_WINDOW_MAX (1024u * 1024)
#define TSR_RELAY_NEED_INTERVAL (500 * TSR_MS)
#define TSR_RELAY_RENEW_INTERVAL (10 * TSR_SECOND)

struct tsr_relay;
struct tsr_relay_viewer;

struct tsr_relay_viewer_stats {
	uint32_t lag_ms; /* for how long the viewer has not acknowledged the newest picture */
	bool is_in_sync;
	uint32_t kbit_s;  /* what the viewer takes, estimated */
	uint64_t bytes;   /* sent to it */
	uint32_t picture; /* last acknowledged */
};

struct tsr_relay_stats {
	uint32_t n_viewers, n_in_sync;
	uint64_t bytes_in, bytes_out; /* data frames, headers included */
	uint32_t pictures;            /* number of the newest */
	uint32_t refused;             /* frames while paused */
	size_t memory;                /* bytes held in messages */
};

/* Returns 0, TSR_ERR_RANGE or TSR_ERR_NOMEM. Free with tsr_relay_destroy(). */
TSR_CHECKED int tsr_relay_create(struct tsr_relay **out, uint32_t width, uint32_t height);
/* Destroys the viewers that are left, too. NULL is fine. */
void tsr_relay_destroy(struct tsr_relay *relay);

/* first_epoch: low 8 bits of the oldest epoch that the viewer can read; it gets nothing older.
 * Returns NULL when out of memory. user is given back by tsr_relay_viewer_user(). */
struct tsr_relay_viewer *tsr_relay_add_viewer(
	struct tsr_relay *relay, uint8_t first_epoch, void *user, tsr_time now);
void tsr_relay_remove_viewer(struct tsr_relay *relay, struct tsr_relay_viewer *viewer);
void *tsr_relay_viewer_user(const struct tsr_relay_viewer *viewer);
/* Walks the viewers in no particular order: NULL gives the first, NULL is returned after the last.
 */
struct tsr_relay_viewer *tsr_relay_next_viewer(
	const struct tsr_relay *relay, const struct tsr_relay_viewer *after);

/* A frame of the presenter with its parsed header; keeps a reference to msg (any framing around
 * header and object is the caller's matter; it is handed out as it came). Returns 0;
 * TSR_ERR_DENIED while paused (dropped, counted); or what breaks the protocol, upon which the
 * stream should be closed: TSR_ERR_STALE (picture, base or epoch out of order), TSR_ERR_RANGE
 * (cells that do not exist), TSR_ERR_FORMAT (a DELTA without LAST), TSR_ERR_TOO_BIG (a KEY longer
 * than its cell's pixels, a DELTA longer than TSR_DELTA_MAX). */
TSR_CHECKED int tsr_relay_handle_frame(
	struct tsr_relay *relay, const struct tsr_frame *frame, struct tsr_msg *msg, tsr_time now);

/* True when StreamCredit should go to the presenter: total bytes taken, newest picture. */
bool tsr_relay_poll_credit(struct tsr_relay *relay, uint64_t *bytes_total, uint32_t *picture);

/* StreamAck of a viewer. Returns 0 or TSR_ERR_RANGE (more than was sent). */
TSR_CHECKED int tsr_relay_handle_ack(struct tsr_relay *relay, struct tsr_relay_viewer *viewer,
	uint32_t picture, uint64_t bytes_total, tsr_time now);

/* StreamRefresh of a viewer: it is sent KEYs of everything anew. Asking often costs the viewer its
 * own window; the presenter is protected by the interval of poll_need(). What a viewer cannot read
 * would be no better sent again: the KEYs that are kept are dropped and asked for anew, for whoever
 * says so at most every TSR_RELAY_RENEW_INTERVAL, and not while paused. */
void tsr_relay_handle_refresh(
	struct tsr_relay *relay, struct tsr_relay_viewer *viewer, bool is_unreadable, tsr_time now);

/* A viewer was given (or has lost) older epochs. */
void tsr_relay_set_first_epoch(struct tsr_relay_viewer *viewer, uint8_t first_epoch);

/* Next message for the viewer within its window; the reference in *out is the caller's. */
bool tsr_relay_poll_send(struct tsr_relay *relay, struct tsr_relay_viewer *viewer, tsr_time now,
	struct tsr_msg **out);

/* Cells to ask of the presenter (StreamNeed); at most one answer per 500 ms, none while paused. */
bool tsr_relay_poll_need(struct tsr_relay *relay, tsr_time now, uint64_t *cells);
/* When poll_need() may have an answer, or TSR_TIME_NEVER. */
tsr_time tsr_relay_next_timeout(const struct tsr_relay *relay);

/* The session has a new epoch: cells older than the newest two are dropped. Frames with a new epoch
 * do the same by themselves. */
void tsr_relay_handle_epoch(struct tsr_relay *relay, uint8_t epoch);

/* Pause and resume (StreamPause). blank erases what is kept. */
void tsr_relay_handle_pause(struct tsr_relay *relay, bool blank);
void tsr_relay_handle_resume(struct tsr_relay *relay);

/* Drops every cell and the run (stop, end, blank). Viewers stay. */
void tsr_relay_erase(struct tsr_relay *relay);

void tsr_relay_stats(const struct tsr_relay *relay, struct tsr_relay_stats *out);
void tsr_relay_viewer_stats(const struct tsr_relay *relay, const struct tsr_relay_viewer *viewer,
	tsr_time now, struct tsr_relay_viewer_stats *out);

#endif
