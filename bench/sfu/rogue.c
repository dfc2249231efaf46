/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/sfu/rogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/load/conn.h"
#include "core/crypto/random.h"
#include "core/media/stun.h"

#define LARGEST 65507 /* of a UDP datagram */
#define ROOM (BENCH_PACKET_MAX + TSR_SRTCP_OVERHEAD)

struct rogue {
	const json_t *command;
	struct bench_leg *leg;
	long count, per_ms; /* per_ms 0: as fast as can be */
	uint64_t n_sent;
};

static void say(struct rogue *rogue, const void *bytes, size_t len)
{
	const struct timespec ms = { .tv_nsec = 1000000 };

	bench_leg_send(rogue->leg, bytes, len);
	rogue->n_sent++;
	if (rogue->per_ms > 0 && rogue->n_sent % (uint64_t)rogue->per_ms == 0)
		nanosleep(&ms, NULL);
}

/* A packet as the leg's own source would send it, protected, but with the rogue's stamp. */
static size_t make_packet(struct rogue *rogue, uint8_t out[static ROOM])
{
	const json_t *ssrc = json_object_get(rogue->command, "ssrc");
	struct bench_source *source = rogue->leg->source;
	uint32_t id, own_ssrc;
	size_t len;

	if (!source)
		bench_die("leg %u publishes nothing", rogue->leg->id);
	id = source->id;
	own_ssrc = source->ssrc;
	source->id = BENCH_ROGUE_SOURCE;
	if (json_is_integer(ssrc))
		source->ssrc = (uint32_t)json_integer_value(ssrc);
	bench_source_next_frame(source, 33333);
	len = bench_source_write(source, out, 0, rogue->leg->twcc_seq++, bench_wall_ns());
	source->id = id;
	source->ssrc = own_ssrc;
	return bench_leg_protect(rogue->leg, out, len);
}

/* ---- with the leg's own keys ------------------------------------------------------------- */

/* Under whatever SSRC was asked for. */
static void send_packets(struct rogue *rogue)
{
	uint8_t packet[ROOM];

	for (long i = 0; i < rogue->count; i++)
		say(rogue, packet, make_packet(rogue, packet));
}

static void send_replays(struct rogue *rogue)
{
	uint8_t packet[ROOM];
	size_t len = make_packet(rogue, packet);

	for (long i = 0; i <= rogue->count; i++)
		say(rogue, packet, len);
}

/* Every byte wrong once; the right one never comes. */
static void send_flips(struct rogue *rogue)
{
	uint8_t packet[ROOM];
	size_t len = make_packet(rogue, packet);

	for (size_t i = 0; i < len; i++) {
		packet[i] ^= (uint8_t)(1u << i % 8);
		say(rogue, packet, len);
		packet[i] ^= (uint8_t)(1u << i % 8);
	}
}

static void send_truncated(struct rogue *rogue)
{
	uint8_t packet[ROOM];
	size_t len = make_packet(rogue, packet);

	for (size_t i = 0; i < len; i++)
		say(rogue, packet, i);
}

/* From another socket, that no STUN has proven. */
static void send_foreign(struct rogue *rogue)
{
	struct bench_leg *own = rogue->leg, other = { .fd = -1 };
	uint8_t packet[ROOM];

	other.fd = bench_leg_other_socket(own);
	for (long i = 0; i < rogue->count; i++) {
		size_t len = make_packet(rogue, packet);

		bench_leg_send(&other, packet, len);
		rogue->n_sent++;
	}
	bench_leg_close_socket(&other);
}

/* RTCP of the right keys whose E bit is off, and in clear. */
static void send_clear_rtcp(struct rogue *rogue)
{
	static const uint8_t bye[8] = { 0x81, 203, 0, 1, 0, 0, 0, 1 };

	for (long i = 0; i < rogue->count; i++) {
		uint8_t packet[64] = { 0 };
		size_t len = sizeof(bye);

		memcpy(packet, bye, sizeof(bye));
		say(rogue, packet, len);
		if (tsr_transport_protect_rtcp(rogue->leg->transport, packet, &len) != 0)
			bench_die("leg %u is not connected", rogue->leg->id);
		packet[8] &= 0x7f;       /* where the index ends the packet, AES-CM */
		packet[len - 4] &= 0x7f; /* and GCM */
		say(rogue, packet, len);
	}
}

/* ---- RTCP that lies ---------------------------------------------------------------------- */

enum { NACKS = 300, ARRIVALS = 500 };

static uint8_t *put(uint8_t *at, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		*at++ = (uint8_t)(value >> 8 * (bytes - 1 - i));
	return at;
}

/* A packet of `len` bytes, its first four made here. */
static void say_rtcp(
	struct rogue *rogue, uint8_t packet[static ROOM], unsigned count, unsigned type, size_t len)
{
	put(packet, (0x80u | count) << 8 | type, 2);
	put(packet + 2, len / 4 - 1, 2);
	if (tsr_transport_protect_rtcp(rogue->leg->transport, packet, &len) != 0)
		bench_die("leg %u is not connected", rogue->leg->id);
	say(rogue, packet, len);
}

/* Feedback begins with who says it and what it is about (RFC 4585, 6.1). */
static uint8_t *put_ssrcs(const struct rogue *rogue, uint8_t *at)
{
	const json_t *ssrc = json_object_get(rogue->command, "ssrc");

	at = put(at, rogue->leg->feedback.ssrc, 4);
	return put(at,
		json_is_integer(ssrc) ? (uint64_t)json_integer_value(ssrc)
				      : rogue->leg->feedback.media_ssrc,
		4);
}

/* Thirteen of them ask for every number there is. */
static void send_nacks(struct rogue *rogue)
{
	uint16_t seq = 0;

	for (long i = 0; i < rogue->count; i++) {
		uint8_t packet[ROOM], *at = put_ssrcs(rogue, packet + 4);

		for (int k = 0; k < NACKS; k++, seq = (uint16_t)(seq + 17))
			at = put(put(at, seq, 2), 0xffff, 2);
		say_rtcp(rogue, packet, 1, 205, (size_t)(at - packet));
	}
}

static void send_plis(struct rogue *rogue)
{
	for (long i = 0; i < rogue->count; i++) {
		uint8_t packet[ROOM], *at = put_ssrcs(rogue, packet + 4);

		say_rtcp(rogue, packet, 1, 206, (size_t)(at - packet));
	}
}

static void send_byes(struct rogue *rogue)
{
	for (long i = 0; i < rogue->count; i++) {
		uint8_t packet[ROOM], *at = put_ssrcs(rogue, packet + 4);

		say_rtcp(rogue, packet, 2, 203, (size_t)(at - packet));
	}
}

/* RFC 3550, 6.4.2: everything lost, as late as can be. */
static void send_false_reports(struct rogue *rogue)
{
	for (long i = 0; i < rogue->count; i++) {
		uint8_t packet[ROOM], *at = put_ssrcs(rogue, packet + 4);

		memset(at, 0xff, 20);
		say_rtcp(rogue, packet, 1, 201, (size_t)(at + 20 - packet));
	}
}

/* draft-holmer-rmcat-transport-wide-cc-extensions-01: one run, of deltas of 0. */
static void send_false_cc(struct rogue *rogue)
{
	for (long i = 0; i < rogue->count; i++) {
		uint8_t packet[ROOM], *at = put_ssrcs(rogue, packet + 4);

		at = put(at, tsr_random_uniform(65536), 2);
		at = put(at, ARRIVALS, 2);
		at = put(at, tsr_random_uniform(1u << 24), 3);
		at = put(at, (uint64_t)i & 0xff, 1);
		at = put(at, 0x2000u | ARRIVALS, 2);
		memset(at, 0, ARRIVALS + 2);
		say_rtcp(rogue, packet, 15, 205, (size_t)(at + ARRIVALS + 2 - packet));
	}
}

/* ---- without any key ---------------------------------------------------------------------- */

/* All lengths, all first bytes. */
static void send_garbage(struct rogue *rogue)
{
	uint8_t packet[BENCH_PACKET_MAX];

	for (long i = 0; i < rogue->count; i++) {
		size_t len = tsr_random_uniform(sizeof(packet));

		tsr_random(packet, len);
		packet[0] = (uint8_t)i;
		say(rogue, packet, len);
	}
}

static void send_giants(struct rogue *rogue)
{
	static const size_t sizes[] = { 1501, 1600, 2047, 2048, 2049, 9000, 16384, LARGEST };
	static const uint8_t firsts[] = { 0, 22, 128 };
	uint8_t *packet = calloc(1, LARGEST);

	if (!packet)
		bench_die("out of memory");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (size_t k = 0; k < sizeof(firsts); k++) {
			packet[0] = firsts[k];
			say(rogue, packet, sizes[i]);
		}
	free(packet);
}

static void send_empty(struct rogue *rogue)
{
	for (long i = 0; i < rogue->count; i++)
		say(rogue, "", 0);
}

/* Requests for a ufrag (somebody's, or nobody's) by who does not know the password. */
static void send_stun(struct rogue *rogue)
{
	const char *ufrag = json_string_value(json_object_get(rogue->command, "ufrag"));
	struct tsr_stun_request request = { .priority = 1, .use_candidate = true };
	uint8_t message[TSR_STUN_MESSAGE_MAX];
	char username[128];
	size_t len;

	snprintf(username, sizeof(username), "%s:rogue", ufrag ? ufrag : "nobody");
	request.username = tsr_slice_str(username);
	for (long i = 0; i < rogue->count; i++) {
		tsr_random(request.transaction, sizeof(request.transaction));
		if (tsr_stun_write_request(
			    message, &len, &request, tsr_slice_str("not the password at all")) != 0)
			bench_die("no STUN");
		say(rogue, message, len);
	}
}

/* A ClientHello from wherever the leg is, valid or not; again and again. */
static void send_hellos(struct rogue *rogue)
{
	static struct tsr_outbox outbox;
	const uint8_t nobody[TSR_DTLS_FINGERPRINT_LEN] = { 0 };
	struct tsr_dtls_identity *identity;
	struct tsr_dtls *dtls;

	if (tsr_dtls_identity_create(&identity, (int64_t)time(NULL)) != 0 ||
		tsr_dtls_create(&dtls, identity, true, nobody) != 0)
		bench_die("no DTLS");
	outbox.n = outbox.used = 0;
	tsr_dtls_start(dtls, &rogue->leg->tuple, &outbox);
	for (long i = 0; i < rogue->count; i++)
		for (size_t k = 0; k < outbox.n; k++) {
			struct tsr_slice bytes = tsr_outbox_slice(&outbox, k);

			say(rogue, bytes.data, bytes.len);
		}
	tsr_dtls_destroy(dtls);
	tsr_dtls_identity_destroy(identity);
}

static const struct {
	const char *name;
	void (*send)(struct rogue *);
} kinds[] = {
	{ "packets", send_packets },
	{ "replay", send_replays },
	{ "flip", send_flips },
	{ "truncated", send_truncated },
	{ "foreign", send_foreign },
	{ "clear-rtcp", send_clear_rtcp },
	{ "nack", send_nacks },
	{ "pli", send_plis },
	{ "bye", send_byes },
	{ "false-report", send_false_reports },
	{ "false-cc", send_false_cc },
	{ "garbage", send_garbage },
	{ "giant", send_giants },
	{ "empty", send_empty },
	{ "stun", send_stun },
	{ "client-hello", send_hellos },
};

void bench_rogue(const json_t *command, struct bench_leg *leg)
{
	const char *kind = json_string_value(json_object_get(command, "kind"));
	const char *host = json_string_value(json_object_get(command, "host"));
	const json_t *count = json_object_get(command, "count");
	struct rogue rogue = { .command = command,
		.leg = leg,
		.count = json_is_integer(count) ? (long)json_integer_value(count) : 1,
		.per_ms = (long)json_integer_value(json_object_get(command, "per_ms")) };

	if (host)
		bench_leg_aim(
			leg, host, (uint16_t)json_integer_value(json_object_get(command, "port")));
	for (size_t i = 0; kind && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, kind) == 0) {
			kinds[i].send(&rogue);
			printf("{\"sent\":%llu}\n", (unsigned long long)rogue.n_sent);
			return;
		}
	bench_die("there is no kind of rogue \"%s\"", kind ? kind : "");
}
