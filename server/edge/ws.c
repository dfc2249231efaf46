/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/ws.h"

#include <stdlib.h>
#include <wslay/wslay.h>

#include "core/base/err.h"
#include "core/crypto/secret.h"
#include "core/wire/websocket.h"
#include "server/edge/client.h"
#include "server/edge/conn.h"
#include "server/edge/counters.h"
#include "server/edge/http.h"
#include "server/edge/worker.h"

enum { REPLY_MAX = 512, READS_PER_TURN = 64 };

/* ---- sending -------------------------------------------------------------------------- */

/* He does not read, or the whole State comes faster than he does. */
static bool is_too_slow(const struct tsr_sendq *out, unsigned flags)
{
	return out->waiting_bytes > TSR_WS_QUEUE_MAX ||
	       (flags & TSR_SENDQ_FREE && out->free_bytes > TSR_WS_FREE_MAX);
}

void tsr_ws_send(struct tsr_ws *ws, struct tsr_msg *msg, unsigned flags)
{
	struct tsr_conn *conn = ws->conn;
	int r;

	if (ws->is_closing) {
		if (flags & TSR_SENDQ_SECRET)
			tsr_wipe(msg->data, msg->len);
		tsr_msg_unref(&msg);
		return;
	}
	r = tsr_sendq_add(&conn->out, msg, flags | TSR_SENDQ_FRAMED);
	if (r == 0 && !is_too_slow(&conn->out, flags)) {
		if (flags & TSR_SENDQ_GATHER)
			tsr_conn_put_off(conn);
		else
			tsr_conn_mark_dirty(conn);
		return;
	}
	/* What waits for him is thrown away, but for what is half sent. */
	tsr_metric_count(&tsr_edge_counters.queue_full, 1);
	tsr_client_close(ws->client, TSR_CLOSE_TOO_MUCH, "slow", 1000);
}

static void send_raw(struct tsr_ws *ws, const uint8_t *bytes, size_t len)
{
	struct tsr_msg *msg = tsr_msg_copy(tsr_slice(bytes, len));

	if (msg && tsr_sendq_add(&ws->conn->out, msg, TSR_SENDQ_FREE) == 0)
		tsr_conn_mark_dirty(ws->conn);
}

/* The reader holds bytes that no socket event will announce. */
static void read_later(struct tsr_ws *ws)
{
	struct tsr_worker *worker = ws->conn->worker;

	tsr_worker_post(worker, worker->thread.index, tsr_ws_on_resume, NULL, ws->conn->id);
}

void tsr_ws_stall(struct tsr_ws *ws, bool on)
{
	if (ws->is_stalled == on)
		return;
	ws->is_stalled = on;
	tsr_tls_set_reading(ws->conn->tls, !on);
	if (!on)
		read_later(ws);
}

void tsr_ws_close(struct tsr_ws *ws, struct tsr_msg *msg, uint16_t code)
{
	struct tsr_conn *conn = ws->conn;
	uint8_t frame[2 + TSR_WEBSOCKET_CONTROL_MAX];
	size_t len = tsr_websocket_close_write(frame, code, "");

	if (ws->is_closing) {
		tsr_msg_unref(&msg);
		return;
	}
	if (msg && tsr_sendq_add(&conn->out, msg, TSR_SENDQ_FRAMED | TSR_SENDQ_FREE) != 0)
		tsr_metrics_refuse(TSR_ERR_NOMEM);
	ws->is_closing = true;
	tsr_inbox_reset(&ws->inbox);
	send_raw(ws, frame, len);
	conn->deadline = tsr_worker_now(conn->worker) + TSR_WS_CLOSE_TIME;
	tsr_ws_stall(ws, false);
	if (ws->was_closed)
		tsr_conn_end(conn);
}

/* ---- reading -------------------------------------------------------------------------- */

static ssize_t read_bytes(uint8_t *buf, size_t len, int flags, void *user)
{
	struct tsr_ws *ws = user;
	size_t n = 0;

	(void)flags;
	ws->read_err = tsr_tls_read(ws->conn->tls, buf, len, &n);
	if (ws->read_err == 0) {
		if (ws->read_len < n)
			ws->read_len = n;
		return (ssize_t)n;
	}
	/* All that lay here was used: pictures are kept by the relay alone. */
	tsr_wipe(buf, ws->read_len < len ? ws->read_len : len);
	ws->read_len = 0;
	return -1;
}

/* The peer's close frame: it is answered, and that was it. */
static void handle_close(struct tsr_ws *ws)
{
	ws->was_closed = true;
	if (ws->is_closing) {
		tsr_conn_end(ws->conn);
		return;
	}
	tsr_client_handle_lost(ws->client);
	tsr_ws_close(ws, NULL, 1000);
}

static int end_control(struct tsr_ws *ws)
{
	uint8_t frame[2 + TSR_WEBSOCKET_CONTROL_MAX];

	switch (ws->opcode) {
	case WSLAY_CONNECTION_CLOSE:
		handle_close(ws);
		return TSR_ERR_CLOSED;
	case WSLAY_PING:
		if (!tsr_bucket_take(&ws->pings, tsr_worker_now(ws->conn->worker)))
			return TSR_ERR_RATE;
		frame[0] = 0x80 | TSR_WEBSOCKET_PONG;
		frame[1] = ws->control_len;
		memcpy(frame + 2, ws->control, ws->control_len);
		if (!ws->is_closing)
			send_raw(ws, frame, 2 + (size_t)ws->control_len);
		return 0;
	default:
		return 0;
	}
}

/* The header of a frame is known. */
static int begin_frame(struct tsr_ws *ws, const struct wslay_frame_iocb *iocb)
{
	/* RFC 6455 5.1, 5.2, 5.4: masked, nothing reserved, continuations only inside a message. */
	if (!iocb->mask || iocb->rsv)
		return TSR_ERR_FORMAT;
	if (wslay_is_ctrl_frame(iocb->opcode)) {
		if (iocb->opcode > WSLAY_PONG || !iocb->fin ||
			iocb->payload_length > sizeof(ws->control))
			return TSR_ERR_FORMAT;
		ws->control_len = 0;
	} else if (iocb->opcode !=
		   (ws->is_in_message ? WSLAY_CONTINUATION_FRAME : WSLAY_BINARY_FRAME)) {
		return TSR_ERR_FORMAT;
	} else {
		ws->is_last_frame = iocb->fin;
		ws->is_in_message = true;
	}
	ws->opcode = iocb->opcode;
	ws->frame_left = iocb->payload_length;
	ws->is_in_frame = true;
	return 0;
}

static int end_message(struct tsr_ws *ws)
{
	struct tsr_msg *msg;
	int r;

	ws->is_in_message = false;
	if (ws->is_closing)
		return 0;
	r = tsr_inbox_end(&ws->inbox, &msg);
	if (r == 0 && msg)
		r = tsr_client_handle_message(ws->client, msg);
	return r;
}

static int handle_chunk(struct tsr_ws *ws, const struct wslay_frame_iocb *iocb)
{
	struct tsr_slice bytes = tsr_slice(iocb->data, iocb->data_length);
	bool is_control = wslay_is_ctrl_frame(ws->opcode);
	uint64_t announced = ws->frame_left;
	int r = 0;

	/* Before anything can fail: behind a breach the peer's close frame is still looked for. */
	ws->frame_left -= bytes.len;
	ws->is_in_frame = ws->frame_left > 0;
	if (is_control) {
		memcpy(ws->control + ws->control_len, bytes.data, bytes.len);
		ws->control_len += (uint8_t)bytes.len;
	} else if (!ws->is_closing) {
		r = tsr_inbox_feed(&ws->inbox, bytes, announced);
	}
	if (r != 0 || ws->is_in_frame)
		return r;
	if (is_control)
		return end_control(ws);
	return ws->is_last_frame ? end_message(ws) : 0;
}

/* One piece from the reader. Returns 0, TSR_ERR_AGAIN, or what ends the connection. */
static int read_piece(struct tsr_ws *ws)
{
	struct wslay_frame_iocb iocb = { 0 };
	ssize_t n = wslay_frame_recv(ws->reader, &iocb);
	int r;

	if (n == WSLAY_ERR_WANT_READ)
		return ws->read_err == 0 ? TSR_ERR_AGAIN : ws->read_err;
	if (n < 0)
		return n == WSLAY_ERR_PROTO ? TSR_ERR_FORMAT : TSR_ERR_IO;
	if (!ws->is_in_frame && (r = begin_frame(ws, &iocb)) != 0)
		return r;
	return handle_chunk(ws, &iocb);
}

static void end_reading(struct tsr_ws *ws, int err)
{
	struct tsr_conn *conn = ws->conn;

	if (err == TSR_ERR_CLOSED || err == TSR_ERR_IO) {
		/* Either the close frame, which handle_close() dealt with, or the line is dead. */
		if (!ws->was_closed)
			tsr_conn_destroy(conn);
		return;
	}
	if (ws->is_closing) {
		tsr_conn_end(conn);
		return;
	}
	tsr_client_break(ws->client, err);
}

void tsr_ws_handle_data(struct tsr_ws *ws)
{
	/* A connection that always has something to read lets the others live. */
	for (int i = 0; i < READS_PER_TURN && !ws->is_stalled && !ws->conn->is_ending; i++) {
		int r = read_piece(ws);

		if (r == TSR_ERR_AGAIN)
			return;
		if (r != 0) {
			end_reading(ws, r);
			return;
		}
	}
	if (!ws->is_stalled && !ws->conn->is_ending)
		read_later(ws);
}

void tsr_ws_on_resume(void *user, void *unused, uint64_t id)
{
	struct tsr_conn *conn = tsr_conn_find(user, id);

	(void)unused;
	if (conn && conn->ws && !conn->is_ending)
		tsr_ws_handle_data(conn->ws);
}

/* ---- the handshake -------------------------------------------------------------------- */

static int ws_create(struct tsr_ws **out, struct tsr_conn *conn)
{
	static const struct wslay_frame_callbacks callbacks = { .recv_callback = read_bytes };
	struct tsr_ws *ws = calloc(1, sizeof(*ws));

	*out = NULL;
	if (!ws)
		return TSR_ERR_NOMEM;
	ws->conn = conn;
	ws->pings = (struct tsr_bucket){ .rate = 5, .burst = 20 };
	if (wslay_frame_context_init(&ws->reader, &callbacks, ws) != 0 ||
		!(ws->client = tsr_client_create(ws))) {
		tsr_ws_destroy(ws);
		return TSR_ERR_NOMEM;
	}
	*out = ws;
	return 0;
}

void tsr_ws_destroy(struct tsr_ws *ws)
{
	if (!ws)
		return;
	tsr_client_destroy(ws->client);
	if (ws->reader)
		wslay_frame_context_free(ws->reader);
	tsr_inbox_reset(&ws->inbox);
	free(ws);
}

static int queue_reply(struct tsr_conn *conn, const char *accept)
{
	struct tsr_msg *msg = tsr_msg_create(REPLY_MAX);
	struct tsr_writer wr;
	int r;

	if (!msg)
		return TSR_ERR_NOMEM;
	wr = tsr_writer(msg->data, msg->len);
	tsr_websocket_write_reply(&wr, accept, TSR_WS_PROTOCOL);
	r = tsr_writer_end(&wr);
	if (r != 0) {
		tsr_msg_unref(&msg);
		return r;
	}
	msg->len = (uint32_t)wr.len;
	return tsr_sendq_add(&conn->out, msg, TSR_SENDQ_FREE);
}

void tsr_ws_upgrade(struct tsr_http *http)
{
	char accept[TSR_WEBSOCKET_ACCEPT_LEN + 1];
	struct tsr_conn *conn = http->conn;
	struct tsr_ws *ws = NULL;
	int r;

	if (!tsr_http_is_same_origin(&http->request)) {
		tsr_metrics_refuse(TSR_ERR_DENIED);
		tsr_http_answer_error(http, 403, true);
		return;
	}
	r = tsr_websocket_check_request(accept, &http->request, TSR_WS_PROTOCOL);
	if (r != 0) {
		tsr_http_answer_error(http, r == TSR_ERR_VERSION ? 426 : 400, true);
		return;
	}
	if (conn->worker->is_stopping || ws_create(&ws, conn) != 0 ||
		queue_reply(conn, accept) != 0) {
		tsr_ws_destroy(ws);
		tsr_http_answer_error(http, 503, true);
		return;
	}
	conn->ws = ws;
	conn->http = NULL;
	tsr_http_destroy(http);
	tsr_conn_mark_dirty(conn);
	tsr_client_begin(ws->client);
}
