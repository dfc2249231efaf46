/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/api.h"

#include <stdlib.h>

#include "core/crypto/secret.h"
#include "server/edge/conn.h"
#include "server/edge/http.h"
#include "server/edge/hub.h"
#include "server/edge/pack_control.h"
#include "server/edge/worker.h"

/* A little longer than the hub waits: its answer comes first. */
#define PATIENCE (TSR_API_TIME + 5 * TSR_SECOND)

void tsr_api_reply_destroy(struct tsr_api_reply *reply)
{
	if (!reply)
		return;
	tsr_msg_unref(&reply->body);
	free(reply);
}

void tsr_api_forward(struct tsr_http *http)
{
	struct tsr_conn *conn = http->conn;
	const struct tsr_slice *type = tsr_http_find(&http->request.head, "Content-Type");
	struct tsr_api_request request = {
		.method = http->request.method,
		.target = http->request.target,
		.body = tsr_slice(http->body, http->body_len),
		.content_type = type ? *type : tsr_slice(NULL, 0),
		.source = conn->source,
	};
	struct tsr_api_call *call = calloc(1, sizeof(*call));

	if (call)
		call->packet = tsr_pack_api(&request);
	if (http->body)
		tsr_wipe(http->body, http->body_len); /* may hold a password */
	if (!call || !call->packet) {
		free(call);
		tsr_http_answer_error(http, 503, false);
		return;
	}
	call->conn = tsr_conn_ref(conn);
	call->number = ++http->api_call;
	http->state = TSR_HTTP_WAIT;
	conn->deadline = tsr_worker_now(conn->worker) + PATIENCE;
	tsr_worker_post_hub(conn->worker, tsr_hub_on_api, call, 0);
}

static void answer(struct tsr_http *http, const struct tsr_api_reply *reply)
{
	struct tsr_http_answer answer = {
		.status = reply->status,
		.content_type = reply->content_type[0] ? reply->content_type : "application/json",
		.retry_after_s = reply->retry_after_s,
	};

	if (reply->body)
		answer.body = tsr_msg_slice(reply->body);
	else
		answer.body = tsr_slice_str("{\"error\":\"not_now\"}");
	tsr_http_answer(http, &answer, false);
}

void tsr_api_on_reply(void *worker, void *item, uint64_t unused)
{
	struct tsr_api_reply *reply = item;
	struct tsr_conn *conn = tsr_conn_find(worker, tsr_ref_id(reply->conn));

	(void)unused;
	if (conn && conn->http && !conn->is_ending && conn->http->state == TSR_HTTP_WAIT &&
		conn->http->api_call == reply->number)
		answer(conn->http, reply);
	tsr_api_reply_destroy(reply);
}
