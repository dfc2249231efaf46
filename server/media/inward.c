/* SPDX-License-Identifier: Apache-2.0 */
/* inward: datagrams from the sockets, from TCP connections and from lanes where they landed by
 * mistake, each to the transport whose it is. */
#include <stdlib.h>

#include "core/base/err.h"
#include "core/media/precall.h"
#include "core/media/stun.h"
#include "server/media/counters.h"
#include "server/media/lane.h"

#define TURN_MAX 512 /* datagrams of one socket, then others get their turn */

/* ---- between lanes -------------------------------------------------------------------- */

static struct tsr_leg *find_leg(
	const struct tsr_lane *lane, struct tsr_slice datagram, const struct tsr_tuple *tuple)
{
	struct tsr_flow *flow;
	struct tsr_name *name;
	struct tsr_stun stun;

	if (tsr_packet_kind(datagram) == TSR_PACKET_STUN) {
		if (tsr_stun_parse(&stun, datagram) != 0)
			return NULL;
		name = tsr_name_find(lane, tsr_stun_ufrag(&stun));
		return name ? name->leg : NULL;
	}
	flow = tsr_flow_find(lane, tuple);
	return flow ? flow->leg : NULL;
}

static void on_stray(void *to, void *item, uint64_t unused)
{
	struct tsr_lane *lane = to;
	struct tsr_stray *stray = item;
	struct tsr_leg *leg = find_leg(lane, tsr_slice(stray->data, stray->len), &stray->tuple);

	(void)unused;
	tsr_lane_now(lane);
	if (leg && leg->live) {
		tsr_leg_handle(leg, stray->data, stray->len, &stray->tuple, stray->via);
		tsr_outward_send_outbox(lane);
	} else {
		tsr_media_count_drop(TSR_DROP_STRANGER);
	}
	tsr_stray_return(stray);
}

static void forward(struct tsr_lane *lane, unsigned owner, struct tsr_slice datagram,
	const struct tsr_tuple *tuple)
{
	struct tsr_stray *stray = NULL;

	tsr_metric_count(&tsr_media_counters.strays, 1);
	if (!tsr_thread_is_behind(&lane->thread, owner))
		stray = tsr_stray_take(&lane->strays, datagram);
	if (!stray) {
		tsr_media_count_drop(TSR_DROP_BEHIND);
		return;
	}
	stray->tuple = *tuple;
	stray->via = lane->thread.index;
	tsr_thread_post(&lane->thread, owner, on_stray, stray, 0);
}

/* ---- STUN ----------------------------------------------------------------------------- */

struct taken {
	uint64_t session;
	uint32_t transport;
};

/* What was kept in case it would be ours. */
static void on_taken(void *to, void *item, uint64_t unused)
{
	struct tsr_lane *lane = to;
	struct taken *taken = item;
	struct tsr_room *room = tsr_room_find(lane, taken->session);
	struct tsr_leg *leg = room ? tsr_leg_find(room, taken->transport) : NULL;

	(void)unused;
	if (leg && !leg->live)
		tsr_room_drop_consumers(leg);
	free(taken);
}

static void tell_taken(const struct tsr_leg *leg)
{
	struct tsr_lane *lane = leg->room->lane;

	for (unsigned i = 0; i < lane->media->n_lanes; i++) {
		struct taken *taken;

		if (i == lane->thread.index || !(taken = malloc(sizeof(*taken))))
			continue; /* it only costs them memory */
		*taken = (struct taken){ leg->room->session, leg->transport };
		tsr_thread_post(&lane->thread, i, on_taken, taken, 0);
	}
}

/* Nobody's yet: it becomes ours if the request is authentic. */
static bool take(struct tsr_lane *lane, const struct tsr_name *name, const struct tsr_stun *stun)
{
	struct tsr_leg *leg = name->leg;

	if (tsr_stun_check(stun, tsr_slice_str(name->credentials.pwd)) != 0) {
		tsr_media_count_in(TSR_ERR_AUTH);
		return false;
	}
	if (!tsr_claim_take(leg->claim, lane->thread.index))
		return true; /* another lane was faster */
	if (tsr_leg_go_live(leg) != 0) {
		tsr_media_count_in(TSR_ERR_NOMEM);
		return false;
	}
	tell_taken(leg);
	return true;
}

/* Somebody who is in no call yet may be trying whether one would come through. */
static void handle_stranger(
	struct tsr_lane *lane, const struct tsr_stun *stun, const struct tsr_tuple *tuple)
{
	int r = TSR_ERR_UNKNOWN;

	if (tsr_precall_is_meant(stun))
		r = tsr_precall_handle_request(
			&lane->precall, stun, tuple, lane->now, lane->outbox);
	if (r == 0)
		tsr_metric_count(&tsr_media_counters.precalls, 1);
	else
		tsr_media_count_drop(r == TSR_ERR_RATE ? TSR_DROP_RATE : TSR_DROP_STRANGER);
}

/* Returns false when the wire was given to another lane. */
static bool handle_stun(struct tsr_lane *lane, uint8_t *data, size_t len,
	const struct tsr_tuple *tuple, struct tsr_wire *wire)
{
	struct tsr_name *name;
	struct tsr_stun stun;
	int32_t owner;

	if (tsr_stun_parse(&stun, tsr_slice(data, len)) != 0) {
		tsr_media_count_drop(TSR_DROP_STRANGER);
		return true;
	}
	name = tsr_name_find(lane, tsr_stun_ufrag(&stun));
	if (!name) {
		handle_stranger(lane, &stun, tuple);
		return true;
	}
	if (!name->leg->live && !tsr_leg_is_elsewhere(name->leg) && !take(lane, name, &stun))
		return true;
	if (name->leg->live) {
		tsr_leg_handle(name->leg, data, len, tuple, lane->thread.index);
		return true;
	}
	owner = atomic_load(&name->leg->claim->owner);
	if (wire) {
		tsr_wire_move(wire, (unsigned)owner);
		return false;
	}
	forward(lane, (unsigned)owner, tsr_slice(data, len), tuple);
	return true;
}

bool tsr_inward_handle(struct tsr_lane *lane, uint8_t *data, size_t len,
	const struct tsr_tuple *tuple, struct tsr_wire *wire)
{
	enum tsr_packet_kind kind = tsr_packet_kind(tsr_slice(data, len));
	const struct tsr_flow *flow;

	if (kind == TSR_PACKET_STUN)
		return handle_stun(lane, data, len, tuple, wire);
	flow = kind == TSR_PACKET_UNKNOWN ? NULL : tsr_flow_find(lane, tuple);
	if (!flow)
		tsr_media_count_drop(
			kind == TSR_PACKET_UNKNOWN ? TSR_DROP_GARBAGE : TSR_DROP_STRANGER);
	else if (flow->leg)
		tsr_leg_handle(flow->leg, data, len, tuple, lane->thread.index);
	else
		forward(lane, flow->owner, tsr_slice(data, len), tuple);
	return true;
}

/* ---- sockets -------------------------------------------------------------------------- */

static void set_ip(uint8_t out[static 16], const struct tsr_udp_ip *ip)
{
	if (ip->is_v6) {
		memcpy(out, ip->bytes, 16);
		return;
	}
	memset(out, 0, 10);
	out[10] = out[11] = 0xff;
	memcpy(out + 12, ip->bytes, 4);
}

/* Until nothing is left: the rest of a frame comes while its beginning is handled, and leaves with
 * it. */
void tsr_inward_on_poll(void *user, unsigned events)
{
	struct tsr_socket *socket = user;
	struct tsr_lane *lane = socket->lane;
	size_t n, all = 0, bytes = 0;

	(void)events;
	while (all < TURN_MAX && (n = tsr_udp_receive(lane->batch, socket->fd, lane->in)) > 0) {
		tsr_lane_now(lane);
		for (size_t i = 0; i < n; i++) {
			const struct tsr_udp_in *in = &lane->in[i];
			struct tsr_tuple tuple = { .local_port = socket->port,
				.remote_port = in->from_port };

			set_ip(tuple.local_ip, &in->to);
			set_ip(tuple.remote_ip, &in->from);
			bytes += in->len;
			tsr_inward_handle(lane, in->data, in->len, &tuple, NULL);
			if (lane->outbox->n > TSR_OUTBOX_N / 2)
				tsr_outward_send_outbox(lane);
		}
		all += n;
	}
	tsr_media_count_received(all, bytes);
	tsr_outward_send_outbox(lane);
}
