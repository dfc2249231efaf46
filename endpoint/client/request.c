/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/msg.h"
#include "core/base/writer.h"
#include "core/crypto/secret.h"
#include "core/wire/http.h"
#include "endpoint/client/server.h"

#define TLS_TIMEOUT (10 * TSR_SECOND)
#define REPLY_TIMEOUT (20 * TSR_SECOND)

struct tsr_request {
	struct tsr_server *server;
	struct tsr_race *race;
	struct tsr_tls *tls;
	struct tsr_timer *timer;
	struct tsr_msg *out; /* head and body */
	size_t sent;
	uint8_t head[TSR_HTTP_HEAD_MAX];
	struct tsr_http_response response;
	uint8_t body[TSR_REQUEST_BODY_MAX];
	size_t body_len;
	tsr_request_fn fn;
	void *user;
};

int tsr_server_open_tls(struct tsr_tls **out, struct tsr_server *server, int fd, uint16_t port,
	const struct tsr_tls_events *events, void *user)
{
	for (unsigned i = 1; i < server->ports.n; i++) {
		if (server->ports.v[i] != port)
			continue;
		server->ports.v[i] = server->ports.v[0];
		server->ports.v[0] = port;
	}
	return tsr_tls_open_client(
		out, server->tls, server->loop, fd, server->host, TLS_TIMEOUT, events, user);
}

static void finish(struct tsr_request *rq, int status, int err)
{
	tsr_request_fn fn = rq->fn;

	rq->fn = NULL;
	tsr_race_close(&rq->race);
	tsr_tls_close(&rq->tls);
	tsr_timer_set(rq->timer, TSR_TIME_NEVER);
	if (fn)
		fn(rq->user, status, tsr_slice(rq->body, rq->body_len), err);
}

static void on_room(void *user)
{
	struct tsr_request *rq = user;
	struct tsr_slice left = tsr_slice(rq->out->data + rq->sent, rq->out->len - rq->sent);
	size_t n = 0;
	int r;

	if (left.len == 0)
		return;
	r = tsr_tls_write(rq->tls, &left, 1, &n);
	if (r && r != TSR_ERR_AGAIN)
		finish(rq, 0, r);
	else
		rq->sent += n;
}

/* Takes a piece of the reply; 0 when it is complete. */
static int take(struct tsr_request *rq, struct tsr_slice in)
{
	size_t used = 0;
	int r;

	if (!rq->response.head.is_complete) {
		if ((r = tsr_http_response_feed(&rq->response, in, &used)) != 0)
			return r;
		in = tsr_slice(in.data + used, in.len - used);
	}
	if (in.len > sizeof(rq->body) - rq->body_len)
		return TSR_ERR_TOO_BIG;
	if (in.len)
		memcpy(rq->body + rq->body_len, in.data, in.len);
	rq->body_len += in.len;
	return !rq->response.is_until_close && rq->body_len >= rq->response.head.content_length
		       ? 0
		       : TSR_ERR_AGAIN;
}

static void on_data(void *user)
{
	struct tsr_request *rq = user;
	uint8_t buf[4096];
	size_t n;
	int r;

	for (;;) {
		r = tsr_tls_read(rq->tls, buf, sizeof(buf), &n);
		if (r == TSR_ERR_AGAIN)
			return;
		if (r == TSR_ERR_CLOSED && rq->response.head.is_complete &&
			rq->response.is_until_close)
			break;
		if (r == 0)
			r = take(rq, tsr_slice(buf, n));
		if (r == 0)
			break;
		if (r != TSR_ERR_AGAIN) {
			finish(rq, 0, r);
			return;
		}
	}
	finish(rq, rq->response.status, 0);
}

static void on_close(void *user, int err)
{
	finish(user, 0, err);
}

static const struct tsr_tls_events tls_events = {
	.on_open = on_room,
	.on_data = on_data,
	.on_room = on_room,
	.on_close = on_close,
};

static void connected(void *user, int fd, uint16_t port, int err)
{
	struct tsr_request *rq = user;

	tsr_race_close(&rq->race);
	if (!err)
		err = tsr_server_open_tls(&rq->tls, rq->server, fd, port, &tls_events, rq);
	if (err)
		finish(rq, 0, err);
}

static void timed_out(void *user)
{
	finish(user, 0, TSR_ERR_EXPIRED);
}

static int write_request(struct tsr_request *rq, const char *path, struct tsr_slice body)
{
	uint8_t head[1024];
	struct tsr_writer wr = tsr_writer(head, sizeof(head));
	int r;

	tsr_http_write_request(&wr, body.len ? "POST" : "GET", path);
	tsr_http_write_header(&wr, "Host", tsr_slice_str(rq->server->authority));
	tsr_http_write_header(&wr, "Connection", tsr_slice_str("close"));
	if (body.len) {
		tsr_http_write_header(&wr, "Content-Type", tsr_slice_str("application/json"));
		tsr_http_write_header_u64(&wr, "Content-Length", body.len);
	}
	tsr_http_write_end(&wr);
	if ((r = tsr_writer_end(&wr)) != 0)
		return r;
	rq->out = tsr_msg_create(wr.len + body.len);
	if (!rq->out)
		return TSR_ERR_NOMEM;
	memcpy(rq->out->data, head, wr.len);
	if (body.len)
		memcpy(rq->out->data + wr.len, body.data, body.len);
	return 0;
}

int tsr_request_open(struct tsr_request **out, struct tsr_server *server, const char *path,
	struct tsr_slice body, tsr_request_fn fn, void *user)
{
	struct tsr_request *rq = calloc(1, sizeof(*rq));
	int r;

	*out = NULL;
	if (!rq)
		return TSR_ERR_NOMEM;
	rq->server = server;
	rq->fn = fn;
	rq->user = user;
	tsr_http_response_init(&rq->response, rq->head, sizeof(rq->head), TSR_REQUEST_BODY_MAX);
	if ((r = write_request(rq, path, body)) != 0 ||
		(r = tsr_timer_open(&rq->timer, server->loop, timed_out, rq)) != 0 ||
		(r = tsr_race_open(&rq->race, server->loop, server->host, &server->ports, connected,
			 rq)) != 0)
		goto out;
	tsr_timer_set(rq->timer, tsr_loop_now(server->loop) + REPLY_TIMEOUT);
	*out = rq;
	rq = NULL;
out:
	tsr_request_close(&rq);
	return r;
}

void tsr_request_close(struct tsr_request **request)
{
	struct tsr_request *rq = *request;

	*request = NULL;
	if (!rq)
		return;
	tsr_race_close(&rq->race);
	tsr_tls_close(&rq->tls);
	tsr_timer_close(&rq->timer);
	/* It may hold a password, and the answer tokens. */
	if (rq->out)
		tsr_wipe(rq->out->data, rq->out->len);
	tsr_msg_unref(&rq->out);
	tsr_wipe(rq, sizeof(*rq));
	free(rq);
}
