/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hub_control: the link to control. What control says is parsed like anything from outside.
 * While control is away calls wait for it within their time; a change that was sent when the link
 * broke may or may not have been kept, and its owner is told just that.
 */
#include <stdlib.h>

#include "core/base/err.h"
#include "core/crypto/secret.h"
#include "proto/unpack.h"
#include "server/edge/counters.h"
#include "server/edge/hub.h"
#include "server/edge/pack_control.h"
#include "server/edge/worker.h"
#include "sys/log.h"

/* A session's record is many small parts. */
enum { PACKET_BUDGET = 1024 * 1024 };

/* ---- calls ---------------------------------------------------------------------------- */

static void call_destroy(struct tsr_hub *hub, struct tsr_call *call)
{
	tsr_list_remove(&call->link);
	if (call->id) {
		tsr_table_remove(&hub->calls_by_id, call->id);
		hub->n_calls--;
	}
	tsr_msg_unref(&call->packet);
	free(call);
}

static void reply_api(struct tsr_hub *hub, const struct tsr_call *call, struct tsr_api_reply *reply)
{
	if (!reply)
		return; /* the connection's own time-out answers */
	reply->conn = call->conn;
	reply->number = call->number;
	tsr_thread_post(&hub->thread, tsr_ref_worker(call->conn), tsr_api_on_reply, reply, 0);
}

static void fail_api(struct tsr_hub *hub, const struct tsr_call *call)
{
	struct tsr_api_reply *reply = calloc(1, sizeof(*reply));

	tsr_metric_count(&tsr_edge_counters.api_failed, 1);
	if (reply) {
		reply->status = 503;
		reply->retry_after_s = 1;
	}
	reply_api(hub, call, reply);
}

static void answer_commit(
	struct tsr_hub *hub, const struct tsr_call *call, enum tsr_commit_answer answer)
{
	struct tsr_commit_mail *mail = calloc(1, sizeof(*mail));

	if (!mail)
		abort();
	if (answer != TSR_COMMIT_KEPT)
		tsr_metric_count(&tsr_edge_counters.commits_failed, 1);
	mail->host = tsr_ref_id(call->host);
	mail->seq = call->number;
	mail->answer = answer;
	tsr_thread_post(&hub->thread, tsr_ref_worker(call->host), tsr_host_on_commit, mail, 0);
}

/* It will not be answered any more. */
static void call_fail(struct tsr_hub *hub, struct tsr_call *call)
{
	struct tsr_session_uid uid = call->uid;
	enum tsr_call_kind kind = call->kind;

	if (kind == TSR_CALL_API)
		fail_api(hub, call);
	else if (kind == TSR_CALL_COMMIT)
		answer_commit(hub, call, call->is_sent ? TSR_COMMIT_LOST : TSR_COMMIT_REFUSED);
	call_destroy(hub, call);
	if (kind == TSR_CALL_OPEN)
		tsr_hub_handle_open_failed(hub, &uid);
}

static int send_packet(struct tsr_hub *hub, uint64_t id, const struct tsr_msg *packet)
{
	size_t cap = TSR_PACKET_ID_MAX + (size_t)packet->len;
	uint8_t *bytes = malloc(cap);
	size_t n;
	int r;

	if (!bytes)
		return TSR_ERR_NOMEM;
	n = tsr_pack_id(bytes, id);
	memcpy(bytes + n, packet->data, packet->len);
	r = tsr_ipc_send(hub->control, tsr_slice(bytes, n + packet->len), NULL, 0);
	tsr_wipe(bytes, cap); /* may hold a password */
	free(bytes);
	return r;
}

static void try_send(struct tsr_hub *hub, struct tsr_call *call)
{
	if (call->is_sent || !hub->control || !hub->has_keys)
		return;
	if (send_packet(hub, call->id, call->packet) != 0)
		return; /* the queue to it is full: tried again at the tick */
	call->is_sent = true;
	tsr_wipe(call->packet->data, call->packet->len);
	tsr_msg_unref(&call->packet);
}

void tsr_hub_call(struct tsr_hub *hub, struct tsr_call *call)
{
	tsr_list_init(&call->link);
	if (!call->packet || hub->n_calls >= TSR_CALLS_MAX ||
		tsr_table_add(&hub->calls_by_id, call, &call->id) != 0) {
		call->id = 0;
		call_fail(hub, call);
		return;
	}
	hub->n_calls++;
	tsr_list_append(&hub->calls, &call->link);
	/* A request with nobody to take it is not held back: the browser asks again. */
	if (call->kind == TSR_CALL_API && !hub->control) {
		call_fail(hub, call);
		return;
	}
	try_send(hub, call);
}

void tsr_hub_send(struct tsr_hub *hub, struct tsr_msg *packet)
{
	if (packet && hub->control && send_packet(hub, 0, packet) != 0)
		tsr_metrics_refuse(TSR_ERR_FULL);
	tsr_msg_unref(&packet);
}

void tsr_hub_control_tick(struct tsr_hub *hub)
{
	tsr_time now = tsr_loop_now(hub->thread.loop);

	tsr_list_each (pos, next, &hub->calls) {
		struct tsr_call *call = tsr_list_entry(pos, struct tsr_call, link);

		/* A change that control has is waited for until it answers or its link breaks. */
		if (now >= call->deadline && !(call->kind == TSR_CALL_COMMIT && call->is_sent))
			call_fail(hub, call);
		else
			try_send(hub, call);
	}
}

/* ---- answers -------------------------------------------------------------------------- */

static void handle_api_reply(
	struct tsr_hub *hub, struct tsr_call *call, const Tessera__Ipc__ApiReply *api)
{
	struct tsr_api_reply *reply = calloc(1, sizeof(*reply));
	size_t len = strnlen(api->content_type, sizeof(reply->content_type) - 1);

	if (reply) {
		reply->status = api->status >= 200 && api->status < 600 ? (int)api->status : 500;
		reply->retry_after_s = api->retry_after_s;
		memcpy(reply->content_type, api->content_type, len);
		reply->body = tsr_msg_copy(tsr_slice(api->body.data, api->body.len));
	}
	reply_api(hub, call, reply);
	call_destroy(hub, call);
}

static void handle_commit_done(
	struct tsr_hub *hub, struct tsr_call *call, const Tessera__Ipc__CommitDone *done)
{
	bool is_same = done->state_seq == call->number;

	answer_commit(hub, call,
		!is_same   ? TSR_COMMIT_LOST
		: done->ok ? TSR_COMMIT_KEPT
			   : TSR_COMMIT_REFUSED);
	call_destroy(hub, call);
}

static void handle_record(
	struct tsr_hub *hub, struct tsr_call *call, const Tessera__Ipc__SessionRecord *record)
{
	struct tsr_session_uid uid = call->uid;

	if (!record->more)
		call_destroy(hub, call);
	tsr_hub_handle_record(hub, &uid, record);
}

static void handle_keys(struct tsr_hub *hub, const Tessera__Ipc__NodeKeys *in)
{
	struct tsr_msg *msg = tsr_msg_create(sizeof(struct tsr_node_keys));
	struct tsr_node_keys keys = { 0 };

	if (!msg || in->token_public_key.len != TSR_SIGN_PUBLIC_LEN ||
		strlen(in->node) > TSR_TOKEN_NODE_MAX) {
		tsr_log(TSR_LOG_ERROR, "keys of control not usable");
		tsr_msg_unref(&msg);
		return;
	}
	memcpy(keys.token_key, in->token_public_key.data, TSR_SIGN_PUBLIC_LEN);
	memcpy(keys.node, in->node, strlen(in->node));
	memcpy(msg->data, &keys, sizeof(keys));
	for (unsigned i = 0; i < hub->edge->n_workers; i++)
		tsr_thread_post(&hub->thread, i, tsr_worker_on_keys, tsr_msg_ref(msg), 0);
	tsr_msg_unref(&msg);
	hub->has_keys = true;
	tsr_hub_note_ready(hub);
	tsr_hub_control_tick(hub); /* what waited goes out */
}

static void handle_end(struct tsr_hub *hub, const Tessera__Ipc__EndSession *end)
{
	struct tsr_session_uid uid;

	if (end->session_uid.len != TSR_UID_LEN)
		return;
	memcpy(uid.v, end->session_uid.data, TSR_UID_LEN);
	tsr_hub_end_session(hub, &uid);
}

static void handle_ask_shares(struct tsr_hub *hub, const Tessera__Ipc__AskShares *ask)
{
	struct tsr_session_uid uid;

	if (ask->session_uid.len != TSR_UID_LEN)
		return;
	memcpy(uid.v, ask->session_uid.data, TSR_UID_LEN);
	tsr_hub_ask_shares(hub, &uid, ask->query);
}

void tsr_hub_on_shares(void *hub, void *item, uint64_t unused)
{
	struct tsr_share_ask *ask = item;

	(void)unused;
	tsr_hub_send(hub, ask->packet);
	free(ask);
}

#define BODY(name) TESSERA__IPC__TO_EDGE__BODY_##name

/* An answer of the kind that was asked for, or the call has failed. */
static void handle_answer(
	struct tsr_hub *hub, struct tsr_call *call, const Tessera__Ipc__ToEdge *message)
{
	if (call->kind == TSR_CALL_API && message->body_case == BODY(API))
		handle_api_reply(hub, call, message->api);
	else if (call->kind == TSR_CALL_COMMIT && message->body_case == BODY(COMMIT))
		handle_commit_done(hub, call, message->commit);
	else if (call->kind == TSR_CALL_OPEN && message->body_case == BODY(SESSION))
		handle_record(hub, call, message->session);
	else if (call->kind == TSR_CALL_COMMIT && message->body_case == BODY(FAILED)) {
		answer_commit(hub, call, TSR_COMMIT_REFUSED);
		call_destroy(hub, call);
	} else {
		call_fail(hub, call);
	}
}

static void handle_message(struct tsr_hub *hub, const Tessera__Ipc__ToEdge *message)
{
	struct tsr_call *call;

	switch (message->body_case) {
	case BODY(KEYS):
		handle_keys(hub, message->keys);
		return;
	case BODY(END):
		handle_end(hub, message->end);
		return;
	case BODY(SHARES):
		handle_ask_shares(hub, message->shares);
		return;
	default:
		break;
	}
	call = tsr_table_find(&hub->calls_by_id, message->id);
	if (call && call->is_sent)
		handle_answer(hub, call, message);
}

static void on_packet(void *user, struct tsr_slice packet, int *fds, size_t n_fds)
{
	struct tsr_hub *hub = user;
	struct tsr_arena arena = { 0 };
	int r = tsr_proto_unpack_within(&tessera__ipc__to_edge__descriptor, packet,
		TSR_IPC_PACKET_LEN, PACKET_BUDGET, &arena);

	(void)fds;
	(void)n_fds;
	if (r == 0)
		handle_message(hub, (const void *)arena.message);
	else
		tsr_log(TSR_LOG_WARN, "packet from control not understood", TSR_ERR("err", r));
	tsr_arena_finish(&arena);
}

/* ---- the link ------------------------------------------------------------------------- */

static void lose_control(struct tsr_hub *hub)
{
	if (!hub->control)
		return;
	tsr_ipc_close(&hub->control);
	tsr_metric_down(&tsr_edge_counters.control_up);
	hub->has_keys = false;
	tsr_list_each (pos, next, &hub->calls) {
		struct tsr_call *call = tsr_list_entry(pos, struct tsr_call, link);

		if (call->kind == TSR_CALL_API || call->is_sent)
			call_fail(hub, call);
	}
}

static void on_close(void *user, int err)
{
	tsr_log(TSR_LOG_WARN, "control is away", TSR_ERR("err", err));
	lose_control(user);
}

static const struct tsr_ipc_events control_events = {
	.on_packet = on_packet,
	.on_close = on_close,
};

void tsr_hub_take_control(struct tsr_hub *hub, int fd)
{
	int r;

	lose_control(hub);
	r = tsr_ipc_open(&hub->control, hub->thread.loop, fd, &control_events, hub);
	if (r != 0) {
		tsr_log(TSR_LOG_ERROR, "no link to control", TSR_ERR("err", r));
		return;
	}
	tsr_metric_up(&tsr_edge_counters.control_up);
}

void tsr_hub_control_finish(struct tsr_hub *hub)
{
	tsr_ipc_close(&hub->control);
	while (!tsr_list_is_empty(&hub->calls))
		call_destroy(hub, tsr_list_entry(hub->calls.next, struct tsr_call, link));
}

/* ---- mail ----------------------------------------------------------------------------- */

void tsr_hub_on_api(void *user, void *item, uint64_t unused)
{
	struct tsr_hub *hub = user;
	struct tsr_api_call *api = item;
	struct tsr_call *call = calloc(1, sizeof(*call));

	(void)unused;
	tsr_metric_count(&tsr_edge_counters.api_calls, 1);
	if (call) {
		call->kind = TSR_CALL_API;
		call->conn = api->conn;
		call->number = api->number;
		call->packet = api->packet;
		call->deadline = tsr_loop_now(hub->thread.loop) + TSR_API_TIME;
		tsr_hub_call(hub, call);
	} else {
		tsr_msg_unref(&api->packet);
	}
	free(api);
}

void tsr_hub_on_commit(void *user, void *item, uint64_t unused)
{
	struct tsr_hub *hub = user;
	struct tsr_commit_call *commit = item;
	struct tsr_call *call = calloc(1, sizeof(*call));

	(void)unused;
	if (!call)
		abort();
	call->kind = TSR_CALL_COMMIT;
	call->host = commit->host;
	call->number = commit->seq;
	call->packet = commit->packet;
	call->deadline = tsr_loop_now(hub->thread.loop) + TSR_SESSION_COMMIT_PATIENCE;
	tsr_hub_call(hub, call);
	free(commit);
}
