/* SPDX-License-Identifier: Apache-2.0 */
#include "server/media/lane.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "core/crypto/random.h"
#include "core/crypto/secret.h"
#include "server/media/counters.h"
#include "server/media/desk.h"
#include "server/media/pack.h"
#include "sys/clock.h"
#include "sys/files.h"
#include "sys/log.h"

#define STATS_EVERY (2 * TSR_SECOND)

tsr_time tsr_lane_now(struct tsr_lane *lane)
{
	lane->now = tsr_clock_now();
	return lane->now;
}

void tsr_lane_tell(struct tsr_lane *lane, struct tsr_msg *packet)
{
	if (packet)
		tsr_thread_post(&lane->thread, lane->media->n_lanes, tsr_desk_on_packet, packet, 0);
	else
		tsr_metric_count(&tsr_media_counters.tells_lost, 1);
}

void tsr_lane_fail(struct tsr_lane *lane, const struct tsr_command *command, int err)
{
	tsr_metric_count(&tsr_media_counters.orders_failed, 1);
	tsr_log(TSR_LOG_DEBUG, "order failed", TSR_UINT("kind", command->kind),
		TSR_ERR("err", err));
	tsr_lane_tell(lane, tsr_pack_failed(command->session, command->transport, command->stream.v,
				    tsr_err_name(err)));
}

/* ---- time ----------------------------------------------------------------------------- */

void tsr_lane_mark_dirty(struct tsr_room *room)
{
	if (tsr_list_is_empty(&room->dirty_link))
		tsr_list_append(&room->lane->dirty, &room->dirty_link);
}

void tsr_lane_wake_at(struct tsr_lane *lane, tsr_time at)
{
	if (at >= lane->due || !lane->timer)
		return;
	lane->due = at;
	tsr_timer_set(lane->timer, at);
}

static void tell_stats(struct tsr_lane *lane)
{
	if (tsr_list_is_empty(&lane->routed))
		return;
	if (lane->now - lane->told_stats_at >= STATS_EVERY) {
		lane->told_stats_at = lane->now;
		tsr_list_each (pos, next, &lane->routed)
			tsr_room_tell_stats(tsr_list_entry(pos, struct tsr_room, routed_link));
	}
	tsr_lane_wake_at(lane, lane->told_stats_at + STATS_EVERY);
}

/* Looks at all of them: what is due next is known by then too. Rooms have timers of their own. */
static void on_timer(void *user)
{
	struct tsr_lane *lane = user;

	tsr_lane_now(lane);
	lane->due = TSR_TIME_NEVER;
	tsr_list_each (pos, next, &lane->live) {
		struct tsr_leg *leg = tsr_list_entry(pos, struct tsr_leg, live_link);

		tsr_leg_handle_timeout(leg);
		tsr_lane_wake_at(lane, leg->due);
		if (lane->outbox->n > TSR_OUTBOX_N / 2)
			tsr_outward_send_outbox(lane);
	}
	tsr_outward_send_outbox(lane);
	tsr_wires_handle_timeout(lane);
	tell_stats(lane);
}

/* ---- orders --------------------------------------------------------------------------- */

static int open_transport(struct tsr_lane *lane, const struct tsr_order *order)
{
	struct tsr_room *room = tsr_room_get(lane, order->command.session, order->hall);

	return room ? tsr_leg_open(room, order) : TSR_ERR_NOMEM;
}

static void close_transport(struct tsr_room *room, struct tsr_leg *leg)
{
	/* What came in there has ended, on every lane. */
	tsr_list_each (pos, next, &leg->producers)
		tsr_room_remove_source(
			room, tsr_list_entry(pos, struct tsr_source, leg_link)->config.id);
	tsr_leg_destroy(leg);
	tsr_room_drop_if_empty(room);
}

/* Orders about one transport. */
static int run_on_leg(struct tsr_leg *leg, const struct tsr_order *order)
{
	const struct tsr_command *command = &order->command;

	switch (command->kind) {
	case TSR_COMMAND_TRANSPORT_CONNECT:
		tsr_leg_connect(leg, command->fingerprint);
		return 0;
	case TSR_COMMAND_ICE_RESTART:
		tsr_leg_restart(leg, &order->credentials);
		return 0;
	case TSR_COMMAND_TRANSPORT_CLOSE:
		close_transport(leg->room, leg);
		return 0;
	case TSR_COMMAND_CONSUMER_OPEN:
		return tsr_leg_is_elsewhere(leg) ? 0
						 : tsr_room_add_consumer(leg, &command->consumer);
	case TSR_COMMAND_CONSUMER_WANT:
		tsr_room_set_wants(leg, command->stream, &command->wants);
		return 0;
	case TSR_COMMAND_CONSUMER_CLOSE:
		tsr_room_remove_consumer(leg, command->stream);
		return 0;
	default:
		return TSR_ERR_STATE;
	}
}

static int run(struct tsr_lane *lane, const struct tsr_order *order)
{
	const struct tsr_command *command = &order->command;
	struct tsr_room *room = tsr_room_find(lane, command->session);
	struct tsr_leg *leg;

	if (command->kind == TSR_COMMAND_TRANSPORT_OPEN)
		return open_transport(lane, order);
	if (!room)
		return 0; /* has ended */
	switch (command->kind) {
	case TSR_COMMAND_SESSION_CLOSE:
		tsr_room_destroy(room);
		return 0;
	case TSR_COMMAND_PRODUCER_OPEN:
		return tsr_room_add_source(room, order);
	case TSR_COMMAND_PRODUCER_PAUSE:
		tsr_room_pause_source(room, command->stream, command->is_paused);
		return 0;
	case TSR_COMMAND_PRODUCER_CLOSE:
		tsr_room_remove_source(room, command->stream);
		return 0;
	default:
		leg = tsr_leg_find(room, command->transport);
		return leg ? run_on_leg(leg, order) : 0;
	}
}

void tsr_lane_on_order(void *to, void *item, uint64_t unused)
{
	struct tsr_lane *lane = to;
	struct tsr_order *order = item;
	int r;

	(void)unused;
	tsr_lane_now(lane);
	r = run(lane, order);
	if (r != 0)
		tsr_lane_fail(lane, &order->command, r);
	tsr_outward_send_outbox(lane);
	tell_stats(lane);
	tsr_hall_unref(&order->hall);
	tsr_claim_unref(&order->claim);
	tsr_tap_unref(&order->tap);
	tsr_wipe(&order->credentials, sizeof(order->credentials));
	free(order);
}

static void forget(struct tsr_lane *lane)
{
	for (size_t i = 0; i < TSR_LANE_BUCKETS; i++)
		while (lane->rooms[i])
			tsr_room_destroy(lane->rooms[i]);
	tsr_outward_send_outbox(lane);
}

void tsr_lane_on_forget(void *to, void *unused, uint64_t unused2)
{
	(void)unused;
	(void)unused2;
	tsr_lane_now(to);
	forget(to);
}

void tsr_lane_on_wire(void *to, void *unused, uint64_t fd)
{
	struct tsr_lane *lane = to;
	int own = (int)fd;

	(void)unused;
	if (lane->is_stopping)
		tsr_fd_close(&own);
	else
		tsr_wire_open(lane, own);
}

/* ---- life ----------------------------------------------------------------------------- */

static void close_sockets(struct tsr_lane *lane)
{
	for (size_t i = 0; i < lane->n_sockets; i++)
		tsr_poll_close(&lane->sockets[i].poll);
}

void tsr_lane_on_stop(void *to, void *unused, uint64_t unused2)
{
	struct tsr_lane *lane = to;

	(void)unused;
	(void)unused2;
	if (lane->is_stopping)
		return;
	lane->is_stopping = true;
	tsr_lane_now(lane);
	forget(lane);
	tsr_wires_finish(lane);
	close_sockets(lane);
	tsr_timer_close(&lane->timer);
	tsr_loop_set_tail(lane->thread.loop, NULL, NULL);
	tsr_loop_stop(lane->thread.loop);
}

static int open_sockets(struct tsr_lane *lane)
{
	const struct tsr_child *child = lane->media->child;

	for (size_t i = 0; i < child->n_udp; i++) {
		const struct tsr_child_listener *given = &child->udp[i];
		struct tsr_socket *socket = &lane->sockets[lane->n_sockets];
		int r;

		if (given->thread != lane->thread.index)
			continue;
		if (lane->n_sockets == TSR_LANE_SOCKETS)
			return TSR_ERR_FULL;
		*socket = (struct tsr_socket){ .lane = lane,
			.fd = given->fd,
			.is_v6 = tsr_udp_family(given->fd) == AF_INET6,
			.port = given->port };
		if ((r = tsr_poll_open(&socket->poll, lane->thread.loop, socket->fd,
			     tsr_inward_on_poll, socket)) != 0)
			return r;
		tsr_poll_set(socket->poll, TSR_POLL_READ);
		lane->n_sockets++;
	}
	return 0;
}

int tsr_lane_create(struct tsr_lane **out, struct tsr_media *media, unsigned index)
{
	struct tsr_lane *lane = calloc(1, sizeof(*lane));
	uint64_t secret;
	int r;

	*out = lane; /* destroyed by whoever made it */
	if (!lane)
		return TSR_ERR_NOMEM;
	lane->media = media;
	lane->due = TSR_TIME_NEVER;
	tsr_random(&secret, sizeof(secret));
	tsr_precall_init(&lane->precall, secret);
	tsr_list_init(&lane->live);
	tsr_list_init(&lane->dirty);
	tsr_list_init(&lane->routed);
	tsr_list_init(&lane->wires);
	lane->batch = tsr_udp_batch_create();
	lane->pool = tsr_parcel_pool_create();
	if (!lane->batch || !lane->pool || tsr_outward_create(lane) != 0)
		return TSR_ERR_NOMEM;
	if ((r = tsr_thread_init(&lane->thread, index, media->n_lanes + 1, lane)) != 0 ||
		(r = tsr_timer_open(&lane->timer, lane->thread.loop, on_timer, lane)) != 0 ||
		(r = open_sockets(lane)) != 0)
		return r;
	lane->thread.all = media->threads;
	media->threads[index] = &lane->thread;
	tsr_loop_set_tail(lane->thread.loop, tsr_outward_drain, lane);
	return 0;
}

void *tsr_lane_run(void *user)
{
	struct tsr_lane *lane = user;

	tsr_lane_now(lane);
	tsr_loop_run(lane->thread.loop);
	tsr_thread_finish(&lane->thread);
	return NULL;
}

void tsr_lane_destroy(struct tsr_lane *lane)
{
	if (!lane)
		return;
	if (lane->outbox)
		forget(lane);
	tsr_wires_finish(lane);
	tsr_flows_finish(lane);
	close_sockets(lane);
	tsr_timer_close(&lane->timer);
	if (lane->thread.loop)
		tsr_thread_free(&lane->thread);
	tsr_parcel_pool_destroy(lane->pool);
	tsr_strays_finish(&lane->strays);
	tsr_udp_batch_destroy(lane->batch);
	tsr_outward_destroy(lane);
	free(lane);
}
