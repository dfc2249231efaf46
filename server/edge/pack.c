/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/pack.h"

#include "proto/unpack.h"
#include "server/edge/edge.h"
#include "server/edge/inbox.h"
#include "server/edge/report.h"
#include "session.pb-c.h"

/* The generated structs want pointers without const; packing only reads. */
static ProtobufCBinaryData bytes_of(const uint8_t *data, size_t len)
{
	return (ProtobufCBinaryData){ .len = len, .data = (uint8_t *)(uintptr_t)data };
}

static char *text_of(const char *text)
{
	return (char *)(uintptr_t)text;
}

static struct tsr_msg *pack(Tessera__V1__ToClient *message)
{
	return tsr_proto_pack_msg(&message->base, TSR_KIND_PROTO);
}

#define TO_CLIENT(field, CASE) \
	{ \
		.base = PROTOBUF_C_MESSAGE_INIT(&tessera__v1__to_client__descriptor), \
		.body_case = TESSERA__V1__TO_CLIENT__BODY_##CASE, .field = &body \
	}

struct tsr_msg *tsr_pack_challenge(const uint8_t nonce[static TSR_CHALLENGE_LEN])
{
	Tessera__V1__Challenge body = TESSERA__V1__CHALLENGE__INIT;
	Tessera__V1__ToClient message = TO_CLIENT(challenge, CHALLENGE);

	body.nonce = bytes_of(nonce, TSR_CHALLENGE_LEN);
	body.version = TSR_PROTOCOL_VERSION;
	return pack(&message);
}

struct tsr_msg *tsr_pack_pong(uint64_t stamp, uint64_t server_ms)
{
	Tessera__V1__Pong body = TESSERA__V1__PONG__INIT;
	Tessera__V1__ToClient message = TO_CLIENT(pong, PONG);

	body.stamp = stamp;
	body.server_ms = server_ms;
	return pack(&message);
}

struct tsr_msg *tsr_pack_closed(enum tsr_close reason, const char *text, uint32_t retry_ms)
{
	Tessera__V1__Closed body = TESSERA__V1__CLOSED__INIT;
	Tessera__V1__ToClient message = TO_CLIENT(closed, CLOSED);

	body.reason = (Tessera__V1__CloseReason)reason;
	body.text = text_of(text);
	body.retry_ms = retry_ms;
	return pack(&message);
}

struct tsr_msg *tsr_pack_waiting(bool is_locked, const char *title)
{
	Tessera__V1__Waiting body = TESSERA__V1__WAITING__INIT;
	Tessera__V1__ToClient message = TO_CLIENT(waiting, WAITING);

	body.locked = is_locked;
	body.title = text_of(title);
	return pack(&message);
}

struct tsr_msg *tsr_pack_result(uint32_t request, uint32_t refusal, uint32_t stream)
{
	Tessera__V1__Result body = TESSERA__V1__RESULT__INIT;
	Tessera__V1__ToClient message = TO_CLIENT(result, RESULT);

	body.request = request;
	body.refusal = (Tessera__V1__Refusal)refusal;
	body.stream = stream;
	return pack(&message);
}

struct tsr_msg *tsr_pack_attached(const uint8_t ticket[static TSR_BULK_TICKET_LEN])
{
	Tessera__V1__Attached body = TESSERA__V1__ATTACHED__INIT;
	Tessera__V1__ToClient message = TO_CLIENT(attached, ATTACHED);

	body.next_ticket = bytes_of(ticket, TSR_BULK_TICKET_LEN);
	return pack(&message);
}

struct tsr_msg *tsr_pack_lobby_text(uint32_t member, const char *text)
{
	Tessera__V1__LobbyText body = TESSERA__V1__LOBBY_TEXT__INIT;
	Tessera__V1__ToClient message = TO_CLIENT(lobby_text, LOBBY_TEXT);

	body.member = member;
	body.text = text_of(text);
	return pack(&message);
}

struct tsr_msg *tsr_pack_credit(uint32_t stream, uint64_t bytes, uint32_t picture)
{
	Tessera__V1__StreamCredit body = TESSERA__V1__STREAM_CREDIT__INIT;
	Tessera__V1__ToClient message = TO_CLIENT(stream_credit, STREAM_CREDIT);

	body.stream = stream;
	body.bytes = bytes;
	body.picture = picture;
	return pack(&message);
}

struct tsr_msg *tsr_pack_need(uint32_t stream, uint64_t cells)
{
	Tessera__V1__StreamNeed body = TESSERA__V1__STREAM_NEED__INIT;
	Tessera__V1__ToClient message = TO_CLIENT(stream_need, STREAM_NEED);

	body.stream = stream;
	body.cells = cells;
	return pack(&message);
}

struct tsr_msg *tsr_pack_stats(uint32_t stream, uint64_t bytes, uint32_t picture,
	const struct tsr_share_counts *counts, const struct tsr_report_sum *sum)
{
	Tessera__V1__ViewerStats behind[TSR_REPORT_NAMED], *list[TSR_REPORT_NAMED];
	Tessera__V1__StreamStats body = TESSERA__V1__STREAM_STATS__INIT;
	Tessera__V1__ToClient message = TO_CLIENT(stream_stats, STREAM_STATS);

	body.stream = stream;
	body.bytes = bytes;
	body.pictures = picture;
	body.viewers = sum->n_viewers;
	body.in_sync = sum->n_in_sync;
	body.late = sum->n_late;
	body.bytes_out = sum->bytes_out;
	body.keys = counts->keys;
	body.deltas = counts->deltas;
	body.previews = counts->previews;
	body.dropped = counts->dropped;
	body.needs = counts->needs;
	body.refreshes = counts->refreshes;
	body.unreadable = counts->unreadable;
	for (uint32_t i = 0; i < sum->n_behind; i++) {
		tessera__v1__viewer_stats__init(&behind[i]);
		behind[i].member = sum->behind[i].member;
		behind[i].lag_ms = sum->behind[i].lag_ms;
		behind[i].in_sync = sum->behind[i].is_in_sync;
		behind[i].kbit_s = sum->behind[i].kbit_s;
		list[i] = &behind[i];
	}
	body.behind = list;
	body.n_behind = sum->n_behind;
	return pack(&message);
}

struct tsr_msg *tsr_pack_paths(const uint32_t *members, const uint32_t *rtt_ms, size_t n)
{
	Tessera__V1__Paths body = TESSERA__V1__PATHS__INIT;
	Tessera__V1__ToClient message = TO_CLIENT(paths, PATHS);

	body.members = (uint32_t *)(uintptr_t)members; /* only read */
	body.rtt_ms = (uint32_t *)(uintptr_t)rtt_ms;
	body.n_members = body.n_rtt_ms = n;
	return pack(&message);
}

struct tsr_msg *tsr_pack_epoch(uint32_t epoch, struct tsr_slice seed)
{
	Tessera__V1__Epoch body = TESSERA__V1__EPOCH__INIT;
	Tessera__V1__ToClient message = TO_CLIENT(epoch, EPOCH);

	body.epoch = epoch;
	body.seed = bytes_of(seed.data, seed.len);
	return pack(&message);
}

struct tsr_msg *tsr_pack_welcome(const struct tsr_welcome *welcome)
{
	Tessera__V1__Welcome body = TESSERA__V1__WELCOME__INIT;
	Tessera__V1__ToClient message = TO_CLIENT(welcome, WELCOME);

	body.member = welcome->member.v;
	body.session_uid = bytes_of(welcome->uid.v, TSR_UID_LEN);
	body.bulk_ticket = bytes_of(welcome->bulk_ticket, TSR_BULK_TICKET_LEN);
	body.server_ms = welcome->server_ms;
	body.title = text_of(welcome->title);
	body.started_ms = welcome->started_ms;
	body.number = text_of(welcome->number);
	body.resumed = welcome->is_resumed;
	body.kept_media = welcome->has_kept_media;
	return pack(&message);
}
