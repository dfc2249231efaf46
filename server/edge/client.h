/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_CLIENT_H
#define TSR_EDGE_CLIENT_H

#include "server/edge/limits.h"
#include "server/edge/mail.h"

/*
 * client: the connection's side of the session protocol (docs/protocol.md section 3): it
 * challenges, checks Hello and Attach, keeps rates and bounds, answers pings, and hands everything
 * else to the owner of the session.
 *
 *	CHALLENGED → ENTERING → WAITING → ADMITTED        control
 *	           |          → PHANTOM                   a lobby that nobody sees
 *	           → ATTACHING → BULK
 *	any → OVER
 */
#define TSR_CLIENT_HELLO_TIME (10 * TSR_SECOND)
#define TSR_CLIENT_ENTER_TIME (20 * TSR_SECOND)
#define TSR_CLIENT_SILENCE_TIME (60 * TSR_SECOND)
#define TSR_CLIENT_INFLIGHT_MAX (1024u * 1024) /* frame bytes that the owner has not taken yet */

enum tsr_client_state {
	TSR_CLIENT_CHALLENGED,
	TSR_CLIENT_ENTERING,
	TSR_CLIENT_PHANTOM,
	TSR_CLIENT_WAITING,
	TSR_CLIENT_ADMITTED,
	TSR_CLIENT_ATTACHING,
	TSR_CLIENT_BULK,
	TSR_CLIENT_OVER,
};

struct tsr_ws;
struct tsr_watcher;

struct tsr_client {
	struct tsr_ws *ws;
	enum tsr_client_state state;
	uint8_t nonce[TSR_CHALLENGE_LEN];
	unsigned owner; /* of the session */
	uint64_t host;  /* 0: belongs to no session yet */
	struct tsr_member_id member;
	struct tsr_bucket messages; /* protobuf; SCREEN frames on bulk */
	struct tsr_bucket acks;
	struct tsr_bucket chats;
	struct tsr_bucket events; /* CONTROL and POINTER frames */
	struct tsr_bucket texts;
	uint64_t inflight;
	unsigned n_screens; /* bulk: his own */
	uint32_t screens[TSR_SESSION_SCREENS_MAX];
	struct tsr_watcher *watcher; /* bulk */
	uint32_t rtt_ms;             /* as the owner was told */
};

struct tsr_client *tsr_client_create(struct tsr_ws *ws); /* NULL when out of memory */
/* Tells the owner that the connection is gone. NULL is fine. */
void tsr_client_destroy(struct tsr_client *client);

/* The WebSocket is open: sends the Challenge. */
void tsr_client_begin(struct tsr_client *client);

/* A whole message, kind first; takes the reference. Returns 0 or an error: break off. */
TSR_CHECKED int tsr_client_handle_message(struct tsr_client *client, struct tsr_msg *msg);

/* The peer said goodbye on the WebSocket level. */
void tsr_client_handle_lost(struct tsr_client *client);

/* Sends Closed and ends the connection; the owner is told unless the goodbye came from him. */
void tsr_client_close(
	struct tsr_client *client, enum tsr_close reason, const char *text, uint32_t retry_ms);

/* The same for a breach: counted by err. */
void tsr_client_break(struct tsr_client *client, int err);

/* Every few seconds: tells the owner when the round-trip time has changed enough to be seen. */
void tsr_client_measure(struct tsr_client *client);

/* ---- mail from the owner (or the hub); each takes its item ---- */
void tsr_client_on_bind(void *worker, void *bind, uint64_t unused);
void tsr_client_on_send(void *worker, void *send, uint64_t unused);
void tsr_client_on_closing(void *worker, void *closing, uint64_t unused);
void tsr_client_on_own_screen(void *worker, void *own_screen, uint64_t unused);
/* bytes: a number in a pointer's place, how much of the connection's frames the owner has taken. */
void tsr_client_on_taken(void *worker, void *bytes, uint64_t conn);

#endif
