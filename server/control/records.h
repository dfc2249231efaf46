/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CONTROL_RECORDS_H
#define TSR_CONTROL_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/ids.h"
#include "core/base/slice.h"
#include "core/crypto/password.h"
#include "store/store.h"

/* records: sessions and members as they lie in the database. docs/storage.md says why. */
#define TSR_HASH_LEN 32
#define TSR_TITLE_POINTS 120                     /* code points of a title */
#define TSR_TITLE_LEN (TSR_TITLE_POINTS * 4 + 1) /* bytes, with the NUL */
#define TSR_NAME_POINTS 64
#define TSR_NAME_LEN (TSR_NAME_POINTS * 4 + 1)
#define TSR_SOURCE_LEN 64        /* a network prefix, with the NUL */
#define TSR_SESSION_MEMBERS 4000 /* rows kept per session */

struct tsr_session_row {
	struct tsr_session_uid uid;
	uint32_t number;
	char title[TSR_TITLE_LEN];
	uint8_t join_token_hash[TSR_HASH_LEN];
	uint8_t organizer_token_hash[TSR_HASH_LEN];
	uint8_t meeting_key[32];
	char password_hash[TSR_PASSWORD_HASH_LEN]; /* empty: none */
	uint64_t created_ms;
	uint64_t started_ms;    /* 0: never live */
	uint64_t idle_since_ms; /* 0: live */
	uint64_t state_seq;
	uint8_t last_commit[TSR_HASH_LEN]; /* digest of the commit that brought state_seq */
	bool locked;
	bool lobby;
	bool open_mode;
	bool chat_public;
	bool chat_private;
	bool audio; /* attendees may open a microphone, */
	bool video; /* a camera */
	uint32_t presenter;
	uint32_t organizer;
	bool handed_over; /* the organizer's link no longer makes an organizer; never taken back */
	uint32_t next_member;
};

struct tsr_member_row {
	uint32_t id;
	uint8_t device_key_hash[TSR_HASH_LEN];
	bool by_organizer_link;
	char name[TSR_NAME_LEN];
	uint32_t role; /* tessera.v1.Role */
	bool admitted;
	bool may_chat_public;
	bool may_chat_private;
	bool may_share;
	bool may_audio;
	bool may_video;
	bool removed;
	bool barred;
	bool by_link;
	char source[TSR_SOURCE_LEN]; /* empty unless barred */
	bool gone;
};

/* What a retired number still knows, for a day. */
struct tsr_ended_row {
	bool is_recent; /* the rest is still there */
	uint8_t join_token_hash[TSR_HASH_LEN];
	uint8_t organizer_token_hash[TSR_HASH_LEN];
};

/* Finding returns TSR_ERR_UNKNOWN when there is no such row. */
TSR_CHECKED int tsr_session_find_number(
	struct tsr_session_row *out, struct tsr_store *store, uint32_t number);
TSR_CHECKED int tsr_session_find(
	struct tsr_session_row *out, struct tsr_store *store, const struct tsr_session_uid *uid);
TSR_CHECKED int tsr_ended_find_number(
	struct tsr_ended_row *out, struct tsr_store *store, uint32_t number);
/* 0 when a session of this uid ended within the last day. */
TSR_CHECKED int tsr_ended_find(struct tsr_store *store, const struct tsr_session_uid *uid);
/* Those, newest first, at most n; returns how many. */
TSR_CHECKED int tsr_ended_list(struct tsr_session_uid *uids, size_t n, struct tsr_store *store);

/* The number must have been drawn (numbers.h) in the same transaction. */
TSR_CHECKED int tsr_session_insert(struct tsr_store *store, const struct tsr_session_row *row);
/* Writes what changes in a session's life. */
TSR_CHECKED int tsr_session_update(struct tsr_store *store, const struct tsr_session_row *row);
/* Erases the session with its members and retires its number. Inside a transaction. */
TSR_CHECKED int tsr_session_erase(
	struct tsr_store *store, const struct tsr_session_row *row, uint64_t now_ms);

/* Sessions in order of creation, newest first, at most n. Returns how many, or an error. */
TSR_CHECKED int tsr_session_list(struct tsr_session_row *rows, size_t n, struct tsr_store *store);

TSR_CHECKED int tsr_member_find_device(struct tsr_member_row *out, struct tsr_store *store,
	const struct tsr_session_uid *uid, const uint8_t device_key_hash[static TSR_HASH_LEN],
	bool by_organizer_link);
TSR_CHECKED int tsr_member_find(struct tsr_member_row *out, struct tsr_store *store,
	const struct tsr_session_uid *uid, uint32_t id);
/* Inserts, or replaces the row of that id. */
TSR_CHECKED int tsr_member_put(struct tsr_store *store, const struct tsr_session_uid *uid,
	const struct tsr_member_row *row);
/* Calls fn with every member in the order of ids until it returns other than 0. */
TSR_CHECKED int tsr_member_each(struct tsr_store *store, const struct tsr_session_uid *uid,
	int (*fn)(void *user, const struct tsr_member_row *row), void *user);
/* Members who are admitted and not gone. Returns the number or an error. */
TSR_CHECKED int tsr_member_count_present(
	struct tsr_store *store, const struct tsr_session_uid *uid);
/* All rows of the session. Returns the number or an error. */
TSR_CHECKED int tsr_member_count(struct tsr_store *store, const struct tsr_session_uid *uid);
/* 1 when somebody is barred, 0 when nobody is, or an error. */
TSR_CHECKED int tsr_member_any_barred(struct tsr_store *store, const struct tsr_session_uid *uid);

#endif
