/* SPDX-License-Identifier: Apache-2.0 */
/* room: a session as one lane has it. */
#include <stdlib.h>

#include "core/base/err.h"
#include "core/crypto/random.h"
#include "server/capabilities.h"
#include "server/media/counters.h"
#include "server/media/lane.h"
#include "server/media/pack.h"
#include "sys/log.h"

/* ---- life ----------------------------------------------------------------------------- */

static struct tsr_room **bucket_of(const struct tsr_lane *lane, uint64_t session)
{
	return (struct tsr_room **)&lane->rooms[(session ^ session >> 24) % TSR_LANE_BUCKETS];
}

struct tsr_room *tsr_room_find(const struct tsr_lane *lane, uint64_t session)
{
	struct tsr_room *room = *bucket_of(lane, session);

	while (room && room->session != session)
		room = room->next;
	return room;
}

struct tsr_room *tsr_room_get(struct tsr_lane *lane, uint64_t session, struct tsr_hall *hall)
{
	struct tsr_room **bucket = bucket_of(lane, session);
	struct tsr_room *room = tsr_room_find(lane, session);

	if (room)
		return room;
	room = calloc(1, sizeof(*room));
	if (!room)
		return NULL;
	room->lane = lane;
	room->session = session;
	room->hall = tsr_hall_ref(hall);
	tsr_list_init(&room->legs);
	tsr_list_init(&room->sources);
	tsr_list_init(&room->dirty_link);
	tsr_list_init(&room->routed_link);
	room->next = *bucket;
	*bucket = room;
	return room;
}

static void close_router(struct tsr_room *room)
{
	if (!room->router)
		return;
	atomic_fetch_and(&room->hall->lanes, ~tsr_lane_bit(room->lane->thread.index));
	tsr_router_destroy(room->router);
	room->router = NULL;
	tsr_timer_close(&room->timer);
	tsr_list_remove(&room->routed_link);
	tsr_list_remove(&room->dirty_link);
}

static void source_destroy(struct tsr_source *source)
{
	tsr_list_remove(&source->room_link);
	tsr_list_remove(&source->leg_link);
	tsr_tap_unref(&source->tap);
	free(source);
}

void tsr_room_destroy(struct tsr_room *room)
{
	struct tsr_room **at = bucket_of(room->lane, room->session);

	tsr_list_each (pos, next, &room->legs)
		tsr_leg_destroy(tsr_list_entry(pos, struct tsr_leg, room_link));
	tsr_list_each (pos, next, &room->sources)
		source_destroy(tsr_list_entry(pos, struct tsr_source, room_link));
	close_router(room);
	while (*at != room)
		at = &(*at)->next;
	*at = room->next;
	tsr_hall_unref(&room->hall);
	free(room);
}

void tsr_room_drop_if_empty(struct tsr_room *room)
{
	if (room->n_live == 0)
		close_router(room);
	if (tsr_list_is_empty(&room->legs) && tsr_list_is_empty(&room->sources))
		tsr_room_destroy(room);
}

static void on_timer(void *room)
{
	tsr_lane_mark_dirty(room);
}

int tsr_room_open_router(struct tsr_room *room)
{
	struct tsr_lane *lane = room->lane;
	struct tsr_router_config config = { .pool = lane->pool };
	int r;

	if (room->router)
		return 0;
	tsr_random(&config.seed, sizeof(config.seed));
	if ((r = tsr_router_create(&room->router, &config, lane->now)) != 0)
		return r;
	r = tsr_timer_open(&room->timer, lane->thread.loop, on_timer, room);
	for (struct tsr_list *pos = room->sources.next; r == 0 && pos != &room->sources;
		pos = pos->next)
		r = tsr_router_add_source(room->router,
			&tsr_list_entry(pos, struct tsr_source, room_link)->config, lane->now);
	if (r != 0) {
		close_router(room);
		return r;
	}
	atomic_fetch_or(&room->hall->lanes, tsr_lane_bit(lane->thread.index));
	tsr_list_append(&lane->routed, &room->routed_link);
	return 0;
}

/* ---- sources -------------------------------------------------------------------------- */

struct tsr_source *tsr_room_find_source(const struct tsr_room *room, struct tsr_stream_id stream)
{
	tsr_list_each (pos, next, &room->sources) {
		struct tsr_source *source = tsr_list_entry(pos, struct tsr_source, room_link);

		if (source->config.id.v == stream.v)
			return source;
	}
	return NULL;
}

/* Where it comes in. */
static int attach(struct tsr_leg *leg, const struct tsr_source *source)
{
	int r = tsr_ingress_add_producer(leg->ingress, &source->config);

	if (r == 0)
		atomic_store(&source->tap->owner, (int32_t)leg->room->lane->thread.index);
	return r;
}

int tsr_room_add_source(struct tsr_room *room, const struct tsr_order *order)
{
	struct tsr_leg *leg = tsr_leg_find(room, order->command.transport);
	struct tsr_source *source = NULL;
	int r = 0;

	if (!leg || !leg->is_ingress)
		return TSR_ERR_UNKNOWN;
	if (tsr_room_find_source(room, order->command.stream))
		return TSR_ERR_BUSY;
	source = calloc(1, sizeof(*source));
	if (!source)
		return TSR_ERR_NOMEM;
	source->tap = tsr_tap_ref(order->tap);
	source->transport = leg->transport;
	source->config = order->command.producer;
	source->config.member = leg->member;
	tsr_list_append(&room->sources, &source->room_link);
	tsr_list_append(&leg->producers, &source->leg_link);
	if (room->router)
		r = tsr_router_add_source(room->router, &source->config, room->lane->now);
	if (r == 0 && leg->live && (r = attach(leg, source)) != 0)
		tsr_router_remove_source(room->router, source->config.id);
	if (r != 0)
		source_destroy(source);
	return r;
}

static void remove_consumers_of(struct tsr_room *room, struct tsr_stream_id stream)
{
	tsr_list_each (pos, next, &room->legs)
		tsr_room_remove_consumer(tsr_list_entry(pos, struct tsr_leg, room_link), stream);
}

void tsr_room_remove_source(struct tsr_room *room, struct tsr_stream_id stream)
{
	struct tsr_source *source = tsr_room_find_source(room, stream);
	struct tsr_leg *leg;

	if (!source)
		return;
	remove_consumers_of(room, stream);
	leg = tsr_leg_find(room, source->transport);
	if (leg && leg->live)
		tsr_ingress_remove_producer(leg->ingress, stream);
	if (room->router)
		tsr_router_remove_source(room->router, stream);
	source_destroy(source);
}

void tsr_room_pause_source(struct tsr_room *room, struct tsr_stream_id stream, bool is_paused)
{
	struct tsr_source *source = tsr_room_find_source(room, stream);
	struct tsr_leg *leg = source ? tsr_leg_find(room, source->transport) : NULL;

	if (!source)
		return;
	source->config.is_paused = is_paused;
	if (room->router)
		tsr_router_set_source_paused(room->router, stream, is_paused);
	if (leg && leg->live)
		tsr_ingress_set_paused(leg->ingress, stream, is_paused);
}

/* ---- consumers ------------------------------------------------------------------------ */

static struct tsr_consumer *find_consumer(const struct tsr_leg *leg, struct tsr_stream_id stream)
{
	tsr_list_each (pos, next, &leg->consumers) {
		struct tsr_consumer *consumer = tsr_list_entry(pos, struct tsr_consumer, leg_link);

		if (consumer->config.source.v == stream.v)
			return consumer;
	}
	return NULL;
}

/* Who wants a source here changed: the lane where it comes in sends it, or not. */
static void count_on(struct tsr_leg *leg, struct tsr_stream_id stream, bool before, bool after)
{
	struct tsr_source *source = tsr_room_find_source(leg->room, stream);
	uint64_t bit = tsr_lane_bit(leg->room->lane->thread.index);

	if (!source || !leg->live || before == after)
		return;
	if (after && source->n_on++ == 0)
		atomic_fetch_or(&source->tap->lanes, bit);
	if (before && --source->n_on == 0)
		atomic_fetch_and(&source->tap->lanes, ~bit);
}

/* Sound is sent again as it was: there is no RTX for it in browsers. */
static void allow_repeats(struct tsr_leg *leg, const struct tsr_consumer *consumer)
{
	if (consumer->config.pt == TSR_PT_OPUS &&
		tsr_transport_repeat(leg->live, consumer->config.ssrc) == TSR_ERR_NOMEM)
		tsr_log(TSR_LOG_WARN, "sound not sent again");
}

void tsr_room_allow_repeats(struct tsr_leg *leg)
{
	tsr_list_each (pos, next, &leg->consumers)
		allow_repeats(leg, tsr_list_entry(pos, struct tsr_consumer, leg_link));
}

static int consume(struct tsr_leg *leg, struct tsr_consumer *consumer)
{
	tsr_time now = leg->room->lane->now;
	int r = tsr_egress_add_consumer(leg->egress, &consumer->config, now);

	if (r != 0)
		return r;
	tsr_egress_set_wants(leg->egress, consumer->config.source, &consumer->wants, now);
	allow_repeats(leg, consumer);
	count_on(leg, consumer->config.source, false, consumer->wants.is_on);
	return 0;
}

static void set_payload_types(struct tsr_consumer_config *config, enum tsr_codec codec)
{
	switch (codec) {
	case TSR_CODEC_VP8:
		config->pt = TSR_PT_VP8;
		config->rtx_pt = TSR_PT_VP8_RTX;
		break;
	case TSR_CODEC_VP9:
		config->pt = TSR_PT_VP9;
		config->rtx_pt = TSR_PT_VP9_RTX;
		break;
	default:
		config->pt = TSR_PT_OPUS;
		config->rtx_pt = 0;
		config->rtx_ssrc = 0;
		config->ids.abs_send_time = 0; /* it would be another packet each time */
		break;
	}
}

int tsr_room_add_consumer(struct tsr_leg *leg, const struct tsr_consumer_config *config)
{
	const struct tsr_source *source = tsr_room_find_source(leg->room, config->source);
	struct tsr_consumer *consumer;
	int r = 0;

	if (leg->is_ingress || !source)
		return TSR_ERR_UNKNOWN;
	if (find_consumer(leg, config->source))
		return TSR_ERR_BUSY;
	consumer = calloc(1, sizeof(*consumer));
	if (!consumer)
		return TSR_ERR_NOMEM;
	consumer->config = *config;
	set_payload_types(&consumer->config, source->config.codec);
	if (leg->live)
		r = consume(leg, consumer);
	if (r != 0)
		free(consumer);
	else
		tsr_list_append(&leg->consumers, &consumer->leg_link);
	return r;
}

void tsr_room_remove_consumer(struct tsr_leg *leg, struct tsr_stream_id stream)
{
	struct tsr_consumer *consumer = find_consumer(leg, stream);

	if (!consumer)
		return;
	if (leg->live) {
		count_on(leg, stream, consumer->wants.is_on, false);
		tsr_egress_remove_consumer(leg->egress, stream);
		/* The edge draws other ones for the next consumer. */
		tsr_transport_forget(leg->live, consumer->config.ssrc);
		tsr_transport_forget(leg->live, consumer->config.rtx_ssrc);
	}
	tsr_list_remove(&consumer->leg_link);
	free(consumer);
}

void tsr_room_set_wants(
	struct tsr_leg *leg, struct tsr_stream_id stream, const struct tsr_consumer_wants *wants)
{
	struct tsr_consumer *consumer = find_consumer(leg, stream);

	if (!consumer)
		return;
	if (leg->live) {
		count_on(leg, stream, consumer->wants.is_on, wants->is_on);
		tsr_egress_set_wants(leg->egress, stream, wants, leg->room->lane->now);
		tsr_lane_mark_dirty(leg->room);
	}
	consumer->wants = *wants;
}

void tsr_room_drop_consumers(struct tsr_leg *leg)
{
	while (!tsr_list_is_empty(&leg->consumers)) {
		struct tsr_consumer *consumer =
			tsr_list_entry(leg->consumers.next, struct tsr_consumer, leg_link);

		tsr_room_remove_consumer(leg, consumer->config.source);
	}
}

static void fail(const struct tsr_leg *leg, struct tsr_stream_id stream, int err)
{
	const struct tsr_command order = {
		.session = leg->room->session, .transport = leg->transport, .stream = stream
	};

	tsr_lane_fail(leg->room->lane, &order, err);
}

/* Where it cannot be attached nothing ever comes of it; the edge closes it everywhere. */
static void settle_producer(struct tsr_leg *leg, const struct tsr_source *source)
{
	int r = attach(leg, source);

	if (r != 0)
		fail(leg, source->config.id, r);
}

static void settle_consumer(struct tsr_leg *leg, struct tsr_consumer *consumer)
{
	int r = consume(leg, consumer);

	if (r == 0)
		return;
	fail(leg, consumer->config.source, r);
	tsr_list_remove(&consumer->leg_link); /* nobody counted it as on */
	free(consumer);
}

void tsr_room_settle_in(struct tsr_leg *leg)
{
	tsr_list_each (pos, next, &leg->producers)
		settle_producer(leg, tsr_list_entry(pos, struct tsr_source, leg_link));
	tsr_list_each (pos, next, &leg->consumers)
		settle_consumer(leg, tsr_list_entry(pos, struct tsr_consumer, leg_link));
}

/* ---- parcels -------------------------------------------------------------------------- */

static void on_parcel(void *to, void *item, uint64_t session)
{
	struct tsr_lane *lane = to;
	struct tsr_room *room = tsr_room_find(lane, session);
	struct tsr_parcel *parcel = item;

	if (room && room->router) {
		tsr_router_handle_parcel(room->router, parcel, tsr_lane_now(lane));
		tsr_lane_mark_dirty(room);
	}
	tsr_parcel_unref(&parcel);
}

static uint64_t lanes_of(const struct tsr_leg *leg, const struct tsr_parcel *parcel)
{
	if (parcel->codec == TSR_CODEC_OPUS)
		return atomic_load_explicit(&leg->room->hall->lanes, memory_order_relaxed);
	tsr_list_each (pos, next, &leg->producers) {
		const struct tsr_source *source = tsr_list_entry(pos, struct tsr_source, leg_link);

		if (source->config.id.v == parcel->producer.v)
			return atomic_load_explicit(&source->tap->lanes, memory_order_relaxed);
	}
	return 0;
}

void tsr_room_publish(struct tsr_leg *leg, struct tsr_parcel *parcel)
{
	struct tsr_room *room = leg->room;
	struct tsr_lane *lane = room->lane;
	uint64_t lanes = lanes_of(leg, parcel) & ~tsr_lane_bit(lane->thread.index);

	for (unsigned to = 0; lanes; to++, lanes >>= 1) {
		if (!(lanes & 1))
			continue;
		if (tsr_thread_is_behind(&lane->thread, to))
			tsr_media_count_drop(TSR_DROP_BEHIND);
		else
			tsr_thread_post(&lane->thread, to, on_parcel, tsr_parcel_ref(parcel),
				room->session);
	}
	tsr_router_handle_parcel(room->router, parcel, lane->now);
	tsr_parcel_unref(&parcel);
}

/* ---- what the router says ------------------------------------------------------------- */

/* For the lane where a producer comes in. */
struct word {
	uint64_t session;
	struct tsr_router_event event;
};

static void on_word(void *to, void *item, uint64_t unused)
{
	struct tsr_lane *lane = to;
	struct word *word = item;
	struct tsr_room *room = tsr_room_find(lane, word->session);

	(void)unused;
	if (room && room->router) {
		(void)tsr_router_handle_event(room->router, &word->event, tsr_lane_now(lane));
		tsr_lane_mark_dirty(room);
	}
	free(word);
}

static void pass_on(struct tsr_room *room, const struct tsr_router_event *event)
{
	struct tsr_source *source = tsr_room_find_source(room, event->producer);
	int32_t owner = source ? atomic_load(&source->tap->owner) : TSR_NOBODY;
	struct word *word;

	if (owner == TSR_NOBODY || owner == (int32_t)room->lane->thread.index)
		return;
	word = malloc(sizeof(*word));
	if (!word)
		return; /* it is said again */
	*word = (struct word){ room->session, *event };
	tsr_thread_post(&room->lane->thread, (unsigned)owner, on_word, word, 0);
}

static bool is_first_lane(const struct tsr_room *room)
{
	uint64_t lanes = atomic_load_explicit(&room->hall->lanes, memory_order_relaxed);

	return (lanes & -lanes) == tsr_lane_bit(room->lane->thread.index);
}

void tsr_room_handle_events(struct tsr_room *room)
{
	struct tsr_router_event event;

	while (tsr_router_poll_event(room->router, &event)) {
		if (event.kind != TSR_ROUTER_SPEAKERS)
			pass_on(room, &event);
		else if (is_first_lane(room))
			tsr_lane_tell(room->lane, tsr_pack_speakers(room->session, room->router));
	}
}

/* ---- statistics ----------------------------------------------------------------------- */

void tsr_room_tell_stats(struct tsr_room *room)
{
	struct tsr_pack_stats *stats = tsr_pack_stats_create(room->session);

	tsr_list_each (pos, next, &room->legs) {
		struct tsr_leg *leg = tsr_list_entry(pos, struct tsr_leg, room_link);

		if (!leg->live || !stats)
			continue;
		if (!tsr_pack_stats_has_room(stats)) {
			tsr_lane_tell(room->lane, tsr_pack_stats_finish(stats));
			stats = tsr_pack_stats_create(room->session);
		}
		if (stats)
			tsr_pack_stats_add(stats, leg, room->lane->now);
	}
	if (stats)
		tsr_lane_tell(room->lane, tsr_pack_stats_finish(stats));
}
