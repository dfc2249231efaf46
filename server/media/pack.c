/* SPDX-License-Identifier: Apache-2.0 */
#include "server/media/pack.h"

#include <stdlib.h>

#include "server/media/lane.h"

#define BODY(name) TESSERA__MEDIA__FROM_MEDIA__BODY_##name

static struct tsr_msg *pack(const Tessera__Media__FromMedia *message)
{
	struct tsr_msg *msg = tsr_msg_create(tessera__media__from_media__get_packed_size(message));

	if (msg)
		tessera__media__from_media__pack(message, msg->data);
	return msg;
}

/* ---- transports ----------------------------------------------------------------------- */

enum { CANDIDATES_MAX = 2 * TSR_CHILD_ADDRESSES * TSR_CHILD_PORTS };

/* RFC 8445 5.1.2.1; UDP before TCP, the port that browsers take before others. Below every priority
 * of the peer's own, so that ours decide; a page adds 1,024 << 8 with each ICE restart, which ranks
 * what works after it above all from before (web/sdk/page/media/rank.ts). */
static uint32_t priority_of(bool is_tcp, size_t address, size_t port)
{
	uint32_t local = (is_tcp ? 511u : 1023u) - (uint32_t)(address * 4 + port);

	return 64u << 24 | local << 8 | 255;
}

/* Browsers refuse ports below 1024 on private addresses, so 8200 goes first. */
static size_t rank_of(const struct tsr_child *child, size_t port)
{
	return child->ports[port] >= 1024 ? port : port + TSR_CHILD_PORTS;
}

struct tsr_msg *tsr_pack_transport_opened(const struct tsr_child *child, uint64_t session,
	uint32_t transport, const struct tsr_ice_credentials *credentials,
	const uint8_t *fingerprint)
{
	Tessera__Media__TransportOpened body = TESSERA__MEDIA__TRANSPORT_OPENED__INIT;
	Tessera__Media__FromMedia message = TESSERA__MEDIA__FROM_MEDIA__INIT;
	Tessera__Media__Candidate all[CANDIDATES_MAX], *list[CANDIDATES_MAX];

	for (size_t i = 0; i < 2 * child->n_addresses * child->n_ports; i++) {
		size_t port = i / 2 % child->n_ports, address = i / 2 / child->n_ports;

		tessera__media__candidate__init(&all[i]);
		all[i].address = (char *)(uintptr_t)child->addresses[address];
		all[i].port = child->ports[port];
		all[i].tcp = i % 2;
		all[i].priority = priority_of(all[i].tcp, address, rank_of(child, port));
		list[i] = &all[i];
		body.n_candidates = i + 1;
	}
	body.candidates = list;
	body.session = session;
	body.transport = transport;
	body.ufrag = (char *)(uintptr_t)credentials->ufrag;
	body.password = (char *)(uintptr_t)credentials->pwd;
	body.fingerprint.data = (uint8_t *)(uintptr_t)fingerprint;
	body.fingerprint.len = TSR_DTLS_FINGERPRINT_LEN;
	message.body_case = BODY(TRANSPORT_OPENED);
	message.transport_opened = &body;
	return pack(&message);
}

struct tsr_msg *tsr_pack_transport_state(
	uint64_t session, uint32_t transport, uint32_t state, bool is_tcp)
{
	Tessera__Media__TransportState body = TESSERA__MEDIA__TRANSPORT_STATE__INIT;
	Tessera__Media__FromMedia message = TESSERA__MEDIA__FROM_MEDIA__INIT;

	body.session = session;
	body.transport = transport;
	body.state = (Tessera__Media__State)state;
	body.tcp = is_tcp;
	message.body_case = BODY(TRANSPORT_STATE);
	message.transport_state = &body;
	return pack(&message);
}

struct tsr_msg *tsr_pack_failed(
	uint64_t session, uint32_t transport, uint32_t stream, const char *reason)
{
	Tessera__Media__Failed body = TESSERA__MEDIA__FAILED__INIT;
	Tessera__Media__FromMedia message = TESSERA__MEDIA__FROM_MEDIA__INIT;

	body.session = session;
	body.transport = transport;
	body.stream = stream;
	body.reason = (char *)(uintptr_t)reason;
	message.body_case = BODY(FAILED);
	message.failed = &body;
	return pack(&message);
}

struct tsr_msg *tsr_pack_speakers(uint64_t session, const struct tsr_router *router)
{
	Tessera__Media__Speakers body = TESSERA__MEDIA__SPEAKERS__INIT;
	Tessera__Media__FromMedia message = TESSERA__MEDIA__FROM_MEDIA__INIT;
	struct tsr_speaker all[TSR_MEDIA_SPEAKERS_MAX], active;
	uint32_t streams[TSR_MEDIA_SPEAKERS_MAX], levels[TSR_MEDIA_SPEAKERS_MAX];
	size_t n = tsr_router_speakers(router, all, &active);

	for (size_t i = 0; i < n; i++) {
		streams[i] = all[i].source.v;
		levels[i] = all[i].level;
	}
	body.session = session;
	body.active = active.source.v;
	body.n_streams = body.n_levels = n;
	body.streams = streams;
	body.levels = levels;
	message.body_case = BODY(SPEAKERS);
	message.speakers = &body;
	return pack(&message);
}

/* ---- statistics ----------------------------------------------------------------------- */

enum { LEGS = 256, CONSUMERS = 1536 }; /* fits a packet */

struct tsr_pack_stats {
	Tessera__Media__Stats body;
	Tessera__Media__TransportStats legs[LEGS], *leg_list[LEGS];
	Tessera__Media__ConsumerStats consumers[CONSUMERS], *consumer_list[CONSUMERS];
};

struct tsr_pack_stats *tsr_pack_stats_create(uint64_t session)
{
	struct tsr_pack_stats *stats = malloc(sizeof(*stats));

	if (!stats)
		return NULL;
	tessera__media__stats__init(&stats->body);
	stats->body.session = session;
	stats->body.transports = stats->leg_list;
	stats->body.consumers = stats->consumer_list;
	return stats;
}

bool tsr_pack_stats_has_room(const struct tsr_pack_stats *stats)
{
	return stats->body.n_transports < LEGS &&
	       stats->body.n_consumers + TSR_MEDIA_CONSUMERS_MAX <= CONSUMERS;
}

static void add_ingress(
	Tessera__Media__TransportStats *out, const struct tsr_leg *leg, tsr_time now)
{
	struct tsr_ingress_stats stats;

	tsr_ingress_stats(leg->ingress, &stats, now);
	out->rtt_ms = stats.rtt_ms;
	out->loss_permille = stats.loss_permille;
	out->kbit_s = stats.rate_bps / 1000;
	out->packets = stats.packets;
	out->dropped = stats.refused;
}

/* Returns whether the line holds layers of some of them back. */
static bool add_consumers(struct tsr_pack_stats *stats, const struct tsr_leg *leg, tsr_time now)
{
	struct tsr_consumer_stats all[TSR_MEDIA_CONSUMERS_MAX];
	size_t n = tsr_egress_consumers(leg->egress, all, TSR_MEDIA_CONSUMERS_MAX, now);
	bool is_thin = false;

	for (size_t i = 0; i < n && i < TSR_MEDIA_CONSUMERS_MAX; i++) {
		Tessera__Media__ConsumerStats *out = &stats->consumers[stats->body.n_consumers];

		tessera__media__consumer_stats__init(out);
		out->transport = leg->transport;
		out->stream = all[i].source.v;
		out->on = all[i].is_on;
		out->spatial = all[i].spatial;
		out->temporal = all[i].temporal;
		out->kbit_s = all[i].rate_bps / 1000;
		is_thin |= all[i].reason == TSR_CONSUMER_BANDWIDTH;
		stats->consumer_list[stats->body.n_consumers++] = out;
	}
	return is_thin;
}

static void add_egress(Tessera__Media__TransportStats *out, const struct tsr_leg *leg, tsr_time now)
{
	struct tsr_egress_stats stats;

	tsr_egress_stats(leg->egress, &stats, now);
	out->rtt_ms = stats.rtt_ms;
	out->loss_permille = stats.loss_permille;
	out->kbit_s = stats.rate_bps / 1000;
	out->estimate_kbit_s = stats.estimate_bps / 1000;
	out->packets = stats.packets;
	out->dropped = stats.dropped;
}

void tsr_pack_stats_add(struct tsr_pack_stats *stats, const struct tsr_leg *leg, tsr_time now)
{
	Tessera__Media__TransportStats *out = &stats->legs[stats->body.n_transports];
	const struct tsr_tuple *to = tsr_transport_selected(leg->live);

	tessera__media__transport_stats__init(out);
	out->transport = leg->transport;
	out->member = leg->member.v;
	out->direction = leg->is_ingress ? TESSERA__MEDIA__DIRECTION__FROM_MEMBER
					 : TESSERA__MEDIA__DIRECTION__TO_MEMBER;
	out->state = (Tessera__Media__State)(leg->told >> 1);
	out->tcp = to ? to->link != 0 : leg->told & 1;
	if (leg->is_ingress) {
		add_ingress(out, leg, now);
	} else {
		add_egress(out, leg, now);
		out->thin = add_consumers(stats, leg, now);
	}
	stats->leg_list[stats->body.n_transports++] = out;
}

struct tsr_msg *tsr_pack_stats_finish(struct tsr_pack_stats *stats)
{
	Tessera__Media__FromMedia message = TESSERA__MEDIA__FROM_MEDIA__INIT;
	struct tsr_msg *msg;

	message.body_case = BODY(STATS);
	message.stats = &stats->body;
	msg = pack(&message);
	free(stats);
	return msg;
}
