/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_PACK_CONTROL_H
#define TSR_EDGE_PACK_CONTROL_H

#include "core/base/msg.h"
#include "core/session/session.h"
#include "ipc.pb-c.h"
#include "server/edge/host.h"

/*
 * pack_control: messages to control and what comes back. Packets are made without their id, by
 * whoever has something to say; the hub puts the id in front (in protobuf, fields may come in any
 * order and be put together by concatenation). NULL when out of memory.
 */
struct tsr_api_request {
	struct tsr_slice method, target, body, content_type;
	const char *source;
};
struct tsr_msg *tsr_pack_api(const struct tsr_api_request *request);
struct tsr_msg *tsr_pack_open(const struct tsr_session_uid *uid);
struct tsr_msg *tsr_pack_gone(const struct tsr_session_uid *uid);
struct tsr_msg *tsr_pack_heartbeat(uint32_t sessions, uint32_t members);
struct tsr_msg *tsr_pack_commit(
	const struct tsr_session_uid *uid, const struct tsr_session_commit *commit);

struct tsr_msg *tsr_pack_share_report(const Tessera__Ipc__ShareReport *report);

/* Writes the id field of a ToControl; returns its length. */
#define TSR_PACKET_ID_MAX 11
size_t tsr_pack_id(uint8_t out[static TSR_PACKET_ID_MAX], uint64_t id);

/* Adds one packet's worth of a SessionRecord. Returns 0, TSR_ERR_FORMAT, TSR_ERR_FULL (more than
 * TSR_SESSION_RECORDS_MAX members) or TSR_ERR_NOMEM. */
TSR_CHECKED int tsr_opening_add(
	struct tsr_host_opening *opening, const Tessera__Ipc__SessionRecord *record);

#endif
