/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_WS_H
#define TSR_EDGE_WS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/msg.h"
#include "server/edge/inbox.h"
#include "server/edge/limits.h"

/*
 * ws: the WebSocket on a connection: frames become messages (inbox.h) for the session
 * protocol (client.h), and its messages go into the connection's queue.
 */
#define TSR_WS_PROTOCOL "tessera.v1"
#define TSR_WS_QUEUE_MAX (64u * 1024) /* bytes of control messages that wait for a reader */
/* And of what he was sent because he came in, or what he may see has changed: the State of the
 * largest session and the chat, not several of them. */
#define TSR_WS_FREE_MAX (2u * 1024 * 1024)
#define TSR_WS_CLOSE_TIME (2 * TSR_SECOND)

struct tsr_http;
struct tsr_conn;
struct tsr_client;

struct tsr_ws {
	struct tsr_conn *conn;
	struct wslay_frame_context *reader;
	struct tsr_inbox inbox;
	struct tsr_client *client;
	struct tsr_bucket pings;
	int read_err;        /* what the TLS layer said last */
	size_t read_len;     /* the most that it gave since the reader was wiped */
	uint64_t frame_left; /* payload of the frame at hand still to come */
	bool is_in_frame;
	bool is_in_message; /* a fragmented message goes on */
	bool is_last_frame;
	uint8_t opcode;       /* of the frame at hand */
	uint8_t control[125]; /* payload of a control frame */
	uint8_t control_len;
	bool is_stalled; /* nothing is read: the client's side asked for that */
	bool is_closing; /* Closed was queued; messages are read away */
	bool was_closed; /* the peer's close frame came */
};

/* Answers the request at hand with 101 and makes the connection a WebSocket, or with an error. */
void tsr_ws_upgrade(struct tsr_http *http);
void tsr_ws_destroy(struct tsr_ws *ws); /* NULL is fine */

/* Reads what is there. May destroy the connection. */
void tsr_ws_handle_data(struct tsr_ws *ws);

/* Queues a message (kind first); takes the reference. More than TSR_WS_QUEUE_MAX waiting, or
 * TSR_WS_FREE_MAX of what is FREE, closes the connection. flags: TSR_SENDQ_SECRET, TSR_SENDQ_FREE,
 * TSR_SENDQ_GATHER. */
void tsr_ws_send(struct tsr_ws *ws, struct tsr_msg *msg, unsigned flags);

/* Queues msg (Closed; takes; NULL: none) and a close frame, and ends the connection when they are
 * out and the peer answered, or after two seconds. */
void tsr_ws_close(struct tsr_ws *ws, struct tsr_msg *msg, uint16_t code);

/* Stops (true) or goes on reading: back-pressure on the peer. */
void tsr_ws_stall(struct tsr_ws *ws, bool on);

/* Mail to itself: reads on where a long turn was cut or a stall ended. */
void tsr_ws_on_resume(void *worker, void *unused, uint64_t conn);

#endif
