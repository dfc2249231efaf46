/* SPDX-License-Identifier: Apache-2.0 */
/* host_actions: what members send: actions for the engine, data frames for each other. */
#include <stdlib.h>

#include "core/base/err.h"
#include "server/edge/actions.h"
#include "server/edge/client.h"
#include "server/edge/counters.h"
#include "server/edge/host.h"
#include "server/edge/pack.h"

#define BODY(name) TESSERA__V1__TO_SERVER__BODY_##name

/* A breach that only the owner can see. */
static void break_conn(struct tsr_host *host, struct tsr_member_id member, uint64_t conn)
{
	tsr_host_close_conn(host, conn, TSR_CLOSE_PROTOCOL, "", 0);
	tsr_host_handle_gone(host, member, conn);
}

static void answer(struct tsr_host *host, const struct tsr_upward *up, uint32_t request, int err)
{
	if (err)
		tsr_metrics_refuse(err);
	if (request)
		tsr_host_send(host, up->conn, tsr_pack_result(request, tsr_policy_refusal(err), 0));
}

/* ---- watching ------------------------------------------------------------------------- */

static void send_watch(struct tsr_host *host, const struct tsr_member_link *link,
	enum tsr_watch_op op, uint32_t stream, const Tessera__V1__StreamAck *ack)
{
	struct tsr_watch_mail *mail;

	if (!link->bulk || !(mail = calloc(1, sizeof(*mail))))
		return;
	mail->conn = link->bulk;
	mail->op = op;
	mail->stream = stream;
	if (ack) {
		mail->picture = ack->picture;
		mail->bytes = ack->bytes;
	}
	tsr_worker_post(host->worker, tsr_ref_worker(link->bulk), tsr_fanout_on_watch, mail, 0);
}

static void handle_watch(struct tsr_host *host, const struct tsr_upward *up,
	struct tsr_member_link *link, const Tessera__V1__ToServer *message)
{
	enum tsr_watch_op op = TSR_WATCH_ACK;
	const Tessera__V1__StreamAck *ack = NULL;
	struct tsr_stream_id stream;
	int r;

	if (message->body_case == BODY(STREAM_ACK)) {
		ack = message->stream_ack;
		stream.v = ack->stream;
	} else if (message->body_case == BODY(STREAM_REFRESH)) {
		op = message->stream_refresh->unreadable ? TSR_WATCH_UNREADABLE : TSR_WATCH_REFRESH;
		stream.v = message->stream_refresh->stream;
	} else {
		op = message->stream_subscribe->on ? TSR_WATCH_ON : TSR_WATCH_OFF;
		stream.v = message->stream_subscribe->stream;
	}
	r = tsr_session_check(host->session, up->member, TSR_ACT_WATCH_STREAM,
		(struct tsr_member_id){ 0 }, stream);
	if (r == 0 && tsr_host_is_track(host, stream.v)) {
		r = op != TSR_WATCH_ON && op != TSR_WATCH_OFF
			    ? TSR_ERR_FORMAT
			    : tsr_host_subscribe(host, link, stream.v, op == TSR_WATCH_ON);
		answer(host, up, message->request, r);
		return;
	}
	if (r == 0)
		send_watch(host, link, op, stream.v, ack);
	if (r == 0 && message->body_case == BODY(STREAM_REFRESH))
		tsr_host_note_refresh(host, stream.v, message->stream_refresh->unreadable);
	answer(host, up, message->request, r);
}

static void handle_ask_paths(struct tsr_host *host, const struct tsr_upward *up,
	const struct tsr_member_link *link, const Tessera__V1__ToServer *message)
{
	if (link->is_admitted)
		tsr_host_send_paths(host, link->conn);
	answer(host, up, message->request, link->is_admitted ? 0 : TSR_ERR_DENIED);
}

/* ---- actions -------------------------------------------------------------------------- */

static void handle_action(
	struct tsr_host *host, const struct tsr_upward *up, const Tessera__V1__ToServer *message)
{
	struct tsr_action_room room;
	struct tsr_action action;
	int r = tsr_action_read(&action, &room, message);

	if (r == 0)
		r = tsr_session_handle_action(
			host->session, up->member, up->conn, &action, tsr_host_now(host));
	else
		r = TSR_ERR_FORMAT;
	if (r == TSR_ERR_STALE) {
		tsr_host_close_conn(host, up->conn, TSR_CLOSE_ELSEWHERE, "", 0);
		return;
	}
	if (r != 0)
		answer(host, up, message->request, r);
	tsr_host_settle(host);
}

/* ---- audio and video ------------------------------------------------------------------ */

static void handle_media(struct tsr_host *host, const struct tsr_upward *up,
	struct tsr_member_link *link, const Tessera__V1__ToServer *message)
{
	int r = tsr_host_handle_media(host, link, message);

	if (r != 0 || message->body_case != BODY(MEDIA_JOIN)) /* else media answers */
		answer(host, up, message->request, r);
}

static bool opens_track(const Tessera__V1__ToServer *message)
{
	if (message->body_case != BODY(STREAM_OPEN))
		return false;
	return message->stream_open->stream_class == TESSERA__V1__STREAM_CLASS__STREAM_AUDIO ||
	       message->stream_open->stream_class == TESSERA__V1__STREAM_CLASS__STREAM_VIDEO;
}

static void handle_open_track(struct tsr_host *host, const struct tsr_upward *up,
	const struct tsr_member_link *link, const Tessera__V1__ToServer *message)
{
	struct tsr_worker *worker = host->worker;
	struct tsr_rtp_sent sent;
	int r = tsr_host_read_track(&sent, link, message->stream_open);

	if (r != 0) {
		answer(host, up, message->request, r);
		return;
	}
	worker->opening = &sent;
	handle_action(host, up, message);
	worker->opening = NULL;
}

static void handle_message(
	struct tsr_host *host, const struct tsr_upward *up, struct tsr_member_link *link)
{
	const Tessera__V1__ToServer *message = (const void *)up->arena.message;

	if (opens_track(message)) {
		handle_open_track(host, up, link, message);
		return;
	}
	switch (message->body_case) {
	case BODY(HELLO):
	case BODY(ATTACH):
		break_conn(host, up->member, up->conn);
		break;
	case BODY(STREAM_ACK):
	case BODY(STREAM_REFRESH):
	case BODY(STREAM_SUBSCRIBE):
		handle_watch(host, up, link, message);
		break;
	case BODY(ASK_PATHS):
		handle_ask_paths(host, up, link, message);
		break;
	case BODY(MEDIA_JOIN):
	case BODY(TRANSPORT_CONNECT):
	case BODY(ICE_RESTART):
	case BODY(CAMERA_HELD):
	case BODY(CONSUMER_WANTS):
		handle_media(host, up, link, message);
		break;
	default:
		handle_action(host, up, message);
		break;
	}
}

/* ---- small data frames ---------------------------------------------------------------- */

static void deliver(struct tsr_host *host, const struct tsr_upward *up)
{
	struct tsr_member_id to = { up->header.to };
	const struct tsr_member_link *link;

	if (up->header.class == TSR_FRAME_CHAT) {
		tsr_metric_count(&tsr_edge_counters.chat_frames, 1);
		if (to.v == 0)
			tsr_chatlog_add(&host->chat, up->frame);
	}
	if (to.v == 0) {
		tsr_host_send_all(host, tsr_msg_ref(up->frame), TSR_TO_ALL, up->member);
		return;
	}
	link = tsr_host_find_link(host, to);
	if (link && link->conn && link->is_admitted)
		tsr_host_send(host, link->conn, tsr_msg_ref(up->frame));
}

static void handle_frame(struct tsr_host *host, const struct tsr_upward *up)
{
	int r = tsr_session_check_frame(host->session, up->member, &up->header, tsr_host_now(host));

	if (r != 0) {
		tsr_metric_count(&tsr_edge_counters.frames_dropped, 1);
		tsr_metrics_refuse(r);
	}
	if (r == TSR_ERR_FORMAT)
		break_conn(host, up->member, up->conn);
	else if (r == 0 && up->header.class == TSR_FRAME_SCREEN)
		tsr_host_handle_screen_frame(host, up);
	else if (r == 0)
		deliver(host, up);
}

void tsr_host_handle_upward(struct tsr_host *host, struct tsr_upward *up)
{
	struct tsr_member_link *link = tsr_host_find_link(host, up->member);
	bool is_screen = up->frame && up->header.class == TSR_FRAME_SCREEN;

	/* What was under way when the connection was replaced or cut off means nothing any more. */
	if (!link || up->conn != (is_screen ? link->bulk : link->conn))
		return;
	/* Whatever he does becomes mail to every thread with members: not while one drowns in it.
	 */
	if (tsr_thread_is_any_behind(&host->worker->thread)) {
		tsr_metrics_refuse(TSR_ERR_RATE);
		tsr_host_close_conn(host, up->conn, TSR_CLOSE_TOO_MUCH, "", 5000);
		tsr_host_handle_gone(host, up->member, up->conn);
		return;
	}
	if (up->frame)
		handle_frame(host, up);
	else
		handle_message(host, up, link);
}
