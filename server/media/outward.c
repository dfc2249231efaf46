/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outward: what leaves. Routers write plain packets, receiver by receiver, one behind the other
 * into a stretch of memory that stays in the cache; they are protected in one pass and go out as
 * few messages: packets of one length for one receiver are one message that the kernel or the card
 * splits (UDP_SEGMENT), and many messages are one system call.
 */
#include <stdlib.h>

#include "core/base/err.h"
#include "server/media/counters.h"
#include "server/media/lane.h"

#define JOBS 384
/* Between two receivers, so that no message is cut without need. The more go out together, the
 * fewer times somebody is woken for them: a virtual network card's host, a receiver on this
 * machine. */
#define JOBS_ENOUGH 256
#define SEGMENTS 64                                   /* most of one message; the kernel's limit */
#define RUN_LEN 65000                                 /* most bytes of one message */
#define ROOM (TSR_MEDIA_OUT_MAX + TSR_SRTCP_OVERHEAD) /* of a packet; the larger overhead */

struct tsr_outward {
	size_t n; /* jobs */
	struct tsr_transport_job jobs[JOBS];
	bool is_rtcp[JOBS];
	size_t n_messages;
	const struct tsr_socket *socket; /* of these messages */
	struct tsr_udp_out messages[TSR_UDP_BATCH];
	size_t used; /* of bytes */
	uint8_t bytes[JOBS * ROOM];
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
	struct tsr_udp_sent sent;

	if (o->n_messages == 0)
		return;
	sent = tsr_udp_send(o->socket->fd, o->messages, o->n_messages);
	tsr_metric_count(&tsr_media_counters.messages_out, (int64_t)sent.messages);
	if (sent.lost > 0)
		tsr_metric_count(&tsr_media_counters.dropped[TSR_DROP_SOCKET], (int64_t)sent.lost);
	o->n_messages = 0;
}

static struct tsr_udp_out *begin_message(
	struct tsr_lane *lane, const struct tsr_tuple *to, const uint8_t *data, size_t len)
{
	struct tsr_outward *o = lane->outward;
	const struct tsr_socket *socket = find_socket(lane, to);
	struct tsr_udp_out *message;

	if (!socket)
		return NULL;
	if (o->n_messages == TSR_UDP_BATCH || (o->n_messages > 0 && socket != o->socket))
		send_messages(o);
	o->socket = socket;
	message = &o->messages[o->n_messages++];
	*message = (struct tsr_udp_out){ .data = data,
		.len = len,
		.segment = (uint16_t)len,
		.from = ip_of(to->local_ip),
		.to = ip_of(to->remote_ip),
		.to_port = to->remote_port };
	return message;
}

/* Whether the next packet of the same receiver can be one more segment: it lies behind the last
 * one, which was not shorter. */
static bool extends(const struct tsr_udp_out *message, const struct tsr_transport_job *job)
{
	return message->data + message->len == job->data && job->len <= message->segment &&
	       message->len % message->segment == 0 && message->len + job->len <= RUN_LEN &&
	       message->len / message->segment < SEGMENTS;
}

static void send_by_wire(struct tsr_wire *wire, const struct tsr_transport_job *jobs, size_t n)
{
	for (size_t i = 0; wire && i < n; i++)
		if (jobs[i].len > 0)
			tsr_wire_send(wire, tsr_slice(jobs[i].data, jobs[i].len));
}

/* What lies there for one receiver. */
static void send_to(struct tsr_lane *lane, const struct tsr_tuple *to,
	const struct tsr_transport_job *jobs, size_t n)
{
	struct tsr_udp_out *last = NULL;

	if (to->link != 0) {
		send_by_wire(tsr_wire_find(lane, to->link), jobs, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (jobs[i].len == 0)
			continue;
		if (last && extends(last, &jobs[i]))
			last->len += jobs[i].len;
		else
			last = begin_message(lane, to, jobs[i].data, jobs[i].len);
	}
}

/* ---- STUN and DTLS -------------------------------------------------------------------- */

void tsr_outward_send_outbox(struct tsr_lane *lane)
{
	struct tsr_outbox *outbox = lane->outbox;

	for (size_t i = 0; i < outbox->n; i++) {
		struct tsr_slice datagram = tsr_outbox_slice(outbox, i);
		struct tsr_transport_job job = { .data = (uint8_t *)(uintptr_t)datagram.data,
			.len = datagram.len };

		tsr_media_count_sent(1, datagram.len);
		send_to(lane, &outbox->datagrams[i].tuple, &job, 1);
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

/* The jobs of one transport, from the first on. */
static size_t run_of(const struct tsr_transport_job *jobs, size_t n)
{
	size_t run = 1;

	while (run < n && jobs[run].transport == jobs[0].transport)
		run++;
	return run;
}

static void flush(struct tsr_lane *lane)
{
	struct tsr_outward *o = lane->outward;
	size_t n_sent = 0, bytes = 0;

	protect(o);
	for (size_t i = 0; i < o->n; i++) {
		n_sent += o->jobs[i].len > 0;
		bytes += o->jobs[i].len;
	}
	for (size_t i = 0, run; i < o->n; i += run) {
		const struct tsr_transport_job *jobs = &o->jobs[i];
		const struct tsr_tuple *to = tsr_transport_selected(jobs->transport);

		run = run_of(jobs, o->n - i);
		if (to)
			send_to(lane, to, jobs, run);
	}
	send_messages(o);
	if (n_sent > 0)
		tsr_media_count_sent(n_sent, bytes);
	if (n_sent < o->n)
		tsr_media_count_drops(TSR_DROP_UNPROTECTED, o->n - n_sent);
	o->n = o->used = 0;
}

/* A packet's first len bytes lie in the next place; the tail, if any, in a parcel. */
static void add_job(struct tsr_lane *lane, struct tsr_transport *transport, size_t len,
	struct tsr_slice tail, bool is_rtcp)
{
	struct tsr_outward *o = lane->outward;
	struct tsr_transport_job *job = &o->jobs[o->n];

	*job = (struct tsr_transport_job){
		.transport = transport, .data = o->bytes + o->used, .head_len = len, .tail = tail
	};
	o->is_rtcp[o->n] = is_rtcp;
	if (is_rtcp) {
		job->len = tsr_transport_protect_rtcp(transport, job->data, &len) == 0 ? len : 0;
		o->used += job->len;
	} else {
		o->used += len + tail.len + tsr_transport_overhead(transport);
	}
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

	while ((n = tsr_egress_poll_parts(egress, o->bytes + o->used, TSR_MEDIA_OUT_MAX, lane->now,
			&kind, &tail)) > 0)
		add_job(lane, leg->live, n, tail, kind == TSR_MEDIA_RTCP);
	if (o->n >= JOBS_ENOUGH)
		flush(lane);
}

static void drain_ingress(struct tsr_lane *lane, struct tsr_ingress *ingress)
{
	struct tsr_outward *o = lane->outward;
	struct tsr_leg *leg = tsr_ingress_user(ingress);
	size_t n;

	while ((n = tsr_ingress_poll(ingress, o->bytes + o->used, TSR_MEDIA_OUT_MAX, lane->now)) >
		0)
		add_job(lane, leg->live, n, tsr_slice(NULL, 0), true);
}

static void drain_room(struct tsr_room *room)
{
	struct tsr_lane *lane = room->lane;
	struct tsr_egress *egress;
	struct tsr_ingress *ingress;

	tsr_router_handle_timeout(room->router, lane->now);
	while ((egress = tsr_router_poll_egress(room->router)))
		drain_egress(lane, egress);
	tsr_room_handle_events(room);
	while ((ingress = tsr_router_poll_ingress(room->router)))
		drain_ingress(lane, ingress);
	tsr_timer_set(room->timer, tsr_router_next_timeout(room->router));
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
