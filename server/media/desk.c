/* SPDX-License-Identifier: Apache-2.0 */
#include "server/media/desk.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "core/crypto/secret.h"
#include "proto/unpack.h"
#include "server/media/counters.h"
#include "server/media/lane.h"
#include "server/media/pack.h"
#include "sys/log.h"

#define BUCKETS 1024u
#define SESSIONS_MAX 65536u
#define LONELY_TIME (20 * TSR_SECOND) /* longer than an edge takes to come back */
#define SESSION_TRANSPORTS_MAX 8192u

struct session {
	struct session *next; /* in its bucket */
	uint64_t id;
	struct tsr_hall *hall;
	unsigned n_transports; /* ever opened and not closed */
};

struct tsr_desk {
	struct tsr_thread thread;
	struct tsr_media *media;
	struct tsr_child_link *supervisor;
	struct tsr_ipc *edge; /* NULL: away */
	struct tsr_timer *lonely;
	struct session *sessions[BUCKETS];
	unsigned n_sessions;
	unsigned next_lane; /* for the next TCP connection */
};

/* ---- sessions ------------------------------------------------------------------------- */

static struct session **bucket_of(struct tsr_desk *desk, uint64_t id)
{
	return &desk->sessions[(id ^ id >> 24) % BUCKETS];
}

static struct session *find_session(struct tsr_desk *desk, uint64_t id)
{
	struct session *session = *bucket_of(desk, id);

	while (session && session->id != id)
		session = session->next;
	return session;
}

static struct session *get_session(struct tsr_desk *desk, uint64_t id)
{
	struct session *session = find_session(desk, id);
	struct session **bucket = bucket_of(desk, id);

	if (session)
		return session;
	session = desk->n_sessions < SESSIONS_MAX ? calloc(1, sizeof(*session)) : NULL;
	if (!session)
		return NULL;
	session->id = id;
	session->hall = tsr_hall_create();
	if (!session->hall) {
		free(session);
		return NULL;
	}
	session->next = *bucket;
	*bucket = session;
	desk->n_sessions++;
	tsr_metric_up(&tsr_media_counters.sessions);
	return session;
}

static void drop_session(struct tsr_desk *desk, uint64_t id)
{
	struct session **at = bucket_of(desk, id);
	struct session *session = find_session(desk, id);

	if (!session)
		return;
	while (*at != session)
		at = &(*at)->next;
	*at = session->next;
	tsr_hall_unref(&session->hall);
	free(session);
	desk->n_sessions--;
	tsr_metric_down(&tsr_media_counters.sessions);
}

/* ---- to the edge ---------------------------------------------------------------------- */

void tsr_desk_on_packet(void *user, void *item, uint64_t unused)
{
	struct tsr_desk *desk = user;
	struct tsr_msg *msg = item;
	int r = TSR_ERR_CLOSED;

	(void)unused;
	if (desk->edge && msg)
		r = tsr_ipc_send(desk->edge, tsr_msg_slice(msg), NULL, 0);
	if (r != 0)
		tsr_metric_count(&tsr_media_counters.tells_lost, 1);
	tsr_msg_unref(&msg);
}

/* ---- from the edge -------------------------------------------------------------------- */

static void post_order(struct tsr_desk *desk, unsigned lane, const struct tsr_order *order)
{
	struct tsr_order *copy = malloc(sizeof(*copy));

	if (!copy)
		abort(); /* lanes that know different things are worse than a restart */
	*copy = *order;
	if (copy->hall)
		tsr_hall_ref(copy->hall);
	if (copy->claim)
		tsr_claim_ref(copy->claim);
	if (copy->tap)
		tsr_tap_ref(copy->tap);
	tsr_thread_post(&desk->thread, lane, tsr_lane_on_order, copy, 0);
}

static void post_to_all(struct tsr_desk *desk, const struct tsr_order *order)
{
	for (unsigned i = 0; i < desk->media->n_lanes; i++)
		post_order(desk, i, order);
}

static int open_transport(struct tsr_desk *desk, struct tsr_order *order)
{
	struct session *session = get_session(desk, order->command.session);

	if (!session || session->n_transports == SESSION_TRANSPORTS_MAX)
		return TSR_ERR_FULL;
	order->claim = tsr_claim_create();
	if (!order->claim)
		return TSR_ERR_NOMEM;
	order->hall = session->hall;
	session->n_transports++;
	return 0;
}

/* What the order needs besides itself. */
static int prepare(struct tsr_desk *desk, struct tsr_order *order)
{
	const struct tsr_command *command = &order->command;
	struct session *session = find_session(desk, command->session);

	switch (command->kind) {
	case TSR_COMMAND_TRANSPORT_OPEN:
		tsr_ice_draw(&order->credentials, "");
		return open_transport(desk, order);
	case TSR_COMMAND_ICE_RESTART:
		tsr_ice_draw(&order->credentials, "");
		return session ? 0 : TSR_ERR_UNKNOWN;
	case TSR_COMMAND_TRANSPORT_CLOSE:
		if (session && session->n_transports > 0)
			session->n_transports--;
		return 0;
	case TSR_COMMAND_PRODUCER_OPEN:
		order->tap = tsr_tap_create();
		return order->tap ? 0 : TSR_ERR_NOMEM;
	default:
		return 0;
	}
}

static void tell_opened(struct tsr_desk *desk, const struct tsr_order *order)
{
	tsr_desk_on_packet(desk,
		tsr_pack_transport_opened(desk->media->child, order->command.session,
			order->command.transport, &order->credentials,
			tsr_dtls_identity_fingerprint(desk->media->identity)),
		0);
}

static void handle_command(struct tsr_desk *desk, const struct tsr_command *command)
{
	struct tsr_order order = { .command = *command };
	int r = prepare(desk, &order);

	tsr_metric_count(&tsr_media_counters.orders, 1);
	if (r != 0) {
		tsr_metric_count(&tsr_media_counters.orders_failed, 1);
		tsr_desk_on_packet(desk,
			tsr_pack_failed(command->session, command->transport, command->stream.v,
				tsr_err_name(r)),
			0);
		return;
	}
	post_to_all(desk, &order);
	if (command->kind == TSR_COMMAND_TRANSPORT_OPEN || command->kind == TSR_COMMAND_ICE_RESTART)
		tell_opened(desk, &order);
	if (command->kind == TSR_COMMAND_SESSION_CLOSE)
		drop_session(desk, command->session);
	tsr_claim_unref(&order.claim);
	tsr_tap_unref(&order.tap);
	tsr_wipe(&order.credentials, sizeof(order.credentials));
}

/* Any lane will do; the first STUN says where it belongs. */
static void take_tcp(struct tsr_desk *desk, int *fds, size_t n_fds)
{
	if (n_fds != 1) { /* no room for another descriptor here */
		tsr_metric_count(&tsr_media_counters.wires_refused, 1);
		return;
	}
	desk->next_lane = (desk->next_lane + 1) % desk->media->n_lanes;
	tsr_thread_post(&desk->thread, desk->next_lane, tsr_lane_on_wire, NULL, (uint64_t)fds[0]);
	fds[0] = -1;
}

static void on_packet(void *user, struct tsr_slice packet, int *fds, size_t n_fds)
{
	struct tsr_desk *desk = user;
	struct tsr_arena arena = { 0 };
	struct tsr_command command;
	int r = tsr_proto_unpack(
		&tessera__media__to_media__descriptor, packet, TSR_IPC_PACKET_LEN, &arena);

	if (r == 0)
		r = tsr_command_read(&command, (const void *)arena.message);
	if (r != 0)
		tsr_log(TSR_LOG_WARN, "packet from the edge not understood", TSR_ERR("err", r));
	else if (command.kind == TSR_COMMAND_TCP)
		take_tcp(desk, fds, n_fds);
	else
		handle_command(desk, &command);
	tsr_arena_finish(&arena);
}

/* ---- the links ------------------------------------------------------------------------ */

static void forget_all(struct tsr_desk *desk)
{
	for (size_t i = 0; i < BUCKETS; i++)
		while (desk->sessions[i])
			drop_session(desk, desk->sessions[i]->id);
	for (unsigned i = 0; i < desk->media->n_lanes; i++)
		tsr_thread_post(&desk->thread, i, tsr_lane_on_forget, NULL, 0);
}

static void lose_edge(struct tsr_desk *desk)
{
	if (!desk->edge)
		return;
	tsr_ipc_close(&desk->edge);
	tsr_timer_set(desk->lonely, tsr_loop_now(desk->thread.loop) + LONELY_TIME);
	forget_all(desk);
}

static void on_edge_closed(void *user, int err)
{
	tsr_log(TSR_LOG_WARN, "the edge is away", TSR_ERR("err", err));
	lose_edge(user);
}

static const struct tsr_ipc_events edge_events = { on_packet, on_edge_closed };

static void take_edge(void *user, int fd)
{
	struct tsr_desk *desk = user;
	int r;

	lose_edge(desk);
	r = tsr_ipc_open(&desk->edge, desk->thread.loop, fd, &edge_events, desk);
	if (r != 0)
		tsr_log(TSR_LOG_ERROR, "no link to the edge", TSR_ERR("err", r));
	else
		tsr_timer_set(desk->lonely, TSR_TIME_NEVER);
}

static void on_stop(void *user, tsr_time grace)
{
	struct tsr_desk *desk = user;

	(void)grace;
	for (unsigned i = 0; i < desk->media->n_lanes; i++)
		tsr_thread_post(&desk->thread, i, tsr_lane_on_stop, NULL, 0);
	tsr_loop_stop(desk->thread.loop);
}

/* The edge lives and has given up on us: a new start makes a new link. */
static void on_lonely(void *user)
{
	tsr_log(TSR_LOG_ERROR, "no edge for too long");
	on_stop(user, 0);
}

static const struct tsr_child_events supervisor_events = {
	.on_stop = on_stop,
	.on_media = take_edge,
};

/* ---- life ----------------------------------------------------------------------------- */

int tsr_desk_create(struct tsr_desk **out, struct tsr_media *media)
{
	struct tsr_desk *desk = calloc(1, sizeof(*desk));
	int r;

	*out = desk; /* destroyed by whoever made it */
	if (!desk)
		return TSR_ERR_NOMEM;
	desk->media = media;
	if ((r = tsr_thread_init(&desk->thread, media->n_lanes, media->n_lanes + 1, desk)) != 0 ||
		(r = tsr_timer_open(&desk->lonely, desk->thread.loop, on_lonely, desk)) != 0 ||
		(r = tsr_child_link_open(&desk->supervisor, desk->thread.loop, media->child,
			 &supervisor_events, desk)) != 0)
		return r;
	desk->thread.all = media->threads;
	media->threads[media->n_lanes] = &desk->thread;
	return 0;
}

void tsr_desk_run(struct tsr_desk *desk)
{
	if (desk->media->child->media_fd >= 0)
		take_edge(desk, desk->media->child->media_fd);
	tsr_child_link_ready(desk->supervisor);
	tsr_loop_run(desk->thread.loop);
}

void tsr_desk_destroy(struct tsr_desk *desk)
{
	if (!desk)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		while (desk->sessions[i])
			drop_session(desk, desk->sessions[i]->id);
	tsr_ipc_close(&desk->edge);
	tsr_child_link_close(&desk->supervisor);
	tsr_timer_close(&desk->lonely);
	tsr_thread_finish(&desk->thread);
	if (desk->thread.loop)
		tsr_thread_free(&desk->thread);
	free(desk);
}
