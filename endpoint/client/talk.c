/* SPDX-License-Identifier: Apache-2.0 */
/* talk: what the server says, message by message, and what others send. */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "endpoint/client/internal.h"
#include "proto/unpack.h"

#define KIND_MESSAGE 0
#define KIND_FRAME 1
#define MESSAGE_MAX 65536
#define MESSAGE_BUDGET (1u << 20)

/* What people are told, and what follows, by tessera.v1.CloseReason. */
static const struct closing {
	const char *text;
	enum { STAY_OUT, RETURN, JOIN_AGAIN } then;
} closings[] = {
	[TESSERA__V1__CLOSE_REASON__CLOSE_NONE] = { "The server closed the connection.", RETURN },
	[TESSERA__V1__CLOSE_REASON__CLOSE_RELOAD] = { "The server speaks another version of the "
						      "protocol: update this program.",
		STAY_OUT },
	[TESSERA__V1__CLOSE_REASON__CLOSE_REFUSED] = { "The server refused to let you in.",
		JOIN_AGAIN },
	[TESSERA__V1__CLOSE_REASON__CLOSE_REMOVED] = { "The organizer removed you.", STAY_OUT },
	[TESSERA__V1__CLOSE_REASON__CLOSE_BARRED] = { "The organizer removed you and barred this "
						      "device.",
		STAY_OUT },
	[TESSERA__V1__CLOSE_REASON__CLOSE_DENIED] = { "The organizer did not let you in.",
		STAY_OUT },
	[TESSERA__V1__CLOSE_REASON__CLOSE_ENDED] = { "The session has ended.", STAY_OUT },
	[TESSERA__V1__CLOSE_REASON__CLOSE_ELSEWHERE] = { "You came in from somewhere else.",
		STAY_OUT },
	[TESSERA__V1__CLOSE_REASON__CLOSE_PROTOCOL] = { "The server did not understand this "
							"program.",
		STAY_OUT },
	[TESSERA__V1__CLOSE_REASON__CLOSE_TOO_MUCH] = { "Too much was sent in a short time.",
		RETURN },
	[TESSERA__V1__CLOSE_REASON__CLOSE_RESTART] = { "The server restarts.", RETURN },
	[TESSERA__V1__CLOSE_REASON__CLOSE_LEFT] = { "You left.", STAY_OUT },
	[TESSERA__V1__CLOSE_REASON__CLOSE_TO_LOBBY] = { "You were sent to the lobby.", RETURN },
	[TESSERA__V1__CLOSE_REASON__CLOSE_FULL] = { "The session is full.", STAY_OUT },
	[TESSERA__V1__CLOSE_REASON__CLOSE_LOBBY_TIMEOUT] = { "Nobody let you in for a long time.",
		STAY_OUT },
};

static void handle_closed(struct tsr_client *c, const Tessera__V1__Closed *closed)
{
	uint32_t reason = closed->reason;
	const struct closing *closing;

	if (reason >= sizeof(closings) / sizeof(closings[0]))
		reason = TESSERA__V1__CLOSE_REASON__CLOSE_NONE;
	closing = &closings[reason];
	if (closing->then == JOIN_AGAIN && c->resume[0] && c->n_tries < 3) {
		c->token[0] = c->resume[0] = '\0'; /* what we held is no good: back to the door */
		tsr_client_come_back(c, TSR_SECOND);
	} else if (closing->then == RETURN) {
		tsr_client_come_back(c, (tsr_time)closed->retry_ms * TSR_MS);
	} else {
		tsr_client_finish(c, reason, 0, closing->text);
	}
}

static void handle_welcome(struct tsr_client *c, const Tessera__V1__Welcome *welcome)
{
	bool is_same = welcome->session_uid.len == TSR_UID_LEN && c->keyring &&
		       memcmp(c->session.v, welcome->session_uid.data, TSR_UID_LEN) == 0;

	if (welcome->session_uid.len != TSR_UID_LEN || welcome->member == 0 ||
		welcome->bulk_ticket.len != TSR_BULK_TICKET_LEN) {
		tsr_client_come_back(c, TSR_SECOND);
		return;
	}
	memcpy(c->session.v, welcome->session_uid.data, TSR_UID_LEN);
	if (!is_same) {
		tsr_keyring_destroy(c->keyring);
		if (tsr_keyring_create(&c->keyring, &c->session) != 0) {
			tsr_client_finish(c, 0, TSR_ERR_NOMEM, "Out of memory.");
			return;
		}
	}
	c->me.v = welcome->member;
	memcpy(c->ticket, welcome->bulk_ticket.data, TSR_BULK_TICKET_LEN);
	c->has_ticket = true;
	c->n_tries = 0;
	snprintf(c->title, sizeof(c->title), "%s", welcome->title);
	tsr_client_set_status(c, TSR_CLIENT_IN);
	tsr_client_connect_bulk(c);
}

/* The first epoch after Welcome makes us able to speak: the chat stream is opened then. */
static void handle_epoch(struct tsr_client *c, const Tessera__V1__Epoch *epoch)
{
	if (!c->keyring || epoch->seed.len != TSR_SEED_LEN)
		return;
	if (tsr_keyring_handle_epoch(c->keyring, epoch->epoch, epoch->seed.data) == 0 &&
		c->events->on_epoch)
		c->events->on_epoch(c->user, epoch->epoch);
}

static void handle_state(struct tsr_client *c, const Tessera__V1__State *state)
{
	if (tsr_roster_handle_state(&c->roster, state) != 0) {
		tsr_client_come_back(c, TSR_SECOND);
		return;
	}
	for (size_t i = 0; i < state->n_streams_gone; i++) {
		struct tsr_stream_id id = { state->streams_gone[i] };

		tsr_client_forget_stream(c, id);
		if (c->events->on_stream_gone)
			c->events->on_stream_gone(c->user, id);
	}
	if (c->events->on_roster)
		c->events->on_roster(c->user);
}

static void handle_result(struct tsr_client *c, const Tessera__V1__Result *result)
{
	struct tsr_own_stream *s = tsr_client_find_request(c, result->request);

	if (s && (result->refusal != TESSERA__V1__REFUSAL__REFUSAL_NONE || result->stream == 0))
		s->in_use = false;
	else if (s)
		s->instance.stream.v = result->stream;
	if (c->events->on_result)
		c->events->on_result(c->user, result->request, result->refusal, result->stream);
}

static void handle_attached(struct tsr_client *c, const Tessera__V1__Attached *attached)
{
	if (attached->next_ticket.len == TSR_BULK_TICKET_LEN) {
		memcpy(c->ticket, attached->next_ticket.data, TSR_BULK_TICKET_LEN);
		c->has_ticket = true;
	}
	if (c->is_bulk_up)
		return;
	c->is_bulk_up = true;
	if (c->events->on_bulk)
		c->events->on_bulk(c->user, true);
}

static void handle_streams(struct tsr_client *c, const Tessera__V1__ToClient *m)
{
	if (m->body_case == TESSERA__V1__TO_CLIENT__BODY_STREAM_CREDIT && c->events->on_credit)
		c->events->on_credit(c->user, (struct tsr_stream_id){ m->stream_credit->stream },
			m->stream_credit->bytes);
	if (m->body_case == TESSERA__V1__TO_CLIENT__BODY_STREAM_NEED && c->events->on_need)
		c->events->on_need(c->user, (struct tsr_stream_id){ m->stream_need->stream },
			m->stream_need->cells);
	if (m->body_case == TESSERA__V1__TO_CLIENT__BODY_STREAM_STATS && c->events->on_stats)
		c->events->on_stats(c->user, m->stream_stats);
}

static void handle_control(struct tsr_client *c, const Tessera__V1__ToClient *m)
{
	switch (m->body_case) {
	case TESSERA__V1__TO_CLIENT__BODY_CHALLENGE:
		tsr_client_hello(c, tsr_slice(m->challenge->nonce.data, m->challenge->nonce.len));
		break;
	case TESSERA__V1__TO_CLIENT__BODY_WAITING:
		c->n_tries = 0;
		snprintf(c->title, sizeof(c->title), "%s", m->waiting->title);
		tsr_client_set_status(c, TSR_CLIENT_WAITING);
		break;
	case TESSERA__V1__TO_CLIENT__BODY_WELCOME:
		handle_welcome(c, m->welcome);
		break;
	case TESSERA__V1__TO_CLIENT__BODY_EPOCH:
		handle_epoch(c, m->epoch);
		break;
	case TESSERA__V1__TO_CLIENT__BODY_STATE:
		handle_state(c, m->state);
		break;
	case TESSERA__V1__TO_CLIENT__BODY_RESULT:
		handle_result(c, m->result);
		break;
	case TESSERA__V1__TO_CLIENT__BODY_LOBBY_TEXT:
		if (c->events->on_lobby_text)
			c->events->on_lobby_text(c->user,
				(struct tsr_member_id){ m->lobby_text->member },
				m->lobby_text->text);
		break;
	default:
		handle_streams(c, m);
		break;
	}
}

/* A full State comes first after Welcome and Epoch: with it the connection is complete. */
static bool completes_entry(const struct tsr_client *c, const Tessera__V1__ToClient *m)
{
	return m->body_case == TESSERA__V1__TO_CLIENT__BODY_STATE && m->state->full &&
	       !c->streams[0].in_use && c->status == TSR_CLIENT_IN;
}

static void handle_message(struct tsr_client *c, bool is_bulk, struct tsr_slice bytes)
{
	struct tsr_arena arena;
	const Tessera__V1__ToClient *m;

	if (tsr_proto_unpack_within(&tessera__v1__to_client__descriptor, bytes, MESSAGE_MAX,
		    MESSAGE_BUDGET, &arena) != 0)
		return; /* not of our version: nothing that we could do about it */
	m = (const Tessera__V1__ToClient *)arena.message;
	if (m->body_case == TESSERA__V1__TO_CLIENT__BODY_CLOSED) {
		if (!is_bulk)
			handle_closed(c, m->closed);
	} else if (is_bulk) {
		if (m->body_case == TESSERA__V1__TO_CLIENT__BODY_CHALLENGE)
			tsr_client_attach(
				c, tsr_slice(m->challenge->nonce.data, m->challenge->nonce.len));
		else if (m->body_case == TESSERA__V1__TO_CLIENT__BODY_ATTACHED)
			handle_attached(c, m->attached);
		else
			handle_streams(c, m);
	} else {
		if (m->body_case == TESSERA__V1__TO_CLIENT__BODY_WELCOME)
			memset(c->streams, 0, sizeof(c->streams));
		handle_control(c, m);
		if (completes_entry(c, m))
			tsr_client_reset_streams(c);
	}
	tsr_arena_finish(&arena);
}

/* ---- data frames ----------------------------------------------------------------------------- */

static bool grow_plain(struct tsr_client *c, size_t len)
{
	uint8_t *grown;

	if (len <= c->plain_cap)
		return true;
	grown = malloc(len);
	if (!grown)
		return false;
	if (c->plain)
		tsr_wipe(c->plain, c->plain_cap);
	free(c->plain);
	c->plain = grown;
	c->plain_cap = len;
	return true;
}

/* Opens what belongs to somebody who may send it. */
static int open_frame(struct tsr_client *c, const struct tsr_frame *frame, struct tsr_slice bytes,
	struct tsr_slice *plain)
{
	const struct tsr_roster_stream *s;
	const struct tsr_roster_member *m;
	struct tsr_stream_instance from = { .from = { frame->from }, .stream = { frame->stream } };
	size_t len = 0;
	int r = tsr_roster_check_frame(&c->roster, frame);

	if (r)
		return r;
	s = tsr_roster_find_stream(&c->roster, from.stream);
	m = tsr_roster_find(&c->roster, from.from);
	if (!s || !m || !c->keyring)
		return TSR_ERR_UNKNOWN;
	memcpy(from.device_key, m->device_key, sizeof(from.device_key));
	memcpy(from.nonce, s->nonce, sizeof(from.nonce));
	if (!grow_plain(c, frame->length))
		return TSR_ERR_NOMEM;
	r = tsr_keyring_open(c->keyring, &from, frame, tsr_slice(bytes.data, TSR_FRAME_HEADER_LEN),
		tsr_slice(bytes.data + TSR_FRAME_HEADER_LEN, frame->length), c->plain, &len);
	*plain = tsr_slice(c->plain, len);
	return r;
}

static void handle_frame(struct tsr_client *c, struct tsr_slice bytes)
{
	struct tsr_client_frame frame = { .bytes = bytes.len };
	int r = tsr_frame_parse(&frame.header, bytes);

	if (r || bytes.len != TSR_FRAME_HEADER_LEN + (size_t)frame.header.length)
		return;
	if (frame.header.to != 0 && frame.header.to != c->me.v)
		return;
	if (frame.header.from == c->me.v && frame.header.class != TSR_FRAME_SCREEN)
		return; /* of one's own only the return picture comes back */
	r = open_frame(c, &frame.header, bytes, &frame.plain);
	frame.is_readable = r == 0;
	if (r && frame.header.class != TSR_FRAME_SCREEN)
		return;
	if (r)
		frame.plain = (struct tsr_slice){ 0 };
	if (c->events->on_frame)
		c->events->on_frame(c->user, &frame);
}

void tsr_client_handle_message(struct tsr_client *c, bool is_bulk, struct tsr_slice message)
{
	struct tsr_slice body = tsr_slice(message.data + 1, message.len - 1);

	if (message.data[0] == KIND_MESSAGE)
		handle_message(c, is_bulk, body);
	else if (message.data[0] == KIND_FRAME)
		handle_frame(c, body);
}
