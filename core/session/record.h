/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SESSION_RECORD_H
#define TSR_SESSION_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/ids.h"

/*
 * record: what of a session outlives the process that owns it. Mirrors SessionSettings,
 * MemberRecord and SessionRecord of proto/ipc.proto; number, title and start are the caller's.
 */
#define TSR_NAME_CHARS 64                      /* code points of a display name or a stream label */
#define TSR_NAME_SIZE (4 * TSR_NAME_CHARS + 1) /* bytes, with the NUL */
#define TSR_SOURCE_SIZE 64
#define TSR_DEVICE_KEY_LEN 32
#define TSR_DEVICE_HASH_LEN 32

/* The numbers are those of tessera.v1.Role. */
enum tsr_role { TSR_ROLE_NONE, TSR_ROLE_WAITING, TSR_ROLE_ATTENDEE, TSR_ROLE_ORGANIZER };

struct tsr_session_settings {
	bool is_locked;
	bool has_lobby;
	bool is_open; /* everybody may present */
	bool chat_public;
	bool chat_private;
	bool audio;                     /* attendees may open a microphone, */
	bool video;                     /* a camera */
	struct tsr_member_id presenter; /* 0 = nobody */
	struct tsr_member_id organizer; /* 0 = has not come yet; never 0 again afterwards */
};

struct tsr_member_record {
	struct tsr_member_id id;
	char name[TSR_NAME_SIZE];
	uint8_t device_hash[TSR_DEVICE_HASH_LEN]; /* SHA-256 of the device key */
	enum tsr_role role; /* WAITING with admitted false: belongs into the lobby */
	bool is_admitted;
	bool may_chat_public;
	bool may_chat_private;
	bool may_share;
	bool may_audio;
	bool may_video;
	bool is_removed;
	bool is_barred;
	bool by_link;
	char source[TSR_SOURCE_SIZE]; /* join source; empty but for a barred member */
	bool has_left;
};

struct tsr_session_record {
	struct tsr_session_uid uid;
	uint64_t state_seq;
	struct tsr_session_settings settings;
	const struct tsr_member_record *members;
	size_t n_members;
};

#endif
