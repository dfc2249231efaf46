/* SPDX-License-Identifier: Apache-2.0 */
/* leg: a member's transport as a lane knows it; at the lane that took it, the transport itself. */
#include <stdlib.h>

#include "core/base/err.h"
#include "core/crypto/secret.h"
#include "server/media/counters.h"
#include "server/media/lane.h"
#include "server/media/pack.h"
#include "sys/log.h"

#define TELL_AFTER TSR_SECOND /* the edge, of another path */

/* ---- declared ------------------------------------------------------------------------- */

struct tsr_leg *tsr_leg_find(const struct tsr_room *room, uint32_t transport)
{
	tsr_list_each (pos, next, &room->legs) {
		struct tsr_leg *leg = tsr_list_entry(pos, struct tsr_leg, room_link);

		if (leg->transport == transport)
			return leg;
	}
	return NULL;
}

bool tsr_leg_is_elsewhere(const struct tsr_leg *leg)
{
	int32_t owner = atomic_load_explicit(&leg->claim->owner, memory_order_acquire);

	return owner != TSR_NOBODY && owner != (int32_t)leg->room->lane->thread.index;
}

int tsr_leg_open(struct tsr_room *room, const struct tsr_order *order)
{
	struct tsr_leg *leg;

	if (tsr_leg_find(room, order->command.transport))
		return TSR_ERR_BUSY;
	leg = calloc(1, sizeof(*leg));
	if (!leg)
		return TSR_ERR_NOMEM;
	leg->room = room;
	leg->claim = tsr_claim_ref(order->claim);
	leg->transport = order->command.transport;
	leg->member = order->command.open.member;
	leg->is_ingress = order->command.open.is_ingress;
	leg->due = TSR_TIME_NEVER;
	tsr_list_init(&leg->producers);
	tsr_list_init(&leg->consumers);
	tsr_list_init(&leg->live_link);
	tsr_list_init(&leg->flows);
	tsr_list_append(&room->legs, &leg->room_link);
	tsr_name_list(room->lane, &leg->names[0], leg, &order->credentials);
	return 0;
}

static void tell_state(struct tsr_leg *leg, uint32_t state)
{
	const struct tsr_tuple *to = tsr_transport_selected(leg->live);
	bool is_tcp = to && to->link != 0;
	uint32_t now = state << 1 | is_tcp;

	if (leg->told == now)
		return;
	leg->told = now;
	leg->told_at = leg->room->lane->now;
	tsr_lane_tell(leg->room->lane,
		tsr_pack_transport_state(leg->room->session, leg->transport, state, is_tcp));
}

static void end_live(struct tsr_leg *leg)
{
	struct tsr_room *room = leg->room;
	struct tsr_lane *lane = room->lane;

	tsr_transport_close(leg->live, lane->outbox);
	tsr_outward_send_outbox(lane);
	while (!tsr_list_is_empty(&leg->flows)) {
		struct tsr_flow *flow = tsr_list_entry(leg->flows.next, struct tsr_flow, leg_link);
		struct tsr_wire *wire = tsr_wire_find(lane, flow->tuple.link);

		tsr_flow_remove(lane, flow);
		if (wire)
			tsr_wire_close(wire);
	}
	if (leg->ingress)
		tsr_router_remove_ingress(room->router, leg->ingress);
	if (leg->egress)
		tsr_router_remove_egress(room->router, leg->egress);
	tsr_transport_destroy(leg->live);
	leg->live = NULL;
	tsr_list_remove(&leg->live_link);
	room->n_live--;
	tsr_metric_down(&tsr_media_counters.transports);
}

void tsr_leg_destroy(struct tsr_leg *leg)
{
	struct tsr_lane *lane = leg->room->lane;

	tsr_room_drop_consumers(leg);
	while (!tsr_list_is_empty(&leg->producers))
		tsr_list_remove(leg->producers.next);
	if (leg->live)
		end_live(leg);
	for (size_t i = 0; i < 2; i++)
		tsr_name_unlist(lane, &leg->names[i]);
	tsr_list_remove(&leg->room_link);
	tsr_claim_unref(&leg->claim);
	tsr_wipe(leg->names, sizeof(leg->names));
	free(leg);
}

/* ---- live ----------------------------------------------------------------------------- */

static void set_peer(struct tsr_leg *leg)
{
	int r;

	if (!leg->live || !leg->has_peer)
		return;
	r = tsr_transport_set_peer(leg->live, leg->fingerprint);
	if (r != 0 && r != TSR_ERR_STATE)
		tsr_log(TSR_LOG_WARN, "no handshake", TSR_ERR("err", r));
}

static int open_live(struct tsr_leg *leg)
{
	struct tsr_room *room = leg->room;
	struct tsr_lane *lane = room->lane;
	int r = tsr_room_open_router(room);

	if (r == 0)
		r = tsr_transport_create(&leg->live, TSR_TRANSPORT_SERVER, lane->media->identity,
			&leg->names[0].credentials, leg);
	if (r != 0)
		return r;
	if (leg->is_ingress)
		leg->ingress = tsr_router_add_ingress(room->router, leg);
	else
		leg->egress = tsr_router_add_egress(room->router, leg, lane->now);
	if (leg->ingress || leg->egress)
		return 0;
	tsr_transport_destroy(leg->live);
	leg->live = NULL;
	return TSR_ERR_NOMEM;
}

int tsr_leg_go_live(struct tsr_leg *leg)
{
	struct tsr_lane *lane = leg->room->lane;
	int r = open_live(leg);

	if (r != 0)
		return r;
	leg->room->n_live++;
	tsr_list_append(&lane->live, &leg->live_link);
	tsr_metric_up(&tsr_media_counters.transports);
	set_peer(leg);
	tsr_room_settle_in(leg);
	return 0;
}

void tsr_leg_connect(struct tsr_leg *leg, const uint8_t *fingerprint)
{
	if (leg->has_peer)
		return;
	memcpy(leg->fingerprint, fingerprint, TSR_DTLS_FINGERPRINT_LEN);
	leg->has_peer = true;
	set_peer(leg);
	if (leg->live)
		tsr_leg_settle(leg, leg->room->lane->thread.index);
}

void tsr_leg_restart(struct tsr_leg *leg, const struct tsr_ice_credentials *credentials)
{
	struct tsr_lane *lane = leg->room->lane;
	struct tsr_name old = leg->names[0];

	tsr_name_unlist(lane, &leg->names[0]);
	tsr_name_unlist(lane, &leg->names[1]);
	/* The old one is answered until the first request with the new one. */
	tsr_name_list(lane, &leg->names[1], leg, &old.credentials);
	tsr_name_list(lane, &leg->names[0], leg, credentials);
	tsr_wipe(&old, sizeof(old));
	if (leg->live && tsr_transport_restart(leg->live, credentials) != 0)
		tsr_log(TSR_LOG_WARN, "no ICE restart");
}

static void handle_state(struct tsr_leg *leg, enum tsr_transport_state state)
{
	struct tsr_lane *lane = leg->room->lane;

	if (leg->egress) {
		if (state == TSR_TRANSPORT_CONNECTED)
			tsr_room_allow_repeats(leg); /* there are keys now */
		tsr_egress_set_open(leg->egress, state == TSR_TRANSPORT_CONNECTED, lane->now);
		tsr_lane_mark_dirty(leg->room);
	}
	switch (state) {
	case TSR_TRANSPORT_CONNECTED:
		tsr_metric_count(&tsr_media_counters.handshakes, !(leg->told >> 1));
		tell_state(leg, TESSERA__MEDIA__STATE__CONNECTED);
		break;
	case TSR_TRANSPORT_DISCONNECTED:
		tell_state(leg, TESSERA__MEDIA__STATE__LOST);
		break;
	case TSR_TRANSPORT_CLOSED:
		tsr_metric_count(&tsr_media_counters.handshakes_failed, !(leg->told >> 1));
		tell_state(leg, TESSERA__MEDIA__STATE__FAILED);
		break;
	default:
		break;
	}
}

static void handle_event(struct tsr_leg *leg, const struct tsr_transport_event *event, unsigned via)
{
	struct tsr_lane *lane = leg->room->lane;
	struct tsr_flow *flow;

	switch (event->kind) {
	case TSR_TRANSPORT_EVENT_STATE:
		handle_state(leg, event->state);
		break;
	case TSR_TRANSPORT_EVENT_TUPLE:
		tsr_flow_add(leg, &event->tuple, via);
		tsr_wire_confirm(lane, event->tuple.link);
		break;
	case TSR_TRANSPORT_EVENT_TUPLE_GONE:
		flow = tsr_flow_find(lane, &event->tuple);
		if (flow && flow->leg == leg)
			tsr_flow_remove(lane, flow);
		tsr_wire_expire(lane, event->tuple.link);
		break;
	case TSR_TRANSPORT_EVENT_SELECTED:
		if (leg->egress && tsr_transport_state(leg->live) == TSR_TRANSPORT_CONNECTED)
			tsr_egress_handle_path(leg->egress, lane->now);
		/* The peer may change paths with every check: statistics say the rest. */
		if (tsr_transport_state(leg->live) == TSR_TRANSPORT_CONNECTED &&
			lane->now - leg->told_at >= TELL_AFTER)
			tell_state(leg, TESSERA__MEDIA__STATE__CONNECTED);
		break;
	}
}

void tsr_leg_settle(struct tsr_leg *leg, unsigned via)
{
	struct tsr_transport_event event;

	while (tsr_transport_poll_event(leg->live, &event))
		handle_event(leg, &event, via);
	leg->due = tsr_transport_next_timeout(leg->live, leg->room->lane->now);
	tsr_lane_wake_at(leg->room->lane, leg->due);
}

void tsr_leg_handle_timeout(struct tsr_leg *leg)
{
	struct tsr_lane *lane = leg->room->lane;

	if (lane->now < leg->due)
		return;
	tsr_transport_handle_timeout(leg->live, lane->now, lane->outbox);
	tsr_leg_settle(leg, lane->thread.index);
}

/* ---- datagrams ------------------------------------------------------------------------ */

static int handle_rtp(struct tsr_leg *leg, struct tsr_slice packet)
{
	struct tsr_parcel *parcel = NULL;
	int r;

	if (!leg->ingress)
		return TSR_ERR_STATE;
	r = tsr_ingress_handle_rtp(leg->ingress, packet, leg->room->lane->now, &parcel);
	if (parcel)
		tsr_room_publish(leg, parcel);
	return r;
}

static int handle_rtcp(struct tsr_leg *leg, struct tsr_slice packet)
{
	if (leg->ingress)
		return tsr_ingress_handle_rtcp(leg->ingress, packet, leg->room->lane->now);
	return tsr_egress_handle_rtcp(leg->egress, packet, leg->room->lane->now);
}

void tsr_leg_handle(
	struct tsr_leg *leg, uint8_t *data, size_t len, const struct tsr_tuple *tuple, unsigned via)
{
	struct tsr_lane *lane = leg->room->lane;
	struct tsr_transport_packet packet = { .kind = TSR_PACKET_UNKNOWN };
	int r = tsr_transport_handle_datagram(
		leg->live, &packet, data, len, tuple, lane->now, lane->outbox);

	if (r == 0 && packet.kind == TSR_PACKET_RTP)
		r = handle_rtp(leg, tsr_slice(packet.data, packet.len));
	else if (r == 0 && packet.kind == TSR_PACKET_RTCP)
		r = handle_rtcp(leg, tsr_slice(packet.data, packet.len));
	else
		tsr_leg_settle(leg, via);
	if (r == 0 && packet.kind == TSR_PACKET_UNKNOWN)
		tsr_flow_confirm(leg, tuple, via);
	tsr_media_count_in(r);
	if (packet.kind == TSR_PACKET_RTP || packet.kind == TSR_PACKET_RTCP)
		tsr_lane_mark_dirty(leg->room);
}
