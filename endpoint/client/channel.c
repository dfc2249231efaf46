/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/client/channel.h"

#include <stdlib.h>
#include <wslay/wslay.h>

#include "core/base/err.h"
#include "core/base/writer.h"
#include "core/crypto/random.h"
#include "core/wire/frame.h"
#include "core/wire/http.h"
#include "core/wire/websocket.h"

#define QUEUE_MAX (8u << 20)
#define MESSAGE_MAX (1 + TSR_FRAME_MAX)
#define PROTOCOL "tessera.v1"

struct tsr_channel {
	struct tsr_server *server;
	struct tsr_race *race;
	struct tsr_tls *tls;
	wslay_event_context_ptr ws; /* NULL until the server agreed to the upgrade */
	char key[TSR_WEBSOCKET_KEY_LEN + 1];
	uint8_t head[TSR_HTTP_HEAD_MAX];
	struct tsr_http_response response;
	uint8_t request[1024];
	size_t request_len, request_sent;

	struct tsr_slice early; /* bytes that came behind the reply's head */
	uint64_t received;
	bool is_busy; /* wslay is on the stack: it goes when that is unwound */
	bool is_dead; /* closed meanwhile */
	const struct tsr_channel_events *events;
	void *user;
};

/* ---- wslay's view ------------------------------------------------------------------------ */

static ssize_t on_ws_recv(
	wslay_event_context_ptr ws, uint8_t *buf, size_t cap, int flags, void *user)
{
	struct tsr_channel *ch = user;
	size_t n = 0;
	int r;

	(void)flags;
	if (ch->is_dead) {
		wslay_event_set_error(ws, WSLAY_ERR_CALLBACK_FAILURE);
		return -1;
	}
	if (ch->early.len) {
		n = ch->early.len < cap ? ch->early.len : cap;
		memcpy(buf, ch->early.data, n);
		ch->early = tsr_slice(ch->early.data + n, ch->early.len - n);
		return (ssize_t)n;
	}
	r = tsr_tls_read(ch->tls, buf, cap, &n);
	if (r == 0)
		return (ssize_t)n;
	wslay_event_set_error(
		ws, r == TSR_ERR_AGAIN ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

static ssize_t on_ws_send(
	wslay_event_context_ptr ws, const uint8_t *data, size_t len, int flags, void *user)
{
	struct tsr_channel *ch = user;
	struct tsr_slice slice = tsr_slice(data, len);
	size_t n = 0;
	int r = ch->is_dead ? TSR_ERR_CLOSED : tsr_tls_write(ch->tls, &slice, 1, &n);

	(void)flags;
	if (n > 0)
		return (ssize_t)n;
	wslay_event_set_error(
		ws, r == TSR_ERR_AGAIN ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

static int on_ws_mask(wslay_event_context_ptr ws, uint8_t *buf, size_t len, void *user)
{
	(void)ws;
	(void)user;
	tsr_random(buf, len);
	return 0;
}

static void on_ws_message(
	wslay_event_context_ptr ws, const struct wslay_event_on_msg_recv_arg *arg, void *user)
{
	struct tsr_channel *ch = user;

	(void)ws;
	if (ch->is_dead || wslay_is_ctrl_frame(arg->opcode))
		return;
	ch->received += arg->msg_length;
	if (arg->opcode == WSLAY_BINARY_FRAME && arg->msg_length && ch->events)
		ch->events->on_message(ch->user, tsr_slice(arg->msg, arg->msg_length));
}

static const struct wslay_event_callbacks ws_callbacks = {
	.recv_callback = on_ws_recv,
	.send_callback = on_ws_send,
	.genmask_callback = on_ws_mask,
	.on_msg_recv_callback = on_ws_message,
};

/* ---- the connection ---------------------------------------------------------------------- */

static void fail(struct tsr_channel *ch, int err)
{
	const struct tsr_channel_events *events = ch->events;

	ch->events = NULL;
	if (events)
		events->on_close(ch->user, err);
}

static void on_room(void *user)
{
	struct tsr_channel *ch = user;
	struct tsr_slice left =
		tsr_slice(ch->request + ch->request_sent, ch->request_len - ch->request_sent);
	size_t n = 0;
	int r = 0;

	if (ch->ws) {
		if (wslay_event_send(ch->ws) != 0)
			fail(ch, TSR_ERR_CLOSED);
		return;
	}
	if (left.len)
		r = tsr_tls_write(ch->tls, &left, 1, &n);
	ch->request_sent += n;
	if (r && r != TSR_ERR_AGAIN)
		fail(ch, r);
}

/* Reads the reply to the upgrade. 0 when the WebSocket is open, TSR_ERR_AGAIN, or an error. */
static int read_reply(struct tsr_channel *ch)
{
	static const int give_up = TSR_ERR_DENIED;
	uint8_t buf[2048];
	size_t n, used;
	int r;

	while ((r = tsr_tls_read(ch->tls, buf, sizeof(buf), &n)) == 0) {
		r = tsr_http_response_feed(&ch->response, tsr_slice(buf, n), &used);
		if (r == TSR_ERR_AGAIN)
			continue;
		if (r || tsr_websocket_check_response(&ch->response, ch->key, PROTOCOL) != 0)
			return r ? r : give_up;
		/* The rest of buf lives in the request's buffer: that was sent. */
		if (n - used > sizeof(ch->request))
			return TSR_ERR_TOO_BIG;
		memcpy(ch->request, buf + used, n - used);
		ch->early = tsr_slice(ch->request, n - used);
		if (wslay_event_context_client_init(&ch->ws, &ws_callbacks, ch) != 0)
			return TSR_ERR_NOMEM;
		wslay_event_config_set_max_recv_msg_length(ch->ws, MESSAGE_MAX);
		return 0;
	}
	return r;
}

static void destroy(struct tsr_channel *ch)
{
	if (ch->ws)
		wslay_event_context_free(ch->ws);
	free(ch);
}

/* What may close the channel under our feet. */
static void take_data(struct tsr_channel *ch)
{
	int r;

	if (!ch->ws) {
		r = read_reply(ch);
		if (r == TSR_ERR_AGAIN)
			return;
		if (r) {
			fail(ch, r);
			return;
		}
		ch->events->on_open(ch->user);
	}
	r = ch->is_dead ? 0 : wslay_event_recv(ch->ws);
	if (ch->is_dead)
		return;
	if (r != 0 || wslay_event_get_close_received(ch->ws))
		fail(ch, TSR_ERR_CLOSED);
	else
		on_room(ch); /* pongs */
}

static void on_data(void *user)
{
	struct tsr_channel *ch = user;

	ch->is_busy = true;
	take_data(ch);
	ch->is_busy = false;
	if (ch->is_dead)
		destroy(ch);
}

static void on_close(void *user, int err)
{
	fail(user, err);
}

static const struct tsr_tls_events tls_events = {
	.on_open = on_room,
	.on_data = on_data,
	.on_room = on_room,
	.on_close = on_close,
};

static void connected(void *user, int fd, uint16_t port, int err)
{
	struct tsr_channel *ch = user;

	tsr_race_close(&ch->race);
	if (!err)
		err = tsr_server_open_tls(&ch->tls, ch->server, fd, port, &tls_events, ch);
	if (err)
		fail(ch, err);
}

int tsr_channel_open(struct tsr_channel **out, struct tsr_server *server,
	const struct tsr_channel_events *events, void *user)
{
	struct tsr_channel *ch = calloc(1, sizeof(*ch));
	struct tsr_writer wr;
	uint8_t nonce[16];
	int r;

	*out = NULL;
	if (!ch)
		return TSR_ERR_NOMEM;
	ch->server = server;
	ch->events = events;
	ch->user = user;
	tsr_random(nonce, sizeof(nonce));
	tsr_websocket_key(ch->key, nonce);
	tsr_http_response_init(&ch->response, ch->head, sizeof(ch->head), 0);
	wr = tsr_writer(ch->request, sizeof(ch->request));
	tsr_websocket_write_request(&wr, server->authority, "/v1/session", ch->key, PROTOCOL);
	ch->request_len = wr.len;
	if ((r = tsr_writer_end(&wr)) != 0 ||
		(r = tsr_race_open(&ch->race, server->loop, server->host, &server->ports, connected,
			 ch)) != 0)
		goto out;
	*out = ch;
	ch = NULL;
out:
	tsr_channel_close(&ch);
	return r;
}

void tsr_channel_close(struct tsr_channel **channel)
{
	struct tsr_channel *ch = *channel;

	*channel = NULL;
	if (!ch)
		return;
	ch->events = NULL;
	tsr_race_close(&ch->race);
	tsr_tls_close(&ch->tls);
	ch->is_dead = true;
	if (!ch->is_busy)
		destroy(ch);
}

int tsr_channel_send(struct tsr_channel *ch, struct tsr_slice message)
{
	struct wslay_event_msg msg = {
		.opcode = WSLAY_BINARY_FRAME,
		.msg = message.data,
		.msg_length = message.len,
	};

	/* None: it was dropped a moment ago, and who sends is still being told. */
	if (!ch || !ch->ws || !ch->events)
		return TSR_ERR_STATE;
	if (tsr_channel_queued(ch) > QUEUE_MAX)
		return TSR_ERR_FULL;
	if (wslay_event_queue_msg(ch->ws, &msg) != 0)
		return TSR_ERR_NOMEM;
	return wslay_event_send(ch->ws) == 0 ? 0 : TSR_ERR_CLOSED;
}

size_t tsr_channel_queued(const struct tsr_channel *ch)
{
	return ch->ws ? wslay_event_get_queued_msg_length(ch->ws) : 0;
}

uint64_t tsr_channel_received(const struct tsr_channel *ch)
{
	return ch->received;
}
