/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_FANOUT_H
#define TSR_EDGE_FANOUT_H

#include "core/base/ids.h"
#include "core/base/list.h"
#include "core/base/msg.h"
#include "core/screen/relay.h"
#include "core/wire/frame.h"
#include "server/edge/report.h"
#include "server/edge/worker.h"

/*
 * fanout: the pictures of a session on one worker. Every worker has a replica of every shared
 * screen (core/screen/relay): the owner publishes each frame once per worker, as a reference, and
 * from there on nobody waits for anybody. A bulk connection watches the screens of others; when
 * its socket has room it pulls the next frame that its relay viewer may have.
 *
 * A session is named by its owner and its id there: tsr_ref(owner, host).
 */
struct tsr_conn;

struct tsr_fanout {
	struct tsr_list link; /* in worker->fanouts */
	struct tsr_worker *worker;
	uint64_t session;
	struct tsr_list screens;  /* tsr_screen.link */
	struct tsr_list watchers; /* tsr_watcher.link */
};

struct tsr_screen {
	struct tsr_list link;
	struct tsr_fanout *fanout;
	uint32_t stream;
	struct tsr_member_id from;
	struct tsr_relay *relay;
	struct tsr_timer *timer; /* when the relay may need cells */
	struct tsr_list views;   /* tsr_view.screen_link */
};

/* One bulk connection. */
struct tsr_watcher {
	struct tsr_list link;
	struct tsr_fanout *fanout;
	struct tsr_conn *conn;
	struct tsr_member_id member;
	uint8_t first_epoch;
	struct tsr_list views; /* tsr_view.watcher_link; the next to be asked is first */
};

/* One watcher on one screen. */
struct tsr_view {
	struct tsr_list watcher_link;
	struct tsr_list screen_link;
	struct tsr_watcher *watcher;
	struct tsr_screen *screen;
	struct tsr_relay_viewer *viewer; /* NULL: not subscribed */
	uint64_t bytes;                  /* sent to it, in all */
	uint64_t bytes_before;           /* of these, before the relay began anew (resize) */
};

enum tsr_screen_op {
	TSR_SCREEN_OPEN,
	TSR_SCREEN_CLOSE,
	TSR_SCREEN_RESIZE,
	TSR_SCREEN_PAUSE,
	TSR_SCREEN_BLANK, /* pause, and erase what is kept */
	TSR_SCREEN_RESUME,
	TSR_SCREEN_EPOCH, /* of all screens of the session */
	TSR_SCREEN_FRAME,
	TSR_SCREEN_END, /* of the session: everything goes */
};

/* What the owner tells each worker, itself too. */
struct tsr_screen_mail {
	uint64_t session;
	enum tsr_screen_op op;
	uint32_t stream;
	struct tsr_member_id from; /* OPEN */
	uint32_t width;            /* OPEN, RESIZE */
	uint32_t height;
	uint8_t epoch;          /* EPOCH */
	struct tsr_frame frame; /* FRAME */
	struct tsr_msg *msg;
};

/* Carries it out here. Returns 0; for FRAME what tsr_relay_handle_frame() says; TSR_ERR_UNKNOWN for
 * a stream that is not here; TSR_ERR_NOMEM. Borrows all. */
int tsr_fanout_apply(struct tsr_worker *worker, const struct tsr_screen_mail *mail);
void tsr_fanout_on_mail(void *worker, void *mail, uint64_t unused); /* takes mail and msg */

/* The owner's: what the relay has taken of a stream; false when there is nothing new. */
bool tsr_fanout_credit(struct tsr_worker *worker, uint64_t session, uint32_t stream,
	uint64_t *bytes, uint32_t *picture);

/* Bytes that this worker's replica holds of a stream; 0 when it is not here. */
size_t tsr_fanout_held(struct tsr_worker *worker, uint64_t session, uint32_t stream);

/* ---- viewers -------------------------------------------------------------------------- */

/* Returns a watcher, of all screens but the member's own at once, or NULL when out of memory. */
struct tsr_watcher *tsr_fanout_add_watcher(struct tsr_worker *worker, uint64_t session,
	struct tsr_conn *conn, struct tsr_member_id member, uint8_t first_epoch);
void tsr_fanout_remove_watcher(struct tsr_watcher *watcher);

/* The next message for the connection, or NULL. The reference is the caller's. */
struct tsr_msg *tsr_fanout_pull(struct tsr_conn *conn);

void tsr_fanout_handle_ack(
	struct tsr_watcher *watcher, uint32_t stream, uint32_t picture, uint64_t bytes);

/* What a viewer said on his control connection, sent on by the owner. */
enum tsr_watch_op {
	TSR_WATCH_ACK,
	TSR_WATCH_REFRESH,
	TSR_WATCH_UNREADABLE,
	TSR_WATCH_ON,
	TSR_WATCH_OFF
};
struct tsr_watch_mail {
	uint64_t conn; /* the bulk connection */
	enum tsr_watch_op op;
	uint32_t stream;
	uint32_t picture;
	uint64_t bytes;
};
void tsr_fanout_on_watch(void *worker, void *mail, uint64_t unused); /* takes */

/* Once a second: sends the owner a report (report.h) per screen. */
void tsr_fanout_tick(struct tsr_worker *worker);

/* Frees everything when the worker stops. No watcher is left then. */
void tsr_fanout_finish(struct tsr_worker *worker);

#endif
