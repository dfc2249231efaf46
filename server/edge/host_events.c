/* SPDX-License-Identifier: Apache-2.0 */
/* host_events: what the engine says becomes mail. */
#include <stdlib.h>

#include "core/base/err.h"
#include "core/e2e/schedule.h"
#include "server/edge/client.h"
#include "server/edge/counters.h"
#include "server/edge/host.h"
#include "server/edge/hub.h"
#include "server/edge/pack.h"
#include "server/edge/pack_control.h"
#include "sys/clock.h"
#include "sys/log.h"

static struct tsr_pack_state pack_state(const struct tsr_host *host, bool may_admit)
{
	return (struct tsr_pack_state){
		.session = host->session,
		.wall_us = (int64_t)tsr_clock_wall_ms() * 1000 - tsr_host_now(host),
		.may_admit = may_admit,
	};
}

static bool may_admit(const struct tsr_host *host, struct tsr_member_id member)
{
	return tsr_member_id_equal(member, tsr_session_settings(host->session)->organizer);
}

static void bind_control(struct tsr_host *host, struct tsr_member_link *link, enum tsr_bind_as as)
{
	struct tsr_bind *bind = calloc(1, sizeof(*bind));

	if (!bind)
		abort(); /* a connection that nobody answers */
	bind->conn = link->conn;
	bind->as = as;
	bind->owner = host->worker->thread.index;
	bind->host = host->id;
	bind->member = link->member;
	tsr_worker_post(host->worker, tsr_ref_worker(link->conn), tsr_client_on_bind, bind, 0);
}

/* ---- entering ------------------------------------------------------------------------- */

void tsr_host_send_epoch(struct tsr_host *host, struct tsr_member_link *link)
{
	struct tsr_msg *msg =
		tsr_pack_epoch(tsr_session_epoch(host->session), tsr_secret_slice(host->seed));

	if (msg)
		tsr_host_post_send(host->worker, link->conn, msg, TSR_SENDQ_SECRET);
}

static void on_admitted(struct tsr_host *host, const struct tsr_session_event *event)
{
	struct tsr_member_link *link = tsr_host_get_link(host, event->member);
	struct tsr_welcome welcome = {
		.member = event->member,
		.uid = host->uid,
		.server_ms = tsr_clock_wall_ms(),
		.title = host->title,
		.started_ms = host->started_ms,
		.number = host->number,
		.is_resumed = event->resumed,
	};

	if (!link)
		abort();
	if (!event->kept_media)
		tsr_host_media_leave(host, link); /* of a connection before */
	welcome.has_kept_media = link->media != NULL;
	link->conn = event->conn;
	link->is_admitted = true;
	link->needs_full = host->owes_full = true;
	link->wants_replay = event->resumed;
	link->first_epoch = tsr_session_epoch(host->session);
	tsr_host_new_ticket(host, link);
	welcome.bulk_ticket = link->ticket;
	bind_control(host, link, TSR_BIND_ADMITTED);
	tsr_host_send(host, link->conn, tsr_pack_welcome(&welcome));
	tsr_host_send_epoch(host, link);
}

static void on_waiting(struct tsr_host *host, const struct tsr_session_event *event)
{
	struct tsr_member_link *link = tsr_host_get_link(host, event->member);

	if (!link)
		abort();
	tsr_host_media_leave(host, link);
	link->conn = event->conn;
	link->is_admitted = link->needs_full = false;
	if (event->conn == host->entering)
		link->knows_title = host->entering_knows_title;
	bind_control(host, link, TSR_BIND_WAITING);
	/* Who came by digits alone must not learn whether there is a session at all. */
	tsr_host_send(host, link->conn,
		tsr_pack_waiting(link->knows_title && event->is_locked,
			link->knows_title ? host->title : ""));
}

static void on_close(struct tsr_host *host, const struct tsr_session_event *event)
{
	struct tsr_member_link *link = tsr_host_find_link(host, event->member);
	uint32_t retry_ms = event->close.reason == TSR_CLOSE_TO_LOBBY ? 100 : 0;

	tsr_host_close_conn(host, event->conn, event->close.reason,
		event->close.text ? event->close.text : "", retry_ms);
	if (!link || (link->conn && link->conn != event->conn))
		return;
	tsr_host_close_bulk(host, link, event->close.reason);
	if (event->close.reason == TSR_CLOSE_ELSEWHERE)
		return; /* the one that took its place comes next, with the media or without */
	tsr_host_media_leave(host, link);
	link->conn = 0;
	link->is_admitted = false;
	link->needs_full = false;
	tsr_host_drop_link(host, link);
}

/* ---- state ---------------------------------------------------------------------------- */

struct giving {
	struct tsr_host *host;
	enum tsr_host_audience audience;
	uint64_t conn;
};

static void give_all(void *user, struct tsr_msg *msg)
{
	struct giving *giving = user;

	tsr_host_send_all(giving->host, msg, giving->audience, (struct tsr_member_id){ 0 });
}

static void give_one(void *user, struct tsr_msg *msg)
{
	struct giving *giving = user;

	/* Asked for and bounded by the session's size: it does not count as a slow reader's. */
	tsr_host_post_send(giving->host->worker, giving->conn, msg, TSR_SENDQ_FREE);
}

static void on_changed(struct tsr_host *host, const struct tsr_session_changed *changed)
{
	struct tsr_pack_state admits = pack_state(host, true), others = pack_state(host, false);
	struct giving to_admits = { .host = host, .audience = TSR_TO_ORGANIZERS };
	struct giving to_others = { .host = host, .audience = TSR_TO_OTHERS };
	int r;

	/* Replicas first: whoever hears of a stream may watch it. */
	for (size_t i = 0; i < changed->n_streams; i++) {
		const struct tsr_stream *stream =
			tsr_session_find_stream(host->session, changed->streams[i]);

		if (stream && stream->class == TSR_STREAM_SCREEN)
			tsr_host_screen_sync(host, stream);
		else if (stream)
			tsr_host_track_sync(host, stream);
	}
	if ((r = tsr_pack_changed(&admits, changed, give_all, &to_admits)) != 0 ||
		(r = tsr_pack_changed(&others, changed, give_all, &to_others)) != 0)
		tsr_log(TSR_LOG_ERROR, "state not sent", TSR_ERR("err", r));
}

static void send_full(struct tsr_host *host, struct tsr_member_link *link)
{
	struct tsr_pack_state state = pack_state(host, may_admit(host, link->member));
	struct giving giving = { .host = host, .conn = link->conn };
	int r = tsr_pack_full(&state, give_one, &giving);

	if (r != 0)
		tsr_log(TSR_LOG_ERROR, "state not sent", TSR_ERR("err", r));
}

static void finish_entering(struct tsr_host *host, struct tsr_member_link *link, void *user)
{
	(void)user;
	if (!link->needs_full)
		return;
	link->needs_full = false;
	send_full(host, link);
	if (host->speakers)
		tsr_host_send(host, link->conn, tsr_msg_ref(host->speakers));
	if (!link->wants_replay)
		return;
	link->wants_replay = false;
	for (uint32_t i = 0; i < host->chat.n; i++)
		tsr_host_post_send(host->worker, link->conn,
			tsr_msg_ref(tsr_chatlog_get(&host->chat, i)), TSR_SENDQ_FREE);
}

static void on_full_state(struct tsr_host *host, const struct tsr_session_event *event)
{
	struct tsr_member_link *link = tsr_host_find_link(host, event->member);

	if (link && link->is_admitted)
		link->needs_full = host->owes_full = true;
}

/* ---- answers -------------------------------------------------------------------------- */

static void on_result(struct tsr_host *host, const struct tsr_session_event *event)
{
	struct tsr_host_result *result = calloc(1, sizeof(*result));

	if (!result)
		return; /* the client asks again */
	result->conn = event->conn;
	result->member = event->member;
	result->request = event->result.request;
	result->err = event->result.err;
	result->stream = event->result.stream;
	result->next = host->results;
	host->results = result;
}

static void send_result(struct tsr_host *host, const struct tsr_host_result *result)
{
	struct tsr_member_link *link = tsr_host_find_link(host, result->member);
	const struct tsr_stream *stream = tsr_session_find_stream(host->session, result->stream);
	struct tsr_msg *msg =
		tsr_pack_result(result->request, tsr_policy_refusal(result->err), result->stream.v);

	if (result->err)
		tsr_metrics_refuse(result->err);
	if (msg && link && link->bulk && stream && stream->class == TSR_STREAM_SCREEN)
		tsr_host_answer_screen(host, link, stream->id.v, msg);
	else
		tsr_host_send(host, result->conn, msg);
}

static void send_results(struct tsr_host *host)
{
	struct tsr_host_result *in_order = NULL;

	while (host->results) {
		struct tsr_host_result *result = host->results;

		host->results = result->next;
		result->next = in_order;
		in_order = result;
	}
	while (in_order) {
		struct tsr_host_result *result = in_order;

		in_order = result->next;
		send_result(host, result);
		free(result);
	}
}

void tsr_host_end_round(struct tsr_host *host)
{
	if (host->owes_full)
		tsr_host_each_present(host, finish_entering, NULL);
	host->owes_full = false;
	send_results(host);
}

/* ---- the rest ------------------------------------------------------------------------- */

static void on_commit(struct tsr_host *host, const struct tsr_session_commit *commit)
{
	struct tsr_commit_call *call = calloc(1, sizeof(*call));

	tsr_metric_count(&tsr_edge_counters.commits, 1);
	if (!call)
		abort();
	call->host = tsr_host_ref(host);
	call->seq = commit->seq;
	call->packet = tsr_pack_commit(&host->uid, commit);
	tsr_worker_post_hub(host->worker, tsr_hub_on_commit, call, 0);
}

static void give_epoch(struct tsr_host *host, struct tsr_member_link *link, void *user)
{
	(void)user;
	tsr_host_send_epoch(host, link);
}

static void on_epoch(struct tsr_host *host)
{
	struct tsr_secret *seed = NULL;

	/* Without a new seed who was removed could go on reading: better no session. */
	if (tsr_secret_random(&seed, TSR_SEED_LEN) != 0)
		abort();
	tsr_secret_destroy(host->seed);
	host->seed = seed;
	tsr_host_each_present(host, give_epoch, NULL);
	tsr_host_screens_epoch(host);
}

static void on_lobby_text(struct tsr_host *host, const struct tsr_session_event *event)
{
	tsr_host_send(host, event->conn,
		tsr_pack_lobby_text(event->lobby_text.about.v, event->lobby_text.text));
}

void tsr_host_handle_event(struct tsr_host *host, const struct tsr_session_event *event)
{
	switch (event->kind) {
	case TSR_SESSION_COMMIT:
		on_commit(host, &event->commit);
		break;
	case TSR_SESSION_ADMITTED:
		on_admitted(host, event);
		break;
	case TSR_SESSION_WAITING:
		on_waiting(host, event);
		break;
	case TSR_SESSION_CLOSE:
		on_close(host, event);
		break;
	case TSR_SESSION_RESULT:
		on_result(host, event);
		break;
	case TSR_SESSION_STREAM_CLOSED:
		tsr_host_screen_close(
			host, event->stream_closed.stream.v, event->stream_closed.from);
		tsr_host_track_close(host, event->stream_closed.stream.v);
		break;
	case TSR_SESSION_EPOCH:
		on_epoch(host);
		break;
	case TSR_SESSION_LOBBY_TEXT:
		on_lobby_text(host, event);
		break;
	case TSR_SESSION_CHANGED:
		on_changed(host, &event->changed);
		break;
	case TSR_SESSION_FULL_STATE:
		on_full_state(host, event);
		break;
	case TSR_SESSION_END:
		host->is_over = true;
		break;
	}
}
