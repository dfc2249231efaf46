/* SPDX-License-Identifier: Apache-2.0 */
#include "pair.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/time.h>

#define START (1000 * TSR_SECOND)
#define UNIX_S 1800000000

struct pair *pair_clock;

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	tsr_time now = pair_clock ? pair_clock->now : START;

	(void)zone;
	*tv = (struct timeval){ .tv_sec = UNIX_S + now / TSR_SECOND, .tv_usec = now % TSR_SECOND };
	return 0;
}

/* splitmix64 */
static uint32_t draw(struct pair *pair, uint32_t bound)
{
	uint64_t z = pair->rng += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return bound ? (uint32_t)((z ^ z >> 31) % bound) : 0;
}

struct tsr_tuple pair_path(uint16_t client_port)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };
	struct tsr_tuple path = { .local_port = client_port, .remote_port = 8200 };

	memcpy(path.local_ip, prefix, sizeof(prefix));
	memcpy(path.remote_ip, prefix, sizeof(prefix));
	path.local_ip[12] = path.remote_ip[12] = 10;
	path.local_ip[15] = 1;
	path.remote_ip[15] = 2;
	return path;
}

struct tsr_tuple pair_swap(const struct tsr_tuple *tuple)
{
	struct tsr_tuple swapped = *tuple;

	memcpy(swapped.local_ip, tuple->remote_ip, 16);
	memcpy(swapped.remote_ip, tuple->local_ip, 16);
	swapped.local_port = tuple->remote_port;
	swapped.remote_port = tuple->local_port;
	return swapped;
}

static bool side_create(struct pair_side *side, enum tsr_transport_role role)
{
	tsr_ice_draw(&side->credentials, role == TSR_TRANSPORT_SERVER ? "s" : "c");
	return tsr_dtls_identity_create(&side->identity, UNIX_S) == 0 &&
	       tsr_transport_create(
		       &side->transport, role, side->identity, &side->credentials, side) == 0;
}

bool pair_create(struct pair *pair, uint64_t seed)
{
	*pair = (struct pair){ .now = START, .rng = seed, .delay = 10 * TSR_MS };
	pair_clock = pair;
	return side_create(&pair->client, TSR_TRANSPORT_CLIENT) &&
	       side_create(&pair->server, TSR_TRANSPORT_SERVER) &&
	       tsr_transport_set_peer(pair->client.transport,
		       tsr_dtls_identity_fingerprint(pair->server.identity)) == 0 &&
	       tsr_transport_set_peer(pair->server.transport,
		       tsr_dtls_identity_fingerprint(pair->client.identity)) == 0;
}

void pair_destroy(struct pair *pair)
{
	tsr_transport_destroy(pair->client.transport);
	tsr_transport_destroy(pair->server.transport);
	tsr_dtls_identity_destroy(pair->client.identity);
	tsr_dtls_identity_destroy(pair->server.identity);
	pair_clock = NULL;
}

void pair_check(struct pair *pair, const struct tsr_tuple *path)
{
	pair->path = *path;
	tsr_transport_check(pair->client.transport, &pair->server.credentials, path, pair->now);
}

/* ---- the network ---- */

static void fly_once(
	struct pair *pair, bool to_server, const struct tsr_tuple *tuple, struct tsr_slice bytes)
{
	struct flight *flight = &pair->flights[pair->n_flights];

	if (pair->n_flights == PAIR_FLIGHTS)
		return;
	pair->n_flights++;
	flight->at = pair->now + pair->delay + draw(pair, (uint32_t)pair->jitter);
	flight->to_server = to_server;
	flight->tuple = *tuple;
	flight->len = bytes.len;
	memcpy(flight->data, bytes.data, bytes.len);
}

static void fly(
	struct pair *pair, bool to_server, const struct tsr_tuple *sent_on, struct tsr_slice bytes)
{
	struct tsr_tuple tuple = pair_swap(sent_on);

	pair->n_sent++;
	if (pair->is_cut || draw(pair, 1000) < pair->loss)
		return;
	fly_once(pair, to_server, &tuple, bytes);
	if (draw(pair, 1000) < pair->doubles)
		fly_once(pair, to_server, &tuple, bytes);
}

/* After every call: what it wants sent, and what it has to say. */
static void drain(struct pair *pair, struct pair_side *side)
{
	struct tsr_transport_event event;

	for (size_t i = 0; i < pair->outbox.n; i++)
		fly(pair, side == &pair->client, &pair->outbox.datagrams[i].tuple,
			tsr_outbox_slice(&pair->outbox, i));
	pair->outbox.n = pair->outbox.used = 0;
	while (tsr_transport_poll_event(side->transport, &event))
		if (side->n_events < PAIR_EVENTS)
			side->events[side->n_events++] = event;
}

static int receive(struct pair *pair, struct pair_side *side, uint8_t *data, size_t len,
	const struct tsr_tuple *tuple)
{
	struct tsr_transport_packet packet;

	side->last_err = tsr_transport_handle_datagram(
		side->transport, &packet, data, len, tuple, pair->now, &pair->outbox);
	side->n_rtp += packet.kind == TSR_PACKET_RTP;
	side->n_rtcp += packet.kind == TSR_PACKET_RTCP;
	if (packet.kind != TSR_PACKET_UNKNOWN) {
		memcpy(side->last, packet.data, packet.len);
		side->last_len = packet.len;
	}
	drain(pair, side);
	return side->last_err;
}

int pair_inject(struct pair *pair, bool to_server, const void *data, size_t len,
	const struct tsr_tuple *tuple)
{
	uint8_t *copy = malloc(len ? len : 1); /* exact, for the sanitizer */
	int r;

	assert(copy);
	memcpy(copy, data, len);
	r = receive(pair, to_server ? &pair->server : &pair->client, copy, len, tuple);
	free(copy);
	return r;
}

/* ---- time ---- */

static struct flight *next_flight(struct pair *pair)
{
	struct flight *next = NULL;

	for (uint32_t i = 0; i < pair->n_flights; i++)
		if (!next || pair->flights[i].at < next->at)
			next = &pair->flights[i];
	return next;
}

static void tick(struct pair *pair, struct pair_side *side)
{
	if (tsr_transport_next_timeout(side->transport, pair->now) > pair->now)
		return;
	tsr_transport_handle_timeout(side->transport, pair->now, &pair->outbox);
	drain(pair, side);
}

static void land(struct pair *pair, struct flight *flight)
{
	static uint8_t data[TSR_DATAGRAM_MAX];
	struct tsr_tuple tuple = flight->tuple;
	bool to_server = flight->to_server;
	size_t len = flight->len;

	memcpy(data, flight->data, len);
	*flight = pair->flights[--pair->n_flights];
	receive(pair, to_server ? &pair->server : &pair->client, data, len, &tuple);
}

void pair_run(struct pair *pair, tsr_time for_)
{
	tsr_time end = pair->now + for_;

	for (;;) {
		struct flight *flight = next_flight(pair);
		tsr_time at =
			tsr_time_min(tsr_transport_next_timeout(pair->client.transport, pair->now),
				tsr_transport_next_timeout(pair->server.transport, pair->now));

		if (flight)
			at = tsr_time_min(at, flight->at);
		if (at > end)
			break;
		if (at > pair->now)
			pair->now = at;
		if (flight && flight->at <= pair->now)
			land(pair, flight);
		tick(pair, &pair->client);
		tick(pair, &pair->server);
	}
	pair->now = end;
}

bool pair_connect(struct pair *pair, tsr_time within)
{
	for (tsr_time end = pair->now + within; pair->now < end; pair_run(pair, 10 * TSR_MS))
		if (tsr_transport_state(pair->client.transport) == TSR_TRANSPORT_CONNECTED &&
			tsr_transport_state(pair->server.transport) == TSR_TRANSPORT_CONNECTED)
			return true;
	return false;
}

/* ---- RTP ---- */

static int make_srtp(
	struct pair *pair, bool to_server, uint8_t *out, size_t *len, uint32_t ssrc, uint16_t seq)
{
	struct pair_side *side = to_server ? &pair->client : &pair->server;
	struct tsr_transport_job job = { .transport = side->transport,
		.data = out,
		.head_len = 12,
		.tail = tsr_slice("what somebody says into a microphone", 36) };

	memset(out, 0, 12);
	out[0] = 0x80;
	out[1] = 111;
	out[2] = (uint8_t)(seq >> 8);
	out[3] = (uint8_t)seq;
	for (size_t i = 0; i < 4; i++)
		out[8 + i] = (uint8_t)(ssrc >> (24 - 8 * i));
	(void)tsr_transport_protect(&job, 1);
	*len = job.len;
	return job.err;
}

size_t pair_make_srtp(struct pair *pair, bool to_server, uint8_t *out, uint32_t ssrc, uint16_t seq)
{
	size_t len;

	(void)make_srtp(pair, to_server, out, &len, ssrc, seq);
	return len;
}

int pair_send_rtp(struct pair *pair, bool to_server, uint32_t ssrc, uint16_t seq)
{
	struct pair_side *side = to_server ? &pair->client : &pair->server;
	uint8_t out[256];
	size_t len;
	int r = make_srtp(pair, to_server, out, &len, ssrc, seq);

	if (r == 0)
		fly(pair, to_server, tsr_transport_selected(side->transport), tsr_slice(out, len));
	return r;
}

uint32_t pair_count(const struct pair_side *side, enum tsr_transport_event_kind kind,
	enum tsr_transport_state state)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < side->n_events; i++)
		n += side->events[i].kind == kind &&
		     (kind != TSR_TRANSPORT_EVENT_STATE || side->events[i].state == state);
	return n;
}
