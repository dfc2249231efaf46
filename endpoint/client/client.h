/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_CLIENT_CLIENT_H
#define TSR_ENDPOINT_CLIENT_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/ids.h"
#include "core/base/slice.h"
#include "core/e2e/link.h"
#include "core/wire/frame.h"
#include "endpoint/client/roster.h"
#include "endpoint/client/server.h"
#include "session.pb-c.h"

/*
 * client: one member of one session, as docs/protocol.md has it: joins by a link, keeps its two
 * connections, returns by itself when they are lost, holds roster and keys. It opens what is
 * received and drops what does not decrypt, verify or belong. It shows and sends nothing of its own
 * accord but one CHAT stream for what its user writes.
 */
struct tsr_client;

enum tsr_client_status {
	TSR_CLIENT_JOINING, /* asking to be let in */
	TSR_CLIENT_WAITING, /* in the lobby */
	TSR_CLIENT_IN,      /* a member */
	TSR_CLIENT_AWAY,    /* was in; coming back by itself */
	TSR_CLIENT_OVER,    /* for good; tsr_client_outcome() says why */
};

/* Why it is over. */
struct tsr_client_outcome {
	uint32_t reason;  /* tessera.v1.CloseReason, or CLOSE_NONE when it never got that far */
	int err;          /* TSR_ERR_* when it failed here or at the door */
	const char *text; /* one sentence for people; static */
};

/* A frame that somebody sent us. plain is empty and is_readable false when it did not open: only
 * pictures are then handed on (they count for flow control); anything else was dropped. */
struct tsr_client_frame {
	struct tsr_frame header;
	struct tsr_slice plain; /* borrows */
	size_t bytes;           /* header and object */
	bool is_readable;
};

/* Any may be NULL. None may destroy the client. */
struct tsr_client_events {
	void (*on_status)(void *user, enum tsr_client_status status);
	void (*on_roster)(void *user); /* after every State */
	void (*on_stream_gone)(void *user, struct tsr_stream_id stream);
	void (*on_frame)(void *user, const struct tsr_client_frame *frame);
	void (*on_result)(void *user, uint32_t request, uint32_t refusal, uint32_t stream);
	void (*on_epoch)(void *user, uint32_t epoch);
	void (*on_credit)(void *user, struct tsr_stream_id stream, uint64_t bytes);
	void (*on_need)(void *user, struct tsr_stream_id stream, uint64_t cells);
	void (*on_stats)(void *user, const Tessera__V1__StreamStats *stats);
	void (*on_lobby_text)(void *user, struct tsr_member_id about, const char *text);
	void (*on_bulk)(void *user, bool is_up); /* pictures can (not) travel */
};

struct tsr_client_config {
	struct tsr_loop *loop;
	const struct tsr_link *link;       /* borrows until return */
	const struct tsr_tls_trust *trust; /* borrows until return */
	const char *name;                  /* copied */
	const char *password;              /* copied to secret memory; NULL: none */
	bool knock;                        /* ask for the lobby where the door is shut */
	bool wants_pictures;               /* opens the bulk connection */
};

/* Starts joining. events must stay. TSR_ERR_NOMEM, TSR_ERR_CONFIG. */
TSR_CHECKED int tsr_client_create(struct tsr_client **out, const struct tsr_client_config *config,
	const struct tsr_client_events *events, void *user);
void tsr_client_destroy(struct tsr_client *client); /* at once, keys wiped; NULL is fine */

enum tsr_client_status tsr_client_status(const struct tsr_client *client);
struct tsr_client_outcome tsr_client_outcome(const struct tsr_client *client);
const struct tsr_roster *tsr_client_roster(const struct tsr_client *client);
struct tsr_member_id tsr_client_me(const struct tsr_client *client);
uint32_t tsr_client_epoch(const struct tsr_client *client);
bool tsr_client_has_bulk(const struct tsr_client *client); /* in, and pictures can travel */
const char *tsr_client_title(const struct tsr_client *client);

/* Says goodbye; on_status(OVER) follows. */
void tsr_client_leave(struct tsr_client *client);

/* Sends a message; sets its request number and returns that in *request (may be NULL), to be
 * matched in on_result. TSR_ERR_STATE when not in, TSR_ERR_CLOSED. */
TSR_CHECKED int tsr_client_ask(
	struct tsr_client *client, Tessera__V1__ToServer *message, uint32_t *request);

/* Sends a message that has no answer: StreamAck, StreamRefresh. */
TSR_CHECKED int tsr_client_tell(struct tsr_client *client, Tessera__V1__ToServer *message);

/* Opens a screen stream with a fresh nonce; on_result brings its id, and from then on
 * tsr_client_send_picture() may use it. Streams are closed with the connection. */
TSR_CHECKED int tsr_client_open_screen(struct tsr_client *client, uint32_t format, uint32_t width,
	uint32_t height, const char *label, uint32_t *request);

/* Seals and sends a picture's frame on the bulk connection; from, epoch and length are set here.
 * *bytes is what credits count. TSR_ERR_STATE when there is no bulk connection or stream. */
TSR_CHECKED int tsr_client_send_picture(struct tsr_client *client, const struct tsr_frame *frame,
	struct tsr_slice unit, size_t *bytes);

/* The stream that the pointer travels in, while this member shares: asked for (once, however often
 * this is called), there, used. TSR_ERR_STATE. */
TSR_CHECKED int tsr_client_open_pointer(struct tsr_client *client, uint32_t *request);
bool tsr_client_has_pointer(const struct tsr_client *client);
TSR_CHECKED int tsr_client_send_pointer(struct tsr_client *client, struct tsr_slice plain);

/* Chat to all (to.v == 0) or to one. TSR_ERR_STATE before the chat stream is open. */
TSR_CHECKED int tsr_client_chat(
	struct tsr_client *client, struct tsr_member_id to, const char *text);

/* Text of a chat frame into out, as a string. TSR_ERR_FORMAT when it is none. */
TSR_CHECKED int tsr_client_chat_text(char *out, size_t cap, struct tsr_slice plain);

#endif
