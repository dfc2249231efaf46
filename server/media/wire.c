/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire: a TCP connection of ICE (RFC 6544, passive), each datagram after its length (RFC 4571). It
 * has WIRE_TIME to prove itself by STUN and then lives as long as its tuple. Anybody can open many
 * that prove nothing: who means it has proven himself before UNPROVEN_MAX others came. What the
 * socket does not take waits up to a bound, beyond which datagrams are lost, as on any line.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/media/framing.h"
#include "server/media/counters.h"
#include "server/media/lane.h"
#include "sys/files.h"
#include "sys/log.h"

#define WIRE_TIME (10 * TSR_SECOND)
#define UNPROVEN_MAX 512u /* of a lane; one more ends the oldest */
#define WAITING_MAX (128u << 10)
#define READS 16 /* of one connection, then others get their turn */

struct tsr_wire {
	struct tsr_list link;  /* in lane->wires */
	struct tsr_wire *next; /* in its bucket of lane->wires_by_number */
	struct tsr_lane *lane;
	struct tsr_poll *poll;
	int fd;
	struct tsr_tuple tuple;
	tsr_time deadline; /* TSR_TIME_NEVER once it has proven itself */
	struct tsr_framing framing;
	uint8_t *waiting; /* WAITING_MAX bytes, made when needed */
	size_t first, n_waiting;
};

static _Atomic uint32_t last_number; /* of all lanes: never used twice */

static void on_poll(void *user, unsigned events);

/* ---- life ----------------------------------------------------------------------------- */

static void set_end(uint8_t ip[static 16], uint16_t *port, const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)ss;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)ss;

	if (ss->ss_family == AF_INET6) {
		memcpy(ip, &v6->sin6_addr, 16);
		*port = ntohs(v6->sin6_port);
		return;
	}
	memset(ip, 0, 10);
	ip[10] = ip[11] = 0xff;
	memcpy(ip + 12, &v4->sin_addr, 4);
	*port = ntohs(v4->sin_port);
}

static int read_tuple(struct tsr_wire *wire)
{
	struct sockaddr_storage here = { 0 }, there = { 0 };
	socklen_t here_len = sizeof(here), there_len = sizeof(there);

	if (getsockname(wire->fd, (struct sockaddr *)&here, &here_len) != 0 ||
		getpeername(wire->fd, (struct sockaddr *)&there, &there_len) != 0)
		return TSR_ERR_CLOSED;
	set_end(wire->tuple.local_ip, &wire->tuple.local_port, &here);
	set_end(wire->tuple.remote_ip, &wire->tuple.remote_port, &there);
	wire->tuple.link = atomic_fetch_add(&last_number, 1) + 1;
	return 0;
}

static struct tsr_wire **bucket_of(const struct tsr_lane *lane, uint32_t number)
{
	return (struct tsr_wire **)&lane->wires_by_number[number % TSR_LANE_WIRES];
}

static int watch(struct tsr_wire *wire, struct tsr_lane *lane)
{
	struct tsr_wire **bucket = bucket_of(lane, wire->tuple.link);
	int r = tsr_poll_open(&wire->poll, lane->thread.loop, wire->fd, on_poll, wire);

	if (r != 0)
		return r;
	wire->lane = lane;
	tsr_list_append(&lane->wires, &wire->link);
	wire->next = *bucket;
	*bucket = wire;
	tsr_poll_set(
		wire->poll, wire->n_waiting > 0 ? TSR_POLL_READ | TSR_POLL_WRITE : TSR_POLL_READ);
	lane->n_unproven += wire->deadline != TSR_TIME_NEVER;
	tsr_lane_wake_at(lane, wire->deadline);
	return 0;
}

static void unwatch(struct tsr_wire *wire)
{
	struct tsr_wire **at = bucket_of(wire->lane, wire->tuple.link);

	while (*at != wire)
		at = &(*at)->next;
	*at = wire->next;
	wire->lane->n_unproven -= wire->deadline != TSR_TIME_NEVER;
	tsr_poll_close(&wire->poll);
	tsr_list_remove(&wire->link);
}

static void set_deadline(struct tsr_wire *wire, tsr_time deadline)
{
	wire->lane->n_unproven -= wire->deadline != TSR_TIME_NEVER;
	wire->lane->n_unproven += deadline != TSR_TIME_NEVER;
	wire->deadline = deadline;
}

static void wire_free(struct tsr_wire *wire)
{
	tsr_fd_close(&wire->fd);
	free(wire->waiting);
	free(wire);
	tsr_metric_down(&tsr_media_counters.wires);
}

static void close_oldest_unproven(struct tsr_lane *lane)
{
	tsr_list_each (pos, next, &lane->wires) {
		struct tsr_wire *wire = tsr_list_entry(pos, struct tsr_wire, link);

		if (wire->deadline == TSR_TIME_NEVER)
			continue;
		tsr_metric_count(&tsr_media_counters.wires_refused, 1);
		tsr_wire_close(wire);
		return;
	}
}

void tsr_wire_open(struct tsr_lane *lane, int fd)
{
	struct tsr_wire *wire = calloc(1, sizeof(*wire));

	if (lane->n_unproven >= UNPROVEN_MAX)
		close_oldest_unproven(lane);
	if (!wire) {
		tsr_fd_close(&fd);
		return;
	}
	tsr_metric_up(&tsr_media_counters.wires);
	wire->fd = fd;
	wire->deadline = tsr_lane_now(lane) + WIRE_TIME;
	tsr_framing_init(&wire->framing);
	tsr_list_init(&wire->link);
	if (read_tuple(wire) != 0 || watch(wire, lane) != 0)
		wire_free(wire);
}

void tsr_wire_close(struct tsr_wire *wire)
{
	struct tsr_lane *lane = wire->lane;
	struct tsr_flow *flow = tsr_flow_find(lane, &wire->tuple);
	struct tsr_leg *leg = flow ? flow->leg : NULL;
	struct tsr_tuple tuple = wire->tuple;

	unwatch(wire);
	wire_free(wire);
	if (leg) {
		tsr_transport_handle_link_closed(leg->live, &tuple);
		tsr_leg_settle(leg, lane->thread.index);
	}
}

struct tsr_wire *tsr_wire_find(const struct tsr_lane *lane, uint32_t number)
{
	struct tsr_wire *wire = number == 0 ? NULL : *bucket_of(lane, number);

	while (wire && wire->tuple.link != number)
		wire = wire->next;
	return wire;
}

void tsr_wire_confirm(struct tsr_lane *lane, uint32_t number)
{
	struct tsr_wire *wire = tsr_wire_find(lane, number);

	if (wire)
		set_deadline(wire, TSR_TIME_NEVER);
}

/* Not at once: its datagram may be at hand. */
void tsr_wire_expire(struct tsr_lane *lane, uint32_t number)
{
	struct tsr_wire *wire = tsr_wire_find(lane, number);

	if (!wire)
		return;
	set_deadline(wire, lane->now);
	tsr_lane_wake_at(lane, lane->now);
}

void tsr_wires_handle_timeout(struct tsr_lane *lane)
{
	tsr_list_each (pos, next, &lane->wires) {
		struct tsr_wire *wire = tsr_list_entry(pos, struct tsr_wire, link);

		if (lane->now >= wire->deadline)
			tsr_wire_close(wire);
		else
			tsr_lane_wake_at(lane, wire->deadline);
	}
}

void tsr_wires_finish(struct tsr_lane *lane)
{
	tsr_list_each (pos, next, &lane->wires) {
		struct tsr_wire *wire = tsr_list_entry(pos, struct tsr_wire, link);

		unwatch(wire);
		wire_free(wire);
	}
}

/* ---- in ------------------------------------------------------------------------------- */

/* Returns false when the wire is not this lane's any more. */
static bool handle_whole(struct tsr_wire *wire)
{
	struct tsr_lane *lane = wire->lane;
	uint8_t *data;
	size_t len;
	int r;

	while ((r = tsr_framing_next(&wire->framing, &data, &len)) == 0) {
		tsr_media_count_received(1, len);
		if (!tsr_inward_handle(lane, data, len, &wire->tuple, wire))
			return false;
	}
	if (r == TSR_ERR_AGAIN)
		return true;
	tsr_media_count_in(r);
	tsr_wire_close(wire);
	return false;
}

static void read_all(struct tsr_wire *wire)
{
	for (unsigned i = 0; i < READS; i++) {
		size_t cap;
		uint8_t *space = tsr_framing_space(&wire->framing, &cap);
		ssize_t n = recv(wire->fd, space, cap, MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			tsr_wire_close(wire);
			return;
		}
		tsr_framing_handle(&wire->framing, (size_t)n);
		if (!handle_whole(wire) || (size_t)n < cap)
			return;
	}
}

/* ---- out ------------------------------------------------------------------------------ */

/* Returns how much of it the socket took. */
static size_t put(const struct tsr_wire *wire, const uint8_t *data, size_t len)
{
	ssize_t n = send(wire->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	return n > 0 ? (size_t)n : 0; /* what is wrong shows when it is read */
}

static void write_waiting(struct tsr_wire *wire)
{
	size_t n = put(wire, wire->waiting + wire->first, wire->n_waiting);

	wire->first += n;
	wire->n_waiting -= n;
	if (wire->n_waiting == 0)
		tsr_poll_set(wire->poll, TSR_POLL_READ);
}

static bool keep(struct tsr_wire *wire, const uint8_t *data, size_t len)
{
	if (!wire->waiting && !(wire->waiting = malloc(WAITING_MAX)))
		return false;
	if (wire->first + wire->n_waiting + len > WAITING_MAX) {
		memmove(wire->waiting, wire->waiting + wire->first, wire->n_waiting);
		wire->first = 0;
	}
	if (wire->n_waiting + len > WAITING_MAX)
		return false;
	memcpy(wire->waiting + wire->first + wire->n_waiting, data, len);
	wire->n_waiting += len;
	tsr_poll_set(wire->poll, TSR_POLL_READ | TSR_POLL_WRITE);
	return true;
}

void tsr_wire_send(struct tsr_wire *wire, struct tsr_slice datagram)
{
	uint8_t frame[TSR_FRAMING_HEADER_LEN + TSR_DATAGRAM_MAX];
	size_t len = TSR_FRAMING_HEADER_LEN + datagram.len, n = 0;

	if (len > sizeof(frame))
		return;
	tsr_framing_write(frame, datagram.len);
	memcpy(frame + TSR_FRAMING_HEADER_LEN, datagram.data, datagram.len);
	if (wire->n_waiting > 0 && wire->n_waiting + len > WAITING_MAX) {
		tsr_media_count_drop(TSR_DROP_SOCKET);
		return;
	}
	if (wire->n_waiting == 0)
		n = put(wire, frame, len);
	/* Half a frame would garble all that follows: there is room for the rest of one. */
	if (n < len && !keep(wire, frame + n, len - n))
		shutdown(wire->fd, SHUT_RDWR);
}

static void on_poll(void *user, unsigned events)
{
	struct tsr_wire *wire = user;
	struct tsr_lane *lane = wire->lane;

	tsr_lane_now(lane);
	if (events & TSR_POLL_WRITE && wire->n_waiting > 0)
		write_waiting(wire);
	if (events & TSR_POLL_READ)
		read_all(wire);
	tsr_outward_send_outbox(lane);
}

/* ---- to another lane ------------------------------------------------------------------ */

static void on_move(void *to, void *item, uint64_t unused)
{
	struct tsr_lane *lane = to;
	struct tsr_wire *wire = item;

	(void)unused;
	tsr_lane_now(lane);
	if (lane->is_stopping || watch(wire, lane) != 0) {
		wire_free(wire);
		return;
	}
	handle_whole(wire);
	tsr_outward_send_outbox(lane);
}

/* The datagram that said whose it is must be said again: STUN is. Nothing is proven there yet. */
void tsr_wire_move(struct tsr_wire *wire, unsigned to)
{
	struct tsr_lane *lane = wire->lane;

	unwatch(wire);
	wire->deadline = lane->now + WIRE_TIME;
	tsr_thread_post(&lane->thread, to, on_move, wire, 0);
}
