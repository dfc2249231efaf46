/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outward: what leaves. Routers write plain packets, receiver by receiver, into one stretch of
 * memory that stays in the cache; they are protected in one pass and go out as few messages:
 * packets of one length for one receiver are one message that the kernel splits (UDP_SEGMENT), and
 * many messages are one system call.
 */
#include <stdlib.h>

#include "core/base/err.h"
#include "server/media/counters.h"
#include "server/media/lane.h"

#define JOBS 128
#define ROOM (TSR_MEDIA_OUT_MAX + TSR_SRTCP_OVERHEAD) /* of a packet; the larger overhead */

struct tsr_outward {
	size_t n; /* jobs */
	struct tsr_transport_job jobs[JOBS];
	bool is_rtcp[JOBS];
	size_t n_messages;
	const struct tsr_socket *socket; /* of these messages */
	struct tsr_udp_out messages[TSR_UDP_BATCH];
	struct iovec parts[JOBS];
	size_t n_parts;
	uint8_t bytes[JOBS][ROOM];
};

int tsr_outward_create(struct tsr_lane *lane)
{
	lane->outward = calloc(1, sizeof(*lane->outward));
	lane->outbox = calloc(1, sizeof(*lane->outbox));
	return lane->outward && lane->outbox ? 0 : TSR_ERR_NOMEM;
}

void tsr_outward_destroy(struct tsr_lane *lane)
{
	free(lane->outward);
	free(lane->outbox);
}

/* ---- messages ------------------------------------------------------------------------- */

static bool is_v4(const uint8_t ip[static 16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(ip, mapped, sizeof(mapped)) == 0;
}

static struct tsr_udp_ip ip_of(const uint8_t ip[static 16])
{
	struct tsr_udp_ip out = { .is_v6 = !is_v4(ip) };

	memcpy(out.bytes, out.is_v6 ? ip : ip + 12, out.is_v6 ? 16 : 4);
	return out;
}

/* The socket whose port the peer sees. */
static const struct tsr_socket *find_socket(
	const struct tsr_lane *lane, const struct tsr_tuple *tuple)
{
	bool is_v6 = !is_v4(tuple->remote_ip);

	for (size_t i = 0; i < lane->n_sockets; i++)
		if (lane->sockets[i].port == tuple->local_port && lane->sockets[i].is_v6 == is_v6)
			return &lane->sockets[i];
	return NULL;
}

static void send_messages(struct tsr_outward *o)
{
	size_t lost;

	if (o->n_messages == 0)
		return;
	lost = tsr_udp_send(o->socket->fd, o->messages, o->n_messages);
	tsr_metric_count(&tsr_media_counters.messages_out, (int64_t)o->n_messages);
	if (lost > 0)
		tsr_metric_count(&tsr_media_counters.dropped[TSR_DROP_SOCKET], (int64_t)lost);
	o->n_messages = 0;
	o->n_parts = 0;
}

static bool is_same_ip(const struct tsr_udp_ip *a, const uint8_t ip[static 16])
{
	struct tsr_udp_ip b = ip_of(ip);

	return a->is_v6 == b.is_v6 && memcmp(a->bytes, b.bytes, sizeof(b.bytes)) == 0;
}

/* Between the same two addresses: a peer may check several of ours from one of his. */
static bool is_same_path(const struct tsr_udp_out *message, const struct tsr_tuple *to)
{
	return message->to_port == to->remote_port && is_same_ip(&message->to, to->remote_ip) &&
	       is_same_ip(&message->from, to->local_ip);
}

/* Whether a packet can be one more segment of the message: the last one was not shorter. */
static bool fits(const struct tsr_udp_out *message, const struct tsr_tuple *to, size_t len)
{
	return message->n_parts < TSR_UDP_SEGMENTS && len <= message->segment &&
	       message->len % message->segment == 0 && message->len + len <= TSR_UDP_RUN_LEN &&
	       is_same_path(message, to);
}

static void add_message(
	struct tsr_lane *lane, const struct tsr_tuple *to, const uint8_t *data, size_t len)
{
	struct tsr_outward *o = lane->outward;
	const struct tsr_socket *socket = find_socket(lane, to);
	struct tsr_udp_out *last;

	if (!socket)
		return;
	if (o->n_messages > 0 && (socket != o->socket || o->n_parts == JOBS))
		send_messages(o);
	last = o->n_messages > 0 ? &o->messages[o->n_messages - 1] : NULL;
	if (!last || !fits(last, to, len)) {
		if (o->n_messages == TSR_UDP_BATCH)
			send_messages(o);
		last = &o->messages[o->n_messages++];
		*last = (struct tsr_udp_out){ .parts = &o->parts[o->n_parts],
			.segment = (uint16_t)len,
			.from = ip_of(to->local_ip),
			.to = ip_of(to->remote_ip),
			.to_port = to->remote_port };
	}
	o->socket = socket;
	o->parts[o->n_parts++] = (struct iovec){ (void *)(uintptr_t)data, len };
	last->n_parts++;
	last->len += len;
}

static void send_to(
	struct tsr_lane *lane, const struct tsr_tuple *to, const uint8_t *data, size_t len)
{
	struct tsr_wire *wire;

	tsr_media_count_sent(len);
	if (to->link == 0) {
		add_message(lane, to, data, len);
		return;
	}
	wire = tsr_wire_find(lane, to->link);
	if (wire)
		tsr_wire_send(wire, tsr_slice(data, len));
}

/* ---- STUN and DTLS -------------------------------------------------------------------- */

void tsr_outward_send_outbox(struct tsr_lane *lane)
{
	struct tsr_outbox *outbox = lane->outbox;

	for (size_t i = 0; i < outbox->n; i++) {
		struct tsr_slice datagram = tsr_outbox_slice(outbox, i);

		send_to(lane, &outbox->datagrams[i].tuple, datagram.data, datagram.len);
	}
	send_messages(lane->outward);
	outbox->n = outbox->used = 0;
}

/* ---- RTP and RTCP --------------------------------------------------------------------- */

/* In one pass but for RTCP in between, which is protected already. */
static void protect(struct tsr_outward *o)
{
	size_t from = 0;

	for (size_t i = 0; i <= o->n; i++) {
		if (i < o->n && !o->is_rtcp[i])
			continue;
		if (i > from)
			tsr_transport_protect(&o->jobs[from], i - from);
		from = i + 1;
	}
}

static void flush(struct tsr_lane *lane)
{
	struct tsr_outward *o = lane->outward;

	protect(o);
	for (size_t i = 0; i < o->n; i++) {
		const struct tsr_transport_job *job = &o->jobs[i];
		const struct tsr_tuple *to =
			job->len > 0 ? tsr_transport_selected(job->transport) : NULL;

		if (to)
			send_to(lane, to, job->data, job->len);
		else
			tsr_media_count_drop(TSR_DROP_UNPROTECTED);
	}
	send_messages(o);
	o->n = 0;
}

/* A packet's first len bytes lie in the next place; the tail, if any, in a parcel. */
static void add_job(struct tsr_lane *lane, struct tsr_transport *transport, size_t len,
	struct tsr_slice tail, bool is_rtcp)
{
	struct tsr_outward *o = lane->outward;
	struct tsr_transport_job *job = &o->jobs[o->n];

	*job = (struct tsr_transport_job){
		.transport = transport, .data = o->bytes[o->n], .head_len = len, .tail = tail
	};
	o->is_rtcp[o->n] = is_rtcp;
	if (is_rtcp)
		job->len = tsr_transport_protect_rtcp(transport, job->data, &len) == 0 ? len : 0;
	if (++o->n == JOBS)
		flush(lane);
}

static void drain_egress(struct tsr_lane *lane, struct tsr_egress *egress)
{
	struct tsr_outward *o = lane->outward;
	struct tsr_leg *leg = tsr_egress_user(egress);
	enum tsr_media_kind kind;
	struct tsr_slice tail;
	size_t n;

	while ((n = tsr_egress_poll_parts(
			egress, o->bytes[o->n], TSR_MEDIA_OUT_MAX, lane->now, &kind, &tail)) > 0)
		add_job(lane, leg->live, n, tail, kind == TSR_MEDIA_RTCP);
}

static void drain_ingress(struct tsr_lane *lane, struct tsr_ingress *ingress)
{
	struct tsr_outward *o = lane->outward;
	struct tsr_leg *leg = tsr_ingress_user(ingress);
	size_t n;

	while ((n = tsr_ingress_poll(ingress, o->bytes[o->n], TSR_MEDIA_OUT_MAX, lane->now)) > 0)
		add_job(lane, leg->live, n, tsr_slice(NULL, 0), true);
}

static void drain_room(struct tsr_room *room)
{
	struct tsr_lane *lane = room->lane;
	struct tsr_egress *egress;
	struct tsr_ingress *ingress;

	while ((egress = tsr_router_poll_egress(room->router)))
		drain_egress(lane, egress);
	tsr_room_handle_events(room);
	while ((ingress = tsr_router_poll_ingress(room->router)))
		drain_ingress(lane, ingress);
	room->due = tsr_router_next_timeout(room->router);
	tsr_lane_wake_at(lane, room->due);
}

void tsr_outward_drain(void *user)
{
	struct tsr_lane *lane = user;

	if (tsr_list_is_empty(&lane->dirty))
		return;
	tsr_lane_now(lane);
	while (!tsr_list_is_empty(&lane->dirty)) {
		struct tsr_room *room =
			tsr_list_entry(lane->dirty.next, struct tsr_room, dirty_link);

		tsr_list_remove(&room->dirty_link);
		if (room->router)
			drain_room(room);
	}
	flush(lane);
}
