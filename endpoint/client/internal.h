/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_CLIENT_INTERNAL_H
#define TSR_ENDPOINT_CLIENT_INTERNAL_H

#include "core/e2e/proof.h"
#include "core/e2e/schedule.h"
#include "endpoint/client/channel.h"
#include "endpoint/client/client.h"
#include "endpoint/client/keyring.h"

/*
 * What the files of the client share:
 *	door.c    the join request: what opens a session
 *	client.c  the two connections, returning, time
 *	talk.c    what the server says
 *	send.c    what we say, own streams
 */
#define TSR_CLIENT_TOKEN_MAX 1024
#define TSR_CLIENT_STREAMS 8
#define TSR_PROTOCOL_VERSION 1

/* A stream of ours: asked for while stream.v is 0, then open. */
struct tsr_own_stream {
	bool in_use;
	uint32_t request;
	uint32_t stream_class;
	struct tsr_stream_instance instance;
	uint32_t n_frames; /* running number of frames that are no pictures */
};

struct tsr_client {
	struct tsr_server server;
	const struct tsr_client_events *events;
	void *user;

	/* what opens the door */
	char number[TSR_LINK_NUMBER_LEN + 1];
	enum tsr_link_kind kind;
	struct tsr_secret *entry_token; /* join or organizer token; NULL for digits */
	struct tsr_secret *password;    /* NULL: none */
	bool knock, wants_pictures;
	char name[TSR_NAME_SIZE];
	struct tsr_sign_key *device;

	/* what it gave */
	struct tsr_request *request;
	char token[TSR_CLIENT_TOKEN_MAX];  /* role token; "" once used */
	char resume[TSR_CLIENT_TOKEN_MAX]; /* resume ticket */

	/* connections */
	struct tsr_channel *control, *bulk;
	bool is_bulk_up, has_ticket;
	uint8_t ticket[TSR_BULK_TICKET_LEN];
	struct tsr_timer *timer; /* the next of what follows */
	tsr_time retry_at, bulk_retry_at, ping_at, silence_at;
	unsigned n_tries;

	/* the session */
	enum tsr_client_status status;
	struct tsr_client_outcome outcome;
	struct tsr_roster roster;
	struct tsr_keyring *keyring;
	struct tsr_session_uid session;
	struct tsr_member_id me;
	char title[256];
	struct tsr_own_stream streams[TSR_CLIENT_STREAMS];
	uint32_t n_requests;
	uint8_t *plain; /* where frames are opened; grows to what was needed */
	size_t plain_cap;
};

/* door.c */
void tsr_client_knock_on_door(struct tsr_client *client); /* asks to join */
/* Reads the answer of who let us in. False when it makes no sense. */
bool tsr_client_take_tokens(struct tsr_client *client, struct tsr_slice body);

/* client.c */
void tsr_client_set_status(struct tsr_client *client, enum tsr_client_status status);
/* Ends for good. */
void tsr_client_finish(struct tsr_client *client, uint32_t reason, int err, const char *text);
void tsr_client_connect(struct tsr_client *client); /* opens the control connection */
void tsr_client_connect_bulk(struct tsr_client *client);
/* The control connection is gone: comes back after at least this long. */
void tsr_client_come_back(struct tsr_client *client, tsr_time after);
void tsr_client_set_timer(struct tsr_client *client);
tsr_time tsr_client_now(const struct tsr_client *client);

/* talk.c */
void tsr_client_handle_message(struct tsr_client *client, bool is_bulk, struct tsr_slice message);

/* send.c */
TSR_CHECKED int tsr_client_send_on(
	struct tsr_channel *channel, const Tessera__V1__ToServer *message);
void tsr_client_hello(struct tsr_client *client, struct tsr_slice nonce);
void tsr_client_attach(struct tsr_client *client, struct tsr_slice nonce);
void tsr_client_ping(struct tsr_client *client);
/* After Welcome: the streams of the connection before are gone, a chat stream is opened. */
void tsr_client_reset_streams(struct tsr_client *client);
struct tsr_own_stream *tsr_client_find_request(struct tsr_client *client, uint32_t request);
/* The stream is closed: nothing is sent on it any more, and its keys go. */
void tsr_client_forget_stream(struct tsr_client *client, struct tsr_stream_id stream);

#endif
