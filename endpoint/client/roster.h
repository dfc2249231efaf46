/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_CLIENT_ROSTER_H
#define TSR_ENDPOINT_CLIENT_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/ids.h"
#include "core/session/policy.h"
#include "core/session/record.h"
#include "core/session/session.h"
#include "core/wire/frame.h"
#include "session.pb-c.h"

/*
 * roster: the session as this endpoint has been told, a replica built from State messages, and
 * the judgement on what others send, by the same table as the server's.
 */
struct tsr_roster_member {
	struct tsr_member_id id;
	char name[TSR_NAME_SIZE];
	uint32_t role; /* tessera.v1.Role */
	bool is_presenter, is_away, may_chat_public, may_chat_private, may_share;
	uint32_t hand;
	uint8_t device_key[TSR_DEVICE_KEY_LEN];
};

struct tsr_roster_stream {
	struct tsr_stream_id id;
	struct tsr_member_id from;
	uint32_t stream_class; /* tessera.v1.StreamClass */
	uint8_t nonce[TSR_STREAM_NONCE_LEN];
	uint32_t format, width, height;
	uint32_t paused; /* tessera.v1.PauseMode */
};

struct tsr_roster {
	struct tsr_roster_member *members; /* ordered by id */
	size_t n_members, cap_members;
	struct tsr_roster_stream *streams; /* ordered by id */
	size_t n_streams, cap_streams;
	bool is_locked, is_lobby, is_open, chat_public, chat_private;
	struct tsr_member_id presenter, organizer;
	uint64_t state_seq;
};

void tsr_roster_init(struct tsr_roster *roster);
void tsr_roster_finish(struct tsr_roster *roster);

/* Takes in one State. Returns 0; TSR_ERR_FORMAT for what no honest server sends (the roster may
 * then be half changed: leave); TSR_ERR_FULL, TSR_ERR_NOMEM. */
TSR_CHECKED int tsr_roster_handle_state(struct tsr_roster *roster, const Tessera__V1__State *state);

/* NULL when there is none. Valid until the next State. */
const struct tsr_roster_member *tsr_roster_find(
	const struct tsr_roster *roster, struct tsr_member_id id);
const struct tsr_roster_stream *tsr_roster_find_stream(
	const struct tsr_roster *roster, struct tsr_stream_id id);

/* Whether a frame may be what it says: its stream is the sender's and of its class, and the
 * sender has the right to send it now. Returns 0, TSR_ERR_UNKNOWN or TSR_ERR_DENIED. */
TSR_CHECKED int tsr_roster_check_frame(
	const struct tsr_roster *roster, const struct tsr_frame *frame);

#endif
