/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/http.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/wire/demux.h"
#include "server/edge/api.h"
#include "server/edge/conn.h"
#include "server/edge/counters.h"
#include "server/edge/files.h"
#include "server/edge/redirect.h"
#include "server/edge/ways.h"
#include "server/edge/worker.h"
#include "server/edge/ws.h"

enum { REPLY_HEAD_MAX = 2048, REDIRECT_HEAD_MAX = 1024 };

/* What a page may do: nothing that is not ours, nothing inline, and strings become script URLs
 * only by the policy "tessera", which knows our own workers. */
static const char csp[] =
	"default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
	"img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; font-src 'self'; "
	"media-src 'self' blob:; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
	"form-action 'self'; require-trusted-types-for 'script'; trusted-types tessera";
static const char permissions[] =
	"display-capture=(self), camera=(self), microphone=(self), fullscreen=(self), "
	"clipboard-write=(self), clipboard-read=(), geolocation=(), payment=(), usb=(), serial=(), "
	"hid=(), midi=(), accelerometer=(), gyroscope=(), magnetometer=(), "
	"browsing-topics=(), publickey-credentials-get=(self), screen-wake-lock=(self), "
	"picture-in-picture=(self), autoplay=(self)";

static struct tsr_slice str(const char *text)
{
	return tsr_slice_str(text);
}

static tsr_time now_of(const struct tsr_http *http)
{
	return tsr_worker_now(http->conn->worker);
}

static void begin_request(struct tsr_http *http)
{
	tsr_http_request_init(&http->request, http->head, sizeof(http->head), TSR_HTTP_BODY_MAX);
	free(http->body);
	http->body = NULL;
	http->body_len = 0;
	http->is_head = false;
	http->state = TSR_HTTP_IDLE;
	http->conn->deadline = now_of(http) + TSR_HTTP_IDLE_TIME;
}

struct tsr_http *tsr_http_create(struct tsr_conn *conn, bool is_plain)
{
	struct tsr_http *http = calloc(1, sizeof(*http));

	if (!http)
		return NULL;
	http->conn = conn;
	http->is_plain = is_plain;
	begin_request(http);
	/* The first request has to come as fast as a head. */
	conn->deadline = now_of(http) + TSR_HTTP_HEAD_TIME;
	return http;
}

void tsr_http_destroy(struct tsr_http *http)
{
	if (!http)
		return;
	free(http->body);
	free(http->rest);
	free(http);
}

bool tsr_http_is_api(const struct tsr_http *http)
{
	struct tsr_slice path = http->request.path;

	return path.len >= 5 && memcmp(path.data, "/api/", 5) == 0;
}

/* ---- answers -------------------------------------------------------------------------- */

static void write_guards(struct tsr_writer *wr, const struct tsr_http *http, bool is_page)
{
	tsr_http_write_header(wr, "X-Content-Type-Options", str("nosniff"));
	tsr_http_write_header(wr, "Referrer-Policy", str("no-referrer"));
	tsr_http_write_header(wr, "Cross-Origin-Opener-Policy", str("same-origin"));
	tsr_http_write_header(wr, "Cross-Origin-Resource-Policy", str("same-origin"));
	if (http->conn->worker->edge->with_hsts)
		tsr_http_write_header(wr, "Strict-Transport-Security", str("max-age=63072000"));
	/* Workers are governed by the policy they come with, so scripts carry it too. */
	if (!is_page)
		return;
	tsr_http_write_header(wr, "Content-Security-Policy", str(csp));
	tsr_http_write_header(wr, "Permissions-Policy", str(permissions));
}

static void write_head(struct tsr_writer *wr, const struct tsr_http *http,
	const struct tsr_http_answer *answer, bool close)
{
	tsr_http_write_status(wr, answer->status);
	if (answer->content_type)
		tsr_http_write_header(wr, "Content-Type", str(answer->content_type));
	if (answer->status != 304)
		tsr_http_write_header_u64(wr, "Content-Length", answer->body.len);
	if (answer->encoding)
		tsr_http_write_header(wr, "Content-Encoding", str(answer->encoding));
	if (answer->etag) {
		tsr_http_write_header(wr, "ETag", str(answer->etag));
		tsr_http_write_header(wr, "Vary", str("Accept-Encoding"));
	}
	tsr_http_write_header(wr, "Cache-Control", str(answer->cache ? answer->cache : "no-store"));
	if (answer->allow)
		tsr_http_write_header(wr, "Allow", str(answer->allow));
	if (answer->status == 426)
		tsr_http_write_header(wr, "Sec-WebSocket-Version", str("13"));
	if (answer->retry_after_s)
		tsr_http_write_header_u64(wr, "Retry-After", answer->retry_after_s);
	write_guards(wr, http, answer->is_page);
	tsr_http_write_header(wr, "Connection", str(close ? "close" : "keep-alive"));
	tsr_http_write_end(wr);
}

/* Head and, if it has to be copied anyway, the body in one message. */
static int queue_answer(struct tsr_http *http, const struct tsr_http_answer *answer, bool close)
{
	bool is_copied = !answer->is_static && !http->is_head;
	size_t body_len = is_copied ? answer->body.len : 0;
	struct tsr_msg *msg = tsr_msg_create(REPLY_HEAD_MAX + body_len);
	struct tsr_writer wr;
	int r;

	if (!msg)
		return TSR_ERR_NOMEM;
	wr = tsr_writer(msg->data, msg->len);
	write_head(&wr, http, answer, close);
	if (body_len)
		tsr_writer_bytes(&wr, answer->body);
	r = tsr_writer_end(&wr);
	if (r != 0) {
		tsr_msg_unref(&msg);
		return r;
	}
	msg->len = (uint32_t)wr.len;
	r = tsr_sendq_add(&http->conn->out, msg, TSR_SENDQ_FREE);
	if (r == 0 && answer->is_static && !http->is_head && answer->body.len)
		r = tsr_sendq_add_static(&http->conn->out, answer->body);
	return r;
}

void tsr_http_answer(struct tsr_http *http, const struct tsr_http_answer *answer, bool close)
{
	struct tsr_conn *conn = http->conn;

	tsr_metric_count(&tsr_edge_counters.requests, 1);
	close |= !http->request.head.keep_alive || conn->worker->is_stopping;
	if (queue_answer(http, answer, close) != 0) {
		tsr_sendq_finish(&conn->out);
		close = true;
	}
	if (close) {
		tsr_conn_end(conn);
		return;
	}
	begin_request(http);
	tsr_conn_mark_dirty(conn);
}

const char *tsr_http_error_word(int status)
{
	switch (status) {
	case 403:
		return "forbidden";
	case 404:
		return "not_found";
	case 405:
		return "method";
	case 408:
		return "too_slow";
	case 413:
	case 431:
		return "too_big";
	case 426:
		return "upgrade";
	case 503:
		return "not_now";
	default:
		return "bad_request";
	}
}

void tsr_http_answer_error(struct tsr_http *http, int status, bool close)
{
	char text[256];
	bool is_api = tsr_http_is_api(http);
	struct tsr_http_answer answer = {
		.status = status,
		.content_type = is_api ? "application/json" : "text/html; charset=utf-8",
		.retry_after_s = status == 503 ? 1 : 0,
		.allow = status == 405 ? "GET, HEAD" : NULL,
		.is_page = !is_api,
	};

	if (is_api)
		snprintf(text, sizeof(text), "{\"error\":\"%s\"}", tsr_http_error_word(status));
	else
		snprintf(text, sizeof(text),
			"<!doctype html><html lang=\"en\"><title>%d %s</title><p>%d %s\n", status,
			tsr_http_reason(status), status, tsr_http_reason(status));
	answer.body = str(text);
	tsr_http_answer(http, &answer, close);
}

/* ---- the redirect --------------------------------------------------------------------- */

static int queue_redirect(struct tsr_http *http, const char *location)
{
	struct tsr_msg *msg = tsr_msg_create(REDIRECT_HEAD_MAX + strlen(location));
	struct tsr_writer wr;
	int r;

	if (!msg)
		return TSR_ERR_NOMEM;
	wr = tsr_writer(msg->data, msg->len);
	tsr_http_write_status(&wr, 308);
	tsr_http_write_header(&wr, "Location", tsr_slice_str(location));
	tsr_http_write_header_u64(&wr, "Content-Length", 0);
	tsr_http_write_header(&wr, "Cache-Control", tsr_slice_str("no-store"));
	tsr_http_write_header(&wr, "Connection", tsr_slice_str("close"));
	tsr_http_write_end(&wr);
	r = tsr_writer_end(&wr);
	if (r != 0) {
		tsr_msg_unref(&msg);
		return r;
	}
	msg->len = (uint32_t)wr.len;
	return tsr_sendq_add(&http->conn->out, msg, TSR_SENDQ_FREE);
}

static void answer_redirect(struct tsr_http *http)
{
	const struct tsr_slice *host = tsr_http_find(&http->request.head, "Host");
	const struct tsr_child *child = http->conn->worker->edge->child;
	char location[TSR_HTTP_HEAD_MAX];

	if (!host || tsr_redirect_write(location, sizeof(location), *host, http->request.target,
			     child->ports[0]) != 0) {
		tsr_http_answer_error(http, 400, true);
		return;
	}
	tsr_metric_count(&tsr_edge_counters.redirects, 1);
	if (queue_redirect(http, location) != 0)
		tsr_sendq_finish(&http->conn->out);
	tsr_conn_end(http->conn);
}

/* ---- routing -------------------------------------------------------------------------- */

static void answer_file(struct tsr_http *http, const struct tsr_asset *asset)
{
	bool is_page = strncmp(asset->content_type, "text/html", 9) == 0;
	struct tsr_http_answer answer = {
		.status = 200,
		.content_type = asset->content_type,
		.etag = asset->etag,
		.is_static = true,
		.is_page = is_page || strstr(asset->content_type, "javascript"),
		/* "no-cache" keeps it but asks each time. */
		.cache = tsr_files_is_hashed(str(asset->path))
				 ? "public, max-age=31536000, immutable"
				 : "no-cache",
	};

	if (tsr_files_is_known(asset, &http->request.head)) {
		answer.status = 304;
		answer.content_type = NULL;
	} else {
		answer.body = tsr_files_choose(asset, &http->request.head, &answer.encoding);
	}
	tsr_http_answer(http, &answer, false);
}

static void answer_ways(struct tsr_http *http)
{
	const struct tsr_child *child = http->conn->worker->edge->child;
	struct tsr_http_answer answer = { .status = 200, .content_type = "application/json" };
	char here[TSR_IP_TEXT_LEN], text[TSR_WAYS_LEN];

	if (!tsr_http_is_method(&http->request, "GET") && !http->is_head) {
		tsr_http_answer_error(http, 405, false);
		return;
	}
	if (tsr_tcp_local_ip(here, tsr_tls_fd(http->conn->tls)) != 0 ||
		tsr_ways_write(text, child, here) != 0) {
		tsr_http_answer_error(http, 503, false);
		return;
	}
	answer.body = str(text);
	tsr_http_answer(http, &answer, false);
}

static void route_file(struct tsr_http *http)
{
	const struct tsr_asset *asset = tsr_files_find(http->request.path);

	if (!asset)
		tsr_http_answer_error(http, 404, false);
	else if (!tsr_http_is_method(&http->request, "GET") && !http->is_head)
		tsr_http_answer_error(http, 405, false);
	else
		answer_file(http, asset);
}

static void route(struct tsr_http *http)
{
	struct tsr_slice path = http->request.path;

	http->is_head = tsr_http_is_method(&http->request, "HEAD");
	if (http->is_plain)
		answer_redirect(http);
	else if (tsr_slice_equal(path, str("/v1/session")))
		tsr_ws_upgrade(http);
	else if (tsr_slice_equal(path, str("/v1/ways")))
		answer_ways(http);
	else if (!tsr_http_is_api(http))
		route_file(http);
	else if (!tsr_http_is_same_origin(&http->request))
		tsr_http_answer_error(http, 403, false);
	else
		tsr_api_forward(http);
}

/* ---- reading -------------------------------------------------------------------------- */

static int head_complete(struct tsr_http *http)
{
	uint64_t len = http->request.head.content_length;

	/* A body that nobody asked for is not read: the connection ends behind the answer. */
	if (len > 0 && !tsr_http_is_api(http)) {
		tsr_http_answer_error(http, 413, true);
		return TSR_ERR_CLOSED;
	}
	if (len == 0) {
		route(http);
		return 0;
	}
	http->body = malloc((size_t)len);
	if (!http->body) {
		tsr_http_answer_error(http, 503, true);
		return TSR_ERR_CLOSED;
	}
	http->state = TSR_HTTP_BODY;
	http->conn->deadline = now_of(http) + TSR_HTTP_BODY_TIME;
	return 0;
}

static int feed_head(struct tsr_http *http, struct tsr_slice *in)
{
	size_t used;
	int r;

	if (http->state == TSR_HTTP_IDLE) {
		/* Neither TLS nor HTTP: no answer, so that a scanner learns nothing. */
		if (http->is_plain && tsr_demux(*in) == TSR_DEMUX_UNKNOWN) {
			tsr_metrics_refuse(TSR_ERR_FORMAT);
			tsr_conn_end(http->conn);
			return TSR_ERR_CLOSED;
		}
		http->state = TSR_HTTP_HEAD;
		http->conn->deadline = now_of(http) + TSR_HTTP_HEAD_TIME;
	}
	r = tsr_http_request_feed(&http->request, *in, &used);
	*in = tsr_slice(in->data + used, in->len - used);
	if (r == TSR_ERR_AGAIN)
		return 0;
	if (r != 0) {
		tsr_metrics_refuse(r);
		tsr_http_answer_error(http, http->request.status, true);
		return TSR_ERR_CLOSED;
	}
	return head_complete(http);
}

static void feed_body(struct tsr_http *http, struct tsr_slice *in)
{
	size_t n = (size_t)http->request.head.content_length - http->body_len;

	if (n > in->len)
		n = in->len;
	memcpy(http->body + http->body_len, in->data, n);
	http->body_len += n;
	*in = tsr_slice(in->data + n, in->len - n);
	if (http->body_len == http->request.head.content_length)
		route(http);
}

/* Keeps what was read behind a request that is not answered yet. */
static int keep_rest(struct tsr_http *http, struct tsr_slice in)
{
	free(http->rest);
	http->rest = NULL;
	http->rest_len = in.len;
	if (in.len == 0)
		return 0;
	http->rest = malloc(in.len);
	if (!http->rest)
		return TSR_ERR_NOMEM;
	memcpy(http->rest, in.data, in.len);
	return 0;
}

/* Feeds until the bytes are used up, a request waits for control, or it is no longer HTTP. Returns
 * false when there is nothing more to read here. */
static bool feed(struct tsr_http *http, struct tsr_slice in)
{
	struct tsr_conn *conn = http->conn;

	while (in.len > 0 && !conn->ws && !conn->is_ending) {
		if (http->state == TSR_HTTP_WAIT) {
			if (keep_rest(http, in) != 0)
				tsr_conn_end(conn);
			return false;
		}
		if (http->state == TSR_HTTP_BODY)
			feed_body(http, &in);
		else if (feed_head(http, &in) != 0)
			return false;
	}
	/* After the upgrade http is gone; a client that sends before the 101 is none. */
	return !conn->ws && !conn->is_ending && http->state != TSR_HTTP_WAIT;
}

void tsr_http_handle_data(struct tsr_http *http)
{
	struct tsr_conn *conn = http->conn;
	struct tsr_worker *worker = conn->worker;
	bool goes_on = true;
	size_t n;

	if (http->rest && http->state != TSR_HTTP_WAIT) {
		uint8_t *rest = http->rest;
		size_t len = http->rest_len;

		http->rest = NULL;
		goes_on = feed(http, tsr_slice(rest, len));
		free(rest);
	}
	/* Answers are written before more is read: pipelining fills no queue. */
	while (goes_on && conn->out.n < 8) {
		int r = tsr_tls_read(conn->tls, worker->scratch, sizeof(worker->scratch), &n);

		if (r == TSR_ERR_AGAIN)
			break;
		if (r != 0) {
			tsr_conn_destroy(conn);
			return;
		}
		goes_on = feed(http, tsr_slice(worker->scratch, n));
	}
	if (!conn->ws && !conn->is_ending)
		tsr_tls_set_reading(conn->tls, goes_on && conn->out.n < 8);
}
