/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams against a living server transport: records of u8 how, u16 length, bytes. how & 1: on
 * the valid tuple, else on another; how & 2: after 100 ms; how & 4: set_peer() before the first.
 * The transport is at any time in a state that its events told, and no plain packet comes out:
 * nobody has its keys. */
#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/reader.h"
#include "core/media/transport.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PWD "0123456789abcdefghijklmn"

struct world {
	struct tsr_transport *transport;
	enum tsr_transport_state state;
	tsr_time now;
	struct tsr_tuple valid, other;
};

static struct tsr_outbox outbox;

static void drain(struct world *world)
{
	struct tsr_transport_event event;

	while (tsr_transport_poll_event(world->transport, &event))
		if (event.kind == TSR_TRANSPORT_EVENT_STATE)
			world->state = event.state;
	outbox.n = outbox.used = 0;
	if (tsr_transport_state(world->transport) != world->state ||
		world->state == TSR_TRANSPORT_CONNECTED)
		abort();
}

static void give(struct world *world, struct tsr_slice bytes, const struct tsr_tuple *tuple)
{
	uint8_t *copy = malloc(bytes.len ? bytes.len : 1);
	struct tsr_transport_packet packet;

	if (!copy)
		abort();
	if (bytes.len)
		memcpy(copy, bytes.data, bytes.len);
	(void)!tsr_transport_handle_datagram(
		world->transport, &packet, copy, bytes.len, tuple, world->now, &outbox);
	if (packet.kind != TSR_PACKET_UNKNOWN)
		abort();
	free(copy);
	drain(world);
}

static void validate(struct world *world)
{
	struct tsr_stun_request ask = { .username = tsr_slice_str("fuzz:peer"),
		.use_candidate = true };
	uint8_t out[TSR_STUN_MESSAGE_MAX];
	size_t len;

	if (tsr_stun_write_request(out, &len, &ask, tsr_slice_str(PWD)) != 0)
		abort();
	give(world, tsr_slice(out, len), &world->valid);
	if (!tsr_transport_selected(world->transport))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tsr_ice_credentials local = { .ufrag = "fuzz", .pwd = PWD };
	static const uint8_t fingerprint[TSR_DTLS_FINGERPRINT_LEN] = { 1 };
	static struct tsr_dtls_identity *identity;
	struct world world = { .valid = { .remote_port = 1 }, .other = { .remote_port = 2 } };
	struct tsr_reader rd = tsr_reader(tsr_slice(data, size));

	if (size > 64 * 1024)
		return 0;
	if ((!identity && tsr_dtls_identity_create(&identity, 1800000000) != 0) ||
		tsr_transport_create(
			&world.transport, TSR_TRANSPORT_SERVER, identity, &local, NULL) != 0)
		abort();
	validate(&world);
	if (size && data[0] & 4 && tsr_transport_set_peer(world.transport, fingerprint) != 0)
		abort();
	while (rd.left.len > 0) {
		uint8_t how = tsr_reader_u8(&rd);
		uint16_t len = tsr_reader_u16(&rd);
		struct tsr_slice bytes = tsr_reader_bytes(&rd, len);

		if (rd.err)
			break;
		if (how & 2) {
			world.now += 100 * TSR_MS;
			tsr_transport_handle_timeout(world.transport, world.now, &outbox);
			drain(&world);
		}
		give(&world, bytes, how & 1 ? &world.valid : &world.other);
	}
	tsr_transport_destroy(world.transport);
	return 0;
}
