/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/client.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/crypto/random.h"
#include "core/crypto/secret.h"
#include "server/edge/conn.h"
#include "server/edge/counters.h"
#include "server/edge/fanout.h"
#include "server/edge/hello.h"
#include "server/edge/host.h"
#include "server/edge/hub.h"
#include "server/edge/pack.h"
#include "server/edge/worker.h"
#include "server/edge/ws.h"
#include "sys/clock.h"

#define POINTER_QUEUE_MAX 4096 /* bytes waiting for a member who still gets pointers */

enum { MESSAGE_EARLY_MAX = 4096, MESSAGE_MAX = 16384 };

static struct tsr_worker *worker_of(const struct tsr_client *client)
{
	return client->ws->conn->worker;
}

static tsr_time now_of(const struct tsr_client *client)
{
	return tsr_worker_now(worker_of(client));
}

static void send_msg(struct tsr_client *client, struct tsr_msg *msg)
{
	if (msg)
		tsr_ws_send(client->ws, msg, 0);
}

static bool is_control(const struct tsr_client *client)
{
	return client->state == TSR_CLIENT_WAITING || client->state == TSR_CLIENT_ADMITTED;
}

/* ---- leaving -------------------------------------------------------------------------- */

/* Lets go of the session; the owner hears of it unless he knows. */
static void detach(struct tsr_client *client, bool tell_owner)
{
	struct tsr_worker *worker = worker_of(client);
	uint64_t ref = tsr_conn_ref(client->ws->conn);

	if (client->watcher) {
		tsr_fanout_remove_watcher(client->watcher);
		client->watcher = NULL;
	}
	if (client->state == TSR_CLIENT_PHANTOM) {
		tsr_metric_down(&tsr_edge_counters.phantoms);
		tsr_worker_post_hub(worker, tsr_hub_on_phantom_gone, NULL, ref);
	} else if (is_control(client)) {
		tsr_metric_down(&tsr_edge_counters.members);
	} else if (client->state == TSR_CLIENT_BULK) {
		tsr_metric_down(&tsr_edge_counters.bulk);
	}
	if (client->host && tell_owner)
		tsr_host_post_gone(worker, client->owner, client->host, client->member, ref);
	client->host = 0;
	client->state = TSR_CLIENT_OVER;
}

static void say_goodbye(
	struct tsr_client *client, enum tsr_close reason, const char *text, uint32_t retry_ms)
{
	tsr_metric_count(&tsr_edge_counters.closed[reason], 1);
	tsr_ws_close(
		client->ws, tsr_pack_closed(reason, text, retry_ms), (uint16_t)(4000 + reason));
}

void tsr_client_close(
	struct tsr_client *client, enum tsr_close reason, const char *text, uint32_t retry_ms)
{
	if (client->state == TSR_CLIENT_OVER)
		return;
	detach(client, true);
	say_goodbye(client, reason, text, retry_ms);
}

void tsr_client_break(struct tsr_client *client, int err)
{
	bool is_rate = err == TSR_ERR_RATE;

	tsr_metrics_refuse(err);
	tsr_client_close(
		client, is_rate ? TSR_CLOSE_TOO_MUCH : TSR_CLOSE_PROTOCOL, "", is_rate ? 5000 : 0);
}

void tsr_client_handle_lost(struct tsr_client *client)
{
	if (client->state != TSR_CLIENT_OVER)
		detach(client, true);
}

/* ---- data frames ---------------------------------------------------------------------- */

static bool is_own_screen(const struct tsr_client *client, uint32_t stream)
{
	for (unsigned i = 0; i < client->n_screens; i++)
		if (client->screens[i] == stream)
			return true;
	return false;
}

/* Reads the frame away: it is allowed to send such, but not now. */
static int drop_frame(int err)
{
	tsr_metric_count(&tsr_edge_counters.frames_dropped, 1);
	tsr_metrics_refuse(err);
	return 1;
}

static int want_screen(struct tsr_client *client, const struct tsr_frame *frame)
{
	if (client->state != TSR_CLIENT_BULK)
		return TSR_ERR_STATE;
	if (!tsr_bucket_take(&client->messages, now_of(client)))
		return TSR_ERR_RATE;
	return is_own_screen(client, frame->stream) ? 0 : drop_frame(TSR_ERR_UNKNOWN);
}

static int want_small(struct tsr_client *client, struct tsr_bucket *bucket)
{
	if (client->state != TSR_CLIENT_ADMITTED)
		return TSR_ERR_STATE;
	return tsr_bucket_take(bucket, now_of(client)) ? 0 : drop_frame(TSR_ERR_RATE);
}

static int want_frame(void *user, const struct tsr_frame *frame)
{
	struct tsr_client *client = user;

	if (frame->from != client->member.v)
		return TSR_ERR_AUTH;
	switch (frame->class) {
	case TSR_FRAME_SCREEN:
		return want_screen(client, frame);
	case TSR_FRAME_CHAT:
		return want_small(client, &client->chats);
	default:
		return want_small(client, &client->events);
	}
}

static const struct tsr_inbox_events inbox_events = { .want_frame = want_frame };

/* The owner does not keep up: who goes on all the same is cut off, and comes again later. */
static int check_owner(const struct tsr_client *client)
{
	return tsr_thread_is_behind(&worker_of(client)->thread, client->owner) ? TSR_ERR_RATE : 0;
}

static int handle_frame(struct tsr_client *client, struct tsr_msg *msg)
{
	int r = check_owner(client);
	struct tsr_upward *up = r == 0 ? calloc(1, sizeof(*up)) : NULL;

	if (!up) {
		tsr_msg_unref(&msg);
		return r ? r : TSR_ERR_NOMEM;
	}
	up->frame = msg;
	up->header = client->ws->inbox.frame;
	if (up->header.class == TSR_FRAME_SCREEN)
		tsr_msg_charge(msg, &worker_of(client)->edge->screen_bytes);
	client->inflight += msg->len;
	if (client->inflight > TSR_CLIENT_INFLIGHT_MAX)
		tsr_ws_stall(client->ws, true);
	tsr_host_post_upward(worker_of(client), client, up);
	return 0;
}

void tsr_client_on_taken(void *user, void *bytes, uint64_t id)
{
	struct tsr_conn *conn = tsr_conn_find(user, id);
	struct tsr_client *client;

	if (!conn || !conn->ws)
		return;
	client = conn->ws->client;
	client->inflight -= (uintptr_t)bytes;
	if (client->inflight <= TSR_CLIENT_INFLIGHT_MAX / 2)
		tsr_ws_stall(conn->ws, false);
}

/* ---- messages ------------------------------------------------------------------------- */

static int handle_hello(struct tsr_client *client, const Tessera__V1__Hello *hello)
{
	struct tsr_worker *worker = worker_of(client);
	struct tsr_entry *entry;
	int r;

	if (!worker->keys) {
		/* Control has not come up yet. */
		tsr_client_close(client, TSR_CLOSE_RESTART, "", 1000);
		return 0;
	}
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return TSR_ERR_NOMEM;
	r = tsr_hello_check(entry, hello, client->nonce,
		(const struct tsr_node_keys *)(const void *)worker->keys->data,
		(int64_t)(tsr_clock_wall_ms() / 1000));
	if (r != 0) {
		free(entry);
		if (r == TSR_ERR_FORMAT)
			return r;
		tsr_metrics_refuse(r);
		tsr_client_close(
			client, r == TSR_ERR_VERSION ? TSR_CLOSE_RELOAD : TSR_CLOSE_REFUSED, "", 0);
		return 0;
	}
	entry->conn = tsr_conn_ref(client->ws->conn);
	entry->since = now_of(client);
	client->member = entry->claims.mem;
	client->state = TSR_CLIENT_ENTERING;
	client->ws->conn->deadline = now_of(client) + TSR_CLIENT_ENTER_TIME;
	tsr_worker_post_hub(worker, tsr_hub_on_entry, entry, 0);
	return 0;
}

static int handle_attach(struct tsr_client *client, const Tessera__V1__Attach *attach)
{
	struct tsr_attach *mail = calloc(1, sizeof(*mail));
	int r;

	if (!mail)
		return TSR_ERR_NOMEM;
	r = tsr_hello_read_attach(mail, attach, client->nonce);
	if (r != 0) {
		free(mail);
		if (r != TSR_ERR_VERSION)
			return r;
		tsr_client_close(client, TSR_CLOSE_RELOAD, "", 0);
		return 0;
	}
	mail->conn = tsr_conn_ref(client->ws->conn);
	client->state = TSR_CLIENT_ATTACHING;
	client->ws->conn->deadline = now_of(client) + TSR_CLIENT_ENTER_TIME;
	tsr_host_post_attach(worker_of(client), mail);
	return 0;
}

static int handle_first(struct tsr_client *client, const Tessera__V1__ToServer *message)
{
	switch (message->body_case) {
	case TESSERA__V1__TO_SERVER__BODY_HELLO:
		return handle_hello(client, message->hello);
	case TESSERA__V1__TO_SERVER__BODY_ATTACH:
		return handle_attach(client, message->attach);
	default:
		return TSR_ERR_STATE;
	}
}

static void handle_phantom(struct tsr_client *client, const Tessera__V1__ToServer *message)
{
	uint32_t refusal = TESSERA__V1__REFUSAL__REFUSAL_NONE;

	if (message->body_case == TESSERA__V1__TO_SERVER__BODY_LEAVE) {
		tsr_client_close(client, TSR_CLOSE_LEFT, "", 0);
		return;
	}
	if (message->body_case != TESSERA__V1__TO_SERVER__BODY_LOBBY_TEXT)
		refusal = TESSERA__V1__REFUSAL__REFUSAL_DENIED;
	if (message->request)
		send_msg(client, tsr_pack_result(message->request, refusal, 0));
}

/* A message that the owner must see. Takes the arena. */
static int hand_up(struct tsr_client *client, struct tsr_arena *arena)
{
	int r = check_owner(client);
	struct tsr_upward *up = r == 0 ? calloc(1, sizeof(*up)) : NULL;

	if (!up)
		return r ? r : TSR_ERR_NOMEM;
	up->arena = *arena;
	*arena = (struct tsr_arena){ 0 };
	tsr_host_post_upward(worker_of(client), client, up);
	return 0;
}

static int check_rates(struct tsr_client *client, const Tessera__V1__ToServer *message)
{
	tsr_time now = now_of(client);

	if (message->body_case == TESSERA__V1__TO_SERVER__BODY_STREAM_ACK) {
		if (tsr_bucket_take(&client->acks, now))
			return 0;
		tsr_metrics_refuse(TSR_ERR_RATE);
		return TSR_ERR_AGAIN; /* dropped */
	}
	if (client->state != TSR_CLIENT_BULK && !tsr_bucket_take(&client->messages, now))
		return TSR_ERR_RATE;
	if (message->body_case == TESSERA__V1__TO_SERVER__BODY_LOBBY_TEXT &&
		!tsr_bucket_take(&client->texts, now)) {
		tsr_metrics_refuse(TSR_ERR_RATE);
		if (message->request)
			send_msg(client, tsr_pack_result(message->request,
						 TESSERA__V1__REFUSAL__REFUSAL_TOO_MANY, 0));
		return TSR_ERR_AGAIN;
	}
	return 0;
}

static int dispatch(struct tsr_client *client, struct tsr_arena *arena)
{
	const Tessera__V1__ToServer *message = (const void *)arena->message;
	int r;

	if (client->state == TSR_CLIENT_CHALLENGED)
		return handle_first(client, message);
	if ((r = check_rates(client, message)) != 0)
		return r == TSR_ERR_AGAIN ? 0 : r;
	if (message->body_case == TESSERA__V1__TO_SERVER__BODY_PING) {
		send_msg(client, tsr_pack_pong(message->ping->stamp, tsr_clock_wall_ms()));
		return 0;
	}
	switch (client->state) {
	case TSR_CLIENT_PHANTOM:
		handle_phantom(client, message);
		return 0;
	case TSR_CLIENT_WAITING:
	case TSR_CLIENT_ADMITTED:
		return hand_up(client, arena);
	case TSR_CLIENT_BULK:
		if (message->body_case != TESSERA__V1__TO_SERVER__BODY_STREAM_ACK)
			return TSR_ERR_STATE;
		tsr_fanout_handle_ack(client->watcher, message->stream_ack->stream,
			message->stream_ack->picture, message->stream_ack->bytes);
		return 0;
	default:
		/* Entering: nothing may come before the answer. */
		return TSR_ERR_STATE;
	}
}

static int handle_proto(struct tsr_client *client, struct tsr_msg *msg)
{
	struct tsr_arena arena = { 0 };
	int r = tsr_proto_unpack(&tessera__v1__to_server__descriptor,
		tsr_slice(msg->data + 1, msg->len - 1), MESSAGE_MAX, &arena);

	tsr_msg_unref(&msg);
	if (r == 0)
		r = dispatch(client, &arena);
	tsr_arena_finish(&arena);
	return r;
}

int tsr_client_handle_message(struct tsr_client *client, struct tsr_msg *msg)
{
	if (client->state == TSR_CLIENT_OVER) {
		tsr_msg_unref(&msg);
		return 0;
	}
	if (client->state != TSR_CLIENT_ENTERING && client->state != TSR_CLIENT_ATTACHING &&
		client->state != TSR_CLIENT_CHALLENGED)
		client->ws->conn->deadline = now_of(client) + TSR_CLIENT_SILENCE_TIME;
	if (client->ws->inbox.head[0] == TSR_KIND_FRAME)
		return handle_frame(client, msg);
	return handle_proto(client, msg);
}

/* ---- the connection ------------------------------------------------------------------- */

void tsr_client_measure(struct tsr_client *client)
{
	uint32_t rtt_ms, step;

	if (client->state != TSR_CLIENT_ADMITTED)
		return;
	rtt_ms = tsr_tcp_rtt_ms(tsr_tls_fd(client->ws->conn->tls));
	step = 2 + client->rtt_ms / 8;
	if (rtt_ms + step > client->rtt_ms && rtt_ms < client->rtt_ms + step && client->rtt_ms)
		return;
	client->rtt_ms = rtt_ms;
	tsr_host_post_rtt(worker_of(client), client, rtt_ms);
}

/* ---- beginning ------------------------------------------------------------------------ */

struct tsr_client *tsr_client_create(struct tsr_ws *ws)
{
	struct tsr_client *client = calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	client->ws = ws;
	client->messages = (struct tsr_bucket){ .rate = 50, .burst = 200 };
	client->acks = (struct tsr_bucket){ .rate = 200, .burst = 400 };
	client->chats = (struct tsr_bucket){ .rate = 5, .burst = 10 };
	client->events = (struct tsr_bucket){ .rate = 100, .burst = 200 };
	client->texts = (struct tsr_bucket){ .rate = 1, .burst = 5 };
	ws->inbox.control_max = MESSAGE_EARLY_MAX;
	ws->inbox.events = &inbox_events;
	ws->inbox.user = client;
	tsr_metric_up(&tsr_edge_counters.websockets);
	return client;
}

void tsr_client_destroy(struct tsr_client *client)
{
	if (!client)
		return;
	tsr_metric_down(&tsr_edge_counters.websockets);
	if (client->state != TSR_CLIENT_OVER)
		detach(client, true);
	free(client);
}

void tsr_client_begin(struct tsr_client *client)
{
	tsr_random(client->nonce, sizeof(client->nonce));
	client->ws->conn->deadline = now_of(client) + TSR_CLIENT_HELLO_TIME;
	send_msg(client, tsr_pack_challenge(client->nonce));
}

/* ---- mail ----------------------------------------------------------------------------- */

static struct tsr_client *find_client(void *worker, uint64_t ref)
{
	struct tsr_conn *conn = tsr_conn_find(worker, tsr_ref_id(ref));

	if (!conn || !conn->ws || conn->ws->client->state == TSR_CLIENT_OVER)
		return NULL;
	return conn->ws->client;
}

static void bind_control(struct tsr_client *client, const struct tsr_bind *bind)
{
	bool is_admitted = bind->as == TSR_BIND_ADMITTED;

	if (!is_control(client))
		tsr_metric_up(&tsr_edge_counters.members);
	client->state = is_admitted ? TSR_CLIENT_ADMITTED : TSR_CLIENT_WAITING;
	client->ws->inbox.control_max = is_admitted ? MESSAGE_MAX : MESSAGE_EARLY_MAX;
	client->ws->inbox.takes_frames = is_admitted;
}

static void bind_bulk(struct tsr_client *client, const struct tsr_bind *bind)
{
	struct tsr_worker *worker = worker_of(client);

	client->state = TSR_CLIENT_BULK;
	tsr_tls_stop_wiping(client->ws->conn->tls); /* data frames and acknowledgements */
	client->messages = (struct tsr_bucket){ .rate = 2000, .burst = 8000 };
	client->ws->inbox.takes_frames = true;
	client->n_screens = bind->n_screens;
	memcpy(client->screens, bind->screens, sizeof(client->screens));
	tsr_metric_up(&tsr_edge_counters.bulk);
	client->watcher = tsr_fanout_add_watcher(worker, tsr_ref(bind->owner, bind->host),
		client->ws->conn, bind->member, bind->first_epoch);
	if (!client->watcher)
		tsr_client_close(client, TSR_CLOSE_RESTART, "", 1000);
}

void tsr_client_on_bind(void *user, void *item, uint64_t unused)
{
	struct tsr_bind *bind = item;
	struct tsr_client *client = find_client(user, bind->conn);

	(void)unused;
	if (!client) {
		/* Went away meanwhile, when it belonged to nobody: say so now. */
		if (bind->as == TSR_BIND_PHANTOM)
			tsr_worker_post_hub(user, tsr_hub_on_phantom_gone, NULL, bind->conn);
		else
			tsr_host_post_gone(user, bind->owner, bind->host, bind->member, bind->conn);
		free(bind);
		return;
	}
	client->owner = bind->owner;
	client->host = bind->host;
	client->member = bind->member;
	client->ws->conn->deadline = now_of(client) + TSR_CLIENT_SILENCE_TIME;
	switch (bind->as) {
	case TSR_BIND_PHANTOM:
		client->state = TSR_CLIENT_PHANTOM;
		tsr_metric_up(&tsr_edge_counters.phantoms);
		send_msg(client, tsr_pack_waiting(false, ""));
		break;
	case TSR_BIND_BULK:
		bind_bulk(client, bind);
		break;
	default:
		bind_control(client, bind);
		break;
	}
	free(bind);
}

/* Where the pointer was is worth nothing when it comes late, and must not cost a slow reader his
 * connection; its last place is said twice. */
static bool is_overtaken(const struct tsr_client *client, const struct tsr_msg *msg)
{
	return msg->data[0] == TSR_KIND_FRAME && msg->len > 2 &&
	       msg->data[2] == TSR_FRAME_POINTER &&
	       client->ws->conn->out.waiting_bytes > POINTER_QUEUE_MAX;
}

void tsr_client_on_send(void *user, void *item, uint64_t unused)
{
	struct tsr_send *send = item;

	(void)unused;
	for (uint32_t i = 0; i < send->n; i++) {
		struct tsr_client *client = find_client(user, send->conns[i]);

		if (client && !is_overtaken(client, send->msg))
			tsr_ws_send(client->ws, tsr_msg_ref(send->msg), send->flags);
	}
	/* The secret's one reader is the queue, which wipes it; if there was none, it goes here. */
	if (send->flags & TSR_SENDQ_SECRET && send->msg->refs == 1)
		tsr_wipe(send->msg->data, send->msg->len);
	tsr_msg_unref(&send->msg);
	free(send);
}

void tsr_client_on_closing(void *user, void *item, uint64_t unused)
{
	struct tsr_closing *closing = item;
	struct tsr_client *client = find_client(user, closing->conn);

	(void)unused;
	if (client) {
		detach(client, false);
		say_goodbye(client, closing->reason, closing->text, closing->retry_ms);
	}
	free(closing);
}

static void note_screen(struct tsr_client *client, uint32_t stream, bool is_open)
{
	for (unsigned i = 0; i < client->n_screens; i++)
		if (client->screens[i] == stream)
			client->screens[i] = client->screens[--client->n_screens];
	if (is_open && client->n_screens < TSR_SESSION_SCREENS_MAX)
		client->screens[client->n_screens++] = stream;
}

void tsr_client_on_own_screen(void *user, void *item, uint64_t unused)
{
	struct tsr_own_screen *own = item;
	struct tsr_client *client = find_client(user, own->conn);

	(void)unused;
	if (client && client->state == TSR_CLIENT_BULK)
		note_screen(client, own->stream, own->is_open);
	if (own->answer) {
		tsr_host_post_send(user, own->answer_to, own->answer, 0);
		own->answer = NULL;
	}
	free(own);
}
